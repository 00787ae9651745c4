/* sampling.c - candidates lie in one array. Where an order is needed the array becomes a heap, from
 * which the largest are taken one after the other: a small top_k or top_p never sorts the
 * vocabulary. */
#include "infer/sampling.h"

#include "base/alloc.h"
#include "base/random.h"

#include <math.h>

enum { STREAM = 0x73616d70 }; /* of the random numbers that sampling uses */

sc_status sc_sampling_check(const sc_sampling *s) {
    if (!(s->temperature >= 0) || isinf(s->temperature))
        return SC_FAIL(SC_USAGE, "temperature %g is not 0 or more", s->temperature);
    if (s->top_k < 0) return SC_FAIL(SC_USAGE, "top-k %lld is negative", (long long)s->top_k);
    if (!(s->top_p > 0 && s->top_p <= 1))
        return SC_FAIL(SC_USAGE, "top-p %g is not above 0 and at most 1", s->top_p);
    if (!(s->min_p >= 0 && s->min_p <= 1))
        return SC_FAIL(SC_USAGE, "min-p %g is not between 0 and 1", s->min_p);
    if (!(s->repetition_penalty > 0) || isinf(s->repetition_penalty))
        return SC_FAIL(SC_USAGE, "repetition-penalty %g is not positive", s->repetition_penalty);
    return SC_OK;
}

sc_status sc__sampler_init(sc_sampler *s, int64_t n_vocab) {
    *s = (sc_sampler){.n_vocab = n_vocab};
    s->candidates = sc__calloc((size_t)n_vocab, sizeof *s->candidates);
    s->weights = sc__calloc((size_t)n_vocab, sizeof *s->weights);
    s->seen = sc__calloc((size_t)n_vocab, 1);
    return s->candidates && s->weights && s->seen ? SC_OK : SC_FAIL(SC_NOMEM, "sampler");
}

void sc__sampler_deinit(sc_sampler *s) {
    sc__free(s->candidates);
    sc__free(s->weights);
    sc__free(s->seen);
    *s = (sc_sampler){0};
}

/* ---- the heap -------------------------------------------------------------------------------- */

static bool goes_first(const sc_candidate *a, const sc_candidate *b) {
    return a->logit > b->logit || (a->logit >= b->logit && a->id < b->id);
}

static void sift_down(sc_candidate *c, int64_t n, int64_t i) {
    for (;;) {
        int64_t first = 2 * i + 1;
        if (first >= n) return;
        if (first + 1 < n && goes_first(&c[first + 1], &c[first])) first++;
        if (!goes_first(&c[first], &c[i])) return;
        const sc_candidate t = c[i];
        c[i] = c[first];
        c[first] = t;
        i = first;
    }
}

static void make_heap(sc_candidate *c, int64_t n) {
    for (int64_t i = n / 2 - 1; i >= 0; i--) sift_down(c, n, i);
}

/* Moves the first of the heap c[0 .. n-1] to c[n-1]. */
static const sc_candidate *take_first(sc_candidate *c, int64_t n) {
    const sc_candidate t = c[0];
    c[0] = c[n - 1];
    c[n - 1] = t;
    sift_down(c, n - 1, 0);
    return &c[n - 1];
}

/* ---- filters --------------------------------------------------------------------------------- */

static void penalize(sc_sampler *s, float penalty, sc_context context) {
    if (penalty >= 1 && penalty <= 1) return;
    for (int64_t i = 0; i < context.n; i++) {
        const int32_t id = context.ids[i];
        float *logit = &s->candidates[id].logit;
        if (!s->seen[id]) *logit = *logit < 0 ? *logit * penalty : *logit / penalty;
        s->seen[id] = 1;
    }
    for (int64_t i = 0; i < context.n; i++) s->seen[context.ids[i]] = 0;
}

static const sc_candidate *find_largest(const sc_candidate *c, int64_t n) {
    const sc_candidate *best = c;
    for (int64_t i = 1; i < n; i++)
        if (c[i].logit > best->logit) best = &c[i];
    return best;
}

static double weight(float logit, float max) { return exp((double)logit - (double)max); }

/* Reverses c[0 .. n-1]: the heap leaves the first last. */
static void reverse(sc_candidate *c, int64_t n) {
    for (int64_t i = 0; i < n / 2; i++) {
        const sc_candidate t = c[i];
        c[i] = c[n - 1 - i];
        c[n - 1 - i] = t;
    }
}

/* The candidates that top_k and top_p leave, largest first, end up at c[n - kept .. n-1] in
 * reverse. top_p counts probabilities among those that top_k leaves. */
static int64_t take_top(const sc_sampler *s, const sc_sampling *how, float max) {
    sc_candidate *c = s->candidates;
    const int64_t n = s->n_vocab;
    int64_t k = 0;
    double total = 0, sum = 0;
    make_heap(c, n);
    if (how->top_k > 0 && how->top_k < n) {
        while (k < how->top_k || (k < n && c[0].logit >= c[n - k].logit)) {
            total += weight(take_first(c, n - k)->logit, max);
            k++;
        }
        if (how->top_p >= 1) return k;
        int64_t kept = 0;
        for (; kept < k && (kept == 0 || sum < how->top_p * total); kept++)
            sum += weight(c[n - 1 - kept].logit, max);
        return kept;
    }
    for (int64_t i = 0; i < n; i++) total += weight(c[i].logit, max);
    for (; k < n && (k == 0 || sum < how->top_p * total); k++)
        sum += weight(take_first(c, n - k)->logit, max);
    return k;
}

static sc_candidate *filter_top(const sc_sampler *s, int64_t *n, const sc_sampling *how,
                                float max) {
    *n = s->n_vocab;
    if ((how->top_k == 0 || how->top_k >= s->n_vocab) && how->top_p >= 1) return s->candidates;
    const int64_t kept = take_top(s, how, max);
    sc_candidate *c = s->candidates + s->n_vocab - kept;
    reverse(c, kept);
    *n = kept;
    return c;
}

/* Keeps those whose weight is at least min_p (the largest has weight 1), and writes the weights. */
static double weigh(const sc_sampler *s, sc_candidate *c, int64_t *n, double min_p, float max) {
    int64_t kept = 0;
    double total = 0;
    for (int64_t i = 0; i < *n; i++) {
        const double w = weight(c[i].logit, max);
        if (!(w > 0) || w < min_p) continue;
        c[kept] = c[i];
        s->weights[kept++] = w;
        total += w;
    }
    *n = kept;
    return total;
}

sc_status sc__sampler_filter(sc_sampler *s, const sc_candidate **out, int64_t *n, double *total,
                             const float *logits, const sc_sampling *how, sc_context context) {
    for (int64_t i = 0; i < s->n_vocab; i++) {
        s->candidates[i] = (sc_candidate){logits[i], (int32_t)i};
        if (isnan(logits[i]))
            return SC_FAIL(SC_FORMAT, "the logit of token %lld is not a number", (long long)i);
    }
    penalize(s, (float)how->repetition_penalty, context);
    const sc_candidate *largest = find_largest(s->candidates, s->n_vocab);
    if (isinf(largest->logit))
        return SC_FAIL(SC_FORMAT, "the largest logit is not a finite number");
    if (how->temperature <= 0) {
        *out = largest;
        *n = 1;
        *total = s->weights[0] = 1;
        return SC_OK;
    }
    const float temperature = (float)SC_MAX(how->temperature, 1e-30);
    const float max = largest->logit / temperature;
    for (int64_t i = 0; i < s->n_vocab; i++) s->candidates[i].logit /= temperature;
    sc_candidate *c = filter_top(s, n, how, max);
    *total = weigh(s, c, n, how->min_p, max);
    *out = c;
    return SC_OK;
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* Uniform in [0, 1) with 53 bits. */
static double uniform(uint64_t seed, uint64_t i) {
    uint32_t w[4];
    sc__philox(seed, i, STREAM, w);
    return (double)((uint64_t)w[0] << 21 | w[1] >> 11) * 0x1p-53;
}

sc_status sc__sampler_run(sc_sampler *s, int32_t *id, const float *logits, const sc_sampling *how,
                          sc_context context, uint64_t i) {
    const sc_candidate *c;
    int64_t n, k = 0;
    double total, sum = 0;
    SC_TRY(sc_sampling_check(how));
    SC_TRY(sc__sampler_filter(s, &c, &n, &total, logits, how, context));
    const double goal = uniform(how->seed, i) * total;
    while (k < n - 1 && (sum += s->weights[k]) <= goal) k++;
    *id = c[k].id;
    return SC_OK;
}
