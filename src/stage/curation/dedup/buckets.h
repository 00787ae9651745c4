/* buckets.h - pairs (key, place) by the million, gathered by equal key: in memory as long as they
 * fit, else as runs in files, each cut into the same parts by the key's first bits. What shares a
 * part is brought together one part at a time, so that memory is bounded and parts go to all
 * cores. Runs of several processes in one folder are one store. */
#ifndef SC_STAGE_CURATION_DEDUP_BUCKETS_H
#define SC_STAGE_CURATION_DEDUP_BUCKETS_H

#include "base/file.h"

enum { SC_BUCKET_PARTS = 1024 };

typedef struct {
    uint64_t key;   /* evenly spread */
    uint64_t place; /* sc__place: where in the input */
} sc_bucket_item;

static inline int sc__bucket_part(uint64_t key) { return (int)(key >> 54); }

/* File and line (from 1) in one number that grows in the order of the input. */
enum { SC_PLACE_LINE_BITS = 40 };
#define SC_PLACE_FILES_MAX (INT64_C(1) << (64 - SC_PLACE_LINE_BITS))
static inline uint64_t sc__place(int64_t file, int64_t line) {
    return (uint64_t)file << SC_PLACE_LINE_BITS | (uint64_t)line;
}

typedef struct {
    const char *dir; /* DIR/SHARD/ holds the runs of a shard */
    int shard;
    size_t max_bytes; /* held in memory; what is more is written out */
    sc_bucket_item **blocks;
    int64_t n_blocks, cap_blocks, n_last; /* items in the last block */
    char **found;                         /* runs of all shards */
    int64_t n_found, cap_found;
    sc_arena arena;
    int64_t n_runs, n_items, n_part_max;
    uint64_t spilled;      /* bytes */
    sc_bucket_item *parts; /* all in memory, by part; NULL: in the runs */
    int64_t part_start[SC_BUCKET_PARTS + 1];
} sc_buckets;

void sc__buckets_init(sc_buckets *b, const char *dir, int shard, size_t max_bytes);
void sc__buckets_deinit(sc_buckets *b);
SC_MUST_USE sc_status sc__buckets_append(sc_buckets *b, const sc_bucket_item *items, int64_t n);
/* Writes out what is in memory: another process will gather it. */
SC_MUST_USE sc_status sc__buckets_flush(sc_buckets *b);
/* Nothing more will be appended. n_shards: those whose runs lie in the folder; 0: what was appended
 * here. */
SC_MUST_USE sc_status sc__buckets_gather(sc_buckets *b, int n_shards);

/* The items of one part, sorted by key and then place; the caller frees them. Threads may call it
 * for different parts. SC_FORMAT: a run is damaged. */
SC_MUST_USE sc_status sc__buckets_load(sc_bucket_item **out, int64_t *n, const sc_buckets *b,
                                       int part);

#endif
