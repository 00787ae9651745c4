/* print.h - a value of a Parquet file as JSON, by its logical type; docs/data.md has the table. */
#ifndef SC_FORMAT_PARQUET_PRINT_H
#define SC_FORMAT_PARQUET_PRINT_H

#include "format/parquet/values.h"

typedef struct {
    sc_buffer *out;
    int64_t n_replaced; /* invalid UTF-8 sequences */
    sc_buffer repaired; /* a string that had some */
} sc_parquet_printer;

typedef sc_status sc_parquet_print_fn(sc_parquet_printer *p, const sc_parquet_node *n,
                                      sc_parquet_value v);

/* How values of this leaf are printed; as a map's key, bytes without a meaning are text. */
sc_parquet_print_fn *sc__parquet_printer(const sc_parquet_node *n, bool is_key);

#endif
