/* inspect_print.c - what is known of a thing, for people: facts first, then tables. */
#include "account/render.h"
#include "stage/deployment/inspect_part.h"

#include <string.h>

static bool ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), k = strlen(end);
    return n >= k && !strcmp(s + n - k, end);
}

static void print_scalar(sc_buffer *out, const char *name, const json_t *v) {
    if (json_is_integer(v) && ends_with(name, "bytes")) {
        sc__render_bytes(out, json_number_value(v));
    } else if (json_is_string(v)) {
        sc__render_cell(out, json_string_value(v));
    } else {
        sc__json_print(out, v);
    }
}

static bool is_table(const json_t *v) {
    return json_is_array(v) && json_is_object(json_array_get(v, 0));
}

/* A text of lines that are read as they are. */
static bool is_block(const char *name, const json_t *v) {
    return !strcmp(name, "schema") && json_is_string(v);
}

/* Names and values, one a line; what is nested is indented; tables are left for later. */
static void print_facts(sc_buffer *tsv, const json_t *o, int indent) {
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)o, name, v) {
        if (is_table(v) || is_block(name, v) || (json_is_array(v) && !json_array_size(v))) continue;
        sc__buffer_printf(tsv, "%*s", indent, "");
        sc__render_cell(tsv, name);
        if (json_is_object(v)) {
            sc__buffer_puts(tsv, "\t\n");
            print_facts(tsv, v, indent + 2);
            continue;
        }
        sc__buffer_putc(tsv, '\t');
        print_scalar(tsv, name, v);
        sc__buffer_putc(tsv, '\n');
    }
}

/* Rows that are records of their own: one field a line, not one row a line. */
static void print_records(sc_buffer *tsv, const json_t *list) {
    size_t i;
    const json_t *row;
    json_array_foreach(list, i, row) {
        const char *name;
        json_t *v;
        if (i) sc__buffer_puts(tsv, "\t\n");
        json_object_foreach((json_t *)(uintptr_t)row, name, v) {
            sc__render_cell(tsv, name);
            sc__buffer_putc(tsv, '\t');
            print_scalar(tsv, json_is_string(v) ? name : "", v);
            sc__buffer_putc(tsv, '\n');
        }
    }
}

/* The names of the first row, then the rows. */
static void print_table(sc_buffer *tsv, const json_t *list) {
    size_t i;
    const json_t *row = json_array_get(list, 0);
    const char *name, *gap = "";
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)row, name, v) {
        sc__buffer_puts(tsv, gap);
        sc__render_cell(tsv, name);
        gap = "\t";
    }
    sc__buffer_putc(tsv, '\n');
    json_array_foreach(list, i, row) {
        gap = "";
        json_object_foreach((json_t *)(uintptr_t)row, name, v) {
            sc__buffer_puts(tsv, gap);
            print_scalar(tsv, name, v);
            gap = "\t";
        }
        sc__buffer_putc(tsv, '\n');
    }
}

static void print_aligned(sc_buffer *out, sc_buffer *tsv) {
    if (tsv->status >= 0 && tsv->data) sc__render_table(out, tsv->data);
    if (tsv->status < 0 && out->status >= 0) out->status = tsv->status;
    sc__buffer_deinit(tsv);
}

void sc__inspect_print(sc_buffer *out, const json_t *o) {
    sc_buffer facts = SC_BUFFER_INIT;
    const char *name;
    json_t *v;
    print_facts(&facts, o, 0);
    print_aligned(out, &facts);
    json_object_foreach((json_t *)(uintptr_t)o, name, v) {
        if (is_block(name, v)) sc__buffer_printf(out, "\n%s\n%s", name, json_string_value(v));
        if (!is_table(v)) continue;
        sc_buffer rows = SC_BUFFER_INIT;
        sc__buffer_printf(out, "\n%s\n", name);
        if (!strcmp(name, "first_rows"))
            print_records(&rows, v);
        else
            print_table(&rows, v);
        print_aligned(out, &rows);
    }
}
