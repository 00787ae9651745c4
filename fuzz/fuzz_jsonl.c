/* fuzz_jsonl.c - any bytes as lines of JSONL: refused with a text, or a record that can be
 * changed. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "format/documents.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What it says is valid, and it can be changed into another record. */
static void check(const sc_record *r) {
    sc_buffer changed = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    const sc_slice other = {"other\n", 6};
    int64_t replaced = 0;
    sc_record again;
    sc_assert(sc__utf8_valid_prefix(r->text.p, r->text.n) == r->text.n);
    sc_assert(sc__record_change(&changed, r, &other, NULL) >= 0);
    const sc_slice line = {changed.data, changed.len - 1};
    sc_assert(sc__record_parse(&again, &text, line, NULL, &replaced) >= 0);
    sc_assert(again.text.n == 6 && !memcmp(again.text.p, "other\n", 6));
    sc__buffer_deinit(&changed);
    sc__buffer_deinit(&text);
}

static void one_line(const char *bytes, size_t n) {
    sc_buffer line = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    int64_t replaced = 0;
    if (sc__utf8_repair(&line, bytes, n, NULL) >= 0 && line.len) {
        sc_record r;
        const sc_slice whole = {line.data, line.len};
        if (sc__record_parse(&r, &text, whole, NULL, &replaced) < 0)
            sc_assert(*sc_error_text());
        else
            check(&r);
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
