/* flow_write.c - the files of a flow: one for each kind and input file, or a single one. */
#include "base/hash.h"
#include "format/documents.h"
#include "stage/curation/flow_part.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The place of a name in the table of those given so far; its name is NULL where it is free. */
static sc_flow_name *find_name(const sc_flow_writer *w, const char *name) {
    for (uint64_t i = sc__hash64(name, strlen(name), 0) & w->mask;; i = (i + 1) & w->mask)
        if (!w->given[i].name || !strcmp(w->given[i].name, name)) return &w->given[i];
}

/* The input's own name without its endings; with a number where an earlier one has it. */
static sc_status name_output(sc_flow_writer *w, const sc_paths *inputs, int64_t file) {
    const char *path = inputs->paths[file], *prefix = w->o->prefix ? w->o->prefix : "";
    const sc_slice stem = strcmp(path, "-") ? sc__documents_stem(path) : (sc_slice){"stdin", 5};
    const char *name = sc__arena_printf(&w->arena, "%s%.*s.jsonl.zst", prefix, (int)stem.n, stem.p);
    if (!name) return SC_FAIL(SC_NOMEM, "%s", path);
    sc_flow_name *first = find_name(w, name), *own = first;
    while (own->name) {
        name = sc__arena_printf(&w->arena, "%s%.*s-%" PRId64 ".jsonl.zst", prefix, (int)stem.n,
                                stem.p, ++first->last + 1);
        if (!name) return SC_FAIL(SC_NOMEM, "%s", path);
        own = find_name(w, name);
    }
    *own = (sc_flow_name){.name = w->names[file] = name};
    return SC_OK;
}

static sc_status name_outputs(sc_flow_writer *w, const sc_paths *inputs) {
    uint64_t n = 16;
    while (n < 2 * (uint64_t)inputs->n) n *= 2;
    w->mask = n - 1;
    w->given = sc__arena_array(&w->arena, n, sizeof *w->given);
    w->names = sc__arena_array(&w->arena, (size_t)inputs->n, sizeof *w->names);
    if (!w->names || !w->given) return SC_FAIL(SC_NOMEM, "%s", w->o->out);
    for (int64_t i = 0; i < inputs->n; i++) SC_TRY(name_output(w, inputs, i));
    return SC_OK;
}

/* What an earlier run with other inputs left would be taken for this one's. Attributes of many runs
 * lie side by side, and shards fill one folder together. */
static sc_status refuse_others(sc_flow_writer *w, const char *kind) {
    sc_paths found = {0};
    const char *dir = sc__path_join(&w->arena, w->o->out, kind);
    if (!dir) return SC_FAIL(SC_NOMEM, "%s", w->o->out);
    if (w->o->prefix || w->o->n_shards > 1 || strchr(kind, '/') || !sc__path_is_dir(dir))
        return SC_OK;
    const sc_status s = sc__paths_find(&found, &w->arena, dir);
    if (s == SC_NOMEM) return s;
    for (int64_t i = 0; i < found.n; i++) {
        const char *name = sc__path_name(found.paths[i]);
        if (sc__documents_is_jsonl(name) && !find_name(w, name)->name)
            return SC_FAIL(SC_USAGE,
                           "%s: is of another run, with other inputs: remove %s, or name another "
                           "output",
                           found.paths[i], dir);
    }
    return SC_OK;
}

static sc_status make_folders(sc_flow_writer *w) {
    for (int k = 0; k < w->o->n_kinds; k++) {
        if (!w->o->kinds[k]) continue;
        SC_TRY(refuse_others(w, w->o->kinds[k]));
        const char *dir = sc__path_join(&w->arena, w->o->out, w->o->kinds[k]);
        if (!dir) return SC_FAIL(SC_NOMEM, "%s", w->o->out);
        SC_TRY(sc__dir_make(dir));
    }
    return SC_OK;
}

/* ---- an input is never replaced -------------------------------------------------------------- */

typedef struct {
    uint64_t device, inode;
} identity;

static bool identify(identity *out, const char *path) {
    struct stat st;
    if (stat(path, &st)) return false;
    *out = (identity){.device = st.st_dev, .inode = st.st_ino};
    return true;
}

static int by_identity(const void *a, const void *b) {
    const identity *x = a, *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static sc_status check_output(const identity *inputs, size_t n, const char *path) {
    identity own;
    if (!identify(&own, path) || !bsearch(&own, inputs, n, sizeof own, by_identity)) return SC_OK;
    return SC_FAIL(SC_USAGE, "%s: is read, and would be replaced: name another output", path);
}

static const char *output_path(sc_flow_writer *w, int kind, int64_t file);
static bool is_written(const sc_flow_writer *w, int kind);

static sc_status check_outputs(sc_flow_writer *w, const sc_paths *inputs) {
    const int64_t n_outputs = w->names ? inputs->n : 1;
    identity *own = sc__arena_array(&w->arena, (size_t)inputs->n + 1, sizeof *own);
    size_t n = 0;
    if (!own) return SC_FAIL(SC_NOMEM, "%s", w->o->out);
    for (int64_t i = 0; i < inputs->n; i++) n += identify(&own[n], inputs->paths[i]);
    qsort(own, n, sizeof *own, by_identity);
    for (int k = 0; k < w->o->n_kinds; k++)
        for (int64_t i = 0; i < n_outputs && is_written(w, k); i++) {
            const char *path = output_path(w, k, i);
            if (!path) return SC_FAIL(SC_NOMEM, "%s", w->o->out);
            SC_TRY(check_output(own, n, path));
        }
    return SC_OK;
}

sc_status sc__flow_writer_open(sc_flow_writer *w, const sc_flow_options *o,
                               const sc_paths *inputs) {
    *w = (sc_flow_writer){.o = o};
    if (!o->out) return SC_OK;
    if (sc__output_is_file(o->out)) return check_outputs(w, inputs);
    SC_TRY(name_outputs(w, inputs));
    SC_TRY(check_outputs(w, inputs));
    return make_folders(w);
}

/* OUT/KIND/NAME; in the arena. */
static const char *output_path(sc_flow_writer *w, int kind, int64_t file) {
    if (!w->names) return w->o->out;
    return sc__arena_printf(&w->arena, "%s/%s/%s", w->o->out, w->o->kinds[kind], w->names[file]);
}

static bool is_written(const sc_flow_writer *w, int kind) {
    return w->o->out && w->o->kinds[kind] && (w->names || kind == 0);
}

bool sc__flow_writer_has(const sc_flow_writer *w, int64_t file) {
    sc_arena a = SC_ARENA_INIT;
    bool all = w->names != NULL;
    for (int k = 0; k < w->o->n_kinds && all; k++) {
        if (!is_written(w, k)) continue;
        const char *path =
            sc__arena_printf(&a, "%s/%s/%s", w->o->out, w->o->kinds[k], w->names[file]);
        all = path && sc__path_exists(path);
    }
    sc__arena_deinit(&a);
    return all;
}

static sc_status ensure_open(sc_flow_writer *w, int kind, int64_t file) {
    if (w->outputs[kind].open) return SC_OK;
    const char *path = output_path(w, kind, file);
    if (!path) return SC_FAIL(SC_NOMEM, "%s", w->o->out);
    return sc__output_open(&w->outputs[kind], path);
}

sc_status sc__flow_writer_append(sc_flow_writer *w, const sc_chunk *c, bool end) {
    const bool complete = w->names ? c->last : end;
    for (int k = 0; k < w->o->n_kinds; k++) {
        if (!is_written(w, k)) continue;
        SC_TRY(ensure_open(w, k, c->file));
        SC_TRY(sc__output_append(&w->outputs[k], c->packed[k].data, c->packed[k].len));
        if (complete) SC_TRY(sc__output_commit(&w->outputs[k]));
    }
    return SC_OK;
}

sc_status sc__flow_writer_finish(sc_flow_writer *w) {
    if (w->names || !is_written(w, 0)) return SC_OK;
    SC_TRY(ensure_open(w, 0, 0));
    return sc__output_commit(&w->outputs[0]);
}

void sc__flow_writer_close(sc_flow_writer *w) {
    for (int k = 0; k < SC_FLOW_KINDS_MAX; k++) sc__output_close(&w->outputs[k]);
    sc__arena_deinit(&w->arena);
}
