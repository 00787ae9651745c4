/* filter.c - the step that tags and judges in one pass, or judges by attributes that lie there. */
#include "socle/tag.h"

#include "account/step.h"
#include "stage/curation/flow.h"
#include "stage/curation/tag/job.h"
#include "stage/curation/tag/sieve.h"

#include <string.h>

enum { DOCUMENTS, DROPPED };

static const char *const kinds[] = {"documents", "dropped"};

typedef struct {
    const sc_filter_job *job;
    const sc_data_options *o;
    const char *out;
    bool is_one; /* kept documents into one file, dropped ones nowhere */
    sc_filter_report *report;
    sc_sieve *sieve;
} filter;

/* ---- the flow -------------------------------------------------------------------------------- */

static sc_status open_worker(void **out, void *user) {
    const filter *f = user;
    return sc__sieve_worker_open((sc_sieve_worker **)out, f->sieve);
}

static void close_worker(void *worker) { sc__sieve_worker_close(worker); }

static sc_status run_record(void *user, const sc_flow_item *item) {
    const filter *f = user;
    sc_sieved left;
    SC_TRY(sc__sieve_run(&left, item->worker, item, item->tally));
    if (left.dropped && f->is_one) return SC_OK;
    if (left.dropped)
        return sc__sieve_write_dropped(&item->out[DROPPED], item->worker, item->record);
    return sc__record_change(&item->out[DOCUMENTS], item->record, left.changed ? &left.text : NULL,
                             NULL);
}

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    const filter *f = user;
    sc__sieve_file_done(f->sieve, path, f->report, tally);
    return SC_OK;
}

static sc_status run_flow(filter *f) {
    const sc_flow_step step = {.record = run_record,
                               .open_worker = open_worker,
                               .close_worker = close_worker,
                               .file_done = file_done,
                               .n_tally = sc__sieve_n_tally(f->sieve)};
    sc_flow_options o = {.inputs = f->job->inputs,
                         .n_inputs = f->job->n_inputs,
                         .out = f->out,
                         .kinds = kinds,
                         .n_kinds = f->is_one ? 1 : SC_LEN(kinds)};
    if (f->o) sc__flow_take(&o, f->o);
    o.max_line = sc__job_max_line(f->o);
    return sc__flow_run(&f->report->reading, &step, f, &o);
}

/* ---- the account ----------------------------------------------------------------------------- */

static sc_status run_step(sc_account *a, void *arg) {
    filter *f = arg;
    const sc_tag_job job = {.inputs = f->job->inputs,
                            .n_inputs = f->job->n_inputs,
                            .settings = f->job->settings,
                            .n_settings = f->job->n_settings,
                            .words = f->job->words};
    json_t *recipe = json_object();
    sc_status s = recipe ? SC_OK : SC_FAIL(SC_NOMEM, "filter");
    if (s >= 0) s = sc__job_list(recipe, "rules", f->job->rules, f->job->n_rules);
    if (s >= 0) s = sc__job_recipe(recipe, &job);
    if (s >= 0 && a) s = sc__account_recipe(a, recipe);
    if (s >= 0) s = sc__job_inputs(a, &job);
    if (s >= 0 && a && f->job->attributes)
        s = sc__account_input(a, "attributes", f->job->attributes);
    if (s >= 0) s = run_flow(f);
    if (s >= 0) s = sc__job_note(a, &f->report->reading);
    if (s >= 0 && a) s = sc__sieve_note(a, f->report);
    json_decref(recipe);
    return s;
}

static const sc_step step = {"filter", "curation", "corpus", run_step};

static sc_status prepare(filter *f) {
    const sc_sieve_options o = {.step = "filter",
                                .rules = f->job->rules,
                                .n_rules = f->job->n_rules,
                                .settings = f->job->settings,
                                .n_settings = f->job->n_settings,
                                .words = f->job->words,
                                .beside = f->job->attributes != NULL};
    SC_TRY(sc__sieve_open(&f->sieve, &o));
    sc__sieve_attributes(f->sieve, f->job->attributes);
    sc__sieve_begin(f->report, f->sieve);
    return SC_OK;
}

sc_status sc_data_filter(sc_filter_report *report, const sc_filter_job *job, const char *out,
                         const sc_data_options *o) {
    *report = (sc_filter_report){0};
    filter f = {
        .job = job, .o = o, .out = out, .is_one = sc__output_is_file(out), .report = report};
    sc_status s = prepare(&f);
    if (s >= 0) s = sc__step_run_data(&step, &f, out, o);
    sc__sieve_close(f.sieve);
    return s;
}
