/* forget.c - a corpus without some documents, by id, site or licence, and the models that were made
 * with them. */
#include "account/registry.h"
#include "account/step.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/url.h"
#include "socle/corpus.h"
#include "stage/curation/flow.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { KEPT, DROPPED, BY_ID, BY_DOMAIN, BY_LICENCE, N_TALLY };

typedef struct {
    const sc_forget_options *o;
    sc_forget_report *report;
    sc_arena arena;
    const char **ids; /* open addressing, NULL: free */
    uint64_t mask;
    int64_t n_ids;
} forgetting;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "forget"); }

/* ---- the ids --------------------------------------------------------------------------------- */

static const char **find_id(const forgetting *f, const char *id, size_t n) {
    for (uint64_t i = sc__hash64(id, n, 0) & f->mask;; i = (i + 1) & f->mask)
        if (!f->ids[i] || (!strncmp(f->ids[i], id, n) && !f->ids[i][n])) return &f->ids[i];
}

/* One id a line; a line that is a JSON string is read as one. */
static sc_status add_id(forgetting *f, const char *line, size_t n) {
    sc_buffer room = SC_BUFFER_INIT;
    sc_slice id = {line, n};
    int64_t replaced = 0;
    while (id.n && (id.p[id.n - 1] == '\r' || id.p[id.n - 1] == ' ')) id.n--;
    if (!id.n) return SC_OK;
    sc_status s = SC_OK;
    if (id.n > 1 && id.p[0] == '"' && id.p[id.n - 1] == '"')
        s = sc__json_unquote(&id, &room, id, &replaced);
    const char **at = s < 0 ? NULL : find_id(f, id.p, id.n);
    if (at && !*at) {
        *at = sc__arena_strndup(&f->arena, id.p, id.n);
        f->n_ids++;
        if (!*at) s = no_memory();
    }
    sc__buffer_deinit(&room);
    return s;
}

static sc_status read_ids(forgetting *f) {
    sc_buffer b = SC_BUFFER_INIT;
    if (!f->o->ids) return SC_OK;
    sc_status s = sc__file_read(&b, f->o->ids, (size_t)1 << 32);
    uint64_t n = 16;
    for (size_t i = 0; i < b.len; i++) n += 2 * (b.data[i] == '\n');
    while (n & (n - 1)) n += n & -n;
    f->mask = n - 1;
    f->ids = s < 0 ? NULL : sc__calloc(n, sizeof *f->ids);
    if (s >= 0 && !f->ids) s = no_memory();
    sc_slice line, rest = {b.data, b.len};
    while (s >= 0 && sc__take_line(&line, &rest)) s = add_id(f, line.p, line.n);
    sc__buffer_deinit(&b);
    if (s >= 0 && !f->n_ids) s = SC_FAIL(SC_FORMAT, "%s: holds no id", f->o->ids);
    return s;
}

/* ---- one document ---------------------------------------------------------------------------- */

/* The site itself and those below it: example.org and www.example.org. */
static bool is_below(sc_slice url, const char *domain) {
    const sc_slice host = sc__url_host(url);
    const size_t n = strlen(domain);
    if (!host.p || host.n < n || strncasecmp(host.p + host.n - n, domain, n) != 0) return false;
    return host.n == n || host.p[host.n - n - 1] == '.';
}

static sc_status is_meant(int *why, const forgetting *f, sc_flow_scratch *w, const sc_record *r) {
    sc_slice text;
    *why = KEPT;
    if (f->ids) {
        sc__buffer_clear(&w->id);
        SC_TRY(sc__record_id(&w->id, r));
        if (*find_id(f, w->id.data, w->id.len)) return *why = BY_ID, SC_OK;
    }
    if (f->o->domain) {
        SC_TRY(sc__record_string(&text, &w->room, r, "url"));
        if (text.p && is_below(text, f->o->domain)) return *why = BY_DOMAIN, SC_OK;
    }
    if (f->o->licence) {
        SC_TRY(sc__record_string(&text, &w->room, r, "licence"));
        if (!text.p) SC_TRY(sc__record_string(&text, &w->room, r, "license"));
        const size_t n = strlen(f->o->licence);
        if (text.p && text.n == n && !strncasecmp(text.p, f->o->licence, n)) *why = BY_LICENCE;
    }
    return SC_OK;
}

static sc_status part(void *user, const sc_flow_item *item) {
    static const char *const rules[] = {
        [BY_ID] = "id", [BY_DOMAIN] = "domain", [BY_LICENCE] = "licence"};
    int why;
    SC_TRY(is_meant(&why, user, item->worker, item->record));
    item->tally[why]++;
    if (why == KEPT) return sc__record_change(&item->out[0], item->record, NULL, NULL);
    json_t *extra = json_pack("{s{ss ss}}", "dropped", "step", "forget", "rule", rules[why]);
    const sc_status s =
        extra ? sc__record_change(&item->out[1], item->record, NULL, extra) : no_memory();
    json_decref(extra);
    return s;
}

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    sc_forget_report *r = ((forgetting *)user)->report;
    (void)path;
    r->kept += tally[KEPT];
    r->forgotten += tally[BY_ID] + tally[BY_DOMAIN] + tally[BY_LICENCE];
    return SC_OK;
}

/* ---- who still carries them ------------------------------------------------------------------ */

/* The models among all that was made from the corpus, as JSON rows. */
static sc_status find_models(json_t **out, const char *corpus) {
    sc_registry *r;
    json_t *roots = NULL, *rows = NULL, *row;
    size_t i;
    *out = json_array();
    if (!*out) return no_memory();
    SC_TRY(sc__registry_open(&r));
    sc_status s = sc__registry_find(&roots, r, corpus);
    if (s >= 0 && json_array_size(roots)) s = sc__registry_descendants(&rows, r, roots);
    json_array_foreach(rows, i, row) {
        const char *kind = json_string_value(json_object_get(row, "kind"));
        if (s < 0 || !kind || strcmp(kind, "model")) continue;
        if (json_array_append(*out, json_object_get(row, "path"))) s = no_memory();
    }
    json_decref(roots);
    json_decref(rows);
    sc__registry_close(r);
    return s;
}

static void keep_models(sc_forget_report *r, const json_t *models) {
    size_t i;
    const json_t *path;
    json_array_foreach(models, i, path) {
        if (r->n_models == SC_FORGET_MODELS_MAX) break;
        snprintf(r->models[r->n_models++], sizeof r->models[0], "%s", json_string_value(path));
    }
}

/* ---- the step -------------------------------------------------------------------------------- */

static sc_status tell(sc_account *a, const sc_forget_options *o, const json_t *models) {
    json_t *recipe =
        json_pack("{ss* ss* ss*}", "ids", o->ids, "domain", o->domain, "licence", o->licence);
    sc_status s = recipe ? sc__account_recipe(a, recipe) : no_memory();
    json_decref(recipe);
    if (s >= 0) s = sc__account_input(a, "data", o->corpus);
    if (s >= 0 && o->ids) s = sc__account_input(a, "ids to forget", o->ids);
    return s < 0 ? s : sc__account_note(a, "models_that_carry_them", models);
}

static sc_status run(sc_account *a, void *arg) {
    static const char *const kinds[] = {"documents", "dropped"};
    static const sc_flow_step step = {.record = part,
                                      .open_worker = sc__flow_scratch_open,
                                      .close_worker = sc__flow_scratch_close,
                                      .file_done = file_done,
                                      .n_tally = N_TALLY};
    forgetting *f = arg;
    json_t *models;
    sc_flow_options o = {.inputs = &f->o->corpus,
                         .n_inputs = 1,
                         .out = f->o->out,
                         .kinds = kinds,
                         .n_kinds = SC_LEN(kinds)};
    sc__flow_take(&o, &f->o->common);
    SC_TRY(read_ids(f));
    sc_status s = find_models(&models, f->o->corpus);
    if (s >= 0) s = tell(a, f->o, models);
    if (s >= 0) keep_models(f->report, models);
    json_decref(models);
    return s < 0 ? s : sc__flow_run(&f->report->reading, &step, f, &o);
}

sc_status sc_data_forget(sc_forget_report *out, const sc_forget_options *o) {
    static const sc_step step = {"data forget", "curation", "corpus", run};
    forgetting f = {.o = o, .report = out};
    *out = (sc_forget_report){0};
    if (!o->ids && !o->domain && !o->licence)
        return SC_FAIL(SC_USAGE, "forget: nothing to forget: give ids, a domain or a licence");
    if (!strcmp(o->out, "-")) return SC_FAIL(SC_USAGE, "forget: the output must be files");
    const sc_status s = sc__step_run_data(&step, &f, o->out, &o->common);
    sc__free(f.ids);
    sc__arena_deinit(&f.arena);
    return s;
}
