/* ngram.h - n-gram language models with backing off, as ARPA files hold them: the probability of a
 * word behind its context, in base 10 logarithms.
 *
 * An n-gram is its prefix (the index of an n-gram one shorter) and its last word: so the n-grams
 * that end at a word are found one from the other while a text goes by, each with one look-up. */
#ifndef SC_STAGE_CURATION_NGRAM_NGRAM_H
#define SC_STAGE_CURATION_NGRAM_NGRAM_H

#include "base/buffer.h"
#include "base/hash.h"
#include "stage/curation/ngram/words.h"

enum { SC_NGRAM_ORDER_MAX = 8 };

typedef struct {
    uint64_t key; /* prefix << 32 | word */
    float prob;   /* log10; NaN: only a prefix of what there is */
    float backoff;
} sc_ngram_entry;

typedef struct {
    sc_ngram_entry *at;
    uint32_t n, cap;
    uint64_t *slots; /* hash's upper half << 32 | index + 1; 0: free */
    size_t mask;
} sc_ngram_table;

typedef struct {
    sc_ngram_words words;
    int order;
    sc_ngram_table tables[SC_NGRAM_ORDER_MAX]; /* tables[0].at[w] is of word w */
} sc_ngram;

SC_MUST_USE sc_status sc__ngram_open(sc_ngram **out, int order);
void sc__ngram_close(sc_ngram *m); /* NULL is fine */

/* The number of a word; SC_NGRAM_UNKNOWN where it is none of the model's. */
static inline uint32_t sc__ngram_word(const sc_ngram *m, const char *p, size_t n) {
    return sc__ngram_words_find(&m->words, p, n, sc__hash_word(p, n));
}
/* The same; a new one is added. SC_NOMEM. */
SC_MUST_USE sc_status sc__ngram_add_word(uint32_t *out, sc_ngram *m, const char *p, size_t n);
/* The n-gram of n words with this prefix, added where it is new. Of one word it is the word.
 * SC_NOMEM. */
SC_MUST_USE sc_status sc__ngram_put(uint32_t *out, sc_ngram *m, int n, uint32_t prefix,
                                    uint32_t word);

/* Asks memory for where that n-gram is or will be. */
void sc__ngram_prefetch(const sc_ngram *m, int n, uint32_t prefix, uint32_t word);

/* ---- asking ---------------------------------------------------------------------------------- */

/* Where in a sentence: the n-grams that end at the last word. */
typedef struct {
    uint32_t at[SC_NGRAM_ORDER_MAX]; /* of n + 1 words */
} sc_ngram_state;

void sc__ngram_begin(sc_ngram_state *s); /* behind <s> */
/* log10 P(word | what came before), the word then came too. */
double sc__ngram_next(sc_ngram_state *s, const sc_ngram *m, uint32_t word);

/* ---- files (arpa.c) -------------------------------------------------------------------------- */

/* SC_FORMAT: not ARPA, or counts that are not those of its lines; `name` is the file's. */
SC_MUST_USE sc_status sc__ngram_parse(sc_ngram **out, const char *text, size_t n, const char *name);
SC_MUST_USE sc_status sc__ngram_load(sc_ngram **out, const char *path);
/* How many n-grams of each order a file says it has; `text` need not go on behind that. */
SC_MUST_USE sc_status sc__ngram_parse_counts(int64_t counts[SC_NGRAM_ORDER_MAX], int *order,
                                             const char *text, size_t n, const char *name);

/* Appends a logarithm, as printf writes it with "%.7g". */
void sc__ngram_put_log(sc_buffer *out, float log10);

#endif
