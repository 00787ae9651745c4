/* gguf.h - the header of a GGUF file (specification: ggml's docs/gguf.md, versions 2 and 3): its
 * metadata and where its tensors lie. The file is mapped; values are views of it. */
#ifndef SC_FORMAT_GGUF_H
#define SC_FORMAT_GGUF_H

#include "base/file.h"

typedef enum {
    SC_GGUF_U8,
    SC_GGUF_I8,
    SC_GGUF_U16,
    SC_GGUF_I16,
    SC_GGUF_U32,
    SC_GGUF_I32,
    SC_GGUF_F32,
    SC_GGUF_BOOL,
    SC_GGUF_STRING,
    SC_GGUF_ARRAY,
    SC_GGUF_U64,
    SC_GGUF_I64,
    SC_GGUF_F64,
    SC_GGUF_N_TYPES
} sc_gguf_type;

/* A string of the file: no terminator. */
typedef struct {
    const char *text;
    size_t n;
} sc_gguf_string;

typedef struct {
    sc_gguf_string key;
    sc_gguf_type type, item;  /* item: of an array */
    uint64_t n;               /* items of an array, 1 otherwise */
    const unsigned char *at;  /* the value, or the first item */
    const unsigned char *end; /* behind it */
} sc_gguf_value;

typedef struct {
    sc_gguf_string name;
    int n_dims;
    uint64_t dims[4]; /* the innermost first */
    uint32_t type;    /* ggml_type */
    uint64_t offset;  /* of its data, from sc_gguf.data on */
} sc_gguf_tensor;

typedef struct {
    sc_map map; /* empty where the bytes are the caller's */
    sc_arena arena;
    const char *name;
    uint32_t version;
    sc_gguf_value *values;
    uint64_t n_values;
    sc_gguf_tensor *tensors;
    uint64_t n_tensors;
    uint64_t alignment, data; /* data: where the tensors' data begins */
    uint64_t size;            /* bytes of the file */
} sc_gguf;

SC_MUST_USE sc_status sc__gguf_open(sc_gguf *out, const char *path);
/* The same from memory, which is borrowed. */
SC_MUST_USE sc_status sc__gguf_parse(sc_gguf *out, const void *bytes, size_t n, const char *name);
void sc__gguf_close(sc_gguf *g); /* zeroed is fine */

const sc_gguf_value *sc__gguf_find(const sc_gguf *g, const char *key); /* NULL: none */
/* Typed reading; the absent key gives `dflt`. SC_FORMAT: of another type. */
SC_MUST_USE sc_status sc__gguf_get_int(int64_t *out, const sc_gguf *g, const char *key,
                                       int64_t dflt);
SC_MUST_USE sc_status sc__gguf_get_bool(bool *out, const sc_gguf *g, const char *key, bool dflt);
SC_MUST_USE sc_status sc__gguf_get_string(sc_gguf_string *out, const sc_gguf *g, const char *key,
                                          const char *dflt);
/* An array of this item type; NULL in *out when it is absent. */
SC_MUST_USE sc_status sc__gguf_get_array(const sc_gguf_value **out, const sc_gguf *g,
                                         const char *key, sc_gguf_type item);
/* Walks an array of strings: `at` begins as the value's, and moves on. */
sc_gguf_string sc__gguf_next_string(const unsigned char **at);
double sc__gguf_item(const sc_gguf_value *v, uint64_t i); /* of an array of numbers */

/* "u32", "string"; "F32", "Q4_K", NULL for a type that is not known. */
const char *sc__gguf_value_name(sc_gguf_type t);
const char *sc__gguf_tensor_name(uint32_t type);
/* How many elements a tensor has and how many bytes they take, 0 where the type is not known.
 * SC_FORMAT: more than there can be, or not all in the file. */
SC_MUST_USE sc_status sc__gguf_tensor_size(uint64_t *elements, uint64_t *bytes, const sc_gguf *g,
                                           const sc_gguf_tensor *t);

#endif
