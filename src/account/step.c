/* step.c - the runner; see step.h. What a step did is gathered in a sc_account while it runs and
 * becomes one entry when it ends. */
#define _GNU_SOURCE
#include "account/step.h"

#include "account/files.h"
#include "account/lineage.h"
#include "account/machine.h"
#include "account/registry.h"
#include "base/log.h"
#include "format/documents.h"
#include "socle/version.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct sc_account {
    sc_arena arena;
    const sc_step *step;
    const sc_step_where *where;
    sc_file_hashes *hashes;
    sc_energy *energy;
    struct timespec begun, begun_utc;
    json_t *entry; /* the list and object members below are borrowed from it */
    json_t *inputs, *outputs, *parents, *notes;
    sc_paths extra;     /* declared outputs besides the artifact */
    uint64_t before;    /* fingerprint of the artifact when the step began */
    sc_folders folders; /* of it, then */
};

/* ---- files of an artifact ---------------------------------------------------------------------
 */

static bool is_account_file(const char *path) {
    const char *name = sc__path_name(path);
    const size_t n = strlen(name), k = sizeof ".lineage.json" - 1;
    return !strcmp(name, "lineage.json") || (n > k && !strcmp(name + n - k, ".lineage.json"));
}

static bool is_temporary(const char *path) { /* of a writer or a checkpoint that was cut short */
    const char *dot = strstr(path, ".tmp");
    return dot && (dot[4] == '-' || dot[4] == '/');
}

/* The files of a path that count: not the account's own (which go to `accounts`, if given), not
 * half-written ones. */
static sc_status files_of(sc_paths *out, sc_paths *accounts, sc_arena *arena, const char *path) {
    SC_TRY(sc__paths_find(out, arena, path));
    const size_t above = sc__path_exists(path) ? strlen(path) : 0; /* not so for a glob */
    char **own = sc__arena_array(arena, (size_t)out->n, sizeof *own);
    if (!own) return SC_FAIL(SC_NOMEM, "account of %s", path);
    int64_t n = 0, n_own = 0;
    for (int64_t i = 0; i < out->n; i++) {
        if (is_account_file(out->paths[i]))
            own[n_own++] = out->paths[i];
        else if (!is_temporary(out->paths[i] + above))
            out->paths[n++] = out->paths[i];
    }
    out->n = n;
    if (accounts) *accounts = (sc_paths){own, n_own};
    return SC_OK;
}

/* Changes whenever a file of the artifact is made, removed, replaced or written to. */
static sc_status fingerprint(uint64_t *out, sc_arena *arena, const char *artifact) {
    sc_paths files = {0};
    *out = 0;
    if (!sc__path_exists(artifact)) return SC_OK;
    sc_status s = files_of(&files, NULL, arena, artifact);
    if (s < 0 && !(s == SC_IO && sc__path_is_dir(artifact))) return s; /* an empty folder: 0 */
    for (int64_t i = 0; i < files.n; i++) {
        struct stat st;
        if (stat(files.paths[i], &st)) continue; /* removed since it was listed */
        const int64_t facts[] = {(int64_t)st.st_ino, st.st_size, st.st_mtim.tv_sec,
                                 st.st_mtim.tv_nsec};
        *out = sc__hash64(files.paths[i], strlen(files.paths[i]), *out + 1);
        *out = sc__hash64(facts, sizeof facts, *out);
    }
    return SC_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

static sc_status command_line(json_t **out) {
    json_t *list = *out = json_array();
    if (!list) return SC_FAIL(SC_NOMEM, "account");
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = sc__file_read(&b, "/proc/self/cmdline", (size_t)1 << 24);
    for (size_t at = 0; s >= 0 && at < b.len; at += strlen(b.data + at) + 1)
        if (json_array_append_new(list, sc__json_text(b.data + at)))
            s = SC_FAIL(SC_NOMEM, "account");
    sc__buffer_deinit(&b);
    return s == SC_NOMEM ? s : SC_OK; /* without /proc the list is empty */
}

static json_t *utc(const struct timespec *t) { /* RFC 3339 */
    struct tm tm;
    char text[32] = "";
    if (gmtime_r(&t->tv_sec, &tm)) strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(text);
}

static sc_status describe(sc_account *a) {
    json_t *machine, *command;
    sc_status s = command_line(&command);
    if (s >= 0) s = sc__machine_describe(&machine);
    if (s < 0) {
        json_decref(command);
        return s;
    }
    const int asked = a->where->threads, threads = asked > 0 ? asked : sc__pool_default_threads();
    json_object_set_new(machine, "threads", json_integer(threads));
    if (a->where->isa) json_object_set_new(machine, "isa", json_string(a->where->isa));
    a->entry =
        json_pack("{s:n, s:s, s:s, s:s, s:s, s:s, s:o, s:n, s:o, s:o, s:f, s:n}", "previous",
                  "step", a->step->name, "stage", a->step->stage, "kind", a->step->kind, "state",
                  "failed", "socle", sc_version(), "command", command, "recipe", "machine", machine,
                  "started", utc(&a->begun_utc), "duration_s", 0.0, "energy");
    return a->entry ? SC_OK : SC_FAIL(SC_NOMEM, "account");
}

static sc_status put(sc_account *a, const char *key, json_t **out, json_t *fresh) {
    *out = fresh;
    if (fresh && !json_object_set_new(a->entry, key, fresh)) return SC_OK;
    return SC_FAIL(SC_NOMEM, "account");
}

static sc_status account_open(sc_account *a) {
    clock_gettime(CLOCK_MONOTONIC, &a->begun);
    clock_gettime(CLOCK_REALTIME, &a->begun_utc);
    SC_TRY(sc__energy_open(&a->energy, "/sys/class/powercap"));
    SC_TRY(sc__file_hashes_open(&a->hashes, a->where->threads));
    SC_TRY(describe(a));
    SC_TRY(put(a, "inputs", &a->inputs, json_array()));
    SC_TRY(put(a, "outputs", &a->outputs, json_array()));
    SC_TRY(put(a, "parents", &a->parents, json_array()));
    SC_TRY(put(a, "notes", &a->notes, json_object()));
    const char *path = sc__lineage_path(&a->arena, a->where->artifact);
    if (!path) return SC_FAIL(SC_NOMEM, "account");
    if (sc__path_exists(path)) {
        json_t *lineage;
        sc_status s = sc__lineage_load(&lineage, path);
        if (s == SC_FORMAT)
            return sc__fail_context(s, "the account cannot be continued (move the file away)");
        SC_TRY(s);
        json_decref(lineage);
    }
    SC_TRY(sc__folders_note(&a->folders, &a->arena, a->where->artifact));
    return fingerprint(&a->before, &a->arena, a->where->artifact);
}

static void account_close(sc_account *a) {
    sc_status ignored = sc__energy_close(a->energy, NULL);
    (void)ignored;
    json_decref(a->entry);
    sc__file_hashes_close(a->hashes);
    sc__arena_deinit(&a->arena);
}

/* ---- what the step tells --------------------------------------------------------------------- */

static sc_status add_file(json_t *list, const char *role, const char *path, const sc_file_hash *h) {
    json_t *f = role ? json_pack("{s:o}", "role", sc__json_text(role)) : json_object();
    if (!f || json_object_set_new(f, "path", sc__json_text(path)) ||
        json_object_set_new(f, "sha256", json_string(h->digest.hex)) ||
        json_object_set_new(f, "bytes", json_integer((json_int_t)h->bytes)) ||
        json_array_append_new(list, f))
        return SC_FAIL(SC_NOMEM, "account of %s", path);
    return SC_OK;
}

/* The absolute name without links, so that the entry stays true in other working directories. */
static sc_status resolve(char **out, sc_arena *arena, const char *path) {
    char *real = realpath(path, NULL);
    if (!real) return SC_FAIL(SC_IO, "%s: cannot open: %s", path, strerror(errno));
    *out = sc__arena_strdup(arena, real);
    free(real); /* libc's */
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "%s", path);
}

static bool has_parent(const sc_account *a, const char *entry) {
    size_t i;
    const json_t *p;
    json_array_foreach(a->parents, i, p) {
        if (!strcmp(json_string_value(json_object_get(p, "entry")), entry)) return true;
    }
    return false;
}

static sc_status add_parent(sc_account *a, const char *found) {
    json_t *lineage;
    SC_TRY(sc__lineage_load(&lineage, found));
    const json_t *newest = sc__lineage_newest(lineage);
    sc_status s = SC_OK;
    if (newest && !has_parent(a, json_string_value(json_object_get(newest, "entry_sha256")))) {
        json_t *p = json_pack("{s:o, s:O, s:O}", "path", sc__json_text(found), "entry",
                              json_object_get(newest, "entry_sha256"), "artifact",
                              json_object_get(newest, "artifact"));
        if (!p || json_array_append_new(a->parents, p))
            s = SC_FAIL(SC_NOMEM, "account of %s", found);
    }
    json_decref(lineage);
    return s;
}

static sc_status find_parent(bool *out, sc_account *a, const char *path) {
    char *found;
    SC_TRY(sc__lineage_find(&found, &a->arena, path));
    *out = found != NULL;
    return found ? add_parent(a, found) : SC_OK;
}

/* The lineage that speaks of the whole path; else those of the artifacts that lie in the folder, or
 * of each file of a glob. */
static sc_status add_parents(sc_account *a, const char *path, const sc_paths *files,
                             const sc_paths *accounts) {
    bool found = false;
    char *real;
    if (sc__path_exists(path)) {
        SC_TRY(resolve(&real, &a->arena, path));
        SC_TRY(find_parent(&found, a, real));
        for (int64_t i = 0; i < accounts->n && !found; i++) {
            SC_TRY(resolve(&real, &a->arena, accounts->paths[i]));
            SC_TRY(add_parent(a, real));
        }
        return SC_OK;
    }
    for (int64_t i = 0; i < files->n; i++) SC_TRY(find_parent(&found, a, files->paths[i]));
    return SC_OK;
}

/* Files of a folder or glob that nobody let us read are no input of this step, whatever it does. */
static void drop_unreadable(sc_paths *files, const char *path) {
    int64_t n = 0;
    for (int64_t i = 0; i < files->n; i++)
        if (access(files->paths[i], R_OK) == 0 || errno != EACCES)
            files->paths[n++] = files->paths[i];
    if (n < files->n)
        SC_WARN("%s: %lld files cannot be read and are not in the account", path,
                (long long)(files->n - n));
    files->n = n;
}

sc_status sc__account_input(sc_account *a, const char *role, const char *path) {
    sc_paths files, accounts;
    sc_file_hash *hashes;
    const char *root;
    if (!a || !strcmp(path, "-")) return SC_OK; /* a pipe is gone when it has been read */
    SC_TRY(sc__documents_root(&root, &a->arena, path));
    SC_TRY(files_of(&files, &accounts, &a->arena, root));
    if (files.n > 1) drop_unreadable(&files, path);
    for (int64_t i = 0; i < files.n; i++)
        SC_TRY(resolve(&files.paths[i], &a->arena, files.paths[i]));
    SC_TRY(sc__file_hashes_get(&hashes, a->hashes, &a->arena, &files));
    for (int64_t i = 0; i < files.n; i++)
        SC_TRY(add_file(a->inputs, role, files.paths[i], &hashes[i]));
    return add_parents(a, path, &files, &accounts);
}

sc_status sc__account_output(sc_account *a, const char *path) {
    if (!a) return SC_OK;
    const size_t n = (size_t)a->extra.n;
    char **paths = sc__arena_array(&a->arena, n + 1, sizeof *paths);
    char *copy = sc__arena_strdup(&a->arena, path);
    if (!paths || !copy) return SC_FAIL(SC_NOMEM, "account of %s", path);
    if (n) memcpy(paths, a->extra.paths, n * sizeof *paths);
    paths[n] = copy;
    a->extra = (sc_paths){paths, (int64_t)n + 1};
    return SC_OK;
}

static sc_status set_copy(json_t *object, const char *key, const json_t *value) {
    json_t *copy = json_deep_copy(value);
    if (!copy || json_object_set_new(object, key, copy))
        return SC_FAIL(SC_NOMEM, "account: %s", key);
    return SC_OK;
}

sc_status sc__account_recipe(sc_account *a, const json_t *recipe) {
    return a ? set_copy(a->entry, "recipe", recipe) : SC_OK;
}

sc_status sc__account_note(sc_account *a, const char *key, const json_t *value) {
    return a ? set_copy(a->notes, key, value) : SC_OK;
}

const json_t *sc__account_entry(const sc_account *a) { return a ? a->entry : NULL; }

sc_status sc__account_digest(sc_account *a, sc_digest *out, const char *path) {
    sc_arena arena = SC_ARENA_INIT;
    char *paths[] = {(char *)(uintptr_t)path};
    const sc_paths one = {paths, 1};
    sc_file_hash *h;
    if (!a) return sc__hash_file(out, path);
    sc_status s = sc__file_hashes_get(&h, a->hashes, &arena, &one);
    if (s >= 0) *out = h->digest;
    sc__arena_deinit(&arena);
    return s;
}

/* ---- closing --------------------------------------------------------------------------------- */

/* Hashes the files of `path` into "outputs", named from `below` characters on. */
static sc_status add_outputs(sc_account *a, const char *path, size_t below) {
    sc_paths files;
    sc_file_hash *hashes;
    SC_TRY(files_of(&files, NULL, &a->arena, path));
    SC_TRY(sc__file_hashes_get(&hashes, a->hashes, &a->arena, &files));
    for (int64_t i = 0; i < files.n; i++) {
        const char *name = files.paths[i] + below;
        while (below && *name == '/') name++;
        SC_TRY(add_file(a->outputs, NULL, name, &hashes[i]));
    }
    return SC_OK;
}

static sc_status add_artifact(sc_account *a) {
    char *real;
    SC_TRY(resolve(&real, &a->arena, a->where->artifact));
    if (json_object_set_new(a->entry, "artifact_path", sc__json_text(real)))
        return SC_FAIL(SC_NOMEM, "account");
    const bool folder = sc__path_is_dir(real);
    SC_TRY(add_outputs(a, real, folder ? strlen(real) : (size_t)(sc__path_name(real) - real)));
    for (int64_t i = 0; i < a->extra.n; i++) {
        if (!sc__path_exists(a->extra.paths[i])) continue; /* a step that failed before it */
        char *path;
        SC_TRY(resolve(&path, &a->arena, a->extra.paths[i]));
        SC_TRY(add_outputs(a, path, 0));
    }
    sc_digest d;
    SC_TRY(sc__lineage_artifact_id(&d, a->outputs));
    if (json_object_set_new(a->entry, "artifact", json_string(d.hex)))
        return SC_FAIL(SC_NOMEM, "account");
    return SC_OK;
}

static sc_status add_costs(sc_account *a) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const double seconds =
        (double)(now.tv_sec - a->begun.tv_sec) + 1e-9 * (double)(now.tv_nsec - a->begun.tv_nsec);
    json_t *energy;
    sc_status s = sc__energy_close(a->energy, &energy);
    a->energy = NULL;
    SC_TRY(s);
    if (json_object_set_new(a->entry, "energy", energy) ||
        json_object_set_new(a->entry, "duration_s", json_real(seconds)))
        return SC_FAIL(SC_NOMEM, "account");
    return SC_OK;
}

static sc_status add_state(sc_account *a, sc_status outcome, const char *error) {
    const char *state = outcome >= 0                ? "done"
                        : outcome == SC_INTERRUPTED ? "interrupted"
                                                    : "failed";
    int failed = json_object_set_new(a->entry, "state", json_string(state));
    if (outcome < 0) failed |= json_object_set_new(a->entry, "error", sc__json_text(error));
    return failed ? SC_FAIL(SC_NOMEM, "account") : SC_OK;
}

/* The registry is an index of what was just written: that it cannot be updated loses nothing. */
static void enter(const json_t *entry, const char *path) {
    sc_registry *r;
    sc_status s = sc__registry_open(&r);
    if (s >= 0) {
        s = sc__registry_add(r, entry, path);
        sc__registry_close(r);
    }
    if (s < 0)
        SC_WARN("not entered in the registry: %s (`socle list --rebuild` does it later from %s)",
                sc_error_text(), path);
}

static sc_status write_entry(sc_account *a, sc_status outcome, const char *error) {
    uint64_t after;
    SC_TRY(add_costs(a)); /* first: hashing is not part of the step */
    SC_TRY(fingerprint(&after, &a->arena, a->where->artifact));
    const bool no_trace = after == a->before;
    if (no_trace && outcome < 0) return SC_OK;
    if (no_trace && !after && a->where->shared) return SC_OK; /* there was nothing for it to do */
    SC_TRY(add_state(a, outcome, error));
    SC_TRY(add_artifact(a));
    const char *path = sc__lineage_path(&a->arena, a->where->artifact);
    if (!path) return SC_FAIL(SC_NOMEM, "account");
    SC_TRY(sc__lineage_append(path, a->entry));
    enter(a->entry, path);
    return SC_OK;
}

static _Thread_local bool inside; /* of a step: those that it runs are part of it */

sc_status sc__step_run(const sc_step *step, void *options, const sc_step_where *where) {
    sc_account a = {.step = step, .where = where};
    if (inside) return step->run(NULL, options);
    sc_status s = account_open(&a);
    if (s >= 0) {
        inside = true;
        s = step->run(&a, options);
        inside = false;
        char error[1024];
        snprintf(error, sizeof error, "%s", sc_error_text());
        if (s < 0 && !where->shared) sc__folders_restore(&a.folders);
        const sc_status written = write_entry(&a, s, error);
        if (s >= 0 && written < 0) {
            s = sc__fail_context(written, "the account of %s", where->artifact);
        } else if (s < 0) {
            if (written < 0) SC_WARN("no account of %s: %s", where->artifact, sc_error_text());
            sc__error_adopt(error);
        }
    }
    account_close(&a);
    return s;
}

sc_status sc__step_run_data(const sc_step *step, void *options, const char *artifact,
                            const sc_data_options *o) {
    if (!artifact || !strcmp(artifact, "-")) return step->run(NULL, options);
    const sc_step_where where = {
        .artifact = artifact, .threads = o ? o->threads : 0, .shared = o && o->n_shards > 1};
    return sc__step_run(step, options, &where);
}
