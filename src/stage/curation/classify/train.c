/* train.c - the step that makes a classifier of good and bad documents: features are made on all
 * cores and collected in order, the weights fitted on one. */
#include "socle/tag.h"

#include "base/hash.h"
#include "stage/curation/classify/classify.h"
#include "stage/curation/flow.h"
#include "stage/curation/tag/job.h"

#include <string.h>

typedef struct {
    sc_classifier_options o;
    const char *out;
    sc_words_mode words;
    sc_classifier_report *report;
    sc_classifier *model;
    sc_buffer features; /* of all examples, one after another */
    sc_buffer sizes;    /* head by head */
    bool good;          /* which kind this pass reads */
} training;

/* An example as it goes through the flow: this, then its features. */
typedef struct {
    uint32_t n;
    uint8_t good, held_out, unused[2];
} head;

static sc_status open_worker(void **out, void *user) {
    sc_doc *d;
    SC_TRY(sc__doc_open(&d, ((const training *)user)->words));
    *out = d;
    return SC_OK;
}

static void close_worker(void *worker) { sc__doc_close(worker); }

static sc_status cut_record(void *user, const sc_flow_item *item) {
    const training *t = user;
    const sc_slice text = item->record->text;
    const size_t at = item->out->len;
    const double draw = (double)(sc__hash64(text.p, text.n, t->o.seed) >> 11) * 0x1p-53;
    head h = {.good = t->good, .held_out = draw < t->o.valid};
    SC_TRY(sc__doc_set(item->worker, text, item->record));
    sc__buffer_append(item->out, &h, sizeof h);
    SC_TRY(sc__classifier_features(item->out, item->worker, t->o.bits));
    SC_TRY(item->out->status);
    h.n = (uint32_t)((item->out->len - at - sizeof h) / sizeof(uint32_t));
    memcpy(item->out->data + at, &h, sizeof h);
    return SC_OK;
}

static sc_status collect(void *user, int kind, const char *bytes, size_t n) {
    training *t = user;
    const size_t most = t->o.common.max_memory ? t->o.common.max_memory : (size_t)2 << 30;
    (void)kind;
    for (size_t at = 0; at < n;) {
        head h;
        memcpy(&h, bytes + at, sizeof h);
        at += sizeof h;
        sc__buffer_append(&t->sizes, &h, sizeof h);
        sc__buffer_append(&t->features, bytes + at, h.n * sizeof(uint32_t));
        at += h.n * sizeof(uint32_t);
    }
    SC_TRY(t->sizes.status);
    SC_TRY(t->features.status);
    if (t->features.len + t->sizes.len <= most) return SC_OK;
    return SC_FAIL(SC_NOMEM, "classifier: more examples than %zu MB hold", most >> 20);
}

static sc_status pass(training *t, bool good, sc_data_reading *r) {
    static const char *const kinds[] = {NULL};
    const sc_flow_step step = {.record = cut_record,
                               .open_worker = open_worker,
                               .close_worker = close_worker,
                               .collect = collect};
    sc_flow_options f = {.inputs = good ? t->o.good : t->o.bad,
                         .n_inputs = good ? t->o.n_good : t->o.n_bad,
                         .kinds = kinds,
                         .n_kinds = 1};
    t->good = good;
    sc__flow_take(&f, &t->o.common);
    return sc__flow_run(r, &step, t, &f);
}

static sc_status fit(training *t) {
    const int64_t n = (int64_t)(t->sizes.len / sizeof(head));
    const head *heads = (const head *)(const void *)t->sizes.data;
    const uint32_t *at = (const uint32_t *)(const void *)t->features.data;
    const sc_fit_options o = {t->o.epochs, t->o.rate, t->o.seed};
    sc_fit_result r;
    sc_example *examples = sc__calloc((size_t)n + 1, sizeof *examples);
    if (!examples) return SC_FAIL(SC_NOMEM, "classifier");
    for (int64_t i = 0; i < n; i++) {
        examples[i] = (sc_example){at, heads[i].n, heads[i].good, heads[i].held_out};
        if (heads[i].n) at += heads[i].n;
    }
    const sc_status s = sc__classifier_fit(&r, t->model, examples, n, &o);
    sc__free(examples);
    t->report->held_out = r.n;
    t->report->right = r.right;
    t->report->loss = r.loss;
    return s;
}

/* ---- the step -------------------------------------------------------------------------------- */

static sc_status tell(sc_account *a, const training *t) {
    const sc_classifier_options *o = &t->o;
    json_t *recipe = json_pack("{s:s, s:i, s:i, s:f, s:f, s:I}", "words", sc_words_names[t->words],
                               "bits", o->bits, "epochs", o->epochs, "rate", o->rate, "valid",
                               o->valid, "seed", (json_int_t)o->seed);
    sc_status s = recipe ? sc__account_recipe(a, recipe) : SC_FAIL(SC_NOMEM, "classifier");
    json_decref(recipe);
    for (int i = 0; i < o->n_good && s >= 0; i++) s = sc__account_input(a, "good", o->good[i]);
    for (int i = 0; i < o->n_bad && s >= 0; i++) s = sc__account_input(a, "bad", o->bad[i]);
    return s;
}

static sc_status note(sc_account *a, const sc_classifier_report *r) {
    json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:f}", "good", (json_int_t)r->good.documents, "bad",
                          (json_int_t)r->bad.documents, "held_out", (json_int_t)r->held_out,
                          "right", (json_int_t)r->right, "loss", r->loss);
    const sc_status s = o ? sc__account_note(a, "model", o) : SC_FAIL(SC_NOMEM, "classifier");
    json_decref(o);
    return s;
}

static sc_status run(sc_account *a, void *arg) {
    training *t = arg;
    SC_TRY(tell(a, t));
    SC_TRY(sc__classifier_open(&t->model, t->o.bits, t->words));
    SC_TRY(pass(t, true, &t->report->good));
    SC_TRY(pass(t, false, &t->report->bad));
    SC_TRY(fit(t));
    SC_TRY(note(a, t->report));
    return sc__classifier_save(t->model, t->out);
}

static sc_status complete(sc_classifier_options *o) {
    if (!o->bits) o->bits = 20;
    if (!o->epochs) o->epochs = 5;
    if (o->rate == 0) o->rate = 1;
    if (!o->n_good || !o->n_bad)
        return SC_FAIL(SC_USAGE, "classifier: good and bad examples are needed");
    if (o->bits < SC_CLASSIFIER_BITS_MIN || o->bits > SC_CLASSIFIER_BITS_MAX)
        return SC_FAIL(SC_USAGE, "classifier: bits must be %d to %d", SC_CLASSIFIER_BITS_MIN,
                       SC_CLASSIFIER_BITS_MAX);
    if (o->epochs < 1 || !(o->rate > 0 && o->rate < 1e3) || !(o->valid >= 0 && o->valid < 1))
        return SC_FAIL(SC_USAGE,
                       "classifier: epochs from 1, rate above 0, valid from 0 to below 1");
    return SC_OK;
}

sc_status sc_data_classifier(sc_classifier_report *report, const char *out,
                             const sc_classifier_options *o) {
    static const sc_step step = {"data classifier", "curation", "model", run};
    training t = {.o = *o, .out = out, .report = report};
    *report = (sc_classifier_report){0};
    if (!strcmp(out, "-"))
        return SC_FAIL(SC_USAGE, "classifier: a model goes to a file, not to standard output");
    SC_TRY(complete(&t.o));
    SC_TRY(sc__job_words(&t.words, o->words));
    const sc_status s = sc__step_run_data(&step, &t, out, &t.o.common);
    sc__classifier_close(t.model);
    sc__buffer_deinit(&t.features);
    sc__buffer_deinit(&t.sizes);
    return s;
}
