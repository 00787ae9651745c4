/* random.h - counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel Random
 * Numbers: As Easy as 1, 2, 3"). A number depends on its key and counter alone, never on who asked
 * before, so that results do not depend on threads or on where a run was resumed. */
#ifndef SC_BASE_RANDOM_H
#define SC_BASE_RANDOM_H

#include <stdint.h>

/* Four words for (key, counter, stream). */
void sc__philox(uint64_t key, uint64_t counter, uint64_t stream, uint32_t out[4]);

/* The i-th number of a stream: uniform in [0, 1) with 24 bits, and standard normal (Box-Muller). */
float sc__random_uniform(uint64_t key, uint64_t stream, uint64_t i);
float sc__random_normal(uint64_t key, uint64_t stream, uint64_t i);
/* Uniform integer below n (n > 0), without bias worth measuring: 64 bits scaled down. */
uint64_t sc__random_below(uint64_t key, uint64_t stream, uint64_t i, uint64_t n);

/* A bijection of 0 .. n-1 chosen by the key: the i-th element of a shuffled range without an array.
 */
uint64_t sc__random_permute(uint64_t key, uint64_t i, uint64_t n);

#endif
