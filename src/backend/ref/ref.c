/* ref.c - the reference backend: one slow, obvious kernel a row, on one thread. It is the
 * specification that the gradient checks and every other backend are held against. */
#include "backend/ref/ref.h"

/* A row of logits; the sums of one query's values; the gradients in double until they are whole. */
static size_t scratch(const sc_node *n, int n_threads) {
    size_t elements = 0;
    (void)n_threads;
    switch (n->op) {
    case SC_OP_XENT:
        return (size_t)sc__cols(n->in[0]) * sizeof(real);
    case SC_OP_HEAD_XENT:
        return (size_t)sc__dim(n->in[1], 0) * sizeof(real);
    case SC_OP_ATTENTION:
        return (size_t)n->attr.attn.d_head * sizeof(double);
    case SC_OP_ATTENTION_BWD:
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k]) elements += (size_t)sc_shape_elements(&n->out[k]->shape);
        return elements * sizeof(double);
    default:
        return 0;
    }
}

static const sc_kernel kernels[SC_OP_COUNT] = {
#define OP(id, ...) [SC_OP_##id] = {REF_NAME, REF(id), scratch, NULL, NULL},
#include "graph/ops.def"
#undef OP
};

static bool fits(const sc_node *n) {
    const bool is_double = sizeof(real) == sizeof(double);
    return (n->dtype == SC_F64) == is_double || n->dtype == SC_I32 || n->dtype == SC_I8;
}

static const sc_kernel *find(const sc_node *n) { return fits(n) ? &kernels[n->op] : NULL; }

static sc_status open(const char **isa) {
    *isa = REF_NAME;
    return SC_OK;
}

/* ---- loops of the optimizers ----------------------------------------------------------------- */

static double sum_squares(const float *x, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

static void adamw(float *w, float *m, float *v, const float *g, int64_t n, const sc_adamw *o) {
    const float step = o->lr / o->bias1, root = sqrtf(o->bias2);
    for (int64_t i = 0; i < n; i++) {
        const float gi = g[i] * o->grad_scale;
        w[i] *= 1 - o->lr * o->weight_decay;
        m[i] = o->beta1 * m[i] + (1 - o->beta1) * gi;
        v[i] = o->beta2 * v[i] + (1 - o->beta2) * gi * gi;
        w[i] -= step * m[i] / (sqrtf(v[i]) / root + o->eps);
    }
}

static void axpby(float *y, const float *x, float a, float b, int64_t n) {
    for (int64_t i = 0; i < n; i++) y[i] = a * x[i] + b * y[i];
}

static void to_bf16(uint16_t *to, const float *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = sc__f32_to_bf16(from[i]);
}

static void from_bf16(float *to, const uint16_t *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = sc__bf16_to_f32(from[i]);
}

static const sc_vector *vector(void) {
    static const sc_vector v = {sum_squares, adamw, axpby, to_bf16, from_bf16};
    return &v;
}

const sc_backend REF_BACKEND = {REF_NAME, open, find, vector};
