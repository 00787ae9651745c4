/* packed.h - integers in few bits: the run-length and bit-packing hybrid, the older bit-packed
 * levels, and delta packing (Encodings.md of the format; Lemire and Boytsov 2012). All of them are
 * read one value at a time and hold no memory of their own. */
#ifndef SC_FORMAT_PARQUET_PACKED_H
#define SC_FORMAT_PARQUET_PACKED_H

#include "base/status.h"

/* `width` (0 to 32) bits a value, lowest bits first; width 0 is zeros without end. */
typedef struct {
    const unsigned char *p, *end;
    int width;
    bool packed;     /* what the present run is, from p on when it is packed */
    bool big_endian; /* BIT_PACKED: one run, highest bits first */
    uint64_t left;   /* values of the present run */
    uint64_t bit;    /* of the packed run, from p */
    uint32_t value;  /* of the other kind */
} sc_hybrid;

void sc__hybrid_init(sc_hybrid *h, const unsigned char *p, size_t n, int width);
void sc__hybrid_init_big_endian(sc_hybrid *h, const unsigned char *p, size_t n, int width);
/* False where the bytes end early or make no sense. */
bool sc__hybrid_next_run(uint32_t *out, sc_hybrid *h);

static inline bool sc__hybrid_next(uint32_t *out, sc_hybrid *h) {
    if (h->packed || !h->left) return sc__hybrid_next_run(out, h);
    h->left--;
    *out = h->value;
    return true;
}

/* DELTA_BINARY_PACKED. */
typedef struct {
    const unsigned char *p, *end;
    uint64_t mini, n_minis; /* values of a miniblock, miniblocks of a block */
    uint64_t left;          /* values not yet given */
    uint64_t last, least;   /* the last value, the block's smallest difference; modulo 2^64 */
    const unsigned char *widths;
    uint64_t i_mini, in_mini; /* the present miniblock, values taken of it */
    bool first;
} sc_delta;

/* Reads the header of integers within n bytes at p. */
SC_MUST_USE sc_status sc__delta_init(sc_delta *d, const unsigned char *p, size_t n);
SC_MUST_USE sc_status sc__delta_next(int64_t *out, sc_delta *d);
/* Where the packed integers end: a fresh d is walked through by its headers. */
SC_MUST_USE sc_status sc__delta_end(const unsigned char **out, sc_delta d);

#endif
