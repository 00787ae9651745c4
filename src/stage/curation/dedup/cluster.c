/* cluster.c - pairs compared and clusters joined; all cores, same result. */
#include "stage/curation/dedup/cluster.h"

#include <string.h>

enum {
    NEAR =
        64, /* of a large bucket a document is compared with so many of the first, and before it */
    GROUPS_A_TASK = 256
};

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup: clusters"); }

double sc__clusters_compare(const sc_clusters *c, const sc_candidate *a, const sc_candidate *b) {
    const double small = (double)SC_MIN(a->head.n_set, b->head.n_set);
    const double large = (double)SC_MAX(a->head.n_set, b->head.n_set);
    if (!large || small / large < c->d->o.threshold) return 0;
    const double s = sc__set_similarity(a->set, a->head.n_set, b->set, b->head.n_set);
    return s < c->d->o.threshold ? 0 : s;
}

/* ---- joining --------------------------------------------------------------------------------- */

/* Joins two candidates if they are alike. *a is read once for all its comparisons. */
static sc_status join(sc_clusters *c, sc_candidate *a, uint32_t x, uint32_t y, int worker) {
    sc_candidate b;
    if (sc__forest_find(c->parent, x) == sc__forest_find(c->parent, y)) return SC_OK;
    if (!a->set) SC_TRY(sc__store_get(a, &c->room[2 * worker], &c->store, x));
    SC_TRY(sc__store_get(&b, &c->room[2 * worker + 1], &c->store, y));
    if (sc__clusters_compare(c, a, &b) > 0) sc__forest_join(c->parent, x, y);
    return SC_OK;
}

/* Which pairs are looked at depends on the bucket alone: all of a small one, of a large one each
 * document with the first NEAR and the NEAR before it. Equal documents by the thousand cost one
 * comparison each, since what is joined already is not compared. */
static sc_status join_group(sc_clusters *c, const uint32_t *members, int64_t n, int worker) {
    for (int64_t i = 1; i < n; i++) {
        sc_candidate a = {.set = NULL};
        const int64_t first = SC_MIN(i, NEAR), near = SC_MAX(first, i - NEAR);
        for (int64_t j = 0; j < first; j++) SC_TRY(join(c, &a, members[i], members[j], worker));
        for (int64_t j = near; j < i; j++) SC_TRY(join(c, &a, members[i], members[j], worker));
    }
    return SC_OK;
}

static sc_status join_task(sc_dedup *d, int64_t task, int worker) {
    sc_clusters *c = d->pass;
    const sc_groups *g = &c->groups;
    const int64_t end = SC_MIN((task + 1) * GROUPS_A_TASK, g->n_groups);
    for (int64_t i = task * GROUPS_A_TASK; i < end; i++)
        SC_TRY(join_group(c, g->members + g->start[i], g->start[i + 1] - g->start[i], worker));
    return SC_OK;
}

/* ---- clusters -------------------------------------------------------------------------------- */

/* Numbers clusters in the order of their first member. Until here keeper counts members by root. */
static void number_clusters(sc_clusters *c) {
    const int64_t n = c->groups.n_candidates;
    for (int64_t i = 0; i < n; i++) c->keeper[sc__forest_find(c->parent, (uint32_t)i)]++;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t root = sc__forest_find(c->parent, (uint32_t)i);
        if (root == i && c->keeper[i] > 1) c->cluster[i] = (uint32_t)++c->n_clusters;
        c->cluster[i] = c->cluster[root];
    }
}

/* Cluster k is members[start[k] .. start[k + 1]), k from 1. */
static sc_status gather_clusters(sc_clusters *c) {
    const int64_t n = c->groups.n_candidates, n_starts = c->n_clusters + 3;
    c->start = sc__calloc((size_t)n_starts, sizeof *c->start);
    if (!c->start) return no_memory();
    for (int64_t i = 0; i < n; i++)
        if (c->cluster[i]) c->start[c->cluster[i] + 2]++;
    for (int64_t k = 1; k < n_starts; k++) c->start[k] += c->start[k - 1];
    c->members = sc__alloc((size_t)c->start[n_starts - 1] * sizeof *c->members);
    if (!c->members) return no_memory();
    for (int64_t i = 0; i < n; i++)
        if (c->cluster[i]) c->members[c->start[c->cluster[i] + 1]++] = (uint32_t)i;
    return SC_OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static sc_status make_room(sc_clusters *c) {
    const size_t n = (size_t)c->groups.n_candidates;
    c->parent = sc__alloc(n * sizeof *c->parent);
    c->cluster = sc__calloc(n, sizeof *c->cluster);
    c->keeper = sc__calloc(n, sizeof *c->keeper);
    c->similarity = sc__calloc(n, sizeof *c->similarity);
    c->room = sc__calloc(2 * (size_t)sc__pool_threads(c->d->pool), sizeof *c->room);
    if (!c->parent || !c->cluster || !c->keeper || !c->similarity || !c->room) return no_memory();
    for (size_t i = 0; i < n; i++) atomic_init(&c->parent[i], (uint32_t)i);
    return SC_OK;
}

sc_status sc__clusters_run(sc_clusters *c) {
    sc_dedup *d = c->d;
    d->pass = c;
    SC_TRY(make_room(c));
    const int64_t n_groups = c->groups.n_groups;
    SC_TRY(sc__dedup_tasks(d, (n_groups + GROUPS_A_TASK - 1) / GROUPS_A_TASK, join_task));
    number_clusters(c);
    SC_TRY(gather_clusters(c));
    return sc__keepers_choose(c);
}

void sc__clusters_deinit(sc_clusters *c) {
    for (int i = 0; c->room && i < 2 * sc__pool_threads(c->d->pool); i++)
        sc__buffer_deinit(&c->room[i]);
    sc__free(c->room);
    sc__free(c->parent);
    sc__free(c->cluster);
    sc__free(c->keeper);
    sc__free(c->similarity);
    sc__free(c->members);
    sc__free(c->start);
    sc__free(c->group_start);
    sc__free(c->group_of);
    sc__store_deinit(&c->store);
    sc__groups_deinit(&c->groups);
}
