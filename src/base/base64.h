/* base64.h - bytes as text (RFC 4648, section 4). */
#ifndef SC_BASE_BASE64_H
#define SC_BASE_BASE64_H

#include "base/buffer.h"

/* Appends the bytes that n characters spell. SC_FORMAT: not base64 (padding may be missing). */
SC_MUST_USE sc_status sc__base64_decode(sc_buffer *out, const char *text, size_t n);
/* Appends the spelling, padded; the status is the buffer's. */
void sc__base64_encode(sc_buffer *out, const void *bytes, size_t n);

#endif
