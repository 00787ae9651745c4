/* buckets.c - a run is a file: "scbucket", the starts of its parts in items (SC_BUCKET_PARTS + 1
 * numbers), and the items by part; numbers of 64 bits in the machine's order. */
#define _GNU_SOURCE
#include "stage/curation/dedup/buckets.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK_ITEMS = 1 << 16 };

static const char magic[8] = {'s', 'c', 'b', 'u', 'c', 'k', 'e', 't'};
typedef struct {
    char magic[8];
    uint64_t start[SC_BUCKET_PARTS + 1];
} run_head;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup: keys of documents"); }

void sc__buckets_init(sc_buckets *b, const char *dir, int shard, size_t max_bytes) {
    *b = (sc_buckets){.dir = dir, .shard = shard, .max_bytes = max_bytes};
}

static void free_blocks(sc_buckets *b) {
    for (int64_t i = 0; i < b->n_blocks; i++) sc__free(b->blocks[i]);
    b->n_blocks = b->n_last = 0;
}

void sc__buckets_deinit(sc_buckets *b) {
    free_blocks(b);
    sc__free(b->blocks);
    sc__free(b->parts);
    sc__free(b->found);
    sc__arena_deinit(&b->arena);
    b->blocks = NULL;
    b->parts = NULL;
    b->found = NULL;
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
    sc_bucket_item *block = sc__alloc(BLOCK_ITEMS * sizeof *block);
    if (!block) return no_memory();
    b->blocks[b->n_blocks++] = block;
    b->n_last = 0;
    return SC_OK;
}

/* Half of the room: the other half is where a run is put in order. */
static bool is_full(const sc_buckets *b) {
    const size_t block = BLOCK_ITEMS * sizeof(sc_bucket_item);
    return b->n_blocks > 0 && ((size_t)b->n_blocks + 1) * block * 2 > b->max_bytes;
}

sc_status sc__buckets_append(sc_buckets *b, const sc_bucket_item *items, int64_t n) {
    while (n > 0) {
        if (!b->n_blocks || b->n_last == BLOCK_ITEMS) {
            if (is_full(b)) SC_TRY(sc__buckets_flush(b));
            SC_TRY(add_block(b));
        }
        const int64_t take = SC_MIN(n, BLOCK_ITEMS - b->n_last);
        memcpy(b->blocks[b->n_blocks - 1] + b->n_last, items, (size_t)take * sizeof *items);
        b->n_last += take;
        b->n_items += take;
        items += take;
        n -= take;
    }
    return SC_OK;
}

/* ---- by part --------------------------------------------------------------------------------- */

static int64_t block_length(const sc_buckets *b, int64_t i) {
    return i + 1 < b->n_blocks ? BLOCK_ITEMS : b->n_last;
}

static int64_t count_held(const sc_buckets *b) {
    return b->n_blocks ? (b->n_blocks - 1) * BLOCK_ITEMS + b->n_last : 0;
}

/* All that is in memory as one array by part, in the order it came within each; the blocks are
 * freed. start has SC_BUCKET_PARTS + 1 numbers. */
static sc_status order_parts(sc_bucket_item **out, int64_t *start, sc_buckets *b) {
    int64_t at[SC_BUCKET_PARTS];
    memset(start, 0, (SC_BUCKET_PARTS + 1) * sizeof *start);
    sc_bucket_item *all = sc__alloc((size_t)count_held(b) * sizeof *all);
    if (!all) return no_memory();
    for (int64_t k = 0; k < b->n_blocks; k++)
        for (int64_t i = 0; i < block_length(b, k); i++)
            start[sc__bucket_part(b->blocks[k][i].key) + 1]++;
    for (int p = 0; p < SC_BUCKET_PARTS; p++) start[p + 1] += start[p];
    memcpy(at, start, sizeof at);
    for (int64_t k = 0; k < b->n_blocks; k++)
        for (int64_t i = 0; i < block_length(b, k); i++)
            all[at[sc__bucket_part(b->blocks[k][i].key)]++] = b->blocks[k][i];
    free_blocks(b);
    *out = all;
    return SC_OK;
}

static const char *shard_dir(sc_buckets *b, int shard) {
    return sc__arena_printf(&b->arena, "%s/%05d", b->dir, shard);
}

static sc_status write_run(sc_buckets *b, const sc_bucket_item *all, const int64_t *start) {
    run_head head;
    sc_writer w;
    const char *dir = shard_dir(b, b->shard);
    if (!dir) return no_memory();
    SC_TRY(sc__dir_make(dir));
    memcpy(head.magic, magic, sizeof magic);
    for (int p = 0; p <= SC_BUCKET_PARTS; p++) head.start[p] = (uint64_t)start[p];
    const char *path = sc__arena_printf(&b->arena, "%s/%06" PRId64 ".run", dir, b->n_runs++);
    if (!path) return no_memory();
    const size_t bytes = (size_t)start[SC_BUCKET_PARTS] * sizeof *all;
    SC_TRY(sc__writer_open(&w, path));
    sc__writer_append(&w, &head, sizeof head);
    sc__writer_append(&w, all, bytes);
    b->spilled += sizeof head + bytes;
    return sc__writer_commit(&w);
}

sc_status sc__buckets_flush(sc_buckets *b) {
    int64_t start[SC_BUCKET_PARTS + 1];
    sc_bucket_item *all;
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

static sc_status read_head(run_head *out, int fd, const char *path) {
    uint64_t size;
    SC_TRY(sc__path_size(path, &size));
    SC_TRY(read_at(fd, out, sizeof *out, 0, path));
    if (memcmp(out->magic, magic, sizeof magic)) return damaged(path);
    const uint64_t n = (size - sizeof *out) / sizeof(sc_bucket_item);
    if (out->start[0] || out->start[SC_BUCKET_PARTS] > n) return damaged(path);
    for (int p = 0; p < SC_BUCKET_PARTS; p++)
        if (out->start[p] > out->start[p + 1]) return damaged(path);
    return SC_OK;
}

static sc_status open_run(int *fd, run_head *head, const char *path) {
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) return SC_FAIL(SC_IO, "%s: cannot open: %s", path, strerror(errno));
    const sc_status s = read_head(head, *fd, path);
    if (s < 0) close(*fd);
    return s;
}

/* Adds how many items of each part a run has. */
static sc_status count_run(int64_t *count, const char *path) {
    run_head head;
    int fd;
    SC_TRY(open_run(&fd, &head, path));
    close(fd);
    for (int p = 0; p < SC_BUCKET_PARTS; p++)
        count[p] += (int64_t)(head.start[p + 1] - head.start[p]);
    return SC_OK;
}

static sc_status add_run(sc_buckets *b, char *path) {
    if (b->n_found == b->cap_found) {
        const int64_t cap = SC_MAX(2 * b->cap_found, 64);
        void *grown = sc__realloc(b->found, (size_t)cap * sizeof *b->found);
        if (!grown) return no_memory();
        b->found = grown;
        b->cap_found = cap;
    }
    b->found[b->n_found++] = path;
    return SC_OK;
}

static sc_status find_runs(sc_buckets *b, int64_t *count, int shard) {
    sc_paths paths;
    const char *dir = shard_dir(b, shard);
    if (!dir) return no_memory();
    if (!sc__path_exists(dir)) return SC_OK; /* no keys */
    SC_TRY(sc__paths_find(&paths, &b->arena, dir));
    for (int64_t i = 0; i < paths.n; i++) {
        SC_TRY(count_run(count, paths.paths[i]));
        SC_TRY(add_run(b, paths.paths[i]));
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
    for (int i = 0; i < SC_MAX(n_shards, 1); i++) SC_TRY(find_runs(b, count, i));
    b->n_items = 0;
    for (int p = 0; p < SC_BUCKET_PARTS; p++) {
        b->n_items += count[p];
        b->n_part_max = SC_MAX(b->n_part_max, count[p]);
    }
    return SC_OK;
}

/* ---- one part -------------------------------------------------------------------------------- */

/* By the eight bits at `shift`, keeping the order of equal ones. */
static void sort_digit(sc_bucket_item *to, const sc_bucket_item *from, int64_t n, int shift) {
    int64_t at[257] = {0};
    for (int64_t i = 0; i < n; i++) at[(from[i].key >> shift & 255) + 1]++;
    for (int d = 0; d < 256; d++) at[d + 1] += at[d];
    for (int64_t i = 0; i < n; i++) to[at[from[i].key >> shift & 255]++] = from[i];
}

static int compare(const void *a, const void *b) {
    const sc_bucket_item *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Runs of shards lie one after another, so that places of equal keys may be out of order. */
static void order_places(sc_bucket_item *items, int64_t n) {
    for (int64_t i = 0, end; i < n; i = end) {
        bool rising = true;
        for (end = i + 1; end < n && items[end].key == items[i].key; end++)
            rising &= items[end - 1].place <= items[end].place;
        if (!rising) qsort(items + i, (size_t)(end - i), sizeof *items, compare);
    }
}

/* The top ten bits are the part's: seven digits are left. */
static sc_status sort_items(sc_bucket_item **items, int64_t n) {
    if (n < 2) return SC_OK;
    sc_bucket_item *room = sc__alloc((size_t)n * sizeof *room);
    if (!room) return no_memory();
    for (int digit = 0; digit < 7; digit++) {
        sort_digit(room, *items, n, 8 * digit);
        sc_bucket_item *swap = *items;
        *items = room;
        room = swap;
    }
    sc__free(room);
    order_places(*items, n);
    return SC_OK;
}

static sc_status read_part(sc_bucket_item *to, int64_t *n, int64_t room, const char *path,
                           int part) {
    run_head head;
    int fd;
    SC_TRY(open_run(&fd, &head, path));
    const uint64_t first = head.start[part], count = head.start[part + 1] - first;
    sc_status s = SC_OK;
    if (count > (uint64_t)(room - *n)) s = damaged(path);
    if (s >= 0)
        s = read_at(fd, to + *n, count * sizeof *to, sizeof head + first * sizeof *to, path);
    close(fd);
    *n += (int64_t)count;
    return s;
}

sc_status sc__buckets_load(sc_bucket_item **out, int64_t *n, const sc_buckets *b, int part) {
    const int64_t held = b->parts ? b->part_start[part + 1] - b->part_start[part] : b->n_part_max;
    *out = NULL;
    *n = 0;
    if (!held) return SC_OK;
    sc_bucket_item *items = sc__alloc((size_t)held * sizeof *items);
    sc_status s = items ? SC_OK : no_memory();
    if (s >= 0 && b->parts) {
        memcpy(items, b->parts + b->part_start[part], (size_t)held * sizeof *items);
        *n = held;
    }
    for (int64_t r = 0; r < b->n_found && s >= 0; r++)
        s = read_part(items, n, held, b->found[r], part);
    if (s >= 0) s = sort_items(&items, *n);
    if (s >= 0)
        *out = items;
    else
        sc__free(items);
    return s;
}
