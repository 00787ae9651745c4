/* gemm_avx2.c - matrix products for avx2. */
#define ROWS        6
#define VECTORS     2
#define PAIRS       0
#define ALIGN       1
#define DEPTH       512
#define ENGINE      sc__gemm_avx2
#define ENGINE_NAME "avx2"
#define BEGIN_END
#include "backend/cpu/gemm_body.h"
