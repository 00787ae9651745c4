/* attention.c - times ATTENTION and ATTENTION_BWD as the graph runs them: the least of many runs.
 *
 *     attention NAME B T HEADS D CAUSAL TYPE THREADS     one line: forward and backward seconds
 *     attention decode S KEYS HEADS D 0 TYPE THREADS     one query against KEYS keys; bytes a
 * second attention peak 0 0 0 0 0 f32 THREADS               multiply-adds the processor can do in
 * f32 */
#include "graph/graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    int64_t b, t;
    int heads, d;
    bool causal;
    sc_dtype type;
} shape;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(sc_status s) {
    if (s >= 0) return;
    fprintf(stderr, "attention: %s\n", sc_error_text());
    exit(1);
}

static void fill(sc_node *n) {
    const int64_t count = sc_shape_elements(&n->shape);
    for (int64_t i = 0; i < count; i++) {
        const float f = (float)((i * 7919) % 2003) / 1001.0f - 1.0f;
        uint32_t bits;
        memcpy(&bits, &f, 4);
        if (n->dtype == SC_F32)
            ((float *)n->data)[i] = f;
        else
            ((uint16_t *)n->data)[i] = (uint16_t)(bits >> 16);
    }
}

static sc_node *offsets(sc_graph *g, int64_t sequences, int64_t step) {
    sc_node *n = sc_input(g, "offsets", SC_I32, (sc_shape){1, {sequences + 1}});
    for (int64_t i = 0; i <= sequences; i++) ((int32_t *)n->data)[i] = (int32_t)(i * step);
    return n;
}

static sc_node *find(const sc_graph *g, sc_op op) {
    for (sc_node *n = g->first; n; n = n->next)
        if (n->op == op) return n;
    return NULL;
}

/* The least time of each of the nodes over a second and a half. */
static void measure(sc_graph *g, sc_node *const nodes[2], double least[2]) {
    must(sc_graph_run(g, NULL));
    sc_graph_set_profile(g, true);
    least[0] = least[1] = 1e9;
    for (const double end = now() + 1.5; now() < end;) {
        double before[2];
        for (int i = 0; i < 2; i++) before[i] = nodes[i] ? nodes[i]->seconds : 0;
        must(sc_graph_run(g, NULL));
        for (int i = 0; i < 2 && nodes[i]; i++)
            least[i] = fmin(least[i], nodes[i]->seconds - before[i]);
    }
}

static void train(const shape *s, sc_machine *m) {
    sc_graph *g;
    must(sc_graph_open(&g, m));
    const int64_t n = s->b * s->t, width = (int64_t)s->heads * s->d;
    sc_node *qkv = sc_input_tokens(g, "qkv", s->type, (sc_shape){2, {n, 3 * width}});
    sc_node *w = sc_input_tokens(g, "w", s->type, (sc_shape){2, {n, width}});
    sc_want_grad(g, qkv);
    const sc_attention_options o = {.n_head = s->heads,
                                    .n_kv_head = s->heads,
                                    .d_head = s->d,
                                    .scale = 1 / sqrtf((float)s->d),
                                    .causal = s->causal,
                                    .offsets = offsets(g, s->b, s->t)};
    sc_node *y = sc_attention_packed(g, qkv, &o);
    sc_graph_backward(g, sc_sum(g, sc_mul(g, y, w)));
    must(sc_graph_status(g));
    sc_keep(g, sc_node_grad(qkv));
    fill(qkv);
    fill(w);
    must(sc_graph_plan(g, &(sc_plan_report){0}));
    sc_node *const nodes[2] = {y, find(g, SC_OP_ATTENTION_BWD)};
    double least[2];
    measure(g, nodes, least);
    printf("%.9f %.9f %s\n", least[0], least[1], y->kernel->name);
    sc_graph_close(g);
}

static void decode(const shape *s, sc_machine *m) {
    enum { BLOCK = 16 };
    sc_graph *g;
    must(sc_graph_open(&g, m));
    const int64_t width = (int64_t)s->heads * s->d, blocks = (s->t + BLOCK - 1) / BLOCK;
    sc_node *q = sc_input_tokens(g, "q", s->type, (sc_shape){2, {s->b, width}});
    sc_node *k = sc_input(g, "k", s->type, (sc_shape){2, {s->b * blocks * BLOCK, width}});
    sc_node *v = sc_input(g, "v", s->type, (sc_shape){2, {s->b * blocks * BLOCK, width}});
    sc_attention_options o = {.n_head = s->heads,
                              .n_kv_head = s->heads,
                              .d_head = s->d,
                              .scale = 1 / sqrtf((float)s->d),
                              .causal = true,
                              .block_size = BLOCK,
                              .offsets = offsets(g, s->b, 1)};
    o.kv_len = sc_input(g, "kv_len", SC_I32, (sc_shape){1, {s->b}});
    o.table = sc_input(g, "table", SC_I32, (sc_shape){2, {s->b, blocks}});
    for (int64_t i = 0; i < s->b; i++) ((int32_t *)o.kv_len->data)[i] = (int32_t)s->t;
    for (int64_t i = 0; i < s->b * blocks; i++) ((int32_t *)o.table->data)[i] = (int32_t)i;
    sc_node *y = sc_attention(g, q, k, v, &o);
    sc_keep(g, y);
    must(sc_graph_status(g));
    fill(q);
    fill(k);
    fill(v);
    sc_node *const nodes[2] = {y, NULL};
    double least[2];
    measure(g, nodes, least);
    const double bytes = 2.0 * (double)(s->b * s->t * width) * (double)sc_dtype_size(s->type);
    printf("%.9f %.3e %s\n", least[0], bytes / least[0], y->kernel->name);
    sc_graph_close(g);
}

#ifdef __x86_64__
#include <immintrin.h>

static volatile float sink;

/* 24 chains of 100000 dependent multiply-adds of 16 floats. */
__attribute__((target("avx512f"))) static void chains(void *arg, int64_t task, int worker) {
    (void)arg, (void)task, (void)worker;
    __m512 a[24];
    const __m512 x = _mm512_set1_ps(0.999f);
    for (int i = 0; i < 24; i++) a[i] = _mm512_set1_ps((float)i);
    for (int n = 0; n < 100000; n++)
#pragma GCC unroll 24
        for (int i = 0; i < 24; i++) a[i] = _mm512_fmadd_ps(a[i], x, x);
    for (int i = 0; i < 24; i++) sink = _mm512_reduce_add_ps(a[i]);
}

static void peak(sc_machine *m) {
    double least = 1e9;
    if (!__builtin_cpu_supports("avx512f")) return (void)printf("0 0 -\n");
    const int n = sc_machine_threads(m);
    for (const double end = now() + 1; now() < end;) {
        const double start = now();
        sc__pool_run(m->pool, n, chains, NULL);
        least = fmin(least, now() - start);
    }
    printf("%.9f %.4e peak\n", least, 2.0 * 24 * 16 * 100000 * n / least);
}
#else
static void peak(sc_machine *m) {
    (void)m;
    printf("0 0 -\n");
}
#endif

int main(int argc, char **argv) {
    if (argc != 9) return fprintf(stderr, "attention NAME B T HEADS D CAUSAL TYPE THREADS\n"), 2;
    const shape s = {atoll(argv[2]), atoll(argv[3]), atoi(argv[4]),
                     atoi(argv[5]),  atoi(argv[6]),  strcmp(argv[7], "bf16") ? SC_F32 : SC_BF16};
    sc_machine *m;
    must(sc_machine_open(&m, "cpu", atoi(argv[8])));
    if (!strcmp(argv[1], "peak"))
        peak(m);
    else if (!strcmp(argv[1], "decode"))
        decode(&s, m);
    else
        train(&s, m);
    sc_machine_close(m);
    return 0;
}
