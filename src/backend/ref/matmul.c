/* matmul.c - matrix products, and cross-entropy with and without the head's product in it. */
#include "backend/ref/ref.h"

KERNEL(MATMUL) {
    const sc_node *a = n->in[0], *b = n->in[1], *bias = n->in[2];
    const int t = n->attr.matmul.transpose;
    const int64_t cols = sc__cols(n), rows = n->tokens ? x->n_tokens : sc__dim(n, 0);
    const int64_t lda = sc__cols(a), ldb = sc__cols(b);
    const int64_t K = t & SC_TA ? (a->tokens ? x->n_tokens : sc__dim(a, 0)) : sc__dim(a, 1);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            double sum = bias ? (double)load(bias, j) : 0;
            for (int64_t k = 0; k < K; k++)
                sum += (double)(load(a, t & SC_TA ? k * lda + i : i * lda + k)) *
                       (double)(load(b, t & SC_TB ? j * ldb + k : k * ldb + j));
            const real v = (real)sum;
            if (sc__has(n, 1)) store(n->out[1], i * cols + j, v);
            put(x, n, i * cols + j, REF(act)(n->attr.matmul.act, v));
        }
}

/* ---- cross-entropy: w (lse - (1 - e) z_t - e mean(z)), e the label smoothing --------------------
 */

typedef struct {
    real lse, nll, loss; /* loss: with smoothing */
} entropy;

static entropy entropy_of(const real *z, int64_t V, int32_t target, float smoothing) {
    real top = z[0];
    double sum = 0, mean = 0;
    for (int64_t j = 1; j < V; j++) top = z[j] > top ? z[j] : top;
    for (int64_t j = 0; j < V; j++) {
        sum += exp((double)(z[j] - top));
        mean += (double)z[j] / (double)V;
    }
    entropy e = {.lse = top + (real)log(sum)};
    e.nll = target < 0 ? 0 : e.lse - z[target];
    e.loss =
        target < 0 ? 0 : (1 - (real)smoothing) * e.nll + (real)smoothing * (e.lse - (real)mean);
    return e;
}

/* d loss / d z_j = p_j - (1 - e) [j = t] - e / V */
static real slope(real z, real lse, bool is_target, int64_t V, float smoothing) {
    const real p = (real)exp((double)(z - lse));
    return p - (real)smoothing / (real)V - (is_target ? 1 - (real)smoothing : 0);
}

KERNEL(XENT) {
    const sc_node *logits = n->in[0], *targets = n->in[1], *weights = n->in[2];
    const int64_t V = sc__cols(logits);
    real *z = x->scratch;
    double total = 0;
    for (int64_t r = 0; r < sc__rows(x, logits); r++) {
        for (int64_t j = 0; j < V; j++) z[j] = load(logits, r * V + j);
        const entropy e = entropy_of(z, V, load_int(targets, r), n->attr.xent.smoothing);
        total += (double)(load(weights, r) * e.loss);
        if (!sc__has(n, 1)) continue;
        store(n->out[1], 2 * r, e.lse);
        store(n->out[1], 2 * r + 1, e.nll);
    }
    store(n, 0, (real)total);
}

KERNEL(XENT_BWD) {
    const sc_node *logits = n->in[1], *targets = n->in[2], *weights = n->in[3], *stat = n->in[4];
    const int64_t V = sc__cols(logits);
    for (int64_t r = 0; r < sc__rows(x, logits); r++) {
        const int32_t t = load_int(targets, r);
        const real w = t < 0 ? 0 : load(n->in[0], 0) * load(weights, r), lse = load(stat, 2 * r);
        for (int64_t j = 0; j < V; j++)
            store(n, r * V + j,
                  w * slope(load(logits, r * V + j), lse, j == t, V, n->attr.xent.smoothing));
    }
}

/* z = x W'; dx += dz W, dW += dz' x, one row of logits at a time. */
static void head_row(const sc_node *n, int64_t r, real *z, double *total) {
    const sc_node *h = n->in[0], *w = n->in[1], *stat = sc__has(n, 1) ? n->out[1] : NULL;
    const sc_node *dh = sc__has(n, 2) ? n->out[2] : NULL, *dw = sc__has(n, 3) ? n->out[3] : NULL;
    const int64_t V = sc__dim(w, 0), D = sc__cols(w);
    const int32_t t = load_int(n->in[2], r);
    const float smoothing = n->attr.xent.smoothing;
    for (int64_t j = 0; j < V; j++) {
        double sum = 0;
        for (int64_t k = 0; k < D; k++)
            sum += (double)load(h, r * D + k) * (double)load(w, j * D + k);
        z[j] = (real)sum;
    }
    const entropy e = entropy_of(z, V, t, smoothing);
    const real weight = t < 0 ? 0 : load(n->in[3], r);
    *total += (double)(load(n->in[3], r) * e.loss);
    if (stat) {
        store(stat, 2 * r, e.lse);
        store(stat, 2 * r + 1, e.nll);
    }
    for (int64_t j = 0; j < V && (dh || dw); j++)
        z[j] = weight * slope(z[j], e.lse, j == t, V, smoothing);
    for (int64_t k = 0; k < D && dh; k++) {
        double sum = 0;
        for (int64_t j = 0; j < V; j++) sum += (double)z[j] * (double)load(w, j * D + k);
        store(dh, r * D + k, (real)sum);
    }
    for (int64_t i = 0; i < V * D && dw; i++)
        store(dw, i, load(dw, i) + z[i / D] * load(h, r * D + i % D));
}

KERNEL(HEAD_XENT) {
    const sc_node *dw = sc__has(n, 3) ? n->out[3] : NULL;
    real *z = x->scratch;
    double total = 0;
    if (dw && !sc__adds(x, dw))
        for (int64_t i = 0; i < sc_shape_elements(&dw->shape); i++) store(dw, i, 0);
    for (int64_t r = 0; r < sc__rows(x, n->in[0]); r++) head_row(n, r, z, &total);
    store(n, 0, (real)total);
}
