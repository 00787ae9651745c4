/* thrift.c - see thrift.h. */
#include "format/parquet/thrift.h"

enum { MAX_NESTING = 32 };

void sc__thrift_fail(sc_thrift *t, const char *what) {
    if (t->status >= 0)
        t->status =
            SC_FAIL(SC_FORMAT, "%s: %s: byte %td: %s", t->path, t->inside, t->p - t->start, what);
    t->end = t->p;
}

static unsigned byte(sc_thrift *t) {
    if (t->p < t->end) return *t->p++;
    sc__thrift_fail(t, "ends early");
    return 0;
}

static uint64_t varint(sc_thrift *t) {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const unsigned b = byte(t);
        v |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) return v;
    }
    sc__thrift_fail(t, "a number of more than 64 bits");
    return 0;
}

static int64_t zigzag(sc_thrift *t) {
    const uint64_t v = varint(t);
    return (int64_t)(v >> 1 ^ -(v & 1));
}

static void pass(sc_thrift *t, uint64_t n) {
    if (n > (uint64_t)(t->end - t->p))
        sc__thrift_fail(t, "a length that exceeds what is there");
    else
        t->p += n;
}

bool sc__thrift_next(sc_thrift_field *f, sc_thrift *t) {
    const unsigned b = byte(t);
    if (t->status < 0 || !b) return false;
    const int64_t id = b >> 4 ? f->id + (int64_t)(b >> 4) : zigzag(t);
    *f = (sc_thrift_field){(int)id, (int)(b & 15)};
    if (id < INT16_MIN || id > INT16_MAX) sc__thrift_fail(t, "a field number beyond 16 bits");
    if (f->type == SC_THRIFT_STOP || f->type > SC_THRIFT_UUID)
        sc__thrift_fail(t, "a field of unknown type");
    return t->status >= 0;
}

static bool is_of(sc_thrift *t, const sc_thrift_field *f, int type) {
    if (t->status >= 0 && f->type != type)
        sc__thrift_fail(t, "a field of another type than it has");
    return t->status >= 0;
}

int64_t sc__thrift_int(sc_thrift *t, const sc_thrift_field *f, int64_t low, int64_t high) {
    int64_t v = 0;
    if (f->type == SC_THRIFT_I8)
        v = (int8_t)byte(t);
    else if (f->type >= SC_THRIFT_I16 && f->type <= SC_THRIFT_I64)
        v = zigzag(t);
    else
        is_of(t, f, SC_THRIFT_I32);
    if (t->status >= 0 && (v < low || v > high)) sc__thrift_fail(t, "a number out of its range");
    return t->status < 0 ? 0 : v;
}

bool sc__thrift_bool(sc_thrift *t, const sc_thrift_field *f) {
    if (f->type == SC_THRIFT_FALSE) return false;
    return is_of(t, f, SC_THRIFT_TRUE);
}

const char *sc__thrift_binary(size_t *n, sc_thrift *t, const sc_thrift_field *f) {
    *n = 0;
    if (!is_of(t, f, SC_THRIFT_BINARY)) return NULL;
    const uint64_t size = varint(t);
    const unsigned char *at = t->p;
    pass(t, size);
    if (t->status < 0) return NULL;
    *n = (size_t)size;
    return (const char *)at;
}

void sc__thrift_struct(sc_thrift *t, const sc_thrift_field *f) { is_of(t, f, SC_THRIFT_STRUCT); }

int64_t sc__thrift_list(sc_thrift_field *item, sc_thrift *t, const sc_thrift_field *f,
                        size_t least) {
    *item = (sc_thrift_field){0};
    if (!is_of(t, f, SC_THRIFT_LIST)) return 0;
    const unsigned b = byte(t);
    const uint64_t n = b >> 4 == 15 ? varint(t) : b >> 4;
    item->type = (int)(b & 15);
    if (t->status >= 0 && n > (uint64_t)(t->end - t->p) / least)
        sc__thrift_fail(t, "a list of more elements than there are bytes for");
    return t->status < 0 ? 0 : (int64_t)n;
}

/* ---- what is not asked for ------------------------------------------------------------------- */

static void skip(sc_thrift *t, int type, bool in_list, int depth);

static void skip_struct(sc_thrift *t, int depth) {
    for (sc_thrift_field f = {0}; sc__thrift_next(&f, t);) skip(t, f.type, false, depth);
}

static void skip_items(sc_thrift *t, uint64_t n, const int types[2], int depth) {
    for (uint64_t i = 0; i < n && t->status >= 0; i++) {
        skip(t, types[0], true, depth);
        if (types[1]) skip(t, types[1], true, depth);
    }
}

static void skip_list(sc_thrift *t, int depth) {
    const unsigned b = byte(t);
    const int types[2] = {(int)(b & 15), 0};
    skip_items(t, b >> 4 == 15 ? varint(t) : b >> 4, types, depth);
}

static void skip_map(sc_thrift *t, int depth) {
    const uint64_t n = varint(t);
    if (!n) return;
    const unsigned b = byte(t);
    const int types[2] = {(int)(b >> 4), (int)(b & 15)};
    if (!types[1]) sc__thrift_fail(t, "a map of unknown type");
    skip_items(t, n, types, depth);
}

static void skip(sc_thrift *t, int type, bool in_list, int depth) {
    if (depth > MAX_NESTING) sc__thrift_fail(t, "nested too deep");
    if (t->status < 0) return;
    switch (type) {
    case SC_THRIFT_TRUE:
    case SC_THRIFT_FALSE:
        if (in_list) byte(t); /* elsewhere the type is the value */
        break;
    case SC_THRIFT_I8:
        byte(t);
        break;
    case SC_THRIFT_I16:
    case SC_THRIFT_I32:
    case SC_THRIFT_I64:
        varint(t);
        break;
    case SC_THRIFT_DOUBLE:
        pass(t, 8);
        break;
    case SC_THRIFT_BINARY:
        pass(t, varint(t));
        break;
    case SC_THRIFT_LIST:
    case SC_THRIFT_SET:
        skip_list(t, depth + 1);
        break;
    case SC_THRIFT_MAP:
        skip_map(t, depth + 1);
        break;
    case SC_THRIFT_STRUCT:
        skip_struct(t, depth + 1);
        break;
    case SC_THRIFT_UUID:
        pass(t, 16);
        break;
    default:
        sc__thrift_fail(t, "a value of unknown type");
    }
}

void sc__thrift_skip(sc_thrift *t, const sc_thrift_field *f) { skip(t, f->type, false, 0); }
