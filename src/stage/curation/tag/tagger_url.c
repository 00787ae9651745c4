/* tagger_url.c - what lists say of a document's URL (metadata.url, or url), as RefinedWeb's filter
 * looks at it (Penedo et al. 2023, appendix G.1): its domain, itself, words in it. */
#define _GNU_SOURCE
#include "stage/curation/tag/tagger.h"

#include "base/file.h"
#include "base/hash.h"

#include <string.h>

enum { LIST_MAX = 1 << 30, N_LISTS = 4 };
enum { DOMAINS, URLS, HARD_WORDS, SOFT_WORDS };

static const char *const metrics[N_LISTS] = {"domain", "listed", "hard_words", "soft_words"};
static const sc_tagger_setting settings[] = {
    {"domain_list", NULL, "a list of domains; those below one are in it too"},
    {"url_list", NULL, "a list of whole URLs"},
    {"hard_word_list", NULL, "a list of words, of which none may be between the signs of a URL"},
    {"soft_word_list", NULL, "the same of words of which several are too many"},
    {0}};

/* Lines as hashes: for a list of a million names the rest is never asked. */
typedef struct {
    uint64_t *slots; /* 0: free */
    size_t mask;
    bool given;
} list;

typedef struct {
    list lists[N_LISTS];
} shared;

typedef struct {
    const shared *lists;
    int at[N_LISTS];
    sc_buffer room, small;
} self;

/* ---- lists ----------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *p, size_t n) {
    const uint64_t h = sc__hash64(p, n, 1);
    return h ? h : 1;
}

static bool has(const list *l, const char *p, size_t n) {
    const uint64_t h = hash_of(p, n);
    for (size_t i = (size_t)h & l->mask; l->given && l->slots[i]; i = (i + 1) & l->mask)
        if (l->slots[i] == h) return true;
    return false;
}

static void put(list *l, const char *p, size_t n) {
    const uint64_t h = hash_of(p, n);
    size_t i = (size_t)h & l->mask;
    while (l->slots[i] && l->slots[i] != h) i = (i + 1) & l->mask;
    l->slots[i] = h;
}

static void lower(char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)(p[i] - 'A') < 26) p[i] += 32;
}

static sc_status fill(list *l, sc_buffer *file) {
    size_t lines = 1, size = 64;
    for (size_t i = 0; i < file->len; i++) lines += file->data[i] == '\n';
    while (size < lines * 2) size *= 2;
    l->slots = sc__calloc(size, sizeof *l->slots);
    if (!l->slots) return SC_FAIL(SC_NOMEM, "list");
    l->mask = size - 1;
    l->given = true;
    char *p = file->data, *end = p + file->len;
    lower(p, file->len);
    while (p < end) {
        char *newline = memchr(p, '\n', (size_t)(end - p)), *stop = newline ? newline : end;
        char *last = stop;
        while (p < last && (unsigned char)*p <= ' ') p++;
        while (last > p && (unsigned char)last[-1] <= ' ') last--;
        if (last > p && *p != '#') put(l, p, (size_t)(last - p));
        p = stop + 1;
    }
    return SC_OK;
}

static void unload(void *me) {
    shared *s = me;
    for (int i = 0; i < N_LISTS; i++) sc__free(s->lists[i].slots);
    sc__free(s);
}

static sc_status load_list(list *l, const char *path) {
    sc_buffer file = SC_BUFFER_INIT;
    sc_status s = sc__file_read(&file, path, LIST_MAX);
    if (s >= 0) s = fill(l, &file);
    sc__buffer_deinit(&file);
    return s;
}

static sc_status load(void **out, const char *const *values) {
    shared *s = sc__calloc(1, sizeof *s);
    sc_status status = s ? SC_OK : SC_FAIL(SC_NOMEM, "lists");
    int n = 0;
    for (int i = 0; i < N_LISTS && status >= 0; i++) {
        n += values[i] != NULL;
        if (values[i]) status = load_list(&s->lists[i], values[i]);
    }
    if (status >= 0 && !n)
        status = SC_FAIL(SC_USAGE, "a list is needed, such as --set url.domain_list=FILE");
    if (status < 0 && s)
        unload(s);
    else
        *out = s;
    return status;
}

/* ---- a URL ----------------------------------------------------------------------------------- */

static sc_status open(void **out, sc_tags *tags, const void *lists) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "url");
    s->lists = lists;
    for (int i = 0; i < N_LISTS; i++) s->at[i] = sc__tags_attribute(tags, metrics[i]);
    *out = s;
    return SC_OK;
}

static void close(void *me) {
    self *s = me;
    sc__buffer_deinit(&s->room);
    sc__buffer_deinit(&s->small);
    sc__free(s);
}

/* RFC 3986, section 3.2: behind "//" and "user@", up to a port or the path. */
static sc_slice host_of(const char *url, size_t n) {
    const char *end = url + n, *p = memmem(url, n, "//", 2);
    p = p ? p + 2 : url;
    const char *stop = p;
    while (stop < end && !strchr("/?#", *stop)) {
        if (*stop == '@') p = stop + 1;
        stop++;
    }
    const char *colon = memchr(p, ':', (size_t)(stop - p));
    if (colon) stop = colon;
    while (stop > p && stop[-1] == '.') stop--;
    return (sc_slice){p, (size_t)(stop - p)};
}

static bool domain_is_listed(const list *l, sc_slice host) {
    const char *end = host.p + host.n;
    for (const char *p = host.p; p && p < end;) {
        if (has(l, p, (size_t)(end - p))) return true;
        const char *dot = memchr(p, '.', (size_t)(end - p));
        p = dot ? dot + 1 : NULL;
    }
    return false;
}

static bool is_alphanumeric(char c) {
    return (unsigned char)(c - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

/* Runs of letters and digits that are in the list. */
static int64_t count_words(const list *l, const char *p, size_t n) {
    const char *end = p + n;
    int64_t count = 0;
    while (p < end) {
        const char *stop = p;
        while (stop < end && is_alphanumeric(*stop)) stop++;
        count += stop > p && has(l, p, (size_t)(stop - p));
        p = stop + 1;
    }
    return count;
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    self *s = me;
    const list *lists = s->lists->lists;
    sc_slice url = {NULL, 0};
    if (sc__doc_record(doc)) SC_TRY(sc__record_string(&url, &s->room, sc__doc_record(doc), "url"));
    if (!url.p) return SC_OK; /* nothing can be said */
    sc__buffer_clear(&s->small);
    sc__buffer_append(&s->small, url.p, url.n);
    SC_TRY(s->small.status);
    const char *p = s->small.data ? s->small.data : "";
    if (s->small.data) lower(s->small.data, s->small.len);
    sc__tags_whole(out, s->at[DOMAINS], domain_is_listed(&lists[DOMAINS], host_of(p, url.n)));
    sc__tags_whole(out, s->at[URLS], has(&lists[URLS], p, url.n));
    sc__tags_whole(out, s->at[HARD_WORDS], (double)count_words(&lists[HARD_WORDS], p, url.n));
    sc__tags_whole(out, s->at[SOFT_WORDS], (double)count_words(&lists[SOFT_WORDS], p, url.n));
    return SC_OK;
}

const sc_tagger sc__tagger_url = {
    .settings = settings, .load = load, .unload = unload, .open = open, .close = close, .run = run};
