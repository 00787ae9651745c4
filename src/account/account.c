/* account.c - the public questions: finds the lineage or the registry's entries that are meant and
 * writes the answer. */
#define _GNU_SOURCE
#include "socle/account.h"

#include "account/lineage.h"
#include "account/registry.h"
#include "account/render.h"
#include "base/file.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_DIGEST = 12 };

static const char *text(const json_t *o, const char *key) {
    return json_string_value(json_object_get(o, key));
}

/* Hands the buffer over, or frees it. */
static sc_status give(char **out, sc_buffer *b, sc_status s) {
    if (s >= 0) s = b->status;
    if (s >= 0 || s == SC_MISMATCH) *out = b->data;
    if (!*out) sc__buffer_deinit(b);
    return s;
}

/* ---- what is meant --------------------------------------------------------------------------- */

static bool is_lineage_name(const char *path) {
    const char *name = sc__path_name(path), *dot = strrchr(name, '.');
    if (!strcmp(name, "lineage.json")) return true;
    return dot && !strcmp(dot, ".json") && dot - name > 8 && !strncmp(dot - 8, ".lineage", 8);
}

/* The lineage of a path; *out is NULL when there is none. */
static sc_status lineage_of_path(char **out, sc_arena *a, const char *what) {
    *out = NULL;
    char *real = realpath(what, NULL);
    char *path = real ? sc__arena_strdup(a, real) : NULL;
    const bool exists = real != NULL;
    free(real); /* libc's */
    if (!exists) return SC_OK;
    if (!path) return SC_FAIL(SC_NOMEM, "%s", what);
    if (!is_lineage_name(path)) return sc__lineage_find(out, a, path);
    *out = path;
    return SC_OK;
}

static sc_status unknown(const char *what) {
    sc_arena a = SC_ARENA_INIT;
    char *registry;
    sc_status s = sc__registry_path(&registry, &a);
    s = SC_FAIL(SC_IO, "%s: nothing is known of it: no lineage.json beside it, and not in %s", what,
                s < 0 ? "a registry" : registry);
    sc__arena_deinit(&a);
    return s;
}

/* The lineage that holds the newest entry of these. */
static sc_status lineage_of_entries(char **out, sc_arena *a, sc_registry *r, const json_t *found) {
    *out = NULL;
    return json_array_size(found)
               ? sc__registry_lineage(out, a, r, json_string_value(json_array_get(found, 0)))
               : SC_OK;
}

static sc_status find_lineage(char **out, sc_arena *a, const char *what) {
    sc_registry *r;
    json_t *found;
    SC_TRY(lineage_of_path(out, a, what));
    if (*out) return SC_OK;
    SC_TRY(sc__registry_open(&r));
    sc_status s = sc__registry_find(&found, r, what);
    if (s >= 0) s = lineage_of_entries(out, a, r, found);
    json_decref(found);
    sc__registry_close(r);
    return s >= 0 && !*out ? unknown(what) : s;
}

/* ---- show ------------------------------------------------------------------------------------ */

static void show_files(sc_buffer *out, const json_t *files, const char *heading) {
    size_t i;
    const json_t *f;
    json_array_foreach(files, i, f) {
        sc__buffer_printf(out, "  %s\t", i ? "" : heading);
        if (json_object_get(f, "role")) {
            sc__render_cell(out, text(f, "role"));
            sc__buffer_puts(out, ": ");
        }
        sc__render_cell(out, text(f, "path"));
        sc__buffer_putc(out, '\t');
        sc__render_bytes(out, json_number_value(json_object_get(f, "bytes")));
        sc__buffer_printf(out, "\t%.*s\n", SHORT_DIGEST, text(f, "sha256"));
    }
}

static void show_command(sc_buffer *out, const json_t *command) {
    size_t i;
    const json_t *word;
    json_array_foreach(command, i, word) {
        if (i) sc__buffer_putc(out, ' ');
        sc__render_cell(out, json_string_value(word));
    }
}

static void show_fact(sc_buffer *out, const char *name, const char *value) {
    if (!value) return;
    sc__buffer_printf(out, "  %s\t", name);
    sc__render_cell(out, value);
    sc__buffer_putc(out, '\n');
}

static void show_json(sc_buffer *out, const char *name, const json_t *value) {
    if (!value || json_is_null(value) || (json_is_object(value) && !json_object_size(value)))
        return;
    sc__buffer_printf(out, "  %s\t", name);
    sc__json_print(out, value);
    sc__buffer_putc(out, '\n');
}

static void show_entry(sc_buffer *out, const json_t *e) {
    const json_t *machine = json_object_get(e, "machine"), *energy = json_object_get(e, "energy");
    sc_buffer tsv = SC_BUFFER_INIT;
    sc__buffer_puts(&tsv, "  command\t");
    show_command(&tsv, json_object_get(e, "command"));
    sc__buffer_puts(&tsv, "\n  started\t");
    sc__render_cell(&tsv, text(e, "started"));
    sc__buffer_puts(&tsv, ", took ");
    sc__render_seconds(&tsv, json_number_value(json_object_get(e, "duration_s")));
    sc__buffer_puts(&tsv, ", ");
    sc__render_joules(&tsv, json_object_get(energy, "joules"), text(energy, "source"));
    sc__buffer_putc(&tsv, '\n');
    show_fact(&tsv, "error", text(e, "error"));
    show_fact(&tsv, "socle", text(e, "socle"));
    show_fact(&tsv, "host", text(machine, "host"));
    show_fact(&tsv, "processor", text(machine, "processor"));
    show_json(&tsv, "recipe", json_object_get(e, "recipe"));
    show_json(&tsv, "notes", json_object_get(e, "notes"));
    show_files(&tsv, json_object_get(e, "inputs"), "inputs");
    show_files(&tsv, json_object_get(e, "outputs"), "outputs");
    show_fact(&tsv, "artifact", text(e, "artifact"));
    show_fact(&tsv, "entry", text(e, "entry_sha256"));
    if (tsv.status >= 0) sc__render_table(out, tsv.data);
    if (out->status >= 0) out->status = tsv.status;
    sc__buffer_deinit(&tsv);
}

static void show_lineage(sc_buffer *out, const json_t *lineage, const char *path) {
    size_t i;
    const json_t *e;
    sc__buffer_printf(out, "%s\n", path);
    json_array_foreach(json_object_get(lineage, "entries"), i, e) {
        sc__buffer_printf(out, "\n%zu. ", i + 1);
        sc__render_cell(out, text(e, "step"));
        sc__buffer_puts(out, " -> ");
        sc__render_cell(out, text(e, "kind"));
        sc__buffer_puts(out, ": ");
        sc__render_cell(out, text(e, "state"));
        sc__buffer_putc(out, '\n');
        show_entry(out, e);
    }
}

sc_status sc_lineage_show(char **out, const char *what, sc_text_form form) {
    sc_arena a = SC_ARENA_INIT;
    sc_buffer b = SC_BUFFER_INIT;
    char *path;
    json_t *lineage = NULL;
    *out = NULL;
    sc_status s = find_lineage(&path, &a, what);
    if (s >= 0) s = sc__lineage_load(&lineage, path);
    if (s >= 0 && form == SC_FORM_JSON) sc__json_print_lines(&b, lineage);
    if (s >= 0 && form == SC_FORM_TABLE) show_lineage(&b, lineage, path);
    json_decref(lineage);
    sc__arena_deinit(&a);
    return give(out, &b, s);
}

/* ---- ancestors and descendants --------------------------------------------------------------- */

static void row_cells(sc_buffer *out, const json_t *row) {
    const char *artifact = text(row, "artifact");
    sc__render_cell(out, text(row, "path"));
    if (json_is_false(json_object_get(row, "present"))) sc__buffer_puts(out, " (not there)");
    if (!artifact) {
        sc__buffer_printf(out, "\tnot in the registry\t\t\t\t%.*s\n", SHORT_DIGEST,
                          text(row, "entry"));
        return;
    }
    sc__buffer_putc(out, '\t');
    sc__render_cell(out, text(row, "kind"));
    sc__buffer_putc(out, '\t');
    sc__render_cell(out, text(row, "step"));
    if (strcmp(text(row, "state"), "done")) {
        sc__buffer_puts(out, ", ");
        sc__render_cell(out, text(row, "state"));
    }
    sc__buffer_putc(out, '\t');
    sc__render_cell(out, text(row, "started"));
    sc__buffer_putc(out, '\t');
    sc__render_bytes(out, json_number_value(json_object_get(row, "bytes")));
    sc__buffer_printf(out, "\t%.*s\n", SHORT_DIGEST, artifact);
}

static const char row_heading[] = "PATH\tKIND\tMADE BY\tSTARTED\tSIZE\tSHA-256\n";

static void indent(sc_buffer *out, int depth) { sc__buffer_printf(out, "%*s", 2 * depth, ""); }

static void leaf_cells(sc_buffer *out, const json_t *leaves, int depth) {
    size_t i;
    const json_t *f;
    json_array_foreach(leaves, i, f) {
        indent(out, depth);
        sc__render_cell(out, text(f, "path"));
        sc__buffer_puts(out, "\tinput\t");
        sc__render_cell(out, text(f, "role"));
        sc__buffer_puts(out, "\t\t");
        sc__render_bytes(out, json_number_value(json_object_get(f, "bytes")));
        sc__buffer_printf(out, "\t%.*s\n", SHORT_DIGEST, text(f, "sha256"));
    }
}

/* Rows reached from `via`, each followed by what it leads to. */
static void tree(sc_buffer *out, const json_t *rows, const char *via, int depth) {
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        const char *from = text(row, "via");
        if (via ? !from || strcmp(from, via) : from != NULL) continue;
        indent(out, depth);
        row_cells(out, row);
        tree(out, rows, text(row, "entry"), depth + 1);
        leaf_cells(out, json_object_get(row, "inputs"), depth + 1);
    }
}

static void print_rows(sc_buffer *out, const json_t *rows, sc_text_form form) {
    if (form == SC_FORM_JSON) {
        sc__json_print_lines(out, rows);
        return;
    }
    sc_buffer tsv = SC_BUFFER_INIT;
    sc__buffer_puts(&tsv, row_heading);
    tree(&tsv, rows, NULL, 0);
    if (tsv.status >= 0) sc__render_table(out, tsv.data);
    if (out->status >= 0) out->status = tsv.status;
    sc__buffer_deinit(&tsv);
}

/* A lineage beside the path may be news to the registry (a model from elsewhere). */
static sc_status learn(sc_registry *r, const char *what) {
    sc_arena a = SC_ARENA_INIT;
    char *path;
    sc_status s = lineage_of_path(&path, &a, what);
    if (s >= 0 && path) {
        s = sc__registry_import(r, path, NULL);
        if (s == SC_IO) { /* a registry that cannot be written may still know it */
            SC_WARN("%s", sc_error_text());
            s = SC_OK;
        }
    }
    sc__arena_deinit(&a);
    return s;
}

typedef sc_status walk_fn(json_t **out, sc_registry *r, const json_t *roots);

static sc_status walk(char **out, const char *what, sc_text_form form, walk_fn *fn) {
    sc_registry *r;
    json_t *roots = NULL, *rows = NULL;
    sc_buffer b = SC_BUFFER_INIT;
    *out = NULL;
    SC_TRY(sc__registry_open(&r));
    sc_status s = learn(r, what);
    if (s >= 0) s = sc__registry_find(&roots, r, what);
    if (s >= 0 && !json_array_size(roots)) s = unknown(what);
    if (s >= 0) s = fn(&rows, r, roots);
    if (s >= 0) print_rows(&b, rows, form);
    json_decref(roots);
    json_decref(rows);
    sc__registry_close(r);
    return give(out, &b, s);
}

sc_status sc_lineage_ancestors(char **out, const char *what, sc_text_form form) {
    return walk(out, what, form, sc__registry_ancestors);
}

sc_status sc_lineage_descendants(char **out, const char *what, sc_text_form form) {
    return walk(out, what, form, sc__registry_descendants);
}

/* ---- verify ---------------------------------------------------------------------------------- */

static void collect(void *user, const sc_finding *f) {
    json_t *o = json_pack("{s:s, s:s, s:s?, s:s?}", "subject", f->subject, "what", f->what,
                          "expected", f->expected, "actual", f->actual);
    json_array_append_new(user, o);
}

static void print_findings(sc_buffer *out, const json_t *findings) {
    size_t i;
    const json_t *f;
    json_array_foreach(findings, i, f) {
        const char *expected = text(f, "expected"), *actual = text(f, "actual");
        sc__render_cell(out, text(f, "subject"));
        sc__buffer_printf(out, ": %s", text(f, "what"));
        if (actual) sc__buffer_printf(out, " is %s", actual);
        if (expected) sc__buffer_printf(out, ", recorded %s", expected);
        sc__buffer_putc(out, '\n');
    }
}

static void print_verdict(sc_buffer *out, const char *path, const sc_verdict *v,
                          const json_t *findings, sc_text_form form) {
    if (form == SC_FORM_JSON) {
        json_t *o = json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:O}", "lineage", path, "verified",
                              v->findings == 0, "entries", (json_int_t)v->entries, "outputs",
                              (json_int_t)v->outputs, "inputs", (json_int_t)v->inputs,
                              "inputs_absent", (json_int_t)v->inputs_absent, "findings", findings);
        if (o)
            sc__json_print(out, o);
        else
            out->status = SC_FAIL(SC_NOMEM, "%s", path);
        sc__buffer_putc(out, '\n'); /* one line: the failure may follow in another */
        json_decref(o);
        return;
    }
    print_findings(out, findings);
    sc__buffer_printf(out, "%s: %s: %" PRId64 " entries, %" PRId64 " outputs, %" PRId64 " inputs",
                      path, v->findings ? "NOT as recorded" : "verified", v->entries, v->outputs,
                      v->inputs);
    if (v->inputs_absent)
        sc__buffer_printf(out, " (%" PRId64 " more are no longer there)", v->inputs_absent);
    sc__buffer_putc(out, '\n');
}

sc_status sc_lineage_verify(char **out, const char *what, sc_text_form form) {
    sc_arena a = SC_ARENA_INIT;
    sc_buffer b = SC_BUFFER_INIT;
    char *path;
    sc_verdict verdict;
    *out = NULL;
    json_t *findings = json_array();
    sc_status s = findings ? find_lineage(&path, &a, what) : SC_FAIL(SC_NOMEM, "%s", what);
    if (s >= 0) s = sc__lineage_verify(&verdict, path, collect, findings);
    if (s >= 0 || s == SC_MISMATCH) print_verdict(&b, path, &verdict, findings, form);
    if (b.status < 0) s = b.status;
    json_decref(findings);
    sc__arena_deinit(&a);
    return give(out, &b, s);
}

/* ---- the registry ---------------------------------------------------------------------------- */

/* The registry remembers what was removed or moved since. */
static sc_status mark_absent(json_t *rows) {
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row) {
        const bool present = sc__path_exists(text(row, "path"));
        if (json_object_set_new(row, "present", json_boolean(present)))
            return SC_FAIL(SC_NOMEM, "registry");
    }
    return SC_OK;
}

sc_status sc_registry_list(char **out, const char *kind, sc_text_form form) {
    sc_registry *r;
    json_t *rows = NULL;
    sc_buffer b = SC_BUFFER_INIT;
    *out = NULL;
    SC_TRY(sc__registry_open(&r));
    sc_status s = sc__registry_list(&rows, r, kind);
    if (s >= 0) s = mark_absent(rows);
    if (s >= 0) print_rows(&b, rows, form);
    json_decref(rows);
    sc__registry_close(r);
    return give(out, &b, s);
}

sc_status sc_registry_rebuild(const char *dir, int64_t *n_lineages, int64_t *n_entries) {
    sc_registry *r;
    sc_arena a = SC_ARENA_INIT;
    sc_paths files = {0};
    int64_t lineages = 0, entries = 0;
    SC_TRY(sc__registry_open(&r));
    sc_status s = sc__paths_find(&files, &a, dir);
    for (int64_t i = 0; i < files.n && s >= 0; i++) {
        if (!is_lineage_name(files.paths[i])) continue;
        s = sc__registry_import(r, files.paths[i], &entries);
        lineages += s >= 0;
        if (s != SC_FORMAT) continue;
        SC_WARN("passed over: %s", sc_error_text());
        s = SC_OK;
    }
    sc__arena_deinit(&a);
    sc__registry_close(r);
    if (n_lineages) *n_lineages = lineages;
    if (n_entries) *n_entries = entries;
    return s;
}
