/* trainer.h - one optimizer step after another on a model: the graphs of loss and gradients,
 * accumulation over micro-batches, clipping, the update; and the loss on held-out batches. Knows
 * nothing of files. */
#ifndef SC_STAGE_TRAINING_TRAINER_H
#define SC_STAGE_TRAINING_TRAINER_H

#include "model/model.h"
#include "stage/training/optimizer.h"

typedef struct {
    int64_t batch_size;  /* B: sequences an optimizer step */
    int64_t micro_batch; /* sequences that are computed at once; at most batch_size */
    int64_t T;           /* sequence_length */
    sc_dtype dtype;      /* SC_F32 or SC_BF16: of matrix products */
    bool recompute;
    bool no_fusion, no_sharing; /* to measure what these passes save */
    float label_smoothing;
    uint64_t seed;        /* of dropout */
    double skip_outliers; /* a step whose gradient norm exceeds this many times the running mean
                             makes no update; 0: off */
    sc_optimizer_config optimizer;
} sc_trainer_options;

typedef struct sc_trainer sc_trainer;

/* The model must be trainable; it and the machine are borrowed. */
SC_MUST_USE sc_status sc__trainer_open(sc_trainer **out, sc_model *m, sc_machine *machine,
                                       const sc_trainer_options *o);
void sc__trainer_close(sc_trainer *t); /* NULL is fine */

typedef struct {
    double loss; /* mean over the batch's tokens, nats */
    double grad_norm;
    bool skipped;
} sc_step_result;

/* tokens and targets (B, T); a negative target is left out of the mean. `step` counts from 0
 * (dropout's counter). SC_DIVERGED, before anything was changed, when loss or gradients are not
 * finite. */
SC_MUST_USE sc_status sc__trainer_step(sc_step_result *out, sc_trainer *t, const int32_t *tokens,
                                       const int32_t *targets, int64_t step, double rate);

/* Sums of the loss (nats) and of the tokens counted over n sequences (n <= micro_batch) of T
 * tokens; dropout is off. */
SC_MUST_USE sc_status sc__trainer_evaluate(double *loss, int64_t *n_tokens, sc_trainer *t,
                                           const int32_t *tokens, const int32_t *targets,
                                           int64_t n);

sc_optimizer *sc__trainer_optimizer(sc_trainer *t);
double *sc__trainer_running_norm(
    sc_trainer *t); /* state that a checkpoint holds: mean gradient norm, 0 at first */
SC_MUST_USE sc_status sc__trainer_plan(sc_trainer *t, sc_plan_report *out);
sc_graph *sc__trainer_graph(sc_trainer *t);

/* Floating-point operations a token costs in a training step: 6 a parameter that is in a matrix
 * product (2 forward, 4 backward; Kaplan et al. 2020), and 6 T d a layer of causal attention. */
double sc__train_flop_per_token(const sc_model *m, int64_t T);

#endif
