/* graph.h - nodes and graphs from the inside: what rules, passes and kernels share. */
#ifndef SC_GRAPH_GRAPH_H
#define SC_GRAPH_GRAPH_H

#include "base/alloc.h"
#include "graph/backend.h"
#include "socle/graph.h"

typedef enum {
#define OP(id, ...) SC_OP_##id,
#include "graph/ops.def"
#undef OP
    SC_OP_COUNT
} sc_op;

enum { SC_FLAG_SUM = 1, SC_FLAG_SAME = 2, SC_FLAG_KEEP = 4 };
enum { SC_MAX_IN = 9, SC_MAX_OUT = 4 };

/* How an output is stored: written; added to what is there; added only in an accumulating run. */
typedef enum { SC_STORE_WRITE, SC_STORE_ADD, SC_STORE_ADD_IF_ACCUMULATING } sc_store;

/* Which input of ATTENTION and ATTENTION_BWD is what. */
enum {
    SC_AT_Q,
    SC_AT_K,
    SC_AT_V,
    SC_AT_OFFSETS,
    SC_AT_KV_LEN,
    SC_AT_TABLE,
    SC_AT_BIAS,
    SC_AT_MASK
};
enum {
    SC_AB_DY,
    SC_AB_Q,
    SC_AB_K,
    SC_AB_V,
    SC_AB_Y,
    SC_AB_LSE,
    SC_AB_OFFSETS,
    SC_AB_BIAS,
    SC_AB_MASK
};

typedef struct {
    int n_head, n_kv_head, d_head;
    float scale, dropout;
    bool causal, packed,
        want_bias; /* packed: q, k and v are one node, at columns q_at, k_at, v_at */
    int block_size;
    uint32_t stream; /* of dropout */
    int64_t q_at, k_at,
        v_at; /* first column of each in its node; row strides are the nodes' widths */
} sc_attention_attr;

typedef union {
    float scale;
    sc_act act; /* ACT, ACT_BWD, GLU, GLU_BWD */
    sc_dtype cast;
    struct {
        float p;
        uint32_t stream;
    } dropout;
    struct {
        int n_head;
        bool inverse;
    } rope;
    struct {
        int transpose;
        sc_act act;
        sc_dtype dtype;
    } matmul; /* act: output 0 = act(output 1) */
    struct {
        sc_norm_kind kind;
        float eps;
        sc_dtype dtype;
    } norm;
    int64_t rows; /* EMBED_BWD: rows of the table */
    int output;   /* OUTPUT: which of in[0] */
    struct {
        int64_t from, n, width;
    } columns; /* n columns of a matrix of that width */
    sc_attention_attr attn;
    struct {
        float smoothing;
    } xent;
} sc_attr;

struct sc_node {
    sc_op op;
    sc_dtype dtype;
    sc_shape shape; /* capacity: with `tokens`, dim[0] counts token rows and a run may use fewer */
    bool tokens;
    bool kept, wants_grad;
    sc_store store;
    int n_out;
    sc_node *in[SC_MAX_IN]; /* optional ones are NULL */
    sc_node
        *out[SC_MAX_OUT]; /* out[0] is the node itself; others are OUTPUT nodes with in[0] = it */
    sc_attr attr;
    void *data;        /* set by the plan (or the storage of a leaf) */
    sc_tensor *tensor; /* leaf: whose data; gradient: into whose grad it is stored; else NULL */
    const sc_kernel *kernel;
    void *state;      /* of the kernel, made by prepare */
    const char *name; /* of a leaf, for error texts */
    /* of the builder and the passes */
    sc_node *grad, *next;
    int index, last_use, segment;
    bool needs_grad, live;
    double seconds; /* of this node's runs, when profiled */
    int64_t calls;
};

struct sc_graph {
    sc_arena arena;
    sc_machine *machine;
    sc_node *first, **last;
    sc_node bad;      /* what failed calls return */
    sc_status status; /* sticky */
    char error[512];
    sc_node *one; /* the gradient of the loss with respect to itself */

    int n_nodes, n_fused, segment;
    uint32_t n_dropout;
    bool owns_machine, fusion, sharing, recompute, planned, differentiated, profile;
    void *memory, *scratch;
    size_t memory_bytes, unshared_bytes, scratch_bytes;
};

typedef struct {
    const char *name;
    int n_in, n_out, flags;
    bool (*shape)(sc_node *n); /* fills shape, dtype, tokens of n and of its outputs, or refuses */
    void (*grad)(sc_graph *g, sc_node *y, sc_node *dy, sc_node *dx[SC_MAX_IN]);
    double lo, hi;
} sc_op_info;

extern const sc_op_info sc__ops[SC_OP_COUNT];

/* Adds a node; `proto` holds op, in, attr and n_out. Returns &g->bad after a failure. */
sc_node *sc__node_new(sc_graph *g, const sc_node *proto);
/* The k-th output; makes it when a gradient rule asks for one that the node did not have. */
sc_node *sc__node_output(sc_graph *g, sc_node *n, int k);
sc_node *sc__graph_fail(sc_graph *g, sc_status s); /* after SC_FAIL: keeps the first error */
sc_status sc__graph_fuse(sc_graph *g);
sc_status sc__graph_plan(sc_graph *g);

static inline int64_t sc__dim(const sc_node *n, int i) { return n->shape.dim[i]; }
/* Rows and columns of a node seen as a matrix: all but the last dimension are rows. */
static inline int64_t sc__cols(const sc_node *n) {
    return n->shape.n_dims ? n->shape.dim[n->shape.n_dims - 1] : 1;
}
static inline int64_t sc__capacity_rows(const sc_node *n) {
    const int64_t cols = sc__cols(n);
    return cols ? sc_shape_elements(&n->shape) / cols : 0;
}
/* A vector of tokens, (N), has N rows of one column. */
static inline int64_t sc__rows(const sc_exec *x, const sc_node *n) {
    if (n->tokens) return x->n_tokens;
    return n->shape.n_dims < 2 ? 1 : sc__capacity_rows(n);
}
/* Elements in use. */
static inline int64_t sc__count(const sc_exec *x, const sc_node *n) {
    const int64_t all = sc_shape_elements(&n->shape);
    return n->tokens && n->shape.dim[0] ? all / n->shape.dim[0] * x->n_tokens : all;
}
/* true: add to the output instead of replacing it. */
static inline bool sc__adds(const sc_exec *x, const sc_node *n) {
    return n->store == SC_STORE_ADD || (n->store == SC_STORE_ADD_IF_ACCUMULATING && x->accumulate);
}
static inline bool sc__has(const sc_node *n, int i) { return i < n->n_out && n->out[i]; }

#endif
