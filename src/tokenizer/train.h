/* train.h - what the trainers share: each counts the pieces of its own pipeline, learns a model
 * from the counts and writes a tokenizer.json. */
#ifndef SC_TOKENIZER_TRAIN_H
#define SC_TOKENIZER_TRAIN_H

#include "tokenizer/merges.h"

/* One row of tokenizers.def each; *out is the whole tokenizer.json. */
typedef sc_status sc_kind_train(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                                void *user);
#define TOKENIZER(name, run, special, uses, help) sc_kind_train run;
#include "tokenizer/tokenizers.def"
#undef TOKENIZER

/* The parts of a tokenizer.json. A part that could not be made is NULL, one that is not there
 * json_null(). Whoever is given them steals them. */
typedef struct {
    json_t *normalizer, *pre_tokenizer, *post_processor, *decoder, *model;
} sc_parts;

/* The whole file; the special tokens of `o` have the first ids. */
SC_MUST_USE sc_status sc__train_document(json_t **out, const sc_tokenizer_options *o,
                                         sc_parts parts);
/* Counts the pieces that the normalizer and pre_tokenizer of `parts` make (its model is not looked
 * at). Free with sc__words_deinit, also on failure. */
SC_MUST_USE sc_status sc__train_words(sc_words *words, const sc_tokenizer_options *o,
                                      sc_parts parts, sc_text_source *source, void *user);
/* Ids 0 .. n-1. */
SC_MUST_USE sc_status sc__train_specials(sc_vocab *v, const sc_tokenizer_options *o);
/* SC_USAGE unless so many tokens, "special tokens and ...", fit into the vocabulary. */
SC_MUST_USE sc_status sc__train_room(const sc_tokenizer_options *o, int64_t n, const char *what);
/* vocab_size, or what it is when not given. */
int64_t sc__train_size(const sc_tokenizer_options *o);

/* {"token": id, ...}, and a BPE model of what was learned. */
json_t *sc__train_vocab(const sc_vocab *v);
json_t *sc__train_bpe_model(const sc_learned *l, const char *unk, bool byte_fallback);
/* How text is cut for sentencepiece's models: newlines apart (sentencepiece itself never sees one),
 * then each word with U+2581 in place of the space before it, and one before the first. */
json_t *sc__train_spaces(void);
/* The second part of it, which is also the decoder that takes it back. */
json_t *sc__train_metaspace(void);

/* What train_*.c learn from words that are already counted. */
SC_MUST_USE sc_status sc__learn_wordpiece(sc_learned *l, const sc_words *words,
                                          const sc_tokenizer_options *o);
SC_MUST_USE sc_status sc__learn_spm_bpe(sc_learned *l, const sc_words *words,
                                        const sc_tokenizer_options *o);
/* *vocab: [["token", score], ...]. */
SC_MUST_USE sc_status sc__learn_unigram(json_t **vocab, const sc_words *words,
                                        const sc_tokenizer_options *o);

#endif
