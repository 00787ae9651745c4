/* gemm_f32_amx.c - f32 products on AMX tiles. A number is the sum of three bf16 that hold its 24
 * bits, high, middle and low; of the nine products of two such sums the six that reach 2^-16 of the
 * largest are made (Henry, Tang & Heinecke 2019, ARITH). A tile adds up 32 products before they
 * reach the sum, so that the result is no further from the exact one than a chain of f32 additions
 * is. What is infinite becomes NaN.
 *
 * Panels are 32 lanes wide; 32 elements of k are six tiles: high, middle and low of lanes 0 - 15
 * and of lanes 16 - 31. A word holds elements k and k + 16: then neither side needs a shuffle where
 * it is stored along its tile's rows. */
#define ROWS        32
#define VECTORS     2
#define PAIRS       1
#define ALIGN       16
#define DEPTH       32
#define WORD        12
#define ENGINE      sc__gemm_f32_amx
#define ENGINE_NAME "amx f32"
#define OWN_PACK    1
#define BEGIN_END   .begin = sc__amx_begin, .end = sc__amx_end

#include "backend/cpu/amx.h"
#include "backend/cpu/gemm.h"

#include <string.h>

static void pack_a(void *to, const sc_gemm_side *s, const sc_gemm_part *p);
static void pack_b(void *to, const sc_gemm_side *s, const sc_gemm_part *p);
static void panel(float *c, int64_t stride, const void *a, const void *b, int64_t words, int flags);
#include "backend/cpu/gemm_body.h"

enum { ROW = 16 * 4, TILE = 16 * ROW, PLANE = 2 * TILE, SIDE = 16, STEP = 32 };

/* ---- packing --------------------------------------------------------------------------------- */

INLINE vu cut(vu bits) { return vu_and(bits, vu_set(0xFFFF0000u)); }
INLINE vu rounded(vf x) { return cut(vu_add(vf_bits(x), vu_set(0x8000))); }

/* A row of each plane's tile: x in the low halves of the words, y in the high ones. The last plane
 * is exact without rounding, and so keeps every NaN. */
INLINE void put_split(char *to, vf x, vf y) {
    UNROLL for (int plane = 0; plane < 3; plane++) {
        const vu hx = plane < 2 ? rounded(x) : cut(vf_bits(x));
        const vu hy = plane < 2 ? rounded(y) : cut(vf_bits(y));
        vu_store(to + plane * PLANE, vu_or(vu_srl(hx, 16), hy));
        x = vf_sub(x, vu_float(hx));
        y = vf_sub(y, vu_float(hy));
    }
}

/* A square of 16 lanes by 16 elements, as stored: `rows` and `columns` of it are there. */
typedef struct {
    const float *first;
    int64_t stride, rows, columns;
} square;

INLINE square square_of(const sc_gemm_side *s, int64_t lane, int64_t k, int64_t end) {
    const int64_t lanes = SC_MIN(s->lanes - lane, SIDE), depth = SC_MIN(end - k, SIDE);
    const int64_t at = s->k_major ? k * s->stride + lane : lane * s->stride + k;
    if (lanes <= 0 || depth <= 0) return (square){.first = s->data};
    return (square){(const float *)s->data + at, s->stride, s->k_major ? depth : lanes,
                    s->k_major ? lanes : depth};
}

INLINE vf square_row(const square *q, int i) {
    return vf_load_n(q->first + (i < q->rows ? i * q->stride : 0), i < q->rows ? q->columns : 0);
}

INLINE void turn_square(vu v[SIDE], const square *q) {
    UNROLL for (int i = 0; i < SIDE; i++) v[i] = vf_bits(square_row(q, i));
    vu_transpose(v);
}

/* 16 lanes by 32 elements; turn: what is stored along a row belongs in a column of the tile. */
INLINE void pack_tile(char *to, const square q[2], const bool turn) {
    if (turn) {
        vu x[SIDE], y[SIDE];
        turn_square(x, &q[0]);
        turn_square(y, &q[1]);
        UNROLL for (int i = 0; i < SIDE; i++)
            put_split(to + i * ROW, vu_float(x[i]), vu_float(y[i]));
    } else {
        for (int i = 0; i < SIDE; i++)
            put_split(to + i * ROW, square_row(&q[0], i), square_row(&q[1], i));
    }
}

/* Tiles in the order in which memory holds what goes into them. */
INLINE void pack_panels(char *to, const sc_gemm_side *s, const sc_gemm_part *p, const bool turn) {
    const int64_t end = p->k0 + p->k, blocks = (p->k + STEP - 1) / STEP, tiles = 2 * p->panels;
    const int64_t outer = s->k_major ? blocks : tiles, inner = s->k_major ? tiles : blocks;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t n = 0; n < inner; n++) {
            const int64_t b = s->k_major ? o : n, i = s->k_major ? n : o;
            const int64_t lane = p->lane + SIDE * i, k = p->k0 + STEP * b;
            const square q[2] = {square_of(s, lane, k, end), square_of(s, lane, k + SIDE, end)};
            pack_tile(to + (i / 2 * blocks + b) * 3 * PLANE + i % 2 * TILE, q, turn);
        }
}

static void pack_a(void *to, const sc_gemm_side *s, const sc_gemm_part *p) {
    if (s->k_major)
        pack_panels(to, s, p, true);
    else
        pack_panels(to, s, p, false);
}

static void pack_b(void *to, const sc_gemm_side *s, const sc_gemm_part *p) {
    if (s->k_major)
        pack_panels(to, s, p, false);
    else
        pack_panels(to, s, p, true);
}

/* ---- panels ---------------------------------------------------------------------------------- */

/* Tiles 4 and 5 hold a plane of A, 6 and 7 one of B, 0 - 3 the sums. */
INLINE void load_a(const char *p) {
    _tile_loadd(4, p, ROW);
    _tile_loadd(5, p + TILE, ROW);
}

INLINE void load_b(const char *p, const bool narrow) {
    _tile_loadd(6, p, ROW);
    if (!narrow) _tile_loadd(7, p + TILE, ROW);
}

INLINE void multiply(const bool narrow) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(2, 5, 6);
    if (narrow) return;
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(3, 5, 7);
}

/* Each plane in turn takes the place of one, small products first. */
INLINE void multiply_step(const char *a, const char *b, const bool narrow) {
    load_a(a + 2 * PLANE);
    load_b(b, narrow);
    multiply(narrow);
    load_a(a + PLANE);
    multiply(narrow);
    load_b(b + PLANE, narrow);
    multiply(narrow);
    load_a(a);
    multiply(narrow);
    load_b(b + 2 * PLANE, narrow);
    multiply(narrow);
    load_b(b, narrow);
    multiply(narrow);
}

INLINE void multiply_panels(float *c, int64_t stride, const char *a, const char *b, int64_t words,
                            bool add, const bool narrow) {
    float *low = c + SIDE * stride;
    const size_t row = (size_t)stride * 4;
    if (add) {
        _tile_loadd(0, c, row);
        _tile_loadd(1, c + SIDE, row);
        _tile_loadd(2, low, row);
        _tile_loadd(3, low + SIDE, row);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int64_t w = 0; w < words; w += SIDE, a += 3 * PLANE, b += 3 * PLANE)
        multiply_step(a, b, narrow);
    _tile_stored(0, c, row);
    _tile_stored(1, c + SIDE, row);
    _tile_stored(2, low, row);
    _tile_stored(3, low + SIDE, row);
}

static void panel(float *c, int64_t stride, const void *a, const void *b, int64_t words,
                  int flags) {
    if (flags & SC_GEMM_NARROW)
        multiply_panels(c, stride, a, b, words, flags & SC_GEMM_ADD, true);
    else
        multiply_panels(c, stride, a, b, words, flags & SC_GEMM_ADD, false);
}
