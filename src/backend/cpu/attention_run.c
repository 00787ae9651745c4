/* attention_run.c - where sequences, heads and tiles of a run of attention lie, and what hides a
 * key from a query: order, the key mask, dropout. */
#include "backend/cpu/attention_run.h"

#include "graph/dropout.h"
#include "tensor/dtype.h"

#include <string.h>

static const float log2_e = 1.44269504F;

sc_attn_rows sc__attn_node_rows(const sc_node *n, int64_t column) {
    const int64_t size = (int64_t)sc_dtype_size(n->dtype);
    return (sc_attn_rows){.data = (char *)n->data + column * size,
                          .stride = sc__cols(n) * size,
                          .bf16 = n->dtype == SC_BF16};
}

void sc__attn_bind(sc_attn_run *r, const sc_exec *x, const sc_node *n, sc_node *const in[3]) {
    const sc_attention_attr *a = &n->attr.attn;
    *r = (sc_attn_run){
        .x = x,
        .ops = sc__attn_ops(n),
        .a = *a,
        .q = sc__attn_node_rows(in[0], a->q_at),
        .k = sc__attn_node_rows(in[1], a->k_at),
        .v = sc__attn_node_rows(in[2], a->v_at),
        .scale = a->scale * log2_e,
        .keep = a->dropout < 1 ? 1 / (1 - a->dropout) : 0,
        .threshold = sc__dropout_threshold(a->dropout),
    };
}

void sc__attn_bind_extras(sc_attn_run *r, const sc_node *bias, const sc_node *mask) {
    r->mask = mask ? mask->data : NULL;
    if (!bias) return;
    r->bias = bias->data;
    r->bias_rows = sc__dim(bias, 1);
    r->bias_columns = sc__dim(bias, 2);
}

sc_attn_sequence sc__attn_sequence(const sc_attn_run *r, int64_t s) {
    sc_attn_sequence q = {.index = s, .first = r->offsets[s]};
    q.n_queries = r->offsets[s + 1] - q.first;
    q.n_keys = r->kv_len ? r->kv_len[s] : q.n_queries;
    q.shift = q.n_keys - q.n_queries;
    return q;
}

sc_attn_rows sc__attn_head(const sc_attn_run *r, const sc_attn_rows *all, const sc_attn_sequence *s,
                           int head) {
    sc_attn_rows m = *all;
    m.data += (int64_t)head * r->a.d_head * (m.bf16 ? 2 : 4);
    m.first = s->first;
    if (r->table && (all == &r->k || all == &r->v)) {
        m.table = r->table + s->index * r->max_blocks;
        m.block_size = r->a.block_size;
    }
    return m;
}

int64_t sc__attn_visible(const sc_attn_run *r, const sc_attn_sequence *s, int64_t query) {
    const int64_t n = r->a.causal ? SC_MIN(s->n_keys, query + s->shift + 1) : s->n_keys;
    return SC_MAX(n, 0);
}

static void gather_mask(const sc_attn_run *r, const sc_attn_sequence *s, int64_t key, int n,
                        int8_t *to) {
    const sc_attn_rows k = sc__attn_head(r, &r->k, s, 0);
    for (int j = 0; j < n; j++) to[j] = r->mask[(sc__attn_row(&k, key + j) - k.data) / k.stride];
}

/* Biases of (queries, keys) as (keys, lanes). */
static void gather_bias(const sc_attn_run *r, const sc_attn_sequence *s, sc_attn_place at, int n,
                        float *to) {
    const int64_t lanes = SC_MIN(SC_ATTN_LANES, s->n_queries - at.query);
    memset(to, 0, (size_t)n * SC_ATTN_LANES * sizeof *to);
    for (int64_t i = 0; i < lanes; i++) {
        const float *row =
            r->bias + (at.head * r->bias_rows + at.query + i) * r->bias_columns + at.key;
        for (int j = 0; j < n; j++) to[j * SC_ATTN_LANES + i] = row[j] * log2_e;
    }
}

bool sc__attn_tile(const sc_attn_run *r, const sc_attn_sequence *s, sc_attn_place at,
                   sc_attn_tile *t, sc_attn_extras *e) {
    const int64_t last = SC_MIN(at.query + SC_ATTN_LANES, s->n_queries) - 1;
    const int64_t n = SC_MIN(sc__attn_visible(r, s, last) - at.key, SC_ATTN_KEYS);
    if (n <= 0) return false;
    const int64_t diagonal = at.query + s->shift - at.key;
    const int panel = (int)(at.query / SC_ATTN_LANES % SC_ATTN_PANELS);
    *t =
        (sc_attn_tile){.n_keys = (int)n,
                       .n_rows = (int)SC_MIN(s->n_keys - at.key, SC_ATTN_KEYS),
                       .diagonal = r->a.causal ? (int)SC_MIN(diagonal, SC_ATTN_KEYS) : SC_ATTN_KEYS,
                       .scale = r->scale,
                       .mask = r->mask ? e->mask : NULL,
                       .bias = r->bias ? e->bias : NULL,
                       .row_keys = r->a.dropout > 0 ? e->row_keys[panel] : NULL,
                       .threshold = r->threshold,
                       .keep = r->keep,
                       .first_key = at.key};
    if (r->mask) gather_mask(r, s, at.key, (int)n, e->mask);
    if (r->bias) gather_bias(r, s, at, (int)n, e->bias);
    return true;
}

void sc__attn_row_keys(const sc_attn_run *r, const sc_attn_sequence *s, int head, int64_t query,
                       sc_attn_extras *e) {
    if (!(r->a.dropout > 0)) return;
    for (int64_t i = 0; i < SC_ATTN_PANELS * SC_ATTN_LANES; i++)
        e->row_keys[i / SC_ATTN_LANES][i % SC_ATTN_LANES] =
            sc__dropout_row_key(r->x->seed, r->x->step, r->a.stream, s->first + query + i, head);
}

void sc__attn_clear_rest(const sc_attn_run *r, const sc_node *n) {
    const int64_t from = r->offsets[r->x->n_sequences], all = sc__rows(r->x, n);
    const sc_attn_rows m = sc__attn_node_rows(n, 0);
    memset(m.data, 0, (size_t)(r->offsets[0] * m.stride));
    if (from < all) memset(m.data + from * m.stride, 0, (size_t)((all - from) * m.stride));
}
