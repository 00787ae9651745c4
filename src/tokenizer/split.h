/* split.h - the pre-tokenizer: a text cut into pieces by a chain of stages, one or two for each row
 * of pretokenizers.def. Pieces are handed from stage to stage as they are cut off; there are no
 * lists of them. */
#ifndef SC_TOKENIZER_SPLIT_H
#define SC_TOKENIZER_SPLIT_H

#include "tokenizer/normal.h"

typedef enum {
    SC_BEHAVIOR_REMOVED,
    SC_BEHAVIOR_ISOLATED,
    SC_BEHAVIOR_WITH_PREVIOUS,
    SC_BEHAVIOR_WITH_NEXT,
    SC_BEHAVIOR_CONTIGUOUS
} sc_behavior;

typedef enum { SC_PREPEND_ALWAYS, SC_PREPEND_FIRST, SC_PREPEND_NEVER } sc_prepend;

typedef struct sc_stage sc_stage;
typedef struct sc_split sc_split;
typedef sc_status sc_piece_fn(void *user, const char *piece, size_t n);
typedef sc_status sc_stage_run(sc_split *s, int stage, const char *text, size_t n);

struct sc_stage {
    sc_stage_run *run;
    sc_pattern *pattern;
    sc_behavior behavior;
    bool invert;       /* what does not match is the match */
    bool prefix_space; /* ByteLevel: a space is put before text that begins with none */
    bool spell;        /* ByteLevel before a model of characters: spell the bytes */
    bool may_cut;      /* pieces end between a letter and white space, whatever is around */
    uint8_t classes;   /* of the characters that match: bits of sc_split_bits */
    uint32_t point;    /* a character of its own */
    sc_prepend prepend;
    bool split;
    int64_t length;
    char bytes[4]; /* `point` in UTF-8 */
    size_t n_bytes;
};
enum { SC_STAGES_MAX = 16 };

typedef sc_status sc_stage_open(sc_tokenizer *t, const json_t *part, const char *name);
#define PRETOKENIZER(type, open) sc_stage_open open;
#include "tokenizer/pretokenizers.def"
#undef PRETOKENIZER

SC_MUST_USE sc_status sc__stage_push(sc_stage **out, sc_tokenizer *t, sc_stage_run *run,
                                     const char *name);
/* An extra stage for models of which no token has the character U+2581 behind another one: the cut
 * changes no id and makes pieces short. */
SC_MUST_USE sc_status sc__stage_push_words(sc_tokenizer *t, const char *name);

struct sc_split {
    const sc_tokenizer *t;
    sc_matcher *matcher;
    sc_buffer text[SC_STAGES_MAX], spans[SC_STAGES_MAX]; /* of stages that rewrite */
    sc_text now;    /* the text that pieces are parts of: where a piece comes from */
    bool continued; /* the text goes on from an earlier one: no space before it */
    sc_piece_fn *piece;
    void *user;
};
SC_MUST_USE sc_status sc__split_open(sc_split *s, const sc_tokenizer *t, sc_piece_fn *piece,
                                     void *user);
void sc__split_close(sc_split *s);
SC_MUST_USE sc_status sc__split_run(sc_split *s, const sc_text *text);
/* A piece to the stage behind; nothing where it is empty. */
SC_MUST_USE sc_status sc__split_hand(sc_split *s, int stage, const char *text, size_t n);
/* Whether a piece begins where the source does. */
bool sc__split_at_start(const sc_split *s, const char *text);

/* A stage that changes its text: opens a rewriter over a piece; enter makes what was written the
 * text that pieces are parts of, and gives what was it before, for leave. */
sc_rewrite sc__split_rewrite(sc_split *s, int stage, const char *text, size_t n);
SC_MUST_USE sc_status sc__split_enter(sc_split *s, const sc_rewrite *w, sc_text *before);

/* The writing system of a character, one pointer for each; NULL: it belongs to any. */
const char *sc__script_name(uint32_t c);

/* Matches and gaps in the order of the text, handed over as a behaviour wants it. */
typedef struct {
    sc_split *s;
    const char *text;
    int stage;
    sc_behavior behavior;
    bool before; /* the last one was a match */
    bool held;   /* one is kept back: */
    size_t from, to;
} sc_cutter;
SC_MUST_USE sc_status sc__cutter_put(sc_cutter *c, bool is_match, size_t from, size_t to);
SC_MUST_USE sc_status sc__cutter_finish(sc_cutter *c);

/* The last place where text may be cut without changing a piece; 0 when there is none. Only where
 * t->can_cut. */
size_t sc__find_cut(const sc_tokenizer *t, const char *text, size_t n);

#endif
