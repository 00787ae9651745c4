/* safetensors.c - reading; see safetensors.h. The header is believed in nothing: offsets are sorted
 * and must tile the data exactly, sizes must be those of type and shape. */
#include "format/safetensors.h"

#include "base/hash.h"
#include "base/json.h"
#include "tensor/dtype.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const size_t max_header = 100000000; /* the reference implementation's limit */

/* In the reference implementation's order: by increasing alignment. */
static const struct {
    const char *name;
    int bits;
    sc_dtype dtype;
} types[] = {
    {"BOOL", 8, SC_DTYPE_COUNT},
    {"F4", 4, SC_DTYPE_COUNT},
    {"F6_E2M3", 6, SC_DTYPE_COUNT},
    {"F6_E3M2", 6, SC_DTYPE_COUNT},
    {"U8", 8, SC_DTYPE_COUNT},
    {"I8", 8, SC_I8},
    {"F8_E5M2", 8, SC_DTYPE_COUNT},
    {"F8_E4M3", 8, SC_DTYPE_COUNT},
    {"F8_E8M0", 8, SC_DTYPE_COUNT},
    {"F8_E4M3FNUZ", 8, SC_DTYPE_COUNT},
    {"F8_E5M2FNUZ", 8, SC_DTYPE_COUNT},
    {"I16", 16, SC_DTYPE_COUNT},
    {"U16", 16, SC_DTYPE_COUNT},
    {"F16", 16, SC_F16},
    {"BF16", 16, SC_BF16},
    {"I32", 32, SC_I32},
    {"U32", 32, SC_DTYPE_COUNT},
    {"F32", 32, SC_F32},
    {"C64", 64, SC_DTYPE_COUNT},
    {"F64", 64, SC_F64},
    {"I64", 64, SC_I64},
    {"U64", 64, SC_DTYPE_COUNT},
};

int sc__safetensors_rank(sc_dtype t) {
    for (int i = 0; i < SC_LEN(types); i++)
        if (types[i].dtype == t) return i;
    return -1;
}

typedef struct {
    sc_safetensors *set;
    const char *path; /* in the set's arena */
    const unsigned char *data;
    size_t n_data; /* what follows the header */
} reader;

static sc_status no_memory(const char *path) { return SC_FAIL(SC_NOMEM, "%s: tensors", path); }

/* ---- one tensor ------------------------------------------------------------------------------ */

static sc_status read_type(int *row, const reader *r, const char *name, const json_t *entry) {
    const char *text = json_string_value(json_object_get(entry, "dtype"));
    if (!text) return SC_FAIL(SC_FORMAT, "%s: tensor %s: dtype: must be a string", r->path, name);
    for (int i = 0; i < SC_LEN(types); i++)
        if (!strcmp(types[i].name, text)) {
            *row = i;
            return SC_OK;
        }
    return SC_FAIL(SC_FORMAT, "%s: tensor %s: dtype: unknown type \"%s\"", r->path, name, text);
}

/* Elements of `shape`; dimensions past SC_MAX_DIMS are counted, not kept. */
static sc_status read_shape(sc_shape *out, size_t *elements, const reader *r, const char *name,
                            const json_t *entry) {
    const json_t *shape = json_object_get(entry, "shape");
    size_t i;
    json_t *d;
    if (!json_is_array(shape))
        return SC_FAIL(SC_FORMAT, "%s: tensor %s: shape: must be a list", r->path, name);
    *elements = 1;
    *out = (sc_shape){.n_dims = (int)SC_MIN(json_array_size(shape), (size_t)INT32_MAX)};
    json_array_foreach(shape, i, d) {
        const int64_t n = json_integer_value(d);
        if (!json_is_integer(d) || n < 0)
            return SC_FAIL(SC_FORMAT, "%s: tensor %s: shape: dimension %zu is not a size", r->path,
                           name, i);
        if (!sc__mul_size(*elements, (size_t)n, elements) || *elements > SIZE_MAX / 128)
            return SC_FAIL(SC_FORMAT, "%s: tensor %s: shape: more elements than memory has bytes",
                           r->path, name);
        if (i < SC_MAX_DIMS) out->dim[i] = n;
    }
    return SC_OK;
}

static sc_status read_offsets(size_t offsets[2], const reader *r, const char *name,
                              const json_t *entry) {
    const json_t *pair = json_object_get(entry, "data_offsets");
    if (json_array_size(pair) != 2)
        return SC_FAIL(SC_FORMAT, "%s: tensor %s: data_offsets: must be a list of two offsets",
                       r->path, name);
    for (size_t i = 0; i < 2; i++) {
        const json_t *v = json_array_get(pair, i);
        if (!json_is_integer(v) || json_integer_value(v) < 0)
            return SC_FAIL(SC_FORMAT, "%s: tensor %s: data_offsets: not an offset", r->path, name);
        offsets[i] = (size_t)json_integer_value(v);
    }
    if (offsets[0] > offsets[1])
        return SC_FAIL(SC_FORMAT, "%s: tensor %s: data_offsets: begins at %zu, after its end %zu",
                       r->path, name, offsets[0], offsets[1]);
    if (offsets[1] > r->n_data)
        return SC_FAIL(SC_FORMAT,
                       "%s: tensor %s: data_offsets: ends at byte %zu of the data, which has %zu",
                       r->path, name, offsets[1], r->n_data);
    return SC_OK;
}

static sc_status read_tensor(sc_safetensor *t, const reader *r, const char *name,
                             const json_t *entry) {
    int row = 0;
    size_t elements = 0, offsets[2] = {0, 0};
    if (!json_is_object(entry))
        return SC_FAIL(SC_FORMAT, "%s: tensor %s: must be an object", r->path, name);
    SC_TRY(read_type(&row, r, name, entry));
    SC_TRY(read_shape(&t->shape, &elements, r, name, entry));
    SC_TRY(read_offsets(offsets, r, name, entry));
    const size_t bits = elements * (size_t)types[row].bits;
    t->bytes = offsets[1] - offsets[0];
    if (bits % 8 || bits / 8 != t->bytes)
        return SC_FAIL(SC_FORMAT,
                       "%s: tensor %s: data_offsets: %zu bytes, but %zu elements of %s take %zu",
                       r->path, name, t->bytes, elements, types[row].name, (bits + 7) / 8);
    t->name = sc__arena_strdup(&r->set->arena, name);
    if (!t->name) return no_memory(r->path);
    t->path = r->path;
    t->type_name = types[row].name;
    t->dtype = types[row].dtype;
    t->data = r->data + offsets[0];
    return SC_OK;
}

/* ---- one file -------------------------------------------------------------------------------- */

static sc_status read_metadata(const reader *r, const json_t *entry) {
    sc_safetensors *set = r->set;
    const char *key;
    json_t *value;
    if (!json_is_object(entry))
        return SC_FAIL(SC_FORMAT, "%s: __metadata__: must be an object", r->path);
    sc_safetensors_pair *pairs =
        sc__arena_array(&set->arena, json_object_size(entry), sizeof *pairs);
    if (!pairs) return no_memory(r->path);
    int64_t n = 0;
    json_object_foreach((json_t *)(uintptr_t)entry, key, value) {
        if (!json_is_string(value))
            return SC_FAIL(SC_FORMAT, "%s: __metadata__: %s: must be a string", r->path, key);
        pairs[n].key = sc__arena_strdup(&set->arena, key);
        pairs[n].value = sc__arena_strdup(&set->arena, json_string_value(value));
        if (!pairs[n].key || !pairs[n].value) return no_memory(r->path);
        n++;
    }
    if (set->metadata) return SC_OK; /* an earlier shard's */
    set->metadata = pairs;
    set->n_metadata = n;
    return SC_OK;
}

static int by_place(const void *a, const void *b) {
    const sc_safetensor *x = a, *y = b;
    const unsigned char *x_end = x->data + x->bytes, *y_end = y->data + y->bytes;
    if (x->data != y->data) return x->data < y->data ? -1 : 1;
    if (x_end != y_end) return x_end < y_end ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Sorted tensors must cover the data without overlap or hole. */
static sc_status check_tiling(const reader *r, const sc_safetensor *t, int64_t n) {
    size_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        const size_t begin = (size_t)(t[i].data - r->data);
        if (begin < at)
            return SC_FAIL(SC_FORMAT, "%s: tensor %s: data_offsets: overlaps tensor %s", r->path,
                           t[i].name, t[i - 1].name);
        if (begin > at)
            return SC_FAIL(SC_FORMAT,
                           "%s: tensor %s: data_offsets: %zu bytes before it belong to no tensor",
                           r->path, t[i].name, begin - at);
        at = begin + t[i].bytes;
    }
    if (at != r->n_data)
        return SC_FAIL(SC_FORMAT, "%s: the last %zu bytes belong to no tensor", r->path,
                       r->n_data - at);
    return SC_OK;
}

static sc_status read_header(const reader *r, json_t *header) {
    sc_safetensors *set = r->set;
    const char *key;
    json_t *value;
    if (!json_is_object(header))
        return SC_FAIL(SC_FORMAT, "%s: the header is not a JSON object", r->path);
    const size_t n_new = json_object_size(header);
    sc_safetensor *all =
        sc__arena_array(&set->arena, (size_t)set->n + n_new, sizeof *all); /* old ones and new */
    if (!all) return no_memory(r->path);
    if (set->n) memcpy(all, set->tensors, (size_t)set->n * sizeof *all);
    int64_t n = 0;
    json_object_foreach(header, key, value) {
        if (!strcmp(key, "__metadata__")) {
            SC_TRY(read_metadata(r, value));
            continue;
        }
        SC_TRY(read_tensor(&all[set->n + n], r, key, value));
        n++;
    }
    qsort(all + set->n, (size_t)n, sizeof *all, by_place);
    SC_TRY(check_tiling(r, all + set->n, n));
    set->tensors = all;
    set->n += n;
    return SC_OK;
}

static sc_status read_bytes(sc_safetensors *set, const unsigned char *p, size_t n,
                            const char *path) {
    uint64_t length = 0;
    if (n < 8) return SC_FAIL(SC_FORMAT, "%s: %zu bytes are too few for a header", path, n);
    for (int i = 7; i >= 0; i--) length = length << 8 | p[i];
    if (length > n - 8)
        return SC_FAIL(SC_FORMAT, "%s: header length: %" PRIu64 " bytes, but the file has %zu",
                       path, length, n);
    if (length > max_header)
        return SC_FAIL(SC_FORMAT, "%s: header length: %" PRIu64 " bytes, more than %zu", path,
                       length, max_header);
    reader r = {set, sc__arena_strdup(&set->arena, path), p + 8 + length, n - 8 - (size_t)length};
    if (!r.path) return no_memory(path);
    json_t *header;
    SC_TRY(sc__json_parse(&header, (const char *)p + 8, (size_t)length, r.path));
    sc_status s = read_header(&r, header);
    json_decref(header);
    return s;
}

/* ---- the set --------------------------------------------------------------------------------- */

static int64_t *slot(const sc_safetensors *s, const char *name) {
    const uint64_t mask = (uint64_t)s->n_table - 1;
    for (uint64_t i = sc__hash64(name, strlen(name), 0) & mask;; i = (i + 1) & mask) {
        const int64_t at = s->table[i];
        if (!at || !strcmp(s->tensors[at - 1].name, name)) return &s->table[i];
    }
}

static sc_status build_table(sc_safetensors *s) {
    s->n_table = 16;
    while (s->n_table < 2 * s->n) s->n_table *= 2;
    s->table = sc__arena_array(&s->arena, (size_t)s->n_table, sizeof *s->table);
    if (!s->table) return SC_FAIL(SC_NOMEM, "%" PRId64 " tensor names", s->n);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t *at = slot(s, s->tensors[i].name);
        if (*at)
            return SC_FAIL(SC_FORMAT, "%s: tensor %s: is in %s also", s->tensors[i].path,
                           s->tensors[i].name, s->tensors[*at - 1].path);
        *at = i + 1;
    }
    return SC_OK;
}

const sc_safetensor *sc__safetensors_find(const sc_safetensors *s, const char *name) {
    const int64_t at = *slot(s, name);
    return at ? &s->tensors[at - 1] : NULL;
}

static sc_status add_file(sc_safetensors *set, const char *path) {
    sc_map *m = &set->maps[set->n_maps];
    SC_TRY(sc__map_open(m, path));
    set->n_maps++;
    return read_bytes(set, m->data, m->size, path);
}

static sc_status reserve_maps(sc_safetensors *set, size_t n) {
    set->maps = sc__arena_array(&set->arena, n, sizeof *set->maps);
    return set->maps ? SC_OK : SC_FAIL(SC_NOMEM, "%zu files", n);
}

/* A shard lies in the folder of its index: "../x" and "/x" are refused. */
static sc_status check_shard_name(const char *index, const char *tensor, const json_t *file) {
    const char *name = json_string_value(file);
    if (!name || !*name || strchr(name, '/') || *name == '.')
        return SC_FAIL(SC_FORMAT, "%s: weight_map: %s: must name a file in the same folder", index,
                       tensor);
    return SC_OK;
}

static sc_status add_shards(sc_safetensors *set, json_t *map, const char *dir, const char *index) {
    const char *tensor;
    json_t *file;
    json_t *seen = json_object();
    sc_status s = seen ? reserve_maps(set, json_object_size(map)) : no_memory(index);
    json_object_foreach(map, tensor, file) {
        if (s >= 0) s = check_shard_name(index, tensor, file);
        if (s < 0) break;
        const char *name = json_string_value(file);
        if (json_object_get(seen, name)) continue;
        const char *path = sc__path_join(&set->arena, dir, name);
        s = path && !json_object_set_new(seen, name, json_true()) ? add_file(set, path)
                                                                  : no_memory(index);
        if (s == SC_IO) s = sc__fail_context(s, "%s: weight_map: %s", index, tensor);
    }
    json_decref(seen);
    return s;
}

/* Each tensor must be where the index says, and the index must list each tensor. */
static sc_status check_index(const sc_safetensors *set, json_t *map, const char *index) {
    const char *tensor;
    json_t *file;
    json_object_foreach(map, tensor, file) {
        const sc_safetensor *t = sc__safetensors_find(set, tensor);
        if (!t || strcmp(sc__path_name(t->path), json_string_value(file)))
            return SC_FAIL(SC_FORMAT, "%s: weight_map: tensor %s is not in %s", index, tensor,
                           json_string_value(file));
    }
    for (int64_t i = 0; i < set->n; i++)
        if (!json_object_get(map, set->tensors[i].name))
            return SC_FAIL(SC_FORMAT, "%s: weight_map: does not list tensor %s of %s", index,
                           set->tensors[i].name, set->tensors[i].path);
    return SC_OK;
}

static sc_status open_index(sc_safetensors *set, const char *dir, const char *index) {
    json_t *json;
    SC_TRY(sc__json_load(&json, index));
    json_t *map = json_object_get(json, "weight_map");
    sc_status s = SC_OK;
    if (!json_is_object(map)) s = SC_FAIL(SC_FORMAT, "%s: weight_map: must be an object", index);
    if (s >= 0) s = add_shards(set, map, dir, index);
    if (s >= 0) s = build_table(set);
    if (s >= 0) s = check_index(set, map, index);
    json_decref(json);
    return s;
}

static sc_status open_path(sc_safetensors *set, const char *path) {
    if (sc__path_is_dir(path)) {
        const char *dir = path;
        const char *index = sc__path_join(&set->arena, dir, "model.safetensors.index.json");
        path = sc__path_join(&set->arena, dir, "model.safetensors");
        if (!index || !path) return no_memory(dir);
        if (!sc__path_exists(path) && sc__path_exists(index)) return open_index(set, dir, index);
    }
    SC_TRY(reserve_maps(set, 1));
    SC_TRY(add_file(set, path));
    return build_table(set);
}

static sc_status finish(sc_safetensors **out, sc_safetensors *set, sc_status s) {
    if (s < 0)
        sc__safetensors_close(set);
    else
        *out = set;
    return s;
}

sc_status sc__safetensors_open(sc_safetensors **out, const char *path) {
    *out = NULL;
    sc_safetensors *set = sc__calloc(1, sizeof *set);
    if (!set) return no_memory(path);
    return finish(out, set, open_path(set, path));
}

sc_status sc__safetensors_parse(sc_safetensors **out, const void *bytes, size_t n,
                                const char *name) {
    *out = NULL;
    sc_safetensors *set = sc__calloc(1, sizeof *set);
    if (!set) return no_memory(name);
    sc_status s = read_bytes(set, bytes, n, name);
    if (s >= 0) s = build_table(set);
    return finish(out, set, s);
}

void sc__safetensors_close(sc_safetensors *s) {
    if (!s) return;
    for (int64_t i = 0; i < s->n_maps; i++) sc__map_close(&s->maps[i]);
    sc__arena_deinit(&s->arena);
    sc__free(s);
}

/* ---- reading a tensor ------------------------------------------------------------------------ */

bool sc__safetensor_aligned(const sc_safetensor *t) {
    return t->dtype != SC_DTYPE_COUNT && (uintptr_t)t->data % sc_dtype_size(t->dtype) == 0;
}

sc_status sc__safetensor_check(const sc_safetensor *t) {
    if (t->dtype == SC_DTYPE_COUNT)
        return SC_FAIL(SC_UNSUPPORTED, "%s: tensor %s: dtype: socle does not compute with %s",
                       t->path, t->name, t->type_name);
    if (t->shape.n_dims > SC_MAX_DIMS)
        return SC_FAIL(SC_UNSUPPORTED, "%s: tensor %s: shape: %d dimensions, at most %d", t->path,
                       t->name, t->shape.n_dims, SC_MAX_DIMS);
    return SC_OK;
}

sc_status sc__safetensor_read(void *to, sc_dtype type, const sc_safetensor *t, int64_t first,
                              int64_t n) {
    _Alignas(8) unsigned char chunk[4096];
    if (t->dtype == SC_DTYPE_COUNT) return sc__safetensor_check(t);
    const size_t size = sc_dtype_size(t->dtype), to_size = sc_dtype_size(type);
    sc_assert(first >= 0 && n >= 0 && (uint64_t)first + (uint64_t)n <= t->bytes / size);
    const unsigned char *from = t->data + (size_t)first * size;
    const int64_t step = (int64_t)(sizeof chunk / size);
    sc_status s = SC_OK;
    if (type == t->dtype) { /* memcpy does not mind alignment */
        if (n) memcpy(to, from, (size_t)n * size);
    } else if (sc__safetensor_aligned(t)) {
        s = sc__convert(to, type, from, t->dtype, n);
    } else {
        for (int64_t i = 0; s >= 0 && i < n; i += step) {
            const int64_t m = SC_MIN(step, n - i);
            memcpy(chunk, from + (size_t)i * size, (size_t)m * size);
            s = sc__convert((char *)to + (size_t)i * to_size, type, chunk, t->dtype, m);
        }
    }
    return s < 0 ? sc__fail_context(s, "%s: tensor %s", t->path, t->name) : s;
}
