/* each_body.h - operations element by element, of any mixture of real types: spans of a fixed
 * length are shared out. */
#include "backend/cpu/act.h"
#include "backend/cpu/cpu.h"

enum { SPAN = 8192 };

/* `op` is a constant at each call, so that one case remains. */
INLINE void span(const sc_exec *x, const sc_node *n, int64_t at, int64_t end, const sc_op op) {
    const sc_node *a = n->in[0], *b = n->in[1], *c = n->in[2];
    const bool scalar = op == SC_OP_SCALE_BY || op == SC_OP_FILL;
    const bool two = op == SC_OP_ADD || op == SC_OP_MUL || op == SC_OP_ACT_BWD || op == SC_OP_GLU ||
                     op == SC_OP_GLU_BWD;
    const vf all = scalar              ? vf_set(vf_top(v_get_n(b->data, b->dtype, 0, 1)))
                   : op == SC_OP_SCALE ? vf_set(n->attr.scale)
                                       : vf_zero();
    const bool add = op == SC_OP_ACCUMULATE && sc__adds(x, n), second = sc__has(n, 1);
    for (int64_t i = at; i < end; i += VW) {
        const int64_t left = end - i;
        const vf u = op == SC_OP_FILL ? all : v_at(a->data, a->dtype, i, left);
        const vf v = two ? v_at(b->data, b->dtype, i, left) : all;
        vf y = u;
        switch (op) {
        case SC_OP_ADD:
            y = vf_add(u, v);
            break;
        case SC_OP_MUL:
        case SC_OP_SCALE:
        case SC_OP_SCALE_BY:
            y = vf_mul(u, v);
            break;
        case SC_OP_ACT:
            y = vf_act(n->attr.act, u);
            break;
        case SC_OP_ACT_BWD: /* dy, x */
            y = vf_mul(u, vf_act_slope(n->attr.act, v));
            break;
        case SC_OP_GLU:
            y = vf_mul(vf_act(n->attr.act, u), v);
            break;
        case SC_OP_GLU_BWD: /* dy, gate, up */
            y = vf_mul(vf_mul(u, v_at(c->data, c->dtype, i, left)), vf_act_slope(n->attr.act, v));
            if (second)
                v_to(n->out[1]->data, n->out[1]->dtype, i, vf_mul(u, vf_act(n->attr.act, v)), left);
            break;
        default: /* CAST, FILL, ACCUMULATE */
            if (add) y = vf_add(v_at(n->data, n->dtype, i, left), y);
        }
        v_to(n->data, n->dtype, i, y, left);
    }
}

typedef void span_fn(const sc_exec *x, const sc_node *n, int64_t at, int64_t end);
#define EACH(name, op)                                                                             \
    static void name(const sc_exec *x, const sc_node *n, int64_t at, int64_t end) {                \
        span(x, n, at, end, op);                                                                   \
    }
EACH(span_add, SC_OP_ADD)
EACH(span_mul, SC_OP_MUL)
EACH(span_scale, SC_OP_SCALE)
EACH(span_scale_by, SC_OP_SCALE_BY)
EACH(span_cast, SC_OP_CAST)
EACH(span_fill, SC_OP_FILL)
EACH(span_accumulate, SC_OP_ACCUMULATE)
EACH(span_act, SC_OP_ACT)
EACH(span_act_bwd, SC_OP_ACT_BWD)
EACH(span_glu, SC_OP_GLU)
EACH(span_glu_bwd, SC_OP_GLU_BWD)

static span_fn *const spans[SC_OP_COUNT] = {
    [SC_OP_ADD] = span_add,
    [SC_OP_MUL] = span_mul,
    [SC_OP_SCALE] = span_scale,
    [SC_OP_SCALE_BY] = span_scale_by,
    [SC_OP_CAST] = span_cast,
    [SC_OP_FILL] = span_fill,
    [SC_OP_ACT] = span_act,
    [SC_OP_ACT_BWD] = span_act_bwd,
    [SC_OP_GLU] = span_glu,
    [SC_OP_GLU_BWD] = span_glu_bwd,
    [SC_OP_ACCUMULATE] = span_accumulate,
};

/* A run of a node, as its tasks see it. */
typedef struct {
    const sc_exec *x;
    const sc_node *n;
    int64_t count; /* elements, rows or columns */
} job;

static void span_task(void *arg, int64_t task, int worker) {
    const job *j = arg;
    (void)worker;
    spans[j->n->op](j->x, j->n, task * SPAN, SC_MIN((task + 1) * SPAN, j->count));
}

static void run_each(const sc_exec *x, const sc_node *n) {
    job j = {x, n, sc__count(x, n)};
    sc__pool_run(x->pool, (j.count + SPAN - 1) / SPAN, span_task, &j);
}
