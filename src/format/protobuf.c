/* protobuf.c - one field at a time. */
#include "format/protobuf.h"

#include <string.h>

static sc_status damaged(const sc_protobuf *p, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s: %s, %zu bytes before the end of a message", p->name, what,
                   (size_t)(p->end - p->at));
}

static sc_status varint(uint64_t *out, sc_protobuf *p) {
    *out = 0;
    for (int shift = 0; shift < 64 && p->at < p->end; shift += 7) {
        const unsigned char byte = *p->at++;
        *out |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return SC_OK;
    }
    return damaged(p, "a number without an end");
}

static sc_status fixed(uint64_t *out, sc_protobuf *p, size_t n) {
    *out = 0;
    if ((size_t)(p->end - p->at) < n) return damaged(p, "a number that is cut off");
    for (size_t i = 0; i < n; i++) *out |= (uint64_t)p->at[i] << 8 * i;
    p->at += n;
    return SC_OK;
}

sc_status sc__protobuf_next(sc_protobuf_field *out, sc_protobuf *p) {
    uint64_t key, n;
    memset(out, 0, sizeof *out);
    if (p->at == p->end) return SC_DONE;
    SC_TRY(varint(&key, p));
    out->number = (uint32_t)(key >> 3);
    out->wire = (int)(key & 7);
    if (!(key >> 3) || key >> 3 > UINT32_MAX) return damaged(p, "a field without a number");
    switch (out->wire) {
    case 0:
        return varint(&out->value, p);
    case 1:
        return fixed(&out->value, p, 8);
    case 5:
        return fixed(&out->value, p, 4);
    case 2:
        break;
    default:
        return damaged(p, "a field of an unknown kind");
    }
    SC_TRY(varint(&n, p));
    if (n > (size_t)(p->end - p->at)) return damaged(p, "a field longer than the file");
    out->bytes = (const char *)p->at;
    out->n = (size_t)n;
    p->at += n;
    return SC_OK;
}

float sc__protobuf_float(const sc_protobuf_field *f) {
    const uint32_t bits = (uint32_t)f->value;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
