/* parsers.c - why the page is filtered and read through SAX: libxml2's tree and its bare events
 * over whole pages and over filtered ones, and the tree of format/extract, in MB of page a second.
 * usage: parsers FOLDER REPEAT */
#include "base/clock.h"
#include "base/file.h"
#include "format/extract/tree.h"
#include "format/stream.h"

#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTIONS = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
              HTML_PARSE_IGNORE_ENC
};

static sc_html_filter filter;
static sc_html_tree tree;

static void on_start(void *c, const xmlChar *name, const xmlChar **a) {
    (void)c, (void)name, (void)a;
}
static void on_end(void *c, const xmlChar *name) { (void)c, (void)name; }
static void on_text(void *c, const xmlChar *text, int n) { (void)c, (void)text, (void)n; }

static void dom(const sc_buffer *page) {
    xmlDoc *doc = htmlReadMemory(page->data, (int)page->len, NULL, "UTF-8", OPTIONS);
    xmlFreeDoc(doc);
}

static void sax(const sc_buffer *page) {
    htmlParserCtxt *c = htmlCreateMemoryParserCtxt(page->data, (int)page->len);
    memset(c->sax, 0, sizeof *c->sax);
    c->sax->startElement = on_start;
    c->sax->endElement = on_end;
    c->sax->characters = c->sax->cdataBlock = c->sax->ignorableWhitespace = on_text;
    c->charset = XML_CHAR_ENCODING_UTF8;
    htmlCtxtUseOptions(c, OPTIONS);
    htmlParseDocument(c);
    htmlFreeParserCtxt(c);
}

static void filtered(const sc_buffer *page, void (*parse)(const sc_buffer *)) {
    if (sc__html_filter(&filter, page->data, page->len) < 0) exit(1);
    if (parse && filter.html.len) parse(&filter.html);
}

static void filter_alone(const sc_buffer *page) { filtered(page, NULL); }
static void filter_dom(const sc_buffer *page) { filtered(page, dom); }
static void filter_sax(const sc_buffer *page) { filtered(page, sax); }
static void ours(const sc_buffer *page) {
    if (sc__html_tree_load(&tree, page->data, page->len) < 0) exit(1);
}

static void load(sc_buffer *page, const char *path) {
    sc_stream *s;
    size_t got = 1;
    if (sc__stream_open(&s, path) < 0) exit(1);
    while (got) {
        char *at = sc__buffer_extend(page, 1 << 16);
        if (!at || sc__stream_read(&got, s, at, 1 << 16) < 0) exit(1);
        page->len -= (1 << 16) - got;
    }
    sc__stream_close(s);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(const sc_buffer *);
    } rows[] = {{"libxml2's tree, whole page", dom},
                {"libxml2's events, whole page", sax},
                {"filter", filter_alone},
                {"filter, libxml2's tree", filter_dom},
                {"filter, libxml2's events", filter_sax},
                {"filter, events, our tree", ours}};
    sc_arena arena = SC_ARENA_INIT;
    sc_paths found;
    if (argc != 3) return fputs("usage: parsers FOLDER REPEAT\n", stderr), 2;
    if (sc__paths_find(&found, &arena, argv[1]) < 0) return 1;
    sc_buffer *pages = calloc((size_t)found.n, sizeof *pages);
    size_t bytes = 0, left = 0;
    sc__html_filter_init(&filter);
    sc__html_tree_init(&tree);
    for (int64_t i = 0; i < found.n; i++) {
        load(&pages[i], found.paths[i]);
        bytes += pages[i].len;
        filter_alone(&pages[i]);
        left += filter.html.len;
    }
    printf("%lld pages, %.1f MB, filtered %.1f MB\n", (long long)found.n, (double)bytes / 1e6,
           (double)left / 1e6);
    for (int k = 0; k < SC_LEN(rows); k++) {
        double best = 1e9;
        for (int r = 0; r < atoi(argv[2]); r++) {
            const double begin = sc__clock_now();
            for (int64_t i = 0; i < found.n; i++) rows[k].run(&pages[i]);
            best = SC_MIN(best, sc__clock_now() - begin);
        }
        printf("%-30s %7.1f MB/s\n", rows[k].name, (double)bytes / best / 1e6);
    }
    return 0;
}
