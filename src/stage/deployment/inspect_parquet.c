/* inspect_parquet.c - see inspect_part.h. */
#include "stage/deployment/inspect_part.h"

#include "account/files.h"
#include "format/parquet/parquet.h"

#include <string.h>

enum { FIRST_ROWS = 3, LIST_ITEMS = 16, N_ENCODINGS = 32 };

static sc_status no_memory(const sc_parquet *f) { return SC_FAIL(SC_NOMEM, "%s", f->path); }

/* ---- a preview of values --------------------------------------------------------------------- */

static json_t *shorten(json_t *v);

static json_t *shorten_list(const json_t *v) {
    json_t *list = json_array();
    const size_t n = json_array_size(v);
    for (size_t i = 0; list && i < SC_MIN(n, (size_t)LIST_ITEMS); i++)
        json_array_append_new(list, shorten(json_array_get(v, i)));
    if (n > LIST_ITEMS) json_array_append_new(list, json_sprintf("... (%zu items)", n));
    return list;
}

/* The value with long texts and lists cut short; a new reference. */
static json_t *shorten(json_t *v) {
    if (json_is_string(v))
        return sc__inspect_text(json_string_value(v), json_string_length(v), SC_INSPECT_SHORT);
    if (json_is_array(v)) return shorten_list(v);
    if (!json_is_object(v)) return json_incref(v);
    json_t *o = json_object(), *item;
    const char *key;
    json_object_foreach(v, key, item) json_object_set_new(o, key, shorten(item));
    return o;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static sc_status read_rows(json_t *list, sc_buffer *row, sc_parquet_rows *r, const char *path) {
    sc_status s = SC_OK;
    for (int i = 0; i < FIRST_ROWS && s == SC_OK; i++) {
        json_t *v;
        sc__buffer_clear(row);
        s = sc__parquet_rows_next(row, r);
        if (s != SC_OK) break;
        SC_TRY(sc__json_parse(&v, row->data, row->len, path));
        if (json_array_append_new(list, shorten(v))) s = SC_FAIL(SC_NOMEM, "%s", path);
        json_decref(v);
    }
    return s;
}

static sc_status add_rows(json_t *o, const sc_parquet *f) {
    sc_parquet_rows *r;
    sc_buffer row = SC_BUFFER_INIT;
    json_t *list = json_array();
    sc_status s = list ? sc__parquet_rows_open(&r, f, NULL) : no_memory(f);
    if (s >= 0) {
        s = read_rows(list, &row, r, f->path);
        sc__parquet_rows_close(r);
    }
    sc__buffer_deinit(&row);
    if (s == SC_FORMAT) s = sc__inspect_put(o, "rows_not_read", sc__json_text(sc_error_text()));
    if (s >= 0 && json_array_size(list)) s = sc__inspect_put(o, "first_rows", json_incref(list));
    json_decref(list);
    return s;
}

/* ---- the footer ------------------------------------------------------------------------------ */

static json_t *encodings_of(uint32_t mask) {
    sc_buffer b = SC_BUFFER_INIT;
    for (int e = 0; e < N_ENCODINGS; e++)
        if (mask & UINT32_C(1) << e)
            sc__buffer_printf(&b, "%s%s", b.len ? ", " : "", sc__parquet_encoding_name(e));
    json_t *v = json_string(b.data ? b.data : "");
    sc__buffer_deinit(&b);
    return v;
}

static json_t *type_of(const sc_parquet_node *n) {
    sc_buffer b = SC_BUFFER_INIT;
    sc__parquet_print_logical(&b, n);
    json_t *v = b.len ? json_sprintf("%s %s", sc__parquet_type_name(n->type), b.data)
                      : json_string(sc__parquet_type_name(n->type));
    sc__buffer_deinit(&b);
    return v;
}

static json_t *column(const sc_parquet *f, int64_t i) {
    const sc_parquet_node *n = &f->nodes[f->leaves[i]];
    char path[SC_PARQUET_PATH_BYTES];
    int64_t bytes = 0, uncompressed = 0, values = 0;
    const int64_t most = INT64_MAX / (f->n_groups + 1); /* so that lies do not overflow */
    uint32_t encodings = 0;
    const char *codec = f->n_groups ? sc__parquet_codec_name(f->groups[0].chunks[i].codec) : "none";
    for (int64_t g = 0; g < f->n_groups; g++) {
        const sc_parquet_chunk *c = &f->groups[g].chunks[i];
        if (c->codec != f->groups[0].chunks[i].codec) codec = "several";
        bytes += SC_MIN(c->compressed, most);
        uncompressed += SC_MIN(c->uncompressed, most);
        values += SC_MIN(c->n_values, most);
        encodings |= c->encodings;
    }
    sc__parquet_path(f, f->leaves[i], path);
    return json_pack("{s:o, s:o, s:s, s:o, s:I, s:I, s:I}", "column",
                     sc__inspect_text(path, strlen(path), SIZE_MAX), "type", type_of(n),
                     "compression", codec, "encodings", encodings_of(encodings), "values",
                     (json_int_t)values, "bytes", (json_int_t)bytes, "uncompressed_bytes",
                     (json_int_t)uncompressed);
}

static sc_status add_columns(json_t *o, const sc_parquet *f) {
    json_t *list = json_array();
    SC_TRY(sc__inspect_put(o, "columns", list));
    for (int64_t i = 0; i < f->n_columns; i++)
        if (json_array_append_new(list, column(f, i))) return no_memory(f);
    return SC_OK;
}

static sc_status add_groups(json_t *o, const sc_parquet *f) {
    json_t *list = json_array();
    SC_TRY(sc__inspect_put(o, "row_groups", list));
    for (int64_t i = 0; i < f->n_groups; i++) {
        json_t *g = json_pack("{s:I, s:I, s:I}", "row_group", (json_int_t)i, "rows",
                              (json_int_t)f->groups[i].n_rows, "uncompressed_bytes",
                              (json_int_t)f->groups[i].bytes);
        if (json_array_append_new(list, g)) return no_memory(f);
    }
    return SC_OK;
}

static sc_status add_metadata(json_t *o, const sc_parquet *f) {
    if (!f->n_metadata) return SC_OK;
    json_t *metadata = json_object();
    SC_TRY(sc__inspect_put(o, "metadata", metadata));
    for (int64_t i = 0; i < f->n_metadata; i++) {
        const sc_parquet_pair *p = &f->metadata[i];
        json_t *key = sc__inspect_text(p->key, strlen(p->key), SIZE_MAX),
               *value = sc__inspect_text(p->value, p->n_value, SIZE_MAX);
        const int failed =
            !key || !value || json_object_set_new(metadata, json_string_value(key), shorten(value));
        json_decref(key);
        json_decref(value);
        if (failed) return no_memory(f);
    }
    return SC_OK;
}

static sc_status add_facts(json_t *o, const sc_parquet *f) {
    sc_buffer schema = SC_BUFFER_INIT;
    SC_TRY(sc__inspect_put(o, "kind", json_string("Parquet")));
    SC_TRY(sc__inspect_put(o, "rows", json_integer(f->n_rows)));
    SC_TRY(sc__inspect_put(o, "created_by",
                           sc__inspect_text(f->created_by, strlen(f->created_by), SIZE_MAX)));
    SC_TRY(sc__inspect_put(o, "format_version", json_integer(f->version)));
    SC_TRY(add_metadata(o, f));
    sc__parquet_print_schema(&schema, f);
    sc_status s = schema.status;
    if (s >= 0)
        s = sc__inspect_put(o, "schema", sc__inspect_text(schema.data, schema.len, SIZE_MAX));
    sc__buffer_deinit(&schema);
    SC_TRY(s);
    SC_TRY(add_columns(o, f));
    SC_TRY(add_groups(o, f));
    return add_rows(o, f);
}

sc_status sc__inspect_parquet(json_t *o, const char *path) {
    sc_parquet *f;
    SC_TRY(sc__parquet_open(&f, path));
    const sc_status s = add_facts(o, f);
    sc__parquet_close(f);
    return s;
}
