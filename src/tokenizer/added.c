/* added.c - added tokens are found before anything else is done to a text: leftmost, of those that
 * begin at the same place the longest. A trie as nodes with a first child and a next sibling, and a
 * table of first bytes so that most text is passed over at a glance. */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <string.h>

typedef struct {
    uint32_t child, sibling; /* 0: none */
    int32_t token;           /* index, -1: none ends here */
    unsigned char byte;
} node;

struct sc_added {
    sc_arena arena;
    sc_added_token *tokens;
    node *nodes;
    uint32_t n_nodes, cap_nodes;
    int32_t n_tokens, cap_tokens;
    bool first[256];
    int n_first, the_first; /* how many bytes begin a token, and one of them */
    size_t longest;
};

sc_status sc__added_open(sc_added **out) {
    sc_added *a = *out = sc__calloc(1, sizeof *a);
    if (a) a->nodes = sc__calloc(a->cap_nodes = 64, sizeof *a->nodes);
    if (!a || !a->nodes) {
        sc__added_close(a);
        *out = NULL;
        return SC_FAIL(SC_NOMEM, "no memory for added tokens");
    }
    a->nodes[0].token = -1;
    a->n_nodes = 1;
    return SC_OK;
}

void sc__added_close(sc_added *a) {
    if (!a) return;
    sc__arena_deinit(&a->arena);
    sc__free(a->tokens);
    sc__free(a->nodes);
    sc__free(a);
}

static uint32_t child_of(const sc_added *a, uint32_t at, unsigned char byte) {
    uint32_t c = a->nodes[at].child;
    while (c && a->nodes[c].byte != byte) c = a->nodes[c].sibling;
    return c;
}

static sc_status insert(sc_added *a, const sc_added_token *t, int32_t index) {
    uint32_t at = 0;
    for (size_t i = 0; i < t->n; i++) {
        uint32_t c = child_of(a, at, (unsigned char)t->text[i]);
        if (!c) {
            if (a->n_nodes == a->cap_nodes) {
                node *nodes = sc__realloc(a->nodes, 2 * (size_t)a->cap_nodes * sizeof *nodes);
                if (!nodes) return SC_FAIL(SC_NOMEM, "no memory for added tokens");
                a->nodes = nodes;
                a->cap_nodes *= 2;
            }
            c = a->n_nodes++;
            a->nodes[c] = (node){0, a->nodes[at].child, -1, (unsigned char)t->text[i]};
            a->nodes[at].child = c;
        }
        at = c;
    }
    a->nodes[at].token = index;
    return SC_OK;
}

sc_status sc__added_add(sc_added *a, const sc_added_token *t) {
    if (!t->n) return SC_OK;
    if (a->n_tokens == a->cap_tokens) {
        const int32_t cap = SC_MAX(16, 2 * a->cap_tokens);
        sc_added_token *tokens = sc__realloc(a->tokens, (size_t)cap * sizeof *tokens);
        if (!tokens) return SC_FAIL(SC_NOMEM, "no memory for added tokens");
        a->tokens = tokens;
        a->cap_tokens = cap;
    }
    sc_added_token *copy = &a->tokens[a->n_tokens];
    *copy = *t;
    copy->text = sc__arena_strndup(&a->arena, t->text, t->n);
    if (!copy->text) return SC_FAIL(SC_NOMEM, "no memory for added tokens");
    const unsigned char first = (unsigned char)*t->text;
    a->n_first += !a->first[first];
    a->first[first] = true;
    a->the_first = first;
    a->longest = SC_MAX(a->longest, t->n);
    return insert(a, t, a->n_tokens++);
}

/* The longest token that begins at text[at]; NULL for none. */
static const sc_added_token *longest_at(const sc_added *a, const char *text, size_t n, size_t at) {
    int32_t found = -1;
    for (uint32_t c = 0; at < n; at++) {
        c = child_of(a, c, (unsigned char)text[at]);
        if (!c) break;
        if (a->nodes[c].token >= 0) found = a->nodes[c].token;
    }
    return found < 0 ? NULL : &a->tokens[found];
}

static size_t next_first(const sc_added *a, const char *text, size_t n, size_t at) {
    if (a->n_first == 1) {
        const char *p = memchr(text + at, a->the_first, n - at);
        return p ? (size_t)(p - text) : n;
    }
    while (at < n && !a->first[(unsigned char)text[at]]) at++;
    return at;
}

static size_t back(const char *text, size_t at) { return sc__utf8_start(text, at - 1); }

static bool word_before(const char *text, size_t at) {
    int n;
    return at && sc__char_is(sc__utf8_decode(text + back(text, at), &n), SC_CHAR_WORD);
}

static bool word_after(const char *text, size_t n, size_t at) {
    int len;
    return at < n && sc__char_is(sc__utf8_decode(text + at, &len), SC_CHAR_WORD);
}

static size_t strip_left(const char *text, size_t at) {
    int n;
    while (at && sc__char_is_space(sc__utf8_decode(text + back(text, at), &n))) at = back(text, at);
    return at;
}

static size_t strip_right(const char *text, size_t n, size_t at) {
    int len;
    while (at < n && sc__char_is_space(sc__utf8_decode(text + at, &len))) at += (size_t)len;
    return at;
}

bool sc__added_next(sc_added_scan *s, int32_t *id, size_t *from, size_t *to) {
    if (!s->a || !s->a->n_tokens) return false;
    while ((s->at = next_first(s->a, s->text, s->n, s->at)) < s->n) {
        const size_t begin = s->at;
        const sc_added_token *t = longest_at(s->a, s->text, s->n, begin);
        const size_t end = begin + (t ? t->n : 1);
        s->at = end; /* the reference goes on behind the token even when it is not taken */
        if (!t || begin < s->floor || (s->plain && t->special)) continue;
        if (t->single_word && (word_before(s->text, begin) || word_after(s->text, s->n, end)))
            continue;
        *id = t->id;
        *from = t->lstrip ? SC_MAX(strip_left(s->text, begin), s->floor) : begin;
        *to = t->rstrip ? strip_right(s->text, s->n, end) : end;
        s->floor = *to;
        return true;
    }
    return false;
}

bool sc__added_touches(const sc_added *a, const char *text, size_t n, size_t at) {
    if (!a || !a->n_tokens) return false;
    for (size_t i = at > a->longest ? at - a->longest : 0; i <= at && i < n; i++) {
        const sc_added_token *t =
            a->first[(unsigned char)text[i]] ? longest_at(a, text, n, i) : NULL;
        if (t && i + t->n >= at) return true;
    }
    return false;
}
