/* causal_lm.c - logits = hidden W', W the head's matrix or the embedding's (Press & Wolf 2017);
 * fusion turns the pair of product and cross-entropy into one operation that never holds all
 * logits. */
#include "objective/causal_lm.h"

sc_node *sc__causal_lm_logits(const sc_model *m, const sc_batch *b, sc_node *hidden) {
    sc_node *w = sc_cast(b->g, sc_tensor_node(b->g, &sc__model_head(m)->t), b->dtype);
    return sc_matmul(b->g, sc_cast(b->g, hidden, b->dtype), w, SC_TB);
}

sc_node *sc__causal_lm_loss(const sc_model *m, const sc_batch *b, sc_node *hidden,
                            const sc_causal_lm *o) {
    sc_node *logits = sc__causal_lm_logits(m, b, hidden);
    return sc_xent(b->g, logits, o->targets, o->weights, o->label_smoothing);
}
