/* filter.h - HTML reduced to what a reader of text needs, before the parser sees it: scripts,
 * styles, comments, drawings, tags that only change the look of letters or mark a phrase without
 * telling what it is for, runs of white space and nearly all attributes are left out. Pages are
 * mostly these (80 to 95 % of their bytes), and a scan over them is ten times as fast as parsing.
 * What class, id, itemprop, role, style and hidden say is put into one attribute, x. Tags are cut
 * by the rules of the HTML standard (section 13.2.5, tokenization). Levels are bounded on the way,
 * and end tags without a start left out, so that no page can make the parser slow. */
#ifndef SC_FORMAT_EXTRACT_FILTER_H
#define SC_FORMAT_EXTRACT_FILTER_H

#include "base/buffer.h"
#include "format/extract/elements.h"
#include "format/extract/hints.h"

enum { SC_HTML_MAX_LEVELS = 400, SC_HTML_MAX_DATA = 16 };

enum {
    SC_NODE_LINK = 1,   /* <a href> */
    SC_NODE_HIDDEN = 2, /* by attribute or style */
    SC_NODE_IN_PRE = 4,
    SC_NODE_ANCHOR = 8, /* <a> without href: said of the few, so that links need no attribute */
    SC_HTML_FLAGS_SHIFT = 24 /* x is these, shifted, and the hints, as eight hexadecimal digits */
};

typedef struct {
    sc_hints hints;
    sc_buffer html; /* what is left; no zero bytes */
    struct {
        const char *text; /* borrowed from the page */
        size_t n;
    } data[SC_HTML_MAX_DATA]; /* contents of <script type="application/ld+json">, the first ones */
    int n_data;
} sc_html_filter;

void sc__html_filter_init(sc_html_filter *f);
/* Replaces what `f` holds. Fails only for want of memory. */
SC_MUST_USE sc_status sc__html_filter(sc_html_filter *f, const char *html, size_t n);
void sc__html_filter_deinit(sc_html_filter *f);

#endif
