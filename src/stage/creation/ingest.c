/* ingest.c - files into a corpus of records, with the account of it; socle/data.h is the contract.
 */
#include "account/step.h"
#include "stage/creation/ingest_part.h"

#include <string.h>

typedef struct {
    const char *const *paths;
    int n_paths;
    const char *out;
    sc_ingest_options o;
    sc_ingest_report *report;
} ingest;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "ingest"); }

static size_t max_memory(const sc_ingest_options *o) {
    return o->common.max_memory ? o->common.max_memory : (size_t)2 << 30;
}

static sc_status read_and_write(ingest *g) {
    const sc_items_options options = {.max_item = SC_MAX(max_memory(&g->o) / 32, (size_t)1 << 16),
                                      .shard = g->o.common.shard,
                                      .n_shards = g->o.common.n_shards};
    sc_items *in;
    SC_TRY(sc__items_open(&in, g->paths, g->n_paths, &options));
    const sc_status s = sc__ingest_run(g->report, in, g->out, &g->o);
    sc__items_close(in);
    return s;
}

/* ---- the account ----------------------------------------------------------------------------- */

static json_t *report_json(const sc_ingest_report *r) {
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {{"files", r->read.files},
                {"bytes_in", r->read.bytes_in},
                {"documents", r->documents},
                {"bytes", r->bytes},
                {"plain", r->plain},
                {"markdown", r->markdown},
                {"html", r->html},
                {"manual", r->manual},
                {"jsonl", r->jsonl},
                {"csv", r->csv},
                {"parquet", r->parquet},
                {"web", r->web},
                {"wiki", r->wiki},
                {"unreadable", r->read.unreadable},
                {"binary", r->binary},
                {"near_empty", r->near_empty},
                {"duplicates", r->duplicates},
                {"passed_over", r->passed_over},
                {"converted", r->converted},
                {"repaired", r->repaired},
                {"replaced", r->read.replaced}};
    json_t *o = json_object();
    for (int i = 0; o && i < SC_LEN(rows); i++)
        if (json_object_set_new(o, rows[i].name, json_integer((json_int_t)rows[i].value)) < 0) {
            json_decref(o);
            return NULL;
        }
    return o;
}

static sc_status tell(sc_account *a, const ingest *g) {
    static const char *const html[] = {"main", "body", "source"};
    const sc_ingest_options *o = &g->o;
    json_t *recipe = json_pack(
        "{s:I, s:b, s:b, s:I, s:s?, s:s?, s:s, s:s, s:s, s:b, s:b}", "min_characters",
        (json_int_t)o->min_characters, "strict", (int)o->common.strict, "drop_duplicates",
        (int)o->drop_duplicates, "max_memory", (json_int_t)max_memory(o), "source", o->source,
        "licence", o->licence, "text_field", o->common.text_field ? o->common.text_field : "text",
        "id_field", o->common.id_field ? o->common.id_field : "id", "html", html[o->html], "pages",
        (int)o->pages, "comments", (int)o->comments);
    sc_status s = recipe ? sc__account_recipe(a, recipe) : no_memory();
    json_decref(recipe);
    for (int i = 0; i < g->n_paths && s >= 0; i++)
        if (strcmp(g->paths[i], "-")) s = sc__account_input(a, "data", g->paths[i]);
    return s;
}

static sc_status run(sc_account *a, void *arg) {
    ingest *g = arg;
    SC_TRY(tell(a, g));
    SC_TRY(read_and_write(g));
    json_t *report = report_json(g->report);
    sc_status s = report ? sc__account_note(a, "report", report) : no_memory();
    json_decref(report);
    return s;
}

sc_status sc_data_ingest(sc_ingest_report *report, const char *const *paths, int n_paths,
                         const char *out, const sc_ingest_options *o) {
    static const sc_step steps[] = {{"data ingest", "creation", "corpus", run},
                                    {"data extract", "creation", "corpus", run}};
    ingest g = {.paths = paths, .n_paths = n_paths, .out = out, .report = report};
    *report = (sc_ingest_report){0};
    if (o) g.o = *o;
    return sc__step_run_data(&steps[g.o.pages], &g, out, &g.o.common);
}
