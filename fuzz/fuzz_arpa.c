/* fuzz_arpa.c - any bytes as an n-gram model: it is read or refused, and what is read answers. */
#include "stage/curation/ngram/ngram.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_ngram *m;
    if (sc__ngram_parse(&m, (const char *)data, size, "fuzz.arpa") < 0) return 0;
    sc_ngram_state s;
    sc__ngram_begin(&s);
    for (uint32_t w = 0; w < m->words.n && w < 100; w++)
        sc_assert(!isnan(sc__ngram_next(&s, m, w)));
    sc__ngram_close(m);
    return 0;
}
