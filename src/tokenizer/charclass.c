/* charclass.c - a two-stage table made from utf8proc's categories and the rows of unicode_new.def.
 */
#include "tokenizer/charclass.h"

#include "base/alloc.h"

#include <string.h>
#include <utf8proc.h>

static const struct {
    char category;
    uint32_t first, last;
} new_ranges[] = {
#define NEW(category, first, last) {#category[0], 0x##first, 0x##last},
#include "tokenizer/unicode_new.def"
#undef NEW
};

bool sc__char_is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

enum { FIRST_ANSWER = 0x300 }; /* below it all tables agree */

static sc_char_class known_class(uint32_t c) {
    if (sc__char_is_space(c)) return CHAR_SPACE;
    const utf8proc_category_t g = utf8proc_category((utf8proc_int32_t)c);
    if (g >= UTF8PROC_CATEGORY_LU && g <= UTF8PROC_CATEGORY_LO) return CHAR_LETTER;
    if (g >= UTF8PROC_CATEGORY_ND && g <= UTF8PROC_CATEGORY_NO) return CHAR_NUMBER;
    return CHAR_OTHER;
}

static const int n_new = SC_LEN(new_ranges);

static sc_char_class new_class(uint32_t c) {
    for (int i = 0; i < n_new; i++)
        if (c >= new_ranges[i].first && c <= new_ranges[i].last)
            return new_ranges[i].category == 'L' ? CHAR_LETTER : CHAR_NUMBER;
    return CHAR_OTHER;
}

static bool known_word(uint32_t c) {
    const utf8proc_category_t g = utf8proc_category((utf8proc_int32_t)c);
    return known_class(c) == CHAR_LETTER || new_class(c) != CHAR_OTHER ||
           (g >= UTF8PROC_CATEGORY_MN && g <= UTF8PROC_CATEGORY_NL) || g == UTF8PROC_CATEGORY_PC ||
           c == 0x200C || c == 0x200D;
}

static const struct {
    sc_char_flag question;
    bool answer;
    uint32_t first, last;
} answers[] = {
#define ANSWER(question, answer, first, last) {SC_CHAR_##question, answer, 0x##first, 0x##last},
#include "tokenizer/unicode_old.def"
#undef ANSWER
};

static bool known_answer(uint32_t c, sc_char_flag flag) {
    const utf8proc_category_t g = utf8proc_category((utf8proc_int32_t)c);
    switch (flag) {
    case SC_CHAR_PUNCTUATION:
        return (g >= UTF8PROC_CATEGORY_PC && g <= UTF8PROC_CATEGORY_PO) ||
               (c > 0x20 && c < 0x7F && g != UTF8PROC_CATEGORY_ND && (c | 0x20) - 'a' >= 26u);
    case SC_CHAR_CONTROL:
        return g >= UTF8PROC_CATEGORY_CC && g <= UTF8PROC_CATEGORY_CO;
    case SC_CHAR_MARK:
        return g == UTF8PROC_CATEGORY_MN;
    case SC_CHAR_ACCENT:
        return g >= UTF8PROC_CATEGORY_MN && g <= UTF8PROC_CATEGORY_ME;
    case SC_CHAR_NUMBER:
        return known_class(c) == CHAR_NUMBER || new_class(c) == CHAR_NUMBER;
    case SC_CHAR_WORD:
        return known_word(c);
    case SC_CHAR_NEWER:
        break;
    }
    return false;
}

bool sc__char_is(uint32_t c, sc_char_flag flag) {
    int low = 0, high = c < FIRST_ANSWER ? 0 : SC_LEN(answers);
    while (low < high) { /* the first row of this question that ends at c or behind it */
        const int middle = (low + high) / 2;
        if (answers[middle].question < flag ||
            (answers[middle].question == flag && answers[middle].last < c))
            low = middle + 1;
        else
            high = middle;
    }
    if (low < SC_LEN(answers) && c >= FIRST_ANSWER && answers[low].question == flag &&
        answers[low].first <= c)
        return answers[low].answer;
    return known_answer(c, flag);
}

/* Capital letters that came after Unicode 15. */
static uint32_t new_lower(uint32_t c) {
    static const uint32_t pairs[][3] = {
        {0x1C89, 0x1C89, 0x1C8A},    {0xA7CB, 0xA7CB, 0x264},  {0xA7CC, 0xA7CC, 0xA7CD},
        {0xA7CE, 0xA7CE, 0xA7CF},    {0xA7D2, 0xA7D2, 0xA7D3}, {0xA7D4, 0xA7D4, 0xA7D5},
        {0xA7DA, 0xA7DA, 0xA7DB},    {0xA7DC, 0xA7DC, 0x19B},  {0x10D50, 0x10D65, 0x10D70},
        {0x16EA0, 0x16EB8, 0x16EBB},
    };
    for (int i = 0; i < SC_LEN(pairs); i++)
        if (c >= pairs[i][0] && c <= pairs[i][1]) return pairs[i][2] + c - pairs[i][0];
    return c;
}

uint32_t sc__char_lower(uint32_t c) {
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    const uint32_t lower = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
    return lower == c && c >= 0x1C89 ? new_lower(c) : lower;
}

/* A page's number, of an equal page where there is one; -1 without memory. */
static int page_find(sc_char_table *t, const uint8_t *page) {
    for (int i = t->n_pages - 1; i >= 0; i--)
        if (!memcmp(t->pages[i], page, 256)) return i;
    if (t->n_pages == t->cap_pages) {
        const int cap = t->cap_pages ? 2 * t->cap_pages : 128;
        void *grown = sc__realloc(t->pages, (size_t)cap * 256);
        if (!grown) return -1;
        t->pages = grown;
        t->cap_pages = cap;
    }
    memcpy(t->pages[t->n_pages], page, 256);
    return t->n_pages++;
}

typedef uint8_t value_fn(uint32_t c);

static sc_status fill(sc_char_table *t, value_fn *value) {
    enum { END_OF_LETTERS = 0x32400 }; /* beyond it: tags, private use, nothing */
    memset(t, 0, sizeof *t);
    for (uint32_t c = 0; c < 0x110000; c += 256) {
        uint8_t page[256] = {0};
        for (uint32_t i = 0; i < 256 && c < END_OF_LETTERS; i++) page[i] = value(c + i);
        const int number = page_find(t, page);
        if (number < 0) {
            sc__char_table_deinit(t);
            return SC_FAIL(SC_NOMEM, "no memory for the table of character classes");
        }
        t->page[c >> 8] = (uint16_t)number;
    }
    return SC_OK;
}

static uint8_t class_value(uint32_t c) {
    const sc_char_class known = known_class(c);
    const bool unknown = utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_CN;
    return (uint8_t)(unknown ? new_class(c) : known); /* new ranges have no category yet */
}

static uint8_t bits_value(uint32_t c) {
    return (uint8_t)((sc__char_is_space(c) ? SC_SPLIT_SPACE : 0) |
                     (sc__char_is(c, SC_CHAR_NUMBER) ? SC_SPLIT_NUMBER : 0) |
                     (sc__char_is(c, SC_CHAR_PUNCTUATION) ? SC_SPLIT_PUNCTUATION : 0) |
                     (sc__char_is(c, SC_CHAR_WORD) ? SC_SPLIT_WORD : 0));
}

sc_status sc__char_table_init(sc_char_table *t) { return fill(t, class_value); }
sc_status sc__char_classes_init(sc_char_table *t) { return t->pages ? SC_OK : fill(t, bits_value); }

void sc__char_table_deinit(sc_char_table *t) {
    sc__free(t->pages);
    memset(t, 0, sizeof *t);
}

void sc__char_new_ranges(sc_buffer *out, char category) {
    for (int i = 0; i < n_new; i++)
        if (new_ranges[i].category == category)
            sc__buffer_printf(out, "\\x{%x}-\\x{%x}", (unsigned)new_ranges[i].first,
                              (unsigned)new_ranges[i].last);
}
