/* tagger_gopher_repetition.c - how much of a text is said again (Rae et al. 2021, table A1): lines
 * and paragraphs that were there before, by number and by characters; the characters of the most
 * frequent run of 2 to 4 words; the characters of runs of 5 to 10 words that were there before,
 * each character counted once. All over the characters of the text. */
#include "stage/curation/tag/tagger.h"

#include "base/alloc.h"

enum { FIRST_TOP = 2, LAST_TOP = 4, FIRST_DUPLICATE = 5, LAST_DUPLICATE = 10 };

typedef struct {
    int lines, line_chars, paragraphs, paragraph_chars;
    int grams[LAST_DUPLICATE + 1]; /* by number of words */
    sc_hash_set seen;
} self;

static sc_status open(void **out, sc_tags *tags, const void *shared) {
    (void)shared;
    char name[32];
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "gopher-repetition");
    s->lines = sc__tags_attribute(tags, "lines");
    s->line_chars = sc__tags_attribute(tags, "line_chars");
    s->paragraphs = sc__tags_attribute(tags, "paragraphs");
    s->paragraph_chars = sc__tags_attribute(tags, "paragraph_chars");
    for (int n = FIRST_TOP; n <= LAST_DUPLICATE; n++) {
        snprintf(name, sizeof name, n <= LAST_TOP ? "top_%d_gram" : "duplicate_%d_grams", n);
        s->grams[n] = sc__tags_attribute(tags, name);
    }
    *out = s;
    return SC_OK;
}

static void close(void *me) {
    self *s = me;
    sc__hash_set_deinit(&s->seen);
    sc__free(s);
}

/* ---- lines and paragraphs -------------------------------------------------------------------- */

typedef struct {
    int64_t units, duplicates, chars;
} repeats;

static sc_status count_repeats(repeats *out, self *s, sc_units u, bool skip_inner_empty) {
    *out = (repeats){0};
    SC_TRY(sc__hash_set_begin(&s->seen, u.n));
    for (int64_t i = 0; i < u.n; i++) {
        /* Runs of newlines are one end of a line; one at either end leaves an empty line there. */
        if (skip_inner_empty && !u.at[i].chars && i > 0 && i < u.n - 1) continue;
        out->units++;
        if (sc__hash_set_put(&s->seen, u.at[i].hash, 0)->count == 1) continue;
        out->duplicates++;
        out->chars += u.at[i].chars;
    }
    return SC_OK;
}

static sc_status say_units(self *s, sc_tags *out, sc_doc *doc, double chars) {
    sc_units u;
    repeats r;
    SC_TRY(sc__doc_paragraphs(&u, doc));
    SC_TRY(count_repeats(&r, s, u, false));
    sc__tags_whole(out, s->paragraphs, (double)r.duplicates / (double)r.units);
    sc__tags_whole(out, s->paragraph_chars, (double)r.chars / chars);
    SC_TRY(sc__doc_rows(&u, doc));
    SC_TRY(count_repeats(&r, s, u, true));
    sc__tags_whole(out, s->lines, (double)r.duplicates / (double)r.units);
    sc__tags_whole(out, s->line_chars, (double)r.chars / chars);
    return SC_OK;
}

/* ---- runs of words --------------------------------------------------------------------------- */

static int64_t chars_of(sc_units words, int64_t at, int n) {
    int64_t chars = 0;
    for (int i = 0; i < n; i++) chars += words.at[at + i].chars;
    return chars;
}

/* Characters of a run with what stands between its words: in scripts without spaces that is
 * nothing. Other kinds of words are reckoned as datatrove does, with a space between each two. */
static int64_t chars_with_gaps(sc_doc *doc, sc_units words, int64_t at, int n) {
    if (sc__doc_mode(doc) != SC_WORDS_UNICODE) return chars_of(words, at, n) + n - 1;
    return sc__doc_chars_in(doc, words.at[at].start, words.at[at + n - 1].end);
}

/* Characters of the most frequent run of n words, the first of several, times how often it is
 * there.
 */
static sc_status top_chars(int64_t *out, uint32_t *times, self *s, sc_doc *doc, sc_units words,
                           int n) {
    const uint64_t *grams;
    int64_t n_grams;
    uint32_t most = 0, first = 0;
    *out = *times = 0;
    SC_TRY(sc__doc_grams(&grams, &n_grams, doc, n));
    if (!n_grams) return SC_OK;
    SC_TRY(sc__hash_set_begin(&s->seen, n_grams));
    for (int64_t i = 0; i < n_grams; i++) {
        const sc_hash_slot *slot = sc__hash_set_put(&s->seen, grams[i], (uint32_t)i);
        if (slot->count < most || (slot->count == most && slot->first >= first)) continue;
        most = slot->count;
        first = slot->first;
    }
    *out = chars_with_gaps(doc, words, first, n) * most;
    *times = most;
    return SC_OK;
}

/* Characters of the runs of n words that were there before; behind one, the next run begins where
 * it ends, so that none is counted twice. */
static sc_status duplicate_chars(int64_t *out, self *s, sc_doc *doc, sc_units words, int n) {
    const uint64_t *grams;
    int64_t n_grams;
    *out = 0;
    SC_TRY(sc__doc_grams(&grams, &n_grams, doc, n));
    SC_TRY(sc__hash_set_begin(&s->seen, n_grams));
    for (int64_t i = 0; i < n_grams;) {
        const bool again = sc__hash_set_put(&s->seen, grams[i], 0)->count > 1;
        if (again) *out += chars_of(words, i, n);
        i += again ? n : 1;
    }
    return SC_OK;
}

static sc_status say_grams(self *s, sc_tags *out, sc_doc *doc, double chars) {
    sc_units words;
    int64_t found = 0;
    uint32_t times = 0;
    SC_TRY(sc__doc_words(&words, doc));
    for (int n = FIRST_TOP; n <= LAST_TOP; n++) {
        SC_TRY(top_chars(&found, &times, s, doc, words, n));
        sc__tags_whole(out, s->grams[n], (double)found / chars);
    }
    found = times > 1;
    for (int n = FIRST_DUPLICATE; n <= LAST_DUPLICATE; n++) {
        /* Where no run of n words comes twice, none of n + 1 does. */
        if (found) SC_TRY(duplicate_chars(&found, s, doc, words, n));
        sc__tags_whole(out, s->grams[n], (double)found / chars);
    }
    return SC_OK;
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    const double chars = (double)SC_MAX(sc__doc_chars(doc), 1);
    SC_TRY(say_units(me, out, doc, chars));
    return say_grams(me, out, doc, chars);
}

const sc_tagger sc__tagger_gopher_repetition = {.open = open, .close = close, .run = run};
