/* fuzz_main_text.c - any page: valid text and bounded facts, the same a second time. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "format/extract/main_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_buffer valid = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    sc_extractor *x;
    sc_page_facts f;
    if (size > 1 << 16) return 0;
    if (sc__utf8_repair(&valid, (const char *)data, size, NULL) < 0) return 0;
    if (sc__extractor_open(&x, NULL) < 0) return 0;
    const char *page = valid.data ? valid.data : "";
    sc_assert(sc__main_text(&out, &f, x, page, valid.len) >= 0);
    sc_assert(sc__utf8_valid_prefix(out.data, out.len) == out.len);
    sc_assert(memchr(f.title, 0, sizeof f.title) && memchr(f.licence, 0, sizeof f.licence));
    sc_assert((f.rule == SC_EXTRACT_NOTHING) == !out.len);
    const size_t n = out.len;
    sc_assert(sc__main_text(&out, &f, x, page, valid.len) >= 0);
    sc_assert(out.len == 2 * n && (!n || !memcmp(out.data, out.data + n, n)));
    sc__extractor_close(x);
    sc__buffer_deinit(&valid);
    sc__buffer_deinit(&out);
    return 0;
}
