/* graph.h - explicit tier: computation graphs for those who write their own models and loops.
 *
 *     sc_graph *g;
 *     if (sc_graph_open(&g, NULL) < 0) return 1;
 *     sc_node *x = sc_input(g, "x", SC_F32, (sc_shape){2, {4, 3}});
 *     sc_node *y = sc_sum(g, sc_mul(g, x, x));
 *     sc_keep(g, y);
 *     if (sc_graph_run(g, NULL) < 0) puts(sc_error_text());
 *     printf("%f\n", *(float *)sc_node_data(y));
 *     sc_graph_close(g);
 *
 * A graph keeps its first error: building goes on with nodes that do nothing, and sc_graph_run
 * reports. Nodes belong to their graph. A graph is used by one thread at a time; it runs on the
 * threads of its machine. Activations of a sequence model are (N, D): N tokens, one row each, flat.
 */
#ifndef SOCLE_GRAPH_H
#define SOCLE_GRAPH_H

#include "socle/tensor.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sc_graph sc_graph;
typedef struct sc_node sc_node;
typedef struct sc_machine sc_machine; /* a backend, opened: threads and kernels */

/* Storage that outlives graphs: a parameter, a cache. `grad` has the same shape, f32, or is NULL
 * when none is wanted; sc_graph_run writes it. Both are borrowed by every graph that names the
 * tensor. */
typedef struct {
    const char *name;
    sc_dtype dtype;
    sc_shape shape;
    void *data;
    float *grad;
} sc_tensor;

typedef enum { SC_ACT_NONE, SC_GELU_TANH, SC_GELU, SC_SILU, SC_RELU, SC_TANH } sc_act;
typedef enum { SC_LAYER_NORM, SC_RMS_NORM } sc_norm_kind;

/* n_threads <= 0: SOCLE_THREADS, else all processors. `backend`: "cpu" (NULL too) or "ref", the
 * slow specification. SC_USAGE: no such backend. */
SC_MUST_USE SC_API sc_status sc_machine_open(sc_machine **out, const char *backend, int n_threads);
SC_API void sc_machine_close(sc_machine *m);
SC_API int sc_machine_threads(const sc_machine *m);
SC_API const char *sc_machine_isa(const sc_machine *m); /* "avx512bf16", ...: the kernels in use */

/* `machine` is borrowed; NULL opens the graph on the ref backend with one thread. */
SC_MUST_USE SC_API sc_status sc_graph_open(sc_graph **out, sc_machine *machine);
SC_API void sc_graph_close(sc_graph *g);
/* The first failure while building, SC_OK when there was none. */
SC_MUST_USE SC_API sc_status sc_graph_status(const sc_graph *g);

/* ---- leaves ---- */
/* Memory of the graph itself, zeroed; write through sc_node_data before a run. */
SC_API sc_node *sc_input(sc_graph *g, const char *name, sc_dtype t, sc_shape shape);
/* The same, whose first dimension is the token axis: a run may use fewer rows than its capacity. */
SC_API sc_node *sc_input_tokens(sc_graph *g, const char *name, sc_dtype t, sc_shape shape);
/* Storage of the caller. The same tensor gives the same node. */
SC_API sc_node *sc_tensor_node(sc_graph *g, sc_tensor *t);

/* ---- operations; N tokens, D width ---- */
SC_API sc_node *sc_add(sc_graph *g, sc_node *a, sc_node *b); /* same shapes; the wider type wins */
SC_API sc_node *sc_add_row(sc_graph *g, sc_node *x, sc_node *row); /* (N, D) + (D) */
SC_API sc_node *sc_mul(sc_graph *g, sc_node *a, sc_node *b);
SC_API sc_node *sc_scale(sc_graph *g, sc_node *x, float a);
SC_API sc_node *sc_scale_by(sc_graph *g, sc_node *x, sc_node *scalar);
SC_API sc_node *sc_cast(sc_graph *g, sc_node *x, sc_dtype t); /* x itself when it is of that type */
SC_API sc_node *sc_activation(sc_graph *g, sc_node *x, sc_act kind);
SC_API sc_node *sc_glu(sc_graph *g, sc_node *gate, sc_node *up, sc_act kind); /* act(gate) * up */
SC_API sc_node *sc_dropout(sc_graph *g, sc_node *x, float p); /* x itself when p is 0 */
SC_API sc_node *sc_columns(sc_graph *g, sc_node *x, int64_t from, int64_t n); /* (N, n) of (N, D) */
SC_API sc_node *sc_sum(sc_graph *g, sc_node *x);                              /* () f32 */

/* a is (M, K), or (K, M) with SC_TA; b is (K, N), or (N, K) with SC_TB; result (M, N), of a's type.
 */
enum { SC_TA = 1, SC_TB = 2 };
SC_API sc_node *sc_matmul(sc_graph *g, sc_node *a, sc_node *b, int transpose);

/* Rows normalised over D (Ba et al. 2016; Zhang & Sennrich 2019), times w, plus b when not NULL.
 * The result is of type `t`, whatever x's. */
typedef struct {
    sc_norm_kind kind;
    float eps;
    sc_dtype dtype;
} sc_norm_options;
SC_API sc_node *sc_norm(sc_graph *g, sc_node *x, sc_node *w, sc_node *b, sc_norm_options o);

/* Rows of table (V, D) chosen by ids (N) i32; ids must lie in 0 .. V-1 (the caller checks). */
SC_API sc_node *sc_embed(sc_graph *g, sc_node *table, sc_node *ids);

/* Rotary positions (Su et al. 2021), Hugging Face's halves pairing: x (N, n_head * d_head),
 * positions (N) i32, inv_freq (d_head / 2) f32. */
SC_API sc_node *sc_rope(sc_graph *g, sc_node *x, sc_node *positions, sc_node *inv_freq, int n_head);

/* Attention over a ragged batch. Sequence s owns query rows offsets[s] .. offsets[s+1]-1. */
typedef struct {
    int n_head, n_kv_head, d_head; /* n_kv_head divides n_head */
    float scale;                   /* of q k^T, usually 1 / sqrt(d_head) */
    bool causal;                   /* query i of Tq sees keys up to i + Tk - Tq */
    float dropout;                 /* of the probabilities */
    int block_size;                /* rows a cache block, with `table` */
    sc_node *offsets;              /* (S + 1) i32 */
    sc_node *kv_len;               /* (S) i32: keys of each sequence; NULL: as many as queries */
    sc_node *table;    /* (S, max_blocks) i32: blocks of k and v; NULL: keys lie as queries */
    sc_node *bias;     /* (n_head, Tq max, Tk max), added to scores; NULL: none */
    sc_node *key_mask; /* (rows of k) i8: 0 hides a key; NULL: all seen */
} sc_attention_options;
/* q (N, n_head * d_head), k and v (rows, n_kv_head * d_head) -> (N, n_head * d_head). */
SC_API sc_node *sc_attention(sc_graph *g, sc_node *q, sc_node *k, sc_node *v,
                             const sc_attention_options *o);
/* The same from one tensor (N, (n_head + 2 n_kv_head) * d_head) with the columns of q, k, v in
 * turn. */
SC_API sc_node *sc_attention_packed(sc_graph *g, sc_node *qkv, const sc_attention_options *o);
/* cache (rows, D) with row slots[i] replaced by row i of x (N, D); slots (N) i32. No gradient. */
SC_API sc_node *sc_cache_write(sc_graph *g, sc_node *cache, sc_node *x, sc_node *slots);

/* Sum over tokens of weight * cross-entropy(logits, target), () f32. targets (N) i32, a negative
 * one is left out; weights (N) f32, for a mean: 1 / count. smoothing as in torch's label_smoothing.
 */
SC_API sc_node *sc_xent(sc_graph *g, sc_node *logits, sc_node *targets, sc_node *weights,
                        float smoothing);

/* ---- running ---- */
SC_API void sc_keep(sc_graph *g, sc_node *n); /* its value can be read after a run */
/* Adds what computes the gradient of the scalar `loss` with respect to every tensor with `grad`. */
SC_API void sc_graph_backward(sc_graph *g, sc_node *loss);
/* The gradient of an input, after sc_want_grad before and sc_graph_backward; NULL when it has none.
 */
SC_API void sc_want_grad(sc_graph *g, sc_node *input);
SC_API sc_node *sc_node_grad(sc_node *input);

typedef struct {
    int64_t n_tokens;    /* rows of the token axis in use; 0: the capacity */
    int64_t n_sequences; /* 0: the capacity of attention's offsets */
    bool accumulate;     /* add to the tensors' gradients instead of replacing them */
    uint64_t seed, step; /* of dropout */
} sc_run_options;
/* Plans memory at the first call, then only computes. `o` may be NULL. */
SC_MUST_USE SC_API sc_status sc_graph_run(sc_graph *g, const sc_run_options *o);

SC_API void *sc_node_data(const sc_node *n);
SC_API sc_shape sc_node_shape(const sc_node *n);
SC_API sc_dtype sc_node_dtype(const sc_node *n);

/* What the plan takes, in bytes: activations as planned, and the same without sharing of memory. */
typedef struct {
    size_t planned, unshared, scratch;
    int n_nodes, n_fused; /* nodes that run, patterns that were fused */
} sc_plan_report;
SC_MUST_USE SC_API sc_status sc_graph_plan(sc_graph *g, sc_plan_report *out);
/* Options of the passes, before the first run: both are on; off only to measure or to test. */
SC_API void sc_graph_set_fusion(sc_graph *g, bool on);
SC_API void sc_graph_set_sharing(sc_graph *g, bool on);
/* Between marks activations are computed again in the backward pass instead of being kept
 * (Chen et al. 2016): a model marks the beginning of each layer. Off unless set before building. */
SC_API void sc_graph_set_recompute(sc_graph *g, bool on);
SC_API void sc_mark(sc_graph *g);

/* Seconds that each kind of operation has taken since the graph was opened, largest first; returns
 * how many rows were written, at most `n`. Costs two clock readings a node, so it is off unless
 * set. */
typedef struct {
    const char *op, *kernel;
    double seconds;
    int64_t calls;
} sc_profile_row;
SC_API void sc_graph_set_profile(sc_graph *g, bool on);
SC_API int sc_graph_profile(const sc_graph *g, sc_profile_row *rows, int n);

#ifdef __cplusplus
}
#endif
#endif
