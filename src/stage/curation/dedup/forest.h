/* forest.h - which documents belong together: a disjoint-set forest that threads join without
 * locks. The root of a set is always its smallest member, so that the result does not depend on who
 * came first (Anderson & Woll 1991; path halving). */
#ifndef SC_STAGE_CURATION_DEDUP_FOREST_H
#define SC_STAGE_CURATION_DEDUP_FOREST_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint32_t sc_forest_node;

static inline uint32_t sc__forest_find(sc_forest_node *parent, uint32_t x) {
    for (;;) {
        uint32_t p = atomic_load_explicit(&parent[x], memory_order_relaxed);
        if (p == x) return x;
        const uint32_t above = atomic_load_explicit(&parent[p], memory_order_relaxed);
        if (above == p) return p;
        atomic_compare_exchange_weak_explicit(&parent[x], &p, above, memory_order_relaxed,
                                              memory_order_relaxed);
        x = above;
    }
}

static inline void sc__forest_join(sc_forest_node *parent, uint32_t a, uint32_t b) {
    for (;;) {
        a = sc__forest_find(parent, a);
        b = sc__forest_find(parent, b);
        if (a == b) return;
        if (a > b) {
            const uint32_t swap = a;
            a = b, b = swap;
        }
        uint32_t root = b; /* the larger one goes below the smaller, if it is still a root */
        if (atomic_compare_exchange_strong_explicit(&parent[b], &root, a, memory_order_acq_rel,
                                                    memory_order_relaxed))
            return;
    }
}

#endif
