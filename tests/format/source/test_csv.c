/* test_csv.c - rows by RFC 4180, and what is not by it. */
#include "test.h"

#include "base/file.h"
#include "format/source/csv.h"

/* "a,b" as "[a][b]\n" for every row, "!\n" for a failure. */
static void check_rows(char separator, const char *text, const char *want) {
    sc_window w = {0};
    sc_csv *csv;
    sc_csv_row row;
    sc_status s = SC_OK;
    sc_buffer got = SC_BUFFER_INIT;
    CHECK_OK(sc__file_write(test_path("a.csv"), text, strlen(text)));
    CHECK_OK(sc__stream_open(&w.stream, test_path("a.csv")));
    CHECK_OK(sc__csv_open(&csv, &w, "a.csv", separator, 1000));
    while ((s = sc__csv_next(&row, csv)) != SC_DONE) {
        if (s < 0) {
            CHECK_INT(s, SC_FORMAT);
            CHECK_ERROR("a.csv: line ");
            sc__buffer_putc(&got, '!');
        }
        for (int i = 0; s == SC_OK && i < row.n; i++)
            sc__buffer_printf(&got, "[%.*s]", (int)row.fields[i].n, row.fields[i].bytes);
        sc__buffer_putc(&got, '\n');
    }
    CHECK_STR(got.data ? got.data : "", want);
    sc__csv_close(csv);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    sc__buffer_deinit(&got);
}

TEST(csv_rows, "format/source/csv/rows") {
    check_rows(0, "a,b\r\n1,\"two\nlines, \"\"quoted\"\"\"\r\n\r\n,\n",
               "[a][b]\n[1][two\nlines, \"quoted\"]\n[][]\n");
    check_rows(0, "a;b\n1;2,3", "[a][b]\n[1][2,3]\n");
    check_rows(0, "one column\nx y\n", "[one column]\n[x y]\n");
    check_rows(0, "a,b\n5\" disk,\"\"\n", "[a][b]\n[5\" disk][]\n");
    check_rows('\t', "a\tb\n\"x\t\"y\"\n", "[a][b]\n[\"x][\"y\"]\n");
    check_rows(0, "", "");
    check_rows(0, "\n\n", "");
}

TEST(csv_bad, "format/source/csv/bad-rows") {
    check_rows(0, "a,b\n1,\"x\"y\n3,4\n", "[a][b]\n!\n[3][4]\n");
    check_rows(0, "a,b\n1,\"does not end\n3,4\n", "[a][b]\n!\n[3][4]\n");
    char text[3000], want[2000] = "[a]\n!\n[z]\n";
    memset(text, 'x', sizeof text);
    memcpy(text, "a\n", 2);
    memcpy(text + sizeof text - 4, "\nz\n", 4);
    check_rows(0, text, want);
}

static sc_status read_all(void *arg) {
    sc_window w = {0};
    sc_csv *csv = NULL;
    sc_csv_row row;
    SC_TRY(sc__stream_open(&w.stream, arg));
    sc_status s = sc__csv_open(&csv, &w, "a.csv", 0, 1000);
    while (s == SC_OK) s = sc__csv_next(&row, csv);
    sc__csv_close(csv);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    return s;
}

TEST(csv_oom, "format/source/csv/oom") {
    static char path[256];
    snprintf(path, sizeof path, "%s", test_path("a.csv"));
    CHECK_OK(sc__file_write(path, "a,b\n1,2\n", 8));
    CHECK(test_oom(read_all, path) >= 5);
}
