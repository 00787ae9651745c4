/* charsmap.h - sentencepiece's precompiled normalization rules: a double array (Aoe 1989, as the
 * Darts-clone library lays it out) from strings to places in a block of replacement strings. */
#ifndef SC_TOKENIZER_CHARSMAP_H
#define SC_TOKENIZER_CHARSMAP_H

#include "base/status.h"

typedef struct sc_charsmap sc_charsmap;

/* Reads n bytes, which are copied: a 32-bit length of the double array, the array, the strings.
 * SC_FORMAT when the parts do not fit. */
SC_MUST_USE sc_status sc__charsmap_open(sc_charsmap **out, const void *bytes, size_t n,
                                        const char *name);
void sc__charsmap_close(sc_charsmap *m); /* NULL is fine */
/* What the shortest rule that begins at `text` makes of it; NULL: no rule. *n_to its length. */
const char *sc__charsmap_find(const sc_charsmap *m, const char *text, size_t n, size_t *n_to);

#endif
