/* plan.c - the table of keys and what they come to. */
#include "stage/curation/run/plan.h"

#include <string.h>

const sc_recipe_key sc__plan_keys[] = {
    {"sources", SC_RECIPE_MAP, NULL, "{web: crawl/*.warc.gz, docs: [/usr/share/doc, notes.html]}",
     "name: a path, a list of paths, or {paths: ..., licence: SPDX}"},
    {"ingest.min_characters", SC_RECIPE_INT, "1", NULL, "a document with fewer is left out"},
    {"filter.rules", SC_RECIPE_LIST, NULL, "[gopher-quality, gopher-repetition, c4]",
     "sets of rules, in the order in which they judge; none: no filtering"},
    {"filter.settings", SC_RECIPE_LIST, NULL, "[gopher-quality.min_words=30]",
     "SET.RULE=NUMBER, SET.RULE=off, TAGGER.KEY=VALUE"},
    {"filter.words", SC_RECIPE_TEXT, "unicode", NULL,
     "what a word is: unicode, whitespace, english"},
    {"dedup.methods", SC_RECIPE_LIST, NULL, "[exact, minhash]",
     "one after another: url, exact, minhash, paragraph, line, substring; none: no deduplication"},
    {"dedup.threshold", SC_RECIPE_REAL, "0.8", NULL, "minhash: Jaccard similarity from which on"},
    {"dedup.keep", SC_RECIPE_TEXT, "first", NULL, "which of those alike: first or longest"},
    {"decontaminate.against", SC_RECIPE_LIST, NULL, "[evals/*.jsonl]",
     "evaluation sets that must not be in the corpus"},
    {"decontaminate.ngram", SC_RECIPE_INT, "13", NULL,
     "words that must follow one another in both"},
    {"split.valid", SC_RECIPE_REAL, "0", NULL, "share of the documents to hold out, by hash"},
    {"split.test", SC_RECIPE_REAL, "0", NULL, "and for tests"},
    {"split.seed", SC_RECIPE_INT, "0", NULL, "another seed, other parts"},
    {"keep_steps", SC_RECIPE_BOOL, "true", NULL,
     "keep what each step made, so that a changed step is done again from there"},
    {"output", SC_RECIPE_TEXT, "corpus", NULL, "folder of the corpus"},
    {0}};

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "recipe"); }

/* A path or a list of paths. */
static sc_status read_paths(sc_plan *p, sc_plan_source *s, const json_t *value) {
    const size_t n = json_is_array(value) ? json_array_size(value) : 1;
    s->paths = sc__arena_array(&p->arena, n + 1, sizeof *s->paths);
    if (!s->paths) return no_memory();
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(one))
            return sc__recipe_fail(p->recipe, "sources", "%s: a path must be a text", s->name);
        s->paths[s->n_paths++] = sc__arena_strdup(&p->arena, json_string_value(one));
    }
    return n ? SC_OK : sc__recipe_fail(p->recipe, "sources", "%s: no path", s->name);
}

static sc_status read_source(sc_plan *p, sc_plan_source *s, const json_t *value) {
    const char *key;
    json_t *member;
    if (!json_is_object(value)) return read_paths(p, s, value);
    json_object_foreach((json_t *)(uintptr_t)value, key, member) {
        if (!strcmp(key, "licence") && json_is_string(member))
            s->licence = sc__arena_strdup(&p->arena, json_string_value(member));
        else if (strcmp(key, "paths"))
            return sc__recipe_fail(p->recipe, "sources",
                                   "%s: unknown key %s; there are paths and "
                                   "licence",
                                   s->name, key);
    }
    const json_t *paths = json_object_get(value, "paths");
    return paths ? read_paths(p, s, paths)
                 : sc__recipe_fail(p->recipe, "sources", "%s: paths: missing", s->name);
}

/* A name becomes a folder. */
static bool is_name(const char *name) {
    if (!*name || *name == '.') return false;
    for (; *name; name++)
        if (*name == '/' || (unsigned char)*name < 0x20) return false;
    return true;
}

static sc_status read_sources(sc_plan *p) {
    json_t *map = NULL, *value;
    const char *name;
    sc_status s = sc__recipe_map(&map, p->recipe, "sources");
    if (s < 0) return s;
    p->sources = sc__arena_array(&p->arena, json_object_size(map) + 1, sizeof *p->sources);
    if (!p->sources) s = no_memory();
    json_object_foreach(map, name, value) {
        if (s < 0) break;
        sc_plan_source *source = &p->sources[p->n_sources++];
        source->name = sc__arena_strdup(&p->arena, name);
        if (!source->name) s = no_memory();
        if (s >= 0 && !is_name(name))
            s = sc__recipe_fail(p->recipe, "sources", "\"%s\" cannot name a folder", name);
        if (s >= 0) s = read_source(p, source, value);
    }
    json_decref(map);
    if (s >= 0 && !p->n_sources)
        s = sc__recipe_fail(p->recipe, "sources", "is missing: what to make the corpus of");
    return s;
}

static sc_status read_rest(sc_plan *p) {
    sc_recipe *r = p->recipe;
    SC_TRY(sc__recipe_int(&p->min_characters, r, "ingest.min_characters"));
    SC_TRY(sc__recipe_list(&p->rules, &p->n_rules, r, "filter.rules"));
    SC_TRY(sc__recipe_list(&p->settings, &p->n_settings, r, "filter.settings"));
    SC_TRY(sc__recipe_text(&p->words, r, "filter.words"));
    SC_TRY(sc__recipe_list(&p->methods, &p->n_methods, r, "dedup.methods"));
    SC_TRY(sc__recipe_real(&p->threshold, r, "dedup.threshold"));
    SC_TRY(sc__recipe_text(&p->keep, r, "dedup.keep"));
    SC_TRY(sc__recipe_list(&p->against, &p->n_against, r, "decontaminate.against"));
    SC_TRY(sc__recipe_int(&p->ngram, r, "decontaminate.ngram"));
    SC_TRY(sc__recipe_real(&p->valid, r, "split.valid"));
    SC_TRY(sc__recipe_real(&p->test, r, "split.test"));
    SC_TRY(sc__recipe_int(&p->seed, r, "split.seed"));
    SC_TRY(sc__recipe_bool(&p->keep_steps, r, "keep_steps"));
    return sc__recipe_text(&p->output, r, "output");
}

static sc_status check(const sc_plan *p) {
    const sc_recipe *r = p->recipe;
    if (p->n_methods > SC_PLAN_STEPS_MAX - 4)
        return sc__recipe_fail(r, "dedup.methods", "more than %d", SC_PLAN_STEPS_MAX - 4);
    if (strcmp(p->keep, "first") && strcmp(p->keep, "longest"))
        return sc__recipe_fail(r, "dedup.keep", "must be first or longest");
    if (!(p->threshold > 0 && p->threshold <= 1))
        return sc__recipe_fail(r, "dedup.threshold", "must be above 0 and at most 1");
    if (p->ngram < 1 || p->ngram > 13)
        return sc__recipe_fail(r, "decontaminate.ngram", "must be between 1 and 13");
    if (p->n_against > SC_CONTAMINATION_SETS_MAX)
        return sc__recipe_fail(r, "decontaminate.against", "more than %d sets",
                               SC_CONTAMINATION_SETS_MAX);
    if (!(p->valid >= 0 && p->test >= 0 && p->valid + p->test < 1))
        return sc__recipe_fail(r, "split.valid", "with split.test must be shares below 1");
    if (p->n_settings && !p->n_rules)
        return sc__recipe_fail(r, "filter.settings", "there are no filter.rules to set");
    return SC_OK;
}

sc_status sc__plan_open(sc_plan *out, const char *path, const char *const *overrides,
                        int n_overrides) {
    *out = (sc_plan){0};
    SC_TRY(sc__recipe_load(&out->recipe, sc__plan_keys, path));
    for (int i = 0; i < n_overrides; i++) SC_TRY(sc__recipe_set(out->recipe, overrides[i]));
    SC_TRY(read_sources(out));
    SC_TRY(read_rest(out));
    SC_TRY(check(out));
    sc__recipe_finish(out->recipe);
    return SC_OK;
}

void sc__plan_close(sc_plan *p) {
    sc__recipe_close(p->recipe);
    sc__arena_deinit(&p->arena);
}
