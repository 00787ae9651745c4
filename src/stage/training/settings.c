/* settings.c - the keys of a training recipe. One table gives the checks, the defaults, `socle
 * train --init` and the account's resolved recipe. */
#include "stage/training/settings.h"

#include "socle/tokenizer.h"

#include <math.h>
#include <string.h>

const sc_recipe_key sc__train_keys[] = {
    {"model", SC_RECIPE_MAP, NULL,
     "{model_type: gpt2, n_layer: 4, n_head: 4, n_embd: 128, n_positions: 256}",
     "the keys of the family's Hugging Face config.json; absent: vocab_size is the tokenizer's, "
     "initializer_range 0.02 at width 768, more for narrower ones"},
    {"model.path", SC_RECIPE_TEXT, NULL, NULL,
     "a model directory to continue from, instead of those keys"},
    {"tokenizer.type", SC_RECIPE_TEXT, "bpe", NULL,
     "bpe, wordpiece, unigram, spm-bpe, bytes or chars: learned from the training text"},
    {"tokenizer.vocab_size", SC_RECIPE_INT, "0", NULL,
     "tokens, at most; 0: all characters for chars, else 32000"},
    {"tokenizer.pattern", SC_RECIPE_TEXT, "gpt2", NULL,
     "how bpe cuts words: gpt2, llama3 or a regular expression"},
    {"tokenizer.min_frequency", SC_RECIPE_INT, "2", NULL, "a pair seen less often is not merged"},
    {"tokenizer.special_tokens", SC_RECIPE_LIST, "[<|endoftext|>]", NULL,
     "the first one ends each document; wordpiece, unigram and spm-bpe have their own, and these "
     "behind them where they are given; not for bytes and chars"},
    {"tokenizer.character_coverage", SC_RECIPE_REAL, "1", NULL,
     "wordpiece, unigram, spm-bpe: the share of the text whose characters get a token"},
    {"tokenizer.lowercase", SC_RECIPE_BOOL, "false", NULL,
     "wordpiece: lower case, without accents"},
    {"tokenizer.path", SC_RECIPE_TEXT, NULL, NULL,
     "a model directory, tokenizer.json, .model, vocab.txt, .tiktoken or .gguf to use instead"},
    {"data.train", SC_RECIPE_LIST, NULL, "[input.txt]",
     "files, folders, globs: plain text, JSONL (`text`), .gz, .zst"},
    {"data.tokens", SC_RECIPE_TEXT, NULL, NULL,
     "or a folder of `socle data tokenize`, in place of all other data keys"},
    {"data.valid", SC_RECIPE_LIST, NULL, NULL, "held-out text of its own"},
    {"data.valid_fraction", SC_RECIPE_REAL, "0", NULL,
     "or this share of the text, its last part, is held out"},
    {"data.strict", SC_RECIPE_BOOL, "false", NULL, "invalid UTF-8 is an error instead of U+FFFD"},
    {"train.steps", SC_RECIPE_INT, NULL, "1000",
     "optimizer steps; or one of tokens, epochs, minutes"},
    {"train.tokens", SC_RECIPE_INT, NULL, NULL, "tokens to train on"},
    {"train.epochs", SC_RECIPE_REAL, NULL, NULL, "times through the text"},
    {"train.minutes", SC_RECIPE_REAL, NULL, NULL, "time to train; the schedule follows the clock"},
    {"train.batch_size", SC_RECIPE_INT, "8", NULL, "sequences per optimizer step"},
    {"train.micro_batch_size", SC_RECIPE_INT, "0", NULL,
     "sequences computed at once, to save memory; 0: all"},
    {"train.sequence_length", SC_RECIPE_INT, "0", NULL,
     "tokens per sequence; 0: the model's positions"},
    {"train.optimizer", SC_RECIPE_TEXT, "adamw", NULL, "adamw, sgd or muon"},
    {"train.learning_rate", SC_RECIPE_REAL, "1.0e-3", NULL, "the peak"},
    {"train.min_learning_rate", SC_RECIPE_REAL, NULL, NULL,
     "where the schedule ends; a tenth of the peak if absent"},
    {"train.warmup_steps", SC_RECIPE_INT, "0", NULL, "steps to the peak"},
    {"train.schedule", SC_RECIPE_TEXT, "cosine", NULL,
     "cosine, linear, constant or warmup_stable_decay"},
    {"train.decay_fraction", SC_RECIPE_REAL, "0.1", NULL,
     "of warmup_stable_decay: the last part of the run"},
    {"train.weight_decay", SC_RECIPE_REAL, "0.1", NULL, "of matrices, not of gains and biases"},
    {"train.beta1", SC_RECIPE_REAL, "0.9", NULL, "adamw"},
    {"train.beta2", SC_RECIPE_REAL, "0.95", NULL, "adamw"},
    {"train.epsilon", SC_RECIPE_REAL, "1.0e-8", NULL, "adamw"},
    {"train.momentum", SC_RECIPE_REAL, "0.95", NULL, "sgd, muon"},
    {"train.nesterov", SC_RECIPE_BOOL, "true", NULL, "sgd, muon"},
    {"train.muon_scale", SC_RECIPE_TEXT, "match_rms_adamw", NULL,
     "match_rms_adamw (adamw's rates fit) or original"},
    {"train.grad_clip", SC_RECIPE_REAL, "1.0", NULL,
     "global norm of the gradients, at most; 0: no clipping"},
    {"train.label_smoothing", SC_RECIPE_REAL, "0", NULL, "share of the target given to all tokens"},
    {"train.dtype", SC_RECIPE_TEXT, "f32", NULL,
     "f32, or bf16 for matrix products (parameters stay f32)"},
    {"train.recompute", SC_RECIPE_BOOL, "false", NULL,
     "compute activations again instead of keeping them"},
    {"train.skip_outliers", SC_RECIPE_REAL, "0", NULL,
     "no update when the gradient's norm exceeds this many times its running mean; 0: never"},
    {"train.eval_interval", SC_RECIPE_INT, "250", NULL,
     "steps between evaluations on held-out text; 0: at the end"},
    {"train.eval_batches", SC_RECIPE_INT, "20", NULL,
     "batches of each; the one at the end takes all held-out text"},
    {"train.checkpoint_interval", SC_RECIPE_INT, "500", NULL,
     "steps between checkpoints; 0: at the end"},
    {"train.keep_checkpoints", SC_RECIPE_INT, "2", NULL,
     "newest checkpoints that stay; the best one stays too"},
    {"train.sample_prompt", SC_RECIPE_TEXT, NULL, NULL,
     "what samples in the report begin with; the held-out text's beginning if absent"},
    {"train.sample_tokens", SC_RECIPE_INT, "100", NULL,
     "tokens of the sample drawn with each evaluation; 0: none"},
    {"train.seed", SC_RECIPE_INT, "1337", NULL, "of initial weights, order of the data, dropout"},
    {"output", SC_RECIPE_TEXT, NULL, "runs/my-model",
     "folder of the model, its checkpoints, metrics and report"},
    {0},
};

typedef struct {
    sc_recipe *r;
    sc_status status;
} reader; /* sticky */

static int64_t integer(reader *x, const char *key, int64_t lo) {
    int64_t v = 0;
    if (x->status >= 0) x->status = sc__recipe_int(&v, x->r, key);
    if (x->status >= 0 && (v < lo || v > (int64_t)1 << 48))
        x->status = sc__recipe_fail(x->r, key, "must be at least %lld, is %lld", (long long)lo,
                                    (long long)v);
    return v;
}

static double real(reader *x, const char *key, double lo, double hi) {
    double v = 0;
    if (x->status >= 0) x->status = sc__recipe_real(&v, x->r, key);
    if (x->status >= 0 && !(v >= lo && v <= hi))
        x->status = sc__recipe_fail(x->r, key, "must be from %g to %g, is %g", lo, hi, v);
    return v;
}

static bool boolean(reader *x, const char *key) {
    bool v = false;
    if (x->status >= 0) x->status = sc__recipe_bool(&v, x->r, key);
    return v;
}

static const char *text(reader *x, const char *key) {
    const char *v = NULL;
    if (x->status >= 0) x->status = sc__recipe_text(&v, x->r, key);
    return v;
}

static const char *const *texts(reader *x, const char *key, int64_t *n) {
    const char *const *v = NULL;
    *n = 0;
    if (x->status >= 0) x->status = sc__recipe_list(&v, n, x->r, key);
    return v;
}

static void fail(reader *x, const char *key, const char *what) {
    if (x->status >= 0) x->status = sc__recipe_fail(x->r, key, "%s", what);
}

static void read_model(sc_train_settings *s, reader *x) {
    s->model_path = text(x, "model.path");
    if (x->status >= 0) x->status = sc__recipe_map(&s->model, x->r, "model");
    if (!s->model_path && !s->model)
        fail(x, "model", "is missing: give the keys of config.json, or model.path");
    if (s->model_path && s->model && json_object_size(s->model))
        fail(x, "model.path",
             "stands beside other keys of model; the directory has its own configuration");
}

static void read_tokenizer(sc_train_settings *s, reader *x) {
    s->tokenizer_type = text(x, "tokenizer.type");
    s->tokenizer_path = text(x, "tokenizer.path");
    s->tokenizer_pattern = text(x, "tokenizer.pattern");
    s->vocab_size = integer(x, "tokenizer.vocab_size", 0);
    s->min_frequency = integer(x, "tokenizer.min_frequency", 0);
    s->special_tokens = texts(x, "tokenizer.special_tokens", &s->n_special_tokens);
    if (sc_tokenizer_kind_is_framed(s->tokenizer_type) &&
        !sc__recipe_has(x->r, "tokenizer.special_tokens"))
        s->n_special_tokens = 0;
    s->character_coverage = real(x, "tokenizer.character_coverage", 0, 1);
    s->lowercase = boolean(x, "tokenizer.lowercase");
    if (!s->tokenizer_path && s->model_path && x->status >= 0 &&
        !sc__recipe_has(x->r, "tokenizer.type"))
        s->tokenizer_path = s->model_path;
}

static void read_data(sc_train_settings *s, reader *x) {
    s->train = texts(x, "data.train", &s->n_train);
    s->valid = texts(x, "data.valid", &s->n_valid);
    s->valid_fraction = real(x, "data.valid_fraction", 0, 0.9);
    s->strict = boolean(x, "data.strict");
    s->data_tokens = text(x, "data.tokens");
    if (s->data_tokens && (s->n_train || s->n_valid || s->valid_fraction > 0))
        fail(x, "data.tokens", "stands beside text; the folder has both parts already");
    if (s->data_tokens && !s->tokenizer_path) s->tokenizer_path = s->data_tokens;
    if (!s->n_train && !s->data_tokens) fail(x, "data.train", "is missing: the text to learn from");
    if (s->n_valid && s->valid_fraction > 0)
        fail(x, "data.valid_fraction", "stands beside data.valid; give one of them");
}

static void read_length(sc_train_settings *s, reader *x) {
    static const char *const keys[] = {"train.steps", "train.tokens", "train.epochs",
                                       "train.minutes"};
    const char *given = NULL;
    for (int i = 0; i < SC_LEN(keys) && x->status >= 0; i++) {
        if (!sc__recipe_has(x->r, keys[i])) continue;
        if (given)
            return fail(x, keys[i],
                        "stands beside another length of the run; give one of steps, tokens, "
                        "epochs, minutes");
        given = keys[i];
    }
    if (!given)
        return fail(x, "train.steps", "is missing: give one of steps, tokens, epochs, minutes");
    if (given == keys[0]) s->steps = integer(x, given, 1);
    if (given == keys[1]) s->tokens = integer(x, given, 1);
    if (given == keys[2]) s->epochs = real(x, given, 1e-6, 1e6);
    if (given == keys[3]) s->minutes = real(x, given, 1e-4, 1e6);
}

static void read_batch(sc_train_settings *s, reader *x) {
    sc_trainer_options *t = &s->trainer;
    const char *dtype = text(x, "train.dtype");
    t->batch_size = integer(x, "train.batch_size", 1);
    t->micro_batch = integer(x, "train.micro_batch_size", 0);
    t->T = integer(x, "train.sequence_length", 0);
    t->recompute = boolean(x, "train.recompute");
    t->label_smoothing = (float)real(x, "train.label_smoothing", 0, 0.99);
    t->skip_outliers = real(x, "train.skip_outliers", 0, 1e9);
    t->seed = (uint64_t)integer(x, "train.seed", 0);
    if (!t->micro_batch || t->micro_batch > t->batch_size) t->micro_batch = t->batch_size;
    if (x->status < 0) return;
    if (!strcmp(dtype, "bf16") || !strcmp(dtype, "bfloat16"))
        t->dtype = SC_BF16;
    else if (!strcmp(dtype, "f32") || !strcmp(dtype, "float32"))
        t->dtype = SC_F32;
    else
        fail(x, "train.dtype", "must be f32 or bf16");
}

static void read_optimizer(sc_train_settings *s, reader *x) {
    sc_optimizer_config *o = &s->trainer.optimizer;
    const char *name = text(x, "train.optimizer"), *scale = text(x, "train.muon_scale");
    if (x->status >= 0 && sc__optimizer_find(&o->kind, name) < 0)
        fail(x, "train.optimizer", sc_error_text());
    o->beta1 = real(x, "train.beta1", 0, 0.999999);
    o->beta2 = real(x, "train.beta2", 0, 0.999999);
    o->eps = real(x, "train.epsilon", 0, 1);
    o->weight_decay = real(x, "train.weight_decay", 0, 100);
    o->momentum = real(x, "train.momentum", 0, 0.999999);
    o->nesterov = boolean(x, "train.nesterov");
    o->grad_clip = real(x, "train.grad_clip", 0, 1e9);
    if (x->status < 0) return;
    o->match_rms = !strcmp(scale, "match_rms_adamw");
    if (!o->match_rms && strcmp(scale, "original"))
        fail(x, "train.muon_scale", "must be match_rms_adamw or original");
}

static void read_schedule(sc_train_settings *s, reader *x) {
    const char *name = text(x, "train.schedule");
    if (x->status >= 0 && sc__schedule_find(&s->schedule.kind, name) < 0)
        fail(x, "train.schedule", sc_error_text());
    s->schedule.peak = real(x, "train.learning_rate", 0, 1e6);
    s->schedule.floor = real(x, "train.min_learning_rate", 0, 1e6);
    if (x->status >= 0 && !sc__recipe_has(x->r, "train.min_learning_rate"))
        s->schedule.floor = s->schedule.peak / 10;
    s->schedule.warmup = integer(x, "train.warmup_steps", 0);
    s->schedule.decay_fraction = real(x, "train.decay_fraction", 0, 1);
}

static void read_rest(sc_train_settings *s, reader *x) {
    s->eval_interval = integer(x, "train.eval_interval", 0);
    s->eval_batches = integer(x, "train.eval_batches", 1);
    s->checkpoint_interval = integer(x, "train.checkpoint_interval", 0);
    s->keep_checkpoints = integer(x, "train.keep_checkpoints", 1);
    s->sample_prompt = text(x, "train.sample_prompt");
    s->sample_tokens = integer(x, "train.sample_tokens", 0);
    s->output = text(x, "output");
    if (!s->output || !*s->output) fail(x, "output", "is missing: the folder to write to");
}

sc_status sc__train_settings_open(sc_train_settings *s, const char *path,
                                  const char *const *overrides, int n_overrides) {
    *s = (sc_train_settings){0};
    SC_TRY(sc__recipe_load(&s->recipe, sc__train_keys, path));
    for (int i = 0; i < n_overrides; i++) SC_TRY(sc__recipe_set(s->recipe, overrides[i]));
    reader x = {s->recipe, SC_OK};
    read_model(s, &x);
    read_tokenizer(s, &x);
    read_data(s, &x);
    read_length(s, &x);
    read_batch(s, &x);
    read_optimizer(s, &x);
    read_schedule(s, &x);
    read_rest(s, &x);
    if (x.status >= 0) sc__recipe_finish(s->recipe);
    return x.status;
}

void sc__train_settings_close(sc_train_settings *s) {
    json_decref(s->model);
    sc__recipe_close(s->recipe);
    *s = (sc_train_settings){0};
}
