/* recipe_tree.c - libyaml's events to a tree in an arena, and the core schema's scalar types (YAML
 * 1.2.2, section 10.3). Whatever a recipe does not need is refused by name. */
#include "base/recipe_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct {
    sc_arena *arena;
    yaml_parser_t parser;
    const char *name;
    sc_yaml *root, *open; /* the collection being filled */
    const char *key;      /* read, its value not yet */
    int key_line, key_column, depth, n_nodes;
    bool ended;
} builder;

static sc_status no_memory(const builder *b) { return SC_FAIL(SC_NOMEM, "%s", b->name); }

static sc_status parser_error(const builder *b) {
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR) return no_memory(b);
    const bool reading = p->error == YAML_READER_ERROR;
    const char *hint = p->problem && (strstr(p->problem, "alias") || strstr(p->problem, "anchor"))
                           ? " (a text that starts with * or & needs quotes)"
                           : "";
    return SC_FAIL(SC_FORMAT, "%s:%d: not valid YAML: column %d: %s%s", b->name,
                   (int)(reading ? p->mark.line : p->problem_mark.line) + 1,
                   (int)(reading ? p->mark.column : p->problem_mark.column) + 1,
                   p->problem ? p->problem : "unknown problem", hint);
}

#define REFUSE(b, event, ...) refuse(b, (int)(event)->start_mark.line + 1, __VA_ARGS__)
static sc_status refuse(const builder *b, int line, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s:%d: %s", b->name, line, what);
}

static sc_status add(builder *b, const yaml_event_t *e, sc_yaml_kind kind, sc_yaml **out) {
    sc_yaml *v = *out = sc__arena_alloc(b->arena, sizeof *v);
    if (!v) return no_memory(b);
    if (++b->n_nodes > SC_YAML_MAX_NODES) return REFUSE(b, e, "too many values");
    *v = (sc_yaml){.kind = kind,
                   .line = b->key ? b->key_line : (int)e->start_mark.line + 1,
                   .column = b->key ? b->key_column : (int)e->start_mark.column + 1,
                   .key = b->key,
                   .parent = b->open};
    b->key = NULL;
    if (!b->open) {
        b->root = v;
    } else {
        if (b->open->last) b->open->last->next = v;
        if (!b->open->first) b->open->first = v;
        b->open->last = v;
    }
    return SC_OK;
}

static sc_status add_key(builder *b, const yaml_event_t *e) {
    const char *text = (const char *)e->data.scalar.value;
    if (strlen(text) != e->data.scalar.length || !*text)
        return REFUSE(b, e, "a key must be a text that is not empty");
    const sc_yaml *twice = sc__yaml_find(b->open, text, strlen(text));
    if (twice)
        return SC_FAIL(SC_FORMAT, "%s:%d: key %s is given twice (first in line %d)", b->name,
                       (int)e->start_mark.line + 1, text, twice->line);
    b->key = sc__arena_strdup(b->arena, text);
    b->key_line = (int)e->start_mark.line + 1;
    b->key_column = (int)e->start_mark.column + 1;
    return b->key ? SC_OK : no_memory(b);
}

static sc_status scalar(builder *b, const yaml_event_t *e) {
    const char *text = (const char *)e->data.scalar.value;
    if (e->data.scalar.anchor) return REFUSE(b, e, "anchors (&name) are not used in recipes");
    if (e->data.scalar.tag) return REFUSE(b, e, "tags (!name) are not used in recipes");
    if (b->open && b->open->kind == SC_YAML_MAPPING && !b->key) return add_key(b, e);
    if (strlen(text) != e->data.scalar.length)
        return REFUSE(b, e, "a text must not hold a zero byte");
    sc_yaml *v;
    SC_TRY(add(b, e, SC_YAML_SCALAR, &v));
    v->is_plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    v->text = sc__arena_strdup(b->arena, text);
    return v->text ? SC_OK : no_memory(b);
}

static sc_status begin(builder *b, const yaml_event_t *e) {
    const bool mapping = e->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *anchor =
        mapping ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;
    const yaml_char_t *tag = mapping ? e->data.mapping_start.tag : e->data.sequence_start.tag;
    if (anchor) return REFUSE(b, e, "anchors (&name) are not used in recipes");
    if (tag) return REFUSE(b, e, "tags (!name) are not used in recipes");
    if (b->open && b->open->kind == SC_YAML_MAPPING && !b->key)
        return REFUSE(b, e, "a key must be a text");
    if (++b->depth > SC_YAML_MAX_DEPTH) return REFUSE(b, e, "nested too deeply");
    sc_yaml *v;
    SC_TRY(add(b, e, mapping ? SC_YAML_MAPPING : SC_YAML_SEQUENCE, &v));
    b->open = v;
    return SC_OK;
}

static sc_status take(builder *b, const yaml_event_t *e) {
    switch (e->type) {
    case YAML_ALIAS_EVENT:
        return REFUSE(b, e,
                      "aliases (*name) are not used in recipes; a text that starts with * "
                      "needs quotes");
    case YAML_SCALAR_EVENT:
        return scalar(b, e);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return begin(b, e);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        b->open = b->open->parent;
        b->depth--;
        return SC_OK;
    case YAML_DOCUMENT_START_EVENT:
        return b->root ? REFUSE(b, e, "a second document begins here; a recipe is one") : SC_OK;
    case YAML_STREAM_END_EVENT:
        b->ended = true;
        return SC_OK;
    default:
        return SC_OK;
    }
}

sc_status sc__yaml_parse(sc_yaml **out, sc_arena *a, const char *text, size_t n, const char *name) {
    *out = NULL;
    if (n > SC_YAML_MAX_BYTES)
        return SC_FAIL(SC_FORMAT, "%s: larger than %d bytes", name, SC_YAML_MAX_BYTES);
    builder b = {.arena = a, .name = name};
    if (!yaml_parser_initialize(&b.parser)) return no_memory(&b);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, n);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    sc_status s = SC_OK;
    while (s >= 0 && !b.ended) {
        yaml_event_t e;
        if (!yaml_parser_parse(&b.parser, &e)) {
            s = parser_error(&b);
            break;
        }
        s = take(&b, &e);
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&b.parser);
    SC_TRY(s);
    if (!b.root || (sc__yaml_is_null(b.root) && !*b.root->text)) { /* nothing but comments */
        b.root = sc__arena_alloc(a, sizeof *b.root);
        if (!b.root) return no_memory(&b);
        *b.root = (sc_yaml){.kind = SC_YAML_MAPPING, .line = 1, .column = 1};
    }
    *out = b.root;
    return SC_OK;
}

sc_yaml *sc__yaml_find(const sc_yaml *mapping, const char *key, size_t n_key) {
    for (sc_yaml *v = mapping->first; v; v = v->next)
        if (v->key && strlen(v->key) == n_key && !memcmp(v->key, key, n_key)) return v;
    return NULL;
}

/* ---- scalars --------------------------------------------------------------------------------- */

static bool is_one_of(const char *text, const char *const *words) {
    for (; *words; words++)
        if (!strcmp(text, *words)) return true;
    return false;
}

bool sc__yaml_is_null(const sc_yaml *v) {
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    return v->kind == SC_YAML_SCALAR && v->is_plain && is_one_of(v->text, nulls);
}

bool sc__yaml_bool(bool *out, const char *text) {
    static const char *const yes[] = {"true", "True", "TRUE", NULL};
    static const char *const no[] = {"false", "False", "FALSE", NULL};
    *out = is_one_of(text, yes);
    return *out || is_one_of(text, no);
}

bool sc__yaml_int(int64_t *out, const char *text) { /* [-+]?[0-9]+ */
    const char *digits = text + (*text == '-' || *text == '+');
    if (!*digits || strspn(digits, "0123456789") != strlen(digits)) return false;
    errno = 0;
    *out = strtoll(text, NULL, 10);
    return errno == 0;
}

bool sc__yaml_real(double *out, const char *text) { /* no hexadecimal, infinity or NaN */
    if (strspn(text, "+-.0123456789eE") != strlen(text)) return false;
    if (!strpbrk(text, "0123456789")) return false;
    char *end;
    *out = strtod(text, &end);
    return end != text && !*end && *out - *out == 0;
}

static json_t *scalar_json(const sc_yaml *v) {
    int64_t i;
    double d;
    bool b;
    if (!v->is_plain) return json_string(v->text);
    if (sc__yaml_is_null(v)) return json_null();
    if (sc__yaml_bool(&b, v->text)) return json_boolean(b);
    if (sc__yaml_int(&i, v->text)) return json_integer(i);
    if (sc__yaml_real(&d, v->text)) return json_real(d);
    return json_string(v->text);
}

json_t *sc__yaml_json(const sc_yaml *v) {
    if (v->kind == SC_YAML_SCALAR) return scalar_json(v);
    json_t *out = v->kind == SC_YAML_MAPPING ? json_object() : json_array();
    for (const sc_yaml *c = v->first; c && out; c = c->next) {
        json_t *child = sc__yaml_json(c);
        const int failed = v->kind == SC_YAML_MAPPING ? json_object_set_new(out, c->key, child)
                                                      : json_array_append_new(out, child);
        if (!failed) continue;
        json_decref(out);
        out = NULL;
    }
    return out;
}
