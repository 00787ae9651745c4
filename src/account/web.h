/* web.h - what all report pages share: one look, in light and in dark, and text made safe for
 * HTML. A page is one file that needs nothing else: no script, no network. */
#ifndef SC_ACCOUNT_WEB_H
#define SC_ACCOUNT_WEB_H

#include "base/buffer.h"

/* From <!doctype> to <body>. `refresh`: the browser loads it again every so many seconds; 0: not.
 */
void sc__web_begin(sc_buffer *b, const char *title, int refresh);
void sc__web_end(sc_buffer *b, const char *footer);
/* Text with &, <, > and control characters made harmless; up to a zero, at most n bytes. */
void sc__web_text(sc_buffer *b, const char *text, size_t n);
void sc__web_puts(sc_buffer *b, const char *text);

#endif
