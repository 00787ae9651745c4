/* pii_address.c - e-mail and Internet addresses. */
#include "stage/curation/tag/pii.h"

#include "base/status.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* ---- e-mail ---------------------------------------------------------------------------------- */

enum { LOCAL_MAX = 64, DOMAIN_MAX = 255, LABEL_MAX = 63 };

static bool is_local(char c) {
    return sc__is_word(c) || c == '.' || c == '+' || c == '-' || c == '%' || c == '\'';
}

/* Names of files with an @, icon@2x.png, end like these. */
static bool is_file(const char *p, size_t n) {
    static const char *const ends[] = {"png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js"};
    for (int i = 0; i < SC_LEN(ends); i++)
        if (strlen(ends[i]) == n && !strncasecmp(p, ends[i], n)) return true;
    return false;
}

/* Labels between dots; the last is of letters, or of another script (xn--). */
static size_t match_domain(const char *p, const char *end) {
    const char *label = p, *dot = NULL, *good = NULL;
    while (label < end && label - p < DOMAIN_MAX) {
        const char *stop = label;
        bool letters = true;
        while (stop < end && stop - label <= LABEL_MAX &&
               (sc__is_digit(*stop) || sc__is_letter(*stop) || *stop == '-'))
            letters &= sc__is_letter(*stop++);
        while (stop > label && stop[-1] == '-') stop--;
        if (stop == label || *label == '-' || stop - label > LABEL_MAX) break;
        letters |= stop - label > 4 && !strncasecmp(label, "xn--", 4);
        if (dot && letters && stop - label >= 2 && !is_file(label, (size_t)(stop - label)))
            good = stop;
        if (stop == end || *stop != '.') break;
        dot = stop;
        label = stop + 1;
    }
    return good ? (size_t)(good - p) : 0;
}

size_t sc__pii_email(const char *p, const char *end) {
    const char *at = p;
    while (at < end && at - p <= LOCAL_MAX && is_local(*at)) {
        if (*at == '.' && (at == p || at[-1] == '.')) return 0;
        at++;
    }
    if (at == p || at - p > LOCAL_MAX || at == end || *at != '@' || at[-1] == '.') return 0;
    const size_t n = match_domain(at + 1, end);
    return n ? (size_t)(at + 1 - p) + n : 0;
}

/* ---- Internet -------------------------------------------------------------------------------- */

typedef struct {
    unsigned prefix;
    int bits;
} range;

static bool is_reserved4(unsigned address) {
    static const range ranges[] = {
        {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
        {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15},
        {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};
    for (int i = 0; i < SC_LEN(ranges); i++)
        if (address >> (32 - ranges[i].bits) == ranges[i].prefix >> (32 - ranges[i].bits))
            return true;
    return false;
}

/* 4.6.2.0: of all addresses 1 in 27,000 has four numbers below 20, of all versions and sections of
 * four numbers nearly every one. */
static bool is_version(unsigned address) {
    for (int i = 0; i < 4; i++)
        if ((address >> (8 * i) & 255) >= 20) return false;
    return true;
}

size_t sc__pii_ipv4(const char *p, const char *end, bool *is_public) {
    const char *at = p;
    unsigned address = 0;
    for (int i = 0; i < 4; i++) {
        unsigned byte = 0;
        if (i && (at == end || *at++ != '.')) return 0;
        const char *first = at;
        while (at < end && at - first < 4 && sc__is_digit(*at))
            byte = byte * 10 + (unsigned)(*at++ - '0');
        if (at == first || byte > 255 || (*first == '0' && at - first > 1)) return 0;
        address = address << 8 | byte;
    }
    if (at < end && (sc__is_word(*at) || *at == '-')) return 0;
    if (end - at > 1 && *at == '.' && sc__is_digit(at[1])) return 0; /* 1.2.3.4.5 */
    *is_public = !is_reserved4(address) && !is_version(address);
    return (size_t)(at - p);
}

static bool is_hex(char c) { return sc__is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f'); }

/* ::/8, documentation, unique local, link local, multicast. */
static bool is_reserved6(const unsigned char a[16]) {
    return a[0] == 0 || (a[0] & 0xFE) == 0xFC || (a[0] == 0xFE && (a[1] & 0xC0) == 0x80) ||
           a[0] == 0xFF || (a[0] == 0x20 && a[1] == 1 && a[2] == 0x0D && a[3] == 0xB8);
}

size_t sc__pii_ipv6(const char *p, const char *end, bool *is_public) {
    char room[INET6_ADDRSTRLEN];
    unsigned char address[16];
    size_t n = 0;
    int groups = 0;
    bool digit = false;
    for (; p + n < end && n < sizeof room && (is_hex(p[n]) || p[n] == ':' || p[n] == '.'); n++) {
        groups += p[n] != ':' && p[n] != '.' && (n == 0 || p[n - 1] == ':');
        digit |= sc__is_digit(p[n]);
    }
    while (n && (p[n - 1] == '.' || (p[n - 1] == ':' && (n < 2 || p[n - 2] != ':')))) n--;
    if (groups < 3 || !digit || n >= sizeof room) return 0; /* a::b is C++ */
    if (p + n < end && sc__is_word(p[n])) return 0;
    memcpy(room, p, n);
    room[n] = 0;
    if (inet_pton(AF_INET6, room, address) != 1) return 0;
    *is_public = !is_reserved6(address);
    return n;
}
