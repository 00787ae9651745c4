/* test_ops.c - one walk over the op table: gradients against central differences in double; every
 * backend, type and instruction set against the reference in double; bits against thread counts;
 * allocation failures. No operation is named here. */
#include "samples.h"

#include "tensor/dtype.h"
#include "test.h"

static sc_machine *machine(const char *backend, int threads) {
    sc_machine *m;
    CHECK_OK(sc_machine_open(&m, backend, threads));
    return m;
}

static double value(const sc_node *n, int64_t i) {
    float f = 0;
    if (n->dtype == SC_F64) return ((const double *)n->data)[i];
    CHECK_OK(sc__convert(&f, SC_F32, (const char *)n->data + (size_t)i * sc_dtype_size(n->dtype),
                         n->dtype, 1));
    return (double)f;
}

static void keep_outputs(sc_graph *g, sc_node *n) {
    for (int k = 0; k < n->n_out; k++)
        if (n->out[k]) sc_keep(g, n->out[k]);
}

/* ---- gradients ----------------------------------------------------------------------------------
 */

static bool differentiable(const sc_node *n,
                           int k) { /* statistics have no gradient; a norm's sum has */
    return n->op == SC_OP_NORM ? k != 1 : k == 0;
}

static double loss_of(sc_graph *g, const sc_node *loss) {
    const sc_run_options o = {.seed = 7, .step = 3};
    CHECK_OK(sc_graph_run(g, &o));
    return *(const double *)loss->data;
}

static void check_input(sc_graph *g, sc_node *in, const sc_node *loss, const char *what) {
    const int64_t count = sc_shape_elements(&in->shape), stride = count > 60 ? count / 41 : 1;
    double *got = sc__alloc((size_t)count * sizeof *got), *data = in->data;
    loss_of(g, loss);
    memcpy(got, in->grad->data, (size_t)count * sizeof *got);
    for (int64_t i = 0; i < count; i += stride) {
        const double h = 1e-5, x = data[i];
        data[i] = x + h;
        const double up = loss_of(g, loss);
        data[i] = x - h;
        const double want = (up - loss_of(g, loss)) / (2 * h);
        data[i] = x;
        if (fabs(want - got[i]) > 2e-8 * (1 + fabs(want)) * (1 + fabs(up)))
            test_fail(__FILE__, __LINE__, "%s, element %lld: gradient %.12g, differences %.12g",
                      what, (long long)i, got[i], want);
    }
    sc__free(got);
}

static void check_gradient(sc_op op, int variant, sc_machine *m) {
    sc_graph *g;
    CHECK_OK(sc_graph_open(&g, m));
    sample s = {.g = g, .real = SC_F64, .rounded = SC_F64, .variant = variant};
    sc_node *n = sample_new(&s, op), *loss = NULL, *inputs[SC_MAX_IN];
    int n_inputs = 0;
    for (int k = 0; n && k < SC_MAX_IN; k++)
        if (n->in[k] && n->in[k]->dtype == SC_F64) {
            bool seen = false; /* weights of a loss and frequencies are given, not learned */
            for (int j = 0; j < n_inputs; j++) seen |= inputs[j] == n->in[k];
            const bool given = (op == SC_OP_XENT && k == 2) || (op == SC_OP_HEAD_XENT && k == 3) ||
                               (op == SC_OP_ROPE && k == 2);
            if (!seen && !given) sc_want_grad(g, inputs[n_inputs++] = n->in[k]);
        }
    if (n) n->needs_grad = true;
    for (int k = 0; n && k < n->n_out; k++) {
        if (!n->out[k] || !differentiable(n, k)) continue;
        n->out[k]->needs_grad = true;
        sc_node *w = sample_input(&s, n->out[k]->shape, n->out[k]->tokens);
        sc_node *part = sc_sum(g, sc_mul(g, n->out[k], w));
        loss = loss ? sc_add(g, loss, part) : part;
    }
    if (n) {
        sc_graph_backward(g, loss);
        CHECK_OK(sc_graph_status(g));
        sc_keep(g, loss);
        for (int k = 0; k < n_inputs; k++)
            if (inputs[k]->grad) sc_keep(g, inputs[k]->grad);
        char what[80];
        for (int k = 0; k < n_inputs; k++) {
            snprintf(what, sizeof what, "%s, variant %d, input %d", sc__ops[op].name, variant, k);
            if (!inputs[k]->grad) test_fail(__FILE__, __LINE__, "%s has no gradient", what);
            check_input(g, inputs[k], loss, what);
        }
    }
    sc_graph_close(g);
}

TEST(gradients, "graph/ops/gradients") {
    sc_machine *m = machine("ref64", 1);
    for (int op = 0; op < SC_OP_COUNT; op++)
        for (int v = 0; v < SAMPLE_VARIANTS && sc__ops[op].grad != sc__ops[SC_OP_LEAF].grad; v++)
            check_gradient((sc_op)op, v, m);
    sc_machine_close(m);
}

/* ---- backends against the reference in double
 * ---------------------------------------------------- */

typedef struct {
    sc_graph *g;
    sc_node *n;
} built;

static built build(sc_op op, int variant, sc_dtype real, sc_dtype rounded, sc_machine *m) {
    built b = {0};
    CHECK_OK(sc_graph_open(&b.g, m));
    sample s = {.g = b.g, .real = real, .rounded = rounded, .variant = variant};
    b.n = sample_new(&s, op);
    if (!b.n) return b;
    CHECK_OK(sc_graph_status(b.g));
    keep_outputs(b.g, b.n);
    const sc_run_options o = {.seed = 7, .step = 3};
    CHECK_OK(sc_graph_run(b.g, &o));
    return b;
}

/* Of the largest magnitude of the tensor: rounding of the type, grown by short sums. */
static double bound(sc_dtype t) { return t == SC_F32 ? 2e-6 : t == SC_F16 ? 2e-3 : 1.6e-2; }

static void compare(const sc_node *got, const sc_node *want, sc_dtype t, const char *what) {
    const int64_t count = sc_shape_elements(&want->shape);
    double top = 1;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(value(want, i))) top = fmax(top, fabs(value(want, i)));
    for (int64_t i = 0; i < count; i++) {
        const double a = value(got, i), b = value(want, i);
        if (!(fabs(a - b) <= bound(t) * top) && !(isinf(a) && a == b))
            test_fail(__FILE__, __LINE__,
                      "%s, element %lld of %lld: %.9g, reference %.9g (largest %.3g)", what,
                      (long long)i, (long long)count, a, b, top);
    }
}

static void check_backend(sc_op op, int variant, sc_dtype t, sc_machine *m, sc_machine *reference) {
    /* a cache sample differs in double (it has no gradient): the reference is then float on ref */
    const bool exact = !(op == SC_OP_ATTENTION && variant == 1) && !(op == SC_OP_CAST);
    built want = build(op, variant, exact ? SC_F64 : t, t, reference);
    built got = build(op, variant, t, t, m);
    for (int k = 0; got.n && k < got.n->n_out; k++) {
        char what[120];
        snprintf(what, sizeof what, "%s %s, variant %d, output %d, kernel %s", sc__ops[op].name,
                 sc_dtype_name(t), variant, k, got.n->kernel->name);
        const sc_dtype stored = got.n->op == SC_OP_CAST ? SC_BF16 : t;
        if (got.n->out[k]) compare(got.n->out[k], want.n->out[k], stored, what);
    }
    sc_graph_close(want.g);
    sc_graph_close(got.g);
}

static const sc_dtype types[] = {SC_F32, SC_BF16, SC_F16};

static void check_isa(const char *isa) {
    setenv("SOCLE_ISA", isa, 1);
    sc_machine *m, *exact = machine("ref64", 1), *plain = machine("ref", 1);
    sc_status s = sc_machine_open(&m, "cpu", 2);
    if (s == SC_USAGE) test_skip("this processor has no %s", isa);
    CHECK_OK(s);
    for (int op = 0; op < SC_OP_COUNT; op++)
        for (int v = 0; v < SAMPLE_VARIANTS; v++)
            for (int t = 0; t < SC_LEN(types); t++) {
                const bool cached = op == SC_OP_ATTENTION && v == 1;
                check_backend((sc_op)op, v, types[t], m,
                              cached || op == SC_OP_CAST ? plain : exact);
            }
    sc_machine_close(m);
    sc_machine_close(exact);
    sc_machine_close(plain);
}

TEST(isa_ref, "graph/ops/isa-ref") { check_isa("ref"); }
#ifdef __x86_64__
TEST(isa_avx2, "graph/ops/isa-avx2") { check_isa("avx2"); }
TEST(isa_avx512, "graph/ops/isa-avx512") { check_isa("avx512"); }
TEST(isa_avx512bf16, "graph/ops/isa-avx512bf16") { check_isa("avx512bf16"); }
TEST(isa_amx, "graph/ops/isa-amx") { check_isa("amx"); }
#endif
#ifdef __aarch64__
TEST(isa_neon, "graph/ops/isa-neon") { check_isa("neon"); }
#endif

/* ---- the thread count changes no bit
 * ------------------------------------------------------------- */

TEST(threads, "graph/ops/threads-bit-equal") {
    sc_machine *machines[3] = {machine("cpu", 1), machine("cpu", 2), machine("cpu", 7)};
    for (int op = 0; op < SC_OP_COUNT; op++)
        for (int v = 0; v < SAMPLE_VARIANTS; v++)
            for (int t = 0; t < 2; t++) {
                built b[3];
                for (int i = 0; i < 3; i++)
                    b[i] = build((sc_op)op, v, types[t], types[t], machines[i]);
                for (int k = 0; b[0].n && k < b[0].n->n_out; k++) {
                    const sc_node *o = b[0].n->out[k];
                    const size_t bytes =
                        o ? (size_t)sc_shape_elements(&o->shape) * sc_dtype_size(o->dtype) : 0;
                    for (int i = 1; i < 3 && o; i++)
                        if (memcmp(o->data, b[i].n->out[k]->data, bytes))
                            test_fail(__FILE__, __LINE__,
                                      "%s, variant %d, output %d: bits depend on the thread count",
                                      sc__ops[op].name, v, k);
                }
                for (int i = 0; i < 3; i++) sc_graph_close(b[i].g);
            }
    for (int i = 0; i < 3; i++) sc_machine_close(machines[i]);
}

/* ---- fewer tokens than the capacity, and adding into gradients
 * ----------------------------------- */

static void check_adds(sc_op op, int variant, sc_machine *m) {
    built b = build(op, variant, SC_F32, SC_F32, m);
    if (!b.n) return sc_graph_close(b.g);
    for (int k = 0; k < b.n->n_out; k++) {
        const bool norm = op == SC_OP_NORM_BWD, head = op == SC_OP_HEAD_XENT;
        if (!b.n->out[k] || (norm && k < 1) || (head && k != 3) || (!norm && !head && k != 0))
            continue;
        if (op == SC_OP_MATMUL && b.n->attr.matmul.act) continue;
        const int64_t count = sc_shape_elements(&b.n->out[k]->shape);
        float *grad = sc__alloc((size_t)count * sizeof *grad);
        sc_tensor t = {.name = "t", .dtype = SC_F32, .shape = b.n->out[k]->shape, .grad = grad};
        sc_graph *g;
        CHECK_OK(sc_graph_open(&g, m));
        sample s = {.g = g, .real = SC_F32, .rounded = SC_F32, .variant = variant};
        sc_node *n = sample_new(&s, op);
        n->out[k]->tensor = &t;
        for (int64_t i = 0; i < count; i++)
            grad[i] = 1e9f; /* a run that does not accumulate replaces this */
        sc_run_options o = {.seed = 7, .step = 3};
        CHECK_OK(sc_graph_run(g, &o));
        o.accumulate = true;
        CHECK_OK(sc_graph_run(g, &o));
        for (int64_t i = 0; i < count; i++)
            CHECK_NEAR(grad[i], 2 * value(b.n->out[k], i),
                       1e-5 * (1 + fabs(value(b.n->out[k], i))));
        sc_graph_close(g);
        sc__free(grad);
    }
    sc_graph_close(b.g);
}

TEST(adds, "graph/ops/adds-into-gradients") {
    sc_machine *machines[2] = {machine("ref", 1), machine("cpu", 2)};
    for (int i = 0; i < 2; i++) {
        for (int op = 0; op < SC_OP_COUNT; op++)
            for (int v = 0; v < SAMPLE_VARIANTS && (sc__ops[op].flags & SC_FLAG_SUM); v++)
                check_adds((sc_op)op, v, machines[i]);
        sc_machine_close(machines[i]);
    }
}

/* ---- every allocation made to fail
 * --------------------------------------------------------------- */

typedef struct {
    sc_op op;
    int variant;
} row;

static sc_status build_and_run(void *arg) {
    const row *r = arg;
    sc_machine *m = NULL;
    sc_graph *g = NULL;
    sc_status s = sc_machine_open(&m, "cpu", 1);
    if (s >= 0) s = sc_graph_open(&g, m);
    if (s >= 0) {
        sample in = {.g = g, .real = SC_F32, .rounded = SC_F32, .variant = r->variant};
        sc_node *n = sample_new(&in, r->op);
        if (n && sc_graph_status(g) >= 0) keep_outputs(g, n);
        s = n ? sc_graph_run(g, NULL) : SC_OK;
    }
    sc_graph_close(g);
    sc_machine_close(m);
    return s;
}

TEST(oom, "graph/ops/oom") {
    int64_t injected = 0;
    for (int op = 0; op < SC_OP_COUNT; op++) {
        row r = {(sc_op)op, 2};
        injected += test_oom(build_and_run, &r);
    }
    CHECK(injected > 100);
}
