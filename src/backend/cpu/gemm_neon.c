/* gemm_neon.c - matrix products for neon. */
#define ROWS        8
#define VECTORS     2
#define PAIRS       0
#define ALIGN       1
#define DEPTH       512
#define ENGINE      sc__gemm_neon
#define ENGINE_NAME "neon"
#define BEGIN_END
#include "backend/cpu/gemm_body.h"
