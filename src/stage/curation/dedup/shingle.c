/* shingle.c - words hashed byte by byte, n-grams as a polynomial of word hashes that rolls. */
#include "stage/curation/dedup/shingle.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

enum { SEPARATES, IN_WORD, IS_WORD, N_CODES = 0x32400 }; /* beyond: nothing that is a letter */

#define WORD_SEED  0x9E3779B97F4A7C15u
#define WORD_PRIME 0xD6E8FEB86659FD93u
#define GRAM_BASE  0xC2B2AE3D27D4EB4Fu

/* ---- letters --------------------------------------------------------------------------------- */

static const struct {
    uint32_t first, last;
} unspaced[] = {
    {0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1780, 0x17FF},   {0x19E0, 0x19FF},   {0x2E80, 0x2FDF},
    {0x3005, 0x3007}, {0x3021, 0x3029}, {0x3031, 0x3035},   {0x3040, 0x30FF},   {0x31A0, 0x31BF},
    {0x31F0, 0x31FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},   {0xA9E0, 0xA9FF},   {0xAA60, 0xAA7F},
    {0xF900, 0xFAFF}, {0xFF66, 0xFF9F}, {0x1AFF0, 0x1B16F}, {0x20000, 0x323AF},
};

static uint32_t class_of(uint32_t c) {
    const utf8proc_category_t g = utf8proc_category((utf8proc_int32_t)c);
    const bool counts = (g >= UTF8PROC_CATEGORY_LU && g <= UTF8PROC_CATEGORY_NO);
    if (!counts && c < 0x2A6D0) return SEPARATES; /* an older utf8proc lacks the last ideographs */
    for (int i = 0; i < SC_LEN(unspaced); i++)
        if (c >= unspaced[i].first && c <= unspaced[i].last) return IS_WORD;
    return counts ? IN_WORD : SEPARATES;
}

sc_status sc__letters_init(sc_letters *l) {
    memset(l, 0, sizeof *l);
    l->codes = sc__alloc(N_CODES * sizeof *l->codes);
    if (!l->codes) return SC_FAIL(SC_NOMEM, "table of letters");
    for (uint32_t c = 0; c < N_CODES; c++) {
        const uint32_t kind = class_of(c);
        const uint32_t small =
            kind == IN_WORD ? (uint32_t)utf8proc_tolower((utf8proc_int32_t)c) : c;
        l->codes[c] = small << 2 | kind;
        if (c < 128) l->ascii[c] = kind ? (uint8_t)small : 0;
    }
    return SC_OK;
}

void sc__letters_deinit(sc_letters *l) {
    sc__free(l->codes);
    l->codes = NULL;
}

static inline uint32_t class_at(int *n, const sc_letters *l, const char *p) {
    if ((unsigned char)*p < 0x80) return *n = 1, l->ascii[(unsigned char)*p] ? IN_WORD : SEPARATES;
    const uint32_t c = sc__utf8_decode(p, n);
    return c < N_CODES ? l->codes[c] & 3 : SEPARATES;
}

bool sc__letters_word(sc_slice *word, const sc_letters *l, const char *at, const char *end) {
    uint32_t kind = SEPARATES;
    int n = 0;
    const char *p = at;
    for (; p < end && (kind = class_at(&n, l, p)) == SEPARATES; p += n) {}
    if (p >= end) return false;
    const char *start = p;
    p += n;
    if (kind == IN_WORD)
        for (; p < end && class_at(&n, l, p) == IN_WORD; p += n) {}
    *word = (sc_slice){start, (size_t)(p - start)};
    return true;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Fills `words` until there is no room or no text; leaves *at where it stopped, between words. */
static int64_t split(uint64_t *words, int64_t room, const sc_letters *l, const char **at,
                     const char *end) {
    const char *p = *at;
    uint64_t h = WORD_SEED, *to = words, *stop = words + room - 1; /* a step may give two */
    while (p < end && to < stop) {
        const unsigned char byte = (unsigned char)*p;
        if (byte < 0x80) {
            const uint8_t small = l->ascii[byte];
            p++;
            if (small) {
                h = (h ^ small) * WORD_PRIME;
            } else if (h != WORD_SEED) {
                *to++ = sc__mix64(h);
                h = WORD_SEED;
            }
            continue;
        }
        int n;
        const uint32_t c = sc__utf8_decode(p, &n), code = c < N_CODES ? l->codes[c] : 0;
        p += n;
        if ((code & 3) == IN_WORD) {
            h = (h ^ code) * WORD_PRIME;
            continue;
        }
        if (h != WORD_SEED) *to++ = sc__mix64(h);
        h = WORD_SEED;
        if ((code & 3) == IS_WORD) *to++ = sc__mix64((h ^ code) * WORD_PRIME);
    }
    if (h != WORD_SEED) *to++ = sc__mix64(h);
    *at = p;
    return to - words;
}

/* ---- n-grams --------------------------------------------------------------------------------- */

static uint64_t power(uint64_t base, int n) {
    uint64_t p = 1;
    while (n--) p *= base;
    return p;
}

/* The n-grams of so many words, at least n of them; how many. */
static int64_t roll(uint64_t *grams, const uint64_t *words, int64_t n_words, int n) {
    const uint64_t leaving = power(GRAM_BASE, n);
    uint64_t h = 0, *to = grams;
    for (int64_t i = 0; i < n; i++) h = h * GRAM_BASE + words[i];
    *to++ = sc__mix64(h);
    for (int64_t i = n; i < n_words; i++) {
        h = h * GRAM_BASE + words[i] - words[i - n] * leaving;
        *to++ = sc__mix64(h);
    }
    return to - grams;
}

sc_status sc__shingles_each(int64_t *n_words, const sc_letters *l, sc_slice text, int n_gram,
                            sc_shingles_fn *fn, void *user) {
    enum { BLOCK = 2048 };
    uint64_t words[SC_SHINGLE_WORDS_MAX + BLOCK], grams[SC_SHINGLE_WORDS_MAX + BLOCK];
    const char *p = text.p, *end = text.p + text.n;
    int64_t carried = 0; /* words of the block before, with which the next n-gram begins */
    *n_words = 0;
    while (p < end) {
        const int64_t n = carried + split(words + carried, BLOCK, l, &p, end);
        *n_words += n - carried;
        carried = SC_MIN(n, n_gram - 1);
        if (n >= n_gram) SC_TRY(fn(user, grams, roll(grams, words, n, n_gram)));
        memmove(words, words + n - carried, (size_t)carried * sizeof *words);
    }
    return *n_words >= n_gram || !carried
               ? SC_OK
               : fn(user, grams, roll(grams, words, carried, (int)carried));
}

/* ---- all of them ----------------------------------------------------------------------------- */

void sc__shingles_deinit(sc_shingles *s) {
    sc__free(s->room);
    sc__free(s->at);
    *s = (sc_shingles){0};
}

static sc_status grow(sc_shingles *s, int64_t cap) {
    size_t bytes;
    if (!sc__mul_size((size_t)cap, sizeof *s->at, &bytes)) return SC_FAIL(SC_NOMEM, "n-grams");
    uint64_t *at = sc__realloc(s->at, bytes);
    if (at) s->at = at;
    uint64_t *room = at ? sc__realloc(s->room, bytes) : NULL;
    if (room) s->room = room;
    if (!room) return SC_FAIL(SC_NOMEM, "%lld n-grams of a text", (long long)cap);
    s->cap = cap;
    return SC_OK;
}

sc_status sc__shingles_append(void *to, const uint64_t *grams, int64_t n) {
    enum { LEAST = 8192 };
    sc_shingles *s = to;
    if (!n) return SC_OK;
    if (s->n + n > s->cap) SC_TRY(grow(s, SC_MAX(2 * (s->n + n), LEAST)));
    memcpy(s->at + s->n, grams, (size_t)n * sizeof *grams);
    s->n += n;
    return SC_OK;
}

sc_status sc__shingles_run(sc_shingles *s, const sc_letters *l, sc_slice text, int n_gram) {
    s->n = 0;
    return sc__shingles_each(&s->n_words, l, text, n_gram, sc__shingles_append, s);
}

/* ---- sets ------------------------------------------------------------------------------------ */

static void sort_small(uint64_t *x, int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        const uint64_t v = x[i];
        int64_t j = i;
        for (; j > 0 && x[j - 1] > v; j--) x[j] = x[j - 1];
        x[j] = v;
    }
}

/* Sorts by the byte at `shift` and those below it; `room` holds as many. Hashes are spread evenly,
 * so that after one byte the runs of a document are short. */
static void sort_from(uint64_t *x, uint64_t *room, int64_t n, int shift) {
    enum { SMALL = 24 };
    if (n <= SMALL) {
        sort_small(x, n);
        return;
    }
    int64_t start[257] = {0};
    for (int64_t i = 0; i < n; i++) start[(x[i] >> shift & 255) + 1]++;
    for (int i = 0; i < 256; i++) start[i + 1] += start[i];
    int64_t at[256];
    memcpy(at, start, sizeof at);
    for (int64_t i = 0; i < n; i++) room[at[x[i] >> shift & 255]++] = x[i];
    memcpy(x, room, (size_t)n * sizeof *x);
    for (int i = 0; i < 256 && shift; i++)
        if (start[i + 1] - start[i] > 1)
            sort_from(x + start[i], room, start[i + 1] - start[i], shift - 8);
}

void sc__shingles_make_set(sc_shingles *s) {
    sort_from(s->at, s->room, s->n, 56);
    int64_t n = 0;
    for (int64_t i = 0; i < s->n; i++)
        if (!n || s->at[n - 1] != s->at[i]) s->at[n++] = s->at[i];
    s->n = n;
}

/* Room is made for those that are different only. */
static sc_status add_to_set(void *to, const uint64_t *grams, int64_t n) {
    sc_shingles *s = to;
    if (s->n + n > s->cap) sc__shingles_make_set(s);
    if (2 * s->n > s->cap) SC_TRY(grow(s, 2 * s->cap));
    return sc__shingles_append(s, grams, n);
}

sc_status sc__shingles_run_set(sc_shingles *s, const sc_letters *l, sc_slice text, int n_gram) {
    s->n = 0;
    SC_TRY(sc__shingles_each(&s->n_words, l, text, n_gram, add_to_set, s));
    sc__shingles_make_set(s);
    return SC_OK;
}

int64_t sc__set_common(const uint64_t *a, int64_t n_a, const uint64_t *b, int64_t n_b) {
    int64_t i = 0, j = 0, n = 0;
    while (i < n_a && j < n_b) { /* without branches that nobody can foresee */
        const uint64_t x = a[i], y = b[j];
        n += x == y;
        i += x <= y;
        j += y <= x;
    }
    return n;
}

double sc__set_similarity(const uint64_t *a, int64_t n_a, const uint64_t *b, int64_t n_b) {
    if (!(n_a + n_b)) return 0;
    const int64_t common = sc__set_common(a, n_a, b, n_b);
    return (double)common / (double)(n_a + n_b - common);
}
