/* gemm_amx.c - bf16 products on AMX tiles: 2 x 2 accumulators of 16 x 16, so that each tile that is
 * loaded is used twice. A panel of A is blocks of 32 rows by 16 words (two tiles), one after the
 * other: tiles straight from a row-major matrix cost 40 % (rows a power of two apart). */
#define ROWS        32
#define VECTORS     2
#define PAIRS       1
#define ALIGN       16
#define ENGINE      sc__gemm_amx
#define ENGINE_NAME "amx"
#define OWN_PANEL   1
#define BEGIN_END   .begin = begin, .end = end

#include "backend/cpu/gemm.h"

#include <string.h>

static void pack_a(void *to, const sc_gemm_side *s, int64_t lane, int64_t k0, int64_t n);
static void panel(float *c, int64_t stride, const void *a, const void *b, int64_t words, int flags);
static void begin(void);
static void end(void);
#include "backend/cpu/gemm_body.h"

enum { ROW = 16 * 4, TILE = 16 * ROW }; /* bytes */

/* Constant, in memory: the intrinsic tells the compiler of its first 8 bytes only. */
static const struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} config = {
    .palette = 1,
    .bytes = {ROW, ROW, ROW, ROW, ROW, ROW, ROW, ROW},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

static void begin(void) { _tile_loadconfig(&config); }

static void end(void) { _tile_release(); }

/* Words w .. w + 15 of 16 lanes, from a side stored (K, lanes). */
static void pack_block(uint32_t *to, const sc_gemm_side *s, int64_t lane, int64_t k, int64_t n) {
    const int64_t left = SC_MIN(s->lanes - lane, 16);
    vu v[VW];
    for (int w = 0; w < VW; w++) {
        v[w] = vu_set(0);
        if (2 * w >= n || left <= 0) continue;
        const uint16_t *p = (const uint16_t *)s->data + (k + 2 * w) * s->stride + lane;
        const uint16_t *next = 2 * w + 1 < n ? p + s->stride : NULL;
        uint16_t few[2][VW] = {{0}};
        if (left < VW) {
            memcpy(few[0], p, (size_t)left * 2);
            if (next) memcpy(few[1], next, (size_t)left * 2);
            p = few[0];
            next = few[1];
        }
        v[w] = lanes_of(p, next, SC_BF16);
    }
    vu_transpose(v);
    for (int i = 0; i < VW; i++) vu_store(to + i * 16, v[i]);
}

static void pack_a(void *to, const sc_gemm_side *s, int64_t lane, int64_t k0, int64_t n) {
    char *out = to;
    for (int64_t k = 0; k < n; k += 32, out += 2 * TILE) {
        const int64_t few = SC_MIN(n - k, 32);
        if (s->k_major) {
            pack_block((uint32_t *)(void *)out, s, lane, k0 + k, few);
            pack_block((uint32_t *)(void *)(out + TILE), s, lane + 16, k0 + k, few);
            continue;
        }
        for (int i = 0; i < LANES_A; i++) {
            const int64_t at = (lane + i) * s->stride + k0 + k;
            const bool there = lane + i < s->lanes;
            if (there && few == 32) {
                vu_store(out + i * ROW, vu_load((const uint16_t *)s->data + at));
                continue;
            }
            memset(out + i * ROW, 0, ROW);
            if (there) memcpy(out + i * ROW, (const uint16_t *)s->data + at, (size_t)few * 2);
        }
    }
}

static void panel(float *c, int64_t stride, const void *a, const void *b, int64_t words,
                  int flags) {
    const char *pa = a, *pb = b;
    float *low = c + 16 * stride;
    const size_t row = (size_t)stride * 4;
    if (flags & SC_GEMM_ADD) {
        _tile_loadd(0, c, row);
        _tile_loadd(1, c + 16, row);
        _tile_loadd(2, low, row);
        _tile_loadd(3, low + 16, row);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int64_t w = 0; w < words; w += 16, pa += 2 * TILE, pb += 2 * TILE) {
        _tile_loadd(4, pa, ROW);
        _tile_loadd(6, pb, 2 * ROW);
        _tile_loadd(5, pa + TILE, ROW);
        _tile_loadd(7, pb + ROW, 2 * ROW);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, row);
    _tile_stored(1, c + 16, row);
    _tile_stored(2, low, row);
    _tile_stored(3, low + 16, row);
}
