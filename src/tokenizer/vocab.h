/* vocab.h - tokens by id and ids by token. */
#ifndef SC_TOKENIZER_VOCAB_H
#define SC_TOKENIZER_VOCAB_H

#include "base/alloc.h"

#include <jansson.h>

enum { SC_VOCAB_MAX = 1 << 22 }; /* ids are below it: a lying file must not ask for all memory */

typedef struct {
    const char *text;  /* as the file spells it; NULL: no such token */
    const char *bytes; /* what it stands for when decoded */
    uint32_t n_text, n_bytes;
    bool special;
    bool added_only; /* not of the model: merges never make it */
} sc_token;

typedef struct {
    sc_arena arena;
    sc_token *tokens; /* by id */
    int64_t n, capacity;
    int32_t *slots; /* open addressing over text: id + 1, 0 free */
    uint32_t mask;
    int64_t n_named;
} sc_vocab;

void sc__vocab_deinit(sc_vocab *v);
/* Adds a token; its text is copied. SC_FORMAT: id out of range or taken, text taken. */
SC_MUST_USE sc_status sc__vocab_add(sc_vocab *v, const char *text, size_t n, int64_t id,
                                    const char *name);
/* All of a JSON object {"token": id}. */
SC_MUST_USE sc_status sc__vocab_add_object(sc_vocab *v, json_t *object, const char *name);
int32_t sc__vocab_find(const sc_vocab *v, const char *text, size_t n); /* -1: none */
/* The same among the tokens of the model; the token "<0xNN>" of a byte. */
int32_t sc__vocab_find_model(const sc_vocab *v, const char *text, size_t n);
int32_t sc__vocab_find_byte(const sc_vocab *v, uint8_t byte);

/* GPT-2's alphabet: the character that spells each byte, and back (-1: spells none). */
uint32_t sc__byte_to_char(uint8_t b);
int sc__char_to_byte(uint32_t c);

#endif
