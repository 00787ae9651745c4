/* attention.c - ATTENTION: exact attention in tiles, with a running maximum and sum for each query
 * (Milakov & Gimelshein 2018; Dao et al. 2022). The grid is sequence x head x query block; a
 * sequence of one query, as in decoding, is attention_decode.c's. */
#include "backend/cpu/attention_run.h"

#include "backend/cpu/cpu.h"

#include <math.h>
#include <string.h>

enum { BLOCK = SC_ATTN_PANELS * SC_ATTN_LANES, SPAN = 4 * SC_ATTN_KEYS };

/* Packed matrices of one worker. */
typedef struct {
    char *lanes, *rows, *columns, *p; /* q of each panel; k; v; probabilities of a panel */
    float *scores, *y;
    sc_attn_state *state; /* of each panel */
    sc_attn_extras *extras;
} room;

/* Lays the room out from `at` on, NULL: nowhere; returns its bytes. */
static size_t lay_out(room *m, char *at, const sc_attn_ops *ops, int d) {
    const size_t row = (size_t)sc__attn_padded(ops, d) * ops->size;
    size_t used = 0;
    m->lanes = sc__attn_take(at, &used, BLOCK * row);
    m->rows = sc__attn_take(at, &used, SPAN * row);
    m->columns = sc__attn_take(at, &used, SPAN * row);
    m->p = sc__attn_take(at, &used, SC_ATTN_KEYS * SC_ATTN_LANES * ops->size);
    m->scores = (float *)sc__attn_take(at, &used, SC_ATTN_KEYS * SC_ATTN_LANES * sizeof(float));
    m->y =
        (float *)sc__attn_take(at, &used, (size_t)sc__attn_padded(ops, d) * BLOCK * sizeof(float));
    m->state = (sc_attn_state *)sc__attn_take(at, &used, SC_ATTN_PANELS * sizeof(sc_attn_state));
    m->extras = (sc_attn_extras *)sc__attn_take(at, &used, sizeof(sc_attn_extras));
    return used;
}

typedef struct {
    sc_attn_run r;
    int64_t *first_task; /* of each sequence, and the end */
    float *partial;      /* of decoding */
    char *rooms;
    size_t room_bytes;
} job;

/* One head's block of queries: its panels, and the keys they read. */
typedef struct {
    const sc_attn_run *r;
    const sc_attn_sequence *s;
    room m;
    sc_attn_rows q, k, v, y;
    int head, n_panels;
    int64_t query, n_queries;
} block;

static void begin(block *b) {
    const sc_attn_ops *ops = b->r->ops;
    const int d = b->r->a.d_head, padded = sc__attn_padded(ops, d);
    for (int p = 0; p < b->n_panels; p++) {
        sc_attn_state *state = &b->m.state[p];
        const int64_t n = SC_MIN(SC_ATTN_LANES, b->n_queries - p * SC_ATTN_LANES);
        ops->pack_lanes(b->m.lanes + (size_t)(p * SC_ATTN_LANES * padded) * ops->size, &b->q,
                        b->query + p * SC_ATTN_LANES, (int)n, d);
        for (int i = 0; i < SC_ATTN_LANES; i++) {
            state->max[i] = -HUGE_VALF;
            state->sum[i] = 0;
        }
        state->y = b->m.y + (size_t)(p * SC_ATTN_LANES * padded);
    }
    memset(b->m.y, 0, (size_t)(b->n_panels * SC_ATTN_LANES * padded) * sizeof(float));
    sc__attn_row_keys(b->r, b->s, b->head, b->query, b->m.extras);
}

/* One panel takes in one tile; `packed`: the tile's place in the span. */
static void visit_tile(const block *b, int p, int64_t key, size_t packed) {
    const sc_attn_ops *ops = b->r->ops;
    const room *m = &b->m;
    const int d = b->r->a.d_head;
    const size_t lanes = (size_t)(p * SC_ATTN_LANES * sc__attn_padded(ops, d)) * ops->size;
    const sc_attn_place at = {b->head, b->query + p * SC_ATTN_LANES, key};
    sc_attn_tile t;
    if (!sc__attn_tile(b->r, b->s, at, &t, m->extras)) return;
    const void *probabilities = ops->one_form ? (const void *)m->scores : m->p;
    ops->scores(m->scores, m->rows + packed, m->lanes + lanes, t.n_keys, d);
    ops->softmax(&t, m->scores, m->p, &m->state[p], d);
    ops->mix(m->state[p].y, m->columns + packed, probabilities, t.n_keys, d);
}

/* A span is packed once for all panels; a panel passes over all of it while its y is in cache. */
static void visit_span(const block *b, int64_t first, int64_t end) {
    const sc_attn_ops *ops = b->r->ops;
    const int d = b->r->a.d_head;
    const size_t row = (size_t)sc__attn_padded(ops, d) * ops->size;
    for (int64_t key = first; key < end; key += SC_ATTN_KEYS) {
        const int n = (int)SC_MIN(SC_ATTN_KEYS, end - key);
        const size_t packed = (size_t)(key - first) * row;
        ops->pack_rows(b->m.rows + packed, &b->k, key, n, d);
        ops->pack_columns(b->m.columns + packed, &b->v, key, n, d);
    }
    for (int p = 0; p < b->n_panels; p++)
        for (int64_t key = first; key < end; key += SC_ATTN_KEYS)
            visit_tile(b, p, key, (size_t)(key - first) * row);
}

static void finish(block *b) {
    const sc_attn_run *r = b->r;
    for (int p = 0; p < b->n_panels; p++) {
        const sc_attn_state *state = &b->m.state[p];
        const int64_t first = b->query + p * SC_ATTN_LANES;
        const int64_t n = SC_MIN(SC_ATTN_LANES, b->query + b->n_queries - first);
        float factor[SC_ATTN_LANES];
        for (int i = 0; i < SC_ATTN_LANES; i++)
            factor[i] = state->sum[i] > 0 ? 1 / state->sum[i] : 0;
        r->ops->unpack_lanes(&b->y, first, (int)n, r->a.d_head, state->y, factor);
        for (int64_t i = 0; r->lse && i < n; i++)
            r->lse[(b->s->first + first + i) * r->a.n_head + b->head] =
                sc__attn_lse(state->max[i], state->sum[i]);
    }
}

static void run_block(const job *j, const sc_attn_sequence *s, int64_t task, int worker) {
    const sc_attn_run *r = &j->r;
    const int64_t n_blocks = (s->n_queries + BLOCK - 1) / BLOCK;
    const int head = (int)(task / n_blocks), group = r->a.n_head / r->a.n_kv_head;
    block b = {.r = r,
               .s = s,
               .q = sc__attn_head(r, &r->q, s, head),
               .k = sc__attn_head(r, &r->k, s, head / group),
               .v = sc__attn_head(r, &r->v, s, head / group),
               .y = sc__attn_head(r, &r->y, s, head),
               .head = head,
               .query = task % n_blocks * BLOCK};
    b.n_queries = SC_MIN(BLOCK, s->n_queries - b.query);
    b.n_panels = (int)((b.n_queries + SC_ATTN_LANES - 1) / SC_ATTN_LANES);
    lay_out(&b.m, j->rooms + (size_t)worker * j->room_bytes, r->ops, r->a.d_head);
    begin(&b);
    const int64_t end = sc__attn_visible(r, s, b.query + b.n_queries - 1);
    for (int64_t key = 0; key < end; key += SPAN) visit_span(&b, key, SC_MIN(key + SPAN, end));
    finish(&b);
}

static void run_task(void *arg, int64_t task, int worker) {
    const job *j = arg;
    int64_t low = 0, high = j->r.x->n_sequences;
    while (high - low > 1) {
        const int64_t middle = (low + high) / 2;
        if (j->first_task[middle] <= task)
            low = middle;
        else
            high = middle;
    }
    const sc_attn_sequence s = sc__attn_sequence(&j->r, low);
    if (j->r.ops->begin) j->r.ops->begin();
    if (s.n_queries == 1)
        sc__attn_decode_task(&j->r, &s, task - j->first_task[low], j->partial);
    else
        run_block(j, &s, task - j->first_task[low], worker);
    if (j->r.ops->end) j->r.ops->end();
}

static void combine(void *arg, int64_t task, int worker) {
    (void)worker;
    const job *j = arg;
    const sc_attn_sequence s = sc__attn_sequence(&j->r, task);
    if (s.n_queries == 1) sc__attn_decode_combine(&j->r, &s, j->partial);
}

static size_t tasks_bytes(const sc_node *n) {
    return (size_t)(sc__dim(n->in[SC_AT_OFFSETS], 0) * 8 + 63) / 64 * 64;
}

static size_t scratch(const sc_node *n, int n_threads) {
    room m;
    return tasks_bytes(n) + sc__attn_decode_bytes(n) +
           (size_t)n_threads * lay_out(&m, NULL, sc__attn_ops(n), n->attr.attn.d_head);
}

static void run(const sc_exec *x, const sc_node *n) {
    room m;
    job j;
    sc__attn_bind(&j.r, x, n, n->in);
    sc__attn_bind_extras(&j.r, n->in[SC_AT_BIAS], n->in[SC_AT_MASK]);
    j.r.y = sc__attn_node_rows(n, 0);
    j.r.lse = sc__has(n, 1) ? n->out[1]->data : NULL;
    j.r.offsets = n->in[SC_AT_OFFSETS]->data;
    j.r.kv_len = n->in[SC_AT_KV_LEN] ? n->in[SC_AT_KV_LEN]->data : NULL;
    if (n->in[SC_AT_TABLE]) {
        j.r.table = n->in[SC_AT_TABLE]->data;
        j.r.max_blocks = sc__cols(n->in[SC_AT_TABLE]);
    }
    j.r.n_chunks = sc__attn_decode_chunks(n);
    j.first_task = x->scratch;
    j.partial = (float *)((char *)x->scratch + tasks_bytes(n));
    j.rooms = (char *)j.partial + sc__attn_decode_bytes(n);
    j.room_bytes = lay_out(&m, NULL, j.r.ops, j.r.a.d_head);
    int64_t n_tasks = 0;
    bool decodes = false;
    for (int64_t i = 0; i < x->n_sequences; i++) {
        const sc_attn_sequence s = sc__attn_sequence(&j.r, i);
        j.first_task[i] = n_tasks;
        decodes = decodes || s.n_queries == 1;
        n_tasks += s.n_queries == 1 ? sc__attn_decode_tasks(&j.r, &s)
                                    : (s.n_queries + BLOCK - 1) / BLOCK * j.r.a.n_head;
    }
    sc__attn_clear_rest(&j.r, n);
    sc__pool_run(x->pool, n_tasks, run_task, &j);
    if (decodes) sc__pool_run(x->pool, x->n_sequences, combine, &j);
}

/* ---- which kernel ---------------------------------------------------------------------------- */

#define KERNELS(set, ops)                                                                          \
    {                                                                                              \
        {{.name = set, .run = run, .scratch = scratch}, ops}, {                                    \
            {.name = set, .run = sc__attn_backward_run, .scratch = sc__attn_backward_scratch}, ops \
        }                                                                                          \
    }

/* ATTENTION's and ATTENTION_BWD's */
#if defined(__x86_64__)
static const sc_attn_kernel avx2[2] = KERNELS("avx2", &sc__attn_avx2);
static const sc_attn_kernel avx512[2] = KERNELS("avx512", &sc__attn_avx512);
static const sc_attn_kernel amx[2] = KERNELS("amx", &sc__attn_amx);
#elif defined(__aarch64__)
static const sc_attn_kernel neon[2] = KERNELS("neon", &sc__attn_neon);
#endif

static const sc_kernel *find(const sc_node *n, const sc_attn_kernel f32[2],
                             const sc_attn_kernel bf16[2]) {
    const bool backward = n->op == SC_OP_ATTENTION_BWD;
    sc_node *const *qkv = n->in + (backward ? SC_AB_Q : SC_AT_Q);
    const sc_node *bias = n->in[backward ? SC_AB_BIAS : SC_AT_BIAS];
    const sc_dtype t = qkv[0]->dtype;
    if ((t != SC_F32 && t != SC_BF16) || qkv[1]->dtype != t || qkv[2]->dtype != t) return NULL;
    if (n->attr.attn.d_head > SC_ATTN_WIDEST || (bias && bias->dtype != SC_F32)) return NULL;
    return &(t == SC_BF16 ? bf16 : f32)[backward].kernel;
}

#if defined(__x86_64__)
static const sc_kernel *find_avx2(const sc_node *n) { return find(n, avx2, avx2); }
static const sc_kernel *find_avx512(const sc_node *n) { return find(n, avx512, avx512); }
static const sc_kernel *find_amx(const sc_node *n) { return find(n, avx512, amx); }

void sc__cpu_install_attention(sc_cpu_table *t, sc_isa isa) {
    sc_cpu_find *f = isa == SC_ISA_AVX2 ? find_avx2 : find_avx512;
    if (isa == SC_ISA_AMX) f = find_amx;
    t->find[SC_OP_ATTENTION] = t->find[SC_OP_ATTENTION_BWD] = f;
}
#else
#if defined(__aarch64__)
static const sc_kernel *find_neon(const sc_node *n) { return find(n, neon, neon); }
#endif

void sc__cpu_install_attention(sc_cpu_table *t, sc_isa isa) {
    (void)isa;
#if defined(__aarch64__)
    t->find[SC_OP_ATTENTION] = t->find[SC_OP_ATTENTION_BWD] = find_neon;
#else
    (void)t;
#endif
}
#endif
