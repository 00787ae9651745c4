/* attention_decode.c - one query against all keys of its sequence, often through the block table of
 * a cache: bound by memory, so keys and values are read once for all heads that share them. Tasks
 * are key-value head x chunk of keys; the chunks' sums are combined in order. */
#include "backend/cpu/attention_run.h"

#include "graph/dropout.h"

#include <math.h>
#include <string.h>

/* Sums over one chunk for one head: a maximum, a sum, and y not yet divided. */
typedef struct {
    float *max, *sum, *y;
} slot;

static int64_t slot_floats(int d) { return 16 + (d + 15) / 16 * 16; }

static slot find_slot(const sc_attn_run *r, const sc_attn_sequence *s, int head, int64_t chunk,
                      float *partial) {
    const int64_t i = (s->index * r->a.n_head + head) * r->n_chunks + chunk;
    float *at = partial + i * slot_floats(r->a.d_head);
    return (slot){at, at + 1, at + 16};
}

static int64_t chunks_of(const sc_attn_sequence *s) {
    return SC_MAX(1, (s->n_keys + SC_ATTN_CHUNK - 1) / SC_ATTN_CHUNK);
}

int64_t sc__attn_decode_tasks(const sc_attn_run *r, const sc_attn_sequence *s) {
    return chunks_of(s) * r->a.n_kv_head;
}

int64_t sc__attn_decode_chunks(const sc_node *n) {
    const sc_node *table = n->in[SC_AT_TABLE], *k = n->in[SC_AT_K];
    if (!n->in[SC_AT_KV_LEN]) return 1;
    const int64_t keys = table ? sc__cols(table) * n->attr.attn.block_size : sc__capacity_rows(k);
    return SC_MAX(1, (keys + SC_ATTN_CHUNK - 1) / SC_ATTN_CHUNK);
}

size_t sc__attn_decode_bytes(const sc_node *n) {
    const int64_t sequences = sc__dim(n->in[SC_AT_OFFSETS], 0) - 1;
    return (size_t)(sequences * n->attr.attn.n_head * sc__attn_decode_chunks(n) *
                    slot_floats(n->attr.attn.d_head)) *
           sizeof(float);
}

static void hide_and_bias(const sc_attn_run *r, const sc_attn_sequence *s, sc_attn_place at, int n,
                          float *scores) {
    const sc_attn_rows k = sc__attn_head(r, &r->k, s, 0);
    const float *bias = r->bias + (r->bias ? at.head * r->bias_rows * r->bias_columns + at.key : 0);
    for (int j = 0; j < n; j++) {
        if (r->bias) scores[j] += bias[j] * 1.44269504F;
        if (r->mask && !r->mask[(sc__attn_row(&k, at.key + j) - k.data) / k.stride])
            scores[j] = -HUGE_VALF;
    }
}

static void drop(const sc_attn_run *r, const sc_attn_sequence *s, sc_attn_place at, int n,
                 float *p) {
    const uint32_t key =
        sc__dropout_row_key(r->x->seed, r->x->step, r->a.stream, s->first, at.head);
    for (int j = 0; j < n; j++)
        p[j] = sc__dropout_keep(key, at.key + j, r->threshold) ? p[j] * r->keep : 0;
}

/* One head takes in one tile of keys. */
static void visit(const sc_attn_run *r, const sc_attn_sequence *s, sc_attn_place at, int n,
                  const slot *to) {
    const int d = r->a.d_head, kv_head = at.head / (r->a.n_head / r->a.n_kv_head);
    const sc_attn_rows q = sc__attn_head(r, &r->q, s, at.head);
    const sc_attn_rows k = sc__attn_head(r, &r->k, s, kv_head);
    const sc_attn_rows v = sc__attn_head(r, &r->v, s, kv_head);
    float p[SC_ATTN_KEYS];
    r->ops->decode_scores(p, sc__attn_row(&q, 0), r->scale, &k, at.key, n, d);
    if (r->bias || r->mask) hide_and_bias(r, s, at, n, p);
    const float factor = r->ops->decode_softmax(p, n, to->max, to->sum);
    if (r->a.dropout > 0) drop(r, s, at, n, p);
    r->ops->decode_mix(to->y, factor, p, &v, at.key, n, d);
}

void sc__attn_decode_task(const sc_attn_run *r, const sc_attn_sequence *s, int64_t task,
                          float *partial) {
    const int64_t n_chunks = chunks_of(s), chunk = task % n_chunks;
    const int group = r->a.n_head / r->a.n_kv_head, first = (int)(task / n_chunks) * group;
    const int64_t end = SC_MIN(s->n_keys, (chunk + 1) * SC_ATTN_CHUNK);
    for (int h = first; h < first + group; h++) {
        const slot to = find_slot(r, s, h, chunk, partial);
        *to.max = -HUGE_VALF;
        *to.sum = 0;
        memset(to.y, 0, (size_t)(slot_floats(r->a.d_head) - 16) * sizeof(float));
    }
    for (int64_t key = chunk * SC_ATTN_CHUNK; key < end; key += SC_ATTN_KEYS)
        for (int h = first; h < first + group; h++) {
            const slot to = find_slot(r, s, h, chunk, partial);
            visit(r, s, (sc_attn_place){h, 0, key}, (int)SC_MIN(SC_ATTN_KEYS, end - key), &to);
        }
}

static void combine_head(const sc_attn_run *r, const sc_attn_sequence *s, int head,
                         float *partial) {
    const int d = r->a.d_head;
    const slot all = find_slot(r, s, head, 0, partial);
    for (int64_t c = 1; c < chunks_of(s); c++) {
        const slot one = find_slot(r, s, head, c, partial);
        const float max = fmaxf(*all.max, *one.max);
        if (!(*one.sum > 0)) continue;
        const float a = *all.sum > 0 ? exp2f(*all.max - max) : 0, b = exp2f(*one.max - max);
        *all.max = max;
        *all.sum = *all.sum * a + *one.sum * b;
        for (int i = 0; i < d; i++) all.y[i] = all.y[i] * a + one.y[i] * b;
    }
    const sc_attn_rows y = sc__attn_head(r, &r->y, s, head);
    r->ops->unpack_rows(&y, 1, d, all.y, *all.sum > 0 ? 1 / *all.sum : 0, 0);
    if (r->lse) r->lse[s->first * r->a.n_head + head] = sc__attn_lse(*all.max, *all.sum);
}

void sc__attn_decode_combine(const sc_attn_run *r, const sc_attn_sequence *s, float *partial) {
    for (int h = 0; h < r->a.n_head; h++) combine_head(r, s, h, partial);
}
