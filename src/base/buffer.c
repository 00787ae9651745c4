/* buffer.c - growing bytes. */
#include "base/buffer.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sc__buffer_deinit(sc_buffer *b) {
    sc__free(b->data);
    *b = (sc_buffer)SC_BUFFER_INIT;
}

void sc__buffer_clear(sc_buffer *b) {
    b->len = 0;
    b->status = SC_OK;
    if (b->data) b->data[0] = 0;
}

static bool reserve(sc_buffer *b, size_t n) {
    size_t need;
    if (b->status < 0) return false;
    if (sc__add_size(b->len, n, &need) && need < SIZE_MAX / 2) {
        if (need < b->cap) return true;
        const size_t cap = SC_MAX(need + 1, b->cap + b->cap / 2 + 64);
        char *data = sc__realloc(b->data, cap);
        if (data) {
            b->data = data;
            b->cap = cap;
            return true;
        }
    }
    b->status = SC_FAIL(SC_NOMEM, "a buffer of %zu bytes cannot grow by %zu", b->len, n);
    return false;
}

void *sc__buffer_extend(sc_buffer *b, size_t n) {
    if (!reserve(b, n)) return NULL;
    char *at = b->data + b->len;
    b->len += n;
    b->data[b->len] = 0;
    return at;
}

void sc__buffer_append(sc_buffer *b, const void *bytes, size_t n) {
    void *at = sc__buffer_extend(b, n);
    if (at && n) memcpy(at, bytes, n);
}

void sc__buffer_puts(sc_buffer *b, const char *s) { sc__buffer_append(b, s, strlen(s)); }
void sc__buffer_putc(sc_buffer *b, char c) { sc__buffer_append(b, &c, 1); }

void sc__buffer_printf(sc_buffer *b, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *at = n < 0 ? NULL : sc__buffer_extend(b, (size_t)n);
    if (at) vsnprintf(at, (size_t)n + 1, fmt, again);
    va_end(again);
}
