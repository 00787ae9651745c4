/* trie.c - growing the table of edges and the nodes. */
#include "tokenizer/trie.h"

#include <string.h>

enum { MAX_NODES = 1 << 24 };

static sc_status grow_nodes(sc_trie *t) {
    const uint32_t cap = SC_MAX(2 * t->cap_nodes, 256u);
    int32_t *values = sc__realloc(t->values, cap * sizeof *values);
    if (!values) return SC_FAIL(SC_NOMEM, "no memory for a trie");
    t->values = values;
    t->cap_nodes = cap;
    return SC_OK;
}

static sc_trie_edge *place(const sc_trie *t, uint32_t key) {
    uint32_t i = (key * 0x9E3779B1u) >> 7 & t->mask;
    while (t->edges[i].from && t->edges[i].from != key) i = (i + 1) & t->mask;
    return &t->edges[i];
}

static sc_status grow_edges(sc_trie *t) {
    const uint32_t n = t->edges ? 2 * (t->mask + 1) : 1024, n_old = t->edges ? t->mask + 1 : 0;
    sc_trie_edge *old = t->edges, *edges = sc__calloc(n, sizeof *edges);
    if (!edges) return SC_FAIL(SC_NOMEM, "no memory for a trie");
    t->edges = edges;
    t->mask = n - 1;
    for (uint32_t i = 0; i < n_old; i++)
        if (old[i].from) *place(t, old[i].from) = old[i];
    sc__free(old);
    return SC_OK;
}

static sc_status new_node(sc_trie *t) {
    if (t->n_nodes == MAX_NODES - 1) return SC_FAIL(SC_FORMAT, "the vocabulary is too large");
    if (t->n_nodes == t->cap_nodes) SC_TRY(grow_nodes(t));
    t->values[t->n_nodes++] = SC_TRIE_NONE;
    return t->edges && t->n_nodes <= (t->mask + 1) / 2 ? SC_OK : grow_edges(t);
}

sc_status sc__trie_init(sc_trie *t, uint32_t n_roots) {
    memset(t, 0, sizeof *t);
    for (uint32_t i = 0; i < n_roots; i++) SC_TRY(new_node(t));
    return SC_OK;
}

void sc__trie_deinit(sc_trie *t) {
    sc__free(t->edges);
    sc__free(t->values);
    memset(t, 0, sizeof *t);
}

sc_status sc__trie_add(sc_trie *t, uint32_t root, const char *text, size_t n, int32_t value) {
    uint32_t node = root;
    for (size_t i = 0; i < n; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (sc__trie_step(t, &node, byte)) continue;
        SC_TRY(new_node(t));
        *place(t, (node << 8 | byte) + 1) = (sc_trie_edge){(node << 8 | byte) + 1, t->n_nodes - 1};
        node = t->n_nodes - 1;
    }
    t->values[node] = value;
    return SC_OK;
}
