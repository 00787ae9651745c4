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
void sc__groups_deinit(sc_groups *g);

/* The candidate that the document at this place is; -1: none. */
static inline int64_t sc__groups_find(const sc_groups *g, const sc_dedup *d, int64_t file,
                                      int64_t line) {
    if (line > d->lines[file]) return -1;
    const uint64_t number = (uint64_t)(d->base[file] + line - 1);
    const uint64_t word = g->marks[number >> 6], bit = UINT64_C(1) << (number & 63);
    if (!(word & bit)) return -1;
    return (int64_t)g->rank[number >> 6] + __builtin_popcountll(word & (bit - 1));
}

#endif
