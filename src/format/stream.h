/* stream.h - the bytes of a file, or of whatever can be read in pieces, decompressed on the way:
 * gzip, Zstandard, xz and bzip2. The name decides (.gz .zst .xz .bz2), else the first bytes. */
#ifndef SC_FORMAT_STREAM_H
#define SC_FORMAT_STREAM_H

#include "base/buffer.h"

/* What hands out more bytes than this many times those it was made of, and more than the floor, is
 * a decompression bomb. Text of people compresses 3 to 20 times; deflate ends at 1032 times. */
enum { SC_STREAM_MAX_RATIO = 512, SC_STREAM_RATIO_FLOOR = 64 << 20 };

typedef struct sc_stream sc_stream;

/* The next bytes of something, at most n; *got = 0 at its end. */
typedef sc_status sc_read_fn(size_t *got, void *user, void *to, size_t n);

/* "-" is standard input. The path is borrowed. */
SC_MUST_USE sc_status sc__stream_open(sc_stream **out, const char *path);
/* What `read` gives, decompressed by its name (borrowed) or first bytes; for members of archives.
 */
SC_MUST_USE sc_status sc__stream_wrap(sc_stream **out, const char *name, sc_read_fn *read,
                                      void *user);
/* The next bytes, at most n; *got = 0 at the end and only there. SC_FORMAT where an archive is
 * damaged, ends early or is a bomb. Members (gzip) and frames (Zstandard) that follow one another
 * are one stream, but a read never crosses from one to the next. */
SC_MUST_USE sc_status sc__stream_read(size_t *got, sc_stream *s, void *to, size_t n);
/* After SC_FORMAT: goes to the next member or frame that can be read. SC_DONE when there is none.
 */
SC_MUST_USE sc_status sc__stream_recover(sc_stream *s);
void sc__stream_close(sc_stream *s);              /* NULL is fine */
uint64_t sc__stream_consumed(const sc_stream *s); /* bytes of the file read so far: for progress */

bool sc__stream_is_packed(const sc_stream *s);
/* Of the member or frame that the last bytes read came from: its place among them, and where in the
 * file it begins. Zero in a plain file. */
int64_t sc__stream_member(const sc_stream *s);
uint64_t sc__stream_member_offset(const sc_stream *s);

/* All of a file, decompressed, appended to `out`. SC_FORMAT above `max` bytes. */
SC_MUST_USE sc_status sc__stream_read_all(sc_buffer *out, const char *path, size_t max);

/* Length of the name without .gz, .zst, .xz or .bz2. */
size_t sc__stream_bare_length(const char *path);
/* Does the name end so, .gz and its like aside? Case is ignored. */
bool sc__stream_has_suffix(const char *path, const char *suffix);

/* ---- writing: pieces that are compressed each by itself and simply follow one another, so that
 * several threads can make them and any reader reads them as one ---- */

typedef struct sc_packer sc_packer; /* one a thread */

/* How the name says: .gz, .zst or plain. SC_USAGE: .xz and .bz2 are only read. */
SC_MUST_USE sc_status sc__packer_open(sc_packer **out, const char *path);
/* Appends the bytes as one member or frame, an empty one where n is 0 (an archive must have one);
 * the same bytes in give the same bytes out. */
SC_MUST_USE sc_status sc__packer_run(sc_packer *p, sc_buffer *out, const void *bytes, size_t n);
void sc__packer_close(sc_packer *p); /* NULL is fine */

#endif
