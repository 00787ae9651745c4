/* test_inspect.c - each kind of thing is told apart by its contents and described. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/inspect.h"
#include "stage/curation/shards.h"

static json_t *inspect(const char *path) {
    char *text;
    json_t *v;
    CHECK_OK(sc_inspect(&text, path, SC_FORM_JSON));
    CHECK_OK(sc__json_parse(&v, text, strlen(text), "inspect"));
    sc_text_free(text);
    CHECK_OK(sc_inspect(&text, path, SC_FORM_TABLE)); /* for people: the same facts */
    CHECK(strstr(text, json_string_value(json_object_get(v, "kind"))));
    sc_text_free(text);
    return v;
}

static void put(const char *name, const char *text) {
    CHECK_OK(sc__file_write(test_path(name), text, strlen(text)));
}

static const char *kind(const json_t *v) { return json_string_value(json_object_get(v, "kind")); }

static int64_t number(const json_t *o, const char *key) {
    CHECK(json_is_integer(json_object_get(o, key)));
    return json_integer_value(json_object_get(o, key));
}

TEST(inspect_model, "stage/deployment/inspect/model") {
    json_t *v = inspect(test_data("golden/gpt2"));
    CHECK_STR(kind(v), "model");
    CHECK_INT(number(json_object_get(v, "config"), "n_embd"), 32);
    CHECK_INT(number(v, "parameters"), 29856);
    CHECK_INT(number(v, "tensor_bytes"), 4 * 29856);
    const json_t *t = json_array_get(json_object_get(v, "tensors"), 0);
    CHECK_STR(json_string_value(json_object_get(t, "dtype")), "F32");
    CHECK(json_array_size(json_object_get(t, "shape")) > 0);
    json_decref(v);
    v = inspect(test_data("golden/llama-sharded")); /* all shards of the index */
    CHECK(number(v, "parameters") > 1000);
    json_decref(v);
}

static const char tokenizer[] =
    "{\"added_tokens\":[{\"id\":0,\"content\":\"<s>\",\"special\":true},{\"id\":1,\"content\":"
    "\"x\","
    "\"special\":false}],\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"ByteLevel\"},"
    "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2,\"b\":3,\"ab\":4},\"merges\":[[\"a\",\"b\"]]}}";

TEST(inspect_tokenizer, "stage/deployment/inspect/tokenizer") {
    put("tokenizer.json", tokenizer);
    json_t *v = inspect(test_path("tokenizer.json"));
    CHECK_STR(kind(v), "tokenizer");
    const json_t *t = json_object_get(v, "tokenizer");
    CHECK_STR(json_string_value(json_object_get(t, "model")), "BPE");
    CHECK_STR(json_string_value(json_object_get(t, "pre_tokenizer")), "ByteLevel");
    CHECK_STR(json_string_value(json_object_get(t, "normalizer")), "none");
    CHECK_INT(number(t, "vocab"), 3);
    CHECK_INT(number(t, "merges"), 1);
    CHECK_INT(number(t, "added_tokens"), 2);
    CHECK_INT(json_array_size(json_object_get(t, "special_tokens")), 1);
    json_decref(v);
}

TEST(inspect_text, "stage/deployment/inspect/text") {
    put("a.jsonl", "{\"text\":\"first\"}\n{\"text\":\"the second\"}\n");
    json_t *v = inspect(test_path("a.jsonl"));
    CHECK_STR(kind(v), "text");
    CHECK_INT(number(v, "documents"), 2);
    CHECK_INT(number(v, "text_bytes"), 15);
    CHECK_INT(number(v, "shortest"), 5);
    CHECK_INT(number(v, "longest"), 10);
    CHECK_STR(json_string_value(json_object_get(v, "begins")), "first");
    json_decref(v);
    put("a.txt", "plain");
    v = inspect(test_path("a.txt"));
    CHECK_INT(number(v, "documents"), 1);
    json_decref(v);
    put("other.json", "{\"a\": [1, 2]}");
    v = inspect(test_path("other.json"));
    CHECK_STR(kind(v), "JSON");
    json_decref(v);
}

TEST(inspect_shard, "stage/deployment/inspect/shard") {
    sc_shard_writer w;
    sc_shard head = {.vocab_size = 300, .eos = 2};
    memset(head.tokenizer.hex, 'a', 64);
    const int32_t ids[] = {5, 6, 2};
    CHECK_OK(sc__shard_writer_open(&w, test_path("train.tokens"), &head));
    sc__shard_writer_append(&w, ids, 3, 9);
    CHECK_OK(sc__shard_writer_commit(NULL, &w));
    json_t *v = inspect(test_path("train.tokens"));
    CHECK_STR(kind(v), "token shard");
    CHECK_INT(number(v, "tokens"), 3);
    CHECK_INT(number(v, "documents"), 1);
    CHECK_INT(number(v, "source_bytes"), 9);
    json_decref(v);
}

TEST(inspect_folder, "stage/deployment/inspect/folder") {
    CHECK_OK(sc__dir_make(test_path("d")));
    put("d/a.txt", "one");
    json_t *v = inspect(test_path("d"));
    CHECK_STR(kind(v), "folder");
    CHECK_INT(json_array_size(json_object_get(v, "files")), 1);
    json_decref(v);
}

TEST(inspect_bad, "stage/deployment/inspect/bad") {
    char *text;
    CHECK_STATUS(SC_IO, sc_inspect(&text, test_path("none"), SC_FORM_TABLE));
    CHECK(!text);
    CHECK_ERROR("none");
    CHECK_OK(sc__file_write(test_path("x.bin"), "a\0b\0cdefghijkl", 14));
    CHECK_STATUS(SC_FORMAT, sc_inspect(&text, test_path("x.bin"), SC_FORM_TABLE));
    CHECK_ERROR("x.bin: neither");
    put("cut.safetensors", "\x10");
    CHECK_STATUS(SC_FORMAT, sc_inspect(&text, test_path("cut.safetensors"), SC_FORM_TABLE));
    CHECK_OK(sc__dir_make(test_path("m")));
    put("m/config.json", "[1]");
    CHECK_STATUS(SC_FORMAT, sc_inspect(&text, test_path("m"), SC_FORM_TABLE));
    CHECK_ERROR("m/config.json");
    put("m/config.json", "{}");
    CHECK_STATUS(SC_IO, sc_inspect(&text, test_path("m"), SC_FORM_TABLE));
    CHECK_ERROR("safetensors");
    put("m/tokenizer.json", "{}");
    CHECK_STATUS(SC_FORMAT, sc_inspect(&text, test_path("m"), SC_FORM_TABLE));
    CHECK_ERROR("m/tokenizer.json: model");
}

TEST(inspect_parquet, "stage/deployment/inspect/parquet") {
    json_t *v = inspect(test_data("golden/parquet/nested.v1.parquet"));
    CHECK_STR(kind(v), "Parquet");
    CHECK_INT(number(v, "rows"), 4);
    CHECK(strstr(json_string_value(json_object_get(v, "schema")), "optional group map (MAP) {"));
    const json_t *c = json_array_get(json_object_get(v, "columns"), 0);
    CHECK_STR(json_string_value(json_object_get(c, "column")), "list.list.element");
    CHECK_STR(json_string_value(json_object_get(c, "type")), "INT32");
    CHECK_STR(json_string_value(json_object_get(c, "compression")), "ZSTD");
    CHECK(strstr(json_string_value(json_object_get(c, "encodings")), "RLE_DICTIONARY"));
    CHECK_INT(json_array_size(json_object_get(v, "first_rows")), 3);
    CHECK_INT(number(json_array_get(json_object_get(v, "row_groups"), 0), "rows"), 4);
    json_decref(v);
    v = inspect(test_data("corpus/parquet/bad-codec-lzo.parquet")); /* the schema all the same */
    CHECK(strstr(json_string_value(json_object_get(v, "rows_not_read")), "LZO"));
    json_decref(v);
    char *text;
    CHECK_STATUS(SC_FORMAT,
                 sc_inspect(&text, test_data("corpus/parquet/bad-cut.parquet"), SC_FORM_JSON));
    CHECK_ERROR("bad-cut.parquet");
}
