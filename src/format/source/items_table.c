/* items_table.c - rows and lines: CSV and TSV, JSONL, JSON. Each becomes a JSON object. */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/utf8.h"
#include "format/source/charset.h"
#include "format/source/csv.h"
#include "format/source/items_part.h"
#include "format/json_scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- CSV ------------------------------------------------------------------------------------- */

typedef struct {
    sc_csv *csv;
    char *name;    /* of the file, borrowed */
    sc_buffer row; /* as JSON */
    sc_buffer room;
    sc_field *columns; /* into `header` */
    sc_buffer header;
    int n_columns;
    bool begun;
} table;

static bool detect_csv(const sc_item_level *l, const char *bytes, size_t n) {
    (void)bytes, (void)n;
    return sc__stream_has_suffix(l->name, ".csv") || sc__stream_has_suffix(l->name, ".tsv");
}

static void close_csv(void *reader) {
    table *t = reader;
    sc__csv_close(t->csv);
    sc__buffer_deinit(&t->row);
    sc__buffer_deinit(&t->room);
    sc__buffer_deinit(&t->header);
    sc__free(t->columns);
    sc__free(t);
}

static sc_status open_csv(sc_item_level *l, size_t max_item) {
    table *t = l->reader = sc__calloc(1, sizeof *t);
    if (!t) return SC_FAIL(SC_NOMEM, "%s", l->name);
    t->name = l->name;
    const bool tabs = sc__stream_has_suffix(l->name, ".tsv");
    const char *p = sc__window_at(&l->window);
    if (sc__window_left(&l->window) >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3))
        sc__window_take(&l->window, 3);
    return sc__csv_open(&t->csv, &l->window, l->name, tabs ? '\t' : 0, max_item);
}

/* A field as valid UTF-8. */
static sc_status decode(sc_field *f, table *t) {
    sc_charset set;
    return sc__charset_decode(&f->bytes, &f->n, &set, &t->room, NULL, false);
}

static sc_status read_header(table *t) {
    sc_csv_row row;
    const sc_status s = sc__csv_next(&row, t->csv);
    if (s != SC_OK) return s;
    t->columns = sc__calloc((size_t)row.n, sizeof *t->columns);
    if (!t->columns) return SC_FAIL(SC_NOMEM, "%s", t->name);
    for (int i = 0; i < row.n; i++) {
        sc_field f = row.fields[i];
        SC_TRY(decode(&f, t));
        sc__buffer_append(&t->header, f.bytes, f.n);
        t->columns[i].n = f.n;
    }
    SC_TRY(t->header.status);
    size_t at = 0;
    for (int i = 0; i < row.n; at += t->columns[i++].n)
        t->columns[i].bytes = t->header.data ? t->header.data + at : "";
    t->n_columns = row.n;
    t->begun = true;
    return SC_OK;
}

static sc_status write_row(table *t, const sc_csv_row *row) {
    sc__buffer_clear(&t->row);
    for (int i = 0; i < row->n; i++) {
        sc_field f = row->fields[i];
        SC_TRY(decode(&f, t));
        sc__buffer_putc(&t->row, i ? ',' : '{');
        sc__json_quote(&t->row, t->columns[i].bytes, t->columns[i].n);
        sc__buffer_putc(&t->row, ':');
        sc__json_quote(&t->row, f.bytes, f.n);
    }
    sc__buffer_putc(&t->row, '}');
    return t->row.status;
}

static sc_status next_row(sc_item *out, sc_items *items, sc_item_level *l) {
    table *t = l->reader;
    sc_csv_row row;
    (void)items;
    sc_status s = t->begun ? SC_OK : read_header(t);
    if (s == SC_OK) s = sc__csv_next(&row, t->csv);
    if (s != SC_OK) return s;
    if (row.n > t->n_columns)
        return SC_FAIL(SC_FORMAT, "%s: line %" PRId64 ": %d fields, the header has %d", l->name,
                       row.line, row.n, t->n_columns);
    SC_TRY(write_row(t, &row));
    *out = sc__item_of(l, SC_ITEM_ROW, t->row.data, t->row.len);
    out->line = row.line;
    out->offset = row.offset;
    return SC_OK;
}

/* ---- JSONL and JSON -------------------------------------------------------------------------- */

typedef struct {
    size_t max_item;
    bool values;  /* JSON: values follow one another however they are laid out, perhaps in a list */
    int64_t line; /* of the next byte, from 1 */
    int64_t began;   /* the line of the value that was read last */
    uint64_t offset; /* and where it begins */
} json;

static bool begins_object(const char *p, size_t n) {
    while (n && strchr(" \t\r\n", *p) && *p) p++, n--;
    return n && *p == '{';
}

static bool detect_json(const sc_item_level *l, const char *bytes, size_t n) {
    if (!strcmp(l->name, "-")) return begins_object(bytes, n);
    return sc__stream_has_suffix(l->name, ".jsonl") || sc__stream_has_suffix(l->name, ".ndjson") ||
           sc__stream_has_suffix(l->name, ".json");
}

static sc_status open_json(sc_item_level *l, size_t max_item) {
    json *j = l->reader = sc__calloc(1, sizeof *j);
    if (!j) return SC_FAIL(SC_NOMEM, "%s", l->name);
    *j = (json){.max_item = max_item, .line = 1, .values = sc__stream_has_suffix(l->name, ".json")};
    const char *p = sc__window_at(&l->window);
    if (sc__window_left(&l->window) >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3))
        sc__window_take(&l->window, 3);
    return SC_OK;
}

static void take(json *j, sc_window *w, size_t n) {
    const char *p = sc__window_at(w), *end = p + n;
    for (; n && (p = memchr(p, '\n', (size_t)(end - p))); p++) j->line++;
    sc__window_take(w, n);
}

/* Takes bytes that are among these; *next is the first that is not, 0 at the end. */
static sc_status pass_bytes(char *next, const char *these, json *j, sc_window *w) {
    for (;;) {
        SC_TRY(sc__window_need(w, 1));
        *next = sc__window_left(w) ? *sc__window_at(w) : 0;
        if (!*next || !strchr(these, *next)) return SC_OK;
        take(j, w, 1);
    }
}

/* Takes the rest of the line and what follows, up to a line that begins as an object or a list. */
static sc_status pass_lines(json *j, sc_window *w) {
    char next = 0;
    do {
        const size_t left = sc__window_left(w);
        const char *at = sc__window_at(w), *end = left ? memchr(at, '\n', left) : NULL;
        take(j, w, end ? (size_t)(end - at) + 1 : left);
        if (end) SC_TRY(pass_bytes(&next, " \t\r", j, w));
        if (!end) SC_TRY(sc__window_need(w, 1));
    } while (next != '{' && next != '[' && sc__window_left(w));
    return SC_OK;
}

typedef struct {
    size_t at;
    int64_t depth;
    uint64_t lists; /* which of the outermost 64 open brackets are lists */
    char last;      /* byte that is no white space */
    bool quoted, done, broken;
} value_scan;

/* Where an object may begin within another: behind a colon, or in a list. */
static bool may_begin(const value_scan *v) {
    if (!v->depth || v->depth > 64) return true;
    const bool in_list = v->lists >> (v->depth - 1) & 1;
    return in_list ? v->last == '[' || v->last == ',' : v->last == ':';
}

static void open_bracket(value_scan *v, char c) {
    const uint64_t bit = (uint64_t)1 << (v->depth & 63);
    if (v->depth < 64) v->lists = c == '[' ? v->lists | bit : v->lists & ~bit;
    v->depth++;
}

/* Stops behind the bracket that closes the value, or, where it is broken, where another may begin:
 * behind a string that its line ends, or before an object that has no place within this one. */
static void scan(value_scan *v, const char *p, size_t n) {
    for (; v->at < n && !v->done && !v->broken; v->at++) {
        const char c = p[v->at];
        if (v->quoted) {
            if (c == '\\' && v->at + 1 == n) return; /* what it escapes is not here yet */
            v->at += c == '\\';
            v->quoted = c != '"';
            v->broken = c == '\n';
        } else if (c == '"') {
            v->quoted = true;
        } else if (c == '{' || c == '[') {
            v->broken = c == '{' && !may_begin(v);
            if (v->broken) return;
            open_bracket(v, c);
        } else if (c == '}' || c == ']') {
            v->done = --v->depth <= 0;
        }
        if ((unsigned char)c > ' ') v->last = c;
    }
}

/* Takes the rest of a value that is too long to be held. */
static sc_status pass_value(value_scan *v, json *j, sc_window *w) {
    for (;;) {
        v->at = 0;
        scan(v, sc__window_at(w), sc__window_left(w));
        take(j, w, v->at);
        if (v->done || v->broken || w->ended) return SC_OK;
        SC_TRY(sc__window_more(w));
    }
}

static sc_status refuse_value(value_scan *v, json *j, sc_window *w) {
    const bool is_long = v->at > j->max_item;
    if (is_long) SC_TRY(pass_value(v, j, w));
    if (!v->broken && !v->done) SC_TRY(pass_lines(j, w));
    return SC_FAIL(SC_FORMAT, is_long ? "longer than %zu bytes" : "an object that does not end",
                   j->max_item);
}

/* An object, from its brace to the brace that closes it; *p is NULL behind the last. */
static sc_status next_value(char **p, size_t *n, json *j, sc_item_level *l) {
    value_scan v = {0};
    sc_window *w = &l->window;
    char next;
    *p = NULL;
    SC_TRY(pass_bytes(&next, " \t\r\n,[]", j, w));
    j->began = j->line;
    j->offset = sc__window_offset(w);
    if (!sc__window_left(w)) return SC_OK;
    if (next != '{') {
        SC_TRY(pass_lines(j, w));
        return SC_FAIL(SC_FORMAT, "no object begins here");
    }
    for (;;) {
        scan(&v, sc__window_at(w), sc__window_left(w));
        if (v.done || v.broken || v.at > j->max_item || w->ended) break;
        SC_TRY(sc__window_more(w));
    }
    *p = sc__window_at(w);
    *n = v.at;
    take(j, w, SC_MIN(v.at, sc__window_left(w)));
    return v.done && v.at <= j->max_item ? SC_OK : refuse_value(&v, j, w);
}

static sc_status next_line(char **p, size_t *n, json *j, sc_item_level *l) {
    j->offset = sc__window_offset(&l->window);
    j->began = j->line++;
    return sc__window_line(p, n, &l->window, j->max_item);
}

static bool is_blank(const char *p, size_t n) {
    while (n && (*p == ' ' || *p == '\t' || *p == '\r')) p++, n--;
    return n == 0;
}

static sc_status next_json(sc_item *out, sc_items *t, sc_item_level *l) {
    json *j = l->reader;
    char *p;
    size_t n;
    (void)t;
    do {
        const sc_status s = (j->values ? next_value : next_line)(&p, &n, j, l);
        if (s < 0 && l->window.damaged) return s;
        if (s < 0) return sc__fail_context(s, "%s: line %" PRId64, l->name, j->began);
        if (!p) return SC_DONE;
    } while (is_blank(p, n));
    *out = sc__item_of(l, SC_ITEM_JSON, p, n);
    out->line = j->began;
    out->offset = j->offset;
    return SC_OK;
}

static void close_json(void *reader) { sc__free(reader); }

const sc_item_source sc__source_csv = {detect_csv, open_csv, next_row, close_csv};
const sc_item_source sc__source_json = {detect_json, open_json, next_json, close_json};
