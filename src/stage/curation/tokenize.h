/* tokenize.h - text through a tokenizer into shards: pack.h with the tokenizers of this library. */
#ifndef SC_STAGE_CURATION_TOKENIZE_H
#define SC_STAGE_CURATION_TOKENIZE_H

#include "socle/tokenizer.h"
#include "stage/curation/pack.h"

/* As sc__packed_open, where `o` needs to give neither encode, user, vocab_size, eos nor tokenizer:
 * they are this tokenizer's. Special tokens that a text spells are ordinary text. */
SC_MUST_USE sc_status sc__tokenize(sc_packed *out, const char *dir, const sc_tokenizer *t,
                                   const sc_pack_options *o);
/* What sc__tokenize left in a folder. SC_MISMATCH: other shards than shards.json describes, or made
 * by another tokenizer than `t`. */
SC_MUST_USE sc_status sc__tokens_open(sc_packed *out, const char *dir, const sc_tokenizer *t);

#endif
