/* minhash.h - the smallest value of each of many cheap permutations over a set of hashes: the inner
 * loop of MinHash (Broder 1997). A permutation of 32 bits is x -> a x + b (mod 2^32) with a odd, so
 * that all instruction sets give the same bits. */
#ifndef SC_BACKEND_CPU_MINHASH_H
#define SC_BACKEND_CPU_MINHASH_H

#include "base/status.h"

enum { SC_MINHASH_LANES = 16 }; /* permutations come in multiples of it */

typedef struct {
    const uint32_t *a, *b; /* (n_lanes) */
    int64_t n_lanes;
} sc_minhash_family;

/* least (n_lanes): min over i of a x[i] + b, of the low halves of x; all ones where n is 0. */
typedef void sc_minhash_fn(uint32_t *least, const sc_minhash_family *f, const uint64_t *x,
                           int64_t n);

sc_minhash_fn sc__minhash_plain;
/* The one for this processor, or for SOCLE_ISA. SC_USAGE: that names a set that is not here. */
SC_MUST_USE sc_status sc__minhash_choose(sc_minhash_fn **out);

#endif
