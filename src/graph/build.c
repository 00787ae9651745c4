/* build.c - the public builders: one call, one node. */
#include "graph/graph.h"
#include "tensor/dtype.h"

/* ---- leaves ---------------------------------------------------------------------------------- */

static sc_node *leaf(sc_graph *g, const char *name, sc_dtype t, sc_shape shape, bool tokens) {
    size_t bytes;
    if (g->status < 0) return &g->bad;
    sc_status s = sc__shape_bytes(&bytes, &shape, t);
    if (s < 0) return sc__graph_fail(g, s);
    const sc_node proto = {
        .op = SC_OP_LEAF, .dtype = t, .shape = shape, .tokens = tokens, .name = name};
    sc_node *n = sc__node_new(g, &proto);
    if (n == &g->bad) return n;
    n->data = sc__arena_alloc(&g->arena, bytes ? bytes : 1);
    if (!n->data) return sc__graph_fail(g, SC_FAIL(SC_NOMEM, "input %s: %zu bytes", name, bytes));
    return n;
}

sc_node *sc_input(sc_graph *g, const char *name, sc_dtype t, sc_shape shape) {
    return leaf(g, name, t, shape, false);
}

sc_node *sc_input_tokens(sc_graph *g, const char *name, sc_dtype t, sc_shape shape) {
    if (shape.n_dims < 1)
        return sc__graph_fail(g, SC_FAIL(SC_SHAPE, "%s: a scalar has no tokens", name));
    return leaf(g, name, t, shape, true);
}

sc_node *sc_tensor_node(sc_graph *g, sc_tensor *t) {
    if (g->status < 0) return &g->bad;
    for (sc_node *n = g->first; n; n = n->next)
        if (n->op == SC_OP_LEAF && n->tensor == t) return n;
    const sc_node proto = {.op = SC_OP_LEAF,
                           .dtype = t->dtype,
                           .shape = t->shape,
                           .tensor = t,
                           .name = t->name,
                           .needs_grad = t->grad != NULL,
                           .data = t->data};
    return sc__node_new(g, &proto);
}

/* ---- operations ------------------------------------------------------------------------------ */

sc_node *sc_add(sc_graph *g, sc_node *a, sc_node *b) {
    const sc_node proto = {.op = SC_OP_ADD, .in = {a, b}};
    return sc__node_new(g, &proto);
}

sc_node *sc_add_row(sc_graph *g, sc_node *x, sc_node *row) {
    const sc_node proto = {.op = SC_OP_ADD_ROW, .in = {x, row}};
    return sc__node_new(g, &proto);
}

sc_node *sc_mul(sc_graph *g, sc_node *a, sc_node *b) {
    const sc_node proto = {.op = SC_OP_MUL, .in = {a, b}};
    return sc__node_new(g, &proto);
}

sc_node *sc_scale(sc_graph *g, sc_node *x, float a) {
    const sc_node proto = {.op = SC_OP_SCALE, .in = {x}, .attr = {.scale = a}};
    return sc__node_new(g, &proto);
}

sc_node *sc_scale_by(sc_graph *g, sc_node *x, sc_node *scalar) {
    const sc_node proto = {.op = SC_OP_SCALE_BY, .in = {x, scalar}};
    return sc__node_new(g, &proto);
}

sc_node *sc_cast(sc_graph *g, sc_node *x, sc_dtype t) {
    if (g->status < 0 || x->dtype == t) return x;
    const bool shared =
        x->op == SC_OP_LEAF && x->tensor; /* one cast of a parameter serves all its uses */
    for (sc_node *n = shared ? g->first : NULL; n; n = n->next)
        if (n->op == SC_OP_CAST && n->in[0] == x && n->dtype == t && n->segment == g->segment)
            return n;
    const sc_node proto = {.op = SC_OP_CAST, .in = {x}, .attr = {.cast = t}};
    return sc__node_new(g, &proto);
}

sc_node *sc_activation(sc_graph *g, sc_node *x, sc_act kind) {
    if (kind == SC_ACT_NONE) return x;
    const sc_node proto = {.op = SC_OP_ACT, .in = {x}, .attr = {.act = kind}};
    return sc__node_new(g, &proto);
}

sc_node *sc_glu(sc_graph *g, sc_node *gate, sc_node *up, sc_act kind) {
    const sc_node proto = {.op = SC_OP_GLU, .in = {gate, up}, .attr = {.act = kind}};
    return sc__node_new(g, &proto);
}

sc_node *sc_dropout(sc_graph *g, sc_node *x, float p) {
    if (!(p > 0)) return x;
    if (p >= 1)
        return sc__graph_fail(g, SC_FAIL(SC_USAGE, "dropout %g: must be below 1", (double)p));
    const sc_node proto = {
        .op = SC_OP_DROPOUT, .in = {x}, .attr = {.dropout = {p, g->n_dropout++}}};
    return sc__node_new(g, &proto);
}

sc_node *sc_columns(sc_graph *g, sc_node *x, int64_t from, int64_t n) {
    const sc_node proto = {
        .op = SC_OP_COLUMNS, .in = {x}, .attr = {.columns = {from, n, sc__cols(x)}}};
    return sc__node_new(g, &proto);
}

sc_node *sc_sum(sc_graph *g, sc_node *x) {
    const sc_node proto = {.op = SC_OP_SUM, .in = {x}};
    return sc__node_new(g, &proto);
}

sc_node *sc_matmul(sc_graph *g, sc_node *a, sc_node *b, int transpose) {
    const sc_node proto = {
        .op = SC_OP_MATMUL, .in = {a, b}, .attr = {.matmul = {transpose, SC_ACT_NONE, a->dtype}}};
    return sc__node_new(g, &proto);
}

sc_node *sc_norm(sc_graph *g, sc_node *x, sc_node *w, sc_node *b, sc_norm_options o) {
    const sc_node proto = {
        .op = SC_OP_NORM, .in = {x, w, b}, .attr = {.norm = {o.kind, o.eps, o.dtype}}};
    sc_node *n = sc__node_new(g, &proto);
    sc__node_output(g, n, 1);
    return n;
}

sc_node *sc_embed(sc_graph *g, sc_node *table, sc_node *ids) {
    const sc_node proto = {.op = SC_OP_EMBED, .in = {table, ids}};
    return sc__node_new(g, &proto);
}

sc_node *sc_rope(sc_graph *g, sc_node *x, sc_node *positions, sc_node *inv_freq, int n_head) {
    const sc_node proto = {
        .op = SC_OP_ROPE, .in = {x, positions, inv_freq}, .attr = {.rope = {n_head, false}}};
    return sc__node_new(g, &proto);
}

sc_node *sc_cache_write(sc_graph *g, sc_node *cache, sc_node *x, sc_node *slots) {
    const sc_node proto = {.op = SC_OP_CACHE_WRITE, .in = {cache, x, slots}};
    return sc__node_new(g, &proto);
}

static sc_node *attention(sc_graph *g, sc_node *q, sc_node *k, sc_node *v,
                          const sc_attention_options *o, bool packed) {
    const int64_t dq = (int64_t)o->n_head * o->d_head, dkv = (int64_t)o->n_kv_head * o->d_head;
    const sc_node proto = {
        .op = SC_OP_ATTENTION,
        .in = {q, k, v, o->offsets, o->kv_len, o->table, o->bias, o->key_mask},
        .attr = {.attn = {.n_head = o->n_head,
                          .n_kv_head = o->n_kv_head,
                          .d_head = o->d_head,
                          .scale = o->scale,
                          .dropout = o->dropout,
                          .causal = o->causal,
                          .packed = packed,
                          .block_size = o->block_size,
                          .stream = o->dropout > 0 ? g->n_dropout++ : 0,
                          .k_at = packed ? dq : 0,
                          .v_at = packed ? dq + dkv : 0}},
    };
    sc_node *n = sc__node_new(g, &proto);
    sc__node_output(g, n, 1);
    return n;
}

sc_node *sc_attention(sc_graph *g, sc_node *q, sc_node *k, sc_node *v,
                      const sc_attention_options *o) {
    return attention(g, q, k, v, o, false);
}

sc_node *sc_attention_packed(sc_graph *g, sc_node *qkv, const sc_attention_options *o) {
    return attention(g, qkv, qkv, qkv, o, true);
}

sc_node *sc_xent(sc_graph *g, sc_node *logits, sc_node *targets, sc_node *weights,
                 float smoothing) {
    const sc_node proto = {
        .op = SC_OP_XENT, .in = {logits, targets, weights}, .attr = {.xent = {smoothing}}};
    sc_node *n = sc__node_new(g, &proto);
    sc__node_output(g, n, 1);
    return n;
}
