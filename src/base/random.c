/* random.c - Philox4x32-10, and a shuffle by a Feistel network with cycle walking (Black & Rogaway
 * 2002). */
#include "base/random.h"

#include <math.h>

void sc__philox(uint64_t key, uint64_t counter, uint64_t stream, uint32_t out[4]) {
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    uint32_t c[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), (uint32_t)stream,
                     (uint32_t)(stream >> 32)};
    for (int round = 0; round < 10; round++) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c[0], p1 = (uint64_t)0xCD9E8D57u * c[2];
        const uint32_t n0 = (uint32_t)(p1 >> 32) ^ c[1] ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c[3] ^ k1;
        c[1] = (uint32_t)p1;
        c[3] = (uint32_t)p0;
        c[0] = n0;
        c[2] = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int i = 0; i < 4; i++) out[i] = c[i];
}

static uint32_t word(uint64_t key, uint64_t stream, uint64_t i) {
    uint32_t out[4];
    sc__philox(key, i / 4, stream, out);
    return out[i % 4];
}

float sc__random_uniform(uint64_t key, uint64_t stream, uint64_t i) {
    return (float)(word(key, stream, i) >> 8) * 0x1p-24f;
}

float sc__random_normal(uint64_t key, uint64_t stream, uint64_t i) {
    uint32_t out[4];
    sc__philox(key, i / 2, stream, out);
    const double u = ((double)out[0] + 0.5) * 0x1p-32, v = (double)out[1] * 0x1p-32;
    const double r = sqrt(-2.0 * log(u)), angle = 6.283185307179586476925 * v;
    return (float)(r * (i % 2 ? sin(angle) : cos(angle)));
}

uint64_t sc__random_below(uint64_t key, uint64_t stream, uint64_t i, uint64_t n) {
    uint32_t out[4];
    sc__philox(key, i, stream, out);
    const uint64_t bits = (uint64_t)out[0] << 32 | out[1];
    return (uint64_t)(((unsigned __int128)bits * n) >> 64);
}

uint64_t sc__random_permute(uint64_t key, uint64_t i, uint64_t n) {
    if (n < 2) return 0;
    unsigned half = 1;
    while (half < 32 && (n - 1) >> (2 * half)) half++;
    const uint32_t mask = half == 32 ? UINT32_MAX : (UINT32_C(1) << half) - 1;
    do { /* the domain is at most 4 n, so that few walks are needed */
        uint32_t left = (uint32_t)(i >> half) & mask, right = (uint32_t)i & mask;
        for (uint64_t round = 0; round < 4; round++) {
            uint32_t out[4];
            sc__philox(key, right, round + 1, out);
            const uint32_t swap = right;
            right = left ^ (out[0] & mask);
            left = swap;
        }
        i = (uint64_t)left << half | right;
    } while (i >= n);
    return i;
}
