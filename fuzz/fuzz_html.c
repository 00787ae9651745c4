/* fuzz_html.c - any bytes as HTML: text comes out or a refusal. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "format/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_buffer valid = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    if (size > 1 << 16) return 0;
    if (sc__utf8_repair(&valid, (const char *)data, size, NULL) >= 0 && valid.len &&
        sc__html_to_text(&out, valid.data, valid.len) < 0)
        sc_assert(*sc_error_text());
    sc__buffer_deinit(&valid);
    sc__buffer_deinit(&out);
    return 0;
}
