/* normal.c - the chain of normalizers: each step reads one buffer and writes the other. A step that
 * says that it is idle on a text costs no copy. */
#include "tokenizer/normal.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

sc_status sc__normalizer_push(sc_normalizer **out, sc_tokenizer *t, const char *name) {
    if (t->n_normalizers == SC_NORMALIZERS_MAX)
        return SC_FAIL(SC_FORMAT, "%s: normalizer: more than %d steps", name, SC_NORMALIZERS_MAX);
    *out = &t->normalizers[t->n_normalizers++];
    memset(*out, 0, sizeof **out);
    return SC_OK;
}

void sc__normalizer_close(sc_normalizer *m) {
    sc__pattern_close(m->pattern);
    sc__charsmap_close(m->map);
}

sc_status sc__normal_open(sc_normal *s, const sc_tokenizer *t) {
    memset(s, 0, sizeof *s);
    s->t = t;
    return sc__matcher_open(&s->matcher);
}

void sc__normal_close(sc_normal *s) {
    sc__matcher_close(s->matcher);
    for (int i = 0; i < 2; i++) {
        sc__buffer_deinit(&s->text[i]);
        sc__buffer_deinit(&s->spans[i]);
    }
    sc__buffer_deinit(&s->scratch);
    memset(s, 0, sizeof *s);
}

static sc_status run_step(sc_normal *s, const sc_normalizer *m, sc_text *io, int to) {
    sc_buffer *out = &s->text[to], *spans = &s->spans[to];
    sc__buffer_clear(out);
    sc__buffer_clear(spans);
    sc__buffer_append(out, "", 0); /* so that there is a text, if an empty one */
    sc_rewrite w = {*io, 0, false, out, spans, s->matcher, &s->scratch};
    SC_TRY(m->run(m, &w));
    SC_TRY(out->status);
    SC_TRY(spans->status);
    io->text = out->data;
    io->n = out->len;
    io->starts = w.starts;
    if (io->spans) { /* an empty text has no spans, but somebody still asks */
        sc__buffer_append(spans, "", 0);
        SC_TRY(spans->status);
        io->spans = (const sc_span *)(const void *)spans->data;
    }
    return SC_OK;
}

sc_status sc__normal_run(sc_normal *s, sc_text *io) {
    int to = 0;
    for (int i = 0; i < s->t->n_normalizers && io->n; i++) {
        const sc_normalizer *m = &s->t->normalizers[i];
        if (m->idle && m->idle(m, io->text, io->n)) continue;
        SC_TRY(run_step(s, m, io, to));
        to = !to;
    }
    return SC_OK;
}

/* -- ranges ---------------------------------------------------------------------------------- */

static void push_span(sc_rewrite *w, size_t n, sc_span span) {
    sc_span *to = sc__buffer_extend(w->out_spans, n * sizeof *to);
    for (size_t i = 0; to && i < n; i++) to[i] = span;
}

static size_t char_length(const sc_rewrite *w, size_t at) {
    int len = 0;
    if (at < w->in.n) sc__utf8_decode(w->in.text + at, &len);
    return (size_t)len;
}

void sc__put_spans(sc_rewrite *w, size_t n, int change) {
    const size_t from = change > 0 ? w->at - (w->at > 0) : SC_MIN(w->at, w->in.n - 1);
    push_span(w, n, change > 0 && !w->at ? (sc_span){0, 0} : w->in.spans[from]);
    for (; change <= 0; change++) w->at += char_length(w, w->at);
}

void sc__copy_spans(sc_rewrite *w, size_t from, size_t n) {
    sc__buffer_append(w->out_spans, w->in.spans + from, n * sizeof *w->in.spans);
}

/* Whether the character of the input that the first one written stands for is the first. */
bool sc__first_starts(const sc_rewrite *w, int change) {
    size_t at = w->at;
    if (change > 0 && at) at = sc__utf8_start(w->in.text, at - 1);
    return w->in.starts && !at;
}
