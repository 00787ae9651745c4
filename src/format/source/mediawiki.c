/* mediawiki.c - dumps into pages, pages through libxml2's SAX parser; see mediawiki.h. */
#define _GNU_SOURCE
#include "format/source/mediawiki.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct sc_mediawiki {
    sc_window *in;
    const char *name;
    size_t max_page;
    bool begun;
    char language[16], base[200];
};

bool sc__mediawiki_detect(const char *bytes, size_t n) {
    return memmem(bytes, SC_MIN(n, (size_t)1024), "<mediawiki", 10) != NULL;
}

sc_status sc__mediawiki_open(sc_mediawiki **out, sc_window *in, const char *name, size_t max_page) {
    sc_mediawiki *m = *out = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "%s", name);
    *m = (sc_mediawiki){.in = in, .name = name, .max_page = max_page};
    return SC_OK;
}

void sc__mediawiki_close(sc_mediawiki *m) { sc__free(m); }
const char *sc__mediawiki_language(const sc_mediawiki *m) { return m->language; }
const char *sc__mediawiki_base(const sc_mediawiki *m) { return m->base; }

/* ---- pages out of a dump --------------------------------------------------------------------- */

/* Damage ends the file, unless another member of a gzip file can be read. */
static sc_status more(sc_mediawiki *m) {
    char text[300];
    const sc_status s = sc__window_more(m->in);
    if (s != SC_FORMAT) return s;
    snprintf(text, sizeof text, "%s", sc_error_text());
    sc__window_take(m->in, sc__window_left(m->in));
    const sc_status found = sc__stream_recover(m->in->stream);
    if (found < 0) return found;
    m->in->damaged = false;
    m->in->ended = found == SC_DONE;
    return SC_FAIL(SC_FORMAT, "%s", text);
}

static void between(char *out, size_t room, const char *p, size_t n, const char *const marks[2]) {
    const char *from = memmem(p, n, marks[0], strlen(marks[0]));
    if (!from) return;
    from += strlen(marks[0]);
    const size_t left = (size_t)(p + n - from);
    const char *to = memmem(from, left, marks[1], strlen(marks[1]));
    if (to && (size_t)(to - from) < room) snprintf(out, room, "%.*s", (int)(to - from), from);
}

/* What stands before the first page. The base names the main page: its folder is everyone's. */
static void read_site(sc_mediawiki *m, const char *p, size_t n) {
    static const char *const language[] = {"xml:lang=\"", "\""}, *const base[] = {"<base>",
                                                                                  "</base>"};
    between(m->language, sizeof m->language, p, n, language);
    between(m->base, sizeof m->base, p, n, base);
    char *slash = strrchr(m->base, '/');
    if (slash) slash[1] = 0;
    m->begun = true;
}

/* Goes to the next "<page>"; *found is false at the end. */
static sc_status seek_page(bool *found, sc_mediawiki *m) {
    for (;;) {
        const size_t left = sc__window_left(m->in);
        const char *at = sc__window_at(m->in), *p = left ? memmem(at, left, "<page>", 6) : NULL;
        if ((p || left > 1 << 16) && !m->begun) read_site(m, at, p ? (size_t)(p - at) : left);
        *found = p != NULL;
        if (p) sc__window_take(m->in, (size_t)(p - at));
        if (p || m->in->ended) return SC_OK;
        if (m->begun && left > 5) sc__window_take(m->in, left - 5);
        SC_TRY(more(m));
    }
}

static sc_status refuse(sc_mediawiki *m, uint64_t offset, const char *why) {
    return SC_FAIL(SC_FORMAT, "%s: offset %" PRIu64 ": a page %s", m->name, offset, why);
}

sc_status sc__mediawiki_next(const char **page, size_t *n, uint64_t *offset, sc_mediawiki *m) {
    bool found;
    SC_TRY(seek_page(&found, m));
    if (!found) return SC_DONE;
    *offset = sc__window_offset(m->in);
    for (size_t searched = 6;;) {
        const size_t left = sc__window_left(m->in);
        const char *at = sc__window_at(m->in);
        const char *end = memmem(at + searched, left - searched, "</page>", 7);
        const size_t length = end ? (size_t)(end - at) + 7 : left;
        const char *again = memmem(at + searched, length - searched, "<page>", 6);
        if (again || (m->in->ended && !end) || length > m->max_page) {
            sc__window_take(m->in, again ? (size_t)(again - at) : length);
            return refuse(m, *offset, length > m->max_page ? "is too long" : "does not end");
        }
        if (end) {
            *page = at;
            *n = length;
            sc__window_take(m->in, length);
            return SC_OK;
        }
        searched = left > 12 ? left - 6 : 6;
        SC_TRY(more(m));
    }
}

/* ---- one page -------------------------------------------------------------------------------- */

typedef struct {
    sc_wiki_page *page;
    sc_buffer space;
    sc_buffer *into; /* where characters go; NULL: nowhere */
    int depth;
} parsing;

static bool is(const xmlChar *name, const char *word) { return !strcmp((const char *)name, word); }

static void begin_element(void *user, const xmlChar *name, const xmlChar **attributes) {
    parsing *t = user;
    (void)attributes;
    t->into = NULL;
    t->depth++;
    if (t->depth == 2 && is(name, "redirect")) t->page->redirect = true;
    if (t->depth == 2 && is(name, "title")) t->into = &t->page->title;
    if (t->depth == 2 && is(name, "id")) t->into = &t->page->id;
    if (t->depth == 2 && is(name, "ns")) t->into = &t->space;
    if (t->depth == 3 && is(name, "timestamp")) t->into = &t->page->timestamp;
    if (t->depth == 3 && is(name, "text")) t->into = &t->page->text;
    if (t->into && t->into->status >= 0) t->into->len = 0;
}

static void end_element(void *user, const xmlChar *name) {
    parsing *t = user;
    (void)name;
    t->into = NULL;
    t->depth--;
}

static void characters(void *user, const xmlChar *bytes, int n) {
    const parsing *t = user;
    if (t->into) sc__buffer_append(t->into, bytes, (size_t)n);
}

static void silent(void *user, const char *text, ...) {
    (void)user;
    (void)text;
}

static bool begins_redirect(const sc_buffer *text) {
    const size_t space = text->data ? strspn(text->data, " \t\r\n") : 0;
    return text->len >= space + 9 && !strncasecmp(text->data + space, "#redirect", 9);
}

sc_status sc__wiki_page_parse(sc_wiki_page *out, const char *xml, size_t n) {
    parsing t = {.page = out};
    xmlSAXHandler sax = {.startElement = begin_element,
                         .endElement = end_element,
                         .characters = characters,
                         .cdataBlock = characters,
                         .ignorableWhitespace = characters,
                         .warning = silent,
                         .error = silent,
                         .fatalError = silent};
    sc_buffer *all[] = {&out->title, &out->id, &out->timestamp, &out->text};
    for (int i = 0; i < SC_LEN(all); i++) sc__buffer_clear(all[i]);
    out->redirect = false;
    const int error = n < INT32_MAX ? xmlSAXUserParseMemory(&sax, &t, xml, (int)n) : -1;
    sc_status s = t.space.status;
    out->space = t.space.data && s >= 0 ? strtoll(t.space.data, NULL, 10) : 0;
    sc__buffer_deinit(&t.space);
    for (int i = 0; i < SC_LEN(all) && s >= 0; i++) s = all[i]->status;
    if (s < 0) return s;
    if (error == XML_ERR_NO_MEMORY) return SC_FAIL(SC_NOMEM, "libxml2");
    if (error)
        return SC_FAIL(SC_FORMAT, "a page that is not well-formed XML (libxml2 error %d)", error);
    out->redirect |= begins_redirect(&out->text);
    return SC_OK;
}

void sc__wiki_page_deinit(sc_wiki_page *p) {
    sc__buffer_deinit(&p->title);
    sc__buffer_deinit(&p->id);
    sc__buffer_deinit(&p->timestamp);
    sc__buffer_deinit(&p->text);
}
