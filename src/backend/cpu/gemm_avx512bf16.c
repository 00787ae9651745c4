/* gemm_avx512bf16.c - matrix products for avx512bf16. */
#define ROWS        14
#define VECTORS     2
#define PAIRS       1
#define ALIGN       1
#define DEPTH       768
#define ENGINE      sc__gemm_avx512bf16
#define ENGINE_NAME "avx512bf16"
#define BEGIN_END
#include "backend/cpu/gemm_body.h"
