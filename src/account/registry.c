/* registry.c - entries into the database, and the questions asked of it; see registry.h. */
#define _GNU_SOURCE
#include "account/registry_db.h"

#include "account/lineage.h"
#include "base/file.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64, MIN_PREFIX = 8 };

/* ---- adding ---------------------------------------------------------------------------------- */

static const char *text(const json_t *o, const char *key) {
    return json_string_value(json_object_get(o, key));
}

static int64_t total_bytes(const json_t *files) {
    int64_t sum = 0;
    size_t i;
    const json_t *f;
    json_array_foreach(files, i, f) sum += json_integer_value(json_object_get(f, "bytes"));
    return sum;
}

static sc_status add_run(sc_registry *r, const json_t *e, const char *lineage) {
    const json_t *energy = json_object_get(e, "energy");
    SC_TRY(sc__registry_run(r, "INSERT OR IGNORE INTO artifacts VALUES(?,?,?,?,?)", "tttit",
                            text(e, "artifact"), text(e, "kind"), text(e, "artifact_path"),
                            total_bytes(json_object_get(e, "outputs")), text(e, "started")));
    return sc__registry_run(
        r, "INSERT INTO runs VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", "ttttttttttrrt",
        text(e, "entry_sha256"), text(e, "artifact"), text(e, "previous"), text(e, "kind"),
        text(e, "step"), text(e, "stage"), text(e, "state"), text(e, "artifact_path"), lineage,
        text(e, "started"), json_number_value(json_object_get(e, "duration_s")),
        json_number_value(json_object_get(energy, "joules")), text(energy, "source"));
}

static sc_status add_inputs(sc_registry *r, const json_t *e) {
    size_t i;
    const json_t *f;
    json_array_foreach(json_object_get(e, "inputs"), i, f) {
        SC_TRY(sc__registry_run(r, "INSERT INTO inputs VALUES(?,?,?,?,?)", "tttti",
                                text(e, "entry_sha256"), text(f, "role"), text(f, "path"),
                                text(f, "sha256"),
                                (int64_t)json_integer_value(json_object_get(f, "bytes"))));
    }
    return SC_OK;
}

/* Outputs are named from the folder of the lineage on. */
static sc_status add_outputs(sc_registry *r, const json_t *e, const char *folder) {
    size_t i;
    const json_t *f;
    json_array_foreach(json_object_get(e, "outputs"), i, f) {
        sc_arena a = SC_ARENA_INIT;
        const char *path = text(f, "path");
        if (*path != '/') path = sc__path_join(&a, folder, path);
        sc_status s =
            path ? sc__registry_run(r, "INSERT INTO outputs VALUES(?,?,?,?)", "ttti",
                                    text(e, "entry_sha256"), path, text(f, "sha256"),
                                    (int64_t)json_integer_value(json_object_get(f, "bytes")))
                 : SC_FAIL(SC_NOMEM, "registry");
        sc__arena_deinit(&a);
        SC_TRY(s);
    }
    return SC_OK;
}

static sc_status add_edge(sc_registry *r, const char *parent, const json_t *e, const char *path) {
    return sc__registry_run(r, "INSERT OR IGNORE INTO edges VALUES(?,?,?)", "ttt", parent,
                            text(e, "entry_sha256"), path);
}

static sc_status is_known(bool *out, sc_registry *r, const char *entry) {
    sqlite3_stmt *q;
    SC_TRY(sc__registry_query(&q, r, "SELECT 1 FROM runs WHERE entry = ?", "t", entry));
    sc_status s = sc__registry_row(r, &q);
    *out = s == SC_OK;
    sqlite3_finalize(q);
    return s < 0 ? s : SC_OK;
}

static sc_status import(sc_registry *r, const char *lineage_path, int depth, int64_t *added);

/* A parent that came from elsewhere, with its lineage beside it, is taken in as well. */
static sc_status add_parents(sc_registry *r, const json_t *e, int depth, int64_t *added) {
    size_t i;
    const json_t *p;
    json_array_foreach(json_object_get(e, "parents"), i, p) {
        bool known;
        SC_TRY(add_edge(r, text(p, "entry"), e, text(p, "path")));
        SC_TRY(is_known(&known, r, text(p, "entry")));
        if (known || depth >= MAX_DEPTH || !sc__path_exists(text(p, "path"))) continue;
        sc_status s = import(r, text(p, "path"), depth + 1, added);
        if (s == SC_FORMAT)
            SC_WARN("not taken into the registry: %s", sc_error_text());
        else
            SC_TRY(s);
    }
    const char *previous = text(e, "previous");
    return previous ? add_edge(r, previous, e, text(e, "artifact_path")) : SC_OK;
}

static sc_status add_entry(sc_registry *r, const json_t *e, const char *lineage, int depth,
                           int64_t *added) {
    bool known;
    const char *entry = text(e, "entry_sha256");
    SC_TRY(is_known(&known, r, entry));
    if (known)
        return sc__registry_run(r, "UPDATE runs SET lineage = ? WHERE entry = ?", "tt", lineage,
                                entry);
    sc_arena a = SC_ARENA_INIT;
    const char *folder = sc__arena_strndup(&a, lineage, (size_t)(sc__path_name(lineage) - lineage));
    sc_status s = folder ? add_run(r, e, lineage) : SC_FAIL(SC_NOMEM, "registry");
    if (s >= 0) s = add_inputs(r, e);
    if (s >= 0) s = add_outputs(r, e, folder);
    if (s >= 0) s = add_parents(r, e, depth, added);
    sc__arena_deinit(&a);
    *added += s >= 0;
    return s;
}

static sc_status import(sc_registry *r, const char *lineage_path, int depth, int64_t *added) {
    json_t *lineage;
    SC_TRY(sc__lineage_load(&lineage, lineage_path));
    char *real = realpath(lineage_path, NULL);
    sc_status s = real ? SC_OK : SC_FAIL(SC_IO, "%s: cannot open", lineage_path);
    size_t i;
    const json_t *e;
    json_array_foreach(json_object_get(lineage, "entries"), i, e) {
        if (s >= 0) s = add_entry(r, e, real, depth, added);
    }
    free(real); /* libc's */
    json_decref(lineage);
    return s;
}

static sc_status end_transaction(sc_registry *r, sc_status s) {
    if (s >= 0) s = sc__registry_exec(r, "COMMIT");
    if (s < 0) sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
    return s;
}

sc_status sc__registry_add(sc_registry *r, const json_t *entry, const char *lineage_path) {
    int64_t added = 0;
    char *real = realpath(lineage_path, NULL);
    if (!real) return SC_FAIL(SC_IO, "%s: cannot open", lineage_path);
    sc_status s = sc__registry_exec(r, "BEGIN IMMEDIATE");
    if (s >= 0) s = end_transaction(r, add_entry(r, entry, real, 0, &added));
    free(real); /* libc's */
    return s;
}

sc_status sc__registry_import(sc_registry *r, const char *lineage_path, int64_t *added) {
    int64_t n = 0;
    SC_TRY(sc__registry_exec(r, "BEGIN IMMEDIATE"));
    SC_TRY(end_transaction(r, import(r, lineage_path, 0, &n)));
    if (added) *added += n;
    return SC_OK;
}

/* ---- asking ---------------------------------------------------------------------------------- */

#define ROW                                                                                        \
    "r.entry, r.artifact, r.kind, r.step, r.state, r.path, r.started, r.duration_s, r.joules,"     \
    " r.energy_source, a.bytes"

static json_t *column(sqlite3_stmt *q, int i) {
    switch (sqlite3_column_type(q, i)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(q, i));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(q, i));
    case SQLITE_TEXT:
        return json_string((const char *)sqlite3_column_text(q, i));
    default:
        return json_null();
    }
}

/* Each row as an object keyed by the columns' names. Ends the statement. */
static sc_status rows(json_t **out, sc_registry *r, sqlite3_stmt *q) {
    *out = json_array();
    sc_status s = *out ? SC_OK : SC_FAIL(SC_NOMEM, "registry");
    if (s < 0) sqlite3_finalize(q);
    while (s >= 0 && (s = sc__registry_row(r, &q)) == SC_OK) {
        json_t *row = json_object();
        int failed = !row;
        for (int i = 0; i < sqlite3_column_count(q) && !failed; i++)
            failed = json_object_set_new(row, sqlite3_column_name(q, i), column(q, i));
        if (!failed) failed = json_array_append(*out, row);
        json_decref(row);
        if (!failed) continue;
        sqlite3_finalize(q);
        s = SC_FAIL(SC_NOMEM, "registry");
    }
    if (s >= 0) return SC_OK;
    json_decref(*out);
    *out = NULL;
    return s;
}

sc_status sc__registry_list(json_t **out, sc_registry *r, const char *kind) {
    sqlite3_stmt *q;
    *out = NULL;
    SC_TRY(sc__registry_query(&q, r,
                              "SELECT " ROW " FROM runs r JOIN artifacts a ON a.id = r.artifact"
                              " WHERE (?1 IS NULL OR r.kind = ?1)"
                              " AND NOT EXISTS (SELECT 1 FROM runs n WHERE n.previous = r.entry)"
                              " ORDER BY r.started DESC, r.path",
                              "t", kind));
    return rows(out, r, q);
}

static sc_status entries(json_t *out, sc_registry *r, const char *where, const char *what) {
    sqlite3_stmt *q;
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT entry FROM runs WHERE entry IN (%s) ORDER BY started DESC, entry", where);
    SC_TRY(sc__registry_query(&q, r, sql, "t", what));
    sc_status s;
    while ((s = sc__registry_row(r, &q)) == SC_OK) {
        if (json_array_append_new(out, column(q, 0))) {
            sqlite3_finalize(q);
            return SC_FAIL(SC_NOMEM, "registry");
        }
    }
    return s < 0 ? s : SC_OK;
}

/* In order of preference: who made it, then who read it. */
static const char *const by_path[] = {
    "SELECT entry FROM runs WHERE path = ?1",
    "SELECT entry FROM outputs WHERE path = ?1",
    "SELECT entry FROM inputs WHERE path = ?1 OR substr(path, 1, length(?1) + 1) = ?1 || '/'",
};
static const char *const by_digest[] = {
    "SELECT entry FROM runs WHERE entry >= ?1 AND entry < ?1 || 'g'",
    "SELECT entry FROM runs WHERE artifact >= ?1 AND artifact < ?1 || 'g'",
    "SELECT entry FROM outputs WHERE sha256 >= ?1 AND sha256 < ?1 || 'g'",
    "SELECT entry FROM inputs WHERE sha256 >= ?1 AND sha256 < ?1 || 'g'",
};

static sc_status find(json_t *out, sc_registry *r, const char *const *where, int n,
                      const char *what) {
    for (int i = 0; i < n && !json_array_size(out); i++) SC_TRY(entries(out, r, where[i], what));
    return SC_OK;
}

static sc_status find_any(json_t *out, sc_registry *r, const char *what) {
    const size_t n = strlen(what);
    char *real = realpath(what, NULL);
    const char *path = real ? real : what;
    sc_status s = find(out, r, by_path, SC_LEN(by_path), path);
    sc_digest d;
    if (s >= 0 && !json_array_size(out) && real && !sc__path_is_dir(real)) {
        s = sc__hash_file(&d, real); /* a copy of something known */
        if (s >= 0) s = find(out, r, by_digest, SC_LEN(by_digest), d.hex);
    }
    free(real); /* libc's */
    if (s >= 0 && !json_array_size(out) && n >= MIN_PREFIX && n <= 64 &&
        strspn(what, "0123456789abcdef") == n)
        s = find(out, r, by_digest, SC_LEN(by_digest), what);
    return s;
}

sc_status sc__registry_find(json_t **out, sc_registry *r, const char *what) {
    *out = json_array();
    if (!*out) return SC_FAIL(SC_NOMEM, "registry");
    sc_status s = find_any(*out, r, what);
    if (s < 0) {
        json_decref(*out);
        *out = NULL;
    }
    return s;
}

sc_status sc__registry_lineage(char **out, sc_arena *a, sc_registry *r, const char *entry) {
    sqlite3_stmt *q;
    *out = NULL;
    SC_TRY(sc__registry_query(&q, r, "SELECT lineage FROM runs WHERE entry = ?", "t", entry));
    sc_status s = sc__registry_row(r, &q);
    if (s != SC_OK) return s < 0 ? s : SC_OK;
    *out = sc__arena_strdup(a, (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "registry");
}

/* `from` and `to` name the columns of an edge in the direction of the walk. The shortest way to
 * each entry is kept: SQLite takes the bare columns from the row of the minimum. */
static sc_status walk(json_t **out, sc_registry *r, const json_t *roots, const char *sql) {
    sc_buffer list = SC_BUFFER_INIT;
    sqlite3_stmt *q;
    *out = NULL;
    sc__json_print(&list, roots);
    sc_status s = list.status;
    if (s >= 0) s = sc__registry_query(&q, r, sql, "t", list.data);
    sc__buffer_deinit(&list);
    return s < 0 ? s : rows(out, r, q);
}

#define WALK(from, to)                                                                             \
    "WITH RECURSIVE reach(entry, depth, via, path) AS ("                                           \
    " SELECT value, 0, NULL, NULL FROM json_each(?1) UNION"                                        \
    " SELECT e." to ", reach.depth + 1, reach.entry, e.path FROM edges e"                          \
    " JOIN reach ON e." from " = reach.entry WHERE reach.depth < 64),"                             \
    " nearest AS (SELECT entry, min(depth) AS depth, via, path FROM reach GROUP BY entry)"         \
    " SELECT n.depth, n.via, n.entry, r.artifact, r.kind, r.step, r.state,"                        \
    " coalesce(r.path, n.path) AS path, r.started, r.duration_s, r.joules, r.energy_source,"       \
    " a.bytes FROM nearest n LEFT JOIN runs r ON r.entry = n.entry"                                \
    " LEFT JOIN artifacts a ON a.id = r.artifact ORDER BY n.depth, r.started, n.entry"

/* The inputs of an entry that no other entry of the registry made. */
static sc_status add_leaves(sc_registry *r, json_t *row) {
    sqlite3_stmt *q;
    json_t *leaves;
    SC_TRY(sc__registry_query(&q, r,
                              "SELECT role, path, sha256, bytes FROM inputs i WHERE entry = ?1"
                              " AND NOT EXISTS (SELECT 1 FROM edges e JOIN outputs o"
                              " ON o.entry = e.parent AND o.sha256 = i.sha256"
                              " WHERE e.child = ?1) ORDER BY rowid",
                              "t", text(row, "entry")));
    SC_TRY(rows(&leaves, r, q));
    return json_object_set_new(row, "inputs", leaves) ? SC_FAIL(SC_NOMEM, "registry") : SC_OK;
}

sc_status sc__registry_ancestors(json_t **out, sc_registry *r, const json_t *roots) {
    SC_TRY(walk(out, r, roots, WALK("child", "parent")));
    size_t i;
    json_t *row;
    json_array_foreach(*out, i, row) {
        sc_status s = add_leaves(r, row);
        if (s >= 0) continue;
        json_decref(*out);
        *out = NULL;
        return s;
    }
    return SC_OK;
}

sc_status sc__registry_descendants(json_t **out, sc_registry *r, const json_t *roots) {
    return walk(out, r, roots, WALK("parent", "child"));
}
