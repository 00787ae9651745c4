/* registry_db.h - SQLite with our error texts; private to registry*.c. */
#ifndef SC_ACCOUNT_REGISTRY_DB_H
#define SC_ACCOUNT_REGISTRY_DB_H

#include "account/registry.h"

#include <sqlite3.h>

struct sc_registry {
    sqlite3 *db;
    sc_arena arena;
    char *path;
};

SC_MUST_USE sc_status sc__registry_fail(const sc_registry *r); /* the database's last error */
SC_MUST_USE sc_status sc__registry_exec(sc_registry *r, const char *sql);

/* A statement with its parameters: 't' const char * (NULL is null), 'i' int64_t, 'r' double. */
SC_MUST_USE sc_status sc__registry_query(sqlite3_stmt **out, sc_registry *r, const char *sql,
                                         const char *types, ...);
/* SC_OK with a row, SC_DONE after the last; a failure and SC_DONE end the statement. */
SC_MUST_USE sc_status sc__registry_row(sc_registry *r, sqlite3_stmt **q);
/* Runs a statement that has no rows; its parameters as in query. */
SC_MUST_USE sc_status sc__registry_run(sc_registry *r, const char *sql, const char *types, ...);

#endif
