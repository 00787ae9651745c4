/* clean.h - what ingest does to every text: see docs/data.md. */
#ifndef SC_STAGE_CREATION_CLEAN_H
#define SC_STAGE_CREATION_CLEAN_H

#include "base/buffer.h"

typedef enum {
    SC_TEXT_PLAIN,
    SC_TEXT_MARKDOWN,
    SC_TEXT_HTML,
    SC_TEXT_MANUAL,
    SC_TEXT_BINARY
} sc_text_kind;

/* By the contents, and by the name where they leave it open. n_invalid: sequences that were none of
 * its character set. */
sc_text_kind sc__text_kind(const char *path, const char *text, size_t n, int64_t n_invalid);
/* By the name, or the first bytes: before its character set is known. */
bool sc__text_may_be_html(const char *path, const char *text, size_t n);
/* Appends: line ends as \n, no trailing space, no control characters, overstrikes undone, at most
 * one blank line in a row, none at the ends. */
void sc__text_tidy(sc_buffer *out, const char *text, size_t n);

#endif
