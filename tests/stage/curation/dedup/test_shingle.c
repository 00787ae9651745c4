/* test_shingle.c - which texts are the same words, and sets against the naive way. */
#include "test.h"

#include "base/random.h"
#include "stage/curation/dedup/shingle.h"

static sc_letters letters;

static sc_slice slice(const char *text) { return (sc_slice){text, strlen(text)}; }

static sc_shingles make(const char *text, int n) {
    sc_shingles s = {0};
    if (!letters.codes) CHECK_OK(sc__letters_init(&letters));
    CHECK_OK(sc__shingles_run(&s, &letters, slice(text), n));
    return s;
}

static int64_t count_words(const char *text) {
    sc_shingles s = make(text, 1);
    const int64_t n = s.n;
    sc__shingles_deinit(&s);
    return n;
}

static bool same(const char *a, const char *b, int n) {
    sc_shingles x = make(a, n), y = make(b, n);
    const bool equal = x.n == y.n && !memcmp(x.at, y.at, (size_t)x.n * sizeof *x.at);
    sc__shingles_deinit(&x);
    sc__shingles_deinit(&y);
    return equal;
}

TEST(shingle_words, "stage/curation/dedup/shingle/words") {
    CHECK_INT(count_words(""), 0);
    CHECK_INT(count_words(" ... \n!"), 0);
    CHECK_INT(count_words("a"), 1);
    CHECK_INT(count_words("It's 3.14, really"), 5);
    CHECK_INT(count_words("\xEC\x95\x88\xEB\x85\x95 \xEC\x84\xB8\xEC\x83\x81"), 2); /* Hangul */
    CHECK_INT(count_words("\xE6\xBC\xA2\xE5\xAD\x97"), 2);                          /* Han */
    CHECK_INT(count_words("a\xE6\xBC\xA2"
                          "b"),
              3);
    CHECK_INT(count_words("\xE3\x81\x82\xE3\x82\xA2"), 2); /* kana */
    CHECK_INT(count_words("e\xCC\x81t\xC3\xA9"), 1);       /* a combining mark is of the word */
    CHECK_INT(count_words("\xF0\x9F\x98\x80"), 0);         /* an emoji is none */
    CHECK(same("The Cat, sat!", "the cat SAT", 2));
    CHECK(same("\xC3\x89T\xC3\x89", "\xC3\xA9t\xC3\xA9", 1));
    CHECK(!same("a b", "b a", 2));
    CHECK(!same("a b", "ab", 2));
    CHECK(!same("a b", "a b c", 5));
    CHECK(same("a b", "A. B.", 5));
}

TEST(shingle_rolling, "stage/curation/dedup/shingle/ngrams_depend_on_their_words_alone") {
    for (int n = 1; n <= 6; n++) {
        sc_shingles s = make("one two three four five six seven one two three four five six", n);
        CHECK_INT(s.n, 13 - n + 1);
        for (int64_t i = 0; i < s.n; i++)
            for (int64_t j = 0; j < i; j++) CHECK((s.at[i] == s.at[j]) == (i - j == 7));
        sc__shingles_deinit(&s);
    }
}

static int by_value(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void check_set(int64_t n, uint64_t range) {
    sc_shingles s = {0};
    uint64_t *want = sc__alloc((size_t)n * sizeof *want);
    for (int64_t i = 0; i < n; i++)
        want[i] = range ? sc__random_below(7, (uint64_t)n, (uint64_t)i, range)
                        : sc__random_below(7, 9, (uint64_t)i, UINT64_MAX);
    CHECK_OK(sc__shingles_append(&s, want, n));
    sc__shingles_make_set(&s);
    qsort(want, (size_t)n, sizeof *want, by_value);
    int64_t k = 0;
    for (int64_t i = 0; i < n; i++)
        if (!i || want[i] != want[i - 1]) CHECK(k < s.n && s.at[k++] == want[i]);
    CHECK_INT(s.n, k);
    sc__shingles_deinit(&s);
    sc__free(want);
}

TEST(shingle_set, "stage/curation/dedup/shingle/sets") {
    static const int64_t sizes[] = {0, 1, 2, 24, 25, 300, 5000};
    for (int i = 0; i < SC_LEN(sizes); i++) {
        check_set(sizes[i], 0);
        check_set(sizes[i], 3);
        check_set(sizes[i], 1000);
    }
    const uint64_t a[] = {1, 3, 5, 7}, b[] = {3, 4, 5, 6, 8};
    CHECK_INT(sc__set_common(a, 4, b, 5), 2);
    CHECK_NEAR(sc__set_similarity(a, 4, b, 5), 2.0 / 7, 1e-15);
    CHECK_NEAR(sc__set_similarity(a, 4, a, 4), 1, 0);
    CHECK_NEAR(sc__set_similarity(a, 0, b, 0), 0, 0);
    CHECK_NEAR(sc__set_similarity(a, 4, b, 0), 0, 0);
}

/* Texts of many blocks: as if each n-gram stood alone. */
TEST(shingle_long, "stage/curation/dedup/shingle/long_texts") {
    enum { WORDS = 9000 };
    for (int n = 1; n <= 5; n += 4) {
        sc_buffer b = SC_BUFFER_INIT;
        for (int i = 0; i < WORDS; i++)
            sc__buffer_printf(&b, i % 7 ? "w%d " : "\xE6\xBC\xA2w%d,", i % 2000);
        sc_shingles s = make(b.data, n), one = {0};
        const int64_t n_words = WORDS + (WORDS + 6) / 7;
        CHECK_INT(s.n_words, n_words);
        CHECK_INT(s.n, n_words - n + 1);
        sc__shingles_make_set(&s);
        const sc_slice all = {b.data, b.len};
        CHECK_OK(sc__shingles_run_set(&one, &letters, all, n));
        CHECK(one.n == s.n && !memcmp(one.at, s.at, (size_t)s.n * sizeof *s.at));
        for (const char *p = b.data; p < b.data + b.len - 200; p += 997) { /* from any place */
            while (*p != ' ') p++;
            sc_slice some = {p, 200};
            while (some.p[some.n] != ' ') some.n--;
            CHECK_OK(sc__shingles_run(&one, &letters, some, n));
            sc__shingles_make_set(&one);
            CHECK_INT(sc__set_common(one.at, one.n, s.at, s.n), one.n);
        }
        sc__shingles_deinit(&s);
        sc__shingles_deinit(&one);
        sc__buffer_deinit(&b);
    }
}

static sc_status make_one(void *arg) {
    (void)arg;
    sc_letters l;
    sc_shingles s = {0};
    SC_TRY(sc__letters_init(&l));
    const sc_status status = sc__shingles_run(&s, &l, slice("a b c"), 2);
    sc__shingles_deinit(&s);
    sc__letters_deinit(&l);
    return status;
}

TEST(shingle_oom, "stage/curation/dedup/shingle/oom") { CHECK_INT(test_oom(make_one, NULL), 3); }
