/* pattern.h - a split pattern: PCRE2 with JIT for any, and for the two that nearly every model uses
 * a hand-written reader that gives the same pieces (tests/tokenizer/test_pattern.c compares). */
#ifndef SC_TOKENIZER_PATTERN_H
#define SC_TOKENIZER_PATTERN_H

#include "tokenizer/charclass.h"

typedef struct sc_pattern sc_pattern;

/* Length of the piece that begins at p < end; both patterns cover every text without a gap. */
typedef size_t sc_piece_length(const sc_char_table *t, const char *p, const char *end);

#define PATTERN(name, text) extern const char sc__pattern_##name[];
#include "tokenizer/patterns.def"
#undef PATTERN
/* The pattern that has this name, else `text` itself. */
const char *sc__pattern_named(const char *text);
size_t sc__piece_gpt2(const sc_char_table *t, const char *p, const char *end);
size_t sc__piece_llama3(const sc_char_table *t, const char *p, const char *end);

/* Compiles an Oniguruma expression as tokenizer.json spells it, or plain text. SC_FORMAT with
 * `name` and `field`: not an expression, or one whose meaning differs between the two engines. */
typedef struct {
    const char *text;
    bool literal, no_fast; /* no_fast: tests only, PCRE2 also for the known two */
    const char *name, *field;
} sc_pattern_options;
SC_MUST_USE sc_status sc__pattern_open(sc_pattern **out, const sc_pattern_options *o);
void sc__pattern_close(sc_pattern *p);

/* The hand-written reader; NULL when the pattern has none. */
sc_piece_length *sc__pattern_fast(const sc_pattern *p);

/* What matching needs besides the pattern; one a thread. */
typedef struct sc_matcher sc_matcher;
SC_MUST_USE sc_status sc__matcher_open(sc_matcher **out);
void sc__matcher_close(sc_matcher *m);
/* The first match in text[at, n): SC_OK, *from and *to; SC_DONE when there is none. */
SC_MUST_USE sc_status sc__pattern_find(const sc_pattern *p, sc_matcher *m, const char *text,
                                       size_t n, size_t at, size_t *from, size_t *to);

/* All matches in a text from left to right; an empty one right behind the last is passed over, as
 * Oniguruma's iterator does. */
typedef struct {
    const sc_pattern *pattern;
    sc_matcher *matcher;
    const char *text;
    size_t n, at, last; /* last: where the last match ended + 1, 0: none yet */
} sc_matches;
#define SC_MATCHES_INIT(pattern, matcher, text, n)                                                 \
    { pattern, matcher, text, n, 0, 0 }
/* SC_DONE: no more. */
SC_MUST_USE sc_status sc__matches_next(sc_matches *m, size_t *from, size_t *to);

#endif
