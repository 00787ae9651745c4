/* matmul.c - MATMUL: a and b as sides of a packed product; bias, activation and sum are done on
 * tiles still in the cache. */
#include "backend/cpu/gemm.h"

static bool is_real(const sc_node *n) {
    return !n || n->dtype == SC_F32 || n->dtype == SC_BF16 || n->dtype == SC_F16;
}

static const sc_gemm_engine *engine_of(const sc_node *n) {
    return sc__gemm_engine(sc__cpu_isa_current(), n->in[0]->dtype, n->in[1]->dtype);
}

static sc_status prepare(sc_node *n, int n_threads) {
    (void)n_threads;
    n->state = (void *)(uintptr_t)engine_of(n);
    return SC_OK;
}

static int64_t depth(const sc_node *n) {
    return sc__dim(n->in[0], n->attr.matmul.transpose & SC_TA ? 0 : 1);
}

static size_t scratch(const sc_node *n, int n_threads) {
    return sc__gemm_scratch(n->state, (int64_t[3]){sc__dim(n, 0), sc__cols(n), depth(n)},
                            n_threads);
}

static void run(const sc_exec *x, const sc_node *n) {
    const sc_node *a = n->in[0], *b = n->in[1], *bias = n->in[2];
    const int t = n->attr.matmul.transpose;
    const sc_gemm g = {
        .a = {.data = a->data,
              .dtype = a->dtype,
              .stride = sc__cols(a),
              .lanes = n->tokens ? x->n_tokens : sc__dim(n, 0),
              .k_major = t & SC_TA},
        .b = {.data = b->data,
              .dtype = b->dtype,
              .stride = sc__cols(b),
              .lanes = sc__cols(n),
              .k_major = !(t & SC_TB)},
        .k = t & SC_TA && a->tokens ? x->n_tokens : depth(n),
        .out = {.to = n->data,
                .pre = sc__has(n, 1) ? n->out[1]->data : NULL,
                .type = n->dtype,
                .bias_type = bias ? bias->dtype : SC_F32,
                .stride = sc__cols(n),
                .bias = bias ? bias->data : NULL,
                .act = n->attr.matmul.act,
                .add = sc__adds(x, n)},
    };
    sc__gemm_run(n->state, x->pool, x->scratch, &g);
}

static const sc_kernel *find(const sc_node *n) {
    static const sc_kernel kernel = {
        .name = "gemm", .run = run, .scratch = scratch, .prepare = prepare};
    const bool real = is_real(n) && is_real(n->in[0]) && is_real(n->in[1]) && is_real(n->in[2]);
    return real && engine_of(n) ? &kernel : NULL;
}

void sc__cpu_install_matmul(sc_cpu_table *t, sc_isa isa) {
    (void)isa;
    t->find[SC_OP_MATMUL] = find;
}
