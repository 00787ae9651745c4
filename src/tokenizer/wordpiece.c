/* wordpiece.c - WordPiece as BERT runs it (Schuster and Nakajima 2012; Devlin et al. 2018): from
 * the left the longest token that begins the rest of the word; a word of which some part is not
 * known is unknown as a whole. */
#include "tokenizer/tokenizer.h"
#include "base/utf8.h"
#include "tokenizer/trie.h"

enum { WORD, CONTINUED, N_ROOTS };

typedef struct {
    sc_trie trie;
    int32_t unk;
    int64_t max_chars;
} wordpiece;

static void wordpiece_close(void *self) {
    wordpiece *m = self;
    if (!m) return;
    sc__trie_deinit(&m->trie);
    sc__free(m);
}

static sc_status add_tokens(wordpiece *m, const sc_vocab *v, const char *prefix) {
    const size_t n_prefix = strlen(prefix);
    for (int64_t id = 0; id < v->n; id++) {
        const sc_token *k = &v->tokens[id];
        if (!k->text) continue;
        SC_TRY(sc__trie_add(&m->trie, WORD, k->text, k->n_text, (int32_t)id));
        if (k->n_text <= n_prefix || memcmp(k->text, prefix, n_prefix)) continue;
        SC_TRY(sc__trie_add(&m->trie, CONTINUED, k->text + n_prefix, k->n_text - n_prefix,
                            (int32_t)id));
    }
    return SC_OK;
}

static sc_status wordpiece_open(void **self, sc_tokenizer *t, const json_t *model,
                                const char *name) {
    const char *prefix;
    wordpiece *m = *self = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "%s: no memory for a model", name);
    SC_TRY(sc__vocab_parse(t, model, name));
    SC_TRY(sc__json_get_string(&prefix, model, "continuing_subword_prefix", "##", name));
    SC_TRY(sc__json_get_int(&m->max_chars, model, "max_input_chars_per_word", 100, name));
    SC_TRY(sc__json_get_token(&m->unk, t, model, "unk_token", name));
    SC_TRY(sc__trie_init(&m->trie, N_ROOTS));
    return add_tokens(m, &t->vocab, prefix);
}

/* The length of the longest token that begins at p, 0: none. */
static size_t longest(const wordpiece *m, uint32_t root, const char *p, size_t n, int32_t *id) {
    size_t found = 0;
    uint32_t node = root;
    for (size_t i = 0; i < n && sc__trie_step(&m->trie, &node, (unsigned char)p[i]); i++)
        if (m->trie.values[node] >= 0) {
            *id = m->trie.values[node];
            found = i + 1;
        }
    return found;
}

static bool too_long(const wordpiece *m, const char *piece, size_t n) {
    return (int64_t)n > m->max_chars && sc__utf8_count(piece, n) > m->max_chars;
}

static void add(sc_tokens *out, int32_t id, size_t n) {
    if (out->lengths) out->lengths[out->n] = (uint32_t)n;
    out->ids[out->n++] = id;
}

static sc_status wordpiece_encode(const void *self, sc_buffer *scratch, const char *piece, size_t n,
                                  sc_tokens *out) {
    const wordpiece *m = self;
    (void)scratch;
    bool known = !too_long(m, piece, n);
    for (size_t at = 0, len; known && at < n; at += len) {
        int32_t id = 0;
        len = longest(m, at ? CONTINUED : WORD, piece + at, n - at, &id);
        if (len) add(out, id, len);
        known = len > 0;
    }
    if (known) return SC_OK;
    if (m->unk < 0)
        return SC_FAIL(SC_FORMAT, "a word is not in the vocabulary, which has no unk_token");
    out->n = 0;
    add(out, m->unk, n);
    return SC_OK;
}

const sc_model_ops sc__model_wordpiece = {
    "WordPiece", wordpiece_open, wordpiece_close, wordpiece_encode, NULL, NULL, NULL};
