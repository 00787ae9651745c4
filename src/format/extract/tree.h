/* tree.h - an HTML page as an array of nodes in reading order: the subtree of node i is [i, end),
 * so that every question about a part of a page is a difference of two sums and every walk a loop.
 * Parsed by libxml2 through its SAX interface, which mends what is broken, with no tree of its own.
 *
 * Left out on the way: what filter.h leaves out, elements that only change letters, phrases without
 * a class, contents of form fields and of media. Runs of white space are one space, outside <pre>.
 * The text of a subtree is one piece of `text`. */
#ifndef SC_FORMAT_EXTRACT_TREE_H
#define SC_FORMAT_EXTRACT_TREE_H

#include "format/extract/filter.h"

typedef struct {
    int32_t parent, end; /* of the root: -1 */
    int32_t text;        /* where its text begins in the tree's */
    int32_t number;      /* an item: its own, from 1; what holds items: how many */
    uint32_t hints;
    uint8_t element, kind, flags;
} sc_html_node;

/* Attributes that are kept as they are. */
typedef enum {
    SC_VALUE_CONTENT,
    SC_VALUE_DATETIME,
    SC_VALUE_HREF,
    SC_VALUE_HTTP_EQUIV,
    SC_VALUE_ITEMPROP,
    SC_VALUE_LANG,
    SC_VALUE_NAME,
    SC_VALUE_PROPERTY,
    SC_VALUE_REL,
    SC_VALUE_N
} sc_html_attribute;

typedef struct {
    int32_t node, at; /* zero-terminated, in the tree's `values` */
    sc_html_attribute attribute;
} sc_html_value;

typedef struct {
    sc_html_filter filter;
    sc_html_node *nodes; /* [0] is the root, an element without a name */
    sc_html_value *list; /* in the order of their nodes */
    int32_t n, cap, n_list, cap_list;
    int32_t max_nodes; /* from there on elements are left out, text is not: hostile pages are made
                        * of the shortest tags */
    sc_buffer text, values;
    void *parser; /* libxml2's context, reused */
    struct {
        const void *name; /* the parser has one address for one name */
        uint8_t element;
    } names[256];
    int32_t *stack;
    int32_t depth, cap_stack, mute; /* mute: how many of the stack lie in what is not read */
    int32_t open;                   /* the node that children go to */
    bool space;                     /* white space was read and not yet written */
    sc_status status;
} sc_html_tree;

void sc__html_tree_init(sc_html_tree *t);
void sc__html_tree_deinit(sc_html_tree *t);

/* Replaces what the tree holds. The page is UTF-8 (the caller repairs it); whatever encoding it
 * claims is not asked. Memory is kept for the next page. SC_NOMEM; SC_FORMAT above 512 MiB. */
SC_MUST_USE sc_status sc__html_tree_load(sc_html_tree *t, const char *html, size_t n);

/* The text of a subtree: *n bytes, not zero-terminated. */
static inline const char *sc__html_text(const sc_html_tree *t, int32_t node, size_t *n) {
    const int32_t end = t->nodes[node].end, begin = t->nodes[node].text;
    *n = (end < t->n ? (size_t)t->nodes[end].text : t->text.len) - (size_t)begin;
    return *n ? t->text.data + begin : "";
}

#endif
