/* test_text.c - the nearest word is the one a person would have meant. */
#include "test.h"

#include "base/text.h"

static const char *const keys[] = {"learning_rate", "min_learning_rate", "steps",
                                   "tokens",        "weight_decay",      NULL};

TEST(nearest_finds, "base/text/nearest") {
    CHECK_STR(sc__nearest("lerning_rate", keys), "learning_rate");
    CHECK_STR(sc__nearest("learning_rte", keys), "learning_rate");
    CHECK_STR(sc__nearest("stpes", keys), "steps"); /* a swap counts once */
    CHECK_STR(sc__nearest("step", keys), "steps");
    CHECK_STR(sc__nearest("weight-decay", keys), "weight_decay");
    CHECK_STR(sc_text_nearest("tokens", keys), "tokens");
}

TEST(nearest_refuses, "base/text/none") {
    static const char *const none[] = {NULL};
    static const char *const ties[] = {"axc", "abx", NULL};
    char word[200];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = 0;
    CHECK(!sc__nearest("dropout", keys));
    CHECK(!sc__nearest("", keys));
    CHECK(!sc__nearest("steps", none));
    CHECK(!sc__nearest(word, keys));
    CHECK_STR(sc__nearest("abc", ties), "axc"); /* the first of equals */
}

TEST(names, "base/text/name") {
    int place = -1;
    CHECK_OK(sc__name_find(&place, "key", "steps", keys));
    CHECK(place == 2);
    CHECK_STATUS(SC_USAGE, sc__name_find(&place, "key", "stpes", keys));
    CHECK_ERROR("no key is called \"stpes\"; did you mean \"steps\"? there are learning_rate, "
                "min_");
    CHECK_STATUS(SC_USAGE, sc__name_find(&place, "key", "dropout", keys));
    CHECK_ERROR("no key is called \"dropout\"; there are learning_rate");
    CHECK(place == 2);
}

TEST(lines, "base/text/lines") {
    sc_slice line, rest = {"one\n\ntwo", 8};
    CHECK(sc__take_line(&line, &rest) && line.n == 3 && !memcmp(line.p, "one", 3));
    CHECK(sc__take_line(&line, &rest) && line.n == 0);
    CHECK(sc__take_line(&line, &rest) && line.n == 3 && !memcmp(line.p, "two", 3));
    CHECK(!sc__take_line(&line, &rest));
    rest = (sc_slice){"a\n", 2};
    CHECK(sc__take_line(&line, &rest) && line.n == 1);
    CHECK(!sc__take_line(&line, &rest)); /* nothing stands behind the last newline */
    rest = (sc_slice){NULL, 0};
    CHECK(!sc__take_line(&line, &rest));
}

TEST(entries, "base/text/entries") {
    static const char list[] = "# names\n  a b \r\n\n\t#no\n \nc#d";
    sc_slice entry, rest = {list, sizeof list - 1};
    CHECK(sc__take_entry(&entry, &rest) && entry.n == 3 && !memcmp(entry.p, "a b", 3));
    CHECK(sc__take_entry(&entry, &rest) && entry.n == 3 && !memcmp(entry.p, "c#d", 3));
    CHECK(!sc__take_entry(&entry, &rest));
}
