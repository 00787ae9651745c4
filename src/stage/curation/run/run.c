/* run.c - a whole corpus from one recipe: step after step, each from the folder of the one before.
 *
 * OUTPUT/.steps/N-NAME/ holds what a step made and, written last, done.json with the key of all it
 * depends on. A step whose key is the same is not done again; one that was broken off is done from
 * its beginning, to the same bytes. At the end the corpus is hard links to what the steps left, and
 * all of them together have one account. */
#include "account/files.h"
#include "account/step.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/lock.h"
#include "socle/version.h"
#include "stage/curation/report/report.h"
#include "stage/curation/run/output.h"
#include "stage/curation/run/plan.h"
#include "stage/curation/run/steps.h"
#include "socle/corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const sc_data_run_options *o;
    sc_data_run_report *report;
    sc_data_options common; /* without what no step takes */
    sc_plan plan;
    sc_arena arena;
    sc_run_state state;
    int n_steps;                        /* that the recipe asks for */
    const char *steps;                  /* OUTPUT/.steps */
    const char *dirs[SC_RUN_STEPS_MAX]; /* of all steps: OUTPUT/.steps/2-filter */
    sc_digest keys[SC_RUN_STEPS_MAX];   /* what each depends on */
    json_t *rows[SC_RUN_STEPS_MAX];     /* what done.json tells of those that are done */
} running;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "data run"); }

/* ---- what a step depends on ------------------------------------------------------------------ */

/* The key of a step: of the one before, its name and its settings. The memory bounds how long a
 * line is read. */
static sc_status find_key(running *r, int n, const sc_run_step *step, int i) {
    sc_buffer b = SC_BUFFER_INIT;
    sc__buffer_printf(&b, "%s|%s|%s|%d|%zu", sc_version(), n ? r->keys[n - 1].hex : "", step->name,
                      (int)r->o->common.strict, r->o->common.max_memory);
    sc_status s = step->key(&b, &r->plan, i);
    if (s >= 0) s = b.status;
    if (s >= 0) s = sc__hash_bytes(&r->keys[n], b.data, b.len);
    sc__buffer_deinit(&b);
    return s;
}

/* All steps that the recipe asks for, before the first is done: a file that is missing is missing
 * now and not hours later. */
static sc_status find_steps(running *r) {
    for (int k = 0; k < SC_RUN_N_STEPS; k++) {
        const sc_run_step *step = &sc__run_steps[k];
        const int times = step->times(&r->plan);
        for (int i = 0; i < times; i++) {
            const int n = r->n_steps++;
            sc_data_run_step *row = &r->report->steps[n];
            const char *dash = k == SC_RUN_DEDUP ? "-" : "",
                       *method = k == SC_RUN_DEDUP ? r->plan.methods.texts[i] : "";
            snprintf(row->name, sizeof row->name, "%s%s%s", step->name, dash, method);
            row->number = n + 1;
            r->dirs[n] = sc__arena_printf(&r->arena, "%s/%d-%s", r->steps, n + 1, row->name);
            if (!r->dirs[n]) return no_memory();
            SC_TRY(find_key(r, n, step, i));
        }
    }
    for (int n = 0; n < r->n_steps; n++) r->report->steps[n].of = r->n_steps;
    return SC_OK;
}

/* ---- done.json ------------------------------------------------------------------------------- */

/* The row as the account tells it, with what the step adds. */
static json_t *row_json(const sc_data_run_step *row, json_t *details) {
    json_t *o =
        json_pack("{ss sI sI sI sI sI sI so}", "step", row->name, "seen", (json_int_t)row->seen,
                  "kept", (json_int_t)row->kept, "dropped", (json_int_t)row->dropped, "held_out",
                  (json_int_t)row->held_out, "bytes_in", (json_int_t)row->bytes_in, "unreadable",
                  (json_int_t)row->unreadable, "first_unreadable",
                  sc__json_text(row->first_unreadable)); /* paths need not be UTF-8 */
    if (o && json_object_update(o, details) >= 0) return o;
    json_decref(o);
    return NULL;
}

static void read_row(sc_data_run_step *row, const json_t *o) {
    const struct {
        const char *name;
        int64_t *value;
    } numbers[] = {{"seen", &row->seen},         {"kept", &row->kept},
                   {"dropped", &row->dropped},   {"held_out", &row->held_out},
                   {"bytes_in", &row->bytes_in}, {"unreadable", &row->unreadable}};
    for (int i = 0; i < SC_LEN(numbers); i++)
        *numbers[i].value = json_integer_value(json_object_get(o, numbers[i].name));
    const char *first = json_string_value(json_object_get(o, "first_unreadable"));
    snprintf(row->first_unreadable, sizeof row->first_unreadable, "%s", first ? first : "");
}

/* Whether the folder holds this step, done; its row as it was told then. */
static sc_status is_done(bool *out, running *r, int n) {
    json_t *o = NULL;
    const char *marker = sc__path_join(&r->arena, r->dirs[n], "done.json");
    *out = false;
    if (!marker) return no_memory();
    if (!sc__path_exists(marker) || sc__json_load(&o, marker) < 0) return SC_OK;
    const char *key = json_string_value(json_object_get(o, "key"));
    *out = key && !strcmp(key, r->keys[n].hex) && json_object_get(o, "row");
    if (*out) {
        r->rows[n] = json_incref(json_object_get(o, "row"));
        read_row(&r->report->steps[n], r->rows[n]);
    }
    json_decref(o);
    return SC_OK;
}

static sc_status mark_done(running *r, int n) {
    const char *marker = sc__path_join(&r->arena, r->dirs[n], "done.json");
    json_t *o = json_pack("{ss sO}", "key", r->keys[n].hex, "row", r->rows[n]);
    const sc_status s = o && marker ? sc__json_save(o, marker) : no_memory();
    json_decref(o);
    return s;
}

/* ---- one after another ----------------------------------------------------------------------- */

/* What the step made is the input of the next. Ingest has a folder for each source. */
static sc_status hand_on(running *r, const char *dir, bool by_source) {
    const int n = by_source ? r->plan.n_sources : 1;
    const char **inputs = sc__arena_array(&r->arena, (size_t)n, sizeof *inputs);
    if (!inputs) return no_memory();
    for (int i = 0; i < n; i++) {
        inputs[i] = by_source ? sc__path_join(&r->arena, dir, r->plan.sources[i].name) : dir;
        if (!inputs[i]) return no_memory();
    }
    r->state.inputs = inputs;
    r->state.n_inputs = n;
    return SC_OK;
}

static sc_status do_step(running *r, int n, const sc_run_step *step, int i) {
    sc_data_run_step *row = &r->report->steps[n];
    json_t *details = json_object();
    if (!details) return no_memory();
    sc_status s = sc__dir_remove(r->dirs[n]);
    if (s >= 0) s = sc__dir_make(r->dirs[n]);
    if (s >= 0) s = step->run(row, details, &r->state, r->dirs[n], i);
    if (s >= 0 && !(r->rows[n] = row_json(row, details))) s = no_memory();
    json_decref(details);
    return s < 0 ? s : mark_done(r, n);
}

static sc_status run_step(running *r, int n, sc_run_which which, int i) {
    const sc_run_step *step = &sc__run_steps[which];
    sc_data_run_step *row = &r->report->steps[n];
    const double start = sc__clock_now();
    SC_TRY(is_done(&row->reused, r, n));
    r->report->n_steps = n + 1;
    if (r->o->step) r->o->step(r->o->common.user, row, false);
    if (!row->reused) SC_TRY(do_step(r, n, step, i));
    row->seconds = sc__clock_now() - start;
    if (r->o->step) r->o->step(r->o->common.user, row, true);
    r->state.dirs[which] = r->dirs[n];
    return step->hands_on ? hand_on(r, r->dirs[n], which == SC_RUN_INGEST) : SC_OK;
}

static sc_status run_steps(running *r) {
    int n = 0;
    r->state = (sc_run_state){.plan = &r->plan, .common = &r->common, .arena = &r->arena};
    for (int k = 0; k < SC_RUN_N_STEPS; k++) {
        const int times = sc__run_steps[k].times(&r->plan);
        for (int i = 0; i < times; i++) SC_TRY(run_step(r, n++, (sc_run_which)k, i));
    }
    return SC_OK;
}

/* What a run would do, and nothing of it. */
static sc_status look_ahead(running *r) {
    for (int n = 0; n < r->n_steps; n++) SC_TRY(is_done(&r->report->steps[n].reused, r, n));
    r->report->n_steps = r->n_steps;
    return SC_OK;
}

/* ---- the corpus ------------------------------------------------------------------------------ */

/* Not a step of the recipe: it is done each time. */
static sc_status describe(running *r, const json_t *entry) {
    static const sc_data_run_step step = {.name = "report"};
    sc_census census = {0};
    const sc_data_options o = {.threads = r->o->common.threads,
                               .stop = r->o->common.stop,
                               .progress = r->o->common.progress,
                               .user = r->o->common.user};
    if (r->o->step) r->o->step(r->o->common.user, &step, false);
    sc_status s = sc__corpus_describe(&census, r->plan.output, entry, &o);
    if (s >= 0) {
        r->report->documents = census.groups[0].n;
        r->report->bytes = census.groups[0].bytes;
        r->report->characters = census.characters;
    }
    sc__census_deinit(&census);
    return s;
}

static sc_status tell_inputs(const running *r, sc_account *a) {
    const sc_plan *p = &r->plan;
    const struct {
        const char *role;
        const sc_plan_list *paths;
    } others[] = {
        {"ngram", &p->ngram_texts}, {"good", &p->good}, {"bad", &p->bad}, {"against", &p->against}};
    for (int i = 0; i < p->n_sources; i++)
        for (int64_t k = 0; k < p->sources[i].paths.n; k++)
            SC_TRY(sc__account_input(a, p->sources[i].name, p->sources[i].paths.texts[k]));
    for (int i = 0; i < SC_LEN(others); i++)
        for (int64_t k = 0; k < others[i].paths->n; k++)
            SC_TRY(sc__account_input(a, others[i].role, others[i].paths->texts[k]));
    return p->mixes && p->mix.tokenizer ? sc__account_input(a, "tokenizer", p->mix.tokenizer)
                                        : SC_OK;
}

static sc_status tell(running *r, sc_account *a, const json_t *recipe) {
    json_t *rows = json_array();
    sc_status s = rows ? sc__account_recipe(a, recipe) : no_memory();
    if (s >= 0) s = tell_inputs(r, a);
    for (int i = 0; i < r->report->n_steps && s >= 0; i++)
        if (json_array_append(rows, r->rows[i]) < 0) s = no_memory();
    if (s >= 0) s = sc__account_note(a, "funnel", rows);
    json_decref(rows);
    return s;
}

static sc_status run_all(sc_account *a, void *arg) {
    running *r = arg;
    json_t *recipe = NULL;
    SC_TRY(sc__recipe_json(&recipe, r->plan.recipe));
    int lock = -1;
    sc_status s = sc__dir_make(r->steps);
    if (s >= 0) s = sc__lock_take(&lock, r->steps, false);
    if (s >= 0) s = sc__dir_sweep(r->plan.output); /* of a run that was killed as it wrote */
    if (s >= 0) s = run_steps(r);
    if (s >= 0) s = sc__output_publish(&r->state, r->dirs, r->report->n_steps);
    if (s >= 0) s = tell(r, a, recipe);
    if (s >= 0) s = describe(r, sc__account_entry(a));
    if (s >= 0 && !r->plan.keep_steps) s = sc__dir_remove(r->steps);
    sc__lock_give(lock);
    json_decref(recipe);
    return s;
}

sc_status sc_data_run(sc_data_run_report *out, const sc_data_run_options *o) {
    static const sc_step step = {"data run", "curation", "corpus", run_all};
    running r = {.o = o, .report = out, .common = o->common};
    const double start = sc__clock_now();
    *out = (sc_data_run_report){0};
    r.common.id_field = r.common.text_field = NULL;
    r.common.shard = r.common.n_shards = 0;
    sc_status s = sc__plan_open(&r.plan, o->recipe, o->overrides, o->n_overrides);
    if (s >= 0) {
        snprintf(out->output, sizeof out->output, "%s", r.plan.output);
        r.steps = sc__output_steps(&r.arena, &r.plan);
        const sc_step_where where = {.artifact = r.plan.output, .threads = o->common.threads};
        s = r.steps ? sc__output_check(&r.plan) : no_memory();
        if (s >= 0) s = find_steps(&r);
        if (s >= 0) s = o->dry_run ? look_ahead(&r) : sc__step_run(&step, &r, &where);
    }
    out->seconds = sc__clock_now() - start;
    for (int i = 0; i < SC_RUN_STEPS_MAX; i++) json_decref(r.rows[i]);
    sc__plan_close(&r.plan);
    sc__arena_deinit(&r.arena);
    return s;
}

sc_status sc_data_template(const char *path) {
    return sc__recipe_template_save(sc__plan_keys,
                                    "A corpus: socle data run FILE.yaml\n"
                                    "Paths are relative to the working directory.\n"
                                    "Steps are done in the order below; one whose keys are not "
                                    "given is left out.",
                                    path);
}
