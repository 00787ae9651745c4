/* items_sources.c - the kinds of files as a table, and the simple ones of them: archives, dumps,
 * whole files. */
#define _GNU_SOURCE
#include "format/source/archive.h"
#include "format/source/items_part.h"
#include "format/source/mediawiki.h"

#include <string.h>

/* ---- archives -------------------------------------------------------------------------------- */

/* Zips that are one document of a program or a program, not a folder of text. */
static bool detect_archive(const sc_item_level *l, const char *bytes, size_t n) {
    static const char *const not_folders[] = {".docx", ".xlsx", ".pptx", ".odt", ".ods",
                                              ".odp",  ".jar",  ".apk",  ".whl", ".npz"};
    for (int i = 0; i < SC_LEN(not_folders); i++)
        if (sc__stream_has_suffix(l->name, not_folders[i])) return false;
    return sc__archive_detect(bytes, n);
}

static sc_status open_archive(sc_item_level *l, size_t max_item) {
    (void)max_item;
    return sc__archive_open((sc_archive **)&l->reader, &l->window, l->name);
}

/* As in folders: what is hidden is passed over. */
static bool is_hidden(const char *name) {
    for (const char *p = name; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (p[0] == '.' && p[1] && p[1] != '/' && !(p[1] == '.' && (!p[2] || p[2] == '/')))
            return true;
    }
    return false;
}

static sc_status next_member(sc_item *out, sc_items *t, sc_item_level *l) {
    sc_archive_member m;
    (void)out;
    do {
        const sc_status s = sc__archive_next(&m, l->reader);
        if (s != SC_OK) return s;
        if (is_hidden(m.name)) sc__items_pass_over(t);
    } while (is_hidden(m.name));
    return sc__items_push(t, m.name, m.mtime >= 0 ? m.mtime : l->mtime, sc__archive_read,
                          l->reader);
}

static void close_archive(void *reader) { sc__archive_close(reader); }

/* ---- dumps ----------------------------------------------------------------------------------- */

static bool detect_wiki(const sc_item_level *l, const char *bytes, size_t n) {
    (void)l;
    return sc__mediawiki_detect(bytes, n);
}

static sc_status open_wiki(sc_item_level *l, size_t max_item) {
    return sc__mediawiki_open((sc_mediawiki **)&l->reader, &l->window, l->name, max_item);
}

static sc_status next_page(sc_item *out, sc_items *t, sc_item_level *l) {
    const char *page;
    size_t n;
    uint64_t offset;
    (void)t;
    const sc_status s = sc__mediawiki_next(&page, &n, &offset, l->reader);
    if (s != SC_OK) return s;
    *out = sc__item_of(l, SC_ITEM_WIKI, page, n);
    out->offset = offset;
    out->url = sc__mediawiki_base(l->reader);
    out->language = sc__mediawiki_language(l->reader);
    return SC_OK;
}

static void close_wiki(void *reader) { sc__mediawiki_close(reader); }

/* ---- whole files ----------------------------------------------------------------------------- */

static bool detect_any(const sc_item_level *l, const char *bytes, size_t n) {
    (void)l, (void)bytes, (void)n;
    return true;
}

/* UTF-16 has zeros too, and says so at its beginning. */
static bool is_binary(const char *p, size_t n) {
    if (n >= 2 && (!memcmp(p, "\xFF\xFE", 2) || !memcmp(p, "\xFE\xFF", 2))) return false;
    return n && memchr(p, 0, n);
}

/* The reader is a mark that the file was given. */
static sc_status next_file(sc_item *out, sc_items *t, sc_item_level *l) {
    static char given;
    if (l->reader) return SC_DONE;
    l->reader = &given;
    const size_t max = sc__items_max(t);
    if (!is_binary(sc__window_at(&l->window), SC_MIN(sc__window_left(&l->window), (size_t)4096)))
        SC_TRY(sc__window_need(&l->window, max + 1));
    const size_t n = sc__window_left(&l->window);
    if (n > max) return SC_FAIL(SC_FORMAT, "%s: longer than %zu bytes", l->name, max);
    *out = sc__item_of(l, SC_ITEM_FILE, n ? sc__window_at(&l->window) : "", n);
    return SC_OK;
}

static void close_nothing(void *reader) { (void)reader; }

/* ---- the table ------------------------------------------------------------------------------- */

static const sc_item_source archive = {detect_archive, open_archive, next_member, close_archive};
static const sc_item_source wiki = {detect_wiki, open_wiki, next_page, close_wiki};
static const sc_item_source file = {detect_any, NULL, next_file, close_nothing};

const sc_item_source *const sc__item_sources[] = {&archive, &sc__source_web, &sc__source_parquet,
                                                  &wiki,    &sc__source_csv, &sc__source_json,
                                                  &file};
const int sc__n_item_sources = SC_LEN(sc__item_sources);
