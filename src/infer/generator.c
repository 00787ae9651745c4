/* generator.c - one text in the engine. Invariant: the cache holds the keys of the first sequence.n
 * tokens of `ids`, and after a successful call sequence.n is n and the logits are those after the
 * last. */
#include "infer/engine.h"
#include "infer/sampling.h"

#include <inttypes.h>
#include <string.h>

struct sc_generator {
    sc_engine engine;
    sc_sequence sequence;
    sc_sampler sampler;
    int32_t *ids; /* max_length of room */
    int64_t n, n_prompt, n_reused;
    const volatile int *stop;
};

static sc_status init(sc_generator *g, const sc_model *m, sc_machine *machine,
                      const sc_generator_options *o) {
    if (o->context < 0 || o->chunk < 0)
        return SC_FAIL(SC_USAGE, "generator: a capacity is negative");
    const sc_engine_options e = {.max_tokens = o->chunk, .max_length = o->context};
    g->stop = o->stop;
    SC_TRY(sc__engine_init(&g->engine, m, machine, &e));
    SC_TRY(sc__sequence_init(&g->sequence, g->engine.max_length));
    SC_TRY(sc__sampler_init(&g->sampler, m->shape.n_vocab));
    g->ids = sc__calloc((size_t)g->engine.max_length, sizeof *g->ids);
    return g->ids ? SC_OK : SC_FAIL(SC_NOMEM, "generator");
}

sc_status sc_generator_open(sc_generator **out, const sc_model *m, sc_machine *machine,
                            const sc_generator_options *o) {
    const sc_generator_options none = {0};
    *out = NULL;
    sc_generator *g = sc__calloc(1, sizeof *g);
    if (!g) return SC_FAIL(SC_NOMEM, "generator");
    const sc_status s = init(g, m, machine, o ? o : &none);
    if (s < 0)
        sc_generator_close(g);
    else
        *out = g;
    return s;
}

void sc_generator_close(sc_generator *g) {
    if (!g) return;
    sc__sequence_deinit(&g->sequence, &g->engine.pages);
    sc__sampler_deinit(&g->sampler);
    sc__engine_deinit(&g->engine);
    sc__free(g->ids);
    sc__free(g);
}

void sc_generator_reset(sc_generator *g) {
    sc__sequence_truncate(&g->sequence, &g->engine.pages, 0);
    g->n = g->n_prompt = g->n_reused = 0;
}

/* Runs what the cache lacks of the text. */
static sc_status catch_up(sc_generator *g) {
    while (g->sequence.n < g->n) {
        if (g->stop && *g->stop) return SC_FAIL(SC_INTERRUPTED, "interrupted");
        const sc_feed f = {&g->sequence, g->ids + g->sequence.n,
                           SC_MIN(g->n - g->sequence.n, g->engine.max_tokens)};
        SC_TRY(sc__engine_run(&g->engine, &f, 1));
    }
    return SC_OK;
}

sc_status sc_generator_prompt(sc_generator *g, const int32_t *ids, int64_t n) {
    if (n <= 0) return SC_FAIL(SC_USAGE, "a prompt of no tokens");
    if (n > g->engine.max_length)
        return SC_FAIL(SC_USAGE,
                       "the prompt has %" PRId64 " tokens, more than the context of %" PRId64, n,
                       g->engine.max_length);
    int64_t same = 0; /* the last token is run again: its logits are wanted */
    while (same < n - 1 && same < g->sequence.n && g->ids[same] == ids[same]) same++;
    sc__sequence_truncate(&g->sequence, &g->engine.pages, same);
    memmove(g->ids, ids, (size_t)n * sizeof *ids);
    g->n = g->n_prompt = n;
    g->n_reused = same;
    const sc_status s = catch_up(g);
    if (s < 0) g->n = g->sequence.n;
    return s;
}

sc_status sc_generator_push(sc_generator *g, int32_t id) {
    if (g->n == g->engine.max_length) return SC_DONE;
    g->ids[g->n++] = id;
    const sc_status s = catch_up(g);
    if (s < 0) g->n = g->sequence.n;
    return s;
}

const float *sc_generator_logits(const sc_generator *g) { return sc__engine_logits(&g->engine, 0); }

const int32_t *sc_generator_ids(const sc_generator *g, int64_t *n) {
    *n = g->n;
    return g->ids;
}

int64_t sc_generator_reused(const sc_generator *g) { return g->n_reused; }
int64_t sc_generator_context(const sc_generator *g) { return g->engine.max_length; }

sc_status sc_generator_sample(sc_generator *g, int32_t *id, const sc_sampling *s) {
    if (!g->n) return SC_FAIL(SC_USAGE, "nothing to go on from: the text is empty");
    const sc_context context = {g->ids, g->n};
    return sc__sampler_run(&g->sampler, id, sc_generator_logits(g), s, context,
                           (uint64_t)(g->n - g->n_prompt));
}
