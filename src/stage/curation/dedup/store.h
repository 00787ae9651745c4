/* store.h - what must be known of each document that shares a bucket with another: its id, its
 * length, its score, and the evidence it is compared by (its set of n-grams, or its digest). In
 * memory up to a limit, beyond it in a file; put once by one thread, read by all. */
#ifndef SC_STAGE_CURATION_DEDUP_STORE_H
#define SC_STAGE_CURATION_DEDUP_STORE_H

#include "base/file.h"
#include "format/json_scan.h"

typedef struct {
    int64_t number; /* of the candidate, from 0 */
    int64_t n_set;
    int64_t length; /* bytes of the text */
    double score;
    int64_t n_id;
} sc_candidate_head; /* followed by the set, 8 bytes each, and the id */

typedef struct {
    sc_candidate_head head;
    const uint64_t *set;
    const char *id;
} sc_candidate;

typedef struct {
    const char *path; /* of the file */
    size_t max_bytes;
    int64_t n;
    const void **at;  /* in memory; NULL: in the file, or never put */
    uint64_t *offset; /* in the file, + 1 */
    sc_arena arena;
    sc_writer writer;
    bool writing;
    int fd;
    uint64_t spilled;
} sc_store;

/* For candidates 0 .. n-1. */
SC_MUST_USE sc_status sc__store_init(sc_store *s, const char *path, int64_t n, size_t max_bytes);
void sc__store_deinit(sc_store *s); /* removes the file */
static inline size_t sc__candidate_bytes(const sc_candidate_head *h) {
    return sizeof *h + (size_t)h->n_set * 8 + (((size_t)h->n_id + 7) & ~(size_t)7);
}
/* The bytes of one candidate: head, set, id, padded to 8. */
SC_MUST_USE sc_status sc__store_put(sc_store *s, const void *candidate);
/* Nothing more is put; it may be read from now on. */
SC_MUST_USE sc_status sc__store_finish(sc_store *s);
/* Borrowed from the store or made in `room`. SC_FORMAT where it was never put: the input has
 * changed meanwhile. */
SC_MUST_USE sc_status sc__store_get(sc_candidate *out, sc_buffer *room, const sc_store *s,
                                    int64_t number);

#endif
