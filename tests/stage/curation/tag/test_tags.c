/* test_tags.c - attributes are written as Dolma's and read again as they were. */
#include "test.h"

#include "stage/curation/tag/tags.h"

static sc_record record_of(const char *line) {
    static sc_buffer room;
    sc_record r;
    int64_t n = 0;
    CHECK_OK(sc__record_parse(&r, &room, (sc_slice){line, strlen(line)}, NULL, &n));
    return r;
}

static const char *const line = "{\"id\":\"a\\\"b\",\"text\":\"한 x 글\"}";

static void say(sc_tags *t, sc_doc *d) {
    const sc_record r = record_of(line);
    CHECK_OK(sc__doc_set(d, r.text, &r));
    sc__tags_clear(t, r.text);
    t->prefix = "one";
    const int words = sc__tags_attribute(t, "words"), half = sc__tags_attribute(t, "half");
    sc__tags_add(t, words, 0, 3, 2);
    sc__tags_whole(t, half, 0.1);
    sc__tags_add(t, words, 6, 9, -1.5);
    CHECK_OK(t->status);
}

TEST(tags_written, "stage/curation/tag/tags/written") {
    const sc_record r = record_of(line);
    sc_tags t, again;
    sc_doc *d;
    sc_buffer out = SC_BUFFER_INIT, second = SC_BUFFER_INIT;
    sc__tags_init(&t, NULL);
    sc__tags_init(&again, NULL);
    CHECK_OK(sc__doc_open(&d, SC_WORDS_UNICODE));
    say(&t, d);
    CHECK_OK(sc__doc_set(d, r.text, &r));
    CHECK_OK(sc__tags_write(&out, &t, (const int64_t[2]){0, t.n}, 0, d));
    CHECK_STR(out.data, "{\"id\":\"a\\\"b\",\"attributes\":{\"one__words\":[[0,1,2],[4,5,-1.5]],"
                        "\"one__half\":[[0,5,0.1]]}}\n");
    sc__tags_clear(&again, r.text);
    CHECK_OK(sc__tags_read(&again, (sc_slice){out.data, out.len - 1}, d));
    CHECK_INT(again.n, 3);
    CHECK_OK(sc__tags_write(&second, &again, (const int64_t[2]){0, again.n}, 0, d));
    CHECK_STR(second.data, out.data);
    sc__buffer_clear(&out);
    CHECK_OK(sc__tags_write(&out, &t, (const int64_t[2]){1, 2}, 0, d)); /* a part of them */
    CHECK_STR(out.data, "{\"id\":\"a\\\"b\",\"attributes\":{\"one__half\":[[0,5,0.1]]}}\n");
    sc__buffer_deinit(&out);
    sc__buffer_deinit(&second);
    sc__tags_deinit(&t);
    sc__tags_deinit(&again);
    sc__doc_close(d);
}

TEST(tags_bad, "stage/curation/tag/tags/bad") {
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"attributes\":[]}",
                                      "{\"attributes\":{\"a\":1}}",
                                      "{\"attributes\":{\"a\":[[0,1]]}}",
                                      "{\"attributes\":{\"a\":[[0,6,1]]}}",
                                      "{\"attributes\":{\"a\":[[2,1,1]]}}",
                                      "{\"attributes\":{\"a\":[[-1,1,1]]}}",
                                      "{\"attributes\":{\"a\":[[0,1,\"x\"]]}}",
                                      "{\"attributes\":{\"a\":[[0.5,1,1]]}}",
                                      "{\"attributes\":{\"a\":[[0,99999999999999999999,1]]}}"};
    const sc_record r = record_of(line);
    sc_doc *d;
    CHECK_OK(sc__doc_open(&d, SC_WORDS_UNICODE));
    CHECK_OK(sc__doc_set(d, r.text, &r));
    for (int i = 0; i < SC_LEN(bad); i++) {
        sc_tags t;
        sc__tags_init(&t, NULL);
        sc__tags_clear(&t, r.text);
        CHECK_STATUS(SC_FORMAT, sc__tags_read(&t, (sc_slice){bad[i], strlen(bad[i])}, d));
        CHECK_ERROR("attributes");
        sc__tags_deinit(&t);
    }
    sc__doc_close(d);
}

TEST(tags_wanted, "stage/curation/tag/tags/wanted") {
    static const char *const wanted[] = {"x__b", NULL};
    sc_tags t;
    sc__tags_init(&t, wanted);
    sc__tags_clear(&t, (sc_slice){"text", 4});
    t.prefix = "x";
    const int a = sc__tags_attribute(&t, "a"), b = sc__tags_attribute(&t, "b");
    CHECK(!sc__tags_wants(&t, a) && sc__tags_wants(&t, b));
    sc__tags_whole(&t, a, 1);
    sc__tags_whole(&t, b, 2);
    CHECK_INT(t.n, 1);
    CHECK_INT(sc__tags_find(&t, "x__b"), b);
    sc__tags_deinit(&t);
}

static sc_status say_all(void *arg) {
    sc_tags t;
    sc_doc *d;
    sc_buffer out = SC_BUFFER_INIT;
    const sc_record *r = arg;
    sc__tags_init(&t, NULL);
    sc_status s = sc__doc_open(&d, SC_WORDS_UNICODE);
    if (s < 0) return s;
    s = sc__doc_set(d, r->text, r);
    sc__tags_clear(&t, r->text);
    for (int i = 0; i < 100; i++)
        sc__tags_add(&t, sc__tags_attribute(&t, i & 1 ? "a" : "b"), 0, 3, i);
    if (s >= 0) s = t.status;
    if (s >= 0) s = sc__tags_write(&out, &t, (const int64_t[2]){0, t.n}, 0, d);
    sc__buffer_deinit(&out);
    sc__tags_deinit(&t);
    sc__doc_close(d);
    return s;
}

TEST(tags_oom, "stage/curation/tag/tags/oom") {
    sc_record r = record_of(line);
    CHECK(test_oom(say_all, &r) > 4);
}
