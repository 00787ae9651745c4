/* write.c - a walk over the nodes in reading order. */
#include "format/extract/write.h"

#include "format/page.h"

#include <stdio.h>
#include <string.h>

enum {
    DEEPEST = 12,      /* lists in lists, deeper ones are not indented further */
    LARGEST_CELL = 400 /* bytes; one with more is a column of a layout, not of a table */
};

typedef struct {
    const sc_html_tree *t;
    const sc_html_style *o;
    sc_page page;
    bool space;             /* white space since the last word: the next one stands apart */
    int levels;             /* of lists, quotes and definitions that we are in */
    int32_t cell, cell_end; /* the cell of a row that we are in, or were in last */
} writer;

static void deepen(writer *w, int by) {
    w->levels += by;
    w->page.indent = SC_MIN(w->levels, DEEPEST) * w->o->step;
}

static bool is_in(const writer *w, const sc_html_node *e, int element) {
    return e->parent >= 0 && w->t->nodes[e->parent].element == element;
}

static void begin_item(writer *w, const sc_html_node *e) {
    sc_page *p = &w->page;
    const int at = SC_MAX(p->indent - w->o->step, 0);
    if (e->element == SC_HTML_dd) {
        sc__page_break(p);
        deepen(w, 1);
        return;
    }
    char tag[16] = "-";
    if (is_in(w, e, SC_HTML_ol)) snprintf(tag, sizeof tag, "%d.", SC_MIN(e->number, 10000));
    sc__page_tag(p, tag, strlen(tag), at);
}

static bool holds_code(const writer *w, const sc_html_node *e) {
    const sc_html_node *end = w->t->nodes + e->end;
    while (e < end && e->kind != SC_HTML_PRE) e++;
    return e < end;
}

/* A cell of a row, which is written in one line whatever blocks it holds, but code. */
static bool is_row_cell(const writer *w, const sc_html_node *e) {
    size_t n;
    (void)sc__html_text(w->t, (int32_t)(e - w->t->nodes), &n);
    return w->o->rows && n <= LARGEST_CELL && !holds_code(w, e);
}

/* The cell beside one of code that numbers its lines. */
static bool is_line_numbers(const writer *w, const sc_html_node *e) {
    size_t n;
    if (e->kind != SC_HTML_CELL || !holds_code(w, e)) return false;
    const char *text = sc__html_text(w->t, (int32_t)(e - w->t->nodes), &n);
    while (n && strchr(" \t\r\n0123456789", *text)) text++, n--;
    return n == 0;
}

static void begin_cell(writer *w, const sc_html_node *e) {
    sc_page *p = &w->page;
    if (is_row_cell(w, e)) {
        w->cell = (int32_t)(e - w->t->nodes), w->cell_end = e->end;
        if (p->line.len) sc__page_text(p, "|", 1);
    } else if (w->o->rows) {
        sc__page_blank(p);
    } else if (p->line.len) { /* two spaces between cells */
        p->glue = true;
        sc__page_text(p, "\xC2\xA0", 2);
    }
}

static bool is_first_in_item(const writer *w, const sc_html_node *e) {
    return is_in(w, e, SC_HTML_li) && e == w->t->nodes + e->parent + 1;
}

static void enter(writer *w, const sc_html_node *e) {
    sc_page *p = &w->page;
    const int kind = e->kind;
    if (kind == SC_HTML_BLOCK) sc__page_break(p);
    if (kind == SC_HTML_PARAGRAPH && !is_first_in_item(w, e)) sc__page_blank(p);
    if (kind == SC_HTML_HEADING || kind == SC_HTML_LIST || kind == SC_HTML_PRE) sc__page_blank(p);
    if (kind == SC_HTML_BREAK || kind == SC_HTML_TERM) sc__page_break(p);
    if (kind == SC_HTML_LIST) deepen(w, 1);
    if (kind == SC_HTML_PRE) p->indent += 2, p->verbatim++;
    if (kind == SC_HTML_ITEM) begin_item(w, e);
    if (kind == SC_HTML_CELL) begin_cell(w, e);
    if (kind != SC_HTML_INLINE) w->space = true;
}

static void leave_item(writer *w, const sc_html_node *e) {
    sc__page_break(&w->page);
    if (e->element == SC_HTML_dd)
        deepen(w, -1);
    else
        w->page.indent = SC_MIN(w->levels, DEEPEST) * w->o->step; /* one outside of lists too */
}

static void leave(writer *w, const sc_html_node *e) {
    sc_page *p = &w->page;
    const int kind = e->kind;
    if (kind == SC_HTML_INLINE || kind == SC_HTML_BREAK) return;
    w->space = true;
    if (kind == SC_HTML_CELL) return;
    if (kind == SC_HTML_ITEM)
        leave_item(w, e);
    else if (kind == SC_HTML_BLOCK || kind == SC_HTML_TERM)
        sc__page_break(p);
    else
        sc__page_blank(p);
    if (kind == SC_HTML_LIST) deepen(w, -1);
    if (kind == SC_HTML_PRE) p->indent -= 2, p->verbatim--;
}

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t'; }

static void put_text(writer *w, int32_t at) {
    size_t n;
    const char *text = sc__html_text(w->t, at, &n);
    if (!n) return;
    if (w->page.verbatim) {
        sc__page_text(&w->page, text, n);
        return;
    }
    w->space |= is_space(text[0]);
    w->page.glue = !w->space && w->page.line.len;
    sc__page_text(&w->page, text, n);
    w->space = is_space(text[n - 1]);
}

/* In a cell of a row, blocks do no more than divide words. */
static bool is_flat(const writer *w, int32_t at) { return at > w->cell && at < w->cell_end; }

static void leave_to(writer *w, int32_t from, int32_t to) {
    for (; from != to; from = w->t->nodes[from].parent) {
        if (!is_flat(w, from))
            leave(w, &w->t->nodes[from]);
        else
            w->space |= w->t->nodes[from].kind != SC_HTML_INLINE;
    }
}

static void walk(writer *w, int32_t root) {
    const sc_html_node *nodes = w->t->nodes;
    const int32_t end = nodes[root].end, above = nodes[root].parent;
    int32_t in = above, next;
    for (int32_t i = root; i < end; i = next) {
        const sc_html_node *e = &nodes[i];
        leave_to(w, in, e->parent);
        in = e->parent;
        next = e->end;
        if (w->o->drop[i] || is_line_numbers(w, e)) continue;
        if (e->element == SC_HTML_TEXT) {
            put_text(w, i);
            continue;
        }
        if (!is_flat(w, i))
            enter(w, e);
        else
            w->space |= e->kind != SC_HTML_INLINE;
        in = i;
        next = i + 1;
        if (e->kind != SC_HTML_PRE || is_flat(w, i)) continue;
        put_text(w, i); /* all of it: it comes in pieces (links, colours) */
        next = e->end;
    }
    leave_to(w, in, above);
}

void sc__html_write(sc_buffer *out, const sc_html_tree *t, int32_t root, const sc_html_style *o) {
    writer w = {.t = t, .o = o, .space = true};
    sc__page_init(&w.page, out);
    w.page.width = o->width;
    w.page.step = o->step;
    walk(&w, root);
    sc__page_deinit(&w.page);
}
