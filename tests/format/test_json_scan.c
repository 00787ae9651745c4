/* test_json_scan.c - the scanner takes and refuses what jansson does, and finds what is there. */
#include "test.h"

#include "base/json.h"
#include "base/random.h"
#include "format/json_scan.h"

static sc_slice slice(const char *s) { return (sc_slice){s, strlen(s)}; }

static void check_slice(sc_slice got, const char *want) {
    if (!want) {
        CHECK(!got.p);
        return;
    }
    CHECK(got.p && got.n == strlen(want) && !memcmp(got.p, want, got.n));
}

TEST(json_scan_finds, "format/json_scan/finds") {
    static const char *const keys[] = {"text", "id", "none"};
    const char *line =
        " {\"a\":{\"text\":1},\"text\" : \"x\\\"y\" ,\"id\":[1,{\"b\":null}], \"z\":-1.5e+3}\r";
    sc_slice v[3];
    CHECK_OK(sc__json_find(v, keys, 3, line, strlen(line)));
    check_slice(v[0], "\"x\\\"y\"");
    check_slice(v[1], "[1,{\"b\":null}]");
    check_slice(v[2], NULL);
    const char *const path[] = {"a", "text"}, *const no[] = {"a", "b"};
    check_slice(sc__json_at(slice(line), path, 2), "1");
    check_slice(sc__json_at(slice(line), no, 2), NULL);
    check_slice(sc__json_at(slice("3"), path, 2), NULL);
}

TEST(json_scan_refuses, "format/json_scan/refuses") {
    static const char *const bad[] = {"",
                                      "[]",
                                      "{",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "{\"a\":01}",
                                      "{\"a\":1.}",
                                      "{\"a\":1e}",
                                      "{\"a\":+1}",
                                      "{\"a\":tru}",
                                      "{\"a\":\"}",
                                      "{\"a\":1}x",
                                      "{\"a\":[1,]}",
                                      "{\"a\":[1}",
                                      "{\"a\":{}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":-}",
                                      "{\"a\":\"\\u12g4\"}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\" 1}",
                                      "{,}",
                                      "{\"a\":1 \"b\":2}"};
    static const char *const keys[] = {"a"};
    sc_slice v;
    for (int i = 0; i < SC_LEN(bad); i++) {
        CHECK_STATUS(SC_FORMAT, sc__json_find(&v, keys, 1, bad[i], strlen(bad[i])));
        json_t *o = json_loadb(bad[i], strlen(bad[i]), 0, NULL);
        CHECK(!json_is_object(o)); /* so does jansson */
        json_decref(o);
    }
    const char *twice = "{\"a\":1,\"a\":2}";
    CHECK_STATUS(SC_FORMAT, sc__json_find(&v, keys, 1, twice, strlen(twice)));
    CHECK_ERROR("a: given twice");
    CHECK_STATUS(SC_FORMAT, sc__json_find(&v, keys, 1, "{\"a\":01}", 8));
    CHECK_ERROR("byte 8");
}

TEST(json_scan_depth, "format/json_scan/depth") {
    static const char *const keys[] = {"a"};
    char line[1000] = "{\"a\":";
    sc_slice v;
    for (int depth = SC_JSON_DEPTH_MAX; depth <= SC_JSON_DEPTH_MAX + 1; depth++) {
        char *p = line + 5;
        for (int i = 0; i < depth; i++) *p++ = '[';
        for (int i = 0; i < depth; i++) *p++ = ']';
        *p++ = '}';
        const sc_status s = sc__json_find(&v, keys, 1, line, (size_t)(p - line));
        CHECK_INT(s, depth > SC_JSON_DEPTH_MAX ? SC_FORMAT : SC_OK);
    }
}

/* Random small JSON with one byte changed: the scanner and jansson agree on every line. */
TEST(json_scan_agrees, "format/json_scan/agrees_with_jansson") {
    static const char seedling[] =
        "{\"k\":[1,-2.5e3,\"a\\u00e9\\n\",{\"x\":true,\"y\":[null,false]},[]],\"t\":\"\",\"o\":{}}";
    static const char *const keys[] = {"t"};
    static const char letters[] = "{}[]\":,\\truefalsn0123456789.eE+- \t";
    char line[sizeof seedling];
    sc_slice v;
    int good = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        memcpy(line, seedling, sizeof line);
        const int n_changes = 1 + (int)sc__random_below(test_seed(), 1, i, 3);
        for (int c = 0; c < n_changes; c++)
            line[sc__random_below(test_seed(), 2, i * 4 + (uint64_t)c, sizeof line - 1)] =
                letters[sc__random_below(test_seed(), 3, i * 4 + (uint64_t)c, sizeof letters - 1)];
        json_t *o = json_loadb(line, sizeof line - 1, JSON_ALLOW_NUL, NULL);
        const bool want = json_is_object(o);
        json_decref(o);
        const sc_status s = sc__json_find(&v, keys, 1, line, sizeof line - 1);
        /* a wanted key that comes twice, and numbers too large for jansson, are told apart */
        if ((s >= 0) != want && !strstr(sc_error_text(), "given twice") && !strstr(line, "e3") &&
            !strpbrk(line + 1, "eE"))
            test_fail(__FILE__, __LINE__, "%s: scanner %s, jansson %s", line,
                      s < 0 ? sc_error_text() : "takes it", want ? "takes it" : "refuses");
        good += s >= 0;
    }
    CHECK(good > 1000 && good < 19000);
}

static void check_round(const char *text, size_t n) {
    sc_buffer quoted = SC_BUFFER_INIT, room = SC_BUFFER_INIT;
    sc_slice back;
    int64_t replaced = 0;
    sc__json_quote(&quoted, text, n);
    CHECK_OK(sc__json_unquote(&back, &room, (sc_slice){quoted.data, quoted.len}, &replaced));
    CHECK(back.n == n && !memcmp(back.p, text, n) && !replaced);
    json_t *o = json_loadb(quoted.data, quoted.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    CHECK(o && json_string_length(o) == n && !memcmp(json_string_value(o), text, n));
    json_decref(o);
    sc__buffer_deinit(&quoted);
    sc__buffer_deinit(&room);
}

TEST(json_scan_strings, "format/json_scan/strings") {
    check_round("", 0);
    check_round("plain", 5);
    check_round("\"\\/\b\f\n\r\t\x01\x1f\0z", 12);
    check_round("\xEA\xB0\x80 \xF0\x9F\x98\x80", 8);
    sc_buffer room = SC_BUFFER_INIT;
    sc_slice t;
    int64_t replaced = 0;
    CHECK_OK(sc__json_unquote(&t, &room, slice("\"\\ud83d\\ude00 \\ud83d! \\udc00\\u0041\""),
                              &replaced));
    check_slice(t, "\xF0\x9F\x98\x80 \xEF\xBF\xBD! \xEF\xBF\xBD"
                   "A");
    CHECK_INT(replaced, 2);
    sc__buffer_deinit(&room);
}
