/* rows_body.h - operations row by row: gathers, dropout, rotary positions, norms; and sums over
 * rows. Sums are made of chunks of a fixed number of rows, added in order, so that their bits do
 * not depend on threads. */
#include "backend/cpu/act.h"
#include "backend/cpu/cpu.h"
#include "graph/dropout.h"

#include <math.h>

enum { ROWS_A_TASK = 8, ROWS_A_CHUNK = 64, COLUMNS_A_TASK = 256 };

static int64_t parts(int64_t n, int64_t size) { return (n + size - 1) / size; }

typedef void row_fn(const job *j, int64_t row, int worker);

/* ---- one row --------------------------------------------------------------------------------- */

static void add_row(const job *j, int64_t row, int worker) {
    const sc_node *n = j->n, *a = n->in[0], *b = n->in[1];
    const int64_t cols = sc__cols(n), at = row * cols;
    (void)worker;
    for (int64_t c = 0; c < cols; c += VW) {
        const vf y =
            vf_add(v_at(a->data, a->dtype, at + c, cols - c), v_at(b->data, b->dtype, c, cols - c));
        v_to(n->data, n->dtype, at + c, y, cols - c);
    }
}

INLINE vu vu_mix(vu h) {
    h = vu_mul(vu_xor(h, vu_srl(h, 16)), vu_set(0x85EBCA6Bu));
    h = vu_mul(vu_xor(h, vu_srl(h, 13)), vu_set(0xC2B2AE35u));
    return vu_xor(h, vu_srl(h, 16));
}

static void dropout_row(const job *j, int64_t row, int worker) {
    static const uint32_t ramp[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const sc_node *n = j->n, *a = n->in[0];
    const int64_t cols = sc__cols(n), at = row * cols;
    const float p = n->attr.dropout.p;
    const vu key =
        vu_set(sc__dropout_row_key(j->x->seed, j->x->step, n->attr.dropout.stream, row, 0));
    const vu threshold = vu_set(sc__dropout_threshold(p)), odd = vu_set(0x9E3779B1u);
    const vf scale = vf_set(1 / (1 - p));
    (void)worker;
    for (int64_t c = 0; c < cols; c += VW) {
        const vu column = vu_add(vu_load(ramp), vu_set((uint32_t)c));
        const vf keep = vu_at_least(vu_mix(vu_xor(key, vu_mul(column, odd))), threshold, scale);
        /* a dropped infinity becomes 0, as on ref */
        const vf y = vf_less(vf_zero(), keep,
                             vf_mul(v_at(a->data, a->dtype, at + c, cols - c), keep), vf_zero());
        v_to(n->data, n->dtype, at + c, y, cols - c);
    }
}

static void copy_row(const sc_node *to, int64_t to_row, const sc_node *from, int64_t row) {
    const int64_t cols = sc__cols(to);
    for (int64_t c = 0; c < cols; c += VW)
        v_to(to->data, to->dtype, to_row * cols + c,
             v_at(from->data, from->dtype, row * cols + c, cols - c), cols - c);
}

static void embed_row(const job *j, int64_t row, int worker) {
    (void)worker;
    copy_row(j->n, row, j->n->in[0], ((const int32_t *)j->n->in[1]->data)[row]);
}

static void cache_row(const job *j, int64_t row, int worker) {
    (void)worker;
    copy_row(j->n, ((const int32_t *)j->n->in[2]->data)[row], j->n->in[1], row);
}

static void columns_row(const job *j, int64_t row, int worker) {
    const sc_node *n = j->n, *x = n->in[0];
    const int64_t at = row * sc__cols(x) + n->attr.columns.from, cols = sc__cols(n);
    (void)worker;
    for (int64_t c = 0; c < cols; c += VW)
        v_to(n->data, n->dtype, row * cols + c, v_at(x->data, x->dtype, at + c, cols - c),
             cols - c);
}

/* sin and cos of `count` angles position * f, reduced by multiples of pi / 2 in double. */
static void angles(float *s, float *c, double position, const sc_node *f, int64_t count) {
    for (int64_t i = 0; i < count; i += VW) {
        float rest[VW], quadrant[VW], f_all[VW];
        vf_store(f_all, v_at(f->data, f->dtype, i, count - i));
        for (int k = 0; k < VW; k++) {
            const double a = position * (double)f_all[k];
            const double q = rint(a * 0.63661977236758134308);
            rest[k] = (float)(a - q * 1.5707963267948965580 - q * 6.1232339957367660e-17);
            quadrant[k] = (float)((int64_t)q & 3);
        }
        const vf r = vf_load(rest), u = vf_mul(r, r), q = vf_load(quadrant);
        vf p = vf_set(-1.9515296e-4f); /* Cephes' sinf and cosf on -pi/4 .. pi/4 */
        p = vf_fma(p, u, vf_set(8.3321609e-3f));
        p = vf_fma(p, u, vf_set(-1.6666655e-1f));
        const vf sine = vf_fma(vf_mul(p, u), r, r);
        vf t = vf_set(2.4433157e-5f);
        t = vf_fma(t, u, vf_set(-1.3887317e-3f));
        t = vf_fma(t, u, vf_set(4.1666646e-2f));
        const vf cosine = vf_fma(vf_mul(t, u), u, vf_fma(u, vf_set(-0.5f), vf_set(1)));
        const vf half = vf_set(0.5f), odd = vf_less(vf_abs(vf_sub(q, vf_set(2))), half, vf_zero(),
                                                    vf_less(q, half, vf_zero(), vf_set(1)));
        const vf even_sin = vf_less(half, odd, cosine, sine),
                 even_cos = vf_less(half, odd, sine, cosine);
        /* sin changes its sign in quadrants 2 and 3, cos in 1 and 2 */
        const vf minus_s = vf_less(vf_set(1.5f), q, vf_set(-1), vf_set(1));
        const vf minus_c =
            vf_less(vf_abs(vf_sub(q, vf_set(1.5f))), vf_set(1), vf_set(-1), vf_set(1));
        v_to(s, SC_F32, i, vf_mul(even_sin, minus_s), count - i);
        v_to(c, SC_F32, i, vf_mul(even_cos, minus_c), count - i);
    }
}

static size_t rope_scratch(const sc_node *n, int n_threads) {
    return (size_t)n_threads * (size_t)sc__cols(n) * sizeof(float);
}

static void rope_row(const job *j, int64_t row, int worker) {
    const sc_node *n = j->n, *a = n->in[0];
    const int64_t cols = sc__cols(n), d = cols / n->attr.rope.n_head, half = d / 2;
    float *s = (float *)j->x->scratch + worker * cols, *c = s + half;
    angles(s, c, (double)((const int32_t *)n->in[1]->data)[row], n->in[2], half);
    const float sign = n->attr.rope.inverse ? -1 : 1;
    for (int64_t at = row * cols; at < (row + 1) * cols; at += d)
        for (int64_t k = 0; k < half; k += VW) {
            const int64_t left = half - k;
            const vf lo = v_at(a->data, a->dtype, at + k, left);
            const vf hi = v_at(a->data, a->dtype, at + half + k, left);
            const vf sv = vf_mul(v_at(s, SC_F32, k, left), vf_set(sign)),
                     cv = v_at(c, SC_F32, k, left);
            v_to(n->data, n->dtype, at + k, vf_fnma(hi, sv, vf_mul(lo, cv)), left);
            v_to(n->data, n->dtype, at + half + k, vf_fma(lo, sv, vf_mul(hi, cv)), left);
        }
}

/* ---- norms ----------------------------------------------------------------------------------- */

static size_t norm_scratch(const sc_node *n, int n_threads) {
    return (size_t)n_threads * (size_t)(sc__cols(n) + VW) * sizeof(float);
}

/* The row that is normalised, in f32: x + residual, stored and rounded where the node keeps it. */
static vf norm_load(float *s, const sc_node *n, int64_t at, int64_t cols) {
    const sc_node *a = n->in[0], *r = n->in[3], *kept = sc__has(n, 2) ? n->out[2] : NULL;
    vf sum = vf_zero();
    for (int64_t c = 0; c < cols; c += VW) {
        const int64_t left = cols - c;
        vf v = v_at(a->data, a->dtype, at + c, left);
        if (r) v = vf_add(v, v_at(r->data, r->dtype, at + c, left));
        if (kept) {
            v_to(kept->data, kept->dtype, at + c, v, left);
            if (kept->dtype != SC_F32) v = v_at(kept->data, kept->dtype, at + c, left);
        }
        sum = vf_add(sum, v);
        vf_store(s + c, v); /* s has room for a whole vector at its end */
    }
    return sum;
}

static void norm_row(const job *j, int64_t row, int worker) {
    const sc_node *n = j->n, *w = n->in[1], *b = n->in[2];
    const int64_t cols = sc__cols(n), at = row * cols;
    float *s = (float *)j->x->scratch + worker * (cols + VW);
    const vf sum = norm_load(s, n, at, cols);
    const bool layer = n->attr.norm.kind == SC_LAYER_NORM;
    const float mean = layer ? vf_sum(sum) / (float)cols : 0;
    const vf m = vf_set(mean);
    vf squares = vf_zero();
    for (int64_t c = 0; c < cols; c += VW) {
        const vf d = vf_first(vf_sub(vf_load(s + c), m), cols - c);
        squares = vf_fma(d, d, squares);
    }
    const float rstd = 1 / sqrtf(vf_sum(squares) / (float)cols + n->attr.norm.eps);
    const vf scale = vf_set(rstd);
    for (int64_t c = 0; c < cols; c += VW) {
        const int64_t left = cols - c;
        const vf h = vf_mul(vf_sub(vf_load(s + c), m), scale);
        vf y = vf_mul(h, v_at(w->data, w->dtype, c, left));
        if (b) y = vf_add(y, v_at(b->data, b->dtype, c, left));
        v_to(n->data, n->dtype, at + c, y, left);
    }
    if (!sc__has(n, 1)) return;
    float *statistics = n->out[1]->data;
    statistics[2 * row] = mean;
    statistics[2 * row + 1] = rstd;
}

/* ---- rows shared out ------------------------------------------------------------------------- */

static row_fn *const row_fns[SC_OP_COUNT] = {
    [SC_OP_ADD_ROW] = add_row,     [SC_OP_DROPOUT] = dropout_row,   [SC_OP_EMBED] = embed_row,
    [SC_OP_ROPE] = rope_row,       [SC_OP_CACHE_WRITE] = cache_row, [SC_OP_NORM] = norm_row,
    [SC_OP_COLUMNS] = columns_row,
};

static void rows_task(void *arg, int64_t task, int worker) {
    const job *j = arg;
    row_fn *fn = row_fns[j->n->op];
    for (int64_t r = task * ROWS_A_TASK; r < SC_MIN((task + 1) * ROWS_A_TASK, j->count); r++)
        fn(j, r, worker);
}

static void run_rows(const sc_exec *x, const sc_node *n) {
    const sc_node *rows = n->op == SC_OP_CACHE_WRITE ? n->in[1] : n;
    job j = {x, n, sc__rows(x, rows)};
    sc__pool_run(x->pool, parts(j.count, ROWS_A_TASK), rows_task, &j);
}

/* ---- sums over rows: chunks, then the chunks in order ---------------------------------------- */

/* Sums of chunks lie in the scratch as (chunks, 2, cols): of the first and the second output. */
static float *chunk_sums(const job *j, int64_t chunk, int which) {
    return (float *)j->x->scratch + (chunk * 2 + which) * sc__cols(j->n->in[0]);
}

static size_t chunk_scratch(const sc_node *n, int n_threads) {
    const sc_node *a = n->in[0];
    (void)n_threads;
    return (size_t)(parts(sc__capacity_rows(a), ROWS_A_CHUNK) * 2 * sc__cols(a)) * sizeof(float);
}

/* Adds up the chunks of some columns into the outputs. */
static void gather_task(void *arg, int64_t task, int worker) {
    const job *j = arg;
    const sc_node *n = j->n;
    const int first = n->op == SC_OP_NORM_BWD ? 1 : 0, last = n->op == SC_OP_NORM_BWD ? 2 : 0;
    const int64_t end = SC_MIN((task + 1) * COLUMNS_A_TASK, sc__cols(n->in[0]));
    (void)worker;
    for (int k = first; k <= last; k++) {
        const sc_node *o = sc__has(n, k) ? n->out[k] : NULL;
        for (int64_t c = task * COLUMNS_A_TASK; o && c < end; c += VW) {
            vf sum = vf_zero();
            for (int64_t chunk = 0; chunk < parts(j->count, ROWS_A_CHUNK); chunk++)
                sum = vf_add(sum, v_at(chunk_sums(j, chunk, k - first), SC_F32, c, end - c));
            if (sc__adds(j->x, o)) sum = vf_add(v_at(o->data, SC_F32, c, end - c), sum);
            v_to(o->data, SC_F32, c, sum, end - c);
        }
    }
}

static void run_sums(const sc_exec *x, const sc_node *n, sc_task_fn *chunk) {
    job j = {x, n, sc__rows(x, n->in[0])};
    sc__pool_run(x->pool, parts(j.count, ROWS_A_CHUNK), chunk, &j);
    sc__pool_run(x->pool, parts(sc__cols(n->in[0]), COLUMNS_A_TASK), gather_task, &j);
}

static void sum_rows_chunk(void *arg, int64_t chunk, int worker) {
    const job *j = arg;
    const sc_node *a = j->n->in[0];
    const int64_t cols = sc__cols(a), end = SC_MIN((chunk + 1) * ROWS_A_CHUNK, j->count);
    float *to = chunk_sums(j, chunk, 0);
    (void)worker;
    for (int64_t c = 0; c < cols; c += VW) v_to(to, SC_F32, c, vf_zero(), cols - c);
    for (int64_t r = chunk * ROWS_A_CHUNK; r < end; r++)
        for (int64_t c = 0; c < cols; c += VW)
            v_to(to, SC_F32, c,
                 vf_add(v_at(to, SC_F32, c, cols - c),
                        v_at(a->data, a->dtype, r * cols + c, cols - c)),
                 cols - c);
}

static void run_sum_rows(const sc_exec *x, const sc_node *n) { run_sums(x, n, sum_rows_chunk); }

/* With h = (s - mean) rstd and e = dy w: ds = rstd (e - mean(e) - h mean(e h)), RMS without
 * mean(e); dw += dy h, db += dy. */
static void norm_bwd_row(const job *j, int64_t row, float *dw, float *db) {
    const sc_node *n = j->n, *dy = n->in[0], *s = n->in[1], *w = n->in[2], *ds = n->in[4];
    const float *statistics = (const float *)n->in[3]->data + 2 * row;
    const int64_t cols = sc__cols(n), at = row * cols;
    const vf mean = vf_set(statistics[0]), rstd = vf_set(statistics[1]);
    vf e_sum = vf_zero(), eh_sum = vf_zero();
    for (int64_t c = 0; c < cols; c += VW) {
        const int64_t left = cols - c;
        const vf d = v_at(dy->data, dy->dtype, at + c, left);
        const vf h = vf_mul(vf_sub(v_at(s->data, s->dtype, at + c, left), mean), rstd);
        const vf e = vf_mul(d, v_at(w->data, w->dtype, c, left));
        e_sum = vf_add(e_sum, e);
        eh_sum = vf_fma(e, h, eh_sum); /* e is 0 beyond the row */
        v_to(dw, SC_F32, c, vf_fma(d, h, v_at(dw, SC_F32, c, left)), left);
        v_to(db, SC_F32, c, vf_add(d, v_at(db, SC_F32, c, left)), left);
    }
    const bool layer = n->attr.norm.kind == SC_LAYER_NORM;
    const vf e_mean = vf_set(layer ? vf_sum(e_sum) / (float)cols : 0);
    const vf eh_mean = vf_set(vf_sum(eh_sum) / (float)cols);
    for (int64_t c = 0; c < cols; c += VW) {
        const int64_t left = cols - c;
        const vf h = vf_mul(vf_sub(v_at(s->data, s->dtype, at + c, left), mean), rstd);
        const vf e =
            vf_mul(v_at(dy->data, dy->dtype, at + c, left), v_at(w->data, w->dtype, c, left));
        vf d = vf_mul(rstd, vf_fnma(h, eh_mean, vf_sub(e, e_mean)));
        if (ds) d = vf_add(d, v_at(ds->data, ds->dtype, at + c, left));
        v_to(n->data, n->dtype, at + c, d, left);
    }
}

static void norm_bwd_chunk(void *arg, int64_t chunk, int worker) {
    const job *j = arg;
    const int64_t cols = sc__cols(j->n);
    float *dw = chunk_sums(j, chunk, 0), *db = chunk_sums(j, chunk, 1);
    (void)worker;
    memset(dw, 0, (size_t)cols * sizeof *dw);
    memset(db, 0, (size_t)cols * sizeof *db);
    for (int64_t r = chunk * ROWS_A_CHUNK; r < SC_MIN((chunk + 1) * ROWS_A_CHUNK, j->count); r++)
        norm_bwd_row(j, r, dw, db);
}

static void run_norm_bwd(const sc_exec *x, const sc_node *n) { run_sums(x, n, norm_bwd_chunk); }

/* ---- the sum of all, and of rows into the table they came from ------------------------------- */

enum { SUM_CHUNK = 65536 };

static size_t sum_scratch(const sc_node *n, int n_threads) {
    (void)n_threads;
    return (size_t)parts(sc_shape_elements(&n->in[0]->shape), SUM_CHUNK) * sizeof(double);
}

/* In blocks short enough that float sums lose nothing worth measuring. */
static void sum_chunk(void *arg, int64_t chunk, int worker) {
    const job *j = arg;
    const sc_node *a = j->n->in[0];
    const int64_t end = SC_MIN((chunk + 1) * SUM_CHUNK, j->count);
    double total = 0;
    (void)worker;
    for (int64_t at = chunk * SUM_CHUNK; at < end; at += 16 * VW) {
        vf sum = vf_zero();
        for (int64_t i = at; i < SC_MIN(at + 16 * VW, end); i += VW)
            sum = vf_add(sum, v_at(a->data, a->dtype, i, end - i));
        total += (double)vf_sum(sum);
    }
    ((double *)j->x->scratch)[chunk] = total;
}

static void run_sum(const sc_exec *x, const sc_node *n) {
    job j = {x, n, sc__count(x, n->in[0])};
    const double *sums = x->scratch;
    double total = 0;
    sc__pool_run(x->pool, parts(j.count, SUM_CHUNK), sum_chunk, &j);
    for (int64_t i = 0; i < parts(j.count, SUM_CHUNK); i++) total += sums[i];
    *(float *)n->data = (float)total;
}

enum { EMBED_COLUMNS = 64 };

/* A task owns some columns of the table and takes the tokens in order. */
static void embed_bwd_task(void *arg, int64_t task, int worker) {
    const job *j = arg;
    const sc_node *n = j->n, *dy = n->in[0];
    const int32_t *ids = n->in[1]->data;
    const int64_t cols = sc__cols(n), from = task * EMBED_COLUMNS,
                  end = SC_MIN(from + EMBED_COLUMNS, cols);
    float *table = n->data;
    (void)worker;
    for (int64_t r = 0; r < n->attr.rows && !sc__adds(j->x, n); r++)
        memset(table + r * cols + from, 0, (size_t)(end - from) * sizeof *table);
    for (int64_t r = 0; r < j->count; r++)
        for (int64_t c = from; c < end; c += VW) {
            const vf sum = vf_add(v_at(table, SC_F32, ids[r] * cols + c, end - c),
                                  v_at(dy->data, dy->dtype, r * cols + c, end - c));
            v_to(table, SC_F32, ids[r] * cols + c, sum, end - c);
        }
}

static void run_embed_bwd(const sc_exec *x, const sc_node *n) {
    job j = {x, n, sc__rows(x, n->in[0])};
    sc__pool_run(x->pool, parts(sc__cols(n), EMBED_COLUMNS), embed_bwd_task, &j);
}
