/* fuzz_url.c - any bytes as a URL: its parts lie in it, one after another. */
#include "format/url.h"
#include "stage/curation/dedup/dedup.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *check_part(sc_slice part, const char *from, const char *end) {
    if (!part.p) return from;
    sc_assert(part.p >= from && part.n <= (size_t)(end - part.p));
    return part.p + part.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const sc_slice url = {(const char *)data, size};
    const char *at = url.p, *end = url.p + size;
    sc_url u;
    sc__url_parse(&u, url);
    const sc_slice parts[] = {u.scheme, u.user, u.host, u.port, u.path, u.query, u.fragment};
    for (int i = 0; i < SC_LEN(parts) && size; i++) at = check_part(parts[i], at, end);
    sc_buffer b = SC_BUFFER_INIT;
    sc__url_normalize(&b, url);
    sc__buffer_deinit(&b);
    return 0;
}
