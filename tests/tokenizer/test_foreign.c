/* test_foreign.c - vocabularies in other formats: ids as the libraries that own the formats give
 * them (tests/golden/tokenizer/foreign.jsonl, made by tests/parity/tokenizer_foreign.py), and files
 * that lie. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/tokenizer.h"

enum { PLAIN = SC_ENCODE_NO_SPECIAL | SC_ENCODE_PLAIN };

static void check_ids(const sc_tokenizer *t, const json_t *row, const char *file) {
    const json_t *text = json_object_get(row, "text"), *want = json_object_get(row, "ids");
    sc_encoder *e;
    sc_ids ids = SC_IDS_INIT;
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_OK(sc_encoder_run(e, &ids, json_string_value(text), json_string_length(text), PLAIN));
    bool same = (size_t)ids.n == json_array_size(want);
    for (int64_t i = 0; i < ids.n && same; i++)
        same = ids.ids[i] == json_integer_value(json_array_get(want, (size_t)i));
    if (!same) test_fail(__FILE__, __LINE__, "%s: \"%s\"", file, json_string_value(text));
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
}

TEST(foreign_golden, "tokenizer/foreign/golden") {
    enum { FILES = 4 };
    static const char *const files[FILES] = {"unigram.model", "bpe.model", "symbols.model",
                                             "ranks.tiktoken"};
    sc_tokenizer *t[FILES];
    sc_buffer b = SC_BUFFER_INIT;
    int n = 0;
    char path[64];
    for (int i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "golden/tokenizer/%s", files[i]);
        CHECK_OK(sc_tokenizer_load_with(&t[i], test_data(path), i == FILES - 1 ? "gpt2" : NULL));
    }
    CHECK_OK(sc__file_read(&b, test_data("golden/tokenizer/foreign.jsonl"), 1 << 24));
    for (char *line = b.data, *stop; (stop = strchr(line, '\n')); line = stop + 1, n++) {
        json_t *row;
        CHECK_OK(sc__json_parse(&row, line, (size_t)(stop - line), "foreign"));
        for (int i = 0; i < FILES; i++)
            if (!strcmp(files[i], json_string_value(json_object_get(row, "file"))))
                check_ids(t[i], row, files[i]);
        json_decref(row);
    }
    CHECK(n > 50);
    sc__buffer_deinit(&b);
    for (int i = 0; i < FILES; i++) sc_tokenizer_close(t[i]);
}

static void check_text(const sc_tokenizer *t, const char *text, const char *want, bool special) {
    sc_encoder *e;
    sc_ids ids = SC_IDS_INIT;
    sc_buffer got = SC_BUFFER_INIT;
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_OK(sc_encoder_run(e, &ids, text, strlen(text), special ? 0 : SC_ENCODE_NO_SPECIAL));
    for (int64_t i = 0; i < ids.n; i++)
        sc__buffer_printf(&got, "%s%s", i ? " " : "", sc_tokenizer_token(t, ids.ids[i]));
    CHECK_STR(got.data ? got.data : "", want);
    sc__buffer_deinit(&got);
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
}

static void put(const char *name, const char *text) {
    CHECK_OK(sc__file_write(test_path(name), text, strlen(text)));
}

TEST(foreign_vocab_txt, "tokenizer/foreign/vocab-txt") {
    sc_tokenizer *t;
    put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nlow\n##er\ncaf\xC3\xA9\ncafe\n");
    CHECK_OK(sc_tokenizer_load(&t, test_path("vocab.txt")));
    CHECK_STR(sc_tokenizer_kind(t), "wordpiece");
    CHECK_INT(sc_tokenizer_pad(t), 0);
    check_text(t, "Lower CAF\xC3\x89 x", "[CLS] low ##er cafe [UNK] [SEP]", true);
    CHECK_OK(sc_tokenizer_save(t, test_path("out"), 0));
    sc_tokenizer_close(t);
    CHECK_OK(sc_tokenizer_load(&t, test_path("out"))); /* by its tokenizer.json */
    check_text(t, "lower", "[CLS] low ##er [SEP]", true);
    sc_tokenizer_close(t);
    put("tokenizer_config.json", "{\"do_lower_case\":false}");
    CHECK_OK(sc_tokenizer_load(&t, test_dir()));
    check_text(t, "lower Low caf\xC3\xA9", "low ##er [UNK] caf\xC3\xA9", false);
    sc_tokenizer_close(t);
    put("vocab.txt", "a\nb\na\n");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_path("vocab.txt")));
    CHECK_ERROR("token 2: \"a\" is there twice");
    put("vocab.txt", "a\n\xFF\n");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_path("vocab.txt")));
    CHECK_ERROR("token 1: not valid UTF-8");
    put("vocab.txt", "");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_path("vocab.txt")));
    CHECK_ERROR("no tokens");
}

TEST(foreign_vocab_json, "tokenizer/foreign/vocab-json-and-merges") {
    sc_tokenizer *t;
    put("vocab.json", "{\"l\":0,\"o\":1,\"w\":2,\"lo\":3,\"\xC4\xA0\":4,\"\xC4\xA0lo\":5,"
                      "\"<|endoftext|>\":6}");
    put("merges.txt", "#version: 0.2\nl o\n\xC4\xA0 lo\n");
    CHECK_OK(sc_tokenizer_load(&t, test_dir()));
    CHECK_INT(sc_tokenizer_eos(t), 6);
    check_text(t, "low lo<|endoftext|>", "lo w \xC4\xA0lo <|endoftext|>", false);
    sc_tokenizer_close(t);
    CHECK_OK(sc_tokenizer_load(&t, test_path("merges.txt")));
    sc_tokenizer_close(t);
    put("vocab.json", "{\"l\":0,\"o</w>\":1,\"lo</w>\":2,\"o\":3,\"<|startoftext|>\":4,"
                      "\"<|endoftext|>\":5}");
    put("merges.txt", "#version: 0.2\nl o</w>\n");
    CHECK_OK(sc_tokenizer_load(&t, test_path("vocab.json"))); /* CLIP's */
    check_text(t, "LO  lol", "<|startoftext|> lo</w> l o <|endoftext|> <|endoftext|>", true);
    sc_tokenizer_close(t);
    put("vocab.json", "[]");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_path("vocab.json")));
    CHECK_ERROR("vocab.json: must be an object");
}

/* Files of slow tokenizers: what was added to the vocabulary stands beside it. */
TEST(foreign_added, "tokenizer/foreign/added-tokens-beside") {
    sc_tokenizer *t;
    put("vocab.json", "{\"l\":0,\"o\":1,\"w\":2,\"lo\":3,\"\xC4\xA0\":4,\"<mask>\":5}");
    put("merges.txt", "l o\n");
    put("added_tokens.json", "{\"<|b|>\":7,\"<|a|>\":6,\"wo\":8}");
    put("special_tokens_map.json",
        "{\"additional_special_tokens\":[\"<|a|>\",{\"content\":\"<|b|>\"}]}");
    put("tokenizer_config.json",
        "{\"eos_token\":\"<|c|>\",\"added_tokens_decoder\":{\"9\":{\"content\":\"<|c|>\","
        "\"special\":true},"
        "\"5\":{\"content\":\"<mask>\",\"lstrip\":true,\"normalized\":true,\"special\":true}}}");
    CHECK_OK(sc_tokenizer_load(&t, test_dir()));
    CHECK_INT(sc_tokenizer_vocab_size(t), 10);
    CHECK_INT(sc_tokenizer_eos(t), 9);
    CHECK(sc_tokenizer_is_special(t, 6) && sc_tokenizer_is_special(t, 7));
    CHECK(!sc_tokenizer_is_special(t, 8));
    check_text(t, "lo <mask>wo<|b|><|a|><|c|>", "lo <mask> wo <|b|> <|a|> <|c|>", false);
    CHECK_OK(sc_tokenizer_save(t, test_path("out"), 0));
    sc_tokenizer_close(t);
    put("added_tokens.json", "{\"<|b|>\":\"7\"}");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_dir()));
    CHECK_ERROR("added_tokens.json: \"<|b|>\" has no id");
    put("added_tokens.json", "{\"lo\":7}");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_dir()));
    CHECK_ERROR("\"lo\" has id 7 but 3 in model.vocab");
    put("tokenizer_config.json", "{\"added_tokens_decoder\":{\"x\":{\"content\":\"a\"}}}");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_dir()));
    CHECK_ERROR("added_tokens_decoder: \"x\" must be an id and its token");
}

/* What stands around a text, of the tokens that are named beside the vocabulary. */
TEST(foreign_framed, "tokenizer/foreign/framed") {
    sc_tokenizer *t;
    put("vocab.json", "{\"l\":0,\"o\":1,\"<s>\":2,\"</s>\":3}");
    put("merges.txt", "#version: 0.2\n");
    put("tokenizer_config.json", "{\"add_bos_token\":true}");
    CHECK_OK(sc_tokenizer_load(&t, test_dir()));
    check_text(t, "lo", "<s> l o", true);
    check_text(t, "lo", "l o", false);
    sc_tokenizer_close(t);
    put("special_tokens_map.json", "{\"bos_token\":\"<s>\",\"eos_token\":\"<e>\"}");
    put("added_tokens.json", "{\"<e>\":4}");
    put("tokenizer_config.json", "{\"add_bos_token\":true,\"add_eos_token\":true,"
                                 "\"bos_token\":{\"content\":\"</s>\"}}"); /* as OPT has it */
    CHECK_OK(sc_tokenizer_load(&t, test_dir()));
    CHECK_INT(sc_tokenizer_bos(t), 3);
    check_text(t, "lo", "</s> l o <e>", true);
    sc_tokenizer_close(t);
    put("tokenizer_config.json", "{\"add_bos_token\":\"yes\"}");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_dir()));
    CHECK_ERROR("add_bos_token: must be true or false");
    /* GGUF that does not say: ggml begins a text of the kind "llama" with bos */
    CHECK_OK(sc_tokenizer_load(&t, test_data("corpus/gguf/llama.gguf")));
    check_text(t, "a",
               "<s> \xE2\x96\x81"
               "a",
               true);
    check_text(t, "a",
               "\xE2\x96\x81"
               "a",
               false);
    sc_tokenizer_close(t);
}

TEST(foreign_tiktoken, "tokenizer/foreign/tiktoken") {
    sc_tokenizer *t;
    CHECK_STATUS(SC_USAGE, sc_tokenizer_load(&t, test_data("golden/tokenizer/ranks.tiktoken")));
    CHECK_ERROR("420 ranks are no vocabulary that is known");
    static const char *const bad[] = {
        "YQ==", "YQ== ", "Y?== 1", "YQ== x", "YQ== 99999999999", "YQ== 0\nYg== 0", "YQ== 400000"};
    for (int i = 0; i < SC_LEN(bad); i++) {
        put("x.tiktoken", bad[i]);
        CHECK_STATUS(SC_FORMAT, sc_tokenizer_load_with(&t, test_path("x.tiktoken"), "gpt2"));
        CHECK_ERROR("must be base64, a space and a rank");
    }
}

static const struct {
    const char *file, *error;
} refused[] = {
    {"spm/bad-cut.model", "bytes before the end of a message"},
    {"spm/bad-word.model", "model_type: 3"},
    {"spm/bad-unk.model", "unk_id: 127"},
    {"spm/bad-twice.model", "\"a\" is there twice"},
    {"spm/bad-zero.model", "a zero byte is not supported"},
    {"spm/bad-length.model", "a field longer than the file"},
    {"spm/bad-charsmap.model", "bytes of rules"},
    {"gguf/bad-pre.gguf", "tokenizer.ggml.pre: \"nobody\" is not known"},
    {"gguf/bad-id.gguf", "bos_token_id: 99 is not a token"},
    {"gguf/bad-scores.gguf", "tokenizer.ggml.scores: 1 for 7 tokens"},
    {"gguf/bad-token-type.gguf", "token 1: type -1 is not known"},
    {"gguf/bad-model.gguf", "\"rwkv\" is not supported"},
    {"gguf/bad-type.gguf", "tokenizer.ggml.model: must be a string"},
    {"gguf/bad-cut.gguf", "byte"},
    {"gguf/bad-count.gguf", "a count beyond the file"},
    {"gguf/bad-version.gguf", "version 1"},
    {"gguf/bad-array.gguf", "an array longer than the file"},
};

TEST(foreign_refused, "tokenizer/foreign/refused") {
    for (int i = 0; i < SC_LEN(refused); i++) {
        sc_tokenizer *t = (sc_tokenizer *)&t;
        char path[64];
        snprintf(path, sizeof path, "corpus/%s", refused[i].file);
        const sc_status s = sc_tokenizer_load(&t, test_data(path));
        if (s != SC_FORMAT || t) test_fail(__FILE__, __LINE__, "accepted: %s", path);
        CHECK_ERROR(refused[i].error);
    }
}

TEST(foreign_gguf, "tokenizer/foreign/gguf") {
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_load(&t, test_data("corpus/gguf/bpe.gguf")));
    CHECK_INT(sc_tokenizer_eos(t), 2);
    CHECK_STR(sc_tokenizer_chat_template(t), "{{ x }}");
    check_text(t, "ab<|x|>b", "ab <|x|> b", false);
    sc_tokenizer_close(t);
    CHECK_OK(sc_tokenizer_load(&t, test_data("corpus/gguf/llama.gguf")));
    check_text(t, "a a",
               "\xE2\x96\x81"
               "a \xE2\x96\x81"
               "a",
               false);
    sc_tokenizer_close(t);
    CHECK_OK(sc_tokenizer_load(&t, test_data("corpus/gguf/bert.gguf")));
    check_text(t, "AB c d", "[CLS] a ##b c [UNK] [SEP]", true);
    sc_tokenizer_close(t);
}

static sc_status load_one(void *arg) {
    sc_tokenizer *t;
    const sc_status s = sc_tokenizer_load(&t, arg);
    sc_tokenizer_close(t);
    return s;
}

TEST(foreign_oom, "tokenizer/foreign/oom") {
    static const char *const files[] = {"corpus/spm/bpe.model", "corpus/gguf/bpe.gguf"};
    for (int i = 0; i < SC_LEN(files); i++) {
        char path[512];
        snprintf(path, sizeof path, "%s", test_data(files[i]));
        CHECK(test_oom(load_one, path) > 20);
    }
}
