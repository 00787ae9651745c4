/* attention_amx.c - attention's tiles in bf16 on AMX: products on 16 x 16 accumulators, two by two,
 * so that each tile that is loaded is used twice; exponentials in f32 with AVX-512.
 *
 * A packed matrix is blocks of 1024 bytes, one tile each, 16 rows of 32 elements: as the left
 * operand 16 rows by 32 of the sum; as the right one 16 pairs of the sum by 16 columns. */
#include "backend/cpu/amx.h"
#include "backend/cpu/attention_tile.h"

enum { TILE = 1024, SIDE = 16, PAIR = 32 };
enum { KEY_BLOCKS = SC_ATTN_KEYS / PAIR, LINE = LANES * 4 }; /* bytes of a row of scores */

/* ---- packing --------------------------------------------------------------------------------- */

/* Elements c .. c+31 of a row of d, zeros beyond. */
INLINE __m512i load_32(const char *row, int c, int d) {
    const int n = SC_MIN(d - c, PAIR);
    const __mmask32 mask = n >= PAIR ? ~(__mmask32)0 : (__mmask32)((1u << n) - 1);
    return _mm512_maskz_loadu_epi16(mask, row + 2 * c);
}

/* Elements c .. c+15 of two rows, interleaved; a row that is NULL is zeros. */
INLINE __m512i load_pair(const char *row, const char *next, int c, int d) {
    const int n = SC_MAX(0, SC_MIN(d - c, SIDE));
    const __mmask16 mask = (__mmask16)((1u << n) - 1);
    const __m256i zero = _mm256_setzero_si256();
    const __m256i a = row ? _mm256_maskz_loadu_epi16(mask, row + 2 * c) : zero;
    const __m256i b = next ? _mm256_maskz_loadu_epi16(mask, next + 2 * c) : zero;
    return _mm512_or_si512(_mm512_cvtepu16_epi32(a),
                           _mm512_slli_epi32(_mm512_cvtepu16_epi32(b), 16));
}

/* Left operand: (keys, d). */
static void pack_rows_amx(void *to, const sc_attn_rows *from, int64_t first, int n, int d) {
    char *const out = to;
    const int blocks = round_up(d, PAIR) / PAIR;
    for (int j = 0; j < round_up(n, PAIR); j++) {
        char *const at = out + (size_t)(j / SIDE * blocks * TILE + j % SIDE * 64);
        const char *row = j < n ? sc__attn_row(from, first + j) : NULL;
        for (int b = 0; b < blocks; b++)
            _mm512_store_si512(at + b * TILE,
                               row ? load_32(row, b * PAIR, d) : _mm512_setzero_si512());
    }
}

/* Left operand: (d, keys). */
static void pack_columns_amx(void *to, const sc_attn_rows *from, int64_t first, int n, int d) {
    char *const out = to;
    for (int key = 0; key < n; key += PAIR) {
        const char *rows[PAIR];
        for (int j = 0; j < PAIR; j++)
            rows[j] = key + j < n ? sc__attn_row(from, first + key + j) : NULL;
        for (int c = 0; c < round_up(d, PAIR); c += SIDE) {
            vu v[VW];
#pragma GCC unroll 16
            for (int p = 0; p < SIDE; p++) v[p] = load_pair(rows[2 * p], rows[2 * p + 1], c, d);
            vu_transpose(v);
            char *const at = out + (c / SIDE * KEY_BLOCKS + key / PAIR) * TILE;
#pragma GCC unroll 16
            for (int i = 0; i < SIDE; i++) _mm512_store_si512(at + i * 64, v[i]);
        }
    }
}

/* Right operand: (d, queries). */
static void pack_lanes_amx(void *to, const sc_attn_rows *from, int64_t first, int n, int d) {
    char *const out = to;
    const int blocks = round_up(d, PAIR) / PAIR;
    for (int lane = 0; lane < LANES; lane += SIDE)
        for (int b = 0; b < blocks; b++) {
            vu v[VW];
#pragma GCC unroll 16
            for (int i = 0; i < SIDE; i++)
                v[i] = lane + i < n ? load_32(sc__attn_row(from, first + lane + i), b * PAIR, d)
                                    : _mm512_setzero_si512();
            vu_transpose(v);
            char *const at = out + (lane / SIDE * blocks + b) * TILE;
#pragma GCC unroll 16
            for (int i = 0; i < SIDE; i++) _mm512_store_si512(at + i * 64, v[i]);
        }
}

/* Right operand: (queries, d). */
static void pack_wide_amx(void *to, const sc_attn_rows *from, int64_t first, int n, int d) {
    char *const out = to;
    for (int p = 0; p < SIDE; p++) {
        const char *row = 2 * p < n ? sc__attn_row(from, first + 2 * p) : NULL;
        const char *next = 2 * p + 1 < n ? sc__attn_row(from, first + 2 * p + 1) : NULL;
        for (int c = 0; c < round_up(d, PAIR); c += SIDE)
            _mm512_store_si512(out + c / SIDE * TILE + p * 64, load_pair(row, next, c, d));
    }
}

/* ---- products -------------------------------------------------------------------------------- */

/* c (32, 32) f32, rows of `line` bytes, = or += a b: tiles a[0], a[a_side] below it, b[0],
 * b[b_side] beside it, and n steps of the sum a_step and b_step bytes apart. */
typedef struct {
    const char *a, *b;
    int64_t a_side, b_side, a_step, b_step, line;
    int n;
} tiles;

INLINE void multiply_tiles(float *to, const tiles *t, const bool add) {
    char *const c = (char *)to, *const below = c + SIDE * t->line;
    if (add) {
        _tile_loadd(0, c, t->line);
        _tile_loadd(1, c + 64, t->line);
        _tile_loadd(2, below, t->line);
        _tile_loadd(3, below + 64, t->line);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int k = 0; k < t->n; k++) {
        const char *const a = t->a + k * t->a_step, *const b = t->b + k * t->b_step;
        _tile_loadd(4, a, 64);
        _tile_loadd(6, b, 64);
        _tile_loadd(5, a + t->a_side, 64);
        _tile_loadd(7, b + t->b_side, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, t->line);
    _tile_stored(1, c + 64, t->line);
    _tile_stored(2, below, t->line);
    _tile_stored(3, below + 64, t->line);
}

static void scores_amx(float *s, const void *rows, const void *lanes, int n_keys, int d) {
    const int64_t row = round_up(d, PAIR) / PAIR * TILE;
    for (int key = 0; key < n_keys; key += PAIR) {
        const tiles t = {.a = (const char *)rows + key / SIDE * row,
                         .b = lanes,
                         .a_side = row,
                         .b_side = row,
                         .a_step = TILE,
                         .b_step = TILE,
                         .line = LINE,
                         .n = round_up(d, PAIR) / PAIR};
        multiply_tiles(s + key * LANES, &t, false);
    }
}

static void mix_amx(float *y, const void *columns, const void *p, int n_keys, int d) {
    for (int c = 0; c < d; c += PAIR) {
        const tiles t = {.a = (const char *)columns + c / SIDE * KEY_BLOCKS * TILE,
                         .b = p,
                         .a_side = KEY_BLOCKS * TILE,
                         .b_side = KEY_BLOCKS * TILE,
                         .a_step = TILE,
                         .b_step = TILE,
                         .line = LINE,
                         .n = round_up(n_keys, PAIR) / PAIR};
        multiply_tiles(y + c * LANES, &t, true);
    }
}

static void spread_amx(float *to, const void *p, const void *wide, int n_panels, int n_keys,
                       int d) {
    const int width = round_up(d, PAIR);
    for (int key = 0; key < n_keys; key += PAIR)
        for (int c = 0; c < width; c += PAIR) {
            const tiles t = {.a = (const char *)p + key / SIDE * TILE,
                             .b = (const char *)wide + c / SIDE * TILE,
                             .a_side = TILE,
                             .b_side = TILE,
                             .a_step = SC_ATTN_KEYS / SIDE * TILE,
                             .b_step = width / SIDE * TILE,
                             .line = width * 4,
                             .n = n_panels};
            multiply_tiles(to + key * width + c, &t, true);
        }
}

/* ---- probabilities --------------------------------------------------------------------------- */

/* 2^x within 3e-6, far below what bf16 keeps; 0 below -126. Own minimax fit on 0 .. 1. */
INLINE __m512 fast_power2(__m512 x) {
    const __m512 f = _mm512_reduce_ps(x, 9); /* x - floor(x) */
    __m512 p = _mm512_set1_ps(0.0135341678f);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.0520114601f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.241442755f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0.693003833f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.00000262f));
    const __mmask16 seen = _mm512_cmp_ps_mask(x, _mm512_set1_ps(-126), _CMP_GE_OQ);
    return _mm512_maskz_scalef_ps(seen, p, x); /* 2^floor(x) */
}

/* Two vectors as bf16, one after the other; element by element in turn. */
INLINE __m512i side_by_side(__m512 a, __m512 b) { return (__m512i)_mm512_cvtne2ps_pbh(b, a); }

INLINE __m512i in_turn(__m512 a, __m512 b) {
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, side_by_side(a, b));
}

/* Where pair j of keys lies in the right operand (keys, queries). */
INLINE char *pair_place(void *p, int j, int lane) {
    return (char *)p + (lane / SIDE * KEY_BLOCKS + j / PAIR) * TILE + j % PAIR / 2 * 64;
}

typedef struct {
    __m512 scale, top, sum;
} powers;

/* The probability of VW lanes and key j, taken into the sum before dropout. */
INLINE __m512 probability(const sc_attn_tile *t, const float *s, int j, int lane, powers *w,
                          const bool plain) {
    const __m512 x = _mm512_fmsub_ps(_mm512_load_ps(s + j * LANES + lane), w->scale, w->top);
    const __m512 p = fast_power2(x);
    w->sum = _mm512_add_ps(w->sum, p);
    return !plain && t->row_keys ? dropped(t, j, lane, p) : p;
}

INLINE void softmax_lanes_amx(const sc_attn_tile *t, float *s, void *p, sc_attn_state *state,
                              int lane, int d, const bool plain) {
    const int n = t->n_keys;
    if (!plain)
        for (int j = 0; j < n; j++) vf_store(s + j * LANES + lane, score(t, s, j, lane));
    const vf scale = vf_set(plain ? t->scale : 1), old = vf_load(state->max + lane);
    const vf max = vf_max(old, vf_mul(top_of(s + lane, n), scale)), top = finite(max);
    const vf factor = power2(vf_sub(old, top));
    powers w = {scale, top, vf_mul(vf_load(state->sum + lane), factor)};
    int j = 0;
    for (; j + 2 <= n; j += 2) {
        const __m512 a = probability(t, s, j, lane, &w, plain);
        const __m512 b = probability(t, s, j + 1, lane, &w, plain);
        _mm512_store_si512(pair_place(p, j, lane), in_turn(a, b));
    }
    if (j < n) {
        const __m512 a = probability(t, s, j, lane, &w, plain);
        _mm512_store_si512(pair_place(p, j, lane), in_turn(a, _mm512_setzero_ps()));
        j += 2;
    }
    for (; j < round_up(n, PAIR); j += 2)
        _mm512_store_si512(pair_place(p, j, lane), _mm512_setzero_si512());
    vf_store(state->sum + lane, w.sum);
    vf_store(state->max + lane, max);
    if (_mm512_cmp_ps_mask(max, old, _CMP_GT_OQ)) rescale(state->y + lane, factor, d);
}

static void softmax_amx(const sc_attn_tile *t, float *s, void *p, sc_attn_state *state, int d) {
    for (int lane = 0; lane < LANES; lane += VW) {
        if (is_plain(t))
            softmax_lanes_amx(t, s, p, state, lane, d, true);
        else
            softmax_lanes_amx(t, s, p, state, lane, d, false);
    }
}

INLINE slope_pair slope_amx(const sc_attn_tile *t, const float *s, float *dp,
                            const sc_attn_saved *saved, int j, int lane, const bool plain) {
    if (!plain) {
        const slope_pair r = slope(t, s, dp, saved, j, lane, false);
        vf_store(dp + j * LANES + lane, r.slope);
        return r;
    }
    const __m512 lse = _mm512_load_ps(saved->lse + lane), delta = vf_load(saved->delta + lane);
    const __m512 x = _mm512_load_ps(s + j * LANES + lane);
    const __m512 p = fast_power2(_mm512_fmsub_ps(x, _mm512_set1_ps(t->scale), lse));
    return (slope_pair){p, vf_mul(p, vf_sub(vf_load(dp + j * LANES + lane), delta))};
}

/* Two keys' slopes in their three forms. */
INLINE void store_slopes(void *const form[3], int j, slope_pair r[2][2]) {
    char *const p = form[0], *const ds = form[1];
#pragma GCC unroll 2
    for (int k = 0; k < 2; k++) {
        _mm512_store_si512(p + (j + k) * 64, side_by_side(r[k][0].p, r[k][1].p));
        _mm512_store_si512(ds + (j + k) * 64, side_by_side(r[k][0].slope, r[k][1].slope));
    }
#pragma GCC unroll 2
    for (int v = 0; v < 2; v++)
        _mm512_store_si512(pair_place(form[2], j, v * VW), in_turn(r[0][v].slope, r[1][v].slope));
}

INLINE void slopes_of_amx(const sc_attn_tile *t, float *s, float *dp, const sc_attn_saved *saved,
                          void *const form[3], const bool plain) {
    const slope_pair none = {vf_zero(), vf_zero()};
    const int n = t->n_keys;
    int j = 0;
    for (; j < n; j += 2) {
        slope_pair r[2][2];
#pragma GCC unroll 2
        for (int v = 0; v < 2; v++) {
            r[0][v] = slope_amx(t, s, dp, saved, j, v * VW, plain);
            r[1][v] = j + 1 < n ? slope_amx(t, s, dp, saved, j + 1, v * VW, plain) : none;
        }
        store_slopes(form, j, r);
    }
    slope_pair rest[2][2] = {{none, none}, {none, none}};
    for (const int end = round_up(t->n_rows, PAIR); j < end; j += 2) store_slopes(form, j, rest);
}

static void slopes_amx(const sc_attn_tile *t, float *s, float *dp, const sc_attn_saved *saved,
                       void *const form[3]) {
    if (is_plain(t))
        slopes_of_amx(t, s, dp, saved, form, true);
    else
        slopes_of_amx(t, s, dp, saved, form, false);
}

const sc_attn_ops sc__attn_amx = {.step = PAIR,
                                  .size = 2,
                                  .begin = sc__amx_begin,
                                  .end = sc__amx_end,
                                  .pack_rows = pack_rows_amx,
                                  .pack_columns = pack_columns_amx,
                                  .pack_lanes = pack_lanes_amx,
                                  .pack_wide = pack_wide_amx,
                                  .scores = scores_amx,
                                  .softmax = softmax_amx,
                                  .slopes = slopes_amx,
                                  .mix = mix_amx,
                                  .spread = spread_amx,
                                  .unpack_lanes = unpack_lanes,
                                  .unpack_rows = unpack_rows,
                                  SC_ATTN_ONE_QUERY};
