/* tensor.h - element types and shapes, as every floor of socle speaks of them. */
#ifndef SOCLE_TENSOR_H
#define SOCLE_TENSOR_H

#include "socle/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
#define DTYPE(id, ...) SC_##id,
#include "socle/dtype.def"
#undef DTYPE
    SC_DTYPE_COUNT
} sc_dtype;

enum { SC_MAX_DIMS = 4 };

/* Row-major; dim[0] is the slowest. n_dims 0 is a scalar: one element. */
typedef struct {
    int n_dims;
    int64_t dim[SC_MAX_DIMS];
} sc_shape;

SC_API size_t sc_dtype_size(sc_dtype t);             /* bytes of one element */
SC_API const char *sc_dtype_name(sc_dtype t);        /* as config.json's torch_dtype: "float32" */
SC_API int64_t sc_shape_elements(const sc_shape *s); /* product of the dimensions */

#ifdef __cplusplus
}
#endif
#endif
