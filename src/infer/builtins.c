/* builtins.c - the filters, tests, methods and functions of chat templates, as rows. What is not in
 * a table is refused by name. */
#include "infer/template_tree.h"

#include "base/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

typedef const sc_template_arguments *args;

static sc_status made(json_t *v, json_t **out) {
    *out = v;
    return v ? SC_OK : SC_FAIL(SC_NOMEM, "chat template: a value");
}

static sc_status wrong(args a, const char *what) {
    return SC_FAIL(SC_FORMAT, "chat template, line %d: %s", a->line, what);
}

/* The argument of this keyword, or the i-th of those without one; NULL when there is none. */
static json_t *argument(args a, int i, const char *keyword) {
    for (int k = 0; k < a->n; k++)
        if (a->keyword[k] && !strcmp(a->keyword[k], keyword)) return a->v[k];
    return i < a->n && !a->keyword[i] ? a->v[i] : NULL;
}

/* ---- text ------------------------------------------------------------------------------------ */

static sc_status need_text(args a, const json_t *v) {
    return json_is_string(v) ? SC_OK : wrong(a, "a text is needed");
}

static sc_status strip(args a, const json_t *v, int sides, json_t **out) {
    const json_t *set = argument(a, 0, "chars");
    const char *blank = json_is_string(set) ? json_string_value(set) : " \t\n\r\f\v";
    SC_TRY(need_text(a, v));
    const char *s = json_string_value(v);
    size_t n = json_string_length(v);
    for (; sides & 1 && n && *s && strchr(blank, *s); n--) s++;
    while (sides & 2 && n && s[n - 1] && strchr(blank, s[n - 1])) n--;
    return made(json_stringn(s, n), out);
}

#define BUILTIN(id) static sc_status id(sc_template_run *r, json_t *self, args a, json_t **out)
#define UNUSED(x)   ((void)(x))

BUILTIN(trim) {
    UNUSED(r);
    if (!json_is_string(self)) { /* the filter makes text of what it is given */
        sc_buffer b = SC_BUFFER_INIT;
        sc_status s = sc__template_print(&b, self, a->line);
        if (s >= 0) s = made(json_stringn(b.data ? b.data : "", b.len), out);
        sc__buffer_deinit(&b);
        return s;
    }
    return strip(a, self, 3, out);
}
BUILTIN(lstrip) { return UNUSED(r), strip(a, self, 1, out); }
BUILTIN(rstrip) { return UNUSED(r), strip(a, self, 2, out); }
BUILTIN(strip_method) { return UNUSED(r), strip(a, self, 3, out); }

/* Characters without case pass; the case of letters beyond ASCII depends on their neighbours. */
static bool has_case(const char *p, int *n) {
    const utf8proc_int32_t c = (utf8proc_int32_t)sc__utf8_decode(p, n);
    return c >= 0x80 && (utf8proc_toupper(c) != c || utf8proc_tolower(c) != c || c == 0xDF);
}

/* how: 'u' upper, 'l' lower, 't' title, 'c' capitalize. */
static sc_status change_case(args a, const json_t *v, char how, json_t **out) {
    sc_buffer b = SC_BUFFER_INIT;
    bool first = true;
    sc_status status = need_text(a, v);
    const char *s = json_string_value(v);
    int n = 0;
    for (size_t i = 0; status >= 0 && i < json_string_length(v); i += (size_t)n) {
        if (has_case(s + i, &n))
            status = SC_FAIL(SC_UNSUPPORTED,
                             "chat template, line %d: the case of letters beyond ASCII", a->line);
        const bool up = how == 'u' || (first && how != 'l');
        if (n == 1)
            sc__buffer_putc(&b, (char)(up ? toupper(s[i]) : tolower(s[i])));
        else
            sc__buffer_append(&b, s + i, (size_t)n);
        first = how == 't' && !(n == 1 && isalpha(s[i]));
    }
    if (status >= 0) status = b.status;
    if (status >= 0) status = made(json_stringn(b.data ? b.data : "", b.len), out);
    sc__buffer_deinit(&b);
    return status;
}
BUILTIN(upper) { return UNUSED(r), change_case(a, self, 'u', out); }
BUILTIN(lower) { return UNUSED(r), change_case(a, self, 'l', out); }
BUILTIN(title) { return UNUSED(r), change_case(a, self, 't', out); }
BUILTIN(capitalize) { return UNUSED(r), change_case(a, self, 'c', out); }

static sc_status affix(args a, const json_t *v, bool at_end, json_t **out) {
    const json_t *what = argument(a, 0, "prefix");
    SC_TRY(need_text(a, v));
    SC_TRY(need_text(a, what));
    const size_t n = json_string_length(v), m = json_string_length(what);
    const char *from = json_string_value(v) + (at_end && n >= m ? n - m : 0);
    *out = json_boolean(n >= m && !memcmp(from, json_string_value(what), m));
    return SC_OK;
}
BUILTIN(startswith) { return UNUSED(r), affix(a, self, false, out); }
BUILTIN(endswith) { return UNUSED(r), affix(a, self, true, out); }

BUILTIN(split) {
    const json_t *by = argument(a, 0, "sep"), *most = argument(a, 1, "maxsplit");
    UNUSED(r);
    SC_TRY(need_text(a, self));
    if (!json_is_string(by) || !json_string_length(by))
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: split without a separator",
                       a->line);
    const char *s = json_string_value(self), *next;
    int64_t left = json_is_integer(most) ? json_integer_value(most) : INT64_MAX;
    SC_TRY(made(json_array(), out));
    for (; left-- > 0 && (next = strstr(s, json_string_value(by)));
         s = next + json_string_length(by))
        json_array_append_new(*out, json_stringn(s, (size_t)(next - s)));
    json_array_append_new(*out, json_string(s));
    return SC_OK;
}

BUILTIN(replace) {
    const json_t *from = argument(a, 0, "old"), *to = argument(a, 1, "new");
    sc_buffer b = SC_BUFFER_INIT;
    UNUSED(r);
    SC_TRY(need_text(a, self));
    SC_TRY(need_text(a, from));
    SC_TRY(need_text(a, to));
    if (!json_string_length(from)) return wrong(a, "replace of the empty text");
    const char *s = json_string_value(self), *next;
    for (; (next = strstr(s, json_string_value(from))); s = next + json_string_length(from)) {
        sc__buffer_append(&b, s, (size_t)(next - s));
        sc__buffer_puts(&b, json_string_value(to));
    }
    sc__buffer_puts(&b, s);
    sc_status status = b.status;
    if (status >= 0) status = made(json_stringn(b.data ? b.data : "", b.len), out);
    sc__buffer_deinit(&b);
    return status;
}

/* ---- any value ------------------------------------------------------------------------------- */

BUILTIN(tojson) {
    const json_t *indent = argument(a, 0, "indent");
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
    UNUSED(r);
    if (!self) return wrong(a, "tojson of nothing");
    if (json_is_integer(indent) && json_integer_value(indent) > 0 &&
        json_integer_value(indent) < 32)
        flags |= JSON_INDENT((size_t)json_integer_value(indent));
    char *text = json_dumps(self, flags);
    if (!text) return SC_FAIL(SC_NOMEM, "chat template");
    const sc_status s = made(json_string(text), out);
    free(text);
    return s;
}

BUILTIN(string) {
    sc_buffer b = SC_BUFFER_INIT;
    UNUSED(r);
    sc_status s = sc__template_print(&b, self, a->line);
    if (s >= 0) s = made(json_stringn(b.data ? b.data : "", b.len), out);
    sc__buffer_deinit(&b);
    return s;
}

BUILTIN(fallback) {
    json_t *other = argument(a, 0, "default_value");
    UNUSED(r);
    const bool falsy = sc__template_truth(argument(a, 1, "boolean"));
    const bool keep = falsy ? sc__template_truth(self) : self != NULL;
    if (!keep && !other) return made(json_string(""), out);
    *out = json_incref(keep ? self : other);
    return SC_OK;
}

BUILTIN(length) {
    UNUSED(r);
    int64_t n = 0;
    if (json_is_string(self)) {
        const char *s = json_string_value(self);
        for (size_t at = 0; at < json_string_length(self); n++) {
            int size;
            sc__utf8_decode(s + at, &size);
            at += (size_t)size;
        }
    } else if (json_is_array(self) || json_is_object(self))
        n = (int64_t)(json_is_array(self) ? json_array_size(self) : json_object_size(self));
    else
        return wrong(a, "the length of no list");
    return made(json_integer(n), out);
}

static sc_status end_of(args a, const json_t *v, bool last, json_t **out) {
    if (!json_is_array(v))
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: first and last of what is no list",
                       a->line);
    const size_t n = json_array_size(v);
    *out = json_incref(json_array_get(v, last && n ? n - 1 : 0));
    return SC_OK;
}
BUILTIN(first) { return UNUSED(r), end_of(a, self, false, out); }
BUILTIN(last) { return UNUSED(r), end_of(a, self, true, out); }

BUILTIN(join) {
    const json_t *by = argument(a, 0, "d");
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = json_is_array(self) ? SC_OK : wrong(a, "join of no list");
    UNUSED(r);
    for (size_t i = 0; s >= 0 && i < json_array_size(self); i++) {
        if (i && by) s = sc__template_print(&b, by, a->line);
        if (s >= 0) s = sc__template_print(&b, json_array_get(self, i), a->line);
    }
    if (s >= 0) s = made(json_stringn(b.data ? b.data : "", b.len), out);
    sc__buffer_deinit(&b);
    return s;
}

BUILTIN(list_of) {
    UNUSED(r);
    if (!json_is_array(self))
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: list of what is no list", a->line);
    *out = json_incref(self);
    return SC_OK;
}

BUILTIN(items) {
    const char *key;
    json_t *v;
    UNUSED(r);
    if (!json_is_object(self)) return wrong(a, "items of no dictionary");
    SC_TRY(made(json_array(), out));
    json_object_foreach(self, key, v) json_array_append_new(*out, json_pack("[sO]", key, v));
    return SC_OK;
}

BUILTIN(keys) {
    const char *key;
    json_t *v;
    UNUSED(r);
    if (!json_is_object(self)) return wrong(a, "keys of no dictionary");
    SC_TRY(made(json_array(), out));
    json_object_foreach(self, key, v) json_array_append_new(*out, json_string(key));
    return SC_OK;
}

BUILTIN(get) {
    const json_t *key = argument(a, 0, "key");
    UNUSED(r);
    if (!json_is_object(self)) return wrong(a, "get of no dictionary");
    SC_TRY(need_text(a, key));
    json_t *v = json_object_get(self, json_string_value(key));
    if (!v) v = a->n > 1 ? a->v[1] : json_null();
    *out = json_incref(v);
    return SC_OK;
}

/* ---- tests ----------------------------------------------------------------------------------- */

#define TEST_OF(id, expression)                                                                    \
    BUILTIN(id) {                                                                                  \
        UNUSED(r);                                                                                 \
        UNUSED(a);                                                                                 \
        *out = json_boolean(expression);                                                           \
        return SC_OK;                                                                              \
    }
TEST_OF(is_defined, self != NULL)
TEST_OF(is_undefined, self == NULL)
TEST_OF(is_none, json_is_null(self))
TEST_OF(is_string, json_is_string(self))
TEST_OF(is_integer, json_is_integer(self))
TEST_OF(is_number, json_is_number(self) || json_is_boolean(self))
TEST_OF(is_boolean, json_is_boolean(self))
TEST_OF(is_mapping, json_is_object(self))
TEST_OF(is_iterable, json_is_array(self) || json_is_string(self) || json_is_object(self))
TEST_OF(is_true, json_is_true(self))
TEST_OF(is_false, json_is_false(self))
TEST_OF(is_odd, json_is_integer(self) && json_integer_value(self) % 2 != 0)
TEST_OF(is_even, json_is_integer(self) && json_integer_value(self) % 2 == 0)
TEST_OF(is_equal, sc__template_equal(self, argument(a, 0, "other")))

/* ---- functions ------------------------------------------------------------------------------- */

BUILTIN(raise_exception) {
    const json_t *text = argument(a, 0, "message");
    UNUSED(r);
    UNUSED(self);
    *out = NULL;
    return SC_FAIL(SC_USAGE, "chat template: %s",
                   json_is_string(text) ? json_string_value(text) : "it refuses this conversation");
}

BUILTIN(namespace) {
    UNUSED(self);
    SC_TRY(made(json_object(), out));
    for (int i = 0; i < a->n; i++) {
        if (!a->keyword[i]) return wrong(a, "namespace takes name=value");
        json_object_set(*out, a->keyword[i], a->v[i] ? a->v[i] : json_null());
    }
    json_array_append(r->namespaces, *out);
    return SC_OK;
}

BUILTIN(range) {
    const json_t *first = argument(a, 0, "start"), *end = argument(a, 1, "stop");
    UNUSED(r);
    UNUSED(self);
    if (a->n > 2)
        return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: range with a step", a->line);
    if (!json_is_integer(first) || (a->n == 2 && !json_is_integer(end)))
        return wrong(a, "range of no number");
    const int64_t from = a->n == 2 ? json_integer_value(first) : 0;
    const int64_t to = json_integer_value(a->n == 2 ? end : first);
    if (to > from && (uint64_t)to - (uint64_t)from > 100000) return wrong(a, "a range too long");
    SC_TRY(made(json_array(), out));
    for (int64_t i = from; i < to; i++) json_array_append_new(*out, json_integer(i));
    return SC_OK;
}

/* ---- tables ---------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    sc_status (*fn)(sc_template_run *r, json_t *self, args a, json_t **out);
    int most; /* arguments */
} row;

static const row filters[] = {
    {"trim", trim, 1},       {"tojson", tojson, 1},         {"default", fallback, 2},
    {"d", fallback, 2},      {"upper", upper, 0},           {"lower", lower, 0},
    {"title", title, 0},     {"capitalize", capitalize, 0}, {"length", length, 0},
    {"count", length, 0},    {"first", first, 0},           {"last", last, 0},
    {"join", join, 1},       {"string", string, 0},         {"list", list_of, 0},
    {"replace", replace, 2}, {"items", items, 0},           {0},
};
static const row tests[] = {
    {"defined", is_defined, 0},
    {"undefined", is_undefined, 0},
    {"none", is_none, 0},
    {"string", is_string, 0},
    {"integer", is_integer, 0},
    {"number", is_number, 0},
    {"boolean", is_boolean, 0},
    {"mapping", is_mapping, 0},
    {"iterable", is_iterable, 0},
    {"sequence", is_iterable, 0},
    {"true", is_true, 0},
    {"false", is_false, 0},
    {"odd", is_odd, 0},
    {"even", is_even, 0},
    {"equalto", is_equal, 1},
    {"eq", is_equal, 1},
    {0},
};
static const row methods[] = {
    {"strip", strip_method, 1},
    {"lstrip", lstrip, 1},
    {"rstrip", rstrip, 1},
    {"upper", upper, 0},
    {"lower", lower, 0},
    {"title", title, 0},
    {"capitalize", capitalize, 0},
    {"startswith", startswith, 1},
    {"endswith", endswith, 1},
    {"split", split, 2},
    {"replace", replace, 2},
    {"items", items, 0},
    {"keys", keys, 0},
    {"get", get, 2},
    {0},
};
static const row functions[] = {
    {"raise_exception", raise_exception, 1},
    {"namespace", namespace, 4},
    {"range", range, 3},
    {0},
};

sc_status sc__template_call(sc_template_run *r, sc_builtin_kind kind, const char *name,
                            json_t *self, args a, json_t **out) {
    static const struct {
        const char *what;
        const row *rows;
    } tables[] = {
        {"filter", filters}, {"test", tests}, {"method", methods}, {"function", functions}};
    for (const row *b = tables[kind].rows; b->name; b++) {
        if (strcmp(b->name, name)) continue;
        if (a->n > b->most) return wrong(a, "too many arguments");
        return b->fn(r, self, a, out);
    }
    return SC_FAIL(SC_UNSUPPORTED, "chat template, line %d: the %s \"%s\" is not supported",
                   a->line, tables[kind].what, name);
}
