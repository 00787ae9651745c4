/* doc_sentences.c - sentences by the boundaries of Unicode (UAX #29, section 5.1, rules SB1 to
 * SB998): a full stop before a small letter ends none, a line end always does. */
#include "stage/curation/tag/doc_part.h"

/* Where in SATerm Close* Sp* ParaSep? the text is. */
typedef enum { NO_TERM, TERM, TERM_CLOSE, TERM_SPACE } place;

typedef struct {
    sc_char_kinds *kinds;
    const char *text;
    size_t n;
    place place;
    bool is_aterm;     /* the terminator is a full stop */
    bool after_letter; /* which a letter with case stood before (SB7) */
    int last;          /* class of the last code point that SB5 does not pass over */
} scan;

static bool is_para(int sb) { return sb == SC_SB_SEP || sb == SC_SB_CR || sb == SC_SB_LF; }
static bool is_term(int sb) { return sb == SC_SB_STERM || sb == SC_SB_ATERM; }
static bool is_ignored(int sb) { return sb == SC_SB_EXTEND || sb == SC_SB_FORMAT; }

/* SB8: a small letter comes before anything else that could begin a sentence. */
static bool goes_on_small(const scan *s, size_t at) {
    int n;
    for (; at < s->n; at += (size_t)n) {
        const int sb = sc__char_sb(sc__kind_at(s->kinds, s->text + at, &n));
        if (sb == SC_SB_LOWER) return true;
        if (sb == SC_SB_OLETTER || sb == SC_SB_UPPER || is_para(sb) || is_term(sb)) return false;
    }
    return false;
}

/* Whether a sentence ends before the code point of class `next` at `at`, after a terminator. */
static bool ends_here(const scan *s, int next, size_t at) {
    if (s->is_aterm && s->place == TERM && next == SC_SB_NUMERIC) return false; /* SB6 */
    if (s->is_aterm && s->place == TERM && s->after_letter && next == SC_SB_UPPER) return false;
    if (s->is_aterm && goes_on_small(s, at)) return false;           /* SB8 */
    if (next == SC_SB_SCONTINUE || is_term(next)) return false;      /* SB8a */
    if (s->place != TERM_SPACE && next == SC_SB_CLOSE) return false; /* SB9 */
    return next != SC_SB_SP && !is_para(next);                       /* SB10 */
}

static void step(scan *s, int next) {
    if (is_term(next)) {
        s->after_letter = s->last == SC_SB_UPPER || s->last == SC_SB_LOWER;
        s->is_aterm = next == SC_SB_ATERM;
        s->place = TERM;
    } else if (s->place != NO_TERM && next == SC_SB_SP) {
        s->place = TERM_SPACE;
    } else if (s->place != NO_TERM && s->place != TERM_SPACE && next == SC_SB_CLOSE) {
        s->place = TERM_CLOSE;
    } else {
        s->place = NO_TERM;
    }
    s->last = next;
}

sc_status sc__push_sentence(sc_unit_list *out, sc_char_kinds *t, const char *text, size_t start,
                            size_t end) {
    int n;
    while (start < end && (sc__kind_at(t, text + start, &n) & SC_CHAR_SPACE)) start += (size_t)n;
    if (start == end) return SC_OK;
    SC_TRY(sc__units_reserve(out, 1));
    out->at[out->n++] = (sc_unit){.start = (uint32_t)start,
                                  .end = (uint32_t)end,
                                  .chars = (uint32_t)sc__count_chars(text + start, end - start),
                                  .hash = sc__hash_word(text + start, end - start)};
    return SC_OK;
}

static bool is_blank(sc_char_kinds *t, const char *text, size_t start, size_t end) {
    int n;
    while (start < end && (sc__kind_at(t, text + start, &n) & SC_CHAR_SPACE)) start += (size_t)n;
    return start == end;
}

static sc_status end_sentence(int64_t *n, sc_unit_list *out, const scan *s, size_t start,
                              size_t end) {
    if (is_blank(s->kinds, s->text, start, end)) return SC_OK;
    ++*n;
    return out ? sc__push_sentence(out, s->kinds, s->text, start, end) : SC_OK;
}

sc_status sc__split_sentences(int64_t *n_out, sc_unit_list *out, sc_char_kinds *t, sc_slice text) {
    scan s = {.kinds = t, .text = text.p, .n = text.n};
    size_t start = 0;
    int bytes;
    *n_out = 0;
    for (size_t at = 0; at < text.n; at += (size_t)bytes) {
        const int next = sc__char_sb(sc__kind_at(t, text.p + at, &bytes));
        const bool after_para = is_para(s.last) && !(s.last == SC_SB_CR && next == SC_SB_LF);
        if (is_ignored(next) && !after_para) continue; /* SB5 */
        if (after_para || (s.place != NO_TERM && ends_here(&s, next, at))) {
            SC_TRY(end_sentence(n_out, out, &s, start, at));
            start = at;
            s.place = NO_TERM;
        }
        step(&s, next);
    }
    return end_sentence(n_out, out, &s, start, text.n);
}
