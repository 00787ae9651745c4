/* split.c - a text through the stages of the pre-tokenizer, piece by piece and without lists: each
 * stage hands what it cuts off straight to the next. */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <string.h>

sc_status sc__split_open(sc_split *s, const sc_tokenizer *t, sc_piece_fn *piece, void *user) {
    memset(s, 0, sizeof *s);
    s->t = t;
    s->piece = piece;
    s->user = user;
    return sc__matcher_open(&s->matcher);
}

void sc__split_close(sc_split *s) {
    sc__matcher_close(s->matcher);
    for (int i = 0; i < SC_STAGES_MAX; i++) sc__buffer_deinit(&s->prefixed[i]);
    memset(s, 0, sizeof *s);
}

static sc_status enter(sc_split *s, int stage, const char *text, size_t n);

static sc_status by_hand(sc_split *s, int stage, const char *text, size_t n) {
    sc_piece_length *length = sc__pattern_fast(s->t->stages[stage].pattern);
    const bool last = stage + 1 == s->t->n_stages;
    for (const char *p = text, *end = text + n; p < end;) {
        const size_t len = length(&s->t->chars, p, end);
        SC_TRY(last ? s->piece(s->user, p, len) : enter(s, stage + 1, p, len));
        p += len;
    }
    return SC_OK;
}

static sc_status hand_over(sc_split *s, int stage, const char *text, size_t n) {
    return n ? enter(s, stage + 1, text, n) : SC_OK;
}

/* Matches and the gaps between them. An empty match cuts where it stands. */
static sc_status by_regex(sc_split *s, int stage, const char *text, size_t n) {
    const sc_stage *g = &s->t->stages[stage];
    size_t done = 0, at = 0, from, to;
    for (sc_status found; at <= n; at = to) {
        found = sc__pattern_find(g->pattern, s->matcher, text, n, at, &from, &to);
        SC_TRY(found);
        if (found == SC_DONE) break;
        if (g->keep_gaps) SC_TRY(hand_over(s, stage, text + done, from - done));
        if (g->keep_matches) SC_TRY(hand_over(s, stage, text + from, to - from));
        done = to;
        if (to == from) { /* go on behind the next character */
            int len = 1;
            if (to < n) sc__utf8_decode(text + to, &len);
            to += (size_t)len;
        }
    }
    return g->keep_gaps ? hand_over(s, stage, text + done, n - done) : SC_OK;
}

static sc_status enter(sc_split *s, int stage, const char *text, size_t n) {
    if (stage == s->t->n_stages) return s->piece(s->user, text, n);
    const sc_stage *g = &s->t->stages[stage];
    if (g->prefix_space && *text != ' ' && !(stage == 0 && s->continued)) {
        sc_buffer *b = &s->prefixed[stage];
        sc__buffer_clear(b);
        sc__buffer_putc(b, ' ');
        sc__buffer_append(b, text, n);
        SC_TRY(b->status);
        text = b->data;
        n = b->len;
    }
    if (!g->pattern) return enter(s, stage + 1, text, n);
    if (sc__pattern_fast(g->pattern) && g->keep_matches) return by_hand(s, stage, text, n);
    return by_regex(s, stage, text, n);
}

sc_status sc__split_run(sc_split *s, const char *text, size_t n) {
    return n ? enter(s, 0, text, n) : SC_OK;
}

/* Whether a letter ends right before `at`. */
static bool letter_before(const sc_tokenizer *t, const char *text, size_t at) {
    size_t from = at - 1;
    while (from && at - from < 4 && ((unsigned char)text[from] & 0xC0) == 0x80) from--;
    int len;
    return sc__utf8_valid_prefix(text + from, at - from) == at - from &&
           sc__char_class(&t->chars, sc__utf8_decode(text + from, &len)) == CHAR_LETTER &&
           (size_t)len == at - from;
}

/* Both known patterns end a piece between a letter and white space, whatever comes before or after;
 * normal forms do not reach over an ASCII space. */
size_t sc__find_cut(const sc_tokenizer *t, const char *text, size_t n) {
    for (size_t at = n; at-- > 1;)
        if ((text[at] == ' ' || text[at] == '\n') && letter_before(t, text, at) &&
            !sc__added_touches(t->added, text, n, at) &&
            !sc__added_touches(t->added_normal, text, n, at))
            return at;
    return 0;
}
