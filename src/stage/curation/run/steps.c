/* steps.c - the steps of a run, each a call of the function behind its own verb. */
#define _GNU_SOURCE
#include "stage/curation/run/steps.h"

#include "account/files.h"
#include "base/file.h"
#include "format/documents.h"
#include "socle/tag.h"
#include "stage/curation/tag/sieve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "data run"); }

/* ---- what a step depends on ------------------------------------------------------------------ */

static void put(sc_buffer *key, const char *text) {
    sc__buffer_printf(key, "|%zu:%s", text ? strlen(text) : 0, text ? text : "");
}
static void put_int(sc_buffer *key, int64_t n) { sc__buffer_printf(key, "|%" PRId64, n); }
static void put_real(sc_buffer *key, double x) { sc__buffer_printf(key, "|%.17g", x); }

static void put_list(sc_buffer *key, const sc_plan_list *l) {
    put_int(key, l->n);
    for (int64_t i = 0; i < l->n; i++) put(key, l->texts[i]);
}

/* A file by name, size and time: as make tells what is new. */
static void put_file(sc_buffer *key, const char *path) {
    struct stat st;
    if (stat(path, &st) || !S_ISREG(st.st_mode)) return;
    put(key, path);
    sc__buffer_printf(key, "|%jd|%jd.%09ld", (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
                      st.st_mtim.tv_nsec);
}

static sc_status put_files(sc_buffer *key, const sc_plan_list *paths) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found = {0};
    const sc_status s = sc__documents_find(&found, &a, paths->texts, (int)paths->n);
    for (int64_t i = 0; i < found.n && s >= 0; i++) put_file(key, found.paths[i]);
    sc__arena_deinit(&a);
    return s;
}

/* "words.file=list.txt" depends on the file too. */
static void put_settings(sc_buffer *key, const sc_plan_list *settings) {
    put_list(key, settings);
    for (int64_t i = 0; i < settings->n; i++) {
        const char *equals = strchr(settings->texts[i], '=');
        if (equals) put_file(key, equals + 1);
    }
}

/* What a step read, and what of it it had to pass over. */
static void add_reading(sc_data_run_step *row, const sc_data_reading *r) {
    row->bytes_in += r->bytes_in;
    row->unreadable += r->unreadable;
    if (!*row->first_unreadable)
        memcpy(row->first_unreadable, r->first_unreadable, sizeof row->first_unreadable);
}

/* ---- ingest ---------------------------------------------------------------------------------- */

static int once(const sc_plan *p) {
    (void)p;
    return 1;
}

static sc_status key_ingest(sc_buffer *key, const sc_plan *p, int i) {
    const sc_ingest_options *o = &p->ingest;
    (void)i;
    put_int(key, o->html);
    put_int(key, o->comments);
    put_int(key, o->pages);
    put_int(key, o->min_characters);
    put_int(key, o->drop_duplicates);
    put_int(key, (int64_t)o->file_bytes);
    put(key, getenv("SOURCE_DATE_EPOCH")); /* of `added` */
    for (int k = 0; k < p->n_sources; k++) {
        const sc_plan_source *source = &p->sources[k];
        put(key, source->name);
        put(key, source->licence);
        put(key, source->text_field);
        put(key, source->id_field);
        SC_TRY(put_files(key, &source->paths));
    }
    return SC_OK;
}

static sc_status ingest_source(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                               const sc_plan_source *source, const char *out) {
    sc_ingest_options o = r->plan->ingest;
    sc_ingest_report report;
    o.common = *r->common;
    o.common.text_field = source->text_field;
    o.common.id_field = source->id_field;
    o.source = o.prefix = source->name;
    o.licence = source->licence;
    const char *dir = sc__path_join(r->arena, out, source->name);
    if (!dir) return no_memory();
    const sc_status s = sc_data_ingest(&report, source->paths.texts, (int)source->paths.n, dir, &o);
    if (s < 0) return sc__fail_context(s, "source %s", source->name);
    row->seen += report.read.documents;
    row->kept += report.documents;
    add_reading(row, &report.read);
    json_t *told =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "documents", (json_int_t)report.documents,
                  "near_empty", (json_int_t)report.near_empty, "binary", (json_int_t)report.binary,
                  "duplicates", (json_int_t)report.duplicates, "passed_over",
                  (json_int_t)report.passed_over, "unreadable", (json_int_t)report.read.unreadable);
    return json_object_set_new(details, source->name, told) < 0 ? no_memory() : SC_OK;
}

static sc_status do_ingest(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                           const char *out, int i) {
    json_t *sources = json_object();
    (void)i;
    if (json_object_set_new(details, "sources", sources) < 0) return no_memory();
    for (int k = 0; k < r->plan->n_sources; k++)
        SC_TRY(ingest_source(row, sources, r, &r->plan->sources[k], out));
    row->dropped = row->seen - row->kept;
    return SC_OK;
}

/* ---- models for taggers ---------------------------------------------------------------------- */

#define NGRAM_MODEL      "models/ngram.arpa"
#define CLASSIFIER_MODEL "models/classifier.safetensors"

/* OUT/models/NAME, and the folder is made. */
static sc_status model_path(const char **model, const sc_run_state *r, const char *out,
                            const char *name) {
    const char *dir = sc__path_join(r->arena, out, "models");
    *model = sc__path_join(r->arena, out, name);
    return dir && *model ? sc__dir_make(dir) : no_memory();
}

static int has_ngram(const sc_plan *p) { return p->ngram_texts.n > 0; }

static sc_status key_ngram(sc_buffer *key, const sc_plan *p, int i) {
    (void)i;
    put_int(key, p->ngram_order);
    put_int(key, p->ngram_min_count);
    put(key, p->words);
    return put_files(key, &p->ngram_texts);
}

static sc_status do_ngram(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                          const char *out, int i) {
    const sc_plan *p = r->plan;
    const sc_ngram_options o = {.common = *r->common,
                                .order = p->ngram_order,
                                .min_count = p->ngram_min_count,
                                .words = p->words};
    sc_ngram_report report;
    (void)i;
    const char *model;
    SC_TRY(model_path(&model, r, out, NGRAM_MODEL));
    SC_TRY(sc_data_ngram(&report, p->ngram_texts.texts, (int)p->ngram_texts.n, model, &o));
    row->seen = report.reading.documents;
    add_reading(row, &report.reading);
    json_t *n = json_integer((json_int_t)report.ngrams);
    return json_object_set_new(details, "ngrams", n) < 0 ? no_memory() : SC_OK;
}

static int has_classifier(const sc_plan *p) { return p->good.n > 0; }

static sc_status key_classifier(sc_buffer *key, const sc_plan *p, int i) {
    (void)i;
    put(key, p->words);
    SC_TRY(put_files(key, &p->good));
    put(key, "bad");
    return put_files(key, &p->bad);
}

static sc_status do_classifier(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                               const char *out, int i) {
    const sc_plan *p = r->plan;
    const sc_classifier_options o = {.common = *r->common,
                                     .good = p->good.texts,
                                     .n_good = (int)p->good.n,
                                     .bad = p->bad.texts,
                                     .n_bad = (int)p->bad.n,
                                     .valid = 0.1,
                                     .words = p->words};
    sc_classifier_report report;
    (void)i;
    const char *model;
    SC_TRY(model_path(&model, r, out, CLASSIFIER_MODEL));
    SC_TRY(sc_data_classifier(&report, model, &o));
    row->seen = report.good.documents + report.bad.documents;
    add_reading(row, &report.good);
    add_reading(row, &report.bad);
    json_t *told = json_pack("{s:I, s:I}", "held_out", (json_int_t)report.held_out, "right",
                             (json_int_t)report.right);
    return json_object_set_new(details, "classifier", told) < 0 ? no_memory() : SC_OK;
}

/* ---- filter ---------------------------------------------------------------------------------- */

static int has_rules(const sc_plan *p) { return p->rules.n > 0; }

static sc_status key_filter(sc_buffer *key, const sc_plan *p, int i) {
    (void)i;
    put(key, p->words);
    put_list(key, &p->rules);
    put_settings(key, &p->settings);
    return SC_OK;
}

/* "perplexity.model=DIR/ngram.arpa", where that model was made in this run. */
static sc_status add_model(const char **settings, int *n, const sc_run_state *r,
                           sc_run_which step) {
    const bool ngram = step == SC_RUN_NGRAM;
    if (!r->dirs[step]) return SC_OK;
    settings[*n] = sc__arena_printf(r->arena, "%s.model=%s/%s", ngram ? "perplexity" : "classifier",
                                    r->dirs[step], ngram ? NGRAM_MODEL : CLASSIFIER_MODEL);
    return settings[(*n)++] ? SC_OK : no_memory();
}

/* What each rule did, for the account. */
static sc_status tell_rules(json_t *details, const sc_filter_report *report) {
    json_t *rules;
    SC_TRY(sc__sieve_rules(&rules, report));
    return json_object_set_new(details, "rules", rules) < 0 ? no_memory() : SC_OK;
}

static sc_status do_filter(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                           const char *out, int i) {
    const sc_plan *p = r->plan;
    int n = (int)p->settings.n;
    sc_filter_report *report = sc__calloc(1, sizeof *report); /* a table of rules: not for stacks */
    const char **settings = sc__arena_array(r->arena, (size_t)n + 3, sizeof *settings);
    sc_status s = report && settings ? SC_OK : no_memory();
    (void)i;
    for (int k = 0; k < n && s >= 0; k++) settings[k] = p->settings.texts[k];
    if (s >= 0) s = add_model(settings, &n, r, SC_RUN_NGRAM);
    if (s >= 0) s = add_model(settings, &n, r, SC_RUN_CLASSIFIER);
    const sc_filter_job job = {.inputs = r->inputs,
                               .n_inputs = r->n_inputs,
                               .rules = p->rules.texts,
                               .n_rules = (int)p->rules.n,
                               .settings = settings,
                               .n_settings = n,
                               .words = p->words};
    if (s >= 0) s = sc_data_filter(report, &job, out, r->common);
    if (s >= 0) {
        row->seen = report->reading.documents;
        row->kept = report->kept;
        row->dropped = report->dropped;
        add_reading(row, &report->reading);
        s = tell_rules(details, report);
    }
    sc__free(report);
    return s;
}

/* ---- dedup ----------------------------------------------------------------------------------- */

static int n_methods(const sc_plan *p) { return (int)p->methods.n; }

static sc_status key_dedup(sc_buffer *key, const sc_plan *p, int i) {
    const sc_dedup_options *o = &p->dedup;
    put(key, p->methods.texts[i]);
    put_int(key, p->min_length[i]);
    put_int(key, o->keep);
    put(key, o->score);
    if (strcmp(p->methods.texts[i], "minhash") != 0) return SC_OK;
    put_real(key, o->threshold);
    put_int(key, o->ngram);
    put_int(key, o->bands);
    put_int(key, o->rows);
    return SC_OK;
}

static sc_status do_dedup(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                          const char *out, int i) {
    sc_dedup_options o = r->plan->dedup;
    sc_dedup_report report;
    o.common = *r->common;
    o.method = r->plan->methods.texts[i];
    o.min_length = r->plan->min_length[i];
    SC_TRY(sc_data_dedup(&report, r->inputs, r->n_inputs, out, &o));
    row->kept = report.kept;
    row->dropped = report.dropped;
    row->seen = report.kept + report.dropped;
    add_reading(row, &report.reading);
    json_t *told =
        json_pack("{s:s, s:I, s:I, s:I, s:I}", "method", o.method, "clusters",
                  (json_int_t)report.clusters, "changed", (json_int_t)report.changed, "cut",
                  (json_int_t)report.cut, "cut_bytes", (json_int_t)report.cut_bytes);
    return json_object_set_new(details, "dedup", told) < 0 ? no_memory() : SC_OK;
}

/* ---- decontaminate --------------------------------------------------------------------------- */

static int has_sets(const sc_plan *p) { return p->against.n > 0; }

static sc_status key_decontaminate(sc_buffer *key, const sc_plan *p, int i) {
    (void)i;
    put_int(key, p->ngram);
    put_int(key, p->min_matches);
    return put_files(key, &p->against);
}

static sc_status tell_sets(json_t *details, const sc_decontaminate_report *report) {
    json_t *list = json_array();
    if (!list || json_object_set_new(details, "sets", list) < 0) return no_memory();
    for (int k = 0; k < report->n_sets; k++) {
        const sc_contamination *c = &report->sets[k];
        json_t *told = json_pack("{s:o, s:I, s:I, s:I}", "name", sc__json_text(c->name), "items",
                                 (json_int_t)c->items, "items_found", (json_int_t)c->items_found,
                                 "documents", (json_int_t)c->documents);
        if (json_array_append_new(list, told) < 0) return no_memory();
    }
    return SC_OK;
}

static sc_status do_decontaminate(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                                  const char *out, int i) {
    const sc_plan *p = r->plan;
    sc_decontaminate_report *report = sc__calloc(1, sizeof *report); /* a table of sets */
    (void)i;
    if (!report) return no_memory();
    const sc_decontaminate_options o = {.inputs = r->inputs,
                                        .n_inputs = r->n_inputs,
                                        .against = p->against.texts,
                                        .n_against = (int)p->against.n,
                                        .out = out,
                                        .ngram = (int)p->ngram,
                                        .min_matches = p->min_matches,
                                        .common = *r->common};
    sc_status s = sc_data_decontaminate(report, &o);
    row->seen = report->reading.documents;
    row->kept = report->kept;
    row->dropped = report->dropped;
    add_reading(row, &report->reading);
    if (s >= 0) s = tell_sets(details, report);
    sc__free(report);
    return s;
}

/* ---- split ----------------------------------------------------------------------------------- */

static int has_split(const sc_plan *p) { return p->valid > 0 || p->test > 0; }

static sc_status key_split(sc_buffer *key, const sc_plan *p, int i) {
    (void)i;
    put_real(key, p->valid);
    put_real(key, p->test);
    put_int(key, p->seed);
    return SC_OK;
}

static sc_status do_split(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                          const char *out, int i) {
    sc_split_report report;
    const sc_split_options o = {.inputs = r->inputs,
                                .n_inputs = r->n_inputs,
                                .out = out,
                                .valid = r->plan->valid,
                                .test = r->plan->test,
                                .seed = (uint64_t)r->plan->seed,
                                .common = *r->common};
    (void)i, (void)details;
    SC_TRY(sc_data_split(&report, &o));
    row->kept = report.train;
    row->held_out = report.valid + report.test;
    row->seen = row->kept + row->held_out;
    add_reading(row, &report.reading);
    return SC_OK;
}

/* ---- mix ------------------------------------------------------------------------------------- */

static int has_mix(const sc_plan *p) { return p->mixes; }

static sc_status key_mix(sc_buffer *key, const sc_plan *p, int i) {
    const sc_mix_options *o = &p->mix;
    (void)i;
    put_int(key, o->budget);
    put_real(key, o->temperature);
    put_real(key, o->max_epochs);
    put_int(key, (int64_t)o->seed);
    for (int k = 0; k < p->n_sources; k++) {
        const sc_mix_part *part = &p->sources[k].part;
        put_real(key, part->weight);
        put_real(key, part->epochs);
        put_int(key, part->size);
    }
    const sc_plan_list tokenizer = {&o->tokenizer, 1};
    return o->tokenizer ? put_files(key, &tokenizer) : SC_OK;
}

/* The files of one source: DIR/documents/NAME-00000.jsonl.zst and so on, as ingest named them and
 * every step since. What a glob would take otherwise is escaped. */
static const char *files_of(const sc_run_state *r, const char *source) {
    const char *plain = sc__arena_printf(r->arena, "%s/documents/%s-", r->inputs[0], source);
    const size_t n = plain ? strlen(plain) : 0;
    static const char numbers[] = "[0-9][0-9][0-9][0-9][0-9].jsonl.zst";
    char *pattern = plain ? sc__arena_alloc(r->arena, 2 * n + sizeof numbers) : NULL, *to = pattern;
    if (!pattern) return NULL;
    for (const char *c = plain; *c; c++) {
        if (strchr("*?[]\\", *c)) *to++ = '\\';
        *to++ = *c;
    }
    memcpy(to, numbers, sizeof numbers);
    return pattern;
}

static sc_status tell_parts(json_t *details, const sc_plan *p, const sc_mix_report *report) {
    json_t *parts = json_object();
    if (!parts || json_object_set_new(details, "parts", parts) < 0) return no_memory();
    for (int k = 0; k < report->n_sources; k++) {
        const sc_mix_source *s = &report->sources[k];
        json_t *told = json_pack("{s:I, s:f, s:f, s:I, s:I}", "size", (json_int_t)s->size, "share",
                                 s->share, "epochs", s->epochs, "written", (json_int_t)s->written,
                                 "written_size", (json_int_t)s->written_size);
        if (json_object_set_new(parts, p->sources[k].name, told) < 0) return no_memory();
    }
    return SC_OK;
}

static sc_status do_mix(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                        const char *out, int i) {
    const sc_plan *p = r->plan;
    sc_mix_options *o = sc__arena_alloc(r->arena, sizeof *o); /* both large */
    sc_mix_report *report = sc__arena_alloc(r->arena, sizeof *report);
    (void)i;
    if (!o || !report) return no_memory();
    *o = p->mix;
    o->out = out;
    o->common = *r->common;
    o->n_sources = p->n_sources;
    for (int k = 0; k < p->n_sources; k++) {
        o->sources[k] = p->sources[k].part;
        o->sources[k].path = r->n_inputs > 1 ? r->inputs[k] : files_of(r, p->sources[k].name);
        if (!o->sources[k].path) return no_memory();
    }
    SC_TRY(sc_data_mix(report, o));
    add_reading(row, &report->reading);
    for (int k = 0; k < report->n_sources; k++) {
        row->seen += report->sources[k].documents;
        row->kept += report->sources[k].written;
    }
    return tell_parts(details, p, report);
}

/* ---- tag ------------------------------------------------------------------------------------- */

static int has_taggers(const sc_plan *p) { return p->taggers.n > 0; }

static sc_status key_tag(sc_buffer *key, const sc_plan *p, int i) {
    (void)i;
    put_list(key, &p->taggers);
    put_settings(key, &p->tag_settings);
    put(key, p->tag_words);
    return SC_OK;
}

static sc_status do_tag(sc_data_run_step *row, json_t *details, const sc_run_state *r,
                        const char *out, int i) {
    const sc_plan *p = r->plan;
    sc_data_reading reading;
    const sc_tag_job job = {.inputs = r->inputs,
                            .n_inputs = r->n_inputs,
                            .taggers = p->taggers.texts,
                            .n_taggers = (int)p->taggers.n,
                            .settings = p->tag_settings.texts,
                            .n_settings = (int)p->tag_settings.n,
                            .words = p->tag_words};
    (void)i, (void)details;
    SC_TRY(sc_data_tag(&reading, &job, out, r->common));
    row->seen = row->kept = reading.documents;
    add_reading(row, &reading);
    return SC_OK;
}

const sc_run_step sc__run_steps[SC_RUN_N_STEPS] = {
    [SC_RUN_INGEST] = {"ingest", true, once, key_ingest, do_ingest},
    [SC_RUN_NGRAM] = {"ngram", false, has_ngram, key_ngram, do_ngram},
    [SC_RUN_CLASSIFIER] = {"classifier", false, has_classifier, key_classifier, do_classifier},
    [SC_RUN_FILTER] = {"filter", true, has_rules, key_filter, do_filter},
    [SC_RUN_DEDUP] = {"dedup", true, n_methods, key_dedup, do_dedup},
    [SC_RUN_DECONTAMINATE] = {"decontaminate", true, has_sets, key_decontaminate, do_decontaminate},
    [SC_RUN_SPLIT] = {"split", true, has_split, key_split, do_split},
    [SC_RUN_MIX] = {"mix", true, has_mix, key_mix, do_mix},
    [SC_RUN_TAG] = {"tag", false, has_taggers, key_tag, do_tag},
};
