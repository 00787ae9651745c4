/* plan.h - a recipe of `socle data run`, resolved, and the steps it comes to. */
#ifndef SC_STAGE_CURATION_RUN_PLAN_H
#define SC_STAGE_CURATION_RUN_PLAN_H

#include "base/alloc.h"
#include "base/recipe.h"
#include "socle/corpus.h"

enum { SC_PLAN_STEPS_MAX = 16 };

typedef struct {
    const char *name; /* of the records' `source` */
    const char **paths;
    int n_paths;
    const char *licence; /* of what says none itself; NULL: none */
} sc_plan_source;

typedef struct {
    sc_recipe *recipe;
    sc_arena arena;
    const char *output;
    sc_plan_source *sources;
    int n_sources;
    int64_t min_characters;
    const char *const *rules, *const *settings, *const *methods;
    int64_t n_rules, n_settings, n_methods;
    const char *words, *keep;
    double threshold;
    const char *const *against;
    int64_t n_against, ngram;
    double valid, test;
    int64_t seed;
    bool keep_steps;
} sc_plan;

extern const sc_recipe_key sc__plan_keys[];

/* Close also after a failure. */
SC_MUST_USE sc_status sc__plan_open(sc_plan *out, const char *path, const char *const *overrides,
                                    int n_overrides);
void sc__plan_close(sc_plan *p);

#endif
