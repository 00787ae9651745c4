/* test_facts.c - what a page says about itself, from the strongest statement on. */
#include "test.h"

#include "format/extract/main_text.h"

static sc_page_facts read_facts(const char *html) {
    sc_page_facts f;
    sc_extractor *x;
    sc_buffer out = SC_BUFFER_INIT;
    CHECK_OK(sc__extractor_open(&x, NULL));
    CHECK_OK(sc__main_text(&out, &f, x, html, strlen(html)));
    sc__buffer_deinit(&out);
    sc__extractor_close(x);
    return f;
}

TEST(facts_meta, "format/extract/facts/meta") {
    const sc_page_facts f = read_facts(
        "<html lang=en-GB><head><title>T - Site</title><meta property='og:title' content=' T  t'>"
        "<link rel=canonical href='https://e.org/a'><meta property='og:url' content='https://x'>"
        "<meta name=Author content='A. B.'><meta property='article:author' content='https://x/y'>"
        "<meta property='article:published_time' content='2020-01-02T03:04:05Z'>"
        "<meta name=date content='1999-01-01'><meta name=description content='D &amp; d'>"
        "<body><h1>H</h1><time datetime='1998-01-01'></time>");
    CHECK_STR(f.title, "T t");
    CHECK_STR(f.url, "https://e.org/a");
    CHECK_STR(f.language, "en-GB");
    CHECK_STR(f.author, "A. B.");
    CHECK_STR(f.published, "2020-01-02T03:04:05Z");
    CHECK_STR(f.description, "D & d");
    CHECK_STR(f.licence, "");
    CHECK_INT(f.robots, 0);
}

TEST(facts_fallbacks, "format/extract/facts/fallbacks") {
    sc_page_facts f = read_facts("<title> A\n title </title><h1>Heading</h1>");
    CHECK_STR(f.title, "A title");
    f = read_facts("<meta http-equiv=Content-Language content=de_AT><h1>A <b>heading</b></h1>"
                   "<a rel=author href=x>Some One</a><time datetime=2001-02-03>x</time>");
    CHECK_STR(f.title, "A heading");
    CHECK_STR(f.language, "de-AT");
    CHECK_STR(f.author, "Some One");
    CHECK_STR(f.published, "2001-02-03");
    f = read_facts("<div itemprop=headline>H</div><p>By <span itemprop=author>A</span>, "
                   "<span itemprop=datePublished>March 1, 2002</span>");
    CHECK_STR(f.title, "H");
    CHECK_STR(f.author, "A");
    CHECK_STR(f.published, "2002-03-01");
    f = read_facts("");
    CHECK_STR(f.title, "");
    CHECK_INT(f.rule, SC_EXTRACT_NOTHING);
}

TEST(facts_records, "format/extract/facts/records") {
    sc_page_facts f = read_facts(
        "<script type='application/ld+json'>[{\"@type\": \"Organization\", \"url\": "
        "\"https://no.org\"},"
        "{\"@type\": [\"NewsArticle\"], \"headline\": \"Line\none\", \"author\": [{\"name\": "
        "\"N\"}],"
        "\"datePublished\": \"2019-11-20\", \"inLanguage\": \"ko\", \"url\": \"https://e.org/b\","
        "\"license\": \"https://creativecommons.org/licenses/by-sa/4.0/\"}]</script>");
    CHECK_STR(f.title, "Line one");
    CHECK_STR(f.author, "N");
    CHECK_STR(f.published, "2019-11-20");
    CHECK_STR(f.language, "ko");
    CHECK_STR(f.url, "https://e.org/b");
    CHECK_STR(f.licence, "CC-BY-SA-4.0");
    f = read_facts(
        "<script type='application/ld+json'>{\"@graph\": [{\"@type\": \"BlogPosting\","
        "\"headline\": \"G\"}]};</script><script type='application/ld+json'>{{</script>");
    CHECK_STR(f.title, "G");
}

TEST(facts_robots, "format/extract/facts/robots") {
    CHECK_INT(read_facts("<meta name=ROBOTS content='NoIndex, nofollow'>").robots,
              SC_ROBOTS_NOINDEX | SC_ROBOTS_NOFOLLOW);
    CHECK_INT(read_facts("<meta name=robots content='noai, noimageai'>").robots,
              SC_ROBOTS_NOAI | SC_ROBOTS_NOIMAGEAI);
    CHECK_INT(read_facts("<meta name=robots content=none>").robots,
              SC_ROBOTS_NOINDEX | SC_ROBOTS_NOFOLLOW);
    CHECK_INT(read_facts("<meta name=tdm-reservation content=1>").robots, SC_ROBOTS_NOAI);
    CHECK_INT(read_facts("<meta name=tdm-reservation content=0>").robots, 0);
    CHECK_INT(read_facts("<meta name=robots content='index,follow,noindexx'>").robots, 0);
    CHECK_INT(read_facts("<meta name=robots content='noarchive nosnippet'>").robots,
              SC_ROBOTS_NOARCHIVE | SC_ROBOTS_NOSNIPPET);
}

#define CC "https://creativecommons.org/licenses/"

TEST(facts_licence, "format/extract/facts/licence") {
    sc_page_facts f = read_facts("<a rel=license href='" CC "by/4.0/'>x</a>"
                                 "<link rel=license href='" CC "by-nc/4.0/'>");
    CHECK_STR(f.licence, "CC-BY-NC-4.0"); /* the head's word is stronger */
    CHECK_STR(f.licence_url, CC "by-nc/4.0/");
    f = read_facts("<p>x <a href='" CC "by/4.0/'>CC</a> <a href='" CC "by/4.0/deed.fr'>CC</a>");
    CHECK_STR(f.licence, "CC-BY-4.0");
    f = read_facts("<p>x <a href='" CC "by/4.0/'>CC</a> <a href='" CC "by-sa/4.0/'>CC</a>");
    CHECK_STR(f.licence, ""); /* which one? */
    f = read_facts("<figure><a rel=license href='" CC "by/4.0/'>a picture's</a></figure>");
    CHECK_STR(f.licence, "");
    f = read_facts("<link rel=license href='https://e.org/terms/licence'>");
    CHECK_STR(f.licence, ""); /* unknown, but stated */
    CHECK_STR(f.licence_url, "https://e.org/terms/licence");
    f = read_facts("<a href='https://e.org/licences'>our licences</a>");
    CHECK_STR(f.licence_url, "");
    f = read_facts("<meta name=dcterms.license content='" CC "by/3.0/us/'>");
    CHECK_STR(f.licence, "CC-BY-3.0-US");
}

TEST(facts_long, "format/extract/facts/long") {
    sc_buffer b = SC_BUFFER_INIT;
    sc__buffer_puts(&b, "<link rel=canonical href='https://e.org/");
    for (int i = 0; i < 3000; i++) sc__buffer_putc(&b, 'x');
    sc__buffer_puts(&b, "'><title>x");
    for (int i = 0; i < 300; i++) sc__buffer_puts(&b, "\xEA\xB0\x80"); /* three bytes */
    sc__buffer_puts(&b, "</title>");
    const sc_page_facts f = read_facts(b.data);
    CHECK_STR(f.url, "");                    /* half an address is none */
    CHECK_INT(strlen(f.title), 1 + 170 * 3); /* whole characters */
    sc__buffer_deinit(&b);
}
