/* report.c - a corpus described; the public verb. */
#include "stage/curation/report/report.h"
#include "socle/corpus.h"

#include "account/lineage.h"
#include "base/file.h"

#include <string.h>

/* The newest entry of the corpus's lineage, where there is one; *lineage owns it. */
static sc_status newest(json_t **lineage, const json_t **entry, sc_arena *a, const char *corpus) {
    const char *path = sc__path_join(a, corpus, "lineage.json");
    *lineage = NULL;
    *entry = NULL;
    if (!path) return SC_FAIL(SC_NOMEM, "%s", corpus);
    if (!sc__path_exists(path)) return SC_OK;
    SC_TRY(sc__lineage_load(lineage, path));
    *entry = sc__lineage_newest(*lineage);
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
                : newest(&lineage, &d.entry, &a, corpus);
    if (s >= 0) d.recipe = json_object_get(d.entry, "recipe");
    if (s >= 0) s = sc__corpus_page(&d);
    if (s >= 0) s = sc__corpus_card(&d);
    if (s >= 0) s = sc__corpus_croissant(&d);
    json_decref(lineage);
    sc__arena_deinit(&a);
    return s;
}

sc_status sc_data_report(sc_corpus_report *out, const char *corpus, const sc_data_options *o) {
    static const sc_data_options none = {0};
    sc_census c = {0};
    *out = (sc_corpus_report){0};
    const sc_status s = sc__corpus_describe(&c, corpus, NULL, o ? o : &none);
    if (s < 0) {
        sc__census_deinit(&c);
        return s;
    }
    out->reading = c.reading;
    out->documents = c.groups[0].n;
    out->bytes = c.groups[0].bytes;
    out->characters = c.characters;
    for (int i = 1; i < c.n_groups; i++) out->dropped += c.groups[i].n;
    sc__census_deinit(&c);
    return SC_OK;
}
