/* gemm_avx512.c - matrix products for avx512. */
#define ROWS        14
#define VECTORS     2
#define PAIRS       0
#define ALIGN       1
#define DEPTH       768
#define ENGINE      sc__gemm_avx512
#define ENGINE_NAME "avx512"
#define BEGIN_END
#include "backend/cpu/gemm_body.h"
