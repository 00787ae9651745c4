/* gguf.c - reading the header of GGUF once, with every length checked against the file before it is
 * believed; afterwards values are read without checks. */
#include "format/gguf.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_ALIGNMENT = 1 << 20 };

typedef struct {
    sc_gguf *g;
    const unsigned char *begin, *at, *end;
} reader;

static const int sizes[SC_GGUF_N_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

static sc_status damaged(const reader *r, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s: byte %zu: %s", r->g->name, (size_t)(r->at - r->begin), what);
}

static uint64_t load(const unsigned char *p, int n) {
    uint64_t v = 0;
    for (int i = 0; i < n; i++) v |= (uint64_t)p[i] << 8 * i;
    return v;
}

static sc_status number(uint64_t *out, reader *r, int n) {
    *out = 0;
    if (r->end - r->at < n) return damaged(r, "the file ends in the header");
    *out = load(r->at, n);
    r->at += n;
    return SC_OK;
}

static sc_status string(sc_gguf_string *out, reader *r) {
    uint64_t n;
    SC_TRY(number(&n, r, 8));
    if (n > (uint64_t)(r->end - r->at)) return damaged(r, "a string longer than the file");
    *out = (sc_gguf_string){(const char *)r->at, (size_t)n};
    r->at += n;
    return SC_OK;
}

static sc_status type(sc_gguf_type *out, reader *r) {
    uint64_t t;
    *out = SC_GGUF_U8;
    SC_TRY(number(&t, r, 4));
    if (t >= SC_GGUF_N_TYPES) return damaged(r, "a value of an unknown type");
    *out = (sc_gguf_type)t;
    return SC_OK;
}

static sc_status items(reader *r, sc_gguf_type t, uint64_t n) {
    if (t == SC_GGUF_ARRAY) return damaged(r, "an array of arrays is not supported");
    if (t != SC_GGUF_STRING) {
        if (n > (uint64_t)(r->end - r->at) / (uint64_t)sizes[t])
            return damaged(r, "an array longer than the file");
        r->at += n * (uint64_t)sizes[t];
        return SC_OK;
    }
    for (sc_gguf_string s; n; n--) SC_TRY(string(&s, r));
    return SC_OK;
}

static sc_status value(sc_gguf_value *out, reader *r) {
    SC_TRY(string(&out->key, r));
    SC_TRY(type(&out->type, r));
    out->item = out->type;
    out->n = 1;
    if (out->type == SC_GGUF_ARRAY) {
        SC_TRY(type(&out->item, r));
        SC_TRY(number(&out->n, r, 8));
    }
    out->at = r->at;
    SC_TRY(items(r, out->item, out->n));
    out->end = r->at;
    return SC_OK;
}

static sc_status tensor(sc_gguf_tensor *out, reader *r) {
    uint64_t n, v;
    SC_TRY(string(&out->name, r));
    SC_TRY(number(&n, r, 4));
    if (n > 4) return damaged(r, "a tensor of more than 4 dimensions");
    out->n_dims = (int)n;
    for (uint64_t i = 0; i < n; i++) SC_TRY(number(&out->dims[i], r, 8));
    SC_TRY(number(&v, r, 4));
    out->type = (uint32_t)v;
    return number(&out->offset, r, 8);
}

/* A count is believed only as far as the file could hold so many of at least `least` bytes. */
static sc_status count(uint64_t *out, reader *r, uint64_t least) {
    SC_TRY(number(out, r, 8));
    if (*out > (uint64_t)(r->end - r->at) / least) return damaged(r, "a count beyond the file");
    return SC_OK;
}

static sc_status read_header(reader *r) {
    sc_gguf *g = r->g;
    uint64_t version;
    int64_t alignment;
    if (r->end - r->at < 4 || memcmp(r->at, "GGUF", 4)) return damaged(r, "not a GGUF file");
    r->at += 4;
    SC_TRY(number(&version, r, 4));
    g->version = (uint32_t)version;
    if (version < 2 || version > 3)
        return SC_FAIL(SC_FORMAT, "%s: GGUF version %" PRIu64 " is not supported", g->name,
                       version);
    SC_TRY(count(&g->n_tensors, r, 24));
    SC_TRY(count(&g->n_values, r, 13));
    g->values = sc__arena_array(&g->arena, (size_t)g->n_values + 1, sizeof *g->values);
    g->tensors = sc__arena_array(&g->arena, (size_t)g->n_tensors + 1, sizeof *g->tensors);
    if (!g->values || !g->tensors) return SC_FAIL(SC_NOMEM, "%s: no memory for a header", g->name);
    for (uint64_t i = 0; i < g->n_values; i++) SC_TRY(value(&g->values[i], r));
    for (uint64_t i = 0; i < g->n_tensors; i++) SC_TRY(tensor(&g->tensors[i], r));
    SC_TRY(sc__gguf_get_int(&alignment, g, "general.alignment", 32));
    if (alignment < 1 || alignment > MAX_ALIGNMENT || (alignment & (alignment - 1)))
        return damaged(r, "general.alignment: is not a small power of two");
    g->alignment = (uint64_t)alignment;
    g->data = ((uint64_t)(r->at - r->begin) + g->alignment - 1) & ~(g->alignment - 1);
    return SC_OK;
}

sc_status sc__gguf_parse(sc_gguf *out, const void *bytes, size_t n, const char *name) {
    memset(out, 0, sizeof *out);
    out->name = name;
    out->size = n;
    reader r = {out, bytes, bytes, (const unsigned char *)bytes + n};
    const sc_status s = read_header(&r);
    if (s < 0) sc__gguf_close(out);
    return s;
}

sc_status sc__gguf_open(sc_gguf *out, const char *path) {
    sc_map map;
    memset(out, 0, sizeof *out);
    SC_TRY(sc__map_open(&map, path));
    const sc_status s = sc__gguf_parse(out, map.data ? map.data : (const void *)"", map.size, path);
    if (s < 0)
        sc__map_close(&map);
    else
        out->map = map;
    return s;
}

void sc__gguf_close(sc_gguf *g) {
    if (g->map.data) sc__map_close(&g->map);
    sc__arena_deinit(&g->arena);
    memset(g, 0, sizeof *g);
}

/* -- questions ------------------------------------------------------------------------------- */

const sc_gguf_value *sc__gguf_find(const sc_gguf *g, const char *key) {
    const size_t n = strlen(key);
    for (uint64_t i = 0; i < g->n_values; i++)
        if (g->values[i].key.n == n && !memcmp(g->values[i].key.text, key, n)) return &g->values[i];
    return NULL;
}

static sc_status wrong(const sc_gguf *g, const char *key, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s: %s: must be %s", g->name, key, what);
}

static bool is_int(sc_gguf_type t) {
    return t <= SC_GGUF_I32 || t == SC_GGUF_U64 || t == SC_GGUF_I64;
}

static int64_t int_at(const unsigned char *at, sc_gguf_type t) {
    const uint64_t v = load(at, sizes[t]);
    if (t == SC_GGUF_I8) return (int8_t)v;
    if (t == SC_GGUF_I16) return (int16_t)v;
    if (t == SC_GGUF_I32) return (int32_t)v;
    return (int64_t)v;
}

double sc__gguf_item(const sc_gguf_value *v, uint64_t i) {
    const unsigned char *at = v->at + i * (uint64_t)sizes[v->item];
    if (v->item == SC_GGUF_F32) {
        float x;
        const uint32_t bits = (uint32_t)load(at, 4);
        memcpy(&x, &bits, sizeof x);
        return (double)x;
    }
    if (v->item == SC_GGUF_F64) {
        double x;
        const uint64_t bits = load(at, 8);
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    if (v->item == SC_GGUF_U64) return (double)load(at, 8);
    return (double)int_at(at, v->item);
}

sc_status sc__gguf_get_int(int64_t *out, const sc_gguf *g, const char *key, int64_t dflt) {
    const sc_gguf_value *v = sc__gguf_find(g, key);
    *out = dflt;
    if (!v) return SC_OK;
    if (!is_int(v->type)) return wrong(g, key, "a whole number");
    *out = int_at(v->at, v->type);
    return SC_OK;
}

sc_status sc__gguf_get_bool(bool *out, const sc_gguf *g, const char *key, bool dflt) {
    const sc_gguf_value *v = sc__gguf_find(g, key);
    *out = dflt;
    if (!v) return SC_OK;
    if (v->type != SC_GGUF_BOOL) return wrong(g, key, "true or false");
    *out = *v->at != 0;
    return SC_OK;
}

sc_status sc__gguf_get_string(sc_gguf_string *out, const sc_gguf *g, const char *key,
                              const char *dflt) {
    const sc_gguf_value *v = sc__gguf_find(g, key);
    *out = (sc_gguf_string){dflt, dflt ? strlen(dflt) : 0};
    if (!v) return SC_OK;
    if (v->type != SC_GGUF_STRING) return wrong(g, key, "a string");
    const unsigned char *at = v->at;
    *out = sc__gguf_next_string(&at);
    return SC_OK;
}

sc_status sc__gguf_get_array(const sc_gguf_value **out, const sc_gguf *g, const char *key,
                             sc_gguf_type item) {
    *out = sc__gguf_find(g, key);
    if (!*out || ((*out)->type == SC_GGUF_ARRAY && (*out)->item == item)) return SC_OK;
    return wrong(g, key, "an array of another type");
}

sc_gguf_string sc__gguf_next_string(const unsigned char **at) {
    const sc_gguf_string s = {(const char *)*at + 8, (size_t)load(*at, 8)};
    *at += 8 + s.n;
    return s;
}

/* -- tensors --------------------------------------------------------------------------------- */

/* ggml_type: elements of a block and its bytes. */
static const struct {
    uint32_t type;
    const char *name;
    uint32_t elements, bytes;
} tensor_types[] = {
#define GGUF_TYPE(type, name, elements, bytes) {type, name, elements, bytes},
#include "format/gguf_types.def"
#undef GGUF_TYPE
};

static int type_index(uint32_t type) {
    for (int i = 0; i < SC_LEN(tensor_types); i++)
        if (tensor_types[i].type == type) return i;
    return -1;
}

const char *sc__gguf_tensor_name(uint32_t type) {
    const int i = type_index(type);
    return i < 0 ? NULL : tensor_types[i].name;
}

const char *sc__gguf_value_name(sc_gguf_type t) {
    static const char *const names[SC_GGUF_N_TYPES] = {"u8",  "i8",  "u16",  "i16",    "u32",
                                                       "i32", "f32", "bool", "string", "array",
                                                       "u64", "i64", "f64"};
    return names[t];
}

static sc_status bad_tensor(const sc_gguf *g, const sc_gguf_tensor *t, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s: tensor %.*s: %s", g->name, (int)SC_MIN(t->name.n, (size_t)200),
                   t->name.text, what);
}

sc_status sc__gguf_tensor_size(uint64_t *elements, uint64_t *bytes, const sc_gguf *g,
                               const sc_gguf_tensor *t) {
    const int type = type_index(t->type);
    uint64_t end;
    *elements = 1;
    *bytes = 0;
    for (int i = 0; i < t->n_dims; i++)
        if (t->dims[i] > INT64_MAX || __builtin_mul_overflow(*elements, t->dims[i], elements) ||
            *elements > INT64_MAX)
            return bad_tensor(g, t, "more elements than there can be");
    if (type < 0) return SC_OK;
    const uint64_t blocks = *elements / tensor_types[type].elements;
    if (*elements % tensor_types[type].elements)
        return bad_tensor(g, t, "its elements do not fill its blocks");
    if (__builtin_mul_overflow(blocks, tensor_types[type].bytes, bytes) ||
        __builtin_add_overflow(g->data, t->offset, &end) ||
        __builtin_add_overflow(end, *bytes, &end) || end > g->size)
        return bad_tensor(g, t, "it ends beyond the file");
    return SC_OK;
}
