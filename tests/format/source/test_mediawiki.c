/* test_mediawiki.c - dumps into pages, pages into what they say. */
#include "test.h"

#include "base/file.h"
#include "format/source/mediawiki.h"

#define HEAD                                                                                       \
    "<mediawiki xml:lang=\"en\"><siteinfo><base>https://w.org/wiki/Main</base></siteinfo>\n"
#define PAGE(title, text)                                                                          \
    "<page><title>" title "</title><ns>0</ns><id>7</id><revision><id>8</id>"                       \
    "<timestamp>2020-01-02T03:04:05Z</timestamp><text xml:space=\"preserve\">" text                \
    "</text></revision></page>"

/* The titles of a dump, "!" for what is refused, of pages that are not well-formed too. */
static void check_titles(const char *dump, const char *want) {
    sc_window w = {0};
    sc_mediawiki *m;
    sc_wiki_page page = SC_WIKI_PAGE_INIT;
    sc_buffer got = SC_BUFFER_INIT;
    const char *xml;
    size_t n;
    uint64_t offset;
    sc_status s;
    CHECK_OK(sc__file_write(test_path("a.xml"), dump, strlen(dump)));
    CHECK_OK(sc__stream_open(&w.stream, test_path("a.xml")));
    CHECK_OK(sc__mediawiki_open(&m, &w, "a.xml", 2000));
    while ((s = sc__mediawiki_next(&xml, &n, &offset, m)) != SC_DONE) {
        if (s == SC_OK) {
            CHECK(!memcmp(dump + offset, "<page>", 6));
            s = sc__wiki_page_parse(&page, xml, n);
        }
        sc__buffer_printf(&got, "%s ", s < 0 ? "!" : page.title.data);
    }
    CHECK_STR(got.data ? got.data : "", want);
    CHECK_STR(sc__mediawiki_language(m), strstr(dump, "xml:lang") ? "en" : "");
    CHECK_STR(sc__mediawiki_base(m), strstr(dump, "<base>") ? "https://w.org/wiki/" : "");
    sc__mediawiki_close(m);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    sc__buffer_deinit(&got);
    sc__wiki_page_deinit(&page);
}

TEST(mediawiki_pages, "format/source/mediawiki/pages") {
    check_titles(HEAD PAGE("A", "a") "\n" PAGE("B", "b") "</mediawiki>", "A B ");
    check_titles("", "");
    check_titles(PAGE("A", "a"), "A ");
    CHECK(sc__mediawiki_detect("<mediawiki xmlns", 16));
    CHECK(!sc__mediawiki_detect("<html>", 6));
}

TEST(mediawiki_damage, "format/source/mediawiki/damage") {
    check_titles(HEAD PAGE("A", "a") "<page><title>half" PAGE("B", "b"), "A ! B ");
    check_titles(HEAD PAGE("A", "a") "<page><title>half", "A ! ");
    check_titles(HEAD PAGE("A", "a</page>") PAGE("B", "b"), "! B ");
    check_titles(HEAD PAGE("A", "&nosuch;&") PAGE("B", "b"), "! B ");
    char text[4000] = HEAD "<page>";
    const size_t n = strlen(text);
    memset(text + n, 'x', 2500);
    strcpy(text + n + 2500, "</page>" PAGE("B", "b"));
    check_titles(text, "! B ");
}

TEST(mediawiki_page, "format/source/mediawiki/one-page") {
    sc_wiki_page p = SC_WIKI_PAGE_INIT;
    static const char xml[] =
        "<page><title>T &amp; U</title><ns>4</ns><id>7</id><redirect title=\"x\"/>"
        "<revision><id>8</id><text>old</text></revision><revision>"
        "<timestamp>2020</timestamp><contributor><id>9</id></contributor>"
        "<text>a &lt;b&gt; <![CDATA[c]]></text></revision></page>";
    CHECK_OK(sc__wiki_page_parse(&p, xml, sizeof xml - 1));
    CHECK_STR(p.title.data, "T & U");
    CHECK_STR(p.id.data, "7");
    CHECK_STR(p.timestamp.data, "2020");
    CHECK_STR(p.text.data, "a <b> c");
    CHECK_INT(p.space, 4);
    CHECK(p.redirect);
    CHECK_OK(sc__wiki_page_parse(&p, PAGE("A", "#REDIRECT [[B]]"),
                                 strlen(PAGE("A", "#REDIRECT [[B]]"))));
    CHECK(p.redirect && p.space == 0);
    CHECK_OK(sc__wiki_page_parse(&p, PAGE("A", "a"), strlen(PAGE("A", "a"))));
    CHECK(!p.redirect);
    CHECK_STR(p.text.data, "a");
    CHECK_STATUS(SC_FORMAT, sc__wiki_page_parse(&p, "<page>", 6));
    sc__wiki_page_deinit(&p);
}

/* A real dump, cut short: 206 pages, 100 of them redirects. */
TEST(mediawiki_shared, "format/source/mediawiki/wikipedia") {
    const char *shared = getenv("SOCLE_SHARED");
    char path[400];
    snprintf(path, sizeof path,
             "%s/data/wikipedia-dump/"
             "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2",
             shared ? shared : "../shared");
    if (!sc__path_exists(path)) test_skip("%s is not here", path);
    sc_window w = {0};
    sc_mediawiki *m;
    sc_wiki_page page = SC_WIKI_PAGE_INIT;
    const char *xml;
    size_t n;
    uint64_t offset;
    int pages = 0, redirects = 0;
    sc_status s;
    CHECK_OK(sc__stream_open(&w.stream, path));
    CHECK_OK(sc__mediawiki_open(&m, &w, path, 1 << 24));
    while ((s = sc__mediawiki_next(&xml, &n, &offset, m)) == SC_OK) {
        CHECK_OK(sc__wiki_page_parse(&page, xml, n));
        pages++;
        redirects += page.redirect;
    }
    CHECK_INT(s, SC_DONE);
    CHECK_INT(pages, 206);
    CHECK_INT(redirects, 100);
    sc__mediawiki_close(m);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    sc__wiki_page_deinit(&page);
}
