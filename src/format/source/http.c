/* http.c - responses; see http.h. Decoding is bounded: a body never becomes longer than the limit,
 * whatever its length fields say. */
#define _GNU_SOURCE
#include "format/source/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

typedef struct {
    const char *p;
    size_t n;
} span;

static span trim(const char *from, const char *end) {
    while (from < end && isspace((unsigned char)*from)) from++;
    while (end > from && isspace((unsigned char)end[-1])) end--;
    return (span){from, (size_t)(end - from)};
}

static bool same(span s, const char *word) {
    return s.n == strlen(word) && !strncasecmp(s.p, word, s.n);
}

static void lower(char *to, size_t room, span s) {
    size_t i = 0;
    for (; i < s.n && i + 1 < room; i++) to[i] = (char)tolower((unsigned char)s.p[i]);
    to[i] = 0;
}

void sc__media_type_parse(char type[80], char charset[40], const char *value, size_t n) {
    const char *end = value + n, *stop = memchr(value, ';', n);
    lower(type, 80, trim(value, stop ? stop : end));
    charset[0] = 0;
    while (stop && stop < end) {
        const char *from = stop + 1, *next = memchr(from, ';', (size_t)(end - from));
        const char *equals = memchr(from, '=', (size_t)((next ? next : end) - from));
        stop = next;
        if (!equals || !same(trim(from, equals), "charset")) continue;
        span v = trim(equals + 1, next ? next : end);
        while (v.n && (*v.p == '"' || *v.p == '\'')) v.p++, v.n--;
        while (v.n && (v.p[v.n - 1] == '"' || v.p[v.n - 1] == '\'')) v.n--;
        lower(charset, 40, v);
        return;
    }
}

/* ---- the header ------------------------------------------------------------------------------ */

typedef struct {
    bool chunked;
    span encoding; /* a list */
} body_facts;

/* The header may come more than once. */
static void add_robots(sc_http *h, span value) {
    size_t n = strlen(h->robots);
    if (n && n + 2 < sizeof h->robots) {
        memcpy(h->robots + n, ", ", 2);
        n += 2;
    }
    lower(h->robots + n, sizeof h->robots - n, value);
}

static void read_field(sc_http *h, body_facts *f, span name, span value) {
    if (same(name, "Content-Type")) sc__media_type_parse(h->type, h->charset, value.p, value.n);
    if (same(name, "X-Robots-Tag")) add_robots(h, value);
    if (same(name, "Transfer-Encoding")) f->chunked = value.n >= 7 && same(value, "chunked");
    if (same(name, "Content-Encoding")) f->encoding = value;
}

/* "HTTP/1.1 200 OK"; a status of three digits. */
static bool read_status(sc_http *h, span line) {
    const char *space =
        line.n >= 12 && !memcmp(line.p, "HTTP/", 5) ? memchr(line.p, ' ', line.n) : NULL;
    if (!space) return false;
    const span rest = trim(space, line.p + line.n);
    for (size_t i = 0; i < 3; i++) {
        if (i >= rest.n || rest.p[i] < '0' || rest.p[i] > '9') return false;
        h->status = h->status * 10 + (rest.p[i] - '0');
    }
    return true;
}

/* Lines up to the empty one; the body begins behind it, or is empty where the header does not end.
 */
static bool read_header(sc_http *h, body_facts *f, const char *bytes, size_t n) {
    const char *line = bytes, *end = bytes + n;
    for (bool first = true; line < end; first = false) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        const span text = trim(line, stop ? stop : end);
        const char *colon = memchr(text.p, ':', text.n);
        line = stop ? stop + 1 : end;
        if (first && !read_status(h, text)) return false;
        if (!text.n) break;
        if (!first && colon)
            read_field(h, f, trim(text.p, colon), trim(colon + 1, text.p + text.n));
    }
    h->body = line;
    h->n = (size_t)(end - line);
    return true;
}

/* ---- chunks ---------------------------------------------------------------------------------- */

/* The size line of a chunk: hexadecimal digits, perhaps an extension behind ';'. */
static bool read_chunk_size(size_t *size, const char **p, const char *end) {
    const char *stop = memchr(*p, '\n', (size_t)(end - *p));
    if (!stop) return false;
    const span line = trim(*p, stop);
    size_t i = 0;
    for (*size = 0; i < line.n && isxdigit((unsigned char)line.p[i]); i++) {
        const char c = (char)tolower((unsigned char)line.p[i]);
        if (*size > SIZE_MAX >> 5) return false;
        *size = *size << 4 | (size_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *p = stop + 1;
    return i > 0 && (i == line.n || strchr("; \t", line.p[i]));
}

/* *plain: the first line is no chunk's, so that nothing here is in chunks. */
static sc_status join_chunks(sc_buffer *out, bool *plain, const sc_http *h) {
    const char *p = h->body, *end = p + h->n;
    size_t size;
    for (bool first = true;; first = false) {
        const bool good = p < end && read_chunk_size(&size, &p, end);
        *plain = first && !good;
        if (*plain) return SC_OK;
        if (!good) return SC_FAIL(SC_FORMAT, "HTTP: a chunk without its size");
        if (!size) return out->status;
        if (size > (size_t)(end - p)) return SC_FAIL(SC_FORMAT, "HTTP: a chunk that ends early");
        sc__buffer_append(out, p, size);
        SC_TRY(out->status);
        p += size;
        if (p < end && *p == '\r') p++;
        if (p < end && *p == '\n') p++;
    }
}

/* ---- content encodings ----------------------------------------------------------------------- */

static sc_status too_long(size_t max) {
    return SC_FAIL(SC_FORMAT, "HTTP: the decoded body is longer than %zu bytes", max);
}

static sc_status damaged(const char *what) {
    return SC_FAIL(SC_FORMAT, "HTTP: damaged %s body", what);
}

static sc_status inflate_all(sc_buffer *out, z_stream *z, size_t max) {
    enum { STEP = 1 << 16 };
    int result = Z_OK;
    while (result == Z_OK) {
        unsigned char *at = sc__buffer_extend(out, STEP);
        if (!at) return out->status;
        z->next_out = at;
        z->avail_out = STEP;
        result = inflate(z, Z_NO_FLUSH);
        out->len -= z->avail_out;
        if (out->len > max) return too_long(max);
        if (result == Z_OK && z->avail_out) result = Z_BUF_ERROR; /* it ends early */
    }
    if (result == Z_MEM_ERROR) return SC_FAIL(SC_NOMEM, "HTTP: zlib");
    return result == Z_STREAM_END ? SC_OK : damaged("gzip");
}

/* bits: 31 gzip, 15 zlib, -15 bare deflate */
static sc_status decode_deflate(sc_buffer *out, span in, int bits, size_t max) {
    z_stream z = {0};
    if (inflateInit2(&z, bits) != Z_OK) return SC_FAIL(SC_NOMEM, "HTTP: zlib");
    z.next_in = (unsigned char *)(uintptr_t)in.p;
    z.avail_in = (uInt)SC_MIN(in.n, (size_t)1 << 31);
    const sc_status s = inflate_all(out, &z, max);
    inflateEnd(&z);
    return s;
}

static sc_status decode_zstd(sc_buffer *out, span in, size_t max) {
    enum { STEP = 1 << 17 };
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer from = {in.p, in.n, 0};
    sc_status s = z ? SC_OK : SC_FAIL(SC_NOMEM, "HTTP: zstd");
    for (size_t left = 1; s >= 0 && left;) {
        char *at = sc__buffer_extend(out, STEP);
        if (!at) {
            s = out->status;
            break;
        }
        ZSTD_outBuffer to = {at, STEP, 0};
        left = ZSTD_decompressStream(z, &to, &from);
        out->len -= STEP - to.pos;
        if (ZSTD_isError(left) || (left && from.pos == from.size && to.pos < STEP))
            s = damaged("zstd");
        else if (out->len > max)
            s = too_long(max);
    }
    ZSTD_freeDStream(z);
    return s;
}

static sc_status decode_brotli(sc_buffer *out, span in, size_t max) {
    enum { STEP = 1 << 16 };
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    const uint8_t *from = (const uint8_t *)in.p;
    sc_status s = state ? SC_OK : SC_FAIL(SC_NOMEM, "HTTP: brotli");
    while (s >= 0 && result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        uint8_t *to = sc__buffer_extend(out, STEP);
        size_t left = STEP;
        if (!to) {
            s = out->status;
            break;
        }
        result = BrotliDecoderDecompressStream(state, &in.n, &from, &left, &to, NULL);
        out->len -= left;
        if (out->len > max) s = too_long(max);
    }
    if (state) BrotliDecoderDestroyInstance(state);
    if (s < 0) return s;
    return result == BROTLI_DECODER_RESULT_SUCCESS ? SC_OK : damaged("brotli");
}

static bool starts(span in, const char *magic, size_t n) {
    return in.n >= n && !memcmp(in.p, magic, n);
}

/* *plain: the body does not begin as its encoding would. */
static sc_status decode(sc_buffer *out, bool *plain, span encoding, span in, size_t max) {
    *plain = starts(in, "<", 1); /* a page, decoded already */
    if (*plain) return SC_OK;
    if (same(encoding, "gzip") || same(encoding, "x-gzip")) {
        *plain = !starts(in, "\x1F\x8B", 2);
        return *plain ? SC_OK : decode_deflate(out, in, 31, max);
    }
    if (same(encoding, "deflate")) { /* zlib's (RFC 9110, 8.4.1.2), though some send it bare */
        const bool zlib = in.n >= 2 && (in.p[0] & 15) == 8 &&
                          ((unsigned char)in.p[0] << 8 | (unsigned char)in.p[1]) % 31 == 0;
        return decode_deflate(out, in, zlib ? 15 : -15, max);
    }
    if (same(encoding, "zstd")) {
        *plain = !starts(in, "\x28\xB5\x2F\xFD", 4);
        return *plain ? SC_OK : decode_zstd(out, in, max);
    }
    if (same(encoding, "br")) return decode_brotli(out, in, max);
    *plain = !encoding.n || same(encoding, "identity");
    if (*plain) return SC_OK;
    return SC_FAIL(SC_FORMAT, "HTTP: content encoding %.*s is not read",
                   (int)SC_MIN(encoding.n, (size_t)20), encoding.p);
}

/* Takes the coding that was applied last off a list, "gzip, br". */
static span take_last(span *list) {
    const char *comma = memrchr(list->p, ',', list->n), *end = list->p + list->n;
    const span last = trim(comma ? comma + 1 : list->p, end);
    list->n = comma ? (size_t)(comma - list->p) : 0;
    return last;
}

static sc_status decode_one(sc_http *h, span encoding, sc_buffer *room, size_t max) {
    sc_buffer decoded = SC_BUFFER_INIT;
    bool plain;
    const sc_status s = decode(&decoded, &plain, encoding, (span){h->body, h->n}, max);
    if (s < 0 || plain) {
        sc__buffer_deinit(&decoded);
        return s;
    }
    sc__buffer_deinit(room); /* which the body may lie in */
    *room = decoded;
    h->body = room->data ? room->data : "";
    h->n = room->len;
    return SC_OK;
}

static sc_status decode_body(sc_http *h, body_facts *f, sc_buffer *room, size_t max) {
    bool plain = true;
    if (f->chunked) {
        SC_TRY(join_chunks(room, &plain, h));
        if (!plain) h->body = room->data ? room->data : "", h->n = room->len;
    }
    while (f->encoding.n && h->n) SC_TRY(decode_one(h, take_last(&f->encoding), room, max));
    return SC_OK;
}

sc_status sc__http_parse(sc_http *out, sc_buffer *room, const char *bytes, size_t n, size_t max) {
    body_facts f = {0};
    *out = (sc_http){0};
    sc__buffer_clear(room);
    if (!read_header(out, &f, bytes, n)) return SC_FAIL(SC_FORMAT, "HTTP: no status line");
    return decode_body(out, &f, room, max);
}
