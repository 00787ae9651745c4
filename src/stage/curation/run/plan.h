/* plan.h - a recipe of `socle data run`, resolved. What can be known to be wrong is said before the
 * first step. */
#ifndef SC_STAGE_CURATION_RUN_PLAN_H
#define SC_STAGE_CURATION_RUN_PLAN_H

#include "base/alloc.h"
#include "base/recipe.h"
#include "socle/corpus.h"

/* All steps but those of dedup.methods. */
enum { SC_PLAN_OTHER_STEPS = 8, SC_PLAN_METHODS_MAX = SC_RUN_STEPS_MAX - SC_PLAN_OTHER_STEPS };

typedef struct {
    const char *const *texts;
    int64_t n;
} sc_plan_list;

typedef struct {
    const char *name; /* of the records' `source`, of the files, in mix.parts */
    sc_plan_list paths;
    const char *licence;               /* of what says none itself; NULL: none */
    const char *text_field, *id_field; /* NULL: "text", "id" */
    sc_mix_part part;                  /* in mix.parts; weight 1 where it is not there */
} sc_plan_source;

typedef struct {
    sc_recipe *recipe;
    sc_arena arena;
    const char *output;
    bool keep_steps;
    sc_plan_source *sources;
    int n_sources;
    sc_ingest_options ingest; /* but for what each source says */
    sc_plan_list ngram_texts;
    int ngram_order;
    int64_t ngram_min_count;
    sc_plan_list good, bad; /* of the classifier */
    sc_plan_list rules, settings;
    const char *words;
    sc_plan_list methods;
    sc_dedup_options dedup; /* but for method and min_length */
    int64_t min_length[SC_PLAN_METHODS_MAX];
    sc_plan_list against;
    int64_t ngram, min_matches;
    double valid, test;
    int64_t seed;
    bool mixes;
    sc_mix_options mix; /* but for the paths of its sources */
    sc_plan_list taggers, tag_settings;
    const char *tag_words;
} sc_plan;

extern const sc_recipe_key sc__plan_keys[];

/* Close also after a failure. */
SC_MUST_USE sc_status sc__plan_open(sc_plan *out, const char *path, const char *const *overrides,
                                    int n_overrides);
void sc__plan_close(sc_plan *p);

#endif
