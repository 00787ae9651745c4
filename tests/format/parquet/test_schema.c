/* test_schema.c - the schema in the format's own notation, and what becomes a list or a map. */
#include "format/parquet/rows.h"

static void check_schema(const char *file, const char *text) {
    sc_parquet *f;
    sc_buffer b = SC_BUFFER_INIT;
    char path[256];
    snprintf(path, sizeof path, "golden/parquet/%s.parquet", file);
    CHECK_OK(sc__parquet_open(&f, test_data(path)));
    sc__parquet_print_schema(&b, f);
    if (!strstr(b.data, text)) test_fail(__FILE__, __LINE__, "no\n%sin\n%s", text, b.data);
    sc__buffer_deinit(&b);
    sc__parquet_close(f);
}

TEST(schema_text, "format/parquet/schema/text") {
    check_schema("types", "message schema {\n  optional boolean bool;\n"
                          "  optional int32 i8 (INTEGER(8,true));\n");
    check_schema("types", "  optional int64 u64 (INTEGER(64,false));\n"
                          "  optional fixed_len_byte_array(2) f16 (FLOAT16);\n");
    check_schema("types.decimals-in-integers", "  optional int32 d9 (DECIMAL(9,2));\n");
    check_schema("types", "  optional int64 at_us (TIMESTAMP(MICROS,false));\n");
    check_schema("types", "  optional int32 time_ms (TIME(MILLIS,");
    check_schema("nested.v1", "  optional group map (MAP) {\n"
                              "    repeated group key_value {\n"
                              "      required binary key (STRING);\n"
                              "      optional int64 value;\n    }\n  }\n");
    check_schema("lists.repeated", "message root {\n  repeated int32 a;\n}\n");
}

TEST(schema_path, "format/parquet/schema/path") {
    sc_parquet *f;
    char path[SC_PARQUET_PATH_BYTES];
    CHECK_OK(sc__parquet_open(&f, test_data("golden/parquet/nested.v1.parquet")));
    CHECK_STR(sc__parquet_path(f, 0, path), "");
    CHECK_STR(sc__parquet_path(f, 1, path), "list");
    CHECK_STR(sc__parquet_path(f, f->leaves[0], path), "list.list.element");
    sc__parquet_close(f);
}

TEST(schema_names, "format/parquet/schema/names") {
    CHECK_STR(sc__parquet_codec_name(6), "ZSTD");
    CHECK_STR(sc__parquet_codec_name(-1), "unknown");
    CHECK_STR(sc__parquet_encoding_name(9), "BYTE_STREAM_SPLIT");
    CHECK_STR(sc__parquet_encoding_name(1), "unknown");
    CHECK_STR(sc__parquet_type_name(SC_PARQUET_FIXED), "FIXED_LEN_BYTE_ARRAY");
}
