/* test_pattern.c - the hand-written readers of the two split patterns give PCRE2's pieces. */
#include "test.h"

#include "base/utf8.h"
#include "tokenizer/pattern.h"

typedef struct {
    sc_char_table chars;
    sc_pattern *pcre;
    sc_matcher *matcher;
    sc_piece_length *fast;
} both;

static void both_open(both *b, const char *pattern) {
    const sc_pattern_options slow = {pattern, false, true, "test", "pattern"},
                             fast = {pattern, false, false, "test", "pattern"};
    sc_pattern *p;
    CHECK_OK(sc__char_table_init(&b->chars));
    CHECK_OK(sc__pattern_open(&b->pcre, &slow));
    CHECK(!sc__pattern_fast(b->pcre));
    CHECK_OK(sc__pattern_open(&p, &fast));
    b->fast = sc__pattern_fast(p);
    CHECK(b->fast);
    sc__pattern_close(p);
    CHECK_OK(sc__matcher_open(&b->matcher));
}

static void both_close(both *b) {
    sc__char_table_deinit(&b->chars);
    sc__pattern_close(b->pcre);
    sc__matcher_close(b->matcher);
}

static void compare(const both *b, const char *text, size_t n) {
    for (size_t at = 0, from, to; at < n; at = to) {
        CHECK_STATUS(SC_OK, sc__pattern_find(b->pcre, b->matcher, text, n, at, &from, &to));
        const size_t len = b->fast(&b->chars, text + at, text + n);
        if (from == at && to == at + len) continue;
        for (size_t i = 0; i < n; i++) fprintf(stderr, "%02x", (unsigned char)text[i]);
        test_fail(__FILE__, __LINE__, "\nat byte %zu: by hand %zu, PCRE2 %zu .. %zu", at, len, from,
                  to);
    }
}

/* Every code point before, between and after what decides. */
static void every_code_point(const both *b) {
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[64] = "a", utf8[4];
        size_t n = 1;
        if (c >= 0xD800 && c < 0xE000) continue;
        const size_t len = (size_t)sc__utf8_encode(utf8, c);
        for (const char *after = "a1 '\n."; *after; after++) {
            memcpy(text + n, utf8, len), n += len;
            text[n++] = *after;
            memcpy(text + n, utf8, len), n += len;
        }
        compare(b, text, n);
    }
}

static const char *const bits[] = {
    " ",        "  ",        "\n", "\r\n",       "\t",         "a",        "Word",   "가나",
    "字",       "1",         "22", "\xC2\xBD",   "'",          "'s",       "'S",     "'ll",
    "'Re",      "'\xC5\xBF", "!",  "...",        "\xCC\x81",   "\xC2\xA0", "\u3000", "é",
    "\xC2\x85", "\x01",      "'l", "\U0001F600", "\u200d",     "\u180e",   "\u2028", "_",
    "'v",       "E",         "\r", "٣",          "\U000E0001", "'D"};

static void random_texts(const both *b, uint32_t r) {
    for (int i = 0; i < 200000; i++) {
        char text[256];
        size_t n = 0;
        r = r * 1664525 + 1013904223;
        for (uint32_t k = (r >> 28) + 1; k; k--) {
            r = r * 1664525 + 1013904223;
            const char *bit = bits[(r >> 16) % SC_LEN(bits)];
            memcpy(text + n, bit, strlen(bit));
            n += strlen(bit);
        }
        compare(b, text, n);
    }
}

static void check_pattern(const char *pattern) {
    both b;
    both_open(&b, pattern);
    every_code_point(&b);
    random_texts(&b, (uint32_t)test_seed());
    both_close(&b);
}

TEST(pattern_gpt2, "tokenizer/pattern/gpt2-by-hand") { check_pattern(sc__pattern_gpt2); }
TEST(pattern_llama3, "tokenizer/pattern/llama3-by-hand") { check_pattern(sc__pattern_llama3); }

static sc_status open_pattern(const char *text) {
    sc_pattern *p;
    const sc_pattern_options o = {text, false, false, "file", "field"};
    const sc_status s = sc__pattern_open(&p, &o);
    sc__pattern_close(p);
    return s;
}

TEST(pattern_refused, "tokenizer/pattern/refused") {
    CHECK_STATUS(SC_FORMAT, open_pattern("a(b"));
    CHECK_ERROR("file: field: ");
    CHECK_STATUS(SC_FORMAT, open_pattern("[\\p{L}&&[a-z]]"));
    CHECK_ERROR("&&");
    CHECK_STATUS(SC_FORMAT, open_pattern("[a[bc]]"));
    CHECK_STATUS(SC_FORMAT, open_pattern("[\\H]"));
    CHECK_STATUS(SC_FORMAT, open_pattern("\\"));
    CHECK_STATUS(SC_FORMAT, open_pattern("["));
    CHECK_OK(open_pattern("[[:alpha:]]+|\\h|[\\h]|\\P{L}|[^\\p{N}]"));
}

/* Every match as "from-to ". */
static void check_matches(const char *pattern, const char *text, const char *want) {
    const sc_pattern_options o = {pattern, false, false, "file", "field"};
    sc_pattern *p;
    sc_matcher *m;
    sc_buffer got = SC_BUFFER_INIT;
    size_t from, to;
    CHECK_OK(sc__pattern_open(&p, &o));
    CHECK_OK(sc__matcher_open(&m));
    sc_matches at = SC_MATCHES_INIT(p, m, text, strlen(text));
    while (sc__matches_next(&at, &from, &to) == SC_OK)
        sc__buffer_printf(&got, "%zu-%zu ", from, to);
    CHECK_STR(got.data ? got.data : "", want);
    sc__buffer_deinit(&got);
    sc__matcher_close(m);
    sc__pattern_close(p);
}

/* What Oniguruma finds where PCRE2 by itself would not. */
TEST(pattern_dialect, "tokenizer/pattern/dialect") {
    check_matches("^ +", "  a\n b\n", "0-2 4-5 ");
    check_matches("a$", "a\nba\nab", "0-1 3-4 ");
    check_matches("(?m:.+)", "a\nb", "0-3 ");
    check_matches("(?i)A.(?-m).", "ab\n", "");
    check_matches("[(?m:]+", "m:", "0-2 ");
    check_matches("\\h+", "fG0", "0-1 2-3 ");
}

static sc_status open_both(void *arg) {
    sc_char_table chars;
    sc_matcher *m;
    SC_TRY(sc__char_table_init(&chars));
    sc__char_table_deinit(&chars);
    SC_TRY(sc__matcher_open(&m));
    sc__matcher_close(m);
    return open_pattern(arg);
}

TEST(pattern_no_memory, "tokenizer/pattern/no-memory") {
    char text[] = "\\p{L}+|\\s";
    CHECK(test_oom(open_both, text) > 5);
}
