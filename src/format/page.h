/* page.h - words filled into lines, as a manual page on a terminal: indents, hanging tags, blank
 * lines that never repeat. HTML and roff are both written through it, so that a corpus of manuals
 * has one face. */
#ifndef SC_FORMAT_PAGE_H
#define SC_FORMAT_PAGE_H

#include "base/buffer.h"

enum {
    SC_PAGE_WIDTH = 80,
    SC_PAGE_STEP = 4,    /* columns of a hanging indent */
    SC_PAGE_INDENT = 100 /* columns at most: lists 1,000 levels deep are not pages of spaces */
};

typedef struct {
    sc_buffer *out;
    sc_buffer line; /* being filled, without its indent */
    int columns;    /* of it */
    int line_indent;
    int indent;   /* of lines to come */
    int width;    /* of lines; SC_PAGE_WIDTH unless set, 0: lines end only where they are broken */
    int step;     /* SC_PAGE_STEP unless set */
    int verbatim; /* > 0: lines as they are */
    bool blank;   /* a blank line is due before the next text */
    bool glue;    /* the next word belongs to the last one */
    bool begun;   /* something was written */
    bool headed;  /* by a heading just now: no blank line after it */
} sc_page;

void sc__page_init(sc_page *p, sc_buffer *out); /* appends to out, whose status tells of failure */
void sc__page_deinit(sc_page *p);               /* ends the last line */

/* UTF-8; a no-break space (U+00A0) keeps its word together and is written as a space. In verbatim
 * mode, one or more lines. */
void sc__page_text(sc_page *p, const char *text, size_t n);
void sc__page_break(sc_page *p); /* ends the line, if one has begun */
void sc__page_blank(sc_page *p); /* and asks for a blank line */
/* A line of its own at this indent, after a blank one. */
void sc__page_heading(sc_page *p, const char *text, size_t n, int indent);
/* Begins an item: the tag at `indent`, what follows `step` columns further right, on the same
 * line where the tag is short enough. */
void sc__page_tag(sc_page *p, const char *text, size_t n, int indent);

#endif
