/* test_page.c - lines are filled, blank lines never repeat, tags hang. */
#include "test.h"

#include "format/page.h"

static sc_buffer out;

static void begin(sc_page *p) {
    sc__buffer_deinit(&out);
    sc__page_init(p, &out);
}

static void text(sc_page *p, const char *s) { sc__page_text(p, s, strlen(s)); }

static void check(sc_page *p, const char *want) {
    sc__page_deinit(p);
    CHECK_OK(out.status);
    CHECK_STR(out.data, want);
    sc__buffer_deinit(&out);
}

TEST(page_blank, "format/page/blank-lines") {
    sc_page p;
    begin(&p);
    sc__page_blank(&p); /* none before the first text, one between, none after a heading */
    text(&p, "a");
    sc__page_blank(&p);
    sc__page_blank(&p);
    text(&p, "b");
    sc__page_break(&p);
    text(&p, "c");
    sc__page_heading(&p, "H", 1, 0);
    sc__page_blank(&p);
    text(&p, "d");
    sc__page_blank(&p);
    check(&p, "a\n\nb\nc\n\nH\nd\n");
}

TEST(page_tag, "format/page/tags") {
    sc_page p;
    begin(&p);
    sc__page_tag(&p, "-a", 2, 2);
    text(&p, "short");
    sc__page_tag(&p, "--long", 6, 2);
    text(&p, "below");
    check(&p, "  -a  short\n  --long\n      below\n");
}

TEST(page_glue, "format/page/glue") {
    sc_page p;
    begin(&p);
    text(&p, "a");
    p.glue = true;
    text(&p, "b c");
    p.verbatim = 1;
    text(&p, "  as  it\n\n\n is  \n");
    p.glue = true;
    text(&p, "!");
    p.verbatim = 0;
    text(&p, "no\xC2\xA0"
             "break");
    check(&p, "ab c\n  as  it\n\n is!\nno break\n");
}

TEST(page_width, "format/page/width") {
    sc_page p;
    begin(&p);
    p.indent = 70;
    text(&p,
         "1234567890 1 \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 123 12345678901");
    sc__page_deinit(&p);
    int lines = 0;
    for (size_t i = 0; i < out.len; i++) lines += out.data[i] == '\n';
    CHECK_INT(lines, 4); /* characters are counted, not bytes; a long word stands alone */
    sc__buffer_deinit(&out);
}
