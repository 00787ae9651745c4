/* dedup.c - one job from its options to its account; socle/data.h is the contract. */
#include "stage/curation/dedup/dedup.h"

#include "account/files.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/lock.h"
#include "base/text.h"
#include "format/stream.h"
#include "stage/curation/dedup/share.h"
#include "stage/curation/dedup/worth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const sc_dedup_method methods[] = {
#define METHOD(name, run, share, keys, evidence, para, min, collect)                               \
    {name, run, share, keys, evidence, para, min, collect},
#include "stage/curation/dedup/methods.def"
#undef METHOD
};

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup"); }

/* ---- options --------------------------------------------------------------------------------- */

static sc_status find_method(sc_dedup *d, const char *name) {
    const char *names[SC_LEN(methods) + 1] = {NULL};
    int place;
    for (int i = 0; i < SC_LEN(methods); i++) names[i] = methods[i].name;
    SC_TRY(sc__name_find(&place, "method", name, names));
    d->method = &methods[place];
    return SC_OK;
}

static sc_status check_minhash(const sc_dedup_options *o) {
    if (!(o->threshold > 0 && o->threshold <= 1))
        return SC_FAIL(SC_USAGE, "--threshold: %g is not above 0 and at most 1", o->threshold);
    if (o->ngram < 1 || o->ngram > SC_SHINGLE_WORDS_MAX)
        return SC_FAIL(SC_USAGE, "--ngram: %d is not 1 to %d", o->ngram, SC_SHINGLE_WORDS_MAX);
    if (o->bands < 1 || o->rows < 1 || o->bands > 4096 || o->rows > 4096 ||
        o->bands * o->rows > 4096)
        return SC_FAIL(SC_USAGE, "--bands, --rows: %d x %d is not 1 to 4096 permutations", o->bands,
                       o->rows);
    return SC_OK;
}

static sc_status check_score(const sc_dedup_options *o) {
    if (o->keep == SC_DEDUP_BEST && !o->score)
        return SC_FAIL(SC_USAGE, "--keep best: --score must name the field that tells");
    if (o->keep != SC_DEDUP_BEST && (o->score || o->attributes))
        return SC_FAIL(SC_USAGE, "--score, --attributes: are for --keep best");
    return SC_OK;
}

static sc_status check_shares(const sc_dedup *d) {
    sc_dedup_phase phase;
    if (!sc__dedup_is_shared(d)) return SC_OK;
    if (sc__output_is_file(d->out)) return SC_FAIL(SC_USAGE, "--shard: --out must be a folder");
    for (int i = 0; i < d->n_inputs; i++)
        if (!strcmp(d->inputs[i], "-"))
            return SC_FAIL(SC_USAGE, "--shard: standard input cannot be shared");
    return sc__share_find_phase(&phase, d);
}

static sc_status check(sc_dedup *d) {
    sc_dedup_options *o = &d->o;
    SC_TRY(find_method(d, o->method ? o->method : "minhash"));
    o->method = d->method->name;
    if (!o->threshold) o->threshold = 0.8;
    if (!o->ngram) o->ngram = 5;
    if (!o->bands) o->bands = 14;
    if (!o->rows) o->rows = 8;
    if (o->min_length <= 0) o->min_length = d->method->min_length;
    if (!o->common.max_memory) o->common.max_memory = (size_t)2 << 30;
    if (o->common.n_shards <= 1) o->common.shard = 0;
    SC_TRY(check_minhash(o));
    if (d->method->evidence && strcmp(d->method->name, "minhash")) o->threshold = 1;
    if (d->method->collect && o->min_length > SC_SUBSTRING_WORDS_MAX)
        return SC_FAIL(SC_USAGE, "--min-length: %" PRId64 " words, at most %d", o->min_length,
                       SC_SUBSTRING_WORDS_MAX);
    SC_TRY(check_score(o));
    return check_shares(d);
}

/* ---- where it works -------------------------------------------------------------------------- */

/* OUT/.dedup; beside OUT where that is a file, among temporary files where it is standard output.
 */
static sc_status choose_work(sc_dedup *d) {
    if (!strcmp(d->out, "-")) {
        const char *tmp = getenv("TMPDIR");
        d->work = sc__arena_printf(&d->arena, "%s/socle-dedup-%ld", tmp && *tmp ? tmp : "/tmp",
                                   (long)getpid());
    } else {
        d->work = sc__arena_printf(&d->arena, "%s%s", d->out,
                                   sc__output_is_file(d->out) ? ".dedup" : "/.dedup");
    }
    return d->work ? SC_OK : no_memory();
}

/* Standard input is read once and kept: a job goes over its input more than once. */
static sc_status keep_input(sc_dedup *d) {
    enum { PIECE = 1 << 20 };
    const char **inputs = sc__arena_array(&d->arena, 1, sizeof *inputs);
    char *path = sc__path_join(&d->arena, d->work, "stdin.jsonl");
    void *piece = sc__arena_alloc(&d->arena, PIECE);
    sc_stream *in;
    sc_writer w;
    if (!inputs || !path || !piece) return no_memory();
    SC_TRY(sc__dir_make(d->work));
    SC_TRY(sc__stream_open(&in, "-"));
    sc_status s = sc__writer_open(&w, path);
    for (size_t got = 1; s >= 0 && got;) {
        s = sc__stream_read(&got, in, piece, PIECE);
        if (s >= 0) sc__writer_append(&w, piece, got);
        if (s >= 0) s = w.status;
        if (s < 0) sc__writer_abandon(&w);
    }
    sc__stream_close(in);
    if (s < 0) return s;
    inputs[0] = path;
    d->inputs = inputs;
    return sc__writer_commit(&w);
}

/* ---- the job --------------------------------------------------------------------------------- */

/* What the method's keys need. */
static sc_status prepare_keys(sc_dedup *d) {
    if (d->method->keys == sc__dedup_window_keys) return sc__letters_init(&d->letters);
    return d->method->keys == sc__dedup_minhash_keys ? sc__dedup_minhash_init(d) : SC_OK;
}

static sc_status prepare(sc_dedup *d) {
    if (d->n_inputs == 1 && !strcmp(d->inputs[0], "-")) SC_TRY(keep_input(d));
    SC_TRY(sc__dedup_begin(d));
    SC_TRY(sc__pool_open(&d->pool, d->o.common.threads));
    return prepare_keys(d);
}

/* A process that was killed leaves what it was writing under another name. */
static sc_status sweep(sc_dedup *d) {
    static const char *const kinds[] = {"documents", "dropped", "clusters"};
    for (int k = 0; k < SC_LEN(kinds); k++) {
        const char *dir = sc__path_join(&d->arena, d->out, kinds[k]);
        if (!dir) return no_memory();
        SC_TRY(sc__dir_sweep(dir));
    }
    return SC_OK;
}

/* All of it by this process. */
static sc_status do_all(sc_dedup *d) {
    SC_TRY(sc__dir_remove(d->buckets.dir));
    SC_TRY(sc__dedup_collect_keys(d));
    SC_TRY(sc__dedup_gather(d));
    d->report->spilled = (int64_t)d->buckets.spilled;
    SC_TRY(d->method->run(d));
    return sc__output_is_file(d->out) ? SC_OK : sweep(d);
}

/* One process at a time: two would take each other's keys away. */
static sc_status run_alone(sc_dedup *d) {
    int lock = -1;
    if (sc__output_is_file(d->out)) return do_all(d);
    SC_TRY(sc__dir_make(d->out));
    SC_TRY(sc__lock_take(&lock, d->out, false));
    const sc_status s = do_all(d);
    sc__lock_give(lock);
    return s;
}

static sc_status run_job(sc_dedup *d) {
    SC_TRY(prepare(d));
    d->report->is_whole = !sc__dedup_is_shared(d);
    return d->report->is_whole ? run_alone(d) : sc__share_run(d);
}

static sc_status finish(sc_dedup *d) {
    sc__buckets_deinit(&d->buckets);
    sc__buffer_deinit(&d->starts);
    sc__letters_deinit(&d->letters);
    sc__worth_close(d->worth);
    sc__pool_close(d->pool);
    /* What shares made stays for the others. */
    return sc__dedup_is_shared(d) ? SC_OK : sc__dir_remove(d->work);
}

/* ---- account --------------------------------------------------------------------------------- */

json_t *sc__dedup_attributes(const sc_dedup *d) {
    return d->o.attributes ? sc__json_text(d->o.attributes) : NULL;
}

static json_t *recipe_json(const sc_dedup *d) {
    static const char *const keeps[] = {"first", "longest", "best"};
    const sc_dedup_options *o = &d->o;
    const char *method = d->method->name;
    if (!d->method->evidence)
        return json_pack("{s:s, s:I}", "method", method, "min_length", (json_int_t)o->min_length);
    json_t *r = json_pack("{s:s, s:s, s:s*, s:o*}", "method", method, "keep", keeps[o->keep],
                          "score", o->score, "attributes", sc__dedup_attributes(d));
    json_t *more = strcmp(method, "minhash")
                       ? json_object()
                       : json_pack("{s:f, s:i, s:i, s:i}", "threshold", o->threshold, "ngram",
                                   o->ngram, "bands", o->bands, "rows", o->rows);
    if (r && more && json_object_update(r, more) >= 0) return json_decref(more), r;
    json_decref(r);
    json_decref(more);
    return NULL;
}

static sc_status tell(sc_account *a, const sc_dedup *d) {
    json_t *recipe = recipe_json(d);
    sc_status s = recipe ? sc__account_recipe(a, recipe) : no_memory();
    json_decref(recipe);
    for (int i = 0; i < d->n_inputs && s >= 0; i++)
        if (strcmp(d->inputs[i], "-")) s = sc__account_input(a, "data", d->inputs[i]);
    if (s >= 0 && d->o.attributes) s = sc__account_input(a, "attributes", d->o.attributes);
    return s;
}

static sc_status tell_report(sc_account *a, const sc_dedup *d) {
    const sc_dedup_report *r = d->report;
    json_t *note = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "documents", (json_int_t)r->reading.documents,
        "kept", (json_int_t)r->kept, "dropped", (json_int_t)r->dropped, "clusters",
        (json_int_t)r->clusters, "changed", (json_int_t)r->changed, "cut", (json_int_t)r->cut,
        "cut_bytes", (json_int_t)r->cut_bytes, "unreadable", (json_int_t)r->reading.unreadable);
    const sc_status s = note ? sc__account_note(a, "report", note) : no_memory();
    json_decref(note);
    return s;
}

static sc_status run_and_finish(sc_dedup *d) {
    const sc_status s = run_job(d);
    if (s >= 0) return finish(d);
    char error[512];
    snprintf(error, sizeof error, "%s", sc_error_text());
    const sc_status removed = finish(d);
    (void)removed; /* why the job failed matters more */
    sc__error_adopt(error);
    return s;
}

static sc_status run_step(sc_account *a, void *arg) {
    sc_dedup *d = arg;
    SC_TRY(tell(a, d));
    if (!sc__dedup_is_shared(d)) SC_TRY(run_and_finish(d));
    return tell_report(a, d);
}

/* The account of a shared job is the last process's. */
static sc_status run_shared(sc_dedup *d, const sc_step *step, const sc_step_where *where) {
    SC_TRY(run_and_finish(d));
    if (!d->report->is_whole) return SC_OK;
    SC_TRY(sweep(d));
    if (step) SC_TRY(sc__step_run(step, d, where));
    return sc__share_remove(d);
}

sc_status sc__dedup_run(sc_dedup_report *out, const char *const *inputs, int n_inputs,
                        const char *output, const sc_dedup_options *o, bool with_account) {
    static const sc_step step = {"data dedup", "curation", "corpus", run_step};
    const double start = sc__clock_now();
    sc_dedup d = {.inputs = inputs, .n_inputs = n_inputs, .out = output, .report = out};
    *out = (sc_dedup_report){0};
    if (o) d.o = *o;
    const sc_step_where where = {.artifact = output, .threads = d.o.common.threads};
    sc_status s = check(&d);
    if (s >= 0) s = choose_work(&d);
    with_account = with_account && strcmp(output, "-");
    if (s >= 0 && sc__dedup_is_shared(&d))
        s = run_shared(&d, with_account ? &step : NULL, &where);
    else if (s >= 0)
        s = with_account ? sc__step_run(&step, &d, &where) : run_and_finish(&d);
    out->seconds = sc__clock_now() - start;
    sc__arena_deinit(&d.arena);
    return s;
}

sc_status sc_data_dedup(sc_dedup_report *out, const char *const *inputs, int n_inputs,
                        const char *output, const sc_dedup_options *o) {
    return sc__dedup_run(out, inputs, n_inputs, output, o, true);
}

sc_status sc_data_dedup_estimate(sc_dedup_plan *out, const char *const *inputs, int n_inputs,
                                 const sc_dedup_options *o) {
    sc_dedup d = {.inputs = inputs, .n_inputs = n_inputs, .out = ""};
    *out = (sc_dedup_plan){0};
    if (o) d.o = *o;
    sc_status s = check(&d);
    if (s >= 0) s = prepare_keys(&d);
    if (s >= 0) s = sc__dedup_estimate(out, &d);
    sc__letters_deinit(&d.letters);
    sc__arena_deinit(&d.arena);
    return s;
}
