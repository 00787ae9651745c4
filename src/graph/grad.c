/* grad.c - reverse-mode differentiation: gradient rules build graph nodes, so that every backend,
 * the memory plan and the fusion passes serve the backward pass too. */
#include "graph/rules.h"

/* ---- rules ----------------------------------------------------------------------------------- */

/* The type of the gradient of x: that of x, but parameters take exact ones whatever type they are
 * used in. */
static sc_dtype grad_dtype(const sc_node *x) {
    const sc_node *origin = x;
    while (origin->op == SC_OP_CAST) origin = origin->in[0];
    if (origin->op == SC_OP_LEAF) return origin->dtype == SC_F64 ? SC_F64 : SC_F32;
    return x->dtype;
}

static sc_node *act_bwd(sc_graph *g, sc_node *dy, sc_node *x, sc_act act) {
    const sc_node proto = {.op = SC_OP_ACT_BWD, .in = {dy, x}, .attr = {.act = act}};
    return sc__node_new(g, &proto);
}

static sc_node *sum_rows(sc_graph *g, sc_node *x) {
    const sc_node proto = {.op = SC_OP_SUM_ROWS, .in = {x}};
    return sc__node_new(g, &proto);
}

GRAD(none) { (void)g, (void)y, (void)dy, (void)dx; }

GRAD(add) {
    for (int i = 0; i < 2; i++)
        if (y->in[i]->needs_grad) dx[i] = sc_cast(g, dy, grad_dtype(y->in[i]));
}

GRAD(add_row) {
    dx[0] = dy;
    if (y->in[1]->needs_grad) dx[1] = sum_rows(g, dy);
}

GRAD(mul) {
    for (int i = 0; i < 2; i++)
        if (y->in[i]->needs_grad)
            dx[i] = sc_cast(g, sc_mul(g, dy, y->in[1 - i]), grad_dtype(y->in[i]));
}

GRAD(scale) { dx[0] = sc_scale(g, dy, y->attr.scale); }

GRAD(scale_by) {
    if (y->in[0]->needs_grad) dx[0] = sc_scale_by(g, dy, y->in[1]);
    if (y->in[1]->needs_grad) dx[1] = sc_sum(g, sc_mul(g, dy, y->in[0]));
}

GRAD(cast) { dx[0] = sc_cast(g, dy, grad_dtype(y->in[0])); }
GRAD(act) { dx[0] = act_bwd(g, dy, y->in[0], y->attr.act); }

GRAD(glu) {
    const sc_node proto = {
        .op = SC_OP_GLU_BWD, .in = {dy, y->in[0], y->in[1]}, .attr = {.act = y->attr.act}};
    dx[0] = sc__node_new(g, &proto);
    dx[1] = sc__node_output(g, dx[0], 1);
}

GRAD(dropout) { /* the mask is a function of the place: the same operation on dy */
    const sc_node proto = {.op = SC_OP_DROPOUT, .in = {dy}, .attr = y->attr};
    dx[0] = sc__node_new(g, &proto);
}

GRAD(rope) { /* a rotation: its transpose is its inverse */
    const sc_node proto = {.op = SC_OP_ROPE,
                           .in = {dy, y->in[1], y->in[2]},
                           .attr = {.rope = {y->attr.rope.n_head, !y->attr.rope.inverse}}};
    dx[0] = sc__node_new(g, &proto);
}

GRAD(columns) {
    const sc_node proto = {.op = SC_OP_COLUMNS_BWD, .in = {dy}, .attr = y->attr};
    dx[0] = sc__node_new(g, &proto);
}

GRAD(sum) {
    const sc_node proto = {.op = SC_OP_FILL, .in = {y->in[0], dy}};
    dx[0] = sc__node_new(g, &proto);
}

static sc_node *product(sc_graph *g, sc_node *a, sc_node *b, int transpose, sc_dtype t) {
    const sc_node proto = {
        .op = SC_OP_MATMUL, .in = {a, b}, .attr = {.matmul = {transpose, SC_ACT_NONE, t}}};
    return sc__node_new(g, &proto);
}

/* Y = A B: dA = dY B', dB = A' dY, each stored as its input is. */
GRAD(matmul) {
    sc_node *a = y->in[0], *b = y->in[1];
    const int t = y->attr.matmul.transpose, ta = t & SC_TA, tb = t & SC_TB;
    if (y->attr.matmul.act) dy = act_bwd(g, dy, sc__node_output(g, y, 1), y->attr.matmul.act);
    if (y->in[2] && y->in[2]->needs_grad) dx[2] = sum_rows(g, dy);
    dy = sc_cast(g, dy, a->dtype);
    if (a->needs_grad)
        dx[0] = ta ? product(g, b, dy, (tb ? SC_TA : 0) | SC_TB, grad_dtype(a))
                   : product(g, dy, b, tb ? 0 : SC_TB, grad_dtype(a));
    if (b->needs_grad)
        dx[1] = tb ? product(g, dy, a, SC_TA | (ta ? SC_TB : 0), grad_dtype(b))
                   : product(g, a, dy, ta ? 0 : SC_TA, grad_dtype(b));
}

/* s = x + r, y = norm(s) w + b; the sum may have a gradient of its own, from the residual stream.
 */
GRAD(norm) {
    sc_node *s = y->in[3] ? y->out[2] : y->in[0], *ds = y->in[3] && s->grad ? s->grad : NULL;
    sc_node *dsum = ds;
    if (dy) {
        const sc_node proto = {
            .op = SC_OP_NORM_BWD, .in = {dy, s, y->in[1], y->out[1], ds}, .attr = y->attr};
        dsum = sc__node_new(g, &proto);
        if (y->in[1]->needs_grad) dx[1] = sc__node_output(g, dsum, 1);
        if (y->in[2] && y->in[2]->needs_grad) dx[2] = sc__node_output(g, dsum, 2);
    }
    dx[0] = sc_cast(g, dsum, grad_dtype(y->in[0]));
    if (y->in[3]) dx[3] = sc_cast(g, dsum, grad_dtype(y->in[3]));
}

GRAD(embed) {
    const sc_node proto = {
        .op = SC_OP_EMBED_BWD, .in = {dy, y->in[1]}, .attr = {.rows = sc__dim(y->in[0], 0)}};
    dx[0] = sc__node_new(g, &proto);
}

GRAD(attention) {
    sc_node **in = y->in;
    const sc_node proto = {.op = SC_OP_ATTENTION_BWD,
                           .in = {dy, in[SC_AT_Q], in[SC_AT_K], in[SC_AT_V], y, y->out[1],
                                  in[SC_AT_OFFSETS], in[SC_AT_BIAS], in[SC_AT_MASK]},
                           .attr = y->attr};
    if (in[SC_AT_TABLE] || in[SC_AT_KV_LEN]) {
        sc__graph_fail(g, SC_FAIL(SC_UNSUPPORTED, "attention over a cache has no gradient"));
        return;
    }
    dx[SC_AT_Q] = sc__node_new(g, &proto);
    if (!y->attr.attn.packed) {
        dx[SC_AT_K] = sc__node_output(g, dx[SC_AT_Q], 1);
        dx[SC_AT_V] = sc__node_output(g, dx[SC_AT_Q], 2);
    }
    if (in[SC_AT_BIAS] && in[SC_AT_BIAS]->needs_grad)
        dx[SC_AT_BIAS] = sc__node_output(g, dx[SC_AT_Q], 3);
}

GRAD(xent) {
    const sc_node proto = {
        .op = SC_OP_XENT_BWD, .in = {dy, y->in[0], y->in[1], y->in[2], y->out[1]}, .attr = y->attr};
    dx[0] = sc__node_new(g, &proto);
}

/* The gradients are made in the forward pass, chunk by chunk, while the logits are there. */
GRAD(head_xent) {
    for (int i = 0; i < 2; i++) {
        if (!y->in[i]->needs_grad) continue;
        dx[i] = sc__node_output(g, y, 2 + i);
        if (dy != g->one) dx[i] = sc_scale_by(g, dx[i], dy);
    }
}

/* ---- the backward pass ----------------------------------------------------------------------- */

/* Can output k of this operation be added into a parameter's gradient by the kernel itself? */
static bool sums_into(const sc_node *n, int k) {
    if (!(sc__ops[n->op].flags & SC_FLAG_SUM)) return false;
    switch (n->op) {
    case SC_OP_NORM_BWD:
        return k >= 1;
    case SC_OP_HEAD_XENT:
        return k == 3;
    case SC_OP_MATMUL:
        return !n->attr.matmul.act;
    default:
        return k == 0;
    }
}

static void store_gradient(sc_graph *g, sc_tensor *t, sc_node *dx) {
    const sc_node *maker = dx->op == SC_OP_OUTPUT ? dx->in[0] : dx;
    const int k = dx->op == SC_OP_OUTPUT ? dx->attr.output : 0;
    if (!sums_into(maker, k) || dx->tensor || dx->dtype != SC_F32) {
        const sc_node proto = {.op = SC_OP_ACCUMULATE, .in = {dx}};
        dx = sc__node_new(g, &proto);
    }
    if (g->status >= 0) dx->tensor = t;
}

static void add_gradient(sc_graph *g, sc_node *x, sc_node *dx) {
    if (!x || !dx || !x->needs_grad || g->status < 0) return;
    if (x->op == SC_OP_LEAF && x->tensor)
        store_gradient(g, x->tensor, dx);
    else
        x->grad = x->grad ? sc_add(g, x->grad, dx) : dx;
}

static void differentiate(sc_graph *g, sc_node *y) {
    bool any = y->grad != NULL;
    for (int k = 1; k < y->n_out; k++) any |= y->out[k] && y->out[k]->grad;
    if (!any || !y->needs_grad || g->status < 0) return;
    sc_node *dx[SC_MAX_IN] = {NULL};
    sc__ops[y->op].grad(g, y, y->grad, dx);
    for (int i = 0; i < SC_MAX_IN; i++) add_gradient(g, y->in[i], dx[i]);
}

/* ---- recomputation: a segment's nodes are built again right before they are differentiated -----
 */

typedef struct {
    sc_node **order;
    sc_node **copy; /* by index in order; NULL: use the original */
    int n;
} tape;

static sc_node *copied(const tape *t, sc_node *x, int first) {
    return x && x->index >= first && t->copy[x->index] ? t->copy[x->index] : x;
}

static void recompute_segment(sc_graph *g, tape *t, int first, int end) {
    for (int i = first; i < end && g->status >= 0; i++) {
        const sc_node *n = t->order[i];
        if (n->op == SC_OP_LEAF || n->op == SC_OP_OUTPUT) continue;
        sc_node proto = {.op = n->op, .attr = n->attr};
        for (int k = 0; k < SC_MAX_IN; k++) proto.in[k] = copied(t, n->in[k], first);
        sc_node *c = t->copy[i] = sc__node_new(g, &proto);
        for (int k = 1; k < n->n_out; k++)
            if (n->out[k]) t->copy[n->out[k]->index] = sc__node_output(g, c, k);
    }
    for (int i = first; i < end && g->status >= 0; i++)
        if (t->copy[i]) t->copy[i]->grad = t->order[i]->grad;
}

static void backward_segment(sc_graph *g, tape *t, int first, int end, bool recompute) {
    if (recompute) recompute_segment(g, t, first, end);
    for (int i = end - 1; i >= first && g->status >= 0; i--)
        if (t->order[i]->op != SC_OP_OUTPUT) differentiate(g, copied(t, t->order[i], first));
}

static bool record(sc_graph *g, tape *t) {
    t->n = 0;
    for (sc_node *n = g->first; n; n = n->next) n->index = t->n++;
    t->order = sc__arena_array(&g->arena, (size_t)t->n + 1, sizeof *t->order);
    t->copy = sc__arena_array(&g->arena, (size_t)t->n + 1, sizeof *t->copy);
    if (!t->order || !t->copy) return false;
    for (sc_node *n = g->first; n; n = n->next) t->order[n->index] = n;
    return true;
}

void sc_graph_backward(sc_graph *g, sc_node *loss) {
    if (g->status < 0) return;
    if (loss->shape.n_dims) {
        sc__graph_fail(
            g, SC_FAIL(SC_SHAPE, "the loss has shape %s, not ()", sc__shape_text(&loss->shape)));
        return;
    }
    sc_status s = g->fusion ? sc__graph_fuse(g) : SC_OK;
    tape t;
    if (s < 0 || !record(g, &t)) {
        sc__graph_fail(g, s < 0 ? s : SC_FAIL(SC_NOMEM, "backward pass"));
        return;
    }
    g->one = sc_input(g, "one", loss->dtype, (sc_shape){0});
    if (g->status < 0) return;
    if (loss->dtype == SC_F64)
        *(double *)g->one->data = 1;
    else
        *(float *)g->one->data = 1;
    loss->grad = g->one;
    g->differentiated = true;
    const int last = g->segment;
    for (int end = t.n; end > 0;) {
        int first = end;
        const int segment = t.order[end - 1]->segment;
        while (first > 0 && t.order[first - 1]->segment == segment) first--;
        backward_segment(g, &t, first, end, g->recompute && segment != last);
        end = first;
    }
}
