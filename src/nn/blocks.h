/* blocks.h - what families are made of: embedding, linear, norm, attention, feed-forward. A block
 * declares its parameters in _init and adds its nodes in _fwd; differences between families are
 * fields of a config struct. A family never makes nodes itself.
 *
 * N tokens of a ragged batch, D model width, H heads. The residual stream is f32 whatever the type
 * of the products. */
#ifndef SC_NN_BLOCKS_H
#define SC_NN_BLOCKS_H

#include "nn/params.h"

/* Keys and values of earlier tokens, in blocks of rows that any sequence may own: one tensor a
 * layer, (n_blocks * block_size, n_kv_head * d_head). Made by infer/. */
typedef struct {
    sc_tensor *k, *v; /* one a layer */
    int n_layer, block_size;
} sc_cache;

/* What one forward pass sees. With a cache, `slots` says where the keys of each token go. */
typedef struct {
    sc_graph *g;
    sc_dtype dtype;              /* of matrix products and of what flows between them */
    bool training;               /* dropout is applied */
    sc_node *tokens, *positions; /* (N) i32 */
    sc_node *offsets;            /* (S + 1) i32: rows of each sequence */
    sc_cache *cache;             /* NULL: none */
    sc_node *slots;              /* (N) i32 */
    sc_node *kv_len, *table;     /* (S) i32, (S, max_blocks) i32 */
} sc_batch;

enum { SC_BIAS = 1, SC_TRANSPOSED = 2 /* stored (in, out), as GPT's Conv1D */ };

typedef struct {
    sc_param *w, *b;
    int flags;
} sc_linear;
typedef struct {
    int64_t d_in, d_out;
    int flags;
    float std;
} sc_linear_config;
void sc__linear_init(sc_linear *l, sc_params *p, const char *name, sc_linear_config c);
sc_node *sc__linear_fwd(const sc_batch *b, const sc_linear *l, sc_node *x);

typedef struct {
    sc_param *w, *b; /* b is NULL in an RMS norm */
    sc_norm_kind kind;
    float eps;
} sc_norm_block;
void sc__norm_init(sc_norm_block *n, sc_params *p, const char *name, sc_norm_kind kind, int64_t d,
                   float eps);
sc_node *sc__norm_fwd(const sc_batch *b, const sc_norm_block *n, sc_node *x);
/* The same, whose result stays in the residual stream (post-norm families). */
sc_node *sc__norm_residual_fwd(const sc_batch *b, const sc_norm_block *n, sc_node *x);

/* Rows of a table for each id, as f32. */
sc_node *sc__embed_fwd(const sc_batch *b, const sc_param *table, sc_node *ids);
sc_node *sc__residual_fwd(const sc_batch *b, sc_node *x, sc_node *y,
                          float dropout); /* x + dropout(y) */

/* Rotary frequencies: theta^(-2i/d), then as `kind` says. */
typedef enum { SC_ROPE_DEFAULT, SC_ROPE_LINEAR, SC_ROPE_LLAMA3 } sc_rope_kind;
typedef struct {
    sc_rope_kind kind;
    int64_t d_head, original_positions;
    double theta, factor, low_freq_factor, high_freq_factor;
} sc_rope_config;
/* (d_head / 2) f32, of the params' lifetime. */
sc_tensor *sc__rope_new(sc_params *p, sc_rope_config c);

typedef struct {
    int64_t d;
    int n_head, n_kv_head, d_head;
    int flags;            /* SC_BIAS (of q, k, v), SC_TRANSPOSED */
    bool fused, out_bias; /* one matrix for q, k, v */
    float std, out_std, scale, dropout;
} sc_attn_config;
typedef struct {
    sc_linear qkv, q, k, v, out;
    sc_attn_config c;
    sc_tensor *rope; /* NULL: none */
    int layer;
} sc_attn;
void sc__attn_init(sc_attn *a, sc_params *p, int layer, sc_attn_config c);
sc_node *sc__attn_fwd(const sc_batch *b, const sc_attn *a, sc_node *x);

typedef struct {
    int64_t d, d_ff;
    sc_act act;
    bool gated;
    int flags;
    float std, out_std;
} sc_mlp_config;
typedef struct {
    sc_linear gate, up, down;
    sc_mlp_config c;
} sc_mlp;
void sc__mlp_init(sc_mlp *m, sc_params *p, sc_mlp_config c);
sc_node *sc__mlp_fwd(const sc_batch *b, const sc_mlp *m, sc_node *x);

#endif
