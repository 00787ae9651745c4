/* split.c - a text through the stages of the pre-tokenizer, piece by piece. What stages share: the
 * way from one to the next, rewritten text, and the five behaviours of a delimiter. */
#include "tokenizer/split.h"

#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

sc_status sc__stage_push(sc_stage **out, sc_tokenizer *t, sc_stage_run *run, const char *name) {
    if (t->n_stages == SC_STAGES_MAX)
        return SC_FAIL(SC_FORMAT, "%s: pre_tokenizer: more than %d steps", name, SC_STAGES_MAX);
    *out = &t->stages[t->n_stages++];
    memset(*out, 0, sizeof **out);
    (*out)->run = run;
    return SC_OK;
}

sc_status sc__split_open(sc_split *s, const sc_tokenizer *t, sc_piece_fn *piece, void *user) {
    memset(s, 0, sizeof *s);
    s->t = t;
    s->piece = piece;
    s->user = user;
    return sc__matcher_open(&s->matcher);
}

void sc__split_close(sc_split *s) {
    sc__matcher_close(s->matcher);
    for (int i = 0; i < SC_STAGES_MAX; i++) {
        sc__buffer_deinit(&s->text[i]);
        sc__buffer_deinit(&s->spans[i]);
    }
    memset(s, 0, sizeof *s);
}

static sc_status enter(sc_split *s, int stage, const char *text, size_t n) {
    if (stage == s->t->n_stages) return s->piece(s->user, text, n);
    return s->t->stages[stage].run(s, stage, text, n);
}

sc_status sc__split_hand(sc_split *s, int stage, const char *text, size_t n) {
    return n ? enter(s, stage + 1, text, n) : SC_OK;
}

sc_status sc__split_run(sc_split *s, const sc_text *text) {
    s->now = *text;
    return text->n ? enter(s, 0, text->text, text->n) : SC_OK;
}

bool sc__split_at_start(const sc_split *s, const char *text) {
    if (s->now.spans) return !s->now.spans[text - s->now.text].from;
    return s->now.starts && text == s->now.text;
}

/* -- rewriting ------------------------------------------------------------------------------- */

sc_rewrite sc__split_rewrite(sc_split *s, int stage, const char *text, size_t n) {
    sc_rewrite w = {{text, n, NULL, sc__split_at_start(s, text)},
                    0,
                    false,
                    &s->text[stage],
                    &s->spans[stage],
                    s->matcher,
                    NULL};
    if (s->now.spans) w.in.spans = s->now.spans + (text - s->now.text);
    sc__buffer_clear(w.out);
    sc__buffer_clear(w.out_spans);
    return w;
}

sc_status sc__split_enter(sc_split *s, const sc_rewrite *w, sc_text *before) {
    SC_TRY(w->out->status);
    SC_TRY(w->out_spans->status);
    *before = s->now;
    s->now = (sc_text){w->out->data, w->out->len, NULL, w->starts};
    if (w->in.spans) s->now.spans = (const sc_span *)(const void *)w->out_spans->data;
    return SC_OK;
}

/* -- behaviours ------------------------------------------------------------------------------ */

static sc_status give(sc_cutter *c, size_t from, size_t to) {
    return sc__split_hand(c->s, c->stage, c->text + from, to - from);
}

static sc_status give_held(sc_cutter *c) {
    if (!c->held) return SC_OK;
    c->held = false;
    return give(c, c->from, c->to);
}

sc_status sc__cutter_put(sc_cutter *c, bool is_match, size_t from, size_t to) {
    bool joins = false; /* this one belongs to the one that is kept back */
    switch (c->behavior) {
    case SC_BEHAVIOR_REMOVED:
        return is_match ? SC_OK : give(c, from, to);
    case SC_BEHAVIOR_ISOLATED:
        return give(c, from, to);
    case SC_BEHAVIOR_CONTIGUOUS:
        joins = is_match == c->before;
        break;
    case SC_BEHAVIOR_WITH_PREVIOUS:
        joins = is_match && !c->before;
        break;
    case SC_BEHAVIOR_WITH_NEXT:
        joins = !is_match && c->before;
        break;
    }
    c->before = is_match;
    if (joins && c->held) return c->to = to, SC_OK;
    SC_TRY(give_held(c));
    c->held = true;
    c->from = from;
    c->to = to;
    return SC_OK;
}

sc_status sc__cutter_finish(sc_cutter *c) { return give_held(c); }

/* -- places to cut --------------------------------------------------------------------------- */

/* Whether a letter ends right before `at`. */
static bool letter_before(const sc_tokenizer *t, const char *text, size_t at) {
    size_t from = at - 1;
    while (from && at - from < 4 && sc__utf8_is_inner(text[from])) from--;
    int len;
    return sc__utf8_valid_prefix(text + from, at - from) == at - from &&
           sc__char_class(&t->chars, sc__utf8_decode(text + from, &len)) == CHAR_LETTER &&
           (size_t)len == at - from;
}

/* Stages that may be cut end a piece between a letter and white space, whatever comes before or
 * after; normal forms do not reach over an ASCII space. */
size_t sc__find_cut(const sc_tokenizer *t, const char *text, size_t n) {
    for (size_t at = n; at-- > 1;)
        if ((text[at] == ' ' || text[at] == '\n') && letter_before(t, text, at) &&
            !sc__added_touches(t->added, text, n, at) &&
            !sc__added_touches(t->added_normal, text, n, at))
            return at;
    return 0;
}
