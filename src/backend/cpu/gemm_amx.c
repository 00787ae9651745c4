/* gemm_amx.c - bf16 products on AMX tiles: 2 x 2 accumulators of 16 x 16, so that each tile that is
 * loaded is used twice. A panel of A is blocks of 32 rows by 16 words (two tiles), one after the
 * other: tiles straight from a row-major matrix cost 40 % (rows a power of two apart). */
#define ROWS        32
#define VECTORS     2
#define PAIRS       1
#define ALIGN       16
#define DEPTH       128
#define ENGINE      sc__gemm_amx
#define ENGINE_NAME "amx"
#define OWN_PANEL   1
#define BEGIN_END   .begin = sc__amx_begin, .end = sc__amx_end

#include "backend/cpu/amx.h"
#include "backend/cpu/gemm.h"

#include <string.h>

static void pack_a(void *to, const sc_gemm_side *s, const sc_gemm_part *p);
static void panel(float *c, int64_t stride, const void *a, const void *b, int64_t words, int flags);
#include "backend/cpu/gemm_body.h"

enum { ROW = 16 * 4, TILE = 16 * ROW }; /* bytes */

/* The words from k on of 16 lanes, from a side stored (K, lanes). */
static void pack_across(char *to, const sc_gemm_side *s, int64_t lane, int64_t k, int64_t end) {
    vu v[VW];
    for (int w = 0; w < VW; w++)
        v[w] = k + 2 * w < end ? word_at(s, lane, k + 2 * w, end) : vu_set(0);
    vu_transpose(v);
    for (int i = 0; i < VW; i++) vu_store(to + i * ROW, v[i]);
}

/* The same from a side stored (lanes, K). */
static void pack_along(char *to, const sc_gemm_side *s, int64_t lane, int64_t k, int64_t end) {
    char few[VW * 4];
    for (int i = 0; i < 16; i++) {
        const char *p = (const char *)s->data + ((lane + i) * s->stride + k) * 2;
        vu v = vu_set(0);
        if (lane + i < s->lanes) v = vu_load(end - k >= 32 ? p : guarded(few, p, (end - k) * 2));
        vu_store(to + i * ROW, v);
    }
}

static void pack_a(void *to, const sc_gemm_side *s, const sc_gemm_part *p) {
    const int64_t end = p->k0 + p->k, blocks = (p->k + 31) / 32;
    for (int64_t b = 0; b < blocks; b++)
        for (int i = 0; i < 2 * p->panels; i++) {
            char *out = (char *)to + ((i / 2 * blocks + b) * 2 + i % 2) * TILE;
            if (s->k_major)
                pack_across(out, s, p->lane + 16 * i, p->k0 + 32 * b, end);
            else
                pack_along(out, s, p->lane + 16 * i, p->k0 + 32 * b, end);
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
