/* metadata.h - the parts of Parquet that are written in Thrift: the footer and the page headers
 * (parquet.thrift of apache/parquet-format; its field numbers stand in metadata.c). */
#ifndef SC_FORMAT_PARQUET_METADATA_H
#define SC_FORMAT_PARQUET_METADATA_H

#include "format/parquet/parquet.h"
#include "format/parquet/thrift.h"

/* Reads the footer into f, whose path, data, size and footer_at are set. */
SC_MUST_USE sc_status sc__parquet_read_footer(sc_parquet *f, const unsigned char *end);
/* Levels, shapes and columns of the nodes as the footer lists them: n_children[i] of node i. */
SC_MUST_USE sc_status sc__parquet_build_schema(sc_parquet *f, const int64_t *n_children);

typedef enum {
    SC_PARQUET_DATA_PAGE,
    SC_PARQUET_INDEX_PAGE,
    SC_PARQUET_DICTIONARY_PAGE,
    SC_PARQUET_DATA_PAGE_V2
} sc_parquet_page_type;

enum { /* encodings, in the format's numbers */
       SC_PARQUET_PLAIN = 0,
       SC_PARQUET_PLAIN_DICTIONARY = 2,
       SC_PARQUET_RLE = 3,
       SC_PARQUET_BIT_PACKED = 4,
       SC_PARQUET_DELTA_BINARY_PACKED = 5,
       SC_PARQUET_DELTA_LENGTH_BYTE_ARRAY = 6,
       SC_PARQUET_DELTA_BYTE_ARRAY = 7,
       SC_PARQUET_RLE_DICTIONARY = 8,
       SC_PARQUET_BYTE_STREAM_SPLIT = 9,
};

typedef struct {
    int type; /* sc_parquet_page_type, or one that is to be passed over */
    int64_t compressed, uncompressed;
    bool has_crc;
    uint32_t crc;
    int64_t n_values;
    int encoding, def_encoding, rep_encoding;
    int64_t def_bytes, rep_bytes; /* of version 2 */
    bool is_compressed;
} sc_parquet_page;

/* Reads a page header at t->p, which is left behind it. */
SC_MUST_USE sc_status sc__parquet_read_page(sc_parquet_page *out, sc_thrift *t);

#endif
