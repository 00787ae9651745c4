/* fuzz_roff.c - any bytes as a manual page: some text comes out. */
#include "base/alloc.h"
#include "format/roff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_buffer out = SC_BUFFER_INIT;
    if (size > 1 << 16) return 0;
    if (sc__roff_to_text(&out, (const char *)data, size) < 0) sc_assert(*sc_error_text());
    sc__roff_detect((const char *)data, size);
    sc__buffer_deinit(&out);
    return 0;
}
