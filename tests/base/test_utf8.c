/* test_utf8.c - what is one invalid sequence: the answers are Python's
 * bytes.decode("utf-8", "replace"), written here with ? for U+FFFD. */
#include "test.h"

#include "base/utf8.h"

static const struct {
    const char *bytes, *want;
} cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"a\xFF"
     "b",
     "a?b"},
    {"\xC3", "?"},
    {"\xC3(", "?("},
    {"\xC0\x80", "??"},
    {"\xE2\x82", "?"},
    {"\xE2\x82\xE2\x82\xAC", "?\xE2\x82\xAC"},
    {"\xE0\x80\x80", "???"},
    {"\xED\xA0\x80", "???"},
    {"\xF0\x9F\x98", "?"},
    {"\xF0\x9F\x98 x", "? x"},
    {"\xF0\x80\x80\x80", "????"},
    {"\xF4\x90\x80\x80", "????"},
    {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
    {"\xF5\x80", "??"},
    {"\x80\xBF", "??"},
    {"eight...\xEA\xB0\x80\xEA\xB0", "eight...\xEA\xB0\x80?"},
};

TEST(utf8_repair, "base/utf8/repair-as-python") {
    for (int i = 0; i < SC_LEN(cases); i++) {
        sc_buffer got = SC_BUFFER_INIT, want = SC_BUFFER_INIT;
        int64_t replaced = 0, marks = 0;
        CHECK_OK(sc__utf8_repair(&got, cases[i].bytes, strlen(cases[i].bytes), &replaced));
        for (const char *p = cases[i].want; *p; p++) {
            if (*p == '?')
                sc__buffer_puts(&want, "\xEF\xBF\xBD"), marks++;
            else
                sc__buffer_putc(&want, *p);
        }
        CHECK_STR(got.data ? got.data : "", want.data ? want.data : "");
        CHECK_INT(replaced, marks);
        CHECK_INT(sc__utf8_valid_prefix(got.data, got.len), got.len);
        sc__buffer_deinit(&got);
        sc__buffer_deinit(&want);
    }
}

TEST(utf8_partial_tail, "base/utf8/partial-tail") {
    CHECK_INT(sc__utf8_partial_tail("abc", 3), 0);
    CHECK_INT(sc__utf8_partial_tail("a\xEA\xB0", 3), 2);
    CHECK_INT(sc__utf8_partial_tail("a\xF0\x9F\x98", 4), 3);
    CHECK_INT(sc__utf8_partial_tail("\xEA\xB0\x80", 3), 0);
    CHECK_INT(sc__utf8_partial_tail("\xE0\x80", 2), 0); /* cannot be completed */
    CHECK_INT(sc__utf8_partial_tail("\x80\x80\x80\x80", 4), 0);
}

/* Every code point there and back, and every cut of it reported as cut. */
TEST(utf8_all_code_points, "base/utf8/all-code-points") {
    for (uint32_t c = 0; c < 0x110000; c++) {
        char b[4];
        int n = 0;
        const int len = sc__utf8_encode(b, c);
        const bool surrogate = c >= 0xD800 && c < 0xE000;
        CHECK_INT(sc__utf8_valid_prefix(b, (size_t)len), surrogate ? 0 : len);
        if (surrogate) continue;
        CHECK_INT(sc__utf8_decode(b, &n), c);
        CHECK_INT(n, len);
        for (int k = 1; k < len; k++) CHECK_INT(sc__utf8_partial_tail(b, (size_t)k), k);
    }
}

static sc_status repair_something(void *arg) {
    sc_buffer b = SC_BUFFER_INIT;
    (void)arg;
    sc_status s = sc__utf8_repair(&b, "ab\xFF", 3, NULL);
    sc__buffer_deinit(&b);
    return s;
}

TEST(utf8_no_memory, "base/utf8/no-memory") { CHECK(test_oom(repair_something, NULL) > 0); }
