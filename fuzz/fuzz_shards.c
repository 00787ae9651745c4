/* fuzz_shards.c - any bytes as a token shard: refused with a text, or every token read is in the
 * vocabulary or refused, and every document has a place. */
#include "stage/curation/shards.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_tokens(const sc_shard *s) {
    int32_t ids[64];
    for (int64_t i = 0; i < s->n_tokens; i += 64) {
        const int64_t n = SC_MIN((int64_t)64, s->n_tokens - i);
        if (sc__shard_read(ids, s, i, n) < 0) return;
        for (int64_t k = 0; k < n; k++) sc_assert(ids[k] >= 0 && ids[k] < s->vocab_size);
    }
}

static void read_documents(const sc_shard *s) {
    for (int64_t i = 0; i < s->n_tokens; i++) {
        const int64_t d = sc__shard_document(s, i);
        sc_assert(sc__shard_begin(s, d) <= i && i < sc__shard_begin(s, d + 1));
        sc_assert(sc__shard_document_bytes(s, d) >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    void *aligned = sc__alloc(size);
    sc_shard *s;
    if (!aligned) return 0;
    if (size) memcpy(aligned, data, size);
    if (sc__shard_parse(&s, aligned, size, "fuzz") < 0) {
        sc_assert(!s && strstr(sc_error_text(), "fuzz"));
    } else {
        read_tokens(s);
        read_documents(s);
        if (sc__shard_verify(s) < 0) sc_assert(*sc_error_text());
        sc__shard_close(s);
    }
    sc__free(aligned);
    return 0;
}
