/* mediawiki.h - the pages of a MediaWiki XML dump (mediawiki.org, Help:Export; schema 0.3 to 0.11).
 *
 * A dump is cut into pages by their tags, which cannot stand inside a page as text (there "<" is
 * written "&lt;"), and each page is parsed alone: a damaged page costs that page, pages can be
 * parsed on many threads, and memory follows the longest page. */
#ifndef SC_FORMAT_MEDIAWIKI_H
#define SC_FORMAT_MEDIAWIKI_H

#include "format/window.h"

typedef struct sc_mediawiki sc_mediawiki;

/* `in` and `name` are borrowed. A page of more than max_page bytes is refused. */
SC_MUST_USE sc_status sc__mediawiki_open(sc_mediawiki **out, sc_window *in, const char *name,
                                         size_t max_page);
/* The bytes from <page> to </page>, valid until the next call, and where in the (decompressed) dump
 * they begin; SC_DONE after the last. SC_FORMAT: a page that does not end or is too long, damage in
 * the packed file; who goes on all the same gets the pages that follow. */
SC_MUST_USE sc_status sc__mediawiki_next(const char **page, size_t *n, uint64_t *offset,
                                         sc_mediawiki *m);
/* What the dump says of its wiki before the first page: "en" and "https://en.wikipedia.org/wiki/";
 * "" where it does not. Known once the first page was read. */
const char *sc__mediawiki_language(const sc_mediawiki *m);
const char *sc__mediawiki_base(const sc_mediawiki *m);
void sc__mediawiki_close(sc_mediawiki *m); /* NULL is fine */

/* Do these first bytes of a file begin a dump? */
bool sc__mediawiki_detect(const char *bytes, size_t n);

typedef struct {
    sc_buffer title, id, timestamp, text; /* UTF-8; of the last revision */
    int64_t space;                        /* namespace: 0 is articles */
    bool redirect;
} sc_wiki_page;
#define SC_WIKI_PAGE_INIT                                                                          \
    { 0 }

/* One page's XML; what the page held before is dropped. SC_FORMAT: not well-formed. */
SC_MUST_USE sc_status sc__wiki_page_parse(sc_wiki_page *out, const char *xml, size_t n);
void sc__wiki_page_deinit(sc_wiki_page *p);

#endif
