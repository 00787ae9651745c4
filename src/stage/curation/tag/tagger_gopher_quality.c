/* tagger_gopher_quality.c - the figures of Gopher's quality filter (Rae et al. 2021, appendix
 * A.1.1): how many words, how long, how many of them hold a letter, how many symbols, bullets and
 * ellipses there are, and how many of eight English words that hardly any English text does
 * without. */
#include "stage/curation/tag/tagger.h"

#include <string.h>

enum {
    WORDS,
    WORD_LENGTH,
    HASHES,
    ELLIPSES,
    BULLET_LINES,
    ELLIPSIS_LINES,
    LETTER_WORDS,
    STOP_WORDS,
    N_METRICS
};

static const char *const metrics[N_METRICS + 1] = {"words",        "word_length",  "hashes",
                                                   "ellipses",     "bullet_lines", "ellipsis_lines",
                                                   "letter_words", "stop_words"};

static double ratio(double part, int64_t of) { return of ? part / (double)of : 0; }

/* ---- words ----------------------------------------------------------------------------------- */

/* Which of the eight it is, as a bit; 0: none. As the paper has them: small letters only. */
static unsigned stop_word(const char *p, size_t n) {
    static const char words[][5] = {"the", "be", "to", "of", "and", "that", "have", "with"};
    if (n < 2 || n > 4) return 0;
    for (int i = 0; i < SC_LEN(words); i++)
        if (strlen(words[i]) == n && !memcmp(words[i], p, n)) return 1u << i;
    return 0;
}

static void say_words(const int *self, sc_tags *out, const char *text, sc_units words) {
    int64_t n = 0, chars = 0, letters = 0;
    unsigned stops = 0;
    for (int64_t i = 0; i < words.n; i++) {
        const sc_unit *u = &words.at[i];
        letters += u->flags & SC_UNIT_LETTER;
        stops |= stop_word(text + u->start, u->end - u->start);
        if (u->flags & SC_UNIT_SYMBOL) continue;
        n++;
        chars += u->chars;
    }
    sc__tags_whole(out, self[WORDS], (double)n);
    sc__tags_whole(out, self[WORD_LENGTH], ratio((double)chars, n));
    sc__tags_whole(out, self[LETTER_WORDS], ratio((double)letters, words.n));
    sc__tags_whole(out, self[STOP_WORDS], __builtin_popcount(stops));
}

/* ---- symbols --------------------------------------------------------------------------------- */

/* How often it is there, one after the other. */
static int64_t count_of(sc_slice text, const char *what, size_t n) {
    const char *p = text.p, *end = p + text.n;
    int64_t count = 0;
    while ((size_t)(end - p) >= n && (p = memchr(p, *what, (size_t)(end - p) - n + 1)) != NULL) {
        const bool found = !memcmp(p, what, n);
        count += found;
        p += found ? n : 1;
    }
    return count;
}

static int64_t count_hashes(sc_slice text) {
    int64_t count = 0;
    for (size_t i = 0; i < text.n; i++) count += text.p[i] == '#';
    return count;
}

static void say_symbols(const int *self, sc_tags *out, sc_slice text, int64_t n_words) {
    const int64_t ellipses = count_of(text, "...", 3) + count_of(text, "\xE2\x80\xA6", 3);
    sc__tags_whole(out, self[HASHES], ratio((double)count_hashes(text), n_words));
    sc__tags_whole(out, self[ELLIPSES], ratio((double)ellipses, n_words));
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool begins_bullet(const char *p, size_t n) {
    return n && (*p == '-' || (n >= 3 && !memcmp(p, "\xE2\x80\xA2", 3)));
}

static bool ends_ellipsis(const char *end, size_t n) {
    return n >= 3 && (!memcmp(end - 3, "...", 3) || !memcmp(end - 3, "\xE2\x80\xA6", 3));
}

static sc_status say_lines(const int *self, sc_tags *out, sc_doc *doc) {
    const char *text = sc__doc_text(doc).p;
    int64_t bullets = 0, ellipses = 0;
    sc_units lines;
    SC_TRY(sc__doc_lines(&lines, doc));
    for (int64_t i = 0; i < lines.n; i++) {
        const sc_unit u = sc__doc_strip(doc, lines.at[i]);
        bullets += begins_bullet(text + u.start, u.end - u.start);
        ellipses += ends_ellipsis(text + u.end, u.end - u.start);
    }
    sc__tags_whole(out, self[BULLET_LINES], ratio((double)bullets, lines.n));
    sc__tags_whole(out, self[ELLIPSIS_LINES], ratio((double)ellipses, lines.n));
    return SC_OK;
}

static sc_status run(void *self, sc_tags *out, sc_doc *doc) {
    sc_units words;
    SC_TRY(sc__doc_words(&words, doc));
    say_words(self, out, sc__doc_text(doc).p, words);
    say_symbols(self, out, sc__doc_text(doc), words.n);
    return say_lines(self, out, doc);
}

const sc_tagger sc__tagger_gopher_quality = {.metrics = metrics, .run = run};
