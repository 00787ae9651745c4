/* test_hints.c - words in names. */
#include "test.h"

#include "format/extract/hints.h"

static uint32_t find(const char *names, bool is_class) {
    static sc_hints h;
    static bool begun;
    if (!begun) sc__hints_init(&h);
    begun = true;
    const uint32_t first = sc__hints_find(&h, names, strlen(names), is_class);
    CHECK_INT(sc__hints_find(&h, names, strlen(names), is_class), first); /* remembered */
    return first;
}

TEST(hints_words, "format/extract/hints/words") {
    CHECK_INT(find("comments", true), SC_HINT_COMMENT);
    CHECK_INT(find("user-comments_2", true), SC_HINT_COMMENT);
    CHECK_INT(find("fooCommentsBar", true), SC_HINT_COMMENT);
    CHECK_INT(find("commentsx xcomments", true), 0);
    CHECK_INT(find("x  SHARE  y", false), SC_HINT_SHARE);
    CHECK_INT(find("", true), 0);
    CHECK_INT(find("---", true), 0);
}

TEST(hints_pairs, "format/extract/hints/pairs") {
    CHECK(find("entry-content", true) & SC_HINT_ARTICLE);
    CHECK(find("articleBody", false) & SC_HINT_ARTICLE);
    CHECK(find("x-article__body-y", true) & SC_HINT_ARTICLE);
    CHECK(!(find("entry content", true) & SC_HINT_ARTICLE)); /* two names */
    CHECK_INT(find("read_more", true), SC_HINT_RELATED);
    CHECK_INT(find("mc4wp-form", true), SC_HINT_ASK);
}

TEST(hints_whole, "format/extract/hints/whole") {
    CHECK(find("x NavHeader", true) & SC_HINT_WHOLE);
    CHECK(find("nav-panel", true) & SC_HINT_WHOLE);
    CHECK(!(find("nav-panel", false) & SC_HINT_WHOLE)); /* an id */
    CHECK(!(find("my-navheader", true) & SC_HINT_WHOLE));
}

TEST(hints_long, "format/extract/hints/long") {
    char name[512];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    CHECK_INT(find(name, true), 0);
    memcpy(name + 200, "-share-", 7);
    CHECK_INT(find(name, true), SC_HINT_SHARE);
}
