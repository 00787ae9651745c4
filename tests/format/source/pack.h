/* pack.h - bytes packed for tests: gzip members, zstd frames, tar and zip and xz and bzip2 by
 * libarchive, and files to put them in. */
#ifndef SC_TEST_FORMAT_PACK_H
#define SC_TEST_FORMAT_PACK_H

#include "test.h"

#include "base/file.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>
#include <zstd.h>

static inline const char *put_buffer(const char *name, const sc_buffer *b) {
    CHECK_OK(b->status);
    CHECK_OK(sc__file_write(test_path(name), b->data, b->len));
    return test_path(name);
}

static inline void add_gzip(sc_buffer *out, const char *bytes, size_t n) {
    z_stream z = {0};
    CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    const size_t bound = deflateBound(&z, (uLong)n), before = out->len;
    z.next_in = (unsigned char *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    z.next_out = sc__buffer_extend(out, bound);
    z.avail_out = (uInt)bound;
    CHECK(z.next_out && deflate(&z, Z_FINISH) == Z_STREAM_END);
    out->len = before + z.total_out;
    deflateEnd(&z);
}

static inline void add_zstd(sc_buffer *out, const char *bytes, size_t n) {
    const size_t bound = ZSTD_compressBound(n), before = out->len;
    void *to = sc__buffer_extend(out, bound);
    CHECK(to);
    const size_t done = ZSTD_compress(to, bound, bytes, n, 3);
    CHECK(!ZSTD_isError(done));
    out->len = before + done;
}

/* An archive in memory: format "ustar", "zip" or "raw"; filter "none", "xz" or "bzip2". */
typedef struct {
    struct archive *handle;
    sc_buffer *out;
    size_t used;
} packing;

static inline packing pack_begin(sc_buffer *out, const char *format, const char *filter) {
    packing p = {archive_write_new(), out, 0};
    CHECK(p.handle && archive_write_set_format_by_name(p.handle, format) == ARCHIVE_OK);
    if (strcmp(filter, "none") != 0)
        CHECK(archive_write_add_filter_by_name(p.handle, filter) == ARCHIVE_OK);
    out->len = 0;
    CHECK(sc__buffer_extend(out, 1 << 20));
    CHECK(archive_write_open_memory(p.handle, out->data, 1 << 20, &out->len) == ARCHIVE_OK);
    return p;
}

static inline void pack_member(const packing *p, const char *name, const char *bytes, size_t n) {
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_size(e, (la_int64_t)n);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_mtime(e, 1000000, 0);
    CHECK(archive_write_header(p->handle, e) == ARCHIVE_OK);
    CHECK(archive_write_data(p->handle, bytes, n) == (la_ssize_t)n);
    archive_entry_free(e);
}

static inline void pack_end(const packing *p) {
    CHECK(archive_write_close(p->handle) == ARCHIVE_OK);
    archive_write_free(p->handle);
}

static inline void pack_raw(sc_buffer *out, const char *filter, const char *bytes, size_t n) {
    const packing p = pack_begin(out, "raw", filter);
    pack_member(&p, "data", bytes, n);
    pack_end(&p);
}

#endif
