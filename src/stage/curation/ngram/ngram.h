/* ngram.h - n-gram language models with backing off, as ARPA files hold them: the probability of a
 * word behind its context, in base 10 logarithms.
 *
 * An n-gram is its prefix (the index of an n-gram one shorter) and its last word: so the n-grams
 * that end at a word are found one from the other while a text goes by, each with one look-up. */
#ifndef SC_STAGE_CURATION_NGRAM_NGRAM_H
#define SC_STAGE_CURATION_NGRAM_NGRAM_H

#include "base/alloc.h"
#include "base/buffer.h"

enum { SC_NGRAM_ORDER_MAX = 8 };
enum {
    SC_NGRAM_UNKNOWN,
    SC_NGRAM_BEGIN,
    SC_NGRAM_END
}; /* <unk>, <s>, </s>: words of every model */
#define SC_NGRAM_NONE UINT32_MAX

typedef struct {
    uint64_t key; /* prefix << 32 | word */
    float prob;   /* log10; NaN: only a prefix of what there is */
    float backoff;
    uint32_t count, suffix; /* while it is trained */
} sc_ngram_entry;

typedef struct {
    sc_ngram_entry *at;
    uint32_t n, cap;
    uint32_t *slots; /* index + 1; 0: free */
    size_t mask;
} sc_ngram_table;

typedef struct {
    sc_arena arena;
    const char **words;
    uint32_t n_words, cap_words;
    uint32_t *word_slots;
    size_t word_mask;
    int order;
    sc_ngram_table tables[SC_NGRAM_ORDER_MAX]; /* tables[0].at[w] is of word w */
} sc_ngram;

SC_MUST_USE sc_status sc__ngram_open(sc_ngram **out, int order);
void sc__ngram_close(sc_ngram *m); /* NULL is fine */

/* The number of a word; SC_NGRAM_UNKNOWN where it is none of the model's. */
uint32_t sc__ngram_word(const sc_ngram *m, const char *p, size_t n);
/* Whether it may be a word of a text: no white space or control character in it, and not <s> or
 * </s>. What may not is <unk>. */
bool sc__ngram_is_word(const char *p, size_t n);
/* As sc__ngram_word; a new one is added. SC_NOMEM. */
SC_MUST_USE sc_status sc__ngram_add_word(uint32_t *out, sc_ngram *m, const char *p, size_t n);
/* The n-gram of n words with this prefix; SC_NGRAM_NONE: there is none. Of one word it is the
 * word. */
uint32_t sc__ngram_find(const sc_ngram *m, int n, uint32_t prefix, uint32_t word);
/* The same; *is_new where it was added. SC_NOMEM. */
SC_MUST_USE sc_status sc__ngram_put(uint32_t *out, bool *is_new, sc_ngram *m, int n,
                                    uint32_t prefix, uint32_t word);
size_t sc__ngram_bytes(const sc_ngram *m); /* of memory */

/* ---- asking ---------------------------------------------------------------------------------- */

/* Where in a sentence: the n-grams that end at the last word. */
typedef struct {
    uint32_t at[SC_NGRAM_ORDER_MAX]; /* of n + 1 words */
} sc_ngram_state;

void sc__ngram_begin(sc_ngram_state *s, const sc_ngram *m); /* behind <s> */
/* log10 P(word | what came before), the word then came too. */
double sc__ngram_next(sc_ngram_state *s, const sc_ngram *m, uint32_t word);

/* ---- files (arpa.c) -------------------------------------------------------------------------- */

/* SC_FORMAT: not ARPA, or counts that are not those of its lines; `name` is the file's. */
SC_MUST_USE sc_status sc__ngram_parse(sc_ngram **out, const char *text, size_t n, const char *name);
SC_MUST_USE sc_status sc__ngram_load(sc_ngram **out, const char *path);
SC_MUST_USE sc_status sc__ngram_save(const sc_ngram *m, const char *path);

/* ---- training (estimate.c) ------------------------------------------------------------------- */

/* Counts a sentence: its words, without <s> and </s>. */
SC_MUST_USE sc_status sc__ngram_count(sc_ngram *m, const uint32_t *words, int64_t n);

typedef struct {
    bool one_discount; /* an order has one discount (Ney et al. 1994) and not three */
} sc_ngram_estimate_options;

/* From counts to probabilities: interpolated Kneser-Ney, modified (Chen and Goodman 1998, section
 * 3; Heafield et al. 2013, section 3, for the backoff form). `n_fallback`: orders whose counts give
 * no discounts (few texts), where 0.5, 1 and 1.5 stand instead. SC_FORMAT: nothing was counted. */
SC_MUST_USE sc_status sc__ngram_estimate(sc_ngram *m, const sc_ngram_estimate_options *o,
                                         int *n_fallback);

#endif
