/* cache.c - the allocator of blocks: a stack of free ones. Invariant: a block is on the stack or in
 * exactly one sequence. */
#include "infer/cache.h"

#include <inttypes.h>

static int64_t blocks_for(int64_t n_tokens) { return (n_tokens + SC_PAGE_ROWS - 1) / SC_PAGE_ROWS; }

static void make_tensors(sc_pages *p, const sc_model_shape *s, sc_dtype t, size_t bytes) {
    const sc_shape shape = {2, {p->n_blocks * SC_PAGE_ROWS, s->n_kv_head * s->d_head}};
    const int n_layer = (int)s->n_layer;
    for (int i = 0; i < 2 * n_layer; i++)
        p->tensors[i] = (sc_tensor){.name = i < n_layer ? "cache.k" : "cache.v",
                                    .dtype = t,
                                    .shape = shape,
                                    .data = (char *)p->memory + (size_t)i * bytes};
    p->cache = (sc_cache){p->tensors, p->tensors + n_layer, n_layer, SC_PAGE_ROWS};
}

/* Bytes of one layer's keys, and of everything. */
static bool count_bytes(size_t *layer, size_t *all, const sc_model_shape *s, sc_dtype t,
                        int64_t rows) {
    return sc__mul_size((size_t)rows, (size_t)(s->n_kv_head * s->d_head), layer) &&
           sc__mul_size(*layer, sc_dtype_size(t), layer) &&
           sc__mul_size(*layer, 2 * (size_t)s->n_layer, all);
}

sc_status sc__pages_init(sc_pages *p, const sc_model *m, sc_dtype t, int64_t n_tokens) {
    size_t layer, all;
    *p = (sc_pages){.n_blocks = blocks_for(n_tokens)};
    if (p->n_blocks > INT32_MAX / SC_PAGE_ROWS ||
        !count_bytes(&layer, &all, &m->shape, t, p->n_blocks * SC_PAGE_ROWS))
        return SC_FAIL(SC_USAGE, "a cache for %" PRId64 " tokens does not fit", n_tokens);
    p->tensors = sc__calloc(2 * (size_t)m->shape.n_layer, sizeof *p->tensors);
    p->free = sc__calloc((size_t)p->n_blocks, sizeof *p->free);
    p->memory = sc__alloc(all); /* touched, and so taken, only as far as it is used */
    if (!p->tensors || !p->free || !p->memory)
        return SC_FAIL(SC_NOMEM, "cache of %" PRId64 " tokens: %zu bytes", n_tokens, all);
    make_tensors(p, &m->shape, t, layer);
    while (p->n_free < p->n_blocks) {
        p->free[p->n_free] = (int32_t)(p->n_blocks - 1 - p->n_free);
        p->n_free++;
    }
    return SC_OK;
}

void sc__pages_deinit(sc_pages *p) {
    sc__free(p->tensors);
    sc__free(p->free);
    sc__free(p->memory);
    *p = (sc_pages){0};
}

sc_status sc__sequence_init(sc_sequence *s, int64_t max_tokens) {
    *s = (sc_sequence){.max_blocks = blocks_for(max_tokens)};
    s->blocks = sc__calloc((size_t)s->max_blocks, sizeof *s->blocks);
    return s->blocks ? SC_OK : SC_FAIL(SC_NOMEM, "block table");
}

void sc__sequence_deinit(sc_sequence *s, sc_pages *p) {
    sc__sequence_truncate(s, p, 0);
    sc__free(s->blocks);
    *s = (sc_sequence){0};
}

sc_status sc__sequence_extend(sc_sequence *s, sc_pages *p, int64_t more) {
    const int64_t want = blocks_for(s->n + more);
    if (want > s->max_blocks || want - s->n_blocks > p->n_free)
        return SC_FAIL(SC_NOMEM, "the cache has no room for token %" PRId64, s->n + more);
    while (s->n_blocks < want) s->blocks[s->n_blocks++] = p->free[--p->n_free];
    return SC_OK;
}

void sc__sequence_truncate(sc_sequence *s, sc_pages *p, int64_t n) {
    sc_assert(n <= s->n);
    s->n = n;
    while (s->n_blocks > blocks_for(n)) p->free[p->n_free++] = s->blocks[--s->n_blocks];
}
