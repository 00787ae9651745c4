/* tagger_c4.c - what the cleaning of C4 looks at (Raffel et al. 2020, section 2.2, and its released
 * code): line by line, without outer white space and without the marks of citations that Wikipedia
 * has. The rules of the set `c4` then cut lines, and drop a document for what stands in a line that
 * was not cut, in the order of that code. */
#define _GNU_SOURCE
#include "stage/curation/tag/tagger.h"

#include "base/utf8.h"
#include "stage/curation/tag/charkind.h"
#include "stage/curation/tag/wordlist.h"

#include <string.h>

/* A line tells of these only where a rule could want them: the published bounds are 1000 and 3. */
enum { LONG_WORD_FROM = 100, FEW_WORDS_BELOW = 10 };

enum {
    LONG_WORD,
    NO_END,
    LINE_WORDS,
    LOREM_IPSUM,
    JAVASCRIPT,
    CURLY_BRACKET,
    POLICY,
    SENTENCES,
    CITATION,
    MARGIN,
    BAD_WORD,
    N_METRICS
};
static const char *const metrics[N_METRICS] = {
    "long_word", "no_end",    "line_words", "lorem_ipsum", "javascript", "curly_bracket",
    "policy",    "sentences", "citation",   "margin",      "bad_word"};

enum { SETTING_BAD_WORDS };
static const sc_tagger_setting settings[] = {
    {"bad_words_list", NULL, "a list, one word or phrase a line, whose words are told of"}, {0}};

typedef struct {
    int at[N_METRICS];
    const sc_wordlist *bad_words; /* NULL: no list */
    sc_tags *out;
    bool has_phrases;       /* some line may have one */
    sc_buffer clean, small; /* the line without citations; small letters */
} self;

static sc_status load(void **shared, const char *const *values) {
    sc_wordlist *list;
    if (!values[SETTING_BAD_WORDS]) return SC_OK;
    SC_TRY(sc__wordlist_open(&list, values[SETTING_BAD_WORDS]));
    *shared = list;
    return SC_OK;
}

static void unload(void *shared) { sc__wordlist_close(shared); }

static sc_status open(void **out, sc_tags *tags, const void *shared) {
    self *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "c4");
    for (int i = 0; i < N_METRICS; i++) s->at[i] = sc__tags_attribute(tags, metrics[i]);
    s->bad_words = shared;
    s->out = tags;
    *out = s;
    return SC_OK;
}

static void close(void *me) {
    self *s = me;
    sc__buffer_deinit(&s->clean);
    sc__buffer_deinit(&s->small);
    sc__free(s);
}

/* ---- citations ------------------------------------------------------------------------------- */

/* Bytes of "[12]", "[]", "[edit]" or "[citation needed]" at p; 0: none of them. */
static size_t citation_at(sc_doc *doc, const char *p, const char *end) {
    static const char *const words[] = {"[edit]", "[citation needed]"};
    for (int i = 0; i < SC_LEN(words); i++) {
        const size_t n = strlen(words[i]);
        if ((size_t)(end - p) >= n && !memcmp(p, words[i], n)) return n;
    }
    const char *at = p + 1;
    for (int n; at < end; at += n) {
        const uint32_t kind = sc__doc_kind(doc, sc__utf8_decode(at, &n));
        if (sc__char_sb(kind) != SC_SB_NUMERIC) break;
    }
    return at < end && *at == ']' ? (size_t)(at + 1 - p) : 0;
}

/* The line as the rules see it: the text itself, or what is left of it in s->clean. */
static sc_slice without_citations(self *s, sc_doc *doc, sc_unit line) {
    const char *text = sc__doc_text(doc).p, *p = text + line.start, *end = text + line.end;
    const char *bracket = memchr(p, '[', (size_t)(end - p));
    if (!bracket) return (sc_slice){p, (size_t)(end - p)};
    sc__buffer_clear(&s->clean);
    for (; bracket; bracket = memchr(bracket, '[', (size_t)(end - bracket))) {
        const size_t n = citation_at(doc, bracket, end);
        if (n) {
            sc__tags_add(s->out, s->at[CITATION], (size_t)(bracket - text),
                         (size_t)(bracket - text) + n, 1);
            sc__buffer_append(&s->clean, p, (size_t)(bracket - p));
            p = bracket + n;
        }
        bracket += n ? n : 1;
    }
    sc__buffer_append(&s->clean, p, (size_t)(end - p));
    return (sc_slice){s->clean.data, s->clean.len};
}

/* ---- one line -------------------------------------------------------------------------------- */

static bool ends_with(sc_slice line, const char *tail) {
    const size_t n = strlen(tail);
    return line.n >= n && !memcmp(line.p + line.n - n, tail, n);
}

static bool ends_well(sc_slice line) {
    return line.n && strchr(".?!\"'", line.p[line.n - 1]) && line.p[line.n - 1] &&
           !ends_with(line, "...");
}

typedef struct {
    int64_t words;
    int64_t longest; /* characters */
} word_counts;

/* What stands between white space. */
static word_counts count_words(sc_doc *doc, sc_unit line) {
    const char *p = sc__doc_text(doc).p;
    word_counts c = {0, 0};
    int64_t chars = 0;
    int n;
    for (size_t i = line.start; i < line.end; i += (size_t)n) {
        const uint32_t kind = sc__doc_kind(doc, sc__utf8_decode(p + i, &n));
        if (kind & SC_CHAR_SPACE)
            chars = 0;
        else
            c.words += !chars++;
        c.longest = SC_MAX(c.longest, chars);
    }
    return c;
}

/* Small letters of ASCII: the phrases that are looked for have no others. (The Kelvin sign, whose
 * small letter is "k", is the one letter outside of it that would matter.) */
static void make_small(sc_buffer *out, sc_slice line) {
    sc__buffer_clear(out);
    char *p = sc__buffer_extend(out, line.n + 1);
    if (!p) return;
    for (size_t i = 0; i < line.n; i++)
        p[i] = (char)(line.p[i] + ((unsigned char)(line.p[i] - 'A') < 26 ? 32 : 0));
    p[line.n] = 0;
}

static bool find(const sc_buffer *small, const char *what) {
    return memmem(small->data, small->len - 1, what, strlen(what)) != NULL;
}

static bool has_policy(const sc_buffer *small) {
    static const char *const phrases[] = {"terms of use", "privacy policy", "cookie policy",
                                          "uses cookies", "use of cookies", "use cookies"};
    for (int i = 0; i < SC_LEN(phrases); i++)
        if (find(small, phrases[i])) return true;
    return false;
}

static void say_content(self *s, sc_unit line, sc_slice clean) {
    sc_tags *out = s->out;
    if (memchr(clean.p, '{', clean.n))
        sc__tags_add(out, s->at[CURLY_BRACKET], line.start, line.end, 1);
    if (!s->has_phrases) return;
    make_small(&s->small, clean);
    if (s->small.status < 0) return;
    if (find(&s->small, "lorem ipsum"))
        sc__tags_add(out, s->at[LOREM_IPSUM], line.start, line.end, 1);
    if (find(&s->small, "javascript"))
        sc__tags_add(out, s->at[JAVASCRIPT], line.start, line.end, 1);
    if (has_policy(&s->small)) sc__tags_add(out, s->at[POLICY], line.start, line.end, 1);
}

static sc_status say_sentences(self *s, sc_doc *doc, sc_unit line, sc_slice clean) {
    int64_t n;
    if (!sc__tags_wants(s->out, s->at[SENTENCES])) return SC_OK;
    SC_TRY(sc__doc_count_sentences(&n, doc, clean));
    sc__tags_add(s->out, s->at[SENTENCES], line.start, line.end, (double)n);
    return SC_OK;
}

static sc_status say_line(self *s, sc_doc *doc, sc_unit whole) {
    const sc_unit line = sc__doc_strip(doc, whole);
    const word_counts words = count_words(doc, line);
    const sc_slice clean = without_citations(s, doc, line);
    sc_tags *out = s->out;
    if (whole.start < line.start && line.start < line.end)
        sc__tags_add(out, s->at[MARGIN], whole.start, line.start, 1);
    if (line.end < whole.end && line.start < line.end)
        sc__tags_add(out, s->at[MARGIN], line.end, whole.end, 1);
    if (words.longest >= LONG_WORD_FROM)
        sc__tags_add(out, s->at[LONG_WORD], whole.start, whole.end, (double)words.longest);
    if (!ends_well(clean)) sc__tags_add(out, s->at[NO_END], whole.start, whole.end, 1);
    if (words.words < FEW_WORDS_BELOW)
        sc__tags_add(out, s->at[LINE_WORDS], whole.start, whole.end, (double)words.words);
    if (line.start == line.end) return SC_OK;
    say_content(s, whole, clean);
    return say_sentences(s, doc, whole, clean);
}

static void found_bad_word(void *user, size_t start, size_t end) {
    self *s = user;
    sc__tags_add(s->out, s->at[BAD_WORD], start, end, 1);
}

/* One look at all of the text: most have no phrase, unless taking a citation out makes one. */
static void find_phrases(self *s, sc_slice text) {
    make_small(&s->small, text);
    s->has_phrases =
        s->small.status >= 0 && (memchr(text.p, '[', text.n) || find(&s->small, "cookie") ||
                                 find(&s->small, "policy") || find(&s->small, "terms of use") ||
                                 find(&s->small, "lorem ipsum") || find(&s->small, "javascript"));
}

static sc_status run(void *me, sc_tags *out, sc_doc *doc) {
    self *s = me;
    sc_units lines;
    (void)out; /* s->out */
    SC_TRY(sc__doc_lines(&lines, doc));
    find_phrases(s, sc__doc_text(doc));
    for (int64_t i = 0; i < lines.n; i++) SC_TRY(say_line(s, doc, lines.at[i]));
    if (s->bad_words) sc__wordlist_find(s->bad_words, doc, found_bad_word, s);
    return s->clean.status < 0 ? s->clean.status : s->small.status;
}

const sc_tagger sc__tagger_c4 = {
    .settings = settings, .load = load, .unload = unload, .open = open, .close = close, .run = run};
