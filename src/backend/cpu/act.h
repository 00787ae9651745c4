/* act.h - vectors of any real type in memory, and the activations with their slopes. */
#ifndef SC_BACKEND_CPU_ACT_H
#define SC_BACKEND_CPU_ACT_H

#include "backend/cpu/simd.h"
#include "socle/graph.h"

/* VW elements of type t from the i-th on; _n: the first n of them. F32, BF16 or F16. */
INLINE vf v_get(const void *p, sc_dtype t, int64_t i) {
    if (t == SC_F32) return vf_load((const float *)p + i);
    return t == SC_BF16 ? vf_from_bf16((const uint16_t *)p + i)
                        : vf_from_f16((const uint16_t *)p + i);
}
INLINE void v_put(void *p, sc_dtype t, int64_t i, vf v) {
    if (t == SC_F32)
        vf_store((float *)p + i, v);
    else if (t == SC_BF16)
        vf_to_bf16((uint16_t *)p + i, v);
    else
        vf_to_f16((uint16_t *)p + i, v);
}
INLINE vf v_get_n(const void *p, sc_dtype t, int64_t i, int64_t n) {
    if (t == SC_F32) return vf_load_n((const float *)p + i, n);
    uint16_t few[VW] = {0};
    memcpy(few, (const uint16_t *)p + i, (size_t)n * 2);
    return v_get(few, t, 0);
}
INLINE void v_put_n(void *p, sc_dtype t, int64_t i, vf v, int64_t n) {
    if (t == SC_F32) {
        vf_store_n((float *)p + i, v, n);
        return;
    }
    uint16_t few[VW];
    v_put(few, t, 0, v);
    memcpy((uint16_t *)p + i, few, (size_t)n * 2);
}

/* The same for a loop's last round as well: `left` elements remain. */
INLINE vf v_at(const void *p, sc_dtype t, int64_t i, int64_t left) {
    return left >= VW ? v_get(p, t, i) : v_get_n(p, t, i, left);
}
INLINE void v_to(void *p, sc_dtype t, int64_t i, vf v, int64_t left) {
    if (left >= VW)
        v_put(p, t, i, v);
    else
        v_put_n(p, t, i, v, left);
}
/* v with 0 in the lanes from `left` on. */
INLINE vf vf_first(vf v, int64_t left) {
    if (left >= VW) return v;
    float all[VW];
    vf_store(all, v);
    return vf_load_n(all, left);
}

INLINE vf vf_sigmoid(vf x) {
    const vf one = vf_set(1);
    return vf_div(one, vf_add(one, vf_exp(vf_sub(vf_zero(), x))));
}

/* 0.5 x (1 + tanh u) = x sigmoid(2 u), without its cancellation; u = c (x + 0.044715 x^3). */
INLINE vf vf_gelu_gate(vf x) {
    const vf inner = vf_fma(vf_mul(x, x), vf_set(0.044715f), vf_set(1));
    return vf_sigmoid(vf_mul(vf_mul(x, inner), vf_set(1.5957691216057308f)));
}

INLINE vf vf_act(sc_act kind, vf x) {
    vf gauss;
    switch (kind) {
    case SC_GELU_TANH:
        return vf_mul(x, vf_gelu_gate(x));
    case SC_GELU:
        return vf_mul(x, vf_normal_cdf(x, &gauss));
    case SC_SILU:
        return vf_mul(x, vf_sigmoid(x));
    case SC_RELU:
        return vf_less(vf_zero(), x, x, vf_zero());
    case SC_TANH:
        return vf_tanh(x);
    default:
        return x;
    }
}

/* The derivative of vf_act at x. */
INLINE vf vf_act_slope(sc_act kind, vf x) {
    const vf one = vf_set(1);
    vf s, t;
    switch (kind) {
    case SC_GELU_TANH: /* s + x s (1 - s) d(2u)/dx */
        s = vf_gelu_gate(x);
        t = vf_fma(vf_mul(x, x), vf_set(0.21406859f), vf_set(1.5957691216057308f));
        return vf_fma(vf_mul(vf_mul(x, s), vf_sub(one, s)), t, s);
    case SC_GELU:
        s = vf_normal_cdf(x, &t);
        return vf_fma(vf_mul(x, vf_set(0.3989422804014327f)), t, s);
    case SC_SILU:
        s = vf_sigmoid(x);
        return vf_mul(s, vf_fma(x, vf_sub(one, s), one));
    case SC_RELU:
        return vf_less(vf_zero(), x, one, vf_zero());
    case SC_TANH:
        t = vf_tanh(x);
        return vf_fnma(t, t, one);
    default:
        return one;
    }
}

#endif
