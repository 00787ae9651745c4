/* fuzz_safetensors.c - any bytes as a safetensors file: either refused with a text, or every tensor
 * can be read to its last element. */
#include "base/alloc.h"
#include "format/safetensors.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const sc_safetensor *t) {
    float out[64];
    unsigned sum = 0;
    for (size_t i = 0; i < t->bytes; i++) sum += t->data[i];
    if (sum == UINT32_MAX || sc__safetensor_check(t) < 0) return;
    const int64_t n = sc_shape_elements(&t->shape), last = SC_MIN(n, 64);
    if (sc__safetensor_read(out, SC_F32, t, n - last, last) < 0) sc_assert(*sc_error_text());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_safetensors *set;
    if (sc__safetensors_parse(&set, data, size, "fuzz") < 0) {
        sc_assert(!set && strstr(sc_error_text(), "fuzz"));
        return 0;
    }
    for (int64_t i = 0; i < set->n; i++) {
        sc_assert(sc__safetensors_find(set, set->tensors[i].name) == &set->tensors[i]);
        read_all(&set->tensors[i]);
    }
    sc__safetensors_close(set);
    return 0;
}
