/* pack.h - text into token shards: FOLDER/train.tokens and FOLDER/valid.tokens, beside them the ids
 * of their documents, and FOLDER/shards.json, which says what they were made of (sources.h reads
 * both). The held-out text is other files or the last part of the text
 * in file order: nanoGPT's split for a single file, to the character. A folder whose inputs,
 * tokenizer and settings are the same is used again. */
#ifndef SC_STAGE_CURATION_PACK_H
#define SC_STAGE_CURATION_PACK_H

#include "stage/curation/shards.h"

/* Appends the int32_t ids of one document (valid UTF-8, may hold zeros) to `ids`, without an end
 * token. */
typedef sc_status sc_encode_fn(void *user, sc_buffer *ids, const char *text, size_t n);

typedef struct {
    const char *const *train; /* files, folders, globs */
    int n_train;
    const char *const *valid; /* held-out text of its own; or none and a fraction */
    int n_valid;
    double valid_fraction; /* characters from floor(total * (1 - f)) on are held out; 0: none */
    bool strict;           /* invalid UTF-8 is an error */
    sc_encode_fn *encode;
    void *user;
    int64_t vocab_size, eos;  /* eos -1: documents have no end token */
    const char *tokenizer;    /* SHA-256 of tokenizer.json in hex */
    const volatile int *stop; /* SC_INTERRUPTED once it is not 0; may be NULL */
} sc_pack_options;

typedef struct {
    sc_shard *train;
    sc_shard *valid; /* NULL where nothing is held out */
    bool reused;
} sc_packed;

/* SC_USAGE: a fraction outside [0, 1), or both kinds of held-out text; SC_FORMAT: bad text, or a
 * split without a token. What was in the folder before stays as long as the new files are not
 * complete. */
SC_MUST_USE sc_status sc__packed_open(sc_packed *out, const char *dir, const sc_pack_options *o);
/* The folder as it is, whatever it was made of. SC_MISMATCH: not the shards of its shards.json. */
SC_MUST_USE sc_status sc__packed_reopen(sc_packed *out, const char *dir);
void sc__packed_close(sc_packed *p);

#endif
