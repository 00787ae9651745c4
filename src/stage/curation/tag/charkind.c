/* charkind.c - a kind is made of the general category and of the rows of charkind.def. */
#include "stage/curation/tag/charkind.h"

#include "base/alloc.h"

#include <utf8proc.h>

typedef struct {
    uint32_t first, last, value;
} range;

static const range letters[] = {
#define LETTERS(first, last) {first, last, 0},
#include "stage/curation/tag/charkind.def"
};

static const range word_breaks[] = {
#define WB(first, last, class) {first, last, SC_WB_##class},
#include "stage/curation/tag/charkind.def"
};

static const range sentence_breaks[] = {
#define SB(first, last, class) {first, last, SC_SB_##class},
#include "stage/curation/tag/charkind.def"
};

static const range sets[] = {
#define SET(first, last, set) {first, last, SC_CHAR_##set},
#include "stage/curation/tag/charkind.def"
};

static const range left_out[] = {
#define NOT(first, last, set) {first, last, SC_CHAR_##set},
#include "stage/curation/tag/charkind.def"
};

/* ---- what the category says ------------------------------------------------------------------ */

static bool is_letter(utf8proc_category_t c) {
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

static bool is_mark(utf8proc_category_t c) {
    return c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME;
}

static uint32_t category_wb(utf8proc_category_t c) {
    if (is_letter(c)) return SC_WB_LETTER;
    if (is_mark(c)) return SC_WB_EXTEND;
    if (c == UTF8PROC_CATEGORY_ND) return SC_WB_NUMERIC;
    return c == UTF8PROC_CATEGORY_CF ? SC_WB_FORMAT : SC_WB_OTHER;
}

static uint32_t category_sb(utf8proc_category_t c) {
    switch (c) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
        return SC_SB_UPPER;
    case UTF8PROC_CATEGORY_LL:
        return SC_SB_LOWER;
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return SC_SB_OLETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return SC_SB_EXTEND;
    case UTF8PROC_CATEGORY_ND:
        return SC_SB_NUMERIC;
    case UTF8PROC_CATEGORY_CF:
        return SC_SB_FORMAT;
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
        return SC_SB_CLOSE;
    default:
        return SC_SB_OTHER;
    }
}

static uint32_t category_sets(utf8proc_category_t c) {
    if (is_letter(c)) return SC_CHAR_LETTER;
    if (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO) return SC_CHAR_NUMBER;
    if (c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_PO) return SC_CHAR_PUNCT;
    return c == UTF8PROC_CATEGORY_SO ? SC_CHAR_EN_ICON : 0;
}

/* ---- filling a page -------------------------------------------------------------------------- */

enum { SPREAD_BITS, SPREAD_NOT, SPREAD_WB, SPREAD_SB, SPREAD_LETTERS };

static void set_kind(uint32_t *kind, int how, uint32_t value) {
    if (how == SPREAD_BITS) *kind |= value;
    if (how == SPREAD_NOT) *kind &= ~value;
    if (how == SPREAD_WB) *kind = (*kind & ~31u) | value;
    if (how == SPREAD_SB) *kind = (*kind & ~(15u << 5)) | value << 5;
    if (how == SPREAD_LETTERS && (*kind & SC_CHAR_LETTER)) *kind = (*kind & ~31u) | SC_WB_OTHER;
}

static void spread(uint32_t *kinds, uint32_t begin, const range *ranges, int n, int how) {
    for (int i = 0; i < n; i++) {
        const uint32_t first = SC_MAX(ranges[i].first, begin);
        const uint32_t last = SC_MIN(ranges[i].last, begin + 255);
        for (uint32_t c = first; c <= last; c++) set_kind(&kinds[c - begin], how, ranges[i].value);
    }
}

static uint32_t category_kind(uint32_t c) {
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)c);
    const utf8proc_category_t category = (utf8proc_category_t)p->category;
    uint32_t kind = category_wb(category) | category_sb(category) << 5 | category_sets(category);
    if (p->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC) kind |= SC_CHAR_PICTOGRAPH;
    return kind;
}

static uint32_t terminator_sets(uint32_t kind) {
    const int sb = sc__char_sb(kind);
    if (sb != SC_SB_STERM && sb != SC_SB_ATERM) return 0;
    return SC_CHAR_TERMINAL | SC_CHAR_STOP | SC_CHAR_SYMBOL;
}

static void drop_other_case(uint32_t *kind, uint32_t c) {
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    if (category == UTF8PROC_CATEGORY_LU) *kind &= ~(uint32_t)SC_CHAR_EN_LOWER;
    if (category == UTF8PROC_CATEGORY_LL) *kind &= ~(uint32_t)SC_CHAR_EN_UPPER;
}

void sc__char_kinds_fill(sc_char_kinds *t, uint32_t page) {
    uint32_t *kinds = t->pages[page];
    const uint32_t begin = page << 8;
    for (uint32_t i = 0; i < 256; i++) kinds[i] = category_kind(begin + i);
    spread(kinds, begin, letters, SC_LEN(letters), SPREAD_LETTERS);
    spread(kinds, begin, word_breaks, SC_LEN(word_breaks), SPREAD_WB);
    spread(kinds, begin, sentence_breaks, SC_LEN(sentence_breaks), SPREAD_SB);
    for (int i = 0; i < 256; i++) kinds[i] |= terminator_sets(kinds[i]);
    spread(kinds, begin, sets, SC_LEN(sets), SPREAD_BITS);
    for (uint32_t i = 0; i < 256; i++) drop_other_case(&kinds[i], begin + i);
    spread(kinds, begin, left_out, SC_LEN(left_out), SPREAD_NOT);
    t->filled[page] = true;
}

sc_status sc__char_kinds_init(sc_char_kinds *t) {
    *t = (sc_char_kinds){0};
    t->pages = sc__alloc((0x110000 >> 8) * sizeof *t->pages);
    return t->pages ? SC_OK : SC_FAIL(SC_NOMEM, "kinds of characters");
}

void sc__char_kinds_deinit(sc_char_kinds *t) {
    sc__free(t->pages);
    t->pages = NULL;
}
