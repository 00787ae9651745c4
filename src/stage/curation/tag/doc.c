/* doc.c - rows, lines, paragraphs; who cuts words and sentences is in doc_words.c,
 * doc_sentences.c and english.c. */
#include "stage/curation/tag/doc_part.h"

const char *const sc_words_names[] = {"unicode", "whitespace", "english", NULL};

/* ---- opening and setting --------------------------------------------------------------------- */

sc_status sc__doc_open(sc_doc **out, sc_words_mode mode) {
    *out = NULL;
    sc_doc *d = sc__calloc(1, sizeof *d);
    if (!d) return SC_FAIL(SC_NOMEM, "document");
    d->mode = mode;
    sc_status s = sc__char_kinds_init(&d->kinds);
    if (s >= 0 && mode == SC_WORDS_ENGLISH) s = sc__english_open(&d->english, &d->kinds);
    if (s < 0) {
        sc__doc_close(d);
        return s;
    }
    *out = d;
    return SC_OK;
}

void sc__doc_close(sc_doc *d) {
    if (!d) return;
    for (int i = 0; i < SC_DOC_N_UNITS; i++) sc__free(d->units[i].at);
    sc__free(d->grams);
    sc__free(d->steps);
    sc__english_close(d->english);
    sc__char_kinds_deinit(&d->kinds);
    sc__free(d);
}

int64_t sc__count_chars(const char *p, size_t n) {
    int64_t count = 0;
    for (size_t i = 0; i < n; i++) count += (signed char)p[i] >= -64; /* no continuation byte */
    return count;
}

sc_status sc__doc_set(sc_doc *d, sc_slice text, const sc_record *record) {
    if (text.n > INT32_MAX) return SC_FAIL(SC_FORMAT, "text: %zu bytes, at most 2 GiB", text.n);
    d->text = text.p ? text : (sc_slice){"", 0};
    d->record = record;
    d->chars = sc__count_chars(d->text.p, d->text.n);
    memset(d->known, 0, sizeof d->known);
    d->grams_of = 0;
    d->knows_steps = false;
    return SC_OK;
}

sc_slice sc__doc_text(const sc_doc *d) { return d->text; }
const sc_record *sc__doc_record(const sc_doc *d) { return d->record; }
sc_words_mode sc__doc_mode(const sc_doc *d) { return d->mode; }
int64_t sc__doc_chars(const sc_doc *d) { return d->chars; }

int64_t sc__doc_chars_in(const sc_doc *d, size_t start, size_t end) {
    if ((size_t)d->chars == d->text.n) return (int64_t)(end - start);
    return sc__count_chars(d->text.p + start, end - start);
}

/* ---- bytes and code points ------------------------------------------------------------------- */

enum { STEP = 256 };

static sc_status find_steps(sc_doc *d) {
    const int64_t n = (int64_t)(d->text.n / STEP) + 1;
    if (d->knows_steps) return SC_OK;
    if (n > d->cap_steps) {
        uint32_t *steps = sc__realloc(d->steps, (size_t)n * 2 * sizeof *steps);
        if (!steps) return SC_FAIL(SC_NOMEM, "places in a document");
        d->steps = steps;
        d->cap_steps = n * 2;
    }
    int64_t chars = 0;
    for (int64_t i = 0; i < n; i++) {
        d->steps[i] = (uint32_t)chars;
        if (i + 1 < n) chars += sc__count_chars(d->text.p + i * STEP, STEP);
    }
    d->knows_steps = true;
    return SC_OK;
}

sc_status sc__doc_char_of(int64_t *out, sc_doc *d, size_t byte) {
    *out = (int64_t)byte;
    if ((size_t)d->chars == d->text.n) return SC_OK;
    SC_TRY(find_steps(d));
    const size_t step = byte / STEP;
    *out = d->steps[step] + sc__count_chars(d->text.p + step * STEP, byte - step * STEP);
    return SC_OK;
}

sc_status sc__doc_byte_of(size_t *out, sc_doc *d, int64_t character) {
    *out = (size_t)character;
    if ((size_t)d->chars == d->text.n) return SC_OK;
    SC_TRY(find_steps(d));
    size_t low = 0, high = d->text.n / STEP + 1; /* the last step not behind the character */
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (d->steps[middle] <= character)
            low = middle;
        else
            high = middle;
    }
    size_t byte = low * STEP;
    for (int64_t at = d->steps[low]; byte < d->text.n; byte++) {
        if ((signed char)d->text.p[byte] < -64) continue; /* inside a code point */
        if (at++ == character) break;
    }
    *out = byte;
    return SC_OK;
}

uint32_t sc__doc_kind(sc_doc *d, uint32_t c) { return sc__char_kind(&d->kinds, c); }

/* ---- lists of units -------------------------------------------------------------------------- */

sc_status sc__units_reserve(sc_unit_list *l, int64_t more) {
    if (l->n + more <= l->cap) return SC_OK;
    const int64_t cap = SC_MAX(l->n + more, l->cap * 2 + 64);
    sc_unit *at = sc__realloc(l->at, (size_t)cap * sizeof *at);
    if (!at) return SC_FAIL(SC_NOMEM, "units of a document");
    l->at = at;
    l->cap = cap;
    return SC_OK;
}

static sc_status push_plain(sc_unit_list *l, const sc_doc *d, size_t start, size_t end) {
    SC_TRY(sc__units_reserve(l, 1));
    l->at[l->n++] = (sc_unit){.start = (uint32_t)start,
                              .end = (uint32_t)end,
                              .chars = (uint32_t)sc__doc_chars_in(d, start, end),
                              .hash = sc__hash_word(d->text.p + start, end - start)};
    return SC_OK;
}

/* ---- rows, lines, paragraphs ----------------------------------------------------------------- */

static sc_status find_rows(sc_unit_list *out, sc_doc *d) {
    const char *p = d->text.p, *end = p + d->text.n;
    for (const char *at = p;;) {
        const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        SC_TRY(push_plain(out, d, (size_t)(at - p), (size_t)((newline ? newline : end) - p)));
        if (!newline) return SC_OK;
        at = newline + 1;
    }
}

size_t sc__line_end(const char *p, const char *end) {
    const unsigned char c = (unsigned char)*p;
    if (c == '\r') return p + 1 < end && p[1] == '\n' ? 2 : 1;
    if (c < 0x20) return (c >= '\n' && c <= '\f') || (c >= 0x1C && c <= 0x1E);
    if (c == 0xC2) return (unsigned char)p[1] == 0x85 ? 2 : 0;
    if (c == 0xE2 && (unsigned char)p[1] == 0x80)
        return ((unsigned char)p[2] & 0xFE) == 0xA8 ? 3 : 0;
    return 0;
}

static sc_status find_lines(sc_unit_list *out, sc_doc *d) {
    const char *p = d->text.p, *end = p + d->text.n, *begin = p;
    for (const char *at = p; at < end;) {
        const unsigned char c = (unsigned char)*at;
        const size_t n = c < 0x20 || c == 0xC2 || c == 0xE2 ? sc__line_end(at, end) : 0;
        if (n) SC_TRY(push_plain(out, d, (size_t)(begin - p), (size_t)(at - p)));
        at += n ? n : 1;
        if (n) begin = at;
    }
    return begin < end ? push_plain(out, d, (size_t)(begin - p), d->text.n) : SC_OK;
}

static sc_status find_paragraphs(sc_unit_list *out, sc_doc *d) {
    const sc_unit all = sc__doc_strip(d, (sc_unit){.end = (uint32_t)d->text.n});
    const char *p = d->text.p, *end = p + all.end, *begin = p + all.start;
    for (const char *at = begin; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) break;
        for (at = newline; at < end && *at == '\n'; at++) {}
        if (at - newline < 2) continue;
        SC_TRY(push_plain(out, d, (size_t)(begin - p), (size_t)(newline - p)));
        begin = at;
    }
    return push_plain(out, d, (size_t)(begin - p), all.end);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static sc_status split(sc_unit_list *out, sc_doc *d, sc_slice text) {
    if (d->mode == SC_WORDS_ENGLISH) return sc__split_english(out, d->english, text.p, text.n);
    if (d->mode == SC_WORDS_WHITESPACE) return sc__split_whitespace(out, &d->kinds, text.p, text.n);
    return sc__split_unicode(out, &d->kinds, text.p, text.n);
}

static sc_status find_words(sc_unit_list *out, sc_doc *d) { return split(out, d, d->text); }

static sc_status find_sentences(sc_unit_list *out, sc_doc *d) {
    sc_units words;
    int64_t n;
    if (d->mode != SC_WORDS_ENGLISH) return sc__split_sentences(&n, out, &d->kinds, d->text);
    SC_TRY(sc__doc_words(&words, d));
    return sc__english_sentences(&n, out, d->english, words, d->text.p);
}

static sc_status ask(sc_units *out, sc_doc *d, int which,
                     sc_status (*find)(sc_unit_list *, sc_doc *)) {
    sc_unit_list *l = &d->units[which];
    if (!d->known[which]) {
        l->n = 0;
        SC_TRY(find(l, d));
        d->known[which] = true;
    }
    *out = (sc_units){l->at, l->n};
    return SC_OK;
}

sc_status sc__doc_rows(sc_units *out, sc_doc *d) { return ask(out, d, SC_DOC_ROWS, find_rows); }
sc_status sc__doc_lines(sc_units *out, sc_doc *d) { return ask(out, d, SC_DOC_LINES, find_lines); }
sc_status sc__doc_words(sc_units *out, sc_doc *d) { return ask(out, d, SC_DOC_WORDS, find_words); }

sc_status sc__doc_paragraphs(sc_units *out, sc_doc *d) {
    return ask(out, d, SC_DOC_PARAGRAPHS, find_paragraphs);
}

sc_status sc__doc_sentences(sc_units *out, sc_doc *d) {
    return ask(out, d, SC_DOC_SENTENCES, find_sentences);
}

sc_status sc__doc_split(sc_units *words, sc_doc *d, sc_slice text) {
    sc_unit_list *l = &d->units[SC_DOC_OTHER_WORDS];
    l->n = 0;
    SC_TRY(split(l, d, text));
    *words = (sc_units){l->at, l->n};
    return SC_OK;
}

/* The first word that does not begin before `byte`. */
static int64_t first_word(sc_units words, size_t byte) {
    int64_t low = 0, high = words.n;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (words.at[middle].start < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Words of a part of the text, which white space or an end of it stands around: those it has. */
static sc_status words_of(sc_units *out, sc_doc *d, sc_slice part) {
    if (part.p < d->text.p || part.p + part.n > d->text.p + d->text.n)
        return sc__doc_split(out, d, part);
    SC_TRY(sc__doc_words(out, d));
    const size_t start = (size_t)(part.p - d->text.p);
    const int64_t first = first_word(*out, start), end = first_word(*out, start + part.n);
    *out = (sc_units){out->at + first, end - first};
    return SC_OK;
}

sc_status sc__doc_count_sentences(int64_t *out, sc_doc *d, sc_slice text) {
    sc_units words;
    if (d->mode != SC_WORDS_ENGLISH) return sc__split_sentences(out, NULL, &d->kinds, text);
    SC_TRY(words_of(&words, d, text));
    const bool inside = text.p >= d->text.p && text.p + text.n <= d->text.p + d->text.n;
    return sc__english_sentences(out, NULL, d->english, words, inside ? d->text.p : text.p);
}

/* ---- runs of words --------------------------------------------------------------------------- */

sc_status sc__doc_grams(const uint64_t **out, int64_t *n_out, sc_doc *d, int n) {
    sc_units words;
    SC_TRY(sc__doc_words(&words, d));
    if (words.n > d->cap_grams) {
        uint64_t *grams = sc__realloc(d->grams, (size_t)words.n * 2 * sizeof *grams);
        if (!grams) return SC_FAIL(SC_NOMEM, "runs of words");
        d->grams = grams;
        d->cap_grams = words.n * 2;
        d->grams_of = 0;
    }
    if (d->grams_of == 0 || d->grams_of > n) {
        for (int64_t i = 0; i < words.n; i++) d->grams[i] = words.at[i].hash;
        d->grams_of = 1;
    }
    for (; d->grams_of < n; d->grams_of++) /* a polynomial over the words' hashes */
        for (int64_t i = 0; i + d->grams_of < words.n; i++)
            d->grams[i] = d->grams[i] * 0xA0761D6478BD642Fu + words.at[i + d->grams_of].hash;
    *out = d->grams;
    *n_out = SC_MAX(words.n - n + 1, 0);
    return SC_OK;
}

/* ---- white space ----------------------------------------------------------------------------- */

bool sc__doc_is_wide_space(sc_doc *d, const char *p, int *n) {
    return sc__kind_at(&d->kinds, p, n) & SC_CHAR_SPACE;
}

sc_unit sc__doc_strip(sc_doc *d, sc_unit u) {
    const char *p = d->text.p;
    int n;
    while (u.start < u.end && sc__doc_is_space(d, p + u.start, &n)) u.start += (uint32_t)n;
    while (u.start < u.end) {
        uint32_t last = u.end - 1;
        while ((signed char)p[last] < -64) last--;
        if (!sc__doc_is_space(d, p + last, &n)) break;
        u.end = last;
    }
    return u;
}

bool sc__doc_is_blank(sc_doc *d, size_t start, size_t end) {
    int n;
    while (start < end && sc__doc_is_space(d, d->text.p + start, &n)) start += (size_t)n;
    return start >= end;
}

/* ---- sets of hashes -------------------------------------------------------------------------- */

sc_status sc__hash_set_begin(sc_hash_set *s, int64_t n) {
    size_t size = 64;
    while (size < (size_t)n * 2) size *= 2;
    if (!s->slots || size > s->cap || s->era == UINT32_MAX) {
        sc_hash_slot *slots = sc__calloc(SC_MAX(size, s->cap), sizeof *slots);
        if (!slots) return SC_FAIL(SC_NOMEM, "set of hashes");
        sc__free(s->slots);
        *s = (sc_hash_set){.slots = slots, .cap = SC_MAX(size, s->cap)};
    }
    s->mask = size - 1; /* a small text uses a small part, which stays in the cache */
    s->era++;
    return SC_OK;
}

void sc__hash_set_deinit(sc_hash_set *s) {
    sc__free(s->slots);
    *s = (sc_hash_set){0};
}
