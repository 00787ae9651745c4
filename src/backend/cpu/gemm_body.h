/* gemm_body.h - the engine of one instruction set, in the words of simd.h. The including file
 * defines ROWS (lanes of A), VECTORS (of B), PAIRS (1: words are two bf16) and ENGINE. */
#include "backend/cpu/act.h"
#include "backend/cpu/gemm.h"

#define UNROLL _Pragma("GCC unroll 32")
enum { LANES_A = ROWS, LANES_B = VECTORS * VW };

/* ---- packing --------------------------------------------------------------------------------- */

/* VW words that follow each other in k. */
INLINE vu words_of(const void *p, sc_dtype t) {
#if PAIRS
    (void)t;
    return vu_load(p);
#else
    return vf_bits(v_get(p, t, 0));
#endif
}

/* One word of VW lanes that lie side by side; `next` is the following row of k, NULL past the end.
 */
INLINE vu lanes_of(const void *p, const void *next, sc_dtype t) {
#if PAIRS
    (void)t;
    const vu low = vu_from_u16(p);
    return next ? vu_or(low, vu_sll(vu_from_u16(next), 16)) : low;
#else
    (void)next;
    return vf_bits(v_get(p, t, 0));
#endif
}

/* Stores VW lanes at word w of a panel that is `lanes` wide. Where VW is wider the excess falls on
 * the next word, which is written later; only the last word must keep to its own. */
INLINE void put_word(uint32_t *to, vu v, int lanes, int64_t w, int64_t last) {
    if (lanes < VW && w == last)
        vf_store_n((float *)to, vu_float(v), lanes);
    else
        vu_store(to, v);
}

/* (lanes, K): blocks of VW lanes by VW words are transposed in registers. */
INLINE void pack_lane_major(uint32_t *to, const sc_gemm_side *s, int64_t lane, int64_t k0,
                            const int64_t n, const int lanes) {
    enum { UNIT = PAIRS + 1 };
    const int64_t size = (int64_t)(s->dtype == SC_F32 ? 4 : 2), words = (n + UNIT - 1) / UNIT;
    for (int64_t w = 0; w < words; w += VW)
        for (int g = 0; g < lanes; g += VW) {
            vu v[VW];
            for (int i = 0; i < VW; i++) {
                v[i] = vu_set(0);
                if (g + i >= lanes || lane + g + i >= s->lanes) continue;
                const char *p =
                    (const char *)s->data + ((lane + g + i) * s->stride + k0 + w * UNIT) * size;
                if ((w + VW) * UNIT <= n) {
                    v[i] = words_of(p, s->dtype);
                } else {
                    char few[VW * 4] = {0};
                    memcpy(few, p, (size_t)((n - w * UNIT) * size));
                    v[i] = words_of(few, s->dtype);
                }
            }
            vu_transpose(v);
            for (int j = 0; j < VW && w + j < words; j++)
                put_word(to + (w + j) * lanes + g, v[j], lanes, w + j, words - 1);
        }
}

/* (K, lanes): the lanes of a word lie side by side already. */
INLINE void pack_k_major(uint32_t *to, const sc_gemm_side *s, int64_t lane, int64_t k0,
                         const int64_t n, const int lanes) {
    enum { UNIT = PAIRS + 1 };
    const int64_t size = (int64_t)(s->dtype == SC_F32 ? 4 : 2), words = (n + UNIT - 1) / UNIT;
    for (int64_t w = 0; w < words; w++)
        for (int g = 0; g < lanes; g += VW) {
            const int64_t left = s->lanes - lane - g;
            vu v = vu_set(0);
            if (left > 0) {
                const char *p =
                    (const char *)s->data + ((k0 + w * UNIT) * s->stride + lane + g) * size;
                const char *next = w * UNIT + 1 < n ? p + s->stride * size : NULL;
                if (left >= VW) {
                    v = lanes_of(p, next, s->dtype);
                } else {
                    char few[2][VW * 4] = {{0}};
                    memcpy(few[0], p, (size_t)(left * size));
                    if (next && PAIRS) memcpy(few[1], next, (size_t)(left * size));
                    v = lanes_of(few[0], few[1], s->dtype);
                }
            }
            put_word(to + w * lanes + g, v, lanes, w, words - 1);
        }
}

INLINE void pack(uint32_t *to, const sc_gemm_side *s, int64_t lane, int64_t k0, int64_t n,
                 const int lanes) {
    const int unit = PAIRS + 1;
    if (s->k_major)
        pack_k_major(to, s, lane, k0, n, lanes);
    else
        pack_lane_major(to, s, lane, k0, n, lanes);
    const int64_t words = (n + unit - 1) / unit, all = (words + ALIGN - 1) / ALIGN * ALIGN;
    memset(to + words * lanes, 0, (size_t)((all - words) * lanes * 4));
}

static void pack_b(void *to, const sc_gemm_side *s, int64_t lane, int64_t k0, int64_t n) {
    pack(to, s, lane, k0, n, LANES_B);
}

#ifndef OWN_PANEL
static void pack_a(void *to, const sc_gemm_side *s, int64_t lane, int64_t k0, int64_t n) {
    pack(to, s, lane, k0, n, LANES_A);
}

/* ---- panels ---------------------------------------------------------------------------------- */

#if PAIRS
INLINE vf multiply(uint32_t a, vf b, vf sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32((int)a), (__m512bh)vf_bits(b));
}
#else
INLINE vf multiply(uint32_t a, vf b, vf sum) {
    float f;
    memcpy(&f, &a, sizeof f);
    return vf_fma(vf_set(f), b, sum);
}
#endif

INLINE void multiply_panels(float *c, int64_t stride, const uint32_t *a, const float *b,
                            int64_t words, const int vectors, bool add) {
    vf sum[LANES_A][VECTORS];
    UNROLL for (int i = 0; i < LANES_A; i++) UNROLL for (int v = 0; v < vectors; v++) sum[i][v] =
        vf_zero();
    for (int64_t w = 0; w < words; w++) {
        vf bv[VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) bv[v] = vf_load(b + v * VW);
        __builtin_prefetch(b + 8 * LANES_B);
        UNROLL for (int i = 0; i < LANES_A; i++) UNROLL for (int v = 0; v < vectors; v++)
            sum[i][v] = multiply(a[i], bv[v], sum[i][v]);
        a += LANES_A;
        b += LANES_B;
    }
    UNROLL for (int i = 0; i < LANES_A; i++) UNROLL for (int v = 0; v < vectors; v++) {
        float *to = c + i * stride + v * VW;
        vf_store(to, add ? vf_add(vf_load(to), sum[i][v]) : sum[i][v]);
    }
}

static void panel(float *c, int64_t stride, const void *a, const void *b, int64_t words,
                  int flags) {
    if (flags & SC_GEMM_NARROW)
        multiply_panels(c, stride, a, b, words, 1, flags & SC_GEMM_ADD);
    else
        multiply_panels(c, stride, a, b, words, VECTORS, flags & SC_GEMM_ADD);
}
#endif

/* ---- what becomes of the sums ---------------------------------------------------------------- */

INLINE void finish_row(const sc_gemm_out *o, const float *c, int64_t at, int64_t column,
                       int64_t cols) {
    for (int64_t j = 0; j < cols; j += VW) {
        const int64_t n = cols - j < VW ? cols - j : VW;
        vf v = vf_load(c + j); /* the row of the tile is padded */
        if (o->bias)
            v = vf_add(v, n < VW ? v_get_n(o->bias, o->bias_type, column + j, n)
                                 : v_get(o->bias, o->bias_type, column + j));
        if (o->pre) {
            if (n < VW)
                v_put_n(o->pre, o->type, at + j, v, n);
            else
                v_put(o->pre, o->type, at + j, v);
        }
        v = vf_act(o->act, v);
        if (o->add)
            v = vf_add(v,
                       n < VW ? v_get_n(o->to, o->type, at + j, n) : v_get(o->to, o->type, at + j));
        if (n < VW)
            v_put_n(o->to, o->type, at + j, v, n);
        else
            v_put(o->to, o->type, at + j, v);
    }
}

/* box: first row, first column, rows, columns. */
static void finish(const sc_gemm_out *o, const float *c, int64_t stride, const int64_t box[4]) {
    for (int64_t r = 0; r < box[2]; r++)
        finish_row(o, c + r * stride, (box[0] + r) * o->stride + box[1], box[1], box[3]);
}

const sc_gemm_engine ENGINE = {.name = ENGINE_NAME,
                               .lanes_a = LANES_A,
                               .lanes_b = LANES_B,
                               .per_word = PAIRS + 1,
                               .align = ALIGN,
                               .pack_a = pack_a,
                               .pack_b = pack_b,
                               .panel = panel,
                               .finish = finish,
                               .narrow = VW,
                               BEGIN_END};
