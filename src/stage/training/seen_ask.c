/* seen_ask.c - the questions of people about what models saw: socle/train.h. */
#include "account/files.h"
#include "account/registry.h"
#include "account/render.h"
#include "base/log.h"
#include "format/documents.h"
#include "socle/train.h"
#include "stage/training/seen.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "what a model saw"); }

static sc_status give(char **out, sc_buffer *b, sc_status s) {
    if (s >= 0 && !b->data) sc__buffer_puts(b, ""); /* an empty answer is a text too */
    if (s >= 0) s = b->status;
    if (s >= 0)
        *out = b->data;
    else
        sc__buffer_deinit(b);
    return s;
}

/* ---- the documents of some steps ------------------------------------------------------------- */

typedef struct {
    int64_t step, document, n_tokens;
    sc_source source;
    char *text; /* of the document; NULL: not asked for */
    size_t n_text;
} seen_row;

typedef struct {
    const sc_seen *seen;
    sc_arena arena;
    sc_buffer rows;
} asking;

static sc_status add_row(void *user, int64_t step, int64_t document, int64_t n_tokens) {
    asking *a = user;
    seen_row row = {.step = step, .document = document, .n_tokens = n_tokens};
    SC_TRY(sc__sources_get(&row.source, a->seen->sources, document));
    sc__buffer_append(&a->rows, &row, sizeof row);
    return a->rows.status;
}

static int by_place(const void *a, const void *b) {
    const seen_row *x = *(const seen_row *const *)a, *y = *(const seen_row *const *)b;
    const int path = strcmp(x->source.path, y->source.path);
    if (path) return path;
    return (x->source.document > y->source.document) - (x->source.document < y->source.document);
}

/* The file must still be the one that was read. */
static sc_status check_file(const sc_source *source) {
    sc_digest now;
    SC_TRY(sc__hash_file(&now, source->path));
    if (source->sha256 && !strcmp(now.hex, source->sha256)) return SC_OK;
    return SC_FAIL(SC_MISMATCH, "%s: has changed since the training read it", source->path);
}

static sc_status keep_text(asking *a, seen_row *row, const sc_document *d) {
    row->n_text = d->n;
    char *to = sc__arena_alloc(&a->arena, d->n + 1);
    if (!to) return no_memory();
    memcpy(to, d->text, d->n);
    row->text = to;
    return SC_OK;
}

/* The texts of rows that lie in one file, sorted by their number in it. */
static sc_status read_texts(asking *a, seen_row **rows, size_t n) {
    sc_documents *t;
    sc_document d;
    size_t i = 0;
    const char *path = rows[0]->source.path;
    const sc_documents_options o = {.quiet = true};
    SC_TRY(check_file(&rows[0]->source));
    SC_TRY(sc__documents_open(&t, &path, 1, &o));
    sc_status s = SC_OK;
    while (i < n && s >= 0) {
        s = sc__documents_next(&d, t);
        if (s == SC_DONE) s = SC_FAIL(SC_FORMAT, "%s: holds fewer documents", path);
        for (; s >= 0 && i < n && rows[i]->source.document == d.index; i++)
            s = keep_text(a, rows[i], &d);
    }
    sc__documents_close(t);
    return s;
}

static sc_status add_texts(asking *a) {
    seen_row *all = (seen_row *)(void *)a->rows.data;
    const size_t n = a->rows.len / sizeof *all;
    seen_row **sorted = sc__arena_array(&a->arena, n + 1, sizeof *sorted);
    if (!sorted) return no_memory();
    for (size_t i = 0; i < n; i++) sorted[i] = &all[i];
    if (n) qsort(sorted, n, sizeof *sorted, by_place);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && !strcmp(sorted[j]->source.path, sorted[i]->source.path);) j++;
        SC_TRY(read_texts(a, sorted + i, j - i));
    }
    return SC_OK;
}

/* An id as people write it: what its JSON says. */
static void put_id(sc_buffer *tsv, sc_slice json) {
    sc_buffer room = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    int64_t replaced = 0;
    sc_slice id = json;
    if (json.n && *json.p == '"' && sc__json_unquote(&id, &room, json, &replaced) < 0) id = json;
    sc__buffer_append(&text, id.p, id.n);
    if (text.data) sc__render_cell(tsv, text.data);
    sc__buffer_deinit(&text);
    sc__buffer_deinit(&room);
}

static void print_json_row(sc_buffer *b, const seen_row *r) {
    sc__buffer_printf(b,
                      "{\"step\":%" PRId64 ",\"id\":%.*s,\"tokens\":%" PRId64 ",\"path\":", r->step,
                      (int)r->source.id.n, r->source.id.p, r->n_tokens);
    sc__json_quote(b, r->source.path, strlen(r->source.path));
    sc__buffer_printf(b, ",\"document\":%" PRId64, r->source.document + 1);
    if (r->text) {
        sc__buffer_puts(b, ",\"text\":");
        sc__json_quote(b, r->text, r->n_text);
    }
    sc__buffer_puts(b, "}\n");
}

static void print_rows(sc_buffer *out, const asking *a, sc_text_form form) {
    const seen_row *all = (const seen_row *)(const void *)a->rows.data;
    const size_t n = a->rows.len / sizeof *all;
    sc_buffer tsv = SC_BUFFER_INIT;
    sc__buffer_puts(&tsv, "STEP\tTOKENS\tDOCUMENT\tID\n");
    for (size_t i = 0; i < n; i++) {
        if (form == SC_FORM_JSON) {
            print_json_row(out, &all[i]);
            continue;
        }
        const sc_source *s = &all[i].source;
        sc__buffer_printf(&tsv, "%" PRId64 "\t%" PRId64 "\t%s:%" PRId64 "\t", all[i].step,
                          all[i].n_tokens, s->path, s->document + 1);
        put_id(&tsv, s->id);
        sc__buffer_putc(&tsv, '\n');
    }
    if (form != SC_FORM_JSON) sc__render_table(out, tsv.data);
    sc__buffer_deinit(&tsv);
}

sc_status sc_train_documents(char **out, const char *model, const sc_train_question *q,
                             sc_text_form form) {
    sc_seen seen;
    sc_buffer b = SC_BUFFER_INIT;
    *out = NULL;
    SC_TRY(sc__seen_open(&seen, model));
    asking a = {.seen = &seen};
    sc_status s = SC_OK;
    if (q->first_step < 1 || q->last_step < q->first_step || q->last_step > seen.n_steps)
        s = SC_FAIL(SC_USAGE, "%s: steps %" PRId64 ":%" PRId64 ": it has steps 1:%" PRId64, model,
                    q->first_step, q->last_step, seen.n_steps);
    if (s >= 0) s = sc__seen_run(&seen, q->first_step, q->last_step, add_row, &a);
    if (s >= 0 && q->texts) s = add_texts(&a);
    if (s >= 0) print_rows(&b, &a, form);
    sc__buffer_deinit(&a.rows);
    sc__arena_deinit(&a.arena);
    sc__seen_close(&seen);
    return give(out, &b, s);
}

/* ---- who saw a document ---------------------------------------------------------------------- */

typedef struct {
    int64_t document; /* sought */
    int64_t n_steps, first, last, n_tokens;
} sighting;

static sc_status look(void *user, int64_t step, int64_t document, int64_t n_tokens) {
    sighting *g = user;
    if (document != g->document) return SC_OK;
    if (!g->n_steps++) g->first = step;
    g->last = step;
    g->n_tokens += n_tokens;
    return SC_OK;
}

static sc_status heirs(json_t **out, sc_registry *r, const char *entry) {
    json_t *roots = json_pack("[s]", entry), *rows = NULL;
    sc_status s = roots ? sc__registry_descendants(&rows, r, roots) : no_memory();
    json_decref(roots);
    *out = json_array();
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        json_t *path = json_object_get(row, "path");
        if (s < 0 || json_integer_value(json_object_get(row, "depth")) < 1) continue;
        if (json_array_append(*out, path)) s = no_memory();
    }
    json_decref(rows);
    return s;
}

/* A model's row for each of its documents with this id. */
static sc_status add_sightings(json_t *rows, sc_registry *r, const sc_seen *seen, const char *id) {
    int64_t d = sc__sources_find(seen->sources, id, 0);
    for (; d >= 0; d = sc__sources_find(seen->sources, id, d + 1)) {
        sighting g = {.document = d};
        sc_source source;
        json_t *made = NULL;
        SC_TRY(sc__sources_get(&source, seen->sources, d));
        SC_TRY(sc__seen_run(seen, 1, seen->n_steps, look, &g));
        sc_status s = heirs(&made, r, seen->entry);
        json_t *row =
            s < 0 ? NULL
                  : json_pack("{ss so sI sI sI sI sI sO}", "model", seen->model, "path",
                              sc__json_text(source.path), "document",
                              (json_int_t)source.document + 1, "steps", (json_int_t)g.n_steps,
                              "first_step", (json_int_t)g.first, "last_step", (json_int_t)g.last,
                              "tokens", (json_int_t)g.n_tokens, "descendants", made);
        json_decref(made);
        if (!row || json_array_append_new(rows, row)) return s < 0 ? s : no_memory();
    }
    return SC_OK;
}

/* One model of the registry. What it cannot tell is said, for it may have seen the document. */
static sc_status ask_model(json_t *rows, sc_registry *r, const json_t *model, const char *id) {
    sc_seen seen;
    const char *path = json_string_value(json_object_get(model, "path")),
               *step = json_string_value(json_object_get(model, "step"));
    if (!path || !step || strcmp(step, "train")) return SC_OK;
    sc_status s = sc__seen_open(&seen, path);
    if (s == SC_NOMEM) return s;
    if (s < 0) {
        SC_WARN("%s cannot tell what it was trained on: %s", path, sc_error_text());
        return SC_OK;
    }
    s = add_sightings(rows, r, &seen, id);
    sc__seen_close(&seen);
    return s;
}

static void print_sightings(sc_buffer *b, const json_t *rows, const char *id) {
    sc_buffer tsv = SC_BUFFER_INIT;
    size_t i, k;
    const json_t *row, *path;
    if (!json_array_size(rows)) {
        sc__buffer_printf(b, "no model that the registry knows was trained on %s\n", id);
        return;
    }
    sc__buffer_puts(&tsv, "MODEL\tSTEPS\tFIRST\tLAST\tTOKENS\tDOCUMENT\n");
    json_array_foreach(rows, i, row) {
        static const char *const numbers[] = {"steps", "first_step", "last_step", "tokens"};
        sc__render_cell(&tsv, json_string_value(json_object_get(row, "model")));
        for (int n = 0; n < SC_LEN(numbers); n++)
            sc__buffer_printf(&tsv, "\t%" JSON_INTEGER_FORMAT,
                              json_integer_value(json_object_get(row, numbers[n])));
        sc__buffer_putc(&tsv, '\t');
        sc__render_cell(&tsv, json_string_value(json_object_get(row, "path")));
        sc__buffer_printf(&tsv, ":%" JSON_INTEGER_FORMAT "\n",
                          json_integer_value(json_object_get(row, "document")));
        json_array_foreach(json_object_get(row, "descendants"), k, path) {
            sc__buffer_puts(&tsv, "  and so ");
            sc__render_cell(&tsv, json_string_value(path));
            sc__buffer_putc(&tsv, '\n');
        }
    }
    sc__render_table(b, tsv.data);
    sc__buffer_deinit(&tsv);
}

sc_status sc_train_who_saw(char **out, const char *id, sc_text_form form) {
    sc_registry *r;
    sc_buffer b = SC_BUFFER_INIT;
    json_t *models = NULL, *rows = json_array(), *model;
    size_t i;
    *out = NULL;
    sc_status s = rows ? sc__registry_open(&r) : no_memory();
    if (s < 0) {
        json_decref(rows);
        return s;
    }
    s = sc__registry_list(&models, r, "model");
    json_array_foreach(models, i, model) {
        if (s >= 0) s = ask_model(rows, r, model, id);
    }
    if (s >= 0 && form == SC_FORM_JSON) {
        sc__json_print(&b, rows);
        sc__buffer_putc(&b, '\n');
    } else if (s >= 0) {
        print_sightings(&b, rows, id);
    }
    json_decref(models);
    json_decref(rows);
    sc__registry_close(r);
    return give(out, &b, s);
}
