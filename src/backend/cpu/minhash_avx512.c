/* minhash_avx512.c - MinHash compiled for AVX-512. */
#include "backend/cpu/minhash_body.h"
