/* split_space.c - sentencepiece's way with spaces: each is a visible character, U+2581 unless told
 * otherwise, which begins the word behind it (Kudo and Richardson 2018). */
#include "base/json.h"
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#define MARK "\xE2\x96\x81" /* U+2581 */

/* -- Metaspace ------------------------------------------------------------------------------- */

static bool begins_with(const sc_stage *g, const char *text, size_t n) {
    return n >= g->n_bytes && !memcmp(text, g->bytes, g->n_bytes);
}

static void put_visible(const sc_stage *g, sc_rewrite *w) {
    const char *text = w->in.text, *p;
    size_t done = 0;
    while ((p = memchr(text + done, ' ', w->in.n - done))) {
        const size_t from = (size_t)(p - text);
        if (from > done) sc__copy(w, done, from - done);
        w->at = from;
        sc__put(w, g->bytes, g->n_bytes, 0);
        done = from + 1;
    }
    if (w->in.n > done) sc__copy(w, done, w->in.n - done);
}

/* Each mark begins a piece. */
static sc_status cut_at_marks(sc_split *s, int stage, const char *text, size_t n) {
    const sc_stage *g = &s->t->stages[stage];
    size_t from = 0;
    for (const char *p = text + 1, *end = text + n; p < end; p++) {
        p = memchr(p, g->bytes[0], (size_t)(end - p));
        if (!p) break;
        if (!begins_with(g, p, (size_t)(end - p))) continue;
        SC_TRY(sc__split_hand(s, stage, text + from, (size_t)(p - text) - from));
        from = (size_t)(p - text);
    }
    return sc__split_hand(s, stage, text + from, n - from);
}

static sc_status metaspace_stage(sc_split *s, int stage, const char *text, size_t n) {
    const sc_stage *g = &s->t->stages[stage];
    const bool visible = *text == ' ' || begins_with(g, text, n);
    bool prepend = !visible && g->prepend != SC_PREPEND_NEVER && !(stage == 0 && s->continued);
    if (g->prepend == SC_PREPEND_FIRST && !sc__split_at_start(s, text)) prepend = false;
    sc_rewrite w = sc__split_rewrite(s, stage, text, n);
    if (prepend) {
        int len;
        sc__utf8_decode(text, &len);
        sc__skip(&w, (size_t)len);
        sc__put(&w, g->bytes, g->n_bytes, 1);
    }
    put_visible(g, &w);
    sc_text before;
    SC_TRY(sc__split_enter(s, &w, &before));
    const sc_status done = g->split ? cut_at_marks(s, stage, s->now.text, s->now.n)
                                    : sc__split_hand(s, stage, s->now.text, s->now.n);
    s->now = before;
    return done;
}

static sc_status parse_prepend(sc_stage *g, const json_t *part, const char *name) {
    static const char *const schemes[] = {"always", "first", "never"};
    const char *scheme;
    bool old; /* files of before 2024 */
    SC_TRY(sc__json_get_string(&scheme, part, "prepend_scheme", NULL, name));
    SC_TRY(sc__json_get_bool(&old, part, "add_prefix_space", true, name));
    if (!scheme) return g->prepend = old ? SC_PREPEND_ALWAYS : SC_PREPEND_NEVER, SC_OK;
    for (int i = 0; i < SC_LEN(schemes); i++)
        if (!strcmp(scheme, schemes[i])) return g->prepend = (sc_prepend)i, SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: pre_tokenizer.prepend_scheme: \"%s\" is not known", name,
                   scheme);
}

sc_status sc__stage_metaspace(sc_tokenizer *t, const json_t *part, const char *name) {
    sc_stage *g;
    SC_TRY(sc__stage_push(&g, t, metaspace_stage, name));
    SC_TRY(sc__json_get_char(&g->point, part, "replacement", name));
    SC_TRY(sc__json_get_bool(&g->split, part, "split", true, name));
    g->n_bytes = (size_t)sc__utf8_encode(g->bytes, g->point);
    return parse_prepend(g, part, name);
}

/* -- words ----------------------------------------------------------------------------------- */

/* Before each mark that follows another character. */
static sc_status mark_stage(sc_split *s, int stage, const char *text, size_t n) {
    const char *from = text, *end = text + n;
    for (const char *p = text; (p = memchr(p, MARK[0], (size_t)(end - p))); p++) {
        if (end - p < 3 || memcmp(p, MARK, 3)) continue;
        if (p - from >= 3 && !memcmp(p - 3, MARK, 3)) continue;
        SC_TRY(sc__split_hand(s, stage, from, (size_t)(p - from)));
        from = p;
    }
    return sc__split_hand(s, stage, from, (size_t)(end - from));
}

sc_status sc__stage_push_words(sc_tokenizer *t, const char *name) {
    sc_stage *g;
    return sc__stage_push(&g, t, mark_stage, name);
}
