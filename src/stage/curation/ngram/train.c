/* train.c - the step that makes a model of a corpus: texts are cut into lines of words on all
 * cores, numbered in order on one; the training of these is on all cores again. */
#include "socle/tag.h"

#include "stage/curation/flow.h"
#include "stage/curation/ngram/cut.h"
#include "stage/curation/ngram/ngram.h"
#include "stage/curation/tag/job.h"

#include <string.h>

typedef struct {
    sc_tag_job job;
    sc_ngram_options o;
    const char *out;
    sc_words_mode words;
    sc_ngram_report *report;
    sc_ngram_trainer *trainer;
    sc_cut_room room;
} training;

static sc_status open_worker(void **out, void *user) {
    sc_cutter *c;
    SC_TRY(sc__cutter_open(&c, ((const training *)user)->words));
    *out = c;
    return SC_OK;
}

static void close_worker(void *worker) { sc__cutter_close(worker); }

static sc_status cut_record(void *user, const sc_flow_item *item) {
    (void)user;
    return sc__cutter_append(item->out, item->worker, item->record);
}

static sc_status collect(void *user, int kind, const char *bytes, size_t n) {
    training *t = user;
    (void)kind;
    return sc__cut_collect(t->trainer, bytes, n, &t->room);
}

static sc_status read_texts(training *t) {
    static const char *const kinds[] = {NULL};
    const sc_flow_step step = {.record = cut_record,
                               .open_worker = open_worker,
                               .close_worker = close_worker,
                               .collect = collect};
    sc_flow_options f = {
        .inputs = t->job.inputs, .n_inputs = t->job.n_inputs, .kinds = kinds, .n_kinds = 1};
    sc__flow_take(&f, &t->o.common);
    return sc__flow_run(&t->report->reading, &step, t, &f);
}

/* ---- the step -------------------------------------------------------------------------------- */

static sc_status tell(sc_account *a, const training *t) {
    json_t *recipe = json_pack("{s:i, s:I, s:b}", "order", t->o.order, "min_count",
                               (json_int_t)t->o.min_count, "one_discount", (int)t->o.one_discount);
    sc_status s = recipe ? sc__job_recipe(recipe, &t->job) : SC_FAIL(SC_NOMEM, "ngram");
    if (s >= 0) s = sc__account_recipe(a, recipe);
    if (s >= 0) s = sc__job_inputs(a, &t->job);
    json_decref(recipe);
    return s;
}

static sc_status note(sc_account *a, const training *t) {
    const sc_ngram_report *r = t->report;
    json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:i}", "words", (json_int_t)r->words, "lines",
                          (json_int_t)r->lines, "vocabulary", (json_int_t)r->vocabulary, "ngrams",
                          (json_int_t)r->ngrams, "fallback_orders", r->fallback);
    sc_status s = o ? sc__account_note(a, "model", o) : SC_FAIL(SC_NOMEM, "ngram");
    if (s >= 0) s = sc__job_note(a, &r->reading);
    json_decref(o);
    return s;
}

/* Scratch files lie where the model will: there is room for as much as it. */
static sc_status open_trainer(training *t, sc_arena *a) {
    const char *slash = strrchr(t->out, '/');
    const size_t n = slash == t->out ? 1 : slash ? (size_t)(slash - t->out) : 0;
    const sc_ngram_trainer_options o = {.order = t->o.order,
                                        .min_count = t->o.min_count,
                                        .one_discount = t->o.one_discount,
                                        .threads = t->o.common.threads,
                                        .max_memory = t->o.common.max_memory,
                                        .dir = n ? sc__arena_strndup(a, t->out, n) : ".",
                                        .stop = t->o.common.stop};
    if (!o.dir) return SC_FAIL(SC_NOMEM, "ngram");
    SC_TRY(sc__dir_make(o.dir));
    return sc__ngram_trainer_open(&t->trainer, &o);
}

static sc_status train(training *t, sc_arena *a) {
    sc_ngram_trained r;
    SC_TRY(open_trainer(t, a));
    SC_TRY(read_texts(t));
    SC_TRY(sc__ngram_trainer_save(&r, t->trainer, t->out));
    t->report->words = r.words;
    t->report->lines = r.sentences;
    t->report->vocabulary = r.vocabulary;
    t->report->ngrams = r.ngrams;
    t->report->fallback = r.fallback;
    return SC_OK;
}

static sc_status run(sc_account *a, void *arg) {
    training *t = arg;
    sc_arena arena = SC_ARENA_INIT;
    sc_status s = tell(a, t);
    if (s >= 0) s = train(t, &arena);
    if (s >= 0) s = note(a, t);
    sc__arena_deinit(&arena);
    return s;
}

sc_status sc_data_ngram(sc_ngram_report *report, const char *const *inputs, int n_inputs,
                        const char *out, const sc_ngram_options *o) {
    static const sc_step step = {"data ngram", "curation", "model", run};
    training t = {.job = {.inputs = inputs, .n_inputs = n_inputs, .words = o ? o->words : NULL},
                  .out = out,
                  .report = report};
    if (o) t.o = *o;
    if (!t.o.order) t.o.order = 5;
    if (!t.o.min_count) t.o.min_count = 1;
    *report = (sc_ngram_report){0};
    if (t.o.order < 1 || t.o.order > SC_NGRAM_ORDER_MAX || t.o.min_count < 1)
        return SC_FAIL(SC_USAGE, "ngram: order must be 1 to %d, min-count 1 or more",
                       SC_NGRAM_ORDER_MAX);
    if (!strcmp(out, "-"))
        return SC_FAIL(SC_USAGE, "ngram: a model goes to a file, not to standard output");
    SC_TRY(sc__job_words(&t.words, t.o.words));
    const sc_status s = sc__step_run_data(&step, &t, out, &t.o.common);
    sc__ngram_trainer_close(t.trainer);
    sc__buffer_deinit(&t.room.known);
    sc__buffer_deinit(&t.room.line);
    return s;
}
