/* kernels_neon.c - the kernels for neon. */
#define INSTALL  sc__cpu_kernels_neon
#define SET_NAME "neon"
#include "backend/cpu/kernels_body.h"
