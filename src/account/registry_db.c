/* registry_db.c - opening the database, its schema and migrations, statements. */
#include "account/registry_db.h"

#include "base/file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 20000 };

/* migrations[v] takes a database of version v to v + 1. Rows are only ever added to this list.
 * Entries are known by "entry_sha256", artifacts by the digest of their outputs; an edge says that
 * `child` read what `parent` made, or continued it in place. */
static const char *const migrations[] = {
    "CREATE TABLE artifacts(id TEXT PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL,"
    " bytes INTEGER NOT NULL, created TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE runs(entry TEXT PRIMARY KEY, artifact TEXT NOT NULL REFERENCES artifacts(id),"
    " previous TEXT, kind TEXT NOT NULL, step TEXT NOT NULL, stage TEXT NOT NULL,"
    " state TEXT NOT NULL, path TEXT NOT NULL, lineage TEXT NOT NULL, started TEXT NOT NULL,"
    " duration_s REAL NOT NULL, joules REAL, energy_source TEXT) WITHOUT ROWID;"
    "CREATE INDEX runs_by_artifact ON runs(artifact);"
    "CREATE INDEX runs_by_previous ON runs(previous);"
    "CREATE INDEX runs_by_path ON runs(path);"
    "CREATE TABLE inputs(entry TEXT NOT NULL REFERENCES runs(entry), role TEXT, path TEXT NOT NULL,"
    " sha256 TEXT NOT NULL, bytes INTEGER NOT NULL);"
    "CREATE INDEX inputs_by_entry ON inputs(entry);"
    "CREATE INDEX inputs_by_path ON inputs(path);"
    "CREATE INDEX inputs_by_sha256 ON inputs(sha256);"
    "CREATE TABLE outputs(entry TEXT NOT NULL REFERENCES runs(entry), path TEXT NOT NULL,"
    " sha256 TEXT NOT NULL, bytes INTEGER NOT NULL);"
    "CREATE INDEX outputs_by_entry ON outputs(entry);"
    "CREATE INDEX outputs_by_path ON outputs(path);"
    "CREATE INDEX outputs_by_sha256 ON outputs(sha256);"
    "CREATE TABLE edges(parent TEXT NOT NULL, child TEXT NOT NULL, path TEXT,"
    " PRIMARY KEY(parent, child)) WITHOUT ROWID;"
    "CREATE INDEX edges_by_child ON edges(child);",
};

sc_status sc__registry_path(char **out, sc_arena *a) {
    const char *home = getenv("SOCLE_HOME"), *user = getenv("HOME");
    if (home && *home)
        *out = sc__path_join(a, home, "registry.db");
    else if (user && *user)
        *out = sc__path_join(a, user, ".local/share/socle/registry.db");
    else
        return SC_FAIL(SC_IO, "no place for the registry: neither SOCLE_HOME nor HOME is set");
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "registry");
}

sc_status sc__registry_fail(const sc_registry *r) {
    const int code = sqlite3_errcode(r->db) & 0xFF;
    const sc_status s = code == SQLITE_NOMEM                              ? SC_NOMEM
                        : code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? SC_FORMAT
                                                                          : SC_IO;
    return SC_FAIL(s, "%s: registry: %s", r->path, sqlite3_errmsg(r->db));
}

sc_status sc__registry_exec(sc_registry *r, const char *sql) {
    return sqlite3_exec(r->db, sql, NULL, NULL, NULL) ? sc__registry_fail(r) : SC_OK;
}

static sc_status bind(sc_registry *r, sqlite3_stmt *q, const char *types, va_list ap) {
    int error = SQLITE_OK;
    for (int i = 1; types[i - 1] && !error; i++) {
        if (types[i - 1] == 'i')
            error = sqlite3_bind_int64(q, i, va_arg(ap, int64_t));
        else if (types[i - 1] == 'r')
            error = sqlite3_bind_double(q, i, va_arg(ap, double));
        else
            error = sqlite3_bind_text(q, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
    }
    return error ? sc__registry_fail(r) : SC_OK;
}

static sc_status prepare(sqlite3_stmt **out, sc_registry *r, const char *sql, const char *types,
                         va_list ap) {
    *out = NULL;
    if (sqlite3_prepare_v2(r->db, sql, -1, out, NULL)) return sc__registry_fail(r);
    sc_status s = bind(r, *out, types, ap);
    if (s < 0) {
        sqlite3_finalize(*out);
        *out = NULL;
    }
    return s;
}

sc_status sc__registry_query(sqlite3_stmt **out, sc_registry *r, const char *sql, const char *types,
                             ...) {
    va_list ap;
    va_start(ap, types);
    sc_status s = prepare(out, r, sql, types, ap);
    va_end(ap);
    return s;
}

sc_status sc__registry_row(sc_registry *r, sqlite3_stmt **q) {
    const int code = sqlite3_step(*q);
    if (code == SQLITE_ROW) return SC_OK;
    sc_status s = code == SQLITE_DONE ? SC_DONE : sc__registry_fail(r);
    sqlite3_finalize(*q);
    *q = NULL;
    return s;
}

sc_status sc__registry_run(sc_registry *r, const char *sql, const char *types, ...) {
    sqlite3_stmt *q;
    va_list ap;
    va_start(ap, types);
    sc_status s = prepare(&q, r, sql, types, ap);
    va_end(ap);
    if (s >= 0) s = sc__registry_row(r, &q);
    return s < 0 ? s : SC_OK;
}

static sc_status version(int *out, sc_registry *r) {
    sqlite3_stmt *q;
    SC_TRY(sc__registry_query(&q, r, "PRAGMA user_version", ""));
    SC_TRY(sc__registry_row(r, &q));
    *out = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return SC_OK;
}

/* Within a transaction: another process may have been faster. */
static sc_status migrate_locked(sc_registry *r) {
    int v;
    SC_TRY(version(&v, r));
    for (; v < SC_LEN(migrations); v++) {
        char set[64];
        snprintf(set, sizeof set, "PRAGMA user_version = %d", v + 1);
        SC_TRY(sc__registry_exec(r, migrations[v]));
        SC_TRY(sc__registry_exec(r, set));
    }
    return sc__registry_exec(r, "COMMIT");
}

static sc_status migrate(sc_registry *r) {
    int v;
    SC_TRY(version(&v, r));
    if (v > SC_LEN(migrations))
        return SC_FAIL(SC_FORMAT, "%s: registry of version %d, this socle knows up to %d", r->path,
                       v, SC_LEN(migrations));
    if (v == SC_LEN(migrations)) return SC_OK;
    SC_TRY(sc__registry_exec(r, "BEGIN IMMEDIATE"));
    sc_status s = migrate_locked(r);
    if (s < 0) sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
    return s;
}

static sc_status connect(sc_registry *r) {
    SC_TRY(sc__registry_path(&r->path, &r->arena));
    char *dir = sc__arena_strndup(&r->arena, r->path, (size_t)(sc__path_name(r->path) - r->path));
    if (!dir) return SC_FAIL(SC_NOMEM, "registry");
    SC_TRY(sc__dir_make(dir));
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    if (sqlite3_open_v2(r->path, &r->db, flags, NULL)) {
        if (!r->db) return SC_FAIL(SC_NOMEM, "%s: registry", r->path);
        return sc__registry_fail(r);
    }
    sqlite3_busy_timeout(r->db, BUSY_MS);
    SC_TRY(migrate(r));
    /* Readers and the writer do not wait for each other then. Where it cannot be had (somebody else
     * is in, or the folder is read-only) the plain journal is as safe. */
    sqlite3_exec(r->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    return SC_OK;
}

sc_status sc__registry_open(sc_registry **out) {
    sc_registry *r = *out = sc__calloc(1, sizeof *r);
    if (!r) return SC_FAIL(SC_NOMEM, "registry");
    sc_status s = connect(r);
    if (s < 0) {
        sc__registry_close(r);
        *out = NULL;
    }
    return s;
}

void sc__registry_close(sc_registry *r) {
    if (!r) return;
    sqlite3_close(r->db);
    sc__arena_deinit(&r->arena);
    sc__free(r);
}
