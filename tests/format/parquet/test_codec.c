/* test_codec.c - what a compression cannot become is refused before memory is asked for. (What they
 * decompress to, test_rows.c compares; damage is in tests/corpus/parquet.) */
#include "test.h"

#include "format/parquet/codec.h"

TEST(codec_check, "format/parquet/codec/check") {
    CHECK_OK(sc__parquet_codec_check(SC_PARQUET_ZSTD, 10, 300000));
    CHECK_STATUS(SC_FORMAT, sc__parquet_codec_check(SC_PARQUET_ZSTD, 10, 400000));
    CHECK_STATUS(SC_FORMAT, sc__parquet_codec_check(SC_PARQUET_SNAPPY, 10, 400));
    CHECK_STATUS(SC_FORMAT, sc__parquet_codec_check(SC_PARQUET_GZIP, 10, 20000));
    CHECK_STATUS(SC_FORMAT, sc__parquet_codec_check(SC_PARQUET_LZ4_RAW, 10, 3000));
    CHECK_STATUS(SC_FORMAT, sc__parquet_codec_check(SC_PARQUET_UNCOMPRESSED, 10, 11));
    CHECK_STATUS(SC_FORMAT, sc__parquet_codec_check(SC_PARQUET_LZO, 10, 10));
    CHECK_ERROR("LZO");
    CHECK_STATUS(SC_FORMAT, sc__parquet_codec_check(-1, 10, 10));
    CHECK_STATUS(SC_FORMAT, sc__parquet_codec_check(8, 10, 10));
}

/* All zeros: the most that each becomes lies below the ratio that is allowed. */
TEST(codec_ratio, "format/parquet/codec/ratio") {
    enum { N = 1 << 22 };
    unsigned char *zeros = calloc(1, N), *small = malloc(N), *back = malloc(N);
    sc_parquet_codec c = {0};
    CHECK(zeros && small && back);
    memset(back, 1, N);
    const size_t n = ZSTD_compress(small, N, zeros, N, 19);
    CHECK(!ZSTD_isError(n));
    CHECK_OK(sc__parquet_codec_check(SC_PARQUET_ZSTD, n, N));
    CHECK_OK(sc__parquet_decompress(&c, SC_PARQUET_ZSTD, small, n, back, N));
    CHECK(!memcmp(back, zeros, N));
    memset(back, 1, N);
    uLongf gz = N;
    CHECK(compress2(small, &gz, zeros, N, 9) == Z_OK);
    CHECK_OK(sc__parquet_codec_check(SC_PARQUET_GZIP, gz, N));
    CHECK_OK(sc__parquet_decompress(&c, SC_PARQUET_GZIP, small, gz, back, N));
    CHECK(!memcmp(back, zeros, N));
    sc__parquet_codec_deinit(&c);
    free(zeros);
    free(small);
    free(back);
}
