/* amx.h - eight tiles of 16 rows of 64 bytes, for all that multiplies on AMX. */
#ifndef SC_BACKEND_CPU_AMX_H
#define SC_BACKEND_CPU_AMX_H

#include <immintrin.h>
#include <stdint.h>

/* Constant, in memory: the intrinsic tells the compiler of its first 8 bytes only, and gcc 12 drops
 * the stores of a local one. */
static inline void sc__amx_begin(void) {
    static const struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } config = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};
    _tile_loadconfig(&config);
}

static inline void sc__amx_end(void) { _tile_release(); }

#endif
