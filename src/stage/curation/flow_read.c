/* flow_read.c - JSONL files cut into chunks of whole lines. */
#define _GNU_SOURCE
#include "base/log.h"
#include "format/documents.h"
#include "stage/curation/flow_part.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LINE = 64 << 20 };

static size_t max_line(const sc_flow_options *o) { return o->max_line ? o->max_line : MAX_LINE; }

sc_status sc__chunk_unreadable(sc_chunk *c, const sc_flow_options *o, sc_status s) {
    if (s != SC_FORMAT && s != SC_IO) return s;
    if (o->strict) return s;
    if (!c->unreadable++)
        snprintf(c->first_unreadable, sizeof c->first_unreadable, "%s", sc_error_text());
    return SC_OK;
}

/* Reads until the chunk holds n bytes or the file ends; *ended then. */
static sc_status fill(sc_chunk *c, bool *ended, sc_chunk_reader *r, size_t n) {
    while (c->text.len < n) {
        const size_t want = n - c->text.len;
        size_t got = 0;
        char *to = sc__buffer_extend(&c->text, want);
        if (!to) return c->text.status;
        const sc_status s = sc__stream_read(&got, r->stream, to, want);
        c->text.len -= want - (s < 0 ? 0 : got);
        c->text.data[c->text.len] = 0;
        *ended = s < 0 || !got;
        if (*ended) return s;
    }
    return SC_OK;
}

static int64_t count_lines(const char *p, size_t n) {
    int64_t count = 0;
    const char *end = p + n;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) p++, count++;
    return count;
}

/* A line that is too long: reads on to its end, keeping nothing of it but what follows. */
static sc_status pass_long_line(sc_chunk *c, bool *ended, sc_chunk_reader *r) {
    const char *newline = NULL;
    sc_status s = SC_FAIL(SC_FORMAT, "%s: line %" PRId64 ": longer than %zu bytes",
                          r->paths.paths[r->at], r->line + 1, max_line(r->o));
    SC_TRY(sc__chunk_unreadable(c, r->o, s));
    while (!newline && !*ended) {
        sc__buffer_clear(&c->text);
        SC_TRY(fill(c, ended, r, SC_CHUNK_BYTES));
        newline = c->text.len ? memchr(c->text.data, '\n', c->text.len) : NULL;
    }
    const size_t gone = newline ? (size_t)(newline + 1 - c->text.data) : c->text.len;
    if (c->text.len) memmove(c->text.data, c->text.data + gone, c->text.len - gone);
    c->text.len -= gone;
    r->line++;
    return SC_OK;
}

/* Leaves whole lines in the chunk and the begin of the next one in `carry`. */
static void cut(sc_chunk *c, sc_chunk_reader *r, bool ended) {
    const char *newline = c->text.len ? memrchr(c->text.data, '\n', c->text.len) : NULL;
    const size_t whole = ended ? c->text.len : newline ? (size_t)(newline + 1 - c->text.data) : 0;
    sc__buffer_append(&r->carry, c->text.data + whole, c->text.len - whole);
    c->text.len = whole;
}

static sc_status read_lines(sc_chunk *c, bool *ended, sc_chunk_reader *r) {
    size_t want = SC_CHUNK_BYTES;
    sc__buffer_append(&c->text, r->carry.data, r->carry.len);
    sc__buffer_clear(&r->carry);
    for (;;) {
        SC_TRY(fill(c, ended, r, want));
        if (*ended || memrchr(c->text.data, '\n', c->text.len)) break;
        if (c->text.len > max_line(r->o))
            SC_TRY(pass_long_line(c, ended, r));
        else
            want = SC_MIN(2 * want, max_line(r->o) + 1);
    }
    cut(c, r, *ended);
    return r->carry.status < 0 ? r->carry.status : c->text.status;
}

static sc_status open_file(sc_chunk_reader *r) {
    const char *path = r->paths.paths[r->at];
    r->line = 0;
    sc__buffer_clear(&r->carry);
    if (strcmp(path, "-") && !sc__documents_is_jsonl(path))
        return SC_FAIL(SC_FORMAT,
                       "%s: not a .jsonl file (also .gz, .zst); socle data ingest makes them",
                       path);
    return sc__stream_open(&r->stream, path);
}

static void end_file(sc_chunk_reader *r) {
    if (r->stream) r->bytes_read += sc__stream_consumed(r->stream);
    sc__stream_close(r->stream);
    r->stream = NULL;
    r->at++;
}

static void begin(sc_chunk *c, sc_chunk_reader *r) {
    c->file = r->at;
    c->unreadable = c->documents = c->replaced = 0;
    c->last = false;
    sc__buffer_clear(&c->text);
}

sc_status sc__chunk_next(sc_chunk *out, sc_chunk_reader *r) {
    while (r->at < r->paths.n && r->passed[r->at]) r->at++;
    if (r->at == r->paths.n) return SC_DONE;
    begin(out, r);
    bool ended = false;
    sc_status s = r->stream ? SC_OK : open_file(r);
    if (s >= 0) s = read_lines(out, &ended, r);
    if (s < 0) { /* what came before the damage is still good, but for the line it is in */
        const char *newline = out->text.len ? memrchr(out->text.data, '\n', out->text.len) : NULL;
        s = sc__chunk_unreadable(out, r->o, s);
        if (s < 0) return s;
        out->text.len = newline ? (size_t)(newline + 1 - out->text.data) : 0;
        ended = true;
    }
    out->first_line = r->line + 1;
    r->line += count_lines(out->text.data, out->text.len);
    out->last = ended;
    if (ended) end_file(r);
    out->bytes_read = r->bytes_read + (r->stream ? sc__stream_consumed(r->stream) : 0);
    return SC_OK;
}

void sc__chunk_reader_close(sc_chunk_reader *r) {
    sc__stream_close(r->stream);
    sc__buffer_deinit(&r->carry);
}
