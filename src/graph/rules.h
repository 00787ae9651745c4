/* rules.h - the shape and gradient rules that ops.def names. */
#ifndef SC_GRAPH_RULES_H
#define SC_GRAPH_RULES_H

#include "graph/graph.h"
#include "tensor/dtype.h"

bool sc__shape_none(sc_node *n);
bool sc__shape_same(sc_node *n);
bool sc__shape_row(sc_node *n);
bool sc__shape_scale_by(sc_node *n);
bool sc__shape_cast(sc_node *n);
bool sc__shape_f32(sc_node *n);
bool sc__shape_glu_bwd(sc_node *n);
bool sc__shape_rope(sc_node *n);
bool sc__shape_columns(sc_node *n);
bool sc__shape_columns_bwd(sc_node *n);
bool sc__shape_scalar(sc_node *n);
bool sc__shape_fill(sc_node *n);
bool sc__shape_sum_rows(sc_node *n);
bool sc__shape_matmul(sc_node *n);
bool sc__shape_norm(sc_node *n);
bool sc__shape_norm_bwd(sc_node *n);
bool sc__shape_embed(sc_node *n);
bool sc__shape_embed_bwd(sc_node *n);
bool sc__shape_cache(sc_node *n);
bool sc__shape_attention(sc_node *n);
bool sc__shape_attn_bwd(sc_node *n);
bool sc__shape_xent(sc_node *n);
bool sc__shape_xent_bwd(sc_node *n);
bool sc__shape_head_xent(sc_node *n);

/* Given dy, the gradient of y's first output (NULL when only others have one), a rule adds nodes to
 * g and names in dx those that are the gradients of y's inputs; NULL where there is none. */
#define GRAD(name)                                                                                 \
    void sc__grad_##name(sc_graph *g, sc_node *y, sc_node *dy, sc_node *dx[SC_MAX_IN])
GRAD(none);
GRAD(add);
GRAD(add_row);
GRAD(mul);
GRAD(scale);
GRAD(scale_by);
GRAD(cast);
GRAD(act);
GRAD(glu);
GRAD(dropout);
GRAD(rope);
GRAD(columns);
GRAD(sum);
GRAD(matmul);
GRAD(norm);
GRAD(embed);
GRAD(attention);
GRAD(xent);
GRAD(head_xent);

#endif
