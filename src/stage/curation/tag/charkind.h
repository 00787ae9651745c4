/* charkind.h - what the units of a text ask of a code point, in one look-up: its classes of word
 * and sentence breaking (UAX #29) and the sets of letters and punctuation that published rules
 * name. */
#ifndef SC_STAGE_CURATION_TAG_CHARKIND_H
#define SC_STAGE_CURATION_TAG_CHARKIND_H

#include "base/status.h"

/* Word_Break of UAX #29, bits 0 to 4 of a kind. */
enum {
    SC_WB_OTHER,
    SC_WB_CR,
    SC_WB_LF,
    SC_WB_NEWLINE,
    SC_WB_EXTEND,
    SC_WB_ZWJ,
    SC_WB_FORMAT,
    SC_WB_KATAKANA,
    SC_WB_HEBREW,
    SC_WB_LETTER,
    SC_WB_SINGLE_QUOTE,
    SC_WB_DOUBLE_QUOTE,
    SC_WB_MID_NUM_LET,
    SC_WB_MID_LETTER,
    SC_WB_MID_NUM,
    SC_WB_NUMERIC,
    SC_WB_EXTEND_NUM_LET,
    SC_WB_SPACE,
    SC_WB_REGIONAL,
};

/* Sentence_Break of UAX #29, bits 5 to 8. */
enum {
    SC_SB_OTHER,
    SC_SB_CR,
    SC_SB_LF,
    SC_SB_SEP,
    SC_SB_EXTEND,
    SC_SB_FORMAT,
    SC_SB_SP,
    SC_SB_LOWER,
    SC_SB_UPPER,
    SC_SB_OLETTER,
    SC_SB_NUMERIC,
    SC_SB_ATERM,
    SC_SB_SCONTINUE,
    SC_SB_STERM,
    SC_SB_CLOSE,
};

/* Sets, from bit 9. */
enum {
    SC_CHAR_LETTER = 1 << 9,      /* general category L* */
    SC_CHAR_NUMBER = 1 << 10,     /* N* */
    SC_CHAR_PUNCT = 1 << 11,      /* P* */
    SC_CHAR_SPACE = 1 << 12,      /* what separates words: White_Space and U+001C..1F */
    SC_CHAR_SYMBOL = 1 << 13,     /* a word of nothing else is a symbol (charkind.def) */
    SC_CHAR_TERMINAL = 1 << 14,   /* Sentence_Terminal: ends a line well */
    SC_CHAR_STOP = 1 << 15,       /* ends a sentence of English words */
    SC_CHAR_PICTOGRAPH = 1 << 16, /* Extended_Pictographic */
    SC_CHAR_EN_LOWER = 1 << 17,   /* letters that English splitting knows, small or of no case */
    SC_CHAR_EN_UPPER = 1 << 18,   /* the same, capital or of no case */
    SC_CHAR_EN_LETTER = SC_CHAR_EN_LOWER | SC_CHAR_EN_UPPER,
    SC_CHAR_EN_QUOTE = 1 << 19,    /* quotation marks, brackets of East Asia */
    SC_CHAR_EN_EDGE = 1 << 20,     /* punctuation that leaves a word at either end */
    SC_CHAR_EN_CURRENCY = 1 << 21, /* signs of money */
    SC_CHAR_EN_DASH = 1 << 22,     /* the two long ones */
    SC_CHAR_EN_ICON = 1 << 23,     /* So: symbols, emoji */
};

/* Pages of 256 code points, filled when first asked for. One a thread. */
typedef struct {
    uint32_t (*pages)[256];
    bool filled[0x110000 >> 8];
} sc_char_kinds;

SC_MUST_USE sc_status sc__char_kinds_init(sc_char_kinds *t);
void sc__char_kinds_deinit(sc_char_kinds *t);
void sc__char_kinds_fill(sc_char_kinds *t, uint32_t page);

/* c is below 0x110000. */
static inline uint32_t sc__char_kind(sc_char_kinds *t, uint32_t c) {
    if (!t->filled[c >> 8]) sc__char_kinds_fill(t, c >> 8);
    return t->pages[c >> 8][c & 255];
}

static inline int sc__char_wb(uint32_t kind) { return (int)(kind & 31); }
static inline int sc__char_sb(uint32_t kind) { return (int)(kind >> 5 & 15); }

#endif
