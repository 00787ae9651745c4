/* fuzz_charset.c - any bytes as text of an unknown character set (the first says whether a page,
 * and which label): valid UTF-8 comes out, also of the repair, the normal form and Markdown. */
#include "base/utf8.h"
#include "format/source/charset.h"
#include "format/source/markdown.h"
#include "format/source/mojibake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *p, size_t n) { sc_assert(sc__utf8_valid_prefix(p, n) == n); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const labels[] = {"",     "latin1",     "euc-kr",   "gbk",
                                         "sjis", "utf-16",     "utf-8",    "iso-2022-jp",
                                         "big5", "iso-8859-2", "nonsense", "koi8-r"};
    sc_buffer a = SC_BUFFER_INIT, b = SC_BUFFER_INIT, c = SC_BUFFER_INIT, d = SC_BUFFER_INIT;
    sc_charset set;
    sc_front_matter facts;
    int64_t repaired;
    if (!size) return 0;
    const char *text = (const char *)data + 1;
    size_t n = size - 1;
    const char *label = labels[(data[0] >> 1) % SC_LEN(labels)];
    if (sc__charset_decode(&text, &n, &set, &a, label, data[0] & 1) >= 0) {
        check(text, n);
        if (sc__mojibake_repair(&text, &n, &b, &repaired) >= 0) check(text, n);
        if (sc__text_compose(&text, &n, &c) >= 0) check(text, n);
        if (sc__markdown_to_text(&d, &facts, text, n) >= 0 && d.len) check(d.data, d.len);
    }
    sc__buffer_deinit(&a);
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&c);
    sc__buffer_deinit(&d);
    return 0;
}
