/* normal.c - the Unicode normal forms, through utf8proc. ASCII is its own normal form. */
#include "tokenizer/tokenizer.h"

#include <string.h>
#include <utf8proc.h>

static bool is_ascii(const char *text, size_t n) {
    unsigned char all = 0;
    for (size_t i = 0; i < n; i++) all |= (unsigned char)text[i];
    return all < 0x80;
}

/* Into code points, decomposed and composed in place, then back to UTF-8. */
static sc_status one_form(sc_buffer *out, const char *text, size_t n, int form) {
    const utf8proc_option_t how = (utf8proc_option_t)form;
    sc_buffer points = SC_BUFFER_INIT;
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t)n, NULL, 0, how);
    /* one more: utf8proc terminates what it writes */
    utf8proc_int32_t *p =
        count < 0 ? NULL
                  : sc__buffer_extend(&points, ((size_t)count + 1) * sizeof(utf8proc_int32_t));
    sc_status s = points.status;
    if (p) {
        count = utf8proc_decompose(bytes, (utf8proc_ssize_t)n, p, count, how);
        if (count >= 0) count = utf8proc_reencode(p, count, how);
        if (count >= 0) sc__buffer_append(out, p, (size_t)count);
        s = out->status;
    }
    sc__buffer_deinit(&points);
    if (count < 0 && s >= 0) s = SC_FAIL(SC_FORMAT, "normalizer: %s", utf8proc_errmsg(count));
    return s;
}

sc_status sc__normalize(const sc_tokenizer *t, sc_buffer *out, const char *text, size_t n) {
    if (!t->n_forms || is_ascii(text, n)) {
        sc__buffer_append(out, text, n);
        return out->status;
    }
    sc_buffer a = SC_BUFFER_INIT, b = SC_BUFFER_INIT;
    sc__buffer_append(&a, text, n);
    sc_status s = a.status;
    for (int i = 0; i < t->n_forms && s >= 0; i++) {
        sc__buffer_clear(&b);
        s = one_form(&b, a.data, a.len, t->forms[i]);
        const sc_buffer swap = a;
        a = b, b = swap;
    }
    if (s >= 0) {
        sc__buffer_append(out, a.data, a.len);
        s = out->status;
    }
    sc__buffer_deinit(&a);
    sc__buffer_deinit(&b);
    return s;
}
