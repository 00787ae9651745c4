/* model.h - a model from the inside. */
#ifndef SC_MODEL_MODEL_H
#define SC_MODEL_MODEL_H

#include "model/family.h"
#include "socle/model.h"

#include "format/safetensors.h"

struct sc_model {
    const sc_family_row *row;
    void *self; /* the family's struct */
    sc_params params;
    json_t *config; /* as read, with what the family filled in */
    sc_model_shape shape;
    sc_safetensors *file; /* what parameters that are views look at */
};

/* Makes the struct and the parameters (without values) from a configuration, which it takes over
 * even on failure. */
SC_MUST_USE sc_status sc__model_declare(sc_model **out, json_t *config, const char *path);

/* The forward pass of the family. */
sc_model_out sc__model_forward(const sc_model *m, const sc_batch *b, sc_node **layers);
/* The matrix that turns hidden states into logits: the head's own, or the embedding's when tied. */
sc_param *sc__model_head(const sc_model *m);

/* Matrices become `t`, vectors f32, in memory of the model where the file holds something else. */
SC_MUST_USE sc_status sc__model_convert(sc_model *m, sc_dtype t);

#endif
