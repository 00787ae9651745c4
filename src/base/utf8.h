/* utf8.h - checking, repairing and walking UTF-8 (RFC 3629: no surrogates, no overlong forms,
 * nothing above U+10FFFF). */
#ifndef SC_BASE_UTF8_H
#define SC_BASE_UTF8_H

#include "base/buffer.h"

/* Length of the longest prefix that is valid UTF-8: n when all of it is. */
size_t sc__utf8_valid_prefix(const char *bytes, size_t n);

/* Bytes at the end (0 to 3) that begin a sequence which further bytes could complete. A reader in
 * pieces keeps these for the next piece. */
size_t sc__utf8_partial_tail(const char *bytes, size_t n);

/* Length of the invalid sequence that n > 0 bytes begin with (1 to 3): what becomes one U+FFFD. */
size_t sc__utf8_invalid_length(const char *bytes, size_t n);

/* Appends the bytes to `out`, each invalid sequence as one U+FFFD (EF BF BD), and adds how many
 * there were to *n_replaced (may be NULL). What counts as one sequence is the "maximal subpart" of
 * the Unicode standard (section 3.9), as Python's errors="replace" does. */
SC_MUST_USE sc_status sc__utf8_repair(sc_buffer *out, const char *bytes, size_t n,
                                      int64_t *n_replaced);

/* ---- of valid UTF-8
 * ------------------------------------------------------------------------------ */

/* The code point at p and its length in bytes (1 to 4). */
static inline uint32_t sc__utf8_decode(const char *p, int *n) {
    const unsigned char *u = (const unsigned char *)p;
    if (u[0] < 0x80) return *n = 1, u[0];
    if (u[0] < 0xE0) return *n = 2, (u[0] & 0x1Fu) << 6 | (u[1] & 0x3Fu);
    if (u[0] < 0xF0) return *n = 3, (u[0] & 0xFu) << 12 | (u[1] & 0x3Fu) << 6 | (u[2] & 0x3Fu);
    *n = 4;
    return (u[0] & 7u) << 18 | (u[1] & 0x3Fu) << 12 | (u[2] & 0x3Fu) << 6 | (u[3] & 0x3Fu);
}

/* A byte that continues a character. */
static inline bool sc__utf8_is_inner(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

/* Where the character begins that text[at] is a byte of. */
static inline size_t sc__utf8_start(const char *text, size_t at) {
    while (at && sc__utf8_is_inner(text[at])) at--;
    return at;
}

/* Characters (code points) of n bytes. */
static inline int64_t sc__utf8_count(const char *text, size_t n) {
    int64_t count = 0;
    for (size_t i = 0; i < n; i++) count += !sc__utf8_is_inner(text[i]);
    return count;
}

/* Bytes of the first k characters; n where there are no more than k. */
static inline size_t sc__utf8_prefix(const char *text, size_t n, int64_t k) {
    size_t i = 0;
    while (i < n && (sc__utf8_is_inner(text[i]) || k-- > 0)) i++;
    return i;
}

/* Writes code point c (below 0x110000) at `to`, which has room for 4 bytes; returns how many. */
static inline int sc__utf8_encode(char *to, uint32_t c) {
    if (c < 0x80) return to[0] = (char)c, 1;
    if (c < 0x800) return to[0] = (char)(0xC0 | c >> 6), to[1] = (char)(0x80 | (c & 0x3F)), 2;
    to[0] = (char)(c < 0x10000 ? 0xE0 | c >> 12 : 0xF0 | c >> 18);
    if (c >= 0x10000) *++to = (char)(0x80 | (c >> 12 & 0x3F));
    to[1] = (char)(0x80 | (c >> 6 & 0x3F));
    to[2] = (char)(0x80 | (c & 0x3F));
    return c < 0x10000 ? 3 : 4;
}

#endif
