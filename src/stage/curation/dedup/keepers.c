/* keepers.c - which documents of a cluster stay. Its members come in the order of the policy; one
 * that is alike to an earlier keeper goes, the others become keepers. In a small cluster a member
 * is compared with every keeper, in a large one with the first, then with those that share a
 * bucket with it and some others. */
#include "stage/curation/dedup/cluster.h"

#include <stdlib.h>

/* NEAR: of a large bucket so many of the first keepers and of the last are compared with. */
enum { SMALL = 1024, NEAR = 64, CLUSTERS_A_TASK = 64 };

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup: keepers of clusters"); }

/* One cluster at work. */
typedef struct {
    sc_clusters *c;
    int worker;
    const uint32_t *members; /* (n) as the input has them */
    int64_t n;
    struct ranked *order; /* (n) by the policy; a rank is a place in it */
} choice;

/* ---- the order of the policy ----------------------------------------------------------------- */

typedef struct ranked {
    double worth;
    uint32_t member;
} ranked;

/* The most worth first; of equals the first of the input. */
static int by_worth(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->worth != y->worth) return x->worth > y->worth ? -1 : 1;
    return x->member < y->member ? -1 : x->member > y->member;
}

static sc_status rank_members(choice *w) {
    const sc_clusters *c = w->c;
    const sc_dedup_keep keep = c->d->o.keep;
    for (int64_t i = 0; i < w->n; i++) {
        sc_candidate a;
        w->order[i] = (ranked){0, w->members[i]};
        if (keep == SC_DEDUP_FIRST) continue;
        SC_TRY(sc__store_get(&a, &c->room[2 * w->worker], &c->store, w->members[i]));
        w->order[i].worth = keep == SC_DEDUP_LONGEST ? (double)a.head.length : a.head.score;
    }
    if (keep != SC_DEDUP_FIRST) qsort(w->order, (size_t)w->n, sizeof *w->order, by_worth);
    return SC_OK;
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* Drops the r-th for the k-th if they are alike. */
static sc_status try_keeper(bool *found, choice *w, sc_candidate *a, int64_t r, int64_t k) {
    sc_clusters *c = w->c;
    const uint32_t member = w->order[r].member, keeper = w->order[k].member;
    sc_candidate b;
    if (!a->set) SC_TRY(sc__store_get(a, &c->room[2 * w->worker], &c->store, member));
    SC_TRY(sc__store_get(&b, &c->room[2 * w->worker + 1], &c->store, keeper));
    const double similarity = sc__clusters_compare(c, a, &b);
    *found = similarity > 0;
    if (!*found) return SC_OK;
    c->keeper[member] = keeper;
    c->similarity[member] = similarity;
    return SC_OK;
}

static sc_status choose_small(choice *w) {
    int64_t keepers[SMALL], n = 0;
    for (int64_t r = 0; r < w->n; r++) {
        sc_candidate a = {.set = NULL};
        bool found = false;
        for (int64_t k = 0; k < n && !found; k++) SC_TRY(try_keeper(&found, w, &a, r, keepers[k]));
        if (!found) keepers[n++] = r;
    }
    return SC_OK;
}

/* ---- large clusters -------------------------------------------------------------------------- */

/* The groups of every candidate, ascending: groups.members the other way round. */
static sc_status turn_groups(sc_clusters *c) {
    const sc_groups *g = &c->groups;
    c->group_start = sc__calloc((size_t)g->n_candidates + 2, sizeof *c->group_start);
    c->group_of = sc__alloc((size_t)g->n_members * sizeof *c->group_of);
    if (!c->group_start || !c->group_of) return no_memory();
    for (int64_t m = 0; m < g->n_members; m++) c->group_start[g->members[m] + 2]++;
    for (int64_t i = 2; i <= g->n_candidates + 1; i++) c->group_start[i] += c->group_start[i - 1];
    for (int64_t i = 0; i < g->n_groups; i++)
        for (int64_t m = g->start[i]; m < g->start[i + 1]; m++)
            c->group_of[c->group_start[g->members[m] + 1]++] = i;
    return SC_OK;
}

/* A member's place in one of its buckets. */
typedef struct {
    int64_t group, rank;
    int64_t bucket; /* where this bucket's keepers begin among `keepers` */
} seat;

static int by_group(const void *a, const void *b) {
    const seat *x = *(seat *const *)a, *y = *(seat *const *)b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* What a large cluster needs; of n_seats each where nothing else is said. */
typedef struct {
    seat *seats, **sorted; /* by rank; by group */
    int64_t *keepers;      /* ranks, those of a bucket together */
    int64_t *n_in;         /* at a bucket's begin: how many keepers it has */
    int64_t *stamp;        /* (n) the last rank, + 1, that was compared with this one */
    int64_t *all;          /* (n) the keepers of all buckets */
    int64_t n_seats, n_all;
} seating;

static void seating_free(seating *t) {
    sc__free(t->seats);
    sc__free(t->sorted);
    sc__free(t->keepers);
    sc__free(t->n_in);
    sc__free(t->stamp);
    sc__free(t->all);
}

static sc_status seating_make(seating *t, const choice *w) {
    const sc_clusters *c = w->c;
    for (int64_t r = 0; r < w->n; r++) {
        const uint32_t member = w->order[r].member;
        t->n_seats += c->group_start[member + 1] - c->group_start[member];
    }
    const size_t n = (size_t)t->n_seats;
    t->seats = sc__alloc(n * sizeof *t->seats);
    t->sorted = sc__alloc(n * sizeof *t->sorted);
    t->keepers = sc__alloc(n * sizeof *t->keepers);
    t->n_in = sc__calloc(n, sizeof *t->n_in);
    t->stamp = sc__calloc((size_t)w->n, sizeof *t->stamp);
    t->all = sc__calloc((size_t)w->n, sizeof *t->all);
    if (!t->seats || !t->sorted || !t->keepers || !t->n_in || !t->stamp || !t->all)
        return no_memory();
    int64_t at = 0;
    for (int64_t r = 0; r < w->n; r++) {
        const uint32_t member = w->order[r].member;
        for (int64_t i = c->group_start[member]; i < c->group_start[member + 1]; i++, at++) {
            t->seats[at] = (seat){c->group_of[i], r, 0};
            t->sorted[at] = &t->seats[at];
        }
    }
    qsort(t->sorted, n, sizeof *t->sorted, by_group);
    for (int64_t i = 0; i < t->n_seats; i++)
        t->sorted[i]->bucket =
            i && t->sorted[i]->group == t->sorted[i - 1]->group ? t->sorted[i - 1]->bucket : i;
    return SC_OK;
}

/* The first and the last of some keepers, but those that were tried already. */
static sc_status try_some(bool *found, choice *w, int64_t *stamp, sc_candidate *a, int64_t rank,
                          const int64_t *keepers, int64_t n) {
    for (int64_t i = 0; i < n && !*found; i++) {
        if (i == NEAR && n - NEAR > i) i = n - NEAR;
        if (stamp[keepers[i]] == rank + 1) continue;
        stamp[keepers[i]] = rank + 1;
        SC_TRY(try_keeper(found, w, a, rank, keepers[i]));
    }
    return SC_OK;
}

/* The keepers of its buckets, seats[0 .. n), then those of the whole cluster. */
static sc_status seat_one(choice *w, seating *t, const seat *seats, int64_t n) {
    const int64_t rank = seats->rank;
    sc_candidate a = {.set = NULL};
    bool found = false;
    for (int64_t i = 0; i < n && !found; i++) {
        const int64_t bucket = seats[i].bucket;
        SC_TRY(try_some(&found, w, t->stamp, &a, rank, t->keepers + bucket, t->n_in[bucket]));
    }
    SC_TRY(try_some(&found, w, t->stamp, &a, rank, t->all, t->n_all));
    if (found) return SC_OK;
    for (int64_t i = 0; i < n; i++) t->keepers[seats[i].bucket + t->n_in[seats[i].bucket]++] = rank;
    t->all[t->n_all++] = rank;
    return SC_OK;
}

static sc_status seat_all(choice *w, seating *t) {
    for (int64_t i = 0, end; i < t->n_seats; i = end) {
        for (end = i; end < t->n_seats && t->seats[end].rank == t->seats[i].rank;) end++;
        SC_TRY(seat_one(w, t, t->seats + i, end - i));
    }
    return SC_OK;
}

/* Copies of one text and pages of one template are like the first of them: what is dropped for that
 * one needs no seat. The others are left in w. */
static sc_status drop_for_first(choice *w) {
    int64_t n = 1;
    for (int64_t r = 1; r < w->n; r++) {
        sc_candidate a = {.set = NULL};
        bool found;
        SC_TRY(try_keeper(&found, w, &a, r, 0));
        if (!found) w->order[n++] = w->order[r];
    }
    w->n = n;
    return SC_OK;
}

static sc_status choose_large(choice *w) {
    seating t = {0};
    SC_TRY(drop_for_first(w));
    if (w->n <= SMALL) return choose_small(w);
    sc_status s = seating_make(&t, w);
    if (s >= 0) s = seat_all(w, &t);
    seating_free(&t);
    return s;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static sc_status choose(sc_clusters *c, const uint32_t *members, int64_t n, int worker) {
    choice w = {.c = c, .worker = worker, .members = members, .n = n};
    w.order = sc__alloc((size_t)n * sizeof *w.order);
    sc_status s = w.order ? rank_members(&w) : no_memory();
    if (s >= 0) s = n <= SMALL ? choose_small(&w) : choose_large(&w);
    sc__free(w.order);
    return s;
}

static sc_status choose_task(sc_dedup *d, int64_t task, int worker) {
    sc_clusters *c = d->pass;
    const int64_t end = SC_MIN((task + 1) * CLUSTERS_A_TASK, c->n_clusters);
    for (int64_t k = task * CLUSTERS_A_TASK + 1; k <= end; k++)
        if (!c->wanted || c->wanted[k])
            SC_TRY(choose(c, c->members + c->start[k], c->start[k + 1] - c->start[k], worker));
    return SC_OK;
}

sc_status sc__keepers_choose(sc_clusters *c) {
    bool any_large = false;
    for (int64_t i = 0; i < c->groups.n_candidates; i++) c->keeper[i] = (uint32_t)i;
    for (int64_t k = 1; k <= c->n_clusters; k++) any_large |= c->start[k + 1] - c->start[k] > SMALL;
    if (any_large) SC_TRY(turn_groups(c));
    return sc__dedup_tasks(c->d, (c->n_clusters + CLUSTERS_A_TASK - 1) / CLUSTERS_A_TASK,
                           choose_task);
}
