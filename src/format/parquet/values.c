/* values.c - see values.h; Encodings.md of the format has a section for each function here. */
#include "format/parquet/values.h"

#include "base/alloc.h"
#include "format/parquet/metadata.h"

#include <string.h>

size_t sc__parquet_width(const sc_parquet_node *n) {
    static const size_t widths[] = {0, 4, 8, 12, 4, 8, 0};
    return n->type == SC_PARQUET_FIXED ? (size_t)n->length : widths[n->type];
}

static sc_status cut(void) {
    return SC_FAIL(SC_FORMAT, "the page holds fewer values than it says");
}

/* ---- PLAIN ----------------------------------------------------------------------------------- */

static sc_status next_fixed(sc_parquet_value *out, sc_parquet_values *v) {
    if ((size_t)(v->end - v->p) < v->width) return cut();
    *out = (sc_parquet_value){v->p, v->width};
    v->p += v->width;
    return SC_OK;
}

static sc_status next_bytes(sc_parquet_value *out, sc_parquet_values *v) {
    uint32_t n;
    const size_t left = (size_t)(v->end - v->p);
    if (left < sizeof n) return cut();
    memcpy(&n, v->p, sizeof n);
    if (n > left - sizeof n)
        return SC_FAIL(SC_FORMAT, "a value of %u bytes where the page has %zu left", n,
                       left - sizeof n);
    *out = (sc_parquet_value){v->p + sizeof n, n};
    v->p += sizeof n + n;
    return SC_OK;
}

/* ---- BOOLEAN --------------------------------------------------------------------------------- */

static sc_status next_bit(sc_parquet_value *out, sc_parquet_values *v) {
    if (v->i / 8 >= (size_t)(v->end - v->p)) return cut();
    v->scratch[0] = v->p[v->i / 8] >> v->i % 8 & 1;
    v->i++;
    *out = (sc_parquet_value){v->scratch, 1};
    return SC_OK;
}

static sc_status next_run_bit(sc_parquet_value *out, sc_parquet_values *v) {
    uint32_t bit;
    if (!sc__hybrid_next(&bit, &v->indices)) return cut();
    v->scratch[0] = (unsigned char)bit;
    *out = (sc_parquet_value){v->scratch, 1};
    return SC_OK;
}

static sc_status begin_rle(sc_parquet_values *v, const sc_parquet_node *node) {
    sc_parquet_value runs = {0};
    (void)node;
    if (v->p == v->end) { /* a page of nulls */
        sc__hybrid_init(&v->indices, v->p, 0, 1);
    } else {
        SC_TRY(next_bytes(&runs, v));
        sc__hybrid_init(&v->indices, runs.p, runs.n, 1);
    }
    v->next = next_run_bit;
    return SC_OK;
}

static sc_status begin_plain(sc_parquet_values *v, const sc_parquet_node *node) {
    v->next = node->type == SC_PARQUET_BOOLEAN ? next_bit : v->width ? next_fixed : next_bytes;
    return SC_OK;
}

/* ---- dictionaries ---------------------------------------------------------------------------- */

static sc_status next_of_dictionary(sc_parquet_value *out, sc_parquet_values *v) {
    const sc_parquet_dictionary *d = v->dictionary;
    uint32_t i;
    if (!sc__hybrid_next(&i, &v->indices)) return cut();
    if (i >= d->n)
        return SC_FAIL(SC_FORMAT, "value %u of a dictionary of %lld", i, (long long)d->n);
    if (d->width)
        *out = (sc_parquet_value){d->data + i * d->width, d->width};
    else
        *out = (sc_parquet_value){d->data + d->starts[i], d->starts[i + 1] - d->starts[i] - 4};
    return SC_OK;
}

static sc_status begin_dictionary(sc_parquet_values *v, const sc_parquet_node *node) {
    (void)node;
    if (!v->dictionary) return SC_FAIL(SC_FORMAT, "values of a dictionary that is not there");
    const int width = v->p < v->end ? *v->p++ : 0; /* no byte at all: a page of nulls */
    if (width > 32) return SC_FAIL(SC_FORMAT, "dictionary indices of %d bits", width);
    sc__hybrid_init(&v->indices, v->p, (size_t)(v->end - v->p), width);
    v->next = next_of_dictionary;
    return SC_OK;
}

/* Places of the values, each four bytes of length and what follows; the last is where they end. */
static sc_status index_dictionary(sc_parquet_dictionary *d, const unsigned char *p, size_t n) {
    sc_parquet_values v = {.p = p, .end = p + n};
    sc_parquet_value value;
    if ((uint64_t)d->n > n / 4) return cut();
    d->starts = sc__alloc(((size_t)d->n + 1) * sizeof *d->starts);
    if (!d->starts) return SC_FAIL(SC_NOMEM, "a dictionary of %lld values", (long long)d->n);
    d->starts[0] = 4;
    for (int64_t i = 0; i < d->n; i++) {
        SC_TRY(next_bytes(&value, &v));
        d->starts[i + 1] = (uint32_t)(v.p - p) + 4;
    }
    return SC_OK;
}

sc_status sc__parquet_dictionary_read(sc_parquet_dictionary *d, const sc_parquet_node *node,
                                      const unsigned char *p, size_t n, int64_t n_values) {
    sc__free(d->starts);
    *d = (sc_parquet_dictionary){.data = p, .n = n_values, .width = sc__parquet_width(node)};
    if (node->type == SC_PARQUET_BOOLEAN)
        return SC_FAIL(SC_FORMAT, "a dictionary of BOOLEAN, which is not supported");
    if (!d->width) return index_dictionary(d, p, n);
    return (uint64_t)n_values > n / d->width ? cut() : SC_OK;
}

/* ---- DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY -------------------------- */

static sc_status next_delta(sc_parquet_value *out, sc_parquet_values *v) {
    int64_t x;
    SC_TRY(sc__delta_next(&x, &v->numbers));
    memcpy(v->scratch, &x, sizeof x);
    *out = (sc_parquet_value){v->scratch, v->width};
    return SC_OK;
}

static sc_status begin_delta(sc_parquet_values *v, const sc_parquet_node *node) {
    (void)node;
    v->next = next_delta;
    return v->p == v->end ? SC_OK : sc__delta_init(&v->numbers, v->p, (size_t)(v->end - v->p));
}

static sc_status next_length(sc_parquet_value *out, sc_parquet_values *v) {
    int64_t n;
    SC_TRY(sc__delta_next(&n, &v->numbers));
    if (n < 0 || n > v->end - v->p)
        return SC_FAIL(SC_FORMAT, "a value of %lld bytes where the page has %td left", (long long)n,
                       v->end - v->p);
    *out = (sc_parquet_value){v->p, (size_t)n};
    v->p += n;
    return SC_OK;
}

/* The packed integers at v->p, which is moved behind them. */
static sc_status begin_numbers(sc_delta *d, sc_parquet_values *v) {
    if (v->p == v->end) return SC_OK;
    SC_TRY(sc__delta_init(d, v->p, (size_t)(v->end - v->p)));
    return sc__delta_end(&v->p, *d);
}

static sc_status begin_lengths(sc_parquet_values *v, const sc_parquet_node *node) {
    (void)node;
    v->next = next_length;
    return begin_numbers(&v->numbers, v);
}

static sc_status next_suffix(sc_parquet_value *out, sc_parquet_values *v) {
    sc_parquet_value suffix;
    int64_t prefix;
    SC_TRY(sc__delta_next(&prefix, &v->prefixes));
    SC_TRY(next_length(&suffix, v));
    if (prefix < 0 || (uint64_t)prefix > v->last.len)
        return SC_FAIL(SC_FORMAT, "a value that shares %lld bytes with one of %zu",
                       (long long)prefix, v->last.len);
    v->last.len = (size_t)prefix;
    sc__buffer_append(&v->last, suffix.p, suffix.n);
    SC_TRY(v->last.status);
    if (v->width && v->last.len != v->width)
        return SC_FAIL(SC_FORMAT, "a value of %zu bytes among those of %zu", v->last.len, v->width);
    *out = (sc_parquet_value){(const unsigned char *)v->last.data, v->last.len};
    return SC_OK;
}

static sc_status begin_suffixes(sc_parquet_values *v, const sc_parquet_node *node) {
    (void)node;
    v->next = next_suffix;
    SC_TRY(begin_numbers(&v->prefixes, v));
    return begin_numbers(&v->numbers, v);
}

/* ---- BYTE_STREAM_SPLIT ----------------------------------------------------------------------- */

static sc_status next_split(sc_parquet_value *out, sc_parquet_values *v) {
    if (v->i >= v->n) return cut();
    sc__buffer_clear(&v->last);
    unsigned char *to = sc__buffer_extend(&v->last, v->width);
    if (!to) return v->last.status;
    for (size_t b = 0; b < v->width; b++) to[b] = v->p[b * v->n + v->i];
    v->i++;
    *out = (sc_parquet_value){to, v->width};
    return SC_OK;
}

static sc_status begin_split(sc_parquet_values *v, const sc_parquet_node *node) {
    (void)node;
    const size_t bytes = (size_t)(v->end - v->p);
    v->next = next_split;
    v->n = bytes / v->width;
    if (bytes % v->width)
        return SC_FAIL(SC_FORMAT, "%zu bytes of values of %zu bytes each", bytes, v->width);
    return SC_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

enum {
    BOOLEAN = 1 << SC_PARQUET_BOOLEAN,
    INTS = 1 << SC_PARQUET_INT32 | 1 << SC_PARQUET_INT64,
    FLOATS = 1 << SC_PARQUET_FLOAT | 1 << SC_PARQUET_DOUBLE,
    BYTES = 1 << SC_PARQUET_BYTE_ARRAY,
    FIXED = 1 << SC_PARQUET_FIXED,
    ANY = -1
};

static const struct {
    int types;
    sc_status (*begin)(sc_parquet_values *v, const sc_parquet_node *node);
} encodings[] = {
    [SC_PARQUET_PLAIN] = {ANY, begin_plain},
    [SC_PARQUET_PLAIN_DICTIONARY] = {~BOOLEAN, begin_dictionary},
    [SC_PARQUET_RLE] = {BOOLEAN, begin_rle},
    [SC_PARQUET_DELTA_BINARY_PACKED] = {INTS, begin_delta},
    [SC_PARQUET_DELTA_LENGTH_BYTE_ARRAY] = {BYTES, begin_lengths},
    [SC_PARQUET_DELTA_BYTE_ARRAY] = {BYTES | FIXED, begin_suffixes},
    [SC_PARQUET_RLE_DICTIONARY] = {~BOOLEAN, begin_dictionary},
    [SC_PARQUET_BYTE_STREAM_SPLIT] = {INTS | FLOATS | FIXED, begin_split},
};

sc_status sc__parquet_values_begin(sc_parquet_values *v, const sc_parquet_node *node, int encoding,
                                   const unsigned char *p, size_t n) {
    const bool known = encoding >= 0 && encoding < SC_LEN(encodings) && encodings[encoding].begin;
    if (!known || !(encodings[encoding].types & 1 << node->type))
        return SC_FAIL(SC_FORMAT, "encoding %s (%d) of %s is not supported",
                       sc__parquet_encoding_name(encoding), encoding,
                       sc__parquet_type_name(node->type));
    v->p = p;
    v->end = p + n;
    v->width = sc__parquet_width(node);
    v->i = v->n = 0;
    v->numbers = v->prefixes = (sc_delta){0};
    sc__buffer_clear(&v->last);
    return encodings[encoding].begin(v, node);
}

void sc__parquet_values_deinit(sc_parquet_values *v) { sc__buffer_deinit(&v->last); }
