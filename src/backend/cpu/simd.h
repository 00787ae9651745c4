/* simd.h - one vocabulary for the vectors of AVX-512, AVX2 and NEON. A kernel body is written once
 * against it and compiled once for each set, by the file whose name carries the set.
 *
 * vf: VW floats. vu: VW words of 32 bits. The last n < VW elements of an array go through _n forms,
 * which touch nothing beyond them and read zeros there. */
#ifndef SC_BACKEND_CPU_SIMD_H
#define SC_BACKEND_CPU_SIMD_H

#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline, unused))

#if defined(__AVX512F__)
#include <immintrin.h>
#define SIMD(name) name##_avx512
enum { VW = 16 };
typedef __m512 vf;
typedef __m512i vu;

INLINE __mmask16 v_first(int64_t n) { return (__mmask16)((1u << n) - 1); }
INLINE vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void vf_store(float *p, vf v) { _mm512_storeu_ps(p, v); }
INLINE vf vf_load_n(const float *p, int64_t n) { return _mm512_maskz_loadu_ps(v_first(n), p); }
INLINE void vf_store_n(float *p, vf v, int64_t n) { _mm512_mask_storeu_ps(p, v_first(n), v); }
INLINE vf vf_set(float x) { return _mm512_set1_ps(x); }
INLINE vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
INLINE vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
INLINE vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
INLINE vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
INLINE vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
INLINE vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); } /* b when one is NaN */
INLINE vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }   /* a b + c */
INLINE vf vf_fnma(vf a, vf b, vf c) { return _mm512_fnmadd_ps(a, b, c); } /* c - a b */
INLINE vf vf_round(vf a) { return _mm512_roundscale_ps(a, 8); }
INLINE vf vf_abs(vf a) { return _mm512_abs_ps(a); }
/* x * 2^n, n whole, any size */
INLINE vf vf_scale2(vf x, vf n) { return _mm512_scalef_ps(x, n); }
INLINE vf vf_less(vf a, vf b, vf yes, vf no) { /* a < b ? yes : no */
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}
INLINE vf vf_sign_of(vf x, vf s) { /* |x| with the sign of s */
    return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(
        _mm512_castps_si512(x), _mm512_castps_si512(s), _mm512_set1_epi32((int)0x80000000u), 0xD8));
}
INLINE vu vf_bits(vf x) { return _mm512_castps_si512(x); }
INLINE vf vu_float(vu x) { return _mm512_castsi512_ps(x); }
INLINE vu vu_set(uint32_t x) { return _mm512_set1_epi32((int)x); }
INLINE vu vu_load(const void *p) { return _mm512_loadu_si512(p); }
INLINE void vu_store(void *p, vu v) { _mm512_storeu_si512(p, v); }
INLINE vu vu_add(vu a, vu b) { return _mm512_add_epi32(a, b); }
INLINE vu vu_mul(vu a, vu b) { return _mm512_mullo_epi32(a, b); }
INLINE vu vu_xor(vu a, vu b) { return _mm512_xor_si512(a, b); }
INLINE vu vu_and(vu a, vu b) { return _mm512_and_si512(a, b); }
INLINE vu vu_or(vu a, vu b) { return _mm512_or_si512(a, b); }
INLINE vu vu_min(vu a, vu b) { return _mm512_min_epu32(a, b); }
#define vu_srl(a, n) _mm512_srli_epi32(a, n)
#define vu_sll(a, n) _mm512_slli_epi32(a, n)
INLINE vf vu_at_least(vu a, vu b, vf yes) { /* a >= b ? yes : 0, unsigned */
    return _mm512_maskz_mov_ps(_mm512_cmpge_epu32_mask(a, b), yes);
}
INLINE vu vu_from_u16(const void *p) {
    return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
}
INLINE void vu_to_u16(void *p, vu v) {
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(v));
}
INLINE vf vf_from_f16(const void *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}
INLINE void vf_to_f16(void *p, vf v) {
    _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}
INLINE float vf_sum(vf v) { return _mm512_reduce_add_ps(v); }
INLINE float vf_top(vf v) { return _mm512_reduce_max_ps(v); }

/* Rows become columns. */
INLINE void vu_transpose(vu v[VW]) {
    __m512i t[16], s[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4)
#pragma GCC unroll 2
        for (int j = 0; j < 2; j++) {
            s[i + 2 * j] = _mm512_unpacklo_epi64(t[i + j], t[i + j + 2]);
            s[i + 2 * j + 1] = _mm512_unpackhi_epi64(t[i + j], t[i + j + 2]);
        }
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
#pragma GCC unroll 2
        for (int j = 0; j < 2; j++) {
            t[8 * j + i] = _mm512_shuffle_i32x4(s[8 * j + i], s[8 * j + i + 4], 0x88);
            t[8 * j + i + 4] = _mm512_shuffle_i32x4(s[8 * j + i], s[8 * j + i + 4], 0xDD);
        }
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
        v[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        v[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xDD);
    }
}

#elif defined(__AVX2__)
#include <immintrin.h>
#define SIMD(name)   name##_avx2
enum { VW = 8 };
typedef __m256 vf;
typedef __m256i vu;

INLINE __m256i v_first(int64_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE vf vf_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void vf_store(float *p, vf v) { _mm256_storeu_ps(p, v); }
INLINE vf vf_load_n(const float *p, int64_t n) { return _mm256_maskload_ps(p, v_first(n)); }
INLINE void vf_store_n(float *p, vf v, int64_t n) { _mm256_maskstore_ps(p, v_first(n), v); }
INLINE vf vf_set(float x) { return _mm256_set1_ps(x); }
INLINE vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
INLINE vf vf_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
INLINE vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
INLINE vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
INLINE vf vf_sqrt(vf a) { return _mm256_sqrt_ps(a); }
INLINE vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
INLINE vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vf vf_fnma(vf a, vf b, vf c) { return _mm256_fnmadd_ps(a, b, c); }
INLINE vf vf_round(vf a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
INLINE vf vf_abs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
INLINE vf vf_scale2(vf x, vf n) { /* in two steps, so that results below 2^-126 round once */
    const vf bounded = _mm256_max_ps(_mm256_min_ps(n, _mm256_set1_ps(252)), _mm256_set1_ps(-252));
    const __m256i whole = _mm256_cvtps_epi32(bounded), half = _mm256_srai_epi32(whole, 1);
    const __m256i bias = _mm256_set1_epi32(127), rest = _mm256_sub_epi32(whole, half);
    const vf a = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
    const vf b = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23));
    return _mm256_mul_ps(_mm256_mul_ps(x, a), b);
}
INLINE vf vf_less(vf a, vf b, vf yes, vf no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
INLINE vf vf_sign_of(vf x, vf s) {
    const vf sign = _mm256_set1_ps(-0.0f);
    return _mm256_or_ps(_mm256_andnot_ps(sign, x), _mm256_and_ps(sign, s));
}
INLINE vu vf_bits(vf x) { return _mm256_castps_si256(x); }
INLINE vf vu_float(vu x) { return _mm256_castsi256_ps(x); }
INLINE vu vu_set(uint32_t x) { return _mm256_set1_epi32((int)x); }
INLINE vu vu_load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
INLINE void vu_store(void *p, vu v) { _mm256_storeu_si256((__m256i *)p, v); }
INLINE vu vu_add(vu a, vu b) { return _mm256_add_epi32(a, b); }
INLINE vu vu_mul(vu a, vu b) { return _mm256_mullo_epi32(a, b); }
INLINE vu vu_xor(vu a, vu b) { return _mm256_xor_si256(a, b); }
INLINE vu vu_and(vu a, vu b) { return _mm256_and_si256(a, b); }
INLINE vu vu_or(vu a, vu b) { return _mm256_or_si256(a, b); }
INLINE vu vu_min(vu a, vu b) { return _mm256_min_epu32(a, b); }
#define vu_srl(a, n) _mm256_srli_epi32(a, n)
#define vu_sll(a, n) _mm256_slli_epi32(a, n)
INLINE vf vu_at_least(vu a, vu b, vf yes) {
    return _mm256_and_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_max_epu32(a, b), a)), yes);
}
INLINE vu vu_from_u16(const void *p) {
    return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
}
INLINE void vu_to_u16(void *p, vu v) {
    const __m256i low = _mm256_and_si256(v, _mm256_set1_epi32(0xFFFF));
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
    _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(packed));
}
INLINE vf vf_from_f16(const void *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}
INLINE void vf_to_f16(void *p, vf v) {
    _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}
INLINE float vf_sum(vf v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
INLINE float vf_top(vf v) {
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

INLINE void vu_transpose(vu v[VW]) {
    __m256i t[8], s[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_epi32(v[i], v[i + 1]);
        t[i + 1] = _mm256_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = 0; j < 2; j++) {
            s[i + 2 * j] = _mm256_unpacklo_epi64(t[i + j], t[i + j + 2]);
            s[i + 2 * j + 1] = _mm256_unpackhi_epi64(t[i + j], t[i + j + 2]);
        }
    for (int i = 0; i < 4; i++) {
        v[i] = _mm256_permute2x128_si256(s[i], s[i + 4], 0x20);
        v[i + 4] = _mm256_permute2x128_si256(s[i], s[i + 4], 0x31);
    }
}

#elif defined(__aarch64__)
#include <arm_neon.h>
#define SIMD(name)   name##_neon
enum { VW = 4 };
typedef float32x4_t vf;
typedef uint32x4_t vu;

INLINE vf vf_load(const float *p) { return vld1q_f32(p); }
INLINE void vf_store(float *p, vf v) { vst1q_f32(p, v); }
INLINE vf vf_load_n(const float *p, int64_t n) {
    float t[VW] = {0};
    memcpy(t, p, (size_t)n * 4);
    return vld1q_f32(t);
}
INLINE void vf_store_n(float *p, vf v, int64_t n) {
    float t[VW];
    vst1q_f32(t, v);
    memcpy(p, t, (size_t)n * 4);
}
INLINE vf vf_set(float x) { return vdupq_n_f32(x); }
INLINE vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
INLINE vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
INLINE vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
INLINE vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
INLINE vf vf_sqrt(vf a) { return vsqrtq_f32(a); }
INLINE vf vf_max(vf a, vf b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
INLINE vf vf_min(vf a, vf b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
INLINE vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
INLINE vf vf_fnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
INLINE vf vf_round(vf a) { return vrndnq_f32(a); }
INLINE vf vf_abs(vf a) { return vabsq_f32(a); }
INLINE vf vf_scale2(vf x, vf n) {
    const int32x4_t whole = vcvtq_s32_f32(vminq_f32(vmaxq_f32(n, vf_set(-252)), vf_set(252)));
    const int32x4_t half = vshrq_n_s32(whole, 1), rest = vsubq_s32(whole, half);
    const vf a = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(half, vdupq_n_s32(127)), 23));
    const vf b = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(rest, vdupq_n_s32(127)), 23));
    return vmulq_f32(vmulq_f32(x, a), b);
}
INLINE vf vf_less(vf a, vf b, vf yes, vf no) { return vbslq_f32(vcltq_f32(a, b), yes, no); }
INLINE vf vf_sign_of(vf x, vf s) { return vbslq_f32(vdupq_n_u32(0x80000000u), s, x); }
INLINE vu vf_bits(vf x) { return vreinterpretq_u32_f32(x); }
INLINE vf vu_float(vu x) { return vreinterpretq_f32_u32(x); }
INLINE vu vu_set(uint32_t x) { return vdupq_n_u32(x); }
INLINE vu vu_load(const void *p) { return vreinterpretq_u32_u8(vld1q_u8(p)); }
INLINE void vu_store(void *p, vu v) { vst1q_u8(p, vreinterpretq_u8_u32(v)); }
INLINE vu vu_add(vu a, vu b) { return vaddq_u32(a, b); }
INLINE vu vu_mul(vu a, vu b) { return vmulq_u32(a, b); }
INLINE vu vu_xor(vu a, vu b) { return veorq_u32(a, b); }
INLINE vu vu_and(vu a, vu b) { return vandq_u32(a, b); }
INLINE vu vu_or(vu a, vu b) { return vorrq_u32(a, b); }
INLINE vu vu_min(vu a, vu b) { return vminq_u32(a, b); }
#define vu_srl(a, n) vshrq_n_u32(a, n)
#define vu_sll(a, n) vshlq_n_u32(a, n)
INLINE vf vu_at_least(vu a, vu b, vf yes) {
    return vu_float(vu_and(vcgeq_u32(a, b), vf_bits(yes)));
}
INLINE vu vu_from_u16(const void *p) { return vmovl_u16(vreinterpret_u16_u8(vld1_u8(p))); }
INLINE void vu_to_u16(void *p, vu v) { vst1_u8(p, vreinterpret_u8_u16(vmovn_u32(v))); }
INLINE vf vf_from_f16(const void *p) { return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p))); }
INLINE void vf_to_f16(void *p, vf v) { vst1_u8(p, vreinterpret_u8_f16(vcvt_f16_f32(v))); }
INLINE float vf_sum(vf v) { return vaddvq_f32(v); }
INLINE float vf_top(vf v) { return vmaxvq_f32(v); }

INLINE void vu_transpose(vu v[VW]) {
    const vu a = vtrn1q_u32(v[0], v[1]), b = vtrn2q_u32(v[0], v[1]);
    const vu c = vtrn1q_u32(v[2], v[3]), d = vtrn2q_u32(v[2], v[3]);
    v[0] = vcombine_u32(vget_low_u32(a), vget_low_u32(c));
    v[1] = vcombine_u32(vget_low_u32(b), vget_low_u32(d));
    v[2] = vcombine_u32(vget_high_u32(a), vget_high_u32(c));
    v[3] = vcombine_u32(vget_high_u32(b), vget_high_u32(d));
}
#endif

/* ---- the same for all sets ------------------------------------------------------------------- */

INLINE vf vf_zero(void) { return vf_set(0); }
INLINE vf vf_from_bf16(const void *p) { return vu_float(vu_sll(vu_from_u16(p), 16)); }
/* Round to nearest even; NaN stays NaN. */
INLINE void vf_to_bf16(void *p, vf v) {
#if defined(__AVX512BF16__)
    _mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh(v));
#else
    const vu b = vf_bits(v);
    const vu odd = vu_and(vu_srl(b, 16), vu_set(1));
    const vu rounded = vu_srl(vu_add(b, vu_add(odd, vu_set(0x7FFF))), 16);
    /* |v| above infinity's bits is NaN: keep the upper half, made quiet */
    const vu nan = vf_bits(vu_at_least(vu_and(b, vu_set(0x7FFFFFFF)), vu_set(0x7F800001),
                                       vu_float(vu_set(0xFFFFFFFF))));
    const vu quiet = vu_or(vu_srl(b, 16), vu_set(64));
    vu_to_u16(p, vu_xor(rounded, vu_and(nan, vu_xor(rounded, quiet))));
#endif
}

/* e^x within 2 ulp; 0 below -104, infinity above 88.73, NaN stays. Cody and Waite's reduction. */
INLINE vf vf_exp(vf x) {
    x = vf_min(vf_set(100), vf_max(vf_set(-120), x)); /* the second operand wins: NaN stays */
    const vf n = vf_round(vf_mul(x, vf_set(0x1.715476p+0f)));
    vf r = vf_fnma(n, vf_set(0x1.62e4p-1f), x);
    r = vf_fnma(n, vf_set(0x1.7f7d1cp-20f), r);
    vf p = vf_set(0x1.6ap-10f);
    p = vf_fma(p, r, vf_set(0x1.1239c4p-7f));
    p = vf_fma(p, r, vf_set(0x1.5558bp-5f));
    p = vf_fma(p, r, vf_set(0x1.55546p-3f));
    p = vf_fma(p, r, vf_set(0.5f));
    const vf one = vf_set(1);
    p = vf_fma(vf_mul(r, r), p, r);
    return vf_scale2(vf_add(one, p), n);
}

/* Below 0.625 the odd polynomial (own minimax fit, 1.5e-9), above it 1 - 2 / (e^2|x| + 1). */
INLINE vf vf_tanh(vf x) {
    const vf a = vf_abs(x), u = vf_mul(x, x);
    vf p = vf_set(0.0023005137f);
    p = vf_fma(p, u, vf_set(-0.00835169f));
    p = vf_fma(p, u, vf_set(0.021771649f));
    p = vf_fma(p, u, vf_set(-0.05395966f));
    p = vf_fma(p, u, vf_set(0.13333306f));
    p = vf_fma(p, u, vf_set(-0.33333334f));
    const vf small = vf_fma(vf_mul(p, u), x, x);
    const vf e = vf_exp(vf_add(a, a));
    const vf big = vf_sub(vf_set(1), vf_div(vf_set(2), vf_add(e, vf_set(1))));
    return vf_less(a, vf_set(0.625f), small, vf_sign_of(big, x));
}

/* The normal distribution function and exp(-x^2 / 2), which its derivative needs as well.
 * erfc(z) = exp(-z^2) t P(t)-like: own minimax fit of exp(z^2) erfc(z) in t = 1 / (1 + z / 2),
 * 6e-9 on z in 0 .. 10. */
INLINE vf vf_normal_cdf(vf x, vf *gauss) {
    const vf z = vf_mul(vf_abs(x), vf_set(0.70710678f));
    const vf t = vf_div(vf_set(1), vf_fma(z, vf_set(0.5f), vf_set(1)));
    static const float c[] = {0.027748257f, -0.20985772f, 0.6404651f,   -0.9660425f,
                              0.6833952f,   -0.25137368f, 0.28507632f,  0.22344625f,
                              0.28529006f,  0.28184417f,  8.570506e-06f};
    vf p = vf_set(c[0]);
    for (int i = 1; i < 11; i++) p = vf_fma(p, t, vf_set(c[i]));
    *gauss = vf_exp(vf_mul(vf_mul(x, x), vf_set(-0.5f)));
    const vf tail = vf_mul(vf_mul(p, *gauss), vf_set(0.5f)); /* of |x| */
    return vf_less(x, vf_zero(), tail, vf_sub(vf_set(1), tail));
}

#endif
