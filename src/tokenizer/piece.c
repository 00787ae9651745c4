/* piece.c - the GPT-2 and Llama-3 split patterns, read by hand. Each function is the pattern's
 * alternatives in their order; sc__pattern_gpt2 and sc__pattern_llama3 hold the patterns. */
#include "base/utf8.h"
#include "tokenizer/pattern.h"

static inline sc_char_class class_at(const sc_char_table *t, const char *p, int *n) {
    return sc__char_class(t, sc__utf8_decode(p, n));
}

/* Where the run of this class that p may begin ends. */
static inline const char *run(const sc_char_table *t, const char *p, const char *end,
                              sc_char_class c) {
    const uint8_t *ascii = t->pages[t->page[0]];
    while (p < end) {
        int n = 1;
        const unsigned char b = (unsigned char)*p;
        if ((b < 0x80 ? (sc_char_class)ascii[b] : class_at(t, p, &n)) != c) break;
        p += n;
    }
    return p;
}

/* \s+(?!\S)|\s+ : the whole run at the end of the text, else all but its last character, which
 * goes with what follows; a single one stands alone. */
static size_t white_space(const char *p, const char *stop, const char *end) {
    if (stop == end) return (size_t)(end - p);
    const char *last = stop - 1;
    while (sc__utf8_is_inner(*last)) last--;
    return (size_t)((last == p ? stop : last) - p);
}

/* 's 't 'm 'd 're 've 'll at an apostrophe: its length, or 0. */
static size_t contraction(const char *p, const char *end) {
    if (end - p >= 2 && (p[1] == 's' || p[1] == 't' || p[1] == 'm' || p[1] == 'd')) return 2;
    if (end - p < 3) return 0;
    return ((p[1] == 'r' || p[1] == 'v') && p[2] == 'e') || (p[1] == 'l' && p[2] == 'l') ? 3 : 0;
}

/* The same without regard to case: U+017F is an s to Unicode. */
static size_t contraction_any_case(const char *p, const char *end) {
    if (end - p >= 3 && (unsigned char)p[1] == 0xC5 && (unsigned char)p[2] == 0xBF) return 3;
    char lower[3] = {'\''};
    int n = 1;
    while (n < 3 && p + n < end) {
        lower[n] = (char)(p[n] >= 'A' && p[n] <= 'Z' ? p[n] | 0x20 : p[n]);
        n++;
    }
    return contraction(lower, lower + n);
}

size_t sc__piece_gpt2(const sc_char_table *t, const char *p, const char *end) {
    const size_t n_contraction = *p == '\'' ? contraction(p, end) : 0;
    if (n_contraction) return n_contraction;
    int n;
    sc_char_class c = class_at(t, p, &n);
    const char *body = p;
    if (*p == ' ' && p + 1 < end) {
        const sc_char_class after = class_at(t, p + 1, &n);
        if (after != CHAR_SPACE) {
            body = p + 1;
            c = after;
        }
    }
    const char *stop = run(t, body, end, c);
    return c == CHAR_SPACE ? white_space(p, stop, end) : (size_t)(stop - p);
}

static bool is_newline(char c) { return c == '\r' || c == '\n'; }

/* \p{N}{1,3} */
static size_t number(const sc_char_table *t, const char *p, const char *end) {
    const char *q = p;
    for (int i = 0, n; i < 3 && q < end && class_at(t, q, &n) == CHAR_NUMBER; i++) q += n;
    return (size_t)(q - p);
}

size_t sc__piece_llama3(const sc_char_table *t, const char *p, const char *end) {
    const size_t n_contraction = *p == '\'' ? contraction_any_case(p, end) : 0;
    if (n_contraction) return n_contraction;
    int n, n_after;
    const sc_char_class c = class_at(t, p, &n);
    const sc_char_class after = p + n < end ? class_at(t, p + n, &n_after) : CHAR_SPACE;
    if (c == CHAR_LETTER) return (size_t)(run(t, p, end, c) - p);
    if (c == CHAR_NUMBER) return number(t, p, end);
    if (after == CHAR_LETTER && !is_newline(*p)) return (size_t)(run(t, p + n, end, after) - p);
    if (c == CHAR_OTHER || (*p == ' ' && after == CHAR_OTHER)) {
        const char *stop = run(t, c == CHAR_OTHER ? p : p + 1, end, CHAR_OTHER);
        while (stop < end && is_newline(*stop)) stop++;
        return (size_t)(stop - p);
    }
    const char *stop = run(t, p, end, CHAR_SPACE);
    for (const char *q = stop; q > p; q--) /* \s*[\r\n]+ */
        if (is_newline(q[-1])) return (size_t)(q - p);
    return white_space(p, stop, end);
}
