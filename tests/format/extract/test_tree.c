/* test_tree.c - nodes in reading order. */
#include "test.h"

#include "format/extract/tree.h"

/* The tree as "(div(p'text')(br))", without html and body. */
static void print(sc_buffer *out, const sc_html_tree *t) {
    for (int32_t i = 1; i < t->n; i++) {
        const sc_html_node *e = &t->nodes[i];
        size_t n;
        const char *text = sc__html_text(t, i, &n);
        const bool shown = e->element != SC_HTML_html && e->element != SC_HTML_body;
        if (e->element == SC_HTML_TEXT)
            sc__buffer_printf(out, "'%.*s'", (int)n, text);
        else if (shown)
            sc__buffer_printf(out, "(%s", sc__html_element_name(e->element));
        for (int32_t up = i; up >= 0 && t->nodes[up].end == i + 1; up = t->nodes[up].parent) {
            const int element = t->nodes[up].element;
            if (element != SC_HTML_TEXT && element != SC_HTML_html && element != SC_HTML_body && up)
                sc__buffer_putc(out, ')');
        }
    }
}

static void check(const char *html, const char *want) {
    sc_html_tree t;
    sc_buffer got = SC_BUFFER_INIT;
    sc__html_tree_init(&t);
    for (int i = 0; i < 2; i++) { /* a tree is loaded again and again */
        sc__buffer_clear(&got);
        CHECK_OK(sc__html_tree_load(&t, html, strlen(html)));
        print(&got, &t);
        CHECK_STR(got.data ? got.data : "", want);
    }
    sc__buffer_deinit(&got);
    sc__html_tree_deinit(&t);
}

TEST(tree_nesting, "format/extract/tree/nesting") {
    check("<div><p>a<p>b</div>c", "(div(p'a')(p'b'))'c'");
    check("<ul><li>a<li>b</ul>", "(ul(li'a')(li'b'))");
    check("<p>a<span>b</span><span class=share>c</span>d", "(p'ab'(span'c')'d')");
    check("", "");
    check("<p>a<button>no<b>no</b></button><select><option>no</select>b",
          "(p'a'(button)(select)'b')");
}

TEST(tree_text, "format/extract/tree/text") {
    check("<p>a \n\t b&amp;&eacute;&#8217;</p>", "(p'a b&\xC3\xA9\xE2\x80\x99')");
    check("<p>a <span> b</span> c", "(p'a b c')");
    check("<p>&#146;&#x80;&#x81;x\xC2\xADy\xC2\x93</p>",
          "(p'\xE2\x80\x99\xE2\x82\xACxy\xE2\x80\x9C')");
    check("<pre>a  b\n\tc<br>d</pre>", "(pre'a  b\n\tc''\nd')");
}

static const char *value(const sc_html_tree *t, int32_t node, sc_html_attribute a) {
    for (int32_t i = 0; i < t->n_list; i++)
        if (t->list[i].node == node && t->list[i].attribute == a)
            return t->values.data + t->list[i].at;
    return NULL;
}

TEST(tree_values, "format/extract/tree/values") {
    const char *html = "<html xml:lang=fr><div id=comments role=main><a href=x rel='a b'>x</a>"
                       "<p hidden>y</p></div>";
    sc_html_tree t;
    sc__html_tree_init(&t);
    CHECK_OK(sc__html_tree_load(&t, html, strlen(html)));
    int seen = 0;
    for (int32_t i = 0; i < t.n; i++) {
        const int element = t.nodes[i].element;
        seen += element == SC_HTML_html || element == SC_HTML_div || element == SC_HTML_a ||
                element == SC_HTML_p;
        if (element == SC_HTML_html) CHECK_STR(value(&t, i, SC_VALUE_LANG), "fr");
        if (element == SC_HTML_div) CHECK_INT(t.nodes[i].hints, SC_HINT_COMMENT | SC_HINT_CONTENT);
        if (element == SC_HTML_a) CHECK_INT(t.nodes[i].flags, SC_NODE_LINK);
        if (element == SC_HTML_a) CHECK_STR(value(&t, i, SC_VALUE_REL), "a b");
        if (element == SC_HTML_a) CHECK(!value(&t, i, SC_VALUE_LANG));
        if (element == SC_HTML_p) CHECK_INT(t.nodes[i].flags, SC_NODE_HIDDEN);
    }
    CHECK_INT(seen, 4);
    sc__html_tree_deinit(&t);
}

/* libxml2 closes these by itself: as many as there may be, the tree stays low. */
TEST(tree_depth, "format/extract/tree/depth") {
    static const char *const tags[] = {"div", "p",  "li",    "td",    "tr",      "dd",   "dt",
                                       "th",  "b",  "tbody", "tfoot", "option",  "rt",   "optgroup",
                                       "a",   "h1", "thead", "x-y",   "caption", "body", "table"};
    sc_html_tree t;
    sc__html_tree_init(&t);
    for (int k = 0; k < SC_LEN(tags); k++) {
        sc_buffer b = SC_BUFFER_INIT;
        int32_t deepest = 0;
        for (int i = 0; i < 10000; i++) sc__buffer_printf(&b, "<%s>", tags[k]);
        sc__buffer_puts(&b, "end");
        CHECK_OK(sc__html_tree_load(&t, b.data, b.len));
        for (int32_t i = 0; i < t.n; i++) {
            int32_t depth = 0;
            for (int32_t up = i; up >= 0 && depth < 5000; up = t.nodes[up].parent) depth++;
            deepest = SC_MAX(deepest, depth);
            CHECK(t.nodes[i].end > i && t.nodes[i].end <= t.n);
        }
        if (deepest > SC_HTML_MAX_LEVELS + 10)
            test_fail(__FILE__, __LINE__, "<%s>: %d levels", tags[k], deepest);
        if (strcmp(tags[k], "option") && strcmp(tags[k], "optgroup") && strcmp(tags[k], "rt"))
            CHECK(t.text.len >= 3 && !strcmp(t.text.data + t.text.len - 3, "end"));
        sc__buffer_deinit(&b);
    }
    sc__html_tree_deinit(&t);
}

/* Names that no page repeats must not pile up in the parser. */
TEST(tree_names, "format/extract/tree/names") {
    sc_html_tree t;
    sc__html_tree_init(&t);
    for (int page = 0; page < 5; page++) {
        sc_buffer b = SC_BUFFER_INIT;
        for (int i = 0; i < 10000; i++)
            sc__buffer_printf(&b, "<x%d-%d></x%d-%d>", page, i, page, i);
        sc__buffer_puts(&b, "<p>end");
        CHECK_OK(sc__html_tree_load(&t, b.data, b.len));
        CHECK_STR(t.text.data, "end");
        sc__buffer_deinit(&b);
    }
    sc__html_tree_deinit(&t);
}

/* Above the limit no element has a node, and no text is lost. */
TEST(tree_limit, "format/extract/tree/limit") {
    sc_html_tree t;
    sc_buffer b = SC_BUFFER_INIT;
    size_t n;
    for (int i = 0; i < 1000; i++) sc__buffer_puts(&b, "<p>x");
    sc__buffer_puts(&b, "<button>no</button>");
    sc__html_tree_init(&t);
    t.max_nodes = 100;
    CHECK_OK(sc__html_tree_load(&t, b.data, b.len));
    CHECK(t.n <= 102);
    (void)sc__html_text(&t, 0, &n);
    CHECK_INT(n, 1000);
    for (int32_t i = 1; i < t.n; i++) CHECK(t.nodes[i].parent < i && t.nodes[i].end <= t.n);
    (void)sc__html_text(&t, t.n - 1, &n);
    CHECK(t.nodes[t.n - 1].element == SC_HTML_TEXT && n > 900);
    sc__html_tree_deinit(&t);
    sc__buffer_deinit(&b);
}
