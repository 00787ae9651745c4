/* filter.c - the step that tags and judges in one pass, without files of attributes. */
#include "socle/tag.h"

#include "account/step.h"
#include "format/documents.h"
#include "stage/curation/flow.h"
#include "stage/curation/tag/beside.h"
#include "stage/curation/tag/job.h"
#include "stage/curation/tag/rules.h"
#include "stage/curation/tag/tagger.h"

#include <string.h>

enum { DOCUMENTS, DROPPED };
/* Counters of a flow: these, then three for each rule. */
enum { KEPT, LOST, BYTES_KEPT, BY_RULE };
enum { RULE_DROPPED, RULE_CUT, RULE_SPANS, RULE_COUNTERS };

static const char *const kinds[] = {"documents", "dropped"};

typedef struct {
    const sc_filter_job *job;
    const sc_data_options *o;
    const char *out;
    bool is_one; /* kept documents into one file, dropped ones nowhere */
    sc_filter_report *report;
    sc_rules *rules;
    sc_tagging *tagging;
    sc_beside *beside; /* attributes of the file that is read now; NULL: taggers say them */
} filter;

typedef struct {
    sc_tag_worker *tagger;
    sc_judge *judge;
    sc_buffer text; /* what is left of one */
    sc_buffer id;
} worker;

/* ---- rules as rows --------------------------------------------------------------------------- */

static sc_filter_rule row_of(const sc_rule *rule) {
    return (sc_filter_rule){.set = rule->set,
                            .name = rule->name,
                            .help = rule->help,
                            .source = rule->source,
                            .threshold = rule->threshold,
                            .less = rule->compare == SC_RULE_LESS,
                            .cuts = rule->action == SC_RULE_CUT,
                            .redacts = rule->action == SC_RULE_REDACT};
}

bool sc_filter_rule_get(sc_filter_rule *out, int i) {
    *out = (sc_filter_rule){0};
    if (i < 0 || i >= sc__n_rules) return false;
    *out = row_of(&sc__rule_table[i]);
    return true;
}

/* ---- one document ---------------------------------------------------------------------------- */

static void close_worker(void *arg) {
    worker *w = arg;
    sc__judge_close(w->judge);
    sc__tag_worker_close(w->tagger);
    sc__buffer_deinit(&w->text);
    sc__buffer_deinit(&w->id);
    sc__free(w);
}

static sc_status open_worker(void **out, void *user) {
    const filter *f = user;
    worker *w = sc__calloc(1, sizeof *w);
    if (!w) return SC_FAIL(SC_NOMEM, "filter");
    sc_status s = sc__tag_worker_open(&w->tagger, f->tagging);
    if (s >= 0) s = sc__judge_open(&w->judge, f->rules, &w->tagger->tags);
    if (s < 0)
        close_worker(w);
    else
        *out = w;
    return s;
}

/* {"dropped": {"step", "rule", "value", "threshold", "span"}} */
static sc_status why(json_t **out, const sc_rule *rule, const sc_verdict *v, sc_doc *d) {
    int64_t start, end;
    SC_TRY(sc__doc_char_of(&start, d, v->span.start));
    SC_TRY(sc__doc_char_of(&end, d, v->span.end));
    *out = json_pack("{s:{s:s, s:s++, s:f, s:f, s:[I, I]}}", "dropped", "step", "filter", "rule",
                     rule->set, ".", rule->name, "value", v->value, "threshold", v->threshold,
                     "span", (json_int_t)start, (json_int_t)end);
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "filter");
}

static sc_status drop(const filter *f, const sc_flow_item *item, const sc_verdict *v) {
    worker *w = item->worker;
    json_t *extra = NULL;
    item->tally[LOST]++;
    item->tally[BY_RULE + v->rule * RULE_COUNTERS + RULE_DROPPED]++;
    if (f->is_one) return SC_OK;
    sc_status s = why(&extra, sc__rules_get(f->rules, v->rule), v, w->tagger->doc);
    if (s >= 0) s = sc__record_change(&item->out[DROPPED], item->record, NULL, extra);
    json_decref(extra);
    return s;
}

static void count_cuts(const filter *f, const sc_flow_item *item, const sc_verdict *v) {
    for (int i = 0; i < sc__rules_count(f->rules); i++) {
        int64_t *tally = &item->tally[BY_RULE + i * RULE_COUNTERS];
        tally[RULE_CUT] += v->n_cut[i] > 0;
        tally[RULE_SPANS] += v->n_cut[i];
    }
}

/* Of a document from which all was cut: the first rule that did so drops it. */
static void drop_empty(const filter *f, sc_verdict *v) {
    v->dropped = true;
    for (v->rule = 0; !v->n_cut[v->rule]; v->rule++) {}
    v->value = (double)v->n_cut[v->rule];
    v->threshold = sc__rules_get(f->rules, v->rule)->threshold;
    v->span = v->cuts[0];
}

/* What was said of the document before, by `tag`. */
static sc_status recall(const filter *f, worker *w, const sc_record *record) {
    sc__buffer_clear(&w->id);
    SC_TRY(sc__record_id(&w->id, record));
    SC_TRY(sc__doc_set(w->tagger->doc, record->text, record));
    sc__tags_clear(&w->tagger->tags, record->text);
    return sc__beside_read(&w->tagger->tags, f->beside, (sc_slice){w->id.data, w->id.len},
                           w->tagger->doc);
}

static sc_status run_record(void *user, const sc_flow_item *item) {
    const filter *f = user;
    worker *w = item->worker;
    sc_verdict v;
    SC_TRY(f->beside ? recall(f, w, item->record) : sc__tag_worker_run(w->tagger, item->record));
    SC_TRY(sc__judge_run(&v, w->judge));
    if (v.dropped) return drop(f, item, &v);
    sc__buffer_clear(&w->text);
    if (v.n_cuts) SC_TRY(sc__verdict_apply(&w->text, &v, item->record->text));
    if (v.n_cuts && !w->text.len) return drop_empty(f, &v), drop(f, item, &v);
    const sc_slice left = v.n_cuts ? (sc_slice){w->text.data, w->text.len} : item->record->text;
    item->tally[KEPT]++;
    item->tally[BYTES_KEPT] += (int64_t)left.n;
    if (v.n_cuts) count_cuts(f, item, &v);
    return sc__record_change(&item->out[DOCUMENTS], item->record, v.n_cuts ? &left : NULL, NULL);
}

/* ---- the flow -------------------------------------------------------------------------------- */

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    const filter *f = user;
    (void)path;
    f->report->kept += tally[KEPT];
    f->report->dropped += tally[LOST];
    f->report->bytes_kept += tally[BYTES_KEPT];
    for (int i = 0; i < f->report->n_rules; i++) {
        const int64_t *rule = &tally[BY_RULE + i * RULE_COUNTERS];
        f->report->rules[i].dropped += rule[RULE_DROPPED];
        f->report->rules[i].cut += rule[RULE_CUT];
        f->report->rules[i].spans += rule[RULE_SPANS];
    }
    return SC_OK;
}

static sc_status run_flow(filter *f, const char *const *inputs, int n_inputs) {
    const sc_flow_step step = {.record = run_record,
                               .open_worker = open_worker,
                               .close_worker = close_worker,
                               .file_done = file_done,
                               .n_tally = BY_RULE + f->report->n_rules * RULE_COUNTERS};
    sc_flow_options o = {.inputs = inputs,
                         .n_inputs = n_inputs,
                         .out = f->out,
                         .kinds = kinds,
                         .n_kinds = f->is_one ? 1 : SC_LEN(kinds)};
    if (f->o) sc__flow_take(&o, f->o);
    o.max_line = sc__job_max_line(f->o);
    return sc__flow_run(&f->report->reading, &step, f, &o);
}

static void add_reading(sc_data_reading *to, const sc_data_reading *r) {
    if (!to->unreadable)
        memcpy(to->first_unreadable, r->first_unreadable, sizeof to->first_unreadable);
    to->files += r->files;
    to->documents += r->documents;
    to->bytes_in += r->bytes_in;
    to->unreadable += r->unreadable;
    to->replaced += r->replaced;
    to->seconds += r->seconds;
}

/* File by file, each with the attributes that lie beside it. */
static sc_status run_beside(filter *f) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found = {0};
    sc_data_reading all = {0};
    int n;
    const char *const *taggers = sc__rules_taggers(f->rules, &n);
    sc_status s = sc__documents_find(&found, &a, f->job->inputs, f->job->n_inputs);
    for (int64_t i = 0; i < found.n && s >= 0; i++) {
        const char *path = found.paths[i];
        s = sc__beside_open(&f->beside, f->job->attributes, path, taggers, n);
        if (s >= 0) s = run_flow(f, &path, 1);
        add_reading(&all, &f->report->reading);
        sc__beside_close(f->beside);
        f->beside = NULL;
    }
    f->report->reading = all;
    sc__arena_deinit(&a);
    return s;
}

/* ---- the account ----------------------------------------------------------------------------- */

static sc_status note_funnel(sc_account *a, const sc_filter_report *r) {
    json_t *list = json_array();
    int failed = !list;
    for (int i = 0; i < r->n_rules && !failed; i++) {
        const sc_filter_rule *rule = &r->rules[i];
        failed = json_array_append_new(
            list, json_pack("{s:s++, s:f, s:I, s:I, s:I}", "rule", rule->set, ".", rule->name,
                            "threshold", rule->threshold, "dropped", (json_int_t)rule->dropped,
                            "cut", (json_int_t)rule->cut, "spans", (json_int_t)rule->spans));
    }
    const sc_status s = failed ? SC_FAIL(SC_NOMEM, "account") : sc__account_note(a, "rules", list);
    json_decref(list);
    return s;
}

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
    if (s >= 0 && f->job->attributes) {
        if (a) s = sc__account_input(a, "attributes", f->job->attributes);
        if (s >= 0) s = run_beside(f);
    } else if (s >= 0) {
        s = run_flow(f, f->job->inputs, f->job->n_inputs);
    }
    if (s >= 0) s = sc__job_note(a, &f->report->reading);
    if (s >= 0 && a) s = note_funnel(a, f->report);
    json_decref(recipe);
    return s;
}

static const sc_step step = {"filter", "curation", "corpus", run_step};

static sc_status prepare(filter *f) {
    const sc_rules_options o = {.sets = f->job->rules,
                                .n_sets = f->job->n_rules,
                                .settings = f->job->settings,
                                .n_settings = f->job->n_settings};
    sc_tagging_options t = {0};
    SC_TRY(sc__job_words(&t.words, f->job->words));
    SC_TRY(sc__rules_open(&f->rules, &o));
    f->report->n_rules = sc__rules_count(f->rules);
    sc_assert(f->report->n_rules <= SC_FILTER_RULES_MAX);
    for (int i = 0; i < f->report->n_rules; i++)
        f->report->rules[i] = row_of(sc__rules_get(f->rules, i));
    t.taggers = sc__rules_taggers(f->rules, &t.n_taggers);
    t.settings = sc__rules_rest(f->rules, &t.n_settings);
    t.wanted = sc__rules_attributes(f->rules);
    return sc__tagging_open(&f->tagging, &t);
}

sc_status sc_data_filter(sc_filter_report *report, const sc_filter_job *job, const char *out,
                         const sc_data_options *o) {
    *report = (sc_filter_report){0};
    filter f = {.job = job, .o = o, .out = out, .is_one = sc__flow_is_file(out), .report = report};
    if (job->attributes && f.is_one)
        return SC_FAIL(SC_USAGE, "filter: %s: with attributes the output must be a folder", out);
    sc_status s = prepare(&f);
    if (s >= 0) s = sc__job_run(&step, &f, strcmp(out, "-") ? out : NULL, o);
    sc__tagging_close(f.tagging);
    sc__rules_close(f.rules);
    return s;
}
