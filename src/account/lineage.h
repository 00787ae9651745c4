/* lineage.h - lineage.json: a chain of entries, one for each command that made or changed the
 * artifact beside it. Each entry carries its own hash over its canonical JSON and the hash of the
 * entry before it; docs/account.md lists the fields. */
#ifndef SC_ACCOUNT_LINEAGE_H
#define SC_ACCOUNT_LINEAGE_H

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"

/* "DIR/lineage.json" for a folder, "FILE.lineage.json" for anything else. NULL without memory. */
char *sc__lineage_path(sc_arena *a, const char *artifact);
/* The lineage that speaks of `path`: its own, or that of the folder it lies in when that lists it.
 * *out is NULL when there is none. */
SC_MUST_USE sc_status sc__lineage_find(char **out, sc_arena *a, const char *path);

/* Reads and checks the shape of a lineage: {"socle_lineage": 1, "entries": [..]} whose entries have
 * the fields that this library relies on. The chain is not verified. Owned by the caller. */
SC_MUST_USE sc_status sc__lineage_load(json_t **out, const char *path);
/* Checks the shape of one that was parsed already; `name` is for the error text. */
SC_MUST_USE sc_status sc__lineage_check(const json_t *lineage, const char *name);
/* Adds the entry: sets its "previous" and "entry_sha256" (in place) and replaces the file, under a
 * lock of the folder. A file that is absent is made. */
SC_MUST_USE sc_status sc__lineage_append(const char *path, json_t *entry);

/* SHA-256 over the canonical JSON (sc__json_print_sorted) of the entry
 * without its "entry_sha256". */
SC_MUST_USE sc_status sc__lineage_entry_hash(sc_digest *out, const json_t *entry);
/* The artifact's digest: that of its only file, or of the lines "sha256  path\n" of its files in
 * byte order of their paths. `outputs` is an entry's array. */
SC_MUST_USE sc_status sc__lineage_artifact_id(sc_digest *out, const json_t *outputs);
/* The newest entry, borrowed; NULL when there is none. */
const json_t *sc__lineage_newest(const json_t *lineage);

/* One difference between what is recorded and what is there. */
typedef struct {
    const char *subject;  /* a file, or "entry 2" */
    const char *what;     /* "sha256", "previous", "missing" */
    const char *expected; /* NULL where it does not apply */
    const char *actual;
} sc_finding;
typedef struct {
    int64_t entries, outputs, inputs; /* checked */
    int64_t inputs_absent;            /* no longer where they were */
    int64_t findings;
} sc_verdict;
typedef void sc_finding_fn(void *user, const sc_finding *f);

/* Recomputes the chain, the hashes of all outputs that no later entry replaced, and those of the
 * inputs that are still present. SC_MISMATCH when anything differs; `fn` hears of each. */
SC_MUST_USE sc_status sc__lineage_verify(sc_verdict *out, const char *path, sc_finding_fn *fn,
                                         void *user);

#endif
