/* store.h - what must be known of each document that shares a bucket with another: its id, its
 * length, its score, and the evidence it is compared by (its set of n-grams, or its digest). In
 * memory up to a limit, beyond it in a file; put once by one thread, read by all. Where processes
 * share a job each puts its own into a file, and all are read together. */
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
    const char *path;
    int fd;
    uint64_t size; /* of the candidates in it */
} sc_store_file;

typedef struct {
    const char *path; /* of what is put */
    size_t max_bytes;
    int64_t n;
    const void **at;  /* in memory; NULL: in a file, or never put */
    uint64_t *offset; /* in the file, + 1, and the file's number above SC_STORE_OFFSET_BITS */
    sc_arena arena;
    sc_writer writer;
    bool writing;
    sc_store_file *files;
    int n_files;
    uint64_t spilled;
} sc_store;

enum { SC_STORE_OFFSET_BITS = 44 };

/* For candidates 0 .. n-1. */
SC_MUST_USE sc_status sc__store_init(sc_store *s, const char *path, int64_t n, size_t max_bytes);
void sc__store_deinit(sc_store *s); /* removes the file, unless others are to read it */
static inline size_t sc__candidate_bytes(const sc_candidate_head *h) {
    return sizeof *h + (size_t)h->n_set * 8 + (((size_t)h->n_id + 7) & ~(size_t)7);
}
/* The bytes of one candidate: head, set, id, padded to 8. */
SC_MUST_USE sc_status sc__store_put(sc_store *s, const void *candidate);
/* Nothing more is put; it may be read from now on. */
SC_MUST_USE sc_status sc__store_finish(sc_store *s);
/* In place of that: what was put stays in the file for others, with an index at its end. */
SC_MUST_USE sc_status sc__store_leave(sc_store *s);
/* What others left; the paths are borrowed. SC_FORMAT: a file is damaged, or two hold the same
 * candidate. */
SC_MUST_USE sc_status sc__store_load(sc_store *s, int64_t n, const char *const *paths, int n_paths);
/* Borrowed from the store or made in `room`. SC_FORMAT where it was never put: the input has
 * changed meanwhile; or where the file holds something else. */
SC_MUST_USE sc_status sc__store_get(sc_candidate *out, sc_buffer *room, const sc_store *s,
                                    int64_t number);

#endif
