/* grams.c - n-grams put in order, and steps on all cores. */
#include "stage/curation/ngram/grams.h"

#include <stdlib.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "n-grams"); }

/* ---- order ----------------------------------------------------------------------------------- */

typedef struct {
    uint64_t words; /* two of the item, so that none at all comes before any */
    uint32_t at;    /* which item */
} pair;

static uint64_t two_words(const char *item, const sc_gram_layout *l, int from) {
    uint32_t w[2] = {SC_NGRAM_NONE, SC_NGRAM_NONE};
    memcpy(w, item + (size_t)from * sizeof *w, (size_t)SC_MIN(l->n_words - from, 2) * sizeof *w);
    return (uint64_t)(w[0] + 1) << 32 | (w[1] + 1);
}

static int compare(const void *a, const void *b) {
    const pair *x = a, *y = b;
    return x->words < y->words ? -1 : x->words > y->words;
}

static void sort_pairs(pair *p, int64_t n) {
    enum { SMALL = 16 };
    if (n > SMALL) {
        qsort(p, (size_t)n, sizeof *p, compare);
        return;
    }
    for (int64_t i = 1; i < n; i++) {
        const pair x = p[i];
        int64_t k = i;
        for (; k > 0 && p[k - 1].words > x.words; k--) p[k] = p[k - 1];
        p[k] = x;
    }
}

/* Items that are the same up to word `from`. */
static void sort_group(pair *p, int64_t n, const char *items, const sc_gram_layout *l, int from) {
    for (int64_t i = 0; i < n; i++)
        p[i].words = two_words(items + (size_t)p[i].at * l->size, l, from);
    sort_pairs(p, n);
    if (from + 2 >= l->n_words) return;
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && p[end].words == p[i].words;) end++;
        if (end > i + 1) sort_group(p + i, end - i, items, l, from + 2);
    }
}

static void sort_groups(pair *p, int64_t n, const char *items, const sc_gram_layout *l) {
    uint64_t key, next;
    for (int64_t i = 0, end; i < n; i = end) {
        memcpy(&key, items + (size_t)i * l->size, sizeof key);
        for (end = i; end < n; end++) {
            memcpy(&next, items + (size_t)end * l->size, sizeof next);
            if (next != key) break;
            p[end].at = (uint32_t)end;
        }
        if (end > i + 1) sort_group(p + i, end - i, items, l, 2);
    }
}

static sc_status sort_part(char **items, int64_t n, const sc_gram_layout *l) {
    if (l->n_words <= 2 || n < 2) return SC_OK;
    if (n > UINT32_MAX) return SC_FAIL(SC_NOMEM, "n-grams: more than 2^32 end in the same words");
    pair *p = sc__alloc((size_t)n * sizeof *p);
    char *ordered = sc__alloc((size_t)n * l->size);
    if (p && ordered) {
        sort_groups(p, n, *items, l);
        for (int64_t i = 0; i < n; i++)
            memcpy(ordered + (size_t)i * l->size, *items + (size_t)p[i].at * l->size, l->size);
        char *swap = *items;
        *items = ordered;
        ordered = swap;
    }
    const bool good = p && ordered;
    sc__free(p);
    sc__free(ordered);
    return good ? SC_OK : no_memory();
}

sc_status sc__gram_part_load(char **items, int64_t *n, const sc_ngram_trainer *t,
                             const sc_gram_layout *l, int part) {
    void *loaded;
    *items = NULL;
    SC_TRY(sc__buckets_load(&loaded, n, t->in, part));
    char *all = loaded;
    const sc_status s = sort_part(&all, *n, l);
    if (s < 0)
        sc__free(all);
    else
        *items = all;
    return s;
}

/* ---- into buckets ---------------------------------------------------------------------------- */

sc_status sc__gram_batch_open(sc_gram_batch *b, sc_buckets *to, pthread_mutex_t *lock) {
    *b = (sc_gram_batch){.to = to, .lock = lock, .item = to->item};
    b->items = sc__calloc(SC_GRAM_BATCH, b->item);
    return b->items ? SC_OK : no_memory();
}

sc_status sc__gram_batch_flush(sc_gram_batch *b) {
    pthread_mutex_lock(b->lock);
    const sc_status s = sc__buckets_append(b->to, b->items, b->n);
    pthread_mutex_unlock(b->lock);
    b->n = 0;
    return s;
}

void sc__gram_batch_close(sc_gram_batch *b) { sc__free(b->items); }

/* ---- steps ----------------------------------------------------------------------------------- */

typedef struct {
    sc_ngram_trainer *t;
    const sc_gram_step *step;
    char *workers;
} step_run;

static sc_status run_task(void *arg, int64_t task, int worker) {
    const step_run *r = arg;
    return r->step->task(r->workers + (size_t)worker * r->step->worker_size, r->t, task);
}

sc_status sc__gram_step_run(sc_ngram_trainer *t, const sc_gram_step *step, int64_t n_tasks,
                            int threads) {
    sc_pool *pool;
    SC_TRY(sc__pool_open(&pool, threads));
    threads = sc__pool_threads(pool);
    step_run r = {t, step, sc__calloc((size_t)threads, step->worker_size)};
    sc_status s = r.workers ? SC_OK : no_memory();
    int opened = 0;
    for (; opened < threads && s >= 0; opened++)
        s = step->open(r.workers + (size_t)opened * step->worker_size, t);
    if (s >= 0) s = sc__pool_try(pool, n_tasks, run_task, &r, t->o.stop);
    for (int i = 0; i < threads && s >= 0; i++)
        s = step->flush(r.workers + (size_t)i * step->worker_size, t);
    for (int i = 0; i < opened; i++) step->close(r.workers + (size_t)i * step->worker_size);
    sc__free(r.workers);
    sc__pool_close(pool);
    return s;
}

/* A part is there twice while it is put in order, and once as pairs. */
sc_status sc__gram_step_parts(sc_ngram_trainer *t, const sc_gram_step *step) {
    const size_t most = t->room / 2;
    const size_t part = (size_t)t->in->n_part_max * (2 * t->in->item + sizeof(pair));
    if (part > most)
        return SC_FAIL(SC_NOMEM,
                       "ngram: the n-grams that end in the same two words take %zu MB; more memory "
                       "is needed",
                       part >> 20);
    int threads = t->o.threads > 0 ? t->o.threads : sc__pool_default_threads();
    if (part) threads = (int)SC_MIN((size_t)threads, most / part);
    return sc__gram_step_run(t, step, SC_BUCKET_PARTS, threads);
}
