/* test_markdown.c - front matter and comments off, the rest as it is. */
#include "test.h"

#include "format/source/markdown.h"

static void check(const char *in, const char *want, const char *title, const char *licence) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_front_matter f;
    CHECK_OK(sc__markdown_to_text(&b, &f, in, strlen(in)));
    CHECK_STR(b.data ? b.data : "", want);
    CHECK_STR(f.title, title);
    CHECK_STR(f.licence, licence);
    sc__buffer_deinit(&b);
}

TEST(markdown_front, "format/source/markdown/front-matter") {
    check("---\ntitle: 'A: b'\nlicense: mit\nx: [1]\n---\n# T\n", "# T\n", "A: b", "mit");
    check("---\r\nlanguage: en\r\n---\r\ntext", "text", "", "");
    check("---\nno end\n", "---\nno end\n", "", "");
    check("text\n---\ntitle: x\n---\n", "text\n---\ntitle: x\n---\n", "", "");
    check("", "", "", "");
}

TEST(markdown_comments, "format/source/markdown/comments") {
    check("a <!-- b\nc --> d\n", "a  d\n", "", "");
    check("```\n<!-- code -->\n```\n<!-- x -->y\n", "```\n<!-- code -->\n```\ny\n", "", "");
    check("<!-- no end\nx <!-- again", "<!-- no end\nx <!-- again", "", "");
}
