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

/* The other table: what stages of the pre-tokenizer ask. Empty until init, which may be called
 * again. */
typedef enum {
    SC_SPLIT_SPACE = 1,
    SC_SPLIT_PUNCTUATION = 2,
    SC_SPLIT_NUMBER = 4,
    SC_SPLIT_WORD = 8
} sc_split_bits;
SC_MUST_USE sc_status sc__char_classes_init(sc_char_table *t);
static inline uint8_t sc__char_class_bits(const sc_char_table *t, uint32_t c) {
    return t->pages[t->page[c >> 8]][c & 255];
}

static inline sc_char_class sc__char_class(const sc_char_table *t, uint32_t c) {
    return (sc_char_class)t->pages[t->page[c >> 8]][c & 255];
}

/* What else a code point may be; each as old as the tables that the reference takes it from. */
typedef enum {
    SC_CHAR_PUNCTUATION = 1, /* \p{P} and the ASCII symbols, as BERT has it */
    SC_CHAR_CONTROL = 2,     /* Cc, Cf, Cs, Co */
    SC_CHAR_MARK = 4,        /* Mn */
    SC_CHAR_ACCENT = 8,      /* M */
    SC_CHAR_NEWER = 16,      /* too new for the reference's normal forms */
    SC_CHAR_NUMBER = 32,     /* N */
    SC_CHAR_WORD = 64        /* \w */
} sc_char_flag;
bool sc__char_is(uint32_t c, sc_char_flag flag);
uint32_t sc__char_lower(uint32_t c); /* but for U+0130, which becomes two */

bool sc__char_is_space(uint32_t c); /* White_Space, as Rust's and Oniguruma's */

/* Appends, as ranges for a PCRE2 character class, the letters ('L') or numbers ('N') that the
 * installed PCRE2 is too old to know. */
void sc__char_new_ranges(sc_buffer *out, char category);

#endif
