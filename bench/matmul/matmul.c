/* matmul.c - our matrix products against oneDNN's best on whole matrices, same threads, same run.
 *
 * For each shape oneDNN runs with weights in the layout it likes best (reordering not counted: a
 * ceiling), on its own OpenMP threads; ours runs as the graph calls it, packing and all. */
#include "backend/cpu/gemm.h"

#include <dnnl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    const char *what;
    int64_t m, n, k;
    bool ta, tb;
} shape;

static const shape shapes[] = {
    {"qkv", 2048, 2304, 768, 0, 0},
    {"qkv dx", 2048, 768, 2304, 0, 1},
    {"qkv dw", 768, 2304, 2048, 1, 0},
    {"attn out", 2048, 768, 768, 0, 0},
    {"attn out dw", 768, 768, 2048, 1, 0},
    {"up", 2048, 3072, 768, 0, 0},
    {"down", 2048, 768, 3072, 0, 0},
    {"down dw", 3072, 768, 2048, 1, 0},
    {"head, 512 rows", 512, 50257, 768, 0, 1},
    {"head dx", 512, 768, 50257, 0, 0},
    {"head dw", 50257, 768, 512, 1, 0},
    {"nanoGPT qkv", 768, 384, 128, 0, 0},
    {"nanoGPT out", 768, 128, 128, 0, 0},
    {"nanoGPT up", 768, 512, 128, 0, 0},
    {"nanoGPT up dw", 128, 512, 768, 1, 0},
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(dnnl_status_t s, const char *what) {
    if (s == dnnl_success) return;
    fprintf(stderr, "oneDNN: %s failed with %d\n", what, (int)s);
    exit(1);
}
#define MUST(call) must(call, #call)

static const double budget = 0.25; /* seconds for each measurement */

typedef struct {
    dnnl_primitive_t p;
    dnnl_stream_t stream;
    dnnl_exec_arg_t args[4];
} ceiling;

static ceiling ceiling_open(const shape *s, sc_dtype t, void *a, void *b, void *c) {
    const dnnl_data_type_t type = t == SC_BF16 ? dnnl_bf16 : dnnl_f32;
    dnnl_engine_t engine;
    ceiling x;
    MUST(dnnl_engine_create(&engine, dnnl_cpu, 0));
    MUST(dnnl_stream_create(&x.stream, engine, dnnl_stream_default_flags));
    const dnnl_dims_t da = {s->m, s->k}, db = {s->k, s->n}, dc = {s->m, s->n};
    const dnnl_dims_t sa = {s->ta ? 1 : s->k, s->ta ? s->m : 1}, sc = {s->n, 1};
    dnnl_memory_desc_t ma, mb, mc;
    MUST(dnnl_memory_desc_init_by_strides(&ma, 2, da, type, sa));
    MUST(dnnl_memory_desc_init_by_tag(&mb, 2, db, type, dnnl_format_tag_any));
    MUST(dnnl_memory_desc_init_by_strides(&mc, 2, dc, type, sc));
    dnnl_matmul_desc_t d;
    MUST(dnnl_matmul_desc_init(&d, &ma, &mb, NULL, &mc));
    dnnl_primitive_desc_t pd;
    MUST(dnnl_primitive_desc_create(&pd, &d, NULL, engine, NULL));
    MUST(dnnl_primitive_create(&x.p, pd));
    const dnnl_memory_desc_t *liked = dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
    if (dnnl_memory_desc_get_size(liked) > (size_t)s->n * (size_t)s->k * 4 + (1 << 20)) exit(1);
    x.args[0].arg = DNNL_ARG_SRC;
    MUST(dnnl_memory_create(&x.args[0].memory, &ma, engine, a));
    x.args[1].arg = DNNL_ARG_WEIGHTS;
    MUST(dnnl_memory_create(&x.args[1].memory, liked, engine, b));
    x.args[2].arg = DNNL_ARG_DST;
    MUST(dnnl_memory_create(&x.args[2].memory, &mc, engine, c));
    return x;
}

typedef struct {
    sc_gemm g;
    const sc_gemm_engine *e;
    void *scratch;
} ours;

static ours ours_open(const shape *s, sc_dtype t, sc_isa isa, int threads) {
    ours o = {.e = sc__gemm_engine(isa, t, t)};
    o.g.a = (sc_gemm_side){NULL, t, s->ta ? s->m : s->k, s->m, s->ta};
    o.g.b = (sc_gemm_side){NULL, t, s->tb ? s->k : s->n, s->n, !s->tb};
    o.g.k = s->k;
    o.g.out = (sc_gemm_out){.type = t, .stride = s->n};
    if (o.e) o.scratch = sc__alloc(sc__gemm_scratch(o.e, (int64_t[3]){s->m, s->n, s->k}, threads));
    return o;
}

static void *filled(int64_t n, sc_dtype t) {
    const size_t bytes = (size_t)n * sc_dtype_size(t) + (2 << 20);
    uint16_t *p = sc__alloc(bytes);
    for (size_t i = 0; p && i < bytes / 2; i++) p[i] = (uint16_t)(0x3F80 + i % 5);
    return p;
}

static void measure(const shape *s, sc_dtype t, sc_pool *pool, sc_isa isa) {
    void *a = filled(s->m * s->k, t), *b = filled(s->n * s->k, t), *c = filled(s->m * s->n, t);
    ceiling x = ceiling_open(s, t, a, b, c);
    ours o = ours_open(s, t, isa, sc__pool_threads(pool));
    if (!o.e || !o.scratch) exit(1);
    o.g.a.data = a;
    o.g.b.data = b;
    o.g.out.to = c;
    double best[2] = {1e9, 1e9};
    for (int round = 0; round < 4; round++)
        for (int side = 0; side < 2; side++)
            for (double end = now() + budget / 4; now() < end;) {
                const double start = now();
                if (side)
                    sc__gemm_run(o.e, pool, o.scratch, &o.g);
                else
                    MUST(dnnl_primitive_execute(x.p, x.stream, 3, x.args));
                const double took = now() - start;
                if (took < best[side]) best[side] = took;
            }
    const double work = 2e-9 * (double)s->m * (double)s->n * (double)s->k;
    printf(
        "%-16s %6lld x %5lld x %5lld  %-8s %-10s oneDNN %7.1f  socle %7.1f GFLOP/s  ratio %.2f\n",
        s->what, (long long)s->m, (long long)s->n, (long long)s->k, sc_dtype_name(t), o.e->name,
        work / best[0], work / best[1], best[0] / best[1]);
    fflush(stdout);
    sc__free(a), sc__free(b), sc__free(c), sc__free(o.scratch);
}

int main(int argc, char **argv) {
    const int threads = argc > 1 ? atoi(argv[1]) : 0;
    sc_pool *pool;
    sc_isa isa;
    if (sc__cpu_isa_choose(&isa) < 0 || sc__pool_open(&pool, threads) < 0) {
        fprintf(stderr, "%s\n", sc_error_text());
        return 1;
    }
    omp_set_num_threads(sc__pool_threads(pool));
    printf("%d threads, instruction set %s\n", sc__pool_threads(pool), sc__cpu_isa_name(isa));
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < SC_LEN(shapes); i++)
            if (argc < 3 || atoi(argv[2]) == t)
                measure(&shapes[i], t ? SC_BF16 : SC_F32, pool, isa);
    sc__pool_close(pool);
    return 0;
}
