/* html.c - a walk over libxml2's tree, without recursion: pages may be nested as deep as they like.
 */
#include "format/html.h"

#include "format/page.h"

#include <libxml/HTMLparser.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

typedef enum { INLINE, BLOCK, PARAGRAPH, HEADING, ITEM, TERM, LIST, PRE, BREAK, CELL, DROP } kind;

static const struct {
    const char *name;
    kind kind;
} elements[] = {
    {"address", PARAGRAPH},
    {"article", BLOCK},
    {"aside", BLOCK},
    {"blockquote", LIST},
    {"br", BREAK},
    {"button", DROP},
    {"canvas", DROP},
    {"caption", PARAGRAPH},
    {"center", BLOCK},
    {"dd", ITEM},
    {"details", BLOCK},
    {"dir", LIST},
    {"div", BLOCK},
    {"dl", PARAGRAPH},
    {"dt", TERM},
    {"fieldset", BLOCK},
    {"figcaption", PARAGRAPH},
    {"figure", BLOCK},
    {"footer", DROP},
    {"form", BLOCK},
    {"h1", HEADING},
    {"h2", HEADING},
    {"h3", HEADING},
    {"h4", HEADING},
    {"h5", HEADING},
    {"h6", HEADING},
    {"head", DROP},
    {"header", BLOCK},
    {"hr", PARAGRAPH},
    {"iframe", DROP},
    {"li", ITEM},
    {"main", BLOCK},
    {"menu", LIST},
    {"nav", DROP},
    {"noscript", DROP},
    {"object", DROP},
    {"ol", LIST},
    {"option", DROP},
    {"p", PARAGRAPH},
    {"pre", PRE},
    {"script", DROP},
    {"section", BLOCK},
    {"select", DROP},
    {"style", DROP},
    {"summary", BLOCK},
    {"svg", DROP},
    {"table", PARAGRAPH},
    {"tbody", BLOCK},
    {"td", CELL},
    {"template", DROP},
    {"textarea", DROP},
    {"th", CELL},
    {"thead", BLOCK},
    {"tr", BLOCK},
    {"ul", LIST},
    {"video", DROP},
};

/* Classes by which documentation generators mark what leads around and says nothing. */
static const char *const navigation[] = {"navheader",   "navfooter", "sphinxsidebar", "related",
                                         "headerlink",  "toc",       "contents",      "breadcrumb",
                                         "breadcrumbs", "footer",    "navigation",    "navbar",
                                         "nav",         "sidebar",   "noprint",       "nav-panel"};

typedef struct {
    sc_page page;
    bool space;           /* white space since the last word: the next one stands apart */
    const xmlNode *list;  /* the outermost list that we are in */
    char kinds[DROP + 1]; /* addresses for xmlNode's _private */
} walker;

static bool has_word(const char *text, const char *const *words, int n) {
    while (*text) {
        const size_t length = strcspn(text, " \t\n");
        for (int i = 0; i < n; i++)
            if (length == strlen(words[i]) && !strncasecmp(text, words[i], length)) return true;
        text += length + strspn(text + length, " \t\n");
    }
    return false;
}

static bool attribute_has(const xmlNode *e, const char *name, const char *const *words, int n) {
    for (const xmlAttr *a = e->properties; a; a = a->next)
        if (!strcasecmp((const char *)a->name, name) && a->children && a->children->content)
            return has_word((const char *)a->children->content, words, n);
    return false;
}

static kind look_up(const xmlNode *e) {
    static const char *const role[] = {"navigation", "search", "banner", "contentinfo"};
    if (attribute_has(e, "role", role, SC_LEN(role))) return DROP;
    if (attribute_has(e, "class", navigation, SC_LEN(navigation))) return DROP;
    int low = 0, high = SC_LEN(elements);
    while (low < high) {
        const int middle = (low + high) / 2,
                  order = strcasecmp((const char *)e->name, elements[middle].name);
        if (!order) return elements[middle].kind;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return INLINE;
}

/* The element after e in reading order, within root. */
static const xmlNode *next_node(const xmlNode *e, const xmlNode *root) {
    if (e->children && e->type == XML_ELEMENT_NODE) return e->children;
    while (e != root && !e->next) e = e->parent;
    return e == root ? NULL : e->next;
}

static size_t count_letters(const char *text) {
    size_t n = 0;
    for (; *text; text++) n += !strchr(" \t\n\r\f", *text);
    return n;
}

/* A list of four or more links and hardly anything else leads around. */
static bool is_menu(const xmlNode *list) {
    size_t all = 0, linked = 0, links = 0;
    const xmlNode *link = NULL;
    for (const xmlNode *e = list; e; e = next_node(e, list)) {
        if (e->type == XML_ELEMENT_NODE && !strcasecmp((const char *)e->name, "a")) {
            link = e;
            links++;
        }
        if (e->type != XML_TEXT_NODE || !e->content) continue;
        const size_t n = count_letters((const char *)e->content);
        all += n;
        for (const xmlNode *up = e->parent; link && up && up != list; up = up->parent)
            if (up == link) {
                linked += n;
                break;
            }
    }
    return links >= 4 && linked * 10 >= all * 9;
}

/* Decided once for each element and kept in the node. */
static kind kind_of(walker *w, xmlNode *e) {
    if (!e->_private) {
        kind k = look_up(e);
        const bool is_list =
            k == LIST || (k == PARAGRAPH && !strcasecmp((const char *)e->name, "dl"));
        if (is_list && !w->list) {
            w->list = e;
            if (is_menu(e)) k = DROP;
        }
        e->_private = w->kinds + k;
    }
    return (kind)((const char *)e->_private - w->kinds);
}

static bool is_item_of(const xmlNode *e, const char *list) {
    return e->parent && e->parent->name && !strcasecmp((const char *)e->parent->name, list);
}

static void begin_item(walker *w, const xmlNode *e) {
    const int at = SC_MAX(w->page.indent - SC_PAGE_STEP, 0);
    if (strcasecmp((const char *)e->name, "dd") == 0) {
        sc__page_break(&w->page);
        w->page.indent += SC_PAGE_STEP;
        return;
    }
    char tag[16] = "-";
    if (is_item_of(e, "ol")) {
        int number = 1;
        for (const xmlNode *s = e->prev; s; s = s->prev)
            number += s->type == XML_ELEMENT_NODE && number < 10000;
        snprintf(tag, sizeof tag, "%d.", number);
    }
    sc__page_tag(&w->page, tag, strlen(tag), at);
}

static void enter(walker *w, const xmlNode *e, kind k) {
    sc_page *p = &w->page;
    if (k == BLOCK) sc__page_break(p);
    if (k == PARAGRAPH && !(e->parent && is_item_of(e, "li") && !e->prev)) sc__page_blank(p);
    if (k == HEADING || k == LIST || k == PRE) sc__page_blank(p);
    if (k == BREAK || k == TERM) sc__page_break(p);
    if (k == LIST) p->indent += SC_PAGE_STEP;
    if (k == PRE) p->indent += 2, p->verbatim++;
    if (k == ITEM) begin_item(w, e);
    if (k == CELL && p->line.len) { /* two spaces between cells */
        p->glue = true;
        sc__page_text(p, "\xC2\xA0", 2);
    }
    if (k != INLINE) w->space = true;
}

static void leave(walker *w, const xmlNode *e, kind k) {
    sc_page *p = &w->page;
    if (k == INLINE || k == BREAK) return;
    w->space = true;
    if (k == CELL) return;
    if (k == BLOCK || k == ITEM || k == TERM)
        sc__page_break(p);
    else
        sc__page_blank(p);
    if (k == LIST) p->indent -= SC_PAGE_STEP;
    if (k == PRE) p->indent -= 2, p->verbatim--;
    if (k == ITEM && !strcasecmp((const char *)e->name, "dd")) p->indent -= SC_PAGE_STEP;
}

static bool is_space(char c) { return c && strchr(" \t\n\r\f", c); }

static void put_text(walker *w, const char *text) {
    const size_t n = strlen(text);
    if (!n) return;
    if (w->page.verbatim) {
        sc__page_text(&w->page, text, n);
        return;
    }
    w->space |= is_space(text[0]);
    if (strspn(text, " \t\n\r\f") == n) return;
    w->page.glue = !w->space && w->page.line.len;
    sc__page_text(&w->page, text, n);
    w->space = is_space(text[n - 1]);
}

/* Text of a <pre> comes in pieces (links, colours): they are put together first. */
static void put_pre(walker *w, xmlNode *e) {
    xmlChar *text = xmlNodeGetContent(e);
    if (text) sc__page_text(&w->page, (const char *)text, strlen((const char *)text));
    xmlFree(text);
}

static void walk(walker *w, xmlNode *root) {
    xmlNode *e = root;
    while (e) {
        kind k = DROP;
        if (e->type == XML_ELEMENT_NODE) {
            k = kind_of(w, e);
            if (k != DROP) enter(w, e, k);
            if (k == PRE) put_pre(w, e);
        } else if (e->type == XML_TEXT_NODE || e->type == XML_CDATA_SECTION_NODE) {
            if (e->content) put_text(w, (const char *)e->content);
        }
        if (k != DROP && k != PRE && e->children) {
            e = e->children;
            continue;
        }
        for (;;) { /* up to the next that has a sibling */
            if (e->type == XML_ELEMENT_NODE && kind_of(w, e) != DROP) leave(w, e, kind_of(w, e));
            if (e == w->list) w->list = NULL;
            if (e == root) return;
            if (e->next) break;
            e = e->parent;
        }
        e = e->next;
    }
}

static xmlNode *find_body(xmlDoc *doc) {
    xmlNode *root = xmlDocGetRootElement(doc);
    for (xmlNode *e = root ? root->children : NULL; e; e = e->next)
        if (e->type == XML_ELEMENT_NODE && !strcasecmp((const char *)e->name, "body")) return e;
    return root;
}

sc_status sc__html_to_text(sc_buffer *out, const char *html, size_t n) {
    if (n > INT_MAX) return SC_FAIL(SC_FORMAT, "%zu bytes of HTML are too many", n);
    xmlDoc *doc = htmlReadMemory(html, (int)n, NULL, "UTF-8",
                                 HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                     HTML_PARSE_NONET | HTML_PARSE_COMPACT);
    if (!doc) return SC_FAIL(SC_FORMAT, "not HTML");
    walker w = {.space = true};
    sc__page_init(&w.page, out);
    xmlNode *body = find_body(doc);
    if (body) walk(&w, body);
    sc__page_deinit(&w.page);
    xmlFreeDoc(doc);
    return out->status;
}
