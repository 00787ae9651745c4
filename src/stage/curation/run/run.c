/* run.c - a whole corpus from one recipe: step after step, each from the folder of the one before.
 *
 * OUTPUT/.steps/N-NAME/ holds what a step made and, written last, done.json with the key of all it
 * depends on. A step whose key is the same is not done again; one that was broken off is done from
 * its beginning, to the same bytes. At the end the corpus is hard links to what the last step made,
 * and all steps together have one account. */
#define _GNU_SOURCE
#include "account/lineage.h"
#include "account/step.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "format/documents.h"
#include "socle/tag.h"
#include "socle/version.h"
#include "stage/curation/report/report.h"
#include "stage/curation/run/plan.h"
#include "socle/corpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RUN_STEP "data run"

typedef struct {
    const sc_data_run_options *o;
    sc_data_run_report *report;
    sc_plan plan;
    sc_arena arena;
    const char *steps;   /* OUTPUT/.steps */
    const char **inputs; /* of the next step: folders */
    int n_inputs;
    char key[65]; /* of all that was done so far */
} running;

/* What a step does: from r->inputs into `out`. Fills in kept and dropped of its row. */
typedef sc_status step_fn(running *r, const char *out, sc_data_run_step *row, int arg);

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "data run"); }

/* ---- the steps ------------------------------------------------------------------------------- */

static sc_status do_ingest(running *r, const char *out, sc_data_run_step *row, int arg) {
    (void)arg;
    for (int i = 0; i < r->plan.n_sources; i++) {
        const sc_plan_source *source = &r->plan.sources[i];
        const sc_ingest_options o = {.common = r->o->common,
                                     .min_characters = r->plan.min_characters,
                                     .source = source->name,
                                     .licence = source->licence};
        sc_ingest_report report;
        const char *dir = sc__path_join(&r->arena, out, source->name);
        if (!dir) return no_memory();
        SC_TRY(sc_data_ingest(&report, source->paths, source->n_paths, dir, &o));
        row->seen += report.read.documents;
        row->kept += report.documents;
        row->unreadable += report.read.unreadable;
        if (!*row->first_unreadable)
            memcpy(row->first_unreadable, report.read.first_unreadable,
                   sizeof row->first_unreadable);
    }
    row->dropped = row->seen - row->kept;
    return SC_OK;
}

static sc_status do_filter(running *r, const char *out, sc_data_run_step *row, int arg) {
    (void)arg;
    sc_filter_report *report = sc__calloc(1, sizeof *report); /* a table of rules: not for stacks */
    if (!report) return no_memory();
    const sc_filter_job job = {.inputs = r->inputs,
                               .n_inputs = r->n_inputs,
                               .rules = r->plan.rules,
                               .n_rules = (int)r->plan.n_rules,
                               .settings = r->plan.settings,
                               .n_settings = (int)r->plan.n_settings,
                               .words = r->plan.words};
    const sc_status s = sc_data_filter(report, &job, out, &r->o->common);
    row->seen = report->reading.documents;
    row->kept = report->kept;
    row->dropped = report->dropped;
    sc__free(report);
    return s;
}

static sc_status do_dedup(running *r, const char *out, sc_data_run_step *row, int arg) {
    sc_dedup_report report;
    const sc_dedup_options o = {.common = r->o->common,
                                .method = r->plan.methods[arg],
                                .threshold = r->plan.threshold,
                                .keep = strcmp(r->plan.keep, "first") ? SC_DEDUP_LONGEST
                                                                      : SC_DEDUP_FIRST};
    SC_TRY(sc_data_dedup(&report, r->inputs, r->n_inputs, out, &o));
    row->kept = report.kept;
    row->dropped = report.dropped;
    row->seen = report.kept + report.dropped;
    return SC_OK;
}

static sc_status do_decontaminate(running *r, const char *out, sc_data_run_step *row, int arg) {
    (void)arg;
    sc_decontaminate_report *report = sc__calloc(1, sizeof *report); /* a table of sets */
    if (!report) return no_memory();
    const sc_decontaminate_options o = {.inputs = r->inputs,
                                        .n_inputs = r->n_inputs,
                                        .against = r->plan.against,
                                        .n_against = (int)r->plan.n_against,
                                        .out = out,
                                        .ngram = (int)r->plan.ngram,
                                        .common = r->o->common};
    const sc_status s = sc_data_decontaminate(report, &o);
    row->seen = report->reading.documents;
    row->kept = report->kept;
    row->dropped = report->dropped;
    sc__free(report);
    return s;
}

static sc_status do_split(running *r, const char *out, sc_data_run_step *row, int arg) {
    (void)arg;
    sc_split_report report;
    const sc_split_options o = {.inputs = r->inputs,
                                .n_inputs = r->n_inputs,
                                .out = out,
                                .valid = r->plan.valid,
                                .test = r->plan.test,
                                .seed = (uint64_t)r->plan.seed,
                                .common = r->o->common};
    SC_TRY(sc_data_split(&report, &o));
    row->kept = report.train;
    row->held_out = report.valid + report.test;
    row->seen = row->kept + row->held_out;
    return SC_OK;
}

/* ---- what a step depends on ------------------------------------------------------------------ */

/* Files by name, size and time: as make tells what is new. */
static sc_status hash_files(sc_buffer *b, const char *const *paths, int n) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found = {0};
    const sc_status s = sc__documents_find(&found, &a, paths, n);
    for (int64_t i = 0; i < found.n && s >= 0; i++) {
        struct stat st = {0};
        if (stat(found.paths[i], &st)) continue; /* the step itself will say so */
        sc__buffer_printf(b, "%s|%jd|%jd.%09ld\n", found.paths[i], (intmax_t)st.st_size,
                          (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    }
    sc__arena_deinit(&a);
    return s;
}

static sc_status hash_sources(sc_buffer *b, const running *r) {
    for (int i = 0; i < r->plan.n_sources; i++) {
        const sc_plan_source *source = &r->plan.sources[i];
        sc__buffer_printf(b, "%s|%s|", source->name, source->licence ? source->licence : "");
        SC_TRY(hash_files(b, source->paths, source->n_paths));
    }
    return SC_OK;
}

static void list(sc_buffer *b, const char *const *texts, int64_t n) {
    for (int64_t i = 0; i < n; i++) sc__buffer_printf(b, "|%s", texts[i]);
}

/* The key of a step: of the one before, its name and its settings. */
static sc_status next_key(running *r, const char *name, int arg) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_digest d;
    sc_status s = SC_OK;
    const sc_plan *p = &r->plan;
    sc__buffer_printf(&b, "%s|%s|%s|%s|", sc_version(), r->key, name,
                      r->o->common.strict ? "strict" : "");
    if (!strcmp(name, "ingest")) {
        sc__buffer_printf(&b, "%" PRId64 "|", p->min_characters);
        s = hash_sources(&b, r);
    } else if (!strcmp(name, "filter")) {
        sc__buffer_printf(&b, "%s", p->words);
        list(&b, p->rules, p->n_rules);
        list(&b, p->settings, p->n_settings);
    } else if (!strcmp(name, "decontaminate")) {
        sc__buffer_printf(&b, "%" PRId64 "|", p->ngram);
        s = hash_files(&b, p->against, (int)p->n_against);
    } else if (!strcmp(name, "split")) {
        sc__buffer_printf(&b, "%.17g|%.17g|%" PRId64, p->valid, p->test, p->seed);
    } else {
        const bool minhash = !strcmp(p->methods[arg], "minhash");
        sc__buffer_printf(&b, "%s|%.17g|%s", p->methods[arg], minhash ? p->threshold : 0, p->keep);
    }
    if (s >= 0) s = b.status;
    if (s >= 0) s = sc__hash_bytes(&d, b.data, b.len);
    if (s >= 0) memcpy(r->key, d.hex, sizeof r->key);
    sc__buffer_deinit(&b);
    return s;
}

/* ---- done.json ------------------------------------------------------------------------------- */

static json_t *row_json(const sc_data_run_step *row, const char *key) {
    return json_pack("{ss ss sI sI sI sI sI ss}", "step", row->name, "key", key, "seen",
                     (json_int_t)row->seen, "kept", (json_int_t)row->kept, "dropped",
                     (json_int_t)row->dropped, "held_out", (json_int_t)row->held_out, "unreadable",
                     (json_int_t)row->unreadable, "first_unreadable", row->first_unreadable);
}

/* Whether the folder holds this step, done; its row as it was told then. */
static bool is_done(sc_data_run_step *row, const char *marker, const char *key) {
    json_t *o = NULL;
    if (!sc__path_exists(marker) || sc__json_load(&o, marker) < 0) return false;
    const char *was = json_string_value(json_object_get(o, "key"));
    const bool same = was && !strcmp(was, key);
    if (same) {
        const struct {
            const char *name;
            int64_t *value;
        } numbers[] = {{"seen", &row->seen},
                       {"kept", &row->kept},
                       {"dropped", &row->dropped},
                       {"held_out", &row->held_out},
                       {"unreadable", &row->unreadable}};
        for (int i = 0; i < SC_LEN(numbers); i++)
            *numbers[i].value = json_integer_value(json_object_get(o, numbers[i].name));
        const char *first = json_string_value(json_object_get(o, "first_unreadable"));
        snprintf(row->first_unreadable, sizeof row->first_unreadable, "%s", first ? first : "");
    }
    json_decref(o);
    return same;
}

static sc_status mark_done(const sc_data_run_step *row, const char *marker, const char *key) {
    json_t *o = row_json(row, key);
    const sc_status s = o ? sc__json_save(o, marker) : no_memory();
    json_decref(o);
    return s;
}

/* ---- one after another ----------------------------------------------------------------------- */

/* What the step made is the input of the next. Ingest has a folder for each source. */
static sc_status hand_on(running *r, const char *dir, bool by_source) {
    const int n = by_source ? r->plan.n_sources : 1;
    r->inputs = sc__arena_array(&r->arena, (size_t)n, sizeof *r->inputs);
    if (!r->inputs) return no_memory();
    for (int i = 0; i < n; i++) {
        r->inputs[i] = by_source ? sc__path_join(&r->arena, dir, r->plan.sources[i].name) : dir;
        if (!r->inputs[i]) return no_memory();
    }
    r->n_inputs = n;
    return SC_OK;
}

static sc_status run_step(running *r, const char *name, step_fn *fn, int arg) {
    sc_data_run_report *report = r->report;
    sc_data_run_step *row = &report->steps[report->n_steps];
    const double start = sc__clock_now();
    snprintf(row->name, sizeof row->name, "%s", name);
    const char *dir = sc__arena_printf(&r->arena, "%s/%d-%s", r->steps, report->n_steps + 1, name);
    const char *marker = dir ? sc__path_join(&r->arena, dir, "done.json") : NULL;
    if (!marker) return no_memory();
    SC_TRY(next_key(r, fn == do_dedup ? "dedup" : name, arg));
    row->reused = is_done(row, marker, r->key);
    report->n_steps++;
    if (r->o->step) r->o->step(r->o->common.user, row, false);
    if (!row->reused) {
        SC_TRY(sc__dir_remove(dir));
        SC_TRY(sc__dir_make(dir));
        SC_TRY(fn(r, dir, row, arg));
        SC_TRY(mark_done(row, marker, r->key));
    }
    row->seconds = sc__clock_now() - start;
    if (r->o->step) r->o->step(r->o->common.user, row, true);
    return hand_on(r, dir, fn == do_ingest);
}

static sc_status run_steps(running *r) {
    const sc_plan *p = &r->plan;
    SC_TRY(run_step(r, "ingest", do_ingest, 0));
    if (p->n_rules) SC_TRY(run_step(r, "filter", do_filter, 0));
    for (int i = 0; i < (int)p->n_methods; i++) {
        const char *name = sc__arena_printf(&r->arena, "dedup-%s", p->methods[i]);
        if (!name) return no_memory();
        SC_TRY(run_step(r, name, do_dedup, i));
    }
    if (p->n_against) SC_TRY(run_step(r, "decontaminate", do_decontaminate, 0));
    if (p->valid > 0 || p->test > 0) SC_TRY(run_step(r, "split", do_split, 0));
    return SC_OK;
}

/* ---- the corpus ------------------------------------------------------------------------------ */

/* The files of FROM/KIND as links in OUTPUT/TO; those of several folders are numbered on. */
static sc_status link_files(running *r, const char *from, const char *kind, const char *to) {
    sc_paths found = {0};
    const char *dir = sc__path_join(&r->arena, from, kind);
    if (!dir) return no_memory();
    if (!sc__path_is_dir(dir)) return SC_OK;
    SC_TRY(sc__paths_find(&found, &r->arena, dir));
    SC_TRY(sc__dir_make(to));
    for (int64_t i = 0; i < found.n; i++) {
        const char *name = sc__path_name(found.paths[i]);
        const char *target = sc__path_join(&r->arena, to, name);
        for (int k = 2; target && sc__path_exists(target); k++)
            target = sc__arena_printf(&r->arena, "%s/%d-%s", to, k, name);
        if (!target) return no_memory();
        SC_TRY(sc__file_link(found.paths[i], target));
    }
    return SC_OK;
}

/* A part of the corpus is made beside the old one and takes its place in one step. */
static sc_status replace(running *r, const char *temporary, const char *name) {
    const char *target = sc__path_join(&r->arena, r->plan.output, name);
    if (!target) return no_memory();
    SC_TRY(sc__dir_remove(target));
    return sc__path_exists(temporary) ? sc__dir_publish(temporary, target) : SC_OK;
}

static sc_status publish_part(running *r, const char *kind) {
    const char *temporary = sc__arena_printf(&r->arena, "%s/new-%s", r->steps, kind);
    if (!temporary) return no_memory();
    SC_TRY(sc__dir_remove(temporary));
    for (int i = 0; i < r->n_inputs; i++) SC_TRY(link_files(r, r->inputs[i], kind, temporary));
    return replace(r, temporary, kind);
}

/* dropped/2-filter/ and clusters/3-dedup-minhash/, of the steps that have them. */
static sc_status publish_beside(running *r, const char *kind) {
    const char *temporary = sc__arena_printf(&r->arena, "%s/new-%s", r->steps, kind);
    if (!temporary) return no_memory();
    SC_TRY(sc__dir_remove(temporary));
    for (int i = 0; i < r->report->n_steps; i++) {
        const char *name = r->report->steps[i].name;
        const char *from = sc__arena_printf(&r->arena, "%s/%d-%s", r->steps, i + 1, name);
        const char *to = sc__arena_printf(&r->arena, "%s/%d-%s", temporary, i + 1, name);
        if (!from || !to) return no_memory();
        SC_TRY(link_files(r, from, kind, to));
    }
    return replace(r, temporary, kind);
}

static sc_status publish(running *r) {
    static const char *const parts[] = {"documents", "valid", "test"};
    for (int i = 0; i < SC_LEN(parts); i++) SC_TRY(publish_part(r, parts[i]));
    SC_TRY(publish_beside(r, "dropped"));
    return publish_beside(r, "clusters");
}

static sc_status describe(running *r, const json_t *entry) {
    sc_census census = {0};
    const sc_data_options o = {.threads = r->o->common.threads, .stop = r->o->common.stop};
    sc_status s = sc__corpus_describe(&census, r->plan.output, entry, &o);
    if (s >= 0) {
        r->report->documents = census.groups[0].n;
        r->report->bytes = census.groups[0].bytes;
        r->report->characters = census.characters;
    }
    sc__census_deinit(&census);
    return s;
}

static sc_status tell(running *r, sc_account *a, const json_t *recipe) {
    json_t *rows = json_array();
    sc_status s = rows ? sc__account_recipe(a, recipe) : no_memory();
    for (int i = 0; i < r->plan.n_sources && s >= 0; i++)
        for (int k = 0; k < r->plan.sources[i].n_paths && s >= 0; k++)
            s = sc__account_input(a, r->plan.sources[i].name, r->plan.sources[i].paths[k]);
    for (int i = 0; i < r->report->n_steps && s >= 0; i++) {
        json_t *row = row_json(&r->report->steps[i], "");
        if (!row || json_object_del(row, "key") || json_array_append_new(rows, row))
            s = no_memory();
    }
    if (s >= 0) s = sc__account_note(a, "funnel", rows);
    json_decref(rows);
    return s;
}

/* ---- what must not be lost ------------------------------------------------------------------- */

/* Whether the folder is the work of an earlier run, finished or broken off. */
static sc_status is_ours(bool *out, const running *r) {
    sc_arena a = SC_ARENA_INIT;
    json_t *lineage = NULL;
    const char *path = sc__path_join(&a, r->plan.output, "lineage.json");
    sc_status s = path ? SC_OK : no_memory();
    *out = sc__path_exists(r->steps);
    if (s >= 0 && !*out && sc__path_exists(path)) s = sc__lineage_load(&lineage, path);
    const json_t *newest = lineage ? sc__lineage_newest(lineage) : NULL;
    const char *step = json_string_value(json_object_get(newest, "step"));
    if (step && !strcmp(step, RUN_STEP)) *out = true;
    json_decref(lineage);
    sc__arena_deinit(&a);
    return s;
}

/* The parts of a corpus replace those of an earlier run and nothing else. */
static sc_status check_output(running *r) {
    static const char *const parts[] = {"documents", "valid", "test", "dropped", "clusters"};
    bool ours;
    SC_TRY(is_ours(&ours, r));
    for (int i = 0; i < SC_LEN(parts) && !ours; i++) {
        const char *part = sc__path_join(&r->arena, r->plan.output, parts[i]);
        if (!part) return no_memory();
        if (sc__path_exists(part))
            return sc__recipe_fail(r->plan.recipe, "output",
                                   "%s is there and was not made by data run; name another folder",
                                   part);
    }
    return SC_OK;
}

/* A source in the output would be replaced by what is made of it. */
static sc_status check_sources(running *r) {
    char *output = realpath(r->plan.output, NULL);
    sc_arena a = SC_ARENA_INIT;
    sc_status s = SC_OK;
    const size_t n = output ? strlen(output) : 0;
    for (int i = 0; n && i < r->plan.n_sources && s >= 0; i++) {
        sc_paths found = {0};
        s = sc__documents_find(&found, &a, r->plan.sources[i].paths, r->plan.sources[i].n_paths);
        for (int64_t k = 0; k < found.n && s >= 0; k++) {
            char *file = realpath(found.paths[k], NULL);
            if (file && !strncmp(file, output, n) && file[n] == '/')
                s = sc__recipe_fail(r->plan.recipe, "output", "the source %s lies in it",
                                    found.paths[k]);
            free(file); /* libc's */
        }
    }
    free(output);
    sc__arena_deinit(&a);
    return s;
}

static sc_status run_all(sc_account *a, void *arg) {
    running *r = arg;
    json_t *recipe = NULL;
    SC_TRY(sc__recipe_json(&recipe, r->plan.recipe));
    sc_status s = sc__dir_make(r->steps);
    if (s >= 0) s = sc__dir_sweep(r->plan.output); /* of a run that was killed as it wrote */
    if (s >= 0) s = run_steps(r);
    if (s >= 0) s = publish(r);
    if (s >= 0) s = tell(r, a, recipe);
    if (s >= 0) s = describe(r, sc__account_entry(a));
    if (s >= 0 && !r->plan.keep_steps) s = sc__dir_remove(r->steps);
    json_decref(recipe);
    return s;
}

sc_status sc_data_run(sc_data_run_report *out, const sc_data_run_options *o) {
    static const sc_step step = {RUN_STEP, "curation", "corpus", run_all};
    running r = {.o = o, .report = out};
    const double start = sc__clock_now();
    *out = (sc_data_run_report){0};
    sc_status s = sc__plan_open(&r.plan, o->recipe, o->overrides, o->n_overrides);
    if (s >= 0) {
        snprintf(out->output, sizeof out->output, "%s", r.plan.output);
        r.steps = sc__path_join(&r.arena, r.plan.output, ".steps");
        const sc_step_where where = {.artifact = r.plan.output, .threads = o->common.threads};
        s = r.steps ? check_output(&r) : no_memory();
        if (s >= 0) s = check_sources(&r);
        if (s >= 0) s = sc__step_run(&step, &r, &where);
    }
    out->seconds = sc__clock_now() - start;
    sc__plan_close(&r.plan);
    sc__arena_deinit(&r.arena);
    return s;
}

sc_status sc_data_template(const char *path) {
    return sc__recipe_template_save(sc__plan_keys,
                                    "A corpus: socle data run FILE.yaml\n"
                                    "Paths are relative to the working directory.",
                                    path);
}
