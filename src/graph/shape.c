/* shape.c - one rule a kind of operation: from the inputs to the shapes, types and token axes of
 * the outputs.
 *
 * A rule is run when a node is made and again when it gets a further output; it fills every output
 * that exists. */
#include "graph/rules.h"

static bool is_real(sc_dtype t) {
    return t == SC_F32 || t == SC_F64 || t == SC_BF16 || t == SC_F16;
}

static sc_dtype wider(sc_dtype a, sc_dtype b) {
    if (a == b) return a;
    return a == SC_F64 || b == SC_F64 ? SC_F64 : SC_F32;
}

/* The type of statistics and losses beside values of type t. */
static sc_dtype exact(sc_dtype t) { return t == SC_F64 ? SC_F64 : SC_F32; }

static bool set(sc_node *n, const sc_node *like, sc_dtype t) {
    n->shape = like->shape;
    n->tokens = like->tokens;
    n->dtype = t;
    return true;
}

static bool set_matrix(sc_node *n, int64_t rows, int64_t cols, sc_dtype t, bool tokens) {
    n->shape = (sc_shape){2, {rows, cols}};
    n->dtype = t;
    n->tokens = tokens;
    return true;
}

static bool set_vector(sc_node *n, int64_t d, sc_dtype t, bool tokens) {
    n->shape = (sc_shape){1, {d}};
    n->dtype = t;
    n->tokens = tokens;
    return true;
}

static bool is_matrix(const sc_node *n) { return n && n->shape.n_dims == 2; }
static bool is_vector(const sc_node *n, int64_t d) {
    return n && n->shape.n_dims == 1 && n->shape.dim[0] == d;
}
static bool same(const sc_node *a, const sc_node *b) {
    return sc__shape_equal(&a->shape, &b->shape) && a->tokens == b->tokens;
}
/* Optional outputs. */
static bool out_like(sc_node *n, int k, const sc_node *like, sc_dtype t) {
    return !sc__has(n, k) || set(n->out[k], like, t);
}
static bool out_vector(sc_node *n, int k, int64_t d, sc_dtype t, bool tokens) {
    return !sc__has(n, k) || set_vector(n->out[k], d, t, tokens);
}
static bool out_matrix(sc_node *n, int k, int64_t rows, int64_t cols, sc_dtype t, bool tokens) {
    return !sc__has(n, k) || set_matrix(n->out[k], rows, cols, t, tokens);
}

bool sc__shape_none(sc_node *n) { return n->shape.n_dims >= 0; }

bool sc__shape_same(sc_node *n) {
    const sc_node *a = n->in[0], *b = n->in[1];
    if (!is_real(a->dtype) || (b && (!same(a, b) || !is_real(b->dtype)))) return false;
    return set(n, a, b && n->op != SC_OP_ACT_BWD ? wider(a->dtype, b->dtype) : a->dtype);
}

bool sc__shape_row(sc_node *n) {
    const sc_node *x = n->in[0];
    return is_real(x->dtype) && x->shape.n_dims >= 1 && is_vector(n->in[1], sc__cols(x)) &&
           set(n, x, x->dtype);
}

bool sc__shape_scale_by(sc_node *n) {
    return is_real(n->in[0]->dtype) && n->in[1]->shape.n_dims == 0 &&
           set(n, n->in[0], n->in[0]->dtype);
}

bool sc__shape_cast(sc_node *n) {
    return is_real(n->in[0]->dtype) && is_real(n->attr.cast) && set(n, n->in[0], n->attr.cast);
}

bool sc__shape_f32(sc_node *n) {
    return is_real(n->in[0]->dtype) && set(n, n->in[0], exact(n->in[0]->dtype));
}

bool sc__shape_glu_bwd(sc_node *n) {
    return same(n->in[0], n->in[1]) && same(n->in[1], n->in[2]) &&
           set(n, n->in[1], n->in[1]->dtype) && out_like(n, 1, n->in[2], n->in[2]->dtype);
}

bool sc__shape_rope(sc_node *n) {
    const sc_node *x = n->in[0], *pos = n->in[1], *freq = n->in[2];
    const int64_t n_head = n->attr.rope.n_head;
    if (!is_matrix(x) || n_head <= 0 || sc__cols(x) % n_head || (sc__cols(x) / n_head) % 2)
        return false;
    return is_vector(pos, sc__dim(x, 0)) && pos->dtype == SC_I32 && pos->tokens == x->tokens &&
           is_vector(freq, sc__cols(x) / n_head / 2) && set(n, x, x->dtype);
}

static bool columns_fit(const sc_node *n, int64_t width) {
    return n->attr.columns.from >= 0 && n->attr.columns.n > 0 &&
           n->attr.columns.from + n->attr.columns.n <= width;
}

bool sc__shape_columns(sc_node *n) {
    const sc_node *x = n->in[0];
    return is_matrix(x) && is_real(x->dtype) && columns_fit(n, sc__cols(x)) &&
           set_matrix(n, sc__dim(x, 0), n->attr.columns.n, x->dtype, x->tokens);
}

bool sc__shape_columns_bwd(sc_node *n) {
    const sc_node *dy = n->in[0];
    return is_matrix(dy) && sc__cols(dy) == n->attr.columns.n &&
           columns_fit(n, n->attr.columns.width) &&
           set_matrix(n, sc__dim(dy, 0), n->attr.columns.width, dy->dtype, dy->tokens);
}

bool sc__shape_scalar(sc_node *n) {
    n->shape = (sc_shape){0};
    n->dtype = exact(n->in[0]->dtype);
    return is_real(n->in[0]->dtype);
}

bool sc__shape_fill(sc_node *n) {
    return n->in[1]->shape.n_dims == 0 && set(n, n->in[0], n->in[0]->dtype);
}

bool sc__shape_sum_rows(sc_node *n) {
    return n->in[0]->shape.n_dims >= 1 &&
           set_vector(n, sc__cols(n->in[0]), exact(n->in[0]->dtype), false);
}

bool sc__shape_matmul(sc_node *n) {
    const sc_node *a = n->in[0], *b = n->in[1];
    const int t = n->attr.matmul.transpose;
    if (!is_matrix(a) || !is_matrix(b) || !is_real(a->dtype) || !is_real(b->dtype)) return false;
    const int64_t m = sc__dim(a, t & SC_TA ? 1 : 0), k = sc__dim(a, t & SC_TA ? 0 : 1);
    const int64_t kb = sc__dim(b, t & SC_TB ? 1 : 0), cols = sc__dim(b, t & SC_TB ? 0 : 1);
    const bool rows_are_tokens = a->tokens && !(t & SC_TA),
               sum_over_tokens = a->tokens && (t & SC_TA);
    if (k != kb || sum_over_tokens != (b->tokens && !(t & SC_TB)) || (b->tokens && (t & SC_TB)))
        return false;
    if (n->in[2] && !is_vector(n->in[2], cols)) return false;
    return set_matrix(n, m, cols, n->attr.matmul.dtype, rows_are_tokens) &&
           out_like(n, 1, n, n->dtype);
}

/* in: x, w, b or NULL, residual or NULL; out: y, statistics (N, 2), x + residual */
bool sc__shape_norm(sc_node *n) {
    const sc_node *x = n->in[0], *r = n->in[3];
    if (!is_matrix(x) || !is_vector(n->in[1], sc__cols(x)) || (r && !same(x, r))) return false;
    if (n->in[2] && !is_vector(n->in[2], sc__cols(x))) return false;
    return set(n, x, n->attr.norm.dtype) &&
           out_matrix(n, 1, sc__dim(x, 0), 2, exact(x->dtype), x->tokens) &&
           out_like(n, 2, x, r ? wider(x->dtype, r->dtype) : x->dtype);
}

/* in: dy, x, w, statistics, gradient of x from elsewhere or NULL; out: dx, dw, db */
bool sc__shape_norm_bwd(sc_node *n) {
    const sc_node *x = n->in[1];
    if (!same(n->in[0], x) || !is_vector(n->in[2], sc__cols(x)) || (n->in[4] && !same(n->in[4], x)))
        return false;
    return set(n, x, x->dtype) && out_vector(n, 1, sc__cols(x), exact(x->dtype), false) &&
           out_vector(n, 2, sc__cols(x), exact(x->dtype), false);
}

bool sc__shape_embed(sc_node *n) {
    const sc_node *table = n->in[0], *ids = n->in[1];
    return is_matrix(table) && ids->shape.n_dims == 1 && ids->dtype == SC_I32 &&
           is_real(table->dtype) &&
           set_matrix(n, sc__dim(ids, 0), sc__cols(table), table->dtype, ids->tokens);
}

bool sc__shape_embed_bwd(sc_node *n) {
    const sc_node *dy = n->in[0];
    return is_matrix(dy) && is_vector(n->in[1], sc__dim(dy, 0)) &&
           set_matrix(n, n->attr.rows, sc__cols(dy), exact(dy->dtype), false);
}

bool sc__shape_cache(sc_node *n) {
    const sc_node *cache = n->in[0], *x = n->in[1], *slots = n->in[2];
    return is_matrix(cache) && is_matrix(x) && sc__cols(cache) == sc__cols(x) &&
           slots->dtype == SC_I32 && is_vector(slots, sc__dim(x, 0)) && set(n, cache, cache->dtype);
}

static bool attention_columns(const sc_node *n, const sc_node *q, const sc_node *k,
                              const sc_node *v) {
    const sc_attention_attr *a = &n->attr.attn;
    const int64_t dq = (int64_t)a->n_head * a->d_head, dkv = (int64_t)a->n_kv_head * a->d_head;
    if (!is_matrix(q) || !is_matrix(k) || !is_matrix(v) || a->n_head <= 0 || a->n_kv_head <= 0 ||
        a->d_head <= 0)
        return false;
    if (a->n_head % a->n_kv_head || sc__dim(k, 0) != sc__dim(v, 0)) return false;
    return a->packed ? q == k && k == v && sc__cols(q) == dq + 2 * dkv
                     : sc__cols(q) == dq && sc__cols(k) == dkv && sc__cols(v) == dkv;
}

bool sc__shape_attention(sc_node *n) {
    const sc_node *q = n->in[SC_AT_Q], *k = n->in[SC_AT_K], *offsets = n->in[SC_AT_OFFSETS];
    const sc_node *mask = n->in[SC_AT_MASK], *bias = n->in[SC_AT_BIAS], *table = n->in[SC_AT_TABLE];
    const sc_attention_attr *a = &n->attr.attn;
    if (!attention_columns(n, q, k, n->in[SC_AT_V]) || !offsets || offsets->dtype != SC_I32)
        return false;
    if (mask && (mask->dtype != SC_I8 || !is_vector(mask, sc__dim(k, 0)))) return false;
    if (bias && (bias->shape.n_dims != 3 || bias->shape.dim[0] != a->n_head)) return false;
    if (table &&
        (table->dtype != SC_I32 || !is_matrix(table) || !n->in[SC_AT_KV_LEN] || a->block_size <= 0))
        return false;
    return set_matrix(n, sc__dim(q, 0), (int64_t)a->n_head * a->d_head, q->dtype, q->tokens) &&
           out_matrix(n, 1, sc__dim(q, 0), a->n_head, exact(q->dtype), q->tokens);
}

bool sc__shape_attn_bwd(sc_node *n) {
    const sc_node *q = n->in[SC_AB_Q], *k = n->in[SC_AB_K], *v = n->in[SC_AB_V],
                  *bias = n->in[SC_AB_BIAS];
    if (!attention_columns(n, q, k, v)) return false;
    return set(n, q, q->dtype) && out_like(n, 1, k, k->dtype) && out_like(n, 2, v, v->dtype) &&
           (!sc__has(n, 3) || (bias && set(n->out[3], bias, exact(q->dtype))));
}

static bool targets_fit(const sc_node *x, const sc_node *targets, const sc_node *weights) {
    return is_matrix(x) && is_vector(targets, sc__dim(x, 0)) && targets->dtype == SC_I32 &&
           is_vector(weights, sc__dim(x, 0)) && targets->tokens == x->tokens &&
           weights->tokens == x->tokens;
}

/* out: loss (), per token: log of the sum of exponentials, negative log-likelihood (N, 2) */
bool sc__shape_xent(sc_node *n) {
    const sc_node *x = n->in[0];
    if (!targets_fit(x, n->in[1], n->in[2])) return false;
    n->shape = (sc_shape){0};
    n->dtype = exact(x->dtype);
    return out_matrix(n, 1, sc__dim(x, 0), 2, exact(x->dtype), x->tokens);
}

/* in: gradient of the loss (), logits, targets, weights, statistics */
bool sc__shape_xent_bwd(sc_node *n) {
    return n->in[0]->shape.n_dims == 0 && is_matrix(n->in[1]) && set(n, n->in[1], n->in[1]->dtype);
}

/* in: x (N, D), table (V, D), targets, weights; out: loss (), (N, 2) as xent's, dx (N, D), dtable
 * (V, D) */
bool sc__shape_head_xent(sc_node *n) {
    const sc_node *x = n->in[0], *w = n->in[1];
    if (!targets_fit(x, n->in[2], n->in[3]) || !is_matrix(w) || sc__cols(w) != sc__cols(x))
        return false;
    n->shape = (sc_shape){0};
    n->dtype = exact(x->dtype);
    return out_matrix(n, 1, sc__dim(x, 0), 2, exact(x->dtype), x->tokens) &&
           out_like(n, 2, x, x->dtype) && out_like(n, 3, w, exact(w->dtype));
}
