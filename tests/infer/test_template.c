/* test_template.c - chat templates against transformers' apply_chat_template
 * (tests/parity/templates.py); what is not supported is refused by name. */
#include "test.h"

#include "base/json.h"
#include "infer/template.h"

static json_t *variables_of(const json_t *c) {
    return json_pack("{sOsOssss}", "messages", json_object_get(c, "messages"),
                     "add_generation_prompt", json_object_get(c, "add_generation_prompt"),
                     "bos_token", "<s>", "eos_token", "</s>");
}

static void check_case(const json_t *c, size_t i) {
    const json_t *want = json_object_get(c, "text");
    const char *source = json_string_value(json_object_get(c, "template"));
    json_t *variables = variables_of(c);
    sc_buffer got = SC_BUFFER_INIT;
    sc_template *t;
    CHECK(source && variables);
    sc_status s = sc__template_open(&t, source);
    if (s >= 0) s = sc__template_render(&got, t, variables);
    if (want && s < 0)
        test_fail(__FILE__, __LINE__, "case %zu: %s: %s", i, source, sc_error_text());
    if (want && strcmp(got.data ? got.data : "", json_string_value(want)))
        test_fail(__FILE__, __LINE__, "case %zu: %s\n--- gives\n%s\n--- transformers\n%s", i,
                  source, got.data, json_string_value(want));
    if (!want) {
        CHECK_STATUS(SC_USAGE, s);
        CHECK_ERROR(json_string_value(json_object_get(c, "error")));
    }
    sc__template_close(t);
    sc__buffer_deinit(&got);
    json_decref(variables);
}

TEST(transformers, "infer/template/transformers") {
    json_t *cases;
    CHECK_OK(sc__json_load(&cases, test_data("golden/templates/templates.json")));
    CHECK(json_array_size(cases) > 40);
    for (size_t i = 0; i < json_array_size(cases); i++) check_case(json_array_get(cases, i), i);
    json_decref(cases);
}

static sc_status render(const char *source) {
    sc_template *t;
    sc_buffer out = SC_BUFFER_INIT;
    json_t *v = json_pack("{s[{ssss}]}", "messages", "role", "user", "content", "x");
    sc_status s = sc__template_open(&t, source);
    if (s >= 0) s = sc__template_render(&out, t, v);
    sc__template_close(t);
    sc__buffer_deinit(&out);
    json_decref(v);
    return s;
}

TEST(refused, "infer/template/refused") {
    static const struct {
        const char *source, *name;
        sc_status status;
    } cases[] = {
        {"a\n{% macro f() %}{% endmacro %}", "line 2: the statement \"macro\"", SC_UNSUPPORTED},
        {"{% include 'x' %}", "include", SC_UNSUPPORTED},
        {"{% set x %}a{% endset %}", "set", SC_UNSUPPORTED},
        {"{{ messages | map(attribute='role') }}", "filter \"map\"", SC_UNSUPPORTED},
        {"{{ 1 is divisibleby 3 }}", "test \"divisibleby\"", SC_UNSUPPORTED},
        {"{{ 'a'.encode() }}", "method \"encode\"", SC_UNSUPPORTED},
        {"{{ strftime_now('%Y') }}", "function \"strftime_now\"", SC_UNSUPPORTED},
        {"{{ messages }}", "list or dictionary", SC_UNSUPPORTED},
        {"{{ (1, 2) }}", "tuple", SC_UNSUPPORTED},
        {"{{ 2 ** 3 }}", "**", SC_UNSUPPORTED},
        {"{{ 1 < 2 < 3 }}", "chain", SC_UNSUPPORTED},
        {"{{ '\xC3\xA9' | upper }}", "ASCII", SC_UNSUPPORTED},
        {"{{ '\\x41' }}", "escape", SC_UNSUPPORTED},
        {"{{ none.x }}", "member (x) of nothing", SC_FORMAT},
        {"{{ missing['x'] }}", "of nothing", SC_FORMAT},
        {"{{ 1 + 'a' }}", "+", SC_FORMAT},
        {"{{ 1 / 0 }}", "zero", SC_FORMAT},
        {"{{ 9223372036854775807 + 1 }}", "too large", SC_FORMAT},
        {"{% set messages.x = 1 %}", "namespace", SC_FORMAT},
        {"{% for a, b in [[1]] %}{% endfor %}", "pair", SC_FORMAT},
        {"{% for a in 5 %}{% endfor %}", "no list", SC_FORMAT},
        {"\n\n{{ 'a }}", "line 3", SC_FORMAT},
        {"{{ a", "does not end", SC_FORMAT},
        {"{% if a %}", "endif", SC_FORMAT},
        {"{% endif %}", "endif", SC_FORMAT},
        {"{% for a in b %}{% endif %}", "endfor", SC_FORMAT},
        {"{{ a b }}", "\"b\" is too much", SC_FORMAT},
        {"{{ }}", "a name", SC_FORMAT},
        {"{{ a ? b }}", "unexpected character", SC_FORMAT},
        {"{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
         "too long", SC_FORMAT},
        {"{% set n = namespace(s='aaaaaaaaaaaaaaaa') %}{% for i in range(99) %}"
         "{% set n.s = n.s ~ n.s %}{% endfor %}",
         "too", SC_FORMAT},
        {"{{ raise_exception('not so') }}", "not so", SC_USAGE},
    };
    for (int i = 0; i < SC_LEN(cases); i++) {
        const sc_status s = render(cases[i].source);
        if (s != cases[i].status || !strstr(sc_error_text(), cases[i].name))
            test_fail(__FILE__, __LINE__, "%s: %s: %s", cases[i].source, sc_status_name(s),
                      sc_error_text());
    }
}

TEST(deep, "infer/template/deep") { /* hostile nesting ends with an error, not the stack */
    static const char *const openings[] = {"(",          "not ", "-",     "[",
                                           "{% if 1 %}", "a.",   "{'a':", "{% elif 1 %}"};
    enum { TIMES = 20000 };
    for (int i = 0; i < SC_LEN(openings); i++) {
        sc_buffer b = SC_BUFFER_INIT;
        const bool block = openings[i][1] == '%';
        sc__buffer_puts(&b, block ? "{% if 0 %}" : "{{ ");
        for (int k = 0; k < TIMES; k++) sc__buffer_puts(&b, openings[i]);
        sc__buffer_puts(&b, "a }}");
        CHECK_STATUS(SC_FORMAT, render(b.data));
        sc__buffer_deinit(&b);
    }
}

static sc_status open_one(void *source) {
    sc_template *t;
    const sc_status s = sc__template_open(&t, source);
    sc__template_close(t);
    return s;
}

TEST(oom, "infer/template/oom") {
    char source[] = "{% for m in messages %}{{ m.role + 'a' }}{% else %}b{% endfor %}";
    CHECK(test_oom(open_one, source) >= 3);
}
