/* tokenizer.h - the parts of a tokenizer, in the order in which text meets them:
 *
 *     repair UTF-8 -> added tokens -> normalizer -> split stages -> model -> post-processor
 *
 * and back: decoders. Each part of tokenizer.json is a row of a table: normalizers.def,
 * pretokenizers.def, models.def, postprocessors.def, decoders.def. A kind (what train can make) is
 * a row of tokenizers.def, a foreign file that can be read a row of readers.def. */
#ifndef SC_TOKENIZER_TOKENIZER_H
#define SC_TOKENIZER_TOKENIZER_H

#include "base/hash.h"
#include "base/json.h"
#include "socle/tokenizer.h"
#include "tokenizer/charsmap.h"
#include "tokenizer/split.h"
#include "tokenizer/vocab.h"

/* Where a model writes: it has room for as many tokens as the piece has bytes. */
typedef struct {
    int32_t *ids;
    uint32_t *lengths; /* bytes of the piece that each stands for, 0: the same as the one before;
                          NULL: nobody asks */
    int64_t n;
} sc_tokens;

typedef struct {
    const char *type; /* model.type */
    /* Fills t's vocabulary too; byte_level is known already. */
    sc_status (*open)(void **self, sc_tokenizer *t, const json_t *model, const char *name);
    void (*close)(void *self);
    /* The tokens of one piece of n > 0 bytes. */
    sc_status (*encode)(const void *self, sc_buffer *scratch, const char *piece, size_t n,
                        sc_tokens *out);
    /* Whether no token spans two characters (so that text may be cut anywhere); NULL: never. */
    bool (*is_flat)(const void *self);
    /* Whether a cut before U+2581 that follows another character changes nothing; NULL: no. */
    bool (*breaks)(const void *self);
    /* Called once all is read: special tokens are known, and are no text to the model. NULL: they
     * never are. */
    void (*seal)(void *self);
} sc_model_ops;
#define MODEL(id, ops, help) extern const sc_model_ops ops;
#include "tokenizer/models.def"
#undef MODEL

typedef struct sc_added sc_added; /* added.c: a trie of added tokens */

/* What the post-processor makes of one text, or of two. */
typedef enum { SC_ITEM_TOKEN, SC_ITEM_FIRST, SC_ITEM_SECOND } sc_item_kind;
typedef struct {
    sc_item_kind kind;
    int32_t id; /* of a token */
    uint8_t type;
} sc_item;
typedef struct {
    sc_item *items;
    int n;
} sc_template;
typedef struct {
    sc_template single, pair;
    bool given;           /* by the file */
    bool prefix_space[2]; /* ByteLevel: white space is taken off offsets, in this order */
    int n_trims;
} sc_post;
typedef sc_status sc_post_open(sc_tokenizer *t, const json_t *part, const char *name);
#define POSTPROCESSOR(type, open) sc_post_open open;
#include "tokenizer/postprocessors.def"
#undef POSTPROCESSOR
SC_MUST_USE sc_status sc__post_finish(sc_tokenizer *t, const char *name);

/* One part of the decoder. */
typedef struct sc_decoder_part sc_decoder_part;
enum { SC_DECODERS_MAX = 16 };
typedef sc_status sc_decoder_open_fn(sc_tokenizer *t, const json_t *part, const char *name);
#define DECODER(type, open) sc_decoder_open_fn open;
#include "tokenizer/decoders.def"
#undef DECODER
SC_MUST_USE sc_status sc__decoders_finish(sc_tokenizer *t, const char *name);
void sc__decoders_close(sc_tokenizer *t);

struct sc_tokenizer {
    sc_arena arena;
    sc_vocab vocab;
    sc_char_table chars, classes;
    sc_normalizer normalizers[SC_NORMALIZERS_MAX];
    int n_normalizers;
    sc_added *added, *added_normal; /* matched before, after the normalizer; may be NULL */
    sc_stage stages[SC_STAGES_MAX];
    int n_stages;
    bool byte_level; /* the model sees bytes, not characters */
    const sc_model_ops *ops;
    void *model;
    sc_post post;
    sc_decoder_part *decoders;
    int n_decoders;
    bool has_truncation, has_padding;
    sc_truncation truncation;
    sc_padding padding;
    bool needs_spans; /* ids depend on them: of pieces behind the first some may begin the source */
    bool can_cut;     /* sc__find_cut may be used */
    sc_buffer json, config, jinja; /* the files as they were; config, jinja may be empty */
    json_t *config_json;
    const char *chat_template;
    int32_t bos, eos, pad;
    sc_digest digest;
};

/* parse.c: the parts of tokenizer.json. */
SC_MUST_USE sc_status sc__tokenizer_parse(sc_tokenizer *t, const json_t *root, const char *name);
/* A pattern {"Regex": ...} or {"String": ...}. */
SC_MUST_USE sc_status sc__pattern_parse(sc_pattern **out, const json_t *pattern, const char *name,
                                        const char *field);
/* A string of one character. */
SC_MUST_USE sc_status sc__json_get_char(uint32_t *out, const json_t *part, const char *key,
                                        const char *name);
/* The id of a token of the model; -1: the field is absent. SC_FORMAT: not in the vocabulary. */
SC_MUST_USE sc_status sc__json_get_token(int32_t *out, const sc_tokenizer *t, const json_t *part,
                                         const char *key, const char *name);
/* model.vocab as an object {"token": id}. */
SC_MUST_USE sc_status sc__vocab_parse(sc_tokenizer *t, const json_t *model, const char *name);

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

/* encode.c: ids and, for each, the bytes of the source that it stands for. */
typedef struct {
    sc_ids ids;
    sc_buffer spans; /* sc_span */
    sc_buffer words; /* int32_t: the number of the piece; ~number: it was found as an added token */
} sc_spanned;
SC_MUST_USE sc_status sc__encode_spanned(sc_encoder *e, sc_spanned *out, const char *text, size_t n,
                                         unsigned flags);
const sc_tokenizer *sc__encoder_tokenizer(const sc_encoder *e);

#endif
