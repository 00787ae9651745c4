/* charclass.h - what the split patterns ask of a code point: letter (\p{L}), number (\p{N}), white
 * space (White_Space) or another. Unicode 16, which is what the reference implementation knows. */
#ifndef SC_TOKENIZER_CHARCLASS_H
#define SC_TOKENIZER_CHARCLASS_H

#include "base/buffer.h"

typedef enum { CHAR_OTHER, CHAR_LETTER, CHAR_NUMBER, CHAR_SPACE } sc_char_class;

/* Pages of 256 code points; equal pages are kept once. */
typedef struct {
    uint16_t page[0x110000 >> 8];
    uint8_t (*pages)[256];
    int n_pages, cap_pages;
} sc_char_table;

SC_MUST_USE sc_status sc__char_table_init(sc_char_table *t);
void sc__char_table_deinit(sc_char_table *t);

static inline sc_char_class sc__char_class(const sc_char_table *t, uint32_t c) {
    return (sc_char_class)t->pages[t->page[c >> 8]][c & 255];
}

bool sc__char_is_space(uint32_t c); /* White_Space, as Rust's and Oniguruma's */
bool sc__char_is_word(uint32_t c);  /* \w: what a single_word token must not touch */

/* Appends, as ranges for a PCRE2 character class, the letters ('L') or numbers ('N') that the
 * installed PCRE2 is too old to know. */
void sc__char_new_ranges(sc_buffer *out, char category);

#endif
