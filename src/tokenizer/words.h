/* words.h - how often each distinct piece occurs in the documents, in bounded memory. */
#ifndef SC_TOKENIZER_WORDS_H
#define SC_TOKENIZER_WORDS_H

#include "tokenizer/tokenizer.h"

typedef struct {
    uint64_t hash, begin; /* of its bytes in `bytes` */
    uint32_t n;           /* 0: free slot */
    int64_t count;
} sc_word;

typedef struct {
    sc_word *slots;
    size_t mask, n_words;
    sc_buffer bytes;
    size_t max_memory;
    int64_t n_dropped; /* distinct words given up for want of memory */
} sc_words;

void sc__words_deinit(sc_words *w);
/* Counts the pieces of all documents; each is repaired to valid UTF-8. */
SC_MUST_USE sc_status sc__words_count(sc_words *w, const sc_tokenizer *t,
                                      const sc_tokenizer_options *o, sc_text_source *source,
                                      void *user);

#endif
