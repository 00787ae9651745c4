/* doc_words.c - words by white space, and by the word boundaries of Unicode (UAX #29, section 4.1,
 * rules WB1 to WB999). */
#include "stage/curation/tag/doc_part.h"

enum { WORDY = SC_CHAR_LETTER | SC_CHAR_NUMBER };

/* ---- what a word is asked -------------------------------------------------------------------- */

static uint32_t flags_of(uint32_t any, uint32_t all, bool one) {
    uint32_t flags = any & SC_CHAR_LETTER ? SC_UNIT_LETTER : 0;
    if (all & SC_CHAR_SYMBOL) flags |= SC_UNIT_SYMBOL;
    if (all & SC_CHAR_PUNCT) flags |= SC_UNIT_PUNCT;
    if (one && (all & SC_CHAR_STOP)) flags |= SC_UNIT_STOP;
    return flags;
}

void sc__push_word(sc_unit_list *out, sc_char_kinds *t, const char *text, size_t start,
                   size_t end) {
    uint32_t any = 0, all = ~0u, chars = 0;
    int n;
    if (sc__is_letters(text + start, end - start)) { /* most words are */
        any = SC_CHAR_LETTER;
        all = 0;
        chars = (uint32_t)(end - start);
    }
    for (size_t i = start + chars; i < end; i += (size_t)n, chars++) {
        const uint32_t kind = sc__kind_at(t, text + i, &n);
        any |= kind;
        all &= kind;
    }
    out->at[out->n++] = (sc_unit){.start = (uint32_t)start,
                                  .end = (uint32_t)end,
                                  .chars = chars,
                                  .flags = flags_of(any, all, chars == 1),
                                  .hash = sc__hash_word(text + start, end - start)};
}

/* ---- white space ----------------------------------------------------------------------------- */

sc_status sc__split_whitespace(sc_unit_list *out, sc_char_kinds *t, const char *text, size_t n) {
    for (size_t at = 0; at < n;) {
        int bytes;
        if (sc__kind_at(t, text + at, &bytes) & SC_CHAR_SPACE) {
            at += (size_t)bytes;
            continue;
        }
        const size_t start = at;
        while (at < n && !(sc__kind_at(t, text + at, &bytes) & SC_CHAR_SPACE)) at += (size_t)bytes;
        SC_TRY(sc__units_reserve(out, 1));
        sc__push_word(out, t, text, start, at);
    }
    return SC_OK;
}

/* ---- UAX #29 --------------------------------------------------------------------------------- */

typedef struct {
    sc_char_kinds *kinds;
    const char *text;
    size_t n;
} scan;

static bool is_ignored(int wb) {
    return wb == SC_WB_EXTEND || wb == SC_WB_FORMAT || wb == SC_WB_ZWJ;
}
static bool is_letter(int wb) { return wb == SC_WB_LETTER || wb == SC_WB_HEBREW; }
static bool is_break(int wb) { return wb >= SC_WB_CR && wb <= SC_WB_NEWLINE; }

static bool is_mid_letter(int wb) {
    return wb == SC_WB_MID_LETTER || wb == SC_WB_MID_NUM_LET || wb == SC_WB_SINGLE_QUOTE;
}

static bool is_mid_num(int wb) {
    return wb == SC_WB_MID_NUM || wb == SC_WB_MID_NUM_LET || wb == SC_WB_SINGLE_QUOTE;
}

/* The class of the first code point at or after `at` that WB4 does not pass over. */
static int class_after(const scan *s, size_t at) {
    int n;
    for (; at < s->n; at += (size_t)n) {
        const int wb = sc__char_wb(sc__kind_at(s->kinds, s->text + at, &n));
        if (!is_ignored(wb)) return wb;
    }
    return SC_WB_OTHER;
}

/* WB5, WB8 to WB10, WB13 to WB13b: classes that always hold together. */
static bool joins(int prev, int next) {
    const bool word = is_letter(prev) || prev == SC_WB_NUMERIC;
    if (next == SC_WB_EXTEND_NUM_LET)
        return word || prev == SC_WB_KATAKANA || prev == SC_WB_EXTEND_NUM_LET;
    if (is_letter(next) || next == SC_WB_NUMERIC) return word || prev == SC_WB_EXTEND_NUM_LET;
    return next == SC_WB_KATAKANA && (prev == SC_WB_KATAKANA || prev == SC_WB_EXTEND_NUM_LET);
}

/* WB6, WB7, WB7a to WB7c, WB11, WB12: what may stand between two of a kind. `before` comes before
 * `prev`; `after` is the byte after `next`. */
static bool bridges(const scan *s, int before, int prev, int next, size_t after) {
    if (is_letter(prev) && is_mid_letter(next))
        return (prev == SC_WB_HEBREW && next == SC_WB_SINGLE_QUOTE) ||
               is_letter(class_after(s, after));
    if (is_letter(before) && is_mid_letter(prev) && is_letter(next)) return true;
    if (prev == SC_WB_HEBREW && next == SC_WB_DOUBLE_QUOTE)
        return class_after(s, after) == SC_WB_HEBREW;
    if (before == SC_WB_HEBREW && prev == SC_WB_DOUBLE_QUOTE && next == SC_WB_HEBREW) return true;
    if (prev == SC_WB_NUMERIC && is_mid_num(next)) return class_after(s, after) == SC_WB_NUMERIC;
    return before == SC_WB_NUMERIC && is_mid_num(prev) && next == SC_WB_NUMERIC;
}

/* The end of the segment that begins at `at`; *any gets the kinds in it. */
static size_t segment_end(const scan *s, size_t at, uint32_t *any) {
    int n;
    uint32_t kind = sc__kind_at(s->kinds, s->text + at, &n);
    int before = SC_WB_OTHER, prev = sc__char_wb(kind), last = prev;
    *any = kind;
    at += (size_t)n;
    if (is_break(prev)) return at;
    for (; at < s->n; at += (size_t)n) {
        kind = sc__kind_at(s->kinds, s->text + at, &n);
        const int next = sc__char_wb(kind);
        if (!is_ignored(next)) {
            const bool glued = last == SC_WB_ZWJ && (kind & SC_CHAR_PICTOGRAPH); /* WB3c */
            if (!glued && !joins(prev, next) && !bridges(s, before, prev, next, at + (size_t)n))
                return at;
            before = prev;
            prev = next;
        }
        last = next;
        *any |= kind;
    }
    return at;
}

/* Letters of ASCII, most of most texts: their end, from which the rules go on. */
static size_t plain_end(const char *text, size_t at, size_t n) {
    while (at < n && (unsigned char)((text[at] | 32) - 'a') < 26) at++;
    return at;
}

sc_status sc__split_unicode(sc_unit_list *out, sc_char_kinds *t, const char *text, size_t n) {
    const scan s = {t, text, n};
    for (size_t at = 0; at < n;) {
        if (text[at] == ' ') {
            at++;
            continue;
        }
        const size_t plain = plain_end(text, at, n);
        uint32_t any = SC_CHAR_LETTER;
        size_t end = plain;
        if (plain == at || plain == n || text[plain] != ' ')
            end = segment_end(&s, plain > at ? plain - 1 : at, &any);
        if (any & WORDY) {
            SC_TRY(sc__units_reserve(out, 1));
            sc__push_word(out, t, text, at, end);
        }
        at = end;
    }
    return SC_OK;
}
