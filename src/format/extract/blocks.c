/* blocks.c - runs of text and what they are worth.
 *
 * Text density and link density (Kohlschütter, Fankhauser, Nejdl: Boilerplate detection using
 * shallow text features, WSDM 2010): sentences are content, short phrases without an end and links
 * are not. The value of a part is the sum over its runs, so that the part with the largest sum is
 * the tightest around the content (Pasternack, Roth: Extracting article text from the web with
 * maximum subsequence segmentation, WWW 2009, here over subtrees). */
#include "format/extract/extractor.h"

#include "base/alloc.h"

#include <string.h>

enum {
    LONG = 80,  /* letters of a run that is a sentence or more */
    SHORT = 30, /* fewer say nothing by themselves */
};

/* ---- letters --------------------------------------------------------------------------------- */

/* 。 、 ， ！ ？ and the Devanagari danda. */
static bool is_wide_point(const unsigned char *p, const unsigned char *end) {
    if (end - p < 3) return false;
    if (p[0] == 0xE3) return p[1] == 0x80 && (p[2] == 0x81 || p[2] == 0x82);
    if (p[0] == 0xEF) return p[1] == 0xBC && (p[2] == 0x81 || p[2] == 0x8C || p[2] == 0x9F);
    return p[0] == 0xE0 && p[1] == 0xA5 && p[2] == 0xA4;
}

static void measure_text(sc_sums *s, const char *text, size_t n, bool linked) {
    const unsigned char *p = (const unsigned char *)text, *end = p + n;
    int32_t letters = 0, points = 0;
    static const unsigned char is_point[256] = {
        ['.'] = 1, [','] = 1, [';'] = 1, ['!'] = 1, ['?'] = 1};
    for (; p < end; p++) {
        letters += *p > ' ';
        points += is_point[*p];
        if (*p >= 0xE0) points += is_wide_point(p, end);
    }
    s->letters += letters;
    s->points += points;
    if (linked) s->linked += letters;
}

static sc_status reserve(sc_extractor *x) {
    const int32_t n = x->tree.n + 1;
    if (n <= x->cap) return SC_OK;
    const int32_t cap = n + n / 2;
    sc__free(x->sums);
    sc__free(x->holder);
    sc__free(x->excused);
    sc__free(x->drop);
    x->sums = sc__alloc((size_t)cap * sizeof *x->sums);
    x->holder = sc__alloc((size_t)cap * sizeof *x->holder);
    x->excused = sc__alloc((size_t)cap * sizeof *x->excused);
    x->drop = sc__alloc((size_t)cap);
    const bool ok = x->sums && x->holder && x->excused && x->drop;
    x->cap = ok ? cap : 0;
    return ok ? SC_OK : SC_FAIL(SC_NOMEM, "HTML of %d nodes", n);
}

static bool is_block(const sc_html_node *e) {
    return e->kind != SC_HTML_INLINE && e->kind != SC_HTML_BREAK;
}

sc_status sc__blocks_measure(sc_extractor *x) {
    const sc_html_tree *t = &x->tree;
    SC_TRY(reserve(x));
    sc_sums s = {0};
    int32_t link_end = 0;
    for (int32_t i = 0; i < t->n; i++) {
        const sc_html_node *e = &t->nodes[i];
        x->sums[i] = s;
        x->holder[i] = is_block(e) || e->parent < 0 ? i : x->holder[e->parent];
        s.named += e->element == SC_HTML_h1 || (e->hints & SC_HINT_ARTICLE) != 0;
        if (e->flags & SC_NODE_LINK) link_end = SC_MAX(link_end, e->end);
        if (e->element != SC_HTML_TEXT) continue;
        size_t n;
        const char *text = sc__html_text(t, i, &n);
        measure_text(&s, text, n, i < link_end);
    }
    x->sums[t->n] = s;
    return SC_OK;
}

static sc_sums difference(const sc_extractor *x, int32_t begin, int32_t end) {
    const sc_sums *a = &x->sums[begin], *b = &x->sums[end];
    return (sc_sums){.letters = b->letters - a->letters,
                     .linked = b->linked - a->linked,
                     .points = b->points - a->points,
                     .named = b->named - a->named,
                     .value = b->value - a->value,
                     .good = b->good - a->good};
}

sc_sums sc__sums_of(const sc_extractor *x, int32_t node) {
    return difference(x, node, x->tree.nodes[node].end);
}

/* ---- values ---------------------------------------------------------------------------------- */

static int32_t value_of(const sc_extractor *x, const sc_block *b) {
    const sc_sums *s = &b->sums;
    const int kind = x->tree.nodes[b->holder].kind;
    if (kind == SC_HTML_PRE) return s->letters;
    if (kind == SC_HTML_HEADING) return 0;
    const int32_t own = s->letters - s->linked;
    const bool is_prose = own >= SHORT && s->points && s->linked < 3 * own;
    if (s->linked > own && !is_prose) return -SC_MIN(s->linked, LONG);
    if (s->letters >= LONG && (s->points || s->letters >= 3 * LONG)) return own;
    if (kind == SC_HTML_CELL || kind == SC_HTML_ITEM) return own / 4;
    if (s->letters < SHORT) return -5;
    return s->points ? own / 2 : -5;
}

static sc_block *add_block(sc_extractor *x, int32_t first) {
    if (x->n_blocks == x->cap_blocks) {
        const int32_t cap = SC_MAX(2 * x->cap_blocks, 256);
        sc_block *larger = sc__realloc(x->blocks, (size_t)cap * sizeof *larger);
        if (!larger) return NULL;
        x->blocks = larger;
        x->cap_blocks = cap;
    }
    x->blocks[x->n_blocks] = (sc_block){.first = first, .holder = x->holder[first]};
    return &x->blocks[x->n_blocks++];
}

/* The sums of values, from the blocks in order. */
static void add_values(sc_extractor *x) {
    int32_t value = 0, good = 0, at = 0;
    for (int32_t i = 0; i < x->n_blocks; i++) {
        sc_block *b = &x->blocks[i];
        b->sums = difference(x, b->first, b->last + 1);
        b->sums.value = value_of(x, b);
        for (; at <= b->first; at++) x->sums[at].value = value, x->sums[at].good = good;
        value += b->sums.value;
        good += SC_MAX(b->sums.value, 0);
    }
    for (; at <= x->tree.n; at++) x->sums[at].value = value, x->sums[at].good = good;
}

sc_status sc__blocks_find(sc_extractor *x) {
    const sc_html_node *nodes = x->tree.nodes;
    sc_block *b = NULL;
    x->n_blocks = 0;
    for (int32_t i = 0, next; i < x->tree.n; i = next) {
        next = x->drop[i] ? nodes[i].end : i + 1;
        if (is_block(&nodes[i])) b = NULL;
        if (x->drop[i] || nodes[i].element != SC_HTML_TEXT) continue;
        if (!b || b->holder != x->holder[i]) b = add_block(x, i);
        if (!b) return SC_FAIL(SC_NOMEM, "HTML of %d nodes", x->tree.n);
        b->last = i;
    }
    add_values(x);
    return SC_OK;
}
