/* store.c - candidates in an arena, the rest in a file that is read by position. */
#define _GNU_SOURCE
#include "stage/curation/dedup/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

sc_status sc__store_init(sc_store *s, const char *path, int64_t n, size_t max_bytes) {
    *s = (sc_store){.path = path, .n = n, .max_bytes = max_bytes, .fd = -1};
    s->at = sc__calloc((size_t)n, sizeof *s->at);
    s->offset = sc__calloc((size_t)n, sizeof *s->offset);
    if (s->at && s->offset) return SC_OK;
    sc__store_deinit(s);
    return SC_FAIL(SC_NOMEM, "dedup: %" PRId64 " candidates", n);
}

void sc__store_deinit(sc_store *s) {
    if (s->writing) sc__writer_abandon(&s->writer);
    if (s->fd > 0) close(s->fd);
    if (s->spilled) unlink(s->path);
    sc__free(s->at);
    sc__free(s->offset);
    sc__arena_deinit(&s->arena);
    *s = (sc_store){.fd = -1};
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

sc_status sc__store_finish(sc_store *s) {
    if (!s->writing) return SC_OK;
    s->writing = false;
    SC_TRY(sc__writer_commit(&s->writer));
    s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0) return SC_FAIL(SC_IO, "%s: cannot open: %s", s->path, strerror(errno));
    return SC_OK;
}

static sc_status read_at(const sc_store *s, void *to, size_t n, uint64_t at) {
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(s->fd, (char *)to + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return SC_FAIL(SC_IO, "%s: cannot read: %s", s->path, strerror(errno));
        if (!got) return SC_FAIL(SC_FORMAT, "%s: cut short", s->path);
        done += (size_t)got;
    }
    return SC_OK;
}

static sc_status get_file(const void **out, sc_buffer *room, const sc_store *s, uint64_t at) {
    sc_candidate_head h;
    SC_TRY(read_at(s, &h, sizeof h, at));
    sc__buffer_clear(room);
    void *bytes = sc__buffer_extend(room, sc__candidate_bytes(&h));
    if (!bytes) return room->status;
    *out = bytes;
    return read_at(s, bytes, sc__candidate_bytes(&h), at);
}

sc_status sc__store_get(sc_candidate *out, sc_buffer *room, const sc_store *s, int64_t number) {
    const void *bytes = s->at[number];
    if (!bytes && !s->offset[number])
        return SC_FAIL(SC_FORMAT, "dedup: a document is gone: the input changed while it was read");
    if (!bytes) SC_TRY(get_file(&bytes, room, s, s->offset[number] - 1));
    memcpy(&out->head, bytes, sizeof out->head);
    out->set = (const uint64_t *)((const char *)bytes + sizeof out->head);
    out->id = (const char *)(out->set + out->head.n_set);
    return SC_OK;
}
