/* optimizer.h - from gradients to new parameters. Parameters, gradients and states are f32; all
 * gradients lie in one array, so that norms are summed in chunks of a fixed size whatever the
 * tensors and threads. */
#ifndef SC_STAGE_TRAINING_OPTIMIZER_H
#define SC_STAGE_TRAINING_OPTIMIZER_H

#include "nn/params.h"

typedef struct {
    int kind; /* a row of optimizers.def */
    double beta1, beta2, eps, weight_decay, momentum;
    bool nesterov;
    bool match_rms; /* muon: scale updates to adamw's size (Liu et al. 2025), else as Jordan et al.
                     */
    double grad_clip; /* of the global norm; 0: none */
} sc_optimizer_config;

/* SC_USAGE, with the names that there are. */
SC_MUST_USE sc_status sc__optimizer_find(int *kind, const char *name);

typedef struct sc_optimizer sc_optimizer;

/* Gives every parameter of `p` its gradient (t.grad). Both are borrowed. */
SC_MUST_USE sc_status sc__optimizer_open(sc_optimizer **out, sc_params *p, sc_machine *machine,
                                         const sc_optimizer_config *c);
void sc__optimizer_close(sc_optimizer *o); /* NULL is fine; takes the gradients back */

/* Global norm of the gradients, before clipping. */
double sc__optimizer_grad_norm(sc_optimizer *o);
/* One update at this rate, given the norm; counts steps from 1 for the bias corrections. */
SC_MUST_USE sc_status sc__optimizer_step(sc_optimizer *o, double rate, double grad_norm);

/* What a checkpoint must hold: how many updates, and state k (0 .. n_states-1) of parameter i, as
 * many numbers as the parameter has; NULL where that parameter has no such state. */
int64_t sc__optimizer_updates(const sc_optimizer *o);
void sc__optimizer_set_updates(sc_optimizer *o, int64_t n);
int sc__optimizer_n_states(const sc_optimizer *o);
float *sc__optimizer_state(sc_optimizer *o, int k, int i);

#endif
