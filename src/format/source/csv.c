/* csv.c - rows of fields; see csv.h. A row is found whole in the window first, then cut into
 * fields, whose doubled quotes are undone in a buffer of the reader. */
#include "format/source/csv.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FIELDS = 4096 };

struct sc_csv {
    sc_window *in;
    const char *name;
    char separator;
    bool quotes;
    size_t max_row;
    int64_t line; /* of the next byte, from 1 */
    sc_buffer text;
    sc_field *fields;
    size_t *ends; /* of the fields in text */
    int n, room;
};

static sc_status sniff(sc_csv *c) {
    static const char candidates[] = ",;\t";
    size_t counts[3] = {0}, best = 0;
    SC_TRY(sc__window_need(c->in, 1 << 12));
    const size_t n = SC_MIN(sc__window_left(c->in), (size_t)1 << 12);
    const char *p = sc__window_at(c->in);
    for (size_t i = 0; i < n && p[i] != '\n'; i++)
        for (size_t k = 0; k < 3; k++) counts[k] += p[i] == candidates[k];
    for (size_t k = 1; k < 3; k++)
        if (counts[k] > counts[best]) best = k;
    c->separator = candidates[best];
    return SC_OK;
}

sc_status sc__csv_open(sc_csv **out, sc_window *in, const char *name, char separator,
                       size_t max_row) {
    *out = NULL;
    sc_csv *c = sc__calloc(1, sizeof *c);
    if (!c) return SC_FAIL(SC_NOMEM, "%s", name);
    *c = (sc_csv){.in = in, .name = name, .separator = separator, .max_row = max_row, .line = 1};
    const sc_status s = separator ? SC_OK : sniff(c);
    c->quotes = c->separator != '\t';
    if (s < 0)
        sc__csv_close(c);
    else
        *out = c;
    return s;
}

void sc__csv_close(sc_csv *c) {
    if (!c) return;
    sc__buffer_deinit(&c->text);
    sc__free(c->fields);
    sc__free(c->ends);
    sc__free(c);
}

/* ---- the row's bytes ------------------------------------------------------------------------- */

typedef enum { FIELD_BEGINS, BARE, QUOTED, QUOTE_IN_QUOTED } place;

typedef struct {
    size_t n;     /* bytes of the row with its line end */
    int64_t ends; /* line ends in it */
    place at;     /* at its end */
    bool whole;   /* and within the limit */
} extent;

/* A quote counts at the beginning of a field and inside quotes; elsewhere it is a letter. */
static place step(const sc_csv *c, place at, char byte) {
    if (at == QUOTED) return byte == '"' ? QUOTE_IN_QUOTED : QUOTED;
    if (byte == c->separator) return FIELD_BEGINS;
    if (byte == '"' && at == QUOTE_IN_QUOTED) return QUOTED;
    return byte == '"' && at == FIELD_BEGINS && c->quotes ? QUOTED : BARE;
}

static void scan(extent *e, bool *done, const sc_csv *c) {
    const char *p = sc__window_at(c->in);
    const size_t left = sc__window_left(c->in);
    size_t i = e->n;
    for (*done = false; i < left && !*done; i++) {
        if (p[i] == '\n') {
            e->ends++;
            *done = e->at != QUOTED;
        } else {
            e->at = step(c, e->at, p[i]);
        }
    }
    e->n = i;
}

static sc_status find_row(extent *e, sc_csv *c) {
    bool done = false;
    *e = (extent){0};
    while (!done) {
        scan(e, &done, c);
        if (e->n > c->max_row || done || c->in->ended) break;
        SC_TRY(sc__window_more(c->in));
    }
    e->whole = e->n <= c->max_row && e->at != QUOTED;
    return SC_OK;
}

/* Takes the first line of what could not be read, so that the next may be. */
static sc_status refuse(sc_csv *c, int64_t line, const char *why) {
    char *text;
    size_t n;
    const sc_status s = sc__window_line(&text, &n, c->in, c->max_row);
    if (s < 0 && s != SC_FORMAT) return s;
    c->line = line + 1;
    return SC_FAIL(SC_FORMAT, "%s: line %" PRId64 ": %s", c->name, line, why);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static sc_status push(sc_csv *c) {
    if (c->n == c->room) {
        const int room = c->room ? 2 * c->room : 16;
        sc_field *fields = sc__realloc(c->fields, (size_t)room * sizeof *fields);
        if (fields) c->fields = fields;
        size_t *ends = fields ? sc__realloc(c->ends, (size_t)room * sizeof *ends) : NULL;
        if (!ends) return SC_FAIL(SC_NOMEM, "%s", c->name);
        c->ends = ends;
        c->room = room;
    }
    c->ends[c->n++] = c->text.len;
    return SC_OK;
}

/* A field in quotes; *p is behind the opening one, then behind the closing one. */
static void quoted(sc_csv *c, const char **p, const char *end) {
    while (*p < end) {
        const char *quote = memchr(*p, '"', (size_t)(end - *p));
        const char *stop = quote ? quote : end;
        sc__buffer_append(&c->text, *p, (size_t)(stop - *p));
        *p = quote ? quote + 1 : end;
        if (*p >= end || **p != '"') return;
        sc__buffer_putc(&c->text, '"');
        ++*p;
    }
}

static const char *cut(sc_csv *c, const char *p, const char *end) {
    const char *stop;
    if (c->quotes && p < end && *p == '"') {
        p++;
        quoted(c, &p, end);
        return p;
    }
    stop = memchr(p, c->separator, (size_t)(end - p));
    if (!stop) stop = end;
    sc__buffer_append(&c->text, p, (size_t)(stop - p));
    return stop;
}

/* NULL, or why it cannot be done; *s tells of memory. */
static const char *split(sc_status *s, sc_csv *c, const char *p, const char *end) {
    c->n = 0;
    sc__buffer_clear(&c->text);
    for (;;) {
        p = cut(c, p, end);
        *s = c->text.status;
        if (*s >= 0) *s = push(c);
        if (*s < 0) return NULL;
        if (p == end) return NULL;
        if (*p != c->separator) return "bytes behind a closing quote";
        if (c->n >= MAX_FIELDS) return "more than 4096 fields";
        p++;
    }
}

sc_status sc__csv_next(sc_csv_row *out, sc_csv *c) {
    extent e;
    sc_status s;
    size_t n;
    do {
        SC_TRY(find_row(&e, c));
        if (!sc__window_left(c->in)) return SC_DONE;
        if (!e.whole)
            return refuse(c, c->line,
                          e.at == QUOTED ? "a quoted field does not end" : "the row is too long");
        const char *p = sc__window_at(c->in);
        for (n = e.n; n && (p[n - 1] == '\n' || p[n - 1] == '\r');) n--;
        if (n) break;
        sc__window_take(c->in, e.n);
        c->line += e.ends;
    } while (true);
    const char *at = sc__window_at(c->in), *why = split(&s, c, at, at + n);
    if (s < 0) return s;
    if (why) return refuse(c, c->line, why);
    for (int i = 0; i < c->n; i++) {
        const size_t from = i ? c->ends[i - 1] : 0;
        c->fields[i] = (sc_field){c->text.data ? c->text.data + from : "", c->ends[i] - from};
    }
    *out = (sc_csv_row){c->fields, c->n, c->line, sc__window_offset(c->in)};
    sc__window_take(c->in, e.n);
    c->line += e.ends;
    return SC_OK;
}
