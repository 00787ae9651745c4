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

bool sc__char_is_word(uint32_t c) {
    const utf8proc_category_t g = utf8proc_category((utf8proc_int32_t)c);
    return known_class(c) == CHAR_LETTER || new_class(c) != CHAR_OTHER ||
           (g >= UTF8PROC_CATEGORY_MN && g <= UTF8PROC_CATEGORY_NL) || g == UTF8PROC_CATEGORY_PC ||
           c == 0x200C || c == 0x200D;
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

sc_status sc__char_table_init(sc_char_table *t) {
    enum { END_OF_LETTERS = 0x32400 }; /* beyond it: tags, private use, nothing */
    memset(t, 0, sizeof *t);
    for (uint32_t c = 0; c < 0x110000; c += 256) {
        uint8_t page[256] = {0};
        for (uint32_t i = 0; i < 256 && c < END_OF_LETTERS; i++)
            page[i] = (uint8_t)known_class(c + i);
        for (int r = 0; r < n_new; r++)
            for (uint32_t i = SC_MAX(c, new_ranges[r].first);
                 i <= new_ranges[r].last && i < c + 256; i++)
                page[i - c] = (uint8_t)(new_ranges[r].category == 'L' ? CHAR_LETTER : CHAR_NUMBER);
        const int number = page_find(t, page);
        if (number < 0) {
            sc__char_table_deinit(t);
            return SC_FAIL(SC_NOMEM, "no memory for the table of character classes");
        }
        t->page[c >> 8] = (uint16_t)number;
    }
    return SC_OK;
}

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
