/* store.c - candidates in an arena, the rest in files that are read by position. One that is left
 * for others ends with its index, (number, offset) of each candidate, and how many there are. */
#define _GNU_SOURCE
#include "stage/curation/dedup/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

sc_status sc__store_init(sc_store *s, const char *path, int64_t n, size_t max_bytes) {
    *s = (sc_store){.path = path, .n = n, .max_bytes = max_bytes};
    s->at = sc__calloc((size_t)n, sizeof *s->at);
    s->offset = sc__calloc((size_t)n, sizeof *s->offset);
    if (s->at && s->offset) return SC_OK;
    sc__store_deinit(s);
    return SC_FAIL(SC_NOMEM, "dedup: %" PRId64 " candidates", n);
}

void sc__store_deinit(sc_store *s) {
    if (s->writing) sc__writer_abandon(&s->writer);
    for (int i = 0; i < s->n_files; i++) close(s->files[i].fd);
    if (s->spilled) unlink(s->path);
    sc__free(s->files);
    sc__free(s->at);
    sc__free(s->offset);
    sc__arena_deinit(&s->arena);
    *s = (sc_store){0};
}

static sc_status put_file(sc_store *s, int64_t number, const void *bytes, size_t n) {
    if (!s->writing) {
        SC_TRY(sc__writer_open(&s->writer, s->path));
        s->writing = true;
    }
    s->offset[number] = s->spilled + 1;
    s->spilled += n;
    sc__writer_append(&s->writer, bytes, n);
    return s->writer.status;
}

sc_status sc__store_put(sc_store *s, const void *candidate) {
    sc_candidate_head h;
    memcpy(&h, candidate, sizeof h);
    const size_t n = sc__candidate_bytes(&h);
    sc_assert(h.number >= 0 && h.number < s->n);
    if (s->writing || s->arena.total + n > s->max_bytes) return put_file(s, h.number, candidate, n);
    void *copy = sc__arena_alloc(&s->arena, n);
    if (!copy) return SC_FAIL(SC_NOMEM, "dedup: n-grams of a candidate, %zu bytes", n);
    memcpy(copy, candidate, n);
    s->at[h.number] = copy;
    return SC_OK;
}

static sc_status open_file(sc_store *s, const char *path, uint64_t size) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return SC_FAIL(SC_IO, "%s: cannot open: %s", path, strerror(errno));
    s->files[s->n_files++] = (sc_store_file){path, fd, size};
    return SC_OK;
}

sc_status sc__store_finish(sc_store *s) {
    if (!s->writing) return SC_OK;
    s->files = sc__calloc(1, sizeof *s->files);
    if (!s->files) return SC_FAIL(SC_NOMEM, "%s", s->path);
    s->writing = false;
    SC_TRY(sc__writer_commit(&s->writer));
    return open_file(s, s->path, s->spilled);
}

static sc_status read_at(const sc_store_file *f, void *to, size_t n, uint64_t at) {
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(f->fd, (char *)to + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return SC_FAIL(SC_IO, "%s: cannot read: %s", f->path, strerror(errno));
        if (!got) return SC_FAIL(SC_FORMAT, "%s: cut short", f->path);
        done += (size_t)got;
    }
    return SC_OK;
}

/* ---- between processes ----------------------------------------------------------------------- */

typedef struct {
    uint64_t number, offset;
} index_row;

static sc_status damaged(const sc_store_file *f) {
    return SC_FAIL(SC_FORMAT, "%s: not candidates, or damaged", f->path);
}

sc_status sc__store_leave(sc_store *s) {
    uint64_t n_rows = 0;
    if (!s->writing) SC_TRY(sc__writer_open(&s->writer, s->path));
    s->writing = false;
    for (int64_t i = 0; i < s->n; i++) {
        const index_row row = {(uint64_t)i, s->offset[i] - 1};
        if (!s->offset[i]) continue;
        sc__writer_append(&s->writer, &row, sizeof row);
        n_rows++;
    }
    sc__writer_append(&s->writer, &n_rows, sizeof n_rows);
    s->spilled = 0; /* the file is not ours any more */
    return sc__writer_commit(&s->writer);
}

static sc_status take_row(sc_store *s, int file, index_row row) {
    const sc_store_file *f = &s->files[file];
    if (row.number >= (uint64_t)s->n || row.offset >= f->size || s->offset[row.number])
        return damaged(f);
    s->offset[row.number] = (uint64_t)file << SC_STORE_OFFSET_BITS | (row.offset + 1);
    return SC_OK;
}

static sc_status read_index(sc_store *s, int file) {
    enum { ROWS = 1024 };
    index_row rows[ROWS];
    sc_store_file *f = &s->files[file];
    uint64_t n;
    if (f->size < sizeof n || f->size >> SC_STORE_OFFSET_BITS) return damaged(f);
    f->size -= sizeof n;
    SC_TRY(read_at(f, &n, sizeof n, f->size));
    if (n > f->size / sizeof *rows) return damaged(f);
    f->size -= n * sizeof *rows;
    for (uint64_t i = 0; i < n; i += ROWS) {
        const uint64_t take = SC_MIN(n - i, (uint64_t)ROWS);
        SC_TRY(read_at(f, rows, take * sizeof *rows, f->size + i * sizeof *rows));
        for (uint64_t k = 0; k < take; k++) SC_TRY(take_row(s, file, rows[k]));
    }
    return SC_OK;
}

sc_status sc__store_load(sc_store *s, int64_t n, const char *const *paths, int n_paths) {
    SC_TRY(sc__store_init(s, NULL, n, 0));
    s->files = sc__calloc((size_t)n_paths, sizeof *s->files);
    sc_status status = s->files ? SC_OK : SC_FAIL(SC_NOMEM, "dedup: files of candidates");
    for (int i = 0; i < n_paths && status >= 0; i++) {
        uint64_t size;
        status = sc__path_size(paths[i], &size);
        if (status >= 0) status = open_file(s, paths[i], size);
        if (status >= 0) status = read_index(s, i);
    }
    if (status < 0) sc__store_deinit(s);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static sc_status get_file(const void **out, sc_buffer *room, const sc_store *s, int64_t number) {
    const sc_store_file *f = &s->files[s->offset[number] >> SC_STORE_OFFSET_BITS];
    const uint64_t at = (s->offset[number] & ((UINT64_C(1) << SC_STORE_OFFSET_BITS) - 1)) - 1;
    sc_candidate_head h;
    SC_TRY(read_at(f, &h, sizeof h, at));
    const uint64_t left = f->size - at;
    if (h.number != number || h.n_set < 0 || h.n_id < 0 || (uint64_t)h.n_set > left / 8 ||
        (uint64_t)h.n_id > left || sc__candidate_bytes(&h) > left)
        return damaged(f);
    sc__buffer_clear(room);
    void *bytes = sc__buffer_extend(room, sc__candidate_bytes(&h));
    if (!bytes) return room->status;
    *out = bytes;
    return read_at(f, bytes, sc__candidate_bytes(&h), at);
}

sc_status sc__store_get(sc_candidate *out, sc_buffer *room, const sc_store *s, int64_t number) {
    const void *bytes = s->at[number];
    if (!bytes && !s->offset[number])
        return SC_FAIL(SC_FORMAT, "dedup: a document is gone: the input changed while it was read");
    if (!bytes) SC_TRY(get_file(&bytes, room, s, number));
    memcpy(&out->head, bytes, sizeof out->head);
    out->set = (const uint64_t *)((const char *)bytes + sizeof out->head);
    out->id = (const char *)(out->set + out->head.n_set);
    return SC_OK;
}
