/* minhash_body.h - MinHash in the words of simd.h; compiled once for each instruction set. Four
 * vectors of permutations stay in registers while the hashes go by. */
#include "backend/cpu/minhash.h"
#include "backend/cpu/simd.h"

INLINE void run_vectors(uint32_t *least, const uint32_t *a, const uint32_t *b, const uint64_t *x,
                        int64_t n, int n_vectors) {
    vu va[4], vb[4], vm[4];
#pragma GCC unroll 4
    for (int v = 0; v < n_vectors; v++) {
        va[v] = vu_load(a + v * VW);
        vb[v] = vu_load(b + v * VW);
        vm[v] = vu_set(0xFFFFFFFFu);
    }
    for (int64_t i = 0; i < n; i++) {
        const vu vx = vu_set((uint32_t)x[i]);
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++) vm[v] = vu_min(vm[v], vu_add(vu_mul(va[v], vx), vb[v]));
    }
#pragma GCC unroll 4
    for (int v = 0; v < n_vectors; v++) vu_store(least + v * VW, vm[v]);
}

sc_minhash_fn SIMD(sc__minhash);
void SIMD(sc__minhash)(uint32_t *least, const sc_minhash_family *f, const uint64_t *x, int64_t n) {
    int64_t at = 0;
    for (; at + 4 * VW <= f->n_lanes; at += 4 * VW)
        run_vectors(least + at, f->a + at, f->b + at, x, n, 4);
    if (at + 2 * VW <= f->n_lanes) {
        run_vectors(least + at, f->a + at, f->b + at, x, n, 2);
        at += 2 * VW;
    }
    for (; at < f->n_lanes; at += VW) run_vectors(least + at, f->a + at, f->b + at, x, n, 1);
}
