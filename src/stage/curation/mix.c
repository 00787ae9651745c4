/* mix.c - several corpora in chosen proportions.
 *
 * The share of a source is its weight times its size to the power 1/T (Conneau & Lample 2019: T = 1
 * leaves the proportions as they are, a higher T evens them out). From the budget and its share
 * follow its epochs: each document is written as often as the whole ones say, and once more where a
 * hash of its text falls below the rest, so that nothing depends on the order or the threads.
 * Beyond four epochs repeated text is worth less and less (Muennighoff et al. 2023). */
#include "account/step.h"
#include "base/hash.h"
#include "base/log.h"
#include "socle/corpus.h"
#include "socle/tokenizer.h"
#include "stage/curation/flow.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DOCUMENTS, SIZE, WRITTEN, WRITTEN_SIZE, N_TALLY, DEFAULT_EPOCHS = 4 };

typedef struct {
    const sc_mix_options *o;
    sc_mix_report *report;
    sc_tokenizer *tokenizer; /* sizes are tokens; NULL: bytes of text */
    int source;              /* that is read now */
    bool writing;
} mixing;

typedef struct {
    sc_encoder *encoder;
    sc_ids ids;
} measure;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "mix"); }

/* ---- one document ---------------------------------------------------------------------------- */

static sc_status size_of(int64_t *out, measure *m, sc_slice text) {
    *out = (int64_t)text.n;
    if (!m->encoder) return SC_OK;
    m->ids.n = 0;
    SC_TRY(sc_encoder_run(m->encoder, &m->ids, text.p, text.n,
                          SC_ENCODE_NO_SPECIAL | SC_ENCODE_PLAIN));
    *out = m->ids.n;
    return SC_OK;
}

/* How often a document is written. */
static int64_t copies(const mixing *x, sc_slice text) {
    const double epochs = x->report->sources[x->source].epochs, whole = floor(epochs);
    const double draw = (double)(sc__hash64(text.p, text.n, x->o->seed) >> 11) * 0x1p-53;
    return (int64_t)whole + (draw < epochs - whole);
}

static sc_status take(void *user, const sc_flow_item *item) {
    const mixing *x = user;
    int64_t size;
    SC_TRY(size_of(&size, item->worker, item->record->text));
    item->tally[DOCUMENTS]++;
    item->tally[SIZE] += size;
    if (!x->writing) return SC_OK;
    const int64_t n = copies(x, item->record->text);
    item->tally[WRITTEN] += n;
    item->tally[WRITTEN_SIZE] += n * size;
    for (int64_t i = 0; i < n; i++)
        SC_TRY(sc__record_change(&item->out[0], item->record, NULL, NULL));
    return SC_OK;
}

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    mixing *x = user;
    sc_mix_source *s = &x->report->sources[x->source];
    (void)path;
    if (!x->writing) {
        s->documents += tally[DOCUMENTS];
        s->size += tally[SIZE];
    }
    s->written += tally[WRITTEN];
    s->written_size += tally[WRITTEN_SIZE];
    return SC_OK;
}

static sc_status open_worker(void **worker, void *user) {
    const mixing *x = user;
    measure *m = *worker = sc__calloc(1, sizeof *m);
    if (!m) return no_memory();
    return x->tokenizer ? sc_encoder_open(&m->encoder, x->tokenizer) : SC_OK;
}

static void close_worker(void *worker) {
    measure *m = worker;
    sc_encoder_close(m->encoder);
    sc_ids_deinit(&m->ids);
    sc__free(m);
}

/* ---- the proportions ------------------------------------------------------------------------- */

static double raw_share(const mixing *x, int i) {
    const double t = x->o->temperature > 0 ? x->o->temperature : 1;
    const sc_mix_source *s = &x->report->sources[i];
    return s->size ? x->o->sources[i].weight * pow((double)s->size, 1 / t) : 0;
}

static sc_status decide(mixing *x) {
    sc_mix_report *r = x->report;
    const double limit = x->o->max_epochs > 0 ? x->o->max_epochs : DEFAULT_EPOCHS;
    double all = 0, budget = (double)x->o->budget;
    for (int i = 0; i < r->n_sources; i++) all += raw_share(x, i);
    if (!(all > 0)) return SC_FAIL(SC_FORMAT, "mix: the sources hold no text that has a weight");
    for (int i = 0; i < r->n_sources && !x->o->budget; i++) budget += (double)r->sources[i].size;
    for (int i = 0; i < r->n_sources; i++) {
        sc_mix_source *s = &r->sources[i];
        s->share = raw_share(x, i) / all;
        s->epochs = s->size ? s->share * budget / (double)s->size : 0;
        if (s->epochs <= limit) continue;
        SC_WARN("%s: its share would take %.1f epochs; it gets %g, and the mixture less of it",
                s->path, s->epochs, limit);
        s->epochs = limit;
    }
    return SC_OK;
}

/* ---- the step -------------------------------------------------------------------------------- */

static sc_status pass(mixing *x, int source, bool writing) {
    static const char *const kinds[] = {"documents"};
    static const sc_flow_step step = {.record = take,
                                      .open_worker = open_worker,
                                      .close_worker = close_worker,
                                      .file_done = file_done,
                                      .n_tally = N_TALLY};
    const char *path = x->o->sources[source].path;
    char name[32];
    snprintf(name, sizeof name, "%03d-", source);
    sc_flow_options f = {.inputs = &path,
                         .n_inputs = 1,
                         .kinds = kinds,
                         .n_kinds = 1,
                         .out = writing ? x->o->out : NULL,
                         .prefix = name};
    x->source = source;
    x->writing = writing;
    sc__flow_take(&f, &x->o->common);
    return sc__flow_run(&x->report->reading, &step, x, &f);
}

static sc_status tell(sc_account *a, const mixing *x) {
    json_t *list = json_array(), *recipe = NULL;
    sc_status s = list ? SC_OK : no_memory();
    for (int i = 0; i < x->o->n_sources && s >= 0; i++) {
        const sc_mix_source *r = &x->report->sources[i];
        json_t *row =
            json_pack("{ss sf sf sf sI}", "path", r->path, "weight", x->o->sources[i].weight,
                      "share", r->share, "epochs", r->epochs, "size", (json_int_t)r->size);
        if (!row || json_array_append_new(list, row)) s = no_memory();
        if (s >= 0) s = sc__account_input(a, "data", r->path);
    }
    if (s >= 0)
        recipe = json_pack("{sO sf sI sI ss}", "sources", list, "temperature", x->o->temperature,
                           "budget", (json_int_t)x->o->budget, "seed", (json_int_t)x->o->seed,
                           "unit", x->tokenizer ? "tokens" : "bytes");
    if (s >= 0) s = recipe ? sc__account_recipe(a, recipe) : no_memory();
    json_decref(list);
    json_decref(recipe);
    return s;
}

static sc_status run(sc_account *a, void *arg) {
    mixing *x = arg;
    for (int i = 0; i < x->o->n_sources; i++) SC_TRY(pass(x, i, false));
    SC_TRY(decide(x));
    SC_TRY(tell(a, x));
    for (int i = 0; i < x->o->n_sources; i++) SC_TRY(pass(x, i, true));
    return SC_OK;
}

static sc_status check(const mixing *x) {
    const sc_mix_options *o = x->o;
    if (o->n_sources < 1 || o->n_sources > SC_MIX_SOURCES_MAX)
        return SC_FAIL(SC_USAGE, "mix: between 1 and %d sources", SC_MIX_SOURCES_MAX);
    if (sc__flow_is_file(o->out)) return SC_FAIL(SC_USAGE, "mix: %s: must be a folder", o->out);
    for (int i = 0; i < o->n_sources; i++) {
        snprintf(x->report->sources[i].path, sizeof x->report->sources[i].path, "%s",
                 o->sources[i].path);
        if (!(o->sources[i].weight >= 0) || !isfinite(o->sources[i].weight))
            return SC_FAIL(SC_USAGE, "mix: %s: its weight must be a number from 0 on",
                           o->sources[i].path);
    }
    return SC_OK;
}

sc_status sc_data_mix(sc_mix_report *out, const sc_mix_options *o) {
    static const sc_step step = {"data mix", "curation", "corpus", run};
    mixing x = {.o = o, .report = out};
    const sc_step_where where = {.artifact = o->out, .threads = o->common.threads};
    *out = (sc_mix_report){.n_sources = o->n_sources};
    sc_status s = check(&x);
    if (s >= 0 && o->tokenizer) s = sc_tokenizer_load(&x.tokenizer, o->tokenizer);
    if (s >= 0) s = sc__step_run(&step, &x, &where);
    sc_tokenizer_close(x.tokenizer);
    return s;
}
