/* warc.h - the records of a web archive: WARC 1.0 and 1.1 (ISO 28500), which WET and WAT files are
 * too, and the older ARC 1.0; plain or packed, best with one gzip member or Zstandard frame a
 * record. */
#ifndef SC_FORMAT_WARC_H
#define SC_FORMAT_WARC_H

#include "format/window.h"

typedef struct {
    const char *type;                           /* "response", "conversion", ...; never NULL */
    const char *url, *date, *id, *content_type; /* NULL where the record does not say */
    const char *block;                          /* n bytes; NULL when it is longer than the limit */
    size_t n;
    uint64_t offset; /* of the record: in the file, or of the member that it lies in */
} sc_warc_record;

typedef struct sc_warc sc_warc;

/* `in` and `path` are borrowed. A block of more than max_block bytes is not kept in memory. */
SC_MUST_USE sc_status sc__warc_open(sc_warc **out, sc_window *in, const char *path,
                                    size_t max_block);
/* The next record, valid until the next call; SC_DONE after the last. SC_FORMAT names path and
 * offset; who goes on all the same gets what follows: the reader looks for the next record, in the
 * next member that can be read. */
SC_MUST_USE sc_status sc__warc_next(sc_warc_record *out, sc_warc *w);
void sc__warc_close(sc_warc *w); /* NULL is fine */

/* Do these first bytes of a file begin a WARC or ARC? */
bool sc__warc_detect(const char *bytes, size_t n);

#endif
