/* test_tokenizer.c - files that lie are refused by the name of the field, and what lies beside
 * tokenizer.json is understood. */
#include "test.h"

#include "base/file.h"
#include "socle/tokenizer.h"

#define MODEL                                                                                      \
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}"

static const struct {
    const char *json, *error;
} refused[] = {
    {"", "JSON"},
    {"[]", "model"},
    {"{}", "model: missing"},
    {"{\"model\":3}", "model: must be an object"},
    {"{\"model\":{\"type\":\"Unigram\"}}", "model.vocab: must be an array"},
    {"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}}", "number 0 is not a token"},
    {"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]],\"unk_id\":1}}", "unk_id: 1"},
    {"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0},\"unk_token\":\"b\"}}",
     "\"b\" is not"},
    {"{\"model\":{\"type\":\"Other\",\"vocab\":{\"a\":0}}}", "\"Other\" is not supported"},
    {"{\"model\":{\"type\":\"BPE\",\"merges\":[]}}", "model.vocab"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":\"0\"},\"merges\":[]}}", "model.vocab"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}", "\"a\": id -1"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":999999},\"merges\":[]}}", "too large"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}}", "same id 0"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"a\":1},\"merges\":[]}}", "duplicate"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0}}}", "model.merges: must be"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a\"]}}",
     "model.merges: number 0"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b c\"]}}", "number 0"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"a\",1]]}}", "number 0"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a a\"]}}", "\"aa\" is not in"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"unk_token\":\"u\"}}", "unk_token"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"dropout\":0.1}}", "model.dropout"},
    {"{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"byte_fallback\":true,"
     "\"end_of_word_suffix\":\"x\"}}",
     "model.byte_fallback"},
    {"{\"normalizer\":{\"type\":\"Prepend\"}," MODEL "}", "normalizer.prepend"},
    {"{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"}}," MODEL "}",
     "normalizer.content"},
    {"{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"?\"}," MODEL "}",
     "not base64"},
    {"{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"/////wAA\"}," MODEL "}",
     "bytes of rules"},
    {"{\"normalizer\":{\"type\":\"Upper\"}," MODEL "}", "normalizer.type: \"Upper\""},
    {"{\"normalizer\":{\"x\":1}," MODEL "}", "normalizer.type"},
    {"{\"pre_tokenizer\":{\"type\":\"Metaspace\"}," MODEL "}", "replacement: must be one"},
    {"{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"x\"}"
     "," MODEL "}",
     "prepend_scheme"},
    {"{\"pre_tokenizer\":{\"type\":\"FixedLength\",\"length\":0}," MODEL "}", "length"},
    {"{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a\"},\"behavior\":"
     "\"NeverKnown\"}," MODEL "}",
     "NeverKnown"},
    {"{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{},\"behavior\":\"Isolated\"}," MODEL "}",
     "pre_tokenizer.pattern"},
    {"{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"use_regex\":1}," MODEL "}", "use_regex"},
    {"{\"decoder\":{\"type\":\"Split\"}," MODEL "}", "decoder.type: \"Split\""},
    {"{\"decoder\":{\"type\":\"Strip\",\"content\":\"  \"}," MODEL "}", "content: must be one"},
    {"{\"truncation\":{\"max_length\":-1}," MODEL "}", "truncation"},
    {"{\"truncation\":{\"strategy\":\"x\"}," MODEL "}", "strategy: \"x\""},
    {"{\"padding\":{\"pad_id\":-1}," MODEL "}", "padding"},
    {"{\"added_tokens\":{}," MODEL "}", "added_tokens"},
    {"{\"added_tokens\":[{\"id\":9}]," MODEL "}", "content"},
    {"{\"added_tokens\":[{\"id\":9,\"content\":\"a\"}]," MODEL "}", "has id 9 but 0"},
    {"{\"added_tokens\":[{\"id\":1,\"content\":\"x\"}]," MODEL "}", "same id 1"},
    {"{\"added_tokens\":[{\"id\":800000,\"content\":\"x\"}]," MODEL "}", "too large"},
    {"{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]}," MODEL "}",
     "must hold the Sequence A once"},
    {"{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":"
     "\"x\"}}]}," MODEL "}",
     "\"x\" has no ids"},
    {"{\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"x\",7],\"sep\":[\"x\",7]}," MODEL
     "}",
     "id 7"},
};

TEST(tokenizer_refused, "tokenizer/tokenizer/refused") {
    for (int i = 0; i < SC_LEN(refused); i++) {
        sc_tokenizer *t = (sc_tokenizer *)&t;
        const sc_status s =
            sc_tokenizer_parse(&t, refused[i].json, strlen(refused[i].json), "file.json");
        if (s != SC_FORMAT || t) test_fail(__FILE__, __LINE__, "accepted: %s", refused[i].json);
        CHECK_ERROR("file.json");
        CHECK_ERROR(refused[i].error);
    }
}

static void put(const char *name, const char *text) {
    CHECK_OK(sc__file_write(test_path(name), text, strlen(text)));
}

TEST(tokenizer_beside, "tokenizer/tokenizer/configuration-beside") {
    sc_tokenizer *t;
    sc_buffer b = SC_BUFFER_INIT;
    put("tokenizer.json", "{" MODEL ",\"extra\":[1, 2.50]}");
    put("tokenizer_config.json",
        "{\"bos_token\":{\"content\":\"a\"},\"eos_token\":\"b\",\"kept\":1}");
    put("special_tokens_map.json", "{\"pad_token\":\"ab\",\"eos_token\":\"ab\"}");
    put("chat_template.jinja", "{{ messages }}");
    CHECK_OK(sc_tokenizer_load(&t, test_dir()));
    CHECK_INT(sc_tokenizer_bos(t), 0);
    CHECK_INT(sc_tokenizer_eos(t), 1); /* the configuration counts first */
    CHECK_INT(sc_tokenizer_pad(t), 2);
    CHECK_STR(sc_tokenizer_chat_template(t), "{{ messages }}");
    CHECK_OK(sc_tokenizer_save(t, test_path("out"), 5));
    sc_tokenizer_close(t);
    CHECK_OK(sc__file_read(&b, test_path("out/tokenizer.json"), 1 << 16));
    CHECK_STR(b.data, "{" MODEL ",\"extra\":[1, 2.50]}"); /* byte for byte */
    sc__buffer_clear(&b);
    CHECK_OK(sc__file_read(&b, test_path("out/tokenizer_config.json"), 1 << 16));
    CHECK(strstr(b.data, "kept"));
    CHECK_OK(sc_tokenizer_load(&t, test_path("out/tokenizer.json")));
    CHECK_STR(sc_tokenizer_chat_template(t), "{{ messages }}");
    sc_tokenizer_close(t);
    sc__buffer_deinit(&b);
    put("tokenizer_config.json", "{\"eos_token\":\"nowhere\"}");
    CHECK_STATUS(SC_FORMAT, sc_tokenizer_load(&t, test_dir()));
    CHECK_ERROR("tokenizer_config.json: eos_token: \"nowhere\"");
    CHECK_STATUS(SC_IO, sc_tokenizer_load(&t, test_path("absent")));
    CHECK(!t);
}

TEST(tokenizer_templates, "tokenizer/tokenizer/named-chat-templates") {
    sc_tokenizer *t;
    put("tokenizer.json", "{" MODEL "}");
    put("tokenizer_config.json", "{\"chat_template\":[{\"name\":\"tool\",\"template\":\"T\"},"
                                 "{\"name\":\"default\",\"template\":\"D\"}]}");
    CHECK_OK(sc_tokenizer_load(&t, test_dir()));
    CHECK_STR(sc_tokenizer_chat_template(t), "D");
    CHECK_INT(sc_tokenizer_bos(t), -1);
    sc_tokenizer_close(t);
}
