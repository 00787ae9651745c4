/* test_wordlist.c - words and phrases of a list in texts of several scripts. */
#include "test.h"

#include "base/file.h"
#include "stage/curation/tag/wordlist.h"

static char spans[1024];

static void found(void *user, size_t start, size_t end) {
    const char *text = user;
    const size_t n = strlen(spans);
    snprintf(spans + n, sizeof spans - n, "%s%.*s", n ? "|" : "", (int)(end - start), text + start);
}

static const char *hits(const sc_wordlist *l, const char *text) {
    sc_doc *d;
    char *copy = sc__strdup(text);
    spans[0] = 0;
    CHECK_OK(sc__doc_open(&d, SC_WORDS_UNICODE));
    CHECK_OK(sc__doc_set(d, (sc_slice){copy, strlen(copy)}, NULL));
    sc__wordlist_find(l, d, found, copy);
    sc__doc_close(d);
    sc__free(copy);
    return spans;
}

static const char *list_file(const char *lines) {
    const char *path = test_path("list.txt");
    CHECK_OK(sc__file_write(path, lines, strlen(lines)));
    return path;
}

TEST(wordlist_latin, "stage/curation/tag/wordlist/latin") {
    sc_wordlist *l;
    CHECK_OK(sc__wordlist_open(
        &l, list_file("# a comment\n\n bad \nbad word\r\nÄrger\nshe\nhers\na-b\nbad\n")));
    CHECK_INT(sc__wordlist_size(l), 6);
    CHECK_STR(hits(l, "A BAD, bad word; badly unbad"), "BAD|bad|bad word");
    CHECK_STR(hits(l, "ärger ÄRGER ärgerlich"), "ärger|ÄRGER");
    CHECK_STR(hits(l, "ushers she hers"), "she|hers");
    CHECK_STR(hits(l, "x a-b y"), "a-b");
    CHECK_STR(hits(l, "bad_1 1bad"), "");
    CHECK_STR(hits(l, ""), "");
    sc__wordlist_close(l);
}

/* No border is needed where the script has none. */
TEST(wordlist_east, "stage/curation/tag/wordlist/east") {
    sc_wordlist *l;
    CHECK_OK(sc__wordlist_open(&l, list_file("坏词\n나쁜\nダメ\n")));
    CHECK_STR(hits(l, "这是坏词吗"), "坏词");
    CHECK_STR(hits(l, "それはダメだ"), "ダメ");
    CHECK_STR(hits(l, "나쁜 말, 나쁜말"), "나쁜"); /* Hangul has spaces */
    sc__wordlist_close(l);
}

TEST(wordlist_bad, "stage/curation/tag/wordlist/bad") {
    sc_wordlist *l;
    CHECK_STATUS(SC_FORMAT, sc__wordlist_open(&l, list_file("# nothing\n")));
    CHECK_STATUS(SC_FORMAT, sc__wordlist_open(&l, list_file("")));
    CHECK_STATUS(SC_FORMAT, sc__wordlist_open(&l, list_file("a\xFF")));
    CHECK_ERROR("byte 2");
    CHECK_STATUS(SC_IO, sc__wordlist_open(&l, test_path("none")));
}

static sc_status open_list(void *path) {
    sc_wordlist *l;
    const sc_status s = sc__wordlist_open(&l, path);
    sc__wordlist_close(l);
    return s;
}

TEST(wordlist_oom, "stage/curation/tag/wordlist/oom") {
    char *path = sc__strdup(list_file("one\ntwo\n"));
    CHECK(test_oom(open_list, path) > 4);
    sc__free(path);
}
