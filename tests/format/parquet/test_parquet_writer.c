/* test_parquet_writer.c - what was written is what is read, over pages and row groups; failures
 * leave no file. (That pyarrow reads it too, tests/parity/make_parquet.py checks.) */
#include "format/parquet/parquet_writer.h"
#include "format/parquet/rows.h"

static const sc_parquet_string columns[] = {{"a", false}, {"b", true}};

static sc_slice slice(const char *s) { return (sc_slice){s, s ? strlen(s) : 0}; }

/* `a` in runs of there and not, `b` long. */
static sc_status write_rows(const char *path, int n, const char *b) {
    sc_parquet_writer *w;
    SC_TRY(sc__parquet_writer_open(&w, path, columns, 2));
    for (int i = 0; i < n; i++) {
        char a[16];
        snprintf(a, sizeof a, "%d", i);
        const sc_slice row[2] = {slice(i / 7 % 2 ? a : NULL), slice(b)};
        const sc_status s = sc__parquet_writer_append(w, row);
        if (s >= 0) continue;
        sc__parquet_writer_abandon(w);
        return s;
    }
    return sc__parquet_writer_commit(w);
}

static void check_written(int n, const char *b, int n_groups) {
    sc_parquet *f;
    sc_parquet_rows *r;
    sc_buffer row = SC_BUFFER_INIT, want = SC_BUFFER_INIT;
    CHECK_OK(write_rows(test_path("x.parquet"), n, b));
    CHECK_OK(sc__parquet_open(&f, test_path("x.parquet")));
    CHECK_INT(f->n_rows, n);
    CHECK_INT(f->n_groups, n_groups);
    CHECK_OK(sc__parquet_rows_open(&r, f, NULL));
    for (int i = 0; i < n; i++) {
        CHECK_OK(sc__parquet_rows_next(&row, r));
        sc__buffer_printf(&want, i / 7 % 2 ? "{\"a\":\"%d\",\"b\":" : "{\"a\":null,\"b\":", i);
        if (b) sc__json_quote(&want, b, strlen(b));
        sc__buffer_puts(&want, b ? "}" : "null}");
        CHECK(row.len == want.len && !memcmp(row.data, want.data, want.len));
        sc__buffer_clear(&row);
        sc__buffer_clear(&want);
    }
    CHECK_STATUS(SC_DONE, sc__parquet_rows_next(&row, r));
    sc__buffer_deinit(&row);
    sc__buffer_deinit(&want);
    sc__parquet_rows_close(r);
    sc__parquet_close(f);
}

TEST(parquet_writer_rows, "format/parquet/writer/rows") {
    check_written(0, "", 0);
    check_written(1, "", 1);
    check_written(30, "{\"k\":\"v\"}", 1);
    check_written(1000, NULL, 1);
}

TEST(parquet_writer_pages, "format/parquet/writer/pages") {
    enum { N = 700000 };
    char *b = malloc(N + 1);
    CHECK(b);
    memset(b, 'b', N);
    b[N] = 0;
    check_written(3, b, 1);
    check_written(200, b, 3); /* 67 MiB a row group, then the rest */
    free(b);
}

TEST(parquet_writer_long, "format/parquet/writer/too-long") {
    sc_parquet_writer *w;
    const sc_slice row[2] = {{"x", 1}, {"x", (size_t)SC_PARQUET_VALUE_MAX + 1}};
    CHECK_OK(sc__parquet_writer_open(&w, test_path("x.parquet"), columns, 2));
    CHECK_STATUS(SC_FORMAT, sc__parquet_writer_append(w, row));
    CHECK_ERROR("column b: a value of 1073741825 bytes");
    sc__parquet_writer_abandon(w);
    CHECK(!sc__path_exists(test_path("x.parquet")));
}

static sc_status write_some(void *path) { return write_rows(path, 40, "text"); }

TEST(parquet_writer_oom, "format/parquet/writer/oom") {
    char path[512];
    snprintf(path, sizeof path, "%s", test_path("x.parquet"));
    CHECK(test_oom(write_some, path) > 5);
}

TEST(parquet_writer_disk, "format/parquet/writer/disk-full") {
    const char *path = test_path("x.parquet");
    for (int64_t k = 0;; k++) {
        sc__file_fail_at(k);
        const sc_status s = write_rows(path, 40, "text");
        sc__file_fail_at(-1);
        if (s >= 0) {
            CHECK(k > 2);
            break;
        }
        CHECK_STATUS(SC_IO, s);
        CHECK(k > 2 || !sc__path_exists(path)); /* the folder's fsync comes after the rename */
    }
}
