/* hash.h - content hashes: SHA-256 for the account (libcrypto), a fast 64-bit one for tables. */
#ifndef SC_BASE_HASH_H
#define SC_BASE_HASH_H

#include "base/status.h"

#include <string.h>

typedef struct {
    char hex[65]; /* lower case, zero-terminated */
} sc_digest;

typedef struct sc_hasher sc_hasher; /* streaming SHA-256 */
SC_MUST_USE sc_status sc__hasher_open(sc_hasher **out);
SC_MUST_USE sc_status sc__hasher_append(sc_hasher *h, const void *bytes, size_t n);
SC_MUST_USE sc_status sc__hasher_close(sc_hasher *h,
                                       sc_digest *out); /* out may be NULL; h may be NULL then */

SC_MUST_USE sc_status sc__hash_bytes(sc_digest *out, const void *bytes, size_t n);
SC_MUST_USE sc_status sc__hash_file(sc_digest *out, const char *path);

/* CRC-32C (Castagnoli), as storage formats frame their records with. */
uint32_t sc__crc32c(const void *bytes, size_t n);

/* FNV-1a with a finishing mix: for hash tables, not against adversaries. */
uint64_t sc__hash64(const void *bytes, size_t n, uint64_t seed);

/* Multiply and fold, 8 bytes at a time. */
static inline uint64_t sc__fold64(uint64_t a, uint64_t b) {
    const unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static inline uint64_t sc__load_tail(const char *p, size_t n) {
    if (n >= 4) {
        uint32_t first, last;
        memcpy(&first, p, 4);
        memcpy(&last, p + n - 4, 4);
        return (uint64_t)first << 32 | last;
    }
    if (!n) return 0;
    return (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n >> 1] << 8 |
           (unsigned char)p[n - 1];
}

/* Every bit of a word into every other: xor-shifts and products, as the finalizer of MurmurHash3.
 */
static inline uint64_t sc__mix64(uint64_t h) {
    h ^= h >> 32;
    h *= 0xFF51AFD7ED558CCDu;
    h ^= h >> 29;
    h *= 0xC4CEB9FE1A85EC53u;
    return h ^ h >> 32;
}

/* Of a few bytes, fast; never leaves the process, so it may change from version to version. */
static inline uint64_t sc__hash_word(const char *p, size_t n) {
    uint64_t h = 0x9E3779B97F4A7C15u ^ n * 0xD6E8FEB86659FD93u;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = sc__fold64(h ^ word, 0xE7037ED1A0B428DBu);
    }
    h = sc__fold64(h ^ sc__load_tail(p, n), 0x8EBC6AF09C88C6E3u);
    return h ^ h >> 29;
}

#endif
