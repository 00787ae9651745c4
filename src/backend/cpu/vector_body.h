/* vector_body.h - loops over plain arrays: optimizers and conversions. */
#include "backend/cpu/act.h"
#include "backend/cpu/cpu.h"

static double vector_sum_squares(const float *x, int64_t n) {
    enum { RUN = 16 * VW }; /* what is summed in float before it goes into a double */
    double total = 0;
    for (int64_t at = 0; at < n; at += RUN) {
        vf sum = vf_zero();
        for (int64_t i = at; i < SC_MIN(at + RUN, n); i += VW) {
            const vf v = v_at(x, SC_F32, i, n - i);
            sum = vf_fma(v, v, sum);
        }
        total += (double)vf_sum(sum);
    }
    return total;
}

static void vector_adamw(float *w, float *m, float *v, const float *g, int64_t n,
                         const sc_adamw *o) {
    const vf scale = vf_set(o->grad_scale), keep = vf_set(1 - o->lr * o->weight_decay);
    const vf b1 = vf_set(o->beta1), c1 = vf_set(1 - o->beta1);
    const vf b2 = vf_set(o->beta2), c2 = vf_set(1 - o->beta2);
    const vf step = vf_set(o->lr / o->bias1), root = vf_set(1 / sqrtf(o->bias2)),
             eps = vf_set(o->eps);
    for (int64_t i = 0; i < n; i += VW) {
        const int64_t left = n - i;
        const vf gi = vf_mul(v_at(g, SC_F32, i, left), scale);
        const vf mi = vf_fma(b1, v_at(m, SC_F32, i, left), vf_mul(c1, gi));
        const vf vi = vf_fma(b2, v_at(v, SC_F32, i, left), vf_mul(vf_mul(c2, gi), gi));
        const vf below = vf_fma(vf_sqrt(vi), root, eps);
        const vf wi = vf_mul(v_at(w, SC_F32, i, left), keep);
        v_to(m, SC_F32, i, mi, left);
        v_to(v, SC_F32, i, vi, left);
        v_to(w, SC_F32, i, vf_sub(wi, vf_div(vf_mul(step, mi), below)), left);
    }
}

static void vector_axpby(float *y, const float *x, float a, float b, int64_t n) {
    const vf va = vf_set(a), vb = vf_set(b);
    for (int64_t i = 0; i < n; i += VW) {
        const vf by = vf_mul(vb, v_at(y, SC_F32, i, n - i));
        v_to(y, SC_F32, i, vf_fma(va, v_at(x, SC_F32, i, n - i), by), n - i);
    }
}

static void vector_to_bf16(uint16_t *to, const float *from, int64_t n) {
    for (int64_t i = 0; i < n; i += VW) v_to(to, SC_BF16, i, v_at(from, SC_F32, i, n - i), n - i);
}

static void vector_from_bf16(float *to, const uint16_t *from, int64_t n) {
    for (int64_t i = 0; i < n; i += VW) v_to(to, SC_F32, i, v_at(from, SC_BF16, i, n - i), n - i);
}

static const sc_vector vector = {vector_sum_squares, vector_adamw, vector_axpby, vector_to_bf16,
                                 vector_from_bf16};
