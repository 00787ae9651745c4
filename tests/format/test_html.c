/* test_html.c - the words of a page and their places, nothing of its machinery. */
#include "test.h"

#include "base/file.h"
#include "format/html.h"

static void check_text(const char *html, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__html_to_text(&b, html, strlen(html)));
    CHECK_STR(b.data ? b.data : "", want);
    sc__buffer_deinit(&b);
}

TEST(html_page, "format/html/page") {
    sc_buffer in = SC_BUFFER_INIT, want = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&in, test_data("corpus/html/page.html"), 1 << 20));
    CHECK_OK(sc__file_read(&want, test_data("golden/text/page.txt"), 1 << 20));
    check_text(in.data, want.data);
    sc__buffer_deinit(&in);
    sc__buffer_deinit(&want);
}

TEST(html_inline, "format/html/inline") {
    check_text("<p>a<i>b</i>c <b>d</b>, e</p>", "abc d, e\n");
    check_text("<p>a <i> b</i></p><p>c</p>", "a b\n\nc\n");
    check_text("x<br>y", "x\ny\n");
    check_text("&lt;p&gt; &amp;amp; &eacute; &#xe9; &nosuch;",
               "<p> &amp; \xC3\xA9 \xC3\xA9 &nosuch;\n");
}

TEST(html_left_out, "format/html/left-out") {
    check_text("<p>a</p><script>var x = '<p>no</p>';</script><style>b{}</style><p>c</p>",
               "a\n\nc\n");
    check_text("<div class='x NavHeader'>no</div><div role=navigation>no</div>yes", "yes\n");
    check_text("<ul><li><a href=a>a</a><li><a>b</a><li><a>c</a><li><a>d</a></ul>yes", "yes\n");
    check_text("<ul><li><a>a</a> and more words<li><a>b</a> too<li><a>c</a><li><a>d</a></ul>",
               "-   a and more words\n-   b too\n-   c\n-   d\n");
    check_text("<head><title>no</title></head><body>yes<!-- no --></body>", "yes\n");
}

TEST(html_broken, "format/html/broken") {
    sc_buffer b = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    check_text("<p>a<b>c</p>d</b><", "ac\n\nd<\n");
    for (int i = 0; i < 20000; i++) sc__buffer_puts(&b, "<div><ul><li>");
    sc__buffer_puts(&b, "deep");
    sc_status s = sc__html_to_text(&out, b.data, b.len);
    CHECK(s >= 0 || s == SC_FORMAT);
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&out);
}
