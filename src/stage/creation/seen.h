/* seen.h - the texts that were seen, by the 256 bits of their digest: 64 bytes of memory each. */
#ifndef SC_STAGE_CREATION_SEEN_H
#define SC_STAGE_CREATION_SEEN_H

#include "base/hash.h"

typedef struct {
    uint64_t (*slots)[4]; /* all zero: empty */
    int64_t n, n_slots;
} sc_seen;

/* *is_new is false when the digest was there before. */
SC_MUST_USE sc_status sc__seen_add(bool *is_new, sc_seen *s, const sc_digest *d);
void sc__seen_deinit(sc_seen *s);

#endif
