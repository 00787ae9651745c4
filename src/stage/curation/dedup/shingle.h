/* shingle.h - a text as the set of its word n-grams, each a 64-bit hash.
 *
 * A word is a run of letters, marks and digits, compared without regard to case. Scripts that are
 * written without spaces between words (Han, kana, Thai, Lao, Khmer, Myanmar) give one word a
 * character. Everything else separates words. A text with fewer than n words is one n-gram of all
 * of them; one without words has none.
 *
 * Source: Broder 1997, "On the resemblance and containment of documents". */
#ifndef SC_STAGE_CURATION_DEDUP_SHINGLE_H
#define SC_STAGE_CURATION_DEDUP_SHINGLE_H

#include "format/json_scan.h"

/* What a code point is and its small letter; made once, read by all threads. */
typedef struct {
    uint32_t *codes; /* small letter * 4 + class */
    uint8_t ascii[128];
} sc_letters;
SC_MUST_USE sc_status sc__letters_init(sc_letters *l);
void sc__letters_deinit(sc_letters *l);

/* The first word of [at, end), as it is written; false where there is none. */
bool sc__letters_word(sc_slice *word, const sc_letters *l, const char *at, const char *end);

enum { SC_SHINGLE_WORDS_MAX = 64 };

/* Hands on the n-grams in the order of the text, repeated ones too, some at a time: memory does not
 * grow with the text. Valid UTF-8; n_gram is 1 to SC_SHINGLE_WORDS_MAX. */
typedef sc_status sc_shingles_fn(void *user, const uint64_t *grams, int64_t n);
SC_MUST_USE sc_status sc__shingles_each(int64_t *n_words, const sc_letters *l, sc_slice text,
                                        int n_gram, sc_shingles_fn *fn, void *user);

typedef struct {
    uint64_t *at, *room; /* at: n-grams; room: as many, for sorting */
    int64_t n, n_words, cap;
} sc_shingles; /* zeroed: empty */
void sc__shingles_deinit(sc_shingles *s);
SC_MUST_USE sc_status sc__shingles_append(void *shingles, const uint64_t *grams, int64_t n);
/* s->at[0 .. s->n): the n-grams in the order of the text, repeated ones too. */
SC_MUST_USE sc_status sc__shingles_run(sc_shingles *s, const sc_letters *l, sc_slice text,
                                       int n_gram);
/* As a set: sorted, each once. */
SC_MUST_USE sc_status sc__shingles_run_set(sc_shingles *s, const sc_letters *l, sc_slice text,
                                           int n_gram);
/* Sorts them and leaves each once. */
void sc__shingles_make_set(sc_shingles *s);

/* |a and b| of sorted sets. */
int64_t sc__set_common(const uint64_t *a, int64_t n_a, const uint64_t *b, int64_t n_b);
/* Jaccard, |a and b| / |a or b|; 0 where both are empty. */
double sc__set_similarity(const uint64_t *a, int64_t n_a, const uint64_t *b, int64_t n_b);

#endif
