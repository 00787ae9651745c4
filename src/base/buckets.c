/* buckets.c - a run is "scbucket", the starts of its parts in items (SC_BUCKET_PARTS + 1 numbers),
 * and the items by part; numbers of 64 bits in the machine's order. */
#define _GNU_SOURCE
#include "base/buckets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_ITEMS = 1 << 16 };

static const char magic[8] = {'s', 'c', 'b', 'u', 'c', 'k', 'e', 't'};
typedef struct {
    char magic[8];
    uint64_t start[SC_BUCKET_PARTS + 1];
} run_head;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "buckets: items by key"); }

void sc__buckets_init(sc_buckets *b, const char *dir, int shard, size_t item, size_t max_bytes) {
    sc_assert(item >= sizeof(uint64_t) && item % sizeof(uint64_t) == 0);
    *b = (sc_buckets){.dir = dir, .shard = shard, .item = item, .max_bytes = max_bytes};
    b->scratch.fd = -1;
}

static inline uint64_t key_of(const void *item) {
    uint64_t key;
    memcpy(&key, item, sizeof key);
    return key;
}

static void free_blocks(sc_buckets *b) {
    for (int64_t i = 0; i < b->n_blocks; i++) sc__free(b->blocks[i]);
    b->n_blocks = b->n_last = 0;
}

void sc__buckets_deinit(sc_buckets *b) {
    free_blocks(b);
    sc__free(b->blocks);
    sc__free(b->parts);
    sc__free(b->runs);
    sc__scratch_close(&b->scratch);
    sc__arena_deinit(&b->arena);
    b->blocks = NULL;
    b->parts = NULL;
    b->runs = NULL;
}

/* ---- appending ------------------------------------------------------------------------------- */

static sc_status add_block(sc_buckets *b) {
    if (b->n_blocks == b->cap_blocks) {
        const int64_t cap = SC_MAX(2 * b->cap_blocks, 64);
        void *grown = sc__realloc(b->blocks, (size_t)cap * sizeof *b->blocks);
        if (!grown) return no_memory();
        b->blocks = grown;
        b->cap_blocks = cap;
    }
    char *block = sc__alloc(BLOCK_ITEMS * b->item);
    if (!block) return no_memory();
    b->blocks[b->n_blocks++] = block;
    b->n_last = 0;
    return SC_OK;
}

/* Half of the room: the other half is where a run is put in order. */
static bool is_full(const sc_buckets *b) {
    const size_t block = BLOCK_ITEMS * b->item;
    return b->n_blocks > 0 && ((size_t)b->n_blocks + 1) * block * 2 > b->max_bytes;
}

sc_status sc__buckets_append(sc_buckets *b, const void *items, int64_t n) {
    const char *from = items;
    while (n > 0) {
        if (!b->n_blocks || b->n_last == BLOCK_ITEMS) {
            if (is_full(b)) SC_TRY(sc__buckets_flush(b));
            SC_TRY(add_block(b));
        }
        const int64_t take = SC_MIN(n, BLOCK_ITEMS - b->n_last);
        const size_t bytes = (size_t)take * b->item;
        memcpy(b->blocks[b->n_blocks - 1] + (size_t)b->n_last * b->item, from, bytes);
        b->n_last += take;
        b->n_items += take;
        from += bytes;
        n -= take;
    }
    return SC_OK;
}

/* ---- by part --------------------------------------------------------------------------------- */

/* Words of 64 bits: a call of memcpy for each item would take most of the time. */
static inline void copy_item(void *to, const void *from, size_t size) {
    uint64_t *t = to;
    const uint64_t *f = from;
    for (size_t i = 0; i < size / sizeof *t; i++) t[i] = f[i];
}

static int64_t block_length(const sc_buckets *b, int64_t i) {
    return i + 1 < b->n_blocks ? BLOCK_ITEMS : b->n_last;
}

static int64_t count_held(const sc_buckets *b) {
    return b->n_blocks ? (b->n_blocks - 1) * BLOCK_ITEMS + b->n_last : 0;
}

/* All that is in memory as one array by part, in the order it came within each; the blocks are
 * freed. start has SC_BUCKET_PARTS + 1 numbers. */
static sc_status order_parts(char **out, int64_t *start, sc_buckets *b) {
    int64_t at[SC_BUCKET_PARTS];
    const size_t size = b->item;
    memset(start, 0, (SC_BUCKET_PARTS + 1) * sizeof *start);
    char *all = sc__alloc((size_t)count_held(b) * size);
    if (!all) return no_memory();
    for (int64_t k = 0; k < b->n_blocks; k++)
        for (int64_t i = 0; i < block_length(b, k); i++)
            start[sc__bucket_part(key_of(b->blocks[k] + (size_t)i * size)) + 1]++;
    for (int p = 0; p < SC_BUCKET_PARTS; p++) start[p + 1] += start[p];
    memcpy(at, start, sizeof at);
    for (int64_t k = 0; k < b->n_blocks; k++)
        for (int64_t i = 0; i < block_length(b, k); i++) {
            const char *from = b->blocks[k] + (size_t)i * size;
            copy_item(all + (size_t)at[sc__bucket_part(key_of(from))]++ * size, from, size);
        }
    free_blocks(b);
    *out = all;
    return SC_OK;
}

static sc_status add_run(sc_buckets *b, sc_bucket_run run) {
    if (b->n_found == b->cap_found) {
        const int64_t cap = SC_MAX(2 * b->cap_found, 64);
        void *grown = sc__realloc(b->runs, (size_t)cap * sizeof *b->runs);
        if (!grown) return no_memory();
        b->runs = grown;
        b->cap_found = cap;
    }
    b->runs[b->n_found++] = run;
    return SC_OK;
}

static const char *shard_dir(sc_buckets *b, int shard) {
    return sc__arena_printf(&b->arena, "%s/%05d", b->dir, shard);
}

static sc_status write_file(sc_buckets *b, const run_head *head, const char *all, size_t bytes) {
    sc_writer w;
    const char *dir = shard_dir(b, b->shard);
    if (!dir) return no_memory();
    SC_TRY(sc__dir_make(dir));
    const char *path = sc__arena_printf(&b->arena, "%s/%06" PRId64 ".run", dir, b->n_runs);
    if (!path) return no_memory();
    SC_TRY(sc__writer_open(&w, path));
    sc__writer_append(&w, head, sizeof *head);
    sc__writer_append(&w, all, bytes);
    return sc__writer_commit(&w);
}

static sc_status write_scratch(sc_buckets *b, const run_head *head, const char *all, size_t bytes) {
    uint64_t at, behind;
    if (b->scratch.fd < 0) SC_TRY(sc__scratch_open(&b->scratch, b->dir));
    SC_TRY(sc__scratch_append(&b->scratch, &at, head, sizeof *head));
    SC_TRY(sc__scratch_append(&b->scratch, &behind, all, bytes));
    return add_run(b, (sc_bucket_run){NULL, at, sizeof *head + bytes, b->shard});
}

static sc_status write_run(sc_buckets *b, const char *all, const int64_t *start) {
    run_head head;
    const size_t bytes = (size_t)start[SC_BUCKET_PARTS] * b->item;
    memcpy(head.magic, magic, sizeof magic);
    for (int p = 0; p <= SC_BUCKET_PARTS; p++) head.start[p] = (uint64_t)start[p];
    SC_TRY(b->shard == SC_BUCKETS_ALONE ? write_scratch(b, &head, all, bytes)
                                        : write_file(b, &head, all, bytes));
    b->n_runs++;
    b->spilled += sizeof head + bytes;
    return SC_OK;
}

sc_status sc__buckets_flush(sc_buckets *b) {
    int64_t start[SC_BUCKET_PARTS + 1];
    char *all;
    SC_TRY(order_parts(&all, start, b));
    const sc_status s = write_run(b, all, start);
    sc__free(all);
    return s;
}

/* ---- gathering ------------------------------------------------------------------------------- */

static sc_status damaged(const char *path) {
    return SC_FAIL(SC_FORMAT, "%s: not a run of keys, or cut short", path);
}

static sc_status read_at(int fd, void *to, size_t n, uint64_t at, const char *path) {
    char *p = to;
    while (n > 0) {
        const ssize_t got = pread(fd, p, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return SC_FAIL(SC_IO, "%s: cannot read: %s", path, strerror(errno));
        if (!got) return damaged(path);
        p += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return SC_OK;
}

static const char *name_of(const sc_bucket_run *r) { return r->path ? r->path : "a scratch file"; }

static sc_status open_run(int *fd, const sc_buckets *b, const sc_bucket_run *r) {
    *fd = r->path ? open(r->path, O_RDONLY | O_CLOEXEC) : b->scratch.fd;
    if (*fd < 0) return SC_FAIL(SC_IO, "%s: cannot open: %s", r->path, strerror(errno));
    return SC_OK;
}

static void close_run(int fd, const sc_bucket_run *r) {
    if (r->path) close(fd);
}

static sc_status check_head(const run_head *head, const sc_bucket_run *r, size_t item) {
    if (memcmp(head->magic, magic, sizeof magic)) return damaged(name_of(r));
    const uint64_t n = (r->size - sizeof *head) / item;
    if (head->start[0] || head->start[SC_BUCKET_PARTS] > n) return damaged(name_of(r));
    for (int p = 0; p < SC_BUCKET_PARTS; p++)
        if (head->start[p] > head->start[p + 1]) return damaged(name_of(r));
    return SC_OK;
}

/* Adds how many items of each part a run has. */
static sc_status count_run(int64_t *count, const sc_buckets *b, const sc_bucket_run *r) {
    run_head head;
    int fd;
    if (r->size < sizeof head) return damaged(name_of(r));
    SC_TRY(open_run(&fd, b, r));
    sc_status s = read_at(fd, &head, sizeof head, r->at, name_of(r));
    close_run(fd, r);
    if (s >= 0) s = check_head(&head, r, b->item);
    for (int p = 0; p < SC_BUCKET_PARTS && s >= 0; p++)
        count[p] += (int64_t)(head.start[p + 1] - head.start[p]);
    return s;
}

static sc_status find_runs(sc_buckets *b, int shard) {
    sc_paths paths;
    uint64_t size;
    const char *dir = shard_dir(b, shard);
    if (!dir) return no_memory();
    if (!sc__path_exists(dir)) return SC_OK; /* no keys */
    SC_TRY(sc__paths_find(&paths, &b->arena, dir));
    for (int64_t i = 0; i < paths.n; i++) {
        SC_TRY(sc__path_size(paths.paths[i], &size));
        SC_TRY(add_run(b, (sc_bucket_run){paths.paths[i], 0, size, shard}));
    }
    return SC_OK;
}

static sc_status gather_memory(sc_buckets *b) {
    SC_TRY(order_parts(&b->parts, b->part_start, b));
    for (int p = 0; p < SC_BUCKET_PARTS; p++)
        b->n_part_max = SC_MAX(b->n_part_max, b->part_start[p + 1] - b->part_start[p]);
    return SC_OK;
}

sc_status sc__buckets_gather(sc_buckets *b, int n_shards) {
    int64_t count[SC_BUCKET_PARTS] = {0};
    if (!n_shards && !b->n_runs) return gather_memory(b);
    if (b->n_blocks) SC_TRY(sc__buckets_flush(b));
    for (int i = 0; b->shard != SC_BUCKETS_ALONE && i < SC_MAX(n_shards, 1); i++)
        SC_TRY(find_runs(b, i));
    for (int64_t r = 0; r < b->n_found; r++) SC_TRY(count_run(count, b, &b->runs[r]));
    b->n_items = 0;
    for (int p = 0; p < SC_BUCKET_PARTS; p++) {
        b->n_items += count[p];
        b->n_part_max = SC_MAX(b->n_part_max, count[p]);
    }
    return SC_OK;
}

/* ---- one part -------------------------------------------------------------------------------- */

/* By the eight bits at `shift`, keeping the order of equal ones. */
static void sort_digit(char *to, const char *from, int64_t n, int shift, size_t size) {
    int64_t at[257] = {0};
    for (int64_t i = 0; i < n; i++) at[(key_of(from + (size_t)i * size) >> shift & 255) + 1]++;
    for (int d = 0; d < 256; d++) at[d + 1] += at[d];
    for (int64_t i = 0; i < n; i++, from += size)
        copy_item(to + (size_t)at[key_of(from) >> shift & 255]++ * size, from, size);
}

/* The top ten bits are the part's: seven digits are left. */
static sc_status sort_items(char **items, int64_t n, size_t size) {
    if (n < 2) return SC_OK;
    char *room = sc__alloc((size_t)n * size);
    if (!room) return no_memory();
    for (int digit = 0; digit < 7; digit++) {
        sort_digit(room, *items, n, 8 * digit, size);
        char *swap = *items;
        *items = room;
        room = swap;
    }
    sc__free(room);
    return SC_OK;
}

/* Appends the items of a run's part to the *n that are there. */
static sc_status read_part(char *to, int64_t *n, const sc_buckets *b, const sc_bucket_run *r,
                           int part) {
    uint64_t start[2];
    int fd;
    SC_TRY(open_run(&fd, b, r));
    const uint64_t at = r->at + offsetof(run_head, start) + (uint64_t)part * sizeof *start;
    sc_status s = read_at(fd, start, sizeof start, at, name_of(r));
    const uint64_t count = start[1] - start[0];
    if (s >= 0 && count > (uint64_t)(b->n_part_max - *n)) s = damaged(name_of(r));
    if (s >= 0)
        s = read_at(fd, to + (size_t)*n * b->item, count * b->item,
                    r->at + sizeof(run_head) + start[0] * b->item, name_of(r));
    close_run(fd, r);
    if (s >= 0 && b->adopt)
        s = b->adopt(b->adopt_user, r->shard, to + (size_t)*n * b->item, (int64_t)count);
    if (s >= 0) *n += (int64_t)count;
    return s;
}

sc_status sc__buckets_load(void **out, int64_t *n, const sc_buckets *b, int part) {
    const int64_t held = b->parts ? b->part_start[part + 1] - b->part_start[part] : b->n_part_max;
    *out = NULL;
    *n = 0;
    if (!held) return SC_OK;
    char *items = sc__alloc((size_t)held * b->item);
    sc_status s = items ? SC_OK : no_memory();
    if (s >= 0 && b->parts) {
        memcpy(items, b->parts + (size_t)b->part_start[part] * b->item, (size_t)held * b->item);
        *n = held;
    }
    for (int64_t r = 0; r < b->n_found && s >= 0; r++)
        s = read_part(items, n, b, &b->runs[r], part);
    if (s >= 0) s = sort_items(&items, *n, b->item);
    if (s >= 0)
        *out = items;
    else
        sc__free(items);
    return s;
}
