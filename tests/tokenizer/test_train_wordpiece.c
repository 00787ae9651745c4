/* test_train_wordpiece.c - the vocabulary against Hugging Face's trainer, and what a tokenizer of
 * this kind is made of. */
#include "lines.h"
#include "test.h"

static void against_golden(const char *golden, bool lowercase) {
    sc_buffer text = SC_BUFFER_INIT;
    test_read_golden(&text, "train.txt");
    const sc_tokenizer_options o = {.type = "wordpiece", .vocab_size = 900, .lowercase = lowercase};
    json_t *want = test_load_golden(golden),
           *model = test_learn_model(&o, (test_lines){text.data, text.len, 0, 0});
    CHECK(json_object_size(want) > 600);
    CHECK(json_equal(json_object_get(model, "vocab"), want));
    json_decref(want);
    json_decref(model);
    sc__buffer_deinit(&text);
}

TEST(train_wordpiece_golden, "tokenizer/train_wordpiece/golden") {
    against_golden("train_wordpiece.json", false);
}

TEST(train_wordpiece_lower, "tokenizer/train_wordpiece/golden-lower-case") {
    against_golden("train_wordpiece_lower.json", true);
}

/* [CLS] and [SEP] around a text, special tokens of one's own behind those of the kind. */
TEST(train_wordpiece_frame, "tokenizer/train_wordpiece/frame") {
    static const char *const special[] = {"[CLS]", "[X]"};
    static const char text[] = "low lower lowest";
    const sc_tokenizer_options o = {.type = "wordpiece", .special_tokens = special, .n_special = 2};
    test_lines lines = {text, sizeof text - 1, 0, 0};
    sc_tokenizer *t;
    sc_encoder *e;
    sc_ids ids = SC_IDS_INIT;
    CHECK_OK(sc_tokenizer_train(&t, &o, test_next_line, &lines));
    CHECK_STR(sc_tokenizer_kind(t), "wordpiece");
    CHECK_INT(sc_tokenizer_pad(t), 0);
    CHECK_INT(sc_tokenizer_bos(t), 2);
    CHECK_INT(sc_tokenizer_eos(t), 3);
    CHECK_INT(sc_tokenizer_find(t, "[X]"), 5);
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_OK(sc_encoder_run(e, &ids, "low?", 4, 0));
    const int32_t want[] = {2, sc_tokenizer_find(t, "low"), 1, 3};
    CHECK_INT(ids.n, 4);
    for (int i = 0; i < 4; i++) CHECK_INT(ids.ids[i], want[i]);
    CHECK_OK(sc_tokenizer_save(t, test_dir(), 0));
    json_t *config;
    CHECK_OK(sc__json_load(&config, test_path("tokenizer_config.json")));
    CHECK_STR(json_string_value(json_object_get(config, "mask_token")), "[MASK]");
    CHECK_STR(json_string_value(json_object_get(config, "unk_token")), "[UNK]");
    json_decref(config);
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}
