/* report.c - a corpus described; the public verb. */
#include "stage/curation/report/report.h"
#include "socle/corpus.h"

#include "account/lineage.h"
#include "account/step.h"
#include "base/file.h"

#include <string.h>

#define REPORT_STEP "data report"

const json_t *sc__corpus_maker(const json_t *lineage) {
    const json_t *entries = json_object_get(lineage, "entries");
    for (size_t i = json_array_size(entries); i > 0; i--) {
        const json_t *e = json_array_get(entries, i - 1);
        const char *step = json_string_value(json_object_get(e, "step"));
        if (!step || strcmp(step, REPORT_STEP) != 0) return e;
    }
    return NULL;
}

/* The entry of the corpus's lineage that made it, where there is one; *lineage owns it. */
static sc_status find_maker(json_t **lineage, const json_t **entry, sc_arena *a,
                            const char *corpus) {
    const char *path = sc__path_join(a, corpus, "lineage.json");
    *lineage = NULL;
    *entry = NULL;
    if (!path) return SC_FAIL(SC_NOMEM, "%s", corpus);
    if (!sc__path_exists(path)) return SC_OK;
    SC_TRY(sc__lineage_load(lineage, path));
    *entry = sc__corpus_maker(*lineage);
    return SC_OK;
}

/* "corpus" of "data/corpus/". */
static const char *name_of(sc_arena *a, const char *corpus) {
    char *copy = sc__arena_strdup(a, corpus);
    size_t n = copy ? strlen(copy) : 0;
    while (n > 1 && copy[n - 1] == '/') copy[--n] = 0;
    return copy ? sc__path_name(copy) : NULL;
}

sc_status sc__corpus_describe(sc_census *census, const char *corpus, const json_t *entry,
                              const sc_data_options *o) {
    sc_arena a = SC_ARENA_INIT;
    json_t *lineage = NULL;
    sc_described d = {.corpus = corpus, .entry = entry, .census = census};
    sc_status s = sc__census_take(census, corpus, o);
    if (s < 0) return s;
    d.name = name_of(&a, corpus);
    s = !d.name ? SC_FAIL(SC_NOMEM, "%s", corpus)
        : entry ? SC_OK
                : find_maker(&lineage, &d.entry, &a, corpus);
    if (s >= 0) d.recipe = json_object_get(d.entry, "recipe");
    if (s >= 0) s = sc__corpus_page(&d);
    if (s >= 0) s = sc__corpus_card(&d);
    if (s >= 0) s = sc__corpus_croissant(&d);
    json_decref(lineage);
    sc__arena_deinit(&a);
    return s;
}

/* ---- the step -------------------------------------------------------------------------------- */

typedef struct {
    const char *corpus;
    const sc_data_options *o;
    sc_corpus_report *report;
} reporting;

static sc_status run(sc_account *a, void *arg) {
    const reporting *r = arg;
    sc_corpus_report *out = r->report;
    sc_census c = {0};
    (void)a;
    const sc_status s = sc__corpus_describe(&c, r->corpus, NULL, r->o);
    if (s >= 0) {
        *out = (sc_corpus_report){.reading = c.reading,
                                  .documents = c.groups[0].n,
                                  .bytes = c.groups[0].bytes,
                                  .characters = c.characters};
        for (int i = 1; i < c.n_groups; i++) out->dropped += c.groups[i].n;
    }
    sc__census_deinit(&c);
    return s;
}

sc_status sc_data_report(sc_corpus_report *out, const char *corpus, const sc_data_options *o) {
    static const sc_data_options none = {0};
    static const sc_step step = {REPORT_STEP, "curation", "corpus", run};
    reporting r = {.corpus = corpus, .o = o ? o : &none, .report = out};
    *out = (sc_corpus_report){0};
    if (!sc__path_is_dir(corpus)) return SC_FAIL(SC_USAGE, "%s: is no folder", corpus);
    return sc__step_run_data(&step, &r, corpus, r.o);
}
