/* measure.c - the training step timed on random tokens, and what its plan takes with each pass on
 * and off. */
#define _GNU_SOURCE
#include "socle/bench.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "graph/peak.h"
#include "stage/training/pretrain.h"
#include "tokenizer/kinds.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
    const char *name, *config;
} models[] = {
    {"gpt2", "{\"model_type\": \"gpt2\", \"vocab_size\": 50257, \"n_positions\": 1024, \"n_embd\": "
             "768, \"n_layer\": 12, "
             "\"n_head\": 12}"},
    {"gpt2-medium",
     "{\"model_type\": \"gpt2\", \"vocab_size\": 50257, \"n_positions\": 1024, \"n_embd\": 1024, "
     "\"n_layer\": 24, \"n_head\": 16}"},
    {"llama-110m",
     "{\"model_type\": \"llama\", \"vocab_size\": 32000, \"hidden_size\": 768, "
     "\"intermediate_size\": 2048, "
     "\"num_hidden_layers\": 12, \"num_attention_heads\": 12, \"max_position_embeddings\": 1024}"},
};

const char *sc_bench_model(int i) { return i >= 0 && i < SC_LEN(models) ? models[i].name : NULL; }

static sc_status open_model(sc_model **out, const char *name) {
    for (int i = 0; i < SC_LEN(models); i++)
        if (!strcmp(models[i].name, name)) return sc_model_new(out, models[i].config, 1);
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = sc__file_read(&b, name, 1 << 20);
    if (s >= 0) s = sc_model_new(out, b.data ? b.data : "", 1);
    sc__buffer_deinit(&b);
    return s;
}

typedef struct {
    sc_model *model;
    sc_machine *machine;
    sc_trainer *trainer;
    int32_t *ids;
    double *seconds;
} rig;

static void rig_deinit(rig *r) {
    sc__trainer_close(r->trainer);
    sc_machine_close(r->machine);
    sc_model_close(r->model);
    sc__free(r->ids);
    sc__free(r->seconds);
}

static sc_status rig_init(rig *r, const sc_bench_options *o) {
    const int64_t n = o->batch_size * o->sequence_length;
    sc_trainer_options t = {
        .batch_size = o->batch_size,
        .micro_batch = o->batch_size,
        .T = o->sequence_length,
        .dtype = o->dtype,
        .optimizer = {
            .beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8, .weight_decay = 0.1, .grad_clip = 1}};
    SC_TRY(sc__optimizer_find(&t.optimizer.kind, "adamw"));
    SC_TRY(open_model(&r->model, o->model));
    SC_TRY(sc_machine_open(&r->machine, NULL, o->threads));
    SC_TRY(sc__trainer_open(&r->trainer, r->model, r->machine, &t));
    r->ids = sc__alloc((size_t)(n + 1) * sizeof *r->ids);
    r->seconds = sc__calloc((size_t)o->steps, sizeof *r->seconds);
    if (!r->ids || !r->seconds) return SC_FAIL(SC_NOMEM, "bench");
    for (int64_t i = 0; i <= n; i++)
        r->ids[i] = (int32_t)sc__random_below(1, 1, (uint64_t)i, (uint64_t)r->model->shape.n_vocab);
    return SC_OK;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static sc_status time_steps(sc_bench_step *out, rig *r, const sc_bench_options *o) {
    sc_step_result result;
    double total = 0, graph = 0;
    SC_TRY(sc__trainer_step(&result, r->trainer, r->ids, r->ids + 1, 0, 1e-5)); /* plans */
    sc_graph_set_profile(sc__trainer_graph(r->trainer), true);
    for (int64_t i = 0; i < o->steps; i++) {
        const double start = sc__clock_now();
        SC_TRY(sc__trainer_step(&result, r->trainer, r->ids, r->ids + 1, i + 1, 1e-5));
        total += r->seconds[i] = sc__clock_now() - start;
    }
    qsort(r->seconds, (size_t)o->steps, sizeof *r->seconds, ascending);
    out->tokens_per_second =
        (double)(o->batch_size * o->sequence_length) / r->seconds[o->steps / 2];
    sc_profile_row all[64];
    const int n = sc_graph_profile(sc__trainer_graph(r->trainer), all, SC_LEN(all));
    for (int i = 0; i < n; i++) {
        graph += all[i].seconds;
        all[i].seconds /= (double)o->steps;
        all[i].calls /= o->steps;
        if (i < SC_BENCH_ROWS) out->rows[out->n_rows++] = all[i];
    }
    out->update_seconds = (total - graph) / (double)o->steps;
    return SC_OK;
}

static sc_status train_step(sc_bench_step *out, rig *r, const sc_bench_options *o) {
    struct rusage usage;
    SC_TRY(rig_init(r, o));
    SC_TRY(sc__peak_measure(&out->ceiling, r->machine, o->dtype));
    SC_TRY(time_steps(out, r, o));
    SC_TRY(sc__trainer_plan(r->trainer, &out->plan));
    getrusage(RUSAGE_SELF, &usage);
    out->peak_rss = (int64_t)usage.ru_maxrss * 1024;
    out->n_params = sc_model_n_params(r->model);
    out->flop_per_token = sc__train_flop_per_token(r->model, 0);
    out->share_of_ceiling = out->tokens_per_second * out->flop_per_token / out->ceiling;
    return SC_OK;
}

sc_status sc_bench_train_step(sc_bench_step *out, const sc_bench_options *o) {
    rig r = {0};
    *out = (sc_bench_step){0};
    if (o->batch_size < 1 || o->sequence_length < 1 || o->steps < 1 ||
        o->batch_size * o->sequence_length > 1 << 26)
        return SC_FAIL(SC_USAGE, "batch, sequence and steps must be at least 1");
    if (o->dtype != SC_F32 && o->dtype != SC_BF16)
        return SC_FAIL(SC_USAGE, "the type must be f32 or bf16");
    sc_status s = train_step(out, &r, o);
    rig_deinit(&r);
    return s;
}

/* ---- plans
 * ---------------------------------------------------------------------------------------- */

static sc_status plan_row(sc_bench_plan_row *row, sc_pretrain *p) {
    sc_trainer *t;
    sc_trainer_options o = p->s.trainer;
    o.recompute = row->recompute;
    o.no_fusion = !row->fusion;
    o.no_sharing = !row->sharing;
    SC_TRY(sc__trainer_open(&t, p->model, p->machine, &o));
    sc_status s = sc__trainer_plan(t, &row->report);
    sc__trainer_close(t);
    return s;
}

static sc_status plans(sc_bench_plan_row rows[SC_BENCH_PLANS], sc_pretrain *p) {
    SC_TRY(sc_machine_open(&p->machine, NULL, 0));
    if (p->s.tokenizer_path || !(sc__tokenizer_uses(p->s.tokenizer_type) & SC_USES_SIZE))
        SC_TRY(sc__pretrain_open_tokenizer(p));
    SC_TRY(sc__pretrain_open_model(p));
    for (int i = 0; i < SC_BENCH_PLANS; i++) {
        rows[i] = (sc_bench_plan_row){.fusion = !(i & 1), .sharing = !(i & 2), .recompute = i & 4};
        SC_TRY(plan_row(&rows[i], p));
    }
    return SC_OK;
}

sc_status sc_bench_plan(sc_bench_plan_row rows[SC_BENCH_PLANS], const char *recipe,
                        const char *const *overrides, int n_overrides) {
    const sc_train_options o = {
        .recipe = recipe, .overrides = overrides, .n_overrides = n_overrides};
    sc_train_result result = {0};
    sc_pretrain p = {.o = &o, .result = &result};
    sc_status s = sc__train_settings_open(&p.s, recipe, overrides, n_overrides);
    if (s >= 0) s = plans(rows, &p);
    sc__pretrain_deinit(&p);
    return s;
}
