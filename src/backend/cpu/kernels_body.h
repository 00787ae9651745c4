/* kernels_body.h - all kernels of one instruction set but the products' and attention's, and the
 * rows they fill. The including file defines INSTALL and SET_NAME. */
#include "backend/cpu/each_body.h"
#include "backend/cpu/rows_body.h"
#include "backend/cpu/vector_body.h"
#include "backend/cpu/xent_body.h"

#define ROW(id, run, scratch) [SC_OP_##id] = {SET_NAME, run, scratch, NULL, NULL}
static const sc_kernel kernels[SC_OP_COUNT] = {
    ROW(ADD, run_each, NULL),
    ROW(MUL, run_each, NULL),
    ROW(SCALE, run_each, NULL),
    ROW(SCALE_BY, run_each, NULL),
    ROW(CAST, run_each, NULL),
    ROW(FILL, run_each, NULL),
    ROW(ACT, run_each, NULL),
    ROW(ACT_BWD, run_each, NULL),
    ROW(GLU, run_each, NULL),
    ROW(GLU_BWD, run_each, NULL),
    ROW(ACCUMULATE, run_each, NULL),
    ROW(ADD_ROW, run_rows, NULL),
    ROW(DROPOUT, run_rows, NULL),
    ROW(EMBED, run_rows, NULL),
    ROW(CACHE_WRITE, run_rows, NULL),
    ROW(COLUMNS, run_rows, NULL),
    ROW(ROPE, run_rows, rope_scratch),
    ROW(NORM, run_rows, norm_scratch),
    ROW(NORM_BWD, run_norm_bwd, chunk_scratch),
    ROW(SUM, run_sum, sum_scratch),
    ROW(SUM_ROWS, run_sum_rows, chunk_scratch),
    ROW(EMBED_BWD, run_embed_bwd, NULL),
    ROW(XENT, run_xent, xent_scratch),
    ROW(XENT_BWD, run_xent_bwd, NULL),
    [SC_OP_HEAD_XENT] = {SET_NAME, run_head, head_scratch, head_prepare, NULL},
};

/* Every type but those of ids is one that vectors are made of, and rows are rows. */
static bool fits(const sc_node *n) {
    for (int i = 0; i < SC_MAX_IN; i++)
        if (n->in[i] && (n->in[i]->dtype == SC_F64 || n->in[i]->dtype == SC_I64)) return false;
    const bool real = n->dtype == SC_F32 || n->dtype == SC_BF16 || n->dtype == SC_F16;
    return real && !(n->tokens && n->shape.n_dims < 2 && row_fns[n->op]);
}

static const sc_kernel *find(const sc_node *n) { return fits(n) ? &kernels[n->op] : NULL; }

void INSTALL(sc_cpu_table *t) {
    for (int op = 0; op < SC_OP_COUNT; op++)
        if (kernels[op].run) t->find[op] = find;
    t->vector = &vector;
}
