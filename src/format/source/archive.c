/* archive.c - tar and zip through libarchive, fed from a window. */
#include "format/source/archive.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

struct sc_archive {
    sc_window *in;
    const char *name;
    struct archive *handle;
    sc_buffer member;      /* its name */
    uint64_t begin, given; /* of the member: where in the archive, bytes handed out */
    bool ended;
};

/* POSIX.1-2001 has "ustar" at 257; older tars have a checksum of the header in octal at 148. */
static bool is_tar(const unsigned char *p) {
    unsigned sum = 0, want = 0;
    if (!memcmp(p + 257, "ustar", 5)) return true;
    for (int i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? ' ' : p[i];
    int i = 148;
    while (i < 154 && p[i] == ' ') i++;
    if (i == 154 || !p[0]) return false;
    for (; i < 156 && p[i] >= '0' && p[i] <= '7'; i++) want = want * 8 + (unsigned)(p[i] - '0');
    return sum == want;
}

bool sc__archive_detect(const char *bytes, size_t n) {
    if (n >= 4 && (!memcmp(bytes, "PK\3\4", 4) || !memcmp(bytes, "PK\5\6", 4))) return true;
    return n >= 512 && is_tar((const unsigned char *)bytes);
}

static la_ssize_t give(struct archive *handle, void *user, const void **bytes) {
    const sc_archive *a = user;
    if (!sc__window_left(a->in) && !a->in->ended) {
        const sc_status s = sc__window_more(a->in);
        if (s < 0) {
            archive_set_error(handle, s == SC_NOMEM ? ENOMEM : EIO, "%s", sc_error_text());
            return -1;
        }
    }
    const size_t n = sc__window_left(a->in);
    *bytes = sc__window_at(a->in);
    sc__window_take(a->in, n);
    return (la_ssize_t)n;
}

static sc_status failed(sc_archive *a, const char *member) {
    const char *text = archive_error_string(a->handle);
    if (archive_errno(a->handle) == ENOMEM) return SC_FAIL(SC_NOMEM, "%s: libarchive", a->name);
    return SC_FAIL(SC_FORMAT, "%s%s%s: damaged archive: %s", a->name, member ? "/" : "",
                   member ? member : "", text ? text : "bad data");
}

sc_status sc__archive_open(sc_archive **out, sc_window *in, const char *name) {
    *out = NULL;
    sc_archive *a = sc__calloc(1, sizeof *a);
    if (!a) return SC_FAIL(SC_NOMEM, "%s", name);
    *a = (sc_archive){.in = in, .name = name, .handle = archive_read_new()};
    sc_status s = SC_OK;
    if (!a->handle || archive_read_support_format_tar(a->handle) != ARCHIVE_OK ||
        archive_read_support_format_zip_streamable(a->handle) != ARCHIVE_OK)
        s = SC_FAIL(SC_NOMEM, "%s: libarchive", name);
    else if (archive_read_open(a->handle, a, NULL, give, NULL) != ARCHIVE_OK)
        s = failed(a, NULL);
    if (s < 0)
        sc__archive_close(a);
    else
        *out = a;
    return s;
}

void sc__archive_close(sc_archive *a) {
    if (!a) return;
    archive_read_free(a->handle);
    sc__buffer_deinit(&a->member);
    sc__free(a);
}

static sc_status take_name(sc_archive *a, struct archive_entry *entry) {
    const char *name = archive_entry_pathname_utf8(entry);
    if (!name) name = archive_entry_pathname(entry);
    if (!name) name = "(without a name)";
    sc__buffer_clear(&a->member);
    return sc__utf8_repair(&a->member, name, strlen(name), NULL);
}

sc_status sc__archive_next(sc_archive_member *out, sc_archive *a) {
    struct archive_entry *entry;
    while (!a->ended) {
        const int result = archive_read_next_header(a->handle, &entry);
        a->ended = result == ARCHIVE_EOF || result == ARCHIVE_FATAL;
        if (result == ARCHIVE_EOF) return SC_DONE;
        if (result < ARCHIVE_WARN) return failed(a, NULL);
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        SC_TRY(take_name(a, entry));
        a->begin = sc__window_offset(a->in);
        a->given = 0;
        out->name = a->member.data ? a->member.data : "";
        out->mtime = archive_entry_mtime_is_set(entry) ? (int64_t)archive_entry_mtime(entry) : -1;
        return SC_OK;
    }
    return SC_DONE;
}

sc_status sc__archive_read(size_t *got, void *archive, void *to, size_t n) {
    sc_archive *a = archive;
    *got = 0;
    const la_ssize_t done = archive_read_data(a->handle, to, n);
    if (done < 0) return failed(a, a->member.data);
    *got = (size_t)done;
    a->given += *got;
    const uint64_t taken = sc__window_offset(a->in) - a->begin + (1 << 18); /* read ahead before */
    if (a->given < SC_STREAM_RATIO_FLOOR || a->given / SC_STREAM_MAX_RATIO <= taken) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s/%s: becomes more than %d times as large: not read further",
                   a->name, a->member.data, SC_STREAM_MAX_RATIO);
}
