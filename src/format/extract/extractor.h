/* extractor.h - what the files of this folder share about a page being read. */
#ifndef SC_FORMAT_EXTRACT_EXTRACTOR_H
#define SC_FORMAT_EXTRACT_EXTRACTOR_H

#include "format/extract/main_text.h"
#include "format/extract/tree.h"

/* Of all nodes before one; of a subtree, the difference of two. Letters are bytes that are no white
 * space: a Chinese character or a Hangul syllable weighs as three Latin letters, about what it
 * says. */
typedef struct {
    int32_t letters, linked, points; /* points: marks that end sentences or divide them */
    int32_t named;                   /* parts named as an article, and first headings */
    int32_t value, good; /* see blocks.c; good: without what is worth less than nothing */
} sc_sums;

/* A run of text between two ends of blocks. */
typedef struct {
    int32_t first, last; /* its text nodes */
    int32_t holder;      /* the block element around it */
    sc_sums sums;
    bool dropped;
} sc_block;

struct sc_extractor {
    sc_extract_options options;
    sc_html_tree tree;
    sc_sums *sums;     /* n + 1 */
    int32_t *holder;   /* n: the nearest block element, the node itself included */
    uint32_t *excused; /* n: hints that are not held against a part, as it is most of the page */
    uint8_t *drop;     /* n */
    int32_t cap;
    sc_block *blocks;
    int32_t n_blocks, cap_blocks;
    sc_page_facts facts;
    sc_buffer record, scratch;
    sc_buffer valid, text; /* of the public function: the page repaired, its result */
};

/* blocks.c: letters, links and points of every node; then blocks and values of what is not dropped.
 */
SC_MUST_USE sc_status sc__blocks_measure(sc_extractor *x);
SC_MUST_USE sc_status sc__blocks_find(sc_extractor *x);
sc_sums sc__sums_of(const sc_extractor *x, int32_t node); /* of its subtree */

/* marks.c: which parts are left out. */
void sc__marks_structure(sc_extractor *x); /* what is never text */
/* What names mark as something else; after sc__blocks_find. Comments on their own, after another:
 * they stay where there is nothing else but what was dropped, as in a forum. */
void sc__marks_hints(sc_extractor *x, bool strict);
void sc__marks_comments(sc_extractor *x);
void sc__marks_inside(sc_extractor *x, int32_t root, bool strict); /* within the part chosen */

/* facts.c */
SC_MUST_USE sc_status sc__facts_read(sc_page_facts *f, sc_extractor *x);
/* The articleBody of the page's schema.org record, appended to x->scratch. */
SC_MUST_USE sc_status sc__facts_body(sc_extractor *x);

#endif
