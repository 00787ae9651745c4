/* causal_lm.h - next-token prediction: the head that turns hidden states into logits, and the loss.
 */
#ifndef SC_OBJECTIVE_CAUSAL_LM_H
#define SC_OBJECTIVE_CAUSAL_LM_H

#include "model/model.h"

/* (N, V) in the batch's type, of rows of hidden (N, D). */
sc_node *sc__causal_lm_logits(const sc_model *m, const sc_batch *b, sc_node *hidden);

/* What the loss reads beside the batch: targets (N) i32, negative ones left out, and weights (N)
 * f32. */
typedef struct {
    sc_node *targets, *weights;
    float label_smoothing;
} sc_causal_lm;
/* () f32: the weighted sum of the cross-entropies. */
sc_node *sc__causal_lm_loss(const sc_model *m, const sc_batch *b, sc_node *hidden,
                            const sc_causal_lm *o);

#endif
