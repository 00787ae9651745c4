/* test_cut.c - lines of words through chunks, with the numbers they have without chunks. */
#include "test.h"

#include "base/file.h"
#include "base/random.h"
#include "stage/curation/ngram/cut.h"
#include "stage/curation/ngram/grams.h"

typedef struct {
    sc_cutter *cutter;
    sc_ngram_trainer *t;
    sc_cut_room room;
    sc_buffer chunk;
} cutting;

static void begin(cutting *c) {
    static char dir[512];
    snprintf(dir, sizeof dir, "%s", test_path("scratch"));
    const sc_ngram_trainer_options o = {.order = 2, .dir = dir};
    CHECK_OK(sc__dir_make(dir));
    *c = (cutting){0};
    CHECK_OK(sc__cutter_open(&c->cutter, SC_WORDS_WHITESPACE));
    CHECK_OK(sc__ngram_trainer_open(&c->t, &o));
}

static void end(cutting *c) {
    sc__cutter_close(c->cutter);
    sc__ngram_trainer_close(c->t);
    sc__buffer_deinit(&c->room.known);
    sc__buffer_deinit(&c->room.line);
    sc__buffer_deinit(&c->chunk);
}

static void cut(cutting *c, const char *text) {
    const sc_record record = {.text = {text, strlen(text)}};
    CHECK_OK(sc__cutter_append(&c->chunk, c->cutter, &record));
}

static void collect(cutting *c) {
    CHECK_OK(sc__cut_collect(c->t, c->chunk.data, c->chunk.len, &c->room));
    sc__buffer_clear(&c->chunk);
}

static void check_tokens(const cutting *c, const uint32_t *want, size_t n) {
    CHECK_INT(c->t->pending.len, n * sizeof *want);
    CHECK(!memcmp(c->t->pending.data, want, n * sizeof *want));
}

TEST(cut_lines, "stage/curation/ngram/cut/lines") {
    cutting c;
    begin(&c);
    cut(&c, "a bb a\n\n \nccc");
    cut(&c, "");
    cut(&c, "bb <s> dddd");
    collect(&c);
    collect(&c); /* nothing */
    cut(&c, "dddd bb new\n");
    collect(&c);
    static const uint32_t want[] = {3, 4, 3, 2, 5, 2, 4, 0, 6, 2, 6, 4, 7, 2};
    check_tokens(&c, want, SC_LEN(want));
    CHECK_STR(c.t->words.at[5], "ccc");
    CHECK_STR(c.t->words.at[7], "new");
    CHECK_INT(c.t->n_sentences, 4);
    end(&c);
}

/* More words than a chunk begins with room for; many chunks. */
TEST(cut_many, "stage/curation/ngram/cut/many_words") {
    enum { WORDS = 20000 };
    cutting c;
    sc_buffer text = SC_BUFFER_INIT;
    begin(&c);
    uint32_t *want = malloc((WORDS + 1) * 3 * sizeof *want);
    CHECK(want);
    for (int chunk = 0; chunk < 3; chunk++) {
        sc__buffer_clear(&text);
        for (uint64_t i = 0; i < WORDS; i++) {
            const uint64_t k = sc__random_permute((uint64_t)chunk, i, WORDS);
            sc__buffer_printf(&text, "word-%d ", (int)k);
            char name[32];
            snprintf(name, sizeof name, "word-%d", (int)k);
            uint32_t number = SC_NGRAM_OWN_WORDS + (uint32_t)i;
            if (chunk)
                number = sc__ngram_words_find(&c.t->words, name, strlen(name),
                                              sc__hash_word(name, strlen(name)));
            want[chunk * (WORDS + 1) + (int)i] = number;
        }
        want[chunk * (WORDS + 1) + WORDS] = SC_NGRAM_END;
        cut(&c, text.data);
        collect(&c);
    }
    CHECK_INT(c.t->words.n, SC_NGRAM_OWN_WORDS + WORDS);
    check_tokens(&c, want, (WORDS + 1) * 3);
    free(want);
    sc__buffer_deinit(&text);
    end(&c);
}
