/* attention.h - what the drivers of attention ask of an instruction set.
 *
 * Queries lie in the lanes: scores are made transposed, S^T (keys, queries), so that maximum, sum
 * and mask of a query are one lane of plain vectors and nothing is reduced across lanes. A panel is
 * LANES queries; a tile is KEYS keys; a query block is up to PANELS panels that share packed tiles.
 * No more than one tile of scores a panel exists at any time (FlashAttention, Dao et al. 2022). */
#ifndef SC_BACKEND_CPU_ATTENTION_H
#define SC_BACKEND_CPU_ATTENTION_H

#include "graph/graph.h"

enum { SC_ATTN_WIDEST = 512 }; /* d_head; a wider one runs on ref */
enum { SC_ATTN_LANES = 32, SC_ATTN_KEYS = 64, SC_ATTN_PANELS = 8 };

/* The rows of one head of q, k, v or y of one sequence, as they lie in memory. */
typedef struct {
    char *data;           /* the head's first element in row 0 of the node */
    int64_t stride;       /* bytes from row to row */
    int64_t first;        /* row of position 0, without table */
    const int32_t *table; /* blocks of block_size rows; NULL: rows follow each other */
    int block_size;
    bool bf16;
} sc_attn_rows;

static inline char *sc__attn_row(const sc_attn_rows *m, int64_t i) {
    const int64_t row =
        m->table ? (int64_t)m->table[i / m->block_size] * m->block_size + i % m->block_size
                 : m->first + i;
    return m->data + row * m->stride;
}

/* Rows of positions first .. first+n-1, with one division instead of n. */
static inline void sc__attn_list_rows(const sc_attn_rows *m, int64_t first, int n,
                                      const char **rows) {
    if (!m->table) {
        for (int i = 0; i < n; i++) rows[i] = m->data + (m->first + first + i) * m->stride;
        return;
    }
    int64_t block = first / m->block_size;
    int at = (int)(first % m->block_size);
    for (int i = 0; i < n; i++) {
        rows[i] = m->data + ((int64_t)m->table[block] * m->block_size + at) * m->stride;
        if (++at < m->block_size) continue;
        at = 0;
        block++;
    }
}

/* How raw scores of one panel and tile become probabilities. */
typedef struct {
    int n_keys;               /* rows that some lane sees */
    int n_rows;               /* keys of the tile, n_keys or more */
    int diagonal;             /* lane i sees key j when j <= i + diagonal */
    float scale;              /* of raw scores, log2(e) included: exponentials are powers of 2 */
    const int8_t *mask;       /* (n_keys) 0 hides; NULL: all seen */
    const float *bias;        /* (n_keys, LANES), log2(e) included; NULL: none */
    const uint32_t *row_keys; /* (LANES) of dropout; NULL: none */
    uint32_t threshold;       /* kept at or above */
    float keep;               /* 1 / (1 - p) */
    int64_t first_key;        /* position of the tile's row 0 */
} sc_attn_tile;

/* Running state of one panel: y^T (d, LANES) not yet divided, maxima and sums of the lanes. */
typedef struct {
    float max[SC_ATTN_LANES], sum[SC_ATTN_LANES];
    float *y;
} sc_attn_state;

/* One panel of the backward pass. Lanes that are no queries, or see no key, have lse = +inf. */
typedef struct {
    float lse[SC_ATTN_LANES], delta[SC_ATTN_LANES]; /* lse times log2(e) */
} sc_attn_saved;

/* `d` is the head's width; packed matrices have sc__attn_padded(ops, d) columns, zeros beyond d. */
typedef struct {
    int step;            /* d is padded to a multiple of this */
    size_t size;         /* bytes of a packed element */
    bool one_form;       /* rows serve as columns, probabilities of any form are (KEYS, LANES) */
    void (*begin)(void); /* of a task on its thread, NULL: nothing to do */
    void (*end)(void);

    /* Positions first .. first+n-1 -> n rows; -> the same transposed; zeros up to the next
     * multiple of 32. */
    void (*pack_rows)(void *to, const sc_attn_rows *from, int64_t first, int n, int d);
    void (*pack_columns)(void *to, const sc_attn_rows *from, int64_t first, int n, int d);
    /* n <= LANES positions -> (d, LANES), summed over d; -> (LANES, d), summed over the lanes. */
    void (*pack_lanes)(void *to, const sc_attn_rows *from, int64_t first, int n, int d);
    void (*pack_wide)(void *to, const sc_attn_rows *from, int64_t first, int n, int d);

    /* s (n_keys, LANES) = rows lanes */
    void (*scores)(float *s, const void *rows, const void *lanes, int n_keys, int d);
    /* Probabilities of s into p, zeros up to a multiple of 32; the state takes them in, y is
     * rescaled. */
    void (*softmax)(const sc_attn_tile *t, float *s, void *p, sc_attn_state *state, int d);
    /* Probabilities again, as rows for `spread`; slopes p (dp - delta), as rows and for `mix`. Rows
     * n_keys .. n_rows-1 become zero, up to a multiple of 32. With a bias dp becomes the slopes. */
    void (*slopes)(const sc_attn_tile *t, float *s, float *dp, const sc_attn_saved *saved,
                   void *const form[3]);
    /* y (d, LANES) += columns p */
    void (*mix)(float *y, const void *columns, const void *p, int n_keys, int d);
    /* to (n_keys, padded d) += sum over panels of p (KEYS, LANES) wide (LANES, padded d) */
    void (*spread)(float *to, const void *p, const void *wide, int n_panels, int n_keys, int d);

    /* Rows of the node = factor[lane] * y^T, or factor * rows (n, padded d). */
    void (*unpack_lanes)(const sc_attn_rows *to, int64_t first, int n, int d, const float *y,
                         const float *factor);
    void (*unpack_rows)(const sc_attn_rows *to, int64_t n, int d, const float *from, float factor,
                        int padded);
    float (*dot)(const void *a, const void *b, int d, bool bf16);

    /* One query (d elements as in memory) against keys first .. first+n-1, n <= KEYS: s[j] = scale
     * q k_j. */
    void (*decode_scores)(float *s, const void *q, float scale, const sc_attn_rows *k,
                          int64_t first, int n, int d);
    /* s becomes probabilities; the sums of one lane, as in `softmax`; returns the factor for y. */
    float (*decode_softmax)(float *s, int n, float *max, float *sum);
    /* y = factor y + sum p_j v_j */
    void (*decode_mix)(float *y, float factor, const float *p, const sc_attn_rows *v, int64_t first,
                       int n, int d);
} sc_attn_ops;

static inline int sc__attn_padded(const sc_attn_ops *ops, int d) {
    return (d + ops->step - 1) / ops->step * ops->step;
}

/* An operation for a node: attention_*.c; the first member is what a plan holds. */
typedef struct {
    sc_kernel kernel;
    const sc_attn_ops *ops;
} sc_attn_kernel;

static inline const sc_attn_ops *sc__attn_ops(const sc_node *n) {
    return ((const sc_attn_kernel *)n->kernel)->ops;
}

extern const sc_attn_ops sc__attn_avx2, sc__attn_avx512, sc__attn_neon, sc__attn_amx;

#endif
