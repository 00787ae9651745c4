/* hints.h - what class, id and itemprop tell about a part of a page. */
#ifndef SC_FORMAT_EXTRACT_HINTS_H
#define SC_FORMAT_EXTRACT_HINTS_H

#include "base/status.h"

/* Bits; hints.def holds the words. */
enum {
    SC_HINT_ARTICLE = 1 << 0, /* the text of an article and nothing else */
    SC_HINT_CONTENT = 1 << 1, /* what the page is for */
    SC_HINT_COMMENT = 1 << 2,
    SC_HINT_SHARE = 1 << 3,
    SC_HINT_RELATED = 1 << 4, /* leads to other pages */
    SC_HINT_NAV = 1 << 5,
    SC_HINT_CHROME = 1 << 6, /* the frame of the site */
    SC_HINT_CONSENT = 1 << 7,
    SC_HINT_ASK = 1 << 8, /* for an address, an account or money */
    SC_HINT_AD = 1 << 9,
    SC_HINT_HIDE = 1 << 10,   /* not seen at first */
    SC_HINT_BYLINE = 1 << 11, /* about the text: who, when, which subjects */
    SC_HINT_FIGURE = 1 << 12, /* goes with a picture */
    SC_HINT_FOOT = 1 << 13,   /* the end of every page of the site */
    SC_HINT_NOTE = 1 << 14,   /* the number of a note, where it is a phrase */
    SC_HINT_WHOLE = 1 << 15   /* a whole class of hints.def's kind WHOLE */
};

enum { SC_HINTS_SLOTS = 1024 };

typedef struct {
    uint16_t words[SC_HINTS_SLOTS]; /* hints.def by hash, numbers from 1 */
    struct {
        uint64_t key;
        uint32_t hints;
    } seen[SC_HINTS_SLOTS]; /* names met before: a page has few and repeats them */
} sc_hints;

void sc__hints_init(sc_hints *h);
/* The bits of all the words of a class, id or itemprop; SC_HINT_WHOLE only where `is_class`. */
uint32_t sc__hints_find(sc_hints *h, const char *names, size_t n, bool is_class);

#endif
