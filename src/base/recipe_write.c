/* recipe_write.c - recipes as YAML text: the resolved one, and the commented one that shows every
 * key. Both come from the table of keys, so neither can fall behind it. */
#include "base/file.h"
#include "base/recipe.h"
#include "base/recipe_tree.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { HELP_COLUMN = 34 };

/* Texts that YAML reads back as the same text without quotes. */
static bool is_safe_plain(const char *s) {
    int64_t i;
    double d;
    bool b;
    const sc_yaml v = {.kind = SC_YAML_SCALAR, .is_plain = true, .text = s};
    if (sc__yaml_is_null(&v) || sc__yaml_bool(&b, s) || sc__yaml_int(&i, s) || sc__yaml_real(&d, s))
        return false;
    for (const char *p = s; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_./", *p) && (p == s || *p != '-'))
            return false;
    return true;
}

static void print_scalar(sc_buffer *out, const json_t *v) {
    if (json_is_string(v) && is_safe_plain(json_string_value(v)))
        sc__buffer_puts(out, json_string_value(v));
    else
        sc__json_print(out, v); /* JSON is YAML */
}

static void print_key(sc_buffer *out, const char *key) {
    json_t *k = json_string(key);
    if (k)
        print_scalar(out, k);
    else
        out->status = SC_FAIL(SC_NOMEM, "recipe");
    json_decref(k);
}

static void print_list(sc_buffer *out, const json_t *list) {
    size_t i;
    const json_t *v;
    sc__buffer_putc(out, '[');
    json_array_foreach(list, i, v) {
        if (i) sc__buffer_puts(out, ", ");
        print_scalar(out, v);
    }
    sc__buffer_putc(out, ']');
}

static void print_mapping(sc_buffer *out, const json_t *o, int indent) {
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)o, key, v) {
        sc__buffer_printf(out, "%*s", indent, "");
        print_key(out, key);
        sc__buffer_putc(out, ':');
        if (json_is_object(v) && json_object_size(v)) {
            sc__buffer_putc(out, '\n');
            print_mapping(out, v, indent + 2);
            continue;
        }
        sc__buffer_putc(out, ' ');
        if (json_is_array(v))
            print_list(out, v);
        else
            print_scalar(out, v);
        sc__buffer_putc(out, '\n');
    }
}

sc_status sc__recipe_yaml(sc_buffer *out, sc_recipe *r) {
    json_t *v;
    SC_TRY(sc__recipe_json(&v, r));
    print_mapping(out, v, 0);
    json_decref(v);
    return out->status;
}

/* ---- the commented recipe -------------------------------------------------------------------- */

/* Spaces up to the column of the comments, then the help. */
static void print_help(sc_buffer *out, size_t line_start, const char *help) {
    const size_t width = out->len - line_start;
    const int gap = width < HELP_COLUMN ? (int)(HELP_COLUMN - width) : 2;
    sc__buffer_printf(out, "%*s# %s\n", gap, "", help);
}

/* "{model_type: gpt2, n_layer: 4}" as lines of their own. */
static void print_map_example(sc_buffer *out, const char *example, int indent) {
    sc_arena a = SC_ARENA_INIT;
    sc_yaml *v;
    out->status = sc__yaml_parse(&v, &a, example, strlen(example), "example");
    json_t *o = out->status < 0 ? NULL : sc__yaml_json(v);
    if (o)
        print_mapping(out, o, indent);
    else if (out->status >= 0)
        out->status = SC_FAIL(SC_NOMEM, "recipe");
    json_decref(o);
    sc__arena_deinit(&a);
}

static void print_row(sc_buffer *out, const sc_recipe_key *k, int indent) {
    const char *dot = strrchr(k->name, '.'), *name = dot ? dot + 1 : k->name;
    const char *value = k->dflt ? k->dflt : k->example;
    const bool aside = !value || *value == '#', lines = !aside && k->kind == SC_RECIPE_MAP;
    const size_t start = out->len;
    sc__buffer_printf(out, "%*s%s%s:", indent, "", aside ? "# " : "", name);
    if (value && !lines) sc__buffer_printf(out, " %s", value + (aside ? 2 : 0));
    print_help(out, start, k->help);
    if (lines) print_map_example(out, value, indent + 2);
}

static bool is_below(const char *name, const char *section, size_t n) {
    return !strncmp(name, section, n) && name[n] == '.';
}

/* The rows below a section, one level at a time, wherever they stand in the table. */
static void print_section(sc_buffer *out, const sc_recipe_key *keys, const char *section) {
    const size_t n = strlen(section), skip = n ? n + 1 : 0;
    int indent = n ? 2 : 0;
    for (const char *p = section; *p; p++) indent += *p == '.' ? 2 : 0;
    for (const sc_recipe_key *k = keys; k->name && out->status >= 0; k++) {
        if (n && !is_below(k->name, section, n)) continue;
        const char *dot = strchr(k->name + skip, '.');
        char child[128];
        const size_t n_child = dot ? (size_t)(dot - k->name) : strlen(k->name);
        snprintf(child, sizeof child, "%.*s", (int)n_child, k->name);
        bool is_first = true; /* of this child's rows */
        for (const sc_recipe_key *e = keys; e < k; e++)
            if (!strcmp(e->name, child) || is_below(e->name, child, n_child)) is_first = false;
        if (!is_first) continue;
        if (!n && k != keys) sc__buffer_putc(out, '\n');
        if (dot)
            sc__buffer_printf(out, "%*s%s:\n", indent, "", child + skip);
        else
            print_row(out, k, indent);
        print_section(out, keys, child);
    }
}

void sc__recipe_template(sc_buffer *out, const sc_recipe_key *keys, const char *title) {
    for (const char *p = title; *p;) {
        const size_t line = strcspn(p, "\n");
        sc__buffer_printf(out, "# %.*s\n", (int)line, p);
        p += line + (p[line] == '\n');
    }
    sc__buffer_putc(out, '\n');
    print_section(out, keys, "");
}

sc_status sc__recipe_template_save(const sc_recipe_key *keys, const char *title, const char *path) {
    sc_buffer b = SC_BUFFER_INIT;
    if (sc__path_exists(path)) return SC_FAIL(SC_IO, "%s: is there already", path);
    sc__recipe_template(&b, keys, title);
    sc_status s = b.status;
    if (s >= 0) s = sc__file_write(path, b.data, b.len);
    sc__buffer_deinit(&b);
    return s;
}
