/* onednn.c - f32 products by oneDNN's sgemm on tiles of C. The grid depends on the sizes alone, so
 * that the number of threads changes no bit; each call runs on one OpenMP thread, that of the
 * worker it is made on. */
#include "backend/cpu/onednn.h"

#ifndef SC_HAVE_ONEDNN

bool sc__onednn_takes(const sc_gemm_engine *e, const sc_gemm *g) { return (void)e, (void)g, false; }
size_t sc__onednn_scratch(int n_threads) { return (void)n_threads, 0; }
void sc__onednn_run(const sc_gemm_engine *e, sc_pool *pool, void *scratch, const sc_gemm *g) {
    (void)e, (void)pool, (void)scratch, (void)g;
    sc_assert(!"built without oneDNN");
}

#else

#include <dnnl.h>
#include <omp.h>

enum { TILE_M = 1024, TILE_N = 768 };
/* Fewer multiplications than this are done sooner than oneDNN has begun. */
enum { WORTH = 2000000 };

static bool is_forced_down(sc_isa isa) { return isa < SC_ISA_AVX512 && isa != sc__cpu_isa_best(); }

/* f32 in words of several bf16 is faster than any sum of f32. */
bool sc__onednn_takes(const sc_gemm_engine *e, const sc_gemm *g) {
    const int64_t m = g->a.lanes, n = g->b.lanes;
    if (e->per_word > 1 || g->a.dtype != SC_F32 || g->b.dtype != SC_F32 ||
        is_forced_down(sc__cpu_isa_current()))
        return false;
    return (m > SC_GEMM_SKINNY || g->a.k_major) && n >= 16 && g->k >= 32 && m * n * g->k >= WORTH;
}

size_t sc__onednn_scratch(int n_threads) {
    return (size_t)n_threads * TILE_M * TILE_N * sizeof(float);
}

typedef struct {
    const sc_gemm_engine *e;
    const sc_gemm *g;
    float *scratch;
    int64_t tile_m, tile_n, across; /* tiles in a row of them */
    bool direct;                    /* into C: there is nothing to do to a tile afterwards */
} job;

static int64_t part(int64_t all, int64_t most) {
    const int64_t parts = (all + most - 1) / most, size = (all + parts - 1) / parts;
    return SC_MIN((size + 15) / 16 * 16, all);
}

/* Tiles as large as packing asks for, but four at least where that leaves them large enough. */
static void cut(job *j) {
    const int64_t m = j->g->a.lanes, n = j->g->b.lanes;
    int64_t most_m = m > 4096 ? TILE_M : TILE_M / 2, most_n = n > 2048 ? TILE_N : TILE_N / 2;
    for (;;) {
        j->tile_m = part(m, most_m);
        j->tile_n = part(n, most_n);
        j->across = (n + j->tile_n - 1) / j->tile_n;
        if ((m + j->tile_m - 1) / j->tile_m * j->across >= 4) return;
        if (j->tile_m >= j->tile_n && j->tile_m > 96)
            most_m = (j->tile_m + 1) / 2;
        else if (j->tile_n > 96)
            most_n = (j->tile_n + 1) / 2;
        else
            return;
    }
}

/* The element of a side at this lane, k = 0. */
static const float *lane(const sc_gemm_side *s, int64_t i) {
    return (const float *)s->data + (s->k_major ? i : i * s->stride);
}

static void tile(void *arg, int64_t task, int worker) {
    const job *j = arg;
    const sc_gemm *g = j->g;
    const int64_t m0 = task / j->across * j->tile_m, n0 = task % j->across * j->tile_n;
    const int64_t m = SC_MIN(j->tile_m, g->a.lanes - m0), n = SC_MIN(j->tile_n, g->b.lanes - n0);
    float *c = j->direct ? (float *)g->out.to + m0 * g->out.stride + n0
                         : j->scratch + (int64_t)worker * TILE_M * TILE_N;
    const int64_t stride = j->direct ? g->out.stride : n;
    const int threads = omp_get_max_threads(); /* of this thread, given back below */
    omp_set_num_threads(1);
    const dnnl_status_t s = dnnl_sgemm(g->a.k_major ? 'T' : 'N', g->b.k_major ? 'N' : 'T', m, n,
                                       g->k, 1, lane(&g->a, m0), g->a.stride, lane(&g->b, n0),
                                       g->b.stride, j->direct && g->out.add ? 1 : 0, c, stride);
    omp_set_num_threads(threads);
    sc_assert(s == dnnl_success);
    if (!j->direct) j->e->finish(&g->out, c, stride, (int64_t[4]){m0, n0, m, n});
}

void sc__onednn_run(const sc_gemm_engine *e, sc_pool *pool, void *scratch, const sc_gemm *g) {
    const sc_gemm_out *o = &g->out;
    job j = {.e = e, .g = g, .scratch = scratch};
    j.direct = o->type == SC_F32 && !o->bias && !o->pre && o->act == SC_ACT_NONE;
    cut(&j);
    const int64_t down = (g->a.lanes + j.tile_m - 1) / j.tile_m;
    sc__pool_run(pool, down * j.across, tile, &j);
}

#endif
