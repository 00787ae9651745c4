/* buffer.h - bytes that grow, with a sticky error: append freely, ask once at the end. */
#ifndef SC_BASE_BUFFER_H
#define SC_BASE_BUFFER_H

#include "base/status.h"

/* Bytes that are somebody else's. */
typedef struct {
    const char *p; /* NULL: absent; not zero-terminated */
    size_t n;
} sc_slice;

typedef struct {
    char *data; /* always zero-terminated once something was appended */
    size_t len, cap;
    sc_status status;
} sc_buffer;

#define SC_BUFFER_INIT                                                                             \
    { 0 }
void sc__buffer_deinit(sc_buffer *b);
void sc__buffer_clear(sc_buffer *b); /* len = 0, memory kept */
void sc__buffer_append(sc_buffer *b, const void *bytes, size_t n);
void sc__buffer_puts(sc_buffer *b, const char *s);
void sc__buffer_putc(sc_buffer *b, char c);
void sc__buffer_printf(sc_buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* n more bytes of room, uninitialised, already counted in len; NULL on failure. */
void *sc__buffer_extend(sc_buffer *b, size_t n);

#endif
