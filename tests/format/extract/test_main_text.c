/* test_main_text.c - the text of pages made for the purpose, one for each rule. */
#include "test.h"

#include "base/file.h"
#include "format/extract/main_text.h"

#define ONE                                                                                        \
    "The first paragraph says something about the matter, in a sentence or two, as paragraphs "    \
    "do. "                                                                                         \
    "It goes on for a while."
#define TWO                                                                                        \
    "The second paragraph adds to it, and is as long as the first one, so that nobody takes it "   \
    "for "                                                                                         \
    "a caption. It has an end."
#define THREE                                                                                      \
    "A third paragraph closes the page, with a comma here, another there, and a full stop at the " \
    "very end of it all."
#define ARTICLE "<p>" ONE "</p><p>" TWO "</p><p>" THREE "</p>"
#define TEXT    ONE "\n\n" TWO "\n\n" THREE "\n"

static sc_extract_rule check_with(const sc_extract_options *o, const char *html, const char *want) {
    sc_extractor *x;
    sc_page_facts f;
    sc_buffer out = SC_BUFFER_INIT;
    CHECK_OK(sc__extractor_open(&x, o));
    for (int i = 0; i < 2; i++) { /* what one page leaves does not show on the next */
        sc__buffer_clear(&out);
        CHECK_OK(sc__main_text(&out, &f, x, html, strlen(html)));
        CHECK_STR(out.data ? out.data : "", want);
    }
    sc__extractor_close(x);
    sc__buffer_deinit(&out);
    return f.rule;
}

static void check(const char *html, const char *want) {
    CHECK_INT(check_with(NULL, html, want), SC_EXTRACT_STRICT);
}

TEST(main_text_plain, "format/extract/main_text/plain") {
    check("<title>T</title>" ARTICLE, TEXT);
    check("<div id=a><div id=b>" ARTICLE "</div></div>", TEXT);
}

TEST(main_text_elements, "format/extract/main_text/elements") {
    check("<nav>Home, about, and the rest of it.</nav>" ARTICLE "<footer>" ONE "</footer>", TEXT);
    check(ARTICLE "<aside><p>" ONE "</aside>", TEXT);
    check("<form><p>Your name, please.<input></form>" ARTICLE, TEXT);
    check(ARTICLE "<dialog>" ONE "</dialog><script>x()</script><button>More.</button>", TEXT);
    check("<div hidden><p>" ONE "</div><p style='display:none'>" TWO "</p>" ARTICLE, TEXT);
}

TEST(main_text_names, "format/extract/main_text/names") {
    static const char *const names[] = {
        "class=comments",     "id=disqus_thread",   "class='share-bar'", "class=social-links",
        "class=relatedPosts", "id=sidebar",         "class='ad-slot'",   "id=cookie-notice",
        "class=gdpr",         "class=newsletter",   "class=sign-up",     "role=navigation",
        "class=breadcrumbs",  "role=contentinfo",   "class=outbrain",    "class=sr-only",
        "class=modal",        "role=complementary", "class=byline",      "class='post-meta'"};
    for (int i = 0; i < SC_LEN(names); i++) {
        char html[4096];
        snprintf(html, sizeof html,
                 "<div>" ARTICLE
                 "<div %s><p>Something else that is said, here, at some length, to be "
                 "taken for a paragraph of its own.</div></div>",
                 names[i]);
        check(html, TEXT);
    }
}

/* A name does not count against most of the page. */
TEST(main_text_wrapper, "format/extract/main_text/wrapper") {
    check("<div class='has-sidebar share-enabled'>" ARTICLE "</div>", TEXT);
    check("<div class=comments><div class=comment>" ARTICLE "</div></div>", TEXT);
    check("<form id=aspnet>" ARTICLE "</form>", TEXT);
}

TEST(main_text_comments, "format/extract/main_text/comments") {
    const char *page = "<div>" ARTICLE "<div id=comments><p>" ONE "</div></div>";
    const sc_extract_options o = {.comments = true};
    check(page, TEXT);
    check("<div class=comments-open><h1>T</h1>" ARTICLE "<div id=comments><p>" ONE "</div></div>",
          TEXT);
    CHECK_INT(check_with(&o, page, TEXT "\n" ONE "\n"), SC_EXTRACT_STRICT);
}

TEST(main_text_links, "format/extract/main_text/links") {
    check("<ul><li><a href=1>One place to go</a><li><a href=2>Another place</a></ul>" ARTICLE
          "<div><h4><a href=3>And a last one, far away</a></h4></div>",
          TEXT);
    check("<div>" ARTICLE
          "<p><a href=x>A paragraph that is but a link to some other page.</a></div>",
          TEXT);
    check("<p>" ONE "</p><p>It <a href=x>links</a> in the middle, " TWO "</p><p>" THREE "</p>",
          ONE "\n\nIt links in the middle, " TWO "\n\n" THREE "\n");
}

TEST(main_text_phrases, "format/extract/main_text/phrases") {
    check("<div><p>" ONE "</p><p>Read more: what happened then, and why.</p><p>" TWO
          "</p><div>ADVERTISEMENT</div><p>" THREE "</p></div>",
          TEXT);
    check("<p>" ONE "</p><p>\xEA\xB4\x80\xEB\xA0\xA8\xEA\xB8\xB0\xEC\x82\xAC: 1</p><p>" TWO
          "</p><p>Lire AUSSI : un autre article.</p><p>" THREE "</p>",
          TEXT);
    check("<div><div>This website uses cookies to give you the best experience there is. By going "
          "on, you agree to our use of them, and to what our 832 partners do. " ONE "</div>" ARTICLE
          "</div>",
          TEXT);
}

TEST(main_text_edges, "format/extract/main_text/edges") {
    check("<div><h1>The title</h1><p>By Somebody</p><p>20 November</p>" ARTICLE
          "<p>Tags</p><h3>What next</h3></div><title>The title - A site</title>",
          TEXT);
    check("<div>" ARTICLE "<h2>A heading</h2><p>" ONE "</div>", TEXT "\nA heading\n\n" ONE "\n");
}

/* The part that is named as the article, if it holds the better half. */
TEST(main_text_named, "format/extract/main_text/named") {
    check("<div><p>Something in front of it all, a notice to readers, rather long, and rather "
          "beside the point.</p><div class=article-body>" ARTICLE "</div></div>",
          TEXT);
    check("<div><p>" ONE "</p><p>" TWO "</p><p>" THREE "</p><div itemprop=articleBody><p>" ONE
          "</div></div>",
          TEXT "\n" ONE "\n"); /* too small a part */
    check("<div><div class=post-content><p>" ONE "</div><p>" TWO
          "</p><div class=post-content><p>" THREE "</div></div>",
          TEXT); /* two of them */
}

TEST(main_text_shapes, "format/extract/main_text/shapes") {
    check("<p>" ONE "</p><ul><li>first<li>second<ul><li>inner</ul></ul><ol><li>a<li>b</ol>"
          "<blockquote><p>Said, by somebody.</blockquote><pre>if (x)\n    y();</pre><p>" TWO "</p>",
          ONE "\n\n- first\n- second\n\n  - inner\n\n1. a\n2. b\n\n  Said, by somebody.\n\n"
              "  if (x)\n      y();\n\n" TWO "\n");
    check("<p>" ONE "</p><table><tr><th>a<th>b<tr><td><p>1<p>one<td>2</table><p>" TWO "</p>",
          ONE "\n\na | b\n1 one | 2\n\n" TWO "\n");
    check("<div>" ARTICLE "<ul><li><img src=x><li>an item, with words<li></ul><p>" ONE "</div>",
          TEXT "\n- an item, with words\n\n" ONE "\n");
}

TEST(main_text_ladder, "format/extract/main_text/ladder") {
    CHECK_INT(check_with(NULL,
                         "<div class=sidebar><p>" ONE "</div><p>Hello, there.</p>"
                         "<div class=widget><p>" TWO "</p></div><aside><p>" THREE "</p></aside>",
                         ONE "\n\nHello, there.\n\n" TWO "\n\n" THREE "\n"),
              SC_EXTRACT_LOOSE);
    CHECK_INT(check_with(NULL,
                         "<script type='application/ld+json'>{\"@type\": \"Article\", "
                         "\"articleBody\": \"" ONE " " TWO "\"}</script><p>Loading, wait.",
                         ONE " " TWO),
              SC_EXTRACT_DATA);
    CHECK_INT(check_with(NULL, "<div class=modal><p>A short note.</div>", "A short note.\n"),
              SC_EXTRACT_LOOSE);
    CHECK_INT(check_with(NULL, "", ""), SC_EXTRACT_NOTHING);
    CHECK_INT(check_with(NULL, "<nav>only, navigation.</nav>", ""), SC_EXTRACT_NOTHING);
}

/* A paragraph full of links is prose when there are words between them. */
TEST(main_text_linked, "format/extract/main_text/linked") {
    check("<div><p>Bread is a <a href=a>food made of dough</a>, of <a href=b>flour</a>, with <a "
          "href=c>water</a> and <a href=d>salt in it</a>, baked in an <a href=e>oven of "
          "bricks</a>.</p>" ARTICLE "</div>",
          "Bread is a food made of dough, of flour, with water and salt in it, baked in an oven of "
          "bricks.\n\n" TEXT);
}

TEST(main_text_notes, "format/extract/main_text/notes") {
    check("<p>It is so.<sup class=reference><a href='#1'>[1]</a></sup> " ONE "</p><h2>Next<span "
          "class=mw-editsection>[<a href=x>edit</a>]</span></h2><p>" TWO "</p>",
          "It is so. " ONE "\n\nNext\n\n" TWO "\n");
}

/* Pictures have captions; texts go around them. */
TEST(main_text_figures, "format/extract/main_text/figures") {
    check(
        "<p>" ONE
        "</p><figure><img src=x><figcaption>A bridge, at night.</figcaption></figure><p>" TWO
        "</p><div class=gallery><p>Ten more bridges, seen from below, and from the side.</p></div>"
        "<p class=wp-caption-text>A bridge, by day.</p><p>" THREE "</p>",
        TEXT);
    check("<p>" ONE "</p><figure><table><tr><td>1<td>2</table></figure><p>" TWO "</p>",
          ONE "\n\n1 | 2\n\n" TWO "\n");
}

TEST(main_text_headings, "format/extract/main_text/headings") {
    check("<div>" ARTICLE "<h2>Empty</h2><h2>Full</h2><h3>Part</h3><p>" ONE
          "</p><h2>Last</h2></div>",
          TEXT "\nFull\n\nPart\n\n" ONE "\n");
}

/* A forum: many posts, none of them the article. */
TEST(main_text_forum, "format/extract/main_text/forum") {
    check(
        "<ul class=menu><li><a href=1>Forum</a><li><a href=2>Search</a></ul><h1>How do I bake?</h1>"
        "<div id=posts><div class=post><div class=author>anna</div><div class=post-text><p>" ONE
        "</div></div><div class=post><div class=author>bert</div><div class=post-text><p>" TWO
        "</div></div><div class=post><div class=author>carl</div><div class=post-text><p>" THREE
        "</div></div></div><div class=footer>A forum, since 1999.</div>",
        TEXT);
}

/* Comments are the text where there is nothing else but the frame of the site. */
TEST(main_text_discussion, "format/extract/main_text/discussion") {
    check(
        "<h1>What do you think of bread?</h1><div class=side><div class=sidebar><p>Rules: be kind, "
        "do not advertise, do not post the same twice, and read the introduction first. " ONE
        "</p></div></div><div class=commentarea><div class=comment><p>" ONE
        "</p></div><div class=comment><p>" TWO "</p></div><div class=comment><p>" THREE
        "</p></div></div>",
        TEXT);
}

/* A shop: a description, a table of facts, and much to buy besides. */
TEST(main_text_product, "format/extract/main_text/product") {
    check("<div class=breadcrumbs><a href=1>Shop</a></div><div class=product><h1>A kettle</h1>"
          "<form class=buy><select><option>1<option>2</select><button>Buy</button></form>"
          "<div class=description><p>" ONE "</p><p>" TWO "</p></div>"
          "<table><tr><th>Weight<td>900 g<tr><th>Colour<td>red</table></div>"
          "<div class=recommendations><h2>Others bought</h2><ul><li><a href=2>A pot</a><li><a "
          "href=3>A pan</a></ul></div>",
          ONE "\n\n" TWO "\n\nWeight | 900 g\nColour | red\n");
}

/* Three bytes of Chinese or Korean weigh as three letters. */
TEST(main_text_cjk, "format/extract/main_text/cjk") {
    check("<ul><li><a href=1>\xE9\xA6\x96\xE9\xA1\xB5</a><li><a "
          "href=2>\xE6\x96\xB0\xE9\x97\xBB</a></ul>"
          "<div><p>"
          "\xE8\xBF\x99\xE6\x98\xAF\xE4\xB8\x80\xE7\xAF\x87\xE6\x96\x87\xE7\xAB\xA0\xE7\x9A\x84"
          "\xE6\xAD\xA3\xE6\x96\x87\xEF\xBC\x8C\xE5\xAE\x83\xE8\xAE\xB2\xE8\xBF\xB0\xE4\xBA\x86\xE4"
          "\xB8"
          "\x80\xE4\xBB\xB6\xE4\xBA\x8B\xE6\x83\x85\xE3\x80\x82</p></"
          "div><div>\xE6\x94\xB6\xE8\x97\x8F</div>",
          "\xE8\xBF\x99\xE6\x98\xAF\xE4\xB8\x80\xE7\xAF\x87\xE6\x96\x87\xE7\xAB\xA0\xE7\x9A\x84"
          "\xE6\xAD\xA3\xE6\x96\x87\xEF\xBC\x8C\xE5\xAE\x83\xE8\xAE\xB2\xE8\xBF\xB0\xE4\xBA\x86\xE4"
          "\xB8"
          "\x80\xE4\xBB\xB6\xE4\xBA\x8B\xE6\x83\x85\xE3\x80\x82\n");
}

/* 10,000 levels deep, and what is at the bottom is read. */
TEST(main_text_deep, "format/extract/main_text/deep") {
    sc_buffer b = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    sc_extractor *x;
    for (int i = 0; i < 10000; i++) sc__buffer_puts(&b, i % 3 ? "<div>" : "<ul><li><blockquote>");
    sc__buffer_puts(&b, "<p>" ONE);
    CHECK_OK(sc__extractor_open(&x, NULL));
    CHECK_OK(sc__main_text(&out, NULL, x, b.data, b.len));
    CHECK(out.data && strstr(out.data, "The first paragraph"));
    CHECK(out.len < 4096);
    sc__extractor_close(x);
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&out);
}

/* 100,000 lists in lists take no time to speak of, and no screens of spaces. */
TEST(main_text_lists, "format/extract/main_text/lists-in-lists") {
    sc_buffer b = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    sc_extractor *x;
    for (int i = 0; i < 100000; i++) sc__buffer_puts(&b, "<ul><li>x");
    CHECK_OK(sc__extractor_open(&x, NULL));
    CHECK_OK(sc__main_text(&out, NULL, x, b.data, b.len));
    CHECK(out.len > 100000 && out.len < 100000 * 30);
    sc__extractor_close(x);
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&out);
}

typedef struct {
    sc_extractor *x;
    sc_buffer page;
} oom_case;

static sc_status extract_once(void *arg) {
    oom_case *c = arg;
    sc_extractor *x;
    sc_page_facts f;
    sc_buffer out = SC_BUFFER_INIT;
    sc_status s = sc__extractor_open(&x, NULL);
    if (s >= 0) s = sc__main_text(&out, &f, x, c->page.data, c->page.len);
    sc__extractor_close(x);
    sc__buffer_deinit(&out);
    return s;
}

TEST(main_text_oom, "format/extract/main_text/oom") {
    oom_case c = {0};
    CHECK_OK(sc__file_read(&c.page, test_data("corpus/main_text/article.html"), 1 << 20));
    CHECK(test_oom(extract_once, &c) > 10);
    sc__buffer_deinit(&c.page);
}

/* A thread's extractor asks for memory while it grows, and then no more. */
TEST(main_text_reuse, "format/extract/main_text/reuse") {
    sc_buffer page = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    sc_extractor *x;
    int64_t before = 0;
    CHECK_OK(sc__file_read(&page, test_data("corpus/main_text/article.html"), 1 << 20));
    CHECK_OK(sc__extractor_open(&x, NULL));
    for (int i = 0; i < 10; i++) {
        if (i == 2) before = sc__alloc_count();
        sc__buffer_clear(&out);
        CHECK_OK(sc__main_text(&out, NULL, x, page.data, page.len));
    }
    CHECK(sc__alloc_count() - before <= 8 * 8); /* the writer's line, which is its own */
    sc__extractor_close(x);
    sc__buffer_deinit(&page);
    sc__buffer_deinit(&out);
}

TEST(main_text_golden, "format/extract/main_text/golden") {
    sc_buffer page = SC_BUFFER_INIT, want = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&page, test_data("corpus/main_text/article.html"), 1 << 20));
    CHECK_OK(sc__file_read(&want, test_data("golden/text/article.txt"), 1 << 20));
    check(page.data, want.data);
    sc__buffer_deinit(&page);
    sc__buffer_deinit(&want);
}
