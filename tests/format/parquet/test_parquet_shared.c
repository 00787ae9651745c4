/* test_parquet_shared.c - the files of apache/parquet-testing, which are not kept here: skipped by
 * name where $SOCLE_SHARED (default ../shared) does not have them. Rows are those that pyarrow
 * reads, as tests/parity/make_parquet.py prints them. */
#include "test.h"

#include "base/hash.h"
#include "format/parquet/rows.h"

typedef struct {
    const char *file;
    int64_t n_rows;
    const char *sha256; /* of the rows as lines, or NULL: refused, because */
    const char *why;
} row;

static const row table[] = {
    {"alltypes_dictionary.parquet", 2,
     "481569bf5dfbe2c4dd12234d4a6dd7bd172b9641af1480af03e20e6002d25ac8", NULL},
    {"alltypes_plain.parquet", 8,
     "1235632818fef3635c953edec4290cd626c0eff08324040e3483ed2830c16957", NULL},
    {"alltypes_plain.snappy.parquet", 2,
     "dbcf8d8e4c5f9830ce92cbb68118afac25298ab8579fb8a3aa18c3208edc8b20", NULL},
    {"alltypes_tiny_pages_plain.parquet", 7300,
     "e49b19a78cc81211afe46de830f27a771434d97f0873c4da901c4b4e96ceddfa", NULL},
    {"byte_array_decimal.parquet", 24,
     "2e2cb1f340f7468e44c7a799c088d9f0b7557111d3fb34a971bf7413cd0791ca", NULL},
    {"byte_stream_split.zstd.parquet", 300,
     "389f9177ebf496de54c6997c2da05c0f0b0c2b426fb2157e7f123e6e6165270f", NULL},
    {"byte_stream_split_extended.gzip.parquet", 200,
     "3f170d2fa263b06449e0a0f1c074955a7c8f728ecea5d1ed1f236ef81385606d", NULL},
    {"data_index_bloom_encoding_stats.parquet", 14,
     "ef152b69443bcd03ea446c4140d0e46799451f2d78354557af389bb9d6b844c6", NULL},
    {"data_index_bloom_encoding_with_length.parquet", 14,
     "ef152b69443bcd03ea446c4140d0e46799451f2d78354557af389bb9d6b844c6", NULL},
    {"datapage_v1-uncompressed-checksum.parquet", 5120,
     "45cf73a30a51c3f7d44e1d91c182e4848395c7635311a4a4e6275190911a2120", NULL},
    {"datapage_v2.snappy.parquet", 5,
     "ad51da940e5b46f64aad142a78750f934ab38115ab3a34b4124ca7e113a43d03", NULL},
    {"delta_binary_packed.parquet", 200,
     "afbd9be711eed32ffa926eb29e85b551b53fba57ad02e799d15933612087f45d", NULL},
    {"delta_byte_array.parquet", 1000,
     "ece7a362da1dc9b58cecbf1425a03f3d0399aac508207d4bb3b51363dd470ca3", NULL},
    {"dict-page-offset-zero.parquet", 39,
     "5816759170147885386ba439170436d205291d30f386ae149a9c1c5f64a14a3b", NULL},
    {"fixed_length_decimal_legacy.parquet", 24,
     "2e2cb1f340f7468e44c7a799c088d9f0b7557111d3fb34a971bf7413cd0791ca", NULL},
    {"float16_nonzeros_and_nans.parquet", 8,
     "51696a91398d426c7736c23e14219cd78e68e1c9dd83db09b6a1ccaaa4a99267", NULL},
    {"float16_zeros_and_nans.parquet", 3,
     "106d64361579597df627e6077a6b61b3a8b2d2ab122fbf8605385fb66e8762c1", NULL},
    {"floating_orders_nan_count.parquet", 50,
     "2a0acbef8cf262b7ed9a937f696491e1ffcb1af0c7e2ecc19456ff2d9db65ed5", NULL},
    {"hadoop_lz4_compressed.parquet", 4,
     "a62c1828c4e14dc48bf5fb2dcd0b4e6a7e8c1eb7cc13cd9299768114aecda47f", NULL},
    {"hadoop_lz4_compressed_larger.parquet", 10000,
     "92723daec8ff2a1c11fc06f0cf6e630f34bac27daed290e8bfe321dad21f6fc6", NULL},
    /* pyarrow refuses it (keys that may be null); none is */
    {"incorrect_map_schema.parquet", 1,
     "cccec9e7ed6eef753b087e94a03c504d7501540999ca7c2291a66683e01f8098", NULL},
    {"int32_decimal.parquet", 24,
     "2e2cb1f340f7468e44c7a799c088d9f0b7557111d3fb34a971bf7413cd0791ca", NULL},
    {"int32_with_null_pages.parquet", 1000,
     "e4cf923777891bea78b19887efc00d9717eee4e6252a7f0a64523250d522434b", NULL},
    {"int64_decimal.parquet", 24,
     "2e2cb1f340f7468e44c7a799c088d9f0b7557111d3fb34a971bf7413cd0791ca", NULL},
    {"int96_from_spark.parquet", 6,
     "7401d79d3c94fe75ede4a0b4de51e8324ae9de29324624b7273c5854266e9d46", NULL},
    /* a string of a gigabyte in a page of a little more */
    {"large_string_map.brotli.parquet", 0, NULL, "1073741828 bytes exceed the memory for pages"},
    {"lz4_raw_compressed.parquet", 4,
     "a62c1828c4e14dc48bf5fb2dcd0b4e6a7e8c1eb7cc13cd9299768114aecda47f", NULL},
    {"map_no_value.parquet", 3, "23c3903414410eb6e29e9dbc4777262dc8638942e2f0a673688abd0e46f24366",
     NULL},
    /* pyarrow reads on beyond the chunk's end */
    {"nation.dict-malformed.parquet", 0, NULL, "28 bytes where the chunk has 13 left"},
    {"nested_lists.snappy.parquet", 3,
     "70ccd157702e014615c451cbfb384e4690718d04b3d7e73e65b202a634da9c3e", NULL},
    {"nested_structs.rust.parquet", 1,
     "73da03997eec12beb3cf2e1bd3680c3e7125882d16565aeef064156d21ce3a12", NULL},
    {"nonnullable.impala.parquet", 1,
     "5b26517ebb53fd8f8dc116d6d49fd0d77528023a06a49b0a41e9ac1536d6c541", NULL},
    {"nulls.snappy.parquet", 8, "e9301dfb89ea089ddbe79f76bd23c7838e5af45780a259f31639a1f4fb168235",
     NULL},
    {"old_list_structure.parquet", 1,
     "590f05a6b7d9e8677af4ad7518f9729c1d824b35c18ce9d325f288daadc6d803", NULL},
    {"overflow_i16_page_cnt.parquet", 40000,
     "b18dee53f63405be414dd8a17ac3e5b3ef7e96d21527be478c5d3a6f26bd965a", NULL},
    {"page_v2_empty_compressed.parquet", 10,
     "c192c13e478008a1e06acaa7b585dacd94d558c35bbe590faf4fc82bf7164b1d", NULL},
    {"plain-dict-uncompressed-checksum.parquet", 1000,
     "488480ca3de222f21ccd1402a79dfb5c30e2625dbaba1c6c96462a1f6dcab502", NULL},
    {"repeated_no_annotation.parquet", 6,
     "32a37c8838624e79d03d9f8917851934ab13c70be263cf9f0f869bec942db95d", NULL},
    {"repeated_primitive_no_list.parquet", 4,
     "c32d07b72c96c4a6c0966569ba4b3d60638676f8fe336ea53c28e56633535620", NULL},
    {"rle-dict-snappy-checksum.parquet", 1000,
     "8cd79be68d9484d82299d9b1fe217edf18708709d1e75f6d204b0b64c60eb817", NULL},
    {"rle-dict-uncompressed-corrupt-checksum.parquet", 0, NULL, "checksum"},
    {"rle_boolean_encoding.parquet", 68,
     "6025e9540ea30db2cde09474a20dec5811d3678e1f4705f6cc03b74977d57344", NULL},
    {"single_nan.parquet", 1, "5b2f99bce4cdcbc3843af40a1443501be90998c539e61cf8d56f66a6757b16b4",
     NULL},
    {"sort_columns.parquet", 6, "defdd87815202cca80cdf738c01a66ef211713d3bb7d572aa884deb28df4e67b",
     NULL},
    {"unknown-logical-type.parquet", 3,
     "517f5fa84e7d21ea6af446997a19b36ea4e0635c223ee4f4d132fc2f008de801", NULL},
};

static void check(const row *want, const char *path) {
    sc_buffer rows = SC_BUFFER_INIT;
    sc_digest digest;
    int64_t n = 0;
    const sc_status s = parquet_read(&rows, &n, path, NULL);
    if (s < 0 && want->sha256) test_fail(__FILE__, __LINE__, "%s: %s", want->file, sc_error_text());
    if (!want->sha256) {
        CHECK_STATUS(SC_FORMAT, s);
        CHECK_ERROR(want->file);
        CHECK_ERROR(want->why);
    } else {
        CHECK_OK(sc__hash_bytes(&digest, rows.data ? rows.data : "", rows.len));
        if (n != want->n_rows || strcmp(digest.hex, want->sha256))
            test_fail(__FILE__, __LINE__, "%s: %lld rows with digest %s", want->file, (long long)n,
                      digest.hex);
    }
    sc__buffer_deinit(&rows);
}

TEST(parquet_shared, "format/parquet/shared") {
    const char *root = getenv("SOCLE_SHARED");
    char path[512];
    for (int i = 0; i < SC_LEN(table); i++) {
        snprintf(path, sizeof path, "%s/data/parquet/%s", root ? root : "../shared", table[i].file);
        if (!sc__path_exists(path)) test_skip("%s is not here", path);
        check(&table[i], path);
    }
}
