/* test_elements.c - the table is in order, and the search finds all of it. */
#include "test.h"

#include "format/extract/elements.h"

TEST(elements_find, "format/extract/elements/find") {
    for (int i = SC_HTML_OTHER + 1; i < SC_HTML_N; i++) {
        const char *name = sc__html_element_name(i);
        CHECK_INT(sc__html_element_find(name, strlen(name)), i);
    }
    CHECK_INT(sc__html_element_find("DIV", 3), SC_HTML_div);
    CHECK_INT(sc__html_element_find("divx", 3), SC_HTML_div);
    CHECK_INT(sc__html_element_find("divx", 4), SC_HTML_OTHER);
    CHECK_INT(sc__html_element_find("", 0), SC_HTML_OTHER);
    CHECK_INT(sc__html_element_find("blockquotes", 11), SC_HTML_OTHER);
}

TEST(elements_kinds, "format/extract/elements/kinds") {
    CHECK_INT(sc__html_element_kind(SC_HTML_h3), SC_HTML_HEADING);
    CHECK_INT(sc__html_element_kind(SC_HTML_TEXT), SC_HTML_INLINE);
    CHECK_INT(sc__html_element_kind(SC_HTML_OTHER), SC_HTML_INLINE);
    CHECK_INT(sc__html_element_flags(SC_HTML_br), SC_HTML_VOID);
    CHECK_INT(sc__html_element_flags(SC_HTML_strong), SC_HTML_STYLE);
}
