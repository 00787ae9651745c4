/* thrift.h - reading Thrift's compact protocol (thrift-compact-protocol.md of apache/thrift), which
 * the footer and the page headers of Parquet are written in. Errors are sticky: read freely, ask
 * `status` once; after an error everything is zero and every list and structure has ended. */
#ifndef SC_FORMAT_PARQUET_THRIFT_H
#define SC_FORMAT_PARQUET_THRIFT_H

#include "base/status.h"

typedef struct {
    const char *path;           /* of the file, for the error's text */
    const unsigned char *start; /* of the file */
    const unsigned char *p, *end;
    const char *inside; /* what is being read, for the error's text */
    sc_status status;
} sc_thrift;

typedef enum {
    SC_THRIFT_STOP,
    SC_THRIFT_TRUE,
    SC_THRIFT_FALSE,
    SC_THRIFT_I8,
    SC_THRIFT_I16,
    SC_THRIFT_I32,
    SC_THRIFT_I64,
    SC_THRIFT_DOUBLE,
    SC_THRIFT_BINARY,
    SC_THRIFT_LIST,
    SC_THRIFT_SET,
    SC_THRIFT_MAP,
    SC_THRIFT_STRUCT,
    SC_THRIFT_UUID
} sc_thrift_type;

typedef struct {
    int id, type;
} sc_thrift_field;

/* The next field of a structure; f is {0} before the first. False after the last. */
bool sc__thrift_next(sc_thrift_field *f, sc_thrift *t);
/* The field's value; a value of another type is an error. Integers must lie in low .. high. */
int64_t sc__thrift_int(sc_thrift *t, const sc_thrift_field *f, int64_t low, int64_t high);
bool sc__thrift_bool(sc_thrift *t, const sc_thrift_field *f);
/* Borrowed from the bytes; NULL after an error. */
const char *sc__thrift_binary(size_t *n, sc_thrift *t, const sc_thrift_field *f);
void sc__thrift_struct(sc_thrift *t, const sc_thrift_field *f); /* only checks the type */
/* Elements of a list, each at least `least` bytes long, so that the number cannot lie; *item is
 * what to give as the field of each. */
int64_t sc__thrift_list(sc_thrift_field *item, sc_thrift *t, const sc_thrift_field *f,
                        size_t least);
/* Passes over a value of any type. */
void sc__thrift_skip(sc_thrift *t, const sc_thrift_field *f);
/* Marks the reading as failed, with "PATH: INSIDE: byte N: WHAT". */
void sc__thrift_fail(sc_thrift *t, const char *what);

#endif
