/* minhash_avx2.c - MinHash compiled for AVX2. */
#include "backend/cpu/minhash_body.h"
