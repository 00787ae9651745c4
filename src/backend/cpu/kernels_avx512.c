/* kernels_avx512.c - the kernels for avx512. */
#define INSTALL  sc__cpu_kernels_avx512
#define SET_NAME "avx512"
#include "backend/cpu/kernels_body.h"
