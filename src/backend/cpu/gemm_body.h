/* gemm_body.h - the engine of one instruction set, in the words of simd.h. The including file
 * defines ROWS (lanes of A), VECTORS (of B), PAIRS (1: words are two bf16), DEPTH, ALIGN and
 * ENGINE; OWN_PANEL when it has `pack_a` and `panel` of its own, OWN_PACK when `pack_b` as well. */
#include "backend/cpu/act.h"
#include "backend/cpu/gemm.h"

#ifndef WORD
#define WORD 4 /* bytes */
#endif
#define UNROLL _Pragma("GCC unroll 32")
enum { LANES_A = ROWS, LANES_B = VECTORS * VW, UNIT = PAIRS + 1 /* elements a word */ };

#ifndef OWN_PACK
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

/* n bytes of what may be the last of an array, with zeros after them. */
INLINE const char *guarded(char few[VW * 4], const char *p, int64_t n) {
    memset(few, 0, VW * 4);
    memcpy(few, p, (size_t)n);
    return few;
}

/* (lanes, K): a panel is blocks of VW lanes by VW words, transposed in registers. */
INLINE void pack_lane_major(uint32_t *to, const sc_gemm_side *s, const sc_gemm_part *p,
                            const int lanes) {
    const int64_t size = s->dtype == SC_F32 ? 4 : 2, words = (p->k + UNIT - 1) / UNIT;
    for (int64_t w = 0; w < words; w += VW)
        for (int g = 0; g < lanes; g += VW) {
            vu v[VW];
            char few[VW * 4];
            for (int i = 0; i < VW; i++) {
                v[i] = vu_set(0);
                if (g + i >= lanes || p->lane + g + i >= s->lanes) continue;
                const char *from = (const char *)s->data +
                                   ((p->lane + g + i) * s->stride + p->k0 + w * UNIT) * size;
                const int64_t left = p->k - w * UNIT;
                __builtin_prefetch(from + 4 * VW * 4); /* a row is a stream of its own */
                v[i] =
                    words_of(left >= VW * UNIT ? from : guarded(few, from, left * size), s->dtype);
            }
            vu_transpose(v);
            for (int j = 0; j < VW && w + j < words; j++)
                put_word(to + (w + j) * lanes + g, v[j], lanes, w + j, words - 1);
        }
}

/* VW lanes of the word at k, those that there are. */
INLINE vu word_at(const sc_gemm_side *s, int64_t lane, int64_t k, int64_t end) {
    const int64_t size = s->dtype == SC_F32 ? 4 : 2, left = s->lanes - lane;
    if (left <= 0) return vu_set(0);
    const char *p = (const char *)s->data + (k * s->stride + lane) * size;
    const char *next = PAIRS && k + 1 < end ? p + s->stride * size : NULL;
    if (left >= VW) return lanes_of(p, next, s->dtype);
    char few[2][VW * 4];
    if (next) next = guarded(few[1], next, left * size);
    return lanes_of(guarded(few[0], p, left * size), next, s->dtype);
}

/* (K, lanes): the lanes of a word lie side by side already; rows are read across all panels. */
INLINE void pack_k_major(uint32_t *to, const sc_gemm_side *s, const sc_gemm_part *p,
                         const int lanes, int64_t panel_words) {
    const int64_t words = (p->k + UNIT - 1) / UNIT, end = p->k0 + p->k;
    for (int64_t w = 0; w < words; w++)
        for (int i = 0; i < p->panels; i++)
            for (int g = 0; g < lanes; g += VW)
                put_word(to + (i * panel_words + w) * lanes + g,
                         word_at(s, p->lane + i * lanes + g, p->k0 + w * UNIT, end), lanes, w,
                         words - 1);
}

INLINE void pack(uint32_t *to, const sc_gemm_side *s, const sc_gemm_part *p, const int lanes) {
    const int64_t words = (p->k + UNIT - 1) / UNIT, all = (words + ALIGN - 1) / ALIGN * ALIGN;
    sc_gemm_part one = *p;
    if (s->k_major) pack_k_major(to, s, p, lanes, all);
    for (int i = 0; i < p->panels; i++, one.lane += lanes, to += all * lanes) {
        if (!s->k_major) pack_lane_major(to, s, &one, lanes);
        memset(to + words * lanes, 0, (size_t)((all - words) * lanes * 4));
    }
}

static void pack_b(void *to, const sc_gemm_side *s, const sc_gemm_part *p) {
    pack(to, s, p, LANES_B);
}

#ifndef OWN_PANEL
static void pack_a(void *to, const sc_gemm_side *s, const sc_gemm_part *p) {
    pack(to, s, p, LANES_A);
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
        UNROLL for (int v = 0; v < vectors * VW; v += 16) __builtin_prefetch(b + 8 * LANES_B + v);
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
#endif

/* ---- what becomes of the sums ---------------------------------------------------------------- */

/* One vector of a row; `left` < VW at the end of the matrix. `type` and `plain` are constants. */
INLINE void finish_vector(const sc_gemm_out *o, vf v, int64_t at, int64_t column, int64_t left,
                          const sc_dtype type, const bool plain) {
    if (!plain) {
        if (o->bias) v = vf_add(v, v_at(o->bias, o->bias_type, column, left));
        if (o->pre) v_to(o->pre, type, at, v, left);
        if (o->act) v = vf_act(o->act, v);
        if (o->add) v = vf_add(v, v_at(o->to, type, at, left));
    }
    v_to(o->to, type, at, v, left);
}

INLINE void finish_box(const sc_gemm_out *o, const float *c, int64_t stride, const int64_t box[4],
                       const sc_dtype type, const bool plain) {
    int64_t at = box[0] * o->stride + box[1];
    for (int64_t r = 0; r < box[2]; r++, c += stride, at += o->stride)
        for (int64_t v = 0; v < box[3]; v += VW)
            finish_vector(o, vf_load(c + v), at + v, box[1] + v, box[3] - v, type, plain);
}

/* box: first row, first column, rows, columns. */
static void finish(const sc_gemm_out *o, const float *c, int64_t stride, const int64_t box[4]) {
    const bool plain = !o->bias && !o->pre && !o->act && !o->add;
    if (o->type == SC_F32 && plain)
        finish_box(o, c, stride, box, SC_F32, true);
    else if (o->type == SC_F32)
        finish_box(o, c, stride, box, SC_F32, false);
    else if (o->type == SC_BF16 && plain)
        finish_box(o, c, stride, box, SC_BF16, true);
    else if (o->type == SC_BF16)
        finish_box(o, c, stride, box, SC_BF16, false);
    else
        finish_box(o, c, stride, box, SC_F16, false);
}

#include "backend/cpu/skinny_body.h"

const sc_gemm_engine ENGINE = {.name = ENGINE_NAME,
                               .lanes_a = LANES_A,
                               .lanes_b = LANES_B,
                               .per_word = PAIRS + 1,
                               .word = WORD,
                               .align = ALIGN,
                               .depth = DEPTH,
                               .pack_a = pack_a,
                               .pack_b = pack_b,
                               .panel = panel,
                               .finish = finish,
                               .narrow = VW,
                               .skinny = skinny_run,
                               .skinny_scratch = skinny_scratch,
                               BEGIN_END};
