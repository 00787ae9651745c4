/* words.h - the words of an n-gram model and their numbers, in the order in which they came. */
#ifndef SC_STAGE_CURATION_NGRAM_WORDS_H
#define SC_STAGE_CURATION_NGRAM_WORDS_H

#include "base/alloc.h"

/* Words of every model: <unk>, <s>, </s>. */
enum { SC_NGRAM_UNKNOWN, SC_NGRAM_BEGIN, SC_NGRAM_END, SC_NGRAM_OWN_WORDS };
#define SC_NGRAM_NONE UINT32_MAX

typedef struct {
    sc_arena arena;
    const char **at; /* zero-terminated */
    uint32_t n, cap;
    uint64_t *slots; /* hash's upper half << 32 | number + 1; 0: free */
    size_t mask;
} sc_ngram_words;

/* With the words of every model. */
SC_MUST_USE sc_status sc__ngram_words_init(sc_ngram_words *w);
void sc__ngram_words_deinit(sc_ngram_words *w);

/* Whether it may be a word of a text: no white space or control character in it, and not <s> or
 * </s>. What may not is <unk>. */
bool sc__ngram_is_word(const char *p, size_t n);
/* The number of a word, SC_NGRAM_UNKNOWN where it is none; `hash` is sc__hash_word of it. */
uint32_t sc__ngram_words_find(const sc_ngram_words *w, const char *p, size_t n, uint64_t hash);
/* The same; a new one is added. SC_NOMEM. */
SC_MUST_USE sc_status sc__ngram_words_add(uint32_t *out, sc_ngram_words *w, const char *p, size_t n,
                                          uint64_t hash);
size_t sc__ngram_words_bytes(const sc_ngram_words *w); /* of memory */

#endif
