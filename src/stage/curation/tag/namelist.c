/* namelist.c - lists of names as tables of hashes. */
#include "stage/curation/tag/namelist.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/url.h"

#include <string.h>

enum { LIST_MAX = 1 << 30 }; /* bytes of a file */

static uint64_t hash_of(const char *p, size_t n) {
    const uint64_t h = sc__hash64(p, n, 1);
    return h ? h : 1;
}

bool sc__namelist_has(const sc_namelist *l, const char *p, size_t n) {
    const uint64_t h = hash_of(p, n);
    for (size_t i = (size_t)h & l->mask; l->slots && l->slots[i]; i = (i + 1) & l->mask)
        if (l->slots[i] == h) return true;
    return false;
}

static void put(sc_namelist *l, const char *p, size_t n) {
    const uint64_t h = hash_of(p, n);
    size_t i = (size_t)h & l->mask;
    while (l->slots[i] && l->slots[i] != h) i = (i + 1) & l->mask;
    l->n += !l->slots[i];
    l->slots[i] = h;
}

static void make_small(char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)(p[i] - 'A') < 26) p[i] = (char)(p[i] + 32);
}

static sc_status fill(sc_namelist *l, const sc_buffer *file) {
    size_t lines = 1, size = 64;
    for (size_t i = 0; i < file->len; i++) lines += file->data[i] == '\n';
    while (size < lines * 2) size *= 2;
    l->slots = sc__calloc(size, sizeof *l->slots);
    if (!l->slots) return SC_FAIL(SC_NOMEM, "list of names");
    l->mask = size - 1;
    sc_slice name, rest = {file->data, file->len};
    while (sc__take_entry(&name, &rest)) put(l, name.p, name.n);
    return SC_OK;
}

sc_status sc__namelist_load(sc_namelist *l, const char *path, bool small) {
    sc_buffer file = SC_BUFFER_INIT;
    *l = (sc_namelist){0};
    sc_status s = sc__file_read(&file, path, LIST_MAX);
    if (s >= 0 && small) make_small(file.data, file.len);
    if (s >= 0) s = fill(l, &file);
    if (s >= 0 && !l->n) s = SC_FAIL(SC_FORMAT, "%s: there is no name in it", path);
    if (s < 0) sc__namelist_deinit(l);
    sc__buffer_deinit(&file);
    return s;
}

void sc__namelist_deinit(sc_namelist *l) {
    sc__free(l->slots);
    *l = (sc_namelist){0};
}

bool sc__namelist_has_host(const sc_namelist *l, const sc_buffer *url) {
    const sc_slice host = sc__url_host((sc_slice){url->data, url->len});
    const char *end = host.p ? host.p + host.n : NULL;
    for (const char *p = host.p; l->slots && p && p < end;) {
        if (sc__namelist_has(l, p, (size_t)(end - p))) return true;
        const char *dot = memchr(p, '.', (size_t)(end - p));
        p = dot ? dot + 1 : NULL;
    }
    return false;
}

/* ---- a tagger of several --------------------------------------------------------------------- */

void sc__namelists_unload(void *shared) {
    sc_namelist *lists = shared;
    for (int i = 0; lists && i < SC_NAMELISTS_MAX; i++) sc__namelist_deinit(&lists[i]);
    sc__free(lists);
}

static sc_status load_all(sc_namelist *lists, const char *const *values, const sc_namelists *l) {
    int given = 0;
    for (int i = 0; i < l->n; i++) {
        if (!values[i]) continue;
        given++;
        SC_TRY(sc__namelist_load(&lists[i], values[i], i != l->exact));
    }
    if (given) return SC_OK;
    return SC_FAIL(SC_USAGE, "a list is needed, such as --set %s.domain_list=FILE", l->tagger);
}

sc_status sc__namelists_load(void **shared, const char *const *values, const sc_namelists *l) {
    sc_namelist *lists = sc__calloc(SC_NAMELISTS_MAX, sizeof *lists);
    if (!lists) return SC_FAIL(SC_NOMEM, "%s", l->tagger);
    const sc_status s = load_all(lists, values, l);
    if (s < 0)
        sc__namelists_unload(lists);
    else
        *shared = lists;
    return s;
}

sc_status sc__namelists_open(void **self, sc_tags *tags, const void *shared,
                             const sc_namelists *l) {
    sc_namelists_worker *w = *self = sc__calloc(1, sizeof *w);
    if (!w) return SC_FAIL(SC_NOMEM, "%s", l->tagger);
    w->lists = shared;
    for (int i = 0; i < l->n; i++) w->at[i] = sc__tags_attribute(tags, l->metrics[i]);
    return SC_OK;
}

void sc__namelists_close(void *self) {
    sc_namelists_worker *w = self;
    sc__buffer_deinit(&w->room);
    sc__buffer_deinit(&w->url);
    sc__buffer_deinit(&w->id);
    sc__free(w);
}

sc_status sc__url_of(bool *out, sc_buffer *url, sc_buffer *room, sc_doc *doc) {
    sc_slice found = {NULL, 0};
    *out = false;
    if (sc__doc_record(doc)) SC_TRY(sc__record_string(&found, room, sc__doc_record(doc), "url"));
    if (!found.p) return SC_OK;
    const size_t from = url->len;
    sc__buffer_append(url, found.p, found.n);
    SC_TRY(url->status);
    if (found.n) make_small(url->data + from, found.n);
    *out = found.n > 0;
    return SC_OK;
}
