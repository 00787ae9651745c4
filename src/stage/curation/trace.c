/* trace.c - documents that hold a text, and samples: a corpus looked into.
 *
 * A plain search over all documents on all cores: nothing to build and nothing to keep up to date.
 * White space counts as one space in both, so that a sentence is found however its lines were
 * broken. */
#define _GNU_SOURCE
#include "account/render.h"
#include "base/hash.h"
#include "socle/corpus.h"
#include "stage/curation/flow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 60, SNIPPET = 160 };

typedef struct {
    uint64_t draw; /* of a sample */
    char *row;     /* a JSON object */
} found_row;

typedef struct {
    const sc_trace_options *o;
    sc_buffer needle;
    sc_buffer rows; /* found_row's, in order */
    int64_t found, occurrences;
} tracing;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "trace"); }

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Runs of white space as one space. */
static void squeeze(sc_buffer *out, sc_slice t) {
    const char *p = t.p, *end = t.p + t.n;
    sc__buffer_clear(out);
    while (p < end) {
        const char *from = p;
        while (p < end && !is_space(*p)) p++;
        sc__buffer_append(out, from, (size_t)(p - from));
        if (p == end) break;
        while (p < end && is_space(*p)) p++;
        sc__buffer_putc(out, ' ');
    }
}

/* Whole characters: moves back to the first byte of one. */
static const char *character(const char *p, const char *first) {
    while (p > first && ((unsigned char)*p & 0xC0) == 0x80) p--;
    return p;
}

/* {"id","path","line","occurrences","text"}; text is what stands around the first place. */
static sc_status put_row(const sc_flow_item *item, sc_flow_scratch *w, int64_t n, const char *from,
                         const char *to, uint64_t draw) {
    sc_buffer *b = &item->out[0];
    sc_slice url;
    sc__buffer_clear(&w->id);
    SC_TRY(sc__record_id(&w->id, item->record));
    SC_TRY(sc__record_string(&url, &w->room, item->record, "url"));
    sc__buffer_append(b, &draw, sizeof draw);
    sc__buffer_puts(b, "{\"id\":");
    sc__json_quote(b, w->id.data, w->id.len);
    sc__buffer_puts(b, ",\"path\":");
    sc__json_quote(b, item->path, strlen(item->path));
    sc__buffer_printf(b, ",\"line\":%" PRId64 ",\"occurrences\":%" PRId64, item->line, n);
    if (url.p) {
        sc__buffer_puts(b, ",\"url\":");
        sc__json_quote(b, url.p, url.n);
    }
    sc__buffer_puts(b, ",\"text\":");
    sc__json_quote(b, from, (size_t)(to - from));
    sc__buffer_puts(b, "}");
    sc__buffer_append(b, "", 1);
    item->tally[0]++;
    item->tally[1] += n;
    return b->status;
}

static sc_status search(const tracing *t, const sc_flow_item *item, sc_flow_scratch *w) {
    const char *needle = t->needle.data;
    const size_t n_needle = t->needle.len;
    squeeze(&w->text, item->record->text);
    SC_TRY(w->text.status);
    const char *text = w->text.data ? w->text.data : "", *end = text + w->text.len;
    const char *first = memmem(text, w->text.len, needle, n_needle);
    int64_t n = 0;
    if (!first) return SC_OK;
    for (const char *p = first; p; n++)
        p = memmem(p + n_needle, (size_t)(end - p) - n_needle, needle, n_needle);
    const char *from = first - text > CONTEXT ? character(first - CONTEXT, text) : text;
    const char *after = first + n_needle;
    const char *to = end - after > CONTEXT ? character(after + CONTEXT, text) : end;
    return put_row(item, w, n, from, to, 0);
}

static sc_status draw_one(const tracing *t, const sc_flow_item *item, sc_flow_scratch *w) {
    const sc_slice text = item->record->text;
    const uint64_t draw = sc__hash64(text.p, text.n, t->o->seed + (uint64_t)item->line);
    const char *end = text.p + text.n;
    const size_t n = SC_MIN(text.n, t->o->whole ? SIZE_MAX : (size_t)SNIPPET);
    return put_row(item, w, 1, text.p, n == text.n ? end : character(text.p + n, text.p), draw);
}

static sc_status look(void *user, const sc_flow_item *item) {
    const tracing *t = user;
    return t->o->text ? search(t, item, item->worker) : draw_one(t, item, item->worker);
}

/* ---- in order -------------------------------------------------------------------------------- */

static int by_draw(const void *a, const void *b) {
    const found_row *x = a, *y = b;
    return (x->draw > y->draw) - (x->draw < y->draw);
}

/* A sample stays small: the smallest draws of what was seen so far. */
static void thin(tracing *t) {
    found_row *rows = (found_row *)(void *)t->rows.data;
    const size_t n = t->rows.len / sizeof *rows, limit = (size_t)t->o->limit;
    if (t->o->text || n < 2 * limit + 64) return;
    qsort(rows, n, sizeof *rows, by_draw);
    for (size_t i = limit; i < n; i++) sc__free(rows[i].row);
    t->rows.len = limit * sizeof *rows;
}

static sc_status collect(void *user, int kind, const char *bytes, size_t n) {
    tracing *t = user;
    (void)kind;
    for (const char *p = bytes, *end = bytes + n; p < end;) {
        found_row row;
        memcpy(&row.draw, p, sizeof row.draw);
        p += sizeof row.draw;
        const size_t length = strlen(p);
        const bool full = t->o->text && t->rows.len / sizeof row >= (size_t)t->o->limit;
        if (!full) {
            row.row = sc__strdup(p);
            if (!row.row) return no_memory();
            sc__buffer_append(&t->rows, &row, sizeof row);
            if (t->rows.status < 0) sc__free(row.row);
        }
        p += length + 1;
        thin(t);
    }
    return t->rows.status;
}

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    tracing *t = user;
    (void)path;
    t->found += tally[0];
    t->occurrences += tally[1];
    return SC_OK;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void print_table(sc_buffer *out, const found_row *rows, size_t n) {
    sc_buffer tsv = SC_BUFFER_INIT;
    sc__buffer_puts(&tsv, "ID\tWHERE\tTEXT\n");
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_loads(rows[i].row, JSON_ALLOW_NUL, NULL);
        sc__render_cell(&tsv, json_string_value(json_object_get(o, "id")));
        sc__buffer_putc(&tsv, '\t');
        sc__render_cell(&tsv, json_string_value(json_object_get(o, "path")));
        sc__buffer_printf(&tsv, ":%" JSON_INTEGER_FORMAT "\t",
                          json_integer_value(json_object_get(o, "line")));
        sc__render_cell(&tsv, json_string_value(json_object_get(o, "text")));
        sc__buffer_putc(&tsv, '\n');
        json_decref(o);
    }
    sc__render_table(out, tsv.data);
    sc__buffer_deinit(&tsv);
}

static void print(sc_buffer *out, tracing *t, sc_text_form form) {
    found_row *rows = (found_row *)(void *)t->rows.data;
    size_t n = t->rows.len / sizeof *rows;
    if (!t->o->text && n) {
        qsort(rows, n, sizeof *rows, by_draw);
        n = SC_MIN(n, (size_t)t->o->limit);
    }
    sc__buffer_puts(out, "");
    if (form == SC_FORM_TABLE) {
        print_table(out, rows, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sc__buffer_puts(out, rows[i].row);
        sc__buffer_putc(out, '\n');
    }
}

static sc_status run(tracing *t, sc_trace_report *report) {
    static const char *const none[] = {NULL};
    static const sc_flow_step step = {.record = look,
                                      .open_worker = sc__flow_scratch_open,
                                      .close_worker = sc__flow_scratch_close,
                                      .collect = collect,
                                      .file_done = file_done,
                                      .n_tally = 2};
    sc_flow_options f = {
        .inputs = t->o->inputs, .n_inputs = t->o->n_inputs, .kinds = none, .n_kinds = 1};
    sc__flow_take(&f, &t->o->common);
    if (t->o->text) {
        squeeze(&t->needle, (sc_slice){t->o->text, strlen(t->o->text)});
        SC_TRY(t->needle.status);
        if (!t->needle.len) return SC_FAIL(SC_USAGE, "trace: the text to look for is empty");
    }
    SC_TRY(sc__flow_run(&report->reading, &step, t, &f));
    report->documents = t->found;
    report->occurrences = t->occurrences;
    return SC_OK;
}

sc_status sc_data_trace(char **out, sc_trace_report *report, const sc_trace_options *o,
                        sc_text_form form) {
    sc_buffer text = SC_BUFFER_INIT;
    tracing t = {.o = o};
    *out = NULL;
    *report = (sc_trace_report){0};
    if (o->limit < 1) return SC_FAIL(SC_USAGE, "trace: a limit of %" PRId64 " rows", o->limit);
    sc_status s = run(&t, report);
    if (s >= 0) print(&text, &t, form);
    if (s >= 0) s = text.status;
    found_row *rows = (found_row *)(void *)t.rows.data;
    for (size_t i = 0; i < t.rows.len / sizeof *rows; i++) sc__free(rows[i].row);
    sc__buffer_deinit(&t.rows);
    sc__buffer_deinit(&t.needle);
    if (s >= 0)
        *out = text.data;
    else
        sc__buffer_deinit(&text);
    return s;
}
