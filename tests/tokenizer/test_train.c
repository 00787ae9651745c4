/* test_train.c - what is learned, against Hugging Face's trainer on the same documents, and what is
 * refused. */
#include "test.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "socle/tokenizer.h"

typedef struct {
    char *text; /* documents, one a line; NULL: none are left */
} lines;

static sc_status next_line(void *user, const char **text, size_t *n) {
    lines *l = user;
    if (!l->text || !*l->text) return SC_DONE;
    const char *stop = strchr(l->text, '\n');
    *text = l->text;
    *n = stop ? (size_t)(stop - l->text) : strlen(l->text);
    l->text += *n + (stop != NULL);
    return SC_OK;
}

/* The saved tokenizer.json of `t`. */
static json_t *saved(const sc_tokenizer *t) {
    json_t *root;
    CHECK_OK(sc_tokenizer_save(t, test_dir(), 512));
    CHECK_OK(sc__json_load(&root, test_path("tokenizer.json")));
    return root;
}

/* "a b" of either spelling. */
static void spell_merge(char *to, size_t size, const json_t *merge) {
    if (json_is_string(merge))
        snprintf(to, size, "%s", json_string_value(merge));
    else
        snprintf(to, size, "%s %s", json_string_value(json_array_get(merge, 0)),
                 json_string_value(json_array_get(merge, 1)));
}

static void compare_merges(const json_t *got, const json_t *want) {
    char a[512], b[512];
    CHECK(json_array_size(want) > 100);
    CHECK_INT(json_array_size(got), json_array_size(want));
    for (size_t i = 0; i < json_array_size(want); i++) {
        spell_merge(a, sizeof a, json_array_get(got, i));
        spell_merge(b, sizeof b, json_array_get(want, i));
        CHECK_STR(a, b);
    }
}

static void train_as_golden(const char *golden, sc_tokenizer_options *o) {
    sc_buffer text = SC_BUFFER_INIT;
    sc_tokenizer *t;
    json_t *want;
    CHECK_OK(sc__file_read(&text, test_data("golden/tokenizer/train.txt"), 1 << 20));
    CHECK_OK(sc__json_load(&want, test_data(golden)));
    lines l = {text.data};
    CHECK_OK(sc_tokenizer_train(&t, o, next_line, &l));
    json_t *got = saved(t);
    const json_t *model = json_object_get(got, "model"),
                 *model_want = json_object_get(want, "model");
    compare_merges(json_object_get(model, "merges"), json_object_get(model_want, "merges"));
    CHECK(json_equal(json_object_get(model, "vocab"), json_object_get(model_want, "vocab")));
    json_decref(got);
    json_decref(want);
    sc_tokenizer_close(t);
    sc__buffer_deinit(&text);
}

static const char *const special[] = {"<|endoftext|>"};

TEST(train_gpt2, "tokenizer/train/gpt2-golden-merges") {
    sc_tokenizer_options o = SC_TOKENIZER_OPTIONS_INIT;
    o.vocab_size = 900;
    o.special_tokens = special;
    o.n_special = 1;
    train_as_golden("golden/tokenizer/gpt2.json", &o);
}

TEST(train_llama3, "tokenizer/train/llama3-golden-merges") {
    sc_tokenizer_options o = SC_TOKENIZER_OPTIONS_INIT;
    o.vocab_size = 700;
    o.min_frequency = 2;
    o.pattern = "llama3";
    train_as_golden("golden/tokenizer/llama3.json", &o);
}

/* Documents "text" and nothing else. */
static sc_tokenizer *train_on(const char *type, const char *text, int64_t vocab_size) {
    sc_tokenizer_options o = SC_TOKENIZER_OPTIONS_INIT;
    sc_tokenizer *t;
    char copy[256];
    snprintf(copy, sizeof copy, "%s", text);
    lines l = {copy};
    o.type = type;
    o.vocab_size = vocab_size;
    o.special_tokens = special;
    o.n_special = 1;
    CHECK_OK(sc_tokenizer_train(&t, &o, next_line, &l));
    return t;
}

static void check_round_trip(const sc_tokenizer *t, const char *text, const char *want) {
    sc_encoder *e;
    sc_decoder *d;
    sc_ids ids = SC_IDS_INIT;
    const char *got;
    size_t n;
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_OK(sc_encoder_run(e, &ids, text, strlen(text), 0));
    CHECK_OK(sc_decoder_open(&d, t, 0));
    CHECK_OK(sc_decoder_push(d, &got, &n, ids.ids, ids.n));
    CHECK_STR(got, want);
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
    sc_decoder_close(d);
}

TEST(train_bytes, "tokenizer/train/bytes") {
    sc_tokenizer *t = train_on("bytes", "", 0);
    size_t n;
    CHECK_STR(sc_tokenizer_kind(t), "bytes");
    CHECK_INT(sc_tokenizer_vocab_size(t), 257);
    CHECK_INT(sc_tokenizer_eos(t), 256);
    for (int b = 0; b < 256; b++) {
        const char *bytes = sc_tokenizer_bytes(t, b, &n);
        CHECK(n == 1 && (unsigned char)*bytes == b);
    }
    check_round_trip(t, "한 \xF0\x9F\x98\x80<|endoftext|>\n", "한 \xF0\x9F\x98\x80<|endoftext|>\n");
    sc_tokenizer_close(t);
}

TEST(train_chars, "tokenizer/train/chars") {
    sc_tokenizer *t = train_on("chars", "banana 가\nnab!", 0);
    CHECK_STR(sc_tokenizer_kind(t), "chars");
    CHECK_INT(sc_tokenizer_vocab_size(t), 8); /* special, U+FFFD, " !abn가" */
    CHECK_INT(sc_tokenizer_find(t, " "), 2);
    CHECK_INT(sc_tokenizer_find(t, "\xEF\xBF\xBD"), 1);
    check_round_trip(t, "nab 가z!", "nab 가\xEF\xBF\xBD!");
    sc_tokenizer_close(t);
    t = train_on("chars", "banana 가\nnab!", 5); /* the most frequent: a b n, of which b has 2 */
    CHECK_INT(sc_tokenizer_vocab_size(t), 5);
    CHECK(sc_tokenizer_find(t, "b") >= 0);
    CHECK_INT(sc_tokenizer_find(t, "!"), -1);
    sc_tokenizer_close(t);
}

TEST(train_saves, "tokenizer/train/save-load-save") {
    sc_tokenizer *t = train_on("bpe", "low lower lowest newest widest", 270), *again;
    sc_buffer a = SC_BUFFER_INIT, b = SC_BUFFER_INIT;
    sc_digest digest;
    CHECK_OK(sc_tokenizer_save(t, test_dir(), 77));
    CHECK_OK(sc_tokenizer_load(&again, test_dir()));
    CHECK_STR(sc_tokenizer_digest(again), sc_tokenizer_digest(t));
    CHECK_OK(sc__hash_file(&digest, test_path("tokenizer.json")));
    CHECK_STR(sc_tokenizer_digest(t), digest.hex);
    CHECK_INT(sc_tokenizer_eos(again), 0);
    CHECK_INT(sc_tokenizer_bos(again), 0);
    CHECK_INT(sc_tokenizer_pad(again), -1);
    CHECK(sc_tokenizer_is_special(again, 0) && !sc_tokenizer_is_special(again, 1));
    CHECK_OK(sc__file_read(&a, test_path("tokenizer_config.json"), 1 << 20));
    CHECK(strstr(a.data, "\"model_max_length\": 77"));
    CHECK(strstr(a.data, "PreTrainedTokenizerFast"));
    CHECK_OK(sc_tokenizer_save(again, test_path("copy"), 0));
    CHECK_OK(sc__file_read(&b, test_path("copy/tokenizer_config.json"), 1 << 20));
    CHECK_STR(a.data, b.data);
    sc__buffer_deinit(&a);
    sc__buffer_deinit(&b);
    sc_tokenizer_close(t);
    sc_tokenizer_close(again);
}

static sc_status try_train(sc_tokenizer_options o) {
    sc_tokenizer *t;
    lines l = {NULL};
    const sc_status s = sc_tokenizer_train(&t, &o, next_line, &l);
    sc_tokenizer_close(t);
    return s;
}

TEST(train_refused, "tokenizer/train/refused") {
    static const char *const twice[] = {"<a>", "<a>"}, *const empty[] = {""};
    static const volatile int stop = 1;
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "words"}));
    CHECK_ERROR("words");
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "bpe", .vocab_size = 255}));
    CHECK_ERROR("256");
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "bpe", .vocab_size = -1}));
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "bpe", .min_frequency = -1}));
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){
                               .type = "bpe", .special_tokens = twice, .n_special = 2}));
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){
                               .type = "bpe", .special_tokens = empty, .n_special = 1}));
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "unigram", .pattern = "a"}));
    CHECK_ERROR("pattern: is not for tokenizers of type unigram");
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "bpe", .lowercase = true}));
    CHECK_ERROR("lowercase");
    CHECK_STATUS(SC_USAGE,
                 try_train((sc_tokenizer_options){.type = "bytes", .character_coverage = 1}));
    CHECK_STATUS(SC_USAGE,
                 try_train((sc_tokenizer_options){.type = "unigram", .min_frequency = 2}));
    CHECK_STATUS(SC_USAGE,
                 try_train((sc_tokenizer_options){.type = "unigram", .character_coverage = 1.1}));
    CHECK_ERROR("1.1");
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "unigram",
                                                            .character_coverage = (double)NAN}));
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "spm-bpe", .vocab_size = 258}));
    CHECK_ERROR("less than the 259");
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "wordpiece", .vocab_size = 4}));
    CHECK_STATUS(SC_USAGE, try_train((sc_tokenizer_options){.type = "unigram", .vocab_size = 2}));
    CHECK_STATUS(SC_FORMAT, try_train((sc_tokenizer_options){.type = "bpe", .pattern = "(("}));
    CHECK_ERROR("pattern");
    CHECK_STATUS(SC_INTERRUPTED, try_train((sc_tokenizer_options){.type = "bpe", .stop = &stop}));
    CHECK_OK(try_train((sc_tokenizer_options){.type = "bpe", .vocab_size = 256}));
}

static int n_warnings;

static void count_warning(void *user, sc_log_level level, const char *line) {
    (void)user;
    n_warnings += level == SC_LOG_WARNING && strstr(line, "rarest");
}

/* More distinct words than memory: the rare ones go, the frequent one is still learned. */
TEST(train_bounded, "tokenizer/train/bounded-memory") {
    sc_buffer text = SC_BUFFER_INIT;
    sc_tokenizer *t;
    for (int i = 0; i < 60000; i++) sc__buffer_printf(&text, "frequent x%dy\n", i);
    sc_log_set(count_warning, NULL);
    lines l = {text.data};
    const sc_tokenizer_options o = {.type = "bpe", .vocab_size = 300, .max_memory = 2 << 20};
    CHECK_OK(sc_tokenizer_train(&t, &o, next_line, &l));
    CHECK(n_warnings > 0);
    CHECK(sc_tokenizer_find(t, "frequent") >= 0);
    sc_tokenizer_close(t);
    sc__buffer_deinit(&text);
}

static sc_status train_without_memory(void *arg) {
    sc_tokenizer *t;
    const sc_tokenizer_options o = {
        .type = arg, .vocab_size = 265, .special_tokens = special, .n_special = 1, .threads = 1};
    char text[] = "aaa aab\nabab \xFF";
    lines l = {text};
    const sc_status s = sc_tokenizer_train(&t, &o, next_line, &l);
    sc_tokenizer_close(t);
    return s;
}

static void check_no_memory(const char *kind) {
    char type[16];
    snprintf(type, sizeof type, "%s", kind);
    CHECK(test_oom(train_without_memory, type) > 10);
}

TEST(train_no_memory, "tokenizer/train/no-memory") { check_no_memory("bpe"); }
TEST(train_no_memory_chars, "tokenizer/train/no-memory-chars") { check_no_memory("chars"); }
TEST(train_no_memory_words, "tokenizer/train/no-memory-wordpiece") { check_no_memory("wordpiece"); }
TEST(train_no_memory_unigram, "tokenizer/train/no-memory-unigram") { check_no_memory("unigram"); }
TEST(train_no_memory_spm, "tokenizer/train/no-memory-spm-bpe") { check_no_memory("spm-bpe"); }
