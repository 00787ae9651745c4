/* hash.h - content hashes: SHA-256 for the account (libcrypto), a fast 64-bit one for tables. */
#ifndef SC_BASE_HASH_H
#define SC_BASE_HASH_H

#include "base/status.h"

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

#endif
