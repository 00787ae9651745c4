/* test_inspect.c - each kind of thing is told apart by its contents and described. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/inspect.h"
#include "socle/corpus.h"
#include "stage/curation/classify/classify.h"
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

/* ---- GGUF ------------------------------------------------------------------------------------ */

static void put_word(sc_buffer *b, uint64_t v, int n) {
    for (int i = 0; i < n; i++) sc__buffer_putc(b, (char)(v >> 8 * i));
}

static void put_string(sc_buffer *b, const char *text) {
    put_word(b, strlen(text), 8);
    sc__buffer_puts(b, text);
}

/* Version 3, four values and one tensor of this type and size. */
static const char *put_gguf(uint32_t type, uint64_t rows, size_t n_data) {
    sc_buffer b = SC_BUFFER_INIT;
    const uint32_t small = 0x3727C5ACu; /* 1e-5f */
    sc__buffer_puts(&b, "GGUF");
    put_word(&b, 3, 4);
    put_word(&b, 1, 8);
    put_word(&b, 4, 8);
    put_string(&b, "a.most");
    put_word(&b, 10, 4);
    put_word(&b, UINT64_MAX, 8);
    put_string(&b, "a.name");
    put_word(&b, 8, 4);
    put_string(&b, "한국어");
    put_string(&b, "a.epsilon");
    put_word(&b, 6, 4);
    put_word(&b, small, 4);
    put_string(&b, "a.list");
    put_word(&b, 9, 4);
    put_word(&b, 4, 4);
    put_word(&b, 9, 8);
    for (uint64_t i = 0; i < 9; i++) put_word(&b, i, 4);
    put_string(&b, "blk.0.attn_q.weight");
    put_word(&b, 2, 4);
    put_word(&b, 32, 8);
    put_word(&b, rows, 8);
    put_word(&b, type, 4);
    put_word(&b, 0, 8);
    while (b.len % 32) sc__buffer_putc(&b, 0);
    for (size_t i = 0; i < n_data; i++) sc__buffer_putc(&b, 0);
    const char *path = test_path("m.gguf");
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
    return path;
}

TEST(inspect_gguf, "stage/deployment/inspect/gguf") {
    char *text;
    json_t *v = inspect(put_gguf(2, 3, 54)); /* Q4_0: 18 bytes for 32 */
    CHECK_STR(kind(v), "GGUF");
    CHECK_INT(number(v, "parameters"), 96);
    CHECK_INT(number(v, "tensor_bytes"), 54);
    const json_t *m = json_object_get(v, "metadata");
    CHECK_STR(json_string_value(json_object_get(m, "a.name")), "한국어");
    CHECK(json_real_value(json_object_get(m, "a.epsilon")) == 1e-5);
    CHECK(json_real_value(json_object_get(m, "a.most")) == 0x1p64);
    CHECK_INT(number(json_object_get(m, "a.list"), "items"), 9);
    const json_t *t = json_array_get(json_object_get(v, "tensors"), 0);
    CHECK_STR(json_string_value(json_object_get(t, "dtype")), "Q4_0");
    CHECK_INT(json_integer_value(json_array_get(json_object_get(t, "shape"), 0)), 3);
    CHECK_INT(json_integer_value(json_array_get(json_object_get(t, "shape"), 1)), 32);
    json_decref(v);
    v = inspect(put_gguf(4711, 3, 0)); /* a type of tomorrow */
    t = json_array_get(json_object_get(v, "tensors"), 0);
    CHECK_STR(json_string_value(json_object_get(t, "dtype")), "type 4711");
    CHECK_INT(number(v, "parameters"), 96);
    json_decref(v);
    CHECK_STATUS(SC_FORMAT, sc_inspect(&text, put_gguf(2, 3, 53), SC_FORM_TABLE));
    CHECK_ERROR("blk.0.attn_q.weight: it ends beyond the file");
    CHECK_STATUS(SC_FORMAT, sc_inspect(&text, put_gguf(2, UINT64_MAX / 2, 53), SC_FORM_TABLE));
    CHECK_ERROR("more elements than there can be");
    CHECK_STATUS(SC_FORMAT, sc_inspect(&text, put_gguf(12, 1, 1000), SC_FORM_TABLE));
    CHECK_ERROR("do not fill its blocks");
}

/* ---- the rest -------------------------------------------------------------------------------- */

TEST(inspect_files, "stage/deployment/inspect/files") {
    json_t *v = inspect(test_data("corpus/spm/unigram.model"));
    CHECK_STR(kind(v), "tokenizer");
    CHECK_STR(json_string_value(json_object_get(json_object_get(v, "tokenizer"), "model")),
              "unigram");
    json_decref(v);
    put("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nword\n");
    v = inspect(test_path("vocab.txt"));
    CHECK_INT(number(json_object_get(v, "tokenizer"), "vocab"), 6);
    json_decref(v);
    v = inspect(test_data("corpus/arpa/small.arpa"));
    CHECK_STR(kind(v), "n-gram model (ARPA)");
    CHECK_INT(number(v, "order"), 3);
    json_decref(v);
    put("x.model", "\n\\data\\\n\nngram 1=5\n\nngram 2=7"); /* by its contents, not its name */
    v = inspect(test_path("x.model"));
    CHECK_INT(number(v, "order"), 2);
    CHECK_INT(json_integer_value(json_array_get(json_object_get(v, "ngrams"), 1)), 7);
    json_decref(v);
    v = inspect(test_data("corpus/warc/members.warc.gz"));
    CHECK_STR(kind(v), "web archive");
    CHECK(number(json_object_get(v, "records"), "response") > 0);
    json_decref(v);
    put("caf\xE9.warc", "WARC/1.0\r\nContent-Length: 5\r\n\r\nab"); /* a name that is no UTF-8 */
    v = inspect(test_path("caf\xE9.warc"));
    CHECK_INT(number(v, "damaged"), 1);
    CHECK(strstr(json_string_value(json_object_get(v, "first_damage")), "caf\xEF\xBF\xBD.warc"));
    json_decref(v);
    sc_classifier *c;
    CHECK_OK(sc__classifier_open(&c, 8, SC_WORDS_UNICODE));
    CHECK_OK(sc__classifier_save(c, test_path("c.safetensors")));
    sc__classifier_close(c);
    v = inspect(test_path("c.safetensors"));
    CHECK_STR(kind(v), "classifier of texts");
    CHECK_INT(number(v, "parameters"), 257);
    json_decref(v);
}

TEST(inspect_corpus, "stage/deployment/inspect/corpus") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("c/documents")));
    CHECK_OK(sc__dir_make(test_path("c/dropped")));
    put("c/documents/a.jsonl", "{\"text\":\"one\"}\n{\"text\":\"three\"}\n");
    put("c/dropped/a.jsonl", "{\"text\":\"bad\"}\n");
    json_t *v = inspect(test_path("c"));
    CHECK_STR(kind(v), "corpus");
    CHECK_INT(number(v, "documents"), 2);
    CHECK_INT(number(v, "text_bytes"), 8);
    CHECK_INT(json_array_size(json_object_get(v, "parts")), 2);
    json_decref(v);
    sc_index_report r;
    CHECK_OK(sc_data_index(&r, &(sc_index_options){.corpus = test_path("c")}));
    v = inspect(test_path("c/text.index"));
    CHECK_STR(kind(v), "text index");
    CHECK_INT(number(v, "documents"), 2);
    CHECK_INT(json_array_size(json_object_get(v, "made_of")), 1);
    json_decref(v);
}
