/* test_train_spm_bpe.c - merges against Hugging Face's trainer; rare characters as bytes. */
#include "lines.h"
#include "test.h"

TEST(train_spm_bpe_golden, "tokenizer/train_spm_bpe/golden") {
    sc_buffer text = SC_BUFFER_INIT;
    test_read_golden(&text, "train.txt");
    const sc_tokenizer_options o = {.type = "spm-bpe", .vocab_size = 900};
    json_t *want = test_load_golden("train_spm_bpe.json"),
           *model = test_learn_model(&o, (test_lines){text.data, text.len, 0, 0});
    const json_t *merges = json_object_get(model, "merges"), *merge;
    json_t *pairs = json_object_get(want, "merges");
    size_t i;
    CHECK(json_equal(json_object_get(model, "vocab"), json_object_get(want, "vocab")));
    CHECK_INT(json_array_size(merges), json_array_size(pairs));
    json_array_foreach(pairs, i, merge) {
        char spelled[256];
        snprintf(spelled, sizeof spelled, "%s %s", json_string_value(json_array_get(merge, 0)),
                 json_string_value(json_array_get(merge, 1)));
        CHECK_STR(json_string_value(json_array_get(merges, i)), spelled);
    }
    json_decref(want);
    json_decref(model);
    sc__buffer_deinit(&text);
}

/* A rare character cuts words in training and is bytes in text; text comes back whole. */
TEST(train_spm_bpe_bytes, "tokenizer/train_spm_bpe/byte-fallback") {
    static const char text[] = "abab abab abab abzab\nabab";
    const sc_tokenizer_options o = {.type = "spm-bpe", .character_coverage = 0.95};
    test_lines lines = {text, sizeof text - 1, 0, 0};
    sc_tokenizer *t;
    sc_encoder *e;
    sc_decoder *d;
    sc_ids ids = SC_IDS_INIT;
    const char *back;
    size_t n;
    CHECK_OK(sc_tokenizer_train(&t, &o, test_next_line, &lines));
    CHECK_INT(sc_tokenizer_find(t, "z"), -1);
    CHECK(sc_tokenizer_find(t, "\xE2\x96\x81"
                               "abab") > 0);
    CHECK_INT(sc_tokenizer_find(t, "abab") >= 0, 0); /* only ever seen behind a space */
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_OK(sc_encoder_run(e, &ids, "abab z", 6, 0));
    CHECK_INT(ids.n, 4);
    CHECK_INT(ids.ids[0], sc_tokenizer_find(t, "<s>"));
    CHECK_STR(sc_tokenizer_token(t, ids.ids[3]), "<0x7A>");
    CHECK_OK(sc_decoder_open(&d, t, SC_DECODE_SKIP_SPECIAL));
    CHECK_OK(sc_decoder_push(d, &back, &n, ids.ids, ids.n));
    CHECK_STR(back, "abab "); /* further bytes could make another character of the last one */
    CHECK_OK(sc_decoder_finish(d, &back, &n));
    CHECK_STR(back, "z");
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
    sc_decoder_close(d);
    sc_tokenizer_close(t);
}
