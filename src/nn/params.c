/* params.c - declaring and drawing parameters. */
#include "nn/params.h"

#include "base/hash.h"
#include "base/random.h"
#include "tensor/dtype.h"

#include <stdio.h>
#include <string.h>

void sc__params_init(sc_params *p) {
    *p = (sc_params){0};
    p->bad.t.name = "(failed)";
}

void sc__params_deinit(sc_params *p) {
    for (int i = 0; i < p->n; i++) sc__free(p->list[i]->owned);
    sc__arena_deinit(&p->arena);
    p->n = 0;
}

sc_status sc__params_status(const sc_params *p) {
    if (p->status == SC_NOMEM) return SC_FAIL(SC_NOMEM, "the parameters of a model");
    return p->status;
}

static sc_param *fail(sc_params *p) {
    p->status = SC_NOMEM;
    return &p->bad;
}

static bool push(sc_params *p, sc_param *param) {
    if (p->n == p->capacity) {
        const int capacity = p->capacity ? 2 * p->capacity : 64;
        sc_param **list = sc__arena_array(&p->arena, (size_t)capacity, sizeof *list);
        if (!list) return false;
        if (p->n) memcpy(list, p->list, (size_t)p->n * sizeof *list);
        p->list = list;
        p->capacity = capacity;
    }
    p->list[p->n++] = param;
    return true;
}

sc_param *sc__param_new(sc_params *p, const char *name, int64_t rows, int64_t cols, sc_init init) {
    if (p->status < 0) return &p->bad;
    sc_param *param = sc__arena_alloc(&p->arena, sizeof *param);
    if (!param || !push(p, param)) return fail(p);
    param->t.name = sc__arena_printf(&p->arena, "%s%s", p->prefix, name);
    if (!param->t.name) return fail(p);
    param->t.shape = rows ? (sc_shape){2, {rows, cols}} : (sc_shape){1, {cols}};
    param->t.dtype = SC_F32;
    param->init = init;
    return param;
}

void *sc__params_array(sc_params *p, int64_t n, size_t size) {
    void *a = p->status < 0 ? NULL : sc__arena_array(&p->arena, (size_t)n + 1, size);
    if (!a) p->status = SC_NOMEM;
    return a;
}

void sc__params_layer(sc_params *p, int i) {
    if (i < 0)
        p->prefix[0] = 0;
    else
        snprintf(p->prefix, sizeof p->prefix, "blk.%d.", i);
}

sc_param *sc__params_find(const sc_params *p, const char *role) {
    for (int i = 0; i < p->n; i++)
        if (!strcmp(p->list[i]->t.name, role)) return p->list[i];
    return NULL;
}

int64_t sc__params_count(const sc_params *p) {
    int64_t n = 0;
    for (int i = 0; i < p->n; i++) n += sc_shape_elements(&p->list[i]->t.shape);
    return n;
}

static void draw(const sc_param *p, float *to, uint64_t seed) {
    const uint64_t stream = sc__hash64(p->t.name, strlen(p->t.name), 0);
    const int64_t n = sc_shape_elements(&p->t.shape);
    for (int64_t i = 0; i < n; i++)
        to[i] = p->init.kind == SC_INIT_NORMAL
                    ? p->init.std * sc__random_normal(seed, stream, (uint64_t)i)
                : p->init.kind == SC_INIT_ONE ? 1.0f
                                              : 0.0f;
}

sc_status sc__params_randomize(sc_params *p, uint64_t seed) {
    SC_TRY(sc__params_status(p));
    for (int i = 0; i < p->n; i++) {
        sc_param *param = p->list[i];
        size_t bytes;
        SC_TRY(sc__shape_bytes(&bytes, &param->t.shape, SC_F32));
        param->owned = sc__alloc(bytes);
        if (!param->owned)
            return SC_FAIL(SC_NOMEM, "parameter %s: %zu bytes", param->t.name, bytes);
        param->t.dtype = SC_F32;
        param->t.data = param->owned;
        draw(param, param->owned, seed);
    }
    return SC_OK;
}
