/* http.h - a response as web archives keep it: status line, header, body (RFC 9110, RFC 9112). */
#ifndef SC_FORMAT_HTTP_H
#define SC_FORMAT_HTTP_H

#include "base/buffer.h"

typedef struct {
    int status;       /* 200 */
    char type[80];    /* "text/html", lower case; "" when it is not said */
    char charset[40]; /* as said, lower case; "" */
    char robots[80];  /* X-Robots-Tag (Google, Robots meta tag specifications), cut; "" */
    const char *body; /* n bytes, of the input or of `room` */
    size_t n;
} sc_http;

/* Reads a response of n bytes. A chunked or gzip, deflate, zstd or brotli encoded body is decoded
 * into `room` (cleared), at most `max` bytes; where the header says so and the body is not so, the
 * body is as it is: crawlers often store it decoded. SC_FORMAT: no response, a damaged or too long
 * body, another encoding. */
SC_MUST_USE sc_status sc__http_parse(sc_http *out, sc_buffer *room, const char *bytes, size_t n,
                                     size_t max);
/* "text/html; charset=UTF-8" into its parts, lower case, cut to their room. */
void sc__media_type_parse(char type[80], char charset[40], const char *value, size_t n);

#endif
