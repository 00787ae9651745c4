/* charset.h - bytes of an unknown or claimed character set as UTF-8, in Unicode's composed form.
 *
 * Order of belief: a byte order mark; bytes that are UTF-8 and use it (no other set looks so by
 * chance; one broken sequence in twenty is let pass), whatever a label says; the label of the
 * carrier (HTTP); the label in an HTML page; the guess of uchardet from the bytes; windows-1252.
 * A label is passed over where the bytes are not in its set and are in one that comes after it.
 * Labels mean what browsers take them to mean (WHATWG Encoding Standard: "latin1" is windows-1252).
 */
#ifndef SC_FORMAT_CHARSET_H
#define SC_FORMAT_CHARSET_H

#include "base/buffer.h"

typedef struct {
    char name[40];    /* "utf-8", "windows-1252", as iconv calls it, lower case */
    int64_t replaced; /* sequences that are none of that set: each became U+FFFD */
} sc_charset;

/* *text of *n bytes in, as UTF-8 out: the same bytes behind a byte order mark where they are that,
 * else it lies in `room` (cleared). `label`: of the carrier, NULL or "" for none. is_html: look for
 * a label in the first 1024 bytes. */
SC_MUST_USE sc_status sc__charset_decode(const char **text, size_t *n, sc_charset *set,
                                         sc_buffer *room, const char *label, bool is_html);

/* Valid UTF-8 in Unicode normal form C (UAX 15): *text is itself where it is that already, else
 * lies in `room` (cleared). */
SC_MUST_USE sc_status sc__text_compose(const char **text, size_t *n, sc_buffer *room);

#endif
