/* test_alphabet.c - counting characters, and leaving rare ones out. */
#include "test.h"

#include "tokenizer/alphabet.h"

static void add(sc_words *w, const char *text, size_t n, int64_t count) {
    w->words = sc__realloc(w->words, (w->n_words + 1) * sizeof *w->words);
    w->words[w->n_words++] = (sc_word){w->bytes.len, count, (uint32_t)n, 0};
    sc__buffer_append(&w->bytes, text, n);
}

TEST(alphabet_counts, "tokenizer/alphabet/counts") {
    sc_words w = {0};
    sc_buffer out = SC_BUFFER_INIT;
    add(&w, "b가b", 5, 10);
    add(&w, "a\0가", 5, 4000000000);
    CHECK_OK(sc__alphabet(&out, &w, 0));
    const sc_letter *x = (const sc_letter *)(const void *)out.data;
    CHECK_INT(out.len / sizeof *x, 3); /* without U+0000 */
    CHECK_INT(x[0].code, 'a');
    CHECK_INT(x[0].count, 4000000000);
    CHECK(!x[0].inner && x[1].inner && x[2].inner);
    CHECK_INT(x[1].count, 20);
    CHECK_INT(x[2].code, 0xAC00);
    CHECK_INT(x[2].count, 4000000010);
    sc__buffer_deinit(&out);
    sc__words_deinit(&w);
}

TEST(alphabet_coverage, "tokenizer/alphabet/coverage") {
    static const struct {
        double coverage;
        const char *kept;
    } rows[] = {{1, "abcd"}, {0.9, "abc"}, {0.85, "abc"}, {0.8, "ab"}, {0.5, "a"}, {0.1, "a"}};
    sc_words w = {0};
    add(&w, "d", 1, 10); /* as often as c: the smaller code point is kept */
    add(&w, "c", 1, 10);
    add(&w, "b", 1, 30);
    add(&w, "a", 1, 50);
    for (int i = 0; i < SC_LEN(rows); i++) {
        sc_buffer out = SC_BUFFER_INIT;
        CHECK_OK(sc__alphabet(&out, &w, rows[i].coverage));
        const sc_letter *x = (const sc_letter *)(const void *)out.data;
        CHECK_INT(out.len / sizeof *x, strlen(rows[i].kept));
        for (size_t k = 0; rows[i].kept[k]; k++) CHECK_INT(x[k].code, rows[i].kept[k]);
        sc__buffer_deinit(&out);
    }
    sc__words_deinit(&w);
}
