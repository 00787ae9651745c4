/* tokenizer.h - the parts of a tokenizer, in the order in which text meets them:
 *
 *     repair UTF-8 -> added tokens -> normalizer -> split stages -> model -> template
 *
 * A model (how a piece becomes ids) is a row of models.def; a kind (what train can make) a row of
 * tokenizers.def. */
#ifndef SC_TOKENIZER_TOKENIZER_H
#define SC_TOKENIZER_TOKENIZER_H

#include "base/hash.h"
#include "base/json.h"
#include "socle/tokenizer.h"
#include "tokenizer/pattern.h"
#include "tokenizer/vocab.h"

typedef struct {
    const char *type; /* model.type */
    /* `t` has its vocabulary (the model's part) and byte_level already. */
    sc_status (*open)(void **self, sc_tokenizer *t, const json_t *model, const char *name);
    void (*close)(void *self);
    /* The ids of one piece, at most n of them, written to `ids`. */
    sc_status (*encode)(const void *self, sc_buffer *scratch, const char *piece, size_t n,
                        int32_t *ids, int64_t *n_ids);
    /* Whether no token spans two characters (so that text may be cut anywhere). */
    bool (*is_flat)(const void *self);
} sc_model_ops;
#define MODEL(id, ops, help) extern const sc_model_ops ops;
#include "tokenizer/models.def"
#undef MODEL

/* One step of the pre-tokenizer. */
typedef struct {
    sc_pattern *pattern; /* NULL: does not split */
    bool prefix_space;   /* a space is put before text that begins with none */
    bool keep_matches, keep_gaps;
} sc_stage;

typedef struct sc_added sc_added; /* added.c: a trie of added tokens */
typedef enum { DECODE_SPACED, DECODE_FUSED, DECODE_BYTES } sc_decode_rule;

enum { SC_STAGES_MAX = 8, SC_FORMS_MAX = 4 };

struct sc_tokenizer {
    sc_arena arena;
    sc_vocab vocab;
    sc_char_table chars;
    int forms[SC_FORMS_MAX], n_forms; /* normal forms, as utf8proc options */
    sc_added *added, *added_normal;   /* matched before, after the normalizer; may be NULL */
    sc_stage stages[SC_STAGES_MAX];
    int n_stages;
    bool byte_level; /* the model sees bytes, not characters */
    const sc_model_ops *ops;
    void *model;
    int32_t *prefix, *suffix; /* what the post-processor adds */
    int n_prefix, n_suffix;
    sc_decode_rule rule;
    bool can_cut;                  /* sc__find_cut may be used */
    sc_buffer json, config, jinja; /* the files as they were; config, jinja may be empty */
    json_t *config_json;
    const char *chat_template;
    int32_t bos, eos, pad;
    sc_digest digest;
};

/* parse.c: the parts of tokenizer.json. */
SC_MUST_USE sc_status sc__tokenizer_parse(sc_tokenizer *t, const json_t *root, const char *name);

/* added.c */
typedef struct {
    const char *text; /* as matched: normalized where the token says so */
    size_t n;
    int32_t id;
    bool special, lstrip, rstrip, single_word;
} sc_added_token;
SC_MUST_USE sc_status sc__added_open(sc_added **out);
void sc__added_close(sc_added *a);
SC_MUST_USE sc_status sc__added_add(sc_added *a, const sc_added_token *t);
/* Finds tokens from left to right, the longest at each place; a span takes the white space that its
 * token strips. `plain`: special ones are passed over. */
typedef struct {
    const sc_added *a;
    const char *text;
    size_t n;
    size_t at, floor; /* where the search goes on; where the last span ended */
    bool plain;
} sc_added_scan;
bool sc__added_next(sc_added_scan *s, int32_t *id, size_t *from, size_t *to);
/* Whether a token that begins at or before `at` reaches it or beyond. */
bool sc__added_touches(const sc_added *a, const char *text, size_t n, size_t at);

/* normal.c: appends the normal forms of text to `out`. */
SC_MUST_USE sc_status sc__normalize(const sc_tokenizer *t, sc_buffer *out, const char *text,
                                    size_t n);

/* split.c: the pieces of a text. */
typedef sc_status sc_piece_fn(void *user, const char *piece, size_t n);
typedef struct {
    const sc_tokenizer *t;
    sc_matcher *matcher;
    sc_buffer prefixed[SC_STAGES_MAX];
    bool continued; /* the text goes on from an earlier one: no space before it */
    sc_piece_fn *piece;
    void *user;
} sc_split;
SC_MUST_USE sc_status sc__split_open(sc_split *s, const sc_tokenizer *t, sc_piece_fn *piece,
                                     void *user);
void sc__split_close(sc_split *s);
SC_MUST_USE sc_status sc__split_run(sc_split *s, const char *text, size_t n);
/* The last place where text may be cut without changing a piece; 0 when there is none. Only where
 * t->can_cut. */
size_t sc__find_cut(const sc_tokenizer *t, const char *text, size_t n);

/* train_*.c: one row of tokenizers.def each; *out is the whole tokenizer.json. */
typedef sc_status sc_trainer(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                             void *user);
#define TOKENIZER(name, run, help) sc_trainer run;
#include "tokenizer/tokenizers.def"
#undef TOKENIZER

#endif
