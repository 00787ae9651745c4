/* answer.c - the loop from a prompt to a text: draw, decode, look for stop texts, show, go on. Text
 * that may turn out to be the beginning of a stop text is held back. */
#include "infer/session.h"

#include "base/clock.h"

#include <string.h>

static const char *const ended_names[] = {"length", "stop", "eos", "context", "interrupted"};
const char *sc_ended_name(sc_ended e) { return ended_names[e]; }

sc_status sc__ids_push(sc_ids *ids, int32_t id) {
    if (ids->n == ids->capacity) {
        const int64_t capacity = SC_MAX(64, 2 * ids->capacity);
        int32_t *more = sc__realloc(ids->ids, (size_t)capacity * sizeof *more);
        if (!more) return SC_FAIL(SC_NOMEM, "token ids");
        ids->ids = more;
        ids->capacity = capacity;
    }
    ids->ids[ids->n++] = id;
    return SC_OK;
}

/* A generator for this prompt and its answer: the one there is, or one of at least twice the
 * room. */
static sc_status ensure_generator(sc_session *s, int64_t max_tokens) {
    const int64_t n = s->prompt.n;
    if (n > s->max_context)
        return SC_FAIL(SC_USAGE, "the prompt has %lld tokens, more than the %s %lld", (long long)n,
                       s->max_context == s->model->shape.n_positions ? "model's positions,"
                                                                     : "context,",
                       (long long)s->max_context);
    const bool fits = max_tokens > 0 && max_tokens < s->max_context - n;
    int64_t need = fits ? n + max_tokens : s->max_context;
    if (s->generator && need <= s->capacity) return SC_OK;
    need = SC_MIN(s->max_context, SC_MAX(need, SC_MAX(2 * s->capacity, 512)));
    sc_generator_close(s->generator);
    s->generator = NULL;
    s->capacity = need;
    const sc_generator_options o = {.context = need, .stop = s->stop};
    return sc_generator_open(&s->generator, s->model, s->machine, &o);
}

/* ---- showing --------------------------------------------------------------------------------- */

typedef struct {
    sc_session *s;
    const sc_answer_options *o;
    size_t shown, longest; /* bytes given to the sink; of the longest stop text */
    bool stopped;
} answer;

static const char *find_bytes(const char *in, size_t n, const char *what, size_t n_what) {
    for (; n >= n_what; in++, n--)
        if (!memcmp(in, what, n_what)) return in;
    return NULL;
}

/* Cuts the text at the first stop text in it; `fresh` bytes at its end are new. */
static void cut_at_stop(answer *a, size_t fresh) {
    sc_buffer *t = &a->s->text;
    const size_t tail = SC_MIN(t->len, fresh + a->longest);
    const char *from = t->data + t->len - tail, *first = NULL;
    for (int i = 0; i < a->o->n_stops; i++) {
        const char *at = find_bytes(from, tail, a->o->stops[i], strlen(a->o->stops[i]));
        if (at && (!first || at < first)) first = at;
    }
    if (!first) return;
    a->stopped = true;
    t->len = (size_t)(first - t->data);
    t->data[t->len] = 0;
}

/* Bytes at the end of the text that a stop text begins with. */
static size_t held_back(const answer *a) {
    const sc_buffer *t = &a->s->text;
    size_t held = 0;
    for (int i = 0; i < a->o->n_stops; i++)
        for (size_t n = SC_MIN(strlen(a->o->stops[i]) - 1, t->len - a->shown); n > held; n--)
            if (!memcmp(t->data + t->len - n, a->o->stops[i], n)) held = n;
    return held;
}

static sc_status show(answer *a, bool all) {
    const sc_buffer *t = &a->s->text;
    const size_t end = all ? t->len : t->len - held_back(a), n = end - a->shown;
    if (!a->o->sink || n == 0) return SC_OK;
    const char *from = t->data + a->shown;
    const char kept = from[n];
    a->s->text.data[end] = 0;
    a->shown = end;
    const sc_status status = a->o->sink(a->o->user, from, n);
    a->s->text.data[end] = kept;
    return status;
}

static sc_status add_text(answer *a, const char *text, size_t n) {
    sc__buffer_append(&a->s->text, text, n);
    SC_TRY(a->s->text.status);
    if (a->o->n_stops) cut_at_stop(a, n);
    return show(a, a->stopped);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static bool is_eos(const sc_session *s, int32_t id) {
    for (int i = 0; i < s->n_eos; i++)
        if (s->eos[i] == id) return true;
    return false;
}

/* A model may have rows for ids that its tokenizer has no token for (a vocabulary padded to a
 * multiple): they have no text, as transformers decodes them. */
static sc_status take_token(answer *a, int32_t id) {
    const char *text;
    size_t n;
    SC_TRY(sc__ids_push(&a->s->answer, id));
    if (!sc_tokenizer_token(a->s->tokenizer, id)) return SC_OK;
    SC_TRY(sc_decoder_push(a->s->decoder, &text, &n, &id, 1));
    return add_text(a, text, n);
}

/* DONE when the answer ends after this token. */
static sc_status step(answer *a, sc_ended *why) {
    sc_session *s = a->s;
    int32_t id;
    SC_TRY(sc_generator_sample(s->generator, &id, &a->o->sampling));
    if (!a->o->ignore_eos && is_eos(s, id)) return *why = SC_ENDED_EOS, SC_DONE;
    SC_TRY(take_token(a, id));
    if (a->stopped) return *why = SC_ENDED_STOP, SC_DONE;
    if (s->answer.n == a->o->max_tokens) return *why = SC_ENDED_LENGTH, SC_DONE;
    if (s->stop && *s->stop) return *why = SC_ENDED_INTERRUPTED, SC_DONE;
    if (s->prompt.n + s->answer.n > s->max_context) return *why = SC_ENDED_CONTEXT, SC_DONE;
    const sc_status status = sc_generator_push(s->generator, id);
    if (status == SC_INTERRUPTED) return *why = SC_ENDED_INTERRUPTED, SC_DONE;
    return status;
}

/* What the decoder still held is not a whole character. */
static sc_status flush(answer *a) {
    const char *text;
    size_t n;
    SC_TRY(sc_decoder_finish(a->s->decoder, &text, &n));
    if (!a->stopped) SC_TRY(add_text(a, text, n));
    return show(a, true);
}

static sc_status run(answer *a, sc_answer *out) {
    sc_session *s = a->s;
    const double start = sc__clock_now();
    SC_TRY(sc_generator_prompt(s->generator, s->prompt.ids, s->prompt.n));
    const double mid = sc__clock_now();
    sc_status status = SC_OK;
    while (status == SC_OK) status = step(a, &out->ended);
    SC_TRY(status);
    SC_TRY(flush(a));
    if (a->stopped) out->ended = SC_ENDED_STOP;
    out->prompt_seconds = mid - start;
    out->answer_seconds = sc__clock_now() - mid;
    return SC_OK;
}

static sc_status check(const sc_answer_options *o) {
    if (o->max_tokens < 0)
        return SC_FAIL(SC_USAGE, "max-tokens %lld is negative", (long long)o->max_tokens);
    for (int i = 0; i < o->n_stops; i++)
        if (!o->stops[i][0]) return SC_FAIL(SC_USAGE, "a stop text is empty");
    return sc_sampling_check(&o->sampling);
}

sc_status sc__session_answer(sc_session *s, sc_answer *out, const sc_answer_options *o) {
    answer a = {.s = s, .o = o};
    const char *rest;
    size_t n;
    *out = (sc_answer){0};
    SC_TRY(check(o));
    for (int i = 0; i < o->n_stops; i++) a.longest = SC_MAX(a.longest, strlen(o->stops[i]));
    s->answer.n = 0;
    sc__buffer_clear(&s->text);
    SC_TRY(sc_decoder_finish(s->decoder, &rest, &n)); /* of an answer that failed */
    SC_TRY(ensure_generator(s, o->max_tokens));
    SC_TRY(run(&a, out));
    sc__buffer_append(&s->text, "", 0);
    SC_TRY(s->text.status);
    out->text = s->text.data ? s->text.data : "";
    out->n_text = s->text.len;
    out->ids = s->answer.ids;
    out->n_ids = s->answer.n;
    out->n_prompt = s->prompt.n;
    out->n_reused = sc_generator_reused(s->generator);
    return SC_OK;
}
