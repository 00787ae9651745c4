/* parquet.h - tables of the Parquet format (github.com/apache/parquet-format) read row by row: each
 * row becomes one JSON object. A file is mapped; its footer is read at once, its pages one after
 * another for every column, so that memory holds a page and a dictionary a column and never the
 * file. Nothing that the file says is believed before it is checked. */
#ifndef SC_FORMAT_PARQUET_PARQUET_H
#define SC_FORMAT_PARQUET_PARQUET_H

#include "base/alloc.h"
#include "base/file.h"

typedef enum { /* in the format's numbers */
               SC_PARQUET_BOOLEAN,
               SC_PARQUET_INT32,
               SC_PARQUET_INT64,
               SC_PARQUET_INT96,
               SC_PARQUET_FLOAT,
               SC_PARQUET_DOUBLE,
               SC_PARQUET_BYTE_ARRAY,
               SC_PARQUET_FIXED,
               SC_PARQUET_GROUP /* ours: no values of its own */
} sc_parquet_type;

typedef enum {
    SC_PARQUET_REQUIRED,
    SC_PARQUET_OPTIONAL,
    SC_PARQUET_REPEATED
} sc_parquet_repetition;

typedef enum { /* what a value means */
#define LOGICAL(id, name, number, types, print) SC_PARQUET_##id,
#include "format/parquet/logical.def"
#undef LOGICAL
} sc_parquet_logical;

typedef enum { /* how a group is written as JSON */
               SC_PARQUET_STRUCT,
               SC_PARQUET_LIST_OF, /* its repeated child is the list: of `element` */
               SC_PARQUET_MAP_OF,  /* its repeated child holds a key and a value */
} sc_parquet_shape;

enum { SC_PARQUET_MAX_DEPTH = 32, SC_PARQUET_PATH_BYTES = 200 };

typedef struct {
    const char *name;
    size_t n_name;
    sc_parquet_type type;
    sc_parquet_repetition repetition;
    sc_parquet_logical logical;
    sc_parquet_shape shape;
    int length;           /* bytes of a FIXED value */
    int scale, precision; /* of a DECIMAL */
    int digits;           /* of a second's fraction, of TIME and TIMESTAMP: 3, 6, 9 */
    bool utc;             /* TIME, TIMESTAMP: adjusted to UTC */
    bool is_unsigned;     /* INTEGER */
    int bits;             /* INTEGER */
    int64_t parent;       /* -1 for the root */
    int64_t end;          /* one past the last node below this one: nodes are in preorder */
    int64_t element;      /* LIST_OF: the node of the elements */
    int64_t column;       /* of the first leaf at or below this node */
    int max_def, max_rep; /* Dremel levels (Melnik et al. 2010), of this node */
} sc_parquet_node;

typedef struct {
    sc_parquet_type type;
    int codec;          /* of sc__parquet_codec_name */
    uint32_t encodings; /* bit e: encoding e is used */
    int64_t n_values;   /* with nulls */
    int64_t compressed, uncompressed;
    int64_t data_at, dictionary_at; /* file offsets; dictionary_at 0: none */
} sc_parquet_chunk;

typedef struct {
    int64_t n_rows, bytes;          /* bytes: uncompressed, as the file says */
    const sc_parquet_chunk *chunks; /* one a column */
} sc_parquet_group;

typedef struct {
    const char *key, *value; /* value may hold any bytes; a zero follows it */
    size_t n_key, n_value;
} sc_parquet_pair;

typedef struct {
    const char *path;
    int64_t version, n_rows;
    const char *created_by; /* "" when not told */
    sc_parquet_node *nodes; /* preorder; 0 is the root */
    int64_t n_nodes;
    int64_t *leaves; /* node of each column */
    int64_t n_columns;
    sc_parquet_group *groups;
    int64_t n_groups;
    sc_parquet_pair *metadata;
    int64_t n_metadata;
    /* the rest is the module's own */
    const unsigned char *data;
    size_t size, footer_at;
    sc_map map;
    sc_arena arena;
} sc_parquet;

/* SC_FORMAT: not Parquet, encrypted, or a footer that contradicts itself. *out is NULL then. */
SC_MUST_USE sc_status sc__parquet_open(sc_parquet **out, const char *path);
/* The same from bytes, which are borrowed until close; `name` stands for the path. */
SC_MUST_USE sc_status sc__parquet_parse(sc_parquet **out, const void *bytes, size_t n,
                                        const char *name);
void sc__parquet_close(sc_parquet *f); /* NULL is fine */
/* Whether these first bytes of a file are those of a Parquet file. */
bool sc__parquet_is(const void *bytes, size_t n);

/* "a.b.c" of a node, cut where it is longer. Returns `to`. */
const char *sc__parquet_path(const sc_parquet *f, int64_t node, char to[SC_PARQUET_PATH_BYTES]);
/* Appends the schema in the format's own notation ("message m {" ...). */
void sc__parquet_print_schema(sc_buffer *out, const sc_parquet *f);
/* Names in the format's spelling; "unknown" for a number that has none. */
const char *sc__parquet_type_name(sc_parquet_type t);
const char *sc__parquet_codec_name(int codec);
const char *sc__parquet_encoding_name(int encoding);
/* "STRING", "DECIMAL(9,2)", "TIMESTAMP(MICROS,UTC)" appended; nothing where there is no meaning. */
void sc__parquet_print_logical(sc_buffer *out, const sc_parquet_node *n);

/* ---- rows -------------------------------------------------------------------------------------
 */

typedef struct {
    const char *const *columns; /* top-level fields, or fields of structs as "a.b"; NULL: all */
    int n_columns;
    size_t max_memory; /* bytes of all pages and dictionaries held at a time; 0: 1 GiB */
    size_t max_row;    /* bytes of a row's JSON; 0: 1 GiB */
} sc_parquet_options;

typedef struct sc_parquet_rows sc_parquet_rows;

/* Reads `f`, which must outlive it, from the first row; any number of readers at a time. o may be
 * NULL. SC_USAGE: no such column; SC_FORMAT: a column whose type makes no sense. */
SC_MUST_USE sc_status sc__parquet_rows_open(sc_parquet_rows **out, const sc_parquet *f,
                                            const sc_parquet_options *o);
/* Appends the next row to `out`, {"name":value,...} in the order of the schema, without a line end;
 * SC_DONE after the last. SC_FORMAT names file, column, byte and rows: a row that is too long, or
 * the rest of a row group that is damaged, whose part in `out` means nothing; who calls again gets
 * what follows. How values are written: docs/data.md. */
SC_MUST_USE sc_status sc__parquet_rows_next(sc_buffer *out, sc_parquet_rows *r);
int64_t sc__parquet_rows_number(const sc_parquet_rows *r);   /* of the row given last, from 1 */
int64_t sc__parquet_rows_replaced(const sc_parquet_rows *r); /* invalid UTF-8 sequences so far */
void sc__parquet_rows_close(sc_parquet_rows *r);             /* NULL is fine */

#endif
