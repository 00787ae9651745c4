/* test_parity.c - every family against transformers: logits, losses, hidden states and the gradient
 * of every parameter, on the golden models of tests/parity/families.py; with and without fusion,
 * memory sharing and recomputation. */
#include "test.h"

#include "base/file.h"
#include "objective/causal_lm.h"

typedef struct {
    const char *backend;
    bool fusion, sharing, recompute;
    int threads;
} mode;

typedef struct {
    const char *dir;
    sc_model *model;
    sc_safetensors *io;
    sc_machine *machine;
    sc_graph *g;
    sc_node *logits, *loss, *layers[8];
    float **grads;
    int64_t B, T;
} rig;

static const char *data(const char *dir, const char *file) {
    static char path[2][300];
    static int i;
    char *p = path[i++ & 1];
    snprintf(p, sizeof path[0], "golden/%s%s%s", dir, file ? "/" : "", file ? file : "");
    return test_data(p);
}

static const sc_safetensor *want(const rig *r, const char *name) {
    const sc_safetensor *t = sc__safetensors_find(r->io, name);
    if (!t) test_fail(__FILE__, __LINE__, "%s: io.safetensors lacks %s", r->dir, name);
    return t;
}

static sc_node *int_input(rig *r, const char *name, const int32_t *from) {
    const int64_t n = r->B * r->T;
    sc_node *node = sc_input_tokens(r->g, name, SC_I32, (sc_shape){1, {n}});
    memcpy(sc_node_data(node), from, (size_t)n * sizeof *from);
    return node;
}

static void fill_batch(rig *r, sc_batch *b) {
    int32_t positions[64], *offsets;
    for (int64_t i = 0; i < r->B * r->T; i++) positions[i] = (int32_t)(i % r->T);
    b->tokens = int_input(r, "tokens", (const int32_t *)want(r, "input_ids")->data);
    b->positions = int_input(r, "positions", positions);
    b->offsets = sc_input(r->g, "offsets", SC_I32, (sc_shape){1, {r->B + 1}});
    offsets = sc_node_data(b->offsets);
    for (int64_t i = 0; i <= r->B; i++) offsets[i] = (int32_t)(i * r->T);
}

static void build(rig *r, const char *dir, mode m) {
    *r = (rig){.dir = dir};
    const sc_model_options o = {.trainable = true};
    CHECK_OK(sc_model_load(&r->model, data(dir, NULL), &o));
    CHECK_OK(sc__safetensors_open(&r->io, data(dir, "io.safetensors")));
    CHECK_OK(sc_machine_open(&r->machine, m.backend, m.threads));
    CHECK_OK(sc_graph_open(&r->g, r->machine));
    sc_graph_set_fusion(r->g, m.fusion);
    sc_graph_set_sharing(r->g, m.sharing);
    sc_graph_set_recompute(r->g, m.recompute);
    r->B = want(r, "input_ids")->shape.dim[0];
    r->T = want(r, "input_ids")->shape.dim[1];
    r->grads = sc__calloc((size_t)r->model->params.n, sizeof *r->grads);
    for (int i = 0; i < r->model->params.n; i++) {
        sc_tensor *t = &r->model->params.list[i]->t;
        t->grad = r->grads[i] = sc__calloc((size_t)sc_shape_elements(&t->shape), sizeof(float));
    }
    sc_batch b = {.g = r->g, .dtype = SC_F32};
    fill_batch(r, &b);
    sc_node *targets = int_input(r, "targets", (const int32_t *)want(r, "targets")->data);
    sc_node *weights = sc_input_tokens(r->g, "weights", SC_F32, (sc_shape){1, {r->B * r->T}});
    int n = 0;
    for (int64_t i = 0; i < r->B * r->T; i++) n += ((int32_t *)sc_node_data(targets))[i] >= 0;
    for (int64_t i = 0; i < r->B * r->T; i++) ((float *)sc_node_data(weights))[i] = 1 / (float)n;
    const sc_model_out out = sc__model_forward(r->model, &b, r->layers);
    const sc_causal_lm lm = {targets, weights, 0};
    r->logits = sc__causal_lm_logits(r->model, &b, out.hidden);
    r->loss = sc__causal_lm_loss(r->model, &b, out.hidden, &lm);
    sc_keep(r->g, r->logits);
    sc_keep(r->g, r->loss);
    if (!m.recompute)
        for (int i = 0; i <= r->model->shape.n_layer; i++) sc_keep(r->g, r->layers[i]);
    sc_graph_backward(r->g, r->loss);
    CHECK_OK(sc_graph_run(r->g, NULL));
}

static void destroy(rig *r) {
    sc_graph_close(r->g);
    sc_machine_close(r->machine);
    for (int i = 0; i < r->model->params.n; i++) sc__free(r->grads[i]);
    sc__free(r->grads);
    sc_model_close(r->model);
    sc__safetensors_close(r->io);
}

static void compare(const char *dir, const char *what, const float *got, const sc_safetensor *ref,
                    double bound) {
    const int64_t n = sc_shape_elements(&ref->shape);
    float *all = sc__alloc((size_t)n * sizeof *all);
    double top = 1;
    CHECK_OK(sc__safetensor_read(all, SC_F32, ref, 0, n));
    for (int64_t i = 0; i < n; i++) top = fmax(top, fabs((double)all[i]));
    for (int64_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)all[i]) <= bound * top))
            test_fail(__FILE__, __LINE__, "%s: %s[%lld] is %.9g, transformers has %.9g", dir, what,
                      (long long)i, (double)got[i], (double)all[i]);
    sc__free(all);
}

static void check_gradients(const rig *r) {
    sc_safetensors *grads;
    CHECK_OK(sc__safetensors_open(&grads, data(r->dir, "grads.safetensors")));
    int seen = 0;
    for (int i = 0; i < r->model->params.n; i++) {
        const sc_param *p = r->model->params.list[i];
        const sc_safetensor *t = sc__safetensors_find(grads, p->key);
        if (!t) test_fail(__FILE__, __LINE__, "%s: no golden gradient of %s", r->dir, p->key);
        compare(r->dir, p->key, p->t.grad, t, 1e-4);
        seen++;
    }
    CHECK_INT(seen, grads->n);
    sc__safetensors_close(grads);
}

static void check_family(const char *dir, mode m) {
    rig r;
    build(&r, dir, m);
    compare(dir, "logits", sc_node_data(r.logits), want(&r, "logits_f64"), 1e-5);
    compare(dir, "loss", sc_node_data(r.loss), want(&r, "loss_targets_f64"), 1e-5);
    for (int i = 0; !m.recompute && i <= r.model->shape.n_layer; i++) {
        char name[20];
        snprintf(name, sizeof name, "hidden.%d", i);
        compare(dir, name, sc_node_data(r.layers[i]), want(&r, name), 1e-5);
    }
    check_gradients(&r);
    destroy(&r);
}

static void check_modes(const char *dir) {
    const mode modes[] = {{"ref", false, false, false, 1},
                          {"ref", true, true, false, 1},
                          {"cpu", true, true, false, 2},
                          {"cpu", false, true, true, 2},
                          {"cpu", true, true, true, 7}};
    for (int i = 0; i < SC_LEN(modes); i++) check_family(dir, modes[i]);
}

TEST(gpt2, "model/gpt/gpt2") { check_modes("gpt2"); }
TEST(gpt3, "model/gpt/gpt3-shape") { check_modes("gpt3-shape"); }
TEST(gpt1, "model/gpt/openai-gpt") { check_modes("openai-gpt"); }
TEST(llama, "model/llama/llama") { check_modes("llama"); }
TEST(llama3, "model/llama/llama3") { check_modes("llama3"); }
TEST(llama_untied, "model/llama/untied") { check_modes("llama-untied"); }
TEST(llama_options, "model/llama/options") { check_modes("llama-options"); }

TEST(llama_sharded,
     "model/llama/sharded") { /* the same weights in seven files give the same bits */
    sc_model *whole, *sharded;
    CHECK_OK(sc_model_load(&whole, data("llama", NULL), NULL));
    CHECK_OK(sc_model_load(&sharded, data("llama-sharded", NULL), NULL));
    CHECK_INT(whole->params.n, sharded->params.n);
    for (int i = 0; i < whole->params.n; i++) {
        const sc_tensor *a = &whole->params.list[i]->t, *b = &sharded->params.list[i]->t;
        CHECK(!memcmp(a->data, b->data, (size_t)sc_shape_elements(&a->shape) * sizeof(float)));
    }
    sc_model_close(whole);
    sc_model_close(sharded);
}
