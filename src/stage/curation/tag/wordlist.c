/* wordlist.c - states are the beginnings of phrases; (state, byte) -> state lies in one hash table,
 * so that a list costs in proportion to its bytes. */
#include "stage/curation/tag/wordlist.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "stage/curation/tag/charkind.h"

#include <string.h>
#include <utf8proc.h>

enum { LIST_MAX = 1 << 26 }; /* bytes of a file */

typedef struct {
    uint32_t fail;   /* the longest other beginning that this one ends with */
    uint32_t output; /* the nearest state on that way, itself included, that is a phrase; 0 */
    uint32_t chars;  /* of the phrase that ends here; 0: none does */
    uint32_t parent, depth;    /* bytes of the beginning */
    unsigned char byte;        /* its last one */
    bool bare_begin, bare_end; /* that side needs no border */
} state;

typedef struct {
    uint64_t key; /* state << 8 | byte, plus 1; 0: free */
    uint32_t to;
} edge;

struct sc_wordlist {
    state *states;
    int64_t n_states;
    edge *edges;
    size_t mask;
    int64_t size;
};

/* ---- edges ----------------------------------------------------------------------------------- */

static edge *edge_at(const sc_wordlist *l, uint32_t from, unsigned char byte) {
    const uint64_t key = ((uint64_t)from << 8 | byte) + 1;
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 20) & l->mask;
    while (l->edges[i].key && l->edges[i].key != key) i = (i + 1) & l->mask;
    return &l->edges[i];
}

/* 0, the root, where there is none. */
static uint32_t go(const sc_wordlist *l, uint32_t from, unsigned char byte) {
    const edge *e = edge_at(l, from, byte);
    return e->key ? e->to : 0;
}

static uint32_t go_or_make(sc_wordlist *l, uint32_t from, unsigned char byte) {
    edge *e = edge_at(l, from, byte);
    if (e->key) return e->to;
    *e = (edge){((uint64_t)from << 8 | byte) + 1, (uint32_t)l->n_states++};
    l->states[e->to].parent = from;
    l->states[e->to].byte = byte;
    l->states[e->to].depth = l->states[from].depth + 1;
    return e->to;
}

/* ---- making ---------------------------------------------------------------------------------- */

static uint32_t lower(uint32_t c) {
    if (c < 0x80) return c - 'A' < 26u ? c + 32 : c;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

/* Letters of scripts without spaces: UAX #29 gives them no class, or katakana's. */
static bool is_bare(sc_char_kinds *t, uint32_t c) {
    const uint32_t kind = sc__char_kind(t, c);
    const int wb = sc__char_wb(kind);
    return (kind & SC_CHAR_LETTER) && (wb == SC_WB_OTHER || wb == SC_WB_KATAKANA);
}

static void add(sc_wordlist *l, sc_char_kinds *t, const char *p, size_t n) {
    uint32_t at = 0, chars = 0, first = 0, c = 0;
    int bytes;
    for (size_t i = 0; i < n; i += (size_t)bytes, chars++) {
        char small[4];
        c = lower(sc__utf8_decode(p + i, &bytes));
        if (!chars) first = c;
        const int n_small = sc__utf8_encode(small, c);
        for (int k = 0; k < n_small; k++) at = go_or_make(l, at, (unsigned char)small[k]);
    }
    l->size += !l->states[at].chars;
    l->states[at].chars = chars;
    l->states[at].bare_begin = is_bare(t, first);
    l->states[at].bare_end = is_bare(t, c);
}

static void add_lines(sc_wordlist *l, sc_char_kinds *t, const sc_buffer *file) {
    sc_slice word, rest = {file->data, file->len};
    while (sc__take_entry(&word, &rest)) add(l, t, word.p, word.n);
}

static int64_t deepest(const sc_wordlist *l) {
    uint32_t most = 0;
    for (int64_t i = 0; i < l->n_states; i++) most = SC_MAX(most, l->states[i].depth);
    return most;
}

/* States by depth: `first` counts them, then tells where those of a depth begin. */
static void sort_states(const sc_wordlist *l, uint32_t *order, uint32_t *first, int64_t depths) {
    for (int64_t i = 0; i < l->n_states; i++) first[l->states[i].depth + 1]++;
    for (int64_t i = 1; i <= depths; i++) first[i] += first[i - 1];
    for (int64_t i = 0; i < l->n_states; i++) order[first[l->states[i].depth]++] = (uint32_t)i;
}

/* `fail` of a state comes from those of less depth. */
static void link_state(sc_wordlist *l, state *s, uint32_t self) {
    uint32_t back = l->states[s->parent].fail;
    while (back && !go(l, back, s->byte)) back = l->states[back].fail;
    s->fail = s->parent ? go(l, back, s->byte) : 0;
    s->output = s->chars ? self : l->states[s->fail].output;
}

static sc_status link_states(sc_wordlist *l) {
    const int64_t depths = deepest(l) + 1;
    uint32_t *order = sc__alloc((size_t)l->n_states * sizeof *order);
    uint32_t *first = sc__calloc((size_t)depths + 2, sizeof *first);
    const sc_status s = order && first ? SC_OK : SC_FAIL(SC_NOMEM, "list of words");
    if (s >= 0) {
        sort_states(l, order, first, depths);
        for (int64_t i = 1; i < l->n_states; i++) link_state(l, &l->states[order[i]], order[i]);
    }
    sc__free(order);
    sc__free(first);
    return s;
}

static sc_status build(sc_wordlist *l, const sc_buffer *file) {
    sc_char_kinds kinds = {0};
    size_t size = 1024;
    const size_t most = file->len + file->len / 2 + 2; /* a small letter may be longer */
    while (size < most * 2) size *= 2;
    l->edges = sc__calloc(size, sizeof *l->edges);
    l->states = sc__calloc(most, sizeof *l->states);
    sc_status s =
        l->edges && l->states ? sc__char_kinds_init(&kinds) : SC_FAIL(SC_NOMEM, "list of words");
    if (s >= 0) {
        l->mask = size - 1;
        l->n_states = 1;
        add_lines(l, &kinds, file);
        s = link_states(l);
    }
    sc__char_kinds_deinit(&kinds);
    return s;
}

sc_status sc__wordlist_open(sc_wordlist **out, const char *path) {
    sc_buffer file = SC_BUFFER_INIT;
    *out = NULL;
    sc_wordlist *l = sc__calloc(1, sizeof *l);
    sc_status s = l ? sc__file_read(&file, path, LIST_MAX) : SC_FAIL(SC_NOMEM, "list of words");
    const size_t good = s >= 0 && file.len ? sc__utf8_valid_prefix(file.data, file.len) : 0;
    if (s >= 0 && good < file.len)
        s = SC_FAIL(SC_FORMAT, "%s: byte %zu: not valid UTF-8", path, good + 1);
    if (s >= 0) s = build(l, &file);
    if (s >= 0 && !l->size) s = SC_FAIL(SC_FORMAT, "%s: there is no word in it", path);
    sc__buffer_deinit(&file);
    if (s < 0)
        sc__wordlist_close(l);
    else
        *out = l;
    return s;
}

void sc__wordlist_close(sc_wordlist *l) {
    if (!l) return;
    sc__free(l->states);
    sc__free(l->edges);
    sc__free(l);
}

int64_t sc__wordlist_size(const sc_wordlist *l) { return l->size; }

/* ---- finding --------------------------------------------------------------------------------- */

static bool is_word_char(sc_doc *doc, const char *p) {
    int n;
    const uint32_t c = sc__utf8_decode(p, &n);
    return c == '_' || (sc__doc_kind(doc, c) & (SC_CHAR_LETTER | SC_CHAR_NUMBER));
}

static const char *back(const char *p) {
    do p--;
    while ((signed char)*p < -64);
    return p;
}

/* Whether the phrase of `s` that ends before `end` stands free; *start gets where it begins. */
static bool stands_free(const state *s, sc_doc *doc, const char *end, const char **start) {
    const sc_slice text = sc__doc_text(doc);
    const char *p = end;
    for (uint32_t i = 0; i < s->chars; i++) p = back(p);
    *start = p;
    if (!s->bare_begin && p > text.p && is_word_char(doc, back(p))) return false;
    return s->bare_end || end == text.p + text.n || !is_word_char(doc, end);
}

void sc__wordlist_find(const sc_wordlist *l, sc_doc *doc,
                       void (*found)(void *user, size_t start, size_t end), void *user) {
    const sc_slice text = sc__doc_text(doc);
    uint32_t at = 0;
    int bytes;
    for (size_t i = 0; i < text.n; i += (size_t)bytes) {
        char small[4];
        const int n = sc__utf8_encode(small, lower(sc__utf8_decode(text.p + i, &bytes)));
        for (int k = 0; k < n; k++) {
            uint32_t to;
            while (!(to = go(l, at, (unsigned char)small[k])) && at) at = l->states[at].fail;
            at = to;
        }
        for (uint32_t o = l->states[at].output; o; o = l->states[l->states[o].fail].output) {
            const char *end = text.p + i + bytes, *start;
            if (!stands_free(&l->states[o], doc, end, &start)) continue;
            found(user, (size_t)(start - text.p), (size_t)(end - text.p));
            break;
        }
    }
}
