/* test_roff.c - manual pages read as a person reads them. tests/golden/text was read and found
 * right by eye. */
#include "test.h"

#include "base/file.h"
#include "base/utf8.h"
#include "format/roff.h"

static void check_text(const char *roff, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__roff_to_text(&b, roff, strlen(roff)));
    CHECK_STR(b.data ? b.data : "", want);
    sc__buffer_deinit(&b);
}

static void check_golden(const char *source, const char *golden) {
    sc_buffer in = SC_BUFFER_INIT, want = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&in, test_data(source), 1 << 20));
    CHECK_OK(sc__file_read(&want, test_data(golden), 1 << 20));
    CHECK(sc__roff_detect(in.data, in.len));
    check_text(in.data, want.data);
    sc__buffer_deinit(&in);
    sc__buffer_deinit(&want);
}

TEST(roff_man, "format/roff/man") { check_golden("corpus/roff/man.1", "golden/text/man.txt"); }
TEST(roff_mdoc, "format/roff/mdoc") { check_golden("corpus/roff/mdoc.1", "golden/text/mdoc.txt"); }

TEST(roff_escapes, "format/roff/escapes") {
    check_text("a\\-b \\fIc\\fP \\f(CWd\\fR \\e \\(em \\[u20AC] \\s+2e\\s0 \\*(lqf\\*(rq g\\ h",
               "  a-b c d \\ \xE2\x80\x94 \xE2\x82\xAC e \xE2\x80\x9C"
               "f\xE2\x80\x9D g h\n");
    check_text("x \\\" a comment", "  x\n");
    check_text("\\h'2n'a\\v'-1'b\\w'xyz'c\\n(.sd\\z.e\\o'fg'", "  abcd.ef\n");
    check_text("one \\\ntwo", "  one two\n");
    check_text("end\\", "  end\n");
    check_text("\\(", "");
    check_text("\\[", "");
    check_text("\\f", "");
}

TEST(roff_conditions, "format/roff/conditions") {
    check_text(".if n yes\n.if t no\n.if !t also\n", "  yes also\n");
    check_text(".ie t \\{\\\nno\n.if n no\n.\\}\n.el \\{\\\nyes\n.\\}\nafter\n", "  yes after\n");
    check_text(".if \\nF>0 \\{\\\n.de IX\n..\n.\\}\nafter\n", "  after\n");
    check_text(".de xx\nno\n..\nyes\n.ig\nno\n..\n.de yy zz\nno\n.zz\n", "  yes\n");
    check_text(".xx 1 2\n.FOO a \"b c\"\n",
               "  a b c\n"); /* a request unknown, a macro of its own */
}

TEST(roff_arguments, "format/roff/arguments") {
    check_text(".BR a b \"c d\" \"\"\n", "  abc d\n");
    check_text(".B say \"\"\"hi\"\"\"\n", "  say \"hi\"\n");
    check_text(".IR a\\ b ,\n", "  a b,\n");
    check_text(".SH \"TWO WORDS\" MORE\nx\n", "TWO WORDS MORE\n  x\n");
    check_text(".TP\n.B -x\nthe x\n.TQ\n-y\nthe y\n", "  -x  the x\n  -y  the y\n");
}

TEST(roff_fill, "format/roff/fill") {
    sc_buffer in = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    for (int i = 0; i < 100; i++) sc__buffer_puts(&in, "word\n");
    CHECK_OK(sc__roff_to_text(&out, in.data, in.len));
    size_t longest = 0, at = 0;
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] == '\n') {
            longest = SC_MAX(longest, i - at);
            at = i + 1;
        }
    CHECK_INT(longest, 76); /* two of indent, fifteen words */
    sc__buffer_deinit(&in);
    sc__buffer_deinit(&out);
}

TEST(roff_characters, "format/roff/whole-characters") { /* escapes count characters, not bytes */
    sc_buffer in = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&in, test_data("corpus/roff/multibyte-escapes.1"), 1 << 20));
    CHECK_OK(sc__roff_to_text(&out, in.data, in.len));
    CHECK_INT(sc__utf8_valid_prefix(out.data, out.len), out.len);
    CHECK(strstr(out.data, "\xC3\xA9") != NULL); /* of the overstruck pair, the first, whole */
    sc__buffer_deinit(&in);
    sc__buffer_deinit(&out);
}

TEST(roff_detect, "format/roff/detect") {
    static const char *const yes[] = {".TH A 1\n", ".\\\" c\n.Dd x\n", "'\\\" t\n.TH A 1\n",
                                      "\\\" odd\n.TH A 1\n", "\n.SH NAME\n"};
    static const char *const no[] = {"", "plain", "...\nand so on", ".gitignore\n",
                                     "text\n.TH A\n"};
    for (int i = 0; i < SC_LEN(yes); i++) CHECK(sc__roff_detect(yes[i], strlen(yes[i])));
    for (int i = 0; i < SC_LEN(no); i++) CHECK(!sc__roff_detect(no[i], strlen(no[i])));
}

static sc_status convert(void *arg) {
    sc_buffer out = SC_BUFFER_INIT;
    const sc_buffer *in = arg;
    sc_status s = sc__roff_to_text(&out, in->data, in->len);
    sc__buffer_deinit(&out);
    return s;
}

TEST(roff_oom, "format/roff/oom") {
    sc_buffer in = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&in, test_data("corpus/roff/man.1"), 1 << 20));
    CHECK(test_oom(convert, &in) >= 3);
    sc__buffer_clear(&in);
    CHECK_OK(sc__file_read(&in, test_data("corpus/roff/mdoc.1"), 1 << 20));
    CHECK(test_oom(convert, &in) >= 3);
    sc__buffer_deinit(&in);
}
