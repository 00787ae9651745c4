/* test_json.c - what is written reads back the same, and errors name file and field. */
#include "test.h"

#include "base/json.h"

static void check_print(const char *text, const char *want) {
    json_t *v;
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__json_parse(&v, text, strlen(text), "x"));
    sc__json_print(&b, v);
    CHECK_OK(b.status);
    CHECK_STR(b.data, want);
    json_decref(v);
    sc__buffer_deinit(&b);
}

TEST(json_print, "base/json/print") {
    check_print("{ }", "{}");
    check_print("[[], {}, null, true, false, -7]", "[[],{},null,true,false,-7]");
    check_print("{\"b\": 1, \"a\": [1, \"x\"]}", "{\"b\":1,\"a\":[1,\"x\"]}");
    check_print("[\"\\u0000\\n\\\"\\\\\\u001f\\u00fc\"]",
                "[\"\\u0000\\n\\\"\\\\\\u001f\xC3\xBC\"]");
}

TEST(json_real, "base/json/real") { /* the fewest digits that read back as the same number */
    check_print("[0.1, 1e-5, 1.0, 1e22, -0.0, 1e300, 0.30000000000000004]",
                "[0.1,1e-05,1.0,1e+22,-0.0,1e+300,0.30000000000000004]");
    check_print("[5e-324, 1.7976931348623157e308]",
                "[4.94065645841247e-324,1.7976931348623157e+308]");
}

TEST(json_sorted, "base/json/sorted") {
    json_t *v;
    sc_buffer b = SC_BUFFER_INIT;
    const char *text = "{\"b\": {\"z\": 1, \"a\": 2}, \"a\": [3]}";
    CHECK_OK(sc__json_parse(&v, text, strlen(text), "x"));
    sc__json_print_sorted(&b, v);
    CHECK_STR(b.data, "{\"a\":[3],\"b\":{\"a\":2,\"z\":1}}");
    sc__buffer_clear(&b);
    sc__json_print_lines(&b, v);
    CHECK_STR(b.data,
              "{\n  \"b\": {\n    \"z\": 1,\n    \"a\": 2\n  },\n  \"a\": [\n    3\n  ]\n}\n");
    CHECK_OK(sc__json_save(v, test_path("v.json")));
    json_t *again;
    CHECK_OK(sc__json_load(&again, test_path("v.json")));
    CHECK(json_equal(v, again));
    json_decref(again);
    json_decref(v);
    sc__buffer_deinit(&b);
}

TEST(json_bad, "base/json/bad") {
    json_t *v;
    CHECK_STATUS(SC_FORMAT, sc__json_parse(&v, "{\"a\":1,\"a\":2}", 13, "f.json"));
    CHECK_ERROR("f.json");
    CHECK_STATUS(SC_FORMAT, sc__json_parse(&v, "{} x", 4, "f.json"));
    CHECK_STATUS(SC_IO, sc__json_load(&v, test_path("none.json")));
    const char *all = "{\"i\":1,\"r\":0.5,\"s\":\"t\",\"b\":true,\"n\":null}";
    CHECK_OK(sc__json_parse(&v, all, strlen(all), "f"));
    int64_t i;
    double d;
    bool b;
    const char *s;
    CHECK_OK(sc__json_get_int(&i, v, "i", 7, "f"));
    CHECK_INT(i, 1);
    CHECK_OK(sc__json_get_int(&i, v, "n", 7, "f"));
    CHECK_INT(i, 7);
    CHECK_STATUS(SC_FORMAT, sc__json_get_int(&i, v, "r", 7, "f.json"));
    CHECK_ERROR("f.json: r: must be a whole number");
    CHECK_OK(sc__json_get_real(&d, v, "i", 0, "f"));
    CHECK_NEAR(d, 1, 0);
    CHECK_STATUS(SC_FORMAT, sc__json_get_real(&d, v, "s", 0, "f"));
    CHECK_STATUS(SC_FORMAT, sc__json_get_bool(&b, v, "i", false, "f"));
    CHECK_OK(sc__json_get_string(&s, v, "s", NULL, "f"));
    CHECK_STR(s, "t");
    CHECK_STATUS(SC_FORMAT, sc__json_get_string(&s, v, "b", NULL, "f"));
    json_decref(v);
}

TEST(large_integers, "base/json/large_integers") { /* as Python writes them: read as reals */
    const char *text = "{\"model_max_length\": 1000000000000000019884624838656, "
                       "\"t\": \"\\\"99999999999999999999\\\\\", \"m\": -12345678901234567890, "
                       "\"i\": 9223372036854775807, \"r\": 1234567890123456789012.5, "
                       "\"l\": [12345678901234567890]}";
    json_t *v;
    CHECK_OK(sc__json_parse(&v, text, strlen(text), "x"));
    CHECK_NEAR(json_real_value(json_object_get(v, "model_max_length")) / 1e30, 1, 1e-15);
    CHECK_STR(json_string_value(json_object_get(v, "t")), "\"99999999999999999999\\");
    CHECK_NEAR(json_real_value(json_object_get(v, "m")) / -1.2345678901234567e19, 1, 1e-15);
    CHECK(json_is_real(json_array_get(json_object_get(v, "l"), 0)));
    CHECK_NEAR(json_real_value(json_object_get(v, "r")) / 1234567890123456789012.5, 1, 1e-15);
    json_decref(v);
    CHECK_STATUS(SC_FORMAT, sc__json_parse(&v, "[1e999]", 7, "x"));
    CHECK_ERROR("overflow");
}
