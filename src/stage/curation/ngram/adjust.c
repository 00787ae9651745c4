/* adjust.c - n-grams of all lengths with their adjusted counts. Of the longest the count is how
 * often they came; of a shorter one it is by how many words it is preceded, unless it begins a
 * sentence, where nothing precedes and it is how often it came.
 *
 * The items of a part in order are the leaves of a tree: an n-gram stands below its suffix. The
 * last one that was seen is a way through the tree; where the next one leaves it, what is below is
 * complete. */
#include "stage/curation/ngram/grams.h"

#include <stdatomic.h>

typedef struct {
    sc_gram_batch out;
    sc_count_classes classes;
    uint32_t words[SC_NGRAM_ORDER_MAX]; /* the n-gram that was seen last, backwards */
    int n;
    uint32_t count[SC_NGRAM_ORDER_MAX + 1]; /* of its suffixes, by length */
} adjuster;

static sc_status open(void *worker, sc_ngram_trainer *t) {
    return sc__gram_batch_open(&((adjuster *)worker)->out, t->out, &t->lock);
}

static void close(void *worker) { sc__gram_batch_close(&((adjuster *)worker)->out); }

static void add_count(uint32_t *count, uint32_t more) {
    *count += SC_MIN(more, UINT32_MAX - *count);
}

/* Nothing more comes below the suffix of n words: it goes to its context. */
static sc_status finish(adjuster *a, const sc_ngram_trainer *t, int n) {
    void *item;
    const uint32_t said[2] = {a->words[0], a->count[n]};
    a->classes.n[n][0]++;
    if (said[1] <= SC_COUNT_CLASSES) a->classes.n[n][said[1]]++;
    SC_TRY(sc__gram_batch_next(&item, &a->out));
    sc__gram_put(item, &t->adjusted, a->words + 1, n - 1);
    memcpy((char *)item + t->adjusted.payload, said, sizeof said);
    return SC_OK;
}

static sc_status finish_above(adjuster *a, const sc_ngram_trainer *t, int n) {
    for (int k = a->n; k > n; k--) SC_TRY(finish(a, t, k));
    return SC_OK;
}

static sc_status see(adjuster *a, sc_ngram_trainer *t, const char *item) {
    uint32_t words[SC_NGRAM_ORDER_MAX], count;
    const int n = sc__gram_get(words, item, &t->counted);
    int same = 0;
    memcpy(&count, item + t->counted.payload, sizeof count);
    while (same < n && same < a->n && words[same] == a->words[same]) same++;
    if (same == n && a->n == n) {
        add_count(&a->count[n], count);
        return SC_OK;
    }
    same = SC_MAX(same, 1); /* single words are not in the tree */
    SC_TRY(finish_above(a, t, same));
    for (int k = same + 1; k <= n; k++) {
        if (k == 2)
            atomic_fetch_add_explicit(&t->preceded[words[0]], 1, memory_order_relaxed);
        else
            add_count(&a->count[k - 1], 1);
        a->count[k] = 0;
    }
    a->count[n] = count;
    a->n = n;
    memcpy(a->words, words, sizeof words);
    return SC_OK;
}

static sc_status adjust_part(void *worker, sc_ngram_trainer *t, int64_t part) {
    adjuster *a = worker;
    char *items;
    int64_t n;
    SC_TRY(sc__gram_part_load(&items, &n, t, &t->counted, (int)part));
    sc_status s = SC_OK;
    a->n = 1;
    a->words[0] = SC_NGRAM_NONE;
    for (int64_t i = 0; i < n && s >= 0; i++) s = see(a, t, items + (size_t)i * t->counted.size);
    if (s >= 0) s = finish_above(a, t, 1);
    sc__free(items);
    return s;
}

static sc_status flush(void *worker, sc_ngram_trainer *t) {
    const adjuster *a = worker;
    for (int n = 2; n <= t->o.order; n++)
        for (int k = 0; k <= SC_COUNT_CLASSES; k++) t->classes.n[n][k] += a->classes.n[n][k];
    return sc__gram_batch_flush(&((adjuster *)worker)->out);
}

sc_status sc__ngram_adjust(sc_ngram_trainer *t) {
    static const sc_gram_step step = {sizeof(adjuster), open, adjust_part, flush, close};
    return sc__gram_step_parts(t, &step);
}
