/* attention_backward.c - ATTENTION_BWD: probabilities are made again from the log-sum-exp that the
 * forward pass kept (Dao et al. 2022). With P the probabilities, D the kept ones:
 *     dV = (P D)^T dY     dP = D (dY V^T)     dS = P (dP - rowsum(dY Y))
 *     dQ = scale dS K     dK = scale dS^T Q
 * A task owns one sequence and key-value head, or all sequences when the bias' gradient sums over
 * them: query blocks outside, key tiles inside, so that every sum has one writer and one order. */
#include "backend/cpu/attention_run.h"

#include <string.h>

enum { BLOCK = SC_ATTN_PANELS * SC_ATTN_LANES, TILE = SC_ATTN_KEYS * SC_ATTN_LANES };

/* Packed matrices of one worker; q, k, v as in attention.h's forms. */
typedef struct {
    char *k_rows, *k_columns, *v_rows; /* of the whole sequence, tile by tile */
    float *dk, *dv;
    char *q_lanes, *q_wide, *dy_lanes, *dy_wide; /* of a query block, panel by panel */
    char *p, *slopes, *slope_lanes;
    float *scores, *dp, *dq;
    sc_attn_saved *saved;
    sc_attn_extras *extras;
} room;

static size_t lay_out(room *m, char *at, const sc_attn_ops *ops, int d, int64_t rows) {
    const size_t width = (size_t)sc__attn_padded(ops, d), row = width * ops->size;
    const size_t keys = (size_t)(rows + SC_ATTN_KEYS - 1) / SC_ATTN_KEYS * SC_ATTN_KEYS;
    size_t used = 0;
    m->k_rows = sc__attn_take(at, &used, keys * row);
    m->k_columns = ops->one_form ? m->k_rows : sc__attn_take(at, &used, keys * row);
    m->v_rows = sc__attn_take(at, &used, keys * row);
    m->dk = (float *)sc__attn_take(at, &used, keys * width * sizeof(float));
    m->dv = (float *)sc__attn_take(at, &used, keys * width * sizeof(float));
    m->q_lanes = sc__attn_take(at, &used, BLOCK * row);
    m->q_wide = sc__attn_take(at, &used, BLOCK * row);
    m->dy_lanes = sc__attn_take(at, &used, BLOCK * row);
    m->dy_wide = sc__attn_take(at, &used, BLOCK * row);
    m->p = sc__attn_take(at, &used, SC_ATTN_PANELS * TILE * ops->size);
    m->slopes = sc__attn_take(at, &used, SC_ATTN_PANELS * TILE * ops->size);
    m->slope_lanes = sc__attn_take(at, &used, TILE * ops->size);
    m->scores = (float *)sc__attn_take(at, &used, TILE * sizeof(float));
    m->dp = (float *)sc__attn_take(at, &used, TILE * sizeof(float));
    m->dq = (float *)sc__attn_take(at, &used, BLOCK * width * sizeof(float));
    m->saved = (sc_attn_saved *)sc__attn_take(at, &used, SC_ATTN_PANELS * sizeof *m->saved);
    m->extras = (sc_attn_extras *)sc__attn_take(at, &used, sizeof *m->extras);
    return used;
}

typedef struct {
    sc_attn_run r;
    sc_attn_rows out, dq, dk, dv; /* out: the forward pass's y */
    float *dbias;
    char *rooms;
    size_t room_bytes;
    int64_t capacity;
} job;

/* One sequence and head while its query blocks are visited. */
typedef struct {
    const job *j;
    const sc_attn_run *r;
    const sc_attn_sequence *s;
    room m;
    int head, n_panels;
    int64_t query, n_queries; /* of the block */
    size_t width, row;        /* padded d, its bytes */
} pass;

static void pack_keys(pass *t, int kv_head) {
    const sc_attn_ops *ops = t->r->ops;
    const sc_attn_rows k = sc__attn_head(t->r, &t->r->k, t->s, kv_head);
    const sc_attn_rows v = sc__attn_head(t->r, &t->r->v, t->s, kv_head);
    for (int64_t key = 0; key < t->s->n_keys; key += SC_ATTN_KEYS) {
        const int n = (int)SC_MIN(SC_ATTN_KEYS, t->s->n_keys - key);
        const size_t at = (size_t)key * t->row;
        ops->pack_rows(t->m.k_rows + at, &k, key, n, t->r->a.d_head);
        ops->pack_rows(t->m.v_rows + at, &v, key, n, t->r->a.d_head);
        if (!ops->one_form) ops->pack_columns(t->m.k_columns + at, &k, key, n, t->r->a.d_head);
    }
    const size_t keys =
        (size_t)(t->s->n_keys + SC_ATTN_KEYS - 1) / SC_ATTN_KEYS * SC_ATTN_KEYS * t->width;
    memset(t->m.dk, 0, keys * sizeof(float));
    memset(t->m.dv, 0, keys * sizeof(float));
}

/* The sums of the forward pass; a lane that sees nothing gets probabilities of zero. */
static void load_saved(const pass *t, int64_t first, int64_t n, sc_attn_saved *saved) {
    const sc_attn_run *r = t->r;
    const sc_attn_rows dy = sc__attn_head(r, &r->y, t->s, t->head);
    const sc_attn_rows y = sc__attn_head(r, &t->j->out, t->s, t->head);
    for (int64_t i = 0; i < SC_ATTN_LANES; i++) {
        saved->lse[i] = HUGE_VALF;
        saved->delta[i] = 0;
        if (i >= n) continue;
        const float lse = r->lse[(t->s->first + first + i) * r->a.n_head + t->head];
        if (lse > -HUGE_VALF) saved->lse[i] = lse * 1.44269504F;
        saved->delta[i] = r->ops->dot(sc__attn_row(&dy, first + i), sc__attn_row(&y, first + i),
                                      r->a.d_head, dy.bf16);
    }
}

static void pack_queries(pass *t) {
    const sc_attn_ops *ops = t->r->ops;
    const sc_attn_rows q = sc__attn_head(t->r, &t->r->q, t->s, t->head);
    const sc_attn_rows dy = sc__attn_head(t->r, &t->r->y, t->s, t->head);
    const int d = t->r->a.d_head;
    for (int p = 0; p < t->n_panels; p++) {
        const int64_t first = t->query + p * SC_ATTN_LANES;
        const int n = (int)SC_MIN(SC_ATTN_LANES, t->query + t->n_queries - first);
        const size_t at = (size_t)p * SC_ATTN_LANES * t->row;
        ops->pack_lanes(t->m.q_lanes + at, &q, first, n, d);
        ops->pack_lanes(t->m.dy_lanes + at, &dy, first, n, d);
        ops->pack_wide(t->m.q_wide + at, &q, first, n, d);
        ops->pack_wide(t->m.dy_wide + at, &dy, first, n, d);
        load_saved(t, first, n, &t->m.saved[p]);
    }
    memset(t->m.dq, 0, (size_t)t->n_panels * SC_ATTN_LANES * t->width * sizeof(float));
    sc__attn_row_keys(t->r, t->s, t->head, t->query, t->m.extras);
}

static void add_dbias(const pass *t, sc_attn_place at, int n_keys) {
    const int64_t n = SC_MIN(SC_ATTN_LANES, t->s->n_queries - at.query);
    for (int64_t i = 0; i < n; i++) {
        float *to =
            t->j->dbias + (at.head * t->r->bias_rows + at.query + i) * t->r->bias_columns + at.key;
        for (int j = 0; j < n_keys; j++) to[j] += t->m.dp[j * SC_ATTN_LANES + i];
    }
}

/* One panel of the block against one tile; false: it sees no key there. */
static bool visit_panel(pass *t, int p, int64_t key) {
    const sc_attn_ops *ops = t->r->ops;
    const room *m = &t->m;
    const int d = t->r->a.d_head;
    const sc_attn_place at = {t->head, t->query + p * SC_ATTN_LANES, key};
    sc_attn_tile tile;
    if (!sc__attn_tile(t->r, t->s, at, &tile, m->extras)) return false;
    const size_t lanes = (size_t)p * SC_ATTN_LANES * t->row, rows = (size_t)key * t->row;
    const size_t form = (size_t)p * TILE * ops->size;
    char *slope_lanes = ops->one_form ? m->slopes + form : m->slope_lanes;
    void *const forms[3] = {m->p + form, m->slopes + form, slope_lanes};
    ops->scores(m->scores, m->k_rows + rows, m->q_lanes + lanes, tile.n_keys, d);
    ops->scores(m->dp, m->v_rows + rows, m->dy_lanes + lanes, tile.n_keys, d);
    ops->slopes(&tile, m->scores, m->dp, &m->saved[p], forms);
    ops->mix(m->dq + (size_t)p * SC_ATTN_LANES * t->width, m->k_columns + rows, slope_lanes,
             tile.n_keys, d);
    if (t->j->dbias) add_dbias(t, at, tile.n_keys);
    return true;
}

static void visit_tile(pass *t, int64_t key) {
    const sc_attn_ops *ops = t->r->ops;
    int first = t->n_panels;
    for (int p = t->n_panels - 1; p >= 0 && visit_panel(t, p, key); p--) first = p;
    const size_t form = (size_t)first * TILE * ops->size;
    const size_t wide = (size_t)first * SC_ATTN_LANES * t->row, to = (size_t)key * t->width;
    const int n = t->n_panels - first, d = t->r->a.d_head;
    const int n_keys = (int)SC_MIN(SC_ATTN_KEYS, t->s->n_keys - key);
    ops->spread(t->m.dv + to, t->m.p + form, t->m.dy_wide + wide, n, n_keys, d);
    ops->spread(t->m.dk + to, t->m.slopes + form, t->m.q_wide + wide, n, n_keys, d);
}

static void finish_queries(const pass *t) {
    const sc_attn_rows dq = sc__attn_head(t->r, &t->j->dq, t->s, t->head);
    float factor[SC_ATTN_LANES];
    for (int i = 0; i < SC_ATTN_LANES; i++) factor[i] = t->r->a.scale;
    for (int p = 0; p < t->n_panels; p++) {
        const int64_t first = t->query + p * SC_ATTN_LANES;
        const int64_t n = SC_MIN(SC_ATTN_LANES, t->query + t->n_queries - first);
        t->r->ops->unpack_lanes(&dq, first, (int)n, t->r->a.d_head,
                                t->m.dq + (size_t)p * SC_ATTN_LANES * t->width, factor);
    }
}

static void visit_head(pass *t) {
    for (t->query = 0; t->query < t->s->n_queries; t->query += BLOCK) {
        t->n_queries = SC_MIN(BLOCK, t->s->n_queries - t->query);
        t->n_panels = (int)((t->n_queries + SC_ATTN_LANES - 1) / SC_ATTN_LANES);
        pack_queries(t);
        const int64_t end = sc__attn_visible(t->r, t->s, t->query + t->n_queries - 1);
        for (int64_t key = 0; key < end; key += SC_ATTN_KEYS) visit_tile(t, key);
        finish_queries(t);
    }
}

static void run_head(const job *j, int64_t sequence, int kv_head, int worker) {
    const sc_attn_run *r = &j->r;
    const sc_attn_sequence s = sc__attn_sequence(r, sequence);
    const int group = r->a.n_head / r->a.n_kv_head, d = r->a.d_head;
    pass t = {.j = j, .r = r, .s = &s, .width = (size_t)sc__attn_padded(r->ops, d)};
    t.row = t.width * r->ops->size;
    lay_out(&t.m, j->rooms + (size_t)worker * j->room_bytes, r->ops, d, j->capacity);
    pack_keys(&t, kv_head);
    for (t.head = kv_head * group; t.head < (kv_head + 1) * group; t.head++) visit_head(&t);
    const sc_attn_rows dk = sc__attn_head(r, &j->dk, &s, kv_head);
    const sc_attn_rows dv = sc__attn_head(r, &j->dv, &s, kv_head);
    r->ops->unpack_rows(&dk, s.n_keys, d, t.m.dk, r->a.scale, (int)t.width);
    r->ops->unpack_rows(&dv, s.n_keys, d, t.m.dv, 1, (int)t.width);
}

static void run_task(void *arg, int64_t task, int worker) {
    const job *j = arg;
    const int n = j->r.a.n_kv_head;
    if (j->r.ops->begin) j->r.ops->begin();
    if (j->dbias)
        for (int64_t s = 0; s < j->r.x->n_sequences; s++) run_head(j, s, (int)task, worker);
    else
        run_head(j, task / n, (int)(task % n), worker);
    if (j->r.ops->end) j->r.ops->end();
}

size_t sc__attn_backward_scratch(const sc_node *n, int n_threads) {
    room m;
    return (size_t)n_threads * lay_out(&m, NULL, sc__attn_ops(n), n->attr.attn.d_head,
                                       sc__capacity_rows(n->in[SC_AB_K]));
}

static void bind_outputs(job *j, const sc_node *n) {
    const sc_attention_attr *a = &n->attr.attn;
    const sc_node *k = a->packed ? n : n->out[1], *v = a->packed ? n : n->out[2];
    j->dq = sc__attn_node_rows(n, a->q_at);
    j->dk = sc__attn_node_rows(k, a->k_at);
    j->dv = sc__attn_node_rows(v, a->v_at);
    sc__attn_clear_rest(&j->r, n);
    if (!a->packed) {
        sc__attn_clear_rest(&j->r, k);
        sc__attn_clear_rest(&j->r, v);
    }
    j->dbias = sc__has(n, 3) ? n->out[3]->data : NULL;
    if (j->dbias)
        memset(j->dbias, 0, (size_t)sc_shape_elements(&n->out[3]->shape) * sizeof *j->dbias);
}

void sc__attn_backward_run(const sc_exec *x, const sc_node *n) {
    room m;
    job j = {.capacity = sc__capacity_rows(n->in[SC_AB_K]), .rooms = x->scratch};
    sc__attn_bind(&j.r, x, n, &n->in[SC_AB_Q]);
    sc__attn_bind_extras(&j.r, n->in[SC_AB_BIAS], n->in[SC_AB_MASK]);
    j.r.y = sc__attn_node_rows(n->in[SC_AB_DY], 0);
    j.out = sc__attn_node_rows(n->in[SC_AB_Y], 0);
    j.r.lse = n->in[SC_AB_LSE]->data;
    j.r.offsets = n->in[SC_AB_OFFSETS]->data;
    bind_outputs(&j, n);
    j.room_bytes = lay_out(&m, NULL, j.r.ops, j.r.a.d_head, j.capacity);
    const int64_t heads = j.r.a.n_kv_head;
    sc__pool_run(x->pool, j.dbias ? heads : heads * x->n_sequences, run_task, &j);
}
