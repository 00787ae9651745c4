/* test_fertility.c - documents counted by the language they say, or are found to be in. */
#include "test.h"

#include "base/file.h"
#include "tokenizer/fertility.h"

static const char words[] =
    "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"the\":0,\"fox\":1,\"[UNK]\":2},\"unk_token\":"
    "\"[UNK]\"},\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"}}";

static sc_tokenizer *open_words(void) {
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_parse(&t, words, sizeof words - 1, "words"));
    return t;
}

static const char *put(const char *name, const char *text) {
    const char *path = test_path(name);
    CHECK_OK(sc__file_write(path, text, strlen(text)));
    return path;
}

static const sc_fertility_row *find(const sc_fertility *f, const char *language) {
    for (int i = 0; i < f->n; i++)
        if (!strcmp(f->rows[i].language, language)) return &f->rows[i];
    test_fail(__FILE__, __LINE__, "no row of %s", language);
}

TEST(fertility_rows, "tokenizer/fertility/by_language") {
    sc_fertility f;
    sc_tokenizer *t = open_words();
    const char *paths[] = {
        put("a.jsonl", "{\"text\":\"the fox - the end\",\"metadata\":{\"language\":\"en-US\"}}\n"
                       "{\"text\":\"the fox\",\"metadata\":{\"language\":\"en\"}}\n"
                       "{\"text\":\"漢字、かな one\",\"metadata\":{\"language\":\"zh-Hant\"}}\n"
                       "{\"text\":\"지난주에 친구와 함께 서울에 있는 박물관을 방문했다. 날씨가 "
                       "아주 좋았다.\"}\n"
                       "{\"text\":\"123\",\"metadata\":{\"language\":\"no language at all\"}}\n"),
        put("b.txt", "This is an ordinary English sentence about the weather in the mountains.\n")};
    CHECK_OK(sc__fertility_measure(&f, t, paths, 2));
    CHECK_INT(f.n, 4);
    const sc_fertility_row *en = find(&f, "en");
    CHECK_INT(en->documents, 3);
    CHECK_INT(en->tokens, 5 + 2 + 12);
    CHECK_INT(en->words, 4 + 2 + 12); /* the dash is none */
    CHECK_INT(en->unknown, 2 + 0 + 10);
    const sc_fertility_row *han = find(&f, "zh-Hant");
    CHECK_INT(han->words, 5); /* four characters and a word; the comma is none */
    CHECK_INT(han->unknown, 2);
    CHECK_INT(find(&f, "ko")->documents, 1);
    CHECK_INT(find(&f, "und")->documents, 1);
    CHECK_INT(f.all.documents, 6);
    CHECK(f.rows[0].bytes >= f.rows[1].bytes);
    sc_tokenizer_close(t);
}

TEST(fertility_pieces, "tokenizer/fertility/long_documents") {
    sc_fertility f;
    sc_buffer b = SC_BUFFER_INIT;
    sc_tokenizer *t = open_words();
    const int n = 500000; /* several pieces */
    for (int i = 0; i < n; i++) sc__buffer_puts(&b, "the fox ");
    const char *path = put("a.txt", b.data);
    CHECK_OK(sc__fertility_measure(&f, t, &path, 1));
    CHECK_INT(f.all.tokens, 2 * n);
    CHECK_INT(f.all.words, 2 * n);
    CHECK_INT(f.all.unknown, 0);
    CHECK_INT(f.all.bytes, 8 * n);
    sc__buffer_deinit(&b);
    sc_tokenizer_close(t);
}

TEST(fertility_report, "tokenizer/fertility/report") {
    char *text;
    sc_tokenizer *t = open_words();
    const char *path =
        put("a.jsonl", "{\"text\":\"the end\",\"metadata\":{\"language\":\"de\"}}\n");
    CHECK_OK(sc_tokenizer_report(&text, t, &path, 1, SC_FORM_JSON));
    CHECK(strstr(text,
                 "\"languages\":[{\"language\":\"de\",\"documents\":1,\"bytes\":7,\"words\":2,"
                 "\"tokens\":2,\"unknown\":1,\"bytes_per_token\":3.5,\"tokens_per_word\":1.0,"
                 "\"unknown_share\":0.5}]"));
    sc_text_free(text);
    CHECK_OK(sc_tokenizer_report(&text, t, NULL, 0, SC_FORM_JSON));
    CHECK(!strstr(text, "languages"));
    sc_text_free(text);
    path = test_path("none");
    CHECK_STATUS(SC_IO, sc_tokenizer_report(&text, t, &path, 1, SC_FORM_TABLE));
    sc_tokenizer_close(t);
}
