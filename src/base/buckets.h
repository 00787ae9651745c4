/* buckets.h - items of one size by the billion, brought together by equal key: in memory as long as
 * they fit, else as runs in files, each cut into the same parts by the key's first bits. What
 * shares a part is brought together one part at a time, so that memory is bounded and parts go to
 * all cores. Runs of several processes in one folder are one store. */
#ifndef SC_BASE_BUCKETS_H
#define SC_BASE_BUCKETS_H

#include "base/file.h"

enum { SC_BUCKET_PARTS = 1024 };

static inline int sc__bucket_part(uint64_t key) { return (int)(key >> 54); }

/* A run: a file of that name; NULL: a part of the scratch file. */
typedef struct {
    const char *path;
    uint64_t at, size;
    int shard;
} sc_bucket_run;

enum { SC_BUCKETS_ALONE = -1 }; /* a shard whose runs no other process reads: nothing is left */

typedef struct {
    const char *dir; /* DIR/SHARD/ holds the runs of a shard; must be there for SC_BUCKETS_ALONE */
    int shard;
    size_t item;      /* bytes of one: a multiple of 8; the first 8 are its key */
    size_t max_bytes; /* held in memory; what is more is written out */
    char **blocks;
    int64_t n_blocks, cap_blocks, n_last; /* items in the last block */
    sc_bucket_run *runs;                  /* of all shards */
    int64_t n_found, cap_found;
    /* Makes what a shard wrote the whole store's, as it is read; the keys stay. NULL: it is. */
    sc_status (*adopt)(const void *user, int shard, void *items, int64_t n);
    const void *adopt_user;
    sc_scratch scratch;
    sc_arena arena;
    int64_t n_runs, n_items, n_part_max;
    uint64_t spilled; /* bytes */
    char *parts;      /* all in memory, by part; NULL: in the runs */
    int64_t part_start[SC_BUCKET_PARTS + 1];
} sc_buckets;

void sc__buckets_init(sc_buckets *b, const char *dir, int shard, size_t item, size_t max_bytes);
void sc__buckets_deinit(sc_buckets *b);
/* n items; their keys are evenly spread, uint64_t each. */
SC_MUST_USE sc_status sc__buckets_append(sc_buckets *b, const void *items, int64_t n);
/* Writes out what is in memory: another process will gather it. */
SC_MUST_USE sc_status sc__buckets_flush(sc_buckets *b);
/* Nothing more will be appended. n_shards: those whose runs lie in the folder; 0: what was appended
 * here. */
SC_MUST_USE sc_status sc__buckets_gather(sc_buckets *b, int n_shards);

/* The items of one part, sorted by key; equal keys in the order in which they were appended, shard
 * after shard. The caller frees them. Threads may call it for different parts. SC_FORMAT: a run is
 * damaged. */
SC_MUST_USE sc_status sc__buckets_load(void **out, int64_t *n, const sc_buckets *b, int part);

#endif
