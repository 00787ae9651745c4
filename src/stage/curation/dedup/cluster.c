/* cluster.c - pairs compared and clusters joined; all cores, same result. */
#include "stage/curation/dedup/cluster.h"

#include "stage/curation/dedup/share.h"

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

static bool is_joined(sc_clusters *c, uint32_t x, uint32_t y) {
    return sc__forest_find(c->parent, x) == sc__forest_find(c->parent, y);
}

/* Joins two candidates if they are alike. *a is read once for all its comparisons. */
static sc_status join(sc_clusters *c, sc_candidate *a, uint32_t x, uint32_t y, int worker) {
    sc_candidate b;
    if (is_joined(c, x, y)) return SC_OK;
    if (!a->set) SC_TRY(sc__store_get(a, &c->room[2 * worker], &c->store, x));
    SC_TRY(sc__store_get(&b, &c->room[2 * worker + 1], &c->store, y));
    if (sc__clusters_compare(c, a, &b) > 0) sc__forest_join(c->parent, x, y);
    return SC_OK;
}

/* The i-th with those before it. *one: they are in one cluster, and whether it is in that too. */
static sc_status join_member(bool *one, sc_clusters *c, const uint32_t *members, int64_t i,
                             int worker) {
    const int64_t first = SC_MIN(i, NEAR), near = SC_MAX(first, i - NEAR);
    sc_candidate a = {.set = NULL};
    for (int64_t j = 0; j < i; j = j + 1 == first ? near : j + 1) {
        if (*one && is_joined(c, members[i], members[0])) return SC_OK;
        SC_TRY(join(c, &a, members[i], members[j], worker));
    }
    *one = *one && is_joined(c, members[i], members[0]);
    return SC_OK;
}

/* Which pairs are looked at depends on the bucket alone: all of a small one, of a large one each
 * document with the first NEAR and the NEAR before it. Equal documents by the thousand cost one
 * comparison each, since what is joined already is not compared. */
static sc_status join_group(sc_clusters *c, const uint32_t *members, int64_t n, int worker) {
    bool one = true;
    for (int64_t i = 1; i < n; i++) SC_TRY(join_member(&one, c, members, i, worker));
    return SC_OK;
}

static sc_status join_task(sc_dedup *d, int64_t task, int worker) {
    sc_clusters *c = d->pass;
    const sc_groups *g = &c->groups;
    const int64_t block = task * sc__dedup_shards(d) + d->o.common.shard;
    const int64_t end = SC_MIN((block + 1) * GROUPS_A_TASK, g->n_groups);
    for (int64_t i = block * GROUPS_A_TASK; i < end; i++)
        SC_TRY(join_group(c, g->members + g->start[i], g->start[i + 1] - g->start[i], worker));
    return SC_OK;
}

/* Of all groups every so many to each process: they cost very differently. */
static sc_status join_all(sc_clusters *c) {
    const int64_t n = (int64_t)GROUPS_A_TASK * sc__dedup_shards(c->d);
    return sc__dedup_tasks(c->d, (c->groups.n_groups + n - 1) / n, join_task);
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

static sc_status begin(sc_clusters *c) {
    c->d->pass = c;
    return make_room(c);
}

sc_status sc__clusters_run(sc_clusters *c) {
    SC_TRY(begin(c));
    SC_TRY(join_all(c));
    number_clusters(c);
    SC_TRY(gather_clusters(c));
    return sc__keepers_choose(c);
}

/* ---- between processes ----------------------------------------------------------------------- */

sc_status sc__clusters_leave_pairs(sc_clusters *c) {
    sc_dedup *d = c->d;
    const char *path = sc__share_path(d, SC_DEDUP_PAIRS, d->o.common.shard);
    sc_writer w;
    if (!path) return no_memory();
    SC_TRY(begin(c));
    SC_TRY(join_all(c));
    SC_TRY(sc__writer_open(&w, path));
    for (int64_t i = 0; i < c->groups.n_candidates; i++) {
        const uint32_t pair[2] = {(uint32_t)i, sc__forest_find(c->parent, (uint32_t)i)};
        if (pair[0] != pair[1]) sc__writer_append(&w, pair, sizeof pair);
    }
    return sc__writer_commit(&w);
}

static sc_status load_pairs(sc_clusters *c, int shard) {
    const int64_t n = c->groups.n_candidates;
    const char *path = sc__share_path(c->d, SC_DEDUP_PAIRS, shard);
    sc_buffer b = SC_BUFFER_INIT;
    uint32_t pair[2];
    sc_status s = path ? sc__file_read(&b, path, SIZE_MAX) : no_memory();
    if (s >= 0 && b.len % sizeof pair) s = sc__share_damaged(path);
    for (size_t at = 0; s >= 0 && at < b.len; at += sizeof pair) {
        memcpy(pair, b.data + at, sizeof pair);
        if (pair[0] >= n || pair[1] >= n)
            s = sc__share_damaged(path);
        else
            sc__forest_join(c->parent, pair[0], pair[1]);
    }
    sc__buffer_deinit(&b);
    return s;
}

/* Candidates of one file have numbers one after another. */
static sc_status want_own(sc_clusters *c) {
    const sc_dedup *d = c->d;
    c->wanted = sc__calloc((size_t)c->n_clusters + 1, sizeof *c->wanted);
    if (!c->wanted) return no_memory();
    for (int64_t f = d->o.common.shard; f < d->n_files; f += sc__dedup_shards(d)) {
        const int64_t end = sc__groups_rank(&c->groups, d->base[f + 1]);
        for (int64_t i = sc__groups_rank(&c->groups, d->base[f]); i < end; i++)
            c->wanted[c->cluster[i]] = true;
    }
    return SC_OK;
}

sc_status sc__clusters_load_pairs(sc_clusters *c) {
    SC_TRY(begin(c));
    for (int i = 0; i < sc__dedup_shards(c->d); i++) SC_TRY(load_pairs(c, i));
    number_clusters(c);
    SC_TRY(gather_clusters(c));
    if (c->d->o.common.shard) SC_TRY(want_own(c));
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
    sc__free(c->wanted);
    sc__store_deinit(&c->store);
    sc__groups_deinit(&c->groups);
}
