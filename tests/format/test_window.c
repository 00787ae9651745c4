/* test_window.c - lines of any length, and those that are too long passed over. */
#include "test.h"

#include "base/file.h"
#include "format/window.h"

static sc_window open_window(const char *text, size_t n) {
    sc_window w = {0};
    CHECK_OK(sc__file_write(test_path("a"), text, n));
    CHECK_OK(sc__stream_open(&w.stream, test_path("a")));
    return w;
}

static void close_window(sc_window *w) {
    sc__stream_close(w->stream);
    sc__window_deinit(w);
}

TEST(window_lines, "format/window/lines") {
    char *line;
    size_t n;
    sc_window w = open_window("one\n\nthree, too long\nfour", 25);
    CHECK_OK(sc__window_line(&line, &n, &w, 8));
    CHECK(n == 3 && !memcmp(line, "one", 3));
    CHECK_OK(sc__window_line(&line, &n, &w, 8));
    CHECK_INT(n, 0);
    CHECK_INT(sc__window_offset(&w), 5);
    CHECK_STATUS(SC_FORMAT, sc__window_line(&line, &n, &w, 8));
    CHECK_ERROR("longer than 8 bytes");
    CHECK_OK(sc__window_line(&line, &n, &w, 8));
    CHECK(n == 4 && !memcmp(line, "four", 4));
    CHECK_OK(sc__window_line(&line, &n, &w, 8));
    CHECK(!line);
    close_window(&w);
}

/* 100 MB in one line: memory stays at what a piece needs. */
TEST(window_long_line, "format/window/a-line-without-end") {
    char *line;
    size_t n, size = 100 << 20;
    char *text = malloc(size);
    CHECK(text);
    memset(text, 'x', size);
    memcpy(text + size - 5, "\nend\n", 5);
    sc_window w = open_window(text, size);
    free(text);
    CHECK_STATUS(SC_FORMAT, sc__window_line(&line, &n, &w, 1 << 20));
    CHECK(w.raw.cap < 8 << 20);
    CHECK_OK(sc__window_line(&line, &n, &w, 1 << 20));
    CHECK(n == 3 && !memcmp(line, "end", 3));
    close_window(&w);
}
