/* test_encode.c - ids and texts as Hugging Face tokenizers gives them (tests/golden/tokenizer, made
 * by tests/parity/tokenizer_golden.py), whole and in pieces. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/tokenizer.h"

static sc_tokenizer *load(const char *name) {
    sc_tokenizer *t;
    char path[64];
    snprintf(path, sizeof path, "golden/tokenizer/%s", name);
    CHECK_OK(sc_tokenizer_load(&t, test_data(path)));
    return t;
}

typedef void row_fn(json_t *row, void *user);

static void each_row(const char *name, row_fn *fn, void *user) {
    sc_buffer b = SC_BUFFER_INIT;
    char path[64];
    int n = 0;
    snprintf(path, sizeof path, "golden/tokenizer/%s", name);
    CHECK_OK(sc__file_read(&b, test_data(path), 1 << 24));
    for (char *line = b.data, *stop; (stop = strchr(line, '\n')); line = stop + 1, n++) {
        json_t *row;
        CHECK_OK(sc__json_parse(&row, line, (size_t)(stop - line), name));
        fn(row, user);
        json_decref(row);
    }
    CHECK(n > 50);
    sc__buffer_deinit(&b);
}

static size_t unhex(char *to, const char *hex) {
    size_t n = 0;
    for (unsigned b; sscanf(hex, "%2x", &b) == 1; hex += 2) to[n++] = (char)b;
    return n;
}

static void check_ids(const sc_ids *got, const json_t *want, const char *hex) {
    bool same = (size_t)got->n == json_array_size(want);
    for (int64_t i = 0; i < got->n && same; i++)
        same = got->ids[i] == json_integer_value(json_array_get(want, (size_t)i));
    if (same) return;
    for (int64_t i = 0; i < got->n; i++) fprintf(stderr, " %d", got->ids[i]);
    test_fail(__FILE__, __LINE__, "\ntext %s: other ids", hex);
}

typedef struct {
    const char *name;
    const sc_tokenizer *t;
    sc_encoder *e;
} subject;

static void check_case(json_t *row, void *user) {
    const subject *s = user;
    char text[4096];
    sc_ids ids = SC_IDS_INIT;
    const char *hex = json_string_value(json_object_get(row, "hex"));
    const json_t *want = json_object_get(row, s->name);
    const size_t n = unhex(text, hex);
    for (int twice = 0; twice < 2; twice++) { /* the second time from the table of pieces */
        ids.n = 0;
        CHECK_OK(sc_encoder_run(s->e, &ids, text, n, 0));
        check_ids(&ids, want, hex);
    }
    for (size_t step = 1; step < 8; step += 3) {
        ids.n = 0;
        for (size_t at = 0; at < n; at += step)
            CHECK_OK(sc_encoder_push(s->e, &ids, text + at, SC_MIN(step, n - at), 0));
        CHECK_OK(sc_encoder_finish(s->e, &ids, 0));
        check_ids(&ids, want, hex);
    }
    sc_ids_deinit(&ids);
}

static void check_golden(const char *name) {
    char file[32];
    snprintf(file, sizeof file, "%s.json", name);
    sc_tokenizer *t = load(file);
    subject s = {name, t, NULL};
    CHECK_OK(sc_encoder_open(&s.e, t));
    each_row("cases.jsonl", check_case, &s);
    sc_encoder_close(s.e);
    sc_tokenizer_close(t);
}

TEST(encode_gpt2, "tokenizer/encode/gpt2-golden") { check_golden("gpt2"); }
TEST(encode_llama3, "tokenizer/encode/llama3-golden") { check_golden("llama3"); }
TEST(encode_plus, "tokenizer/encode/added-tokens-golden") { check_golden("plus"); }

/* A long text in pieces of any size gives the ids of the whole: the places where it is cut. */
TEST(encode_pieces, "tokenizer/encode/long-text-in-pieces") {
    static const char *const bits[] = {"word ",  "낱말 ",        "<|endoftext|>", "\n\n  ", "'s",
                                       "字字字", "\xFF\xF0\x9F", "12345",         "word\n", " "};
    sc_tokenizer *t = load("gpt2.json");
    sc_encoder *e;
    sc_buffer text = SC_BUFFER_INIT;
    sc_ids whole = SC_IDS_INIT, pieces = SC_IDS_INIT;
    uint32_t r = 12345;
    while (text.len < 3 << 20) {
        r = r * 1664525 + 1013904223;
        sc__buffer_puts(&text, bits[(r >> 24) % SC_LEN(bits)]);
    }
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_OK(sc_encoder_run(e, &whole, text.data, text.len, 0));
    const int64_t replaced = sc_encoder_replaced(e);
    CHECK(replaced > 100);
    int64_t before_finish = 0;
    for (size_t at = 0, n; at < text.len; at += n) {
        r = r * 1664525 + 1013904223;
        n = SC_MIN((r >> 12) + 1, text.len - at);
        CHECK_OK(sc_encoder_push(e, &pieces, text.data + at, n, 0));
        before_finish = pieces.n;
    }
    CHECK(before_finish > whole.n / 2); /* it was not merely kept until the end */
    CHECK_OK(sc_encoder_finish(e, &pieces, 0));
    CHECK_INT(pieces.n, whole.n);
    CHECK(!memcmp(pieces.ids, whole.ids, (size_t)whole.n * sizeof *whole.ids));
    CHECK_INT(sc_encoder_replaced(e), 2 * replaced);
    sc__buffer_deinit(&text);
    sc_ids_deinit(&whole);
    sc_ids_deinit(&pieces);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}

static int64_t count_ids(sc_encoder *e, const char *text, unsigned flags) {
    sc_ids ids = SC_IDS_INIT;
    CHECK_OK(sc_encoder_run(e, &ids, text, strlen(text), flags));
    const int64_t n = ids.n;
    sc_ids_deinit(&ids);
    return n;
}

TEST(encode_flags, "tokenizer/encode/flags") {
    sc_tokenizer *t = load("llama3.json");
    sc_encoder *e;
    sc_ids ids = SC_IDS_INIT;
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_INT(count_ids(e, "", 0), 1);
    CHECK_INT(count_ids(e, "", SC_ENCODE_NO_SPECIAL), 0);
    CHECK_INT(count_ids(e, "<|endoftext|>", SC_ENCODE_NO_SPECIAL), 1);
    CHECK(count_ids(e, "<|endoftext|>", SC_ENCODE_NO_SPECIAL | SC_ENCODE_PLAIN) > 1);
    CHECK_OK(sc_encoder_run(e, &ids, "one", 3, 0));
    const int64_t n = ids.n;
    CHECK_STATUS(SC_FORMAT, sc_encoder_run(e, &ids, "two\xFFx", 5, SC_ENCODE_STRICT));
    CHECK_ERROR("byte 3");
    CHECK_INT(ids.n, n); /* as before */
    CHECK_OK(sc_encoder_run(e, &ids, "two", 3, SC_ENCODE_STRICT));
    CHECK(ids.n > n);
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}

static void check_decode(json_t *row, void *user) {
    const json_t *ids = json_object_get(row, "ids");
    for (unsigned flags = 0; flags < 2; flags++) {
        sc_decoder *d;
        sc_buffer got = SC_BUFFER_INIT;
        const char *text;
        size_t n;
        CHECK_OK(sc_decoder_open(&d, user, flags));
        for (size_t i = 0; i < json_array_size(ids); i++) {
            const int32_t id = (int32_t)json_integer_value(json_array_get(ids, i));
            CHECK_OK(sc_decoder_push(d, &text, &n, &id, 1));
            CHECK_INT(strlen(text) <= n, 1);
            sc__buffer_append(&got, text, n);
        }
        CHECK_OK(sc_decoder_finish(d, &text, &n));
        sc__buffer_append(&got, text, n);
        CHECK_STR(got.data, json_string_value(json_object_get(row, flags ? "plain" : "text")));
        sc__buffer_deinit(&got);
        sc_decoder_close(d);
    }
}

TEST(decode_golden, "tokenizer/decode/golden") {
    sc_tokenizer *t = load("gpt2.json");
    each_row("decodes.jsonl", check_decode, t);
    sc_tokenizer_close(t);
}

TEST(decode_bad_id, "tokenizer/decode/bad-id") {
    sc_tokenizer *t = load("gpt2.json");
    sc_decoder *d;
    const char *text;
    size_t n;
    const int32_t fine = sc_tokenizer_find(t, "a"), bad[] = {fine, 900}, negative = -1;
    CHECK_OK(sc_decoder_open(&d, t, 0));
    CHECK_STATUS(SC_FORMAT, sc_decoder_push(d, &text, &n, bad, 2));
    CHECK_ERROR("900");
    CHECK_STATUS(SC_FORMAT, sc_decoder_push(d, &text, &n, &negative, 1));
    CHECK_OK(sc_decoder_push(d, &text, &n, &fine, 1));
    CHECK_STR(text, "a");
    sc_decoder_close(d);
    sc_tokenizer_close(t);
}

static sc_status encode_without_memory(void *arg) {
    sc_tokenizer *t;
    sc_encoder *e;
    sc_ids ids = SC_IDS_INIT;
    sc_status s = sc_tokenizer_parse(&t, arg, strlen(arg), "golden");
    if (s >= 0) {
        s = sc_encoder_open(&e, t);
        if (s >= 0) s = sc_encoder_run(e, &ids, "ne\xCC\x81 <mask> \xFF 1", 15, 0);
        if (s >= 0) s = sc_encoder_push(e, &ids, "abc", 3, 0);
        if (s >= 0) s = sc_encoder_finish(e, &ids, 0);
        sc_ids_deinit(&ids);
        sc_encoder_close(e);
        sc_tokenizer_close(t);
    }
    return s;
}

TEST(encode_no_memory, "tokenizer/encode/no-memory") {
    sc_tokenizer *t; /* small enough to fail at every allocation */
    const sc_tokenizer_options o = {
        .type = "bytes", .special_tokens = (const char *[]){"<mask>"}, .n_special = 1};
    sc_buffer json = SC_BUFFER_INIT;
    CHECK_OK(sc_tokenizer_train(&t, &o, NULL, NULL));
    CHECK_OK(sc_tokenizer_save(t, test_dir(), 0));
    sc_tokenizer_close(t);
    CHECK_OK(sc__file_read(&json, test_path("tokenizer.json"), 1 << 20));
    CHECK(test_oom(encode_without_memory, json.data) > 10);
    sc__buffer_deinit(&json);
}
