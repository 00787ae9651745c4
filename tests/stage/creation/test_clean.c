/* test_clean.c - kinds of text told apart, white space made one. */
#include "test.h"

#include "stage/creation/clean.h"

static void check_tidy(const char *in, size_t n, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    sc__text_tidy(&b, in, n);
    CHECK_OK(b.status);
    CHECK_STR(b.data ? b.data : "", want);
    sc__buffer_deinit(&b);
}
#define TIDY(in, want) check_tidy(in, sizeof(in) - 1, want)

TEST(clean_tidy, "stage/creation/clean/tidy") {
    TIDY("\n\n a  \r\nb\r\rc\n\n\n\nd\n\n", " a\nb\n\nc\n\nd\n");
    TIDY("", "");
    TIDY(" \n\t\n", "");
    TIDY("no newline", "no newline\n");
    TIDY("b\bbo\bol\bld _\bx \xC3\xA9\b\xC3\xA9\n", "bold x \xC3\xA9\n");
    TIDY("\b\bx\n", "x\n");
    TIDY("old\rmac\r\rlines", "old\nmac\n\nlines\n");
    TIDY("a\0b\177c", "abc\n");
    TIDY("\033[1mred\033[0m\033[31;1m!\a\f\n", "red!\n");
    TIDY("a\033[", "a\n");
    TIDY("tab\there\t\n", "tab\there\n");
}

static void check_kind(sc_text_kind want, const char *path, const char *text) {
    const sc_text_kind got = sc__text_kind(path, text, strlen(text), 0);
    if (got != want) test_fail(__FILE__, __LINE__, "%s \"%s\": kind %d", path, text, (int)got);
}

TEST(clean_kind, "stage/creation/clean/kind") {
    check_kind(SC_TEXT_PLAIN, "a.txt", "text");
    check_kind(SC_TEXT_PLAIN, "a.c", "#include <html.h>\n");
    check_kind(SC_TEXT_HTML, "a.HTML.gz", "text");
    check_kind(SC_TEXT_HTML, "index", " <!DOCTYPE html>\n<p>");
    check_kind(SC_TEXT_MARKDOWN, "README.md", "# Title\n");
    check_kind(SC_TEXT_PLAIN, "a.xml", "<?xml?><book>");
    check_kind(SC_TEXT_MANUAL, "ls.1.gz", ".TH LS 1\n");
    check_kind(SC_TEXT_BINARY, "a", "\001\002\003\004");
    CHECK(sc__text_kind("a", "a\0b", 3, 0) == SC_TEXT_BINARY);
    CHECK(sc__text_kind("a", "ten letters", 11, 1) == SC_TEXT_BINARY);
    CHECK(sc__text_kind("a", "twenty-one characters", 21, 1) == SC_TEXT_PLAIN);
}
