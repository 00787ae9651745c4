/* test_train_unigram.c - the vocabulary beside that of Hugging Face's trainer, which begins with
 * other seeds and whose order of sums differs from run to run: not the same pieces are asked for,
 * but as short texts and as much likelihood. */
#include "lines.h"
#include "test.h"

#include "base/log.h"

enum { TRAINED = 200 }; /* documents; the others are held out */

/* Tokens and the sum of their scores on the documents behind the first TRAINED. */
static void measure(int64_t *tokens, double *score, const sc_tokenizer *t, const json_t *vocab,
                    test_lines lines) {
    sc_encoder *e;
    sc_ids ids = SC_IDS_INIT;
    const char *text;
    size_t n;
    CHECK_OK(sc_encoder_open(&e, t));
    for (int i = 0; test_next_line(&lines, &text, &n) != SC_DONE; i++)
        if (i >= TRAINED) CHECK_OK(sc_encoder_run(e, &ids, text, n, 0));
    for (int64_t i = 0; i < ids.n; i++) {
        if (!ids.ids[i]) continue; /* unknown */
        ++*tokens;
        *score += json_number_value(json_array_get(json_array_get(vocab, (size_t)ids.ids[i]), 1));
    }
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
}

TEST(train_unigram_golden, "tokenizer/train_unigram/held-out") {
    sc_buffer text = SC_BUFFER_INIT;
    sc_tokenizer *t;
    int64_t tokens = 0, common = 0;
    double score = 0;
    json_t *want = test_load_golden("train_unigram.json"), *pair;
    size_t i;
    test_read_golden(&text, "train.txt");
    const sc_tokenizer_options o = {.type = "unigram", .vocab_size = 400};
    test_lines all = {text.data, text.len, 0, 0}, some = {text.data, text.len, 0, TRAINED};
    json_t *model = test_learn_model(&o, some);
    CHECK_OK(sc_tokenizer_train(&t, &o, test_next_line, &some));
    json_array_foreach(json_object_get(want, "vocab"), i, pair) common +=
        sc_tokenizer_find(t, json_string_value(json_array_get(pair, 0))) >= 0;
    CHECK(common > (int64_t)json_array_size(json_object_get(want, "vocab")) * 70 / 100);
    measure(&tokens, &score, t, json_object_get(model, "vocab"), all);
    const double want_tokens = json_number_value(json_object_get(want, "tokens")),
                 want_score = json_number_value(json_object_get(want, "score"));
    CHECK((double)tokens < 1.01 * want_tokens);
    CHECK(score > 1.01 * want_score); /* both negative */
    json_decref(want);
    json_decref(model);
    sc_tokenizer_close(t);
    sc__buffer_deinit(&text);
}

TEST(train_unigram_threads, "tokenizer/train_unigram/threads-change-no-bit") {
    sc_buffer text = SC_BUFFER_INIT;
    char one[65], many[65];
    test_read_golden(&text, "train.txt");
    sc_tokenizer_options o = {.type = "unigram", .vocab_size = 300, .threads = 1};
    test_learn_digest(one, &o, (test_lines){text.data, text.len, 0, 0});
    for (o.threads = 2; o.threads < 8; o.threads += 5) {
        test_learn_digest(many, &o, (test_lines){text.data, text.len, 0, 0});
        CHECK_STR(many, one);
    }
    sc__buffer_deinit(&text);
}

static int n_warnings;

static void count_warning(void *user, sc_log_level level, const char *line) {
    (void)user;
    n_warnings += level == SC_LOG_WARNING && strstr(line, "memory for words is full");
}

/* Little memory: fewer words and seeds, and still a tokenizer. */
TEST(train_unigram_bounded, "tokenizer/train_unigram/bounded-memory") {
    sc_buffer text = SC_BUFFER_INIT;
    for (int i = 0; i < 60000; i++) sc__buffer_printf(&text, "often x%dy\n", i);
    const sc_tokenizer_options o = {.type = "unigram", .vocab_size = 300, .max_memory = 2 << 20};
    test_lines lines = {text.data, text.len, 0, 0};
    sc_tokenizer *t;
    sc_log_set(count_warning, NULL);
    CHECK_OK(sc_tokenizer_train(&t, &o, test_next_line, &lines));
    CHECK(n_warnings > 0);
    CHECK(sc_tokenizer_find(t, "f") > 0);
    sc_tokenizer_close(t);
    sc__buffer_deinit(&text);
}

/* All characters are there, in a vocabulary that has no room for more, and in one that has. */
TEST(train_unigram_small, "tokenizer/train_unigram/small") {
    static const char text[] = "abc abd abe";
    sc_tokenizer_options o = {.type = "unigram", .vocab_size = 3 + 6};
    test_lines lines = {text, sizeof text - 1, 0, 0}, again = lines, empty = {"", 0, 0, 0};
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_train(&t, &o, test_next_line, &lines));
    CHECK_INT(sc_tokenizer_vocab_size(t), 9);
    CHECK_INT(sc_tokenizer_find(t, "\xE2\x96\x81"
                                   "ab"),
              -1);
    sc_tokenizer_close(t);
    o.vocab_size = 0;
    CHECK_OK(sc_tokenizer_train(&t, &o, test_next_line, &again));
    CHECK(sc_tokenizer_find(t, "\xE2\x96\x81"
                               "ab") > 0);
    sc_tokenizer_close(t);
    CHECK_OK(sc_tokenizer_train(&t, &o, test_next_line, &empty));
    CHECK_INT(sc_tokenizer_vocab_size(t), 3);
    sc_tokenizer_close(t);
}
