/* tree.c - libxml2's SAX events into an array. */
#include "format/extract/tree.h"

#include "base/alloc.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGEST = 1 << 29,
    MAX_NODES = 2 << 20, /* the largest documents that people read have a third of it */
    MAX_WORDS = 1 << 14, /* names that a parser's dictionary may hold before it is thrown away */
    TRANSPARENT = -1     /* on the stack: an element without a node */
};

static const char *const names[SC_VALUE_N] = {
    [SC_VALUE_CONTENT] = "content",   [SC_VALUE_DATETIME] = "datetime",
    [SC_VALUE_HREF] = "href",         [SC_VALUE_HTTP_EQUIV] = "http-equiv",
    [SC_VALUE_ITEMPROP] = "itemprop", [SC_VALUE_LANG] = "lang",
    [SC_VALUE_NAME] = "name",         [SC_VALUE_PROPERTY] = "property",
    [SC_VALUE_REL] = "rel",
};

static void fail(sc_html_tree *t) {
    if (t->status >= 0) t->status = SC_FAIL(SC_NOMEM, "HTML of %zu bytes", t->filter.html.len);
}

/* Room for one more in an array of `size` bytes an item. */
static bool reserve(sc_html_tree *t, void **array, int32_t n, int32_t *cap, size_t size) {
    if (n < *cap) return true;
    const int32_t more = SC_MAX(2 * *cap, 256);
    void *larger = sc__realloc(*array, (size_t)more * size);
    if (!larger) return fail(t), false;
    *array = larger;
    *cap = more;
    return true;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static int32_t add_node(sc_html_tree *t, int element) {
    if (!reserve(t, (void **)&t->nodes, t->n, &t->cap, sizeof *t->nodes)) return TRANSPARENT;
    t->nodes[t->n] = (sc_html_node){.parent = t->open,
                                    .end = t->n + 1,
                                    .text = (int32_t)t->text.len,
                                    .element = (uint8_t)element,
                                    .kind = (uint8_t)sc__html_element_kind(element)};
    if (t->open >= 0) t->nodes[t->n].flags = t->nodes[t->open].flags & SC_NODE_IN_PRE;
    return t->n++;
}

static void push(sc_html_tree *t, int32_t node) {
    if (!reserve(t, (void **)&t->stack, t->depth, &t->cap_stack, sizeof *t->stack)) return;
    t->stack[t->depth++] = node;
}

static void keep_value(sc_html_tree *t, sc_html_attribute a, const char *value) {
    if (!reserve(t, (void **)&t->list, t->n_list, &t->cap_list, sizeof *t->list)) return;
    t->list[t->n_list++] = (sc_html_value){t->n, (int32_t)t->values.len, a};
    sc__buffer_append(&t->values, value, strlen(value) + 1);
}

/* What the attributes of the node to come say, as the filter left them; true when some are worth a
 * node. */
static bool read_attributes(sc_html_tree *t, sc_html_node *node, const xmlChar **list) {
    const int32_t before = t->n_list;
    for (; list && *list; list += 2) {
        const char *name = (const char *)list[0], *value = list[1] ? (const char *)list[1] : "";
        if (!strcmp(name, "x")) {
            const unsigned long x = strtoul(value, NULL, 16);
            node->hints = x & ((1u << SC_HTML_FLAGS_SHIFT) - 1);
            node->flags = (uint8_t)(x >> SC_HTML_FLAGS_SHIFT);
            continue;
        }
        if (!strcmp(name, "xml:lang")) name = "lang";
        for (int a = 0; a < SC_VALUE_N && *value; a++)
            if (!strcmp(name, names[a])) keep_value(t, (sc_html_attribute)a, value);
    }
    return node->flags || node->hints || t->n_list > before;
}

/* Holds nothing that is read: fields, media. <head>, <nav> and the like are asked for facts. */
static bool is_mute(const sc_html_node *node) {
    return node->kind == SC_HTML_DROP && node->element != SC_HTML_head &&
           node->element != SC_HTML_title && node->element != SC_HTML_nav &&
           node->element != SC_HTML_footer;
}

static int find_element(sc_html_tree *t, const char *name) {
    const size_t at = ((uintptr_t)name >> 2) % SC_LEN(t->names);
    if (t->names[at].name != name) {
        t->names[at].name = name;
        t->names[at].element = (uint8_t)sc__html_element_find(name, strlen(name));
    }
    return t->names[at].element;
}

static void number_item(sc_html_tree *t, int32_t at) {
    sc_html_node *node = &t->nodes[at];
    if (node->kind == SC_HTML_ITEM) node->number = ++t->nodes[node->parent].number;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes) {
    sc_html_tree *t = context;
    if (t->status < 0) return;
    if (t->mute) {
        t->mute++;
        return;
    }
    const int element = find_element(t, (const char *)name);
    sc_html_node node = {.element = (uint8_t)element,
                         .kind = (uint8_t)sc__html_element_kind(element)};
    if (t->n >= t->max_nodes) {
        push(t, TRANSPARENT);
        t->mute = is_mute(&node);
        return;
    }
    const bool told = read_attributes(t, &node, attributes);
    if (element == SC_HTML_a && !(node.flags & SC_NODE_ANCHOR)) node.flags |= SC_NODE_LINK;
    if (element == SC_HTML_body || element == SC_HTML_html) node.hints = 0;
    if (node.kind == SC_HTML_INLINE && !told && element != SC_HTML_a) {
        push(t, TRANSPARENT);
        return;
    }
    const int32_t at = add_node(t, element);
    if (at < 0) return;
    t->nodes[at].hints = node.hints;
    t->nodes[at].flags |= node.flags | (node.kind == SC_HTML_PRE ? SC_NODE_IN_PRE : 0);
    number_item(t, at);
    if (element == SC_HTML_br && t->nodes[at].flags & SC_NODE_IN_PRE) {
        sc__buffer_putc(&t->text, '\n');
        t->nodes[at].element = SC_HTML_TEXT;
        t->nodes[at].kind = SC_HTML_INLINE;
    }
    push(t, at);
    t->open = at;
    t->mute = is_mute(&node);
}

static void on_end(void *context, const xmlChar *name) {
    sc_html_tree *t = context;
    (void)name; /* libxml2 ends what it has begun, in order */
    if (t->status < 0 || (t->mute && --t->mute) || !t->depth) return;
    const int32_t at = t->stack[--t->depth];
    if (at < 0) return;
    t->nodes[at].end = t->n;
    t->open = t->nodes[at].parent;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Code points 0x80 to 0x9F are windows-1252's characters on the web (HTML standard, 13.2.5.80). */
static const char windows_1252[32][4] = {"\xE2\x82\xAC",
                                         "",
                                         "\xE2\x80\x9A",
                                         "\xC6\x92",
                                         "\xE2\x80\x9E",
                                         "\xE2\x80\xA6",
                                         "\xE2\x80\xA0",
                                         "\xE2\x80\xA1",
                                         "\xCB\x86",
                                         "\xE2\x80\xB0",
                                         "\xC5\xA0",
                                         "\xE2\x80\xB9",
                                         "\xC5\x92",
                                         "",
                                         "\xC5\xBD",
                                         "",
                                         "",
                                         "\xE2\x80\x98",
                                         "\xE2\x80\x99",
                                         "\xE2\x80\x9C",
                                         "\xE2\x80\x9D",
                                         "\xE2\x80\xA2",
                                         "\xE2\x80\x93",
                                         "\xE2\x80\x94",
                                         "\xCB\x9C",
                                         "\xE2\x84\xA2",
                                         "\xC5\xA1",
                                         "\xE2\x80\xBA",
                                         "\xC5\x93",
                                         "",
                                         "\xC5\xBE",
                                         "\xC5\xB8"};

static bool is_space(unsigned char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* Characters that begin with byte C2: controls are mapped or dropped, soft hyphens dropped. */
static char *put_c2(char *to, unsigned char second) {
    if (second == 0xAD) return to;
    if (second >= 0xA0) {
        *to++ = (char)0xC2;
        *to++ = (char)second;
        return to;
    }
    for (const char *p = windows_1252[second & 31]; *p; p++) *to++ = *p;
    return to;
}

/* Writes the text with its runs of spaces made one; at most n + n / 2 + 1 bytes. */
static char *fold(sc_html_tree *t, char *to, const unsigned char *from, size_t n) {
    bool space = t->space;
    for (size_t i = 0; i < n; i++) {
        if (from[i] <= ' ' || from[i] == 0x7F) {
            space |= is_space(from[i]);
            continue;
        }
        if (space) *to++ = ' ';
        space = false;
        if (from[i] == 0xC2 && i + 1 < n)
            to = put_c2(to, from[++i]);
        else
            *to++ = (char)from[i];
    }
    t->space = space;
    return to;
}

static char *copy_pre(char *to, const unsigned char *from, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (from[i] == 0xC2 && i + 1 < n)
            to = put_c2(to, from[++i]);
        else if ((from[i] >= ' ' && from[i] != 0x7F) || from[i] == '\n' || from[i] == '\t')
            *to++ = (char)from[i];
    }
    return to;
}

static void on_text(void *context, const xmlChar *text, int length) {
    sc_html_tree *t = context;
    if (t->status < 0 || t->mute || length <= 0) return;
    const size_t n = (size_t)length, before = t->text.len;
    const bool pre = t->nodes[t->open].flags & SC_NODE_IN_PRE;
    char *begin = sc__buffer_extend(&t->text, 2 * n + 1);
    if (!begin) {
        fail(t);
        return;
    }
    char *end = pre ? copy_pre(begin, text, n) : fold(t, begin, text, n);
    t->text.len = before + (size_t)(end - begin);
    t->text.data[t->text.len] = 0;
    if (t->text.len == before) return;
    const sc_html_node *last = &t->nodes[t->n - 1];
    const bool follows = last->parent == t->open || t->n > t->max_nodes;
    if (last->element != SC_HTML_TEXT || !follows) {
        const int32_t at = add_node(t, SC_HTML_TEXT);
        if (at >= 0) t->nodes[at].text = (int32_t)before;
    }
}

/* ---- the parser ------------------------------------------------------------------------------ */

void sc__html_tree_init(sc_html_tree *t) {
    *t = (sc_html_tree){0};
    t->max_nodes = MAX_NODES;
    sc__html_filter_init(&t->filter);
}

static void drop_parser(sc_html_tree *t) {
    if (t->parser) htmlFreeParserCtxt(t->parser);
    t->parser = NULL;
    memset(t->names, 0, sizeof t->names);
}

void sc__html_tree_deinit(sc_html_tree *t) {
    drop_parser(t);
    sc__html_filter_deinit(&t->filter);
    sc__buffer_deinit(&t->text);
    sc__buffer_deinit(&t->values);
    sc__free(t->nodes);
    sc__free(t->list);
    sc__free(t->stack);
}

static sc_status make_parser(sc_html_tree *t) {
    htmlParserCtxt *parser = htmlNewParserCtxt();
    if (!parser) return SC_FAIL(SC_NOMEM, "HTML parser");
    memset(parser->sax, 0, sizeof *parser->sax);
    parser->sax->startElement = on_start;
    parser->sax->endElement = on_end;
    parser->sax->characters = on_text;
    parser->sax->cdataBlock = on_text;
    parser->sax->ignorableWhitespace = on_text;
    parser->sax->initialized = 1;
    parser->userData = t;
    (void)htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                         HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                         HTML_PARSE_IGNORE_ENC);
    t->parser = parser;
    return SC_OK;
}

/* The filtered page: libxml2 does not guess what it is written in. */
static sc_status give_input(htmlParserCtxt *parser, const sc_buffer *html) {
    xmlParserInputBuffer *bytes =
        xmlParserInputBufferCreateMem(html->data, (int)html->len, XML_CHAR_ENCODING_NONE);
    xmlParserInput *input =
        bytes ? xmlNewIOInputStream(parser, bytes, XML_CHAR_ENCODING_NONE) : NULL;
    if (!input) {
        xmlFreeParserInputBuffer(bytes);
        return SC_FAIL(SC_NOMEM, "HTML of %zu bytes", html->len);
    }
    parser->charset = XML_CHAR_ENCODING_UTF8;
    if (inputPush(parser, input) >= 0) return SC_OK;
    xmlFreeInputStream(input);
    return SC_FAIL(SC_NOMEM, "HTML of %zu bytes", html->len);
}

static sc_status parse(sc_html_tree *t) {
    if (t->parser && xmlDictSize(((htmlParserCtxt *)t->parser)->dict) > MAX_WORDS) drop_parser(t);
    if (t->parser)
        htmlCtxtReset(t->parser);
    else
        SC_TRY(make_parser(t));
    htmlParserCtxt *parser = t->parser;
    SC_TRY(give_input(parser, &t->filter.html));
    (void)htmlParseDocument(parser); /* says no more than that the page is not well-formed */
    if (t->status >= 0 && parser->errNo == XML_ERR_NO_MEMORY) fail(t);
    return t->status;
}

sc_status sc__html_tree_load(sc_html_tree *t, const char *html, size_t n) {
    if (n > LARGEST) return SC_FAIL(SC_FORMAT, "%zu bytes of HTML are too many", n);
    SC_TRY(sc__html_filter(&t->filter, html, n));
    t->n = t->n_list = t->depth = t->mute = 0;
    t->open = -1;
    t->space = false;
    t->status = SC_OK;
    sc__buffer_clear(&t->text);
    sc__buffer_clear(&t->values);
    if (add_node(t, SC_HTML_OTHER) < 0) return t->status;
    t->nodes[0].kind = SC_HTML_BLOCK;
    t->open = 0;
    if (t->filter.html.len) SC_TRY(parse(t));
    t->mute = 0;
    while (t->depth) on_end(t, NULL); /* a parser that gives up leaves them open */
    t->nodes[0].end = t->n;
    SC_TRY(t->text.status);
    return t->values.status;
}
