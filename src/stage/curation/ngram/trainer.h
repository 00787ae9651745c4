/* trainer.h - an ARPA model from sentences, in memory that is given and in scratch files beyond it:
 * interpolated modified Kneser-Ney (Chen and Goodman 1998) by sorting (Heafield et al. 2013).
 *
 * Sentences are kept as numbers of words. Then, each time on all cores:
 *
 *     count   the longest n-gram that ends at each word, gathered by its last two words
 *     adjust  n-grams of all lengths from those, with their adjusted counts; gathered by context
 *     weigh   what a context gives to each word, and to all it did not see; gathered by n-gram
 *     join    probabilities, from short n-grams to long ones; lines of the file
 *
 * What is gathered lies in buckets (base/buckets.h) of its last two words: all n-grams that end in
 * the same ones are together, sorted so that each stands behind its suffix. */
#ifndef SC_STAGE_CURATION_NGRAM_TRAINER_H
#define SC_STAGE_CURATION_NGRAM_TRAINER_H

#include "base/buffer.h"

typedef struct {
    int order;         /* words of the longest n-gram, 1 to SC_NGRAM_ORDER_MAX */
    int64_t min_count; /* words that come less often are <unk> */
    bool one_discount; /* an order has one discount (Ney et al. 1994) and not three */
    int threads;
    size_t max_memory; /* bytes; 0: 2 GiB */
    const char *dir;   /* of scratch files, which leave nothing */
    const volatile int *stop;
} sc_ngram_trainer_options;

typedef struct sc_ngram_trainer sc_ngram_trainer;

SC_MUST_USE sc_status sc__ngram_trainer_open(sc_ngram_trainer **out,
                                             const sc_ngram_trainer_options *o);
void sc__ngram_trainer_close(sc_ngram_trainer *t); /* NULL is fine */

/* The number of a word, added where it is new; `hash` is sc__hash_word of it. */
SC_MUST_USE sc_status sc__ngram_trainer_word(uint32_t *out, sc_ngram_trainer *t, const char *p,
                                             size_t n, uint64_t hash);
/* A sentence: its words, without <s> and </s>. SC_NOMEM: the words alone take too much. */
SC_MUST_USE sc_status sc__ngram_trainer_append(sc_ngram_trainer *t, const uint32_t *words,
                                               int64_t n);

typedef struct {
    int64_t words, sentences;
    int64_t vocabulary; /* words, with <unk>, <s> and </s> */
    int64_t ngrams;     /* of all orders */
    int fallback;       /* orders whose counts give no discounts (few texts): 0.5, 1 and 1.5 */
} sc_ngram_trained;

/* The model as an ARPA file: the same bytes for any number of threads and any memory. Once; nothing
 * is appended after it. SC_FORMAT: nothing was appended. */
SC_MUST_USE sc_status sc__ngram_trainer_save(sc_ngram_trained *out, sc_ngram_trainer *t,
                                             const char *path);

#endif
