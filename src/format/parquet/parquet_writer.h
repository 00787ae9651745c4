/* parquet_writer.h - tables of strings as Parquet: columns of text that may be absent, PLAIN, zstd,
 * pages of version 1 with checksums, no statistics. What every reader of the format opens. */
#ifndef SC_FORMAT_PARQUET_WRITER_H
#define SC_FORMAT_PARQUET_WRITER_H

#include "base/file.h"
#include "format/json_scan.h"

enum { SC_PARQUET_COLUMNS_MAX = 16, SC_PARQUET_VALUE_MAX = 1 << 30 };

typedef struct {
    const char *name; /* borrowed until the writer ends */
    bool is_json;     /* the text is JSON */
} sc_parquet_string;

typedef struct sc_parquet_writer sc_parquet_writer;

/* n from 1 to SC_PARQUET_COLUMNS_MAX columns. */
SC_MUST_USE sc_status sc__parquet_writer_open(sc_parquet_writer **out, const char *path,
                                              const sc_parquet_string *columns, int n);
/* One row: a value a column, valid UTF-8; p NULL: absent. The same rows give the same bytes.
 * SC_FORMAT: a value longer than SC_PARQUET_VALUE_MAX. */
SC_MUST_USE sc_status sc__parquet_writer_append(sc_parquet_writer *w, const sc_slice *values);
/* Durable and in place on SC_OK; on failure the old file is untouched. Ends the writer. */
SC_MUST_USE sc_status sc__parquet_writer_commit(sc_parquet_writer *w);
void sc__parquet_writer_abandon(sc_parquet_writer *w); /* not after commit; NULL is fine */

#endif
