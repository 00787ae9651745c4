/* skinny_body.h - products with few rows of A, as in decoding: B is read once from memory, where it
 * lies, and nothing is packed. Included by gemm_body.h.
 *
 * A becomes f32 in the scratch. Columns of C are shared out; the rows of A go in groups small
 * enough for registers, the first of which brings B's block into the cache for the others. */

enum {
    GROUP = 4,               /* rows of A at a time */
    DEEP = 8,                /* rows of B at a time, where it is stored (K, N) */
    DOTS = 4,                /* columns at a time, where B is stored (N, K) */
    BLOCK = 512,             /* columns of a task, at most */
    ROW_FLOATS = BLOCK + 16, /* of a worker's sums */
};

typedef struct {
    const sc_gemm *g;
    float *a, *sums; /* (rows, k); a block of (rows, ROW_FLOATS) for each worker */
    int64_t rows, columns;
} skinny;

/* c (R, n) += R rows of A times `deep` rows of B (K, N), from row i and column `at` on. The next
 * rows of B are asked for: they lie on other pages, where the processor does not look by itself. */
INLINE void add_rows(float *c, const skinny *s, int64_t row, int64_t i, const int64_t columns[2],
                     const int R, const int deep) {
    const sc_gemm_side *b = &s->g->b;
    const int64_t k = s->g->k, at = columns[0], n = columns[1], size = b->dtype == SC_F32 ? 4 : 2;
    const float *a = s->a + row * k + i;
    const bool more = row == 0 && i + 2 * deep <= k;
    for (int64_t j = 0; j < n; j += VW) {
        vf sum[GROUP];
        UNROLL for (int r = 0; r < R; r++) sum[r] = vf_load(c + (row + r) * ROW_FLOATS + j);
        UNROLL for (int d = 0; d < deep; d++) {
            const int64_t from = (i + d) * b->stride + at + j;
            if (more) __builtin_prefetch((const char *)b->data + (from + deep * b->stride) * size);
            const vf w = v_at(b->data, b->dtype, from, n - j);
            UNROLL for (int r = 0; r < R; r++) sum[r] = vf_fma(vf_set(a[r * k + d]), w, sum[r]);
        }
        UNROLL for (int r = 0; r < R; r++) vf_store(c + (row + r) * ROW_FLOATS + j, sum[r]);
    }
}

static void columns_block(float *c, const skinny *s, int64_t from, int64_t n) {
    const int64_t k = s->g->k, columns[2] = {from, n};
    for (int64_t r = 0; r < s->rows; r++)
        for (int64_t j = 0; j < n; j += VW) vf_store(c + r * ROW_FLOATS + j, vf_zero());
    int64_t i = 0;
    for (; i + DEEP <= k; i += DEEP) {
        int64_t r = 0;
        for (; r + GROUP <= s->rows; r += GROUP) add_rows(c, s, r, i, columns, GROUP, DEEP);
        for (; r + 2 <= s->rows; r += 2) add_rows(c, s, r, i, columns, 2, DEEP);
        for (; r < s->rows; r++) add_rows(c, s, r, i, columns, 1, DEEP);
    }
    for (; i < k; i++)
        for (int64_t r = 0; r < s->rows; r++) add_rows(c, s, r, i, columns, 1, 1);
}

/* The sums of VW vectors, as one. */
INLINE vf sum_each(vf sum[GROUP][DOTS]) {
    vu v[VW];
    for (int i = 0; i < VW; i++) v[i] = vf_bits(sum[i / DOTS % GROUP][i % DOTS]);
    vu_transpose(v);
    vf all = vu_float(v[0]);
    for (int i = 1; i < VW; i++) all = vf_add(all, vu_float(v[i]));
    return all;
}

/* R rows of A times D columns of B, stored (N, K): dot products along k. */
INLINE void multiply_dots(float *c, const skinny *s, int64_t row, int64_t at, const int R,
                          const int D) {
    const sc_gemm_side *b = &s->g->b;
    const int64_t k = s->g->k;
    const float *a = s->a + row * k;
    vf sum[GROUP][DOTS];
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int d = 0; d < D; d++) sum[r][d] = vf_zero();
    int64_t i = 0;
    for (; i + VW <= k; i += VW) {
        vf w[DOTS];
        UNROLL for (int d = 0; d < D; d++) w[d] =
            v_get(b->data, b->dtype, (at + d) * b->stride + i);
        UNROLL for (int r = 0; r < R; r++) UNROLL for (int d = 0; d < D; d++) sum[r][d] =
            vf_fma(vf_load(a + r * k + i), w[d], sum[r][d]);
    }
    for (int r = 0; r < R && i < k; r++)
        for (int d = 0; d < D; d++)
            sum[r][d] =
                vf_fma(vf_load_n(a + r * k + i, k - i),
                       v_get_n(b->data, b->dtype, (at + d) * b->stride + i, k - i), sum[r][d]);
    float sums[GROUP][DOTS];
    if (R * D == VW)
        vf_store(sums[0], sum_each(sum));
    else
        for (int r = 0; r < R; r++)
            for (int d = 0; d < D; d++) sums[r][d] = vf_sum(sum[r][d]);
    for (int r = 0; r < R; r++) memcpy(c + (row + r) * ROW_FLOATS, sums[r], (size_t)D * 4);
}

static void dots_block(float *c, const skinny *s, int64_t from, int64_t n) {
    int64_t j = 0;
    for (; j + DOTS <= n; j += DOTS) {
        int64_t r = 0;
        for (; r + GROUP <= s->rows; r += GROUP) multiply_dots(c + j, s, r, from + j, GROUP, DOTS);
        for (; r + 2 <= s->rows; r += 2) multiply_dots(c + j, s, r, from + j, 2, DOTS);
        for (; r < s->rows; r++) multiply_dots(c + j, s, r, from + j, 1, DOTS);
    }
    for (; j < n; j++)
        for (int64_t r = 0; r < s->rows; r++) multiply_dots(c + j, s, r, from + j, 1, 1);
}

static void skinny_task(void *arg, int64_t task, int worker) {
    const skinny *s = arg;
    const int64_t from = task * s->columns, n = SC_MIN(s->columns, s->g->b.lanes - from);
    float *c = s->sums + worker * SC_GEMM_SKINNY * ROW_FLOATS;
    if (s->g->b.k_major)
        columns_block(c, s, from, n);
    else
        dots_block(c, s, from, n);
    finish(&s->g->out, c, ROW_FLOATS, (int64_t[4]){0, from, s->rows, n});
}

static size_t skinny_scratch(int64_t k, int n_threads) {
    return ((size_t)k + (size_t)n_threads * ROW_FLOATS) * SC_GEMM_SKINNY * sizeof(float) + SC_ALIGN;
}

/* Blocks small enough for all threads to have some; no bit depends on them. */
static void skinny_run(sc_pool *pool, void *scratch, const sc_gemm *g) {
    const int64_t k = g->k, rows = g->a.lanes, wanted = g->b.lanes / (3 * sc__pool_threads(pool));
    skinny s = {.g = g, .a = scratch, .rows = rows};
    s.sums = s.a + (rows * k + 15) / 16 * 16;
    s.columns = SC_MIN(SC_MAX((wanted + 63) / 64 * 64, 64), (int64_t)BLOCK);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < k; i += VW)
            v_to(s.a + r * k, SC_F32, i, v_at(g->a.data, g->a.dtype, r * g->a.stride + i, k - i),
                 k - i);
    if (rows * k * g->b.lanes < 20000) pool = NULL;
    sc__pool_run(pool, (g->b.lanes + s.columns - 1) / s.columns, skinny_task, &s);
}
