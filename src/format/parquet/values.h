/* values.h - the values of a page, whatever their encoding, as bytes one after another. */
#ifndef SC_FORMAT_PARQUET_VALUES_H
#define SC_FORMAT_PARQUET_VALUES_H

#include "base/buffer.h"
#include "format/parquet/packed.h"
#include "format/parquet/parquet.h"

typedef struct {
    const unsigned char *p; /* little-endian as in PLAIN; BOOLEAN: one byte, 0 or 1 */
    size_t n;
} sc_parquet_value;

/* Values of a dictionary page, which is borrowed. */
typedef struct {
    const unsigned char *data;
    int64_t n;
    size_t width;     /* bytes of a value, 0: they differ, and */
    uint32_t *starts; /* n + 1 places of values, each behind its four bytes of length */
} sc_parquet_dictionary;

typedef struct sc_parquet_values sc_parquet_values;
struct sc_parquet_values {
    sc_status (*next)(sc_parquet_value *out, sc_parquet_values *v);
    const unsigned char *p, *end;
    size_t width; /* bytes of a value; 0: they differ */
    uint64_t i, n;
    const sc_parquet_dictionary *dictionary;
    sc_hybrid indices;
    sc_delta numbers, prefixes;
    unsigned char scratch[8];
    sc_buffer last; /* the value that prefixes refer to, or one put together */
};

/* Bytes of a value of this node in PLAIN; 0: they differ, or are bits. */
size_t sc__parquet_width(const sc_parquet_node *n);

/* Begins to read n bytes of `n_values` (not null) values. SC_FORMAT: an encoding that is unknown or
 * not for this type. `v` is zero at first and may be begun again; deinit ends it. */
SC_MUST_USE sc_status sc__parquet_values_begin(sc_parquet_values *v, const sc_parquet_node *node,
                                               int encoding, const unsigned char *p, size_t n);
/* The next value, borrowed until the one after it. */
static inline sc_status sc__parquet_values_next(sc_parquet_value *out, sc_parquet_values *v) {
    return v->next(out, v);
}
void sc__parquet_values_deinit(sc_parquet_values *v);

SC_MUST_USE sc_status sc__parquet_dictionary_read(sc_parquet_dictionary *d,
                                                  const sc_parquet_node *node,
                                                  const unsigned char *p, size_t n,
                                                  int64_t n_values);

#endif
