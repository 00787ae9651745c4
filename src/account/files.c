/* files.c - content hashes of many files. SHA-256 runs at 1 to 2 GB/s a thread on processors with
 * SHA instructions, so large outputs in several shards and folders of many files are shared out. */
#define _GNU_SOURCE
#include "account/files.h"

#include "base/utf8.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { BUCKETS = 1024 };

typedef struct known known;
struct known {
    known *next;
    struct stat st;
    sc_digest digest;
};

struct sc_file_hashes {
    sc_arena arena;
    known *buckets[BUCKETS];
    int threads;
    sc_pool *pool; /* opened when there is more than one file to read */
};

sc_status sc__file_hashes_open(sc_file_hashes **out, int threads) {
    *out = sc__calloc(1, sizeof **out);
    if (!*out) return SC_FAIL(SC_NOMEM, "file hashes");
    (*out)->threads = threads;
    return SC_OK;
}

void sc__file_hashes_close(sc_file_hashes *h) {
    if (!h) return;
    sc__pool_close(h->pool);
    sc__arena_deinit(&h->arena);
    sc__free(h);
}

static known **bucket(sc_file_hashes *h, const struct stat *st) {
    return &h->buckets[sc__hash64(&st->st_ino, sizeof st->st_ino, st->st_dev) % BUCKETS];
}

static bool same(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static const known *look_up(sc_file_hashes *h, const struct stat *st) {
    for (const known *k = *bucket(h, st); k; k = k->next)
        if (same(&k->st, st)) return k;
    return NULL;
}

static sc_status remember(sc_file_hashes *h, const struct stat *st, const sc_digest *d) {
    known *k = sc__arena_alloc(&h->arena, sizeof *k), **at = bucket(h, st);
    if (!k) return SC_FAIL(SC_NOMEM, "file hashes");
    *k = (known){*at, *st, *d};
    *at = k;
    return SC_OK;
}

typedef struct {
    const char *path;
    struct stat st;
    int64_t index; /* in the result */
    sc_digest digest;
} job;

static sc_status hash_one(void *arg, int64_t task, int worker) {
    (void)worker;
    job *j = (job *)arg + task;
    return sc__hash_file(&j->digest, j->path);
}

static sc_status hash_all(sc_file_hashes *h, job *jobs, int64_t n) {
    if (n > 1 && !h->pool) SC_TRY(sc__pool_open(&h->pool, h->threads));
    SC_TRY(sc__pool_try(n > 1 ? h->pool : NULL, n, hash_one, jobs, NULL));
    for (int64_t i = 0; i < n; i++) SC_TRY(remember(h, &jobs[i].st, &jobs[i].digest));
    return SC_OK;
}

sc_status sc__file_hashes_get(sc_file_hash **out, sc_file_hashes *h, sc_arena *a,
                              const sc_paths *paths) {
    const size_t n = (size_t)paths->n;
    sc_file_hash *result = *out = sc__arena_array(a, n + 1, sizeof *result);
    job *jobs = sc__arena_array(a, n + 1, sizeof *jobs);
    if (!result || !jobs) return SC_FAIL(SC_NOMEM, "hashes of %zu files", n);
    int64_t n_jobs = 0;
    for (int64_t i = 0; i < paths->n; i++) {
        job *j = &jobs[n_jobs];
        *j = (job){.path = paths->paths[i], .index = i};
        if (stat(j->path, &j->st))
            return SC_FAIL(SC_IO, "%s: cannot stat: %s", j->path, strerror(errno));
        if (!S_ISREG(j->st.st_mode))
            return SC_FAIL(SC_IO, "%s: not a regular file, cannot be accounted for", j->path);
        result[i].bytes = (uint64_t)j->st.st_size;
        const known *k = look_up(h, &j->st);
        if (k)
            result[i].digest = k->digest;
        else
            n_jobs++;
    }
    SC_TRY(hash_all(h, jobs, n_jobs));
    for (int64_t i = 0; i < n_jobs; i++) result[jobs[i].index].digest = jobs[i].digest;
    return SC_OK;
}

json_t *sc__json_text(const char *text) {
    json_t *v = json_string(text);
    if (v) return v;
    sc_buffer b = SC_BUFFER_INIT;
    if (sc__utf8_repair(&b, text, strlen(text), NULL) >= 0) v = json_string(b.data ? b.data : "");
    sc__buffer_deinit(&b);
    return v;
}
