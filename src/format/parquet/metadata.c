/* metadata.c - see metadata.h. One function a Thrift structure; the numbers in the switches are the
 * field numbers of parquet.thrift, fields that are not read are passed over. */
#include "format/parquet/metadata.h"

#include <string.h>

enum { MAX_NODES = 1 << 16, MAX_LENGTH = 1 << 30, MAX_PRECISION = 150 };

typedef struct {
    sc_parquet *f;
    sc_thrift t;
    int64_t *n_children;
    bool encrypted, has_rows;
} reader;

static sc_status no_memory(reader *r) {
    if (r->t.status >= 0) r->t.status = SC_FAIL(SC_NOMEM, "%s: footer", r->f->path);
    return r->t.status;
}

/* n zeroed elements; NULL, with the error kept, when there is no memory. */
static void *array(reader *r, int64_t n, size_t size) {
    void *p = r->t.status < 0 ? NULL : sc__arena_array(&r->f->arena, (size_t)n + 1, size);
    if (!p) no_memory(r);
    return p;
}

static const char *string(reader *r, size_t *n, const sc_thrift_field *f) {
    const char *at = sc__thrift_binary(n, &r->t, f);
    char *copy = array(r, (int64_t)*n, 1);
    if (!at || !copy) return "";
    memcpy(copy, at, *n);
    return copy;
}

/* ---- SchemaElement --------------------------------------------------------------------------- */

/* ConvertedType, by its number: the older way to tell what values mean. */
static const struct {
    sc_parquet_logical logical;
    int bits, digits;
    bool is_unsigned;
} converted[] = {
    {SC_PARQUET_STRING, 0, 0, false},    {SC_PARQUET_MAP, 0, 0, false},
    {SC_PARQUET_MAP, 0, 0, false},       {SC_PARQUET_LIST, 0, 0, false},
    {SC_PARQUET_ENUM, 0, 0, false},      {SC_PARQUET_DECIMAL, 0, 0, false},
    {SC_PARQUET_DATE, 0, 0, false},      {SC_PARQUET_TIME, 0, 3, false},
    {SC_PARQUET_TIME, 0, 6, false},      {SC_PARQUET_TIMESTAMP, 0, 3, false},
    {SC_PARQUET_TIMESTAMP, 0, 6, false}, {SC_PARQUET_INTEGER, 8, 0, true},
    {SC_PARQUET_INTEGER, 16, 0, true},   {SC_PARQUET_INTEGER, 32, 0, true},
    {SC_PARQUET_INTEGER, 64, 0, true},   {SC_PARQUET_INTEGER, 8, 0, false},
    {SC_PARQUET_INTEGER, 16, 0, false},  {SC_PARQUET_INTEGER, 32, 0, false},
    {SC_PARQUET_INTEGER, 64, 0, false},  {SC_PARQUET_JSON, 0, 0, false},
    {SC_PARQUET_BSON, 0, 0, false},      {SC_PARQUET_INTERVAL, 0, 0, false},
};

static sc_parquet_logical logical_of(int number) {
    switch (number) {
#define LOGICAL(id, name, number, types, print)                                                    \
    case (number) ? (number):                                                                      \
        -1 - SC_PARQUET_##id : return SC_PARQUET_##id;
#include "format/parquet/logical.def"
#undef LOGICAL
    default:
        return SC_PARQUET_NONE; /* newer than this reader: its bytes are still readable */
    }
}

static int read_unit(sc_thrift *t, const sc_thrift_field *field) {
    int digits = 0;
    sc__thrift_struct(t, field);
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t); sc__thrift_skip(t, &f))
        if (f.id >= 1 && f.id <= 3) digits = 3 * f.id;
    if (!digits) sc__thrift_fail(t, "an unknown unit of time");
    return digits;
}

/* DecimalType, TimeType, TimestampType, IntType; the others are empty. */
static void read_parameters(sc_parquet_node *n, sc_thrift *t) {
    const bool is_time = n->logical == SC_PARQUET_TIME || n->logical == SC_PARQUET_TIMESTAMP;
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (is_time && f.id == 1)
            n->utc = sc__thrift_bool(t, &f);
        else if (is_time && f.id == 2)
            n->digits = read_unit(t, &f);
        else if (n->logical == SC_PARQUET_DECIMAL && f.id == 1)
            n->scale = (int)sc__thrift_int(t, &f, 0, MAX_PRECISION);
        else if (n->logical == SC_PARQUET_DECIMAL && f.id == 2)
            n->precision = (int)sc__thrift_int(t, &f, 1, MAX_PRECISION);
        else if (n->logical == SC_PARQUET_INTEGER && f.id == 1)
            n->bits = (int)sc__thrift_int(t, &f, 8, 64);
        else if (n->logical == SC_PARQUET_INTEGER && f.id == 2)
            n->is_unsigned = !sc__thrift_bool(t, &f);
        else
            sc__thrift_skip(t, &f);
    }
}

static void read_logical(sc_parquet_node *n, sc_thrift *t, const sc_thrift_field *field) {
    sc__thrift_struct(t, field);
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        const sc_parquet_logical logical = logical_of(f.id);
        if (logical == SC_PARQUET_NONE) {
            sc__thrift_skip(t, &f);
            continue;
        }
        n->logical = logical;
        sc__thrift_struct(t, &f);
        read_parameters(n, t);
    }
}

static void apply_converted(sc_parquet_node *n, int64_t number) {
    if (number < 0 || number >= SC_LEN(converted) || n->logical != SC_PARQUET_NONE) return;
    n->logical = converted[number].logical;
    n->bits = converted[number].bits;
    n->is_unsigned = converted[number].is_unsigned;
    n->digits = converted[number].digits;
    n->utc = n->digits > 0;
}

static void read_element(reader *r, sc_parquet_node *n, int64_t *n_children) {
    sc_thrift *t = &r->t;
    int64_t meaning = -1;
    bool named = false;
    *n = (sc_parquet_node){.name = "", .type = SC_PARQUET_GROUP};
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (f.id == 1) {
            n->type = (sc_parquet_type)sc__thrift_int(t, &f, 0, SC_PARQUET_FIXED);
        } else if (f.id == 2) {
            n->length = (int)sc__thrift_int(t, &f, 0, MAX_LENGTH);
        } else if (f.id == 3) {
            n->repetition = (sc_parquet_repetition)sc__thrift_int(t, &f, 0, SC_PARQUET_REPEATED);
        } else if (f.id == 4) {
            n->name = string(r, &n->n_name, &f);
            named = true;
        } else if (f.id == 5) {
            *n_children = sc__thrift_int(t, &f, 0, MAX_NODES);
        } else if (f.id == 6) {
            meaning = sc__thrift_int(t, &f, INT32_MIN, INT32_MAX);
        } else if (f.id == 7) {
            n->scale = (int)sc__thrift_int(t, &f, 0, MAX_PRECISION);
        } else if (f.id == 8) {
            n->precision = (int)sc__thrift_int(t, &f, 0, MAX_PRECISION);
        } else if (f.id == 10) {
            read_logical(n, t, &f);
        } else {
            sc__thrift_skip(t, &f);
        }
    }
    if (!named) sc__thrift_fail(t, "a schema element without a name");
    apply_converted(n, meaning);
}

static void read_schema(reader *r, const sc_thrift_field *field) {
    sc_thrift *t = &r->t;
    sc_thrift_field item;
    t->inside = "footer: schema";
    const int64_t n = sc__thrift_list(&item, t, field, 5);
    if (n < 1 || n > MAX_NODES || r->f->n_nodes) sc__thrift_fail(t, "not one schema");
    r->f->nodes = array(r, n, sizeof *r->f->nodes);
    r->n_children = array(r, n, sizeof *r->n_children);
    if (t->status < 0) return;
    r->f->n_nodes = n;
    for (int64_t i = 0; i < n && t->status >= 0; i++) {
        sc__thrift_struct(t, &item);
        read_element(r, &r->f->nodes[i], &r->n_children[i]);
    }
    if (t->status >= 0) t->status = sc__parquet_build_schema(r->f, r->n_children);
}

/* ---- RowGroup, ColumnChunk, ColumnMetaData --------------------------------------------------- */

static uint32_t read_encodings(sc_thrift *t, const sc_thrift_field *field) {
    sc_thrift_field item;
    uint32_t mask = 0;
    const int64_t n = sc__thrift_list(&item, t, field, 1);
    for (int64_t i = 0; i < n && t->status >= 0; i++) {
        const int64_t e = sc__thrift_int(t, &item, INT32_MIN, INT32_MAX);
        if (e >= 0 && e < 32) mask |= UINT32_C(1) << e;
    }
    return mask;
}

static void read_column_metadata(sc_parquet_chunk *c, sc_thrift *t) {
    unsigned seen = 0;
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (f.id > 0 && f.id < 32) seen |= 1u << f.id;
        switch (f.id) {
        case 1:
            c->type = (sc_parquet_type)sc__thrift_int(t, &f, 0, SC_PARQUET_FIXED);
            break;
        case 2:
            c->encodings = read_encodings(t, &f);
            break;
        case 4:
            c->codec = (int)sc__thrift_int(t, &f, INT32_MIN, INT32_MAX);
            break;
        case 5:
            c->n_values = sc__thrift_int(t, &f, 0, INT64_MAX);
            break;
        case 6:
            c->uncompressed = sc__thrift_int(t, &f, 0, INT64_MAX);
            break;
        case 7:
            c->compressed = sc__thrift_int(t, &f, 0, INT64_MAX);
            break;
        case 9:
            c->data_at = sc__thrift_int(t, &f, 0, INT64_MAX);
            break;
        case 11:
            c->dictionary_at = sc__thrift_int(t, &f, 0, INT64_MAX);
            break;
        default:
            sc__thrift_skip(t, &f);
        }
    }
    const unsigned needed = 1u << 1 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 9;
    if ((seen & needed) != needed)
        sc__thrift_fail(t, "a required field of ColumnMetaData is missing");
}

static void read_chunk(reader *r, sc_parquet_chunk *c, const sc_parquet_node *leaf) {
    sc_thrift *t = &r->t;
    bool described = false;
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (f.id == 1) {
            sc__thrift_fail(t, "a column that lies in another file, which is not supported");
        } else if (f.id == 3) {
            sc__thrift_struct(t, &f);
            read_column_metadata(c, t);
            described = true;
        } else {
            r->encrypted |= f.id == 8 || f.id == 9;
            sc__thrift_skip(t, &f);
        }
    }
    if (!described) sc__thrift_fail(t, "a column chunk without ColumnMetaData");
    if (described && c->type != leaf->type)
        sc__thrift_fail(t, "a column chunk of another type than its column");
}

static void read_chunks(reader *r, sc_parquet_group *g, const sc_thrift_field *field) {
    sc_thrift *t = &r->t;
    sc_thrift_field item;
    const int64_t n = sc__thrift_list(&item, t, field, 13);
    if (t->status >= 0 && n != r->f->n_columns)
        sc__thrift_fail(t,
                        "a row group with more or fewer column chunks than the schema has columns");
    sc_parquet_chunk *chunks = array(r, n, sizeof *chunks);
    for (int64_t i = 0; i < n && t->status >= 0; i++) {
        sc__thrift_struct(t, &item);
        read_chunk(r, &chunks[i], &r->f->nodes[r->f->leaves[i]]);
    }
    g->chunks = chunks;
}

static void read_group(reader *r, sc_parquet_group *g) {
    sc_thrift *t = &r->t;
    bool counted = false;
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (f.id == 1) {
            read_chunks(r, g, &f);
        } else if (f.id == 2) {
            g->bytes = sc__thrift_int(t, &f, INT64_MIN, INT64_MAX);
        } else if (f.id == 3) {
            g->n_rows = sc__thrift_int(t, &f, 0, INT64_MAX);
            counted = true;
        } else {
            sc__thrift_skip(t, &f);
        }
    }
    if (!g->chunks || !counted) sc__thrift_fail(t, "a required field of RowGroup is missing");
}

static void read_groups(reader *r, const sc_thrift_field *field) {
    sc_thrift *t = &r->t;
    sc_thrift_field item;
    t->inside = "footer: row groups";
    if (!r->f->n_nodes || r->f->groups) sc__thrift_fail(t, "row groups before a schema, or twice");
    const int64_t n = sc__thrift_list(&item, t, field, 5);
    r->f->groups = array(r, n, sizeof *r->f->groups);
    for (int64_t i = 0; i < n && t->status >= 0; i++) {
        sc__thrift_struct(t, &item);
        read_group(r, &r->f->groups[i]);
    }
    r->f->n_groups = n;
}

/* ---- FileMetaData ---------------------------------------------------------------------------- */

static void read_pairs(reader *r, const sc_thrift_field *field) {
    sc_thrift *t = &r->t;
    sc_thrift_field item;
    t->inside = "footer: key-value metadata";
    const int64_t n = sc__thrift_list(&item, t, field, 3);
    sc_parquet_pair *pairs = array(r, n, sizeof *pairs);
    for (int64_t i = 0; i < n && t->status >= 0; i++) {
        pairs[i] = (sc_parquet_pair){.key = "", .value = ""};
        sc__thrift_struct(t, &item);
        for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
            if (f.id == 1)
                pairs[i].key = string(r, &pairs[i].n_key, &f);
            else if (f.id == 2)
                pairs[i].value = string(r, &pairs[i].n_value, &f);
            else
                sc__thrift_skip(t, &f);
        }
    }
    r->f->metadata = pairs;
    r->f->n_metadata = t->status < 0 ? 0 : n;
}

static void read_field(reader *r, const sc_thrift_field *f) {
    sc_thrift *t = &r->t;
    size_t n;
    t->inside = "footer";
    if (f->id == 1) {
        r->f->version = sc__thrift_int(t, f, INT32_MIN, INT32_MAX);
    } else if (f->id == 2) {
        read_schema(r, f);
    } else if (f->id == 3) {
        sc__thrift_int(t, f, 0, INT64_MAX);
        r->has_rows = true;
    } else if (f->id == 4) {
        read_groups(r, f);
    } else if (f->id == 5) {
        read_pairs(r, f);
    } else if (f->id == 6) {
        r->f->created_by = string(r, &n, f);
    } else {
        r->encrypted |= f->id == 8;
        sc__thrift_skip(t, f);
    }
    t->inside = "footer";
}

/* The row groups are believed: the footer's own number is 0 in files of some writers. */
static sc_status count_rows(sc_parquet *f) {
    f->n_rows = 0;
    for (int64_t i = 0; i < f->n_groups; i++)
        if (__builtin_add_overflow(f->n_rows, f->groups[i].n_rows, &f->n_rows))
            return SC_FAIL(SC_FORMAT, "%s: footer: row group %lld: %lld rows are more than can be",
                           f->path, (long long)i, (long long)f->groups[i].n_rows);
    return SC_OK;
}

sc_status sc__parquet_read_footer(sc_parquet *f, const unsigned char *end) {
    const unsigned char *p = f->data + f->footer_at;
    reader r = {.f = f, .t = {f->path, f->data, p, end, "footer", SC_OK}};
    f->created_by = "";
    for (sc_thrift_field field = {0}; sc__thrift_next(&field, &r.t);) read_field(&r, &field);
    if (r.encrypted)
        return SC_FAIL(SC_FORMAT, "%s: columns are encrypted, which is not supported", f->path);
    if (r.t.status >= 0 && (!f->n_nodes || !f->groups || !r.has_rows))
        sc__thrift_fail(&r.t, "schema, rows or row groups are missing");
    SC_TRY(r.t.status);
    return count_rows(f);
}

/* ---- PageHeader ------------------------------------------------------------------------------ */

static void read_data_page(sc_parquet_page *h, sc_thrift *t) {
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (f.id == 1)
            h->n_values = sc__thrift_int(t, &f, 0, INT32_MAX);
        else if (f.id == 2)
            h->encoding = (int)sc__thrift_int(t, &f, 0, INT32_MAX);
        else if (f.id == 3)
            h->def_encoding = (int)sc__thrift_int(t, &f, 0, INT32_MAX);
        else if (f.id == 4)
            h->rep_encoding = (int)sc__thrift_int(t, &f, 0, INT32_MAX);
        else
            sc__thrift_skip(t, &f);
    }
}

static void read_data_page_v2(sc_parquet_page *h, sc_thrift *t) {
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (f.id == 1)
            h->n_values = sc__thrift_int(t, &f, 0, INT32_MAX);
        else if (f.id == 4)
            h->encoding = (int)sc__thrift_int(t, &f, 0, INT32_MAX);
        else if (f.id == 5)
            h->def_bytes = sc__thrift_int(t, &f, 0, INT32_MAX);
        else if (f.id == 6)
            h->rep_bytes = sc__thrift_int(t, &f, 0, INT32_MAX);
        else if (f.id == 7)
            h->is_compressed = sc__thrift_bool(t, &f);
        else
            sc__thrift_skip(t, &f);
    }
}

static void read_dictionary_page(sc_parquet_page *h, sc_thrift *t) {
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (f.id == 1)
            h->n_values = sc__thrift_int(t, &f, 0, INT32_MAX);
        else if (f.id == 2)
            h->encoding = (int)sc__thrift_int(t, &f, 0, INT32_MAX);
        else
            sc__thrift_skip(t, &f);
    }
}

sc_status sc__parquet_read_page(sc_parquet_page *h, sc_thrift *t) {
    *h = (sc_parquet_page){.type = -1, .compressed = -1, .uncompressed = -1, .n_values = -1};
    h->def_encoding = h->rep_encoding = SC_PARQUET_RLE;
    h->is_compressed = true;
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) {
        if (f.id == 5 || f.id == 7 || f.id == 8) sc__thrift_struct(t, &f);
        if (f.id == 1) {
            h->type = (int)sc__thrift_int(t, &f, 0, INT32_MAX);
        } else if (f.id == 2) {
            h->uncompressed = sc__thrift_int(t, &f, 0, INT32_MAX);
        } else if (f.id == 3) {
            h->compressed = sc__thrift_int(t, &f, 0, INT32_MAX);
        } else if (f.id == 4) {
            h->crc = (uint32_t)sc__thrift_int(t, &f, INT32_MIN, UINT32_MAX);
            h->has_crc = true;
        } else if (f.id == 5) {
            read_data_page(h, t);
        } else if (f.id == 7) {
            read_dictionary_page(h, t);
        } else if (f.id == 8) {
            read_data_page_v2(h, t);
        } else {
            sc__thrift_skip(t, &f);
        }
    }
    const bool counts = h->type == SC_PARQUET_DATA_PAGE || h->type == SC_PARQUET_DICTIONARY_PAGE ||
                        h->type == SC_PARQUET_DATA_PAGE_V2;
    if (h->type < 0 || h->compressed < 0 || h->uncompressed < 0 || (counts && h->n_values < 0))
        sc__thrift_fail(t, "a required field of the page header is missing");
    return t->status;
}
