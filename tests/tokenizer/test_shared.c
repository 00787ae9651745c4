/* test_shared.c - published vocabularies and cases that are too large to keep here: skipped by name
 * where $SOCLE_SHARED (default ../shared) does not have them. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "format/stream.h"
#include "tokenizer/foreign.h"

static void read_shared(sc_buffer *out, const char *name) {
    static char path[512];
    const char *root = getenv("SOCLE_SHARED");
    sc_stream *s;
    size_t got = 1;
    snprintf(path, sizeof path, "%s/data/tokenizers/%s", root ? root : "../shared", name);
    if (!sc__path_exists(path)) test_skip("%s is not here", path);
    CHECK_OK(sc__stream_open(&s, path));
    while (got) {
        char *to = sc__buffer_extend(out, 1 << 16);
        CHECK(to);
        CHECK_OK(sc__stream_read(&got, s, to, 1 << 16));
        out->len -= (1 << 16) - got;
    }
    sc__stream_close(s);
    sc__buffer_putc(out, 0);
    out->len--;
}

/* tokenizer.json out of the two files of 2019. */
static sc_tokenizer *gpt2(void) {
    sc_buffer vocab = SC_BUFFER_INIT, merges = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    sc_tokenizer *t;
    json_t *ids, *list = json_array();
    read_shared(&vocab, "gpt2.encoder.json.gz");
    read_shared(&merges, "gpt2.vocab.bpe.gz");
    CHECK_OK(sc__json_parse(&ids, vocab.data, vocab.len, "vocab"));
    for (char *line = strtok(merges.data, "\n"); line; line = strtok(NULL, "\n"))
        if (*line != '#' || strncmp(line, "#version", 8))
            json_array_append_new(list, json_string(line));
    json_t *root = json_pack("{s:{s:s, s:b}, s:{s:s}, s:{s:s, s:o, s:o}}", "pre_tokenizer", "type",
                             "ByteLevel", "add_prefix_space", 0, "decoder", "type", "ByteLevel",
                             "model", "type", "BPE", "vocab", ids, "merges", list);
    sc__json_print(&text, root);
    CHECK_OK(sc_tokenizer_parse(&t, text.data, text.len, "gpt2"));
    json_decref(root);
    sc__buffer_deinit(&vocab);
    sc__buffer_deinit(&merges);
    sc__buffer_deinit(&text);
    return t;
}

static const char *shared_path(const char *name) {
    static char path[512];
    const char *root = getenv("SOCLE_SHARED");
    snprintf(path, sizeof path, "%s/data/tokenizers/%s", root ? root : "../shared", name);
    if (!sc__path_exists(path)) test_skip("%s is not here", path);
    return path;
}

/* llama.cpp's cases: texts with a line between them, and a line of ids for each. */
static void check_cases(const sc_tokenizer *t, const char *name) {
    static const char mark[] = "\n__ggml_vocab_test__\n";
    sc_buffer in = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
    sc_encoder *e;
    char file[64];
    int n_cases = 0;
    snprintf(file, sizeof file, "%s.inp", name);
    read_shared(&in, file);
    snprintf(file, sizeof file, "%s.out", name);
    read_shared(&out, file);
    CHECK_OK(sc_encoder_open(&e, t));
    char *want = out.data;
    for (char *text = in.data, *stop; (stop = strstr(text, mark)); text = stop + strlen(mark)) {
        sc_ids ids = SC_IDS_INIT;
        CHECK_OK(sc_encoder_run(e, &ids, text, (size_t)(stop - text), SC_ENCODE_NO_SPECIAL));
        for (int64_t i = 0; i < ids.n; i++) CHECK_INT(strtol(want, &want, 10), ids.ids[i]);
        while (*want == ' ') want++;
        CHECK(*want == '\n');
        want++;
        sc_ids_deinit(&ids);
        n_cases++;
    }
    CHECK(n_cases > 40);
    sc_encoder_close(e);
    sc__buffer_deinit(&in);
    sc__buffer_deinit(&out);
}

static void check_gguf(const char *name) {
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_load(&t, shared_path(name)));
    check_cases(t, name);
    sc_tokenizer_close(t);
}

TEST(shared_gpt2, "tokenizer/shared/gpt2-cases") {
    sc_tokenizer *t = gpt2();
    CHECK_INT(sc_tokenizer_vocab_size(t), 50257);
    check_cases(t, "ggml-vocab-gpt-2.gguf");
    sc_tokenizer_close(t);
}
TEST(shared_gguf_gpt2, "tokenizer/shared/gguf-gpt2") { check_gguf("ggml-vocab-gpt-2.gguf"); }
TEST(shared_gguf_llama, "tokenizer/shared/gguf-llama") { check_gguf("ggml-vocab-llama-spm.gguf"); }
TEST(shared_gguf_bert, "tokenizer/shared/gguf-bert") { check_gguf("ggml-vocab-bert-bge.gguf"); }

/* The same vocabulary in other formats. */
TEST(shared_llama, "tokenizer/shared/llama-model") {
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_load(&t, shared_path("llama.tokenizer.model")));
    CHECK_INT(sc_tokenizer_bos(t), 1);
    check_cases(t, "ggml-vocab-llama-spm.gguf");
    sc_tokenizer_close(t);
}
TEST(shared_tiktoken, "tokenizer/shared/r50k-tiktoken") {
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_load(&t, shared_path("r50k_base.tiktoken")));
    CHECK_INT(sc_tokenizer_eos(t), 50256);
    check_cases(t, "ggml-vocab-gpt-2.gguf");
    sc_tokenizer_close(t);
}

static void check_ids(const sc_tokenizer *t, const char *text, const int32_t *want, int n) {
    sc_encoder *e;
    sc_ids ids = SC_IDS_INIT;
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_OK(sc_encoder_run(e, &ids, text, strlen(text), SC_ENCODE_NO_SPECIAL));
    CHECK_INT(ids.n, n);
    for (int i = 0; i < n; i++) CHECK_INT(ids.ids[i], want[i]);
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
}

/* ids by sentencepiece itself */
TEST(shared_albert, "tokenizer/shared/albert-model") {
    static const int32_t want[] = {6906, 121, 13, 16550, 14, 15447, 13, 360, 470, 13, 4301, 9};
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_load(&t, shared_path("albert.30k-clean.model")));
    check_ids(t, "Hello world, this is a test.", want, SC_LEN(want));
    sc_tokenizer_close(t);
}

/* CLIP's file holds merges alone: the vocabulary is the bytes, the bytes at the end of a word, what
 * the first 48894 merges make, and two special tokens. */
TEST(shared_clip, "tokenizer/shared/clip") {
    static const int32_t want[] = {320, 1125, 539, 320, 2368};
    sc_buffer text = SC_BUFFER_INIT, merges = SC_BUFFER_INIT;
    sc_tokenizer *t;
    json_t *vocab = json_object();
    int n = 0;
    read_shared(&text, "clip.bpe_simple_vocab_16e6.txt.gz");
    for (int end = 0; end < 2; end++)
        for (int pass = 0; pass < 2; pass++) /* bytes that spell themselves come first */
            for (unsigned b = 0; b < 256; b++) {
                const bool self = (b > 32 && b < 127) || (b > 160 && b != 173);
                sc_buffer key = SC_BUFFER_INIT;
                const char byte = (char)b;
                if (self != !pass) continue;
                sc__spell(&key, &byte, 1);
                if (end) sc__buffer_puts(&key, "</w>");
                json_object_set_new(vocab, key.data, json_integer(n++));
                sc__buffer_deinit(&key);
            }
    int line_number = 0;
    for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n"), line_number++) {
        char joined[256], *space = strchr(line, ' ');
        sc__buffer_printf(&merges, "%s\n", line_number ? line : "#version: 0.2");
        if (!line_number || !space) continue;
        snprintf(joined, sizeof joined, "%.*s%s", (int)(space - line), line, space + 1);
        json_object_set_new(vocab, joined, json_integer(n++));
        if (line_number == 48894) break;
    }
    json_object_set_new(vocab, "<|startoftext|>", json_integer(n++));
    json_object_set_new(vocab, "<|endoftext|>", json_integer(n++));
    CHECK_INT(n, 49408);
    CHECK_OK(sc__json_save(vocab, test_path("vocab.json")));
    CHECK_OK(sc__file_write(test_path("merges.txt"), merges.data, merges.len));
    CHECK_OK(sc_tokenizer_load(&t, test_dir()));
    check_ids(t, "a photo of a cat", want, SC_LEN(want));
    check_ids(t, "A  PHOTO of\na cat", want, SC_LEN(want));
    sc_tokenizer_close(t);
    json_decref(vocab);
    sc__buffer_deinit(&text);
    sc__buffer_deinit(&merges);
}

static void next_text(sc_buffer *spelled, char **line) {
    char *end = strchr(*line, '\n');
    sc__buffer_clear(spelled);
    sc__buffer_append(spelled, *line, end ? (size_t)(end - *line) : strlen(*line));
    *line = end ? end + 1 : *line + strlen(*line);
}

static sc_status once(void *user, const char **text, size_t *n) {
    sc_buffer *b = user;
    if (!b->len) return SC_DONE;
    *text = b->data;
    *n = b->len;
    b->len = 0;
    return SC_OK;
}

/* A course's corpus with the 243 merges that its reference learns. Of equally frequent pairs that
 * one takes the greater, Hugging Face and we the one of smaller ids: the order of such pairs
 * differs, and the last merges may. */
TEST(shared_cs336, "tokenizer/shared/cs336-merges") {
    static const char *const special[] = {"<|endoftext|>"};
    sc_buffer text = SC_BUFFER_INIT, merges = SC_BUFFER_INIT, spelled = SC_BUFFER_INIT;
    sc_tokenizer *t;
    int n = 0, known = 0;
    read_shared(&text, "cs336-bpe-train/corpus.en");
    read_shared(&merges, "cs336-bpe-train/train-bpe-reference-merges.txt");
    const sc_tokenizer_options o = {
        .type = "bpe", .vocab_size = 500, .special_tokens = special, .n_special = 1};
    CHECK_OK(sc_tokenizer_train(&t, &o, once, &text));
    for (char *line = merges.data; *line; n++) {
        next_text(&spelled, &line);
        char *gap = strchr(spelled.data, ' ');
        CHECK(gap);
        memmove(gap, gap + 1, strlen(gap)); /* the token that the pair makes */
        known += sc_tokenizer_find(t, spelled.data) >= 0;
    }
    CHECK_INT(n, 243);
    CHECK(known >= 239);
    sc_tokenizer_close(t);
    sc__buffer_deinit(&text);
    sc__buffer_deinit(&merges);
    sc__buffer_deinit(&spelled);
}
