/* elements.h - the elements of HTML by name: what each does to the text around it. */
#ifndef SC_FORMAT_EXTRACT_ELEMENTS_H
#define SC_FORMAT_EXTRACT_ELEMENTS_H

#include "base/status.h"

typedef enum {
    SC_HTML_TEXT,  /* no element: text */
    SC_HTML_OTHER, /* an element that is not in the table */
#define ELEMENT(name, kind, flags) SC_HTML_##name,
#include "format/extract/elements.def"
#undef ELEMENT
    SC_HTML_N
} sc_html_element;

typedef enum {
    SC_HTML_INLINE,
    SC_HTML_BLOCK,
    SC_HTML_PARAGRAPH,
    SC_HTML_HEADING,
    SC_HTML_ITEM,
    SC_HTML_TERM,
    SC_HTML_LIST,
    SC_HTML_PRE,
    SC_HTML_BREAK,
    SC_HTML_CELL,
    SC_HTML_DROP /* what it holds is not read as text */
} sc_html_kind;

enum { SC_HTML_VOID = 1, SC_HTML_STYLE = 2, SC_HTML_RAW = 4, SC_HTML_OPEN = 8 };

/* SC_HTML_OTHER where the name, of any case, is not known. */
sc_html_element sc__html_element_find(const char *name, size_t n);
sc_html_kind sc__html_element_kind(int element);
int sc__html_element_flags(int element);
const char *sc__html_element_name(int element); /* lower case */

#endif
