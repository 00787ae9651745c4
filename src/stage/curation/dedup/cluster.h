/* cluster.h - candidates that are really alike, joined into clusters, and in each cluster those
 * that are kept.
 *
 * A cluster is what is connected by pairs at least as similar as the threshold. Within it the
 * documents are taken in the order of the keep policy; one that is similar enough to a document
 * kept before is dropped for that one, else it is kept itself. So whatever is dropped is a true
 * duplicate of something kept, also where a cluster is a chain whose ends are not alike. */
#ifndef SC_STAGE_CURATION_DEDUP_CLUSTER_H
#define SC_STAGE_CURATION_DEDUP_CLUSTER_H

#include "stage/curation/dedup/forest.h"
#include "stage/curation/dedup/groups.h"
#include "stage/curation/dedup/store.h"

typedef struct {
    sc_dedup *d;
    sc_groups groups;
    sc_store store;
    sc_forest_node *parent; /* (n_candidates), as are those below */
    uint32_t *cluster;      /* from 1; 0: like no other */
    uint32_t *keeper;       /* the candidate it is dropped for; itself: kept */
    double *similarity;     /* with the keeper */
    uint32_t *members;      /* by cluster, each in the order of the input */
    int64_t n_clusters;
    int64_t *start;                  /* cluster k is members[start[k] .. start[k + 1]) */
    int64_t *group_start, *group_of; /* the groups of each candidate, for large clusters */
    sc_buffer *room;                 /* (2 * threads) for candidates that lie in the file */
    bool *wanted; /* (n_clusters + 1) whose keepers somebody will ask for; NULL: all */
} sc_clusters;

/* The Jaccard similarity where it is at least the threshold, else 0. */
double sc__clusters_compare(const sc_clusters *c, const sc_candidate *a, const sc_candidate *b);
/* Fills keeper and similarity (keepers.c); clusters are there. */
SC_MUST_USE sc_status sc__keepers_choose(sc_clusters *c);

/* groups and store are there. */
SC_MUST_USE sc_status sc__clusters_run(sc_clusters *c);

/* The same in pieces, for processes that share a job. Compares the candidates of this process's
 * groups and leaves who belongs together in its share of the phase. */
SC_MUST_USE sc_status sc__clusters_leave_pairs(sc_clusters *c);
/* Joins what all found and chooses keepers, for the clusters alone that have a document in this
 * process's files; the first process chooses all. */
SC_MUST_USE sc_status sc__clusters_load_pairs(sc_clusters *c);
void sc__clusters_deinit(sc_clusters *c); /* groups and store too */

#endif
