/* json_scan.h - JSON text checked and looked into without building it: bulk JSONL is mostly one
 * long string a line, and what a step does not touch is passed on as the very bytes that came.
 *
 * Source: RFC 8259. Stricter than it in two things: nesting has a bound, and the text must be valid
 * UTF-8 already (sc__utf8_repair). */
#ifndef SC_FORMAT_JSON_SCAN_H
#define SC_FORMAT_JSON_SCAN_H

#include "base/buffer.h"

enum { SC_JSON_DEPTH_MAX = 128, SC_JSON_KEYS_MAX = 16 };

/* Checks that text is one JSON object and finds the values of these keys in it, as they stand
 * there. SC_FORMAT with the byte (from 1) where it is wrong, and for a wanted key that comes
 * twice. */
SC_MUST_USE sc_status sc__json_find(sc_slice *values, const char *const *keys, int n_keys,
                                    const char *text, size_t n);
/* The value at a path of keys ("metadata", "url") in JSON that was checked; p NULL when there is
 * none. */
sc_slice sc__json_at(sc_slice json, const char *const *path, int n_path);

/* The members of an object that was checked, one a call: *rest is the object at first. The key is
 * with its quotes. False after the last. */
bool sc__json_member(sc_slice *key, sc_slice *value, sc_slice *rest);

/* What a string value (with its quotes, checked) says. Borrowed from the value when it holds no
 * escape, else made in `room`, which is cleared. Half a surrogate pair becomes U+FFFD and is added
 * to *n_replaced. */
SC_MUST_USE sc_status sc__json_unquote(sc_slice *out, sc_buffer *room, sc_slice value,
                                       int64_t *n_replaced);
/* Appends a string value, with quotes. The text is valid UTF-8. */
void sc__json_quote(sc_buffer *out, const char *text, size_t n);

#endif
