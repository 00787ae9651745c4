/* vocabulary.c - every id of the tokenizer has a row in the embedding, or the pair is refused. */
#include "model/vocabulary.h"

#include <inttypes.h>

sc_status sc__vocabulary_check(const sc_model *m, const sc_tokenizer *t, const char *path) {
    const int64_t ids = sc_tokenizer_vocab_size(t), rows = m->shape.n_vocab;
    if (ids <= rows) return SC_OK;
    return SC_FAIL(SC_MISMATCH,
                   "%s: the tokenizer has %" PRId64 " ids, the model's vocab_size is %" PRId64,
                   path, ids, rows);
}
