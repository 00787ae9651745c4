/* answer.c - rows of an answer; answer.h says what they are. */
#define _GNU_SOURCE
#include "stage/curation/ask/answer.h"

#include "account/render.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 60 };

typedef struct {
    uint64_t draw;
    int64_t order; /* in which it came */
    uint32_t query;
    char *json;
} row;

/* ---- texts ----------------------------------------------------------------------------------- */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void sc__fold(sc_buffer *out, sc_slice text) {
    const char *p = text.p, *end = text.p + text.n;
    while (p < end) {
        const char *from = p;
        while (p < end && !is_space(*p)) p++;
        sc__buffer_append(out, from, (size_t)(p - from));
        if (p == end) break;
        while (p < end && is_space(*p)) p++;
        sc__buffer_putc(out, ' ');
    }
}

sc_slice sc__around(sc_slice text, size_t start, size_t end) {
    const size_t from = start > CONTEXT ? sc__utf8_start(text.p, start - CONTEXT) : 0;
    const size_t to = text.n - end > CONTEXT ? sc__utf8_start(text.p, end + CONTEXT) : text.n;
    return (sc_slice){text.p + from, to - from};
}

sc_sight sc__sight(sc_slice text, sc_slice needle) {
    sc_sight s = {0, {NULL, 0}};
    if (!text.n) return s;
    const char *end = text.p + text.n, *first = memmem(text.p, text.n, needle.p, needle.n);
    for (const char *p = first; p; s.n++)
        p = memmem(p + needle.n, (size_t)(end - p) - needle.n, needle.p, needle.n);
    if (!first) return s;
    const size_t at = (size_t)(first - text.p);
    s.around = sc__around(text, at, at + needle.n);
    return s;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void member(sc_buffer *out, const char *name, sc_slice value) {
    if (!value.p) return;
    sc__buffer_printf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", name);
    sc__json_quote(out, value.p, value.n);
}

void sc__found_put(sc_buffer *out, sc_found_head head, const sc_found *f) {
    const size_t at = out->len;
    head.n_row = 0;
    sc__buffer_append(out, &head, sizeof head);
    if (!f) return;
    sc__buffer_putc(out, '{');
    if (out->status < 0) return;
    member(out, "query", f->query);
    member(out, "id", f->id);
    member(out, "path", f->path);
    sc__buffer_printf(out, ",\"line\":%" PRId64 ",\"occurrences\":%" PRId64, f->line,
                      f->occurrences);
    if (out->status < 0) return;
    member(out, "url", f->url);
    if (f->where.n) {
        sc__buffer_puts(out, ",\"where\":{");
        sc__buffer_append(out, f->where.p, f->where.n);
        sc__buffer_putc(out, '}');
    }
    sc__buffer_puts(out, ",\"text\":");
    sc__json_quote(out, f->around.p ? f->around.p : "", f->around.n);
    sc__buffer_putc(out, '}');
    if (out->status < 0) return;
    head.n_row = (uint32_t)(out->len - at - sizeof head);
    memcpy(out->data + at, &head, sizeof head);
}

/* ---- the answer ------------------------------------------------------------------------------ */

sc_status sc__answer_init(sc_answer *a, int n_queries, int64_t limit, bool is_sample) {
    *a = (sc_answer){.limit = limit, .is_sample = is_sample, .n_queries = n_queries};
    a->n_rows = sc__calloc((size_t)n_queries, sizeof *a->n_rows);
    return a->n_rows ? SC_OK : SC_FAIL(SC_NOMEM, "an answer");
}

static row *rows_of(const sc_answer *a) { return (row *)(void *)a->rows.data; }
static size_t count_of(const sc_answer *a) { return a->rows.len / sizeof(row); }

void sc__answer_deinit(sc_answer *a) {
    for (size_t i = 0; i < count_of(a); i++) sc__free(rows_of(a)[i].json);
    sc__buffer_deinit(&a->rows);
    sc__free(a->n_rows);
    *a = (sc_answer){0};
}

static int by_draw(const void *a, const void *b) {
    const row *x = a, *y = b;
    if (x->draw != y->draw) return x->draw > y->draw ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

static int by_query(const void *a, const void *b) {
    const row *x = a, *y = b;
    if (x->query != y->query) return x->query > y->query ? 1 : -1;
    return (x->order > y->order) - (x->order < y->order);
}

/* A sample stays small: the smallest draws of what was seen so far. */
static void thin(sc_answer *a, size_t most) {
    row *rows = rows_of(a);
    const size_t n = count_of(a), limit = (size_t)a->limit;
    if (!a->is_sample || n <= most || n <= limit) return; /* a limit may be any number */
    qsort(rows, n, sizeof *rows, by_draw);
    for (size_t i = limit; i < n; i++) sc__free(rows[i].json);
    a->rows.len = limit * sizeof *rows;
}

bool sc__answer_is_full(const sc_answer *a, int query) {
    return !a->is_sample && a->n_rows[query] >= a->limit;
}

static sc_status keep(sc_answer *a, const sc_found_head *head, const char *json) {
    row r = {head->draw, a->documents, head->query, sc__alloc((size_t)head->n_row + 1)};
    if (!r.json) return SC_FAIL(SC_NOMEM, "an answer");
    memcpy(r.json, json, head->n_row);
    r.json[head->n_row] = 0;
    sc__buffer_append(&a->rows, &r, sizeof r);
    if (a->rows.status < 0) return sc__free(r.json), a->rows.status;
    a->n_rows[head->query]++;
    thin(a, 2 * (size_t)a->limit + 64);
    return SC_OK;
}

sc_status sc__answer_take(sc_answer *a, const char *bytes, size_t n) {
    if (!n) return SC_OK;
    for (const char *p = bytes, *end = bytes + n; p < end;) {
        sc_found_head head;
        memcpy(&head, p, sizeof head);
        p += sizeof head;
        const bool shown = head.n_row && !sc__answer_is_full(a, (int)head.query);
        a->n_found += head.documents && !a->n_rows[head.query];
        if (shown) SC_TRY(keep(a, &head, p));
        a->documents += head.documents;
        a->occurrences += head.occurrences;
        p += head.n_row;
    }
    return SC_OK;
}

/* ---- printing -------------------------------------------------------------------------------- */

static void print_names(sc_buffer *tsv, const json_t *first) {
    const char *name;
    json_t *value;
    if (json_object_get(first, "query")) sc__buffer_puts(tsv, "QUERY\t");
    sc__buffer_puts(tsv, "ID\tWHERE\t");
    json_object_foreach(json_object_get(first, "where"), name, value) {
        sc__render_cell(tsv, name);
        sc__buffer_putc(tsv, '\t');
    }
    sc__buffer_puts(tsv, "TEXT\n");
}

static void print_row(sc_buffer *tsv, const json_t *o) {
    const char *name, *query = json_string_value(json_object_get(o, "query"));
    json_t *value;
    if (query) {
        sc__render_cell(tsv, query);
        sc__buffer_putc(tsv, '\t');
    }
    sc__render_cell(tsv, json_string_value(json_object_get(o, "id")));
    sc__buffer_putc(tsv, '\t');
    sc__render_cell(tsv, json_string_value(json_object_get(o, "path")));
    sc__buffer_printf(tsv, ":%" JSON_INTEGER_FORMAT "\t",
                      json_integer_value(json_object_get(o, "line")));
    json_object_foreach(json_object_get(o, "where"), name, value) {
        if (json_is_string(value))
            sc__render_cell(tsv, json_string_value(value));
        else
            sc__json_print(tsv, value);
        sc__buffer_putc(tsv, '\t');
    }
    sc__render_cell(tsv, json_string_value(json_object_get(o, "text")));
    sc__buffer_putc(tsv, '\n');
}

static void print_table(sc_buffer *out, const row *rows, size_t n) {
    sc_buffer tsv = SC_BUFFER_INIT;
    for (size_t i = 0; i < n && tsv.status >= 0; i++) {
        json_t *o = json_loads(rows[i].json, JSON_ALLOW_NUL, NULL);
        if (!o) tsv.status = SC_FAIL(SC_NOMEM, "an answer");
        if (!i) print_names(&tsv, o);
        print_row(&tsv, o);
        json_decref(o);
    }
    if (n && tsv.status >= 0) sc__render_table(out, tsv.data);
    if (tsv.status < 0) out->status = tsv.status;
    sc__buffer_deinit(&tsv);
}

void sc__answer_print(sc_buffer *out, sc_answer *a, sc_text_form form) {
    thin(a, (size_t)a->limit);
    row *rows = rows_of(a);
    const size_t n = count_of(a);
    if (n) qsort(rows, n, sizeof *rows, a->is_sample ? by_draw : by_query);
    sc__buffer_puts(out, "");
    if (form == SC_FORM_TABLE) {
        print_table(out, rows, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sc__buffer_puts(out, rows[i].json);
        sc__buffer_putc(out, '\n');
    }
}
