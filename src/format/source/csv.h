/* csv.h - rows of a table in text: comma-separated (RFC 4180: quoted fields, quotes doubled,
 * newlines inside quotes) or tab-separated (IANA text/tab-separated-values: no quoting). */
#ifndef SC_FORMAT_CSV_H
#define SC_FORMAT_CSV_H

#include "format/window.h"

typedef struct {
    const char *bytes; /* not zero-terminated */
    size_t n;
} sc_field;

typedef struct {
    const sc_field *fields;
    int n;
    int64_t line;    /* where the row begins, from 1 */
    uint64_t offset; /* likewise, in the (decompressed) file */
} sc_csv_row;

typedef struct sc_csv sc_csv;

/* `in` and `name` are borrowed. separator 0: that of ',', ';' and tab which the first line holds
 * most of. A row of more than max_row bytes is refused. */
SC_MUST_USE sc_status sc__csv_open(sc_csv **out, sc_window *in, const char *name, char separator,
                                   size_t max_row);
/* The next row, valid until the next call; blank lines are passed over; SC_DONE after the last.
 * SC_FORMAT (a quote that does not end, bytes behind a closing quote, too many fields) names file
 * and line; who goes on all the same gets the rows from the next line on. */
SC_MUST_USE sc_status sc__csv_next(sc_csv_row *out, sc_csv *c);
void sc__csv_close(sc_csv *c); /* NULL is fine */

#endif
