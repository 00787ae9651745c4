/* registry.h - one SQLite database that gathers the entries of every lineage.json a person's
 * commands wrote, so that "which models inherit this data?" is one query. It is an index: the files
 * beside the artifacts are the truth, and it can be made anew from them. */
#ifndef SC_ACCOUNT_REGISTRY_H
#define SC_ACCOUNT_REGISTRY_H

#include "base/alloc.h"
#include "base/json.h"

typedef struct sc_registry sc_registry;

/* "$SOCLE_HOME/registry.db", else "~/.local/share/socle/registry.db". SC_IO when neither variable
 * is set. */
SC_MUST_USE sc_status sc__registry_path(char **out, sc_arena *a);
/* Opens, making folder and tables on demand and bringing an older schema up to date. A newer one is
 * SC_FORMAT. Several processes may write at once. */
SC_MUST_USE sc_status sc__registry_open(sc_registry **out);
void sc__registry_close(sc_registry *r); /* NULL is fine */

/* Adds one entry of the lineage at `lineage_path`, or all of a lineage; what is known already stays
 * as it is, but for where it lies. All or nothing. */
SC_MUST_USE sc_status sc__registry_add(sc_registry *r, const json_t *entry,
                                       const char *lineage_path);
SC_MUST_USE sc_status sc__registry_import(sc_registry *r, const char *lineage_path, int64_t *added);

/* Rows as JSON objects {"entry", "artifact", "kind", "step", "state", "path", "started",
 * "duration_s", "joules", "energy_source", "bytes"}, newest first; owned by the caller. */
SC_MUST_USE sc_status sc__registry_list(json_t **out, sc_registry *r, const char *kind);

/* The entries meant by `what`: the start of an entry's or an artifact's digest or of a file's
 * (8 characters at least), or the path of an artifact, of a file in one, or of an input. An array
 * of entry digests, newest first; empty when nothing is known of it. */
SC_MUST_USE sc_status sc__registry_find(json_t **out, sc_registry *r, const char *what);

/* Where the lineage of an entry lies; NULL when it is not known. */
SC_MUST_USE sc_status sc__registry_lineage(char **out, sc_arena *a, sc_registry *r,
                                           const char *entry);

/* All entries that `roots` (as from find) come from, or that come from them: rows as of list with
 * "depth" (0 for the roots), "via" (the entry that it was reached from, null for the roots) and,
 * for ancestors, "inputs": the files with no known maker. */
SC_MUST_USE sc_status sc__registry_ancestors(json_t **out, sc_registry *r, const json_t *roots);
SC_MUST_USE sc_status sc__registry_descendants(json_t **out, sc_registry *r, const json_t *roots);

#endif
