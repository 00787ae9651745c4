/* kernels_avx2.c - the kernels for avx2. */
#define INSTALL  sc__cpu_kernels_avx2
#define SET_NAME "avx2"
#include "backend/cpu/kernels_body.h"
