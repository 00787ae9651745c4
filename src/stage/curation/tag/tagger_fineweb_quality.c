/* tagger_fineweb_quality.c - the three figures that FineWeb found worth having besides C4's and
 * Gopher's (Penedo et al. 2024, section 3.6): lines that end in punctuation, characters in lines
 * that were there before, short lines; and newlines per word, as its released code has. */
#include "stage/curation/tag/tagger.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "stage/curation/tag/charkind.h"

#include <stdlib.h>

typedef struct {
    int punctuated, short_lines, duplicate_chars, newlines;
    int64_t short_chars;
    sc_hash_set seen;
} self;

enum { SHORT_CHARS };
static const sc_tagger_setting settings[] = {
    {"short_chars", "30", "a line of at most so many characters is short"}, {0}};

static sc_status load(void **shared, const char *const *values) {
    char *end;
    const long long n = strtoll(values[SHORT_CHARS], &end, 10);
    if (end == values[SHORT_CHARS] || *end || n < 0)
        return SC_FAIL(SC_USAGE, "short_chars: \"%s\" is not a number", values[SHORT_CHARS]);
    int64_t *out = sc__alloc(sizeof *out);
    if (!out) return SC_FAIL(SC_NOMEM, "fineweb-quality");
    *out = n;
    *shared = out;
    return SC_OK;
}

static sc_status open(void **out, sc_tags *tags, const void *shared) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "fineweb-quality");
    s->punctuated = sc__tags_attribute(tags, "punctuated_lines");
    s->short_lines = sc__tags_attribute(tags, "short_lines");
    s->duplicate_chars = sc__tags_attribute(tags, "duplicate_line_chars");
    s->newlines = sc__tags_attribute(tags, "newlines");
    s->short_chars = *(const int64_t *)shared;
    *out = s;
    return SC_OK;
}

static void close(void *me) {
    self *s = me;
    sc__hash_set_deinit(&s->seen);
    sc__free(s);
}

static bool ends_well(sc_doc *doc, const sc_unit *u) {
    const char *p = sc__doc_text(doc).p + u->end - 1;
    int n;
    while ((signed char)*p < -64) p--;
    return sc__doc_kind(doc, sc__utf8_decode(p, &n)) & SC_CHAR_TERMINAL;
}

typedef struct {
    int64_t lines, punctuated, shorts, duplicate_chars;
} counts;

static sc_status count_lines(counts *c, self *s, sc_doc *doc, sc_units rows) {
    *c = (counts){0};
    SC_TRY(sc__hash_set_begin(&s->seen, rows.n));
    for (int64_t i = 0; i < rows.n; i++) {
        const sc_unit *u = &rows.at[i];
        if (sc__doc_is_blank(doc, u->start, u->end)) continue;
        c->lines++;
        c->punctuated += ends_well(doc, u);
        c->shorts += u->chars <= s->short_chars;
        if (sc__hash_set_put(&s->seen, u->hash, 0)->count > 1) c->duplicate_chars += u->chars;
    }
    return SC_OK;
}

static double ratio(int64_t part, int64_t of) { return of ? (double)part / (double)of : 0; }

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    self *s = me;
    sc_units rows, words;
    counts c;
    SC_TRY(sc__doc_rows(&rows, doc));
    SC_TRY(sc__doc_words(&words, doc));
    SC_TRY(count_lines(&c, s, doc, rows));
    const int64_t newlines = rows.n - 1;
    sc__tags_whole(out, s->punctuated, ratio(c.punctuated, c.lines));
    sc__tags_whole(out, s->short_lines, ratio(c.shorts, c.lines));
    sc__tags_whole(out, s->duplicate_chars,
                   ratio(c.duplicate_chars, sc__doc_chars(doc) - newlines));
    sc__tags_whole(out, s->newlines, ratio(newlines, words.n));
    return SC_OK;
}

const sc_tagger sc__tagger_fineweb_quality = {.settings = settings,
                                              .load = load,
                                              .unload = sc__free,
                                              .open = open,
                                              .close = close,
                                              .run = run};
