/* test_export.c - records as rows of a Parquet file: every field in its column, nothing lost. */
#include "test.h"

#include "base/file.h"
#include "format/parquet/rows.h"
#include "socle/corpus.h"

static const char *export(sc_export_report *r, const char *lines, const sc_data_options *common) {
    const char *input = test_path("in.jsonl");
    const char *out = test_path("out.parquet");
    sc_export_options o = {.inputs = &input, .n_inputs = 1, .out = out};
    if (common) o.common = *common;
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__file_write(input, lines, strlen(lines)));
    CHECK_OK(sc_data_export(r, &o));
    return out;
}

static void check_rows(const char *path, const char *want) {
    sc_buffer rows = SC_BUFFER_INIT;
    CHECK_OK(parquet_read(&rows, NULL, path, NULL));
    CHECK_STR(rows.data ? rows.data : "", want);
    sc__buffer_deinit(&rows);
}

TEST(export_fields, "stage/curation/export/fields") {
    sc_export_report r;
    const char *path = export(
        &r,
        "{\"id\":\"a\",\"text\":\"x\\n\\u00e9\",\"source\":\"s\",\"added\":\"d\",\"created\":\"e\","
        "\"metadata\":{\"k\": [1]}}\n"
        "{\"id\":7,\"text\":\"\",\"metadata\":null,\"created\":12,\"url\":\"u\",\"n\":{\"m\":1}}\n"
        "not a record\n"
        "{\"text\":\"\\ud800\"}\n",
        NULL);
    CHECK_INT(r.documents, 3);
    CHECK_INT(r.reading.unreadable, 1);
    check_rows(
        path,
        "{\"id\":\"a\",\"text\":\"x\\né\",\"source\":\"s\",\"added\":\"d\",\"created\":\"e\","
        "\"metadata\":\"{\\\"k\\\": [1]}\",\"other\":null}\n"
        "{\"id\":\"7\",\"text\":\"\",\"source\":null,\"added\":null,\"created\":\"12\","
        "\"metadata\":null,\"other\":\"{\\\"url\\\":\\\"u\\\",\\\"n\\\":{\\\"m\\\":1}}\"}\n"
        "{\"id\":\"83d544ccc223c057d2bf80d3f2a32982\",\"text\":\"\xEF\xBF\xBD\",\"source\":null,"
        "\"added\":null,\"created\":null,\"metadata\":null,\"other\":null}\n");
}

TEST(export_names, "stage/curation/export/names") {
    const sc_data_options common = {.id_field = "key", .text_field = "body"};
    sc_export_report r;
    const char *path =
        export(&r, "{\"key\":\"a\",\"body\":\"b\",\"text\":\"t\",\"id\":\"i\"}\n", &common);
    check_rows(path,
               "{\"id\":\"a\",\"text\":\"b\",\"source\":null,\"added\":null,\"created\":null,"
               "\"metadata\":null,\"other\":\"{\\\"text\\\":\\\"t\\\",\\\"id\\\":\\\"i\\\"}\"}\n");
}

/* What ingest wrote once comes back byte by byte; `other` and a null are not lost or made up. */
TEST(export_ingest, "stage/curation/export/and_ingest_again") {
    static const char first[] =
        "{\"id\":\"a\",\"text\":\"One \\\"한국어\\\" "
        "text.\",\"source\":\"s\",\"added\":\"2024-01-02T03:04:05Z\","
        "\"created\":\"2020-01-01T00:00:00Z\",\"metadata\":{\"url\":\"https://e.org/"
        "\",\"n\":{\"m\":[1,null]}},"
        "\"score\":1.5}\n"
        "{\"id\":7,\"text\":\"two\",\"source\":\"s\",\"added\":\"2024-01-02T03:04:05Z\"}\n";
    sc_ingest_report made;
    sc_export_report r;
    sc_buffer once = SC_BUFFER_INIT, again = SC_BUFFER_INIT;
    const char *in = test_path("first.jsonl"), *one = test_path("once.jsonl"),
               *parquet = test_path("once.parquet"), *two = test_path("again.jsonl");
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__file_write(in, first, sizeof first - 1));
    CHECK_OK(sc_data_ingest(&made, &in, 1, one, NULL));
    const sc_export_options o = {.inputs = &one, .n_inputs = 1, .out = parquet};
    CHECK_OK(sc_data_export(&r, &o));
    CHECK_OK(sc_data_ingest(&made, &parquet, 1, two, NULL));
    CHECK_INT(made.parquet, 2);
    CHECK_OK(sc__file_read(&once, one, SIZE_MAX));
    CHECK_OK(sc__file_read(&again, two, SIZE_MAX));
    CHECK(strstr(once.data, "\"n\":{\"m\":[1,null]}") && strstr(once.data, "\"score\":1.5"));
    CHECK_STR(again.data, once.data);
    /* a record that was not ingest's own, and a table: strings that spell objects */
    static const char rows[] =
        "{\"id\":\"x\",\"text\":\"t\",\"metadata\":\"{\\\"url\\\":\\\"u\\\"}\","
        "\"other\":\"{\\\"k\\\":2}\"}\n"
        "{\"id\":\"y\",\"text\":\"t\",\"metadata\":\"{no\",\"other\":null}\n"
        "{\"id\":\"z\",\"text\":\"t\",\"metadata\":null,\"other\":\"mine\"}\n";
    CHECK_OK(sc__file_write(in, rows, sizeof rows - 1));
    CHECK_OK(sc_data_ingest(&made, &in, 1, two, NULL));
    sc__buffer_clear(&again);
    CHECK_OK(sc__file_read(&again, two, SIZE_MAX));
    CHECK(strstr(again.data, "\"k\":2,\"url\":\"u\""));
    CHECK(strstr(again.data, "\"metadata\":\"{no\""));
    CHECK(strstr(again.data, "\"other\":\"mine\"") && !strstr(again.data, "null"));
    sc__buffer_deinit(&once);
    sc__buffer_deinit(&again);
}

TEST(export_empty, "stage/curation/export/empty") {
    sc_export_report r;
    check_rows(export(&r, "", NULL), "");
    CHECK_INT(r.documents, 0);
}

TEST(export_refused, "stage/curation/export/refused") {
    static const char *const outs[] = {"-", "x.jsonl", ".parquet", "dir"};
    const char *input = "none.jsonl";
    for (int i = 0; i < SC_LEN(outs); i++) {
        sc_export_report r;
        const sc_export_options o = {.inputs = &input, .n_inputs = 1, .out = outs[i]};
        CHECK_STATUS(SC_USAGE, sc_data_export(&r, &o));
        CHECK_ERROR("must be a file whose name ends in .parquet");
    }
}
