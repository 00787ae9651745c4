/* lexicon.c - the rows of english.def written out: stems by ends, small and capital. */
#include "stage/curation/tag/lexicon.h"

#include "stage/curation/tag/doc_part.h"

#include <string.h>

enum { SLOTS = 4096, CAPITAL = 1, REMOVE = 2 };

typedef struct {
    const char *stems, *ends;
    int how;
} row;

static const row rows[] = {
#define FAMILY(stems, ends) {stems, ends, CAPITAL},
#define KEPT(stems)         {stems, "", CAPITAL},
#define CUT(words)          {words, "", 0},
#define WHOLE(words)        {words, "", 0},
#define NOT_CUT(words)      {words, "", REMOVE},
#include "stage/curation/tag/english.def"
#undef FAMILY
#undef KEPT
#undef CUT
#undef WHOLE
#undef NOT_CUT
};

static sc_lexeme *slot_of(const sc_lexicon *l, const char *p, size_t n) {
    const uint64_t hash = sc__hash_word(p, n);
    size_t i = (size_t)hash & l->mask;
    for (; l->slots[i].n; i = (i + 1) & l->mask)
        if (l->slots[i].hash == hash && l->slots[i].n == n && !memcmp(l->slots[i].text, p, n))
            break;
    return &l->slots[i];
}

const sc_lexeme *sc__lexicon_find(const sc_lexicon *l, const char *p, size_t n) {
    if (n >= SC_LEXICON_BYTES || !n || !(l->lengths[(unsigned char)*p] >> n & 1)) return NULL;
    const sc_lexeme *found = slot_of(l, p, n);
    return found->n && found->n_parts ? found : NULL;
}

/* One spelling, with "~" where it is cut. */
static void add(sc_lexicon *l, const char *spelling, size_t n_spelling, int how) {
    sc_lexeme x = {.n = 0};
    for (size_t i = 0; i < n_spelling; i++) {
        if (spelling[i] == '~')
            x.ends[x.n_parts++] = x.n;
        else
            x.text[x.n++] = spelling[i];
        sc_assert(x.n < SC_LEXICON_BYTES && x.n_parts < SC_LEXICON_PARTS);
    }
    x.ends[x.n_parts++] = x.n;
    if (how & REMOVE) x.n_parts = 0; /* stays as a slot, and is no entry */
    x.hash = sc__hash_word(x.text, x.n);
    sc_lexeme *slot = slot_of(l, x.text, x.n);
    l->n += !slot->n;
    sc_assert(l->n < SLOTS / 2);
    *slot = x;
    l->lengths[(unsigned char)*x.text] |= 1u << x.n;
}

/* The next word of a list; false behind the last. */
static bool next_word(const char **at, const char **word, size_t *n) {
    while (**at == ' ') ++*at;
    *word = *at;
    *n = strcspn(*at, " ");
    *at += *n;
    return *n > 0;
}

/* The same with the curved apostrophe. */
static void add_curved(sc_lexicon *l, const char *spelling, size_t n, int how) {
    char curved[3 * SC_LEXICON_BYTES];
    size_t n_curved = 0;
    for (size_t i = 0; i < n; i++) {
        const bool apostrophe = spelling[i] == '\'';
        memcpy(curved + n_curved, apostrophe ? "\xE2\x80\x99" : spelling + i, apostrophe ? 3 : 1);
        n_curved += apostrophe ? 3 : 1;
    }
    if (n_curved > n) add(l, curved, n_curved, how);
}

static void add_both(sc_lexicon *l, const char *stem, size_t n, const char *end, size_t n_end,
                     int how) {
    char spelling[2 * SC_LEXICON_BYTES];
    sc_assert(n + n_end < sizeof spelling);
    memcpy(spelling, stem, n);
    memcpy(spelling + n, end, n_end);
    add(l, spelling, n + n_end, how);
    add_curved(l, spelling, n + n_end, how);
    if (!(how & CAPITAL) || (unsigned char)(*stem - 'a') >= 26) return;
    spelling[0] = (char)(*stem - 32);
    add(l, spelling, n + n_end, how);
    add_curved(l, spelling, n + n_end, how);
}

static void add_row(sc_lexicon *l, const row *r) {
    const char *stems = r->stems, *stem, *end;
    for (size_t n, n_end; next_word(&stems, &stem, &n);) {
        const char *ends = r->ends;
        if (!*ends) add_both(l, stem, n, "", 0, r->how);
        while (next_word(&ends, &end, &n_end)) add_both(l, stem, n, end, n_end, r->how);
    }
}

sc_status sc__lexicon_init(sc_lexicon *l) {
    *l = (sc_lexicon){.mask = SLOTS - 1};
    l->slots = sc__calloc(SLOTS, sizeof *l->slots);
    if (!l->slots) return SC_FAIL(SC_NOMEM, "English words");
    for (int i = 0; i < SC_LEN(rows); i++) add_row(l, &rows[i]);
    return SC_OK;
}

void sc__lexicon_deinit(sc_lexicon *l) {
    sc__free(l->slots);
    l->slots = NULL;
}
