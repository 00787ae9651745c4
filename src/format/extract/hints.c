/* hints.c - names cut into words, words looked up. */
#include "format/extract/hints.h"

#include "base/hash.h"

#include <string.h>

enum {
    ARTICLE = SC_HINT_ARTICLE,
    CONTENT = SC_HINT_CONTENT,
    COMMENT = SC_HINT_COMMENT,
    SHARE = SC_HINT_SHARE,
    RELATED = SC_HINT_RELATED,
    NAV = SC_HINT_NAV,
    CHROME = SC_HINT_CHROME,
    CONSENT = SC_HINT_CONSENT,
    ASK = SC_HINT_ASK,
    AD = SC_HINT_AD,
    HIDE = SC_HINT_HIDE,
    BYLINE = SC_HINT_BYLINE,
    FIGURE = SC_HINT_FIGURE,
    FOOT = SC_HINT_FOOT,
    NOTE = SC_HINT_NOTE,
    WHOLE = SC_HINT_WHOLE
};

static const struct {
    const char *word;
    uint32_t hints;
} words[] = {
#define HINT(word, hints) {word, hints},
#include "format/extract/hints.def"
#undef HINT
};

enum { LONGEST = 32 }; /* of a word; longer ones say nothing */

static uint16_t *find_slot(sc_hints *h, const char *word, size_t n) {
    for (uint64_t i = sc__hash64(word, n, 0);; i++) {
        uint16_t *slot = &h->words[i % SC_HINTS_SLOTS];
        if (!*slot) return slot;
        const char *found = words[*slot - 1].word;
        if (!strncmp(found, word, n) && !found[n]) return slot;
    }
}

void sc__hints_init(sc_hints *h) {
    *h = (sc_hints){0};
    for (int i = 0; i < SC_LEN(words); i++)
        *find_slot(h, words[i].word, strlen(words[i].word)) = (uint16_t)(i + 1);
}

static uint32_t look_up(sc_hints *h, const char *word, size_t n) {
    const uint16_t at = *find_slot(h, word, n);
    return at ? words[at - 1].hints : 0;
}

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_word(char c) { return (c >= 'a' && c <= 'z') || is_upper(c) || (c & 0x80); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static char lower(char c) { return is_upper(c) ? (char)(c | 32) : c; }

/* The words of one name: `relatedPosts-2` is related, posts and relatedposts. */
static uint32_t split(sc_hints *h, const char *name, size_t n) {
    char text[2 * LONGEST];
    uint32_t hints = 0;
    size_t i = 0, before = 0, length; /* bytes of the word before this one, at the front of text */
    while (i < n) {
        while (i < n && !is_word(name[i])) i++;
        for (length = 0; i < n && (is_word(name[i]) || (length && is_digit(name[i]))); i++) {
            const char c = name[i];
            if (length && is_upper(c) && !is_upper(name[i - 1])) break;
            if (length < LONGEST) text[before + length++] = lower(c);
        }
        if (!length) break;
        hints |= look_up(h, text + before, length);
        if (before) hints |= look_up(h, text, before + length);
        memmove(text, text + before, length);
        before = length;
    }
    return hints & ~(uint32_t)WHOLE;
}

static uint32_t whole(sc_hints *h, const char *name, size_t n) {
    char text[LONGEST];
    if (n > sizeof text) return 0;
    for (size_t i = 0; i < n; i++) text[i] = lower(name[i]);
    return look_up(h, text, n) & WHOLE;
}

static uint32_t find_all(sc_hints *h, const char *names, size_t n, bool is_class) {
    uint32_t hints = 0;
    for (size_t i = 0, length; i < n; i += length) {
        while (i < n && is_space(names[i])) i++;
        for (length = 0; i + length < n && !is_space(names[i + length]);) length++;
        if (!length) break;
        hints |= split(h, names + i, length);
        if (is_class) hints |= whole(h, names + i, length);
    }
    return hints;
}

/* Of a name that was met before, eight bytes at a time: names are long and most say nothing. */
static uint64_t key_of(const char *names, size_t n, bool is_class) {
    uint64_t key = 2 * n + is_class, word;
    for (; n; n -= SC_MIN(n, sizeof word)) {
        word = 0;
        memcpy(&word, names, SC_MIN(n, sizeof word));
        key = (key ^ word) * 0x9E3779B97F4A7C15u;
        key ^= key >> 29;
        names += SC_MIN(n, sizeof word);
    }
    return key | 1; /* 0: an empty slot */
}

uint32_t sc__hints_find(sc_hints *h, const char *names, size_t n, bool is_class) {
    const uint64_t key = key_of(names, n, is_class), at = (key >> 32) % SC_HINTS_SLOTS;
    if (h->seen[at].key != key) {
        h->seen[at].hints = find_all(h, names, n, is_class);
        h->seen[at].key = key;
    }
    return h->seen[at].hints;
}
