/* attention_avx2.c - attention's tiles in f32 with AVX2 and FMA. */
#include "backend/cpu/attention_tile.h"

const sc_attn_ops SIMD(sc__attn) = SC_ATTN_F32;
