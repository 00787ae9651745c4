/* estimate.c - interpolated modified Kneser-Ney (Chen and Goodman 1998; Heafield et al. 2013). With
 * a the discounted count and g what the discounts of a context give to all that it did not see:
 *
 *     p(w | context) = a(context w) / sum of counts + g(context) p(w | context without its first)
 *
 * and below one word 1 / V. As a model that backs off: p of what was seen, g as the weight. */
#include "stage/curation/ngram/grams.h"

#include <math.h>

static int class_of(uint32_t count) { return (int)SC_MIN(count, 3u) - 1; }

float sc__ngram_log(double p) { return p > 0 ? (float)log10(p) : -99.0F; }

/* ---- discounts, single words ----------------------------------------------------------------- */

/* False: the counts are too few for it. */
static bool find_discounts(sc_discounts *d, const int64_t *counts, bool one) {
    double n[SC_COUNT_CLASSES + 1];
    for (int i = 0; i <= SC_COUNT_CLASSES; i++) n[i] = (double)counts[i];
    *d = (sc_discounts){{0.5, 1, 1.5}};
    if (n[1] == 0 || n[2] == 0) return false;
    const double y = n[1] / (n[1] + 2 * n[2]);
    if (one) {
        *d = (sc_discounts){{y, y, y}};
        return true;
    }
    if (n[3] == 0) return false;
    sc_discounts found;
    for (int i = 0; i < 3; i++) {
        found.by_count[i] = i + 1 - (i + 2) * y * n[i + 2] / n[i + 1];
        if (found.by_count[i] < 0 || found.by_count[i] > i + 1) return false;
    }
    *d = found;
    return true;
}

/* Below one word all are equally likely: <unk> and </s> too, <s> never comes. */
static sc_status weigh_words(sc_ngram_trainer *t, const sc_discounts *d) {
    double sum = 0, kept_back = 0;
    for (uint32_t w = 0; w < t->n_kept; w++) {
        const uint32_t count = t->preceded[w];
        sum += count;
        if (count) kept_back += d->by_count[class_of(count)];
    }
    if (!(sum > 0)) return SC_FAIL(SC_FORMAT, "n-grams: there is nothing to learn from");
    for (uint32_t w = 0; w < t->n_kept; w++) {
        const uint32_t count = t->preceded[w];
        const double own = count ? (count - d->by_count[class_of(count)]) / sum : 0;
        t->prob[w] = own + kept_back / sum / (t->n_kept - 1.0);
    }
    t->prob[SC_NGRAM_BEGIN] = 0;
    return SC_OK;
}

sc_status sc__ngram_discount(sc_ngram_trainer *t) {
    for (uint32_t w = 0; w < t->n_kept; w++)
        if (t->preceded[w] <= SC_COUNT_CLASSES) t->classes.n[1][t->preceded[w]]++;
    t->classes.n[1][0] = t->n_kept;
    for (int n = 1; n <= t->o.order; n++)
        t->fallback += !find_discounts(&t->discounts[n], t->classes.n[n], t->o.one_discount);
    return weigh_words(t, &t->discounts[1]);
}

/* ---- contexts -------------------------------------------------------------------------------- */

typedef struct {
    sc_gram_batch out;
    sc_buffer backoffs; /* of a part: floats */
} weigher;

static sc_status open(void *worker, sc_ngram_trainer *t) {
    return sc__gram_batch_open(&((weigher *)worker)->out, t->out, &t->lock);
}

static void close(void *worker) {
    sc__gram_batch_close(&((weigher *)worker)->out);
    sc__buffer_deinit(&((weigher *)worker)->backoffs);
}

/* What comes behind a context. */
typedef struct {
    const char *items;
    int64_t n;
} followers;

typedef struct {
    uint32_t word, count;
} follower;

static follower get_follower(const followers *f, int64_t i, const sc_gram_layout *l) {
    follower x;
    memcpy(&x, f->items + (size_t)i * l->size + l->payload, sizeof x);
    return x;
}

static sc_status weigh_context(weigher *w, sc_ngram_trainer *t, const followers *f) {
    uint32_t words[SC_NGRAM_ORDER_MAX + 1];
    const sc_gram_layout *l = &t->adjusted;
    const int n = 1 + sc__gram_get(words + 1, f->items, l);
    const sc_discounts *d = &t->discounts[n];
    double sum = 0;
    int64_t classes[3] = {0};
    for (int64_t i = 0; i < f->n; i++) {
        const uint32_t count = get_follower(f, i, l).count;
        sum += count;
        classes[class_of(count)]++;
    }
    double kept_back = 0;
    for (int k = 0; k < 3; k++) kept_back += (double)classes[k] * d->by_count[k];
    const float backoff = sc__ngram_log(kept_back / sum);
    if (n == 2)
        t->backoff[words[1]] = backoff;
    else
        sc__buffer_append(&w->backoffs, &backoff, sizeof backoff);
    for (int64_t i = 0; i < f->n; i++) {
        void *item;
        const follower x = get_follower(f, i, l);
        const double said[2] = {(x.count - d->by_count[class_of(x.count)]) / sum, kept_back / sum};
        words[0] = x.word;
        SC_TRY(sc__gram_batch_next(&item, &w->out));
        sc__gram_put(item, &t->weighed, words, n);
        memcpy((char *)item + t->weighed.payload, said, sizeof said);
    }
    return w->backoffs.status;
}

static sc_status weigh_part(void *worker, sc_ngram_trainer *t, int64_t part) {
    weigher *w = worker;
    const sc_gram_layout *l = &t->adjusted;
    char *items;
    int64_t n;
    SC_TRY(sc__gram_part_load(&items, &n, t, l, (int)part));
    sc_status s = SC_OK;
    sc__buffer_clear(&w->backoffs);
    for (int64_t i = 0, end; i < n && s >= 0; i = end) {
        const char *first = items + (size_t)i * l->size;
        for (end = i + 1;
             end < n && !memcmp(items + (size_t)end * l->size, first, sc__gram_bytes(l));)
            end++;
        s = weigh_context(w, t, &(followers){first, end - i});
    }
    sc__free(items);
    sc_gram_extent *at = &t->backoffs_at[part];
    at->n = w->backoffs.len;
    return s < 0 ? s : sc__scratch_append(&t->backoffs, &at->at, w->backoffs.data, at->n);
}

static sc_status flush(void *worker, sc_ngram_trainer *t) {
    (void)t;
    return sc__gram_batch_flush(&((weigher *)worker)->out);
}

sc_status sc__ngram_weigh(sc_ngram_trainer *t) {
    static const sc_gram_step step = {sizeof(weigher), open, weigh_part, flush, close};
    return sc__gram_step_parts(t, &step);
}
