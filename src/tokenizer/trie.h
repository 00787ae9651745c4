/* trie.h - strings of bytes by their beginnings: nodes are numbers, the edges lie in one hash table
 * (node, byte) -> node. Several roots share it. */
#ifndef SC_TOKENIZER_TRIE_H
#define SC_TOKENIZER_TRIE_H

#include "base/alloc.h"

typedef struct {
    uint32_t from, to; /* from: node << 8 | byte, plus 1; 0 is free */
} sc_trie_edge;

typedef struct {
    sc_trie_edge *edges;
    int32_t *values; /* by node; -1: none */
    uint32_t mask, n_nodes, cap_nodes;
} sc_trie;
enum { SC_TRIE_NONE = -1 };

/* Nodes 0 .. n_roots-1 are the roots. */
SC_MUST_USE sc_status sc__trie_init(sc_trie *t, uint32_t n_roots);
void sc__trie_deinit(sc_trie *t);
/* SC_FORMAT beyond 2^24 nodes. */
SC_MUST_USE sc_status sc__trie_add(sc_trie *t, uint32_t root, const char *text, size_t n,
                                   int32_t value);

/* The node behind a byte; false: there is none. */
static inline bool sc__trie_step(const sc_trie *t, uint32_t *node, unsigned char byte) {
    const uint32_t key = (*node << 8 | byte) + 1;
    for (uint32_t i = (key * 0x9E3779B1u) >> 7 & t->mask; t->edges[i].from; i = (i + 1) & t->mask)
        if (t->edges[i].from == key) return *node = t->edges[i].to, true;
    return false;
}

#endif
