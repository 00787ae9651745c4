/* tag.c - the step that writes attributes beside documents. */
#include "socle/tag.h"

#include "account/step.h"
#include "stage/curation/flow.h"
#include "stage/curation/tag/job.h"
#include "stage/curation/tag/tagger.h"

#include <string.h>

typedef struct {
    const sc_tag_job *job;
    const sc_data_options *o;
    const char *out;
    sc_data_reading *report;
    sc_arena arena;
    const char **kinds;
    int n_kinds;
    bool is_one;          /* all taggers in one file */
    const char *artifact; /* the folder of the attributes, or the file; NULL: standard output */
    sc_tagging *tagging;
} tag;

bool sc_tagger_get(sc_tagger_info *out, int i) {
    *out = (sc_tagger_info){0};
    if (i < 0 || i >= sc__n_taggers) return false;
    const sc_tagger_row *row = &sc__taggers[i];
    *out = (sc_tagger_info){.name = row->name, .help = row->help, .source = row->source};
    for (const sc_tagger_setting *s = row->tagger->settings; s && s->key; s++) {
        out->settings[out->n_settings].key = s->key;
        out->settings[out->n_settings].dflt = s->dflt;
        out->settings[out->n_settings++].help = s->help;
    }
    return true;
}

/* ---- the flow -------------------------------------------------------------------------------- */

static sc_status open_worker(void **worker, void *user) {
    const tag *t = user;
    return sc__tag_worker_open((sc_tag_worker **)worker, t->tagging);
}

static void close_worker(void *worker) { sc__tag_worker_close(worker); }

static sc_status run_record(void *user, const sc_flow_item *item) {
    const tag *t = user;
    sc_tag_worker *w = item->worker;
    SC_TRY(sc__tag_worker_run(w, item->record));
    if (t->is_one)
        return sc__tags_write(item->out, &w->tags, (const int64_t[2]){0, w->tags.n}, item->line,
                              w->doc);
    for (int i = 0; i < t->n_kinds; i++)
        SC_TRY(sc__tags_write(&item->out[i], &w->tags, &w->marks[i], item->line, w->doc));
    return SC_OK;
}

static const sc_flow_step flow_step = {
    .record = run_record, .open_worker = open_worker, .close_worker = close_worker};

/* One file of all, or a folder a tagger. */
static sc_status name_kinds(tag *t) {
    t->is_one = sc__output_is_file(t->out);
    t->n_kinds = t->is_one ? 1 : t->job->n_taggers;
    t->kinds = sc__arena_array(&t->arena, (size_t)t->n_kinds + 1, sizeof *t->kinds);
    t->artifact = !t->is_one             ? sc__path_join(&t->arena, t->out, "attributes")
                  : !strcmp(t->out, "-") ? NULL
                                         : t->out;
    if (!t->kinds || (!t->is_one && !t->artifact)) return SC_FAIL(SC_NOMEM, "tag");
    for (int i = 0; i < t->n_kinds; i++) {
        t->kinds[i] = t->is_one ? "attributes"
                                : sc__arena_printf(&t->arena, "attributes/%s", t->job->taggers[i]);
        if (!t->kinds[i]) return SC_FAIL(SC_NOMEM, "tag");
    }
    return SC_OK;
}

static sc_status run_flow(tag *t) {
    sc_flow_options o = {.inputs = t->job->inputs,
                         .n_inputs = t->job->n_inputs,
                         .out = t->out,
                         .kinds = t->kinds,
                         .n_kinds = t->n_kinds};
    if (t->o) sc__flow_take(&o, t->o);
    o.max_line = sc__job_max_line(t->o);
    return sc__flow_run(t->report, &flow_step, t, &o);
}

/* ---- the account ----------------------------------------------------------------------------- */

static sc_status run_step(sc_account *a, void *arg) {
    tag *t = arg;
    json_t *recipe = json_object();
    sc_status s = recipe ? SC_OK : SC_FAIL(SC_NOMEM, "tag");
    if (s >= 0) s = sc__job_list(recipe, "taggers", t->job->taggers, t->job->n_taggers);
    if (s >= 0) s = sc__job_recipe(recipe, t->job);
    if (s >= 0 && a) s = sc__account_recipe(a, recipe);
    if (s >= 0) s = sc__job_inputs(a, t->job);
    if (s >= 0) s = run_flow(t);
    if (s >= 0) s = sc__job_note(a, t->report);
    json_decref(recipe);
    return s;
}

static const sc_step step = {"tag", "curation", "attributes", run_step};

static sc_status prepare(tag *t) {
    if (t->job->n_taggers < 1) return SC_FAIL(SC_USAGE, "tag: no tagger is named");
    if (t->job->n_taggers > SC_FLOW_KINDS_MAX)
        return SC_FAIL(SC_USAGE, "tag: %d taggers, at most %d in one run", t->job->n_taggers,
                       SC_FLOW_KINDS_MAX);
    sc_tagging_options o = {.taggers = t->job->taggers,
                            .n_taggers = t->job->n_taggers,
                            .settings = t->job->settings,
                            .n_settings = t->job->n_settings};
    SC_TRY(sc__job_words(&o.words, t->job->words));
    SC_TRY(name_kinds(t));
    return sc__tagging_open(&t->tagging, &o);
}

sc_status sc_data_tag(sc_data_reading *report, const sc_tag_job *job, const char *out,
                      const sc_data_options *o) {
    *report = (sc_data_reading){0};
    tag t = {.job = job, .o = o, .out = out, .report = report};
    sc_status s = prepare(&t);
    if (s >= 0) s = sc__step_run_data(&step, &t, t.artifact, o);
    sc__tagging_close(t.tagging);
    sc__arena_deinit(&t.arena);
    return s;
}
