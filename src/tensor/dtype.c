/* dtype.c - element types as rows, conversions one element at a time (fast ones live in backend/).
 */
#include "tensor/dtype.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    size_t size;
    const char *safetensors, *name;
} rows[SC_DTYPE_COUNT] = {
#define DTYPE(id, size, safetensors, name, text) [SC_##id] = {size, safetensors, name},
#include "socle/dtype.def"
#undef DTYPE
};

size_t sc_dtype_size(sc_dtype t) { return rows[t].size; }
const char *sc_dtype_name(sc_dtype t) { return rows[t].name; }
const char *sc__dtype_safetensors(sc_dtype t) { return rows[t].safetensors; }

bool sc__dtype_find(sc_dtype *out, const char *name) {
    for (int t = 0; t < SC_DTYPE_COUNT; t++)
        if (!strcmp(name, rows[t].name) || !strcmp(name, rows[t].safetensors)) {
            *out = (sc_dtype)t;
            return true;
        }
    return false;
}

int64_t sc_shape_elements(const sc_shape *s) {
    int64_t n = 1;
    for (int i = 0; i < s->n_dims; i++) n *= s->dim[i];
    return n;
}

sc_status sc__shape_bytes(size_t *out, const sc_shape *s, sc_dtype t) {
    size_t n = rows[t].size;
    for (int i = 0; i < s->n_dims; i++)
        if (s->dim[i] < 0 || !sc__mul_size(n, (size_t)s->dim[i], &n) || n > (size_t)1 << 62)
            return SC_FAIL(SC_SHAPE, "shape %s is not one", sc__shape_text(s));
    *out = n;
    return SC_OK;
}

bool sc__shape_equal(const sc_shape *a, const sc_shape *b) {
    if (a->n_dims != b->n_dims) return false;
    for (int i = 0; i < a->n_dims; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

const char *sc__shape_text(const sc_shape *s) {
    static _Thread_local char ring[4][128];
    static _Thread_local int next;
    char *text = ring[next++ & 3];
    size_t n = (size_t)snprintf(text, sizeof ring[0], "(");
    for (int i = 0; i < s->n_dims && n < sizeof ring[0]; i++)
        n += (size_t)snprintf(text + n, sizeof ring[0] - n, "%s%" PRId64, i ? ", " : "", s->dim[i]);
    if (n < sizeof ring[0]) snprintf(text + n, sizeof ring[0] - n, ")");
    return text;
}

/* ---- half precision (IEEE 754-2008, binary16) ------------------------------------------------ */

float sc__f16_to_f32(uint16_t h) {
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = h >> 10 & 31,
                   mantissa = h & 1023;
    float f;
    uint32_t bits;
    if (exponent == 31) {
        bits = sign | 0x7F800000u | mantissa << 13;
    } else if (exponent) {
        bits = sign | (exponent + 112) << 23 | mantissa << 13;
    } else { /* subnormal: mantissa * 2^-24, exact in binary32 */
        f = (float)mantissa * 0x1p-24f;
        memcpy(&bits, &f, sizeof bits);
        bits |= sign;
    }
    memcpy(&f, &bits, sizeof f);
    return f;
}

uint16_t sc__f32_to_f16(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    bits &= 0x7FFFFFFFu;
    if (bits > 0x7F800000u) return sign | 0x7E00u;
    if (bits >= 0x477FF000u) return sign | 0x7C00u; /* 65520 and above round to infinity */
    if (bits < 0x38800000u) { /* below 2^-14: the sum rounds to a multiple of 2^-24 */
        float a;
        memcpy(&a, &bits, sizeof a);
        a += 0.5f;
        memcpy(&bits, &a, sizeof bits);
        return (uint16_t)(sign | (bits - 0x3F000000u));
    }
    return (uint16_t)(sign | ((bits - 0x38000000u + 0xFFFu + (bits >> 13 & 1)) >> 13));
}

static double load(const void *p, sc_dtype t, int64_t i) {
    switch (t) {
    case SC_F32:
        return (double)((const float *)p)[i];
    case SC_F64:
        return ((const double *)p)[i];
    case SC_BF16:
        return (double)sc__bf16_to_f32(((const uint16_t *)p)[i]);
    case SC_F16:
        return (double)sc__f16_to_f32(((const uint16_t *)p)[i]);
    default:
        return 0;
    }
}

static void store(void *p, sc_dtype t, int64_t i, double x) {
    switch (t) {
    case SC_F32:
        ((float *)p)[i] = (float)x;
        break;
    case SC_F64:
        ((double *)p)[i] = x;
        break;
    case SC_BF16:
        ((uint16_t *)p)[i] = sc__f32_to_bf16((float)x);
        break;
    case SC_F16:
        ((uint16_t *)p)[i] = sc__f32_to_f16((float)x);
        break;
    default:
        break;
    }
}

static bool is_real(sc_dtype t) {
    return t == SC_F32 || t == SC_F64 || t == SC_BF16 || t == SC_F16;
}

sc_status sc__convert(void *to, sc_dtype to_type, const void *from, sc_dtype from_type, int64_t n) {
    if (to_type == from_type) {
        memcpy(to, from, (size_t)n * rows[to_type].size);
        return SC_OK;
    }
    if (!is_real(to_type) || !is_real(from_type))
        return SC_FAIL(SC_UNSUPPORTED, "no conversion from %s to %s", rows[from_type].name,
                       rows[to_type].name);
    for (int64_t i = 0; i < n; i++) store(to, to_type, i, load(from, from_type, i));
    return SC_OK;
}
