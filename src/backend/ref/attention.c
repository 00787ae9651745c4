/* attention.c - attention over a ragged batch, one query and head at a time (Vaswani et al. 2017).
 * The probabilities of one query are made, used and forgotten: nothing of size T x T is held. */
#include "backend/ref/ref.h"

#include "graph/dropout.h"

#include <string.h>

/* One query of one head: where its row lies, and what it may see. */
typedef struct {
    const sc_node *k, *v, *table, *mask, *bias;
    const sc_attention_attr *a;
    int64_t sequence, first, row; /* of the sequence's first query; of this one */
    int64_t query, n_queries, n_keys;
    int head;
    uint32_t dropout_key, threshold;
} view;

static int64_t key_row(const view *w, int64_t j) {
    if (!w->table) return w->first + j;
    const int64_t block = j / w->a->block_size;
    return (int64_t)load_int(w->table, w->sequence * sc__cols(w->table) + block) *
               w->a->block_size +
           j % w->a->block_size;
}

static int64_t kv_column(const view *w) {
    return (int64_t)(w->head / (w->a->n_head / w->a->n_kv_head)) * w->a->d_head;
}

static real dot(const sc_node *a, int64_t at, const sc_node *b, int64_t bt, int64_t d) {
    double sum = 0;
    for (int64_t i = 0; i < d; i++) sum += (double)load(a, at + i) * (double)load(b, bt + i);
    return (real)sum;
}

static bool sees(const view *w, int64_t j) {
    if (w->a->causal && j > w->query + w->n_keys - w->n_queries) return false;
    return !w->mask || ((const int8_t *)w->mask->data)[key_row(w, j)];
}

static real score(const view *w, const sc_node *q, int64_t q_at, int64_t j) {
    const int64_t k_at = key_row(w, j) * sc__cols(w->k) + w->a->k_at + kv_column(w);
    real s = dot(q, q_at, w->k, k_at, w->a->d_head) * (real)w->a->scale;
    if (w->bias)
        s += load(w->bias, (w->head * sc__dim(w->bias, 1) + w->query) * sc__dim(w->bias, 2) + j);
    return s;
}

/* 0 when dropped, else 1 / (1 - p). */
static real kept(const view *w, int64_t j) {
    if (!(w->a->dropout > 0)) return 1;
    return sc__dropout_keep(w->dropout_key, j, w->threshold) ? 1 / (1 - (real)w->a->dropout) : 0;
}

typedef void each_query(const sc_exec *x, const sc_node *n, const view *w);

static void for_each_query(const sc_exec *x, const sc_node *n, view w, const sc_node *offsets,
                           const sc_node *kv_len, each_query *f) {
    w.a = &n->attr.attn;
    w.threshold = sc__dropout_threshold(w.a->dropout);
    for (w.sequence = 0; w.sequence < x->n_sequences; w.sequence++) {
        w.first = load_int(offsets, w.sequence);
        w.n_queries = load_int(offsets, w.sequence + 1) - w.first;
        w.n_keys = kv_len ? load_int(kv_len, w.sequence) : w.n_queries;
        for (w.query = 0; w.query < w.n_queries; w.query++)
            for (w.head = 0; w.head < w.a->n_head; w.head++) {
                w.row = w.first + w.query;
                w.dropout_key = sc__dropout_row_key(x->seed, x->step, w.a->stream, w.row, w.head);
                f(x, n, &w);
            }
    }
}

static void forward(const sc_exec *x, const sc_node *n, const view *w) {
    const sc_node *q = n->in[SC_AT_Q];
    const int64_t d = w->a->d_head, y_at = w->row * sc__cols(n) + w->head * d;
    const int64_t q_at = w->row * sc__cols(q) + w->a->q_at + w->head * d;
    double top = -HUGE_VAL, sum = 0;
    for (int64_t j = 0; j < w->n_keys; j++)
        if (sees(w, j)) top = fmax(top, (double)score(w, q, q_at, j));
    for (int64_t j = 0; j < w->n_keys; j++)
        if (sees(w, j)) sum += exp((double)score(w, q, q_at, j) - top);
    const double lse = sum > 0 ? top + log(sum) : -HUGE_VAL;
    double *y = x->scratch;
    memset(y, 0, (size_t)d * sizeof *y);
    for (int64_t j = 0; j < w->n_keys; j++) {
        if (!sees(w, j)) continue;
        const double p = exp((double)score(w, q, q_at, j) - lse) * (double)kept(w, j);
        const int64_t v_at = key_row(w, j) * sc__cols(w->v) + w->a->v_at + kv_column(w);
        for (int64_t i = 0; i < d; i++) y[i] += p * (double)load(w->v, v_at + i);
    }
    for (int64_t i = 0; i < d; i++) store(n, y_at + i, (real)y[i]);
    if (sc__has(n, 1)) store(n->out[1], w->row * w->a->n_head + w->head, (real)lse);
}

KERNEL(ATTENTION) {
    const view w = {.k = n->in[SC_AT_K],
                    .v = n->in[SC_AT_V],
                    .table = n->in[SC_AT_TABLE],
                    .mask = n->in[SC_AT_MASK],
                    .bias = n->in[SC_AT_BIAS]};
    for_each_query(x, n, w, n->in[SC_AT_OFFSETS], n->in[SC_AT_KV_LEN], forward);
}

/* Gradients are summed in double, one block of scratch an output. */
static double *sums(const sc_exec *x, const sc_node *n, int k) {
    double *at = x->scratch;
    for (int i = 0; i < k; i++)
        if (n->out[i]) at += sc_shape_elements(&n->out[i]->shape);
    return at;
}

/* With P the probabilities, D the kept mask: dV = (P D)' dY, dP = D (dY V'), dS = P (dP - dY . Y).
 */
static void backward(const sc_exec *x, const sc_node *n, const view *w) {
    const sc_node *q = n->in[SC_AB_Q], *dy = n->in[SC_AB_DY], *y = n->in[SC_AB_Y];
    double *dq = sums(x, n, 0), *dk = w->a->packed ? dq : sums(x, n, 1);
    double *dv = w->a->packed ? dq : sums(x, n, 2), *dbias = sums(x, n, 3);
    const int64_t d = w->a->d_head, y_at = w->row * sc__cols(y) + w->head * d;
    const int64_t q_at = w->row * sc__cols(q) + w->a->q_at + w->head * d;
    const double lse = (double)load(n->in[SC_AB_LSE], w->row * w->a->n_head + w->head);
    const double delta = (double)dot(dy, y_at, y, y_at, d), scale = (double)w->a->scale;
    for (int64_t j = 0; j < w->n_keys; j++) {
        if (!sees(w, j)) continue;
        const int64_t k_at = key_row(w, j) * sc__cols(w->k) + w->a->k_at + kv_column(w);
        const int64_t v_at = key_row(w, j) * sc__cols(w->v) + w->a->v_at + kv_column(w);
        const double p = exp((double)score(w, q, q_at, j) - lse), keep = (double)kept(w, j);
        const double ds = p * (keep * (double)dot(dy, y_at, w->v, v_at, d) - delta);
        for (int64_t i = 0; i < d; i++) {
            dv[v_at + i] += p * keep * (double)load(dy, y_at + i);
            dq[q_at + i] += ds * scale * (double)load(w->k, k_at + i);
            dk[k_at + i] += ds * scale * (double)load(q, q_at + i);
        }
        if (sc__has(n, 3))
            dbias[(w->head * sc__dim(w->bias, 1) + w->query) * sc__dim(w->bias, 2) + j] += ds;
    }
}

KERNEL(ATTENTION_BWD) {
    const view w = {.k = n->in[SC_AB_K],
                    .v = n->in[SC_AB_V],
                    .mask = n->in[SC_AB_MASK],
                    .bias = n->in[SC_AB_BIAS]};
    double *from = x->scratch;
    memset(from, 0, (size_t)(sums(x, n, n->n_out) - from) * sizeof *from);
    for_each_query(x, n, w, n->in[SC_AB_OFFSETS], NULL, backward);
    for (int k = 0; k < n->n_out; k++)
        for (int64_t i = 0; n->out[k] && i < sc_shape_elements(&n->out[k]->shape); i++)
            store(n->out[k], i, (real)*from++);
}
