/* json.h - jansson with our error texts: every failure names the file and the field. */
#ifndef SC_BASE_JSON_H
#define SC_BASE_JSON_H

#include "base/buffer.h"

#include <jansson.h>

/* Owned by the caller (json_decref). Duplicate keys and bytes after the value are refused. */
SC_MUST_USE sc_status sc__json_load(json_t **out, const char *path);
SC_MUST_USE sc_status sc__json_parse(json_t **out, const char *text, size_t n, const char *name);
/* Atomic; keys in order of insertion, two spaces of indent, a newline at the end. Reals here and
 * below have the fewest digits (15 to 17) that read back as the same number. */
SC_MUST_USE sc_status sc__json_save(const json_t *value, const char *path);
/* One line, appended; the status is the buffer's. */
void sc__json_print(sc_buffer *out, const json_t *value);
/* One line, keys sorted by their bytes: the same text for the same value, to be hashed. */
void sc__json_print_sorted(sc_buffer *out, const json_t *value);
/* A finite number as those write it, appended. */
void sc__json_print_real(sc_buffer *out, double d);
/* As sc__json_save writes it, appended. */
void sc__json_print_lines(sc_buffer *out, const json_t *value);

/* Typed reading of one key of an object. `name` is the file for the error text. The absent key and
 * null give `dflt`; a value of another type is SC_FORMAT. Strings are borrowed from the object. */
SC_MUST_USE sc_status sc__json_get_int(int64_t *out, const json_t *o, const char *key, int64_t dflt,
                                       const char *name);
SC_MUST_USE sc_status sc__json_get_real(double *out, const json_t *o, const char *key, double dflt,
                                        const char *name);
SC_MUST_USE sc_status sc__json_get_bool(bool *out, const json_t *o, const char *key, bool dflt,
                                        const char *name);
SC_MUST_USE sc_status sc__json_get_string(const char **out, const json_t *o, const char *key,
                                          const char *dflt, const char *name);

#endif
