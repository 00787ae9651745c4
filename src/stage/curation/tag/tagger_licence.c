/* tagger_licence.c - whether a document's licence is on a list of allowed ones. The licence is an
 * SPDX expression (SPDX 2.3, annex D) in metadata.licence or metadata.license: of "A OR B" one must
 * be allowed, of "A AND B" both; "A WITH E" is allowed where it or A is listed. AND binds closer
 * than OR. */
#include "stage/curation/tag/namelist.h"
#include "stage/curation/tag/tagger.h"

#include <string.h>

enum { ALLOW_LIST };
static const sc_tagger_setting settings[] = {
    {"allow_list", NULL, "a list of SPDX identifiers, one a line (needed)"}, {0}};

enum { DEPTH_MAX = 32, ID_MAX = 200 };

typedef struct {
    const sc_namelist *allowed;
    int known, is_allowed;
    sc_buffer room;
} self;

static sc_status load(void **out, const char *const *values) {
    if (!values[ALLOW_LIST]) return SC_FAIL(SC_USAGE, "--set licence.allow_list=FILE is needed");
    sc_namelist *l = sc__calloc(1, sizeof *l);
    if (!l) return SC_FAIL(SC_NOMEM, "licence");
    const sc_status s = sc__namelist_load(l, values[ALLOW_LIST], true);
    if (s < 0)
        sc__free(l);
    else
        *out = l;
    return s;
}

static void unload(void *l) {
    sc__namelist_deinit(l);
    sc__free(l);
}

static sc_status open(void **out, sc_tags *tags, const void *list) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "licence");
    s->allowed = list;
    s->known = sc__tags_attribute(tags, "known");
    s->is_allowed = sc__tags_attribute(tags, "allowed");
    *out = s;
    return SC_OK;
}

static void close(void *me) {
    self *s = me;
    sc__buffer_deinit(&s->room);
    sc__free(s);
}

/* ---- expressions ----------------------------------------------------------------------------- */

typedef struct {
    const sc_namelist *allowed;
    const char *p, *end;
    int depth;
    bool wrong; /* no expression: nothing is allowed */
} walk;

static void skip_space(walk *w) {
    while (w->p < w->end && (*w->p == ' ' || *w->p == '\t')) w->p++;
}

static size_t word_length(const walk *w) {
    size_t n = 0;
    while (w->p + n < w->end && !strchr(" \t()", w->p[n])) n++;
    return n;
}

/* Takes the next word when it is this one. */
static bool take(walk *w, const char *word) {
    skip_space(w);
    const size_t n = strlen(word);
    if (word_length(w) != n || memcmp(w->p, word, n) != 0) return false;
    w->p += n;
    return true;
}

/* "MIT", or "GPL-2.0-only WITH Classpath-exception-2.0" with one space before and after WITH. */
static bool is_listed(const walk *w, const char *p, size_t n) {
    char small[ID_MAX];
    if (n >= sizeof small) return false;
    for (size_t i = 0; i < n; i++)
        small[i] = (char)(p[i] + ((unsigned char)(p[i] - 'A') < 26 ? 32 : 0));
    return sc__namelist_has(w->allowed, small, n);
}

static bool any_of(walk *w);

static bool one(walk *w) {
    skip_space(w);
    if (w->p < w->end && *w->p == '(' && w->depth < DEPTH_MAX) {
        w->p++;
        w->depth++;
        const bool allowed = any_of(w);
        w->depth--;
        skip_space(w);
        if (w->p < w->end && *w->p == ')') return w->p++, allowed;
        w->wrong = true;
        return false;
    }
    const char *begin = w->p;
    const size_t n = word_length(w);
    w->wrong |= !n;
    w->p += n;
    bool allowed = n && is_listed(w, begin, n);
    if (take(w, "WITH")) {
        skip_space(w);
        const size_t exception = word_length(w);
        w->wrong |= !exception;
        w->p += exception;
        allowed |= is_listed(w, begin, (size_t)(w->p - begin));
    }
    return allowed;
}

static bool all_of(walk *w) {
    bool allowed = one(w);
    while (!w->wrong && take(w, "AND")) allowed &= one(w);
    return allowed;
}

static bool any_of(walk *w) {
    bool allowed = all_of(w);
    while (!w->wrong && take(w, "OR")) allowed |= all_of(w);
    return allowed;
}

static bool expression_allowed(const sc_namelist *allowed, sc_slice text) {
    walk w = {.allowed = allowed, .p = text.p, .end = text.p + text.n};
    const bool is = any_of(&w);
    skip_space(&w);
    return is && !w.wrong && w.p == w.end;
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    self *s = me;
    const sc_record *r = sc__doc_record(doc);
    sc_slice licence = {NULL, 0};
    if (r) SC_TRY(sc__record_string(&licence, &s->room, r, "licence"));
    if (r && !licence.p) SC_TRY(sc__record_string(&licence, &s->room, r, "license"));
    const bool known = licence.p && licence.n;
    sc__tags_whole(out, s->known, known);
    sc__tags_whole(out, s->is_allowed, known && expression_allowed(s->allowed, licence));
    return SC_OK;
}

const sc_tagger sc__tagger_licence = {
    .settings = settings, .load = load, .unload = unload, .open = open, .close = close, .run = run};
