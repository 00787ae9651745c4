/* file.c - files in and out; see file.h for the promise. */
#define _GNU_SOURCE
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PENDING_BYTES = 1 << 20 };

static _Atomic int64_t countdown = -1;

void sc__file_fail_at(int64_t k) { atomic_store(&countdown, k); }

static bool must_fail(void) {
    if (atomic_load_explicit(&countdown, memory_order_relaxed) < 0) return false;
    if (atomic_fetch_sub(&countdown, 1) != 0) return false;
    errno = ENOSPC;
    return true;
}

static sc_status io_error(const char *what, const char *path) {
    return SC_FAIL(SC_IO, "%s: cannot %s: %s", path, what, strerror(errno));
}

/* ---- reading --------------------------------------------------------------------------------- */

static sc_status open_regular(int *out, struct stat *st, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return io_error("open", path);
    if (fstat(fd, st)) {
        close(fd);
        return io_error("stat", path);
    }
    if (S_ISDIR(st->st_mode)) {
        close(fd);
        return SC_FAIL(SC_IO, "%s: is a folder, not a file", path);
    }
    *out = fd;
    return SC_OK;
}

sc_status sc__map_open(sc_map *out, const char *path) {
    *out = (sc_map){0};
    int fd;
    struct stat st;
    SC_TRY(open_regular(&fd, &st, path));
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return SC_FAIL(SC_IO, "%s: not a regular file, cannot be mapped", path);
    }
    void *p = NULL;
    if (st.st_size > 0) p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    const int error = errno;
    close(fd);
    if (p == MAP_FAILED) {
        errno = error;
        return io_error("map", path);
    }
    *out = (sc_map){p, (size_t)st.st_size};
    return SC_OK;
}

void sc__map_close(sc_map *m) {
    if (m->data) munmap((void *)(uintptr_t)m->data, m->size);
    *m = (sc_map){0};
}

sc_status sc__file_read(sc_buffer *out, const char *path, size_t max) {
    int fd = STDIN_FILENO;
    struct stat st;
    if (strcmp(path, "-")) SC_TRY(open_regular(&fd, &st, path));
    sc_status s = SC_OK;
    const size_t start = out->len;
    for (;;) {
        char *at = sc__buffer_extend(out, PENDING_BYTES);
        if (!at) {
            s = out->status;
            break;
        }
        ssize_t n = read(fd, at, PENDING_BYTES);
        out->len -= PENDING_BYTES - (size_t)(n > 0 ? n : 0);
        out->data[out->len] = 0;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) s = io_error("read", path);
        if (n <= 0) break;
        if (out->len - start > max) {
            s = SC_FAIL(SC_FORMAT, "%s: larger than %zu bytes", path, max);
            break;
        }
    }
    if (fd != STDIN_FILENO) close(fd);
    return s;
}

/* ---- writing --------------------------------------------------------------------------------- */

static sc_status write_all(int fd, const unsigned char *p, size_t n, const char *path) {
    while (n) {
        ssize_t done = must_fail() ? -1 : write(fd, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return io_error("write", path);
        p += done;
        n -= (size_t)done;
    }
    return SC_OK;
}

static sc_status sync_parent(const char *path) {
    const char *slash = strrchr(path, '/');
    char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    if (!dir) return SC_FAIL(SC_NOMEM, "%s", path);
    sc_status s = sc__dir_sync(dir);
    free(dir);
    return s;
}

sc_status sc__dir_sync(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return io_error("open folder", path);
    sc_status s = must_fail() || (fsync(fd) && errno != EINVAL) ? io_error("fsync", path) : SC_OK;
    close(fd);
    return s;
}

sc_status sc__writer_open(sc_writer *w, const char *path) {
    *w = (sc_writer){.fd = -1};
    const size_t n = strlen(path) + sizeof ".tmp-XXXXXX";
    w->path = sc__strdup(path);
    w->temporary = sc__alloc(n);
    w->pending = sc__alloc(PENDING_BYTES);
    if (!w->path || !w->temporary || !w->pending) {
        w->status = SC_FAIL(SC_NOMEM, "%s: writer", path);
    } else {
        snprintf(w->temporary, n, "%s.tmp-XXXXXX", path);
        w->fd = mkostemp(w->temporary, O_CLOEXEC);
        if (w->fd < 0) w->status = io_error("create", path);
    }
    sc_status s = w->status;
    if (s < 0) sc__writer_abandon(w);
    return s;
}

static void flush(sc_writer *w) {
    if (w->status >= 0) w->status = write_all(w->fd, w->pending, w->n_pending, w->path);
    w->n_pending = 0;
}

void sc__writer_append(sc_writer *w, const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    if (w->status < 0 || !w->pending) return;
    w->written += n;
    if (n >= PENDING_BYTES) {
        flush(w);
        if (w->status >= 0) w->status = write_all(w->fd, p, n, w->path);
        return;
    }
    if (n > PENDING_BYTES - w->n_pending) flush(w);
    if (n) memcpy(w->pending + w->n_pending, p, n);
    w->n_pending += n;
}

void sc__writer_patch(sc_writer *w, uint64_t at, const void *bytes, size_t n) {
    sc_assert(w->status < 0 || at + n <= w->written);
    if (w->status >= 0 && w->pending) flush(w);
    if (w->status < 0 || !w->pending) return;
    if (lseek(w->fd, (off_t)at, SEEK_SET) < 0)
        w->status = io_error("seek in", w->path);
    else
        w->status = write_all(w->fd, bytes, n, w->path);
    if (w->status >= 0 && lseek(w->fd, 0, SEEK_END) < 0) w->status = io_error("seek in", w->path);
}

void sc__writer_printf(sc_writer *w, const char *fmt, ...) {
    sc_buffer b = SC_BUFFER_INIT;
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *at = n < 0 ? NULL : sc__buffer_extend(&b, (size_t)n);
    if (at) {
        vsnprintf(at, (size_t)n + 1, fmt, again);
        sc__writer_append(w, at, (size_t)n);
    } else if (w->status >= 0) {
        w->status = SC_FAIL(SC_NOMEM, "%s: writer", w->path);
    }
    va_end(again);
    sc__buffer_deinit(&b);
}

void sc__writer_abandon(sc_writer *w) {
    if (w->fd >= 0) {
        close(w->fd);
        unlink(w->temporary);
    }
    sc__free(w->path);
    sc__free(w->temporary);
    sc__free(w->pending);
    *w = (sc_writer){.fd = -1};
}

sc_status sc__writer_commit(sc_writer *w) {
    flush(w);
    sc_status s = w->status;
    if (s >= 0 && fchmod(w->fd, 0644)) s = io_error("set the mode of", w->path);
    if (s >= 0 && (must_fail() || fsync(w->fd))) s = io_error("fsync", w->path);
    if (s >= 0) {
        const bool failed = must_fail() || rename(w->temporary, w->path);
        if (failed) {
            s = io_error("rename into place", w->path);
        } else {
            close(w->fd);
            w->fd = -1;
            s = sync_parent(w->path);
        }
    }
    sc__writer_abandon(w);
    return s;
}

sc_status sc__file_write(const char *path, const void *bytes, size_t n) {
    sc_writer w;
    SC_TRY(sc__writer_open(&w, path));
    sc__writer_append(&w, bytes, n);
    return sc__writer_commit(&w);
}

/* ---- bytes for this run alone ---------------------------------------------------------------- */

sc_status sc__scratch_open(sc_scratch *s, const char *dir) {
    const size_t n = strlen(dir) + sizeof "/scratch-XXXXXX";
    char *path = sc__alloc(n);
    s->fd = -1;
    atomic_store(&s->end, 0);
    if (!path) return SC_FAIL(SC_NOMEM, "%s: scratch file", dir);
    snprintf(path, n, "%s/scratch-XXXXXX", dir);
    s->fd = must_fail() ? -1 : mkostemp(path, O_CLOEXEC);
    const sc_status status = s->fd < 0 ? io_error("create", path) : SC_OK;
    if (s->fd >= 0) unlink(path);
    sc__free(path);
    return status;
}

sc_status sc__scratch_append(sc_scratch *s, uint64_t *at, const void *bytes, size_t n) {
    const char *p = bytes;
    *at = atomic_fetch_add(&s->end, n);
    for (uint64_t to = *at; n;) {
        const ssize_t done = must_fail() ? -1 : pwrite(s->fd, p, n, (off_t)to);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return io_error("write", "a scratch file");
        p += done;
        to += (uint64_t)done;
        n -= (size_t)done;
    }
    return SC_OK;
}

sc_status sc__scratch_read(const sc_scratch *s, void *to, size_t n, uint64_t at) {
    char *p = to;
    while (n) {
        const ssize_t got = pread(s->fd, p, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_error("read", "a scratch file");
        if (!got) return SC_FAIL(SC_IO, "a scratch file is shorter than what was written to it");
        p += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return SC_OK;
}

void sc__scratch_close(sc_scratch *s) {
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
}

sc_status sc__file_append_line(const char *path, const char *line) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return io_error("open", path);
    sc_buffer b = SC_BUFFER_INIT;
    sc__buffer_printf(&b, "%s\n", line);
    sc_status s = b.status;
    if (s >= 0) s = write_all(fd, (const unsigned char *)b.data, b.len, path);
    if (s >= 0 && (must_fail() || fsync(fd))) s = io_error("fsync", path);
    close(fd);
    sc__buffer_deinit(&b);
    return s;
}

/* ---- paths and folders ----------------------------------------------------------------------- */

bool sc__path_exists(const char *path) { return access(path, F_OK) == 0; }

bool sc__path_is_dir(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

sc_status sc__path_size(const char *path, uint64_t *out) {
    struct stat st;
    if (stat(path, &st)) return io_error("stat", path);
    *out = (uint64_t)st.st_size;
    return SC_OK;
}

sc_status sc__dir_make(const char *path) {
    char *copy = sc__strdup(path);
    if (!copy) return SC_FAIL(SC_NOMEM, "%s", path);
    sc_status s = SC_OK;
    for (char *p = copy + 1; s >= 0; p++) {
        if (*p != '/' && *p) continue;
        const char kept = *p;
        *p = 0;
        if (mkdir(copy, 0755) && errno != EEXIST)
            s = io_error("create folder", path);
        else if (!kept && !sc__path_is_dir(copy))
            s = SC_FAIL(SC_IO, "%s: exists and is not a folder", path);
        *p = kept;
        if (!kept) break;
    }
    sc__free(copy);
    return s;
}

sc_status sc__dir_publish(const char *from, const char *to) {
    SC_TRY(sc__dir_sync(from));
    if (must_fail() || rename(from, to)) return io_error("rename into place", to);
    return sync_parent(to);
}

static bool is_left_over(const char *name) {
    const size_t n = strlen(name), m = strlen(".tmp-XXXXXX");
    return n > m && !strncmp(name + n - m, ".tmp-", 5) && !strchr(name + n - 6, '.');
}

sc_status sc__dir_sweep(const char *path) {
    DIR *d = opendir(path);
    const struct dirent *e;
    sc_arena a = SC_ARENA_INIT;
    sc_status s = SC_OK;
    if (!d) return errno == ENOENT ? SC_OK : io_error("open", path);
    while (s >= 0 && (e = readdir(d))) {
        if (!is_left_over(e->d_name)) continue;
        const char *file = sc__path_join(&a, path, e->d_name);
        if (!file)
            s = SC_FAIL(SC_NOMEM, "%s", path);
        else if (unlink(file) && errno != ENOENT)
            s = io_error("remove", file);
    }
    closedir(d);
    sc__arena_deinit(&a);
    return s;
}

sc_status sc__link_replace(const char *target, const char *path) {
    sc_arena a = SC_ARENA_INIT;
    const char *temporary = sc__arena_printf(&a, "%s.tmp-%ld", path, (long)getpid());
    sc_status s = SC_OK;
    if (!temporary)
        s = SC_FAIL(SC_NOMEM, "%s", path);
    else if (symlink(target, temporary))
        s = io_error("create link", temporary);
    else if (must_fail() || rename(temporary, path)) {
        s = io_error("rename into place", path);
        unlink(temporary);
    }
    if (s >= 0) s = sync_parent(path);
    sc__arena_deinit(&a);
    return s;
}

sc_status sc__file_link(const char *from, const char *to) {
    sc_map m;
    if (must_fail()) return io_error("link", to);
    if (link(from, to) == 0) return SC_OK;
    if (errno == EEXIST || errno == ENOENT) return io_error("link", to);
    SC_TRY(sc__map_open(&m, from));
    const sc_status s = sc__file_write(to, m.data, m.size);
    sc__map_close(&m);
    return s;
}

sc_status sc__dir_remove(const char *path) {
    struct stat st;
    if (lstat(path, &st)) return errno == ENOENT ? SC_OK : io_error("stat", path);
    if (!S_ISDIR(st.st_mode))
        return unlink(path) && errno != ENOENT ? io_error("remove", path) : SC_OK;
    DIR *d = opendir(path);
    if (!d) return errno == ENOENT ? SC_OK : io_error("open folder", path);
    sc_status s = SC_OK;
    for (struct dirent *e; s >= 0 && (e = readdir(d));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        sc_arena a = SC_ARENA_INIT;
        const char *child = sc__path_join(&a, path, e->d_name);
        s = child ? sc__dir_remove(child) : SC_FAIL(SC_NOMEM, "%s", path);
        sc__arena_deinit(&a);
    }
    closedir(d);
    if (s >= 0 && rmdir(path) && errno != ENOENT) s = io_error("remove", path);
    return s;
}

char *sc__path_join(sc_arena *a, const char *dir, const char *name) {
    const size_t n = strlen(dir);
    return sc__arena_printf(a, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

const char *sc__path_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

typedef struct {
    sc_paths *out;
    sc_arena *arena;
    int64_t cap;
} collector;

static sc_status push(collector *c, const char *path) {
    if (c->out->n == c->cap) {
        const int64_t cap = c->cap ? 2 * c->cap : 16;
        char **paths = sc__arena_array(c->arena, (size_t)cap, sizeof *paths);
        if (!paths) return SC_FAIL(SC_NOMEM, "%s", path);
        if (c->out->n) memcpy(paths, c->out->paths, (size_t)c->out->n * sizeof *paths);
        c->out->paths = paths;
        c->cap = cap;
    }
    char *copy = sc__arena_strdup(c->arena, path);
    if (!copy) return SC_FAIL(SC_NOMEM, "%s", path);
    c->out->paths[c->out->n++] = copy;
    return SC_OK;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static sc_status collect(collector *c, const char *path, bool top) {
    struct stat st;
    if (stat(path, &st))
        return top ? io_error("open", path) : SC_OK; /* a dangling link in a folder */
    if (!S_ISDIR(st.st_mode)) return S_ISREG(st.st_mode) || top ? push(c, path) : SC_OK;
    if (!top && !lstat(path, &st) && S_ISLNK(st.st_mode)) return SC_OK; /* no cycles */
    struct dirent **list;
    int n = scandir(path, &list, NULL, by_name);
    if (n < 0) return io_error("open folder", path);
    sc_status s = SC_OK;
    for (int i = 0; i < n; i++) {
        if (s >= 0 && list[i]->d_name[0] != '.') {
            const char *child = sc__path_join(c->arena, path, list[i]->d_name);
            s = child ? collect(c, child, false) : SC_FAIL(SC_NOMEM, "%s", path);
        }
        free(list[i]);
    }
    free(list);
    return s;
}

sc_status sc__paths_find(sc_paths *out, sc_arena *a, const char *pattern) {
    *out = (sc_paths){0};
    collector c = {out, a, 0};
    if (sc__path_exists(pattern)) {
        SC_TRY(collect(&c, pattern, true));
    } else {
        glob_t g;
        const int error = glob(pattern, 0, NULL, &g);
        if (error) {
            globfree(&g);
            return SC_FAIL(SC_IO, "%s: no such file or folder, and no file matches it", pattern);
        }
        sc_status s = SC_OK;
        for (size_t i = 0; i < g.gl_pathc && s >= 0; i++) s = collect(&c, g.gl_pathv[i], true);
        globfree(&g);
        SC_TRY(s);
    }
    if (!out->n) return SC_FAIL(SC_IO, "%s: holds no file", pattern);
    return SC_OK;
}

/* ---- folders, to be as they were ------------------------------------------------------------- */

/* Calls fn(arg, folder) for each folder in the folder, no links, until one fails. */
static sc_status each_folder(const char *path, sc_status (*fn)(void *arg, const char *folder),
                             void *arg) {
    DIR *d = opendir(path);
    sc_status s = SC_OK;
    for (const struct dirent *e; s >= 0 && d && (e = readdir(d));) {
        struct stat st;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        sc_arena a = SC_ARENA_INIT;
        const char *child = sc__path_join(&a, path, e->d_name);
        if (!child)
            s = SC_FAIL(SC_NOMEM, "%s", path);
        else if (!lstat(child, &st) && S_ISDIR(st.st_mode))
            s = fn(arg, child);
        sc__arena_deinit(&a);
    }
    if (d) closedir(d);
    return s;
}

static sc_status note(void *arg, const char *folder) {
    SC_TRY(push(arg, folder));
    return each_folder(folder, note, arg);
}

sc_status sc__folders_note(sc_folders *out, sc_arena *a, const char *path) {
    *out = (sc_folders){.path = path};
    for (size_t n = 1; *path && !out->missing; n++) {
        if (path[n] != '/' && path[n]) continue;
        const char *part = sc__arena_strndup(a, path, n);
        if (!part) return SC_FAIL(SC_NOMEM, "%s", path);
        if (!sc__path_exists(part)) out->missing = part;
        if (!path[n]) break;
    }
    collector c = {&out->in, a, 0};
    return sc__path_is_dir(path) ? note(&c, path) : SC_OK;
}

static sc_status restore(void *arg, const char *folder) {
    const sc_folders *before = arg;
    const sc_status s = each_folder(folder, restore, arg);
    for (int64_t i = 0; i < before->in.n; i++)
        if (!strcmp(before->in.paths[i], folder)) return s;
    rmdir(folder); /* refuses where something is left */
    return s;
}

void sc__folders_restore(const sc_folders *before) {
    char *p = sc__strdup(before->path);
    sc_folders b = *before;
    if (p && restore(&b, p) >= 0 && b.missing)
        for (char *slash; (slash = strrchr(p, '/')) && slash - p >= (ptrdiff_t)strlen(b.missing);) {
            *slash = 0;
            rmdir(p);
        }
    sc__free(p);
}
