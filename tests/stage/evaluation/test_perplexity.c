/* test_perplexity.c - strided windows against the loop of Hugging Face's guide
 * (tests/parity/perplexity.py); many documents; the hash; refusals. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/eval.h"

static void copy(const char *from, const char *to) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&b, test_data(from), 1 << 26));
    CHECK_OK(sc__file_write(to, b.data, b.len));
    sc__buffer_deinit(&b);
}

static sc_session *open_session(int threads) {
    const char *const files[][2] = {{"golden/gpt2/config.json", "m/config.json"},
                                    {"golden/gpt2/model.safetensors", "m/model.safetensors"},
                                    {"golden/perplexity/tokenizer.json", "m/tokenizer.json"}};
    const sc_session_options o = {.n_threads = threads};
    sc_session *s;
    CHECK_OK(sc__dir_make(test_path("m")));
    for (int i = 0; i < SC_LEN(files); i++) copy(files[i][0], test_path(files[i][1]));
    CHECK_OK(sc_session_open(&s, test_path("m"), &o));
    return s;
}

/* The paths of test.h live in a ring. */
static const char *kept(char to[300], const char *path) {
    snprintf(to, 300, "%s", path);
    return to;
}

static double real_of(const json_t *o, const char *key) {
    const json_t *v = json_object_get(o, key);
    CHECK(json_is_number(v));
    return json_number_value(v);
}

TEST(guide, "stage/evaluation/perplexity/transformers") {
    sc_session *s = open_session(2);
    char path[300];
    const char *text = kept(path, test_data("golden/perplexity/text.txt"));
    json_t *golden;
    CHECK_OK(sc__json_load(&golden, test_data("golden/perplexity/result.json")));
    const json_t *cases = json_object_get(golden, "cases");
    const double bytes = real_of(golden, "bytes");
    CHECK(json_array_size(cases) > 3);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        const sc_eval_options o = {.context = (int64_t)real_of(c, "context"),
                                   .stride = (int64_t)real_of(c, "stride")};
        sc_eval_result r;
        CHECK_OK(sc_eval_text(&r, s, &text, 1, &o));
        CHECK_INT(r.tokens, (int64_t)real_of(c, "tokens"));
        CHECK_NEAR(r.loss, real_of(c, "loss"), 1e-5);
        CHECK_NEAR(r.perplexity / exp(real_of(c, "loss")), 1, 1e-5);
        CHECK_NEAR(r.bits_per_byte, real_of(c, "sum") / log(2) / bytes, 1e-5);
        CHECK_INT(r.bytes, (int64_t)bytes);
    }
    json_decref(golden);
    sc_session_close(s);
}

static void write_lines(const char *path, int n) {
    sc_buffer b = SC_BUFFER_INIT;
    for (int i = 0; i < n; i++)
        sc__buffer_printf(&b, "{\"text\": \"%.*s\"}\n", 1 + i * 7 % 90,
                          "The quick brown fox jumps over the lazy dog, again and again, and "
                          "nobody knows why it does so.");
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
}

TEST(documents, "stage/evaluation/perplexity/documents") { /* the whole is the sum of its parts */
    sc_session *s = open_session(1);
    char path[300];
    const char *all = kept(path, test_path("all.jsonl"));
    double sum = 0;
    int64_t tokens = 0;
    sc_eval_result r;
    write_lines(all, 120);
    for (int i = 0; i < 120; i++) {
        sc_buffer b = SC_BUFFER_INIT;
        const char *one = test_path("one.txt");
        sc__buffer_printf(&b, "%.*s", 1 + i * 7 % 90,
                          "The quick brown fox jumps over the lazy dog, again and again, and "
                          "nobody knows why it does so.");
        CHECK_OK(sc__file_write(one, b.data, b.len));
        const bool scored = b.len > 1;
        sc__buffer_deinit(&b);
        CHECK_STATUS(scored ? SC_OK : SC_FORMAT, sc_eval_text(&r, s, &one, 1, NULL));
        sum += scored ? r.loss * (double)r.tokens : 0;
        tokens += r.tokens;
    }
    CHECK_OK(sc_eval_text(&r, s, &all, 1, NULL));
    CHECK_INT(r.documents, 120);
    CHECK_INT(r.tokens, tokens);
    CHECK_NEAR(r.loss, sum / (double)tokens, 1e-5);
    sc_session_close(s);
}

TEST(hash, "stage/evaluation/perplexity/hash") { /* neither threads nor windows change it */
    char path[300];
    const char *text = kept(path, test_data("golden/perplexity/text.txt"));
    const int threads[] = {1, 2, 7};
    sc_eval_result first = {0}, r;
    for (int i = 0; i < SC_LEN(threads); i++) {
        sc_session *s = open_session(threads[i]);
        const sc_eval_options o = {.context = 10 + i};
        CHECK_OK(sc_eval_text(&r, s, &text, 1, &o));
        if (i == 0) first = r;
        CHECK_INT(strlen(r.logits_hash), 64);
        CHECK_STR(r.logits_hash, first.logits_hash);
        CHECK_OK(sc_eval_text(&r, s, &text, 1, NULL));
        if (i == 0) first.loss = r.loss;
        CHECK(memcmp(&r.loss, &first.loss, sizeof r.loss) == 0);
        sc_session_close(s);
    }
}

TEST(refusals, "stage/evaluation/perplexity/refusals") {
    sc_session *s = open_session(1);
    char paths[3][300];
    const char *text = kept(paths[0], test_data("golden/perplexity/text.txt"));
    const char *empty = kept(paths[1], test_path("empty.txt"));
    const char *absent = kept(paths[2], test_path("absent.txt"));
    sc_eval_result r;
    const sc_eval_options bad[] = {{.context = 41}, {.context = 1}, {.context = -3},
                                   {.stride = 41},  {.stride = -1}, {.context = 5, .stride = 6}};
    for (int i = 0; i < SC_LEN(bad); i++)
        CHECK_STATUS(SC_USAGE, sc_eval_text(&r, s, &text, 1, &bad[i]));
    CHECK_STATUS(SC_IO, sc_eval_text(&r, s, &absent, 1, NULL));
    CHECK_OK(sc__file_write(empty, "", 0));
    CHECK_STATUS(SC_FORMAT, sc_eval_text(&r, s, &empty, 1, NULL));
    CHECK_ERROR("no token");
    sc_session_close(s);
    volatile int stop = 1;
    const sc_session_options o = {.stop = &stop};
    CHECK_OK(sc_session_open(&s, test_path("m"), &o));
    CHECK_STATUS(SC_INTERRUPTED, sc_eval_text(&r, s, &text, 1, NULL));
    sc_session_close(s);
}

static sc_status evaluate(void *text) {
    sc_session *s;
    sc_eval_result r;
    const char *path = text;
    SC_TRY(sc_session_open(&s, test_path("m"), &(sc_session_options){.n_threads = 1}));
    const sc_status status = sc_eval_text(&r, s, &path, 1, NULL);
    sc_session_close(s);
    return status;
}

TEST(oom, "stage/evaluation/perplexity/oom") {
    char text[300];
    snprintf(text, sizeof text, "%s", test_data("golden/perplexity/text.txt"));
    sc_session_close(open_session(1));
    CHECK(test_oom(evaluate, text) > 50);
}
