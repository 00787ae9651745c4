/* markdown.h - Markdown stays Markdown: it is text that people read as it is, and models are to
 * write it. Taken out is what no reader of the page sees: front matter (whose title, licence,
 * language and date are handed on) and HTML comments. */
#ifndef SC_FORMAT_MARKDOWN_H
#define SC_FORMAT_MARKDOWN_H

#include "base/buffer.h"

typedef struct {
    char title[256], licence[80], language[16], date[40]; /* "" where the page does not say */
} sc_front_matter;

/* Appends the page's text. Any valid UTF-8 will do; only memory can fail. */
SC_MUST_USE sc_status sc__markdown_to_text(sc_buffer *out, sc_front_matter *facts, const char *text,
                                           size_t n);

#endif
