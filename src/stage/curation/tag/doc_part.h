/* doc_part.h - what the files that cut a text into units share. */
#ifndef SC_STAGE_CURATION_TAG_DOC_PART_H
#define SC_STAGE_CURATION_TAG_DOC_PART_H

#include "stage/curation/tag/charkind.h"
#include "stage/curation/tag/doc.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <string.h>

typedef struct sc_english sc_english;

typedef struct {
    sc_unit *at;
    int64_t n, cap;
} sc_unit_list;

/* Room for one more is made before it is needed: sc__units_push after it cannot fail. */
SC_MUST_USE sc_status sc__units_reserve(sc_unit_list *l, int64_t more);

enum {
    SC_DOC_ROWS,
    SC_DOC_LINES,
    SC_DOC_PARAGRAPHS,
    SC_DOC_WORDS,
    SC_DOC_SENTENCES,
    SC_DOC_OTHER_WORDS, /* of sc__doc_split */
    SC_DOC_N_UNITS
};

struct sc_doc {
    sc_words_mode mode;
    sc_slice text;
    const sc_record *record;
    int64_t chars;
    sc_char_kinds kinds;
    sc_unit_list units[SC_DOC_N_UNITS];
    bool known[SC_DOC_N_UNITS];
    sc_english *english; /* in that mode */
    uint32_t *steps;     /* code points before each 256th byte */
    int64_t cap_steps;
    bool knows_steps;
    uint64_t *grams;
    int64_t cap_grams;
    int grams_of; /* how many words the runs in `grams` have; 0: none */
};

/* Whether all are letters of ASCII. */
static inline bool sc__is_letters(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)((p[i] | 32) - 'a') >= 26) return false;
    return true;
}

/* Code points of bytes that are valid UTF-8. */
int64_t sc__count_chars(const char *p, size_t n);

/* The code point at byte i of a text, its length and its kind. */
static inline uint32_t sc__kind_at(sc_char_kinds *t, const char *p, int *n) {
    const uint32_t c = sc__utf8_decode(p, n);
    return sc__char_kind(t, c);
}

/* Appends the words of text[0, n); offsets are of that text. */
SC_MUST_USE sc_status sc__split_unicode(sc_unit_list *out, sc_char_kinds *t, const char *text,
                                        size_t n);
SC_MUST_USE sc_status sc__split_whitespace(sc_unit_list *out, sc_char_kinds *t, const char *text,
                                           size_t n);
/* Sentences of UAX #29 that are not blank; `out` may be NULL, to count them only. */
SC_MUST_USE sc_status sc__split_sentences(int64_t *n_out, sc_unit_list *out, sc_char_kinds *t,
                                          sc_slice text);

/* A sentence without the white space before it; none when there is nothing else. */
SC_MUST_USE sc_status sc__push_sentence(sc_unit_list *out, sc_char_kinds *t, const char *text,
                                        size_t start, size_t end);

SC_MUST_USE sc_status sc__english_open(sc_english **out, sc_char_kinds *t);
void sc__english_close(sc_english *e); /* NULL is fine */
SC_MUST_USE sc_status sc__split_english(sc_unit_list *out, sc_english *e, const char *text,
                                        size_t n);
/* Sentences out of English words of a text; the same. */
SC_MUST_USE sc_status sc__english_sentences(int64_t *n_out, sc_unit_list *out, sc_english *e,
                                            sc_units words, const char *text);

/* A word at [start, end) with all that is asked of it. Room for it was reserved. */
void sc__push_word(sc_unit_list *out, sc_char_kinds *t, const char *text, size_t start, size_t end);

#endif
