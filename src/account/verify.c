/* verify.c - is what the lineage says still true? Every byte it speaks of is read again. */
#include "account/lineage.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    sc_verdict *verdict;
    sc_finding_fn *fn;
    void *user;
    sc_arena *arena;
    const char *folder; /* of the lineage, "" or with a slash at the end */
} verification;

static void report(verification *v, const sc_finding *f) {
    v->verdict->findings++;
    if (v->fn) v->fn(v->user, f);
}

static sc_status check_chain(verification *v, const json_t *entries) {
    const char *before = NULL;
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry) {
        char subject[32];
        snprintf(subject, sizeof subject, "entry %zu", i);
        sc_digest d;
        SC_TRY(sc__lineage_entry_hash(&d, entry));
        const char *recorded = json_string_value(json_object_get(entry, "entry_sha256"));
        const char *previous = json_string_value(json_object_get(entry, "previous"));
        if (strcmp(d.hex, recorded)) {
            const sc_finding f = {subject, "entry_sha256", recorded, d.hex};
            report(v, &f);
        }
        if ((before == NULL) != (previous == NULL) || (before && strcmp(before, previous))) {
            const sc_finding f = {subject, "previous", before ? before : "null",
                                  previous ? previous : "null"};
            report(v, &f);
        }
        before = recorded;
        v->verdict->entries++;
    }
    return SC_OK;
}

/* The artifact digest must be that of the listed outputs: it is what other entries refer to. */
static sc_status check_artifact(verification *v, const json_t *entry) {
    sc_digest d;
    SC_TRY(sc__lineage_artifact_id(&d, json_object_get(entry, "outputs")));
    const char *recorded = json_string_value(json_object_get(entry, "artifact"));
    if (!strcmp(d.hex, recorded)) return SC_OK;
    const sc_finding f = {"newest entry", "artifact", recorded, d.hex};
    report(v, &f);
    return SC_OK;
}

static sc_status compare(verification *v, const json_t *file, const char *path) {
    struct stat st;
    const char *recorded = json_string_value(json_object_get(file, "sha256"));
    const json_int_t bytes = json_integer_value(json_object_get(file, "bytes"));
    char expected[32], actual[32];
    if (stat(path, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size != bytes)) {
        snprintf(expected, sizeof expected, "%" PRId64, (int64_t)bytes);
        snprintf(actual, sizeof actual, "%" PRId64, (int64_t)st.st_size);
        const sc_finding f = {path, S_ISREG(st.st_mode) ? "bytes" : "not a file", expected, actual};
        report(v, &f);
        return SC_OK;
    }
    sc_digest d;
    SC_TRY(sc__hash_file(&d, path));
    if (!strcmp(d.hex, recorded)) return SC_OK;
    const sc_finding f = {path, "sha256", recorded, d.hex};
    report(v, &f);
    return SC_OK;
}

static sc_status check_output(verification *v, const json_t *file) {
    const char *recorded = json_string_value(json_object_get(file, "path"));
    const char *path = recorded;
    if (*recorded != '/') path = sc__arena_printf(v->arena, "%s%s", v->folder, recorded);
    if (!path) return SC_FAIL(SC_NOMEM, "%s", recorded);
    v->verdict->outputs++;
    if (sc__path_exists(path)) return compare(v, file, path);
    const sc_finding f = {path, "missing", json_string_value(json_object_get(file, "sha256")),
                          NULL};
    report(v, &f);
    return SC_OK;
}

static bool mentions(const json_t *outputs, const char *path) {
    size_t i;
    const json_t *o;
    json_array_foreach(outputs, i, o) {
        if (!strcmp(json_string_value(json_object_get(o, "path")), path)) return true;
    }
    return false;
}

/* The newest entry lists all of the artifact; of older entries only what lies elsewhere still
 * counts, unless a later one replaced it. */
static sc_status check_outputs(verification *v, const json_t *entries) {
    const size_t n = json_array_size(entries);
    for (size_t e = n; e-- > 0;) {
        const json_t *outputs = json_object_get(json_array_get(entries, e), "outputs"), *o;
        size_t i;
        json_array_foreach(outputs, i, o) {
            const char *path = json_string_value(json_object_get(o, "path"));
            bool replaced = e + 1 < n && *path != '/';
            for (size_t later = e + 1; later < n && !replaced; later++)
                replaced =
                    mentions(json_object_get(json_array_get(entries, later), "outputs"), path);
            if (!replaced) SC_TRY(check_output(v, o));
        }
    }
    return SC_OK;
}

/* Inputs belong to others: one that is gone is counted, one that changed is a finding. What lies in
 * the artifact itself (a checkpoint resumed from, a model adapted in place) was made to change. */
static sc_status check_inputs(verification *v, const json_t *entry) {
    const json_t *inputs = json_object_get(entry, "inputs"), *input;
    const char *own = json_string_value(json_object_get(entry, "artifact_path"));
    const size_t n_own = strlen(own);
    size_t i;
    json_array_foreach(inputs, i, input) {
        const char *path = json_string_value(json_object_get(input, "path"));
        if (!strncmp(path, own, n_own) && (path[n_own] == '/' || !path[n_own])) continue;
        if (!sc__path_exists(path)) {
            v->verdict->inputs_absent++;
            continue;
        }
        v->verdict->inputs++;
        SC_TRY(compare(v, input, path));
    }
    return SC_OK;
}

/* The file must be the very bytes that its contents are saved as: what the hashes of the entries
 * cannot see (white space, a digit beyond a number's precision) is seen here. */
static sc_status check_form(verification *v, const json_t *lineage, const char *path) {
    sc_buffer actual = SC_BUFFER_INIT, expected = SC_BUFFER_INIT;
    sc__json_print_lines(&expected, lineage);
    sc_status s = expected.status;
    if (s >= 0) s = sc__file_read(&actual, path, expected.len + ((size_t)1 << 30));
    const bool equal =
        s >= 0 && actual.len == expected.len && !memcmp(actual.data, expected.data, actual.len);
    size_t at = 0;
    while (s >= 0 && !equal && at < SC_MIN(actual.len, expected.len) &&
           actual.data[at] == expected.data[at])
        at++;
    if (s >= 0 && !equal) {
        char subject[64];
        snprintf(subject, sizeof subject, "lineage.json, byte %zu", at);
        const sc_finding f = {subject, "not as it was written", NULL, NULL};
        report(v, &f);
    }
    sc__buffer_deinit(&actual);
    sc__buffer_deinit(&expected);
    return s;
}

sc_status sc__lineage_verify(sc_verdict *out, const char *path, sc_finding_fn *fn, void *user) {
    *out = (sc_verdict){0};
    sc_arena arena = SC_ARENA_INIT;
    verification v = {out, fn, user, &arena, NULL};
    json_t *lineage = NULL;
    v.folder = sc__arena_strndup(&arena, path, strlen(path) - strlen(sc__path_name(path)));
    sc_status s = v.folder ? sc__lineage_load(&lineage, path) : SC_FAIL(SC_NOMEM, "%s", path);
    const json_t *entries = json_object_get(lineage, "entries");
    const json_t *newest = sc__lineage_newest(lineage);
    if (s >= 0) s = check_form(&v, lineage, path);
    if (s >= 0) s = check_chain(&v, entries);
    if (s >= 0 && newest) s = check_artifact(&v, newest);
    if (s >= 0) s = check_outputs(&v, entries);
    if (s >= 0 && newest) s = check_inputs(&v, newest);
    json_decref(lineage);
    sc__arena_deinit(&arena);
    if (s >= 0 && out->findings)
        s = SC_FAIL(SC_MISMATCH, "%s: %" PRId64 " of the recorded facts differ from what is there",
                    path, out->findings);
    return s;
}
