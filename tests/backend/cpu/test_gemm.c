/* test_gemm.c - matrix products of every engine against sums in double: remainders of panels, tiles
 * and blocks, few rows, all layouts and types, bias, activation and addition, threads. */
#include "backend/cpu/gemm.h"
#include "base/random.h"
#include "tensor/dtype.h"
#include "test.h"

typedef struct {
    int64_t m, n, k;
} size;

/* Around panels (6, 8, 14, 32 lanes), beyond a tile (256), beyond blocks (2016 rows, 3072). */
static const size sizes[] = {
    {1, 1, 1},      {1, 97, 33},    {2, 130, 64}, {3, 515, 17},  {5, 33, 100},
    {16, 70, 31},   {17, 33, 5},    {29, 65, 2},  {57, 48, 129}, {300, 290, 70},
    {264, 31, 800}, {40, 35, 3100}, {2100, 9, 6}, {19, 3100, 7}, {1, 8, 3100},
};

static const sc_isa isas[] = {SC_ISA_NEON, SC_ISA_AVX2, SC_ISA_AVX512, SC_ISA_AVX512BF16,
                              SC_ISA_AMX};

typedef struct {
    size s;
    sc_dtype a, b, c;
    bool ta, tb, add, bias, pre;
    sc_act act;
} setup;

enum { GUARD = 3 }; /* columns beyond a row of C, which nothing may touch */

static void *reals(int64_t n, sc_dtype t, uint64_t stream) {
    void *p = sc__alloc((size_t)n * sc_dtype_size(t));
    CHECK(p);
    for (int64_t i = 0; i < n; i++) {
        const float f = 2 * sc__random_uniform(test_seed(), stream, (uint64_t)i) - 1;
        CHECK_OK(sc__convert((char *)p + (size_t)i * sc_dtype_size(t), t, &f, SC_F32, 1));
    }
    return p;
}

static double real(const void *p, sc_dtype t, int64_t i) {
    double v;
    CHECK_OK(sc__convert(&v, SC_F64, (const char *)p + (size_t)i * sc_dtype_size(t), t, 1));
    return v;
}

typedef struct {
    void *a, *b, *c, *pre, *bias, *before;
    int64_t stride;
} arrays;

static arrays arrays_new(const setup *t) {
    arrays x = {.stride = t->s.n + GUARD};
    x.a = reals(t->s.m * t->s.k, t->a, 1);
    x.b = reals(t->s.k * t->s.n, t->b, 2);
    x.bias = reals(t->s.n, t->b, 3);
    x.before = reals(t->s.m * x.stride, t->c, 4);
    x.c = reals(t->s.m * x.stride, t->c, 4);
    x.pre = reals(t->s.m * x.stride, t->c, 5);
    return x;
}

static void arrays_free(arrays *x) {
    sc__free(x->a), sc__free(x->b), sc__free(x->c);
    sc__free(x->pre), sc__free(x->bias), sc__free(x->before);
}

static void multiply(const sc_gemm_engine *e, const setup *t, arrays *x, int threads) {
    sc_pool *pool;
    CHECK_OK(sc__pool_open(&pool, threads));
    const int64_t all[3] = {t->s.m, t->s.n, t->s.k};
    const size_t bytes = sc__gemm_scratch(e, all, threads);
    unsigned char *scratch = sc__alloc(bytes + 64);
    CHECK(scratch);
    memset(scratch, 0xFF, bytes + 64); /* NaN, and a fence */
    const sc_gemm g = {
        .a = {x->a, t->a, t->ta ? t->s.m : t->s.k, t->s.m, t->ta},
        .b = {x->b, t->b, t->tb ? t->s.k : t->s.n, t->s.n, !t->tb},
        .k = t->s.k,
        .out = {x->c, t->pre ? x->pre : NULL, t->c, t->b, x->stride, t->bias ? x->bias : NULL,
                t->act, t->add},
    };
    sc__gemm_run(e, pool, scratch, &g);
    for (int i = 0; i < 64; i++) CHECK(scratch[bytes + (size_t)i] == 0xFF);
    sc__free(scratch);
    sc__pool_close(pool);
}

static double rounding(sc_dtype t) { return t == SC_F32 ? 1e-7 : t == SC_F16 ? 6e-4 : 5e-3; }

static void check_element(const setup *t, const arrays *x, int64_t i, int64_t j,
                          const char *engine) {
    double sum = t->bias ? real(x->bias, t->b, j) : 0, magnitude = fabs(sum);
    for (int64_t k = 0; k < t->s.k; k++) {
        const double term = real(x->a, t->a, t->ta ? k * t->s.m + i : i * t->s.k + k) *
                            real(x->b, t->b, t->tb ? j * t->s.k + k : k * t->s.n + j);
        sum += term;
        magnitude += fabs(term);
    }
    const int64_t at = i * x->stride + j;
    const double near = 1e-6 * (1 + magnitude), coarse = rounding(t->c);
    if (t->pre) CHECK_NEAR(real(x->pre, t->c, at), sum, near + coarse * fabs(sum));
    double want = t->act == SC_RELU ? fmax(sum, 0) : sum;
    if (t->add) want += real(x->before, t->c, at);
    const double got = real(x->c, t->c, at);
    if (!(fabs(got - want) <= near + coarse * fabs(want)))
        test_fail(__FILE__, __LINE__,
                  "%s, %lld x %lld x %lld, ta %d tb %d, (%lld, %lld): %.9g, want %.9g", engine,
                  (long long)t->s.m, (long long)t->s.n, (long long)t->s.k, t->ta, t->tb,
                  (long long)i, (long long)j, got, want);
}

/* All elements of small products, a sample of large ones, all guards. */
static void check(const setup *t, const arrays *x, const char *engine) {
    const int64_t n = t->s.n, m = t->s.m, step = m * n * t->s.k > 200000 ? 37 : 1;
    for (int64_t e = 0; e < m * n; e += step) check_element(t, x, e / n, e % n, engine);
    check_element(t, x, m - 1, n - 1, engine);
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = n; j < x->stride; j++)
            CHECK(real(x->c, t->c, i * x->stride + j) == real(x->before, t->c, i * x->stride + j));
}

static void check_setup(const setup *t) {
    for (int i = 0; i < SC_LEN(isas); i++) {
        const sc_gemm_engine *e =
            sc__cpu_isa_has(isas[i]) ? sc__gemm_engine(isas[i], t->a, t->b) : NULL;
        if (!e) continue;
        arrays x = arrays_new(t), y = arrays_new(t);
        multiply(e, t, &x, 1);
        check(t, &x, e->name);
        multiply(e, t, &y, 7);
        CHECK(!memcmp(x.c, y.c, (size_t)(t->s.m * x.stride) * sc_dtype_size(t->c)));
        arrays_free(&x);
        arrays_free(&y);
    }
}

TEST(layouts, "backend/gemm/layouts-and-sizes") {
    for (int s = 0; s < SC_LEN(sizes); s++)
        for (int t = 0; t < 4; t++)
            for (int bf16 = 0; bf16 < 2; bf16++) {
                const sc_dtype type = bf16 ? SC_BF16 : SC_F32;
                const setup c = {.s = sizes[s],
                                 .a = type,
                                 .b = type,
                                 .c = SC_F32,
                                 .ta = t & 1,
                                 .tb = t & 2,
                                 .add = s & 1};
                check_setup(&c);
            }
}

TEST(types, "backend/gemm/types") {
    static const sc_dtype types[] = {SC_F32, SC_BF16, SC_F16};
    const size some[] = {{9, 50, 45}, {45, 39, 61}};
    for (int i = 0; i < 27 * 2; i++) {
        const setup c = {.s = some[i % 2],
                         .a = types[i / 2 % 3],
                         .b = types[i / 6 % 3],
                         .c = types[i / 18],
                         .ta = i & 4,
                         .tb = i & 8};
        check_setup(&c);
    }
}

TEST(endings, "backend/gemm/bias-activation-addition") {
    const size some[] = {{4, 70, 45}, {45, 300, 61}, {30, 33, 3200}};
    for (int i = 0; i < 16 * 3; i++) {
        const int f = i / 3;
        const setup c = {.s = some[i % 3],
                         .a = SC_BF16,
                         .b = SC_BF16,
                         .c = f & 1 ? SC_BF16 : SC_F32,
                         .bias = f & 2,
                         .pre = f & 4,
                         .add = f & 8,
                         .act = f & 4 ? SC_RELU : SC_ACT_NONE};
        check_setup(&c);
    }
}

/* Sums of numbers of very different size, for every engine of f32: how far they are from the exact
 * ones, as a part of the sum of the terms' sizes. Three bf16 hold what one f32 holds. */
static double farthest(const sc_gemm_engine *e, const setup *t, arrays *x) {
    double worst = 0;
    multiply(e, t, x, 1);
    for (int64_t i = 0; i < t->s.m; i++)
        for (int64_t j = 0; j < t->s.n; j++) {
            double sum = 0, magnitude = 0;
            for (int64_t k = 0; k < t->s.k; k++) {
                const double term = (double)((const float *)x->a)[i * t->s.k + k] *
                                    (double)((const float *)x->b)[k * t->s.n + j];
                sum += term;
                magnitude += fabs(term);
            }
            const double got = (double)((const float *)x->c)[i * x->stride + j];
            worst = fmax(worst, fabs(got - sum) / magnitude);
        }
    return worst;
}

TEST(exact, "backend/gemm/f32-as-exact-as-f32") {
    const setup t = {.s = {40, 50, 1000}, .a = SC_F32, .b = SC_F32, .c = SC_F32};
    arrays x = arrays_new(&t);
    for (int64_t i = 0; i < 40 * 1000; i++)
        ((float *)x.a)[i] *= exp2f((float)sc__random_below(test_seed(), 6, (uint64_t)i, 16));
    for (int i = 0; i < SC_LEN(isas); i++) {
        const sc_gemm_engine *e =
            sc__cpu_isa_has(isas[i]) ? sc__gemm_engine(isas[i], SC_F32, SC_F32) : NULL;
        const double far = e ? farthest(e, &t, &x) : 0;
        if (!(far < 4e-7)) test_fail(__FILE__, __LINE__, "%s: off by %.3g", e->name, far);
    }
    arrays_free(&x);
}

/* A NaN of any bits is seen in the product. */
TEST(nan, "backend/gemm/nan-stays") {
    const setup t = {.s = {33, 34, 35}, .a = SC_F32, .b = SC_F32, .c = SC_F32};
    static const uint32_t bits[] = {0x7FC00000, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFC00001};
    for (int i = 0; i < SC_LEN(isas) * SC_LEN(bits); i++) {
        const sc_isa isa = isas[i / SC_LEN(bits)];
        const sc_gemm_engine *e =
            sc__cpu_isa_has(isa) ? sc__gemm_engine(isa, SC_F32, SC_F32) : NULL;
        if (!e) continue;
        arrays x = arrays_new(&t);
        memcpy((float *)x.a + 17 * 35 + 34, &bits[i % SC_LEN(bits)], sizeof bits[0]);
        multiply(e, &t, &x, 1);
        for (int64_t r = 0; r < 33; r++)
            for (int64_t c = 0; c < 34; c++)
                CHECK(isnan(((float *)x.c)[r * x.stride + c]) == (r == 17));
        arrays_free(&x);
    }
}

/* ---- through graphs -------------------------------------------------------------------------- */

static sc_node *input(sc_graph *g, const char *name, sc_dtype t, int64_t rows, int64_t cols) {
    sc_node *n = sc_input_tokens(g, name, t, (sc_shape){2, {rows, cols}});
    void *p = reals(rows * cols, t, (uint64_t)name[0]);
    memcpy(sc_node_data(n), p, (size_t)(rows * cols) * sc_dtype_size(t));
    sc__free(p);
    return n;
}

/* A weight gradient sums over the tokens in use and not over those before them in the buffer. */
TEST(ragged, "backend/gemm/fewer-tokens-than-capacity") {
    sc_machine *m;
    sc_graph *g;
    CHECK_OK(sc_machine_open(&m, "cpu", 2));
    CHECK_OK(sc_graph_open(&g, m));
    sc_node *x = input(g, "x", SC_F32, 100, 40), *dy = input(g, "dy", SC_F32, 100, 30);
    sc_node *dw = sc_matmul(g, x, dy, SC_TA);
    sc_keep(g, dw);
    for (int64_t tokens = 100; tokens > 0; tokens -= 33) {
        const sc_run_options o = {.n_tokens = tokens};
        CHECK_OK(sc_graph_run(g, &o));
        const float *a = sc_node_data(x), *b = sc_node_data(dy), *c = sc_node_data(dw);
        for (int64_t e = 0; e < 40 * 30; e++) {
            double sum = 0;
            for (int64_t k = 0; k < tokens; k++)
                sum += (double)a[k * 40 + e / 30] * (double)b[k * 30 + e % 30];
            CHECK_NEAR(c[e], sum, 1e-4);
        }
    }
    sc_graph_close(g);
    sc_machine_close(m);
}

enum { HEAD_ROWS = 1030, HEAD_V = 3001, HEAD_D = 6 };

typedef struct {
    float loss, dx[HEAD_ROWS * HEAD_D], dw[HEAD_V * HEAD_D];
} head;

static void run_head(head *out, sc_tensor *w, bool fused, int threads) {
    sc_machine *m;
    sc_graph *g;
    CHECK_OK(sc_machine_open(&m, "cpu", threads));
    CHECK_OK(sc_graph_open(&g, m));
    sc_graph_set_fusion(g, fused);
    sc_node *x = input(g, "x", SC_F32, HEAD_ROWS, HEAD_D);
    sc_node *targets = sc_input_tokens(g, "t", SC_I32, (sc_shape){1, {HEAD_ROWS}});
    sc_node *weights = sc_input_tokens(g, "w", SC_F32, (sc_shape){1, {HEAD_ROWS}});
    for (int i = 0; i < HEAD_ROWS; i++) {
        ((int32_t *)sc_node_data(targets))[i] = i % 10 ? i * 31 % HEAD_V : -1;
        ((float *)sc_node_data(weights))[i] = 1.0f / HEAD_ROWS;
    }
    w->grad = out->dw;
    sc_want_grad(g, x);
    sc_node *loss =
        sc_xent(g, sc_matmul(g, x, sc_tensor_node(g, w), SC_TB), targets, weights, 0.1f);
    sc_keep(g, loss);
    sc_graph_backward(g, loss);
    sc_keep(g, sc_node_grad(x));
    CHECK_OK(sc_graph_run(g, NULL));
    sc_plan_report report;
    CHECK_OK(sc_graph_plan(g, &report));
    CHECK((report.n_fused > 0) == fused);
    out->loss = *(float *)sc_node_data(loss);
    memcpy(out->dx, sc_node_data(sc_node_grad(x)), sizeof out->dx);
    sc_graph_close(g);
    sc_machine_close(m);
}

/* The fused head goes through its rows in two chunks here: the same numbers as logits held whole.
 */
TEST(head, "backend/gemm/head-in-chunks") {
    head *all = sc__calloc(3, sizeof *all);
    CHECK(all);
    sc_tensor w = {.name = "w", .dtype = SC_F32, .shape = {2, {HEAD_V, HEAD_D}}};
    w.data = reals(HEAD_V * HEAD_D, SC_F32, 9);
    run_head(&all[0], &w, true, 1);
    run_head(&all[1], &w, true, 3);
    run_head(&all[2], &w, false, 2);
    CHECK(!memcmp(&all[0], &all[1], sizeof *all));
    CHECK_NEAR(all[0].loss, all[2].loss, 1e-5);
    for (int i = 0; i < HEAD_ROWS * HEAD_D; i++) CHECK_NEAR(all[0].dx[i], all[2].dx[i], 1e-7);
    for (int i = 0; i < HEAD_V * HEAD_D; i++) CHECK_NEAR(all[0].dw[i], all[2].dw[i], 1e-7);
    sc__free(w.data);
    sc__free(all);
}
