/* marks.c - which parts of a page are left out. */
#include "format/extract/extractor.h"

#include <string.h>
#include <strings.h>

enum {
    ELSEWHERE = SC_HINT_SHARE | SC_HINT_RELATED | SC_HINT_NAV | SC_HINT_CHROME | SC_HINT_CONSENT |
                SC_HINT_ASK | SC_HINT_AD | SC_HINT_HIDE | SC_HINT_BYLINE | SC_HINT_FIGURE |
                SC_HINT_FOOT,
    SURE = SC_HINT_NAV | SC_HINT_CONSENT | SC_HINT_FOOT,
    NEVER = SC_HINT_CONSENT | SC_HINT_HIDE | SC_HINT_FOOT,
    OF_PHRASES =
        SC_HINT_SHARE | SC_HINT_NAV | SC_HINT_AD | SC_HINT_HIDE | SC_HINT_FIGURE | SC_HINT_NOTE,
    PHRASE_LETTERS = 200,
    NOTICE_LETTERS = 600,
    FEW_LETTERS = 200
};

static bool share_is(int32_t part, int32_t whole, int percent) {
    return (int64_t)part * 100 > (int64_t)whole * percent;
}

void sc__marks_structure(sc_extractor *x) {
    const sc_html_tree *t = &x->tree;
    for (int32_t i = 0; i < t->n; i++) x->drop[i] = t->nodes[i].kind == SC_HTML_DROP;
}

/* What the element itself tells. */
static uint32_t hints_of(const sc_html_node *e, bool strict) {
    uint32_t hints = e->hints;
    if (e->element == SC_HTML_aside) hints |= SC_HINT_CHROME;
    if (e->element == SC_HTML_form) hints |= SC_HINT_ASK;
    if (e->element == SC_HTML_figcaption) hints |= SC_HINT_FIGURE;
    if (e->flags & SC_NODE_HIDDEN) hints |= SC_HINT_HIDE;
    if (e->kind == SC_HTML_INLINE) return hints & OF_PHRASES;
    return hints & (strict ? (uint32_t)ELSEWHERE : (uint32_t)SURE);
}

/* Most of the page is what the page is for, whatever its name. Notices and footers must be all of
 * it but a few words. */
static bool is_most(const sc_extractor *x, int32_t i, uint32_t hints) {
    const int32_t whole = sc__sums_of(x, 0).good, part = sc__sums_of(x, i).good;
    if (hints & NEVER) return share_is(part, whole, 80) && whole - part < FEW_LETTERS;
    return share_is(part, whole, hints & ~(uint32_t)SC_HINT_BYLINE ? 45 : 30);
}

void sc__marks_hints(sc_extractor *x, bool strict) {
    const sc_html_tree *t = &x->tree;
    x->excused[0] = 0;
    for (int32_t i = 1, next; i < t->n; i = next) {
        const sc_html_node *e = &t->nodes[i];
        next = x->drop[i] ? e->end : i + 1;
        x->excused[i] = x->excused[e->parent];
        const uint32_t hints = hints_of(e, strict) & ~x->excused[i];
        if (x->drop[i] || !hints) continue;
        if (is_most(x, i, hints)) {
            x->excused[i] |= hints;
        } else {
            x->drop[i] = 1;
            next = e->end;
        }
    }
}

/* Comments, the outermost of those within others, and how much they are worth. What holds the
 * article is none, though its name says `comments-open`. */
static int32_t walk_comments(sc_extractor *x, bool drop) {
    const sc_html_tree *t = &x->tree;
    int32_t good = 0;
    for (int32_t i = 1, next; i < t->n; i = next) {
        const sc_html_node *e = &t->nodes[i];
        const bool found = !x->drop[i] && e->kind != SC_HTML_INLINE && e->hints & SC_HINT_COMMENT &&
                           !sc__sums_of(x, i).named;
        next = x->drop[i] || found ? e->end : i + 1;
        if (!found) continue;
        good += sc__sums_of(x, i).good;
        if (drop) x->drop[i] = 1;
    }
    return good;
}

void sc__marks_comments(sc_extractor *x) {
    const int32_t whole = sc__sums_of(x, 0).good, good = walk_comments(x, false);
    if (share_is(good, whole, 80) && whole - good < FEW_LETTERS) return;
    walk_comments(x, true);
}

/* ---- within the part chosen ------------------------------------------------------------------ */

static bool is_letter(char c) {
    return (c & 0x80) || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= '0' && c <= '9');
}

/* Leads elsewhere: hardly more than links. */
static bool is_links(const sc_extractor *x, int32_t i) {
    const sc_html_node *e = &x->tree.nodes[i];
    const sc_sums s = sc__sums_of(x, i);
    if (!s.linked) return false;
    if (e->kind == SC_HTML_LIST || e->element == SC_HTML_dl || e->element == SC_HTML_table)
        return share_is(s.linked, s.letters, 60) && !s.good;
    if (e->kind == SC_HTML_PARAGRAPH)
        return share_is(s.linked, s.letters, 80) && s.letters - s.linked < 25 &&
               s.letters < PHRASE_LETTERS;
    return e->kind == SC_HTML_BLOCK && share_is(s.linked, s.letters, 50) && !s.good;
}

static bool is_phrase(const sc_extractor *x, const sc_block *b) {
    static const struct {
        const char *text;
        int32_t most;
    } phrases[] = {
#define PHRASE(text) {text, PHRASE_LETTERS},
#define NOTICE(text) {text, NOTICE_LETTERS},
#include "format/extract/phrases.def"
#undef PHRASE
#undef NOTICE
    };
    size_t n;
    if (b->sums.letters > NOTICE_LETTERS) return false;
    const char *text = sc__html_text(&x->tree, b->first, &n);
    while (n && *text == ' ') text++, n--;
    for (int i = 0; i < SC_LEN(phrases); i++) {
        const size_t m = strlen(phrases[i].text);
        if (n < m || (*text | 32) != (*phrases[i].text | 32)) continue;
        if (b->sums.letters <= phrases[i].most && !strncasecmp(text, phrases[i].text, m))
            return true;
    }
    return false;
}

/* Letters and digits of both are the same as far as the shorter goes. */
static bool is_same(const char *a, size_t n, const char *b) {
    size_t i = 0, same = 0;
    for (;;) {
        while (i < n && !is_letter(a[i])) i++;
        while (*b && !is_letter(*b)) b++;
        if (i == n || !*b) return same >= 8 || (i == n && !*b);
        if ((a[i] | 32) != (*b | 32)) return false;
        i++, b++, same++;
    }
}

/* The page's title once more. */
static bool is_title(const sc_extractor *x, const sc_block *b) {
    size_t n;
    const sc_html_node *holder = &x->tree.nodes[b->holder];
    if (holder->element != SC_HTML_h1 && holder->element != SC_HTML_h2) return false;
    const char *text = sc__html_text(&x->tree, b->holder, &n);
    return n && x->facts.title[0] && is_same(text, n, x->facts.title);
}

static void drop_block(sc_extractor *x, sc_block *b) {
    b->dropped = true;
    for (int32_t i = b->first; i <= b->last; i++)
        x->drop[i] |= x->tree.nodes[i].element == SC_HTML_TEXT;
}

static bool holds(const sc_extractor *x, int32_t root, const sc_block *b) {
    return b->first >= root && b->first < x->tree.nodes[root].end;
}

/* Neither a sentence nor a heading nor part of a list, a table or code. */
static bool is_scrap(const sc_extractor *x, const sc_block *b) {
    const int kind = x->tree.nodes[b->holder].kind;
    if (b->dropped) return true;
    if (kind == SC_HTML_HEADING || kind == SC_HTML_PRE || kind == SC_HTML_ITEM ||
        kind == SC_HTML_CELL)
        return false;
    return b->sums.value <= 0 && (b->sums.letters < 80 || b->sums.letters - b->sums.linked < 25);
}

/* Blocks within parts that are dropped. */
static void note_dropped(sc_extractor *x, int32_t root) {
    const sc_html_tree *t = &x->tree;
    int32_t b = 0;
    for (int32_t i = root, next; i < t->nodes[root].end; i = next) {
        next = x->drop[i] ? t->nodes[i].end : i + 1;
        while (b < x->n_blocks && x->blocks[b].first < i) b++;
        for (; x->drop[i] && b < x->n_blocks && x->blocks[b].first < next; b++)
            x->blocks[b].dropped = true;
    }
}

/* 1 to 6 of a heading, 7 of anything else. */
static int level_of(const sc_extractor *x, const sc_block *b) {
    const sc_html_node *holder = &x->tree.nodes[b->holder];
    return holder->kind == SC_HTML_HEADING ? holder->element - SC_HTML_h1 + 1 : 7;
}

/* Scraps before the first and after the last run that says something, dates, credits, links; and
 * headings over nothing. */
static void trim(sc_extractor *x, int32_t root) {
    int32_t first = 0, last = x->n_blocks - 1;
    while (first <= last && !holds(x, root, &x->blocks[first])) first++;
    while (first <= last && !holds(x, root, &x->blocks[last])) last--;
    while (first <= last && is_scrap(x, &x->blocks[first])) drop_block(x, &x->blocks[first++]);
    int next = 0; /* the level of what follows; 0: nothing does */
    for (; last >= first; last--) {
        const int level = level_of(x, &x->blocks[last]);
        const bool dangling = level < 7 && next <= level,
                   after = !next && is_scrap(x, &x->blocks[last]);
        if (dangling || after || x->blocks[last].dropped)
            drop_block(x, &x->blocks[last]);
        else
            next = level;
    }
}

/* Items of which nothing is left. From the last node to the first: children before parents, each
 * of which tells its own whether it holds text; `excused` has done its work and serves as room. */
static void drop_empty(sc_extractor *x, int32_t root) {
    const sc_html_node *nodes = x->tree.nodes;
    uint32_t *full = x->excused;
    for (int32_t i = root; i < nodes[root].end; i++) full[i] = nodes[i].element == SC_HTML_TEXT;
    for (int32_t i = nodes[root].end - 1; i > root; i--) {
        if (nodes[i].kind == SC_HTML_ITEM && !full[i]) x->drop[i] = 1;
        if (!x->drop[i]) full[nodes[i].parent] |= full[i];
    }
}

void sc__marks_inside(sc_extractor *x, int32_t root, bool strict) {
    const sc_html_tree *t = &x->tree;
    for (int32_t i = root + 1, next; i < t->nodes[root].end; i = next) {
        if (!x->drop[i]) x->drop[i] = is_links(x, i);
        next = x->drop[i] ? t->nodes[i].end : i + 1;
    }
    if (strict) {
        note_dropped(x, root);
        for (int32_t i = 0; i < x->n_blocks; i++)
            if (holds(x, root, &x->blocks[i]) && !x->blocks[i].dropped &&
                (is_phrase(x, &x->blocks[i]) || is_title(x, &x->blocks[i])))
                drop_block(x, &x->blocks[i]);
        trim(x, root);
    }
    drop_empty(x, root);
}
