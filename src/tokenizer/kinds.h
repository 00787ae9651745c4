/* kinds.h - the kinds of tokenizer that train can make, rows of tokenizers.def. */
#ifndef SC_TOKENIZER_KINDS_H
#define SC_TOKENIZER_KINDS_H

#include "socle/tokenizer.h"

/* Which options a kind uses; the others are refused. */
enum {
    SC_USES_NONE = 0,
    SC_USES_SIZE = 1, /* learns as many tokens as vocab_size says */
    SC_USES_FREQUENCY = 2,
    SC_USES_PATTERN = 4,
    SC_USES_COVERAGE = 8,
    SC_USES_LOWERCASE = 16
};
unsigned sc__tokenizer_uses(const char *type); /* SC_USES_NONE: also a kind that is not known */

#endif
