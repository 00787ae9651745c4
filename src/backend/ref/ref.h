/* ref.h - the reference backend is compiled twice, for float and for double (SC_REAL). */
#ifndef SC_BACKEND_REF_H
#define SC_BACKEND_REF_H

#include "graph/graph.h"
#include "tensor/dtype.h"

#include <math.h>

#ifdef SC_REAL
typedef double real;
#define REF(name)   sc__ref64_##name
#define REF_BACKEND sc__backend_ref_f64
#define REF_NAME    "ref64"
#else
typedef float real;
#define REF(name)   sc__ref_##name
#define REF_BACKEND sc__backend_ref
#define REF_NAME    "ref"
#endif

#define KERNEL(id)  void REF(id)(const sc_exec *x, const sc_node *n)
#define OP(id, ...) KERNEL(id);
#include "graph/ops.def"
#undef OP

/* Element i of a node's value, whatever its type. */
static inline real load(const sc_node *n, int64_t i) {
    switch (n->dtype) {
    case SC_F32:
        return (real)((const float *)n->data)[i];
    case SC_F64:
        return (real)((const double *)n->data)[i];
    case SC_BF16:
        return (real)sc__bf16_to_f32(((const uint16_t *)n->data)[i]);
    case SC_F16:
        return (real)sc__f16_to_f32(((const uint16_t *)n->data)[i]);
    case SC_I32:
        return (real)((const int32_t *)n->data)[i];
    case SC_I8:
        return (real)((const int8_t *)n->data)[i];
    default:
        sc_assert(!"type");
        return 0;
    }
}

static inline void store(const sc_node *n, int64_t i, real v) {
    switch (n->dtype) {
    case SC_F32:
        ((float *)n->data)[i] = (float)v;
        break;
    case SC_F64:
        ((double *)n->data)[i] = (double)v;
        break;
    case SC_BF16:
        ((uint16_t *)n->data)[i] = sc__f32_to_bf16((float)v);
        break;
    case SC_F16:
        ((uint16_t *)n->data)[i] = sc__f32_to_f16((float)v);
        break;
    default:
        sc_assert(!"type");
    }
}

/* Stores or adds, as the node's `store` says. */
static inline void put(const sc_exec *x, const sc_node *n, int64_t i, real v) {
    store(n, i, sc__adds(x, n) ? load(n, i) + v : v);
}

static inline int32_t load_int(const sc_node *n, int64_t i) {
    return ((const int32_t *)n->data)[i];
}

/* act(v) and its derivative. */
real REF(act)(sc_act kind, real v);
real REF(act_slope)(sc_act kind, real v);

#endif
