/* estimate.c - what a run would take: sizes by counting, time by running a few steps on random
 * tokens. */
#include "stage/training/pretrain.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "format/documents.h"
#include "graph/peak.h"
#include "tokenizer/kinds.h"

#include <string.h>

/* Tokens of the training text without packing it: characters and bytes are one a token, bpe about
 * four bytes. */
static sc_status guess_tokens(double *out, const sc_pretrain *p) {
    uint64_t bytes = 0;
    sc_packed packed;
    if (p->s.data_tokens) {
        SC_TRY(sc__packed_reopen(&packed, p->s.data_tokens));
        *out = (double)packed.train->n_tokens;
        sc__packed_close(&packed);
        return SC_OK;
    }
    for (int64_t i = 0; i < p->s.n_train; i++) {
        sc_paths found;
        sc_arena a = SC_ARENA_INIT;
        sc_status s = sc__documents_find(&found, &a, &p->s.train[i], 1);
        for (int64_t k = 0; s >= 0 && k < found.n; k++) {
            uint64_t size = 0;
            s = sc__path_size(found.paths[k], &size);
            bytes += size;
        }
        sc__arena_deinit(&a);
        SC_TRY(s);
    }
    const char *kind = p->tokenizer ? sc_tokenizer_kind(p->tokenizer) : "bpe";
    const bool single = !strcmp(kind, "bytes") || !strcmp(kind, "chars");
    *out = (double)bytes * (1 - p->s.valid_fraction) / (single ? 1 : 4);
    return SC_OK;
}

static sc_status time_steps(double *seconds, const sc_pretrain *p) {
    const sc_trainer_options *t = &p->s.trainer;
    const int64_t n = t->batch_size * t->T;
    sc_step_result r;
    int32_t *ids = sc__alloc((size_t)n * sizeof *ids);
    if (!ids) return SC_FAIL(SC_NOMEM, "a batch");
    for (int64_t i = 0; i < n; i++)
        ids[i] =
            (int32_t)sc__random_below(t->seed, 1, (uint64_t)i, (uint64_t)p->model->shape.n_vocab);
    sc_status s = sc__trainer_step(&r, p->trainer, ids, ids, 0, 0); /* the first one plans */
    const double start = sc__clock_now();
    int steps = 0;
    for (; s >= 0 && (steps == 0 || sc__clock_now() - start < 1); steps++)
        s = sc__trainer_step(&r, p->trainer, ids, ids, steps, 0);
    *seconds = (sc__clock_now() - start) / SC_MAX(steps, 1);
    sc__free(ids);
    return s;
}

static sc_status count_steps(sc_train_plan *out, const sc_pretrain *p, double step_seconds,
                             double data_tokens) {
    const double per_step = (double)(p->s.trainer.batch_size * p->s.trainer.T);
    double steps = (double)p->s.steps;
    if (p->s.tokens) steps = (double)p->s.tokens / per_step;
    if (p->s.epochs > 0) steps = p->s.epochs * data_tokens / per_step;
    if (p->s.minutes > 0) steps = 60 * p->s.minutes / step_seconds;
    out->steps = SC_MAX((int64_t)(steps + 0.5), (int64_t)1);
    out->tokens = out->steps * (int64_t)per_step;
    return SC_OK;
}

static sc_status estimate(sc_train_plan *out, sc_pretrain *p) {
    const bool learns =
        !p->s.tokenizer_path && (sc__tokenizer_uses(p->s.tokenizer_type) & SC_USES_SIZE);
    double seconds = 0, data_tokens = 0;
    sc_plan_report plan;
    if (!learns) SC_TRY(sc__pretrain_open_tokenizer(p));
    SC_TRY(sc__pretrain_open_model(p));
    SC_TRY(guess_tokens(&data_tokens, p));
    SC_TRY(sc__trainer_open(&p->trainer, p->model, p->machine, &p->s.trainer));
    SC_TRY(sc__trainer_plan(p->trainer, &plan));
    SC_TRY(sc__peak_measure(&out->peak_flops, p->machine, p->s.trainer.dtype));
    SC_TRY(time_steps(&seconds, p));
    SC_TRY(count_steps(out, p, seconds, data_tokens));
    const double parameters = (double)p->result->n_params,
                 states = sc__optimizer_n_states(sc__trainer_optimizer(p->trainer));
    out->n_params = p->result->n_params;
    out->flop = p->flop_per_token * (double)out->tokens;
    out->bytes_parameters = 4 * parameters * (2 + states);
    out->bytes_activations = (double)(plan.planned + plan.scratch);
    out->bytes_disk = 4 * parameters * (1 + (1 + states) * (double)(p->s.keep_checkpoints + 1)) +
                      data_tokens * (p->model->shape.n_vocab > 65536 ? 4 : 2);
    out->seconds = seconds * (double)out->steps;
    return SC_OK;
}

sc_status sc_train_estimate(sc_train_plan *out, const sc_train_options *o) {
    sc_train_options quiet = *o;
    sc_train_result result = {0};
    *out = (sc_train_plan){0};
    quiet.resume = false;
    sc_pretrain p = {.o = &quiet, .result = &result};
    sc_status s = sc__train_settings_open(&p.s, o->recipe, o->overrides, o->n_overrides);
    if (s >= 0) s = sc_machine_open(&p.machine, NULL, o->threads);
    if (s >= 0) s = estimate(out, &p);
    sc__pretrain_deinit(&p);
    return s;
}
