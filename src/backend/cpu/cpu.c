/* cpu.c - the fast backend of processors: for each instruction set a table of kernels, filled once
 * by the groups below; a node without a row runs on ref. */
#include "backend/cpu/cpu.h"

#include <pthread.h>
#include <stdatomic.h>

static void install_kernels(sc_cpu_table *t, sc_isa isa) {
#if defined(__x86_64__)
    if (isa >= SC_ISA_AVX2) sc__cpu_kernels_avx2(t);
    if (isa >= SC_ISA_AVX512) sc__cpu_kernels_avx512(t);
    if (isa >= SC_ISA_AVX512BF16) sc__cpu_kernels_avx512bf16(t);
#elif defined(__aarch64__)
    if (isa == SC_ISA_NEON) sc__cpu_kernels_neon(t);
#else
    (void)t, (void)isa;
#endif
}

/* Every group of kernels; each looks at the set and overwrites the rows it has. */
static sc_cpu_install *const groups[] = {
    install_kernels,
    sc__cpu_install_matmul,
    sc__cpu_install_attention,
};

static sc_cpu_table tables[SC_ISA_COUNT];
static _Atomic(int) current;
sc_isa sc__cpu_isa_current(void) { return (sc_isa)atomic_load(&current); }

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill(void) {
    for (int isa = SC_ISA_REF + 1; isa < SC_ISA_COUNT; isa++)
        for (int i = 0; i < SC_LEN(groups); i++)
            if (sc__cpu_isa_has((sc_isa)isa)) groups[i](&tables[isa], (sc_isa)isa);
}

/* The set holds for graphs planned from now on; a planned one keeps its kernels. */
static sc_status cpu_open(const char **name) {
    sc_isa isa;
    SC_TRY(sc__cpu_isa_choose(&isa));
    pthread_once(&once, fill);
    atomic_store(&current, (int)isa);
    *name = sc__cpu_isa_name(isa);
    return SC_OK;
}

static const sc_kernel *cpu_find(const sc_node *n) {
    sc_cpu_find *find = tables[atomic_load(&current)].find[n->op];
    return find ? find(n) : NULL;
}

static const sc_vector *cpu_vector(void) {
    const sc_vector *v = tables[atomic_load(&current)].vector;
    return v ? v : sc__backend_ref.vector();
}

const sc_backend sc__backend_cpu = {"cpu", cpu_open, cpu_find, cpu_vector};
