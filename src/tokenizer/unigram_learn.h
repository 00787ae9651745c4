/* unigram_learn.h - what learning a Unigram model works on (Kudo 2018, "Subword Regularization",
 * section 3.2; the seeds are those of sentencepiece).
 *
 * Every place of every word is listed once with the pieces that begin there. Learning then reads
 * this list from front to back, again and again, and never looks at the text. */
#ifndef SC_TOKENIZER_UNIGRAM_LEARN_H
#define SC_TOKENIZER_UNIGRAM_LEARN_H

#include "base/pool.h"
#include "tokenizer/words.h"

enum {
    SC_PIECE_CHARS = 16,      /* a piece is at most so long, as in both reference trainers */
    SC_PIECE_SEEDS = 1000000, /* and there are at most so many to begin with, */
    SC_SEED_MEMORY = 512,     /* fewer where memory is less than so many bytes for each */
    SC_LANES = 8              /* parts of the words whose sums are added in order: no thread count
                                 changes a bit */
};

/* A match is a piece with its length above: of length 1 (the character itself) is the first of each
 * place and no other. */
enum { SC_MATCH_ID_BITS = 27 };
static inline uint32_t sc__match_length(uint32_t m) { return m >> SC_MATCH_ID_BITS; }
static inline uint32_t sc__match_id(uint32_t m) { return m & ((1u << SC_MATCH_ID_BITS) - 1); }

typedef struct {
    int64_t count; /* how often the word occurs */
    uint32_t n;    /* characters; its matches are n groups */
} sc_unigram_word;

typedef struct {
    size_t word, word_end; /* of words */
    size_t match, match_end;
} sc_lane;

typedef struct {
    uint32_t begin, n; /* its characters in `text`; of one character, its code point */
    bool alive;
    double score;   /* log probability */
    size_t matches; /* of the piece itself as a word, in `inner`; of one character: none */
} sc_unigram_piece;

typedef struct {
    uint32_t *code;    /* of each symbol; 0 ends a word */
    int64_t n_symbols; /* with the 0 */
    int32_t *text;     /* symbols of all words */
    int64_t n_text;
    sc_unigram_word *words;
    size_t n_words;
    uint32_t longest;          /* of the words */
    uint32_t *matches, *inner; /* of the words; of the pieces of two characters and more */
    size_t n_matches, n_inner;
    sc_lane lanes[SC_LANES];
    sc_unigram_piece *pieces;
    uint32_t n_pieces; /* the first n_symbols - 1 are single characters */
} sc_unigram;

void sc__unigram_deinit(sc_unigram *u);
/* Words into `u`: characters, seeds and matches. `coverage`: characters that make up the rest of
 * the text get no piece and cut words. */
SC_MUST_USE sc_status sc__unigram_seed(sc_unigram *u, const sc_words *words, double coverage);

/* Expectation-maximisation and pruning until vocab_size * 1.1 pieces are left; *order becomes the
 * living ones, most needed first (sc__free). */
typedef struct {
    int64_t vocab_size;
    sc_pool *pool;
    const volatile int *stop;
} sc_unigram_options;
SC_MUST_USE sc_status sc__unigram_learn(uint32_t **order, uint32_t *n_order, sc_unigram *u,
                                        const sc_unigram_options *o);

/* The logarithmic derivative of the gamma function, x > 0 (Abramowitz and Stegun 6.3.5, 6.3.18). */
double sc__digamma(double x);

#endif
