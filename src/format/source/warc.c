/* warc.c - WARC and ARC records out of a window.
 *
 * What a record says of its length is believed only where what follows agrees: line ends and the
 * next record, or the end of the member or file. Where it does not, the record is refused and the
 * next one is looked for inside what was believed to be the block, so that a length that lies costs
 * one record. A block beyond the limit is passed over in pieces, on the look-out for the mark of a
 * next record for the same reason. */
#define _GNU_SOURCE
#include "format/source/warc.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEAD = 1 << 16 };

struct sc_warc {
    sc_window *in;
    const char *path;
    size_t max_block;
    sc_buffer head; /* of the record, its strings ended by zeros */
    char date[24];  /* of an ARC record, as a WARC says it */
    bool arc;
    bool broken; /* the stream failed: its text is told at the next call */
    char text[512];
    uint64_t member_begin[2], member_offset[2]; /* of the last two: in the stream, in the file */
    int64_t member;
};

typedef struct {
    uint64_t length;
    bool has_length;
} head_facts;

bool sc__warc_detect(const char *bytes, size_t n) {
    return (n >= 6 && !memcmp(bytes, "WARC/", 5)) || (n >= 11 && !memcmp(bytes, "filedesc://", 11));
}

sc_status sc__warc_open(sc_warc **out, sc_window *in, const char *path, size_t max_block) {
    sc_warc *w = *out = sc__calloc(1, sizeof *w);
    if (!w) return SC_FAIL(SC_NOMEM, "%s", path);
    *w = (sc_warc){.in = in, .path = path, .max_block = max_block};
    w->member = sc__stream_member(in->stream);
    w->member_offset[1] = sc__stream_member_offset(in->stream);
    return SC_OK;
}

void sc__warc_close(sc_warc *w) {
    if (!w) return;
    sc__buffer_deinit(&w->head);
    sc__free(w);
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void note_member(sc_warc *w, uint64_t begin) {
    const int64_t now = sc__stream_member(w->in->stream);
    if (now == w->member) return;
    w->member = now;
    w->member_begin[0] = w->member_begin[1];
    w->member_offset[0] = w->member_offset[1];
    w->member_begin[1] = begin;
    w->member_offset[1] = sc__stream_member_offset(w->in->stream);
}

/* What is damaged is told later: it ends what comes before it. */
static sc_status more(sc_warc *w) {
    if (w->broken || w->in->ended) return SC_OK;
    const uint64_t end = w->in->base + w->in->raw.len;
    const sc_status s = sc__window_more(w->in);
    if (s == SC_FORMAT) {
        w->broken = true;
        snprintf(w->text, sizeof w->text, "%s", sc_error_text());
        return SC_OK;
    }
    if (s >= 0) note_member(w, end);
    return s;
}

static bool no_more(const sc_warc *w) { return w->broken || w->in->ended; }

static sc_status need(sc_warc *w, size_t n) {
    while (sc__window_left(w->in) < n && !no_more(w)) SC_TRY(more(w));
    return SC_OK;
}

static uint64_t offset_of(const sc_warc *w, uint64_t at) {
    if (!sc__stream_is_packed(w->in->stream)) return at;
    return w->member_offset[at >= w->member_begin[1]];
}

static sc_status refuse(const sc_warc *w, uint64_t offset, const char *why) {
    return SC_FAIL(SC_FORMAT, "%s: offset %" PRIu64 ": %s", w->path, offset, why);
}

/* Line ends between records; tapes have zeros too. */
static sc_status skip_blank(sc_warc *w) {
    for (;;) {
        SC_TRY(need(w, 1));
        if (!sc__window_left(w->in)) return SC_OK;
        const char c = *sc__window_at(w->in);
        if (c != '\r' && c != '\n' && c) return SC_OK;
        sc__window_take(w->in, 1);
    }
}

/* ---- finding the next record after damage ---------------------------------------------------- */

static bool is_mark(const char *p, size_t n) {
    return n >= 8 && !memcmp(p, "WARC/", 5) && p[5] >= '0' && p[5] <= '9' && p[6] == '.';
}

/* A record's first line within n bytes, at the beginning of a line; NULL: none. */
static const char *find_mark(const char *from, size_t n) {
    for (const char *p = from, *end = from + n; (p = memmem(p, (size_t)(end - p), "\nWARC/", 6));
         p++)
        if (is_mark(p + 1, (size_t)(end - p) - 1)) return p + 1;
    return NULL;
}

/* Reads on; *begun when a member came whose first bytes begin a record: the window is there. */
static sc_status next_piece(bool *begun, sc_warc *w) {
    const int64_t member = w->member;
    const uint64_t end = w->in->base + w->in->raw.len;
    *begun = false;
    SC_TRY(more(w));
    if (w->member == member || no_more(w)) return SC_OK;
    SC_TRY(need(w, (size_t)(end - sc__window_offset(w->in)) + 8));
    const size_t from = (size_t)(end - sc__window_offset(w->in));
    *begun = is_mark(sc__window_at(w->in) + from, sc__window_left(w->in) - from);
    if (*begun) sc__window_take(w->in, from);
    return SC_OK;
}

/* Takes bytes until a record begins, from the window's place + n on, or until there are none. */
static sc_status seek_warc(sc_warc *w, size_t n) {
    sc__window_take(w->in, SC_MIN(n, sc__window_left(w->in)));
    for (bool begun = false; !begun;) {
        const size_t left = sc__window_left(w->in);
        const char *at = sc__window_at(w->in), *mark = left ? find_mark(at, left) : NULL;
        if (mark || no_more(w)) {
            sc__window_take(w->in, mark ? (size_t)(mark - at) : left);
            return SC_OK;
        }
        if (left > 16) sc__window_take(w->in, left - 16);
        SC_TRY(next_piece(&begun, w));
    }
    return SC_OK;
}

/* ---- the head -------------------------------------------------------------------------------- */

/* Bytes of the lines up to and with the empty one; 0: they do not end. */
static size_t head_length(const char *p, size_t n) {
    const char *line = p, *end;
    while ((end = memchr(line, '\n', n - (size_t)(line - p)))) {
        const size_t length = (size_t)(end - line);
        line = end + 1;
        if (length == 0 || (length == 1 && end[-1] == '\r')) return (size_t)(line - p);
    }
    return 0;
}

static size_t line_length(const char *p, size_t n) {
    const char *end = memchr(p, '\n', n);
    return end ? (size_t)(end - p) + 1 : 0;
}

/* Copies the head to where its strings stay while the block is read; *n = 0: it does not end. */
static sc_status read_head(size_t *n, sc_warc *w) {
    for (*n = 0;;) {
        const size_t left = SC_MIN(sc__window_left(w->in), (size_t)MAX_HEAD);
        const char *at = sc__window_at(w->in);
        if (left) *n = w->arc ? line_length(at, left) : head_length(at, left);
        if (*n || left == MAX_HEAD || no_more(w)) break;
        SC_TRY(more(w));
    }
    sc__buffer_clear(&w->head);
    if (*n) sc__buffer_append(&w->head, sc__window_at(w->in), *n);
    return w->head.status;
}

static char *trimmed(char *from, char *end) {
    while (from < end && (*from == ' ' || *from == '\t')) from++;
    while (end > from && memchr(" \t\r", end[-1], 3)) end--;
    if (end > from + 1 && *from == '<' && end[-1] == '>') from++, end--;
    *end = 0;
    return from;
}

static bool parse_length(uint64_t *out, const char *text) {
    *out = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || *out > (UINT64_MAX - 9) / 10) return false;
        *out = *out * 10 + (uint64_t)(*text - '0');
    }
    return true;
}

static void read_field(sc_warc_record *r, head_facts *f, const char *name, const char *value) {
    const struct {
        const char *name, **to;
    } fields[] = {{"WARC-Type", &r->type},
                  {"WARC-Target-URI", &r->url},
                  {"WARC-Date", &r->date},
                  {"WARC-Record-ID", &r->id},
                  {"Content-Type", &r->content_type}};
    if (!strcasecmp(name, "Content-Length")) f->has_length = parse_length(&f->length, value);
    for (int i = 0; i < SC_LEN(fields); i++)
        if (!strcasecmp(name, fields[i].name) && *value) *fields[i].to = value;
}

/* The end of the line, which goes on where the next one begins with a space: they are joined. */
static char *unfold(char *stop, const char *end) {
    while (stop + 1 < end && (stop[1] == ' ' || stop[1] == '\t')) {
        char *next = memchr(stop + 1, '\n', (size_t)(end - stop) - 1);
        if (!next) break;
        *stop = ' ';
        if (stop[-1] == '\r') stop[-1] = ' ';
        stop = next;
    }
    return stop;
}

static void read_fields(sc_warc_record *r, head_facts *f, char *p, size_t n) {
    char *end = p + n, *stop = memchr(p, '\n', n);
    for (char *line = stop ? stop + 1 : end; line < end; line = stop + 1) {
        stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) break;
        stop = unfold(stop, end);
        char *colon = memchr(line, ':', (size_t)(stop - line));
        if (!colon) continue;
        *colon = 0;
        read_field(r, f, line, trimmed(colon + 1, stop));
    }
}

/* ARC: "URL IP-address date content-type length"; the URL may hold spaces: read from the right. */
static bool read_arc_line(sc_warc *w, sc_warc_record *r, head_facts *f, char *line, size_t n) {
    char *part[4]; /* length, type, date, address */
    line = trimmed(line, line + n - 1);
    for (int i = 0; i < 4; i++) {
        char *space = strrchr(line, ' ');
        if (!space) return false;
        *space = 0;
        part[i] = space + 1;
    }
    const char *d = part[2];
    if (strlen(d) < 14 || strspn(d, "0123456789") < 14 || !strstr(line, ":")) return false;
    f->has_length = parse_length(&f->length, part[0]);
    snprintf(w->date, sizeof w->date, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 4, d + 6, d + 8,
             d + 10, d + 12);
    r->type = strncmp(line, "filedesc://", 11) ? "response" : "warcinfo";
    r->url = line;
    r->date = w->date;
    r->content_type = part[1];
    return true;
}

static bool parse_head(sc_warc_record *r, head_facts *f, sc_warc *w) {
    *f = (head_facts){0};
    r->type = "";
    if (w->arc) return read_arc_line(w, r, f, w->head.data, w->head.len) && f->has_length;
    if (!is_mark(w->head.data, w->head.len)) return false;
    read_fields(r, f, w->head.data, w->head.len);
    return f->has_length;
}

/* An ARC has no mark: lines are taken until one reads as a head. */
static sc_status seek_arc(sc_warc *w, size_t n) {
    sc_warc_record r;
    head_facts f;
    sc__window_take(w->in, SC_MIN(n, sc__window_left(w->in)));
    for (;;) {
        SC_TRY(read_head(&n, w));
        if (n && parse_head(&r, &f, w)) return SC_OK;
        const size_t left = sc__window_left(w->in);
        sc__window_take(w->in, n ? n : left); /* a line without an end is passed over */
        if (!n && no_more(w)) return SC_OK;
        if (!left) SC_TRY(more(w));
    }
}

/* ---- the block ------------------------------------------------------------------------------- */

/* After a block: one or two line ends, then a record, or the end of what it lies in. */
static sc_status follows(bool *good, sc_warc *w, size_t n) {
    const uint64_t end = sc__window_offset(w->in) + n;
    for (size_t i = n;; i++) {
        SC_TRY(need(w, i + 12));
        const size_t left = sc__window_left(w->in);
        const char *p = sc__window_at(w->in) + i;
        const uint64_t begin = w->member_begin[1];
        const bool cut = no_more(w) && left - i < 8; /* the file ends in the next one's mark */
        *good = i >= left || is_mark(p, left - i) || (w->arc && i > n) ||
                (cut && !memcmp(p, "WARC/", SC_MIN(left - i, (size_t)5))) ||
                (w->member > 0 && begin >= end && begin <= end + 4);
        if (*good || (*p != '\r' && *p != '\n' && *p)) return SC_OK;
    }
}

/* A block that is too long is passed over; should a record begin in it, its length lied. */
static sc_status pass_block(bool *whole, sc_warc *w, uint64_t n) {
    bool begun = false;
    *whole = false;
    while (n && !begun) {
        const size_t here = (size_t)SC_MIN((uint64_t)sc__window_left(w->in), n);
        const char *at = sc__window_at(w->in), *mark = here ? find_mark(at, here) : NULL;
        if (mark || (no_more(w) && here < n)) {
            sc__window_take(w->in, mark ? (size_t)(mark - at) : here);
            return SC_OK;
        }
        const size_t taken = here < n ? here - SC_MIN(here, (size_t)16) : here;
        sc__window_take(w->in, taken);
        n -= taken;
        if (n) SC_TRY(next_piece(&begun, w));
    }
    *whole = !begun;
    return SC_OK;
}

/* The stream's own words name the member and its offset. */
static sc_status broken_stream(sc_warc *w) {
    sc__window_take(w->in, sc__window_left(w->in));
    const sc_status found = sc__stream_recover(w->in->stream);
    if (found < 0) return found;
    w->broken = w->in->damaged = false;
    w->in->ended = found == SC_DONE;
    return SC_FAIL(SC_FORMAT, "%s", w->text);
}

/* The record is given up; the next is looked for from `from` bytes on. */
static sc_status give_up(sc_warc *w, uint64_t offset, size_t from, const char *why) {
    if (w->broken) return broken_stream(w);
    SC_TRY(w->arc ? seek_arc(w, from) : seek_warc(w, from));
    return refuse(w, offset, why);
}

static sc_status long_block(const sc_warc_record *r, sc_warc *w, uint64_t length) {
    bool whole;
    char why[96];
    SC_TRY(pass_block(&whole, w, length));
    if (!whole && w->broken) return broken_stream(w);
    if (!whole) return refuse(w, r->offset, "Content-Length is more than what follows");
    snprintf(why, sizeof why, "a block of %" PRIu64 " bytes, more than the limit of %zu", length,
             w->max_block);
    return refuse(w, r->offset, why);
}

static sc_status read_block(sc_warc_record *r, sc_warc *w, size_t head, uint64_t length) {
    const size_t all = head + (size_t)length;
    bool good = false;
    SC_TRY(need(w, all));
    if (sc__window_left(w->in) >= all) SC_TRY(follows(&good, w, all));
    if (!good) return give_up(w, r->offset, head, "Content-Length and what follows do not agree");
    r->block = sc__window_at(w->in) + head;
    r->n = (size_t)length;
    sc__window_take(w->in, all);
    return SC_OK;
}

/* ---- a record -------------------------------------------------------------------------------- */

static sc_status record(sc_warc_record *r, sc_warc *w) {
    size_t head;
    head_facts f;
    *r = (sc_warc_record){.offset = offset_of(w, sc__window_offset(w->in))};
    SC_TRY(read_head(&head, w));
    if (!head) return give_up(w, r->offset, 1, "a record's head does not end");
    if (!parse_head(r, &f, w))
        return give_up(w, r->offset, w->arc ? head : 1, "no head of a record with its length");
    if (f.length > w->max_block) {
        sc__window_take(w->in, head);
        return long_block(r, w, f.length);
    }
    SC_TRY(read_block(r, w, head, f.length));
    /* what an ARC got over HTTP says so in its block; else it is the resource itself */
    if (w->arc && !strcmp(r->type, "response") && (r->n < 5 || memcmp(r->block, "HTTP/", 5) != 0))
        r->type = "resource";
    return SC_OK;
}

sc_status sc__warc_next(sc_warc_record *out, sc_warc *w) {
    SC_TRY(skip_blank(w));
    if (!sc__window_left(w->in)) return w->broken ? broken_stream(w) : SC_DONE;
    if (!sc__window_offset(w->in)) {
        SC_TRY(need(w, 11));
        w->arc = *sc__window_at(w->in) == 'f';
    }
    return record(out, w);
}
