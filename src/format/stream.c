/* stream.c - plain files, gzip (RFC 1952, zlib), Zstandard (RFC 8878, libzstd), xz and bzip2 (by
 * libarchive) as one kind of stream.
 *
 * The last KEEP_BYTES of input stay in the buffer behind what is being read: bits that were flipped
 * in a member of a gzip file often decode as something for a while, beyond the member's true end,
 * and recovery must look for the next member in what was read already. */
#define _GNU_SOURCE
#include "format/stream.h"

#include "base/alloc.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { INPUT_BYTES = 1 << 17, KEEP_BYTES = 1 << 16, TRIAL_BYTES = 1 << 12 };

typedef sc_status codec_fn(size_t *got, sc_stream *s, void *to, size_t n);

struct sc_stream {
    const char *path;
    sc_read_fn *source; /* the bytes as they are stored */
    void *user;
    int fd; /* -1: not ours */
    codec_fn *read;
    const char *magic; /* which members begin with; NULL: one that is lost is lost */
    size_t n_magic;
    z_stream z;
    ZSTD_DStream *zstd;
    struct archive *filter;
    bool inside; /* of a member that has not ended */
    bool ended;  /* the source has no more bytes */
    bool bomb;   /* and is read no further */
    bool failed; /* and fails again, with this text, until it is recovered */
    char why[256];
    uint64_t offset;    /* of input[0] in the source */
    uint64_t consumed;  /* bytes of the source */
    size_t at, n_input; /* input[at .. n_input) is to come, what lies before is kept for recovery */
    uint64_t given;     /* bytes handed out */
    uint64_t member_at;
    int64_t member;
    unsigned char *input;
};

static sc_status read_fd(size_t *got, void *user, void *to, size_t n) {
    const sc_stream *s = user;
    ssize_t done;
    do done = read(s->fd, to, n);
    while (done < 0 && errno == EINTR);
    *got = done > 0 ? (size_t)done : 0;
    if (done < 0) return SC_FAIL(SC_IO, "%s: cannot read: %s", s->path, strerror(errno));
    return SC_OK;
}

/* Reads behind what is there, and makes room by letting go of the oldest. */
static sc_status pull(sc_stream *s) {
    const size_t old = s->at > KEEP_BYTES ? s->at - KEEP_BYTES : 0;
    size_t got = 0;
    memmove(s->input, s->input + old, s->n_input - old);
    s->offset += old;
    s->at -= old;
    s->n_input -= old;
    SC_TRY(s->source(&got, s->user, s->input + s->n_input, KEEP_BYTES + INPUT_BYTES - s->n_input));
    s->n_input += got;
    s->consumed += got;
    s->ended = got == 0;
    return SC_OK;
}

static sc_status refill(sc_stream *s) { return s->at < s->n_input || s->ended ? SC_OK : pull(s); }

static sc_status ends_early(const sc_stream *s) {
    return SC_FAIL(SC_FORMAT, "%s: offset %" PRIu64 ": the archive ends early", s->path,
                   s->member_at);
}

static void begin_member(sc_stream *s) {
    s->inside = true;
    s->member_at = s->offset + s->at;
    s->member++;
}

static sc_status read_plain(size_t *got, sc_stream *s, void *to, size_t n) {
    *got = SC_MIN(n, s->n_input - s->at);
    memcpy(to, s->input + s->at, *got);
    s->at += *got;
    if (*got || s->ended) return SC_OK;
    const sc_status status = s->source(got, s->user, to, n);
    s->consumed += *got;
    return status;
}

/* ---- gzip ------------------------------------------------------------------------------------ */

/* Zeros after the last member are padding (of tapes, once); anything else must be a member. */
static sc_status next_member(sc_stream *s) {
    while (s->at < s->n_input && !s->input[s->at]) s->at++;
    if (s->at == s->n_input) return SC_OK;
    if (inflateReset(&s->z) != Z_OK) return SC_FAIL(SC_NOMEM, "%s: zlib", s->path);
    begin_member(s);
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
        return SC_FAIL(SC_FORMAT, "%s: offset %" PRIu64 ": damaged gzip archive: %s", s->path,
                       s->member_at, s->z.msg ? s->z.msg : "bad data");
    return SC_OK;
}

static sc_status read_gzip(size_t *got, sc_stream *s, void *to, size_t n) {
    *got = 0;
    n = SC_MIN(n, (size_t)1 << 30);
    s->z.next_out = to;
    s->z.avail_out = (uInt)n;
    while (s->z.avail_out == n) {
        SC_TRY(refill(s));
        if (s->at == s->n_input) return s->inside ? ends_early(s) : SC_OK;
        if (s->inside)
            SC_TRY(inflate_some(s));
        else
            SC_TRY(next_member(s));
    }
    *got = n - s->z.avail_out;
    return SC_OK;
}

/* Chance makes three bytes of magic every 16 MB; that they also inflate is a better sign. */
static sc_status try_gzip(bool *good, sc_stream *s) {
    unsigned char out[256];
    *good = false;
    if (s->n_input - s->at < TRIAL_BYTES && !s->ended) SC_TRY(pull(s));
    if (inflateReset(&s->z) != Z_OK) return SC_FAIL(SC_NOMEM, "%s: zlib", s->path);
    s->z.next_in = s->input + s->at;
    s->z.avail_in = (uInt)(s->n_input - s->at);
    s->z.next_out = out;
    s->z.avail_out = sizeof out;
    const int error = inflate(&s->z, Z_NO_FLUSH);
    *good = (error == Z_OK || error == Z_STREAM_END) && s->z.avail_out < sizeof out;
    if (inflateReset(&s->z) != Z_OK) return SC_FAIL(SC_NOMEM, "%s: zlib", s->path);
    return SC_OK;
}

/* ---- Zstandard ------------------------------------------------------------------------------- */

static sc_status read_zstd(size_t *got, sc_stream *s, void *to, size_t n) {
    ZSTD_outBuffer out = {to, n, 0};
    *got = 0;
    while (!out.pos) {
        SC_TRY(refill(s));
        const bool all = s->at == s->n_input;
        if (all && !s->inside) return SC_OK;
        if (!s->inside) begin_member(s);
        ZSTD_inBuffer in = {s->input, s->n_input, s->at}; /* empty at the end: what is held back */
        const size_t left = ZSTD_decompressStream(s->zstd, &out, &in);
        if (ZSTD_isError(left))
            return SC_FAIL(SC_FORMAT, "%s: offset %" PRIu64 ": damaged zstd archive: %s", s->path,
                           s->member_at, ZSTD_getErrorName(left));
        s->at = in.pos;
        s->inside = left != 0;
        if (all && left && !out.pos) return ends_early(s);
    }
    *got = out.pos;
    return SC_OK;
}

/* ---- xz and bzip2 ---------------------------------------------------------------------------- */

static la_ssize_t give_archive(struct archive *a, void *user, const void **bytes) {
    sc_stream *s = user;
    if (refill(s) < 0) {
        archive_set_error(a, EIO, "%s", sc_error_text());
        return -1;
    }
    const size_t n = s->n_input - s->at;
    *bytes = s->input + s->at;
    s->at = s->n_input;
    return (la_ssize_t)n;
}

static sc_status filter_failed(const sc_stream *s) {
    const char *text = archive_error_string(s->filter);
    if (archive_errno(s->filter) == ENOMEM) return SC_FAIL(SC_NOMEM, "%s: libarchive", s->path);
    return SC_FAIL(SC_FORMAT, "%s: offset %" PRIu64 ": damaged archive: %s", s->path,
                   s->offset + s->at, text ? text : "bad data");
}

static sc_status open_filter(sc_stream *s) {
    struct archive_entry *entry;
    s->filter = archive_read_new();
    if (!s->filter || archive_read_support_filter_xz(s->filter) != ARCHIVE_OK ||
        archive_read_support_filter_bzip2(s->filter) != ARCHIVE_OK ||
        archive_read_support_format_raw(s->filter) != ARCHIVE_OK ||
        archive_read_support_format_empty(s->filter) != ARCHIVE_OK)
        return SC_FAIL(SC_NOMEM, "%s: libarchive", s->path);
    if (archive_read_open(s->filter, s, NULL, give_archive, NULL) != ARCHIVE_OK)
        return filter_failed(s);
    const int result = archive_read_next_header(s->filter, &entry);
    if (archive_filter_count(s->filter) < 2)
        return SC_FAIL(SC_FORMAT, "%s: damaged archive: neither xz nor bzip2", s->path);
    s->inside = result != ARCHIVE_EOF;
    return result < ARCHIVE_WARN ? filter_failed(s) : SC_OK;
}

static sc_status read_filter(size_t *got, sc_stream *s, void *to, size_t n) {
    *got = 0;
    if (!s->filter) SC_TRY(open_filter(s));
    if (!s->inside) return SC_OK;
    const la_ssize_t done = archive_read_data(s->filter, to, n);
    if (done < 0) return filter_failed(s);
    *got = (size_t)done;
    s->inside = done > 0;
    return SC_OK;
}

/* ---- which it is ----------------------------------------------------------------------------- */

enum { PLAIN, GZIP, ZSTD, FILTER };

static const struct {
    const char *suffix, *magic;
    size_t n_magic;
    int codec;
} codecs[] = {
    {".gz", "\x1F\x8B\x08", 3, GZIP},
    {".zst", "\x28\xB5\x2F\xFD", 4, ZSTD},
    {".xz", "\xFD\x37zXZ\0", 6, FILTER},
    {".bz2", "BZh", 3, FILTER},
};

static bool ends_in(const char *path, size_t n, const char *suffix) {
    const size_t m = strlen(suffix);
    return n > m && !strncasecmp(path + n - m, suffix, m);
}

size_t sc__stream_bare_length(const char *path) {
    const size_t n = strlen(path);
    for (int i = 0; i < SC_LEN(codecs); i++)
        if (ends_in(path, n, codecs[i].suffix)) return n - strlen(codecs[i].suffix);
    return n;
}

bool sc__stream_has_suffix(const char *path, const char *suffix) {
    return ends_in(path, sc__stream_bare_length(path), suffix);
}

/* "BZh", a digit, then the magic of a block or of the end. */
static bool is_bzip2(const unsigned char *p, size_t n) {
    return n >= 10 && p[3] >= '1' && p[3] <= '9' &&
           (!memcmp(p + 4, "1AY&SY", 6) || !memcmp(p + 4, "\x17rE8P\x90", 6));
}

static int find_codec(const sc_stream *s) {
    const size_t n = strlen(s->path), left = s->n_input - s->at;
    const unsigned char *p = s->input + s->at;
    for (int i = 0; i < SC_LEN(codecs); i++)
        if (ends_in(s->path, n, codecs[i].suffix)) return i;
    for (int i = 0; i < SC_LEN(codecs); i++)
        if (left >= codecs[i].n_magic && !memcmp(p, codecs[i].magic, codecs[i].n_magic) &&
            (*p != 'B' || is_bzip2(p, left)))
            return i;
    return -1;
}

static sc_status choose(sc_stream *s) {
    while (s->n_input < 16 && !s->ended) SC_TRY(pull(s));
    const int i = find_codec(s);
    const int codec = i < 0 ? PLAIN : codecs[i].codec;
    s->read = codec == GZIP ? read_gzip : codec == ZSTD ? read_zstd : read_plain;
    s->inside = i >= 0; /* an archive without a member is not one */
    if (codec == FILTER) s->read = read_filter;
    if (codec == GZIP || codec == ZSTD) {
        s->magic = codecs[i].magic;
        s->n_magic = codecs[i].n_magic;
    }
    if (codec == GZIP && inflateInit2(&s->z, 15 + 16) != Z_OK)
        return SC_FAIL(SC_NOMEM, "%s: zlib", s->path);
    if (codec == ZSTD && !(s->zstd = ZSTD_createDStream()))
        return SC_FAIL(SC_NOMEM, "%s: zstd", s->path);
    return SC_OK;
}

static sc_status open_file(sc_stream *s) {
    struct stat st;
    s->source = read_fd;
    s->user = s;
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

/* read NULL: the file of that name */
static sc_status open_any(sc_stream **out, const char *path, sc_read_fn *read, void *user) {
    *out = NULL;
    sc_stream *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "%s", path);
    *s = (sc_stream){.path = path, .fd = -1, .source = read, .user = user};
    s->input = sc__alloc(KEEP_BYTES + INPUT_BYTES);
    sc_status status = s->input ? SC_OK : SC_FAIL(SC_NOMEM, "%s", path);
    if (status >= 0 && !read) status = open_file(s);
    if (status >= 0) status = choose(s);
    if (status < 0)
        sc__stream_close(s);
    else
        *out = s;
    return status;
}

sc_status sc__stream_open(sc_stream **out, const char *path) {
    return open_any(out, path, NULL, NULL);
}

sc_status sc__stream_wrap(sc_stream **out, const char *name, sc_read_fn *read, void *user) {
    return open_any(out, name, read, user);
}

/* ---- reading --------------------------------------------------------------------------------- */

static sc_status note_failure(sc_stream *s, sc_status status) {
    s->failed = status == SC_FORMAT;
    if (s->failed) snprintf(s->why, sizeof s->why, "%s", sc_error_text());
    return status;
}

sc_status sc__stream_read(size_t *got, sc_stream *s, void *to, size_t n) {
    *got = 0;
    if (s->failed) return SC_FAIL(SC_FORMAT, "%s", s->why);
    const sc_status status = s->read(got, s, to, n);
    if (status < 0) return note_failure(s, status);
    s->given += *got;
    const uint64_t taken = s->offset + s->at;
    if (s->read == read_plain || s->given < SC_STREAM_RATIO_FLOOR ||
        s->given / SC_STREAM_MAX_RATIO <= taken)
        return SC_OK;
    s->bomb = true;
    *got = 0;
    return note_failure(s, SC_FAIL(SC_FORMAT,
                                   "%s: becomes more than %d times as large: not read further",
                                   s->path, SC_STREAM_MAX_RATIO));
}

/* Moves to the next place that looks like a member; SC_DONE when there is none. */
static sc_status find_member(sc_stream *s) {
    for (;;) {
        const unsigned char *from = s->input + s->at;
        const unsigned char *p = memmem(from, s->n_input - s->at, s->magic, s->n_magic);
        if (p) {
            s->at = (size_t)(p - s->input);
            return SC_OK;
        }
        if (s->n_input - s->at >= s->n_magic) s->at = s->n_input - (s->n_magic - 1);
        if (s->ended) return SC_DONE;
        SC_TRY(pull(s));
    }
}

sc_status sc__stream_recover(sc_stream *s) {
    bool good = false;
    if (!s->magic || s->bomb) return SC_DONE;
    const uint64_t from = SC_MAX(s->member_at + 1, s->offset); /* behind where the bad one began */
    s->at = SC_MIN((size_t)(from - s->offset), s->n_input);
    while (!good) {
        const sc_status found = find_member(s);
        if (found != SC_OK) return found;
        good = true;
        if (s->zstd)
            ZSTD_DCtx_reset(s->zstd, ZSTD_reset_session_only);
        else
            SC_TRY(try_gzip(&good, s));
        if (!good) s->at++;
    }
    begin_member(s);
    s->failed = false;
    return SC_OK;
}

uint64_t sc__stream_consumed(const sc_stream *s) { return s->consumed; }
bool sc__stream_is_packed(const sc_stream *s) { return s->read != read_plain; }
int64_t sc__stream_member(const sc_stream *s) { return s->member; }
uint64_t sc__stream_member_offset(const sc_stream *s) { return s->member_at; }

void sc__stream_close(sc_stream *s) {
    if (!s) return;
    if (s->fd > STDIN_FILENO) close(s->fd);
    inflateEnd(&s->z); /* harmless when it was never begun */
    ZSTD_freeDStream(s->zstd);
    archive_read_free(s->filter);
    sc__free(s->input);
    sc__free(s);
}

sc_status sc__stream_read_all(sc_buffer *out, const char *path, size_t max) {
    enum { PIECE = 1 << 18 };
    sc_stream *in;
    size_t got = 1;
    SC_TRY(sc__stream_open(&in, path));
    sc_status s = SC_OK;
    while (s >= 0 && got) {
        char *to = sc__buffer_extend(out, PIECE);
        s = to ? sc__stream_read(&got, in, to, PIECE) : out->status;
        if (to) out->len -= PIECE - (s < 0 ? 0 : got);
        if (to) out->data[out->len] = 0;
        if (s >= 0 && out->len > max)
            s = SC_FAIL(SC_FORMAT, "%s: longer than %zu bytes", path, max);
    }
    sc__stream_close(in);
    return s;
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

static sc_status open_codec(sc_packer *p, const char *path) {
    const char *suffix = path + sc__stream_bare_length(path);
    bool fine = true;
    p->gzip = !strcasecmp(suffix, ".gz");
    if (p->gzip)
        fine = deflateInit2(&p->z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    else if (!strcasecmp(suffix, ".zst"))
        fine = (p->zstd = ZSTD_createCCtx()) != NULL;
    else if (*suffix)
        return SC_FAIL(SC_USAGE, "%s: %s is read but not written: name .zst or .gz", path, suffix);
    return fine ? SC_OK : SC_FAIL(SC_NOMEM, "%s: compressor", path);
}

sc_status sc__packer_open(sc_packer **out, const char *path) {
    sc_packer *p = sc__calloc(1, sizeof *p);
    *out = NULL;
    if (!p) return SC_FAIL(SC_NOMEM, "%s", path);
    const sc_status s = open_codec(p, path);
    if (s < 0)
        sc__free(p);
    else
        *out = p;
    return s;
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
