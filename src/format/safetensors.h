/* safetensors.h - the ecosystem's tensor files: 8 bytes of header length, a JSON header, raw data
 * (https://github.com/huggingface/safetensors). One file, or a folder with `model.safetensors` or
 * `model.safetensors.index.json` and its shards, is one set of named tensors: const views into the
 * mapped files. A file that contradicts itself is refused with a sentence; a view never leaves its
 * map. */
#ifndef SC_FORMAT_SAFETENSORS_H
#define SC_FORMAT_SAFETENSORS_H

#include "base/alloc.h"
#include "base/file.h"
#include "socle/tensor.h"

typedef struct {
    const char *name, *path;   /* the tensor's, its file's */
    const char *type_name;     /* as the file spells it: "BF16" */
    sc_dtype dtype;            /* SC_DTYPE_COUNT when socle computes with no such type ("U8") */
    sc_shape shape;            /* n_dims may exceed SC_MAX_DIMS; then only `bytes` means anything */
    const unsigned char *data; /* `bytes` of them, perhaps not aligned to the type */
    size_t bytes;
} sc_safetensor;

typedef struct {
    const char *key, *value;
} sc_safetensors_pair;

typedef struct {
    sc_safetensor *tensors; /* shard by shard, within a shard as the data lies */
    int64_t n;
    sc_safetensors_pair *metadata; /* `__metadata__`, of the first shard where there are several */
    int64_t n_metadata;
    /* the rest is the module's own */
    int64_t *table; /* hash table of indices + 1 */
    int64_t n_table;
    sc_map *maps;
    int64_t n_maps;
    sc_arena arena;
} sc_safetensors;

/* SC_IO: a file is missing; SC_FORMAT: it says something that is not so. *out is NULL then. */
SC_MUST_USE sc_status sc__safetensors_open(sc_safetensors **out, const char *path);
/* The same from bytes, which are borrowed until close; `name` stands for the path. */
SC_MUST_USE sc_status sc__safetensors_parse(sc_safetensors **out, const void *bytes, size_t n,
                                            const char *name);
void sc__safetensors_close(sc_safetensors *s); /* NULL is fine; ends all views */

const sc_safetensor *sc__safetensors_find(const sc_safetensors *s, const char *name); /* or NULL */

/* Elements first .. first + n - 1 (which must exist) converted to `type`, whatever the alignment.
 * SC_UNSUPPORTED, naming the tensor, where there is no conversion. */
SC_MUST_USE sc_status sc__safetensor_read(void *to, sc_dtype type, const sc_safetensor *t,
                                          int64_t first, int64_t n);
/* SC_OK when a graph can use this tensor: a type of dtype.def and at most SC_MAX_DIMS dimensions.
 */
SC_MUST_USE sc_status sc__safetensor_check(const sc_safetensor *t);
bool sc__safetensor_aligned(const sc_safetensor *t); /* data may be read through a typed pointer */

/* ---- writing ----------------------------------------------------------------------------------
 */

typedef struct {
    const char *name;
    sc_dtype dtype;
    sc_shape shape;
} sc_safetensor_decl;

/* All tensors are declared, then their bytes are appended in the order that _next tells: largest
 * type first, then by name, as the reference implementation lays them out. */
typedef struct sc_safetensors_writer sc_safetensors_writer;

/* One file. SC_FORMAT: a name twice or one that the format cannot hold. */
SC_MUST_USE sc_status sc__safetensors_writer_open(sc_safetensors_writer **out, const char *path,
                                                  const sc_safetensor_decl *d, int64_t n);
/* `model.safetensors` in a folder, or, when the data exceed `shard_bytes`, numbered shards (filled
 * in the order of declaration) and `model.safetensors.index.json`. */
SC_MUST_USE sc_status sc__safetensors_writer_open_dir(sc_safetensors_writer **out, const char *dir,
                                                      const sc_safetensor_decl *d, int64_t n,
                                                      uint64_t shard_bytes);
/* Index of the declaration whose bytes come next; -1 when all are there. */
int64_t sc__safetensors_writer_next(const sc_safetensors_writer *w);
/* Some or all bytes of that tensor, never more (a contract). Errors are sticky. */
void sc__safetensors_writer_append(sc_safetensors_writer *w, const void *bytes, size_t n);
/* Durable and in place on SC_OK. All bytes must have come (a contract). In a folder, a single file
 * and an index never stay side by side: the one that was not written is removed. Ends the writer.
 */
SC_MUST_USE sc_status sc__safetensors_writer_commit(sc_safetensors_writer *w);
void sc__safetensors_writer_abandon(sc_safetensors_writer *w); /* not after commit; NULL is fine */

/* Place of a type in the order of writing. */
int sc__safetensors_rank(sc_dtype t);

#endif
