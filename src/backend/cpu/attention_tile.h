/* attention_tile.h - attention's operations on tiles in f32, for the instruction set of the file
 * that includes this. Sources may be bf16: packing converts. One micro-kernel does all products:
 * MR rows, whose elements are broadcast, by two vectors. */
#ifndef SC_BACKEND_CPU_ATTENTION_TILE_H
#define SC_BACKEND_CPU_ATTENTION_TILE_H

#include "backend/cpu/attention.h"
#include "backend/cpu/simd.h"

#include <math.h>

#define TILE_OP static __attribute__((unused))

enum { LANES = SC_ATTN_LANES, MR = VW == 16 ? 8 : 4, STEP = 16, KEY_STEP = 8 };

INLINE int round_up(int n, int step) { return (n + step - 1) / step * step; }

/* ---- rows in memory -------------------------------------------------------------------------- */

INLINE vf load_part(const char *row, int64_t at, int64_t n, bool bf16) {
    const float *f = (const float *)(const void *)row + at;
    if (n >= VW) return bf16 ? vf_from_bf16(row + 2 * at) : vf_load(f);
    if (!bf16) return vf_load_n(f, n);
    uint16_t t[VW] = {0};
    memcpy(t, row + 2 * at, (size_t)n * 2);
    return vf_from_bf16(t);
}

INLINE void store_part(char *row, int64_t at, int64_t n, bool bf16, vf v) {
    float *f = (float *)(void *)row + at;
    if (n >= VW) return bf16 ? vf_to_bf16(row + 2 * at, v) : vf_store(f, v);
    if (!bf16) return vf_store_n(f, v, n);
    uint16_t t[VW];
    vf_to_bf16(t, v);
    memcpy(row + 2 * at, t, (size_t)n * 2);
}

INLINE void pack_one(float *to, const char *row, int d, const bool bf16) {
    int c = 0;
    for (; c < d; c += VW) vf_store(to + c, load_part(row, c, d - c, bf16));
    for (; c < round_up(d, STEP); c += VW) vf_store(to + c, vf_zero());
}

INLINE void pack_many(float *to, const sc_attn_rows *from, int64_t first, int n, int n_rows,
                      int d) {
    const int width = round_up(d, STEP);
    for (int i = 0; i < n; i++)
        pack_one(to + i * width, sc__attn_row(from, first + i), d, from->bf16);
    if (n < n_rows) memset(to + n * width, 0, (size_t)((n_rows - n) * width) * sizeof *to);
}

TILE_OP void pack_rows(void *to, const sc_attn_rows *from, int64_t first, int n, int d) {
    pack_many(to, from, first, n, round_up(n, KEY_STEP), d);
}

TILE_OP void pack_wide(void *to, const sc_attn_rows *from, int64_t first, int n, int d) {
    pack_many(to, from, first, n, LANES, d);
}

TILE_OP void pack_lanes(void *to, const sc_attn_rows *from, int64_t first, int n, int d) {
    float *const out = to;
    for (int lane = 0; lane < LANES; lane += VW)
        for (int c = 0; c < d; c += VW) {
            vu v[VW];
#pragma GCC unroll 16
            for (int i = 0; i < VW; i++)
                v[i] = lane + i < n ? vf_bits(load_part(sc__attn_row(from, first + lane + i), c,
                                                        d - c, from->bf16))
                                    : vu_set(0);
            vu_transpose(v);
#pragma GCC unroll 16
            for (int i = 0; i < VW; i++) vu_store(out + (c + i) * LANES + lane, v[i]);
        }
}

TILE_OP void unpack_lanes(const sc_attn_rows *to, int64_t first, int n, int d, const float *y,
                          const float *factor) {
    for (int lane = 0; lane < n; lane += VW) {
        const vf f = vf_load(factor + lane);
        for (int c = 0; c < d; c += VW) {
            vu v[VW];
#pragma GCC unroll 16
            for (int i = 0; i < VW; i++)
                v[i] = vf_bits(vf_mul(vf_load(y + (c + i) * LANES + lane), f));
            vu_transpose(v);
#pragma GCC unroll 16
            for (int i = 0; i < VW; i++)
                if (lane + i < n)
                    store_part(sc__attn_row(to, first + lane + i), c, d - c, to->bf16,
                               vu_float(v[i]));
        }
    }
}

TILE_OP void unpack_rows(const sc_attn_rows *to, int64_t n, int d, const float *from, float factor,
                         int width) {
    const vf f = vf_set(factor);
    for (int64_t i = 0; i < n; i++)
        for (int c = 0; c < d; c += VW) {
            const vf v = load_part((const char *)(from + i * width), c, d - c, false);
            store_part(sc__attn_row(to, i), c, d - c, to->bf16, vf_mul(v, f));
        }
}

/* ---- products -------------------------------------------------------------------------------- */

/* A is read a[row * a_row + k * a_sum], B b[k * b_row + column]; the sum goes over n_sum elements
 * of each of n_groups parts that lie a_group and b_group apart. */
typedef struct {
    const float *a, *b;
    float *c;
    int64_t a_row, a_sum, a_group, b_row, b_group, c_row;
    int n_rows, n_columns, n_sum, n_groups;
} product;

/* c (MR, nv vectors) = or += a b, at one place of the product. */
INLINE void product_block(const product *p, int64_t row, int64_t column, const int nv,
                          const bool add) {
    float *const c = p->c + row * p->c_row + column;
    vf sum[MR][2];
#pragma GCC unroll 8
    for (int r = 0; r < MR; r++)
#pragma GCC unroll 2
        for (int v = 0; v < nv; v++)
            sum[r][v] = add ? vf_load(c + r * p->c_row + v * VW) : vf_zero();
    const int64_t a_row = p->a_row, a_sum = p->a_sum, b_row = p->b_row;
    for (int g = 0; g < p->n_groups; g++) {
        const float *a = p->a + row * a_row + g * p->a_group;
        const float *b = p->b + column + g * p->b_group;
#pragma GCC unroll 2
        for (int k = 0; k < p->n_sum; k++, a += a_sum, b += b_row) {
            vf x[2];
#pragma GCC unroll 2
            for (int v = 0; v < nv; v++) x[v] = vf_load(b + v * VW);
#pragma GCC unroll 8
            for (int r = 0; r < MR; r++) {
                const vf y = vf_set(a[r * a_row]);
#pragma GCC unroll 2
                for (int v = 0; v < nv; v++) sum[r][v] = vf_fma(y, x[v], sum[r][v]);
            }
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < MR; r++)
#pragma GCC unroll 2
        for (int v = 0; v < nv; v++) vf_store(c + r * p->c_row + v * VW, sum[r][v]);
}

INLINE void multiply(const product *p, const bool add) {
    for (int column = 0; column < p->n_columns; column += 2 * VW)
        for (int row = 0; row < p->n_rows; row += MR) {
            if (column + VW < p->n_columns)
                product_block(p, row, column, 2, add);
            else
                product_block(p, row, column, 1, add);
        }
}

TILE_OP void scores(float *s, const void *rows, const void *lanes, int n_keys, int d) {
    const product p = {.a = rows,
                       .b = lanes,
                       .c = s,
                       .a_row = round_up(d, STEP),
                       .a_sum = 1,
                       .b_row = LANES,
                       .c_row = LANES,
                       .n_rows = n_keys,
                       .n_columns = LANES,
                       .n_sum = d,
                       .n_groups = 1};
    multiply(&p, false);
}

TILE_OP void mix(float *y, const void *columns, const void *probabilities, int n_keys, int d) {
    const product p = {.a = columns,
                       .b = probabilities,
                       .c = y,
                       .a_row = 1,
                       .a_sum = round_up(d, STEP),
                       .b_row = LANES,
                       .c_row = LANES,
                       .n_rows = d,
                       .n_columns = LANES,
                       .n_sum = n_keys,
                       .n_groups = 1};
    multiply(&p, true);
}

TILE_OP void spread(float *to, const void *probabilities, const void *wide, int n_panels,
                    int n_keys, int d) {
    const int width = round_up(d, STEP);
    const product p = {.a = probabilities,
                       .b = wide,
                       .c = to,
                       .a_row = LANES,
                       .a_sum = 1,
                       .a_group = SC_ATTN_KEYS * LANES,
                       .b_row = width,
                       .b_group = LANES * width,
                       .c_row = width,
                       .n_rows = n_keys,
                       .n_columns = width,
                       .n_sum = LANES,
                       .n_groups = n_panels};
    multiply(&p, true);
}

/* ---- probabilities --------------------------------------------------------------------------- */

/* 2^x for x <= 0 or little more; 0 below -126, where results would be slow. Own minimax fit, 2e-9
 * relative. */
INLINE vf power2(vf x) {
    const vf low = vf_set(-126), bounded = vf_max(low, x), n = vf_round(bounded);
    const vf f = vf_sub(bounded, n);
    vf p = vf_set(0.000153458124f);
    p = vf_fma(p, f, vf_set(0.00133999309f));
    p = vf_fma(p, f, vf_set(0.00961848907f));
    p = vf_fma(p, f, vf_set(0.0555032864f));
    p = vf_fma(p, f, vf_set(0.240226462f));
    p = vf_fma(p, f, vf_set(0.693147182f));
    p = vf_fma(p, f, vf_set(1));
    return vf_less(x, low, vf_zero(), vf_scale2(p, n));
}

static const float lane_numbers[LANES] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                          11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                          22, 23, 24, 25, 26, 27, 28, 29, 30, 31};

/* Does every lane see and keep every key, with nothing added to scores? */
INLINE bool is_plain(const sc_attn_tile *t) {
    return !t->mask && !t->bias && !t->row_keys && t->diagonal >= t->n_keys - 1 && t->scale > 0;
}

/* The score of VW lanes with key j, hidden ones -inf. */
INLINE vf score(const sc_attn_tile *t, const float *s, int j, int lane) {
    const vf hidden = vf_set(-HUGE_VALF);
    vf x = vf_mul(vf_load(s + j * LANES + lane), vf_set(t->scale));
    if (t->bias) x = vf_add(x, vf_load(t->bias + j * LANES + lane));
    if (t->mask && !t->mask[j]) return hidden;
    return vf_less(vf_load(lane_numbers + lane), vf_set((float)(j - t->diagonal)), hidden, x);
}

INLINE vu mix32(vu h) {
    h = vu_mul(vu_xor(h, vu_srl(h, 16)), vu_set(0x85EBCA6Bu));
    h = vu_mul(vu_xor(h, vu_srl(h, 13)), vu_set(0xC2B2AE35u));
    return vu_xor(h, vu_srl(h, 16));
}

/* x keep for the lanes that keep key j, 0 for the others (graph/dropout.h). */
INLINE vf dropped(const sc_attn_tile *t, int j, int lane, vf x) {
    const vu key = vu_set((uint32_t)(t->first_key + j) * 0x9E3779B1u);
    const vu hash = mix32(vu_xor(vu_load(t->row_keys + lane), key));
    return vu_at_least(hash, vu_set(t->threshold), vf_mul(x, vf_set(t->keep)));
}

/* Largest of a column of n rows. */
INLINE vf top_of(const float *s, int n) {
    vf top[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) top[i] = vf_load(s + SC_MIN(i, n - 1) * LANES);
    for (int j = 4; j + 4 <= n; j += 4)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) top[i] = vf_max(top[i], vf_load(s + (j + i) * LANES));
    for (int j = n & ~3; j < n; j++) top[0] = vf_max(top[0], vf_load(s + j * LANES));
    return vf_max(vf_max(top[0], top[1]), vf_max(top[2], top[3]));
}

/* -inf, of a lane that saw nothing yet, would give NaN as a difference from itself. */
INLINE vf finite(vf max) { return vf_less(max, vf_set(-1e38f), vf_zero(), max); }

INLINE void rescale(float *y, vf factor, int d) {
    for (int c = 0; c < d; c++) vf_store(y + c * LANES, vf_mul(vf_load(y + c * LANES), factor));
}

/* VW lanes of `softmax`; scores are those of memory when plain, else made here. */
INLINE void softmax_lanes(const sc_attn_tile *t, float *s, sc_attn_state *state, int lane, int d,
                          const bool plain) {
    if (!plain)
        for (int j = 0; j < t->n_keys; j++) vf_store(s + j * LANES + lane, score(t, s, j, lane));
    const vf scale = vf_set(plain ? t->scale : 1), old = vf_load(state->max + lane);
    const vf max = vf_max(old, vf_mul(top_of(s + lane, t->n_keys), scale)), top = finite(max);
    const vf factor = power2(vf_sub(old, top));
    vf sum = vf_mul(vf_load(state->sum + lane), factor);
    for (int j = 0; j < t->n_keys; j++) {
        float *const at = s + j * LANES + lane;
        const vf p = power2(vf_sub(vf_mul(vf_load(at), scale), top));
        sum = vf_add(sum, p);
        vf_store(at, !plain && t->row_keys ? dropped(t, j, lane, p) : p);
    }
    vf_store(state->sum + lane, sum);
    vf_store(state->max + lane, max);
    if (vf_top(vf_sub(max, old)) > 0) rescale(state->y + lane, factor, d);
}

/* In one form: p is s. */
TILE_OP void softmax(const sc_attn_tile *t, float *s, void *p, sc_attn_state *state, int d) {
    (void)p;
    for (int lane = 0; lane < LANES; lane += VW) {
        if (is_plain(t))
            softmax_lanes(t, s, state, lane, d, true);
        else
            softmax_lanes(t, s, state, lane, d, false);
    }
}

typedef struct {
    vf p, slope; /* of `spread` into dv; dS */
} slope_pair;

INLINE slope_pair slope(const sc_attn_tile *t, const float *s, float *dp,
                        const sc_attn_saved *saved, int j, int lane, const bool plain) {
    const vf x =
        plain ? vf_mul(vf_load(s + j * LANES + lane), vf_set(t->scale)) : score(t, s, j, lane);
    const vf p = power2(vf_sub(x, vf_load(saved->lse + lane)));
    const vf raw = vf_load(dp + j * LANES + lane);
    const bool drops = !plain && t->row_keys;
    const vf slopes = drops ? dropped(t, j, lane, raw) : raw;
    slope_pair r = {p, vf_mul(p, vf_sub(slopes, vf_load(saved->delta + lane)))};
    if (drops) r.p = dropped(t, j, lane, p);
    return r;
}

INLINE void slopes_of(const sc_attn_tile *t, const float *s, float *dp, const sc_attn_saved *saved,
                      float *p, float *ds, const bool plain) {
    for (int j = 0; j < t->n_keys; j++)
        for (int lane = 0; lane < LANES; lane += VW) {
            const slope_pair r = slope(t, s, dp, saved, j, lane, plain);
            vf_store(p + j * LANES + lane, r.p);
            vf_store(ds + j * LANES + lane, r.slope);
            if (!plain) vf_store(dp + j * LANES + lane, r.slope);
        }
}

TILE_OP void slopes(const sc_attn_tile *t, float *s, float *dp, const sc_attn_saved *saved,
                    void *const form[3]) {
    float *const p = form[0], *const ds = form[1];
    if (is_plain(t))
        slopes_of(t, s, dp, saved, p, ds, true);
    else
        slopes_of(t, s, dp, saved, p, ds, false);
    const int rest = round_up(t->n_rows, KEY_STEP) - t->n_keys;
    memset(p + t->n_keys * LANES, 0, (size_t)(rest * LANES) * sizeof *p);
    memset(ds + t->n_keys * LANES, 0, (size_t)(rest * LANES) * sizeof *p);
}

/* ---- one query ------------------------------------------------------------------------------- */

TILE_OP float dot(const void *a, const void *b, int d, bool bf16) {
    vf sum = vf_zero();
    for (int c = 0; c < d; c += VW)
        sum = vf_fma(load_part(a, c, d - c, bf16), load_part(b, c, d - c, bf16), sum);
    return vf_sum(sum);
}

INLINE float dot_f32(const float *q, const char *row, int d, const bool bf16) {
    vf sum[2] = {vf_zero(), vf_zero()};
    int c = 0;
    for (; c + 2 * VW <= d; c += 2 * VW)
#pragma GCC unroll 2
        for (int i = 0; i < 2; i++) {
            const vf k = bf16 ? vf_from_bf16(row + 2 * (c + i * VW))
                              : vf_load((const float *)(const void *)row + c + i * VW);
            sum[i] = vf_fma(vf_load(q + c + i * VW), k, sum[i]);
        }
    for (; c < d; c += VW) sum[0] = vf_fma(vf_load(q + c), load_part(row, c, d - c, bf16), sum[0]);
    return vf_sum(vf_add(sum[0], sum[1]));
}

TILE_OP void decode_scores(float *s, const void *query, float scale, const sc_attn_rows *k,
                           int64_t first, int n, int d) {
    float q[SC_ATTN_WIDEST];
    const char *rows[SC_ATTN_KEYS];
    pack_one(q, query, d, k->bf16);
    sc__attn_list_rows(k, first, n, rows);
    for (int j = 0; j < n; j++)
        s[j] = scale * (k->bf16 ? dot_f32(q, rows[j], d, true) : dot_f32(q, rows[j], d, false));
}

TILE_OP float decode_softmax(float *s, int n, float *max, float *sum) {
    vf top = vf_set(-HUGE_VALF), all = vf_zero();
    for (int j = n; j % VW; j++) s[j] = -HUGE_VALF;
    for (int j = 0; j < n; j += VW) top = vf_max(top, vf_load(s + j));
    const float old = *max, new = fmaxf(old, vf_top(top));
    const vf base = finite(vf_set(new));
    for (int j = 0; j < n; j += VW) {
        const vf p = power2(vf_sub(vf_load(s + j), base));
        all = vf_add(all, p);
        vf_store(s + j, p);
    }
    const float factor = old > -HUGE_VALF ? exp2f(old - new) : 0;
    *max = new;
    *sum = *sum * factor + vf_sum(all);
    return factor;
}

/* nv vectors of y from column c on. */
INLINE void mix_columns(float *y, float factor, const float *p, const char *const *rows, int n,
                        int64_t c, const int nv, const bool bf16) {
    vf sum[4];
#pragma GCC unroll 4
    for (int v = 0; v < nv; v++) sum[v] = vf_mul(vf_load(y + c + v * VW), vf_set(factor));
    for (int j = 0; j < n; j++)
#pragma GCC unroll 4
        for (int v = 0; v < nv; v++) {
            const int64_t at = c + v * VW;
            const vf x = bf16 ? vf_from_bf16(rows[j] + 2 * at)
                              : vf_load((const float *)(const void *)rows[j] + at);
            sum[v] = vf_fma(vf_set(p[j]), x, sum[v]);
        }
#pragma GCC unroll 4
    for (int v = 0; v < nv; v++) vf_store(y + c + v * VW, sum[v]);
}

INLINE void mix_rows(float *y, float factor, const float *p, const char *const *rows, int n, int d,
                     const bool bf16) {
    int c = 0;
    for (; c + 4 * VW <= d; c += 4 * VW) mix_columns(y, factor, p, rows, n, c, 4, bf16);
    for (; c + VW <= d; c += VW) mix_columns(y, factor, p, rows, n, c, 1, bf16);
    if (c == d) return;
    vf sum = vf_mul(vf_load(y + c), vf_set(factor));
    for (int j = 0; j < n; j++) sum = vf_fma(vf_set(p[j]), load_part(rows[j], c, d - c, bf16), sum);
    vf_store(y + c, sum);
}

TILE_OP void decode_mix(float *y, float factor, const float *p, const sc_attn_rows *v,
                        int64_t first, int n, int d) {
    const char *rows[SC_ATTN_KEYS];
    sc__attn_list_rows(v, first, n, rows);
    if (v->bf16)
        mix_rows(y, factor, p, rows, n, d, true);
    else
        mix_rows(y, factor, p, rows, n, d, false);
}

/* Rows of a table that works in f32 throughout. */
#define SC_ATTN_ONE_QUERY                                                                          \
    .dot = dot, .decode_scores = decode_scores, .decode_softmax = decode_softmax,                  \
    .decode_mix = decode_mix
#define SC_ATTN_F32                                                                                \
    {                                                                                              \
        .step = STEP, .size = sizeof(float), .one_form = true, .pack_rows = pack_rows,             \
        .pack_columns = pack_rows, .pack_lanes = pack_lanes, .pack_wide = pack_wide,               \
        .scores = scores, .softmax = softmax, .slopes = slopes, .mix = mix, .spread = spread,      \
        .unpack_lanes = unpack_lanes, .unpack_rows = unpack_rows, SC_ATTN_ONE_QUERY                \
    }

#endif
