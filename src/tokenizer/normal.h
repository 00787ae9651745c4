/* normal.h - the normalizers: text rewritten in steps, one row of normalizers.def each.
 *
 * Where somebody asks for offsets, each byte of the text carries the range of the source that it
 * comes from. How a step hands ranges on is that of the reference (Hugging Face tokenizers'
 * NormalizedString): a character that replaces another has its range, one that is added has the
 * range of the last one before it. */
#ifndef SC_TOKENIZER_NORMAL_H
#define SC_TOKENIZER_NORMAL_H

#include "base/buffer.h"
#include "socle/tokenizer.h"
#include "tokenizer/pattern.h"

#include <jansson.h>
#include <string.h>

/* A text and, for each of its bytes, where it comes from (NULL: nobody asks). */
typedef struct {
    const char *text;
    size_t n;
    const sc_span *spans;
    bool starts; /* its first byte comes from the first of the source */
} sc_text;

/* One step at work. */
typedef struct {
    sc_text in;
    size_t at;   /* so much of the input is replaced; counted by put and skip */
    bool starts; /* of what is written: set by the first put or copy */
    sc_buffer *out, *out_spans;
    sc_matcher *matcher;
    sc_buffer *scratch;
} sc_rewrite;

typedef struct sc_charsmap sc_charsmap; /* charsmap.c */
typedef struct sc_normalizer sc_normalizer;
typedef int sc_char_fn(uint32_t c, uint32_t *to); /* at most 3 characters */

/* Reads the settings of one part of tokenizer.json and pushes its steps. */
typedef sc_status sc_normalizer_open(sc_tokenizer *t, const json_t *part, const char *name);
#define NORMALIZER(type, open) sc_normalizer_open open;
#include "tokenizer/normalizers.def"
#undef NORMALIZER

struct sc_normalizer {
    sc_status (*run)(const sc_normalizer *m, sc_rewrite *w);
    /* Whether this text stays as it is; NULL: look by running. */
    bool (*idle)(const sc_normalizer *m, const char *text, size_t n);
    bool may_cut; /* a text may be cut between a letter and white space without a change */
    /* what the steps keep; each uses what it needs */
    sc_pattern *pattern;
    sc_charsmap *map;
    const char *content;
    size_t n_content;
    char literal; /* Replace of one ASCII character, 0: another pattern */
    bool left, right;
    int form;         /* utf8proc options */
    uint8_t *touched; /* bits: characters below SC_TOUCHED that are not stable */
    sc_char_fn *fn;
};
enum { SC_TOUCHED = 0x20000, SC_NORMALIZERS_MAX = 24 };

/* A new step at the end of t's list, zeroed. */
SC_MUST_USE sc_status sc__normalizer_push(sc_normalizer **out, sc_tokenizer *t, const char *name);
/* The same for a step that maps character by character. */
SC_MUST_USE sc_status sc__normalizer_push_chars(sc_tokenizer *t, sc_char_fn *fn, const char *name);
void sc__normalizer_close(sc_normalizer *m);
SC_MUST_USE sc_status sc__normalizer_push_form(sc_tokenizer *t, int form, const char *name);

/* The whole chain; one a thread. */
typedef struct {
    const sc_tokenizer *t;
    sc_matcher *matcher;
    sc_buffer text[2], spans[2], scratch;
} sc_normal;
SC_MUST_USE sc_status sc__normal_open(sc_normal *s, const sc_tokenizer *t);
void sc__normal_close(sc_normal *s);
/* Replaces *io by what the normalizers make of it, which is the chain's until the next run. */
SC_MUST_USE sc_status sc__normal_run(sc_normal *s, sc_text *io);

/* -- for the steps --------------------------------------------------------------------------- */

void sc__put_spans(sc_rewrite *w, size_t n, int change);
void sc__copy_spans(sc_rewrite *w, size_t from, size_t n);
/* Each byte of the input as the character of GPT-2's alphabet that spells it. */
void sc__spell_bytes(sc_rewrite *w);
bool sc__first_starts(const sc_rewrite *w, int change);

static inline void sc__append(sc_buffer *b, const char *bytes, size_t n) {
    if (n < 16 && b->cap - b->len > 16 && b->status >= 0) { /* a character: no call */
        memcpy(b->data + b->len, bytes, n);
        b->data[b->len += n] = 0;
    } else {
        sc__buffer_append(b, bytes, n);
    }
}

/* Writes one character. `change` 0: it replaces one of the input; 1: it is added; -k: it replaces
 * one and the k that follow. */
static inline void sc__put(sc_rewrite *w, const char *c, size_t n, int change) {
    if (!w->out->len) w->starts = sc__first_starts(w, change);
    sc__append(w->out, c, n);
    if (w->in.spans) sc__put_spans(w, n, change);
}

/* Passes over input that gives nothing. */
static inline void sc__skip(sc_rewrite *w, size_t n) { w->at += n; }

/* Writes n bytes of the input from `from` on as they are; `at` is then behind them. */
static inline void sc__copy(sc_rewrite *w, size_t from, size_t n) {
    if (!w->out->len) w->starts = w->in.starts && !from;
    sc__append(w->out, w->in.text + from, n);
    if (w->in.spans) sc__copy_spans(w, from, n);
    w->at = from + n;
}

#endif
