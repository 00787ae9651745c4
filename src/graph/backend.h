/* backend.h - what a machine must promise: memory and a kernel for each node.
 *
 * backend/ref is the specification: slow, obvious, complete. A fast backend answers for the nodes
 * it has a kernel for; the others run on ref, and the plan says so once in the log. */
#ifndef SC_GRAPH_BACKEND_H
#define SC_GRAPH_BACKEND_H

#include "base/pool.h"
#include "socle/graph.h"

/* What a kernel sees of the run. */
typedef struct {
    sc_pool *pool;
    void *scratch; /* as many bytes as the node's kernel asked for, aligned to 64 */
    int64_t n_tokens, n_sequences;
    bool accumulate;
    uint64_t seed, step;
} sc_exec;

/* A kernel splits its work over exec->pool on a grid that does not depend on the number of threads.
 */
typedef struct {
    const char *name; /* "ref", "avx512", "onednn" */
    void (*run)(const sc_exec *x, const sc_node *n);
    /* NULL when not needed: bytes of scratch for this node; state made once at plan time and its
     * end. */
    size_t (*scratch)(const sc_node *n, int n_threads);
    sc_status (*prepare)(sc_node *n, int n_threads);
    void (*release)(sc_node *n);
} sc_kernel;

/* Loops over plain arrays that are not graphs: the optimizers' and conversions. One call is one
 * chunk on one thread; the caller cuts arrays into chunks of a fixed size and combines sums in a
 * fixed order. */
typedef struct {
    float lr, beta1, beta2, eps, weight_decay;
    float bias1, bias2; /* 1 - beta1^t, 1 - beta2^t */
    float grad_scale;   /* gradients are multiplied by this first: clipping */
} sc_adamw;
typedef struct {
    double (*sum_squares)(const float *x, int64_t n);
    /* Loshchilov & Hutter 2019, in torch's order: w *= 1 - lr wd; then w -= lr / bias1 * m /
     * (sqrt(v / bias2) + eps) */
    void (*adamw)(float *w, float *m, float *v, const float *g, int64_t n, const sc_adamw *o);
    /* y = a x + b y */
    void (*axpby)(float *y, const float *x, float a, float b, int64_t n);
    void (*to_bf16)(uint16_t *to, const float *from, int64_t n);
    void (*from_bf16)(float *to, const uint16_t *from, int64_t n);
} sc_vector;

typedef struct {
    const char *name;
    /* What this processor or device can do, as text; SOCLE_ISA may force less. SC_USAGE: cannot. */
    sc_status (*open)(const char **isa);
    /* NULL: this backend has none for a node of these types and attributes. */
    const sc_kernel *(*find)(const sc_node *n);
    const sc_vector *(*vector)(void);
} sc_backend;

extern const sc_backend sc__backend_ref, sc__backend_ref_f64, sc__backend_cpu;

struct sc_machine {
    const sc_backend *backend;
    const char *isa;
    sc_pool *pool;
};

#endif
