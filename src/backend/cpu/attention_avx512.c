/* attention_avx512.c - attention's tiles in f32 with AVX-512. */
#include "backend/cpu/attention_tile.h"

const sc_attn_ops SIMD(sc__attn) = SC_ATTN_F32;
