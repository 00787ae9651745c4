/* model.c - from a configuration to a model, loading and saving. */
#include "model/model.h"

#include "base/file.h"
#include "base/json.h"
#include "tensor/dtype.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FAMILY(id, type, architecture, prefix, source) extern const sc_family sc__family_##id;
#include "model/families.def"
#undef FAMILY

const sc_family_row sc__families[] = {
#define FAMILY(id, type, architecture, prefix, source)                                             \
    {type, architecture, prefix, source, &sc__family_##id},
#include "model/families.def"
#undef FAMILY
};
const int sc__n_families = SC_LEN(sc__families);

const char *sc_model_family(int i) {
    return i >= 0 && i < sc__n_families ? sc__families[i].model_type : NULL;
}

/* ---- declaring ------------------------------------------------------------------------------- */

static sc_status find_family(const sc_family_row **out, const json_t *config, const char *path) {
    const char *type;
    char known[256] = "";
    if (!json_is_object(config)) return SC_FAIL(SC_FORMAT, "%s: is not a JSON object", path);
    SC_TRY(sc__json_get_string(&type, config, "model_type", NULL, path));
    if (!type) return SC_FAIL(SC_FORMAT, "%s: model_type is missing", path);
    for (int i = 0; i < sc__n_families; i++) {
        if (!strcmp(type, sc__families[i].model_type)) {
            *out = &sc__families[i];
            return SC_OK;
        }
        const size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", sc__families[i].model_type);
    }
    return SC_FAIL(SC_UNSUPPORTED, "%s: model_type \"%s\" is not known; there are %s", path, type,
                   known);
}

/* "blk.3.attn_q.weight" with the row {"blk.%d.attn_q", "h.%d.q"} becomes "PREFIXh.3.q.weight". */
static const char *checkpoint_name(sc_model *m, const char *role) {
    const char *suffix = strrchr(role, '.');
    int layer = -1, skip = 0;
    char pattern[96], found[96];
    if (sscanf(role, "blk.%d.%n", &layer, &skip) == 1)
        snprintf(pattern, sizeof pattern, "blk.%%d.%.*s", (int)(suffix - role - skip), role + skip);
    else
        snprintf(pattern, sizeof pattern, "%.*s", (int)(suffix - role), role);
    if (!strcmp(pattern, "output")) /* the head stands beside the base model */
        return sc__arena_printf(&m->params.arena, "%s%s", m->row->family->head, suffix);
    for (const sc_name *n = m->row->family->names; n->ours; n++) {
        if (strcmp(n->ours, pattern)) continue;
        const char *d = strstr(n->theirs, "%d");
        if (d)
            snprintf(found, sizeof found, "%.*s%d%s", (int)(d - n->theirs), n->theirs, layer,
                     d + 2);
        else
            snprintf(found, sizeof found, "%s", n->theirs);
        return sc__arena_printf(&m->params.arena, "%s%s%s", m->row->prefix, found, suffix);
    }
    sc_assert(!"a role without a row in the family's table of names");
    return NULL;
}

static sc_status check_sizes(const sc_model *m, const char *path) {
    const int64_t limit = 1 << 24;
    const sc_model_shape *s = &m->shape;
    if (s->n_vocab <= 0 || s->n_positions <= 0 || s->n_layer < 0 || s->d <= 0 ||
        s->n_vocab > limit || s->n_positions > limit || s->n_layer > 4096 || s->d > 1 << 20 ||
        s->d_head <= 0 || s->d_head > 1 << 16 || s->n_kv_head > 1 << 16)
        return SC_FAIL(SC_FORMAT,
                       "%s: a size is out of range: vocabulary %" PRId64 ", positions %" PRId64
                       ", layers %" PRId64 ", width %" PRId64,
                       path, s->n_vocab, s->n_positions, s->n_layer, s->d);
    return SC_OK;
}

static sc_status fill(sc_model *m, const char *path) {
    SC_TRY(find_family(&m->row, m->config, path));
    const sc_family *f = m->row->family;
    m->self = sc__params_array(&m->params, 1, f->size);
    if (!m->self) return SC_FAIL(SC_NOMEM, "%s: model", path);
    SC_TRY(sc__config_read(f->fields, m->self, m->config, &m->params.arena, path));
    SC_TRY(f->check(m->self, path));
    m->shape = f->shape(m->self);
    SC_TRY(check_sizes(m, path));
    f->declare(m->self, &m->params);
    SC_TRY(sc__params_status(&m->params));
    for (int i = 0; i < m->params.n; i++) {
        m->params.list[i]->key = checkpoint_name(m, m->params.list[i]->t.name);
        if (!m->params.list[i]->key) return SC_FAIL(SC_NOMEM, "%s: names", path);
    }
    return SC_OK;
}

sc_status sc__model_declare(sc_model **out, json_t *config, const char *path) {
    *out = NULL;
    sc_model *m = sc__calloc(1, sizeof *m);
    if (!m) {
        json_decref(config);
        return SC_FAIL(SC_NOMEM, "model");
    }
    sc__params_init(&m->params);
    m->config = config;
    sc_status s = fill(m, path);
    if (s < 0)
        sc_model_close(m);
    else
        *out = m;
    return s;
}

void sc_model_close(sc_model *m) {
    if (!m) return;
    sc__params_deinit(&m->params);
    sc__safetensors_close(m->file);
    json_decref(m->config);
    sc__free(m);
}

/* Where a new model's configuration does not say, matrices begin with the standard deviation that
 * GPT-2 chose for its width, 0.02 at 768, scaled by the root of the width: narrow models that begin
 * with 0.02 spend many steps on growing their weights. */
static sc_status choose_range(json_t *config, int64_t d) {
    if (json_object_get(config, "initializer_range")) return SC_OK;
    json_t *range = json_real(fmin(0.1, 0.02 * sqrt(768.0 / (double)d)));
    return json_object_set_new(config, "initializer_range", range) ? SC_FAIL(SC_NOMEM, "model")
                                                                   : SC_OK;
}

static sc_status declare_new(sc_model **out, json_t *config) {
    const char *name = "model configuration";
    SC_TRY(sc__model_declare(out, json_incref(config), name));
    sc_status s = choose_range(config, (*out)->shape.d);
    sc_model_close(*out);
    *out = NULL;
    return s < 0 ? s : sc__model_declare(out, json_incref(config), name);
}

sc_status sc_model_new(sc_model **out, const char *config_json, uint64_t seed) {
    json_t *config;
    sc_model *m = NULL;
    *out = NULL;
    SC_TRY(sc__json_parse(&config, config_json, strlen(config_json), "model configuration"));
    sc_status s = declare_new(&m, config);
    json_decref(config);
    if (s >= 0) s = sc__params_randomize(&m->params, seed);
    if (s < 0)
        sc_model_close(m);
    else
        *out = m;
    return s;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* Checkpoints of the base model alone lack the prefix ("wte.weight" for "transformer.wte.weight").
 */
static const sc_safetensor *find_tensor(const sc_model *m, const char *key) {
    const sc_safetensor *t = sc__safetensors_find(m->file, key);
    const size_t n = strlen(m->row->prefix);
    if (!t && n && !strncmp(key, m->row->prefix, n)) t = sc__safetensors_find(m->file, key + n);
    return t;
}

static sc_status read_param(sc_model *m, sc_param *p, const char *dir, bool own) {
    const sc_safetensor *t = find_tensor(m, p->key);
    if (!t) return SC_FAIL(SC_FORMAT, "%s: tensor %s is missing", dir, p->key);
    SC_TRY(sc__safetensor_check(t));
    if (!sc__shape_equal(&t->shape, &p->t.shape))
        return SC_FAIL(SC_FORMAT, "%s: tensor %s has shape %s, config.json asks for %s", t->path,
                       t->name, sc__shape_text(&t->shape), sc__shape_text(&p->t.shape));
    const bool is_view = !own && sc__safetensor_aligned(t) &&
                         (t->dtype == SC_F32 || (p->t.shape.n_dims == 2 && t->dtype == SC_BF16));
    if (is_view) {
        p->t.dtype = t->dtype;
        p->t.data = (void *)(uintptr_t)t->data; /* never written: no gradient, no optimizer */
        return SC_OK;
    }
    size_t bytes;
    SC_TRY(sc__shape_bytes(&bytes, &p->t.shape, SC_F32));
    p->owned = sc__alloc(bytes);
    if (!p->owned) return SC_FAIL(SC_NOMEM, "parameter %s: %zu bytes", p->t.name, bytes);
    p->t.dtype = SC_F32;
    p->t.data = p->owned;
    return sc__safetensor_read(p->owned, SC_F32, t, 0, sc_shape_elements(&p->t.shape));
}

static sc_status load(sc_model **out, sc_arena *a, const char *dir, bool trainable) {
    json_t *config;
    sc_model *m;
    const char *path = sc__path_join(a, dir, "config.json");
    if (!path) return SC_FAIL(SC_NOMEM, "%s", dir);
    if (!sc__path_is_dir(dir)) return SC_FAIL(SC_IO, "%s: is not a model directory", dir);
    SC_TRY(sc__json_load(&config, path));
    SC_TRY(sc__model_declare(&m, config, path));
    sc_status s = sc__safetensors_open(&m->file, dir);
    for (int i = 0; s >= 0 && i < m->params.n; i++)
        s = read_param(m, m->params.list[i], dir, trainable);
    if (s >= 0 && trainable) {
        sc__safetensors_close(m->file);
        m->file = NULL;
    }
    if (s < 0)
        sc_model_close(m);
    else
        *out = m;
    return s;
}

sc_status sc_model_load(sc_model **out, const char *dir, const sc_model_options *o) {
    sc_arena a = SC_ARENA_INIT;
    *out = NULL;
    sc_status s = load(out, &a, dir, o && o->trainable);
    sc__arena_deinit(&a);
    return s;
}

sc_status sc__model_convert(sc_model *m, sc_dtype t) {
    for (int i = 0; i < m->params.n; i++) {
        sc_param *p = m->params.list[i];
        const sc_dtype to = p->t.shape.n_dims == 2 ? t : SC_F32;
        size_t bytes;
        if (p->t.dtype == to) continue;
        SC_TRY(sc__shape_bytes(&bytes, &p->t.shape, to));
        void *data = sc__alloc(bytes);
        if (!data) return SC_FAIL(SC_NOMEM, "parameter %s: %zu bytes", p->t.name, bytes);
        sc_status s = sc__convert(data, to, p->t.data, p->t.dtype, sc_shape_elements(&p->t.shape));
        sc__free(p->owned);
        p->owned = p->t.data = data;
        p->t.dtype = to;
        SC_TRY(s);
    }
    return SC_OK;
}

/* ---- saving ---------------------------------------------------------------------------------- */

static const uint64_t shard_bytes = 5000000000u; /* as transformers shards */

static sc_status save_config(const sc_model *m, const char *path, sc_dtype t) {
    json_t *c = json_deep_copy(m->config);
    if (!c) return SC_FAIL(SC_NOMEM, "%s", path);
    sc_status s = sc__config_write(m->row->family->fields, m->self, c);
    int bad = json_object_set_new(c, "model_type", json_string(m->row->model_type)) |
              json_object_set_new(c, "architectures", json_pack("[s]", m->row->architecture)) |
              json_object_set_new(c, json_object_get(c, "dtype") ? "dtype" : "torch_dtype",
                                  json_string(sc_dtype_name(t)));
    if (s >= 0) s = bad ? SC_FAIL(SC_NOMEM, "%s", path) : sc__json_save(c, path);
    json_decref(c);
    return s;
}

static sc_status save_generation_config(const sc_model *m, const char *path) {
    json_t *c = json_object();
    const char *keys[] = {"bos_token_id", "eos_token_id", "pad_token_id"};
    int bad = !c || json_object_set_new(c, "_from_model_config", json_true());
    for (int i = 0; i < SC_LEN(keys); i++) {
        json_t *v = json_object_get(m->config, keys[i]);
        if (v && !json_is_null(v)) bad |= json_object_set(c, keys[i], v);
    }
    sc_status s = bad ? SC_FAIL(SC_NOMEM, "%s", path) : sc__json_save(c, path);
    json_decref(c);
    return s;
}

static sc_status write_tensor(sc_safetensors_writer *w, const sc_param *p, sc_dtype t) {
    enum { CHUNK = 1 << 16 };
    const int64_t n = sc_shape_elements(&p->t.shape);
    if (p->t.dtype == t) {
        sc__safetensors_writer_append(w, p->t.data, (size_t)n * sc_dtype_size(t));
        return SC_OK;
    }
    char *chunk = sc__alloc(CHUNK * sc_dtype_size(t));
    if (!chunk) return SC_FAIL(SC_NOMEM, "%s", p->key);
    sc_status s = SC_OK;
    for (int64_t i = 0; s >= 0 && i < n; i += CHUNK) {
        const int64_t count = SC_MIN(n - i, (int64_t)CHUNK);
        const char *from = (const char *)p->t.data + (size_t)i * sc_dtype_size(p->t.dtype);
        s = sc__convert(chunk, t, from, p->t.dtype, count);
        if (s >= 0) sc__safetensors_writer_append(w, chunk, (size_t)count * sc_dtype_size(t));
    }
    sc__free(chunk);
    return s;
}

static sc_status save_tensors(const sc_model *m, sc_arena *a, const char *dir, sc_dtype t) {
    const int n = m->params.n;
    sc_safetensor_decl *d = sc__arena_array(a, (size_t)n + 1, sizeof *d);
    if (!d) return SC_FAIL(SC_NOMEM, "%s", dir);
    for (int i = 0; i < n; i++)
        d[i] = (sc_safetensor_decl){m->params.list[i]->key, t, m->params.list[i]->t.shape};
    sc_safetensors_writer *w;
    SC_TRY(sc__safetensors_writer_open_dir(&w, dir, d, n, shard_bytes));
    sc_status s = SC_OK;
    for (int64_t i; s >= 0 && (i = sc__safetensors_writer_next(w)) >= 0;)
        s = write_tensor(w, m->params.list[i], t);
    if (s >= 0) return sc__safetensors_writer_commit(w);
    sc__safetensors_writer_abandon(w);
    return s;
}

sc_status sc_model_save(const sc_model *m, const char *dir, sc_dtype t) {
    if (t != SC_F32 && t != SC_BF16 && t != SC_F16)
        return SC_FAIL(SC_USAGE, "models are saved as float32, bfloat16 or float16");
    sc_arena a = SC_ARENA_INIT;
    const char *config = sc__path_join(&a, dir, "config.json");
    const char *generation = sc__path_join(&a, dir, "generation_config.json");
    sc_status s = config && generation ? sc__dir_make(dir) : SC_FAIL(SC_NOMEM, "%s", dir);
    if (s >= 0) s = save_tensors(m, &a, dir, t);
    if (s >= 0) s = save_config(m, config, t);
    if (s >= 0) s = save_generation_config(m, generation);
    sc__arena_deinit(&a);
    return s;
}

/* ---- looking --------------------------------------------------------------------------------- */

const char *sc_model_type(const sc_model *m) { return m->row->model_type; }
int64_t sc_model_n_params(const sc_model *m) { return sc__params_count(&m->params); }
int64_t sc_model_n_vocab(const sc_model *m) { return m->shape.n_vocab; }
int64_t sc_model_n_positions(const sc_model *m) { return m->shape.n_positions; }
int sc_model_n_tensors(const sc_model *m) { return m->params.n; }

sc_model_tensor sc_model_get_tensor(const sc_model *m, int i) {
    const sc_param *p = m->params.list[i];
    return (sc_model_tensor){p->t.name, p->key, p->t.dtype, p->t.shape};
}

sc_model_out sc__model_forward(const sc_model *m, const sc_batch *b, sc_node **layers) {
    return (sc_model_out){m->row->family->forward(m->self, b, layers), layers};
}

sc_param *sc__model_head(const sc_model *m) {
    sc_param *own = sc__params_find(&m->params, "output.weight");
    return own ? own : sc__params_find(&m->params, "token_embd.weight");
}
