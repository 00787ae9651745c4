/* pretrain.c - from a recipe to a model directory: tokenizer, data, model, loop, and what is
 * written at the end. */
#include "stage/training/pretrain.h"

#include "base/clock.h"
#include "base/file.h"
#include "graph/peak.h"
#include "model/vocabulary.h"
#include "stage/curation/tokenize.h"
#include "tokenizer/kinds.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- tokenizer ----------------------------------------------------------------------------------
 */

static sc_status train_tokenizer(sc_pretrain *p) {
    const sc_train_settings *s = &p->s;
    sc_tokenizer_options o = SC_TOKENIZER_OPTIONS_INIT;
    o.type = s->tokenizer_type;
    o.vocab_size = s->vocab_size;
    o.stop = p->o->stop;
    o.threads = p->o->threads;
    const unsigned uses = sc__tokenizer_uses(o.type);
    if (uses & SC_USES_PATTERN) o.pattern = s->tokenizer_pattern;
    if (uses & SC_USES_COVERAGE) o.character_coverage = s->character_coverage;
    if (uses & SC_USES_LOWERCASE) o.lowercase = s->lowercase;
    if (uses & SC_USES_SIZE) {
        if (uses & SC_USES_FREQUENCY) o.min_frequency = s->min_frequency;
        o.special_tokens = s->special_tokens;
        o.n_special = (int)s->n_special_tokens;
    }
    SC_TRY(sc__pretrain_note(p, "learning a %s tokenizer", o.type));
    const char **paths =
        sc__arena_array(&p->arena, (size_t)(s->n_train + s->n_valid) + 1, sizeof *paths);
    if (!paths) return SC_FAIL(SC_NOMEM, "tokenizer");
    for (int64_t i = 0; i < s->n_train; i++) paths[i] = s->train[i];
    /* characters that only the held-out text has would have no id; merges are learned from the
     * training text alone */
    const int64_t n_valid = strcmp(o.type, "chars") ? 0 : s->n_valid;
    for (int64_t i = 0; i < n_valid; i++) paths[s->n_train + i] = s->valid[i];
    return sc_tokenizer_train_files(&p->tokenizer, &o, paths, (int)(s->n_train + n_valid));
}

sc_status sc__pretrain_open_tokenizer(sc_pretrain *p) {
    const char *own = sc__path_join(&p->arena, p->s.output, "tokenizer.json");
    if (!own) return SC_FAIL(SC_NOMEM, "%s", p->s.output);
    if (p->o->resume && sc__path_exists(own))
        SC_TRY(sc_tokenizer_load(&p->tokenizer, own));
    else if (p->s.tokenizer_path)
        SC_TRY(sc_tokenizer_load(&p->tokenizer, p->s.tokenizer_path));
    else
        SC_TRY(train_tokenizer(p));
    return sc_encoder_open(&p->encoder, p->tokenizer);
}

/* ---- data ---------------------------------------------------------------------------------------
 */

static sc_status open_data(sc_pretrain *p) {
    const sc_pack_options o = {.train = p->s.train,
                               .n_train = (int)p->s.n_train,
                               .valid = p->s.valid,
                               .n_valid = (int)p->s.n_valid,
                               .valid_fraction = p->s.valid_fraction,
                               .strict = p->s.strict,
                               .stop = p->o->stop};
    if (p->s.data_tokens)
        SC_TRY(sc__tokens_open(&p->data, p->s.data_tokens, p->tokenizer));
    else
        SC_TRY(sc__tokenize(&p->data, p->data_dir, p->tokenizer, &o));
    return sc__pretrain_note(p, "data: %" PRId64 " tokens to train on, %" PRId64 " held out%s",
                             p->data.train->n_tokens, p->data.valid ? p->data.valid->n_tokens : 0,
                             p->data.reused ? " (packed before)" : "");
}

/* ---- model --------------------------------------------------------------------------------------
 */

/* A negative value is written as null: transformers would assume GPT-2's own ids where a key is
 * absent. */
static sc_status set_default(json_t *config, const char *key, int64_t value) {
    if (json_object_get(config, key)) return SC_OK;
    json_t *v = value < 0 ? json_null() : json_integer(value);
    return json_object_set_new(config, key, v) ? SC_FAIL(SC_NOMEM, "%s", key) : SC_OK;
}

/* A dry run has no tokenizer yet where one would be learned: then it is as large as it may be. */
static int64_t vocabulary(const sc_pretrain *p) {
    if (p->tokenizer) return sc_tokenizer_vocab_size(p->tokenizer);
    return p->s.vocab_size ? p->s.vocab_size : 32000;
}

static sc_status new_model(sc_pretrain *p) {
    SC_TRY(set_default(p->s.model, "vocab_size", vocabulary(p)));
    if (p->tokenizer) {
        SC_TRY(set_default(p->s.model, "bos_token_id", sc_tokenizer_bos(p->tokenizer)));
        SC_TRY(set_default(p->s.model, "eos_token_id", sc_tokenizer_eos(p->tokenizer)));
    }
    sc_buffer text = SC_BUFFER_INIT;
    sc__json_print(&text, p->s.model);
    sc_status s = text.status;
    if (s >= 0) s = sc_model_new(&p->model, text.data, p->s.trainer.seed);
    if (s == SC_FORMAT || s == SC_UNSUPPORTED)
        s = sc__recipe_fail(p->s.recipe, "model", "%s", sc_error_text());
    sc__buffer_deinit(&text);
    return s;
}

/* "gpt2, 1.29 M parameters" */
static const char *describe_model(sc_pretrain *p) {
    const double n = (double)p->result->n_params;
    return n < 1e6 ? sc__arena_printf(&p->arena, "%s, %.1f k parameters", sc_model_type(p->model),
                                      n / 1e3)
                   : sc__arena_printf(&p->arena, "%s, %.2f M parameters", sc_model_type(p->model),
                                      n / 1e6);
}

sc_status sc__pretrain_open_model(sc_pretrain *p) {
    const sc_model_options o = {.trainable = true};
    if (p->s.model_path)
        SC_TRY(sc_model_load(&p->model, p->s.model_path, &o));
    else
        SC_TRY(new_model(p));
    if (p->tokenizer)
        SC_TRY(sc__vocabulary_check(p->model, p->tokenizer,
                                    p->s.model_path ? p->s.model_path : p->o->recipe));
    if (!p->s.trainer.T) p->s.trainer.T = p->model->shape.n_positions;
    if (p->s.trainer.T > p->model->shape.n_positions)
        return sc__recipe_fail(p->s.recipe, "train.sequence_length",
                               "%" PRId64 " is longer than the model's %" PRId64 " positions",
                               p->s.trainer.T, p->model->shape.n_positions);
    p->flop_per_token = sc__train_flop_per_token(p->model, p->s.trainer.T);
    p->result->n_params = sc_model_n_params(p->model);
    const char *text = describe_model(p);
    return text ? sc__pretrain_note(p, "model: %s", text) : SC_FAIL(SC_NOMEM, "model");
}

/* ---- length -------------------------------------------------------------------------------------
 */

static sc_status foresee_steps(sc_pretrain *p) {
    const sc_trainer_options *t = &p->s.trainer;
    const int64_t per_epoch = sc__windows_per_epoch(p->data.train, t->T);
    if (!per_epoch)
        return SC_FAIL(SC_FORMAT,
                       "data.train: %" PRId64 " tokens are fewer than one sequence of %" PRId64
                       " and its targets",
                       p->data.train->n_tokens, t->T);
    if (p->s.steps)
        p->n_steps = p->s.steps;
    else if (p->s.tokens)
        p->n_steps = (p->s.tokens + t->batch_size * t->T - 1) / (t->batch_size * t->T);
    else if (p->s.epochs > 0)
        p->n_steps = (int64_t)ceil(p->s.epochs * (double)per_epoch / (double)t->batch_size);
    else
        p->n_steps = 1; /* minutes: foreseen as it goes */
    return SC_OK;
}

/* What two runs must share for one to go on from the other's checkpoint. */
static sc_status digest_recipe(sc_pretrain *p) {
    const sc_trainer_options *t = &p->s.trainer;
    sc_buffer b = SC_BUFFER_INIT;
    sc__json_print(&b, p->model->config);
    sc__buffer_printf(
        &b, "|%s|%s|%s|%" PRId64 "|%" PRId64 "|%" PRId64 "|%d|%d|%.9g|%" PRIu64 "|%.17g",
        sc_tokenizer_digest(p->tokenizer), p->data.train->digest.hex,
        p->data.valid ? p->data.valid->digest.hex : "", t->batch_size, t->micro_batch, t->T,
        (int)t->dtype, t->optimizer.kind, (double)t->label_smoothing, t->seed, t->skip_outliers);
    sc_status s = b.status;
    if (s >= 0) s = sc__hash_bytes(&p->recipe, b.data, b.len);
    sc__buffer_deinit(&b);
    return s;
}

/* ---- opening what the loop needs
 * ----------------------------------------------------------------- */

static sc_status resume(sc_pretrain *p) {
    const char *path = NULL;
    p->state = (sc_train_state){.best_step = -1, .recipe = p->recipe.hex};
    p->saved_step = -1;
    if (!p->o->resume) return SC_OK;
    SC_TRY(sc__checkpoint_load(&path, &p->arena, p->checkpoints, p->model, p->trainer, &p->state));
    if (!path) return sc__pretrain_note(p, "no checkpoint in %s: starting afresh", p->checkpoints);
    p->last_checkpoint = path;
    p->saved_step = p->state.step;
    p->before = p->state.seconds;
    return sc__pretrain_note(p, "resuming from step %" PRId64 " (%s)", p->state.step, path);
}

static sc_status open_loop(sc_pretrain *p) {
    const sc_trainer_options *t = &p->s.trainer;
    SC_TRY(sc__trainer_open(&p->trainer, p->model, p->machine, t));
    SC_TRY(resume(p));
    const sc_loader_options l = {t->T, 2 * t->batch_size, p->state.position, t->seed};
    SC_TRY(sc__loader_open(&p->loader, p->data.train, &l));
    const size_t n = (size_t)(t->batch_size * t->T) * sizeof(int32_t);
    p->tokens = sc__arena_alloc(&p->arena, n);
    p->targets = sc__arena_alloc(&p->arena, n);
    if (!p->tokens || !p->targets) return SC_FAIL(SC_NOMEM, "a batch");
    return sc__peak_measure(&p->peak_flops, p->machine, t->dtype);
}

static sc_status open_monitor(sc_pretrain *p) {
    sc_buffer recipe = SC_BUFFER_INIT;
    SC_TRY(sc__recipe_yaml(&recipe, p->s.recipe));
    sc_monitor_options o = {.output = p->s.output,
                            .recipe = sc__arena_strdup(&p->arena, recipe.data ? recipe.data : ""),
                            .n_vocab = p->model->shape.n_vocab,
                            .resumed_from = p->state.step,
                            .look_again = sc__pretrain_looks_again(p)};
    sc__buffer_deinit(&recipe);
    o.model = describe_model(p);
    o.machine = sc__arena_printf(&p->arena, "%d threads, %s kernels, %.0f GFLOP/s measured in %s",
                                 sc_machine_threads(p->machine), sc_machine_isa(p->machine),
                                 p->peak_flops / 1e9, sc_dtype_name(p->s.trainer.dtype));
    if (!o.recipe || !o.model || !o.machine) return SC_FAIL(SC_NOMEM, "monitor");
    return sc__monitor_open(&p->monitor, &o);
}

/* ---- the account
 * --------------------------------------------------------------------------------- */

static sc_status record_inputs(sc_pretrain *p) {
    json_t *recipe;
    SC_TRY(sc__account_input(p->account, "recipe", p->o->recipe));
    for (int64_t i = 0; i < p->s.n_train; i++)
        SC_TRY(sc__account_input(p->account, "data", p->s.train[i]));
    for (int64_t i = 0; i < p->s.n_valid; i++)
        SC_TRY(sc__account_input(p->account, "held-out data", p->s.valid[i]));
    if (p->s.data_tokens) SC_TRY(sc__account_input(p->account, "tokens", p->s.data_tokens));
    if (p->s.model_path) SC_TRY(sc__account_input(p->account, "model", p->s.model_path));
    if (p->s.tokenizer_path && p->s.tokenizer_path != p->s.model_path)
        SC_TRY(sc__account_input(p->account, "tokenizer", p->s.tokenizer_path));
    SC_TRY(sc__recipe_json(&recipe, p->s.recipe));
    sc_status s = sc__account_recipe(p->account, recipe);
    json_decref(recipe);
    return s;
}

static sc_status note(sc_pretrain *p, const char *key, json_t *value) {
    sc_status s =
        value ? sc__account_note(p->account, key, value) : SC_FAIL(SC_NOMEM, "account: %s", key);
    json_decref(value);
    return s;
}

/* From these the documents of any step can be computed again: see loader.h. */
static sc_status record_order(sc_pretrain *p) {
    return note(p, "data_order",
                json_pack("{ss ss ss sI sI sI sI}", "algorithm",
                          "socle loader 1: shuffled windows, an offset an epoch", "shard",
                          p->data.train->digest.hex, "path", p->data.train->path, "seed",
                          (json_int_t)p->s.trainer.seed, "sequence_length",
                          (json_int_t)p->s.trainer.T, "batch_size",
                          (json_int_t)p->s.trainer.batch_size, "first_position",
                          (json_int_t)p->state.position));
}

static sc_status record_result(sc_pretrain *p) {
    return note(p, "result",
                json_pack("{sI sI sI sf sf sf}", "steps", (json_int_t)p->state.step, "tokens",
                          (json_int_t)p->state.tokens, "parameters",
                          (json_int_t)p->result->n_params, "loss", p->last_loss, "val_loss",
                          p->result->val_loss, "val_bits_per_byte", p->result->val_bits_per_byte));
}

/* ---- the run
 * ------------------------------------------------------------------------------------- */

static sc_status prepare(sc_pretrain *p) {
    p->checkpoints = sc__path_join(&p->arena, p->s.output, "checkpoints");
    p->data_dir = sc__path_join(&p->arena, p->s.output, "data");
    if (!p->checkpoints || !p->data_dir) return SC_FAIL(SC_NOMEM, "%s", p->s.output);
    SC_TRY(sc__pretrain_open_tokenizer(p));
    SC_TRY(sc__pretrain_open_model(p)); /* before the data: a bad configuration is told at once */
    SC_TRY(sc__dir_make(p->s.output));
    SC_TRY(sc_tokenizer_save(p->tokenizer, p->s.output, p->model->shape.n_positions));
    SC_TRY(open_data(p));
    SC_TRY(foresee_steps(p));
    return digest_recipe(p);
}

static sc_status finish(sc_pretrain *p) {
    SC_TRY(sc_model_save(p->model, p->s.output, SC_F32));
    SC_TRY(sc__pretrain_card(p));
    SC_TRY(record_result(p));
    snprintf(p->result->output, sizeof p->result->output, "%s", p->s.output);
    snprintf(p->result->report, sizeof p->result->report, "%s/report.html", p->s.output);
    return SC_OK;
}

static sc_status run(sc_account *a, void *arg) {
    sc_pretrain *p = arg;
    p->account = a;
    SC_TRY(record_inputs(p));
    SC_TRY(prepare(p));
    SC_TRY(open_loop(p));
    SC_TRY(record_order(p));
    SC_TRY(open_monitor(p));
    sc_status s = sc__pretrain_loop(p);
    if (s >= 0) s = finish(p);
    char first[512]; /* the first failure is the one to tell */
    snprintf(first, sizeof first, "%s", sc_error_text());
    const sc_status closed = sc__monitor_close(p->monitor, s);
    p->monitor = NULL;
    if (s < 0) sc__error_adopt(first);
    return s < 0 ? s : closed;
}

void sc__pretrain_deinit(sc_pretrain *p) {
    sc__loader_close(p->loader);
    sc__trainer_close(p->trainer);
    sc_model_close(p->model);
    sc__packed_close(&p->data);
    sc_encoder_close(p->encoder);
    sc_tokenizer_close(p->tokenizer);
    sc_machine_close(p->machine);
    sc__train_settings_close(&p->s);
    sc__arena_deinit(&p->arena);
}

/* What an earlier run left is never overwritten: it moves aside to OUTPUT.1, OUTPUT.2 ... */
static sc_status move_aside(sc_pretrain *p) {
    const char *config = sc__path_join(&p->arena, p->s.output, "config.json");
    const char *checkpoints = sc__path_join(&p->arena, p->s.output, "checkpoints");
    if (!config || !checkpoints) return SC_FAIL(SC_NOMEM, "%s", p->s.output);
    if (p->o->resume || (!sc__path_exists(config) && !sc__path_exists(checkpoints))) return SC_OK;
    for (int i = 1; i < 10000; i++) {
        const char *to = sc__arena_printf(&p->arena, "%s.%d", p->s.output, i);
        if (!to) return SC_FAIL(SC_NOMEM, "%s", p->s.output);
        if (sc__path_exists(to)) continue;
        SC_TRY(sc__dir_publish(p->s.output, to));
        return sc__pretrain_note(
            p, "%s holds an earlier run: moved to %s (--resume would go on with it)", p->s.output,
            to);
    }
    return SC_FAIL(SC_IO, "%s: ten thousand earlier runs are beside it; remove some", p->s.output);
}

static sc_status begin(sc_pretrain *p, const sc_train_options *o) {
    static const sc_step step = {"train", "training", "model", run};
    SC_TRY(sc__train_settings_open(&p->s, o->recipe, o->overrides, o->n_overrides));
    SC_TRY(sc_machine_open(&p->machine, NULL, o->threads));
    SC_TRY(move_aside(p));
    const sc_step_where where = {.artifact = p->s.output,
                                 .isa = sc_machine_isa(p->machine),
                                 .threads = sc_machine_threads(p->machine)};
    return sc__step_run(&step, p, &where);
}

sc_status sc_train_run(sc_train_result *out, const sc_train_options *o) {
    sc_pretrain p = {.o = o, .result = out};
    *out = (sc_train_result){0};
    sc_status s = begin(&p, o);
    sc__pretrain_deinit(&p);
    return s;
}

sc_status sc_train_template(const char *path) {
    return sc__recipe_template_save(
        sc__train_keys,
        "A recipe for `socle train`. Paths are relative to the working directory.\n"
        "Any key can be overridden: socle train RECIPE --set train.steps=10",
        path);
}
