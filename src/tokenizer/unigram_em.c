/* unigram_em.c - how probable each piece is, and which can be done without.
 *
 * Expectation: by the forward and backward sums over all segmentations of each word, how often each
 * piece is expected. Sums of products of probabilities, without logarithms: a word of usual length
 * cannot underflow, and one that does is done again with logarithms. Maximisation: digamma of the
 * counts (Liang and Klein 2007, variational Bayes with a sparse prior), as both references do.
 *
 * Pruning: a piece is worth what the likelihood loses when each of its uses becomes the second best
 * segmentation of the piece itself. Those worth least go, a quarter at a time. Both references
 * reckon that the number of all pieces used then grows by the uses times the number of pieces there
 * are (not: that replace this one). It makes frequent pieces dearer and texts shorter by some
 * percent, and is done here too.
 *
 * Words are cut into SC_LANES lanes, each with its own sums, which are added in order. Matches of
 * pieces that died are dropped from the list as it is read. */
#include "tokenizer/unigram_learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double shrinking = 0.75, least_expected = 0.5, unknown_penalty = 10,
                    too_small = 1e-250;
enum { STEPS = 2 }; /* of expectation and maximisation between prunings */

typedef struct {
    sc_unigram *u;
    const sc_unigram_options *o;
    double *chance;             /* of each piece; of a dead character, that of the unknown */
    double *score;              /* the logarithm of it */
    double *expected[SC_LANES]; /* expected counts, or those of the best segmentations */
    double *forward[SC_LANES], *backward[SC_LANES]; /* by place of the word at hand */
    uint32_t *from[SC_LANES];                       /* best match that ends at a place */
    double least;                                   /* score of a living piece */
    uint32_t *order, n_order;
} learning;

double sc__digamma(double x) {
    double sum = 0;
    for (; x < 8; x++) sum -= 1 / x;
    const double r = 1 / (x * x);
    return sum + log(x) - 0.5 / x -
           r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r / 132))));
}

/* -- expectation ----------------------------------------------------------------------------- */

/* Matches that are read from `at` on. */
typedef struct {
    const uint32_t *at, *end;
} reader;

/* The word of n characters that comes next, without the dead, to `to`; returns where it ends. */
static uint32_t *pack_word(const learning *l, reader *r, uint32_t n, uint32_t *to) {
    const uint32_t *at = r->at;
    for (uint32_t p = 0; p < n; p++) {
        *to++ = *at++;
        for (; at < r->end && sc__match_length(*at) > 1; at++)
            if (l->u->pieces[sc__match_id(*at)].alive) *to++ = *at;
    }
    r->at = at;
    return to;
}

static double sum_forward(const learning *l, int lane, const uint32_t *m, const uint32_t *end,
                          uint32_t n) {
    double *f = l->forward[lane];
    memset(f + 1, 0, n * sizeof *f);
    f[0] = 1;
    for (uint32_t p = 0; m < end; p++) {
        const double here = f[p];
        do f[p + sc__match_length(*m)] += here * l->chance[sc__match_id(*m)];
        while (++m < end && sc__match_length(*m) > 1);
    }
    return f[n];
}

/* Adds what is expected of each piece in a word that occurs `count` times. */
static void sum_backward(const learning *l, int lane, const uint32_t *begin, const uint32_t *end,
                         const sc_unigram_word *w) {
    const double *f = l->forward[lane];
    double *b = l->backward[lane], *expected = l->expected[lane], sum = 0;
    const double weight = (double)w->count / f[w->n];
    uint32_t p = w->n - 1;
    b[w->n] = 1;
    for (const uint32_t *m = end; m-- > begin;) {
        const uint32_t n = sc__match_length(*m), id = sc__match_id(*m);
        const double t = l->chance[id] * b[p + n];
        sum += t;
        expected[id] += f[p] * t * weight;
        if (n == 1) {
            b[p--] = sum;
            sum = 0;
        }
    }
}

static inline double log_add(double a, double b) {
    if (a < b) {
        const double c = a;
        a = b, b = c;
    }
    return isinf(b) ? a : a + log1p(exp(b - a));
}

/* Both, for a word whose probability is too small for a double. */
static void sum_logarithms(const learning *l, int lane, const uint32_t *begin, const uint32_t *end,
                           const sc_unigram_word *w) {
    double *f = l->forward[lane], *b = l->backward[lane], *expected = l->expected[lane];
    for (uint32_t p = 0; p <= w->n; p++) f[p] = b[p] = -(double)INFINITY;
    f[0] = b[w->n] = 0;
    uint32_t p = 0;
    for (const uint32_t *m = begin; m < end; p++) do {
            double *to = &f[p + sc__match_length(*m)];
            *to = log_add(*to, f[p] + l->score[sc__match_id(*m)]);
        } while (++m < end && sc__match_length(*m) > 1);
    p = w->n - 1;
    for (const uint32_t *m = end; m-- > begin;) {
        const uint32_t n = sc__match_length(*m), id = sc__match_id(*m);
        const double t = l->score[id] + b[p + n];
        b[p] = log_add(b[p], t);
        expected[id] += (double)w->count * exp(f[p] + t - f[w->n]);
        if (n == 1) p--;
    }
}

static void expect_lane(void *arg, int64_t lane, int worker) {
    (void)worker;
    learning *l = arg;
    sc_lane *x = &l->u->lanes[lane];
    const int k = (int)lane;
    uint32_t *to = l->u->matches + x->match;
    reader r = {to, l->u->matches + x->match_end};
    memset(l->expected[k], 0, l->u->n_pieces * sizeof(double));
    for (size_t i = x->word; i < x->word_end; i++) {
        const sc_unigram_word *w = &l->u->words[i];
        const uint32_t *begin = to;
        to = pack_word(l, &r, w->n, to);
        if (sum_forward(l, k, begin, to, w->n) > too_small)
            sum_backward(l, k, begin, to, w);
        else
            sum_logarithms(l, k, begin, to, w);
    }
    x->match_end = (size_t)(to - l->u->matches);
}

static void add_lanes(learning *l) {
    for (int k = 1; k < SC_LANES; k++)
        for (uint32_t i = 0; i < l->u->n_pieces; i++) l->expected[0][i] += l->expected[k][i];
}

/* -- maximisation ---------------------------------------------------------------------------- */

static void set_chances(learning *l) {
    sc_unigram *u = l->u;
    l->least = 0;
    for (uint32_t i = 0; i < l->n_order; i++)
        l->least = SC_MIN(l->least, u->pieces[l->order[i]].score);
    for (uint32_t i = 0; i < u->n_pieces; i++) {
        l->score[i] = u->pieces[i].alive ? u->pieces[i].score : l->least - unknown_penalty;
        l->chance[i] = exp(l->score[i]);
    }
}

static void maximise(learning *l) {
    const double *expected = l->expected[0];
    uint32_t n = 0;
    double sum = 0;
    for (uint32_t i = 0; i < l->n_order; i++) {
        const uint32_t id = l->order[i];
        if (expected[id] < least_expected) {
            l->u->pieces[id].alive = false;
            continue;
        }
        l->order[n++] = id;
        sum += expected[id];
    }
    l->n_order = n;
    const double all = n ? sc__digamma(sum) : 0;
    for (uint32_t i = 0; i < n; i++)
        l->u->pieces[l->order[i]].score = sc__digamma(expected[l->order[i]]) - all;
    set_chances(l);
}

/* -- pruning --------------------------------------------------------------------------------- */

/* The best segmentation of the word of n characters that comes next. Pieces of length `all` are
 * passed over. from[p] is the match that ends at place p: of equal ones the longest. */
static double best_path(const learning *l, int lane, reader *r, uint32_t n, uint32_t all) {
    double *best = l->forward[lane];
    uint32_t *from = l->from[lane];
    const uint32_t *at = r->at;
    for (uint32_t p = 1; p <= n; p++) best[p] = -(double)INFINITY;
    best[0] = 0;
    for (uint32_t p = 0; p < n; p++) do {
            const uint32_t length = sc__match_length(*at), id = sc__match_id(*at);
            const double score = best[p] + l->score[id];
            if (length == all || (length > 1 && !l->u->pieces[id].alive)) continue;
            if (score > best[p + length]) {
                best[p + length] = score;
                from[p + length] = *at;
            }
        } while (++at < r->end && sc__match_length(*at) > 1);
    r->at = at;
    return best[n];
}

static void count_lane(void *arg, int64_t lane, int worker) {
    (void)worker;
    learning *l = arg;
    const sc_lane *x = &l->u->lanes[lane];
    const uint32_t *from = l->from[lane];
    reader r = {l->u->matches + x->match, l->u->matches + x->match_end};
    double *counts = l->expected[lane];
    memset(counts, 0, l->u->n_pieces * sizeof *counts);
    for (size_t i = x->word; i < x->word_end; i++) {
        const sc_unigram_word *w = &l->u->words[i];
        best_path(l, (int)lane, &r, w->n, 0);
        for (uint32_t p = w->n; p; p -= sc__match_length(from[p]))
            counts[sc__match_id(from[p])] += (double)w->count;
    }
}

typedef struct {
    double loss;
    uint32_t id, place;
} candidate;

static int by_loss(const void *a, const void *b) {
    const candidate *p = a, *q = b;
    if (p->loss != q->loss) return p->loss > q->loss ? -1 : 1;
    return p->place < q->place ? -1 : 1;
}

typedef struct {
    double sum, words, pieces; /* pieces of the best segmentations, words, different pieces */
} totals;

/* Whether a piece may go at a price, *loss. If not, *keep: a character stays, and what is in no
 * best segmentation goes for nothing. */
static bool is_candidate(const learning *l, uint32_t id, const totals *t, double *loss,
                         bool *keep) {
    const sc_unigram_piece *p = &l->u->pieces[id];
    const double *counts = l->expected[0], count = counts[id];
    *keep = true;
    if (p->n == 1) return false;
    reader r = {l->u->inner + p->matches, l->u->inner + l->u->n_inner};
    const bool is_best = p->score >= best_path(l, 0, &r, p->n, p->n);
    if (!is_best || count <= 0) {
        *keep = !is_best && count > 0;
        return false;
    }
    double others = 0;
    const double log_sum = log(t->sum + count * t->pieces);
    for (uint32_t at = p->n; at; at -= sc__match_length(l->from[0][at]))
        others += log(counts[sc__match_id(l->from[0][at])] + count) - log_sum;
    *loss = count / t->words * (log(count) - log(t->sum) - others);
    return true;
}

static void keep_worthy(learning *l, candidate *x, size_t most) {
    totals t = {0, 0, l->n_order};
    uint32_t n = 0, n_x = 0;
    for (size_t i = 0; i < l->u->n_words; i++) t.words += (double)l->u->words[i].count;
    for (uint32_t i = 0; i < l->u->n_pieces; i++) t.sum += l->expected[0][i];
    for (uint32_t i = 0; i < l->n_order; i++) {
        const uint32_t id = l->order[i];
        bool keep;
        if (is_candidate(l, id, &t, &x[n_x].loss, &keep)) {
            x[n_x].id = id;
            x[n_x++].place = i;
        } else if (keep) {
            l->order[n++] = id;
        }
    }
    qsort(x, n_x, sizeof *x, by_loss);
    for (uint32_t i = 0; i < n_x && n < most; i++) l->order[n++] = x[i].id;
    l->n_order = n;
    for (uint32_t i = 0; i < l->u->n_pieces; i++) l->u->pieces[i].alive = false;
    for (uint32_t i = 0; i < n; i++) l->u->pieces[l->order[i]].alive = true;
}

static sc_status prune(learning *l, size_t desired) {
    candidate *x = sc__alloc((l->n_order + 1) * sizeof *x);
    if (!x) return SC_FAIL(SC_NOMEM, "no memory to prune %u pieces", l->n_order);
    sc__pool_run(l->o->pool, SC_LANES, count_lane, l);
    add_lanes(l);
    keep_worthy(l, x, SC_MAX(desired, (size_t)((double)(l->n_order + 1) * shrinking)) - 1);
    set_chances(l);
    sc__free(x);
    return SC_OK;
}

/* -- the loop -------------------------------------------------------------------------------- */

static sc_status learning_init(learning *l) {
    const size_t n = (size_t)l->u->n_pieces + 1,
                 longest = SC_MAX(l->u->longest, SC_PIECE_CHARS) + 1;
    bool ok = (l->chance = sc__alloc(n * sizeof *l->chance)) != NULL;
    ok = (l->score = sc__alloc(n * sizeof *l->score)) && ok;
    ok = (l->order = sc__alloc(n * sizeof *l->order)) && ok;
    for (int k = 0; k < SC_LANES && ok; k++) {
        l->expected[k] = sc__alloc(n * sizeof(double));
        l->forward[k] = sc__alloc(longest * sizeof(double));
        l->backward[k] = sc__alloc(longest * sizeof(double));
        l->from[k] = sc__alloc(longest * sizeof(uint32_t));
        ok = l->expected[k] && l->forward[k] && l->backward[k] && l->from[k];
    }
    if (!ok) return SC_FAIL(SC_NOMEM, "no memory to learn from %u pieces", l->u->n_pieces);
    for (uint32_t i = 0; i < l->u->n_pieces; i++) l->order[i] = i;
    l->n_order = l->u->n_pieces;
    set_chances(l);
    return SC_OK;
}

static void learning_deinit(learning *l) {
    for (int k = 0; k < SC_LANES; k++) {
        sc__free(l->expected[k]);
        sc__free(l->forward[k]);
        sc__free(l->backward[k]);
        sc__free(l->from[k]);
    }
    sc__free(l->chance);
    sc__free(l->score);
}

static sc_status learn(learning *l) {
    const size_t desired = (size_t)l->o->vocab_size * 11 / 10;
    for (;;) {
        for (int step = 0; step < STEPS; step++) {
            if (l->o->stop && *l->o->stop)
                return SC_FAIL(SC_INTERRUPTED, "interrupted while learning pieces");
            sc__pool_run(l->o->pool, SC_LANES, expect_lane, l);
            add_lanes(l);
            maximise(l);
        }
        /* the references count the unknown piece as well */
        const uint32_t n = l->n_order;
        if ((size_t)n + 1 <= desired) return SC_OK;
        SC_TRY(prune(l, desired));
        if (l->n_order == n) return SC_OK; /* nothing can be done without */
    }
}

sc_status sc__unigram_learn(uint32_t **order, uint32_t *n_order, sc_unigram *u,
                            const sc_unigram_options *o) {
    learning l = {.u = u, .o = o};
    sc_status s = learning_init(&l);
    if (s >= 0) s = learn(&l);
    learning_deinit(&l);
    *order = s < 0 ? NULL : l.order;
    *n_order = s < 0 ? 0 : l.n_order;
    if (s < 0) sc__free(l.order);
    return s;
}
