/* utf8.c - one step function knows the table of well-formed sequences (Unicode 3.9, table 3-7);
 * everything else walks with it, passing over plain ASCII eight bytes at a time. */
#include "base/utf8.h"

#include <string.h>

/* Looks at one sequence of up to n > 0 bytes. Returns its length when it is well-formed, else minus
 * the length of the maximal subpart; *cut tells that only the end of the bytes made it invalid. */
static int step(const unsigned char *p, size_t n, bool *cut) {
    const unsigned lead = p[0];
    *cut = false;
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return -1;
    const int len = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned low = 0x80, high = 0xBF; /* the second byte's range is narrower after some leads */
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    for (int i = 1; i < len; i++, low = 0x80, high = 0xBF) {
        if ((size_t)i >= n) return *cut = true, -i;
        if (p[i] < low || p[i] > high) return -i;
    }
    return len;
}

static size_t skip_ascii(const char *bytes, size_t at, size_t n) {
    for (uint64_t w; n - at >= sizeof w; at += sizeof w) {
        memcpy(&w, bytes + at, sizeof w);
        if (w & 0x8080808080808080u) break;
    }
    while (at < n && !(bytes[at] & 0x80)) at++;
    return at;
}

static size_t valid_from(const char *bytes, size_t at, size_t n) {
    const unsigned char *p = (const unsigned char *)bytes;
    bool cut;
    while ((at = skip_ascii(bytes, at, n)) < n) do {
            /* the plain three-byte sequences of Chinese and Korean, without the general step */
            if (n - at >= 3 && p[at] > 0xE0 && p[at] < 0xED && (p[at + 1] & 0xC0) == 0x80 &&
                (p[at + 2] & 0xC0) == 0x80) {
                at += 3;
                continue;
            }
            const int len = step(p + at, n - at, &cut);
            if (len < 0) return at;
            at += (size_t)len;
        } while (at < n && p[at] >= 0x80);
    return at;
}

size_t sc__utf8_valid_prefix(const char *bytes, size_t n) { return valid_from(bytes, 0, n); }

size_t sc__utf8_partial_tail(const char *bytes, size_t n) {
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t k = 1; k <= 3 && k <= n; k++) {
        bool cut;
        if ((p[n - k] & 0xC0) == 0x80) continue;
        return step(p + n - k, k, &cut) == -(int)k && cut ? k : 0;
    }
    return 0;
}

size_t sc__utf8_invalid_length(const char *bytes, size_t n) {
    bool cut;
    const int len = step((const unsigned char *)bytes, n, &cut);
    return len < 0 ? (size_t)-len : 0;
}

sc_status sc__utf8_repair(sc_buffer *out, const char *bytes, size_t n, int64_t *n_replaced) {
    for (size_t at = 0; at < n;) {
        const size_t good = valid_from(bytes, at, n);
        sc__buffer_append(out, bytes + at, good - at);
        at = good;
        if (at == n) break;
        at += sc__utf8_invalid_length(bytes + at, n - at);
        sc__buffer_append(out, "\xEF\xBF\xBD", 3);
        if (n_replaced) ++*n_replaced;
    }
    return out->status;
}
