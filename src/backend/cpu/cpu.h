/* cpu.h - what the files of this backend share: instruction sets, and the table of kernels that
 * each set overwrites rows of. */
#ifndef SC_BACKEND_CPU_CPU_H
#define SC_BACKEND_CPU_CPU_H

#include "graph/graph.h"

/* In order: a processor that has one has those before it of its kind. */
typedef enum {
#define ISA(id, name) SC_ISA_##id,
#include "backend/cpu/isa.def"
#undef ISA
    SC_ISA_COUNT
} sc_isa;

/* The kernel for a node of this op, or NULL: then the node runs on ref. */
typedef const sc_kernel *sc_cpu_find(const sc_node *n);

typedef struct {
    sc_cpu_find *find[SC_OP_COUNT];
    const sc_vector *vector;
} sc_cpu_table;

/* The widest set that this processor has and this build holds kernels for. */
sc_isa sc__cpu_isa_best(void);
bool sc__cpu_isa_has(sc_isa isa);
/* The set that SOCLE_ISA names, the best one when it is not set. SC_USAGE: unknown or not here. */
SC_MUST_USE sc_status sc__cpu_isa_choose(sc_isa *out);
const char *sc__cpu_isa_name(sc_isa isa);
/* That of the machine opened last: what `find` and `prepare` choose kernels for. */
sc_isa sc__cpu_isa_current(void);

/* One for each group of kernels: fills the rows it has for `isa` (never SC_ISA_REF). */
typedef void sc_cpu_install(sc_cpu_table *t, sc_isa isa);
sc_cpu_install sc__cpu_install_matmul;
/* kernels_<set>.c: all else */
void sc__cpu_kernels_avx2(sc_cpu_table *t);
void sc__cpu_kernels_avx512(sc_cpu_table *t);
void sc__cpu_kernels_avx512bf16(sc_cpu_table *t);
void sc__cpu_kernels_neon(sc_cpu_table *t);
sc_cpu_install sc__cpu_install_attention; /* attention.c: ATTENTION, ATTENTION_BWD */

#endif
