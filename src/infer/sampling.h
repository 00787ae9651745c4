/* sampling.h - from logits to a token. The rules and their order are socle/generate.h's. */
#ifndef SC_INFER_SAMPLING_H
#define SC_INFER_SAMPLING_H

#include "base/status.h"
#include "socle/generate.h"

typedef struct {
    float logit;
    int32_t id;
} sc_candidate;

/* Room for one vocabulary. */
typedef struct {
    int64_t n_vocab;
    sc_candidate *candidates;
    double *weights;     /* of the candidates that are left */
    unsigned char *seen; /* by id, all zero between calls */
} sc_sampler;

SC_MUST_USE sc_status sc__sampler_init(sc_sampler *s, int64_t n_vocab);
void sc__sampler_deinit(sc_sampler *s);

/* The text so far, for the repetition penalty. */
typedef struct {
    const int32_t *ids;
    int64_t n;
} sc_context;

/* What can be drawn: candidates that are left and their weights (not normalised), which sum to
 * *total. One candidate when temperature is 0. */
SC_MUST_USE sc_status sc__sampler_filter(sc_sampler *s, const sc_candidate **out, int64_t *n,
                                         double *total, const float *logits, const sc_sampling *how,
                                         sc_context context);
/* Draws with the i-th random number of the seed. */
SC_MUST_USE sc_status sc__sampler_run(sc_sampler *s, int32_t *id, const float *logits,
                                      const sc_sampling *how, sc_context context, uint64_t i);

#endif
