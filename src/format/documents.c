/* documents.c - the document reader. Lines are read in pieces, so that memory is bounded by the
 * longest document and not by the file. */
#define _GNU_SOURCE
#include "format/documents.h"

#include "base/log.h"
#include "base/utf8.h"
#include "format/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 18 };

struct sc_documents {
    sc_arena arena;
    sc_paths paths;
    sc_documents_options options;
    int64_t at; /* the next file */
    int64_t index, line;
    sc_stream *stream; /* NULL between files */
    bool jsonl;
    sc_buffer raw; /* bytes of the file, those before `used` are done with */
    size_t used;
    sc_buffer valid; /* the bytes repaired */
    sc_buffer text;  /* of a line, where it has escapes */
    sc_record record;
    int64_t replaced;
    const char *damaged; /* the first file with invalid sequences; NULL once warned of */
};

/* ---- JSONL ----------------------------------------------------------------------------------- */

sc_status sc__document_id(sc_buffer *out, const sc_document *d) {
    const sc_record plain = {.text = {d->text, d->n}};
    return sc__record_id(out, d->record ? d->record : &plain);
}

/* ---- UTF-8 ----------------------------------------------------------------------------------- */

static const char *where(const sc_documents *t) {
    static _Thread_local char text[32];
    if (!t->line) return "";
    snprintf(text, sizeof text, ": line %" PRId64, t->line);
    return text;
}

static void count(sc_documents *t, const char *path, int64_t n) {
    if (n && !t->damaged) t->damaged = path;
    t->replaced += n;
}

/* Makes *bytes valid; where it must change, the new ones lie in `valid`. */
static sc_status make_valid(sc_documents *t, char **bytes, size_t *n, const char *path) {
    const size_t good = sc__utf8_valid_prefix(*bytes, *n);
    if (good == *n) return SC_OK;
    if (t->options.strict)
        return SC_FAIL(SC_FORMAT, "%s%s: byte %zu: not valid UTF-8", path, where(t), good + 1);
    int64_t replaced = 0;
    sc__buffer_clear(&t->valid);
    SC_TRY(sc__utf8_repair(&t->valid, *bytes, *n, &replaced));
    count(t, path, replaced);
    *bytes = t->valid.data;
    *n = t->valid.len;
    return SC_OK;
}

static size_t byte_order_mark(const char *p, size_t n) {
    return n >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3) ? 3 : 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* How long the ending is by which a name, without .gz and its like, is one of JSONL. */
static size_t jsonl_ending(const char *path) {
    return sc__stream_has_suffix(path, ".jsonl") ? 6 : sc__stream_has_suffix(path, ".json") ? 5 : 0;
}

bool sc__documents_is_jsonl(const char *path) { return jsonl_ending(path) > 0; }

sc_slice sc__documents_stem(const char *path) {
    const char *name = sc__path_name(path);
    return (sc_slice){name, sc__stream_bare_length(name) - jsonl_ending(name)};
}

static size_t limit(const sc_documents *t) {
    if (t->options.max_document) return t->options.max_document;
    return t->jsonl ? (size_t)256 << 20 : (size_t)2 << 30;
}

static sc_status too_long(const sc_documents *t, const char *path) {
    return SC_FAIL(SC_FORMAT, "%s%s: longer than %zu bytes", path, where(t), limit(t));
}

/* Reads another piece behind what is left; *got = 0 at the end of the file. */
static sc_status more(size_t *got, sc_documents *t) {
    if (t->used) {
        memmove(t->raw.data, t->raw.data + t->used, t->raw.len - t->used);
        t->raw.len -= t->used;
        t->used = 0;
    }
    char *at = sc__buffer_extend(&t->raw, PIECE);
    if (!at) return t->raw.status;
    sc_status s = sc__stream_read(got, t->stream, at, PIECE);
    t->raw.len -= PIECE - (s < 0 ? 0 : *got);
    t->raw.data[t->raw.len] = 0;
    return s;
}

static sc_status next_plain(sc_document *out, sc_documents *t, const char *path) {
    size_t got = 1;
    while (got) {
        SC_TRY(more(&got, t));
        if (t->raw.len > limit(t)) return too_long(t, path);
    }
    const size_t skip = byte_order_mark(t->raw.data, t->raw.len);
    char *bytes = t->raw.data + skip;
    size_t n = t->raw.len - skip;
    t->used = t->raw.len;
    SC_TRY(make_valid(t, &bytes, &n, path));
    *out = (sc_document){bytes, n, path, 0, t->index, NULL};
    return SC_OK;
}

/* *line is NULL at the end of the file. */
static sc_status next_line(char **line, size_t *n, sc_documents *t, const char *path) {
    size_t searched = 0, got = 1;
    t->line++;
    for (;;) {
        char *start = t->raw.data ? t->raw.data + t->used : NULL;
        const size_t left = t->raw.len - t->used;
        char *end = left > searched ? memchr(start + searched, '\n', left - searched) : NULL;
        if ((end ? (size_t)(end - start) : left) > limit(t)) return too_long(t, path);
        if (end || !got) {
            *n = end ? (size_t)(end - start) : left;
            *line = end || left ? start : NULL;
            t->used += *n + (end != NULL);
            return SC_OK;
        }
        searched = left;
        SC_TRY(more(&got, t));
    }
}

static bool is_blank(const char *p, size_t n) {
    while (n && strchr(" \t\r", *p) && *p) p++, n--;
    return n == 0;
}

/* SC_DONE at the end of the file. */
static sc_status next_jsonl(sc_document *out, sc_documents *t, const char *path) {
    char *line;
    size_t n;
    do {
        SC_TRY(next_line(&line, &n, t, path));
        if (!line) return SC_DONE;
        const size_t skip = t->line == 1 ? byte_order_mark(line, n) : 0;
        line += skip;
        n -= skip;
    } while (is_blank(line, n));
    SC_TRY(make_valid(t, &line, &n, path));
    int64_t replaced = 0;
    sc_status s = sc__record_parse(&t->record, &t->text, (sc_slice){line, n}, NULL, &replaced);
    if (s < 0) return sc__fail_context(s, "%s%s", path, where(t));
    if (replaced && t->options.strict)
        return SC_FAIL(SC_FORMAT, "%s%s: text: half a surrogate pair", path, where(t));
    count(t, path, replaced);
    const sc_slice text = t->record.text;
    *out = (sc_document){text.p, text.n, path, t->line, t->index, &t->record};
    return SC_OK;
}

/* ---- the stream of documents ----------------------------------------------------------------- */

static sc_status open_next(sc_documents *t) {
    const char *path = t->paths.paths[t->at];
    sc__buffer_clear(&t->raw);
    t->used = 0;
    t->line = 0;
    t->jsonl = sc__documents_is_jsonl(path);
    return sc__stream_open(&t->stream, path);
}

static void close_file(sc_documents *t) {
    sc__stream_close(t->stream);
    t->stream = NULL;
    t->at++;
}

static void warn_once(sc_documents *t) {
    if (t->damaged && !t->options.quiet)
        SC_WARN("%" PRId64 " invalid UTF-8 sequences became U+FFFD, the first in %s", t->replaced,
                t->damaged);
    t->damaged = NULL;
}

sc_status sc__documents_next(sc_document *out, sc_documents *t) {
    for (; t->at < t->paths.n; close_file(t)) {
        const char *path = t->paths.paths[t->at];
        sc_status s = t->stream ? SC_OK : open_next(t);
        if (s >= 0) s = t->jsonl ? next_jsonl(out, t, path) : next_plain(out, t, path);
        if (s == SC_DONE) continue;
        if (s < 0 || !t->jsonl) close_file(t);
        if (s >= 0) t->index++;
        return s;
    }
    warn_once(t);
    return SC_DONE;
}

/* socle's own account of what lies there. */
static bool is_account(const char *path) {
    const char *name = sc__path_name(path);
    const size_t n = strlen(name), m = strlen("lineage.json");
    return n >= m && !strcmp(name + n - m, "lineage.json") && (n == m || name[n - m - 1] == '.');
}

static void drop_accounts(sc_paths *found) {
    int64_t kept = 0;
    for (int64_t i = 0; i < found->n; i++)
        if (!is_account(found->paths[i])) found->paths[kept++] = found->paths[i];
    found->n = kept;
}

sc_status sc__documents_root(const char **out, sc_arena *a, const char *path) {
    const char *within = sc__path_join(a, path, "documents");
    if (!within) return SC_FAIL(SC_NOMEM, "%s", path);
    *out = sc__path_is_dir(within) ? within : path;
    return SC_OK;
}

static sc_status find_one(sc_paths *out, sc_arena *a, const char *pattern) {
    SC_TRY(sc__documents_root(&pattern, a, pattern));
    SC_TRY(sc__paths_find(out, a, pattern));
    if (out->n > 1) drop_accounts(out);
    return SC_OK;
}

sc_status sc__documents_find(sc_paths *out, sc_arena *a, const char *const *patterns, int n) {
    *out = (sc_paths){0};
    for (int i = 0; i < n; i++) {
        sc_paths found;
        SC_TRY(find_one(&found, a, patterns[i]));
        char **all = sc__arena_array(a, (size_t)(out->n + found.n), sizeof *all);
        if (!all) return SC_FAIL(SC_NOMEM, "%s", patterns[i]);
        if (out->n) memcpy(all, out->paths, (size_t)out->n * sizeof *all);
        memcpy(all + out->n, found.paths, (size_t)found.n * sizeof *all);
        out->paths = all;
        out->n += found.n;
    }
    return SC_OK;
}

sc_status sc__documents_find_below(const char **out, sc_arena *a, const char *const *patterns,
                                   int n, const char *folder) {
    sc_paths found = {0};
    char *real = realpath(folder, NULL);
    const size_t length = real ? strlen(real) : 0;
    const sc_status s = real ? sc__documents_find(&found, a, patterns, n) : SC_OK;
    *out = NULL;
    for (int64_t i = 0; s >= 0 && i < found.n && !*out; i++) {
        char *file = realpath(found.paths[i], NULL);
        if (file && !strncmp(file, real, length) && file[length] == '/') *out = found.paths[i];
        free(file); /* libc's */
    }
    free(real); /* libc's */
    return s;
}

sc_status sc__documents_open(sc_documents **out, const char *const *patterns, int n,
                             const sc_documents_options *o) {
    *out = NULL;
    sc_documents *t = sc__calloc(1, sizeof *t);
    if (!t) return SC_FAIL(SC_NOMEM, "text reader");
    if (o) t->options = *o;
    sc_status s = sc__documents_find(&t->paths, &t->arena, patterns, n);
    if (s < 0)
        sc__documents_close(t);
    else
        *out = t;
    return s;
}

const sc_paths *sc__documents_paths(const sc_documents *t) { return &t->paths; }
int64_t sc__documents_replaced(const sc_documents *t) { return t->replaced; }

void sc__documents_close(sc_documents *t) {
    if (!t) return;
    sc__stream_close(t->stream);
    sc__buffer_deinit(&t->raw);
    sc__buffer_deinit(&t->valid);
    sc__buffer_deinit(&t->text);
    sc__arena_deinit(&t->arena);
    sc__free(t);
}
