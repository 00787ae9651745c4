/* arpa.c - n-gram models as text, the format of the ARPA toolkits:
 *
 *     \data\
 *     ngram 1=3
 *
 *     \1-grams:
 *     -1.2 <TAB> word <TAB> -0.3        log10 of the probability, the words, of the backoff weight
 *
 *     \end\ */
#include "stage/curation/ngram/ngram.h"

#include "base/file.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *p, *end, *name;
    int64_t line;
    const char *at; /* the present line, without white space at its ends */
    size_t n;
} reader;

static sc_status bad(const reader *r, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s:%" PRId64 ": %s", r->name, r->line, what);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The next line that is not empty; false at the end. */
static bool next_line(reader *r) {
    while (r->p < r->end) {
        const char *stop = memchr(r->p, '\n', (size_t)(r->end - r->p)), *from = r->p;
        if (!stop) stop = r->end;
        r->p = stop < r->end ? stop + 1 : stop;
        r->line++;
        while (from < stop && is_blank(*from)) from++;
        while (stop > from && is_blank(stop[-1])) stop--;
        r->at = from;
        r->n = (size_t)(stop - from);
        if (r->n) return true;
    }
    r->n = 0;
    return false;
}

static bool is_line(const reader *r, const char *text) {
    return strlen(text) == r->n && !memcmp(r->at, text, r->n);
}

/* The next part of the present line, which is taken off it; n 0: there is none. */
typedef struct {
    const char *p;
    size_t n;
} part;

static part next_part(reader *r) {
    part x = {r->at, 0};
    while (x.n < r->n && !is_blank(r->at[x.n])) x.n++;
    size_t next = x.n;
    while (next < r->n && is_blank(r->at[next])) next++;
    r->at += next;
    r->n -= next;
    return x;
}

static bool read_number(double *out, part x) {
    char room[64], *end;
    if (x.n == 0 || x.n >= sizeof room) return false;
    memcpy(room, x.p, x.n);
    room[x.n] = 0;
    *out = strtod(room, &end);
    return !*end && end != room && fabs(*out) <= (double)FLT_MAX;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* "ngram 2=47" behind "\data\"; as many orders as there are. */
static sc_status read_counts(int64_t *counts, int *order, reader *r) {
    *order = 0;
    while (next_line(r) && !is_line(r, "\\data\\")) {}
    if (!r->n) return bad(r, "no \\data\\: not an ARPA file");
    while (next_line(r) && r->n > 6 && !memcmp(r->at, "ngram ", 6)) {
        char room[64], *end;
        if (r->n >= sizeof room) return bad(r, "must be ngram N=COUNT");
        memcpy(room, r->at, r->n);
        room[r->n] = 0;
        const long n = strtol(room + 6, &end, 10);
        if (n != *order + 1 || *end != '=') return bad(r, "must be ngram N=COUNT, N from 1 on");
        if (n > SC_NGRAM_ORDER_MAX) return bad(r, "n-grams of more than 8 words are not read");
        counts[n - 1] = strtoll(end + 1, &end, 10);
        if (*end || counts[n - 1] < 0) return bad(r, "must be ngram N=COUNT");
        ++*order;
    }
    return *order ? SC_OK : bad(r, "no counts follow \\data\\");
}

static sc_status find_word(uint32_t *out, const sc_ngram *m, const reader *r, part x) {
    *out = sc__ngram_word(m, x.p, x.n);
    const bool known = *out != SC_NGRAM_UNKNOWN || (x.n == 5 && !memcmp(x.p, "<unk>", 5));
    return known ? SC_OK : bad(r, "a word that is none of the 1-grams");
}

/* A line whose n-gram is not in the model yet: they go in by the hundred, so that the look-ups of
 * one do not wait for those of another. */
typedef struct {
    float prob, backoff;
    uint32_t words[SC_NGRAM_ORDER_MAX], at;
    int64_t line;
} waiting;

enum { WAITING_MAX = 128 };
typedef struct {
    waiting of[WAITING_MAX];
    int n;
} queue;

static sc_status read_words(waiting *to, sc_ngram *m, reader *r, int n) {
    for (int k = 0; k < n; k++) {
        const part x = next_part(r);
        if (!x.n) return bad(r, "fewer words than the n-gram has");
        SC_TRY(n == 1 ? sc__ngram_add_word(&to->words[0], m, x.p, x.n)
                      : find_word(&to->words[k], m, r, x));
    }
    return SC_OK;
}

static sc_status read_ngram(waiting *to, sc_ngram *m, reader *r, int n) {
    double prob, backoff = 0;
    if (!read_number(&prob, next_part(r)) || prob > 0)
        return bad(r, "must begin with the logarithm of a probability");
    SC_TRY(read_words(to, m, r, n));
    if (r->n && (!read_number(&backoff, next_part(r)) || r->n))
        return bad(r, "must end with a backoff weight, or with its words");
    to->prob = (float)prob;
    to->backoff = (float)backoff;
    to->line = r->line;
    return SC_OK;
}

/* Prefixes that are missing are made. */
static sc_status put_all(queue *q, sc_ngram *m, reader *r, int n) {
    for (int i = 0; i < q->n; i++) q->of[i].at = q->of[i].words[0];
    for (int k = 2; k <= n; k++) {
        for (int i = 0; i < q->n; i++) sc__ngram_prefetch(m, k, q->of[i].at, q->of[i].words[k - 1]);
        for (int i = 0; i < q->n; i++)
            SC_TRY(sc__ngram_put(&q->of[i].at, m, k, q->of[i].at, q->of[i].words[k - 1]));
    }
    for (int i = 0; i < q->n; i++) {
        sc_ngram_entry *e = &m->tables[n - 1].at[q->of[i].at];
        if (!isnan(e->prob)) {
            r->line = q->of[i].line;
            return bad(r, "an n-gram that was there before");
        }
        e->prob = q->of[i].prob;
        e->backoff = q->of[i].backoff;
    }
    q->n = 0;
    return SC_OK;
}

static sc_status read_sections(sc_ngram *m, reader *r, const int64_t *counts) {
    for (int n = 1; n <= m->order; n++) {
        char title[32];
        int64_t found = 0;
        snprintf(title, sizeof title, "\\%d-grams:", n);
        if (!is_line(r, title)) return bad(r, "the n-grams of the next order must begin here");
        queue q = {.n = 0};
        while (next_line(r) && r->at[0] != '\\') {
            SC_TRY(read_ngram(&q.of[q.n++], m, r, n));
            if (q.n == WAITING_MAX) SC_TRY(put_all(&q, m, r, n));
            found++;
        }
        const int64_t line = r->line;
        SC_TRY(put_all(&q, m, r, n));
        r->line = line;
        if (found != counts[n - 1]) return bad(r, "another number of n-grams than \\data\\ says");
    }
    return is_line(r, "\\end\\") ? SC_OK : bad(r, "\\end\\ is missing");
}

sc_status sc__ngram_parse_counts(int64_t counts[SC_NGRAM_ORDER_MAX], int *order, const char *text,
                                 size_t n, const char *name) {
    reader r = {.p = text, .end = text + n, .name = name};
    return read_counts(counts, order, &r);
}

sc_status sc__ngram_parse(sc_ngram **out, const char *text, size_t n, const char *name) {
    reader r = {.p = text, .end = text + n, .name = name};
    int64_t counts[SC_NGRAM_ORDER_MAX];
    int order;
    *out = NULL;
    SC_TRY(read_counts(counts, &order, &r));
    sc_ngram *m;
    SC_TRY(sc__ngram_open(&m, order));
    const sc_status s = read_sections(m, &r, counts);
    if (s < 0)
        sc__ngram_close(m);
    else
        *out = m;
    return s;
}

sc_status sc__ngram_load(sc_ngram **out, const char *path) {
    sc_map map;
    *out = NULL;
    SC_TRY(sc__map_open(&map, path));
    const sc_status s =
        sc__ngram_parse(out, map.data ? (const char *)map.data : "", map.size, path);
    sc__map_close(&map);
    return s;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Seven digits from 1e-4 to 1e7: a float times 10 to the 10th is exact in double, and rint rounds
 * halves to even as printf does. */
void sc__ngram_put_log(sc_buffer *out, float log10) {
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10};
    const double x = fabs((double)log10);
    if (!(x >= 1e-4 && x < 1e6)) {
        sc__buffer_printf(out, "%.7g", (double)log10);
        return;
    }
    int decimals = 10;
    while (x * tens[decimals] >= 1e7) decimals--;
    uint64_t digits = (uint64_t)rint(x * tens[decimals]);
    if (digits == 10000000) digits = 1000000, decimals--;
    char room[24], *p = room + sizeof room;
    for (; decimals > 0 && digits % 10 == 0; decimals--) digits /= 10;
    for (int i = 0; i < decimals; i++, digits /= 10) *--p = (char)('0' + digits % 10);
    if (decimals > 0) *--p = '.';
    do *--p = (char)('0' + digits % 10);
    while (digits /= 10);
    if (log10 < 0) *--p = '-';
    sc__buffer_append(out, p, (size_t)(room + sizeof room - p));
}
