/* stream.h - the bytes of a file, decompressed on the way when its name ends in .gz or .zst. */
#ifndef SC_FORMAT_STREAM_H
#define SC_FORMAT_STREAM_H

#include "base/buffer.h"

typedef struct sc_stream sc_stream;

/* "-" is standard input. The path is borrowed. */
SC_MUST_USE sc_status sc__stream_open(sc_stream **out, const char *path);
/* The next bytes, at most n; *got = 0 at the end and only there. SC_FORMAT where an archive is
 * damaged or ends early; members that follow one another are one stream. */
SC_MUST_USE sc_status sc__stream_read(size_t *got, sc_stream *s, void *to, size_t n);
void sc__stream_close(sc_stream *s);              /* NULL is fine */
uint64_t sc__stream_consumed(const sc_stream *s); /* bytes of the file read so far: for progress */

/* Length of the name without .gz or .zst. */
size_t sc__stream_bare_length(const char *path);

/* ---- writing: pieces that are compressed each by itself and simply follow one another, so that
 * several threads can make them and any reader reads them as one ---- */

typedef struct sc_packer sc_packer; /* one a thread */

/* How the name says: .gz, .zst or plain. */
SC_MUST_USE sc_status sc__packer_open(sc_packer **out, const char *path);
/* Appends the bytes as one member or frame, an empty one where n is 0 (an archive must have one);
 * the same bytes in give the same bytes out. */
SC_MUST_USE sc_status sc__packer_run(sc_packer *p, sc_buffer *out, const void *bytes, size_t n);
void sc__packer_close(sc_packer *p); /* NULL is fine */

#endif
