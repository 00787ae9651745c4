/* test_record.c - records keep what a step does not touch, byte for byte. */
#include "test.h"

#include "base/hash.h"
#include "base/json.h"
#include "format/record.h"

static sc_buffer room, out;

static sc_record parse(const char *line, const sc_record_names *names) {
    sc_record r;
    int64_t replaced = 0;
    CHECK_OK(sc__record_parse(&r, &room, (sc_slice){line, strlen(line)}, names, &replaced));
    return r;
}

static void done(void) {
    sc__buffer_deinit(&room);
    sc__buffer_deinit(&out);
}

static void check_id(const char *line, const char *want) {
    const sc_record r = parse(line, NULL);
    sc__buffer_clear(&out);
    CHECK_OK(sc__record_id(&out, &r));
    CHECK_STR(out.data, want);
}

TEST(record_ids, "format/record/ids") {
    check_id("{\"id\":\"a\\tb\",\"text\":\"x\"}", "a\tb");
    check_id("{\"id\":17,\"text\":\"x\"}", "17");
    check_id("{\"id\":null,\"text\":\"abc\"}", "ba7816bf8f01cfea414140de5dae2223");
    check_id("{\"text\":\"abc\"}", "ba7816bf8f01cfea414140de5dae2223");
    const sc_record r = parse("{\"key\":\"k\",\"body\":\"b\"}", &(sc_record_names){"key", "body"});
    CHECK(r.text.n == 1 && *r.text.p == 'b');
    sc__buffer_clear(&out);
    CHECK_OK(sc__record_id(&out, &r));
    CHECK_STR(out.data, "k");
    done();
}

static void check_change(const char *line, const char *text, json_t *extra, const char *want) {
    const sc_record r = parse(line, NULL);
    const sc_slice t = {text, text ? strlen(text) : 0};
    sc__buffer_clear(&out);
    CHECK_OK(sc__record_change(&out, &r, text ? &t : NULL, extra));
    CHECK_STR(out.data, want);
    json_decref(extra);
}

TEST(record_changes, "format/record/changes") {
    check_change(" {\"z\": [1, 2], \"text\":\"x\" } ", NULL, NULL,
                 " {\"z\": [1, 2], \"text\":\"x\" } \n");
    check_change("{\"text\":\"x\",\"z\":1}", NULL, json_pack("{s:i}", "a", 1),
                 "{\"text\":\"x\",\"z\":1,\"metadata\":{\"a\":1}}\n");
    check_change("{\"metadata\":{\"u\":2,\"a\":0},\"text\":\"x\"}", NULL,
                 json_pack("{s:i}", "a", 1), "{\"metadata\":{\"u\":2,\"a\":1},\"text\":\"x\"}\n");
    check_change("{\"metadata\":{\"sha256\":\"old\",\"u\":2},\"text\":\"x\"}", "abc", NULL,
                 "{\"metadata\":{\"sha256\":"
                 "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"u\":2},"
                 "\"text\":\"abc\"}\n");
    done();
}

TEST(record_strings, "format/record/strings") {
    sc_slice s;
    sc_buffer made = SC_BUFFER_INIT;
    const sc_record r =
        parse("{\"text\":\"x\",\"url\":\"top\",\"n\":1,\"metadata\":{\"url\":\"a\\/b\"}}", NULL);
    CHECK_OK(sc__record_string(&s, &made, &r, "url"));
    CHECK(s.n == 3 && !memcmp(s.p, "a/b", 3));
    CHECK_OK(sc__record_string(&s, &made, &r, "n"));
    CHECK(!s.p);
    CHECK_OK(sc__record_string(&s, &made, &r, "nothing"));
    CHECK(!s.p);
    sc__buffer_deinit(&made);
    done();
}

TEST(record_refuses, "format/record/refuses") {
    static const struct {
        const char *line, *why;
    } bad[] = {{"{}", "text: missing; there is nothing"},
               {"{\"q\":1,\"a\":{}}", "text: missing; there is \"q\", \"a\""},
               {"{\"text\":3}", "text: must be a string"},
               {"7", "object"}};
    sc_record r;
    int64_t replaced = 0;
    for (int i = 0; i < SC_LEN(bad); i++) {
        const sc_slice line = {bad[i].line, strlen(bad[i].line)};
        CHECK_STATUS(SC_FORMAT, sc__record_parse(&r, &room, line, NULL, &replaced));
        CHECK_ERROR(bad[i].why);
    }
    done();
}

static sc_status write_one(void *arg) {
    sc_buffer b = SC_BUFFER_INIT;
    json_t *metadata = arg;
    const sc_new_record n = {.text = {"abc", 3}, .source = {"here", 4}, .metadata = metadata};
    const sc_status s = sc__record_write(&b, &n);
    if (s >= 0)
        CHECK_STR(
            b.data,
            "{\"id\":\"ba7816bf8f01cfea414140de5dae2223\",\"text\":\"abc\",\"source\":\"here\","
            "\"metadata\":{\"url\":\"u\",\"sha256\":"
            "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}}\n");
    sc__buffer_deinit(&b);
    return s;
}

TEST(record_writes, "format/record/writes") {
    json_t *metadata = json_pack("{s:s}", "url", "u");
    CHECK_OK(write_one(metadata));
    CHECK_INT((int64_t)json_object_size(metadata), 1); /* the caller's is as it was */
    json_decref(metadata);
}

static sc_status change_one(void *arg) {
    (void)arg;
    sc_buffer b = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    const char *line = "{\"text\":\"a\\nb\",\"metadata\":{\"u\":1}}";
    int64_t replaced = 0;
    sc_record r;
    sc_status s = sc__record_parse(&r, &text, (sc_slice){line, strlen(line)}, NULL, &replaced);
    if (s >= 0) s = sc__record_change(&b, &r, &(sc_slice){"new", 3}, NULL);
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&text);
    return s;
}

TEST(record_oom, "format/record/oom") { CHECK(test_oom(change_one, NULL) > 2); }
