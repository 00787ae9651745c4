/* test_write.c - shapes: each style on its own. */
#include "test.h"

#include "format/extract/write.h"

static void check(const sc_html_style *o, const char *html, const char *want) {
    sc_html_tree t;
    sc_html_style style = *o;
    sc_buffer out = SC_BUFFER_INIT;
    sc__html_tree_init(&t);
    CHECK_OK(sc__html_tree_load(&t, html, strlen(html)));
    uint8_t *drop = calloc((size_t)t.n, 1);
    for (int32_t i = 0; i < t.n; i++) drop[i] = t.nodes[i].element == SC_HTML_aside;
    style.drop = drop;
    sc__html_write(&out, &t, 0, &style);
    CHECK_OK(out.status);
    CHECK_STR(out.data ? out.data : "", want);
    free(drop);
    sc__buffer_deinit(&out);
    sc__html_tree_deinit(&t);
}

TEST(write_lists, "format/extract/write/lists") {
    const sc_html_style o = {.step = 2};
    check(&o, "<ol><li>a<ul><li>b</ul><li><p>c</p><p>d</p></ol>", "1. a\n\n  - b\n\n2. c\n\n  d\n");
    check(&o, "<dl><dt>a<dd>b<dt>c<dd>d</dl>e", "a\n  b\nc\n  d\n\ne\n");
    check(&o, "<li>a</li>b", "- a\nb\n"); /* an item of no list */
    check(&o, "<ul><aside><li>no</aside><li>a</ul>", "- a\n");
}

TEST(write_tables, "format/extract/write/tables") {
    const sc_html_style rows = {.step = 2, .rows = true}, plain = {.step = 4, .width = 80};
    const char *table = "<table><tr><td><p>a</p><ul><li>b</ul><td>c d<tr><td><td>e</table>f";
    check(&rows, table, "a b | c d\ne\n\nf\n");
    check(&plain, "<table><tr><td>a<td>b c</table>", "a  b c\n");
    check(&rows, /* as highlighters lay out code beside the numbers of its lines */
          "<table><tr><td><pre>1\n2\n</pre><td><pre><b>if</b> x:\n    y = 2\n</pre></table>f",
          "  if x:\n      y = 2\n\nf\n");
    check(&rows, "<table><tr><td>1<td>2<tr><td><pre>a\nb</pre><td>c</table>",
          "1 | 2\n\n  a\n  b\n\nc\n");
    check(&rows, "<table><tr><td><pre>\u0433\u043E\u0434 1</pre><td>c</table>",
          "  \u0433\u043E\u0434 1\n\nc\n");
    char html[2048] = "<table><tr><td>";
    for (int i = 0; i < 100; i++) strcat(html, "a column ");
    strcat(html, "<p>end<td>b</table>");
    sc_buffer want = SC_BUFFER_INIT;
    for (int i = 0; i < 100; i++) sc__buffer_puts(&want, i ? " a column" : "a column");
    sc__buffer_puts(&want, "\n\nend\n\nb\n"); /* a layout, not a table */
    check(&rows, html, want.data);
    sc__buffer_deinit(&want);
}

TEST(write_width, "format/extract/write/width") {
    const sc_html_style wide = {.step = 2}, narrow = {.step = 2, .width = 10};
    check(&wide, "<p>one two three four five", "one two three four five\n");
    check(&narrow, "<p>one two three four five", "one two\nthree four\nfive\n");
}
