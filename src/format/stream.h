/* stream.h - the bytes of a file, decompressed on the way when its name ends in .gz or .zst. */
#ifndef SC_FORMAT_STREAM_H
#define SC_FORMAT_STREAM_H

#include "base/status.h"

typedef struct sc_stream sc_stream;

/* "-" is standard input. The path is borrowed. */
SC_MUST_USE sc_status sc__stream_open(sc_stream **out, const char *path);
/* The next bytes, at most n; *got = 0 at the end and only there. SC_FORMAT where an archive is
 * damaged or ends early; members that follow one another are one stream. */
SC_MUST_USE sc_status sc__stream_read(size_t *got, sc_stream *s, void *to, size_t n);
void sc__stream_close(sc_stream *s); /* NULL is fine */

/* Length of the name without .gz or .zst. */
size_t sc__stream_bare_length(const char *path);

#endif
