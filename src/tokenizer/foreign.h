/* foreign.h - vocabularies in other formats become a tokenizer.json, which is then loaded like any
 * other: there is one way into a tokenizer. A format is a row of readers.def. */
#ifndef SC_TOKENIZER_FOREIGN_H
#define SC_TOKENIZER_FOREIGN_H

#include "format/gguf.h"
#include "tokenizer/tokenizer.h"

/* What a reader makes. Parts that stay NULL are null in the file. */
typedef struct {
    json_t *added, *normalizer, *pre_tokenizer, *post_processor, *decoder, *model;
    int32_t bos, eos, pad; /* -1: the file names none */
    sc_buffer chat_template;
} sc_foreign;
void sc__foreign_deinit(sc_foreign *f);

/* `pattern`: what the caller said of a file that does not say it; NULL: nothing. */
typedef sc_status sc_reader(sc_foreign *out, const char *path, const char *pattern);
#define READER(name, suffix, run, help) sc_reader run;
#include "tokenizer/readers.def"
#undef READER

/* What lies beside a vocabulary in its directory; NULL: is not there. */
typedef struct {
    const json_t *config, *map, *added; /* tokenizer_config, special_tokens_map, added_tokens */
} sc_beside;
/* Tokens that were added to the vocabulary after it was made, and whether bos and eos
 * (add_bos_token, add_eos_token) stand around a text. */
SC_MUST_USE sc_status sc__foreign_adopt(sc_foreign *f, const sc_beside *b, const char *name);

/* bos before and eos behind each text, where they are asked for, known and not there already. */
SC_MUST_USE sc_status sc__foreign_frame(sc_foreign *f, bool bos, bool eos, const char *name);

/* The whole tokenizer.json appended to `out`. */
SC_MUST_USE sc_status sc__foreign_print(sc_buffer *out, const sc_foreign *f, const char *name);
/* "text": id, for a vocabulary. SC_FORMAT: there already, not UTF-8, or with a zero byte. */
SC_MUST_USE sc_status sc__foreign_key(json_t *vocab, const char *text, size_t n, int64_t id,
                                      const char *name);
/* Adds to f->added: tokens that are found in text before anything else. */
SC_MUST_USE sc_status sc__foreign_add(sc_foreign *f, const char *text, size_t n, int64_t id,
                                      bool special);

/* -- sentencepiece --------------------------------------------------------------------------- */

/* As sentencepiece_model.proto numbers them. */
typedef enum {
    SC_SPM_NORMAL = 1,
    SC_SPM_UNKNOWN,
    SC_SPM_CONTROL,
    SC_SPM_USER,
    SC_SPM_UNUSED,
    SC_SPM_BYTE
} sc_spm_type;

typedef struct {
    const char *text; /* n bytes */
    size_t n;
    double score;
    sc_spm_type type;
    bool found; /* as an added token (set by build) */
} sc_spm_piece;

typedef struct {
    sc_spm_piece *pieces;
    int64_t n;
    bool bpe;             /* else unigram */
    const char *charsmap; /* n_charsmap bytes */
    size_t n_charsmap;
    bool prefix, squeeze; /* add_dummy_prefix, remove_extra_whitespaces */
    bool raw;             /* added tokens are found before the normalizer runs (set by build) */
    int64_t unk, bos, eos, pad;
    const char *name;
} sc_spm;
SC_MUST_USE sc_status sc__spm_build(sc_foreign *out, sc_spm *m);
SC_MUST_USE sc_status sc__spm_parse(sc_foreign *out, const void *bytes, size_t n, const char *name);

/* The vocabulary of a GGUF file. */
SC_MUST_USE sc_status sc__gguf_vocabulary(sc_foreign *out, const sc_gguf *g);

/* -- byte-level BPE -------------------------------------------------------------------------- */

/* Split by each of `patterns` (NULL behind the last), then ByteLevel. */
SC_MUST_USE sc_status sc__foreign_byte_level(sc_foreign *f, const char *const *patterns,
                                             const char *name);
/* Finds "a" + "b" for tokens that were learned in the order of their ids: a BPE model of byte
 * strings. `tokens` are n of them, NULL text: a hole. */
typedef struct {
    const char *text;
    size_t n;
} sc_bytes;
SC_MUST_USE sc_status sc__foreign_ranks(json_t **model, const sc_bytes *tokens, int64_t n,
                                        const char *name);
/* A piece of bytes as GPT-2's alphabet spells it, appended. */
void sc__spell(sc_buffer *out, const char *bytes, size_t n);

#endif
