/* minhash_neon.c - MinHash compiled for NEON. */
#include "backend/cpu/minhash_body.h"
