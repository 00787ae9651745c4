/* dropout.h - which elements are kept: a pure function of seed, step, stream and place, so that the
 * backward pass, another thread count and a resumed run all see the same mask. The mix is
 * MurmurHash3's 32-bit finaliser (Appleby, public domain), cheap to vectorise. */
#ifndef SC_GRAPH_DROPOUT_H
#define SC_GRAPH_DROPOUT_H

#include <stdint.h>

static inline uint32_t sc__mix32(uint32_t h) {
    h ^= h >> 16;
    h *= 0x85EBCA6Bu;
    h ^= h >> 13;
    h *= 0xC2B2AE35u;
    return h ^ h >> 16;
}

/* One key a row: of a matrix (head 0), or of a query and a head. */
static inline uint32_t sc__dropout_row_key(uint64_t seed, uint64_t step, uint32_t stream,
                                           int64_t row, int head) {
    uint32_t h = sc__mix32((uint32_t)seed ^ 0x9E3779B9u);
    h = sc__mix32(h ^ (uint32_t)(seed >> 32));
    h = sc__mix32(h ^ (uint32_t)step);
    h = sc__mix32(h ^ stream);
    h = sc__mix32(h ^ (uint32_t)row);
    return sc__mix32(h ^ (uint32_t)head);
}

/* An element is kept when its hash is at or above this. */
static inline uint32_t sc__dropout_threshold(float p) {
    const double t = (double)p * 4294967296.0;
    return t >= 4294967295.0 ? UINT32_MAX : (uint32_t)t;
}

static inline int sc__dropout_keep(uint32_t row_key, int64_t column, uint32_t threshold) {
    return sc__mix32(row_key ^ (uint32_t)column * 0x9E3779B1u) >= threshold;
}

#endif
