/* words.h - how often each distinct piece occurs in the documents, in bounded memory. */
#ifndef SC_TOKENIZER_WORDS_H
#define SC_TOKENIZER_WORDS_H

#include "tokenizer/tokenizer.h"

typedef struct {
    uint64_t begin; /* of its bytes in `bytes` */
    int64_t count;
    uint32_t n, hash;
} sc_word;

/* Words lie in the order in which they were first seen: frequent ones come early, those of one
 * language near each other, and whatever walks over them finds them in the cache. */
typedef struct {
    sc_word *words;
    size_t n_words, cap_words;
    struct {
        uint32_t hash, word; /* + 1; 0: free */
    } * slots;
    size_t mask;
    sc_buffer bytes;
    size_t max_memory;
} sc_words;

void sc__words_deinit(sc_words *w);
/* Counts the pieces that t's normalizers and pre-tokenizer make of all documents; each is repaired
 * to valid UTF-8. */
SC_MUST_USE sc_status sc__words_count(sc_words *w, const sc_tokenizer *t,
                                      const sc_tokenizer_options *o, sc_text_source *source,
                                      void *user);

#endif
