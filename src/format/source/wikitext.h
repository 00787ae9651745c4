/* wikitext.h - the text of a page in MediaWiki's markup: what a reader sees of the article's prose.
 *
 * Kept: paragraphs, headings that something follows, lists (as "- "), the labels of links, what
 * <pre>, <code> and <source> hold, the words of a few templates that stand for words ({{lang}},
 * {{convert}}). Dropped: other templates, tables, references, files and categories, comments,
 * markup of letters. Source: mediawiki.org, Help:Formatting, Help:Links, Help:Templates. */
#ifndef SC_FORMAT_WIKITEXT_H
#define SC_FORMAT_WIKITEXT_H

#include "base/buffer.h"

/* Appends to `out`. Any valid UTF-8 gives some text; only memory can fail. Markup nested more than
 * 40 deep is dropped. */
SC_MUST_USE sc_status sc__wikitext_to_text(sc_buffer *out, const char *text, size_t n);

#endif
