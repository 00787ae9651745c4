/* test_rows.c - rows of the golden files: the same text as pyarrow's values give, for every type,
 * encoding, compression and nesting; and columns chosen by name. */
#include "format/parquet/rows.h"

#include "base/json.h"

static void check_golden(const char *path) {
    sc_buffer got = SC_BUFFER_INIT, want = SC_BUFFER_INIT;
    char golden[512];
    const char *name = sc__path_name(path);
    snprintf(golden, sizeof golden, "golden/parquet/%.*s.jsonl", (int)strcspn(name, "."), name);
    CHECK_OK(sc__file_read(&want, test_data(golden), 1 << 20));
    if (parquet_read(&got, NULL, path, NULL) < 0)
        test_fail(__FILE__, __LINE__, "%s", sc_error_text());
    if (got.len != want.len || (got.len && memcmp(got.data, want.data, got.len)))
        test_fail(__FILE__, __LINE__, "%s: other rows than pyarrow's:\n%s", path, got.data);
    sc__buffer_deinit(&got);
    sc__buffer_deinit(&want);
}

TEST(rows_golden, "format/parquet/rows/golden") {
    sc_arena a = SC_ARENA_INIT;
    sc_paths files;
    CHECK_OK(sc__paths_find(&files, &a, test_data("golden/parquet/*.parquet")));
    CHECK(files.n > 40);
    for (int64_t i = 0; i < files.n; i++) check_golden(files.paths[i]);
    sc__arena_deinit(&a);
}

/* What is written is JSON that we read ourselves. */
TEST(rows_json, "format/parquet/rows/json") {
    static const char *const files[] = {"types", "nested.v1", "mixed.plain-v2", "three.lz4-bare"};
    for (int i = 0; i < SC_LEN(files); i++) {
        sc_parquet *f;
        sc_parquet_rows *r;
        sc_buffer row = SC_BUFFER_INIT;
        char name[128];
        snprintf(name, sizeof name, "golden/parquet/%s.parquet", files[i]);
        CHECK_OK(sc__parquet_open(&f, test_data(name)));
        CHECK_OK(sc__parquet_rows_open(&r, f, NULL));
        while (sc__parquet_rows_next(&row, r) == SC_OK) {
            json_t *v;
            CHECK_OK(sc__json_parse(&v, row.data, row.len, "row"));
            CHECK(json_is_object(v));
            json_decref(v);
            sc__buffer_clear(&row);
        }
        sc__buffer_deinit(&row);
        sc__parquet_rows_close(r);
        sc__parquet_close(f);
    }
}

static void check_columns(const char *file, const char *const *columns, int n, const char *row) {
    const sc_parquet_options o = {.columns = columns, .n_columns = n};
    sc_parquet *f;
    sc_parquet_rows *r;
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__parquet_open(&f, test_data(file)));
    CHECK_OK(sc__parquet_rows_open(&r, f, &o));
    CHECK_OK(sc__parquet_rows_next(&b, r));
    CHECK_STR(b.data, row);
    sc__buffer_deinit(&b);
    sc__parquet_rows_close(r);
    sc__parquet_close(f);
}

TEST(rows_columns, "format/parquet/rows/columns") {
    static const char *const two[] = {"u8", "i8"}, *const part[] = {"struct.tags", "map"};
    check_columns("golden/parquet/types.parquet", two, 2, "{\"i8\":-128,\"u8\":255}");
    check_columns("golden/parquet/nested.v2.parquet", part, 2,
                  "{\"struct\":{\"tags\":[\"a\"]},\"map\":{\"a\":1,\"b\":null}}");
}

TEST(rows_no_column, "format/parquet/rows/no-such-column") {
    static const char *const wrong[] = {"none",  "struct.none", "map.key_value.key", "list.list",
                                        "struc", "structure",   "struct.x.y",        ""};
    for (int i = 0; i < SC_LEN(wrong); i++) {
        const sc_parquet_options o = {.columns = &wrong[i], .n_columns = 1};
        CHECK_STATUS(SC_USAGE,
                     parquet_read(NULL, NULL, test_data("golden/parquet/nested.v1.parquet"), &o));
        CHECK_ERROR("nested.v1.parquet");
        CHECK_ERROR(wrong[i]);
    }
}

TEST(rows_limits, "format/parquet/rows/limits") {
    const sc_parquet_options memory = {.max_memory = 100}, row = {.max_row = 100};
    const char *path = test_data("golden/parquet/mixed.delta-v1.parquet");
    CHECK_STATUS(SC_FORMAT, parquet_read(NULL, NULL, path, &memory));
    CHECK_ERROR("exceed the memory for pages");
    CHECK_ERROR("column noise: page at byte 60: 292 bytes");
    CHECK_STATUS(SC_FORMAT, parquet_read(NULL, NULL, path, &row));
    CHECK_ERROR("is longer than 100 bytes");
}

/* A row that is too long is told and passed over; the others are as they were. */
TEST(rows_too_long, "format/parquet/rows/too-long") {
    static const char *const files[] = {"nested.v1", "mixed.plain-v1", "codec.zstd-v2"};
    for (int i = 0; i < SC_LEN(files); i++) {
        sc_buffer all = SC_BUFFER_INIT, row = SC_BUFFER_INIT;
        char name[128];
        snprintf(name, sizeof name, "golden/parquet/%s.parquet", files[i]);
        CHECK_OK(parquet_read(&all, NULL, test_data(name), NULL));
        for (size_t max = 1; max < 300; max += 7) {
            const sc_parquet_options o = {.max_row = max};
            const char *want = all.data;
            sc_parquet *f;
            sc_parquet_rows *r;
            int64_t n = 0;
            CHECK_OK(sc__parquet_open(&f, test_data(name)));
            CHECK_OK(sc__parquet_rows_open(&r, f, &o));
            for (sc_status s; (s = sc__parquet_rows_next(&row, r)) != SC_DONE;) {
                const size_t length = strcspn(want, "\n");
                CHECK_INT(sc__parquet_rows_number(r), ++n);
                if (s == SC_OK) CHECK(row.len == length && !memcmp(row.data, want, length));
                if (s != SC_OK) CHECK_STATUS(SC_FORMAT, s);
                if (length <= max) CHECK_OK(s);
                if (length > max + 64) CHECK_STATUS(SC_FORMAT, s); /* looked at between values */
                want += length + 1;
                sc__buffer_clear(&row);
            }
            CHECK_INT(n, f->n_rows);
            sc__parquet_rows_close(r);
            sc__parquet_close(f);
        }
        sc__buffer_deinit(&all);
        sc__buffer_deinit(&row);
    }
}

/* Damage costs the rest of its row group, no more. */
TEST(rows_after_damage, "format/parquet/rows/after-damage") {
    sc_buffer file = SC_BUFFER_INIT, row = SC_BUFFER_INIT;
    sc_parquet *f;
    sc_parquet_rows *r;
    int64_t n = 0, failures = 0;
    CHECK_OK(sc__file_read(&file, test_data("golden/parquet/groups.parquet"), 1 << 20));
    CHECK_OK(sc__parquet_parse(&f, file.data, file.len, "groups"));
    const sc_parquet_chunk *c = &f->groups[2].chunks[0];
    const int64_t start = c->dictionary_at ? c->dictionary_at : c->data_at;
    file.data[start + c->compressed - 1] ^= 1; /* its pages have checksums */
    CHECK_OK(sc__parquet_rows_open(&r, f, NULL));
    for (sc_status s; (s = sc__parquet_rows_next(&row, r)) != SC_DONE; sc__buffer_clear(&row)) {
        if (s == SC_OK) {
            char begin[32];
            snprintf(begin, sizeof begin, "{\"id\":%d,", (int)sc__parquet_rows_number(r) - 1);
            CHECK(!strncmp(row.data, begin, strlen(begin)));
            n++;
            continue;
        }
        CHECK_STATUS(SC_FORMAT, s);
        CHECK_ERROR("to 21: groups: column id: page at byte");
        failures++;
    }
    CHECK_INT(failures, 1);
    CHECK(n >= 33 && n < 40);
    sc__buffer_deinit(&file);
    sc__buffer_deinit(&row);
    sc__parquet_rows_close(r);
    sc__parquet_close(f);
}

/* Text that is not UTF-8 is repaired and counted; bytes without a meaning stay what they are. */
TEST(rows_replaced, "format/parquet/rows/replaced") {
    sc_parquet *f;
    sc_parquet_rows *r;
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__parquet_open(&f, test_data("golden/parquet/enum.parquet")));
    CHECK_OK(sc__parquet_rows_open(&r, f, NULL));
    CHECK_OK(sc__parquet_rows_next(&b, r));
    CHECK_INT(sc__parquet_rows_replaced(r), 0);
    CHECK_OK(sc__parquet_rows_next(&b, r));
    CHECK_INT(sc__parquet_rows_replaced(r), 1);
    CHECK_STATUS(SC_DONE, sc__parquet_rows_next(&b, r));
    CHECK_STATUS(SC_DONE, sc__parquet_rows_next(&b, r));
    sc__buffer_deinit(&b);
    sc__parquet_rows_close(r);
    sc__parquet_close(f);
}

static sc_status read_all(void *path) {
    sc_buffer rows = SC_BUFFER_INIT;
    const sc_status s = parquet_read(&rows, NULL, path, NULL);
    sc__buffer_deinit(&rows);
    return s;
}

TEST(rows_oom, "format/parquet/rows/oom") {
    static const char *const files[] = {
        "types", "nested.v1", "mixed.delta-v1", "mixed.dictionary-v2", "map-of-old", "enum"};
    for (int i = 0; i < SC_LEN(files); i++) {
        char name[128], path[512];
        snprintf(name, sizeof name, "golden/parquet/%s.parquet", files[i]);
        snprintf(path, sizeof path, "%s", test_data(name));
        CHECK(test_oom(read_all, path) > 10);
    }
}
