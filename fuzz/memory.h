/* memory.h - bytes in memory as a stream, for fuzz targets of readers. */
#ifndef SC_FUZZ_MEMORY_H
#define SC_FUZZ_MEMORY_H

#include "format/window.h"

#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t left;
} memory;

static inline sc_status memory_read(size_t *got, void *user, void *to, size_t n) {
    memory *m = user;
    *got = SC_MIN(n, m->left);
    if (*got) memcpy(to, m->bytes, *got);
    m->bytes += *got;
    m->left -= *got;
    return SC_OK;
}

#endif
