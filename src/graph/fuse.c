/* fuse.c - patterns that one kernel does better than two, as rows. A pattern looks at one node and
 * rewrites it in place, so that its users need not change; what it swallowed is found dead by the
 * plan.
 *
 *   add_row(matmul(a, b), bias)      -> matmul with bias
 *   act(matmul(a, b))                -> matmul with activation
 *   norm(add(x, r))                  -> norm with residual, which also gives the sum
 *   xent(matmul(x, table'))          -> head_xent, which never holds all logits */
#include "graph/graph.h"

#include "tensor/dtype.h"

typedef struct {
    sc_graph *graph;
    int *uses;  /* by index */
    int *first; /* index of the first user */
} context;

static bool is_sole_use(const context *c, const sc_node *n, sc_op op) {
    return n->op == op && c->uses[n->index] == 1 && !n->kept;
}

static bool fuse_bias(context *c, sc_node *n) {
    sc_node *m = n->in[0];
    if (n->op != SC_OP_ADD_ROW || !is_sole_use(c, m, SC_OP_MATMUL) || m->in[2] ||
        m->attr.matmul.act)
        return false;
    sc_node *bias = n->in[1];
    n->op = SC_OP_MATMUL;
    n->attr = m->attr;
    n->in[0] = m->in[0];
    n->in[1] = m->in[1];
    n->in[2] = bias;
    return true;
}

static bool fuse_act(context *c, sc_node *n) {
    sc_node *m = n->in[0];
    if (n->op != SC_OP_ACT || !is_sole_use(c, m, SC_OP_MATMUL) || m->attr.matmul.act) return false;
    const sc_act act = n->attr.act;
    n->op = SC_OP_MATMUL;
    n->attr = m->attr;
    n->attr.matmul.act = act;
    for (int i = 0; i < 3; i++) n->in[i] = m->in[i];
    return true;
}

/* The add becomes the norm's third output, so nothing may read it before the norm runs. */
static bool fuse_residual(context *c, sc_node *n) {
    sc_node *s = n->in[0];
    if (n->op != SC_OP_NORM || n->in[3] || s->op != SC_OP_ADD || c->first[s->index] != n->index)
        return false;
    sc_node *x = s->in[0], *r = s->in[1];
    s->op = SC_OP_OUTPUT;
    s->attr.output = 2;
    s->in[0] = n;
    s->in[1] = NULL;
    s->segment = n->segment;
    n->in[0] = x;
    n->in[3] = r;
    n->out[2] = s;
    n->n_out = 3;
    return true;
}

static bool fuse_head(context *c, sc_node *n) {
    sc_node *m = n->in[0];
    if (n->op != SC_OP_XENT || !is_sole_use(c, m, SC_OP_MATMUL) || m->in[2] || m->attr.matmul.act)
        return false;
    if (m->attr.matmul.transpose != SC_TB || m->in[0]->dtype != m->in[1]->dtype) return false;
    n->op = SC_OP_HEAD_XENT;
    n->in[3] = n->in[2];
    n->in[2] = n->in[1];
    n->in[1] = m->in[1];
    n->in[0] = m->in[0];
    return true;
}

static bool (*const patterns[])(context *c, sc_node *n) = {fuse_bias, fuse_act, fuse_residual,
                                                           fuse_head};

static void count_uses(context *c) {
    int index = 0;
    for (sc_node *n = c->graph->first; n; n = n->next) n->index = index++;
    for (int i = 0; i < index; i++) c->uses[i] = 0;
    for (const sc_node *n = c->graph->first; n; n = n->next)
        for (int i = 0; i < SC_MAX_IN; i++)
            if (n->in[i] && !c->uses[n->in[i]->index]++) c->first[n->in[i]->index] = n->index;
}

sc_status sc__graph_fuse(sc_graph *g) {
    sc_arena a = SC_ARENA_INIT;
    context c = {g, sc__arena_array(&a, (size_t)g->n_nodes + 1, sizeof(int)),
                 sc__arena_array(&a, (size_t)g->n_nodes + 1, sizeof(int))};
    if (!c.uses || !c.first) {
        sc__arena_deinit(&a);
        return SC_FAIL(SC_NOMEM, "fusion");
    }
    for (int p = 0; p < SC_LEN(patterns);
         p++) { /* a pattern may feed the next: bias before activation */
        count_uses(&c);
        for (sc_node *n = g->first; n; n = n->next) g->n_fused += patterns[p](&c, n);
    }
    sc__arena_deinit(&a);
    return SC_OK;
}
