/* alphabet.h - the characters of counted words. */
#ifndef SC_TOKENIZER_ALPHABET_H
#define SC_TOKENIZER_ALPHABET_H

#include "tokenizer/merges.h"

enum { SC_CODE_POINTS = 0x110000 };

typedef struct {
    uint32_t code;
    bool inner; /* occurs behind the first place of a word */
    int64_t count;
} sc_letter;

/* Appends sc_letter's to `out`, by code point. Characters are kept from the most frequent on (of
 * equal ones the smaller code point) until they make up `coverage` of all that is written (0: all
 * of it); U+0000 never, since tokenizer.json cannot spell it. */
SC_MUST_USE sc_status sc__alphabet(sc_buffer *out, const sc_words *words, double coverage);

/* Adds those characters to `v`, and behind them, where `prefix` is not empty, the inner ones with
 * it in front; `out` says where they are. Free with deinit, also on failure. */
typedef struct {
    sc_symbols symbols;
    uint32_t *tables;
} sc_alphabet;
SC_MUST_USE sc_status sc__alphabet_init(sc_alphabet *out, sc_vocab *v, const sc_words *words,
                                        const char *prefix, double coverage);
void sc__alphabet_deinit(sc_alphabet *l);

#endif
