/* codec.c - see codec.h. */
#include "format/parquet/codec.h"

#include "format/parquet/parquet.h"

#include <brotli/decode.h>
#include <lz4.h>
#include <snappy-c.h>
#include <string.h>

typedef sc_status decode_fn(sc_parquet_codec *c, const unsigned char *from, size_t n,
                            unsigned char *to, size_t n_out);

static sc_status damaged(const char *name, const char *why) {
    return SC_FAIL(SC_FORMAT, "damaged %s data: %s", name, why);
}

static sc_status other_size(const char *name, size_t got, size_t want) {
    return SC_FAIL(SC_FORMAT, "%s data of %zu bytes where the page says %zu", name, got, want);
}

static sc_status decode_snappy(sc_parquet_codec *c, const unsigned char *from, size_t n,
                               unsigned char *to, size_t n_out) {
    (void)c;
    size_t got = 0;
    if (snappy_uncompressed_length((const char *)from, n, &got) != SNAPPY_OK)
        return damaged("snappy", "no length");
    if (got != n_out) return other_size("snappy", got, n_out);
    if (snappy_uncompress((const char *)from, n, (char *)to, &got) != SNAPPY_OK)
        return damaged("snappy", "bad bytes");
    return SC_OK;
}

/* Members after one another are one; zlib's own header is taken too, as other readers do. */
static sc_status decode_gzip(sc_parquet_codec *c, const unsigned char *from, size_t n,
                             unsigned char *to, size_t n_out) {
    if (!c->has_z && inflateInit2(&c->z, 15 + 32) != Z_OK) return SC_FAIL(SC_NOMEM, "zlib");
    c->has_z = true;
    c->z.next_in = (unsigned char *)(uintptr_t)from;
    c->z.avail_in = (uInt)n;
    c->z.next_out = to;
    c->z.avail_out = (uInt)n_out;
    do {
        if (inflateReset(&c->z) != Z_OK) return SC_FAIL(SC_NOMEM, "zlib");
        const int e = inflate(&c->z, Z_FINISH);
        if (e == Z_MEM_ERROR) return SC_FAIL(SC_NOMEM, "zlib");
        if (e == Z_BUF_ERROR && c->z.avail_in && !c->z.avail_out)
            return damaged("gzip", "more bytes than the page says");
        if (e != Z_STREAM_END) return damaged("gzip", c->z.msg ? c->z.msg : "ends early");
    } while (c->z.avail_in && c->z.avail_out);
    return c->z.avail_out ? other_size("gzip", n_out - c->z.avail_out, n_out) : SC_OK;
}

static sc_status decode_zstd(sc_parquet_codec *c, const unsigned char *from, size_t n,
                             unsigned char *to, size_t n_out) {
    if (!c->zstd) c->zstd = ZSTD_createDCtx();
    if (!c->zstd) return SC_FAIL(SC_NOMEM, "zstd");
    const size_t got = ZSTD_decompressDCtx(c->zstd, to, n_out, from, n);
    if (ZSTD_isError(got)) return damaged("zstd", ZSTD_getErrorName(got));
    return got == n_out ? SC_OK : other_size("zstd", got, n_out);
}

static sc_status decode_brotli(sc_parquet_codec *c, const unsigned char *from, size_t n,
                               unsigned char *to, size_t n_out) {
    (void)c;
    size_t got = n_out;
    if (BrotliDecoderDecompress(n, from, &got, to) != BROTLI_DECODER_RESULT_SUCCESS)
        return damaged("brotli", "bad bytes, or more of them than the page says");
    return got == n_out ? SC_OK : other_size("brotli", got, n_out);
}

static sc_status decode_lz4_raw(sc_parquet_codec *c, const unsigned char *from, size_t n,
                                unsigned char *to, size_t n_out) {
    (void)c;
    const int got = LZ4_decompress_safe((const char *)from, (char *)to, (int)n, (int)n_out);
    if (got < 0) return damaged("lz4", "bad bytes, or more of them than the page says");
    return (size_t)got == n_out ? SC_OK : other_size("lz4", (size_t)got, n_out);
}

static uint32_t big_endian(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The deprecated LZ4 is Hadoop's framing: blocks behind their two lengths, big-endian, the longer
 * first. Some writers left it out, so that lengths which do not tile the page mean a bare block. */
static bool is_framed(const unsigned char *p, size_t n, size_t n_out) {
    uint64_t in = 0, out = 0;
    while (n - in >= 8) {
        out += big_endian(p + in);
        const uint32_t block = big_endian(p + in + 4);
        if (block > n - in - 8) return false;
        in += 8 + (uint64_t)block;
    }
    return in == n && out == n_out;
}

static sc_status decode_lz4(sc_parquet_codec *c, const unsigned char *from, size_t n,
                            unsigned char *to, size_t n_out) {
    if (!is_framed(from, n, n_out)) return decode_lz4_raw(c, from, n, to, n_out);
    while (n) {
        const size_t out = big_endian(from), in = big_endian(from + 4);
        SC_TRY(decode_lz4_raw(c, from + 8, in, to, out));
        from += 8 + in;
        n -= 8 + in;
        to += out;
    }
    return SC_OK;
}

/* `ratio`: more than a byte can become. Snappy copies 64 bytes by 3; an LZ4 length grows by 255 a
 * byte; deflate's limit is 1032 (zlib's technical note); zstd repeats 128 KiB by 4 bytes; brotli
 * 16 MiB by about as many. */
static const struct {
    size_t ratio;
    decode_fn *decode;
} codecs[] = {
    [SC_PARQUET_UNCOMPRESSED] = {1, NULL},
    [SC_PARQUET_SNAPPY] = {32, decode_snappy},
    [SC_PARQUET_GZIP] = {1040, decode_gzip},
    [SC_PARQUET_LZO] = {0, NULL},
    [SC_PARQUET_BROTLI] = {(size_t)1 << 23, decode_brotli},
    [SC_PARQUET_LZ4] = {256, decode_lz4},
    [SC_PARQUET_ZSTD] = {(size_t)1 << 15, decode_zstd},
    [SC_PARQUET_LZ4_RAW] = {256, decode_lz4_raw},
};

sc_status sc__parquet_codec_check(int codec, size_t n, size_t n_out) {
    if (codec < 0 || codec >= SC_LEN(codecs) || !codecs[codec].ratio)
        return SC_FAIL(SC_FORMAT, "compression %s (%d) is not supported",
                       sc__parquet_codec_name(codec), codec);
    if (n_out / codecs[codec].ratio > n)
        return SC_FAIL(SC_FORMAT, "%zu bytes of %s cannot become %zu", n,
                       sc__parquet_codec_name(codec), n_out);
    return SC_OK;
}

sc_status sc__parquet_decompress(sc_parquet_codec *c, int codec, const void *from, size_t n,
                                 void *to, size_t n_out) {
    if (!n && !n_out) return SC_OK; /* nothing, which some writers do not compress */
    return codecs[codec].decode(c, from, n, to, n_out);
}

void sc__parquet_codec_deinit(sc_parquet_codec *c) {
    if (c->has_z) inflateEnd(&c->z);
    ZSTD_freeDCtx(c->zstd);
    *c = (sc_parquet_codec){0};
}
