/* column.h - one column of a row group as the triples of Dremel (Melnik et al. 2010): repetition
 * level, definition level and, where the latter is the column's highest, a value. Page by page: the
 * present page and the dictionary are all that is in memory. */
#ifndef SC_FORMAT_PARQUET_COLUMN_H
#define SC_FORMAT_PARQUET_COLUMN_H

#include "format/parquet/codec.h"
#include "format/parquet/values.h"

typedef struct {
    sc_parquet_codec codec;
    size_t used, max; /* bytes of pages of all columns */
} sc_parquet_shared;

typedef struct {
    unsigned char *data;
    size_t cap;
} sc_parquet_memory;

typedef struct {
    const sc_parquet *f;
    const sc_parquet_node *leaf;
    sc_parquet_shared *shared;
    char where[SC_PARQUET_PATH_BYTES + 8]; /* "column a.b" */
    const sc_parquet_chunk *chunk;
    const unsigned char *p, *end; /* pages to come */
    size_t page_at;               /* offset of the present page in the file */
    int64_t left, page_left;      /* triples of the chunk, of the page, not yet read */
    sc_hybrid reps, defs;
    sc_parquet_values values;
    sc_parquet_dictionary dictionary;
    bool has_dictionary;
    sc_parquet_memory page, dictionary_page;
    bool ready; /* the triple below was read and not yet taken */
    bool ended; /* there is none; then rep is 0 and def -1 */
    int rep, def;
} sc_parquet_column;

/* `shared` is used by all columns of a reader. */
void sc__parquet_column_init(sc_parquet_column *c, const sc_parquet *f, int64_t node,
                             sc_parquet_shared *shared);
void sc__parquet_column_deinit(sc_parquet_column *c);
/* Begins with the column's chunk of this row group. */
SC_MUST_USE sc_status sc__parquet_column_start(sc_parquet_column *c, const sc_parquet_group *g);
SC_MUST_USE sc_status sc__parquet_column_read(sc_parquet_column *c);
/* Puts "PATH: COLUMN: page at byte N" before the error's text. */
sc_status sc__parquet_column_context(const sc_parquet_column *c, sc_status s);

/* Makes the next triple known. */
static inline sc_status sc__parquet_column_peek(sc_parquet_column *c) {
    return c->ready ? SC_OK : sc__parquet_column_read(c);
}
/* The value of the present triple, borrowed until the next peek; def must be the highest. */
static inline sc_status sc__parquet_column_value(sc_parquet_value *out, sc_parquet_column *c) {
    const sc_status s = sc__parquet_values_next(out, &c->values);
    return s < 0 ? sc__parquet_column_context(c, s) : SC_OK;
}
static inline void sc__parquet_column_pop(sc_parquet_column *c) { c->ready = false; }

#endif
