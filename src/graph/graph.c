/* graph.c - the op table, nodes, and the sticky error that lets model code stay mathematics. */
#include "graph/graph.h"

#include "graph/rules.h"

#include <stdio.h>

const sc_op_info sc__ops[SC_OP_COUNT] = {
#define OP(id, name, in, out, flags, shape, grad, sample, lo, hi)                                  \
    [SC_OP_##id] = {name, in, out, flags, sc__##shape, sc__##grad, lo, hi},
#include "graph/ops.def"
#undef OP
};

sc_status sc_graph_open(sc_graph **out, sc_machine *machine) {
    *out = NULL;
    sc_graph *g = sc__calloc(1, sizeof *g);
    if (!g) return SC_FAIL(SC_NOMEM, "graph");
    g->last = &g->first;
    g->bad.out[0] = &g->bad;
    g->fusion = g->sharing = true;
    g->machine = machine;
    if (!machine) {
        sc_status s = sc_machine_open(&g->machine, "ref", 1);
        if (s < 0) {
            sc__free(g);
            return s;
        }
        g->owns_machine = true;
    }
    *out = g;
    return SC_OK;
}

void sc_graph_close(sc_graph *g) {
    if (!g) return;
    for (sc_node *n = g->first; n; n = n->next)
        if (n->kernel && n->kernel->release && n->state) n->kernel->release(n);
    sc__free(g->memory);
    sc__free(g->scratch);
    sc__arena_deinit(&g->arena);
    if (g->owns_machine) sc_machine_close(g->machine);
    sc__free(g);
}

sc_status sc_graph_status(const sc_graph *g) {
    if (g->status < 0) sc__error_adopt(g->error);
    return g->status;
}

sc_node *sc__graph_fail(sc_graph *g, sc_status s) {
    if (g->status >= 0) {
        g->status = s;
        snprintf(g->error, sizeof g->error, "%s", sc_error_text());
    }
    return &g->bad;
}

static sc_node *append(sc_graph *g, const sc_node *proto) {
    sc_node *n = sc__arena_alloc(&g->arena, sizeof *n);
    if (!n) return sc__graph_fail(g, SC_FAIL(SC_NOMEM, "%s: node", sc__ops[proto->op].name));
    *n = *proto;
    n->out[0] = n;
    n->n_out = 1;
    n->segment = g->segment;
    *g->last = n;
    g->last = &n->next;
    g->n_nodes++;
    return n;
}

static sc_node *shape_failed(sc_graph *g, const sc_node *n) {
    char text[400];
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; i < sc__ops[n->op].n_in && at < sizeof text; i++)
        if (n->in[i])
            at +=
                (size_t)snprintf(text + at, sizeof text - at, "%s%s %s", at ? ", " : "",
                                 sc_dtype_name(n->in[i]->dtype), sc__shape_text(&n->in[i]->shape));
    return sc__graph_fail(g, SC_FAIL(SC_SHAPE, "%s does not take %s", sc__ops[n->op].name, text));
}

sc_node *sc__node_new(sc_graph *g, const sc_node *proto) {
    if (g->status < 0) return &g->bad;
    sc_node *n = append(g, proto);
    if (n == &g->bad) return n;
    if (!sc__ops[n->op].shape(n)) return shape_failed(g, n);
    for (int i = 0; i < SC_MAX_IN; i++) n->needs_grad |= n->in[i] && n->in[i]->needs_grad;
    return n;
}

sc_node *sc__node_output(sc_graph *g, sc_node *n, int k) {
    if (g->status < 0) return &g->bad;
    sc_assert(k < sc__ops[n->op].n_out);
    if (n->out[k]) return n->out[k];
    const sc_node proto = {.op = SC_OP_OUTPUT, .in = {n}, .attr = {.output = k}};
    sc_node *o = append(g, &proto);
    if (o == &g->bad) return o;
    o->segment = n->segment;
    o->needs_grad = n->needs_grad;
    n->out[k] = o;
    n->n_out = SC_MAX(n->n_out, k + 1);
    if (!sc__ops[n->op].shape(n)) return shape_failed(g, n);
    return o;
}

void sc_graph_set_fusion(sc_graph *g, bool on) { g->fusion = on; }
void sc_graph_set_sharing(sc_graph *g, bool on) { g->sharing = on; }
void sc_graph_set_recompute(sc_graph *g, bool on) { g->recompute = on; }
void sc_keep(sc_graph *g, sc_node *n) { n->kept = g->status >= 0; }
void *sc_node_data(const sc_node *n) { return n->data; }
sc_shape sc_node_shape(const sc_node *n) { return n->shape; }
sc_dtype sc_node_dtype(const sc_node *n) { return n->dtype; }
sc_node *sc_node_grad(sc_node *input) { return input->grad; }

void sc_want_grad(sc_graph *g, sc_node *input) {
    if (g->status >= 0) input->wants_grad = input->needs_grad = true;
}

void sc_mark(sc_graph *g) { g->segment++; }
