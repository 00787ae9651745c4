/* recipe.c - a YAML tree read through a table of known keys; see recipe.h. */
#include "base/recipe.h"

#include "base/file.h"
#include "base/log.h"
#include "base/recipe_tree.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct sc_recipe {
    sc_arena arena;
    const sc_recipe_key *keys;
    const char *name; /* of the file */
    sc_yaml *root;
};

static const sc_recipe_key *find_row(const sc_recipe_key *keys, const char *name) {
    for (; keys->name; keys++)
        if (!strcmp(keys->name, name)) return keys;
    return NULL;
}

/* Does a row lie below this name ("train" when there is "train.steps")? */
static bool is_section(const sc_recipe_key *keys, const char *name) {
    const size_t n = strlen(name);
    for (; keys->name; keys++)
        if (!strncmp(keys->name, name, n) && keys->name[n] == '.') return true;
    return false;
}

/* The MAP row that `name` lies in, if any. */
static const sc_recipe_key *find_map(const sc_recipe_key *keys, const char *name) {
    for (; keys->name; keys++) {
        const size_t n = strlen(keys->name);
        if (keys->kind == SC_RECIPE_MAP && !strncmp(keys->name, name, n) && name[n] == '.')
            return keys;
    }
    return NULL;
}

static sc_yaml *find_node(const sc_recipe *r, const char *name) {
    sc_yaml *v = r->root;
    for (const char *p = name; v && p;) {
        const char *dot = strchr(p, '.');
        v = v->kind == SC_YAML_MAPPING ? sc__yaml_find(v, p, dot ? (size_t)(dot - p) : strlen(p))
                                       : NULL;
        p = dot ? dot + 1 : NULL;
    }
    return v && !sc__yaml_is_null(v) ? v : NULL;
}

static sc_yaml *read_node(sc_recipe *r, const char *name) {
    sc_assert(find_row(r->keys, name) || find_map(r->keys, name));
    sc_yaml *v = find_node(r, name);
    if (v) v->is_read = true;
    return v;
}

bool sc__recipe_has(const sc_recipe *r, const char *name) {
    sc_assert(find_row(r->keys, name) || find_map(r->keys, name));
    return find_node(r, name) != NULL;
}

/* ---- failures -------------------------------------------------------------------------------- */

static sc_status fail_at(const sc_recipe *r, const sc_yaml *v, const char *name, const char *what) {
    if (v && v->from) return SC_FAIL(SC_USAGE, "%s: %s: %s", v->from, name, what);
    if (v) return SC_FAIL(SC_FORMAT, "%s:%d: %s: %s", r->name, v->line, name, what);
    return SC_FAIL(SC_FORMAT, "%s: %s: %s", r->name, name, what);
}

sc_status sc__recipe_fail(const sc_recipe *r, const char *name, const char *fmt, ...) {
    char what[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return fail_at(r, find_node(r, name), name, what);
}

static const char *last_part(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* " did you mean ...?": among the keys of the same section first, then by the last part of all. */
static sc_status suggest(const char **out, sc_recipe *r, const char *name) {
    size_t n = 0;
    while (r->keys[n].name) n++;
    const char **words = sc__arena_array(&r->arena, n + 1, sizeof *words);
    if (!words) return SC_FAIL(SC_NOMEM, "%s", r->name);
    const size_t n_section = (size_t)(last_part(name) - name);
    size_t n_words = 0;
    for (size_t i = 0; i < n; i++) {
        const char *key = r->keys[i].name;
        if (strncmp(key, name, n_section)) continue;
        const size_t part = strcspn(key + n_section, ".");
        words[n_words] = sc__arena_strndup(&r->arena, key + n_section, part);
        if (!words[n_words++]) return SC_FAIL(SC_NOMEM, "%s", r->name);
    }
    words[n_words] = NULL;
    *out = sc__nearest(name + n_section, words);
    if (*out) return SC_OK;
    for (size_t i = 0; i < n; i++) words[i] = last_part(r->keys[i].name);
    words[n] = NULL;
    const char *near = sc__nearest(name + n_section, words);
    for (size_t i = 0; near && i < n; i++)
        if (!*out && !strcmp(last_part(r->keys[i].name), near)) *out = r->keys[i].name;
    return SC_OK;
}

static sc_status unknown_key(sc_recipe *r, const sc_yaml *v, const char *name) {
    const char *near = NULL;
    char hint[160] = "";
    SC_TRY(suggest(&near, r, name));
    if (near) snprintf(hint, sizeof hint, "; did you mean %s?", near);
    if (v && !v->from)
        return SC_FAIL(SC_FORMAT, "%s:%d: unknown key %s%s", r->name, v->line, name, hint);
    return SC_FAIL(SC_USAGE, "--set: unknown key %s%s", name, hint);
}

/* ---- values ---------------------------------------------------------------------------------- */

static sc_status wrong_kind(const sc_recipe *r, const sc_yaml *v, const char *name,
                            const char *want) {
    char what[256];
    if (v->kind == SC_YAML_SCALAR)
        snprintf(what, sizeof what, "must be %s, is \"%.100s\"%s", want, v->text,
                 v->is_plain ? "" : " in quotes");
    else
        snprintf(what, sizeof what, "must be %s, is a %s", want,
                 v->kind == SC_YAML_MAPPING ? "mapping" : "list");
    return fail_at(r, v, name, what);
}

static bool is_list(const sc_yaml *v) {
    if (v->kind == SC_YAML_SCALAR) return true;
    if (v->kind != SC_YAML_SEQUENCE) return false;
    for (const sc_yaml *c = v->first; c; c = c->next)
        if (c->kind != SC_YAML_SCALAR || sc__yaml_is_null(c)) return false;
    return true;
}

static sc_status check_value(const sc_recipe *r, const sc_recipe_key *row, const sc_yaml *v) {
    int64_t i;
    double d;
    bool b;
    if (sc__yaml_is_null(v)) return SC_OK;
    const bool is_scalar = v->kind == SC_YAML_SCALAR, is_plain = is_scalar && v->is_plain;
    switch (row->kind) {
    case SC_RECIPE_INT:
        if (is_plain && sc__yaml_int(&i, v->text)) return SC_OK;
        return wrong_kind(r, v, row->name, "a whole number");
    case SC_RECIPE_REAL:
        if (is_plain && sc__yaml_real(&d, v->text)) return SC_OK;
        return wrong_kind(r, v, row->name, "a number");
    case SC_RECIPE_BOOL:
        if (is_plain && sc__yaml_bool(&b, v->text)) return SC_OK;
        return wrong_kind(r, v, row->name, "true or false");
    case SC_RECIPE_TEXT:
        return is_scalar ? SC_OK : wrong_kind(r, v, row->name, "a text");
    case SC_RECIPE_LIST:
        return is_list(v) ? SC_OK : wrong_kind(r, v, row->name, "a text or a list of texts");
    case SC_RECIPE_MAP:
        return v->kind == SC_YAML_MAPPING ? SC_OK : wrong_kind(r, v, row->name, "a mapping");
    }
    return SC_OK;
}

static sc_status check_mapping(sc_recipe *r, const sc_yaml *mapping, const char *section,
                               bool free_form) {
    for (const sc_yaml *v = mapping->first; v; v = v->next) {
        const char *name =
            sc__arena_printf(&r->arena, "%s%s%s", section, *section ? "." : "", v->key);
        if (!name) return SC_FAIL(SC_NOMEM, "%s", r->name);
        const sc_recipe_key *row = find_row(r->keys, name);
        const bool section_here = is_section(r->keys, name);
        if (!row && !section_here && !free_form) return unknown_key(r, v, name);
        if (row) SC_TRY(check_value(r, row, v));
        if (!row && section_here && v->kind != SC_YAML_MAPPING && !sc__yaml_is_null(v))
            return wrong_kind(r, v, name, "a mapping");
        if (section_here) SC_TRY(check_mapping(r, v, name, row && row->kind == SC_RECIPE_MAP));
    }
    return SC_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static sc_status build(sc_recipe *r, const char *text, size_t n, const char *name) {
    r->name = sc__arena_strdup(&r->arena, name);
    if (!r->name) return SC_FAIL(SC_NOMEM, "%s", name);
    SC_TRY(sc__yaml_parse(&r->root, &r->arena, text, n, name));
    if (r->root->kind != SC_YAML_MAPPING)
        return SC_FAIL(SC_FORMAT, "%s:%d: a recipe must be a mapping of keys to values", name,
                       r->root->line);
    return check_mapping(r, r->root, "", false);
}

sc_status sc__recipe_parse(sc_recipe **out, const sc_recipe_key *keys, const char *text, size_t n,
                           const char *name) {
    sc_recipe *r = *out = sc__calloc(1, sizeof *r);
    if (!r) return SC_FAIL(SC_NOMEM, "%s", name);
    r->keys = keys;
    sc_status s = build(r, text, n, name);
    if (s < 0) {
        sc__recipe_close(r);
        *out = NULL;
    }
    return s;
}

sc_status sc__recipe_load(sc_recipe **out, const sc_recipe_key *keys, const char *path) {
    *out = NULL;
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = sc__file_read(&b, path, SC_YAML_MAX_BYTES);
    if (s >= 0) s = sc__recipe_parse(out, keys, b.data ? b.data : "", b.len, path);
    sc__buffer_deinit(&b);
    return s;
}

void sc__recipe_close(sc_recipe *r) {
    if (!r) return;
    sc__arena_deinit(&r->arena);
    sc__free(r);
}

/* ---- --set ----------------------------------------------------------------------------------- */

/* The node of a dotted name, made with the mappings above it where they are not there. */
static sc_yaml *make_node(sc_recipe *r, const char *name) {
    sc_yaml *v = r->root;
    for (const char *p = name; p;) {
        const char *dot = strchr(p, '.');
        const size_t n = dot ? (size_t)(dot - p) : strlen(p);
        if (v->kind != SC_YAML_MAPPING) { /* null until now */
            v->kind = SC_YAML_MAPPING;
            v->first = v->last = NULL;
        }
        sc_yaml *child = sc__yaml_find(v, p, n);
        if (!child) {
            child = sc__arena_alloc(&r->arena, sizeof *child);
            if (!child || !(child->key = sc__arena_strndup(&r->arena, p, n))) return NULL;
            child->parent = v;
            if (v->last) v->last->next = child;
            if (!v->first) v->first = child;
            v->last = child;
        }
        v = child;
        p = dot ? dot + 1 : NULL;
    }
    return v;
}

/* A text as the shell gave it is one scalar, also where YAML would see an alias or a comment; only
 * brackets, braces and quotes begin YAML. */
static sc_status parse_value(sc_yaml **out, sc_recipe *r, const sc_recipe_key *row,
                             const char *value) {
    const bool is_yaml =
        row ? (row->kind == SC_RECIPE_LIST && *value == '[') || row->kind == SC_RECIPE_MAP
            : *value && strchr("[{\"'", *value);
    if (is_yaml) return sc__yaml_parse(out, &r->arena, value, strlen(value), "--set");
    sc_yaml *v = *out = sc__arena_alloc(&r->arena, sizeof *v);
    if (!v) return SC_FAIL(SC_NOMEM, "--set");
    v->text = sc__arena_strdup(&r->arena, value);
    v->is_plain = true;
    return v->text ? SC_OK : SC_FAIL(SC_NOMEM, "--set");
}

static void mark_from(sc_yaml *v, const char *from) {
    v->from = from;
    for (sc_yaml *c = v->first; c; c = c->next) mark_from(c, from);
}

sc_status sc__recipe_set(sc_recipe *r, const char *assignment) {
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment)
        return SC_FAIL(SC_USAGE, "--set %s: must be KEY=VALUE", assignment);
    const char *name = sc__arena_strndup(&r->arena, assignment, (size_t)(equals - assignment));
    const char *from = sc__arena_printf(&r->arena, "--set %s", assignment);
    if (!name || !from) return SC_FAIL(SC_NOMEM, "--set");
    const sc_recipe_key *row = find_row(r->keys, name);
    const size_t n = strlen(name);
    if (!row && (!find_map(r->keys, name) || name[n - 1] == '.' || strstr(name, "..")))
        return unknown_key(r, NULL, name);
    sc_yaml *value;
    sc_status s = parse_value(&value, r, row, equals + 1);
    if (s == SC_FORMAT) return sc__fail_context(SC_USAGE, "%s", from);
    SC_TRY(s);
    mark_from(value, from);
    if (row) SC_TRY(check_value(r, row, value));
    if (row && row->kind == SC_RECIPE_MAP) SC_TRY(check_mapping(r, value, name, true));
    sc_yaml *v = make_node(r, name);
    if (!v) return SC_FAIL(SC_NOMEM, "--set");
    const sc_yaml place = *v;
    *v = *value;
    v->key = place.key;
    v->next = place.next;
    v->parent = place.parent;
    v->line = place.line;
    return SC_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *default_of(const sc_recipe *r, const char *name) {
    const sc_recipe_key *row = find_row(r->keys, name);
    return row ? row->dflt : NULL;
}

sc_status sc__recipe_int(int64_t *out, sc_recipe *r, const char *name) {
    const sc_yaml *v = read_node(r, name);
    const char *dflt = default_of(r, name);
    *out = 0;
    if (v && !(v->kind == SC_YAML_SCALAR && v->is_plain && sc__yaml_int(out, v->text)))
        return wrong_kind(r, v, name, "a whole number");
    if (!v && dflt) sc_assert(sc__yaml_int(out, dflt));
    return SC_OK;
}

sc_status sc__recipe_real(double *out, sc_recipe *r, const char *name) {
    const sc_yaml *v = read_node(r, name);
    const char *dflt = default_of(r, name);
    *out = 0;
    if (v && !(v->kind == SC_YAML_SCALAR && v->is_plain && sc__yaml_real(out, v->text)))
        return wrong_kind(r, v, name, "a number");
    if (!v && dflt) sc_assert(sc__yaml_real(out, dflt));
    return SC_OK;
}

sc_status sc__recipe_bool(bool *out, sc_recipe *r, const char *name) {
    const sc_yaml *v = read_node(r, name);
    const char *dflt = default_of(r, name);
    *out = false;
    if (v && !(v->kind == SC_YAML_SCALAR && v->is_plain && sc__yaml_bool(out, v->text)))
        return wrong_kind(r, v, name, "true or false");
    if (!v && dflt) sc_assert(sc__yaml_bool(out, dflt));
    return SC_OK;
}

sc_status sc__recipe_text(const char **out, sc_recipe *r, const char *name) {
    const sc_yaml *v = read_node(r, name);
    *out = v ? v->text : default_of(r, name);
    return v && v->kind != SC_YAML_SCALAR ? wrong_kind(r, v, name, "a text") : SC_OK;
}

sc_status sc__recipe_list(const char *const **out, int64_t *n, sc_recipe *r, const char *name) {
    sc_yaml *v = read_node(r, name);
    const char *dflt = default_of(r, name);
    *out = NULL;
    *n = 0;
    if (!v && dflt) SC_TRY(sc__yaml_parse(&v, &r->arena, dflt, strlen(dflt), name));
    if (!v) return SC_OK;
    if (!is_list(v)) return wrong_kind(r, v, name, "a text or a list of texts");
    const sc_yaml *first = v->kind == SC_YAML_SCALAR ? v : v->first;
    int64_t count = 0;
    for (const sc_yaml *c = first; c; c = v == c ? NULL : c->next) count++;
    const char **texts = sc__arena_array(&r->arena, (size_t)count + 1, sizeof *texts);
    if (!texts) return SC_FAIL(SC_NOMEM, "%s", name);
    for (const sc_yaml *c = first; c; c = v == c ? NULL : c->next) texts[(*n)++] = c->text;
    *out = texts;
    return SC_OK;
}

static void mark_read(sc_yaml *v) {
    v->is_read = true;
    for (sc_yaml *c = v->first; c; c = c->next) mark_read(c);
}

/* Without the keys that have rows of their own. */
static sc_status map_json(json_t **out, const sc_recipe *r, const sc_yaml *v, const char *name) {
    *out = sc__yaml_json(v);
    if (!*out) return SC_FAIL(SC_NOMEM, "%s", name);
    const size_t n = strlen(name);
    for (const sc_recipe_key *k = r->keys; k->name; k++)
        if (!strncmp(k->name, name, n) && k->name[n] == '.') json_object_del(*out, k->name + n + 1);
    return SC_OK;
}

sc_status sc__recipe_map(json_t **out, sc_recipe *r, const char *name) {
    *out = NULL;
    sc_yaml *v = read_node(r, name);
    if (!v) return SC_OK;
    if (v->kind != SC_YAML_MAPPING) return wrong_kind(r, v, name, "a mapping");
    for (sc_yaml *c = v->first; c; c = c->next) {
        const char *child = sc__arena_printf(&r->arena, "%s.%s", name, c->key);
        if (!child) return SC_FAIL(SC_NOMEM, "%s", name);
        if (!find_row(r->keys, child)) mark_read(c);
    }
    return map_json(out, r, v, name);
}

void sc__recipe_finish(const sc_recipe *r) {
    for (const sc_recipe_key *k = r->keys; k->name; k++) {
        const sc_yaml *v = find_node(r, k->name);
        if (!v || v->is_read) continue;
        if (v->from)
            SC_WARN("%s: has no effect with the other settings", v->from);
        else
            SC_WARN("%s:%d: %s has no effect with the other settings", r->name, v->line, k->name);
    }
}

/* ---- the resolved recipe --------------------------------------------------------------------- */

static sc_status value_json(json_t **out, sc_recipe *r, const sc_recipe_key *row) {
    const sc_yaml *v = find_node(r, row->name);
    int64_t i = 0;
    double d = 0;
    bool b = false;
    *out = NULL;
    const char *text = v ? v->text : row->dflt;
    if (!v && !text) return SC_OK;
    if (row->kind == SC_RECIPE_LIST || row->kind == SC_RECIPE_MAP) {
        sc_yaml *parsed;
        if (!v) {
            SC_TRY(sc__yaml_parse(&parsed, &r->arena, text, strlen(text), row->name));
            v = parsed;
        }
        if (row->kind == SC_RECIPE_MAP) return map_json(out, r, v, row->name);
        *out = json_array();
        for (const sc_yaml *c = v->kind == SC_YAML_SCALAR ? v : v->first; c && *out;
             c = v == c ? NULL : c->next)
            json_array_append_new(*out, json_string(c->text));
    } else if (row->kind == SC_RECIPE_INT && sc__yaml_int(&i, text)) {
        *out = json_integer(i);
    } else if (row->kind == SC_RECIPE_REAL && sc__yaml_real(&d, text)) {
        *out = json_real(d);
    } else if (row->kind == SC_RECIPE_BOOL && sc__yaml_bool(&b, text)) {
        *out = json_boolean(b);
    } else {
        *out = json_string(text);
    }
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "%s", row->name);
}

/* Puts a value, adopted, at its dotted name. */
static sc_status place(json_t *root, const char *name, json_t *value) {
    json_t *at = root;
    for (const char *dot; (dot = strchr(name, '.')); name = dot + 1) {
        char part[128];
        snprintf(part, sizeof part, "%.*s", (int)(dot - name), name);
        json_t *child = json_object_get(at, part);
        if (!child && !json_object_set_new(at, part, json_object()))
            child = json_object_get(at, part);
        at = child;
    }
    json_t *there = json_object_get(at, name);
    int failed;
    if (json_is_object(there) && json_is_object(value)) { /* "model" after "model.path" */
        failed = json_object_update(there, value);
        json_decref(value);
    } else {
        failed = json_object_set_new(at, name, value);
    }
    return failed ? SC_FAIL(SC_NOMEM, "%s", name) : SC_OK;
}

sc_status sc__recipe_json(json_t **out, sc_recipe *r) {
    json_t *root = *out = json_object();
    sc_status s = root ? SC_OK : SC_FAIL(SC_NOMEM, "%s", r->name);
    for (const sc_recipe_key *k = r->keys; k->name && s >= 0; k++) {
        json_t *value;
        s = value_json(&value, r, k);
        if (s >= 0 && value) s = place(root, k->name, value);
    }
    if (s < 0) {
        json_decref(root);
        *out = NULL;
    }
    return s;
}
