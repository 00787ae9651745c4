/* lexicon.h - words that are not cut by rule: english.def as a table. */
#ifndef SC_STAGE_CURATION_TAG_LEXICON_H
#define SC_STAGE_CURATION_TAG_LEXICON_H

#include "base/alloc.h"

enum { SC_LEXICON_PARTS = 8, SC_LEXICON_BYTES = 24 };

typedef struct {
    char text[SC_LEXICON_BYTES];
    uint64_t hash;
    uint8_t n;                      /* bytes; 0: no entry */
    uint8_t n_parts;                /* words it is cut into */
    uint8_t ends[SC_LEXICON_PARTS]; /* bytes from its begin to the end of each */
    uint8_t n_pieces;               /* the same by rule, where those are several; 0 */
    uint8_t pieces[SC_LEXICON_PARTS];
} sc_lexeme;

typedef struct {
    sc_lexeme *slots;
    size_t mask;
    int n;
    uint32_t lengths[256]; /* by first byte: a bit for each length that there is */
} sc_lexicon;

SC_MUST_USE sc_status sc__lexicon_init(sc_lexicon *l);
void sc__lexicon_deinit(sc_lexicon *l);
/* NULL: it is not there. */
const sc_lexeme *sc__lexicon_find(const sc_lexicon *l, const char *p, size_t n);

#endif
