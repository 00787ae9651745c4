/* file.h - reading, mapping and replacing files. What is written here is either wholly there or not
 * at all: a temporary file beside the target, fsync, rename, fsync of the folder. */
#ifndef SC_BASE_FILE_H
#define SC_BASE_FILE_H

#include "base/alloc.h"
#include "base/buffer.h"

typedef struct {
    const unsigned char *data; /* read-only; NULL for an empty file */
    size_t size;
} sc_map;

SC_MUST_USE sc_status sc__map_open(sc_map *out, const char *path);
void sc__map_close(sc_map *m);

/* The whole file appended to `out`; "-" is standard input. Fails with SC_FORMAT above `max` bytes.
 */
SC_MUST_USE sc_status sc__file_read(sc_buffer *out, const char *path, size_t max);
/* Replaces `path` by these bytes, atomically and durably. */
SC_MUST_USE sc_status sc__file_write(const char *path, const void *bytes, size_t n);

/* A file being written. Errors are sticky: append freely, commit tells. */
typedef struct {
    char *path, *temporary;
    int fd;
    uint64_t written;
    sc_status status;
    unsigned char *pending;
    size_t n_pending;
} sc_writer;

SC_MUST_USE sc_status sc__writer_open(sc_writer *w, const char *path);
void sc__writer_append(sc_writer *w, const void *bytes, size_t n);
void sc__writer_printf(sc_writer *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Replaces bytes that were appended before: a header that tells what follows it. */
void sc__writer_patch(sc_writer *w, uint64_t at, const void *bytes, size_t n);
/* Durable and in place on SC_OK; on failure the old file is untouched and the temporary one
 * removed. Ends the writer. */
SC_MUST_USE sc_status sc__writer_commit(sc_writer *w);
void sc__writer_abandon(sc_writer *w); /* ends the writer without a trace; harmless after commit */

/* Bytes that this run alone reads again, in a file without a name in a folder: however the run
 * ends, nothing is left. Threads may append and read at the same time. */
typedef struct {
    int fd; /* -1: not open */
    _Atomic uint64_t end;
} sc_scratch;

SC_MUST_USE sc_status sc__scratch_open(sc_scratch *s, const char *dir);
/* *at is where they are. */
SC_MUST_USE sc_status sc__scratch_append(sc_scratch *s, uint64_t *at, const void *bytes, size_t n);
SC_MUST_USE sc_status sc__scratch_read(const sc_scratch *s, void *to, size_t n, uint64_t at);
void sc__scratch_close(sc_scratch *s); /* harmless when it is not open */

/* Adds one line to a journal and makes it durable. */
SC_MUST_USE sc_status sc__file_append_line(const char *path, const char *line);

bool sc__path_exists(const char *path);
bool sc__path_is_dir(const char *path);
SC_MUST_USE sc_status sc__path_size(const char *path, uint64_t *out);
SC_MUST_USE sc_status sc__dir_make(const char *path); /* with parents; fine when there already */
/* Moves a finished folder into place (fsync of its files is the writers' part): replaces nothing.
 */
SC_MUST_USE sc_status sc__dir_publish(const char *from, const char *to);
SC_MUST_USE sc_status sc__dir_sync(const char *path);
/* Makes `path` a symbolic link to `target`, replacing one that is there in a single step. */
SC_MUST_USE sc_status sc__link_replace(const char *target, const char *path);
/* Makes `to` the same file as `from` (a hard link), or a copy where the file system has no links.
 * Replaces nothing. */
SC_MUST_USE sc_status sc__file_link(const char *from, const char *to);
/* Recursively; fine when absent, or when another process removes it at the same time. */
SC_MUST_USE sc_status sc__dir_remove(const char *path);

/* "a/b" in the arena; the last part of a path (borrowed). */
char *sc__path_join(sc_arena *a, const char *dir, const char *name);
const char *sc__path_name(const char *path);

/* Removes what writers that were killed left in the folder itself (NAME.tmp-XXXXXX); only where no
 * other process writes there. Fine when the folder is absent. */
SC_MUST_USE sc_status sc__dir_sweep(const char *path);

/* Regular files of a path in a fixed (byte) order: a file is itself, a folder is walked, a glob is
 * expanded; hidden names are passed over in folders. SC_IO when nothing matches. */
typedef struct {
    char **paths;
    int64_t n;
} sc_paths;
SC_MUST_USE sc_status sc__paths_find(sc_paths *out, sc_arena *a, const char *pattern);

/* Which folders there are: `path`, those in it and those above it. */
typedef struct {
    const char *path;
    sc_paths in; /* path itself too; none where it is not there */
    const char
        *missing; /* the outermost of path and those above that is not there; NULL: all are */
} sc_folders;
SC_MUST_USE sc_status sc__folders_note(sc_folders *out, sc_arena *a, const char *path);
/* Takes back folders that were made since, as far as nothing is in them. */
void sc__folders_restore(const sc_folders *before);

/* Tests only: the k-th write, fsync or rename from now fails with ENOSPC, -1 for never. */
void sc__file_fail_at(int64_t k);

#endif
