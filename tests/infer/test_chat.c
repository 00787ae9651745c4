/* test_chat.c - conversations: what the model is given, what stays in the cache, what a failure
 * leaves. */
#include "speaking.h"

#include "base/json.h"

static const char template_of[] =
    "{\"eos_token\": \"<|endoftext|>\", \"chat_template\": \"{% for m in messages %}{{ m.role[0] "
    "}}:{{ m.content }};{% endfor %}{% if add_generation_prompt %}a:{% endif %}{% if "
    "messages[-1].content == 'no' %}{{ raise_exception('never no') }}{% endif %}\"}";

static const sc_answer_options hot = {
    .max_tokens = 3,
    .sampling = {.temperature = 30, .top_p = 1, .repetition_penalty = 1, .seed = 4},
    .ignore_eos = true};

static sc_session *open_session(const char *config) {
    sc_session *s;
    char dir[200], path[320];
    snprintf(dir, sizeof dir, "%s", test_path("m"));
    snprintf(path, sizeof path, "%s/tokenizer_config.json", dir);
    speaking_model(dir, 97);
    if (config) CHECK_OK(sc__file_write(path, config, strlen(config)));
    CHECK_OK(sc_session_open(&s, dir, NULL));
    return s;
}

static json_t *saved(const sc_chat *c) {
    json_t *v;
    char path[300];
    snprintf(path, sizeof path, "%s", test_path("saved.json"));
    CHECK_OK(sc_chat_save(c, path));
    CHECK_OK(sc__json_load(&v, path));
    return v;
}

static const char *message(const json_t *v, size_t i, const char *key) {
    const json_t *m = json_array_get(json_object_get(v, "messages"), i);
    return json_string_value(json_object_get(m, key));
}

TEST(messages, "infer/chat/messages") {
    sc_session *s = open_session(template_of);
    sc_chat *c;
    sc_answer a;
    char first[100];
    CHECK_OK(sc_chat_open(&c, s, &(sc_chat_options){.system = "be"}));
    CHECK(sc_chat_has_template(c));
    CHECK_OK(sc_chat_run(c, &a, "hi", 2, &hot));
    CHECK_INT(a.n_prompt, 5 + 5 + 2); /* "s:be;u:hi;a:" */
    snprintf(first, sizeof first, "%s", a.text);
    CHECK_OK(sc_chat_run(c, &a, "yo", 2, &hot));
    CHECK_INT(a.n_prompt, 12 + 3 + 1 + 5 + 2);
    CHECK(a.n_reused >= 12); /* the first turn is not run again */
    json_t *v = saved(c);
    CHECK_INT(json_array_size(json_object_get(v, "messages")), 5);
    CHECK_STR(message(v, 0, "role"), "system");
    CHECK_STR(message(v, 1, "content"), "hi");
    CHECK_STR(message(v, 2, "role"), "assistant");
    CHECK_STR(message(v, 2, "content"), first);
    json_decref(v);
    sc_chat_reset(c);
    CHECK_OK(sc_chat_run(c, &a, "hi", 2, &hot));
    CHECK_STR(a.text, first);
    sc_chat_close(c);
    sc_session_close(s);
}

TEST(failures, "infer/chat/failures") { /* a turn that fails leaves no trace */
    sc_session *s = open_session(template_of);
    sc_chat *c;
    sc_answer a;
    char longer[60];
    memset(longer, 'x', sizeof longer);
    CHECK_OK(sc_chat_open(&c, s, NULL));
    CHECK_STATUS(SC_USAGE, sc_chat_run(c, &a, "no", 2, &hot));
    CHECK_ERROR("never no");
    CHECK_STATUS(SC_USAGE, sc_chat_run(c, &a, longer, sizeof longer, &hot));
    json_t *v = saved(c);
    CHECK_INT(json_array_size(json_object_get(v, "messages")), 0);
    json_decref(v);
    CHECK_OK(sc_chat_run(c, &a, "a\xFF", 2, &hot)); /* read as U+FFFD */
    v = saved(c);
    CHECK_STR(message(v, 0, "content"), "a\xEF\xBF\xBD");
    json_decref(v);
    CHECK_STATUS(SC_IO, sc_chat_save(c, "/absent/folder/x.json"));
    sc_chat_close(c);
    sc_session_close(s);
    s = open_session("{\"chat_template\": \"{% macro f() %}{% endmacro %}\"}");
    CHECK_STATUS(SC_UNSUPPORTED, sc_chat_open(&c, s, NULL));
    CHECK_ERROR("macro");
    CHECK_OK(sc_chat_open(&c, s, &(sc_chat_options){.plain = true}));
    sc_chat_close(c);
    sc_session_close(s);
}

TEST(plain, "infer/chat/plain") { /* the text so far, and on */
    sc_session *s = open_session(NULL);
    sc_chat *c;
    sc_answer a;
    char whole[200];
    CHECK_OK(sc_chat_open(&c, s, NULL));
    CHECK(!sc_chat_has_template(c));
    CHECK_OK(sc_chat_run(c, &a, "Once", 4, &hot));
    CHECK_INT(a.n_prompt, 4);
    snprintf(whole, sizeof whole, "Once%s", a.text);
    CHECK_OK(sc_chat_run(c, &a, "upon", 4, &hot));
    CHECK(a.n_reused >= 4);
    const size_t n = strlen(whole);
    snprintf(whole + n, sizeof whole - n, "%supon%s", whole[n - 1] == '\n' ? "" : "\n", a.text);
    json_t *v = saved(c);
    CHECK_STR(json_string_value(json_object_get(v, "text")), whole);
    json_decref(v);
    sc_chat_close(c);
    sc_session_close(s);
}

static sc_status talk(void *dir) {
    sc_session *s;
    sc_chat *c;
    sc_answer a;
    SC_TRY(sc_session_open(&s, dir, &(sc_session_options){.n_threads = 1}));
    sc_status status = sc_chat_open(&c, s, &(sc_chat_options){.system = "be"});
    if (status >= 0) status = sc_chat_run(c, &a, "hi", 2, &hot);
    sc_chat_close(c);
    sc_session_close(s);
    return status;
}

TEST(oom, "infer/chat/oom") {
    char dir[300];
    sc_session_close(open_session(template_of));
    snprintf(dir, sizeof dir, "%s", test_path("m"));
    CHECK(test_oom(talk, dir) > 50);
}
