/* plan.c - the table of keys, the steps that they ask for, and what is wrong with them. */
#include "stage/curation/run/plan.h"

#include "base/file.h"
#include "base/text.h"
#include "stage/curation/tag/job.h"
#include "stage/curation/tag/rules.h"
#include "stage/curation/tag/tagger.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const sc_recipe_key sc__plan_keys[] = {
    {"sources", SC_RECIPE_MAP, NULL, "{web: crawl/*.warc.gz, docs: [/usr/share/doc, notes.html]}",
     "name: a path, a list of paths, or {paths: ..., licence: SPDX, text_field: KEY, id_field: "
     "KEY}"},
    {"output", SC_RECIPE_TEXT, "corpus", NULL, "folder of the corpus"},
    {"keep_steps", SC_RECIPE_BOOL, "true", NULL,
     "keep what each step made, so that a changed step is done again from there"},
    {"ingest.html", SC_RECIPE_TEXT, "main", NULL,
     "of pages: main text, body (all but menus), or source as it is"},
    {"ingest.comments", SC_RECIPE_BOOL, "false", NULL, "readers' comments are main text too"},
    {"ingest.pages", SC_RECIPE_BOOL, "false", NULL,
     "rows of JSON and tables whose text begins with a tag are HTML pages too"},
    {"ingest.min_characters", SC_RECIPE_INT, "1", NULL, "a document with fewer is left out"},
    {"ingest.drop_duplicates", SC_RECIPE_BOOL, "false", NULL,
     "leave out texts that a source had before"},
    {"ingest.file_size", SC_RECIPE_TEXT, "1G", NULL, "of JSON in each file, about"},
    {"ngram.texts", SC_RECIPE_LIST, NULL, "# [good/*.jsonl]",
     "texts such as you want: a model of them for the rules of perplexity; none: no model"},
    {"ngram.order", SC_RECIPE_INT, "5", NULL, "words of the longest n-gram, 1 to 8"},
    {"ngram.min_count", SC_RECIPE_INT, "1", NULL, "words that come less often are unknown ones"},
    {"classifier.good", SC_RECIPE_LIST, NULL, "# [good/*.jsonl]",
     "examples to keep: a classifier for the rules of classifier; none: no classifier"},
    {"classifier.bad", SC_RECIPE_LIST, NULL, "# [bad/*.jsonl]", "examples to drop"},
    {"filter.rules", SC_RECIPE_LIST, NULL, "[gopher-quality, gopher-repetition, c4]",
     "sets of rules, in the order in which they judge; none: no filtering"},
    {"filter.settings", SC_RECIPE_LIST, NULL, "# [gopher-quality.min_words=30]",
     "SET.RULE=NUMBER, SET.RULE=off, SET=drop, TAGGER.KEY=VALUE"},
    {"filter.words", SC_RECIPE_TEXT, "unicode", NULL,
     "what a word is: unicode, whitespace, english; for ngram and classifier too"},
    {"dedup.methods", SC_RECIPE_LIST, NULL, "[exact, minhash]",
     "one after another: url, exact, minhash, paragraph, line, substring; none: no deduplication"},
    {"dedup.keep", SC_RECIPE_TEXT, "first", NULL, "of documents alike: first, longest, best"},
    {"dedup.score", SC_RECIPE_TEXT, NULL, "# quality.score", "best: a number of the metadata"},
    {"dedup.threshold", SC_RECIPE_REAL, "0.8", NULL, "minhash: Jaccard similarity from which on"},
    {"dedup.ngram", SC_RECIPE_INT, "5", NULL, "minhash: words that are compared together"},
    {"dedup.bands", SC_RECIPE_INT, "14", NULL, "minhash: bands of the signature"},
    {"dedup.rows", SC_RECIPE_INT, "8", NULL, "minhash: permutations in a band"},
    {"dedup.min_length", SC_RECIPE_MAP, NULL, "# {line: 30, substring: 50}",
     "characters of a paragraph or line, words of a substring, that are cut"},
    {"decontaminate.against", SC_RECIPE_LIST, NULL, "# [evals/*.jsonl]",
     "evaluation sets that must not be in the corpus; none: no decontamination"},
    {"decontaminate.ngram", SC_RECIPE_INT, "13", NULL,
     "words that must follow one another in both"},
    {"decontaminate.min_matches", SC_RECIPE_INT, "1", NULL,
     "such n-grams that a document must share to be dropped"},
    {"split.valid", SC_RECIPE_REAL, "0", NULL, "share of the documents to hold out, by hash"},
    {"split.test", SC_RECIPE_REAL, "0", NULL, "and for tests"},
    {"split.seed", SC_RECIPE_INT, "0", NULL, "another seed, other parts"},
    {"mix.parts", SC_RECIPE_MAP, NULL, "# {web: 1, docs: 3x}",
     "of a source: a weight (1), how often (3x) or a size (500M); not named: weight 1"},
    {"mix.budget", SC_RECIPE_TEXT, NULL, "# 10G",
     "bytes of text or tokens of all; none: what the sources hold"},
    {"mix.temperature", SC_RECIPE_REAL, "1", NULL, "above 1: evens out the sizes of the sources"},
    {"mix.max_epochs", SC_RECIPE_REAL, "4", NULL, "how often a source may be repeated by weight"},
    {"mix.tokenizer", SC_RECIPE_TEXT, NULL, "# runs/tokenizer",
     "sizes and budget are tokens of it, not bytes"},
    {"mix.seed", SC_RECIPE_INT, "0", NULL, "of the choice of documents"},
    {"tag.taggers", SC_RECIPE_LIST, NULL, "[language, length]",
     "who says attributes of what is in the corpus, for mix and filter later; none: nobody"},
    {"tag.settings", SC_RECIPE_LIST, NULL, "# [language.keep=en]", "TAGGER.KEY=VALUE"},
    {"tag.words", SC_RECIPE_TEXT, "unicode", NULL, "what a word is for them"},
    {0}};

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "recipe"); }

/* What is wrong with a value, told with its key and line. */
static sc_status blame(const sc_plan *p, const char *key, sc_status s) {
    char text[512];
    if (s >= 0 || s == SC_NOMEM) return s;
    snprintf(text, sizeof text, "%s", sc_error_text());
    return sc__recipe_fail(p->recipe, key, "%s", text);
}

/* ---- sources --------------------------------------------------------------------------------- */

/* A path or a list of paths. */
static sc_status read_paths(sc_plan *p, sc_plan_source *s, const json_t *value) {
    const size_t n = json_is_array(value) ? json_array_size(value) : 1;
    const char **texts = sc__arena_array(&p->arena, n + 1, sizeof *texts);
    if (!texts) return no_memory();
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(one))
            return sc__recipe_fail(p->recipe, "sources", "%s: a path must be a text", s->name);
        texts[i] = sc__arena_strdup(&p->arena, json_string_value(one));
        if (!texts[i]) return no_memory();
    }
    s->paths = (sc_plan_list){texts, (int64_t)n};
    return n ? SC_OK : sc__recipe_fail(p->recipe, "sources", "%s: no path", s->name);
}

static sc_status read_source(sc_plan *p, sc_plan_source *s, const json_t *value) {
    const struct {
        const char *key;
        const char **to;
    } rows[] = {
        {"licence", &s->licence}, {"text_field", &s->text_field}, {"id_field", &s->id_field}};
    const char *key;
    json_t *member;
    if (!json_is_object(value)) return read_paths(p, s, value);
    json_object_foreach((json_t *)(uintptr_t)value, key, member) {
        int i = 0;
        while (i < SC_LEN(rows) && strcmp(key, rows[i].key) != 0) i++;
        if (!strcmp(key, "paths")) continue;
        if (i == SC_LEN(rows) || !json_is_string(member))
            return sc__recipe_fail(p->recipe, "sources",
                                   "%s: %s key %s; there are paths, licence, text_field and "
                                   "id_field",
                                   s->name, i == SC_LEN(rows) ? "unknown" : "no text in", key);
        *rows[i].to = sc__arena_strdup(&p->arena, json_string_value(member));
        if (!*rows[i].to) return no_memory();
    }
    const json_t *paths = json_object_get(value, "paths");
    return paths ? read_paths(p, s, paths)
                 : sc__recipe_fail(p->recipe, "sources", "%s: paths: missing", s->name);
}

/* A name becomes a folder, and begins the names of files. */
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
        *source = (sc_plan_source){.part.weight = 1, .part.name = ""};
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

/* ---- single values --------------------------------------------------------------------------- */

static sc_status read_list(sc_plan_list *out, const sc_plan *p, const char *key) {
    return sc__recipe_list(&out->texts, &out->n, p->recipe, key);
}

/* A whole number of a range, where an option is an int. */
static sc_status read_int(int *out, const sc_plan *p, const char *key, int64_t most) {
    int64_t n;
    SC_TRY(sc__recipe_int(&n, p->recipe, key));
    *out = (int)n;
    return n >= 1 && n <= most ? SC_OK
                               : sc__recipe_fail(p->recipe, key, "must be 1 to %d", (int)most);
}

static sc_status read_name(int *out, const sc_plan *p, const char *key, const char *const *names) {
    const char *text;
    SC_TRY(sc__recipe_text(&text, p->recipe, key));
    return blame(p, key, sc__name_find(out, strchr(key, '.') + 1, text, names));
}

/* "500M", or a plain number; 0 where it is not given. */
static sc_status read_size(int64_t *out, const sc_plan *p, const char *key) {
    const char *text;
    sc_mix_part size;
    *out = 0;
    SC_TRY(sc__recipe_text(&text, p->recipe, key));
    if (!text) return SC_OK;
    const bool known = sc_mix_amount(&size, text) && !(size.epochs > 0);
    *out = known && !size.size ? (int64_t)size.weight : size.size;
    return known && *out >= 1
               ? SC_OK
               : sc__recipe_fail(p->recipe, key, "\"%s\" is not a size such as 500M", text);
}

static sc_status read_words(const char **out, const sc_plan *p, const char *key) {
    sc_words_mode mode;
    SC_TRY(sc__recipe_text(out, p->recipe, key));
    return blame(p, key, sc__job_words(&mode, *out));
}

/* ---- the steps ------------------------------------------------------------------------------- */

static sc_status read_ingest(sc_plan *p) {
    static const char *const names[] = {"main", "body", "source", NULL};
    sc_ingest_options *o = &p->ingest;
    int html;
    int64_t size;
    SC_TRY(read_name(&html, p, "ingest.html", names));
    SC_TRY(sc__recipe_bool(&o->comments, p->recipe, "ingest.comments"));
    SC_TRY(sc__recipe_bool(&o->pages, p->recipe, "ingest.pages"));
    SC_TRY(sc__recipe_int(&o->min_characters, p->recipe, "ingest.min_characters"));
    SC_TRY(sc__recipe_bool(&o->drop_duplicates, p->recipe, "ingest.drop_duplicates"));
    SC_TRY(read_size(&size, p, "ingest.file_size"));
    o->html = (sc_ingest_html_text)html;
    o->file_bytes = (size_t)size;
    return SC_OK;
}

static sc_status read_models(sc_plan *p) {
    SC_TRY(read_list(&p->ngram_texts, p, "ngram.texts"));
    SC_TRY(read_list(&p->good, p, "classifier.good"));
    SC_TRY(read_list(&p->bad, p, "classifier.bad"));
    SC_TRY(read_int(&p->ngram_order, p, "ngram.order", 8));
    SC_TRY(sc__recipe_int(&p->ngram_min_count, p->recipe, "ngram.min_count"));
    if (p->ngram_min_count < 1)
        return sc__recipe_fail(p->recipe, "ngram.min_count", "must be at least 1");
    if (!p->good.n != !p->bad.n)
        return sc__recipe_fail(p->recipe, p->good.n ? "classifier.bad" : "classifier.good",
                               "is missing: a classifier learns from both kinds");
    return SC_OK;
}

static bool has_set(const sc_plan_list *sets, const char *name) {
    for (int64_t i = 0; i < sets->n; i++)
        if (!strcmp(sets->texts[i], name)) return true;
    return false;
}

/* Lists and models are files, by the names of their settings. */
static sc_status check_file(const sc_plan *p, const char *key, const char *setting) {
    static const char *const ends[] = {".model=", ".file=", "_list="};
    for (int i = 0; i < SC_LEN(ends); i++) {
        const char *end = strstr(setting, ends[i]);
        if (end && !sc__path_exists(end + strlen(ends[i])))
            return sc__recipe_fail(p->recipe, key, "%s: there is no such file", setting);
    }
    return SC_OK;
}

/* "TAGGER.KEY=VALUE": of one of these taggers. What a step would refuse is said before the first.
 */
static sc_status check_setting(const sc_plan *p, const char *key, const char *setting,
                               const char *const *taggers, int n) {
    const size_t n_name = strcspn(setting, "."), n_both = strcspn(setting, "=");
    for (int i = 0; n_name < n_both && i < n; i++) {
        const sc_tagger_row *row = sc__tagger_find(taggers[i]);
        if (!row || strlen(row->name) != n_name || strncmp(row->name, setting, n_name) != 0)
            continue;
        if (sc__tagger_setting_find(row->tagger, setting + n_name + 1, n_both - n_name - 1) >= 0)
            return check_file(p, key, setting);
    }
    return sc__recipe_fail(p->recipe, key, "%s: no rule or tagger that runs is set by that",
                           setting);
}

static sc_status check_rules(const sc_plan *p) {
    const sc_rules_options o = {.sets = p->rules.texts,
                                .n_sets = (int)p->rules.n,
                                .settings = p->settings.texts,
                                .n_settings = (int)p->settings.n};
    sc_rules *rules;
    int n, n_rest;
    SC_TRY(blame(p, "filter.rules", sc__rules_open(&rules, &o)));
    const char *const *taggers = sc__rules_taggers(rules, &n), *const *rest =
                                                                   sc__rules_rest(rules, &n_rest);
    sc_status s = SC_OK;
    for (int i = 0; i < n_rest && s >= 0; i++)
        s = check_setting(p, "filter.settings", rest[i], taggers, n);
    sc__rules_close(rules);
    return s;
}

static sc_status read_filter(sc_plan *p) {
    SC_TRY(read_list(&p->rules, p, "filter.rules"));
    SC_TRY(read_list(&p->settings, p, "filter.settings"));
    SC_TRY(read_words(&p->words, p, "filter.words"));
    if (p->ngram_texts.n && !has_set(&p->rules, "perplexity"))
        return sc__recipe_fail(p->recipe, "ngram.texts", "filter.rules does not name perplexity");
    if (p->good.n && !has_set(&p->rules, "classifier"))
        return sc__recipe_fail(p->recipe, "classifier.good",
                               "filter.rules does not name classifier");
    if (p->settings.n && !p->rules.n)
        return sc__recipe_fail(p->recipe, "filter.settings", "there are no filter.rules to set");
    return p->rules.n ? check_rules(p) : SC_OK;
}

/* {substring: 100}: of each method. */
static sc_status read_min_length(sc_plan *p) {
    json_t *map = NULL, *value;
    const char *name;
    sc_status s = sc__recipe_map(&map, p->recipe, "dedup.min_length");
    json_object_foreach(map, name, value) {
        int i = 0;
        while (i < p->methods.n && strcmp(p->methods.texts[i], name) != 0) i++;
        if (s >= 0 && i == p->methods.n)
            s = sc__recipe_fail(p->recipe, "dedup.min_length", "%s is not among dedup.methods",
                                name);
        if (s >= 0 && json_integer_value(value) < 1)
            s = sc__recipe_fail(p->recipe, "dedup.min_length", "%s: must be a number from 1 on",
                                name);
        if (s >= 0) p->min_length[i] = json_integer_value(value);
    }
    json_decref(map);
    return s;
}

static sc_status read_methods(sc_plan *p) {
    static const char *const names[] = {
#define METHOD(name, ...) name,
#include "stage/curation/dedup/methods.def"
#undef METHOD
        NULL};
    SC_TRY(read_list(&p->methods, p, "dedup.methods"));
    if (p->methods.n > SC_PLAN_METHODS_MAX)
        return sc__recipe_fail(p->recipe, "dedup.methods", "more than %d", SC_PLAN_METHODS_MAX);
    for (int64_t i = 0; i < p->methods.n; i++) {
        int method;
        SC_TRY(blame(p, "dedup.methods",
                     sc__name_find(&method, "method", p->methods.texts[i], names)));
    }
    return read_min_length(p);
}

static sc_status read_dedup(sc_plan *p) {
    static const char *const keeps[] = {"first", "longest", "best", NULL};
    sc_dedup_options *o = &p->dedup;
    int keep;
    SC_TRY(read_methods(p));
    SC_TRY(read_name(&keep, p, "dedup.keep", keeps));
    SC_TRY(sc__recipe_text(&o->score, p->recipe, "dedup.score"));
    SC_TRY(sc__recipe_real(&o->threshold, p->recipe, "dedup.threshold"));
    SC_TRY(read_int(&o->ngram, p, "dedup.ngram", 4096));
    SC_TRY(read_int(&o->bands, p, "dedup.bands", 4096));
    SC_TRY(read_int(&o->rows, p, "dedup.rows", 4096));
    o->keep = (sc_dedup_keep)keep;
    if (o->keep == SC_DEDUP_BEST && !o->score)
        return sc__recipe_fail(p->recipe, "dedup.keep", "best: dedup.score must name the field");
    if (!(o->threshold > 0 && o->threshold <= 1))
        return sc__recipe_fail(p->recipe, "dedup.threshold", "must be above 0 and at most 1");
    return SC_OK;
}

static sc_status read_decontaminate(sc_plan *p) {
    SC_TRY(read_list(&p->against, p, "decontaminate.against"));
    SC_TRY(sc__recipe_int(&p->ngram, p->recipe, "decontaminate.ngram"));
    SC_TRY(sc__recipe_int(&p->min_matches, p->recipe, "decontaminate.min_matches"));
    if (p->ngram < 1 || p->ngram > 13)
        return sc__recipe_fail(p->recipe, "decontaminate.ngram", "must be between 1 and 13");
    if (p->min_matches < 1)
        return sc__recipe_fail(p->recipe, "decontaminate.min_matches", "must be at least 1");
    if (p->against.n > SC_CONTAMINATION_SETS_MAX)
        return sc__recipe_fail(p->recipe, "decontaminate.against", "more than %d sets",
                               SC_CONTAMINATION_SETS_MAX);
    return SC_OK;
}

static sc_status read_split(sc_plan *p) {
    SC_TRY(sc__recipe_real(&p->valid, p->recipe, "split.valid"));
    SC_TRY(sc__recipe_real(&p->test, p->recipe, "split.test"));
    SC_TRY(sc__recipe_int(&p->seed, p->recipe, "split.seed"));
    if (!(p->valid >= 0 && p->test >= 0 && p->valid + p->test < 1))
        return sc__recipe_fail(p->recipe, "split.valid", "with split.test must be shares below 1");
    return SC_OK;
}

static sc_status read_part(sc_plan *p, const char *name, const json_t *value) {
    char number[32];
    const char *text = json_string_value(value);
    int i = 0;
    while (i < p->n_sources && strcmp(p->sources[i].name, name) != 0) i++;
    if (i == p->n_sources)
        return sc__recipe_fail(p->recipe, "mix.parts", "%s is not among the sources", name);
    snprintf(number, sizeof number, "%.17g", json_number_value(value));
    if (json_is_number(value)) text = number;
    if (!text || !sc_mix_amount(&p->sources[i].part, text))
        return sc__recipe_fail(p->recipe, "mix.parts",
                               "%s: must be a weight (2.5), how often (3x) or a size (500M)", name);
    return SC_OK;
}

static sc_status read_mix(sc_plan *p) {
    json_t *map = NULL, *value;
    const char *name;
    sc_mix_options *o = &p->mix;
    int64_t seed;
    sc_status s = sc__recipe_map(&map, p->recipe, "mix.parts");
    json_object_foreach(map, name, value) if (s >= 0) s = read_part(p, name, value);
    json_decref(map);
    if (s < 0) return s;
    SC_TRY(read_size(&o->budget, p, "mix.budget"));
    SC_TRY(sc__recipe_real(&o->temperature, p->recipe, "mix.temperature"));
    SC_TRY(sc__recipe_real(&o->max_epochs, p->recipe, "mix.max_epochs"));
    SC_TRY(sc__recipe_text(&o->tokenizer, p->recipe, "mix.tokenizer"));
    SC_TRY(sc__recipe_int(&seed, p->recipe, "mix.seed"));
    o->seed = (uint64_t)seed;
    if (!(o->temperature > 0) || !(o->max_epochs > 0))
        return sc__recipe_fail(p->recipe, "mix.temperature", "and mix.max_epochs must be above 0");
    p->mixes = o->budget || sc__recipe_has(p->recipe, "mix.parts") || fabs(o->temperature - 1) > 0;
    if (p->mixes && p->n_sources > SC_MIX_SOURCES_MAX)
        return sc__recipe_fail(p->recipe, "sources", "more than %d to mix", SC_MIX_SOURCES_MAX);
    return SC_OK;
}

static sc_status read_tag(sc_plan *p) {
    SC_TRY(read_list(&p->taggers, p, "tag.taggers"));
    SC_TRY(read_list(&p->tag_settings, p, "tag.settings"));
    SC_TRY(read_words(&p->tag_words, p, "tag.words"));
    if (p->tag_settings.n && !p->taggers.n)
        return sc__recipe_fail(p->recipe, "tag.settings", "there are no tag.taggers to set");
    for (int64_t i = 0; i < p->taggers.n; i++)
        if (!sc__tagger_find(p->taggers.texts[i]))
            return sc__recipe_fail(p->recipe, "tag.taggers", "there is no \"%s\"",
                                   p->taggers.texts[i]);
    for (int64_t i = 0; i < p->tag_settings.n; i++)
        SC_TRY(check_setting(p, "tag.settings", p->tag_settings.texts[i], p->taggers.texts,
                             (int)p->taggers.n));
    return SC_OK;
}

sc_status sc__plan_open(sc_plan *out, const char *path, const char *const *overrides,
                        int n_overrides) {
    *out = (sc_plan){0};
    SC_TRY(sc__recipe_load(&out->recipe, sc__plan_keys, path));
    for (int i = 0; i < n_overrides; i++) SC_TRY(sc__recipe_set(out->recipe, overrides[i]));
    SC_TRY(read_sources(out));
    SC_TRY(sc__recipe_text(&out->output, out->recipe, "output"));
    if (!out->output || !*out->output)
        return sc__recipe_fail(out->recipe, "output", "names no folder");
    SC_TRY(sc__recipe_bool(&out->keep_steps, out->recipe, "keep_steps"));
    SC_TRY(read_ingest(out));
    SC_TRY(read_models(out));
    SC_TRY(read_filter(out));
    SC_TRY(read_dedup(out));
    SC_TRY(read_decontaminate(out));
    SC_TRY(read_split(out));
    SC_TRY(read_mix(out));
    SC_TRY(read_tag(out));
    sc__recipe_finish(out->recipe);
    return SC_OK;
}

void sc__plan_close(sc_plan *p) {
    sc__recipe_close(p->recipe);
    sc__arena_deinit(&p->arena);
}
