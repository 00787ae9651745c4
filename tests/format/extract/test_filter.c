/* test_filter.c - what reaches the parser. */
#include "test.h"

#include "format/extract/filter.h"

static void check(const char *html, const char *want) {
    sc_html_filter f;
    sc__html_filter_init(&f);
    CHECK_OK(sc__html_filter(&f, html, strlen(html)));
    CHECK_STR(f.html.data ? f.html.data : "", want);
    sc__html_filter_deinit(&f);
}

TEST(filter_raw, "format/extract/filter/raw") {
    check("a<script>if (x < y) '</p>'</script>b", "ab");
    check("a<SCRIPT src='>'>x</Script >b", "ab");
    check("a<style>p{}</style><svg><path d='M0'/><text>x</text></svg>b", "ab");
    check("a<script>never ends", "a");
    check("a<svg>never ends<p>b", "anever ends<p>b");
    check("a<noscript><img src=x></noscript>b<iframe>c</iframe>", "ab");
    check("a<textarea><p></textarea>b", "ab");
    check("<title>a <b> & c</title>", "<title>a &lt;b> & c</title>");
    check("x<math><mi>y</mi><annotation encoding=\"application/x-tex\">y^2</annotation></math>z",
          "x$y^2$z");
    check("x<math><mi>y</mi></math>z", "xz");
}

TEST(filter_comments, "format/extract/filter/comments") {
    check("a<!-- <p> -->b<!-->c<!--->d<!-- --!>e", "abcde");
    check("a<!doctype html><?xml x?>b</>c</ x>d", "abcd");
    check("a<!-- never ends", "a");
    check("a < b <3 <", "a &lt; b &lt;3 &lt;");
}

TEST(filter_styles, "format/extract/filter/styles") {
    check("a<b>b</b><i class=x>c</i><font color=red>d</font>", "abcd");
    check("a<img alt='>' src=x>b<wbr>c<input>d", "abcd");
    check("a<br/>b<hr>c", "a<br>b<hr>c");
}

/* x: flags, then hints. */
TEST(filter_attributes, "format/extract/filter/attributes") {
    char want[64];
    check("<p class=a onclick=\"x('>')\" id='b' data-x>", "<p>");
    snprintf(want, sizeof want, "<p x=\"%08x\">", SC_HINT_SHARE | SC_HINT_COMMENT);
    check("<p class = 'share' / ID=comments rel2>", want);
    snprintf(want, sizeof want, "<p itemprop=\"articleBody\" x=\"%08x\">",
             SC_HINT_ARTICLE | SC_HINT_CONTENT);
    check("<p itemprop=articleBody>", want);
    check("<p rel='say \"x\"'>", "<p rel='say \"x\"'>");
    check("<a href='/x'>", "<a>");
    check("<a name=x>", "<a x=\"08000000\">");
    check("<a href=https://creativecommons.org/licenses/by/4.0/>",
          "<a href=\"https://creativecommons.org/licenses/by/4.0/\">");
    check("<link rel=canonical href=/x>", "<link rel=\"canonical\" href=\"/x\">");
    check("<meta name=a content=b><p name=a content=b>", "<meta name=\"a\" content=\"b\"><p>");
    check("<div style='display: none'><div STYLE=\"color:red\"><p hidden>",
          "<div x=\"02000000\"><div><p x=\"02000000\">");
    check("<div aria-hidden=true><div aria-hidden=false><p style=visibility:hidden>",
          "<div x=\"02000000\"><div><p x=\"02000000\">");
    snprintf(want, sizeof want, "<div x=\"%08x\">", SC_HINT_NAV | SC_HINT_WHOLE);
    check("<div role=Navigation>", want);
    check("<html lang=de><p lang=de>", "<html lang=\"de\"><p>");
    check("<p rel=\"never ends>x", "<p rel=\"never ends>x\">");
}

/* Phrases of which nothing is told. */
TEST(filter_phrases, "format/extract/filter/phrases") {
    check("a<span>b<span class=x>c</span></span>d", "abcd");
    check("a<span class=share>b<label>c</span>d</label>", "a<span x=\"00000008\">bc</span>d");
    check("<span>a<a href=x>b</span>c", "a<a>b</a>c");
    check("<x-card>a</x-card><sup>2</sup>", "a2");
}

TEST(filter_space, "format/extract/filter/space") {
    check(" <div> \n <p> a \n\t b <b> c</b> </p> </div> ", "<div><p>a b  c </p></div>");
    check("<pre> a \n\n b </pre> c", "<pre> a \n\n b </pre>c");
    check("a <a href=x> b</a> <br> c", "a <a> b</a> <br>c");
}

TEST(filter_data, "format/extract/filter/data") {
    const char *html = "<script type='application/ld+json'>{\"a\": 1}</script>"
                       "<script type=text/javascript>no</script>";
    sc_html_filter f;
    sc__html_filter_init(&f);
    CHECK_OK(sc__html_filter(&f, html, strlen(html)));
    CHECK_INT(f.n_data, 1);
    CHECK_INT(f.data[0].n, 8);
    CHECK(!memcmp(f.data[0].text, "{\"a\": 1}", 8));
    sc__html_filter_deinit(&f);
}

TEST(filter_zeros, "format/extract/filter/zeros") {
    const char html[] = "a\0b<p\0x class='c\0d'>e";
    sc_html_filter f;
    sc__html_filter_init(&f);
    CHECK_OK(sc__html_filter(&f, html, sizeof html - 1));
    CHECK(!memchr(f.html.data, 0, f.html.len));
    CHECK(!strncmp(f.html.data, "a b<p", 5));
    sc__html_filter_deinit(&f);
}

/* Tags of one kind, n times each, through the filter; how many came out. */
static int64_t count(const char *tag, int n, const char *again, int m, const char *seek) {
    sc_buffer in = SC_BUFFER_INIT;
    sc_html_filter f;
    int64_t found = 0;
    sc__html_filter_init(&f);
    for (int i = 0; i < n; i++) sc__buffer_puts(&in, tag);
    for (int i = 0; i < m; i++) sc__buffer_puts(&in, again);
    CHECK_OK(sc__html_filter(&f, in.data, in.len));
    for (const char *p = f.html.data; p && (p = strstr(p, seek)); p++) found++;
    sc__html_filter_deinit(&f);
    sc__buffer_deinit(&in);
    return found;
}

TEST(filter_levels, "format/extract/filter/levels") {
    CHECK_INT(count("<div>", 10000, "</div>", 10000, "<div>"), SC_HTML_MAX_LEVELS);
    CHECK_INT(count("<div>", 10000, "</div>", 10000, "</div>"), SC_HTML_MAX_LEVELS);
    CHECK_INT(count("<div>", 3, "</div>", 1000, "</div>"), 3);         /* no end without a start */
    CHECK_INT(count("<div><span></div>", 1000, "", 0, "<div>"), 1000); /* a div ends its phrases */
    CHECK_INT(count("<span><div></span>", 1000, "", 0, "</span>"), 0); /* but not the other way */
    CHECK_INT(count("<svg>", 20000, "<noscript>", 20000, "<"), 0);     /* and in no time */
}
