/* test_wikitext.c - markup and what a reader sees of it. */
#include "test.h"

#include "format/source/wikitext.h"

static void check(const char *wiki, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__wikitext_to_text(&b, wiki, strlen(wiki)));
    CHECK_STR(b.data ? b.data : "", want);
    sc__buffer_deinit(&b);
}

TEST(wikitext_inline, "format/source/wikitext/inline") {
    check("'''Bold''' and ''italic'' it's", "Bold and italic it's\n");
    check("[[A]], [[B|the b]]s, [[:Category:C]], [[fr:D]][[Category:E]]",
          "A, the bs, Category:C,\n");
    check("[[File:x.png|thumb|a [[nested]] caption]]text", "text\n");
    check("[[Datei:x.png|mini|a]]b[[\u5206\u7C7B:c]][[\uBD84\uB958:d]] [[\uD30C\uC77C:e.jpg|f]]"
          "[[\u041A\u0430\u0442\u0435\u0433\u043E\u0440\u0438\u044F:g]][[Bild am Abend]]",
          "b Bild am Abend\n");
    check("[http://x.org label] [https://y.org] http://z.org", "label  http://z.org\n");
    check("a<ref name=\"x\">note [[y]]</ref>b<ref name=z />c", "abc\n");
    check("a<!-- hidden\nlines -->b<br/>c", "ab\nc\n");
    check("<nowiki>[[a]] ''b''</nowiki> &amp; &lt;x&gt; &#233;&#xe9;&nbsp;y &bogus; AT&T",
          "[[a]] ''b'' & <x> \xC3\xA9\xC3\xA9 y &bogus; AT&T\n");
    check("__NOTOC__a __b", "a __b\n");
    check("open [[never, {{never, <ref>never, [http://never",
          "open [[never, {{never, never, [http://never\n");
}

TEST(wikitext_templates, "format/source/wikitext/templates") {
    check("a{{cite|x={{y|z}}|[[w]]}}b", "ab\n");
    check("{{lang|fr|le [[mot]]}} {{convert|10|km|mi}}{{ndash}}x", "le mot 10 km\xE2\x80\x93x\n");
    check("Name ({{t|x}}; , alias) was ({{x}})", "Name (alias) was\n");
    check("{| class=x\n! a\n|-\n| {{t|}} || [[b]]\n{|\n|nested\n|}\n|}after", "after\n");
}

TEST(wikitext_lines, "format/source/wikitext/lines") {
    check(
        "intro\n== One ==\n=== Empty ===\n== Two ==\ntext\n\n\n* a\n** b\n# c\n: d\n;e\n----\nend",
        "intro\n\nTwo\n\ntext\n\n- a\n  - b\n- c\nd\ne\n\nend\n");
    check("== See ==\n=== Also ===\nx", "See\n\nAlso\n\nx\n");
    check("== Nothing follows ==\n", "");
    check("=\n*\n", "=\n");
}

/* A page of brackets costs no square of their number. */
TEST(wikitext_hostile, "format/source/wikitext/hostile") {
    static const char *const marks[] = {"{{",       "[[",   "{|",     "<ref>",
                                        "[http://", "<!--", "{{a|[[", "&"};
    for (int i = 0; i < SC_LEN(marks); i++) {
        sc_buffer in = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
        for (int k = 0; k < 100000; k++) sc__buffer_puts(&in, marks[i]);
        CHECK_OK(sc__wikitext_to_text(&out, in.data, in.len));
        sc__buffer_deinit(&in);
        sc__buffer_deinit(&out);
    }
    sc_buffer in = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    for (int k = 0; k < 1000; k++) sc__buffer_puts(&in, "[[a|");
    for (int k = 0; k < 1000; k++) sc__buffer_puts(&in, "]]");
    CHECK_OK(sc__wikitext_to_text(&out, in.data, in.len));
    sc__buffer_deinit(&in);
    sc__buffer_deinit(&out);
}

static sc_status convert(void *arg) {
    sc_buffer b = SC_BUFFER_INIT;
    const sc_status s = sc__wikitext_to_text(&b, arg, strlen(arg));
    sc__buffer_deinit(&b);
    return s;
}

TEST(wikitext_oom, "format/source/wikitext/oom") {
    static char text[] = "== a ==\n{{lang|x|[[y|z]]}} &amp; <nowiki>b</nowiki>\n* c";
    CHECK(test_oom(convert, text) >= 2);
}
