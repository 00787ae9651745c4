/* test_ngram.c - models from counts, as files, and what they say. */
#include "test.h"

#include "base/file.h"
#include "format/stream.h"
#include "stage/curation/ngram/ngram.h"

/* Counts a sentence of words between spaces. */
static sc_status count_line(sc_ngram *m, const char *text, size_t n, bool grow) {
    uint32_t ids[4000];
    int64_t k = 0;
    for (const char *p = text, *end = text + n; p < end;) {
        const char *stop = p;
        while (stop < end && *stop != ' ') stop++;
        if (stop > p) {
            CHECK(k < SC_LEN(ids));
            ids[k] = sc__ngram_word(m, p, (size_t)(stop - p));
            if (grow) SC_TRY(sc__ngram_add_word(&ids[k], m, p, (size_t)(stop - p)));
            k++;
        }
        p = stop + 1;
    }
    return sc__ngram_count(m, ids, k);
}

static sc_status train(sc_ngram **out, int order, const char *const *lines, int n) {
    const sc_ngram_estimate_options o = {0};
    int fallback;
    SC_TRY(sc__ngram_open(out, order));
    for (int i = 0; i < n; i++) SC_TRY(count_line(*out, lines[i], strlen(lines[i]), true));
    return sc__ngram_estimate(*out, &o, &fallback);
}

static const char *const lines[] = {"a b c a b d", "a b c d",  "b c a",       "d d a b",
                                    "c b a b c",   "e a b c",  "f g a b c d", "a c e g",
                                    "b",           "a b c a b"};

static double line_score(const sc_ngram *m, const char *text) {
    sc_ngram_state s;
    double sum = 0;
    sc__ngram_begin(&s, m);
    for (const char *p = text; *p;) {
        const size_t n = strcspn(p, " ");
        sum += sc__ngram_next(&s, m, sc__ngram_word(m, p, n));
        p += n + (p[n] == ' ');
    }
    return sum + sc__ngram_next(&s, m, SC_NGRAM_END);
}

/* Behind any words that came, the probabilities of all next ones add up to 1. */
TEST(ngram_sums, "stage/curation/ngram/ngram/sums") {
    for (int order = 1; order <= 5; order++) {
        sc_ngram *m = NULL;
        CHECK_OK(train(&m, order, lines, SC_LEN(lines)));
        for (uint32_t i = 0; i < m->n_words * m->n_words * 5; i++) {
            sc_ngram_state s;
            double sum = 0;
            sc__ngram_begin(&s, m);
            for (uint32_t x = i; x; x /= m->n_words)
                if (x % m->n_words > SC_NGRAM_END) (void)sc__ngram_next(&s, m, x % m->n_words);
            for (uint32_t w = 0; w < m->n_words; w++) {
                sc_ngram_state copy = s;
                if (w != SC_NGRAM_BEGIN) sum += pow(10, sc__ngram_next(&copy, m, w));
            }
            CHECK_NEAR(sum, 1, 1e-5);
        }
        sc__ngram_close(m);
    }
}

/* By hand: "a b", "a c", bigrams; too few for discounts, so 0.5, 1 and 1.5. */
TEST(ngram_by_hand, "stage/curation/ngram/ngram/by_hand") {
    static const char *const two[] = {"a b", "a c"};
    sc_ngram *m = NULL;
    CHECK_OK(train(&m, 2, two, 2));
    /* Preceded by: a 1 word, b 1, c 1, </s> 2: 5; discounts 0.5 * 3 + 1, over 5 words. */
    const double lowest = 2.5 / 5 / 5, b1 = 0.5 / 5 + lowest, end1 = 1.0 / 5 + lowest;
    CHECK_NEAR(pow(10, (double)m->tables[0].at[SC_NGRAM_UNKNOWN].prob), lowest, 1e-6);
    /* <s> a twice: (2 - 1) / 2 + 1 / 2 a1; a b once of 2: 0.5 / 2 + 1 / 2 b1; b </s>. */
    const double p = (0.5 + 0.5 * b1) * (0.25 + 0.5 * b1) * (0.5 + 0.5 * end1);
    CHECK_NEAR(pow(10, line_score(m, "a b")), p, 1e-6);
    sc__ngram_close(m);
}

TEST(ngram_file, "stage/curation/ngram/ngram/file") {
    sc_ngram *m = NULL, *again;
    CHECK_OK(train(&m, 4, lines, SC_LEN(lines)));
    CHECK_OK(sc__ngram_save(m, test_path("a.arpa")));
    CHECK_OK(sc__ngram_load(&again, test_path("a.arpa")));
    static const char *const asked[] = {"a b c d", "d c b a x", "", "g g g g g g", "e a b c a b"};
    for (int i = 0; i < SC_LEN(asked); i++)
        CHECK_NEAR(line_score(again, asked[i]), line_score(m, asked[i]), 1e-4);
    CHECK_OK(sc__ngram_save(again, test_path("b.arpa")));
    sc_map a, b;
    CHECK_OK(sc__map_open(&a, test_path("a.arpa")));
    CHECK_OK(sc__map_open(&b, test_path("b.arpa")));
    CHECK(a.size == b.size && !memcmp(a.data, b.data, a.size));
    sc__map_close(&a);
    sc__map_close(&b);
    sc__ngram_close(m);
    sc__ngram_close(again);
}

/* Backing off as a file says it, with a prefix that the file leaves out. */
TEST(ngram_backoff, "stage/curation/ngram/ngram/backoff") {
    sc_ngram *m;
    CHECK_OK(sc__ngram_load(&m, test_data("corpus/arpa/small.arpa")));
    sc_ngram_state s;
    const uint32_t a = sc__ngram_word(m, "a", 1), b = sc__ngram_word(m, "b", 1);
    sc__ngram_begin(&s, m);
    CHECK_NEAR(sc__ngram_next(&s, m, a), -0.3, 1e-6);
    CHECK_NEAR(sc__ngram_next(&s, m, b), -0.125 - 0.4, 1e-6); /* <s> a b is not there */
    CHECK_NEAR(sc__ngram_next(&s, m, b), -1.1, 1e-6);
    sc__ngram_begin(&s, m);
    CHECK_NEAR(sc__ngram_next(&s, m, b), -0.5 - 1.1, 1e-6);
    CHECK_NEAR(sc__ngram_next(&s, m, a), -0.2, 1e-6); /* <s> b a, though <s> b has no line */
    CHECK_NEAR(sc__ngram_next(&s, m, a), -0.25 - 0.9, 1e-6);
    sc__ngram_begin(&s, m);
    CHECK_NEAR(sc__ngram_next(&s, m, SC_NGRAM_UNKNOWN), -0.5 - 1, 1e-6);
    sc__ngram_close(m);
}

TEST(ngram_bad, "stage/curation/ngram/ngram/bad") {
#define ONE "\\data\\\nngram 1=1\n\n\\1-grams:\n"
    static const char *const bad[] = {
        "",
        "x",
        "\\data\\\n",
        "\\data\\\nngram 2=1\n",
        "\\data\\\nngram 1=x\n",
        "\\data\\\nngram 1=99999999999\n\\1-grams:\n-1 a\n\\end\\",
        ONE,
        ONE "-1 a\n",
        ONE "\\end\\",
        ONE "-1\n\\end\\",
        ONE "1 a\n\\end\\",
        ONE "x a\n\\end\\",
        ONE "-1 a x\n\\end\\",
        ONE "-1 a 0 0\n\\end\\",
        ONE "-1 a\n-1 a\n\\end\\",
        ONE "-1 a\n\\2-grams:\n\\end\\",
        ONE "nan a\n\\end\\",
        ONE "-1 a inf\n\\end\\",
        "\\data\\\nngram 1=1\nngram 2=1\n\\1-grams:\n-1 a\n\\2-grams:\n-1 a b\n\\end\\",
        "\\data\\\nngram 1=1\nngram 2=1\n\\1-grams:\n-1 a\n\\2-grams:\n-1 a\n\\end\\",
        ("\\data\\\nngram 1=1\nngram 2=1\nngram 3=1\nngram 4=1\nngram 5=1\nngram 6=1\nngram 7=1\n"
         "ngram 8=1\nngram 9=1\n")};
    for (int i = 0; i < SC_LEN(bad); i++) {
        sc_ngram *m;
        CHECK_STATUS(SC_FORMAT, sc__ngram_parse(&m, bad[i], strlen(bad[i]), "x.arpa"));
        CHECK_ERROR("x.arpa:");
        CHECK(!m);
    }
    sc_ngram *m;
    CHECK_OK(sc__ngram_parse(&m, ONE "-1 a\n\\end\\", strlen(ONE "-1 a\n\\end\\"), "x"));
    sc__ngram_close(m);
    CHECK_STATUS(SC_FORMAT, train(&m, 3, lines, 0));
    sc__ngram_close(m);
}

static sc_status train_and_save(void *arg) {
    (void)arg;
    sc_ngram *m = NULL, *again = NULL;
    sc_status s = train(&m, 3, lines, SC_LEN(lines));
    if (s >= 0) s = sc__ngram_save(m, test_path("oom.arpa"));
    if (s >= 0) s = sc__ngram_load(&again, test_path("oom.arpa"));
    sc__ngram_close(m);
    sc__ngram_close(again);
    return s;
}

TEST(ngram_oom, "stage/curation/ngram/ngram/oom") { CHECK(test_oom(train_and_save, NULL) > 10); }

/* ---- against published and measured figures, where the data is ------------------------------- */

static void read_shared(sc_buffer *out, const char *name) {
    const char *shared = getenv("SOCLE_SHARED");
    char path[512];
    sc_stream *stream;
    snprintf(path, sizeof path, "%s/data/lm-english/%s", shared ? shared : "../shared", name);
    if (!sc__path_exists(path)) test_skip("%s is not here", path);
    CHECK_OK(sc__stream_open(&stream, path));
    sc__buffer_puts(out, "");
    for (int64_t n = 1; n > 0;) {
        char *room = sc__buffer_extend(out, 1 << 16);
        CHECK(room);
        size_t got;
        CHECK_OK(sc__stream_read(&got, stream, room, 1 << 16));
        out->len -= (1 << 16) - got;
        n = (int64_t)got;
    }
    sc__buffer_append(out, "", 1); /* a zero behind the text */
    out->len--;
    sc__stream_close(stream);
}

/* KenLM's own file, and what its tests (lm/model_test.cc) hold each word to. */
TEST(ngram_kenlm, "stage/curation/ngram/ngram/kenlm") {
    static const struct {
        const char *word;
        double score;
    } steps[] = {{"looking", -0.484652},  {"on", -0.348837},   {"a", -0.0155266},
                 {"little", -0.00306122}, {"the", -4.04005},   {"biarritz", -1.9889},
                 {"not_found", -2.29666}, {"more", -21.20632}, {".", -0.51363},
                 {"</s>", -0.0191651}};
    sc_buffer text = SC_BUFFER_INIT;
    sc_ngram *m;
    sc_ngram_state s;
    read_shared(&text, "kenlm.test.arpa");
    CHECK_OK(sc__ngram_parse(&m, text.data, text.len, "kenlm.test.arpa"));
    sc__ngram_begin(&s, m);
    for (int i = 0; i < SC_LEN(steps); i++) {
        const uint32_t word = sc__ngram_word(m, steps[i].word, strlen(steps[i].word));
        CHECK_NEAR(sc__ngram_next(&s, m, word), steps[i].score, 2e-5);
    }
    sc__ngram_close(m);
    sc__buffer_deinit(&text);
}

typedef struct {
    double log10;
    int64_t n;
} asked;

/* Every line of a text: counted, or asked. */
static void each_line(sc_ngram *m, const sc_buffer *text, asked *sums) {
    for (const char *p = text->data, *end = p + text->len; p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (!newline) newline = end;
        if (!sums) {
            CHECK_OK(count_line(m, p, (size_t)(newline - p), false));
        } else if (newline > p) {
            char line[20000];
            CHECK((size_t)(newline - p) < sizeof line);
            snprintf(line, sizeof line, "%.*s", (int)(newline - p), p);
            sums->log10 += line_score(m, line);
            for (const char *c = line; *c; c++) sums->n += *c == ' ';
            sums->n += 2;
        }
        p = newline + 1;
    }
}

/* The words that come more than three times, as they first come. */
static void choose(sc_ngram *m, const sc_buffer *text) {
    sc_ngram *all;
    uint32_t word;
    CHECK_OK(sc__ngram_open(&all, 1));
    for (const char *p = text->data; *p;) {
        const size_t n = strcspn(p, " \n");
        if (n) {
            CHECK_OK(sc__ngram_add_word(&word, all, p, n));
            all->tables[0].at[word].count++;
        }
        p += n + (p[n] != 0);
    }
    for (uint32_t i = 3; i < all->n_words; i++)
        if (all->tables[0].at[i].count > 3)
            CHECK_OK(sc__ngram_add_word(&word, m, all->words[i], strlen(all->words[i])));
    sc__ngram_close(all);
}

TEST(ngram_brown, "stage/curation/ngram/ngram/brown") {
    sc_buffer train_text = SC_BUFFER_INIT;
    static const char *const names[] = {"brown.valid.txt.gz", "brown.test.txt.gz"};
    static const double want[] = {273.2, 253.0}; /* measured elsewhere on these files */
    const sc_ngram_estimate_options o = {.one_discount = true};
    sc_ngram *m;
    int fallback;
    read_shared(&train_text, "brown.train.txt.gz");
    CHECK_OK(sc__ngram_open(&m, 3));
    sc_buffer all = SC_BUFFER_INIT; /* as Bengio et al. 2003 choose: of all three */
    sc__buffer_append(&all, train_text.data, train_text.len);
    for (int i = 0; i < 2; i++) read_shared(&all, names[i]);
    choose(m, &all);
    CHECK_INT(m->n_words, 17904 + 3);
    sc__buffer_deinit(&all);
    each_line(m, &train_text, NULL);
    CHECK_OK(sc__ngram_estimate(m, &o, &fallback));
    CHECK_INT(fallback, 0);
    for (int i = 0; i < 2; i++) {
        sc_buffer text = SC_BUFFER_INIT;
        asked x = {0};
        read_shared(&text, names[i]);
        each_line(m, &text, &x);
        const double perplexity = pow(10, -x.log10 / (double)x.n);
        printf("%s: %.2f\n", names[i], perplexity);
        CHECK_NEAR(perplexity, want[i], want[i] * 0.01);
        sc__buffer_deinit(&text);
    }
    sc__ngram_close(m);
    sc__buffer_deinit(&train_text);
}

TEST(ngram_characters, "stage/curation/ngram/ngram/characters") {
    sc_buffer text = SC_BUFFER_INIT;
    const sc_ngram_estimate_options o = {0};
    sc_ngram *m;
    sc_ngram_state s;
    int fallback;
    double sum = 0;
    read_shared(&text, "tinyshakespeare.txt.gz");
    CHECK_OK(sc__ngram_open(&m, 6));
    uint32_t *ids = malloc(text.len * sizeof *ids);
    CHECK(ids);
    for (size_t i = 0; i < text.len; i++)
        CHECK_OK(sc__ngram_add_word(&ids[i], m, text.data + i, 1));
    const int64_t n = (int64_t)text.len * 9 / 10;
    CHECK_OK(sc__ngram_count(m, ids, n));
    CHECK_OK(sc__ngram_estimate(m, &o, &fallback));
    sc__ngram_begin(&s, m);
    for (size_t i = (size_t)n; i < text.len; i++) sum += sc__ngram_next(&s, m, ids[i]);
    const double nats = -sum * log(10) / (double)(text.len - (size_t)n);
    printf("%.4f nats a character\n", nats);
    CHECK(nats < 1.575); /* 1.558 measured elsewhere, of Kneser-Ney of order 6 */
    free(ids);
    sc__ngram_close(m);
    sc__buffer_deinit(&text);
}
