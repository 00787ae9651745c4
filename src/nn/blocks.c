/* blocks.c - linear, norm, embedding and feed-forward blocks. */
#include "nn/blocks.h"

#include <stdio.h>

static sc_node *param(const sc_batch *b, const sc_param *p) {
    return sc_tensor_node(b->g, (sc_tensor *)(uintptr_t)&p->t);
}

static const char *suffixed(char *text, size_t size, const char *name, const char *suffix) {
    snprintf(text, size, "%s.%s", name, suffix);
    return text;
}

/* ---- linear: y = x W' + b -------------------------------------------------------------------- */

void sc__linear_init(sc_linear *l, sc_params *p, const char *name, sc_linear_config c) {
    char text[64];
    const bool turned = c.flags & SC_TRANSPOSED;
    l->flags = c.flags;
    l->w = sc__param_new(p, suffixed(text, sizeof text, name, "weight"), turned ? c.d_in : c.d_out,
                         turned ? c.d_out : c.d_in, sc__init_normal(c.std));
    l->b = NULL;
    if (c.flags & SC_BIAS)
        l->b = sc__param_new(p, suffixed(text, sizeof text, name, "bias"), 0, c.d_out,
                             (sc_init){SC_INIT_ZERO, 0});
}

sc_node *sc__linear_fwd(const sc_batch *b, const sc_linear *l, sc_node *x) {
    sc_node *w = sc_cast(b->g, param(b, l->w), b->dtype);
    sc_node *y =
        sc_matmul(b->g, sc_cast(b->g, x, b->dtype), w, l->flags & SC_TRANSPOSED ? 0 : SC_TB);
    return l->b ? sc_add_row(b->g, y, param(b, l->b)) : y; /* (N, d_out) */
}

/* ---- norm -------------------------------------------------------------------------------------
 */

void sc__norm_init(sc_norm_block *n, sc_params *p, const char *name, sc_norm_kind kind, int64_t d,
                   float eps) {
    char text[64];
    *n = (sc_norm_block){.kind = kind, .eps = eps};
    n->w = sc__param_new(p, suffixed(text, sizeof text, name, "weight"), 0, d,
                         (sc_init){SC_INIT_ONE, 0});
    if (kind == SC_LAYER_NORM)
        n->b = sc__param_new(p, suffixed(text, sizeof text, name, "bias"), 0, d,
                             (sc_init){SC_INIT_ZERO, 0});
}

static sc_node *norm(const sc_batch *b, const sc_norm_block *n, sc_node *x, sc_dtype t) {
    const sc_norm_options o = {n->kind, n->eps, t};
    return sc_norm(b->g, x, param(b, n->w), n->b ? param(b, n->b) : NULL, o); /* (N, D) */
}

sc_node *sc__norm_fwd(const sc_batch *b, const sc_norm_block *n, sc_node *x) {
    return norm(b, n, x, b->dtype);
}

sc_node *sc__norm_residual_fwd(const sc_batch *b, const sc_norm_block *n, sc_node *x) {
    return norm(b, n, x, sc_node_dtype(x));
}

/* ---- embedding and residual stream -------------------------------------------------------------
 */

sc_node *sc__embed_fwd(const sc_batch *b, const sc_param *table, sc_node *ids) {
    sc_node *x = sc_embed(b->g, param(b, table), ids); /* (N, D) */
    return sc_cast(b->g, x, SC_F32);
}

sc_node *sc__residual_fwd(const sc_batch *b, sc_node *x, sc_node *y, float dropout) {
    return sc_add(b->g, x, b->training ? sc_dropout(b->g, y, dropout) : y);
}

/* ---- feed-forward: act(x U) D, or (act(x G) * (x U)) D ------------------------------------------
 */

void sc__mlp_init(sc_mlp *m, sc_params *p, sc_mlp_config c) {
    const sc_linear_config in = {c.d, c.d_ff, c.flags, c.std},
                           out = {c.d_ff, c.d, c.flags, c.out_std};
    m->c = c;
    if (c.gated) sc__linear_init(&m->gate, p, "ffn_gate", in);
    sc__linear_init(&m->up, p, "ffn_up", in);
    sc__linear_init(&m->down, p, "ffn_down", out);
}

sc_node *sc__mlp_fwd(const sc_batch *b, const sc_mlp *m, sc_node *x) {
    sc_node *up = sc__linear_fwd(b, &m->up, x); /* (N, d_ff) */
    up = m->c.gated ? sc_glu(b->g, sc__linear_fwd(b, &m->gate, x), up, m->c.act)
                    : sc_activation(b->g, up, m->c.act);
    return sc__linear_fwd(b, &m->down, up); /* (N, D) */
}
