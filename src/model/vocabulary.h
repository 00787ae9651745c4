/* vocabulary.h - whether a tokenizer and a model belong together. */
#ifndef SC_MODEL_VOCABULARY_H
#define SC_MODEL_VOCABULARY_H

#include "model/model.h"
#include "socle/tokenizer.h"

/* SC_MISMATCH: the tokenizer has ids that the model has no embedding for. Fewer ids are fine: many
 * models pad their vocabulary. `path` is for the error text. */
SC_MUST_USE sc_status sc__vocabulary_check(const sc_model *m, const sc_tokenizer *t,
                                           const char *path);

#endif
