/* archive.h - the members of a .tar or .zip (by libarchive), one after another. A member's name is
 * only ever a name: nothing is written anywhere, so that ".." in it leads nowhere. */
#ifndef SC_FORMAT_ARCHIVE_H
#define SC_FORMAT_ARCHIVE_H

#include "format/window.h"

typedef struct sc_archive sc_archive;

typedef struct {
    const char *name; /* valid UTF-8, until the next member */
    int64_t mtime;    /* seconds since 1970; -1: not said */
} sc_archive_member;

/* `in` and `name` (for error texts) are borrowed. */
SC_MUST_USE sc_status sc__archive_open(sc_archive **out, sc_window *in, const char *name);
/* The next regular file; SC_DONE after the last. SC_FORMAT: this member or all that follows cannot
 * be read; who goes on all the same gets what can be. */
SC_MUST_USE sc_status sc__archive_next(sc_archive_member *out, sc_archive *a);
/* Of the member: an sc_read_fn whose user is the archive. */
SC_MUST_USE sc_status sc__archive_read(size_t *got, void *archive, void *to, size_t n);
void sc__archive_close(sc_archive *a); /* NULL is fine */

/* Do these first bytes of a file (512 suffice) begin a tar or zip? */
bool sc__archive_detect(const char *bytes, size_t n);

#endif
