/* estimate.c - interpolated modified Kneser-Ney (Chen and Goodman 1998; Heafield et al. 2013).
 *
 * Of the longest n-grams the count is how often they came; of a shorter one it is in how many words
 * it is preceded by, unless it begins a sentence, where nothing precedes. With a the discounted
 * count and g what the discounts of a context give to all that it did not see:
 *
 *     p(w | context) = a(context w) / sum of counts + g(context) p(w | context without its first)
 *
 * and below one word 1 / V. As a model that backs off: p of what was seen, g as the weight. */
#include "stage/curation/ngram/ngram.h"

#include <math.h>

enum { COUNT_CLASSES = 4 }; /* n-grams that came once, twice, 3 and 4 times make the discounts */

static void count_more(sc_ngram_entry *e) { e->count += e->count < UINT32_MAX; }

sc_status sc__ngram_count(sc_ngram *m, const uint32_t *words, int64_t n) {
    uint32_t before[SC_NGRAM_ORDER_MAX] = {SC_NGRAM_BEGIN}, now[SC_NGRAM_ORDER_MAX];
    for (int64_t i = 0; i <= n; i++) {
        const uint32_t word = i < n ? words[i] : SC_NGRAM_END;
        const int longest = (int)SC_MIN((int64_t)m->order, i + 2);
        now[0] = word;
        for (int k = 2; k <= longest; k++) {
            bool is_new;
            SC_TRY(sc__ngram_put(&now[k - 1], &is_new, m, k, before[k - 2], word));
            if (!is_new) continue;
            m->tables[k - 1].at[now[k - 1]].suffix = now[k - 2];
            count_more(&m->tables[k - 2].at[now[k - 2]]); /* one more that precedes it */
        }
        count_more(&m->tables[longest - 1].at[now[longest - 1]]);
        for (int k = 0; k < longest; k++) before[k] = now[k];
    }
    return SC_OK;
}

/* ---- discounts ------------------------------------------------------------------------------- */

typedef struct {
    double by_count[3]; /* of what came once, twice, more often */
} discounts;

static int class_of(uint32_t count) { return (int)SC_MIN(count, 3u) - 1; }

/* False: the counts are too few for it. */
static bool find_discounts(discounts *d, const sc_ngram_table *t, bool one) {
    double n[COUNT_CLASSES + 1] = {0};
    for (uint32_t i = 0; i < t->n; i++)
        if (t->at[i].count && t->at[i].count <= COUNT_CLASSES) n[t->at[i].count]++;
    *d = (discounts){{0.5, 1, 1.5}};
    if (n[1] == 0 || n[2] == 0) return false;
    const double y = n[1] / (n[1] + 2 * n[2]);
    if (one) {
        *d = (discounts){{y, y, y}};
        return true;
    }
    if (n[3] == 0) return false;
    discounts found;
    for (int i = 0; i < 3; i++) {
        found.by_count[i] = i + 1 - (i + 2) * y * n[i + 2] / n[i + 1];
        if (found.by_count[i] < 0 || found.by_count[i] > i + 1) return false;
    }
    *d = found;
    return true;
}

/* ---- probabilities --------------------------------------------------------------------------- */

typedef struct {
    double sum, kept_back; /* counts behind a context; their discounts */
} context_sum;

static void add_counts(context_sum *sums, const sc_ngram_table *t, const discounts *d) {
    for (uint32_t i = 0; i < t->n; i++) {
        const uint32_t count = t->at[i].count;
        context_sum *c = &sums[t->at[i].key >> 32]; /* of single words: 0 */
        if (!count) continue;
        c->sum += count;
        c->kept_back += d->by_count[class_of(count)];
    }
}

static double discounted(const sc_ngram_entry *e, const discounts *d, const context_sum *c) {
    return e->count ? (e->count - d->by_count[class_of(e->count)]) / c->sum : 0;
}

/* ARPA files have a number for what never comes, too. */
static float log_of(double p) { return p > 0 ? (float)log10(p) : -99.0F; }

/* Below one word all are equally likely: <unk> and </s> too, <s> never comes. */
static sc_status estimate_words(double *p, sc_ngram *m, const discounts *d) {
    sc_ngram_table *t = &m->tables[0];
    context_sum c = {0};
    t->at[SC_NGRAM_BEGIN].count = 0;
    add_counts(&c, t, d);
    if (!(c.sum > 0)) return SC_FAIL(SC_FORMAT, "n-grams: there is nothing to learn from");
    for (uint32_t i = 0; i < t->n; i++)
        p[i] = discounted(&t->at[i], d, &c) + c.kept_back / c.sum / (t->n - 1.0);
    p[SC_NGRAM_BEGIN] = 0;
    return SC_OK;
}

/* The n-grams of n words, from the probabilities `shorter` of those with one less. */
static sc_status estimate_order(double **p, const double *shorter, sc_ngram *m, int n,
                                const discounts *d) {
    sc_ngram_table *t = &m->tables[n - 1], *contexts = &m->tables[n - 2];
    context_sum *sums = sc__calloc((size_t)contexts->n + 1, sizeof *sums);
    *p = sc__calloc((size_t)t->n + 1, sizeof **p);
    if (!sums || !*p) {
        sc__free(sums);
        return SC_FAIL(SC_NOMEM, "n-grams");
    }
    add_counts(sums, t, d);
    for (uint32_t i = 0; i < t->n; i++) {
        const context_sum *c = &sums[t->at[i].key >> 32];
        (*p)[i] = discounted(&t->at[i], d, c) + c->kept_back / c->sum * shorter[t->at[i].suffix];
    }
    for (uint32_t i = 0; i < contexts->n; i++)
        if (sums[i].sum > 0) contexts->at[i].backoff = log_of(sums[i].kept_back / sums[i].sum);
    sc__free(sums);
    return SC_OK;
}

static void keep(sc_ngram_table *t, const double *p) {
    for (uint32_t i = 0; i < t->n; i++) t->at[i].prob = log_of(p[i]);
}

sc_status sc__ngram_estimate(sc_ngram *m, const sc_ngram_estimate_options *o, int *n_fallback) {
    double *shorter = sc__calloc((size_t)m->tables[0].n, sizeof *shorter), *p = NULL;
    discounts d;
    if (!shorter) return SC_FAIL(SC_NOMEM, "n-grams");
    *n_fallback = !find_discounts(&d, &m->tables[0], o->one_discount);
    sc_status s = estimate_words(shorter, m, &d);
    if (s >= 0) keep(&m->tables[0], shorter);
    for (int n = 2; n <= m->order && s >= 0; n++) {
        *n_fallback += !find_discounts(&d, &m->tables[n - 1], o->one_discount);
        s = estimate_order(&p, shorter, m, n, &d);
        if (s >= 0) keep(&m->tables[n - 1], p);
        sc__free(shorter);
        shorter = p;
        p = NULL;
    }
    sc__free(shorter);
    return s;
}
