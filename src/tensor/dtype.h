/* dtype.h - names, sizes and conversions of element types. */
#ifndef SC_TENSOR_DTYPE_H
#define SC_TENSOR_DTYPE_H

#include "base/status.h"
#include "socle/tensor.h"

#include <string.h>

const char *sc__dtype_safetensors(sc_dtype t); /* "BF16" */
/* false when no type has this name (safetensors' or transformers' spelling). */
bool sc__dtype_find(sc_dtype *out, const char *name);
/* Elements of a shape, SC_SHAPE when a dimension is negative or the product of bytes overflows. */
SC_MUST_USE sc_status sc__shape_bytes(size_t *out, const sc_shape *s, sc_dtype t);
bool sc__shape_equal(const sc_shape *a, const sc_shape *b);
/* "(768, 2304)" in a static ring of thread-local buffers. */
const char *sc__shape_text(const sc_shape *s);

/* n elements converted, round to nearest even, NaN kept. Types may be equal. Regions do not
 * overlap. Only among floating types, or between equal types; anything else is SC_UNSUPPORTED. */
SC_MUST_USE sc_status sc__convert(void *to, sc_dtype to_type, const void *from, sc_dtype from_type,
                                  int64_t n);

static inline float sc__bf16_to_f32(uint16_t h) {
    const uint32_t bits = (uint32_t)h << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline uint16_t sc__f32_to_bf16(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)(bits >> 16 | 64); /* quiet NaN */
    return (uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
}

float sc__f16_to_f32(uint16_t h);
uint16_t sc__f32_to_f16(float f);

#endif
