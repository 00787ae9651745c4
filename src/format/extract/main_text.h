/* main_text.h - what a page is there for, as plain text, and the facts that it states about itself.
 *
 * Navigation, consent notices, comments, related links, share bars, advertisements, footers and the
 * like are left out; headings, paragraphs, lists, tables, quotes and code are kept in shape. README
 * in this folder names the rules and where their ideas come from. */
#ifndef SC_FORMAT_EXTRACT_MAIN_TEXT_H
#define SC_FORMAT_EXTRACT_MAIN_TEXT_H

#include "base/buffer.h"
#include "socle/extract.h"

/* Holds what is reused from page to page: one a thread. o may be NULL. */
SC_MUST_USE sc_status sc__extractor_open(sc_extractor **out, const sc_extract_options *o);
void sc__extractor_close(sc_extractor *x); /* NULL is fine */

/* Appends the main text to `out`, which may be nothing; `facts` may be NULL. The page is UTF-8,
 * whatever it claims: the caller has repaired it. Any such bytes are a page; SC_NOMEM, and
 * SC_FORMAT above 512 MiB, are the only failures. */
SC_MUST_USE sc_status sc__main_text(sc_buffer *out, sc_page_facts *facts, sc_extractor *x,
                                    const char *html, size_t n);

#endif
