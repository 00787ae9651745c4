/* generate.h - text out of a model: from a prompt to tokens, one at a time.
 *
 *     const sc_sampling greedy = SC_SAMPLING_INIT;
 *     const int32_t prompt[] = {464, 2068, 7586};
 *     sc_model *m;
 *     sc_machine *machine;
 *     sc_generator *g;
 *     int32_t id;
 *     if (sc_model_load(&m, "runs/demo", NULL) < 0 || sc_machine_open(&machine, NULL, 0) < 0 ||
 *         sc_generator_open(&g, m, machine, NULL) < 0 || sc_generator_prompt(g, prompt, 3) < 0)
 *         return 1;
 *     for (int i = 0; i < 20 && sc_generator_sample(g, &id, &greedy) == SC_OK; i++)
 *         if (printf("%d ", id) < 0 || sc_generator_push(g, id) != SC_OK) break;
 *
 * A generator belongs to one thread at a time; it runs on the threads of its machine, whose number
 * changes no token. */
#ifndef SOCLE_GENERATE_H
#define SOCLE_GENERATE_H

#include "socle/graph.h"
#include "socle/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- tokens ---------------------------------------------------------------------------------- */

typedef struct sc_generator sc_generator;

typedef struct {
    int64_t context;          /* tokens of prompt and answer together; 0: the model's positions */
    int64_t chunk;            /* tokens of the prompt taken in at once; 0: 256 */
    const volatile int *stop; /* becomes non-zero: a long prompt ends with SC_INTERRUPTED */
} sc_generator_options;

/* Model and machine are borrowed, and the model may not change while a text is in the cache: begin
 * anew with sc_generator_reset after training steps. Products are of the type of the model's
 * matrices, f32 or bf16; logits are f32. SC_USAGE: a context longer than the model's positions. */
SC_MUST_USE SC_API sc_status sc_generator_open(sc_generator **out, const sc_model *m,
                                               sc_machine *machine, const sc_generator_options *o);
SC_API void sc_generator_close(sc_generator *g); /* NULL is fine */
SC_API void sc_generator_reset(sc_generator *g); /* forgets the text and what is cached of it */

/* The text is these n > 0 tokens. What it has in common with the text so far stays in the cache;
 * the rest is run. SC_USAGE: more tokens than the context, an id outside the vocabulary. */
SC_MUST_USE SC_API sc_status sc_generator_prompt(sc_generator *g, const int32_t *ids, int64_t n);
/* One more token. SC_DONE: the context is full, nothing was added. */
SC_MUST_USE SC_API sc_status sc_generator_push(sc_generator *g, int32_t id);
/* (n_vocab) f32: what the model says comes next; the generator's, until the next call. */
SC_API const float *sc_generator_logits(const sc_generator *g);
/* The tokens of the text, and how many; how many of the last prompt were found in the cache. */
SC_API const int32_t *sc_generator_ids(const sc_generator *g, int64_t *n);
SC_API int64_t sc_generator_reused(const sc_generator *g);
SC_API int64_t sc_generator_context(const sc_generator *g);

/* How the next token is drawn, in this order, as transformers' processors do it:
 *   1. repetition_penalty (Keskar et al. 2019): logits of tokens that are in the text are divided
 *      by it where positive and multiplied where negative; 1: none
 *   2. temperature: logits are divided by it; 0: the largest logit is taken and the rest is moot
 *   3. top_k (Fan et al. 2018): only the k largest, and their equals; 0: all
 *   4. top_p (Holtzman et al. 2020): the fewest largest whose probabilities reach p; 1: all
 *   5. min_p (Nguyen et al. 2024): those at least min_p times as probable as the largest; 0: all
 * Of equal logits the lower id goes first. The i-th token after a prompt is a function of the
 * logits, `seed` and i alone. */
typedef struct {
    double temperature;
    int64_t top_k;
    double top_p, min_p, repetition_penalty;
    uint64_t seed;
} sc_sampling;
#define SC_SAMPLING_INIT                                                                           \
    { 0, 0, 1, 0, 1, 0 }
/* SC_USAGE names the value that is out of range. */
SC_MUST_USE SC_API sc_status sc_sampling_check(const sc_sampling *s);

/* The token that follows the text; push it to go on. SC_USAGE: as sc_sampling_check, or no text.
 * SC_FORMAT: the logits are not numbers, so the model's weights cannot be. */
SC_MUST_USE SC_API sc_status sc_generator_sample(sc_generator *g, int32_t *id,
                                                 const sc_sampling *s);

#ifdef __cplusplus
}
#endif
#endif
