/* groups.h - the documents that share a bucket with another one: the candidates, numbered in the
 * order of the input, and the groups they form. */
#ifndef SC_STAGE_CURATION_DEDUP_GROUPS_H
#define SC_STAGE_CURATION_DEDUP_GROUPS_H

#include "stage/curation/dedup/dedup.h"

typedef struct {
    int64_t n_documents; /* numbers given out; lines without a document have one too */
    int64_t n_candidates, n_groups, n_members;
    uint64_t *marks;   /* (n_documents / 64 + 1) bits: is a candidate */
    uint32_t *rank;    /* (the same) candidates before those of this word */
    uint32_t *members; /* (n_members) candidates, ascending within a group */
    int64_t *start;    /* (n_groups + 1) */
} sc_groups;

/* From the gathered buckets of d, which are given back. */
SC_MUST_USE sc_status sc__groups_init(sc_groups *g, sc_dedup *d);
/* Those of this process's parts into its share of the phase; those of all shares. */
SC_MUST_USE sc_status sc__groups_leave(sc_dedup *d);
SC_MUST_USE sc_status sc__groups_load(sc_groups *g, sc_dedup *d);
void sc__groups_deinit(sc_groups *g);

/* Candidates whose number is below this one's. */
static inline int64_t sc__groups_rank(const sc_groups *g, int64_t number) {
    const uint64_t below = (UINT64_C(1) << (number & 63)) - 1;
    return (int64_t)g->rank[number >> 6] + __builtin_popcountll(g->marks[number >> 6] & below);
}

/* The candidate that the document at this place is; -1: none. */
static inline int64_t sc__groups_find(const sc_groups *g, const sc_dedup *d, int64_t file,
                                      int64_t line) {
    if (line > d->lines[file]) return -1;
    const int64_t number = d->base[file] + line - 1;
    if (!(g->marks[number >> 6] >> (number & 63) & 1)) return -1;
    return sc__groups_rank(g, number);
}

#endif
