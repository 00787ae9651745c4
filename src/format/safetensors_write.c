/* safetensors_write.c - writing; the bytes equal those of the reference implementation for the same
 * tensors. Shards are kept as temporary files until all are complete, so that a full disk or an
 * interruption while writing leaves what was there before. */
#include "base/json.h"
#include "format/safetensors.h"
#include "tensor/dtype.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    sc_dtype dtype;
    sc_shape shape;
    size_t bytes;
    int64_t index; /* of the caller's declaration */
    int shard;
} item;

typedef struct {
    const char *path;
    sc_writer file;
    bool open;
    int64_t first, n; /* its items */
} shard;

struct sc_safetensors_writer {
    sc_arena arena;
    item *items; /* in the order of writing */
    int64_t n;
    shard *shards;
    int n_shards;
    const char *dir; /* NULL: a single file at a path of the caller's */
    uint64_t total;
    int64_t at; /* the item that is being appended */
    size_t done;
    sc_status status;
};

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "tensors to write"); }

static int by_shard_type_name(const void *a, const void *b) {
    const item *x = a, *y = b;
    if (x->shard != y->shard) return x->shard < y->shard ? -1 : 1;
    const int rank = sc__safetensors_rank(y->dtype) - sc__safetensors_rank(x->dtype);
    return rank ? rank : strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(const item *const *)a)->name, (*(const item *const *)b)->name);
}

static sc_status check_names(sc_safetensors_writer *w, const char *path) {
    const item **sorted = sc__arena_array(&w->arena, (size_t)w->n, sizeof *sorted);
    if (!sorted) return no_memory();
    for (int64_t i = 0; i < w->n; i++) {
        sorted[i] = &w->items[i];
        json_t *valid = json_string(w->items[i].name); /* NULL where it is not UTF-8 */
        json_decref(valid);
        if (!valid || !strcmp(w->items[i].name, "__metadata__"))
            return SC_FAIL(SC_FORMAT, "%s: tensor %s: a name the format cannot hold", path,
                           w->items[i].name);
    }
    qsort(sorted, (size_t)w->n, sizeof *sorted, by_name);
    for (int64_t i = 1; i < w->n; i++)
        if (!strcmp(sorted[i]->name, sorted[i - 1]->name))
            return SC_FAIL(SC_FORMAT, "%s: tensor %s: declared twice", path, sorted[i]->name);
    return SC_OK;
}

static sc_status declare(sc_safetensors_writer *w, const sc_safetensor_decl *d, int64_t n) {
    w->items = sc__arena_array(&w->arena, (size_t)n, sizeof *w->items);
    if (!w->items) return no_memory();
    w->n = n;
    for (int64_t i = 0; i < n; i++) {
        item *t = &w->items[i];
        *t = (item){sc__arena_strdup(&w->arena, d[i].name), d[i].dtype, d[i].shape, 0, i, 0};
        if (!t->name) return no_memory();
        sc_status s = sc__shape_bytes(&t->bytes, &t->shape, t->dtype);
        if (s < 0) return sc__fail_context(s, "tensor %s", t->name);
        w->total += t->bytes;
    }
    return SC_OK;
}

/* Greedy, in the order of declaration; a tensor larger than a shard gets one of its own. */
static int assign_shards(sc_safetensors_writer *w, uint64_t shard_bytes) {
    int current = 0;
    uint64_t used = 0;
    for (int64_t i = 0; i < w->n; i++) {
        if (used && used + w->items[i].bytes > shard_bytes) {
            current++;
            used = 0;
        }
        used += w->items[i].bytes;
        w->items[i].shard = current;
    }
    return current + 1;
}

static sc_status name_shards(sc_safetensors_writer *w, const char *path) {
    w->shards = sc__arena_array(&w->arena, (size_t)w->n_shards, sizeof *w->shards);
    if (!w->shards) return no_memory();
    for (int i = 0; i < w->n_shards; i++) {
        shard *h = &w->shards[i];
        const char *name = "model.safetensors";
        if (w->n_shards > 1)
            name =
                sc__arena_printf(&w->arena, "model-%05d-of-%05d.safetensors", i + 1, w->n_shards);
        if (!name) return no_memory();
        h->path =
            w->dir ? sc__path_join(&w->arena, w->dir, name) : sc__arena_strdup(&w->arena, path);
        if (!h->path) return no_memory();
    }
    for (int64_t i = 0; i < w->n; i++) {
        shard *h = &w->shards[w->items[i].shard];
        if (!h->n++) h->first = i;
    }
    return SC_OK;
}

/* ---- headers --------------------------------------------------------------------------------- */

static void print_name(sc_buffer *b, const char *name) {
    json_t *text = json_string(name);
    if (text)
        sc__json_print(b, text);
    else if (b->status >= 0)
        b->status = no_memory();
    json_decref(text);
}

static void print_header(sc_buffer *b, const item *t, int64_t n) {
    size_t at = 0;
    sc__buffer_puts(b, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (int64_t i = 0; i < n; i++) {
        sc__buffer_putc(b, ',');
        print_name(b, t[i].name);
        sc__buffer_printf(b, ":{\"dtype\":\"%s\",\"shape\":[", sc__dtype_safetensors(t[i].dtype));
        for (int k = 0; k < t[i].shape.n_dims; k++)
            sc__buffer_printf(b, "%s%" PRId64, k ? "," : "", t[i].shape.dim[k]);
        sc__buffer_printf(b, "],\"data_offsets\":[%zu,%zu]}", at, at + t[i].bytes);
        at += t[i].bytes;
    }
    sc__buffer_putc(b, '}');
    while (b->status >= 0 && b->len % 8) sc__buffer_putc(b, ' ');
}

static sc_status open_shard(sc_safetensors_writer *w, shard *h) {
    unsigned char length[8];
    sc_buffer b = SC_BUFFER_INIT;
    print_header(&b, w->items + h->first, h->n);
    sc_status s = b.status;
    if (s >= 0) s = sc__writer_open(&h->file, h->path);
    if (s >= 0) {
        h->open = true;
        for (int i = 0; i < 8; i++) length[i] = (unsigned char)((uint64_t)b.len >> (8 * i));
        sc__writer_append(&h->file, length, sizeof length);
        sc__writer_append(&h->file, b.data, b.len);
        s = h->file.status;
    }
    sc__buffer_deinit(&b);
    return s;
}

static sc_status write_index(sc_safetensors_writer *w, const char *path) {
    const item **sorted = sc__arena_array(&w->arena, (size_t)w->n, sizeof *sorted);
    if (!sorted) return no_memory();
    for (int64_t i = 0; i < w->n; i++) sorted[i] = &w->items[i];
    qsort(sorted, (size_t)w->n, sizeof *sorted, by_name);
    sc_buffer b = SC_BUFFER_INIT;
    sc__buffer_printf(&b, "{\n  \"metadata\": {\n    \"total_size\": %" PRIu64 "\n  },\n",
                      w->total);
    sc__buffer_puts(&b, "  \"weight_map\": {");
    for (int64_t i = 0; i < w->n; i++) {
        sc__buffer_puts(&b, i ? ",\n    " : "\n    ");
        print_name(&b, sorted[i]->name);
        sc__buffer_printf(&b, ": \"%s\"", sc__path_name(w->shards[sorted[i]->shard].path));
    }
    sc__buffer_puts(&b, "\n  }\n}\n");
    sc_status s = b.status;
    if (s >= 0) s = sc__file_write(path, b.data, b.len);
    sc__buffer_deinit(&b);
    return s;
}

/* ---- the writer ------------------------------------------------------------------------------ */

static void skip_empty(sc_safetensors_writer *w) {
    while (w->at < w->n && w->done == w->items[w->at].bytes) {
        w->at++;
        w->done = 0;
    }
}

static sc_status prepare(sc_safetensors_writer *w, const char *path, const sc_safetensor_decl *d,
                         int64_t n, uint64_t shard_bytes) {
    SC_TRY(declare(w, d, n));
    SC_TRY(check_names(w, path));
    w->n_shards = w->dir && w->total > shard_bytes ? assign_shards(w, shard_bytes) : 1;
    qsort(w->items, (size_t)w->n, sizeof *w->items, by_shard_type_name);
    SC_TRY(name_shards(w, path));
    for (int i = 0; i < w->n_shards; i++) SC_TRY(open_shard(w, &w->shards[i]));
    skip_empty(w);
    return SC_OK;
}

static sc_status open_writer(sc_safetensors_writer **out, const char *path, const char *dir,
                             const sc_safetensor_decl *d, int64_t n, uint64_t shard_bytes) {
    *out = NULL;
    sc_safetensors_writer *w = sc__calloc(1, sizeof *w);
    if (!w) return no_memory();
    sc_status s = SC_OK;
    if (dir && !(w->dir = sc__arena_strdup(&w->arena, dir))) s = no_memory();
    if (s >= 0) s = prepare(w, path, d, n, shard_bytes);
    if (s < 0)
        sc__safetensors_writer_abandon(w);
    else
        *out = w;
    return s;
}

sc_status sc__safetensors_writer_open(sc_safetensors_writer **out, const char *path,
                                      const sc_safetensor_decl *d, int64_t n) {
    return open_writer(out, path, NULL, d, n, UINT64_MAX);
}

sc_status sc__safetensors_writer_open_dir(sc_safetensors_writer **out, const char *dir,
                                          const sc_safetensor_decl *d, int64_t n,
                                          uint64_t shard_bytes) {
    return open_writer(out, dir, dir, d, n, shard_bytes);
}

int64_t sc__safetensors_writer_next(const sc_safetensors_writer *w) {
    return w->at < w->n ? w->items[w->at].index : -1;
}

void sc__safetensors_writer_append(sc_safetensors_writer *w, const void *bytes, size_t n) {
    if (!n) return;
    sc_assert(w->at < w->n && n <= w->items[w->at].bytes - w->done);
    sc_writer *file = &w->shards[w->items[w->at].shard].file;
    sc__writer_append(file, bytes, n);
    if (w->status >= 0) w->status = file->status;
    w->done += n;
    skip_empty(w);
}

/* Only one of the two may stay: readers look for the single file first. */
static sc_status remove_other(sc_safetensors_writer *w, const char *name) {
    const char *path = sc__path_join(&w->arena, w->dir, name);
    return path ? sc__dir_remove(path) : no_memory();
}

sc_status sc__safetensors_writer_commit(sc_safetensors_writer *w) {
    sc_assert(w->status < 0 || w->at == w->n);
    sc_status s = w->status;
    for (int i = 0; i < w->n_shards && s >= 0; i++) {
        w->shards[i].open = false;
        s = sc__writer_commit(&w->shards[i].file);
    }
    const char *index = "model.safetensors.index.json";
    if (s >= 0 && w->n_shards > 1) {
        const char *path = sc__path_join(&w->arena, w->dir, index);
        s = path ? write_index(w, path) : no_memory();
        if (s >= 0) s = remove_other(w, "model.safetensors");
    } else if (s >= 0 && w->dir) {
        s = remove_other(w, index);
    }
    sc__safetensors_writer_abandon(w);
    return s;
}

void sc__safetensors_writer_abandon(sc_safetensors_writer *w) {
    if (!w) return;
    for (int i = 0; i < w->n_shards && w->shards; i++)
        if (w->shards[i].open) sc__writer_abandon(&w->shards[i].file);
    sc__arena_deinit(&w->arena);
    sc__free(w);
}
