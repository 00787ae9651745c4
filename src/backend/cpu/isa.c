/* isa.c - which instruction set runs: what the processor says, or less when SOCLE_ISA says so. */
#define _GNU_SOURCE
#include "backend/cpu/cpu.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[SC_ISA_COUNT] = {
#define ISA(id, name) [SC_ISA_##id] = name,
#include "backend/cpu/isa.def"
#undef ISA
};

const char *sc__cpu_isa_name(sc_isa isa) { return names[isa]; }

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* TILE and BF16 of the processor; Linux hands out the registers to a process that asks. */
static bool has_amx(void) {
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XTILEDATA = 18 };
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && d >> 24 & 1 && d >> 22 & 1 &&
           syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XTILEDATA) == 0;
}

bool sc__cpu_isa_has(sc_isa isa) {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    const bool bf16 =
        avx512 && __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
    const bool has[SC_ISA_COUNT] = {
        [SC_ISA_REF] = true,
        [SC_ISA_AVX2] = avx2,
        [SC_ISA_AVX512] = avx512,
        [SC_ISA_AVX512BF16] = bf16,
        [SC_ISA_AMX] = bf16 && has_amx(),
    };
    return has[isa];
}
#else
bool sc__cpu_isa_has(sc_isa isa) {
#if defined(__aarch64__)
    return isa == SC_ISA_REF || isa == SC_ISA_NEON;
#else
    return isa == SC_ISA_REF;
#endif
}
#endif

sc_isa sc__cpu_isa_best(void) {
    sc_isa best = SC_ISA_REF;
    for (int isa = 0; isa < SC_ISA_COUNT; isa++)
        if (sc__cpu_isa_has((sc_isa)isa)) best = (sc_isa)isa;
    return best;
}

/* "ref, avx2, avx512": those of this processor. */
static void list(sc_buffer *out) {
    for (int isa = 0; isa < SC_ISA_COUNT; isa++)
        if (sc__cpu_isa_has((sc_isa)isa))
            sc__buffer_printf(out, "%s%s", out->len ? ", " : "", names[isa]);
}

static sc_status refuse(const char *name, const char *why) {
    sc_buffer have = SC_BUFFER_INIT;
    list(&have);
    const sc_status s = SC_FAIL(SC_USAGE, "SOCLE_ISA=%s: %s; this processor has: %s", name, why,
                                have.data ? have.data : "ref");
    sc__buffer_deinit(&have);
    return s;
}

sc_status sc__cpu_isa_choose(sc_isa *out) {
    *out = sc__cpu_isa_best();
    const char *name = getenv("SOCLE_ISA");
    if (!name || !*name) return SC_OK;
    for (int isa = 0; isa < SC_ISA_COUNT; isa++) {
        if (strcmp(name, names[isa]) != 0) continue;
        if (!sc__cpu_isa_has((sc_isa)isa)) return refuse(name, "not on this processor");
        *out = (sc_isa)isa;
        return SC_OK;
    }
    return refuse(name, "no such instruction set");
}
