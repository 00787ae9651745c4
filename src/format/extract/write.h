/* write.h - a part of a page as text: paragraphs, headings, lists, quotes, tables and code keep
 * their shape. */
#ifndef SC_FORMAT_EXTRACT_WRITE_H
#define SC_FORMAT_EXTRACT_WRITE_H

#include "format/extract/tree.h"

typedef struct {
    const uint8_t *drop; /* one a node; not 0: the subtree is not written */
    int width;           /* of lines, in columns; 0: a paragraph is one line */
    int step;            /* columns of a hanging indent */
    bool rows;           /* a table's row is one line, its cells divided by bars */
} sc_html_style;

/* Appends the subtree of `root`. The status is the buffer's. */
void sc__html_write(sc_buffer *out, const sc_html_tree *t, int32_t root, const sc_html_style *o);

#endif
