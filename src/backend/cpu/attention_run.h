/* attention_run.h - the geometry of one run of attention: sequences, heads, tiles, masks. */
#ifndef SC_BACKEND_CPU_ATTENTION_RUN_H
#define SC_BACKEND_CPU_ATTENTION_RUN_H

#include "backend/cpu/attention.h"

#include <math.h>

typedef struct {
    const sc_exec *x;
    const sc_attn_ops *ops;
    sc_attention_attr a;
    sc_attn_rows q, k, v, y; /* of head 0; y: the output, dy in the backward pass */
    const int32_t *offsets, *kv_len, *table;
    int64_t max_blocks;
    const int8_t *mask;
    const float *bias;
    int64_t bias_rows, bias_columns;
    float *lse;
    int64_t n_chunks;  /* most of a sequence of one query */
    float scale, keep; /* log2(e) included; 1 / (1 - dropout) */
    uint32_t threshold;
} sc_attn_run;

/* Query i of a sequence sees keys j <= i + shift when attention is causal. */
typedef struct {
    int64_t index, first, n_queries, n_keys, shift;
} sc_attn_sequence;

/* What a tile's masks and biases need beside the tile. */
typedef struct {
    float bias[SC_ATTN_KEYS * SC_ATTN_LANES];
    uint32_t row_keys[SC_ATTN_PANELS][SC_ATTN_LANES];
    int8_t mask[SC_ATTN_KEYS];
} sc_attn_extras;

/* One panel and tile: the head, the panel's first query, the tile's first key. */
typedef struct {
    int head;
    int64_t query, key;
} sc_attn_place;

/* `in`: q, k, v in turn; offsets, bias and mask may lie elsewhere in the two operations. */
void sc__attn_bind(sc_attn_run *r, const sc_exec *x, const sc_node *n, sc_node *const in[3]);
void sc__attn_bind_extras(sc_attn_run *r, const sc_node *bias, const sc_node *mask);
sc_attn_rows sc__attn_node_rows(const sc_node *n, int64_t column);
sc_attn_sequence sc__attn_sequence(const sc_attn_run *r, int64_t s);
sc_attn_rows sc__attn_head(const sc_attn_run *r, const sc_attn_rows *all, const sc_attn_sequence *s,
                           int head);
/* Keys that the query may see, from the first. */
int64_t sc__attn_visible(const sc_attn_run *r, const sc_attn_sequence *s, int64_t query);
/* false: no query of the panel sees a key of the tile. */
bool sc__attn_tile(const sc_attn_run *r, const sc_attn_sequence *s, sc_attn_place at,
                   sc_attn_tile *t, sc_attn_extras *e);
/* The dropout keys of a query block's panels, when there is dropout. */
void sc__attn_row_keys(const sc_attn_run *r, const sc_attn_sequence *s, int head, int64_t query,
                       sc_attn_extras *e);
/* Rows of `n` that belong to no sequence become zero. */
void sc__attn_clear_rest(const sc_attn_run *r, const sc_node *n);

/* Memory of `bytes` after what is used of `base`, aligned; NULL base: only counted. */
static inline char *sc__attn_take(char *base, size_t *used, size_t bytes) {
    char *p = base ? base + *used : NULL;
    *used += (bytes + 63) / 64 * 64;
    return p;
}

/* max: of scores times log2(e); sum: of their powers of two over 2^max. */
static inline float sc__attn_lse(float max, float sum) {
    return sum > 0 ? (max + log2f(sum)) * 0.69314718F : -HUGE_VALF;
}

/* ---- a sequence of one query: attention_decode.c ---- */
enum { SC_ATTN_CHUNK = 512 }; /* keys of one task */
int64_t sc__attn_decode_tasks(const sc_attn_run *r, const sc_attn_sequence *s);
/* `partial` is one array of so many bytes for all sequences: each task leaves its sums there, and
 * when all tasks of a sequence are done, combine adds them in order. */
int64_t sc__attn_decode_chunks(const sc_node *n);
size_t sc__attn_decode_bytes(const sc_node *n);
void sc__attn_decode_task(const sc_attn_run *r, const sc_attn_sequence *s, int64_t task,
                          float *partial);
void sc__attn_decode_combine(const sc_attn_run *r, const sc_attn_sequence *s, float *partial);

/* ---- attention_backward.c ---- */
size_t sc__attn_backward_scratch(const sc_node *n, int n_threads);
void sc__attn_backward_run(const sc_exec *x, const sc_node *n);

#endif
