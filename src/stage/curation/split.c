/* split.c - documents parted by a hash of their text: the same text is always on the same side. */
#include "account/step.h"
#include "base/hash.h"
#include "socle/data.h"
#include "stage/curation/flow.h"

enum { TRAIN, VALID, TEST, N_PARTS };

static const char *const parts[N_PARTS] = {"documents", "valid", "test"};

typedef struct {
    const sc_split_options *o;
    sc_split_report *report;
} splitting;

/* A number in [0, 1) of the text and the seed. */
static double draw(const sc_slice text, uint64_t seed) {
    return (double)(sc__hash64(text.p, text.n, seed) >> 11) * 0x1p-53;
}

static sc_status part_record(void *user, const sc_flow_item *item) {
    const sc_split_options *o = ((const splitting *)user)->o;
    const double x = draw(item->record->text, o->seed);
    const int part = x < o->valid ? VALID : x < o->valid + o->test ? TEST : TRAIN;
    item->tally[part]++;
    return sc__record_change(&item->out[part], item->record, NULL, NULL);
}

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    sc_split_report *r = ((splitting *)user)->report;
    (void)path;
    r->train += tally[TRAIN];
    r->valid += tally[VALID];
    r->test += tally[TEST];
    return SC_OK;
}

static sc_status tell(sc_account *a, const sc_split_options *o) {
    json_t *recipe =
        json_pack("{sf sf sI}", "valid", o->valid, "test", o->test, "seed", (json_int_t)o->seed);
    sc_status s = recipe ? sc__account_recipe(a, recipe) : SC_FAIL(SC_NOMEM, "split");
    json_decref(recipe);
    for (int i = 0; i < o->n_inputs && s >= 0; i++) s = sc__account_input(a, "data", o->inputs[i]);
    return s;
}

static sc_status run(sc_account *a, void *arg) {
    static const sc_flow_step step = {
        .record = part_record, .file_done = file_done, .n_tally = N_PARTS};
    splitting *x = arg;
    sc_flow_options f = {.inputs = x->o->inputs,
                         .n_inputs = x->o->n_inputs,
                         .out = x->o->out,
                         .kinds = parts,
                         .n_kinds = x->o->test > 0 ? N_PARTS : TEST};
    if (a) SC_TRY(tell(a, x->o));
    sc__flow_take(&f, &x->o->common);
    return sc__flow_run(&x->report->reading, &step, x, &f);
}

sc_status sc_data_split(sc_split_report *out, const sc_split_options *o) {
    static const sc_step step = {"data split", "curation", "corpus", run};
    splitting x = {o, out};
    *out = (sc_split_report){0};
    if (!(o->valid >= 0 && o->test >= 0 && o->valid + o->test < 1))
        return SC_FAIL(SC_USAGE, "split: valid %g and test %g: must be shares below 1 together",
                       o->valid, o->test);
    if (sc__output_is_file(o->out))
        return SC_FAIL(SC_USAGE, "split: %s: must be a folder: there are several parts", o->out);
    return sc__step_run_data(&step, &x, o->out, &o->common);
}
