/* test_trainer.c - memory, threads and blocks change nothing; what does not fit is refused. */
#include "test.h"

#include "base/file.h"
#include "base/random.h"
#include "stage/curation/ngram/grams.h"

static const char *scratch_dir(void) {
    static char dir[512];
    snprintf(dir, sizeof dir, "%s", test_path("scratch"));
    CHECK_OK(sc__dir_make(dir));
    return dir;
}

static void add_words(sc_ngram_trainer *t, int n) {
    for (int i = 0; i < n; i++) {
        char word[16];
        uint32_t number;
        const size_t bytes = (size_t)snprintf(word, sizeof word, "w%d", i);
        CHECK_OK(sc__ngram_trainer_word(&number, t, word, bytes, sc__hash_word(word, bytes)));
        CHECK_INT(number, SC_NGRAM_OWN_WORDS + i);
    }
}

/* Sentences of words some of which are frequent, n words in all. */
static void add_text(sc_ngram_trainer *t, int64_t n, int n_words) {
    uint32_t line[100];
    for (uint64_t at = 0, number = 0; (int64_t)at < n; number++) {
        const int64_t length = 1 + (int64_t)sc__random_below(3, 1, number, 60);
        for (int64_t i = 0; i < length; i++) {
            const double x = (double)sc__random_uniform(3, 2, at++);
            line[i] = SC_NGRAM_OWN_WORDS + (uint32_t)(x * x * x * x * n_words);
        }
        CHECK_OK(sc__ngram_trainer_append(t, line, length));
    }
}

static sc_ngram_trained train(const char *path, sc_ngram_trainer_options o, int copies) {
    sc_ngram_trainer *t;
    sc_ngram_trained r;
    o.dir = scratch_dir();
    CHECK_OK(sc__ngram_trainer_open(&t, &o));
    add_words(t, 2000);
    for (int i = 0; i < copies; i++) add_text(t, 200000, 2000);
    CHECK_OK(sc__ngram_trainer_save(&r, t, path));
    sc__ngram_trainer_close(t);
    return r;
}

static bool same_files(const char *a, const char *b) {
    sc_map x, y;
    CHECK_OK(sc__map_open(&x, a));
    CHECK_OK(sc__map_open(&y, b));
    const bool same = x.size == y.size && !memcmp(x.data, y.data, x.size);
    sc__map_close(&x);
    sc__map_close(&y);
    return same;
}

TEST(trainer_same, "stage/curation/ngram/trainer/threads_and_memory") {
    static const int orders[] = {2, 5};
    for (int i = 0; i < SC_LEN(orders); i++) {
        const int order = orders[i];
        const char *a = test_path("a.arpa"), *b = test_path("b.arpa");
        train(a, (sc_ngram_trainer_options){.order = order, .threads = 1}, 2);
        train(b, (sc_ngram_trainer_options){.order = order, .threads = 3}, 2);
        CHECK(same_files(a, b));
        train(b, (sc_ngram_trainer_options){.order = order, .threads = 2, .max_memory = 2 << 20},
              2);
        CHECK(same_files(a, b));
    }
    sc_paths left;
    sc_arena arena = SC_ARENA_INIT;
    CHECK_STATUS(SC_IO, sc__paths_find(&left, &arena, scratch_dir())); /* nothing is left */
    sc__arena_deinit(&arena);
}

/* The same text again has no n-gram of its own, wherever blocks of tokens end. */
TEST(trainer_blocks, "stage/curation/ngram/trainer/blocks") {
    const sc_ngram_trainer_options o = {.order = 8, .threads = 2};
    const sc_ngram_trained one = train(test_path("a.arpa"), o, 1);
    const sc_ngram_trained three = train(test_path("b.arpa"), o, 3);
    CHECK(one.words > 200000);
    CHECK_INT(three.words, 3 * one.words);
    CHECK_INT(three.sentences, 3 * one.sentences);
    CHECK_INT(three.ngrams, one.ngrams);
}

TEST(trainer_min_count, "stage/curation/ngram/trainer/min_count") {
    sc_ngram *m;
    const sc_ngram_trained r =
        train(test_path("a.arpa"), (sc_ngram_trainer_options){.order = 1, .min_count = 60}, 1);
    CHECK(r.vocabulary > 100 && r.vocabulary < 1900);
    CHECK_INT(r.ngrams, r.vocabulary);
    CHECK_OK(sc__ngram_load(&m, test_path("a.arpa")));
    CHECK_INT(m->words.n, r.vocabulary);
    CHECK(m->tables[0].at[SC_NGRAM_UNKNOWN].prob > -3); /* what was left out */
    sc__ngram_close(m);
}

TEST(trainer_refuses, "stage/curation/ngram/trainer/refuses") {
    sc_ngram_trainer *t;
    sc_ngram_trained r;
    sc_ngram_trainer_options o = {.order = 5, .max_memory = 100000, .dir = scratch_dir()};
    CHECK_OK(sc__ngram_trainer_open(&t, &o));
    add_words(t, 2000);
    add_text(t, 10, 10);
    CHECK_STATUS(SC_NOMEM, sc__ngram_trainer_save(&r, t, test_path("x.arpa")));
    CHECK_ERROR("different words");
    sc__ngram_trainer_close(t);

    o.max_memory = 1 << 20;
    CHECK_OK(sc__ngram_trainer_open(&t, &o));
    add_words(t, 32);
    for (uint32_t i = 0; i < 32 * 32 * 32; i++) { /* many that end in w0 w1 */
        const uint32_t line[] = {3 + i % 32, 3 + i / 32 % 32, 3 + i / 1024, 3, 4};
        CHECK_OK(sc__ngram_trainer_append(t, line, 5));
    }
    CHECK_STATUS(SC_NOMEM, sc__ngram_trainer_save(&r, t, test_path("x.arpa")));
    CHECK_ERROR("the same two words");
    sc__ngram_trainer_close(t);

    int stop = 1;
    o = (sc_ngram_trainer_options){.order = 3, .dir = scratch_dir(), .stop = &stop};
    CHECK_OK(sc__ngram_trainer_open(&t, &o));
    add_words(t, 10);
    add_text(t, 100, 10);
    CHECK_STATUS(SC_INTERRUPTED, sc__ngram_trainer_save(&r, t, test_path("x.arpa")));
    sc__ngram_trainer_close(t);
    CHECK(!sc__path_exists(test_path("x.arpa")));

    o.dir = test_path("none");
    CHECK_STATUS(SC_IO, sc__ngram_trainer_open(&t, &o));
    CHECK(!t);
}

/* A full disk at any write. */
TEST(trainer_full, "stage/curation/ngram/trainer/full_disk") {
    const sc_ngram_trainer_options o = {.order = 3, .threads = 1, .dir = scratch_dir()};
    const char *path = test_path("x.arpa");
    for (int64_t k = 0;; k++) {
        sc_ngram_trainer *t = NULL;
        sc_ngram_trained r;
        sc__file_fail_at(k);
        sc_status s = sc__ngram_trainer_open(&t, &o);
        if (s >= 0) {
            add_words(t, 10);
            add_text(t, 100, 10);
            s = sc__ngram_trainer_save(&r, t, path);
        }
        sc__file_fail_at(-1);
        sc__ngram_trainer_close(t);
        if (s >= 0) {
            CHECK(k > 8);
            return;
        }
        CHECK_INT(s, SC_IO);
        CHECK_ERROR("No space");
    }
}

TEST(grams_layout, "stage/curation/ngram/grams/words_come_back") {
    for (int most = 1; most <= SC_NGRAM_ORDER_MAX; most++)
        for (int n = 1; n <= most; n++) {
            uint32_t words[SC_NGRAM_ORDER_MAX], back[SC_NGRAM_ORDER_MAX];
            uint64_t item[8], payload[2] = {1, 2};
            const sc_gram_layout l = sc__gram_layout(most, sizeof payload);
            CHECK(l.size <= sizeof item && l.size % 8 == 0 && l.payload % 8 == 0);
            for (int i = 0; i < n; i++)
                words[i] = (uint32_t)sc__random_below(9, (uint64_t)n, (uint64_t)i, UINT32_MAX);
            sc__gram_put(item, &l, words, n);
            memcpy((char *)item + l.payload, payload, sizeof payload);
            CHECK_INT(sc__gram_get(back, item, &l), n);
            CHECK(!memcmp(words, back, (size_t)n * sizeof *words));
        }
}
