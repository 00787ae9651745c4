/* checkpoint.c - folders step-N with model.safetensors, optimizer.safetensors and state.json. */
#define _GNU_SOURCE
#include "stage/training/checkpoint.h"

#include "base/file.h"
#include "base/json.h"
#include "tensor/dtype.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- which there are ---------------------------------------------------------------------------
 */

typedef struct {
    int64_t steps[256];
    int n;
} found;

static int newest_first(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

static void list(found *f, const char *dir) {
    f->n = 0;
    DIR *d = opendir(dir);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        char *end;
        if (strncmp(e->d_name, "step-", 5) || f->n == SC_LEN(f->steps)) continue;
        const int64_t step = strtoll(e->d_name + 5, &end, 10);
        if (end != e->d_name + 5 && !*end) f->steps[f->n++] = step;
    }
    closedir(d);
    qsort(f->steps, (size_t)f->n, sizeof *f->steps, newest_first);
}

static const char *path_of(sc_arena *a, const char *dir, int64_t step) {
    return sc__arena_printf(a, "%s/step-%" PRId64, dir, step);
}

sc_status sc__checkpoint_newest(const char **path, sc_arena *a, const char *dir) {
    found f;
    *path = NULL;
    list(&f, dir);
    if (!f.n) return SC_OK;
    *path = path_of(a, dir, f.steps[0]);
    return *path ? SC_OK : SC_FAIL(SC_NOMEM, "%s", dir);
}

static int64_t best_step(const char *dir, sc_arena *a) {
    char target[64];
    const char *link = sc__path_join(a, dir, "best");
    const ssize_t n = link ? readlink(link, target, sizeof target - 1) : -1;
    if (n < 0) return -1;
    target[n] = 0;
    return strncmp(target, "step-", 5) ? -1 : atoll(target + 5);
}

sc_status sc__checkpoint_mark_best(sc_arena *a, const char *dir, int64_t step) {
    const char *path = path_of(a, dir, step), *link = sc__path_join(a, dir, "best");
    if (!path || !link) return SC_FAIL(SC_NOMEM, "%s", dir);
    return sc__path_is_dir(path) ? sc__link_replace(sc__path_name(path), link) : SC_OK;
}

/* Out of sight in one step, then file by file: a kill leaves no half checkpoint that looks whole.
 */
static sc_status discard(sc_arena *a, const char *path) {
    const char *aside = sc__arena_printf(a, "%s.tmp", path);
    if (!aside) return SC_FAIL(SC_NOMEM, "%s", path);
    SC_TRY(sc__dir_publish(path, aside));
    return sc__dir_remove(aside);
}

static sc_status prune(const sc_checkpoint_options *o, sc_arena *a) {
    found f;
    list(&f, o->dir);
    const int64_t best = best_step(o->dir, a);
    for (int i = SC_MAX(o->keep, 1); i < f.n; i++) {
        if (f.steps[i] == best) continue;
        const char *path = path_of(a, o->dir, f.steps[i]);
        if (!path) return SC_FAIL(SC_NOMEM, "%s", o->dir);
        SC_TRY(discard(a, path));
    }
    return SC_OK;
}

/* What a killed run had begun to write. */
static sc_status remove_unfinished(const char *dir, sc_arena *a) {
    DIR *d = opendir(dir);
    sc_status s = SC_OK;
    for (struct dirent *e; d && s >= 0 && (e = readdir(d));) {
        const size_t n = strlen(e->d_name);
        if (strncmp(e->d_name, "step-", 5) || n < 4 || strcmp(e->d_name + n - 4, ".tmp")) continue;
        const char *path = sc__path_join(a, dir, e->d_name);
        s = path ? sc__dir_remove(path) : SC_FAIL(SC_NOMEM, "%s", dir);
    }
    if (d) closedir(d);
    return s;
}

/* ---- optimizer.safetensors: "K.NAME", state K of the parameter called NAME in the checkpoint
 * ------ */

static sc_status declare_states(sc_safetensor_decl **out, int64_t *n, sc_arena *a,
                                const sc_model *m, sc_optimizer *o) {
    const int states = sc__optimizer_n_states(o);
    *n = 0;
    *out = sc__arena_array(a, (size_t)(states * m->params.n) + 1, sizeof **out);
    for (int k = 0; *out && k < states; k++)
        for (int i = 0; i < m->params.n; i++) {
            if (!sc__optimizer_state(o, k, i)) continue;
            const sc_param *p = m->params.list[i];
            const char *name = sc__arena_printf(a, "%d.%s", k, p->key);
            if (!name) return SC_FAIL(SC_NOMEM, "optimizer states");
            (*out)[(*n)++] = (sc_safetensor_decl){name, SC_F32, p->t.shape};
        }
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "optimizer states");
}

static float *state_called(const sc_model *m, sc_optimizer *o, const char *name) {
    for (int i = 0; i < m->params.n; i++)
        if (!strcmp(m->params.list[i]->key, name + 2))
            return sc__optimizer_state(o, name[0] - '0', i);
    return NULL;
}

static sc_status save_optimizer(sc_arena *a, const char *path, const sc_model *m, sc_optimizer *o) {
    sc_safetensor_decl *d;
    int64_t n;
    sc_safetensors_writer *w;
    SC_TRY(declare_states(&d, &n, a, m, o));
    SC_TRY(sc__safetensors_writer_open(&w, path, d, n));
    for (int64_t i; (i = sc__safetensors_writer_next(w)) >= 0;) {
        const float *state = state_called(m, o, d[i].name);
        sc__safetensors_writer_append(w, state,
                                      (size_t)sc_shape_elements(&d[i].shape) * sizeof *state);
    }
    return sc__safetensors_writer_commit(w);
}

static sc_status read_tensor(float *to, const sc_safetensors *f, const char *name,
                             const sc_shape *shape, const char *path) {
    const sc_safetensor *t = sc__safetensors_find(f, name);
    if (!t) return SC_FAIL(SC_FORMAT, "%s: tensor %s is missing", path, name);
    SC_TRY(sc__safetensor_check(t));
    if (!sc__shape_equal(&t->shape, shape))
        return SC_FAIL(SC_FORMAT, "%s: tensor %s has shape %s, the model asks for %s", path, name,
                       sc__shape_text(&t->shape), sc__shape_text(shape));
    return sc__safetensor_read(to, SC_F32, t, 0, sc_shape_elements(shape));
}

static sc_status load_optimizer(sc_arena *a, const char *path, const sc_model *m, sc_optimizer *o) {
    sc_safetensor_decl *d;
    int64_t n;
    sc_safetensors *f;
    SC_TRY(declare_states(&d, &n, a, m, o));
    SC_TRY(sc__safetensors_open(&f, path));
    sc_status s = SC_OK;
    for (int64_t i = 0; s >= 0 && i < n; i++)
        s = read_tensor(state_called(m, o, d[i].name), f, d[i].name, &d[i].shape, path);
    sc__safetensors_close(f);
    return s;
}

static sc_status load_model(const char *path, sc_model *m) {
    sc_safetensors *f;
    SC_TRY(sc__safetensors_open(&f, path));
    sc_status s = SC_OK;
    for (int i = 0; s >= 0 && i < m->params.n; i++) {
        const sc_param *p = m->params.list[i];
        s = read_tensor(p->t.data, f, p->key, &p->t.shape, path);
    }
    sc__safetensors_close(f);
    return s;
}

/* ---- state.json ---------------------------------------------------------------------------------
 */

static sc_status save_state(const char *path, const sc_train_state *s, int64_t updates) {
    json_t *j = json_pack(
        "{sI sI sI sI sI sI sf sf sf ss}", "step", (json_int_t)s->step, "position",
        (json_int_t)s->position, "tokens", (json_int_t)s->tokens, "updates", (json_int_t)updates,
        "skipped", (json_int_t)s->n_skipped, "best_step", (json_int_t)s->best_step, "best_loss",
        s->best_loss, "running_norm", s->running_norm, "seconds", s->seconds, "recipe", s->recipe);
    if (!j) return SC_FAIL(SC_NOMEM, "%s", path);
    sc_status status = sc__json_save(j, path);
    json_decref(j);
    return status;
}

static sc_status read_state(sc_train_state *s, int64_t *updates, const json_t *j,
                            const char *path) {
    const char *recipe;
    SC_TRY(sc__json_get_int(&s->step, j, "step", -1, path));
    SC_TRY(sc__json_get_int(&s->position, j, "position", -1, path));
    SC_TRY(sc__json_get_int(&s->tokens, j, "tokens", -1, path));
    SC_TRY(sc__json_get_int(updates, j, "updates", -1, path));
    SC_TRY(sc__json_get_int(&s->n_skipped, j, "skipped", 0, path));
    SC_TRY(sc__json_get_int(&s->best_step, j, "best_step", -1, path));
    SC_TRY(sc__json_get_real(&s->best_loss, j, "best_loss", 0, path));
    SC_TRY(sc__json_get_real(&s->running_norm, j, "running_norm", 0, path));
    SC_TRY(sc__json_get_real(&s->seconds, j, "seconds", 0, path));
    SC_TRY(sc__json_get_string(&recipe, j, "recipe", "", path));
    if (s->step < 0 || s->position < 0 || s->tokens < 0 || *updates < 0)
        return SC_FAIL(SC_FORMAT, "%s: step, position, tokens or updates is missing or negative",
                       path);
    if (strcmp(recipe, s->recipe))
        return SC_FAIL(SC_FORMAT,
                       "%s: was made with another model, tokenizer, data, batch, optimizer or "
                       "seed; resume with that "
                       "recipe, or choose another output",
                       path);
    return SC_OK;
}

static sc_status load_state(sc_train_state *s, int64_t *updates, const char *path) {
    json_t *j;
    SC_TRY(sc__json_load(&j, path));
    sc_status status = read_state(s, updates, j, path);
    json_decref(j);
    return status;
}

/* ---- whole checkpoints
 * ---------------------------------------------------------------------------- */

static sc_status fill(const char *dir, sc_arena *a, const sc_checkpoint_options *o,
                      const sc_model *m, sc_trainer *t, const sc_train_state *s) {
    sc_optimizer *optimizer = sc__trainer_optimizer(t);
    const char *states = sc__path_join(a, dir, "optimizer.safetensors"),
               *state = sc__path_join(a, dir, "state.json");
    if (!states || !state) return SC_FAIL(SC_NOMEM, "%s", dir);
    SC_TRY(sc_model_save(m, dir, SC_F32));
    SC_TRY(sc_tokenizer_save(o->tokenizer, dir, m->shape.n_positions));
    SC_TRY(save_optimizer(a, states, m, optimizer));
    return save_state(state, s, sc__optimizer_updates(optimizer));
}

sc_status sc__checkpoint_save(const char **path, sc_arena *a, const sc_checkpoint_options *o,
                              const sc_model *m, sc_trainer *t, const sc_train_state *s) {
    const char *to = path_of(a, o->dir, s->step);
    const char *from = to ? sc__arena_printf(a, "%s.tmp", to) : NULL;
    if (!from) return SC_FAIL(SC_NOMEM, "%s", o->dir);
    *path = to;
    if (sc__path_is_dir(to)) return SC_OK; /* this step is saved already */
    SC_TRY(sc__dir_make(o->dir));
    SC_TRY(remove_unfinished(o->dir, a));
    sc_status status = fill(from, a, o, m, t, s);
    if (status >= 0) status = sc__dir_publish(from, to);
    if (status < 0) {
        char text[512];
        snprintf(text, sizeof text, "%s", sc_error_text());
        if (sc__dir_remove(from) >= 0)
            sc__error_adopt(text); /* the first failure is the one to tell */
        return status;
    }
    return prune(o, a);
}

sc_status sc__checkpoint_load(const char **path, sc_arena *a, const char *dir, sc_model *m,
                              sc_trainer *t, sc_train_state *s) {
    int64_t updates = 0;
    SC_TRY(sc__checkpoint_newest(path, a, dir));
    if (!*path) return SC_OK;
    sc_optimizer *optimizer = sc__trainer_optimizer(t);
    const char *states = sc__path_join(a, *path, "optimizer.safetensors"),
               *state = sc__path_join(a, *path, "state.json");
    if (!states || !state) return SC_FAIL(SC_NOMEM, "%s", *path);
    SC_TRY(load_state(s, &updates, state));
    SC_TRY(load_model(*path, m));
    SC_TRY(load_optimizer(a, states, m, optimizer));
    sc__optimizer_set_updates(optimizer, updates);
    *sc__trainer_running_norm(t) = s->running_norm;
    return SC_OK;
}
