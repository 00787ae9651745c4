/* fit.c - weights from examples. */
#include "stage/curation/classify/classify.h"

#include "base/random.h"

#include <math.h>

typedef struct {
    sc_classifier *c;
    float *squares; /* sums of squared gradients, by weight */
    double bias_squares, rate;
    double share[2]; /* what an example of a kind counts */
} fitting;

static void step(fitting *f, const sc_example *e) {
    if (!e->n) return;
    sc_classifier *c = f->c;
    const double p = sc__classifier_score(c, e->features, e->n);
    const double slope = (p - e->good) * f->share[e->good];
    const double g = slope / (double)e->n, gg = g * g;
    for (int64_t i = 0; i < e->n; i++) {
        const uint32_t w = e->features[i];
        f->squares[w] += (float)gg;
        if (f->squares[w] > 0) c->weights[w] -= (float)(f->rate * g / sqrt((double)f->squares[w]));
    }
    f->bias_squares += slope * slope;
    if (f->bias_squares > 0) c->bias -= (float)(0.1 * f->rate * slope / sqrt(f->bias_squares));
}

static void check(sc_fit_result *out, const sc_classifier *c, const sc_example *e) {
    const double p = sc__classifier_score(c, e->features, e->n);
    out->n++;
    out->right += (p > 0.5) == e->good;
    out->loss -= log(fmax(e->good ? p : 1 - p, 1e-12));
}

sc_status sc__classifier_fit(sc_fit_result *out, sc_classifier *c, const sc_example *examples,
                             int64_t n, const sc_fit_options *o) {
    int64_t kinds[2] = {0};
    *out = (sc_fit_result){0};
    for (int64_t i = 0; i < n; i++)
        if (!examples[i].held_out) kinds[examples[i].good] += examples[i].n > 0;
    if (!kinds[0] || !kinds[1])
        return SC_FAIL(SC_FORMAT, "classifier: there are no %s examples with a word",
                       kinds[1] ? "bad" : "good");
    fitting f = {.c = c, .rate = o->rate};
    for (int i = 0; i < 2; i++) f.share[i] = 0.5 * (double)(kinds[0] + kinds[1]) / (double)kinds[i];
    f.squares = sc__calloc((size_t)1 << c->bits, sizeof *f.squares);
    if (!f.squares) return SC_FAIL(SC_NOMEM, "classifier");
    for (int epoch = 0; epoch < o->epochs; epoch++) {
        const uint64_t key = o->seed * 1000003 + (uint64_t)epoch;
        for (int64_t i = 0; i < n; i++) {
            const sc_example *e = &examples[sc__random_permute(key, (uint64_t)i, (uint64_t)n)];
            if (!e->held_out) step(&f, e);
        }
    }
    sc__free(f.squares);
    for (int64_t i = 0; i < n; i++)
        if (examples[i].held_out) check(out, c, &examples[i]);
    if (out->n) out->loss /= (double)out->n;
    return SC_OK;
}
