/* test_encoding.c - truncation in windows and padding as Hugging Face tokenizers does them
 * (tests/golden/tokenizer/windows.jsonl, made by tests/parity/tokenizer_windows.py), and what is
 * refused. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/tokenizer.h"

typedef struct {
    sc_tokenizer *t;
    sc_encoder *e;
    int n;
} subject;

static int64_t number(const json_t *o, const char *key) {
    return json_integer_value(json_object_get(o, key));
}

static int64_t item(const json_t *list, int64_t i) {
    return json_integer_value(json_array_get(list, (size_t)i));
}

static sc_encode_input input_of(const json_t *row) {
    const json_t *text = json_object_get(row, "text"), *pair = json_object_get(row, "pair");
    sc_encode_input in = {.text = json_string_value(text), .n = json_string_length(text)};
    if (json_is_string(pair)) {
        in.pair = json_string_value(pair);
        in.n_pair = json_string_length(pair);
    }
    return in;
}

static void check_window(const sc_encoding *got, const json_t *want) {
    const json_t *ids = json_object_get(want, "ids"), *types = json_object_get(want, "types");
    const json_t *spans = json_object_get(want, "spans");
    CHECK_INT(got->n, (int64_t)json_array_size(ids));
    for (int64_t i = 0; i < got->n; i++) {
        CHECK_INT(got->tokens[i].id, item(ids, i));
        CHECK_INT(got->tokens[i].type, item(types, i));
        CHECK_INT(got->tokens[i].span.from, item(spans, 2 * i));
        CHECK_INT(got->tokens[i].span.to, item(spans, 2 * i + 1));
    }
}

static void check_truncation(const subject *s, const json_t *row) {
    const json_t *windows = json_object_get(row, "windows");
    const sc_truncation o = {number(row, "length"), number(row, "stride"),
                             (sc_truncation_strategy)number(row, "strategy"),
                             json_is_true(json_object_get(row, "left"))};
    sc_encode_input in = input_of(row);
    sc_encodings list = SC_ENCODINGS_INIT;
    in.truncation = &o;
    if (json_is_null(windows)) {
        CHECK_STATUS(SC_USAGE, sc_encoder_encode(s->e, &list, &in));
        CHECK_INT(list.n, 0);
    } else {
        CHECK_OK(sc_encoder_encode(s->e, &list, &in));
        CHECK_INT(list.n, (int64_t)json_array_size(windows));
        for (int64_t i = 0; i < list.n; i++)
            check_window(&list.items[i], json_array_get(windows, (size_t)i));
    }
    sc_encodings_deinit(&list);
}

static void check_padding(const subject *s, const json_t *row, json_t *const *inputs, int n) {
    const json_t *pad = json_object_get(row, "pad"), *all = json_object_get(row, "ids");
    const json_t *types = json_object_get(row, "types"), *masks = json_object_get(row, "mask");
    const sc_padding p = {number(pad, "length"), number(pad, "multiple"),
                          (int32_t)number(pad, "id"), (uint8_t)number(pad, "type"),
                          json_is_true(json_object_get(pad, "left"))};
    sc_encodings list = SC_ENCODINGS_INIT;
    for (int i = 0; i < n; i++) {
        const sc_encode_input in = input_of(inputs[i]);
        CHECK_OK(sc_encoder_encode(s->e, &list, &in));
    }
    CHECK_OK(sc_encodings_pad(&list, &p));
    CHECK_INT(list.n, (int64_t)json_array_size(all));
    for (int64_t k = 0; k < list.n; k++) {
        const sc_encoding *e = &list.items[k];
        CHECK_INT(e->n, (int64_t)json_array_size(json_array_get(all, (size_t)k)));
        for (int64_t i = 0; i < e->n; i++) {
            CHECK_INT(e->tokens[i].id, item(json_array_get(all, (size_t)k), i));
            CHECK_INT(e->tokens[i].type, item(json_array_get(types, (size_t)k), i));
            CHECK_INT(!(e->tokens[i].marks & SC_TOKEN_PAD),
                      item(json_array_get(masks, (size_t)k), i));
        }
    }
    sc_encodings_deinit(&list);
}

static void open_subject(subject *s, const json_t *root) {
    sc_buffer text = SC_BUFFER_INIT;
    sc__json_print(&text, root);
    CHECK_OK(sc_tokenizer_parse(&s->t, text.data, text.len, "bert"));
    CHECK_OK(sc_encoder_open(&s->e, s->t));
    sc__buffer_deinit(&text);
}

TEST(encoding_windows, "tokenizer/encoding/windows-and-padding") {
    subject s = {0};
    sc_buffer b = SC_BUFFER_INIT;
    json_t *inputs[16];
    int n_inputs = 0;
    CHECK_OK(sc__file_read(&b, test_data("golden/tokenizer/windows.jsonl"), 1 << 24));
    for (char *line = b.data, *stop; (stop = strchr(line, '\n')); line = stop + 1, s.n++) {
        json_t *row;
        CHECK_OK(sc__json_parse(&row, line, (size_t)(stop - line), "windows"));
        if (json_object_get(row, "tokenizer"))
            open_subject(&s, json_object_get(row, "tokenizer"));
        else if (json_object_get(row, "pad"))
            check_padding(&s, row, inputs, n_inputs);
        else
            check_truncation(&s, row);
        const bool same = n_inputs && json_equal(json_object_get(row, "text"),
                                                 json_object_get(inputs[n_inputs - 1], "text"));
        if (json_object_get(row, "text") && !same && n_inputs < SC_LEN(inputs))
            inputs[n_inputs++] = json_incref(row);
        json_decref(row);
    }
    CHECK(s.n > 150);
    while (n_inputs) json_decref(inputs[--n_inputs]);
    sc__buffer_deinit(&b);
    sc_encoder_close(s.e);
    sc_tokenizer_close(s.t);
}

/* Spans are of the text as it was given: invalid bytes have theirs too. */
TEST(encoding_invalid, "tokenizer/encoding/invalid-bytes-have-spans") {
    sc_tokenizer *t;
    sc_encoder *e;
    sc_encodings list = SC_ENCODINGS_INIT;
    sc_encode_input in = {.text = "a\xFF\xE2\x82z", .n = 5};
    CHECK_OK(sc_tokenizer_load(&t, test_data("golden/tokenizer/gpt2.json")));
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_OK(sc_encoder_encode(e, &list, &in));
    const sc_encoding *got = &list.items[0];
    CHECK(got->n >= 3);
    CHECK_INT(got->tokens[0].span.to, 1);
    CHECK_INT(got->tokens[1].span.from, 1);
    CHECK_INT(got->tokens[got->n - 1].span.from, 4);
    CHECK_INT(got->tokens[got->n - 1].span.to, 5);
    in.flags = SC_ENCODE_STRICT;
    CHECK_STATUS(SC_FORMAT, sc_encoder_encode(e, &list, &in));
    CHECK_INT(list.n, 1);
    sc_encodings_deinit(&list);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}

static sc_status encode_pair(void *arg) {
    sc_encodings list = SC_ENCODINGS_INIT;
    sc_tokenizer *t;
    sc_encoder *e = NULL;
    const sc_truncation o = {12, 2, SC_TRUNCATE_LONGEST_FIRST, false};
    const sc_padding p = {0, 8, 0, 0, false};
    const sc_encode_input in = {"the low lower", "newest \xEA\xB0\x80 of all", 13, 17, &o, 0};
    SC_TRY(sc_tokenizer_load(&t, arg));
    sc_status s = sc_encoder_open(&e, t);
    if (s >= 0) s = sc_encoder_encode(e, &list, &in);
    if (s >= 0) s = sc_encodings_pad(&list, &p);
    sc_encodings_deinit(&list);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
    return s;
}

TEST(encoding_oom, "tokenizer/encoding/oom") {
    char path[512];
    snprintf(path, sizeof path, "%s", test_data("corpus/tokenizer/chars.json"));
    CHECK(test_oom(encode_pair, path) > 50);
}
