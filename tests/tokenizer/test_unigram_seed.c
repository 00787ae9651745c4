/* test_unigram_seed.c - the substrings that learning begins with, and where they match, against
 * looking at every substring of every word. */
#include "test.h"

#include "base/random.h"
#include "tokenizer/unigram_learn.h"

enum { WORDS = 40, LONGEST = 20 };

typedef struct {
    char word[WORDS][LONGEST + 1];
    int64_t count[WORDS];
    int n;
} bag;

/* Different words of a few letters, with runs so that long pieces repeat. */
static void make_words(sc_words *w, bag *b, uint64_t seed) {
    memset(w, 0, sizeof *w);
    b->n = 0;
    w->max_memory = 1 << 26;
    w->words = sc__alloc(WORDS * sizeof *w->words);
    for (uint64_t i = 0; i < WORDS; i++) {
        char *to = b->word[b->n];
        const int n = 1 + (int)sc__random_below(seed, i, 0, LONGEST);
        for (int k = 0; k < n; k++)
            to[k] = (char)('a' + sc__random_below(seed, i, (uint64_t)k + 1, i % 3 ? 3 : 1));
        to[n] = 0;
        bool known = false;
        for (int k = 0; k < b->n; k++) known |= !strcmp(b->word[k], to);
        if (known) continue;
        b->count[b->n] = 1 + (int64_t)sc__random_below(seed, i, 99, 4);
        w->words[w->n_words++] = (sc_word){w->bytes.len, b->count[b->n], (uint32_t)n, 0};
        sc__buffer_append(&w->bytes, to, (size_t)n);
        b->n++;
    }
    CHECK_OK(w->bytes.status);
}

/* How often `piece` stands in the words; *branches: not always before the same character (the ends
 * of words are all different). */
static int64_t occurrences(const bag *b, const char *piece, bool *branches) {
    int64_t n = 0, ends = 0;
    bool next[256] = {false};
    for (int i = 0; i < b->n; i++)
        for (const char *p = b->word[i]; (p = strstr(p, piece)); p++) {
            const unsigned char c = (unsigned char)p[strlen(piece)];
            n += b->count[i];
            ends += c ? 0 : b->count[i];
            next[c] = true;
        }
    int64_t kinds = ends;
    for (int c = 1; c < 256; c++) kinds += next[c];
    *branches = kinds > 1;
    return n;
}

static int find_piece(const sc_unigram *u, const char *text) {
    char spelled[SC_PIECE_CHARS + 1];
    for (uint32_t i = 0; i < u->n_pieces; i++) {
        const sc_unigram_piece *p = &u->pieces[i];
        for (uint32_t k = 0; k < p->n; k++)
            spelled[k] = (char)(p->n == 1 ? p->begin : u->code[u->text[p->begin + k]]);
        spelled[p->n] = 0;
        if (!strcmp(spelled, text)) return (int)i;
    }
    return -1;
}

/* Every substring is a piece when it should be, and the list of matches names it where it stands.
 */
static void check_word(const sc_unigram *u, const bag *b, const char *word, const uint32_t **m) {
    const int n = (int)strlen(word);
    const char most[2] = {(char)u->pieces[0].begin, 0};
    bool any;
    const double first = (double)occurrences(b, most, &any);
    for (int p = 0; p < n; p++)
        for (int len = 1; p + len <= n; len++) {
            char text[LONGEST + 1];
            bool branches;
            snprintf(text, sizeof text, "%.*s", len, word + p);
            const int64_t count = occurrences(b, text, &branches);
            const int id = find_piece(u, text);
            CHECK_INT(id >= 0, len == 1 || (len <= SC_PIECE_CHARS && count > 1 && branches));
            if (id < 0) continue;
            CHECK_NEAR(exp(u->pieces[id].score - u->pieces[0].score) * first, (double)(count * len),
                       1e-6 * (double)count);
            CHECK_INT(sc__match_id(**m), id);
            CHECK_INT(sc__match_length(**m), len);
            ++*m;
        }
}

TEST(unigram_seed_brute, "tokenizer/unigram_seed/every-substring") {
    for (uint64_t round = 0; round < 20; round++) {
        sc_words w;
        sc_unigram u;
        bag b;
        make_words(&w, &b, test_seed() + round);
        CHECK_OK(sc__unigram_seed(&u, &w, 0));
        const uint32_t *m = u.matches;
        for (int i = 0; i < b.n; i++) check_word(&u, &b, b.word[i], &m);
        CHECK_INT(m - u.matches, u.n_matches);
        CHECK_INT(u.lanes[SC_LANES - 1].match_end, u.n_matches);
        CHECK_INT(u.lanes[SC_LANES - 1].word_end, u.n_words);
        sc__unigram_deinit(&u);
        sc__words_deinit(&w);
    }
}

/* -- learning -------------------------------------------------------------------------------- */

/* The sum over all segmentations of `word`, and into `expected` what each piece is expected. */
static double visit(const sc_unigram *u, const double *chance, const char *word, double before,
                    double *expected) {
    if (!*word) return before;
    double sum = 0;
    for (int n = 1; n <= SC_PIECE_CHARS && (size_t)n <= strlen(word); n++) {
        char text[SC_PIECE_CHARS + 1];
        snprintf(text, sizeof text, "%.*s", n, word);
        const int id = find_piece(u, text);
        if (id < 0) continue;
        const double all = visit(u, chance, word + n, before * chance[id], expected);
        expected[id] += all;
        sum += all;
    }
    return sum;
}

static void naive_step(sc_unigram *u, const bag *b, const sc_words *w, double *chance) {
    double sum = 0, *expected = calloc(u->n_pieces, sizeof *expected),
           *one = malloc(u->n_pieces * sizeof *one);
    for (int i = 0; i < b->n; i++) {
        for (uint32_t k = 0; k < u->n_pieces; k++) one[k] = 0;
        const double all = visit(u, chance, b->word[i], 1, one);
        for (uint32_t k = 0; k < u->n_pieces; k++)
            expected[k] += one[k] / all * (double)w->words[i].count;
    }
    for (uint32_t k = 0; k < u->n_pieces; k++) {
        if (expected[k] < 0.5) expected[k] = 0;
        sum += expected[k];
    }
    for (uint32_t k = 0; k < u->n_pieces; k++)
        chance[k] = expected[k] > 0 ? exp(sc__digamma(expected[k]) - sc__digamma(sum)) : 0;
    free(expected);
    free(one);
}

TEST(unigram_em_brute, "tokenizer/unigram_em/every-segmentation") {
    sc_words w;
    sc_unigram u;
    bag b;
    uint32_t *order, n_order, n_alive = 0;
    make_words(&w, &b, 11);
    for (int i = 0; i < b.n; i++) b.word[i][9] = 0; /* short ones: all segmentations are tried */
    for (size_t i = 0; i < w.n_words; i++) w.words[i].n = SC_MIN(w.words[i].n, 9);
    CHECK_OK(sc__unigram_seed(&u, &w, 0));
    double *chance = malloc(u.n_pieces * sizeof *chance);
    for (uint32_t i = 0; i < u.n_pieces; i++) chance[i] = exp(u.pieces[i].score);
    for (int step = 0; step < 2; step++) naive_step(&u, &b, &w, chance);
    const sc_unigram_options o = {100000, NULL, NULL};
    CHECK_OK(sc__unigram_learn(&order, &n_order, &u, &o));
    for (uint32_t i = 0; i < u.n_pieces; i++) {
        CHECK_INT(u.pieces[i].alive, chance[i] > 0);
        if (u.pieces[i].alive) CHECK_NEAR(exp(u.pieces[i].score), chance[i], 1e-12);
        n_alive += u.pieces[i].alive;
    }
    CHECK_INT(n_order, n_alive);
    free(chance);
    sc__free(order);
    sc__unigram_deinit(&u);
    sc__words_deinit(&w);
}

/* A word whose probability is below what a double holds: as many pieces are expected in it as in
 * its halves. */
TEST(unigram_em_underflow, "tokenizer/unigram_em/underflow") {
    sc_words w = {.max_memory = 1 << 26};
    sc_unigram u;
    uint32_t *order, n_order;
    w.words = sc__alloc(2 * sizeof *w.words);
    for (int i = 0; i < 3000; i++) sc__buffer_putc(&w.bytes, (char)('a' + i % 26));
    w.words[w.n_words++] = (sc_word){0, 1, 3000, 0};
    CHECK_OK(sc__unigram_seed(&u, &w, 0));
    const sc_unigram_options o = {100000, NULL, NULL};
    CHECK_OK(sc__unigram_learn(&order, &n_order, &u, &o));
    double sum = 0;
    for (uint32_t i = 0; i < n_order; i++) {
        CHECK(isfinite(u.pieces[order[i]].score));
        sum += exp(u.pieces[order[i]].score);
    }
    CHECK(sum > 0.5 && sum < 1.01);
    sc__free(order);
    sc__unigram_deinit(&u);
    sc__words_deinit(&w);
}

TEST(unigram_digamma, "tokenizer/unigram_em/digamma") {
    CHECK_NEAR(sc__digamma(1), -0.57721566490153286, 1e-10); /* minus Euler's constant */
    CHECK_NEAR(sc__digamma(0.5), -1.96351002602142348, 1e-10);
    CHECK_NEAR(sc__digamma(100), 4.60016185273808, 1e-10);
    for (double x = 0.3; x < 30; x *= 1.7)
        CHECK_NEAR(sc__digamma(x + 1), sc__digamma(x) + 1 / x, 1e-10);
}
