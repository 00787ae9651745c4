/* inspect_gguf.c - a GGUF file: its metadata and its tensors. Shapes are written as safetensors
 * has them, the outermost dimension first. */
#include "format/gguf.h"
#include "stage/deployment/inspect_part.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHORT_ARRAY = 8, FIRST_ITEMS = 3 };

/* The number of fewest digits that is the same float: 1e-05, not 9.999999747378752e-06. */
static double shortest(double x) {
    char text[32];
    double y = x;
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        y = strtod(text, NULL);
        if ((float)y == (float)x) break;
    }
    return y;
}

/* Numbers are exact up to 2^53, as JSON readers have them, and reals from 2^63 on. */
static json_t *item(const sc_gguf_value *v, uint64_t i) {
    const double x = sc__gguf_item(v, i);
    if (v->item == SC_GGUF_BOOL) return json_boolean(x != 0);
    if (v->item == SC_GGUF_F32 || v->item == SC_GGUF_F64)
        return x - x == 0 ? json_real(v->item == SC_GGUF_F32 ? shortest(x) : x)
                          : json_string("not finite");
    return x < 0x1p63 ? json_integer((json_int_t)x) : json_real(x);
}

static json_t *items(const sc_gguf_value *v, uint64_t n) {
    const unsigned char *at = v->at;
    json_t *list = json_array();
    for (uint64_t i = 0; list && i < n; i++) {
        if (v->item != SC_GGUF_STRING) {
            json_array_append_new(list, item(v, i));
            continue;
        }
        const sc_gguf_string s = sc__gguf_next_string(&at);
        json_array_append_new(list, sc__inspect_text(s.text, s.n, SC_INSPECT_SHORT));
    }
    return list;
}

static json_t *value(const sc_gguf_value *v) {
    if (v->type == SC_GGUF_STRING) {
        const unsigned char *at = v->at;
        const sc_gguf_string s = sc__gguf_next_string(&at);
        return sc__inspect_text(s.text, s.n, SC_INSPECT_SHORT);
    }
    if (v->type != SC_GGUF_ARRAY) return item(v, 0);
    if (v->n <= SHORT_ARRAY) return items(v, v->n);
    return json_pack("{s:I, s:s, s:o}", "items", (json_int_t)v->n, "type",
                     sc__gguf_value_name(v->item), "first", items(v, FIRST_ITEMS));
}

static json_t *tensor(const sc_gguf_tensor *t, uint64_t bytes) {
    const char *type = sc__gguf_tensor_name(t->type);
    json_t *shape = json_array();
    for (int i = t->n_dims; shape && i-- > 0;)
        json_array_append_new(shape, json_integer((json_int_t)t->dims[i]));
    return json_pack("{s:o, s:o, s:o, s:I}", "name",
                     sc__inspect_text(t->name.text, t->name.n, SC_INSPECT_SHORT), "dtype",
                     type ? json_string(type) : json_sprintf("type %u", t->type), "shape", shape,
                     "bytes", (json_int_t)bytes);
}

static sc_status add_metadata(json_t *o, const sc_gguf *g) {
    json_t *metadata = json_object();
    SC_TRY(sc__inspect_put(o, "metadata", metadata));
    for (uint64_t i = 0; i < g->n_values; i++) {
        json_t *key = sc__inspect_text(g->values[i].key.text, g->values[i].key.n, SC_INSPECT_SHORT);
        const int failed =
            !key || json_object_set_new(metadata, json_string_value(key), value(&g->values[i]));
        json_decref(key);
        if (failed) return SC_FAIL(SC_NOMEM, "%s", g->name);
    }
    return SC_OK;
}

static sc_status add_tensors(json_t *o, const sc_gguf *g) {
    json_t *list = json_array();
    uint64_t n = 0, total = 0;
    sc_status s = SC_OK;
    for (uint64_t i = 0; i < g->n_tensors && s >= 0; i++) {
        uint64_t elements, bytes;
        s = sc__gguf_tensor_size(&elements, &bytes, g, &g->tensors[i]);
        n += elements;
        total += bytes;
        if (s >= 0 && json_array_append_new(list, tensor(&g->tensors[i], bytes)))
            s = SC_FAIL(SC_NOMEM, "%s", g->name);
    }
    if (s >= 0) s = sc__inspect_put(o, "parameters", json_integer((json_int_t)n));
    if (s >= 0) s = sc__inspect_put(o, "tensor_bytes", json_integer((json_int_t)total));
    if (s >= 0) s = sc__inspect_put(o, "tensors", json_incref(list));
    json_decref(list);
    return s;
}

sc_status sc__inspect_gguf(json_t *o, const char *path) {
    sc_gguf g;
    SC_TRY(sc__gguf_open(&g, path));
    sc_status s = sc__inspect_put(o, "kind", json_string("GGUF"));
    if (s >= 0) s = sc__inspect_put(o, "version", json_integer(g.version));
    if (s >= 0) s = add_metadata(o, &g);
    if (s >= 0) s = add_tensors(o, &g);
    sc__gguf_close(&g);
    return s;
}
