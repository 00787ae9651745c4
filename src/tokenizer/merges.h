/* merges.h - learning merges of pairs from counted words: byte-level, WordPiece, sentencepiece. */
#ifndef SC_TOKENIZER_MERGES_H
#define SC_TOKENIZER_MERGES_H

#include "tokenizer/words.h"

typedef struct {
    uint32_t left, right, made; /* ids; made SC_MERGE_AGAIN: the same pair comes again later */
} sc_merge;
#define SC_MERGE_AGAIN UINT32_MAX

typedef struct {
    sc_merge *merges;
    int64_t n_merges, cap_merges;
    sc_vocab vocab; /* special tokens, alphabet, then what merges made; spelled as in the file */
} sc_learned;

void sc__learned_deinit(sc_learned *l);

/* What words begin as: ids of l->vocab, + 1, by byte, or with utf8 by code point. 0: such a byte or
 * character cuts the word. */
typedef struct {
    const uint32_t *first, *inner; /* of the first symbol of a word, of the others */
    bool utf8;
    const char *prefix; /* begins tokens of inner symbols, and is not said twice in a merge */
} sc_symbols;

/* Fills `l` from words; l->vocab already holds the special tokens and the alphabet. */
SC_MUST_USE sc_status sc__learn_merges(sc_learned *l, const sc_words *words,
                                       const sc_symbols *symbols, const sc_tokenizer_options *o);

#endif
