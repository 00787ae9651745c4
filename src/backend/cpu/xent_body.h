/* xent_body.h - cross-entropy of rows of logits, with and without the head's product in it.
 *
 * loss = w (lse - (1 - e) z_t - e mean(z)), e the label smoothing. The head never holds all logits:
 * a chunk of rows at a time is multiplied, turned into its own gradient in place and multiplied
 * back. Row losses are added in the order of the rows. */
#include "backend/cpu/act.h"
#include "backend/cpu/gemm.h"

typedef struct {
    const void *data;
    sc_dtype dtype;
    int64_t at, V; /* first element, how many */
} logits;

typedef struct {
    float lse, nll, loss;
} entropy;

/* VW logits from the i-th on, `fill` beyond the last. */
INLINE vf logits_at(const logits *z, int64_t i, float fill) {
    if (z->V - i >= VW) return v_get(z->data, z->dtype, z->at + i);
    float all[VW], some[VW];
    vf_store(some, v_get_n(z->data, z->dtype, z->at + i, z->V - i));
    for (int64_t k = 0; k < VW; k++) all[k] = k < z->V - i ? some[k] : fill;
    return vf_load(all);
}

static float logit(const logits *z, int64_t i) {
    float all[VW];
    vf_store(all, v_get_n(z->data, z->dtype, z->at + i, 1));
    return all[0];
}

static entropy entropy_of(const logits *z, int32_t target, float smoothing) {
    enum { RUN = 64 * VW }; /* what is summed in float before it goes into a double */
    vf tops = vf_set(-INFINITY);
    for (int64_t i = 0; i < z->V; i += VW) tops = vf_max(tops, logits_at(z, i, -INFINITY));
    const float top = vf_top(tops);
    double sum = 0, all = 0;
    for (int64_t at = 0; at < z->V; at += RUN) {
        vf e = vf_zero(), plain = vf_zero();
        for (int64_t i = at; i < SC_MIN(at + RUN, z->V); i += VW) {
            e = vf_add(e, vf_exp(vf_sub(logits_at(z, i, -INFINITY), vf_set(top))));
            if (smoothing != 0) plain = vf_add(plain, logits_at(z, i, 0));
        }
        sum += (double)vf_sum(e);
        all += (double)vf_sum(plain);
    }
    const float lse = (float)((double)top + log(sum));
    entropy out = {.lse = lse};
    if (target < 0) return out;
    out.nll = lse - logit(z, target);
    out.loss = (1 - smoothing) * out.nll + smoothing * (lse - (float)(all / (double)z->V));
    return out;
}

typedef struct {
    float lse, weight, smoothing;
    int32_t target;
} slope_of;

/* to_i = w (p_i - e / V - (1 - e) [i = t]); `to` may lie where z does. */
static void slope_row(void *to, sc_dtype type, int64_t at, const logits *z, const slope_of *s) {
    const vf lse = vf_set(s->lse), w = vf_set(s->weight), even = vf_set(s->smoothing / (float)z->V);
    const float z_t = s->target < 0 ? 0 : logit(z, s->target);
    for (int64_t i = 0; i < z->V; i += VW) {
        const vf p = vf_exp(vf_sub(logits_at(z, i, 0), lse));
        v_to(to, type, at + i, vf_mul(w, vf_sub(p, even)), z->V - i);
    }
    if (s->target < 0) return;
    float all[VW];
    vf_store(all, vf_exp(vf_sub(vf_set(z_t), lse)));
    const float y = all[0] - s->smoothing / (float)z->V - (1 - s->smoothing);
    v_to(to, type, at + s->target, vf_set(s->weight * y), 1);
}

static float real_at(const sc_node *n, int64_t i) {
    const logits one = {n->data, n->dtype, i, 1};
    return logit(&one, 0);
}

/* ---- over logits that are there -------------------------------------------------------------- */

static size_t xent_scratch(const sc_node *n, int n_threads) {
    (void)n_threads;
    return (size_t)sc__dim(n->in[0], 0) * sizeof(double);
}

static void xent_rows(void *arg, int64_t task, int worker) {
    const job *j = arg;
    const sc_node *n = j->n, *l = n->in[0];
    double *losses = j->x->scratch;
    (void)worker;
    for (int64_t r = task * ROWS_A_TASK; r < SC_MIN((task + 1) * ROWS_A_TASK, j->count); r++) {
        const logits z = {l->data, l->dtype, r * sc__cols(l), sc__cols(l)};
        const entropy e =
            entropy_of(&z, ((const int32_t *)n->in[1]->data)[r], n->attr.xent.smoothing);
        losses[r] = (double)(real_at(n->in[2], r) * e.loss);
        if (!sc__has(n, 1)) continue;
        ((float *)n->out[1]->data)[2 * r] = e.lse;
        ((float *)n->out[1]->data)[2 * r + 1] = e.nll;
    }
}

static void add_losses(const sc_node *n, const double *losses, int64_t rows) {
    double total = 0;
    for (int64_t r = 0; r < rows; r++) total += losses[r];
    *(float *)n->data = (float)total;
}

static void run_xent(const sc_exec *x, const sc_node *n) {
    job j = {x, n, sc__rows(x, n->in[0])};
    sc__pool_run(x->pool, parts(j.count, ROWS_A_TASK), xent_rows, &j);
    add_losses(n, x->scratch, j.count);
}

static void xent_bwd_rows(void *arg, int64_t task, int worker) {
    const job *j = arg;
    const sc_node *n = j->n, *l = n->in[1];
    const int64_t V = sc__cols(l);
    const float scale = real_at(n->in[0], 0);
    (void)worker;
    for (int64_t r = task * ROWS_A_TASK; r < SC_MIN((task + 1) * ROWS_A_TASK, j->count); r++) {
        const logits z = {l->data, l->dtype, r * V, V};
        const int32_t target = ((const int32_t *)n->in[2]->data)[r];
        const slope_of s = {((const float *)n->in[4]->data)[2 * r],
                            target < 0 ? 0 : scale * real_at(n->in[3], r), n->attr.xent.smoothing,
                            target};
        slope_row(n->data, n->dtype, r * V, &z, &s);
    }
}

static void run_xent_bwd(const sc_exec *x, const sc_node *n) {
    job j = {x, n, sc__rows(x, n->in[1])};
    sc__pool_run(x->pool, parts(j.count, ROWS_A_TASK), xent_bwd_rows, &j);
}

/* ---- with the head --------------------------------------------------------------------------- */

typedef struct {
    job j;
    const sc_gemm_engine *forward, *backward;
    float *z;       /* a chunk of logits, then of their gradients in place */
    double *losses; /* of all rows */
    void *gemm;     /* scratch of the products */
    int64_t from, rows, stride;
    sc_dtype slope_type;
} head;

static int64_t padded(int64_t V) { return (V + 15) / 16 * 16; }

/* Rows of logits held at once: as many as some hundred megabytes take. bf16 takes twice as many:
 * its products are so fast that reading W and adding to dW would show. */
static int64_t head_chunk(const sc_node *n) {
    enum { ELEMENTS = 32 << 20, LEAST = 128, MOST = 1024 };
    const int64_t elements = n->in[0]->dtype == SC_BF16 ? 2 * ELEMENTS : ELEMENTS;
    const int64_t most = SC_MIN(SC_MAX(elements / padded(sc__dim(n->in[1], 0)), LEAST), MOST);
    const int64_t all = sc__dim(n->in[0], 0), chunks = SC_MAX(parts(all, most), 1);
    return SC_MAX(parts(all, chunks), 1);
}

/* The engines are those of the set in use when the graph is planned. */
static sc_status head_prepare(sc_node *n, int n_threads) {
    (void)n_threads;
    n->state = (void *)(uintptr_t)sc__cpu_isa_current();
    return SC_OK;
}

static void head_engines(head *h, const sc_node *n) {
    const sc_dtype x = n->in[0]->dtype, w = n->in[1]->dtype;
    const sc_isa isa = (sc_isa)(uintptr_t)n->state;
    const bool bf16 = x == SC_BF16 && w == SC_BF16;
    h->slope_type = bf16 ? SC_BF16 : SC_F32;
    h->forward = sc__gemm_engine(isa, x, w);
    h->backward = sc__gemm_engine(isa, h->slope_type, w);
}

static size_t head_gemm_scratch(const head *h, const sc_node *n, int n_threads) {
    const int64_t R = head_chunk(n), V = sc__dim(n->in[1], 0), D = sc__cols(n->in[1]);
    const size_t z = sc__gemm_scratch(h->forward, (int64_t[3]){R, V, D}, n_threads);
    const size_t dx = sc__gemm_scratch(h->backward, (int64_t[3]){R, D, V}, n_threads);
    const size_t dw = sc__gemm_scratch(h->backward, (int64_t[3]){V, D, R}, n_threads);
    return SC_MAX(z, SC_MAX(dx, dw));
}

static size_t head_losses_bytes(const sc_node *n) {
    return ((size_t)sc__dim(n->in[0], 0) * sizeof(double) + SC_ALIGN - 1) & ~(size_t)(SC_ALIGN - 1);
}

static size_t head_z_bytes(const sc_node *n) {
    return (size_t)(head_chunk(n) * padded(sc__dim(n->in[1], 0))) * sizeof(float);
}

static size_t head_scratch(const sc_node *n, int n_threads) {
    head h;
    head_engines(&h, n);
    return head_losses_bytes(n) + head_z_bytes(n) + head_gemm_scratch(&h, n, n_threads);
}

static void head_row(const head *h, int64_t row) {
    const sc_node *n = h->j.n;
    const int64_t r = h->from + row, V = sc__dim(n->in[1], 0), at = row * h->stride;
    const int32_t target = ((const int32_t *)n->in[2]->data)[r];
    const logits z = {h->z, SC_F32, at, V};
    const entropy e = entropy_of(&z, target, n->attr.xent.smoothing);
    const float weight = real_at(n->in[3], r);
    h->losses[r] = (double)(weight * e.loss);
    if (sc__has(n, 1)) {
        ((float *)n->out[1]->data)[2 * r] = e.lse;
        ((float *)n->out[1]->data)[2 * r + 1] = e.nll;
    }
    if (!sc__has(n, 2) && !sc__has(n, 3)) return;
    const slope_of s = {e.lse, target < 0 ? 0 : weight, n->attr.xent.smoothing, target};
    /* bf16 goes to the first half of the row, behind what is still to be read */
    slope_row(h->z, h->slope_type, h->slope_type == SC_F32 ? at : 2 * at, &z, &s);
}

static void head_rows(void *arg, int64_t task, int worker) {
    const head *h = arg;
    (void)worker;
    for (int64_t r = task * ROWS_A_TASK; r < SC_MIN((task + 1) * ROWS_A_TASK, h->rows); r++)
        head_row(h, r);
}

/* z = x W' */
static void head_forward(const head *h) {
    const sc_node *x = h->j.n->in[0], *w = h->j.n->in[1];
    const int64_t D = sc__cols(w);
    const sc_gemm g = {
        .a = {(const char *)x->data + h->from * D * (int64_t)sc_dtype_size(x->dtype), x->dtype, D,
              h->rows, false},
        .b = {w->data, w->dtype, D, sc__dim(w, 0), false},
        .k = D,
        .out = {.to = h->z, .type = SC_F32, .stride = h->stride},
    };
    sc__gemm_run(h->forward, h->j.x->pool, h->gemm, &g);
}

/* dx = dz W, dW += dz' x */
static void head_backward(const head *h) {
    const sc_node *n = h->j.n, *x = n->in[0], *w = n->in[1];
    const int64_t D = sc__cols(w), V = sc__dim(w, 0), first = h->from * D;
    const int64_t stride = h->slope_type == SC_F32 ? h->stride : 2 * h->stride;
    if (sc__has(n, 2)) {
        const sc_node *dx = n->out[2];
        const sc_gemm g = {
            .a = {h->z, h->slope_type, stride, h->rows, false},
            .b = {w->data, w->dtype, D, D, true},
            .k = V,
            .out = {.to = (char *)dx->data + first * (int64_t)sc_dtype_size(dx->dtype),
                    .type = dx->dtype,
                    .stride = D},
        };
        sc__gemm_run(h->backward, h->j.x->pool, h->gemm, &g);
    }
    if (sc__has(n, 3)) {
        const sc_gemm g = {
            .a = {h->z, h->slope_type, stride, V, true},
            .b = {(const char *)x->data + first * (int64_t)sc_dtype_size(x->dtype), x->dtype, D, D,
                  true},
            .k = h->rows,
            .out = {.to = n->out[3]->data,
                    .type = SC_F32,
                    .stride = D,
                    .add = h->from > 0 || sc__adds(h->j.x, n->out[3])},
        };
        sc__gemm_run(h->backward, h->j.x->pool, h->gemm, &g);
    }
}

static void run_head(const sc_exec *x, const sc_node *n) {
    head h = {.j = {x, n, sc__rows(x, n->in[0])}, .losses = x->scratch};
    const int64_t step = head_chunk(n);
    head_engines(&h, n);
    h.z = (float *)(void *)((char *)x->scratch + head_losses_bytes(n));
    h.gemm = (char *)h.z + head_z_bytes(n);
    h.stride = padded(sc__dim(n->in[1], 0));
    for (h.from = 0; h.from < h.j.count; h.from += step) {
        h.rows = SC_MIN(step, h.j.count - h.from);
        head_forward(&h);
        sc__pool_run(x->pool, parts(h.rows, ROWS_A_TASK), head_rows, &h);
        head_backward(&h);
    }
    add_losses(n, h.losses, h.j.count);
}
