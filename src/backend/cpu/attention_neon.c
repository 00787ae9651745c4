/* attention_neon.c - attention's tiles in f32 with NEON. */
#include "backend/cpu/attention_tile.h"

const sc_attn_ops SIMD(sc__attn) = SC_ATTN_F32;
