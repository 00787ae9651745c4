/* test_tokenize.c - a folder of tokens is used again, refused with another tokenizer, and trains to
 * the same bits as the text itself. */
#include "../training/tiny.h"

#include "socle/data.h"
#include "stage/curation/tokenize.h"

static sc_tokenizer *bytes_tokenizer(void) {
    static const char json[] = "{\"text\":\"unused\"}\n";
    sc_tokenizer *t;
    sc_tokenizer_options o = SC_TOKENIZER_OPTIONS_INIT;
    const char *path = test_path("any.jsonl");
    CHECK_OK(sc__file_write(path, json, strlen(json)));
    o.type = "bytes";
    CHECK_OK(sc_tokenizer_train_files(&t, &o, &path, 1));
    CHECK_OK(sc_tokenizer_save(t, test_path("tokenizer"), 0));
    return t;
}

TEST(tokenize_again, "stage/curation/tokenize/again") {
    sc_tokenize_report r;
    sc_packed p;
    sc_tokenizer *t = bytes_tokenizer(), *other;
    const char *text = test_path("text.txt");
    CHECK_OK(sc__file_write(text, "twelve bytes", 12));
    const sc_tokenize_options o = {
        .tokenizer = test_path("tokenizer"), .train = &text, .n_train = 1, .valid_fraction = 0.25};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sc_data_tokenize(&r, test_path("tokens"), &o));
        CHECK_INT(r.train_tokens, 9);
        CHECK_INT(r.train_bytes, 9);
        CHECK(r.valid_tokens >= 3 && r.reused == (i == 1));
    }
    CHECK_OK(sc__tokens_open(&p, test_path("tokens"), t));
    CHECK_INT(p.train->n_tokens, 9);
    CHECK(p.valid);
    sc__packed_close(&p);
    sc_tokenizer_options chars = SC_TOKENIZER_OPTIONS_INIT;
    chars.type = "chars";
    CHECK_OK(sc_tokenizer_train_files(&other, &chars, &text, 1));
    CHECK_STATUS(SC_MISMATCH, sc__tokens_open(&p, test_path("tokens"), other));
    CHECK_ERROR("another tokenizer");
    sc_tokenizer_close(other);
    sc_tokenizer_close(t);
}

/* data.tokens in place of the text: the same weights. */
TEST(tokenize_trains, "stage/curation/tokenize/trains_the_same") {
    static char tokens[600];
    sc_tokenize_report r;
    tiny_recipe();
    sc_tokenizer_close(bytes_tokenizer());
    const char *text = test_path("text.txt");
    const sc_tokenize_options o = {
        .tokenizer = test_path("tokenizer"), .train = &text, .n_train = 1, .valid_fraction = 0.1};
    CHECK_OK(sc_data_tokenize(&r, test_path("tokens"), &o));
    snprintf(tokens, sizeof tokens, "data.tokens=%s", test_path("tokens"));
    tiny a = {.set = {"tokenizer.type=bytes", tiny_output("a")}};
    tiny b = {.set = {"data.train=null", "data.valid_fraction=0", tokens, tiny_output("b")}};
    CHECK_OK(tiny_train(&a));
    CHECK_OK(tiny_train(&b));
    CHECK_STR(tiny_weights("a").hex, tiny_weights("b").hex);
}
