/* clusters.h - some of the clusters that deduplication found, with the beginnings of their
 * documents, to look at. */
#ifndef SC_STAGE_CURATION_REPORT_CLUSTERS_H
#define SC_STAGE_CURATION_REPORT_CLUSTERS_H

#include "base/alloc.h"
#include "format/record.h"

enum { SC_LOOK_LARGEST = 5, SC_LOOK_RANDOM = 10, SC_LOOK_MEMBERS = 4, SC_LOOK_BYTES = 500 };

typedef struct {
    char *id;
    uint64_t hash; /* of the id */
    uint64_t draw; /* of the text that was found: of several with this id the smallest counts */
    char *text;    /* its beginning; NULL: not found */
    char *why;     /* "dropped" of its metadata; "" where it was not */
    bool kept;     /* by deduplication */
} sc_member;

typedef struct {
    const char *step; /* the folder it was told in: "4-dedup-minhash" */
    int64_t number, size;
    uint64_t draw;
    sc_member members[SC_LOOK_MEMBERS]; /* those kept first */
    int n_members;
} sc_look;

typedef struct {
    sc_arena arena; /* of the names of steps */
    sc_look looks[SC_LOOK_LARGEST + SC_LOOK_RANDOM];
    int n_largest, n_random; /* the random ones stand behind SC_LOOK_LARGEST */
} sc_looks;

/* Chooses from CORPUS/clusters: the largest, and those with the smallest hash of their members. */
SC_MUST_USE sc_status sc__looks_choose(sc_looks *out, const char *corpus);
void sc__looks_deinit(sc_looks *l);

/* A record of the corpus or of what was dropped: remembered where it is one of those. Any thread,
 * one at a time. */
SC_MUST_USE sc_status sc__looks_take(sc_looks *l, sc_slice id, const sc_record *r);
/* Whether any member has this id: any thread at any time. */
bool sc__looks_want(const sc_looks *l, sc_slice id);

#endif
