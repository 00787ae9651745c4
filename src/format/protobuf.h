/* protobuf.h - walking the fields of a message of protocol buffers (encoding specification, wire
 * types 0, 1, 2 and 5), without its description. Nothing is allocated; lengths are checked. */
#ifndef SC_FORMAT_PROTOBUF_H
#define SC_FORMAT_PROTOBUF_H

#include "base/status.h"

typedef struct {
    const unsigned char *at, *end;
    const char *name; /* of the file, for error texts */
} sc_protobuf;

typedef struct {
    uint32_t number;
    int wire;       /* 0: varint, 1: 8 bytes, 2: bytes, 5: 4 bytes */
    uint64_t value; /* of 0, 1 and 5 */
    const char *bytes;
    size_t n; /* of 2 */
} sc_protobuf_field;

/* SC_DONE at the end of the message; SC_FORMAT where it is damaged. */
SC_MUST_USE sc_status sc__protobuf_next(sc_protobuf_field *out, sc_protobuf *p);
float sc__protobuf_float(const sc_protobuf_field *f); /* of wire type 5 */

#endif
