/* test_parts.c - every part of tokenizer.json as Hugging Face tokenizers runs it: ids, spans, pairs
 * and decoded text (tests/golden/tokenizer/parts.jsonl, made by tests/parity/tokenizer_parts.py).
 */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/tokenizer.h"

typedef struct {
    json_t *models;
    const char *name; /* of the tokenizer */
    sc_tokenizer *t;
    sc_encoder *e;
    int n_tokenizers, n_cases;
} subject;

static void each_row(const char *path, void (*fn)(json_t *row, subject *s), subject *s) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&b, test_data(path), 1 << 24));
    for (char *line = b.data, *stop; (stop = strchr(line, '\n')); line = stop + 1) {
        json_t *row;
        CHECK_OK(sc__json_parse(&row, line, (size_t)(stop - line), path));
        fn(row, s);
        json_decref(row);
    }
    sc__buffer_deinit(&b);
}

static void add_model(json_t *row, subject *s) {
    const char *name = json_string_value(json_object_get(row, "name"));
    CHECK(!json_object_set(s->models, name, json_object_get(row, "model")));
}

static void close_subject(subject *s) {
    sc_encoder_close(s->e);
    sc_tokenizer_close(s->t);
    s->e = NULL;
    s->t = NULL;
}

static void open_tokenizer(json_t *row, subject *s) {
    sc_buffer text = SC_BUFFER_INIT;
    static char name[64];
    const char *model = json_string_value(json_object_get(row, "model"));
    json_t *root = json_copy(json_object_get(row, "parts"));
    close_subject(s);
    snprintf(name, sizeof name, "%s", json_string_value(json_object_get(row, "name")));
    s->name = name;
    CHECK(!json_object_set(root, "model", json_object_get(s->models, model)));
    sc__json_print(&text, root);
    CHECK_OK(sc_tokenizer_parse(&s->t, text.data, text.len, name));
    CHECK_OK(sc_encoder_open(&s->e, s->t));
    json_decref(root);
    sc__buffer_deinit(&text);
    s->n_tokenizers++;
}

static int64_t number(const json_t *list, int64_t i) {
    return json_integer_value(json_array_get(list, (size_t)i));
}

static void differs(const subject *s, const json_t *row, const char *what) {
    sc_buffer b = SC_BUFFER_INIT;
    sc__json_print(&b, row);
    test_fail(__FILE__, __LINE__, "%s: %s: %s", s->name, what, b.data);
}

static void check_encoding(const subject *s, const json_t *row, const sc_encoding *got) {
    const json_t *ids = json_object_get(row, "ids"), *spans = json_object_get(row, "spans");
    const json_t *types = json_object_get(row, "types"), *special = json_object_get(row, "special");
    if ((size_t)got->n != json_array_size(ids)) differs(s, row, "another number of tokens");
    for (int64_t i = 0; i < got->n; i++) {
        const sc_token_info *k = &got->tokens[i];
        if (k->id != number(ids, i)) differs(s, row, "other ids with spans");
        if (k->span.from != number(spans, 2 * i) || k->span.to != number(spans, 2 * i + 1))
            differs(s, row, "other spans");
        if (types && k->type != number(types, i)) differs(s, row, "other types");
        if (special && (k->marks & SC_TOKEN_SPECIAL) != number(special, i))
            differs(s, row, "other special tokens");
    }
}

static void check_text(const subject *s, const json_t *row) {
    const json_t *text = json_object_get(row, "text"), *pair = json_object_get(row, "pair");
    const json_t *want = json_object_get(row, "ids");
    sc_ids ids = SC_IDS_INIT;
    sc_encodings list = SC_ENCODINGS_INIT;
    sc_encode_input in = {0};
    if (pair) {
        text = json_array_get(pair, 0);
        in.pair = json_string_value(json_array_get(pair, 1));
        in.n_pair = json_string_length(json_array_get(pair, 1));
    }
    in.text = json_string_value(text);
    in.n = json_string_length(text);
    CHECK_OK(sc_encoder_encode(s->e, &list, &in));
    CHECK_INT(list.n, 1);
    check_encoding(s, row, &list.items[0]);
    for (int twice = 0; twice < 2 && !pair;
         twice++) { /* the second time from the table of pieces */
        ids.n = 0;
        CHECK_OK(sc_encoder_run(s->e, &ids, in.text, in.n, 0));
        bool same = (size_t)ids.n == json_array_size(want);
        for (int64_t i = 0; i < ids.n && same; i++) same = ids.ids[i] == number(want, i);
        if (!same) differs(s, row, "other ids");
    }
    sc_ids_deinit(&ids);
    sc_encodings_deinit(&list);
}

static void check_decode(const subject *s, const json_t *row, size_t step) {
    const json_t *list = json_object_get(row, "decode");
    int32_t ids[512];
    const size_t n_ids = json_array_size(list);
    CHECK(n_ids <= SC_LEN(ids));
    for (size_t i = 0; i < n_ids; i++) ids[i] = (int32_t)number(list, (int64_t)i);
    for (unsigned flags = 0; flags < 2; flags++) {
        sc_decoder *d;
        sc_buffer got = SC_BUFFER_INIT;
        const char *text, *want = json_string_value(json_object_get(row, flags ? "plain" : "text"));
        size_t n;
        CHECK_OK(sc_decoder_open(&d, s->t, flags));
        for (size_t i = 0; i < n_ids; i += step) {
            CHECK_OK(sc_decoder_push(d, &text, &n, ids + i, (int64_t)SC_MIN(step, n_ids - i)));
            sc__buffer_append(&got, text, n);
        }
        CHECK_OK(sc_decoder_finish(d, &text, &n));
        sc__buffer_append(&got, text, n);
        if (strcmp(got.data, want)) differs(s, row, got.data);
        sc__buffer_deinit(&got);
        sc_decoder_close(d);
    }
}

static void check_row(json_t *row, subject *s) {
    if (json_object_get(row, "name")) {
        open_tokenizer(row, s);
        return;
    }
    s->n_cases++;
    if (json_object_get(row, "decode")) {
        check_decode(s, row, 1);
        check_decode(s, row, 512);
    } else {
        check_text(s, row);
    }
}

TEST(parts_golden, "tokenizer/parts/golden") {
    subject s = {.models = json_object()};
    each_row("golden/tokenizer/models.jsonl", add_model, &s);
    each_row("golden/tokenizer/parts.jsonl", check_row, &s);
    CHECK(s.n_tokenizers >= 45 && s.n_cases > 2500);
    close_subject(&s);
    json_decref(s.models);
}
