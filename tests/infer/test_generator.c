/* test_generator.c - decoding with a cache against transformers: every logit of the golden texts
 * token by token, and the greedy continuations, however the prompt is cut and whatever the threads;
 * several sequences in one ragged batch. */
#include "test.h"

#include "infer/engine.h"
#include "socle/generate.h"

typedef struct {
    const char *dir;
    sc_model *model;
    sc_safetensors *io;
    sc_machine *machine;
} rig;

static void rig_open(rig *r, const char *dir, int threads) {
    char path[200];
    *r = (rig){.dir = dir};
    snprintf(path, sizeof path, "golden/%s", dir);
    CHECK_OK(sc_model_load(&r->model, test_data(path), NULL));
    snprintf(path, sizeof path, "golden/%s/io.safetensors", dir);
    CHECK_OK(sc__safetensors_open(&r->io, test_data(path)));
    CHECK_OK(sc_machine_open(&r->machine, NULL, threads));
}

static void rig_close(rig *r) {
    sc_machine_close(r->machine);
    sc__safetensors_close(r->io);
    sc_model_close(r->model);
}

static const sc_safetensor *want(const rig *r, const char *name) {
    const sc_safetensor *t = sc__safetensors_find(r->io, name);
    if (!t) test_fail(__FILE__, __LINE__, "%s: io.safetensors lacks %s", r->dir, name);
    return t;
}

/* Row i of a matrix of ids. */
static const int32_t *ids_of(const sc_safetensor *t, int64_t row) {
    return (const int32_t *)t->data + row * t->shape.dim[1];
}

/* The logits of the full forward, (B * T, V), to be freed; *top is max(1, largest). */
static float *golden_logits(const rig *r, double *top) {
    const sc_safetensor *t = want(r, "logits_f64");
    const int64_t n = sc_shape_elements(&t->shape);
    float *all = sc__alloc((size_t)n * sizeof *all);
    CHECK_OK(sc__safetensor_read(all, SC_F32, t, 0, n));
    *top = 1;
    for (int64_t i = 0; i < n; i++) *top = fmax(*top, fabs((double)all[i]));
    return all;
}

static void near_golden(const rig *r, const float *got, const float *ref, double top) {
    for (int64_t i = 0; i < r->model->shape.n_vocab; i++)
        if (!(fabs((double)got[i] - (double)ref[i]) <= 1e-5 * top))
            test_fail(__FILE__, __LINE__, "%s: logit %lld is %.9g, the full forward has %.9g",
                      r->dir, (long long)i, (double)got[i], (double)ref[i]);
}

/* ---- against transformers -------------------------------------------------------------------- */

static void check_steps(rig *r) {
    const sc_safetensor *in = want(r, "input_ids");
    const int64_t T = in->shape.dim[1], V = r->model->shape.n_vocab;
    double top;
    float *logits = golden_logits(r, &top);
    sc_generator *g;
    CHECK_OK(sc_generator_open(&g, r->model, r->machine, NULL));
    for (int64_t b = 0; b < in->shape.dim[0]; b++)
        for (int64_t t = 0; t < T; t++) {
            const int32_t *ids = ids_of(in, b);
            CHECK_OK(t ? sc_generator_push(g, ids[t]) : sc_generator_prompt(g, ids, 1));
            near_golden(r, sc_generator_logits(g), logits + (b * T + t) * V, top);
        }
    sc_generator_close(g);
    sc__free(logits);
}

static void check_greedy(rig *r, int64_t chunk) {
    const sc_safetensor *prompt = want(r, "greedy_prompt"), *answer = want(r, "greedy");
    const sc_generator_options o = {.chunk = chunk};
    const sc_sampling greedy = SC_SAMPLING_INIT;
    sc_generator *g;
    CHECK_OK(sc_generator_open(&g, r->model, r->machine, &o));
    for (int64_t b = 0; b < prompt->shape.dim[0]; b++) {
        CHECK_OK(sc_generator_prompt(g, ids_of(prompt, b), prompt->shape.dim[1]));
        for (int64_t i = 0; i < answer->shape.dim[1]; i++) {
            int32_t id;
            CHECK_OK(sc_generator_sample(g, &id, &greedy));
            CHECK_INT(id, ids_of(answer, b)[i]);
            if (i + 1 < answer->shape.dim[1]) CHECK_OK(sc_generator_push(g, id));
        }
    }
    sc_generator_close(g);
}

static void check_family(const char *dir) {
    const int threads[] = {1, 2, 7};
    for (int i = 0; i < SC_LEN(threads); i++) {
        rig r;
        rig_open(&r, dir, threads[i]);
        check_steps(&r);
        for (int64_t chunk = 1; chunk <= 6; chunk++) check_greedy(&r, chunk);
        check_greedy(&r, 0);
        rig_close(&r);
    }
}

TEST(gpt2, "infer/generator/gpt2") { check_family("gpt2"); }
TEST(gpt3, "infer/generator/gpt3-shape") { check_family("gpt3-shape"); }
TEST(gpt1, "infer/generator/openai-gpt") { check_family("openai-gpt"); }
TEST(llama, "infer/generator/llama") { check_family("llama"); }
TEST(llama3, "infer/generator/llama3") { check_family("llama3"); }
TEST(llama_untied, "infer/generator/llama-untied") { check_family("llama-untied"); }
TEST(llama_options, "infer/generator/llama-options") { check_family("llama-options"); }

/* ---- a ragged batch -------------------------------------------------------------------------- */

/* Takes in `n` of the rest of each text, at most; returns how many feeds that made. */
static int64_t feed(sc_feed *f, sc_sequence *s, const sc_safetensor *in, const int64_t *n) {
    int64_t count = 0;
    for (int64_t b = 0; b < in->shape.dim[0]; b++) {
        const int64_t rest = SC_MIN(n[b], in->shape.dim[1] - s[b].n);
        if (rest > 0) f[count++] = (sc_feed){&s[b], ids_of(in, b) + s[b].n, rest};
    }
    return count;
}

TEST(ragged, "infer/engine/ragged") { /* two texts advance at their own pace, in shared pages */
    rig r;
    rig_open(&r, "llama", 2);
    const sc_safetensor *in = want(&r, "input_ids");
    const int64_t T = in->shape.dim[1], V = r.model->shape.n_vocab;
    const sc_engine_options o = {.max_sequences = 2, .max_tokens = 16};
    const int64_t paces[][2] = {{3, 1}, {0, 4}, {1, 1}, {5, 2}, {1, 0}, {2, 7}, {64, 64}};
    sc_engine e;
    sc_sequence s[2];
    double top;
    float *logits = golden_logits(&r, &top);
    CHECK_INT(in->shape.dim[0], 2);
    CHECK_OK(sc__engine_init(&e, r.model, r.machine, &o));
    for (int b = 0; b < 2; b++) CHECK_OK(sc__sequence_init(&s[b], e.max_length));
    for (int i = 0; i < SC_LEN(paces); i++) {
        sc_feed f[2];
        int64_t n = feed(f, s, in, paces[i]);
        if (n == 2 && f[0].n + f[1].n > 16) f[0].n = f[1].n = SC_MIN(8, SC_MIN(f[0].n, f[1].n));
        if (n == 0) continue;
        CHECK_OK(sc__engine_run(&e, f, n));
        for (int64_t k = 0; k < n; k++) {
            const int64_t b = f[k].sequence - s;
            near_golden(&r, sc__engine_logits(&e, k), logits + (b * T + s[b].n - 1) * V, top);
        }
    }
    for (int b = 0; b < 2; b++) sc__sequence_deinit(&s[b], &e.pages);
    CHECK_INT(e.pages.n_free, e.pages.n_blocks);
    sc__free(logits);
    sc__engine_deinit(&e);
    rig_close(&r);
}

TEST(full, "infer/engine/full") { /* a cache that is full refuses and leaves all as it was */
    rig r;
    rig_open(&r, "llama", 1);
    const sc_engine_options o = {.max_sequences = 2, .cache_tokens = SC_PAGE_ROWS};
    int32_t ids[SC_PAGE_ROWS + 1] = {0};
    sc_engine e;
    sc_sequence s[2];
    CHECK_OK(sc__engine_init(&e, r.model, r.machine, &o));
    for (int b = 0; b < 2; b++) CHECK_OK(sc__sequence_init(&s[b], e.max_length));
    const sc_feed both[] = {{&s[0], ids, 3}, {&s[1], ids, 2}};
    CHECK_STATUS(SC_NOMEM, sc__engine_run(&e, both, 2));
    CHECK_ERROR("no room");
    CHECK_INT(s[0].n_blocks + s[1].n_blocks, 0);
    CHECK_OK(sc__engine_run(&e, both, 1));
    const sc_feed bad = {&s[0], (int32_t[]){96}, 1};
    CHECK_STATUS(SC_USAGE, sc__engine_run(&e, &(sc_feed){&s[0], (int32_t[]){-1}, 1}, 1));
    CHECK_STATUS(r.model->shape.n_vocab > 96 ? SC_OK : SC_USAGE, sc__engine_run(&e, &bad, 1));
    for (int b = 0; b < 2; b++) sc__sequence_deinit(&s[b], &e.pages);
    sc__engine_deinit(&e);
    rig_close(&r);
}

/* ---- one text -------------------------------------------------------------------------------- */

TEST(prefix, "infer/generator/prefix") { /* what two prompts share is not run again */
    rig r;
    rig_open(&r, "gpt2", 1);
    const sc_safetensor *in = want(&r, "input_ids");
    int32_t ids[10], other[10];
    sc_generator *g, *fresh;
    memcpy(ids, ids_of(in, 0), sizeof ids);
    memcpy(other, ids, sizeof other);
    other[6] = (other[6] + 1) % 90;
    CHECK_OK(sc_generator_open(&g, r.model, r.machine, NULL));
    CHECK_OK(sc_generator_open(&fresh, r.model, r.machine, NULL));
    CHECK_OK(sc_generator_prompt(g, ids, 10));
    CHECK_INT(sc_generator_reused(g), 0);
    CHECK_OK(sc_generator_prompt(g, other, 10));
    CHECK_INT(sc_generator_reused(g), 6);
    CHECK_OK(sc_generator_prompt(g, ids, 7));
    CHECK_INT(sc_generator_reused(g), 6);
    CHECK_OK(sc_generator_prompt(g, ids, 7));
    CHECK_INT(sc_generator_reused(g), 6);
    CHECK_OK(sc_generator_prompt(fresh, ids, 7));
    for (int64_t i = 0; i < r.model->shape.n_vocab; i++)
        CHECK_NEAR(sc_generator_logits(g)[i], sc_generator_logits(fresh)[i], 1e-5);
    sc_generator_reset(g);
    CHECK_OK(sc_generator_prompt(g, ids, 7));
    CHECK_INT(sc_generator_reused(g), 0);
    sc_generator_close(g);
    sc_generator_close(fresh);
    rig_close(&r);
}

TEST(context, "infer/generator/context") {
    rig r;
    rig_open(&r, "gpt2", 1);
    const int32_t ids[] = {1, 2, 3, 4, 5};
    sc_generator_options o = {.context = r.model->shape.n_positions + 1};
    const sc_sampling greedy = SC_SAMPLING_INIT;
    sc_generator *g;
    int32_t id;
    CHECK_STATUS(SC_USAGE, sc_generator_open(&g, r.model, r.machine, &o));
    CHECK_ERROR("positions");
    o.context = 4;
    CHECK_OK(sc_generator_open(&g, r.model, r.machine, &o));
    CHECK_STATUS(SC_USAGE, sc_generator_sample(g, &id, &greedy));
    CHECK_STATUS(SC_USAGE, sc_generator_prompt(g, ids, 0));
    CHECK_STATUS(SC_USAGE, sc_generator_prompt(g, ids, 5));
    CHECK_ERROR("5 tokens");
    CHECK_OK(sc_generator_prompt(g, ids, 3));
    CHECK_STATUS(SC_USAGE, sc_generator_push(g, 1000000));
    CHECK_ERROR("1000000");
    CHECK_STATUS(SC_OK, sc_generator_push(g, 7));
    CHECK_STATUS(SC_DONE, sc_generator_push(g, 7));
    int64_t n;
    CHECK_INT(sc_generator_ids(g, &n)[3], 7);
    CHECK_INT(n, 4);
    sc_generator_close(g);
    rig_close(&r);
}

TEST(interrupt, "infer/generator/interrupt") {
    rig r;
    rig_open(&r, "gpt2", 1);
    volatile int stop = 1;
    const sc_generator_options o = {.chunk = 2, .stop = &stop};
    const int32_t ids[] = {1, 2, 3, 4, 5};
    sc_generator *g;
    CHECK_OK(sc_generator_open(&g, r.model, r.machine, &o));
    CHECK_STATUS(SC_INTERRUPTED, sc_generator_prompt(g, ids, 5));
    stop = 0;
    CHECK_OK(sc_generator_prompt(g, ids, 5));
    sc_generator_close(g);
    rig_close(&r);
}

TEST(steps_allocate_nothing, "infer/generator/steps-allocate-nothing") {
    rig r;
    rig_open(&r, "llama3", 2);
    const sc_sampling how = {.temperature = 1, .top_k = 5, .top_p = 0.9, .repetition_penalty = 1.1};
    const int32_t ids[] = {1, 2, 3};
    sc_generator *g;
    int32_t id;
    CHECK_OK(sc_generator_open(&g, r.model, r.machine, NULL));
    CHECK_OK(sc_generator_prompt(g, ids, 3));
    CHECK_OK(sc_generator_push(g, 4));
    const int64_t before = sc__alloc_count();
    for (int i = 0; i < 8; i++) {
        CHECK_OK(sc_generator_sample(g, &id, &how));
        CHECK_OK(sc_generator_push(g, id));
    }
    CHECK_INT(sc__alloc_count(), before);
    sc_generator_close(g);
    rig_close(&r);
}

static sc_status open_and_prompt(void *arg) {
    const rig *r = arg;
    const int32_t ids[] = {1, 2, 3};
    sc_generator *g;
    SC_TRY(sc_generator_open(&g, r->model, r->machine, NULL));
    const sc_status s = sc_generator_prompt(g, ids, 3);
    sc_generator_close(g);
    return s;
}

TEST(oom, "infer/generator/oom") {
    rig r;
    rig_open(&r, "gpt2", 1);
    CHECK(test_oom(open_and_prompt, &r) > 10);
    rig_close(&r);
}
