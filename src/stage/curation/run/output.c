/* output.c - the corpus is hard links to what the steps left, so that keeping them takes no space
 * twice. */
#include "stage/curation/run/output.h"

#include "account/lineage.h"
#include "base/file.h"
#include "format/documents.h"
#include "stage/curation/report/report.h"

#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "data run"); }

const char *sc__output_steps(sc_arena *a, const sc_plan *p) {
    return sc__path_join(a, p->output, ".steps");
}

/* ---- what must not be lost ------------------------------------------------------------------- */

static const char *const parts[] = {"documents", "valid",      "test",  "dropped",
                                    "clusters",  "attributes", "models"};

/* Whether the folder is the work of an earlier run, finished or broken off. */
static sc_status is_ours(bool *out, sc_arena *a, const sc_plan *p) {
    json_t *lineage = NULL;
    const char *path = sc__path_join(a, p->output, "lineage.json"), *steps = sc__output_steps(a, p);
    if (!path || !steps) return no_memory();
    *out = sc__path_exists(steps);
    if (*out || !sc__path_exists(path)) return SC_OK;
    SC_TRY(sc__lineage_load(&lineage, path));
    const char *step = json_string_value(json_object_get(sc__corpus_maker(lineage), "step"));
    *out = step && !strcmp(step, "data run");
    json_decref(lineage);
    return SC_OK;
}

/* The parts of a corpus replace those of an earlier run and nothing else. */
static sc_status check_parts(sc_arena *a, const sc_plan *p) {
    bool ours = false;
    SC_TRY(is_ours(&ours, a, p));
    for (int i = 0; i < SC_LEN(parts) && !ours; i++) {
        const char *part = sc__path_join(a, p->output, parts[i]);
        if (!part) return no_memory();
        if (sc__path_exists(part))
            return sc__recipe_fail(p->recipe, "output",
                                   "%s is there and was not made by data run; name another folder",
                                   part);
    }
    return SC_OK;
}

/* A source in the output would be replaced by what is made of it. */
static sc_status check_source(sc_arena *a, const sc_plan *p, const sc_plan_source *source) {
    const char *found;
    SC_TRY(
        sc__documents_find_below(&found, a, source->paths.texts, (int)source->paths.n, p->output));
    if (!found) return SC_OK;
    return sc__recipe_fail(p->recipe, "output", "the source %s lies in it", found);
}

sc_status sc__output_check(const sc_plan *p) {
    sc_arena a = SC_ARENA_INIT;
    sc_status s = check_parts(&a, p);
    for (int i = 0; i < p->n_sources && s >= 0; i++) s = check_source(&a, p, &p->sources[i]);
    sc__arena_deinit(&a);
    return s;
}

/* ---- publishing ------------------------------------------------------------------------------ */

/* All files below FROM as links below TO, in the same folders. */
static sc_status link_tree(sc_arena *a, const char *from, const char *to) {
    sc_paths found = {0};
    if (!sc__path_is_dir(from)) return SC_OK;
    SC_TRY(sc__paths_find(&found, a, from));
    for (int64_t i = 0; i < found.n; i++) {
        const char *within = found.paths[i] + strlen(from) + 1;
        const char *target = sc__path_join(a, to, within);
        if (!target) return no_memory();
        const size_t n = (size_t)(sc__path_name(target) - target) - 1;
        const char *folder = sc__arena_strndup(a, target, n);
        if (!folder) return no_memory();
        SC_TRY(sc__dir_make(folder));
        SC_TRY(sc__file_link(found.paths[i], target));
    }
    return SC_OK;
}

/* A part of the corpus, made beside the old one. */
typedef struct {
    const sc_run_state *r;
    const char *temporary, *target;
} part;

static sc_status begin(part *out, const sc_run_state *r, const char *name) {
    const char *steps = sc__output_steps(r->arena, r->plan);
    *out = (part){.r = r};
    if (!steps) return no_memory();
    out->temporary = sc__arena_printf(r->arena, "%s/new-%s", steps, name);
    out->target = sc__path_join(r->arena, r->plan->output, name);
    return out->temporary && out->target ? sc__dir_remove(out->temporary) : no_memory();
}

/* FROM/NAME as a whole, or as the folder BELOW of the part. */
static sc_status add(const part *p, const char *from, const char *name, const char *below) {
    const char *dir = sc__path_join(p->r->arena, from, name);
    const char *to = below ? sc__path_join(p->r->arena, p->temporary, below) : p->temporary;
    return dir && to ? link_tree(p->r->arena, dir, to) : no_memory();
}

/* It takes the place of the old one in one step. */
static sc_status replace(const part *p) {
    SC_TRY(sc__dir_remove(p->target));
    return sc__path_exists(p->temporary) ? sc__dir_publish(p->temporary, p->target) : SC_OK;
}

static sc_status publish_documents(const sc_run_state *r) {
    part p;
    SC_TRY(begin(&p, r, "documents"));
    for (int i = 0; i < r->n_inputs; i++) SC_TRY(add(&p, r->inputs[i], "documents", NULL));
    return replace(&p);
}

/* A folder of one step, where that was done. */
static sc_status publish_of(const sc_run_state *r, sc_run_which step, const char *name) {
    part p;
    SC_TRY(begin(&p, r, name));
    if (r->dirs[step]) SC_TRY(add(&p, r->dirs[step], name, NULL));
    return replace(&p);
}

/* dropped/2-filter/ and clusters/3-dedup-minhash/, of the steps that have them. */
static sc_status publish_by_step(const sc_run_state *r, const char *const *dirs, int n_dirs,
                                 const char *name) {
    part p;
    SC_TRY(begin(&p, r, name));
    for (int i = 0; i < n_dirs; i++) SC_TRY(add(&p, dirs[i], name, sc__path_name(dirs[i])));
    return replace(&p);
}

static sc_status publish_models(const sc_run_state *r) {
    part p;
    SC_TRY(begin(&p, r, "models"));
    for (int i = SC_RUN_NGRAM; i <= SC_RUN_CLASSIFIER; i++)
        if (r->dirs[i]) SC_TRY(add(&p, r->dirs[i], "models", NULL));
    return replace(&p);
}

sc_status sc__output_publish(const sc_run_state *r, const char *const *dirs, int n_dirs) {
    SC_TRY(publish_documents(r));
    SC_TRY(publish_of(r, SC_RUN_SPLIT, "valid"));
    SC_TRY(publish_of(r, SC_RUN_SPLIT, "test"));
    SC_TRY(publish_of(r, SC_RUN_TAG, "attributes"));
    SC_TRY(publish_models(r));
    SC_TRY(publish_by_step(r, dirs, n_dirs, "dropped"));
    return publish_by_step(r, dirs, n_dirs, "clusters");
}
