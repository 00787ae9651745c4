/* mix.c - several corpora in chosen proportions, of what rules on their attributes keep.
 *
 * The share of a source is its weight times its size to the power 1/T (Conneau & Lample 2019: T = 1
 * leaves the proportions as they are, a higher T evens them out). From the budget and its share
 * follow its epochs: each document is written as often as the whole ones say, and once more where a
 * hash of its text falls below the rest, so that nothing depends on the order or the threads.
 * Beyond four epochs repeated text is worth less and less (Muennighoff et al. 2023).
 *
 * Each source is read twice, judged and measured, then judged again and written: so another
 * threshold costs two readings, and no tagger runs. */
#include "account/files.h"
#include "account/step.h"
#include "base/hash.h"
#include "base/lock.h"
#include "base/log.h"
#include "format/documents.h"
#include "format/stream.h"
#include "socle/corpus.h"
#include "socle/tokenizer.h"
#include "stage/curation/flow.h"
#include "stage/curation/tag/job.h"
#include "stage/curation/tag/sieve.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS, SIZE, WRITTEN, WRITTEN_SIZE, N_TALLY, DEFAULT_EPOCHS = 4 };
enum { KEPT, DROPPED };

typedef struct {
    const sc_mix_options *o;
    sc_mix_report *report;
    sc_tokenizer *tokenizer; /* sizes are tokens; NULL: bytes of text */
    sc_sieve *sieve;         /* NULL: there are no rules */
    int source;              /* that is read now */
    bool writing;
    sc_arena arena;
} mixing;

typedef struct {
    sc_encoder *encoder;
    sc_ids ids;
    sc_sieve_worker *sieve;
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

static sc_status write_copies(const mixing *x, const sc_flow_item *item, const sc_sieved *left,
                              int64_t size) {
    const int64_t n = copies(x, left->text);
    item->tally[WRITTEN] += n;
    item->tally[WRITTEN_SIZE] += n * size;
    for (int64_t i = 0; i < n; i++)
        SC_TRY(sc__record_change(&item->out[KEPT], item->record, left->changed ? &left->text : NULL,
                                 NULL));
    return SC_OK;
}

static sc_status take(void *user, const sc_flow_item *item) {
    const mixing *x = user;
    measure *m = item->worker;
    sc_sieved left = {.text = item->record->text};
    int64_t size;
    if (m->sieve) SC_TRY(sc__sieve_run(&left, m->sieve, item, item->tally + N_TALLY));
    if (left.dropped && !x->writing) return SC_OK;
    if (left.dropped) return sc__sieve_write_dropped(&item->out[DROPPED], m->sieve, item->record);
    SC_TRY(size_of(&size, m, left.text));
    item->tally[DOCUMENTS]++;
    item->tally[SIZE] += size;
    return x->writing ? write_copies(x, item, &left, size) : SC_OK;
}

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    mixing *x = user;
    sc_mix_source *s = &x->report->sources[x->source];
    sc_filter_report measured; /* counted when it is written */
    if (x->sieve) {
        if (!x->writing) sc__sieve_begin(&measured, x->sieve);
        sc__sieve_file_done(x->sieve, path, x->writing ? &x->report->judged : &measured,
                            tally + N_TALLY);
    }
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
    if (x->sieve) SC_TRY(sc__sieve_worker_open(&m->sieve, x->sieve));
    return x->tokenizer ? sc_encoder_open(&m->encoder, x->tokenizer) : SC_OK;
}

static void close_worker(void *worker) {
    measure *m = worker;
    sc__sieve_worker_close(m->sieve);
    sc_encoder_close(m->encoder);
    sc_ids_deinit(&m->ids);
    sc__free(m);
}

/* ---- the proportions ------------------------------------------------------------------------- */

bool sc_mix_amount(sc_mix_part *out, const char *text) {
    static const char units[] = "KMGT";
    char *end;
    const double value = strtod(text, &end);
    const char *unit = *end > ' ' ? strchr(units, *end & ~0x20) : NULL;
    if (end == text || !(value >= 0) || !isfinite(value)) return false;
    out->weight = out->epochs = 0;
    out->size = 0;
    if (!*end) return out->weight = value, true;
    if (end[1]) return false;
    if (*end == 'x') return out->epochs = value, value > 0;
    if (!unit) return false;
    const double size = ldexp(value, 10 * (int)(unit - units + 1));
    if (!(size >= 1 && size < 9e15)) return false;
    return out->size = (int64_t)size, true;
}

static bool is_fixed(const sc_mix_part *p) { return p->epochs > 0 || p->size > 0; }

/* Bytes or tokens that a source with epochs or a size of its own is to give. */
static double fixed_size(const mixing *x, int i) {
    const sc_mix_part *p = &x->o->sources[i];
    return p->epochs > 0 ? p->epochs * (double)x->report->sources[i].size : (double)p->size;
}

static double raw_share(const mixing *x, int i) {
    const double t = x->o->temperature > 0 ? x->o->temperature : 1;
    const sc_mix_source *s = &x->report->sources[i];
    return s->size ? x->o->sources[i].weight * pow((double)s->size, 1 / t) : 0;
}

/* What each source is to give, in targets; *all of them. */
static sc_status aim(double *targets, double *all, const mixing *x) {
    double fixed = 0, raw = 0, held = 0;
    for (int i = 0; i < x->o->n_sources; i++) {
        if (is_fixed(&x->o->sources[i])) {
            fixed += targets[i] = fixed_size(x, i);
            continue;
        }
        raw += targets[i] = raw_share(x, i);
        held += (double)x->report->sources[i].size;
    }
    if (!(fixed + raw > 0))
        return SC_FAIL(SC_FORMAT, "mix: the sources hold no text that has a weight");
    const double budget = (double)x->o->budget, rest = x->o->budget ? budget - fixed : held;
    if (rest < 0)
        return SC_FAIL(SC_USAGE, "mix: the parts of the sources come to %.0f, the budget is %.0f",
                       fixed, budget);
    if (x->o->budget && rest > 0 && !(raw > 0))
        return SC_FAIL(SC_USAGE,
                       "mix: the parts of the sources come to %.0f, and no source has a "
                       "weight to fill the budget of %.0f",
                       fixed, budget);
    for (int i = 0; i < x->o->n_sources; i++)
        if (!is_fixed(&x->o->sources[i])) targets[i] *= raw > 0 ? rest / raw : 0;
    *all = raw > 0 ? fixed + rest : fixed;
    return SC_OK;
}

static sc_status decide(mixing *x) {
    const double limit = x->o->max_epochs > 0 ? x->o->max_epochs : DEFAULT_EPOCHS;
    double targets[SC_MIX_SOURCES_MAX], all = 0;
    SC_TRY(aim(targets, &all, x));
    for (int i = 0; i < x->o->n_sources; i++) {
        sc_mix_source *s = &x->report->sources[i];
        if (!s->size && is_fixed(&x->o->sources[i]))
            return SC_FAIL(SC_FORMAT, "mix: %s: holds no text to make its part of", s->path);
        s->share = targets[i] / all;
        s->epochs = s->size ? targets[i] / (double)s->size : 0;
        if (s->epochs <= limit || x->o->sources[i].epochs > 0) continue;
        SC_WARN("%s: its share would take %.1f epochs; it gets %g, and the mixture less of it",
                s->path, s->epochs, limit);
        s->epochs = limit;
    }
    return SC_OK;
}

/* ---- one source ------------------------------------------------------------------------------ */

/* "01-web-": no two sources have the same, and who reads the folder sees whose the files are. */
static const char *name_prefix(mixing *x, int source) {
    const sc_mix_part *p = &x->o->sources[source];
    if (p->name) return *p->name ? sc__arena_printf(&x->arena, "%s-", p->name) : "";
    char *path = sc__arena_strdup(&x->arena, p->path);
    if (!path) return NULL;
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') path[--n] = 0;
    const char *name = sc__path_name(path);
    n = sc__stream_bare_length(name);
    if (n > 6 && !memcmp(name + n - 6, ".jsonl", 6)) n -= 6;
    char *prefix = sc__arena_printf(&x->arena, "%02d-%.*s-", source + 1, (int)n, name);
    for (char *c = prefix; c && *c; c++)
        if (strchr("*?[]\\", *c)) *c = '_'; /* a name that no glob reads otherwise */
    return prefix;
}

/* Where the attributes of a source are; NULL where none are needed. */
static sc_status find_attributes(const char **out, mixing *x, int source) {
    const char *dir = x->o->attributes;
    *out = NULL;
    if (!x->sieve) return SC_OK;
    if (!dir) dir = sc__path_join(&x->arena, x->o->sources[source].path, "attributes");
    if (!dir) return no_memory();
    if (!sc__path_is_dir(dir))
        return SC_FAIL(SC_IO,
                       "%s: is not there: `socle data tag %s` makes the attributes that rules "
                       "need; --attributes names another folder of them",
                       dir, x->o->sources[source].path);
    *out = dir;
    return SC_OK;
}

static sc_status pass(mixing *x, int source, bool writing) {
    static const char *const kinds[] = {"documents.tmp", "dropped.tmp"};
    const sc_flow_step step = {.record = take,
                               .open_worker = open_worker,
                               .close_worker = close_worker,
                               .file_done = file_done,
                               .n_tally = N_TALLY + (x->sieve ? sc__sieve_n_tally(x->sieve) : 0)};
    const char *path = x->o->sources[source].path, *prefix = name_prefix(x, source), *attributes;
    if (!prefix) return no_memory();
    sc_flow_options f = {.inputs = &path,
                         .n_inputs = 1,
                         .kinds = kinds,
                         .n_kinds = x->sieve ? 2 : 1,
                         .out = writing ? x->o->out : NULL,
                         .prefix = prefix};
    x->source = source;
    x->writing = writing;
    SC_TRY(find_attributes(&attributes, x, source));
    sc__flow_take(&f, &x->o->common);
    if (x->sieve) {
        sc__sieve_attributes(x->sieve, attributes);
        f.max_line = sc__job_max_line(&x->o->common);
    }
    sc_data_reading reading;
    const sc_status s = sc__flow_run(&reading, &step, x, &f);
    if (writing) sc__flow_add_report(&x->report->reading, &reading);
    return s;
}

/* ---- the folder ------------------------------------------------------------------------------ */

/* "02-wiki-00000.jsonl.zst": what a mixture names its files. */
static bool is_ours(const char *name) {
    const size_t digits = strspn(name, "0123456789"), n = strlen(name);
    return digits == 2 && name[digits] == '-' && n > 10 && !strcmp(name + n - 10, ".jsonl.zst");
}

/* What is read would be gone when the mixture takes its place. */
static sc_status check_sources(mixing *x, const char *folder) {
    for (int i = 0; i < x->o->n_sources; i++) {
        const char *found;
        SC_TRY(sc__documents_find_below(&found, &x->arena, &x->o->sources[i].path, 1, folder));
        if (found)
            return SC_FAIL(SC_USAGE, "mix: %s: is read, and would be replaced: name another output",
                           found);
    }
    return SC_OK;
}

/* A mixture takes the place of an earlier one when it is whole, with all of its files: what another
 * command made, or a person, is left alone. */
static sc_status check_output(mixing *x) {
    sc_paths found = {0};
    const char *documents = sc__path_join(&x->arena, x->o->out, "documents");
    const char *dropped = sc__path_join(&x->arena, x->o->out, "dropped");
    if (!documents || !dropped) return no_memory();
    SC_TRY(check_sources(x, documents));
    SC_TRY(check_sources(x, dropped));
    if (!sc__path_exists(documents)) return SC_OK;
    const sc_status s = sc__paths_find(&found, &x->arena, documents);
    if (s == SC_NOMEM) return s;
    for (int64_t i = 0; i < found.n; i++)
        if (!is_ours(sc__path_name(found.paths[i])))
            return SC_FAIL(SC_USAGE, "mix: %s is not of a mixture and would be lost",
                           found.paths[i]);
    return SC_OK;
}

/* Removes what an earlier run left half written; or puts in place what is written. */
static sc_status settle(mixing *x, bool written) {
    static const char *const names[] = {"documents", "dropped"};
    for (int i = 0; i < SC_LEN(names); i++) {
        const char *target = sc__path_join(&x->arena, x->o->out, names[i]);
        const char *temporary = target ? sc__arena_printf(&x->arena, "%s.tmp", target) : NULL;
        if (!temporary) return no_memory();
        SC_TRY(sc__dir_remove(written ? target : temporary));
        if (written && sc__path_exists(temporary)) SC_TRY(sc__dir_publish(temporary, target));
    }
    return SC_OK;
}

/* ---- the step -------------------------------------------------------------------------------- */

static sc_status tell_sources(sc_account *a, json_t *list, mixing *x) {
    for (int i = 0; i < x->o->n_sources; i++) {
        const sc_mix_source *r = &x->report->sources[i];
        const sc_mix_part *p = &x->o->sources[i];
        json_t *row =
            json_pack("{so sf sf sf sI}", "path", sc__json_text(p->path), "weight", p->weight,
                      "share", r->share, "epochs", r->epochs, "size", (json_int_t)r->size);
        if (!row || json_array_append_new(list, row)) return no_memory();
        SC_TRY(sc__account_input(a, "data", p->path));
        const char *attributes;
        SC_TRY(find_attributes(&attributes, x, i));
        if (attributes) SC_TRY(sc__account_input(a, "attributes", attributes));
    }
    return SC_OK;
}

static sc_status tell(sc_account *a, mixing *x) {
    const sc_mix_options *o = x->o;
    json_t *list = json_array();
    json_t *recipe =
        json_pack("{sO? sf sf sI sI ss}", "sources", list, "temperature", o->temperature,
                  "max_epochs", o->max_epochs, "budget", (json_int_t)o->budget, "seed",
                  (json_int_t)o->seed, "unit", x->tokenizer ? "tokens" : "bytes");
    sc_status s = list && recipe ? tell_sources(a, list, x) : no_memory();
    if (s >= 0 && o->n_rules) s = sc__job_list(recipe, "rules", o->rules, o->n_rules);
    if (s >= 0 && o->n_rules) s = sc__job_list(recipe, "set", o->settings, o->n_settings);
    if (s >= 0) s = sc__account_recipe(a, recipe);
    json_decref(list);
    json_decref(recipe);
    return s;
}

static sc_status write_all(mixing *x) {
    SC_TRY(settle(x, false));
    for (int i = 0; i < x->o->n_sources; i++) SC_TRY(pass(x, i, true));
    return settle(x, true);
}

static sc_status run(sc_account *a, void *arg) {
    mixing *x = arg;
    int lock = -1;
    for (int i = 0; i < x->o->n_sources; i++) SC_TRY(pass(x, i, false));
    SC_TRY(decide(x));
    SC_TRY(tell(a, x));
    SC_TRY(sc__dir_make(x->o->out));
    SC_TRY(sc__lock_take(&lock, x->o->out, false));
    const sc_status s = write_all(x);
    sc__lock_give(lock);
    return s >= 0 && x->sieve ? sc__sieve_note(a, &x->report->judged) : s;
}

enum { EPOCHS_MAX = 1000000 };

static sc_status check(const mixing *x) {
    const sc_mix_options *o = x->o;
    if (o->n_sources < 1 || o->n_sources > SC_MIX_SOURCES_MAX)
        return SC_FAIL(SC_USAGE, "mix: between 1 and %d sources", SC_MIX_SOURCES_MAX);
    if (sc__output_is_file(o->out)) return SC_FAIL(SC_USAGE, "mix: %s: must be a folder", o->out);
    if (!o->n_rules && (o->n_settings || o->attributes))
        return SC_FAIL(SC_USAGE, "mix: there are no rules to judge by");
    for (int i = 0; i < o->n_sources; i++) {
        const sc_mix_part *p = &o->sources[i];
        if (!strcmp(p->path, "-"))
            return SC_FAIL(SC_USAGE, "mix: standard input cannot be read twice: name a file");
        snprintf(x->report->sources[i].path, sizeof x->report->sources[i].path, "%s", p->path);
        if (!(p->weight >= 0) || !isfinite(p->weight) || !(p->epochs >= 0) ||
            p->epochs > EPOCHS_MAX || p->size < 0)
            return SC_FAIL(SC_USAGE,
                           "mix: %s: its part must be a number from 0 on, of epochs at most %d",
                           p->path, EPOCHS_MAX);
    }
    return SC_OK;
}

static sc_status open_sieve(mixing *x) {
    const sc_sieve_options o = {.step = "mix",
                                .rules = x->o->rules,
                                .n_rules = x->o->n_rules,
                                .settings = x->o->settings,
                                .n_settings = x->o->n_settings,
                                .beside = true};
    if (!x->o->n_rules) return SC_OK;
    SC_TRY(sc__sieve_open(&x->sieve, &o));
    sc__sieve_begin(&x->report->judged, x->sieve);
    return SC_OK;
}

sc_status sc_data_mix(sc_mix_report *out, const sc_mix_options *o) {
    static const sc_step step = {"data mix", "curation", "corpus", run};
    mixing x = {.o = o, .report = out};
    *out = (sc_mix_report){.n_sources = o->n_sources};
    sc_status s = check(&x);
    if (s >= 0) s = check_output(&x);
    if (s >= 0) s = open_sieve(&x);
    if (s >= 0 && o->tokenizer) s = sc_tokenizer_load(&x.tokenizer, o->tokenizer);
    if (s >= 0) s = sc__step_run_data(&step, &x, o->out, &o->common);
    sc__sieve_close(x.sieve);
    sc_tokenizer_close(x.tokenizer);
    sc__arena_deinit(&x.arena);
    return s;
}
