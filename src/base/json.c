/* json.c - reading and writing JSON through jansson. */
#include "base/json.h"

#include "base/file.h"

#include <string.h>

static const size_t max_json = (size_t)1 << 30;

sc_status sc__json_parse(json_t **out, const char *text, size_t n, const char *name) {
    json_error_t e;
    *out = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
    if (*out) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: not valid JSON: line %d, column %d: %s", name, e.line, e.column,
                   e.text);
}

sc_status sc__json_load(json_t **out, const char *path) {
    *out = NULL;
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = sc__file_read(&b, path, max_json);
    if (s >= 0) s = sc__json_parse(out, b.data ? b.data : "", b.len, path);
    sc__buffer_deinit(&b);
    return s;
}

static int append(const char *bytes, size_t n, void *out) {
    sc__buffer_append(out, bytes, n);
    return ((sc_buffer *)out)->status < 0 ? -1 : 0;
}

static void dump(sc_buffer *out, const json_t *value, size_t flags) {
    if (json_dump_callback(value, append, out, flags | JSON_ENCODE_ANY) && out->status >= 0)
        out->status = SC_FAIL(SC_NOMEM, "cannot write JSON");
}

void sc__json_print(sc_buffer *out, const json_t *value) { dump(out, value, JSON_COMPACT); }

void sc__json_print_lines(sc_buffer *out, const json_t *value) {
    dump(out, value, JSON_INDENT(2));
    sc__buffer_putc(out, '\n');
}

sc_status sc__json_save(const json_t *value, const char *path) {
    sc_buffer b = SC_BUFFER_INIT;
    sc__json_print_lines(&b, value);
    sc_status s = b.status;
    if (s >= 0) s = sc__file_write(path, b.data, b.len);
    sc__buffer_deinit(&b);
    return s;
}

static const json_t *find(const json_t *o, const char *key) {
    const json_t *v = json_object_get(o, key);
    return v && !json_is_null(v) ? v : NULL;
}

sc_status sc__json_get_int(int64_t *out, const json_t *o, const char *key, int64_t dflt,
                           const char *name) {
    const json_t *v = find(o, key);
    *out = v ? json_integer_value(v) : dflt;
    if (v && !json_is_integer(v))
        return SC_FAIL(SC_FORMAT, "%s: %s: must be a whole number", name, key);
    return SC_OK;
}

sc_status sc__json_get_real(double *out, const json_t *o, const char *key, double dflt,
                            const char *name) {
    const json_t *v = find(o, key);
    *out = v ? json_number_value(v) : dflt;
    if (v && !json_is_number(v)) return SC_FAIL(SC_FORMAT, "%s: %s: must be a number", name, key);
    return SC_OK;
}

sc_status sc__json_get_bool(bool *out, const json_t *o, const char *key, bool dflt,
                            const char *name) {
    const json_t *v = find(o, key);
    *out = v ? json_is_true(v) : dflt;
    if (v && !json_is_boolean(v))
        return SC_FAIL(SC_FORMAT, "%s: %s: must be true or false", name, key);
    return SC_OK;
}

sc_status sc__json_get_string(const char **out, const json_t *o, const char *key, const char *dflt,
                              const char *name) {
    const json_t *v = find(o, key);
    *out = v ? json_string_value(v) : dflt;
    if (v && !json_is_string(v)) return SC_FAIL(SC_FORMAT, "%s: %s: must be a string", name, key);
    return SC_OK;
}
