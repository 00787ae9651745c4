/* fuzz_jsonl.c - any bytes as lines of JSONL: refused with a text, or valid UTF-8 comes out. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "format/documents.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one_line(const char *bytes, size_t n) {
    sc_buffer line = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    int64_t replaced = 0;
    if (sc__utf8_repair(&line, bytes, n, NULL) >= 0 && line.len) {
        if (sc__jsonl_parse(&text, line.data, line.len, &replaced) < 0)
            sc_assert(*sc_error_text());
        else
            sc_assert(sc__utf8_valid_prefix(text.data ? text.data : "", text.len) == text.len);
    }
    sc__buffer_deinit(&line);
    sc__buffer_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *p = (const char *)data, *end = p + size;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        one_line(p, (size_t)(stop - p));
        p = stop + 1;
    }
    return 0;
}
