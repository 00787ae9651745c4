/* base64.c - four characters of six bits for three bytes of eight. */
#include "base/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

sc_status sc__base64_decode(sc_buffer *out, const char *text, size_t n) {
    uint32_t bits = 0;
    int held = 0;
    for (int padding = 0; padding < 2 && n && text[n - 1] == '='; padding++) n--;
    if (n % 4 == 1) return SC_FAIL(SC_FORMAT, "base64: %zu characters", n);
    for (size_t i = 0; i < n; i++) {
        const int v = value_of(text[i]);
        if (v < 0) return SC_FAIL(SC_FORMAT, "base64: character %zu is none of it", i);
        bits = bits << 6 | (uint32_t)v;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        sc__buffer_putc(out, (char)(bits >> held & 0xFF));
    }
    return out->status;
}

void sc__base64_encode(sc_buffer *out, const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i;
        const uint32_t bits = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                              (left > 2 ? p[i + 2] : 0);
        const char four[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                              left > 1 ? alphabet[bits >> 6 & 63] : '=',
                              left > 2 ? alphabet[bits & 63] : '='};
        sc__buffer_append(out, four, 4);
    }
}
