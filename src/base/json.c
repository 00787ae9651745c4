/* json.c - reading and writing JSON through jansson. */
#include "base/json.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t max_json = (size_t)1 << 30;

/* Integers of more than 18 digits with an exponent behind them, and so reals: Python writes them
 * (tokenizer_config.json's model_max_length is often int(1e30)), jansson's integers end at 2^63. */
static void widen(sc_buffer *out, const char *text, size_t n) {
    bool quoted = false;
    for (size_t i = 0, digits = 0; i < n; i++) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        digits = quoted || !digit ? 0 : digits + 1;
        sc__buffer_putc(out, text[i]);
        const char next = i + 1 < n ? text[i + 1] : 0;
        if (digits > 18 && (next < '0' || next > '9') && next != '.' && next != 'e' && next != 'E')
            sc__buffer_puts(out, "e0");
        if (quoted && text[i] == '\\' && i + 1 < n)
            sc__buffer_putc(out, text[++i]);
        else if (text[i] == '"')
            quoted = !quoted;
    }
}

sc_status sc__json_parse(json_t **out, const char *text, size_t n, const char *name) {
    json_error_t e;
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    *out = json_loadb(text, n, flags, &e);
    if (!*out && json_error_code(&e) == json_error_numeric_overflow) {
        sc_buffer wide = SC_BUFFER_INIT;
        widen(&wide, text, n);
        if (wide.status >= 0) *out = json_loadb(wide.data, wide.len, flags, &e);
        sc__buffer_deinit(&wide);
    }
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

typedef struct {
    sc_buffer *out;
    bool lines, sorted;
    int depth;
} printer;

static void print_value(printer *p, const json_t *v);

static void print_string(sc_buffer *out, const char *s, size_t n) {
    sc__buffer_putc(out, '"');
    for (size_t i = 0; i < n; i++) {
        static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
        const char *at = s[i] ? strchr(from, s[i]) : NULL;
        if (at)
            sc__buffer_printf(out, "\\%c", to[at - from]);
        else if ((unsigned char)s[i] < 0x20 || s[i] == 0x7F)
            sc__buffer_printf(out, "\\u%04x", (unsigned char)s[i]);
        else
            sc__buffer_putc(out, s[i]);
    }
    sc__buffer_putc(out, '"');
}

void sc__json_print_real(sc_buffer *out, double d) {
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d) break; /* d is finite */
    }
    sc__buffer_puts(out, text);
    if (!strpbrk(text, ".e")) sc__buffer_puts(out, ".0"); /* still a real when read again */
}

static void new_line(printer *p) {
    if (!p->lines) return;
    sc__buffer_putc(p->out, '\n');
    for (int i = 0; i < p->depth; i++) sc__buffer_puts(p->out, "  ");
}

static void print_member(printer *p, bool first, const char *key, const json_t *v) {
    if (!first) sc__buffer_putc(p->out, ',');
    new_line(p);
    if (key) {
        print_string(p->out, key, strlen(key));
        sc__buffer_puts(p->out, p->lines ? ": " : ":");
    }
    print_value(p, v);
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_members(printer *p, const json_t *o) {
    const size_t n = json_object_size(o);
    const char **keys = sc__calloc(n, sizeof *keys), *key;
    size_t i = 0;
    json_t *v;
    if (!keys) {
        p->out->status = SC_FAIL(SC_NOMEM, "cannot write JSON");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)o, key, v) keys[i++] = key;
    if (p->sorted) qsort(keys, n, sizeof *keys, by_bytes);
    for (i = 0; i < n; i++) print_member(p, i == 0, keys[i], json_object_get(o, keys[i]));
    sc__free(keys);
}

static void print_items(printer *p, const json_t *list) {
    size_t i;
    const json_t *v;
    json_array_foreach(list, i, v) print_member(p, i == 0, NULL, v);
}

static void print_collection(printer *p, const json_t *v) {
    const bool object = json_is_object(v);
    sc__buffer_putc(p->out, object ? '{' : '[');
    if (object ? json_object_size(v) : json_array_size(v)) {
        p->depth++;
        if (object)
            print_members(p, v);
        else
            print_items(p, v);
        p->depth--;
        new_line(p);
    }
    sc__buffer_putc(p->out, object ? '}' : ']');
}

static void print_value(printer *p, const json_t *v) {
    switch (json_typeof(v)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        print_collection(p, v);
        break;
    case JSON_STRING:
        print_string(p->out, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        sc__buffer_printf(p->out, "%lld", (long long)json_integer_value(v));
        break;
    case JSON_REAL:
        sc__json_print_real(p->out, json_real_value(v));
        break;
    case JSON_TRUE:
        sc__buffer_puts(p->out, "true");
        break;
    case JSON_FALSE:
        sc__buffer_puts(p->out, "false");
        break;
    case JSON_NULL:
        sc__buffer_puts(p->out, "null");
        break;
    }
}

void sc__json_print(sc_buffer *out, const json_t *value) {
    printer p = {.out = out};
    print_value(&p, value);
}

void sc__json_print_sorted(sc_buffer *out, const json_t *value) {
    printer p = {.out = out, .sorted = true};
    print_value(&p, value);
}

void sc__json_print_lines(sc_buffer *out, const json_t *value) {
    printer p = {.out = out, .lines = true};
    print_value(&p, value);
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
