/* wordlevel.c - each piece is a token of the vocabulary, or unknown. */
#include "tokenizer/tokenizer.h"

typedef struct {
    const sc_vocab *vocab;
    int32_t unk;
} wordlevel;

static void wordlevel_close(void *self) { sc__free(self); }

static sc_status wordlevel_open(void **self, sc_tokenizer *t, const json_t *model,
                                const char *name) {
    wordlevel *m = *self = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "%s: no memory for a model", name);
    m->vocab = &t->vocab;
    SC_TRY(sc__vocab_parse(t, model, name));
    return sc__json_get_token(&m->unk, t, model, "unk_token", name);
}

static sc_status wordlevel_encode(const void *self, sc_buffer *scratch, const char *piece, size_t n,
                                  sc_tokens *out) {
    const wordlevel *m = self;
    int32_t id = sc__vocab_find_model(m->vocab, piece, n);
    (void)scratch;
    if (id < 0) id = m->unk;
    if (id < 0)
        return SC_FAIL(SC_FORMAT, "a word is not in the vocabulary, which has no unk_token");
    out->ids[0] = id;
    if (out->lengths) out->lengths[0] = (uint32_t)n;
    out->n = 1;
    return SC_OK;
}

const sc_model_ops sc__model_wordlevel = {
    "WordLevel", wordlevel_open, wordlevel_close, wordlevel_encode, NULL, NULL, NULL};
