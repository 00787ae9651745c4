/* minhash.c - MinHash in plain C, and which of its compilations runs. */
#include "backend/cpu/minhash.h"

#include "backend/cpu/cpu.h"

void sc__minhash_plain(uint32_t *least, const sc_minhash_family *f, const uint64_t *x, int64_t n) {
    for (int64_t j = 0; j < f->n_lanes; j++) least[j] = UINT32_MAX;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t value = (uint32_t)x[i];
        for (int64_t j = 0; j < f->n_lanes; j++) {
            const uint32_t y = f->a[j] * value + f->b[j];
            least[j] = y < least[j] ? y : least[j];
        }
    }
}

#if defined(__x86_64__)
sc_minhash_fn sc__minhash_avx2, sc__minhash_avx512;
static sc_minhash_fn *find(sc_isa isa) {
    if (isa >= SC_ISA_AVX512) return sc__minhash_avx512;
    return isa == SC_ISA_AVX2 ? sc__minhash_avx2 : sc__minhash_plain;
}
#elif defined(__aarch64__)
sc_minhash_fn sc__minhash_neon;
static sc_minhash_fn *find(sc_isa isa) {
    return isa == SC_ISA_NEON ? sc__minhash_neon : sc__minhash_plain;
}
#else
static sc_minhash_fn *find(sc_isa isa) { return (void)isa, sc__minhash_plain; }
#endif

sc_status sc__minhash_choose(sc_minhash_fn **out) {
    sc_isa isa;
    *out = NULL;
    SC_TRY(sc__cpu_isa_choose(&isa));
    *out = find(isa);
    return SC_OK;
}
