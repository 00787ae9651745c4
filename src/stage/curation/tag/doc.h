/* doc.h - a view of one text that cuts it into units once, when they are asked for, and keeps them
 * for whoever asks next. All taggers of a worker share one, and it is used again for the next text,
 * so that a document costs no allocation once the largest has been seen.
 *
 * Units are [start, end) in bytes. What they are:
 *   rows        what stands between newlines ("\n"), empty ones too
 *   lines       the same for every line end that Unicode knows (UAX #14: also \r, \r\n, \v, \f,
 * NEL, LS, PS) and U+001C..1E, without what ends them; no empty one after the last end paragraphs
 * rows of the text without its outer white space, between runs of two or more "\n" words after
 * sc_words_mode sentences   after the same: UAX #29, or rules on English words */
#ifndef SC_STAGE_CURATION_TAG_DOC_H
#define SC_STAGE_CURATION_TAG_DOC_H

#include "format/record.h"

/* UNICODE: the segments of UAX #29 that hold a letter or a number. Scripts without spaces have no
 * dictionary here: each Han character and each hiragana is a word, a run of katakana is one, a run
 * of Hangul between spaces is one; Thai, Lao, Khmer and Burmese are cut by character.
 * WHITESPACE: what stands between white space, punctuation and all.
 * ENGLISH: words and punctuation, each by itself, as the rules of spaCy's English tokenizer cut
 * them (contractions in two, abbreviations and URLs whole): what datatrove's filters count. */
typedef enum { SC_WORDS_UNICODE, SC_WORDS_WHITESPACE, SC_WORDS_ENGLISH } sc_words_mode;

/* "unicode", "whitespace", "english"; NULL-terminated. */
extern const char *const sc_words_names[];

enum {
    SC_UNIT_LETTER = 1, /* holds a letter */
    SC_UNIT_SYMBOL = 2, /* a word of punctuation and control characters alone */
    SC_UNIT_PUNCT = 4,  /* a word of general category P* alone */
    SC_UNIT_STOP = 8,   /* a word that ends a sentence: one character of . ! ? and their like */
};

typedef struct {
    uint32_t start, end;
    uint32_t chars; /* code points */
    uint32_t flags;
    uint64_t hash; /* of the bytes: equal units have equal ones */
} sc_unit;

typedef struct {
    const sc_unit *at;
    int64_t n;
} sc_units;

typedef struct sc_doc sc_doc;

SC_MUST_USE sc_status sc__doc_open(sc_doc **out, sc_words_mode mode);
void sc__doc_close(sc_doc *d); /* NULL is fine */

/* The next text, valid UTF-8, borrowed; `record` is where it comes from, for taggers that look at
 * its metadata, and may be NULL. SC_FORMAT: 2 GiB or more. */
SC_MUST_USE sc_status sc__doc_set(sc_doc *d, sc_slice text, const sc_record *record);

sc_slice sc__doc_text(const sc_doc *d);
const sc_record *sc__doc_record(const sc_doc *d); /* may be NULL */
sc_words_mode sc__doc_mode(const sc_doc *d);
int64_t sc__doc_chars(const sc_doc *d);                              /* code points */
int64_t sc__doc_chars_in(const sc_doc *d, size_t start, size_t end); /* code points of a part */

/* Between places in bytes and in code points; a place in bytes is the begin of one. SC_NOMEM. */
SC_MUST_USE sc_status sc__doc_char_of(int64_t *out, sc_doc *d, size_t byte);
SC_MUST_USE sc_status sc__doc_byte_of(size_t *out, sc_doc *d, int64_t character);

/* Units; borrowed until the next sc__doc_set. SC_NOMEM. */
SC_MUST_USE sc_status sc__doc_rows(sc_units *out, sc_doc *d);
SC_MUST_USE sc_status sc__doc_lines(sc_units *out, sc_doc *d);
SC_MUST_USE sc_status sc__doc_paragraphs(sc_units *out, sc_doc *d);
SC_MUST_USE sc_status sc__doc_words(sc_units *out, sc_doc *d);
SC_MUST_USE sc_status sc__doc_sentences(sc_units *out, sc_doc *d);

/* Hashes of the runs of n words, number of words - n + 1 of them (none when there are fewer words);
 * equal runs have equal hashes. Borrowed until the next call or text. */
SC_MUST_USE sc_status sc__doc_grams(const uint64_t **out, int64_t *n_out, sc_doc *d, int n);

/* The words of another text; the number of sentences of one, or of a part of this one that white
 * space stands around. Not kept. */
SC_MUST_USE sc_status sc__doc_split(sc_units *words, sc_doc *d, sc_slice text);
SC_MUST_USE sc_status sc__doc_count_sentences(int64_t *out, sc_doc *d, sc_slice text);

/* ---- for taggers ----------------------------------------------------------------------------- */

/* Kind of a code point, see charkind.h. */
uint32_t sc__doc_kind(sc_doc *d, uint32_t c);
bool sc__doc_is_wide_space(sc_doc *d, const char *p, int *n); /* outside of ASCII */
/* Whether the code point at p, of *n bytes, separates words. */
static inline bool sc__doc_is_space(sc_doc *d, const char *p, int *n) {
    const unsigned char c = (unsigned char)*p;
    if (c < 0x80) return *n = 1, c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
    return sc__doc_is_wide_space(d, p, n);
}
/* Bytes of the line end (as `lines` has them) at p; 0: there is none. */
size_t sc__line_end(const char *p, const char *end);
/* Without white space at either end (what separates words). */
sc_unit sc__doc_strip(sc_doc *d, sc_unit u);
/* Whether there is nothing but white space. */
bool sc__doc_is_blank(sc_doc *d, size_t start, size_t end);

/* A set of hashes that forgets all at once: counts how often each was put in. */
typedef struct {
    uint64_t hash;
    uint32_t era, count;
    uint32_t first; /* the index it was first put in with */
} sc_hash_slot;
typedef struct {
    sc_hash_slot *slots;
    size_t mask, cap;
    uint32_t era;
} sc_hash_set;
/* Empties the set and makes it large enough for n hashes. */
SC_MUST_USE sc_status sc__hash_set_begin(sc_hash_set *s, int64_t n);
void sc__hash_set_deinit(sc_hash_set *s);
/* Its slot, with count 1 when it is new. */
static inline sc_hash_slot *sc__hash_set_put(sc_hash_set *s, uint64_t hash, uint32_t index) {
    size_t i = (size_t)(hash ^ hash >> 32) & s->mask;
    for (;; i = (i + 1) & s->mask) {
        sc_hash_slot *slot = &s->slots[i];
        if (slot->era != s->era) {
            *slot = (sc_hash_slot){hash, s->era, 1, index};
            return slot;
        }
        if (slot->hash == hash) return slot->count++, slot;
    }
}

#endif
