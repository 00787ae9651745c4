/* roff.h - manual pages as text: the requests of man(7) and mdoc(7), the escapes of roff(7), tables
 * by tbl(1), filled to SC_PAGE_WIDTH columns. A reader for clean-up, not a typesetter: what it does
 * not know is dropped (requests) or read as text (macros that a page defined for itself). */
#ifndef SC_FORMAT_ROFF_H
#define SC_FORMAT_ROFF_H

#include "base/buffer.h"

/* Is this the source of a manual page? */
bool sc__roff_detect(const char *text, size_t n);
/* Appends the page as text to `out`. Any bytes give some text; only memory can fail. */
SC_MUST_USE sc_status sc__roff_to_text(sc_buffer *out, const char *text, size_t n);

#endif
