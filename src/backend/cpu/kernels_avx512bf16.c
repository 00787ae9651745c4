/* kernels_avx512bf16.c - the kernels for avx512bf16. */
#define INSTALL  sc__cpu_kernels_avx512bf16
#define SET_NAME "avx512bf16"
#include "backend/cpu/kernels_body.h"
