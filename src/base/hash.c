/* hash.c - SHA-256 by OpenSSL's libcrypto, which uses the processor's SHA instructions where it has
 * them. */
#define _POSIX_C_SOURCE 200809L
#include "base/hash.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Read and not mapped: a file that somebody cuts short meanwhile must not end the program. */
static sc_status append_file(sc_hasher *h, int fd, const char *path) {
    unsigned char block[1 << 16];
    for (;;) {
        const ssize_t n = read(fd, block, sizeof block);
        if (n == 0) return SC_OK;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return SC_FAIL(SC_IO, "%s: cannot read: %s", path, strerror(errno));
        SC_TRY(sc__hasher_append(h, block, (size_t)n));
    }
}

sc_status sc__hash_file(sc_digest *out, const char *path) {
    struct stat st;
    sc_hasher *h = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not wait */
    if (fd < 0) return SC_FAIL(SC_IO, "%s: cannot open: %s", path, strerror(errno));
    sc_status s = SC_OK;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        s = SC_FAIL(SC_IO, "%s: not a regular file, cannot be hashed", path);
    if (s >= 0) s = sc__hasher_open(&h);
    if (s >= 0) s = append_file(h, fd, path);
    const sc_status closed = sc__hasher_close(h, s >= 0 ? out : NULL);
    close(fd);
    return s < 0 ? s : closed;
}

/* Half a byte at a time: 16 words of table, and what we frame with it is short. */
uint32_t sc__crc32c(const void *bytes, size_t n) {
    static const uint32_t table[16] = {0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1,
                                       0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
                                       0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
                                       0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};
    const unsigned char *p = bytes;
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

uint64_t sc__hash64(const void *bytes, size_t n, uint64_t seed) {
    const unsigned char *p = bytes;
    uint64_t h = seed ^ 0xCBF29CE484222325u;
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 0x100000001B3u;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    return h ^ h >> 32;
}
