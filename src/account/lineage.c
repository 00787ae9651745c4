/* lineage.c - the chain of entries on disk; see lineage.h. The file is small beside what it speaks
 * of and is always replaced whole. */
#define _GNU_SOURCE
#include "account/lineage.h"

#include "base/file.h"
#include "base/lock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_VERSION = 1 };

char *sc__lineage_path(sc_arena *a, const char *artifact) {
    if (sc__path_is_dir(artifact)) return sc__path_join(a, artifact, "lineage.json");
    return sc__arena_printf(a, "%s.lineage.json", artifact);
}

/* ---- shape ----------------------------------------------------------------------------------- */

static bool is_digest(const json_t *v) {
    const char *s = json_string_value(v);
    return s && json_string_length(v) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static bool is_plain_text(const json_t *v) { /* no zero byte inside, so that C may use it */
    return json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v);
}

/* "a/b" that stays below its folder. */
static bool is_safe_path(const char *path) {
    if (!*path) return false;
    for (const char *p = path; *p;) {
        const size_t n = strcspn(p, "/");
        if (n == 2 && p[0] == '.' && p[1] == '.') return false;
        p += n + (p[n] == '/');
    }
    return true;
}

static sc_status check_files(const json_t *entry, const char *field, size_t i, const char *name) {
    const json_t *files = json_object_get(entry, field);
    if (!json_is_array(files))
        return SC_FAIL(SC_FORMAT, "%s: entry %zu: %s: must be a list", name, i, field);
    size_t k;
    const json_t *f;
    json_array_foreach(files, k, f) {
        const json_t *path = json_object_get(f, "path");
        const bool good = is_plain_text(path) && is_safe_path(json_string_value(path)) &&
                          is_digest(json_object_get(f, "sha256")) &&
                          json_is_integer(json_object_get(f, "bytes"));
        if (!good)
            return SC_FAIL(SC_FORMAT, "%s: entry %zu: %s %zu: must have path, sha256 and bytes",
                           name, i, field, k);
    }
    return SC_OK;
}

static sc_status check_parents(const json_t *entry, size_t i, const char *name) {
    const json_t *parents = json_object_get(entry, "parents"), *p;
    if (!json_is_array(parents))
        return SC_FAIL(SC_FORMAT, "%s: entry %zu: parents: must be a list", name, i);
    size_t k;
    json_array_foreach(parents, k, p) {
        if (!is_digest(json_object_get(p, "entry")) || !is_plain_text(json_object_get(p, "path")))
            return SC_FAIL(SC_FORMAT, "%s: entry %zu: parents %zu: must have path and entry", name,
                           i, k);
    }
    return SC_OK;
}

static sc_status check_entry(const json_t *entry, size_t i, const char *name) {
    static const char *const texts[] = {"step",  "stage",         "kind",
                                        "state", "artifact_path", "started"};
    if (!json_is_object(entry))
        return SC_FAIL(SC_FORMAT, "%s: entry %zu: must be an object", name, i);
    for (int k = 0; k < SC_LEN(texts); k++)
        if (!is_plain_text(json_object_get(entry, texts[k])))
            return SC_FAIL(SC_FORMAT, "%s: entry %zu: %s: must be a text", name, i, texts[k]);
    static const char *const digests[] = {"entry_sha256", "artifact", "previous"};
    for (int k = 0; k < SC_LEN(digests); k++) {
        const json_t *v = json_object_get(entry, digests[k]);
        if (!is_digest(v) && !(k == 2 && json_is_null(v)))
            return SC_FAIL(SC_FORMAT, "%s: entry %zu: %s: must be a SHA-256", name, i, digests[k]);
    }
    if (!json_is_number(json_object_get(entry, "duration_s")))
        return SC_FAIL(SC_FORMAT, "%s: entry %zu: duration_s: must be a number", name, i);
    SC_TRY(check_files(entry, "inputs", i, name));
    SC_TRY(check_files(entry, "outputs", i, name));
    return check_parents(entry, i, name);
}

sc_status sc__lineage_check(const json_t *lineage, const char *name) {
    const json_t *entries = json_object_get(lineage, "entries"), *entry;
    const json_t *version = json_object_get(lineage, "socle_lineage");
    if (!json_is_integer(version) || !json_is_array(entries))
        return SC_FAIL(SC_FORMAT, "%s: not a lineage: socle_lineage and entries are missing", name);
    if (json_integer_value(version) != FORMAT_VERSION)
        return SC_FAIL(SC_FORMAT, "%s: socle_lineage: version %lld is not known", name,
                       (long long)json_integer_value(version));
    size_t i;
    json_array_foreach(entries, i, entry) SC_TRY(check_entry(entry, i, name));
    return SC_OK;
}

sc_status sc__lineage_load(json_t **out, const char *path) {
    SC_TRY(sc__json_load(out, path));
    sc_status s = sc__lineage_check(*out, path);
    if (s < 0) {
        json_decref(*out);
        *out = NULL;
    }
    return s;
}

const json_t *sc__lineage_newest(const json_t *lineage) {
    const json_t *entries = json_object_get(lineage, "entries");
    const size_t n = json_array_size(entries);
    return n ? json_array_get(entries, n - 1) : NULL;
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Does the newest entry of the lineage at `path` list the file `name`? */
static sc_status lists(bool *out, const char *path, const char *name) {
    json_t *lineage;
    *out = false;
    SC_TRY(sc__lineage_load(&lineage, path));
    const json_t *outputs = json_object_get(sc__lineage_newest(lineage), "outputs"), *o;
    size_t i;
    json_array_foreach(outputs, i, o) {
        if (!strcmp(json_string_value(json_object_get(o, "path")), name)) *out = true;
    }
    json_decref(lineage);
    return SC_OK;
}

sc_status sc__lineage_find(char **out, sc_arena *a, const char *path) {
    *out = NULL;
    char *own = sc__lineage_path(a, path);
    if (!own) return SC_FAIL(SC_NOMEM, "%s", path);
    if (sc__path_exists(own)) {
        *out = own;
        return SC_OK;
    }
    char *dir = sc__arena_strdup(a, path);
    if (!dir) return SC_FAIL(SC_NOMEM, "%s", path);
    for (char *slash; (slash = strrchr(dir, '/'));) { /* runs/demo/checkpoints/step-500 */
        *slash = 0;
        char *above = sc__path_join(a, *dir ? dir : "/", "lineage.json");
        if (!above) return SC_FAIL(SC_NOMEM, "%s", path);
        bool listed = false;
        if (sc__path_exists(above)) SC_TRY(lists(&listed, above, path + strlen(dir) + 1));
        if (listed) {
            *out = above;
            return SC_OK;
        }
    }
    return SC_OK;
}

/* ---- hashes ---------------------------------------------------------------------------------- */

sc_status sc__lineage_entry_hash(sc_digest *out, const json_t *entry) {
    json_t *copy = json_copy((json_t *)(uintptr_t)entry);
    if (!copy) return SC_FAIL(SC_NOMEM, "lineage entry");
    json_object_del(copy, "entry_sha256");
    sc_buffer b = SC_BUFFER_INIT;
    sc__json_print_sorted(&b, copy);
    json_decref(copy);
    sc_status s = b.status;
    if (s >= 0) s = sc__hash_bytes(out, b.data, b.len);
    sc__buffer_deinit(&b);
    return s;
}

static int by_path(const void *a, const void *b) {
    return strcmp(json_string_value(json_object_get(*(json_t *const *)a, "path")),
                  json_string_value(json_object_get(*(json_t *const *)b, "path")));
}

sc_status sc__lineage_artifact_id(sc_digest *out, const json_t *outputs) {
    const size_t n = json_array_size(outputs);
    if (n == 1) {
        const char *hex = json_string_value(json_object_get(json_array_get(outputs, 0), "sha256"));
        memcpy(out->hex, hex, sizeof out->hex);
        return SC_OK;
    }
    const json_t **sorted = sc__calloc(n + 1, sizeof *sorted);
    if (!sorted) return SC_FAIL(SC_NOMEM, "%zu outputs", n);
    for (size_t i = 0; i < n; i++) sorted[i] = json_array_get(outputs, i);
    qsort(sorted, n, sizeof *sorted, by_path);
    sc_buffer b = SC_BUFFER_INIT;
    for (size_t i = 0; i < n; i++)
        sc__buffer_printf(&b, "%s  %s\n", json_string_value(json_object_get(sorted[i], "sha256")),
                          json_string_value(json_object_get(sorted[i], "path")));
    sc_status s = b.status;
    if (s >= 0) s = sc__hash_bytes(out, b.data ? b.data : "", b.len);
    sc__buffer_deinit(&b);
    sc__free(sorted);
    return s;
}

/* ---- appending ------------------------------------------------------------------------------- */

static sc_status lock_folder(int *out, const char *path) {
    sc_arena a = SC_ARENA_INIT;
    const size_t n = strlen(path) - strlen(sc__path_name(path));
    const char *dir = n ? sc__arena_strndup(&a, path, n) : ".";
    const sc_status s = dir ? sc__lock_take(out, dir, true) : SC_FAIL(SC_NOMEM, "%s", path);
    sc__arena_deinit(&a);
    return s;
}

static sc_status seal(json_t *entry, const json_t *newest) {
    const json_t *before = newest ? json_object_get(newest, "entry_sha256") : NULL;
    json_t *previous = before ? json_copy((json_t *)(uintptr_t)before) : json_null();
    if (json_object_set_new(entry, "previous", previous)) return SC_FAIL(SC_NOMEM, "lineage entry");
    sc_digest d;
    SC_TRY(sc__lineage_entry_hash(&d, entry));
    if (json_object_set_new(entry, "entry_sha256", json_string(d.hex)))
        return SC_FAIL(SC_NOMEM, "lineage entry");
    return SC_OK;
}

static sc_status append_locked(const char *path, json_t *entry) {
    json_t *lineage = NULL;
    if (sc__path_exists(path))
        SC_TRY(sc__lineage_load(&lineage, path));
    else
        lineage = json_pack("{s:i, s:[]}", "socle_lineage", FORMAT_VERSION, "entries");
    sc_status s = lineage ? SC_OK : SC_FAIL(SC_NOMEM, "%s", path);
    if (s >= 0) s = seal(entry, sc__lineage_newest(lineage));
    if (s >= 0 && json_array_append(json_object_get(lineage, "entries"), entry))
        s = SC_FAIL(SC_NOMEM, "%s", path);
    if (s >= 0) s = sc__json_save(lineage, path);
    json_decref(lineage);
    return s;
}

sc_status sc__lineage_append(const char *path, json_t *entry) {
    int lock;
    SC_TRY(lock_folder(&lock, path));
    const sc_status s = append_locked(path, entry);
    sc__lock_give(lock);
    return s;
}
