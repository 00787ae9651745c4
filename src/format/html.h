/* html.h - the readable text of an HTML page: that of the body, without scripts, styles and
 * navigation; block elements make new lines. Parsed by libxml2, which mends what is broken. */
#ifndef SC_FORMAT_HTML_H
#define SC_FORMAT_HTML_H

#include "base/buffer.h"

/* Appends to `out`. SC_FORMAT: libxml2 can make nothing of it. */
SC_MUST_USE sc_status sc__html_to_text(sc_buffer *out, const char *html, size_t n);

#endif
