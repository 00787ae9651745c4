/* test_unigram_sample.c - the n best and drawn segmentations against the list of all of them. */
#include "test.h"

#include "socle/tokenizer.h"

/* Words between spaces; "ab" is better as one, "abc" worse than "ab" "c". */
static const char json[] =
    "{\"added_tokens\":[{\"id\":1,\"content\":\"<s>\",\"special\":true}],\"pre_tokenizer\":{"
    "\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"Removed\",\"invert\":false},"
    "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"byte_fallback\":false,\"vocab\":[[\"<unk>\",0],"
    "[\"<s>\",0],[\"a\",-2],[\"b\",-2.25],[\"c\",-1.5],[\"ab\",-3],[\"bc\",-3.5],[\"abc\",-5]]}}";
enum { UNK, BOS, A, B, C, AB, BC, ABC };

static sc_encoder *open_encoder(sc_tokenizer **t) {
    sc_encoder *e;
    CHECK_OK(sc_tokenizer_parse(t, json, sizeof json - 1, "unigram"));
    CHECK_OK(sc_encoder_open(&e, *t));
    return e;
}

static void check_ids(const sc_ids *ids, const int32_t *want, int64_t n) {
    CHECK_INT(ids->n, n);
    for (int64_t i = 0; i < n; i++) CHECK_INT(ids->ids[i], want[i]);
}

/* The four segmentations of "abc". */
static const struct {
    int32_t ids[3];
    int n;
    double score;
} all[] = {{{AB, C}, 2, -4.5}, {{ABC}, 1, -5}, {{A, BC}, 2, -5.5}, {{A, B, C}, 3, -5.75}};

TEST(unigram_nbest, "tokenizer/unigram_sample/n-best") {
    sc_tokenizer *t;
    sc_encoder *e = open_encoder(&t);
    for (int most = 1; most < 7; most++) {
        sc_segmentations list = SC_SEGMENTATIONS_INIT;
        CHECK_OK(sc_encoder_nbest(e, &list, most, "abc", 3, 0));
        CHECK_INT(list.n, SC_MIN(most, 4));
        for (int64_t i = 0; i < list.n; i++) {
            check_ids(&list.items[i].ids, all[i].ids, all[i].n);
            CHECK_NEAR(list.items[i].score, all[i].score, 1e-12);
        }
        sc_segmentations_deinit(&list);
    }
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}

/* Two words and a special token between them: sixteen segmentations, by the sum of their scores. */
TEST(unigram_nbest_words, "tokenizer/unigram_sample/n-best-of-words") {
    sc_tokenizer *t;
    sc_encoder *e = open_encoder(&t);
    sc_segmentations list = SC_SEGMENTATIONS_INIT;
    const char *text = "abc <s> abc zz";
    const int32_t best[] = {AB, C, BOS, AB, C, UNK};
    sc_ids ids = SC_IDS_INIT;
    CHECK_OK(sc_encoder_nbest(e, &list, 100, text, strlen(text), 0));
    CHECK_INT(list.n, 16);
    check_ids(&list.items[0].ids, best, 6);
    CHECK_OK(sc_encoder_run(e, &ids, text, strlen(text), 0));
    check_ids(&ids, best, 6);
    for (int64_t i = 1; i < list.n; i++) CHECK(list.items[i].score <= list.items[i - 1].score);
    for (int64_t i = 0; i < list.n; i++) /* no two are the same */
        for (int64_t k = 0; k < i; k++)
            CHECK(list.items[i].ids.n != list.items[k].ids.n ||
                  memcmp(list.items[i].ids.ids, list.items[k].ids.ids,
                         (size_t)list.items[i].ids.n * sizeof(int32_t)));
    sc_segmentations few = SC_SEGMENTATIONS_INIT;
    CHECK_OK(sc_encoder_nbest(e, &few, 5, text, strlen(text), 0));
    CHECK_INT(few.n, 5);
    for (int i = 0; i < 5; i++) CHECK_NEAR(few.items[i].score, list.items[i].score, 1e-12);
    CHECK_OK(sc_encoder_nbest(e, &few, 5, "", 0, 0));
    CHECK_INT(few.n, 6);
    CHECK_INT(few.items[5].ids.n, 0);
    sc_segmentations_deinit(&few);
    sc_segmentations_deinit(&list);
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}

static int which(const sc_ids *ids) {
    for (int k = 0; k < SC_LEN(all); k++)
        if (ids->n == all[k].n && !memcmp(ids->ids, all[k].ids, (size_t)ids->n * sizeof(int32_t)))
            return k;
    test_fail(__FILE__, __LINE__, "not a segmentation");
}

TEST(unigram_draw, "tokenizer/unigram_sample/drawn-in-proportion") {
    static const double alphas[] = {0, 0.5, 1, 3};
    enum { DRAWS = 20000 };
    sc_tokenizer *t;
    sc_encoder *e = open_encoder(&t);
    for (int a = 0; a < SC_LEN(alphas); a++) {
        int counts[4] = {0};
        double sum = 0;
        CHECK_OK(sc_encoder_sample(e, alphas[a], 7));
        for (int i = 0; i < DRAWS; i++) {
            sc_ids ids = SC_IDS_INIT;
            CHECK_OK(sc_encoder_run(e, &ids, "abc", 3, 0));
            counts[which(&ids)]++;
            sc_ids_deinit(&ids);
        }
        for (int k = 0; k < 4; k++) sum += exp(alphas[a] * all[k].score);
        for (int k = 0; k < 4; k++) {
            const double p = exp(alphas[a] * all[k].score) / sum; /* five standard deviations */
            CHECK_NEAR(counts[k], DRAWS * p, 5 * sqrt(DRAWS * p * (1 - p)) + 1);
        }
    }
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}

static void draw(sc_ids *ids, sc_encoder *e, uint64_t seed) {
    static const char text[] = "abc abc abc abc abc abc abc abc abc abc abc abc zz";
    ids->n = 0;
    CHECK_OK(sc_encoder_sample(e, 0.3, seed));
    CHECK_OK(sc_encoder_run(e, ids, text, sizeof text - 1, 0));
}

TEST(unigram_draw_seed, "tokenizer/unigram_sample/same-seed-same-ids") {
    sc_tokenizer *t;
    sc_encoder *e = open_encoder(&t);
    sc_ids a = SC_IDS_INIT, b = SC_IDS_INIT;
    draw(&a, e, 1);
    draw(&b, e, 1);
    check_ids(&b, a.ids, a.n);
    draw(&b, e, 2);
    CHECK(a.n != b.n || memcmp(a.ids, b.ids, (size_t)a.n * sizeof *a.ids));
    sc_ids_deinit(&a);
    sc_ids_deinit(&b);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}

TEST(unigram_sample_refused, "tokenizer/unigram_sample/refused") {
    static const char bpe[] = "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}";
    sc_tokenizer *t;
    sc_encoder *e;
    sc_segmentations list = SC_SEGMENTATIONS_INIT;
    CHECK_OK(sc_tokenizer_parse(&t, bpe, sizeof bpe - 1, "bpe"));
    CHECK_OK(sc_encoder_open(&e, t));
    CHECK_STATUS(SC_USAGE, sc_encoder_sample(e, 1, 1));
    CHECK_ERROR("BPE");
    CHECK_STATUS(SC_USAGE, sc_encoder_nbest(e, &list, 2, "a", 1, 0));
    sc_encoder_close(e);
    sc_tokenizer_close(t);
    e = open_encoder(&t);
    CHECK_STATUS(SC_USAGE, sc_encoder_sample(e, -0.1, 1));
    CHECK_STATUS(SC_USAGE, sc_encoder_sample(e, (double)NAN, 1));
    CHECK_STATUS(SC_USAGE, sc_encoder_nbest(e, &list, 0, "a", 1, 0));
    CHECK_STATUS(SC_USAGE, sc_encoder_nbest(e, &list, 1025, "a", 1, 0));
    CHECK_STATUS(SC_FORMAT, sc_encoder_nbest(e, &list, 2, "a\xFF", 2, SC_ENCODE_STRICT));
    CHECK_INT(list.n, 0);
    sc_encoder_close(e);
    sc_tokenizer_close(t);
}

static sc_status without_memory(void *arg) {
    sc_segmentations list = SC_SEGMENTATIONS_INIT;
    sc_ids ids = SC_IDS_INIT;
    sc_encoder *e;
    SC_TRY(sc_encoder_open(&e, arg));
    sc_status s = sc_encoder_nbest(e, &list, 3, "abc <s> ab", 10, 0);
    if (s >= 0) s = sc_encoder_sample(e, 1, 1);
    if (s >= 0) s = sc_encoder_run(e, &ids, "abc", 3, 0);
    sc_segmentations_deinit(&list);
    sc_ids_deinit(&ids);
    sc_encoder_close(e);
    return s;
}

TEST(unigram_sample_no_memory, "tokenizer/unigram_sample/no-memory") {
    sc_tokenizer *t;
    CHECK_OK(sc_tokenizer_parse(&t, json, sizeof json - 1, "unigram"));
    CHECK(test_oom(without_memory, t) > 10);
    sc_tokenizer_close(t);
}
