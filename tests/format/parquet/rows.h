/* rows.h - what the tests of Parquet share: all rows of a file as lines. */
#ifndef SC_TEST_PARQUET_ROWS_H
#define SC_TEST_PARQUET_ROWS_H

#include "test.h"

#include "format/parquet/parquet.h"

/* Appends the rows to `out`, each with a line end, and counts them; either may be NULL. */
static inline sc_status parquet_rows(sc_buffer *out, int64_t *n, const sc_parquet *f,
                                     const sc_parquet_options *o) {
    sc_parquet_rows *r;
    sc_buffer row = SC_BUFFER_INIT;
    SC_TRY(sc__parquet_rows_open(&r, f, o));
    sc_status s;
    while ((s = sc__parquet_rows_next(&row, r)) == SC_OK) {
        if (out) sc__buffer_append(out, row.data, row.len);
        if (out) sc__buffer_putc(out, '\n');
        if (n) ++*n;
        sc__buffer_clear(&row);
    }
    sc__buffer_deinit(&row);
    sc__parquet_rows_close(r);
    return s < 0 ? s : out ? out->status : SC_OK;
}

static inline sc_status parquet_read(sc_buffer *out, int64_t *n, const char *path,
                                     const sc_parquet_options *o) {
    sc_parquet *f;
    SC_TRY(sc__parquet_open(&f, path));
    const sc_status s = parquet_rows(out, n, f, o);
    sc__parquet_close(f);
    return s;
}

#endif
