/* test_words.c - counts do not depend on how many threads count, and not on memory being full. */
#include "lines.h"
#include "test.h"

#include "base/random.h"
#include "tokenizer/words.h"

/* A tokenizer of words between spaces. */
static sc_tokenizer *splitter(void) {
    static const char json[] =
        "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":"
        "\"Removed\",\"invert\":false},\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}";
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_parse(&t, json, sizeof json - 1, "words"));
    return t;
}

static void count(sc_words *w, const sc_buffer *text, int threads, size_t max_memory) {
    sc_tokenizer *t = splitter();
    const sc_tokenizer_options o = {.threads = threads, .max_memory = max_memory};
    test_lines lines = {text->data, text->len, 0, 0};
    CHECK_OK(sc__words_count(w, t, &o, test_next_line, &lines));
    sc_tokenizer_close(t);
}

static void check_same(const sc_words *a, const sc_words *b) {
    CHECK_INT(b->n_words, a->n_words);
    for (size_t i = 0; i < a->n_words; i++) {
        CHECK_INT(b->words[i].count, a->words[i].count);
        CHECK_INT(b->words[i].begin, a->words[i].begin);
        CHECK_INT(b->words[i].n, a->words[i].n);
    }
    CHECK_INT(b->bytes.len, a->bytes.len);
    CHECK(!memcmp(a->bytes.data, b->bytes.data, a->bytes.len));
}

TEST(words_threads, "tokenizer/words/threads-change-nothing") {
    static const size_t memory[] = {0, 3 << 20}; /* enough, and so little that words are dropped */
    sc_buffer text = SC_BUFFER_INIT;
    for (uint64_t i = 0; i < 900000; i++) { /* 6 MB: several parts, lines of all lengths */
        const uint64_t word = sc__random_below(1, 0, i, 1 + sc__random_below(1, 1, i, 60000));
        sc__buffer_printf(&text, "%x%c", (unsigned)word * 2654435761u >> 12,
                          sc__random_below(1, 2, i, 1 + i / 1000) ? ' ' : '\n');
    }
    for (int m = 0; m < 2; m++) {
        sc_words one, many;
        count(&one, &text, 1, memory[m]);
        CHECK(one.n_words > 1000);
        CHECK_INT(one.n_words > 40000, m == 0);
        for (int threads = 2; threads < 8; threads += 5) {
            count(&many, &text, threads, memory[m]);
            check_same(&one, &many);
            sc__words_deinit(&many);
        }
        sc__words_deinit(&one);
    }
    sc__buffer_deinit(&text);
}
