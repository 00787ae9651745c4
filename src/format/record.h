/* record.h - one document of a corpus: a line of JSONL in the Dolma layout (Soldaini et al. 2024),
 *
 *     {"id": "...", "text": "...", "source": "...", "added": "...", "created": "...",
 *      "metadata": {"url": "...", "licence": "...", "sha256": "...", ...}}
 *
 * Only `text` must be there. A record remembers the line it came from: what a step does not change
 * is written as the very bytes that were read, unknown keys included. */
#ifndef SC_FORMAT_RECORD_H
#define SC_FORMAT_RECORD_H

#include "base/json.h"
#include "format/json_scan.h"

typedef enum {
    SC_RECORD_ID,
    SC_RECORD_TEXT,
    SC_RECORD_SOURCE,
    SC_RECORD_ADDED,
    SC_RECORD_CREATED,
    SC_RECORD_METADATA,
    SC_RECORD_N_FIELDS
} sc_record_field;

/* Other names for `id` and `text` in the input; NULL: the usual ones. */
typedef struct {
    const char *id, *text;
} sc_record_names;

typedef struct {
    sc_slice text;                      /* what it says: valid UTF-8, may hold zeros */
    sc_slice line;                      /* the JSON object as read, without the newline */
    sc_slice value[SC_RECORD_N_FIELDS]; /* as they stand in the line; p NULL: absent */
} sc_record;

/* A line of valid UTF-8, borrowed by the record; an escaped text is made in `room`. SC_FORMAT: not
 * an object, no text, or a text that is no string. n_replaced as sc__json_unquote. */
SC_MUST_USE sc_status sc__record_parse(sc_record *out, sc_buffer *room, sc_slice line,
                                       const sc_record_names *names, int64_t *n_replaced);
/* Appends its id: its own (a number as its digits), else the first 32 digits of the SHA-256 of its
 * text. */
SC_MUST_USE sc_status sc__record_id(sc_buffer *out, const sc_record *r);
/* A string of its metadata ("url"), or of the record itself where the metadata has none; made in
 * `room` where it has escapes. p NULL: there is no such string. */
SC_MUST_USE sc_status sc__record_string(sc_slice *out, sc_buffer *room, const sc_record *r,
                                        const char *key);

/* Appends the line again with other text and with the members of `extra` put into its metadata;
 * either may be NULL: the same. Where the text changes, metadata.sha256 becomes that of the new
 * one. With a newline. */
SC_MUST_USE sc_status sc__record_change(sc_buffer *out, const sc_record *r, const sc_slice *text,
                                        json_t *extra);

/* A new record. Slices with p NULL are left out; id is made of the text where it has none;
 * metadata.sha256 is set. With a newline. `metadata` is an object or NULL, and stays the caller's.
 */
typedef struct {
    sc_slice id, text, source, added, created; /* added, created: RFC 3339, UTC */
    json_t *metadata;
} sc_new_record;
SC_MUST_USE sc_status sc__record_write(sc_buffer *out, const sc_new_record *r);

#endif
