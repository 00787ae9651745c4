/* unigram.h - a Unigram model, for what is done with its lattice besides the best path. */
#ifndef SC_TOKENIZER_UNIGRAM_H
#define SC_TOKENIZER_UNIGRAM_H

#include "tokenizer/tokenizer.h"
#include "tokenizer/trie.h"

typedef struct {
    const sc_vocab *vocab;
    sc_trie trie;
    double *scores;
    double unk_score;
    int32_t unk;
    int32_t bytes[256];
    bool fallback; /* unknown text becomes bytes */
} sc_unigram_model;

/* A segmentation of a piece, token by token. */
typedef struct {
    uint32_t to; /* where it ends */
    int32_t id;
} sc_unigram_step;

/* The tokens of a segmentation: runs of unknown text are one, or their bytes. */
void sc__unigram_write(const sc_unigram_model *m, const char *piece, const sc_unigram_step *steps,
                       size_t n_steps, sc_tokens *out);

/* unigram_sample.c: a segmentation drawn in proportion to its probability to the power of alpha
 * (Kudo 2018, section 3.2). Each piece takes other random numbers, each seed as well. */
typedef struct {
    double alpha;
    uint64_t seed, n_drawn;
    sc_buffer edges, places;
} sc_draw;
void sc__draw_deinit(sc_draw *d);
SC_MUST_USE sc_status sc__unigram_draw(const sc_unigram_model *m, sc_draw *d, const char *piece,
                                       size_t n, sc_tokens *out);

/* The most probable segmentations of a text that comes piece by piece. */
typedef struct {
    const sc_unigram_model *m;
    size_t most;
    sc_buffer edges, places, steps, alternatives; /* of the piece at hand */
    sc_buffer ids, pool, front, next;
} sc_nbest;
void sc__nbest_init(sc_nbest *b, const sc_unigram_model *m, size_t most);
void sc__nbest_deinit(sc_nbest *b);
/* Ids that all segmentations have in this place. */
SC_MUST_USE sc_status sc__nbest_fixed(sc_nbest *b, const int32_t *ids, int64_t n);
SC_MUST_USE sc_status sc__nbest_piece(sc_nbest *b, const char *piece, size_t n);
/* Appends what was found to `out`, best first. */
SC_MUST_USE sc_status sc__nbest_finish(sc_nbest *b, sc_segmentations *out);

#endif
