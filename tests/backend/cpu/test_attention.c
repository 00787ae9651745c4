/* test_attention.c - attention of the processors' backend against the reference: ragged batches,
 * masks, biases, shared heads, caches, dropout; every instruction set; bits and threads. */
#include "base/random.h"
#include "graph/graph.h"
#include "tensor/dtype.h"
#include "test.h"

typedef struct {
    int n_head, n_kv_head, d_head;
    bool causal, packed, bias, mask;
    float dropout, scale;
    sc_dtype type;
    int n_sequences, lengths[8];
} setup;

enum { MAX_RESULTS = 6 };

/* Everything that a run gives, as floats: y, lse, then the gradients. */
typedef struct {
    float *value[MAX_RESULTS];
    int64_t count[MAX_RESULTS];
    int n;
    char kernel[16];
} results;

static sc_machine *machine(const char *backend, int threads) {
    sc_machine *m;
    CHECK_OK(sc_machine_open(&m, backend, threads));
    return m;
}

static int total(const setup *c) {
    int n = 0;
    for (int i = 0; i < c->n_sequences; i++) n += c->lengths[i];
    return n;
}

static int longest(const setup *c) {
    int n = 1;
    for (int i = 0; i < c->n_sequences; i++) n = SC_MAX(n, c->lengths[i]);
    return n;
}

static void fill(sc_node *n, uint64_t stream) {
    const int64_t count = sc_shape_elements(&n->shape);
    for (int64_t i = 0; i < count; i++) {
        const float f = sc__random_normal(test_seed(), stream, (uint64_t)i);
        CHECK_OK(sc__convert((char *)n->data + (size_t)i * sc_dtype_size(n->dtype), n->dtype, &f,
                             SC_F32, 1));
    }
}

static sc_node *matrix(sc_graph *g, const char *name, sc_dtype t, int64_t rows, int64_t columns) {
    return sc_input_tokens(g, name, t, (sc_shape){2, {rows, columns}});
}

static void keep_result(results *r, const sc_node *n) {
    const int64_t count = sc_shape_elements(&n->shape);
    float *to = sc__alloc((size_t)count * sizeof *to + 1);
    CHECK_OK(sc__convert(to, SC_F32, n->data, n->dtype, count));
    r->value[r->n] = to;
    r->count[r->n++] = count;
}

static void free_results(results *r) {
    for (int i = 0; i < r->n; i++) sc__free(r->value[i]);
}

/* An attention, its inputs, and the loss sum(weights y) in a graph of their own. */
typedef struct {
    sc_graph *g;
    sc_node *in[4], *offsets, *y, *weights, *mask;
    int n_in; /* those that get gradients */
} built;

static void add_input(built *b, sc_node *n) {
    sc_want_grad(b->g, n);
    b->in[b->n_in++] = n;
}

static built build(const setup *c, sc_machine *m) {
    built b = {0};
    CHECK_OK(sc_graph_open(&b.g, m));
    const int64_t n = total(c), dq = c->n_head * c->d_head, dkv = c->n_kv_head * c->d_head;
    sc_attention_options o = {.n_head = c->n_head,
                              .n_kv_head = c->n_kv_head,
                              .d_head = c->d_head,
                              .scale = c->scale != 0 ? c->scale : 1 / sqrtf((float)c->d_head),
                              .causal = c->causal,
                              .dropout = c->dropout};
    o.offsets = b.offsets = sc_input(b.g, "offsets", SC_I32, (sc_shape){1, {c->n_sequences + 1}});
    if (c->mask) o.key_mask = b.mask = sc_input_tokens(b.g, "mask", SC_I8, (sc_shape){1, {n}});
    if (c->packed) {
        add_input(&b, matrix(b.g, "qkv", c->type, n, dq + 2 * dkv));
    } else {
        add_input(&b, matrix(b.g, "q", c->type, n, dq));
        add_input(&b, matrix(b.g, "k", c->type, n, dkv));
        add_input(&b, matrix(b.g, "v", c->type, n, dkv));
    }
    if (c->bias) {
        o.bias = sc_input(b.g, "bias", SC_F32, (sc_shape){3, {c->n_head, longest(c), longest(c)}});
        add_input(&b, o.bias);
    }
    b.y = c->packed ? sc_attention_packed(b.g, b.in[0], &o)
                    : sc_attention(b.g, b.in[0], b.in[1], b.in[2], &o);
    b.weights = matrix(b.g, "weights", c->type, n, dq);
    sc_node *loss = sc_sum(b.g, sc_mul(b.g, b.y, b.weights));
    sc_keep(b.g, b.y);
    sc_keep(b.g, b.y->out[1]);
    sc_graph_backward(b.g, loss);
    for (int i = 0; i < b.n_in; i++) sc_keep(b.g, sc_node_grad(b.in[i]));
    CHECK_OK(sc_graph_status(b.g));
    return b;
}

static void fill_all(const built *b, const setup *c) {
    for (int i = 0; i < b->n_in; i++) fill(b->in[i], (uint64_t)i);
    fill(b->weights, 9);
    int32_t *o = b->offsets->data;
    o[0] = 0;
    for (int i = 0; i < c->n_sequences; i++) o[i + 1] = o[i] + c->lengths[i];
    if (!b->mask) return;
    int8_t *mask = b->mask->data; /* a quarter hidden, and all of the first sequence */
    for (int i = 0; i < total(c); i++)
        mask[i] = i >= c->lengths[0] && sc__random_below(test_seed(), 5, (uint64_t)i, 4) != 0;
}

static results run(const setup *c, sc_machine *m) {
    results r = {.n = 0};
    const built b = build(c, m);
    const sc_run_options o = {.seed = 11, .step = 5};
    fill_all(&b, c);
    CHECK_OK(sc_graph_run(b.g, &o));
    keep_result(&r, b.y);
    keep_result(&r, b.y->out[1]);
    for (int i = 0; i < b.n_in; i++) keep_result(&r, sc_node_grad(b.in[i]));
    snprintf(r.kernel, sizeof r.kernel, "%s", b.y->kernel->name);
    sc_graph_close(b.g);
    return r;
}

static void compare(const setup *c, const results *got, const results *want) {
    static const char *const names[2][MAX_RESULTS] = {{"y", "lse", "dq", "dk", "dv", "dbias"},
                                                      {"y", "lse", "dqkv", "dbias"}};
    CHECK_INT(got->n, want->n);
    for (int k = 0; k < got->n; k++) {
        double top = 1;
        for (int64_t i = 0; i < want->count[k]; i++)
            if (isfinite(want->value[k][i])) top = fmax(top, fabs((double)want->value[k][i]));
        /* with a large scale the rounding of scores near 100 shows */
        const double exact = c->scale > 1 ? 6e-5 : 3e-6;
        /* a gradient is a sum of terms that cancel, each rounded to bf16 on its way */
        const double rounded = k < 2 ? 1.2e-2 : 3e-2,
                     bound = (c->type == SC_F32 ? exact : rounded) * top;
        for (int64_t i = 0; i < want->count[k]; i++) {
            const double a = (double)got->value[k][i], b = (double)want->value[k][i];
            if (!(fabs(a - b) <= bound) && !(isinf(a) && a == b))
                test_fail(__FILE__, __LINE__,
                          "%s (%s), d %d, heads %d/%d, %s%s%s%s%s: element %lld is %.9g, reference "
                          "%.9g, largest %.3g",
                          names[c->packed][k], got->kernel, c->d_head, c->n_head, c->n_kv_head,
                          sc_dtype_name(c->type), c->causal ? " causal" : "",
                          c->bias ? " bias" : "", c->mask ? " mask" : "",
                          c->dropout > 0 ? " dropout" : "", (long long)i, a, b, top);
        }
    }
}

static const setup setups[] = {
    {2, 2, 64, .causal = true, .packed = true, .n_sequences = 3, .lengths = {130, 0, 67}},
    {2, 2, 32, .causal = true, .n_sequences = 4, .lengths = {1, 64, 1, 65}},
    {4, 2, 20, .causal = false, .n_sequences = 3, .lengths = {33, 1, 100}},
    {6, 2, 24, .causal = true, .packed = true, .n_sequences = 2, .lengths = {300, 31}},
    {1, 1, 80, .causal = true, .mask = true, .n_sequences = 3, .lengths = {7, 129, 40}},
    {2, 1, 96, .causal = false, .mask = true, .packed = true, .n_sequences = 2, .lengths = {9, 70}},
    {3, 3, 16, .causal = true, .bias = true, .n_sequences = 4, .lengths = {66, 3, 0, 41}},
    {4, 2, 7, .bias = true, .mask = true, .packed = true, .n_sequences = 3, .lengths = {5, 90, 1}},
    {2, 2, 128, .causal = true, .dropout = 0.2f, .n_sequences = 2, .lengths = {70, 1}},
    {4, 1, 40, .dropout = 0.5f, .bias = true, .packed = true, .n_sequences = 2,
     .lengths = {35, 64}},
    {1, 1, 64, .causal = true, .n_sequences = 1, .lengths = {600}},
    {1, 1, 1, .causal = true, .n_sequences = 2, .lengths = {2, 40}},
    {2, 2, 33, .scale = -0.3f, .causal = true, .n_sequences = 1, .lengths = {50}},
    {1, 1, 64, .scale = 2, .causal = true, .n_sequences = 1, .lengths = {90}},
};

static void check_isa(const char *isa) {
    setenv("SOCLE_ISA", isa, 1);
    sc_machine *m, *reference = machine("ref", 1);
    const sc_status s = sc_machine_open(&m, "cpu", 2);
    if (s == SC_USAGE) test_skip("this processor has no %s", isa);
    CHECK_OK(s);
    for (int i = 0; i < SC_LEN(setups); i++)
        for (int t = 0; t < 2; t++) {
            setup c = setups[i];
            c.type = t ? SC_BF16 : SC_F32;
            if (t && c.scale > 1) continue; /* saturated: bf16 has no digits left */
            results got = run(&c, m), want = run(&c, reference);
            CHECK(strcmp(got.kernel, "ref") != 0);
            compare(&c, &got, &want);
            free_results(&got);
            free_results(&want);
        }
    sc_machine_close(m);
    sc_machine_close(reference);
}

#ifdef __x86_64__
TEST(avx2, "backend/attention/avx2") { check_isa("avx2"); }
TEST(avx512, "backend/attention/avx512") { check_isa("avx512"); }
TEST(amx, "backend/attention/amx") { check_isa("amx"); }
#endif
#ifdef __aarch64__
TEST(neon, "backend/attention/neon") { check_isa("neon"); }
#endif

TEST(threads, "backend/attention/threads-bit-equal") {
    static const int counts[] = {1, 2, 7};
    sc_machine *m[3];
    for (int i = 0; i < 3; i++) m[i] = machine("cpu", counts[i]);
    for (int i = 0; i < SC_LEN(setups); i++)
        for (int t = 0; t < 2; t++) {
            setup c = setups[i];
            c.type = t ? SC_BF16 : SC_F32;
            results r[3];
            for (int j = 0; j < 3; j++) r[j] = run(&c, m[j]);
            for (int j = 1; j < 3; j++)
                for (int k = 0; k < r[0].n; k++)
                    CHECK(!memcmp(r[0].value[k], r[j].value[k], (size_t)r[0].count[k] * 4));
            for (int j = 0; j < 3; j++) free_results(&r[j]);
        }
    for (int i = 0; i < 3; i++) sc_machine_close(m[i]);
}

/* ---- dropout --------------------------------------------------------------------------------- */

/* With all values 1, y is the sum of the kept probabilities: 1 on average. */
TEST(dropout_mean, "backend/attention/dropout-keeps-the-mean") {
    const setup c = {2, 2, 16, .dropout = 0.3f, .n_sequences = 1, .lengths = {256}};
    sc_machine *m = machine("cpu", 1);
    const built b = build(&c, m);
    fill_all(&b, &c);
    for (int64_t i = 0; i < 256 * 32; i++) ((float *)b.in[2]->data)[i] = 1;
    double sum = 0, squares = 0;
    enum { STEPS = 8 };
    for (uint64_t step = 0; step < STEPS; step++) {
        const sc_run_options o = {.seed = 3, .step = step};
        CHECK_OK(sc_graph_run(b.g, &o));
        for (int64_t i = 0; i < 512; i++) {
            const double y = (double)((const float *)b.y->data)[i * 16];
            sum += y;
            squares += (y - 1) * (y - 1);
        }
    }
    CHECK_NEAR(sum / (512 * STEPS), 1, 0.02);
    CHECK(squares > 1); /* and something was dropped */
    sc_graph_close(b.g);
    sc_machine_close(m);
}

static double loss_of(const built *b, int64_t n) {
    const sc_run_options o = {.seed = 3, .step = 2};
    CHECK_OK(sc_graph_run(b->g, &o));
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum +=
            (double)((const float *)b->y->data)[i] * (double)((const float *)b->weights->data)[i];
    return sum;
}

TEST(dropout_gradient, "backend/attention/dropout-gradient") {
    const setup c = {
        2, 1, 8, .dropout = 0.4f, .causal = true, .n_sequences = 2, .lengths = {40, 5}};
    sc_machine *m = machine("cpu", 2);
    const built b = build(&c, m);
    fill_all(&b, &c);
    for (int k = 0; k < 3; k++)
        for (int64_t i = 0; i < sc_shape_elements(&b.in[k]->shape); i += 13) {
            float *x = (float *)b.in[k]->data + i, old = *x;
            loss_of(&b, 45 * 16);
            const double got = (double)((const float *)sc_node_grad(b.in[k])->data)[i];
            *x = old + 0.01f;
            const double up = loss_of(&b, 45 * 16);
            *x = old - 0.01f;
            CHECK_NEAR(got, (up - loss_of(&b, 45 * 16)) / 0.02, 2e-3 * (1 + fabs(got)));
            *x = old;
        }
    sc_graph_close(b.g);
    sc_machine_close(m);
}

/* ---- decoding: one query and many keys through a block table --------------------------------- */

enum { ROWS_OF_BLOCK = 16, BLOCKS = 90, SEQUENCES = 4 };

typedef struct {
    sc_graph *g;
    sc_node *y;
} decoder;

static decoder decode(sc_machine *m, sc_dtype t, int n_head, int n_kv_head, int d) {
    static const int32_t lengths[SEQUENCES] = {1300, 1, 0, 513};
    static const int32_t queries[SEQUENCES + 1] = {0, 1, 2, 3, 8};
    decoder r;
    CHECK_OK(sc_graph_open(&r.g, m));
    const int64_t rows = BLOCKS * SEQUENCES * ROWS_OF_BLOCK;
    sc_node *q = matrix(r.g, "q", t, 8, n_head * d);
    sc_node *k = sc_input(r.g, "k", t, (sc_shape){2, {rows, n_kv_head * d}});
    sc_node *v = sc_input(r.g, "v", t, (sc_shape){2, {rows, n_kv_head * d}});
    sc_node *mask = sc_input(r.g, "mask", SC_I8, (sc_shape){1, {rows}});
    sc_attention_options o = {.n_head = n_head,
                              .n_kv_head = n_kv_head,
                              .d_head = d,
                              .scale = 0.2f,
                              .causal = true,
                              .block_size = ROWS_OF_BLOCK,
                              .key_mask = mask};
    o.offsets = sc_input(r.g, "offsets", SC_I32, (sc_shape){1, {SEQUENCES + 1}});
    o.kv_len = sc_input(r.g, "kv_len", SC_I32, (sc_shape){1, {SEQUENCES}});
    o.table = sc_input(r.g, "table", SC_I32, (sc_shape){2, {SEQUENCES, BLOCKS}});
    r.y = sc_attention(r.g, q, k, v, &o);
    sc_keep(r.g, r.y);
    sc_keep(r.g, r.y->out[1]);
    CHECK_OK(sc_graph_status(r.g));
    fill(q, 1);
    fill(k, 2);
    fill(v, 3);
    memcpy(o.offsets->data, queries, sizeof queries);
    memcpy(o.kv_len->data, lengths, sizeof lengths);
    for (int i = 0; i < BLOCKS * SEQUENCES; i++) /* 7 has no factor in common with 360 */
        ((int32_t *)o.table->data)[i] = i * 7 % (BLOCKS * SEQUENCES);
    for (int64_t i = 0; i < rows; i++) ((int8_t *)mask->data)[i] = i % 11 != 3;
    CHECK_OK(sc_graph_run(r.g, NULL));
    return r;
}

static void check_decoding(const char *isa) {
    setenv("SOCLE_ISA", isa, 1);
    sc_machine *m, *reference = machine("ref", 1), *seven;
    const sc_status s = sc_machine_open(&m, "cpu", 1);
    if (s == SC_USAGE) test_skip("this processor has no %s", isa);
    CHECK_OK(s);
    CHECK_OK(sc_machine_open(&seven, "cpu", 7));
    for (int t = 0; t < 2; t++)
        for (int shape = 0; shape < 3; shape++) {
            static const int shapes[3][3] = {{2, 2, 64}, {4, 1, 20}, {6, 2, 128}};
            const int *h = shapes[shape];
            const decoder a = decode(m, t ? SC_BF16 : SC_F32, h[0], h[1], h[2]);
            const decoder b = decode(reference, t ? SC_BF16 : SC_F32, h[0], h[1], h[2]);
            const decoder c = decode(seven, t ? SC_BF16 : SC_F32, h[0], h[1], h[2]);
            for (int k = 0; k < 2; k++) {
                results r = {.n = 0};
                keep_result(&r, a.y->out[k]);
                keep_result(&r, b.y->out[k]);
                keep_result(&r, c.y->out[k]);
                CHECK(!memcmp(r.value[0], r.value[2], (size_t)r.count[0] * 4));
                for (int64_t i = 0; i < r.count[0]; i++)
                    if (isfinite(r.value[1][i]))
                        CHECK_NEAR(r.value[0][i], r.value[1][i], t ? 8e-3 : 1e-5);
                    else
                        CHECK(r.value[0][i] == r.value[1][i]);
                free_results(&r);
            }
            sc_graph_close(a.g);
            sc_graph_close(b.g);
            sc_graph_close(c.g);
        }
    sc_machine_close(m);
    sc_machine_close(seven);
    sc_machine_close(reference);
}

#ifdef __x86_64__
TEST(decode_avx2, "backend/attention/decode-avx2") { check_decoding("avx2"); }
TEST(decode_avx512, "backend/attention/decode-avx512") { check_decoding("avx512"); }
TEST(decode_amx, "backend/attention/decode-amx") { check_decoding("amx"); }
#endif
#ifdef __aarch64__
TEST(decode_neon, "backend/attention/decode-neon") { check_decoding("neon"); }
#endif
