/* grams.h - n-grams as items of buckets, and what the steps of a training share.
 *
 * An n-gram is written backwards: its last word first, SC_NGRAM_NONE behind its first. The first
 * two make the key, which can be undone; then come the others, then what is said of it. */
#ifndef SC_STAGE_CURATION_NGRAM_GRAMS_H
#define SC_STAGE_CURATION_NGRAM_GRAMS_H

#include "base/buckets.h"
#include "base/pool.h"
#include "stage/curation/ngram/ngram.h"
#include "stage/curation/ngram/trainer.h"

#include <pthread.h>
#include <string.h>

/* What an item of these many words is made of; places in bytes. */
typedef struct {
    int n_words;
    size_t payload, size;
} sc_gram_layout;

static inline sc_gram_layout sc__gram_layout(int n_words, size_t payload) {
    const size_t words = (size_t)SC_MAX(n_words, 2) * sizeof(uint32_t);
    const size_t at = payload % 8 ? words : (words + 7) & ~(size_t)7;
    return (sc_gram_layout){n_words, at, (at + payload + 7) & ~(size_t)7};
}

/* Odd numbers that undo one another modulo 2^64: the upper bits of a key depend on both words. */
#define SC_GRAM_MIX   0x9E3779B97F4A7C15u
#define SC_GRAM_UNMIX 0xF1DE83E19937733Du

/* Writes the words of an item: n of them, then SC_NGRAM_NONE. */
static inline void sc__gram_put(void *item, const sc_gram_layout *l, const uint32_t *words, int n) {
    uint32_t w[SC_NGRAM_ORDER_MAX];
    for (int i = 0; i < SC_MAX(l->n_words, 2); i++) w[i] = i < n ? words[i] : SC_NGRAM_NONE;
    const uint64_t key = ((uint64_t)w[0] << 32 | w[1]) * SC_GRAM_MIX;
    memcpy(item, &key, sizeof key);
    if (l->n_words > 2)
        memcpy((char *)item + sizeof key, w + 2, (size_t)(l->n_words - 2) * sizeof *w);
}

/* The words of an item; returns how many. */
static inline int sc__gram_get(uint32_t words[SC_NGRAM_ORDER_MAX], const void *item,
                               const sc_gram_layout *l) {
    uint64_t key;
    memcpy(&key, item, sizeof key);
    key *= SC_GRAM_UNMIX;
    words[0] = (uint32_t)(key >> 32);
    words[1] = (uint32_t)key;
    if (l->n_words > 2)
        memcpy(words + 2, (const char *)item + sizeof key,
               (size_t)(l->n_words - 2) * sizeof *words);
    int n = 1;
    while (n < l->n_words && words[n] != SC_NGRAM_NONE) n++;
    return n;
}

/* Bytes of the words of an item. */
static inline size_t sc__gram_bytes(const sc_gram_layout *l) {
    return (size_t)SC_MAX(l->n_words, 2) * sizeof(uint32_t);
}

/* Items on their way into buckets that several threads fill. */
enum { SC_GRAM_BATCH = 4096 };
typedef struct {
    sc_buckets *to;
    pthread_mutex_t *lock;
    size_t item;
    char *items;
    int64_t n;
} sc_gram_batch;
SC_MUST_USE sc_status sc__gram_batch_open(sc_gram_batch *b, sc_buckets *to, pthread_mutex_t *lock);
SC_MUST_USE sc_status sc__gram_batch_flush(sc_gram_batch *b);
void sc__gram_batch_close(sc_gram_batch *b);
/* The room for one more item, which is in it once it was written. */
SC_MUST_USE static inline sc_status sc__gram_batch_next(void **out, sc_gram_batch *b) {
    if (b->n == SC_GRAM_BATCH) SC_TRY(sc__gram_batch_flush(b));
    *out = b->items + (size_t)b->n++ * b->item;
    return SC_OK;
}

/* ---- a training ------------------------------------------------------------------------------ */

enum { SC_COUNT_CLASSES = 4 }; /* n-grams that came once to four times make the discounts */
typedef struct {
    int64_t n[SC_NGRAM_ORDER_MAX + 1][SC_COUNT_CLASSES + 1]; /* by order; [0]: of any count */
} sc_count_classes;

typedef struct {
    double by_count[3]; /* of what came once, twice, more often */
} sc_discounts;

/* Where the bytes of a part of the file are. */
typedef struct {
    int part;
    uint64_t at;
    size_t n;
} sc_gram_extent;

struct sc_ngram_trainer {
    sc_ngram_trainer_options o;
    size_t room; /* bytes that are left for buckets and their parts */
    sc_ngram_words words;
    sc_buffer frequency; /* uint64_t of each word */
    sc_scratch tokens;   /* uint32_t each; SC_NGRAM_END ends a sentence */
    sc_buffer pending;   /* tokens not yet in the file */
    int64_t n_tokens, n_sentences;
    uint32_t *number; /* of each word among those that are kept */
    uint32_t *kept;   /* the words that are, by that number */
    uint32_t n_kept;

    sc_gram_layout counted, adjusted, weighed;
    sc_buckets buckets[2];
    sc_buckets *in, *out; /* what a step reads, and what it makes */
    pthread_mutex_t lock; /* of the latter, and of `texts` */

    _Atomic uint32_t *preceded; /* by how many words each word is */
    sc_count_classes classes;
    sc_discounts discounts[SC_NGRAM_ORDER_MAX + 1]; /* by order */
    int fallback;
    double *prob;   /* of each word */
    float *backoff; /* of each word: log10 */
    sc_scratch backoffs;
    sc_gram_extent backoffs_at[SC_BUCKET_PARTS]; /* of longer n-grams, in their order */
    sc_scratch lines;
    sc_buffer texts[SC_NGRAM_ORDER_MAX + 1]; /* by order: sc_gram_extent each */
};

/* The items of a part of what is read, by their words: each n-gram behind its suffix. The caller
 * frees them. */
SC_MUST_USE sc_status sc__gram_part_load(char **items, int64_t *n, const sc_ngram_trainer *t,
                                         const sc_gram_layout *l, int part);

/* What a thread does in a step: `worker` is its own room. `flush` comes once all tasks are done. */
typedef struct {
    size_t worker_size; /* of zeroed bytes */
    sc_status (*open)(void *worker, sc_ngram_trainer *t);
    sc_status (*task)(void *worker, sc_ngram_trainer *t, int64_t task);
    sc_status (*flush)(void *worker, sc_ngram_trainer *t);
    void (*close)(void *worker);
} sc_gram_step;
SC_MUST_USE sc_status sc__gram_step_run(sc_ngram_trainer *t, const sc_gram_step *step,
                                        int64_t n_tasks, int threads);
/* One task for each part of what is read, on as many threads as the memory allows. SC_NOMEM: a part
 * alone is too large. */
SC_MUST_USE sc_status sc__gram_step_parts(sc_ngram_trainer *t, const sc_gram_step *step);

/* ARPA files have a number for what never comes, too. */
float sc__ngram_log(double p);

/* ---- the steps ------------------------------------------------------------------------------- */

SC_MUST_USE sc_status sc__ngram_count(sc_ngram_trainer *t);
SC_MUST_USE sc_status sc__ngram_adjust(sc_ngram_trainer *t);
SC_MUST_USE sc_status sc__ngram_discount(sc_ngram_trainer *t);
SC_MUST_USE sc_status sc__ngram_weigh(sc_ngram_trainer *t);
SC_MUST_USE sc_status sc__ngram_join(sc_ngram_trainer *t);

#endif
