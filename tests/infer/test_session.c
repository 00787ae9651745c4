/* test_session.c - from prompt to text: streaming, stop texts, ends, refusals. */
#include "speaking.h"

typedef struct {
    sc_buffer all;
    int pieces;
    sc_status answer;
} collector;

static sc_status collect(void *user, const char *text, size_t n) {
    collector *c = user;
    CHECK_INT(text[n], 0);
    sc__buffer_append(&c->all, text, n);
    c->pieces++;
    return c->answer;
}

static sc_session *open_session(const char *name) {
    sc_session *s;
    speaking_model(test_path(name), 97);
    CHECK_OK(sc_session_open(&s, test_path(name), NULL));
    return s;
}

/* Hot, so that every token differs from the last. */
static const sc_answer_options hot = {
    .max_tokens = 24,
    .sampling = {.temperature = 50, .top_p = 1, .repetition_penalty = 1, .seed = 11},
    .ignore_eos = true};

TEST(streams, "infer/session/streams") { /* pieces are the text, and the seed is the text */
    sc_session *s = open_session("m");
    sc_answer a;
    collector c = {SC_BUFFER_INIT, 0, SC_OK};
    sc_answer_options o = hot;
    o.sink = collect;
    o.user = &c;
    CHECK_OK(sc_session_run(s, &a, "ab c", 4, &o));
    CHECK_STR(c.all.data, a.text);
    CHECK(c.pieces > 10);
    CHECK_INT(a.n_ids, 24);
    CHECK_INT(a.n_prompt, 4);
    CHECK_STR(sc_ended_name(a.ended), "length");
    o.sink = NULL;
    CHECK_OK(sc_session_run(s, &a, "ab c", 4, &o));
    CHECK_STR(a.text, c.all.data);
    CHECK_INT(a.n_reused, 3);
    o.sampling.seed++;
    CHECK_OK(sc_session_run(s, &a, "ab c", 4, &o));
    CHECK(strcmp(a.text, c.all.data) != 0);
    c.answer = SC_INTERRUPTED; /* the sink's failure ends the answer */
    o.sink = collect;
    CHECK_STATUS(SC_INTERRUPTED, sc_session_run(s, &a, "ab c", 4, &o));
    sc__buffer_deinit(&c.all);
    sc_session_close(s);
}

/* Ends before `stop`, and nothing of it was shown. */
static void check_stop(sc_session *s, const char *whole, size_t at, size_t n) {
    char stop[64];
    const char *stops[] = {"never to be seen", stop};
    collector c = {SC_BUFFER_INIT, 0, SC_OK};
    sc_answer_options o = hot;
    sc_answer a;
    snprintf(stop, sizeof stop, "%.*s", (int)n, whole + at);
    o.stops = stops;
    o.n_stops = 2;
    o.sink = collect;
    o.user = &c;
    CHECK_OK(sc_session_run(s, &a, "ab c", 4, &o));
    CHECK_STR(sc_ended_name(a.ended), "stop");
    const size_t first = (size_t)(strstr(whole, stop) - whole);
    CHECK_INT(a.n_text, first);
    CHECK(!strncmp(a.text, whole, first));
    CHECK_INT(c.all.len, first);
    CHECK(first == 0 || !memcmp(c.all.data, whole, first));
    sc__buffer_deinit(&c.all);
}

TEST(stops, "infer/session/stops") {
    sc_session *s = open_session("m");
    sc_answer a;
    char whole[256];
    CHECK_OK(sc_session_run(s, &a, "ab c", 4, &hot));
    snprintf(whole, sizeof whole, "%s", a.text);
    for (size_t at = 0; at + 5 < a.n_text; at++)
        for (size_t n = 1; n < 5; n++)
            if (((unsigned char)whole[at] & 0xC0) != 0x80) check_stop(s, whole, at, n);
    const char *empty[] = {""};
    sc_answer_options o = hot;
    o.stops = empty;
    o.n_stops = 1;
    CHECK_STATUS(SC_USAGE, sc_session_run(s, &a, "ab c", 4, &o));
    sc_session_close(s);
}

static void write_text(const char *dir, const char *name, const char *text) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    CHECK_OK(sc__file_write(path, text, strlen(text)));
}

TEST(eos, "infer/session/eos") { /* one id, a list, the configuration's, and none obeyed */
    sc_answer a;
    sc_session *s = open_session("m");
    sc_answer_options o = hot;
    char config[100];
    const char *dir = test_path("m");
    CHECK_OK(sc_session_run(s, &a, "ab", 2, &o));
    const int32_t end = a.ids[5];
    int64_t first = 0;
    while (a.ids[first] != end) first++;
    sc_session_close(s);
    snprintf(config, sizeof config, "{\"eos_token_id\": [3000, %d]}", end);
    write_text(dir, "generation_config.json", config);
    CHECK_OK(sc_session_open(&s, dir, NULL));
    o.ignore_eos = false;
    CHECK_OK(sc_session_run(s, &a, "ab", 2, &o));
    CHECK_INT(a.n_ids, first);
    CHECK_STR(sc_ended_name(a.ended), "eos");
    o.ignore_eos = true;
    CHECK_OK(sc_session_run(s, &a, "ab", 2, &o));
    CHECK_INT(a.n_ids, 24);
    sc_session_close(s);
    const char *bad[] = {"{\"eos_token_id\": \"x\"}", "{\"eos_token_id\": [1, -2]}",
                         "{\"eos_token_id\": 1.5}", "{", "[]x"};
    for (int i = 0; i < SC_LEN(bad); i++) {
        write_text(dir, "generation_config.json", bad[i]);
        CHECK_STATUS(SC_FORMAT, sc_session_open(&s, dir, NULL));
        CHECK_ERROR("generation_config.json");
    }
}

TEST(ends, "infer/session/context") { /* the model's 40 positions are all used, and no more */
    sc_session *s = open_session("m");
    char prompt[60];
    sc_answer_options o = hot;
    sc_answer a;
    memset(prompt, 'x', sizeof prompt);
    o.max_tokens = 0;
    CHECK_OK(sc_session_run(s, &a, prompt, 30, &o));
    CHECK_STR(sc_ended_name(a.ended), "context");
    CHECK_INT(a.n_ids, 11); /* the last is drawn from the logits of the 40th */
    CHECK_OK(sc_session_run(s, &a, prompt, 40, &o));
    CHECK_INT(a.n_ids, 1);
    CHECK_STATUS(SC_USAGE, sc_session_run(s, &a, prompt, 41, &o));
    CHECK_ERROR("41 tokens");
    CHECK_ERROR("40");
    o.max_tokens = -1;
    CHECK_STATUS(SC_USAGE, sc_session_run(s, &a, prompt, 4, &o));
    sc_session_close(s);
    sc_session_options limit = {.context = 8};
    CHECK_OK(sc_session_open(&s, test_path("m"), &limit));
    o.max_tokens = 24;
    CHECK_OK(sc_session_run(s, &a, prompt, 4, &o));
    CHECK_INT(a.n_ids, 5);
    sc_session_close(s);
    limit.context = 41;
    CHECK_STATUS(SC_USAGE, sc_session_open(&s, test_path("m"), &limit));
}

TEST(growing, "infer/session/growing") { /* a longer prompt than the cache was made for */
    sc_session *s = open_session("m");
    sc_answer_options o = hot;
    sc_answer a;
    char first[200];
    o.max_tokens = 1;
    CHECK_OK(sc_session_run(s, &a, "ab", 2, &o));
    o.max_tokens = 24;
    CHECK_OK(sc_session_run(s, &a, "abcdef", 6, &o));
    snprintf(first, sizeof first, "%s", a.text);
    sc_session_close(s);
    s = open_session("n");
    CHECK_OK(sc_session_run(s, &a, "abcdef", 6, &o));
    CHECK_STR(a.text, first);
    sc_session_close(s);
}

TEST(prompts, "infer/session/prompts") {
    sc_session *s = open_session("m");
    sc_answer a;
    CHECK_OK(sc_session_run(s, &a, "", 0, &hot)); /* begins with the bos token */
    CHECK_INT(a.n_prompt, 1);
    CHECK_OK(sc_session_run(s, &a,
                            "a\xFF"
                            "b",
                            3, &hot));
    CHECK_INT(a.n_text, strlen(a.text));
    sc_session_close(s);
}

TEST(refusals, "infer/session/refusals") {
    sc_session *s;
    CHECK_STATUS(SC_IO, sc_session_open(&s, test_path("absent"), NULL));
    CHECK(s == NULL);
    CHECK_STATUS(SC_IO, sc_session_open(&s, test_data("golden/llama"), NULL)); /* no tokenizer */
    CHECK_ERROR("tokenizer.json");
    const char *dir = test_path("m");
    speaking_model(dir, 97);
    write_text(dir, "tokenizer_config.json", "{}");
    write_text(
        dir, "tokenizer.json",
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 97}, \"merges\": []}}");
    CHECK_STATUS(SC_MISMATCH, sc_session_open(&s, dir, NULL));
    CHECK_ERROR("98");
    CHECK_ERROR("97");
}

static sc_status open_and_run(void *dir) {
    sc_session *s;
    sc_answer a;
    sc_answer_options o = hot;
    o.max_tokens = 3;
    SC_TRY(sc_session_open(&s, dir, &(sc_session_options){.n_threads = 1}));
    const sc_status status = sc_session_run(s, &a, "ab", 2, &o);
    sc_session_close(s);
    return status;
}

TEST(oom, "infer/session/oom") {
    char dir[300];
    snprintf(dir, sizeof dir, "%s", test_path("m"));
    speaking_model(dir, 97);
    CHECK(test_oom(open_and_run, dir) > 50);
}
