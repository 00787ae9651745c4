/* hash.c - SHA-256 by OpenSSL's libcrypto, which uses the processor's SHA instructions where it has
 * them. */
#include "base/hash.h"

#include "base/file.h"

#include <openssl/evp.h>
#include <string.h>

struct sc_hasher {
    EVP_MD_CTX *ctx;
};

sc_status sc__hasher_open(sc_hasher **out) {
    *out = NULL;
    sc_hasher *h = sc__calloc(1, sizeof *h);
    if (!h) return SC_FAIL(SC_NOMEM, "SHA-256 state");
    h->ctx = EVP_MD_CTX_new();
    if (!h->ctx || !EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL)) {
        EVP_MD_CTX_free(h->ctx);
        sc__free(h);
        return SC_FAIL(SC_NOMEM, "SHA-256 state");
    }
    *out = h;
    return SC_OK;
}

sc_status sc__hasher_append(sc_hasher *h, const void *bytes, size_t n) {
    return EVP_DigestUpdate(h->ctx, bytes, n) ? SC_OK : SC_FAIL(SC_NOMEM, "SHA-256 update failed");
}

static void to_hex(sc_digest *out, const unsigned char *bytes, size_t n) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out->hex[2 * i] = digits[bytes[i] >> 4];
        out->hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    out->hex[2 * n] = 0;
}

sc_status sc__hasher_close(sc_hasher *h, sc_digest *out) {
    if (!h) return SC_OK;
    unsigned char bytes[32];
    unsigned n = 0;
    const bool ok = !out || EVP_DigestFinal_ex(h->ctx, bytes, &n);
    EVP_MD_CTX_free(h->ctx);
    sc__free(h);
    if (!ok) return SC_FAIL(SC_NOMEM, "SHA-256 final step failed");
    if (out) to_hex(out, bytes, n);
    return SC_OK;
}

sc_status sc__hash_bytes(sc_digest *out, const void *bytes, size_t n) {
    sc_hasher *h;
    SC_TRY(sc__hasher_open(&h));
    sc_status s = sc__hasher_append(h, bytes, n), closed = sc__hasher_close(h, out);
    return s < 0 ? s : closed;
}

sc_status sc__hash_file(sc_digest *out, const char *path) {
    sc_map m;
    SC_TRY(sc__map_open(&m, path));
    sc_status s = sc__hash_bytes(out, m.data ? m.data : (const unsigned char *)"", m.size);
    sc__map_close(&m);
    return s;
}

uint64_t sc__hash64(const void *bytes, size_t n, uint64_t seed) {
    const unsigned char *p = bytes;
    uint64_t h = seed ^ 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 0x100000001B3u;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    return h ^ h >> 32;
}
