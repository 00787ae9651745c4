/* stream.c - plain, gzip (RFC 1952, zlib) and Zstandard (RFC 8878, libzstd) files as one kind of
 * stream. */
#define _GNU_SOURCE
#include "format/stream.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { INPUT_BYTES = 1 << 17 };

typedef sc_status read_fn(size_t *got, sc_stream *s, void *to, size_t n);

struct sc_stream {
    const char *path;
    int fd;
    read_fn *read;
    z_stream z;
    ZSTD_DStream *zstd;
    bool inside; /* of a member that has not ended */
    bool ended;  /* the file has no more bytes */
    size_t at, n_input;
    uint64_t consumed;
    unsigned char *input;
};

static sc_status read_file(size_t *got, sc_stream *s, void *to, size_t n) {
    ssize_t done;
    do done = read(s->fd, to, n);
    while (done < 0 && errno == EINTR);
    *got = done > 0 ? (size_t)done : 0;
    s->consumed += *got;
    if (done < 0) return SC_FAIL(SC_IO, "%s: cannot read: %s", s->path, strerror(errno));
    return SC_OK;
}

static sc_status read_plain(size_t *got, sc_stream *s, void *to, size_t n) {
    return read_file(got, s, to, n);
}

static sc_status refill(sc_stream *s) {
    if (s->at < s->n_input || s->ended) return SC_OK;
    s->at = 0;
    SC_TRY(read_file(&s->n_input, s, s->input, INPUT_BYTES));
    s->ended = s->n_input == 0;
    return SC_OK;
}

static sc_status ends_early(const sc_stream *s) {
    return SC_FAIL(SC_FORMAT, "%s: the archive ends early", s->path);
}

/* ---- gzip ------------------------------------------------------------------------------------ */

/* Zeros after the last member are padding (of tapes, once); anything else must be a member. */
static sc_status next_member(sc_stream *s) {
    while (s->at < s->n_input && !s->input[s->at]) s->at++;
    if (s->at == s->n_input) return SC_OK;
    if (inflateReset(&s->z) != Z_OK) return SC_FAIL(SC_NOMEM, "%s: zlib", s->path);
    s->inside = true;
    return SC_OK;
}

static sc_status inflate_some(sc_stream *s) {
    s->z.next_in = s->input + s->at;
    s->z.avail_in = (uInt)(s->n_input - s->at);
    const int error = inflate(&s->z, Z_NO_FLUSH);
    s->at = s->n_input - s->z.avail_in;
    if (error == Z_STREAM_END) s->inside = false;
    if (error == Z_MEM_ERROR) return SC_FAIL(SC_NOMEM, "%s: zlib", s->path);
    if (error < 0 && error != Z_BUF_ERROR)
        return SC_FAIL(SC_FORMAT, "%s: damaged gzip archive: %s", s->path,
                       s->z.msg ? s->z.msg : "bad data");
    return SC_OK;
}

static sc_status read_gzip(size_t *got, sc_stream *s, void *to, size_t n) {
    *got = 0;
    n = SC_MIN(n, (size_t)1 << 30);
    s->z.next_out = to;
    s->z.avail_out = (uInt)n;
    while (s->z.avail_out == n) {
        SC_TRY(refill(s));
        if (s->ended) return s->inside ? ends_early(s) : SC_OK;
        if (s->inside)
            SC_TRY(inflate_some(s));
        else
            SC_TRY(next_member(s));
    }
    *got = n - s->z.avail_out;
    return SC_OK;
}

/* ---- Zstandard ------------------------------------------------------------------------------- */

static sc_status read_zstd(size_t *got, sc_stream *s, void *to, size_t n) {
    ZSTD_outBuffer out = {to, n, 0};
    *got = 0;
    while (!out.pos) {
        SC_TRY(refill(s));
        if (s->ended && !s->inside) return SC_OK;
        ZSTD_inBuffer in = {s->input, s->n_input, s->at}; /* empty at the end: what is held back */
        const size_t left = ZSTD_decompressStream(s->zstd, &out, &in);
        if (ZSTD_isError(left))
            return SC_FAIL(SC_FORMAT, "%s: damaged zstd archive: %s", s->path,
                           ZSTD_getErrorName(left));
        s->at = in.pos;
        s->inside = left != 0;
        if (s->ended && left && !out.pos) return ends_early(s);
    }
    *got = out.pos;
    return SC_OK;
}

/* ---- choice by name -------------------------------------------------------------------------- */

static bool ends_in(const char *path, const char *suffix) {
    const size_t n = strlen(path), m = strlen(suffix);
    return n > m && !strcmp(path + n - m, suffix);
}

size_t sc__stream_bare_length(const char *path) {
    return strlen(path) - (ends_in(path, ".gz") ? 3 : ends_in(path, ".zst") ? 4 : 0);
}

static sc_status choose(sc_stream *s) {
    s->read = read_plain;
    if (ends_in(s->path, ".gz")) {
        s->read = read_gzip;
        if (inflateInit2(&s->z, 15 + 16) != Z_OK) return SC_FAIL(SC_NOMEM, "%s: zlib", s->path);
    } else if (ends_in(s->path, ".zst")) {
        s->read = read_zstd;
        s->zstd = ZSTD_createDStream();
        if (!s->zstd) return SC_FAIL(SC_NOMEM, "%s: zstd", s->path);
    } else {
        return SC_OK;
    }
    s->inside = true; /* an archive without a member is not one */
    s->input = sc__alloc(INPUT_BYTES);
    return s->input ? SC_OK : SC_FAIL(SC_NOMEM, "%s", s->path);
}

static sc_status open_file(sc_stream *s) {
    struct stat st;
    if (!strcmp(s->path, "-")) {
        s->fd = STDIN_FILENO;
        return SC_OK;
    }
    s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &st))
        return SC_FAIL(SC_IO, "%s: cannot open: %s", s->path, strerror(errno));
    if (S_ISDIR(st.st_mode)) return SC_FAIL(SC_IO, "%s: is a folder, not a file", s->path);
    return SC_OK;
}

sc_status sc__stream_open(sc_stream **out, const char *path) {
    *out = NULL;
    sc_stream *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "%s", path);
    *s = (sc_stream){.path = path, .fd = -1};
    sc_status status = open_file(s);
    if (status >= 0) status = choose(s);
    if (status < 0)
        sc__stream_close(s);
    else
        *out = s;
    return status;
}

sc_status sc__stream_read(size_t *got, sc_stream *s, void *to, size_t n) {
    return s->read(got, s, to, n);
}

uint64_t sc__stream_consumed(const sc_stream *s) { return s->consumed; }

void sc__stream_close(sc_stream *s) {
    if (!s) return;
    if (s->fd > STDIN_FILENO) close(s->fd);
    inflateEnd(&s->z); /* harmless when it was never begun */
    ZSTD_freeDStream(s->zstd);
    sc__free(s->input);
    sc__free(s);
}

/* ---- writing --------------------------------------------------------------------------------- */

enum { ZSTD_LEVEL = 3, GZIP_LEVEL = 6 };

struct sc_packer {
    bool gzip;
    z_stream z;
    ZSTD_CCtx *zstd;
};

static sc_status deflate_all(sc_packer *p, sc_buffer *out, const void *bytes, size_t n) {
    if (n > UINT32_MAX / 2) return SC_FAIL(SC_FORMAT, "gzip: a piece of %zu bytes is too long", n);
    deflateReset(&p->z);
    const size_t bound = deflateBound(&p->z, (uLong)n), before = out->len;
    unsigned char *to = sc__buffer_extend(out, bound);
    if (!to) return out->status;
    p->z.next_in = (unsigned char *)(uintptr_t)bytes; /* zlib reads only */
    p->z.avail_in = (uInt)n;
    p->z.next_out = to;
    p->z.avail_out = (uInt)bound;
    const int error = deflate(&p->z, Z_FINISH);
    sc_assert(error == Z_STREAM_END); /* deflateBound's promise */
    out->len = before + bound - p->z.avail_out;
    return SC_OK;
}

static sc_status zstd_all(sc_packer *p, sc_buffer *out, const void *bytes, size_t n) {
    const size_t bound = ZSTD_compressBound(n), before = out->len;
    void *to = sc__buffer_extend(out, bound);
    if (!to) return out->status;
    const size_t done = ZSTD_compressCCtx(p->zstd, to, bound, bytes, n, ZSTD_LEVEL);
    if (ZSTD_isError(done)) return SC_FAIL(SC_NOMEM, "zstd: %s", ZSTD_getErrorName(done));
    out->len = before + done;
    return SC_OK;
}

sc_status sc__packer_open(sc_packer **out, const char *path) {
    sc_packer *p = sc__calloc(1, sizeof *p);
    *out = NULL;
    if (!p) return SC_FAIL(SC_NOMEM, "%s", path);
    bool fine = true;
    p->gzip = ends_in(path, ".gz");
    if (p->gzip)
        fine = deflateInit2(&p->z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    else if (ends_in(path, ".zst"))
        fine = (p->zstd = ZSTD_createCCtx()) != NULL;
    if (!fine) {
        sc__free(p);
        return SC_FAIL(SC_NOMEM, "%s: compressor", path);
    }
    *out = p;
    return SC_OK;
}

sc_status sc__packer_run(sc_packer *p, sc_buffer *out, const void *bytes, size_t n) {
    if (p->gzip) return deflate_all(p, out, bytes, n);
    if (p->zstd) return zstd_all(p, out, bytes, n);
    sc__buffer_append(out, bytes, n);
    return out->status;
}

void sc__packer_close(sc_packer *p) {
    if (!p) return;
    if (p->gzip) deflateEnd(&p->z);
    ZSTD_freeCCtx(p->zstd);
    sc__free(p);
}
