/* session.c - a model directory opened for speaking: loads the parts, checks that they belong
 * together, and finds out which tokens end a text. */
#include "infer/session.h"

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "infer/engine.h"
#include "model/vocabulary.h"

#include <inttypes.h>

/* ---- which tokens end a text ----------------------------------------------------------------- */

void sc__session_add_eos(sc_session *s, int32_t id) {
    if (id < 0 || s->n_eos == SC_SESSION_EOS) return;
    for (int i = 0; i < s->n_eos; i++)
        if (s->eos[i] == id) return;
    s->eos[s->n_eos++] = id;
}

static sc_status add_eos_value(sc_session *s, const json_t *v, const char *path) {
    const json_int_t id = json_is_integer(v) ? json_integer_value(v) : -1;
    if (id < 0 || id > INT32_MAX)
        return SC_FAIL(SC_FORMAT, "%s: eos_token_id is not an id or a list of ids", path);
    sc__session_add_eos(s, (int32_t)id);
    return SC_OK;
}

/* One id or a list of them; false in *found when the key is absent. */
static sc_status read_eos(sc_session *s, const json_t *config, const char *path, bool *found) {
    const json_t *v = json_object_get(config, "eos_token_id");
    *found = v && !json_is_null(v);
    if (!*found) return SC_OK;
    if (!json_is_array(v)) return add_eos_value(s, v, path);
    if (json_array_size(v) > SC_SESSION_EOS)
        return SC_FAIL(SC_FORMAT, "%s: eos_token_id lists more than %d ids", path, SC_SESSION_EOS);
    for (size_t i = 0; i < json_array_size(v); i++)
        SC_TRY(add_eos_value(s, json_array_get(v, i), path));
    return SC_OK;
}

static sc_status read_generation_config(sc_session *s, const char *path, bool *found) {
    json_t *config;
    *found = false;
    if (!sc__path_exists(path)) return SC_OK;
    SC_TRY(sc__json_load(&config, path));
    const sc_status status = read_eos(s, config, path, found);
    json_decref(config);
    return status;
}

static sc_status find_eos(sc_session *s, const char *dir) {
    sc_arena a = SC_ARENA_INIT;
    bool found = false;
    sc_status status = SC_OK;
    if (dir) {
        const char *path = sc__path_join(&a, dir, "generation_config.json");
        status = path ? read_generation_config(s, path, &found) : SC_FAIL(SC_NOMEM, "%s", dir);
    }
    sc__arena_deinit(&a);
    if (status >= 0 && !found) status = read_eos(s, s->model->config, "config.json", &found);
    if (status >= 0 && !found) sc__session_add_eos(s, sc_tokenizer_eos(s->tokenizer));
    return status;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Matrices of different types would be converted at every step: they become f32 here, once. */
static sc_status load_model(sc_session *s, const char *dir) {
    SC_TRY(sc_model_load(&s->own_model, dir, NULL));
    s->model = s->own_model;
    return sc__model_convert(s->own_model, sc__engine_dtype(s->own_model));
}

static sc_status load(sc_session *s, const char *dir, int n_threads) {
    SC_TRY(load_model(s, dir));
    SC_TRY(sc_tokenizer_load(&s->own_tokenizer, dir));
    SC_TRY(sc_machine_open(&s->own_machine, NULL, n_threads));
    s->tokenizer = s->own_tokenizer;
    s->machine = s->own_machine;
    return SC_OK;
}

static sc_status init(sc_session *s, const char *dir, const sc_session_options *o) {
    const int64_t positions = s->model->shape.n_positions;
    if (o->context < 0 || o->context > positions)
        return SC_FAIL(SC_USAGE,
                       "context %" PRId64 " is not between 1 and the model's %" PRId64 " positions",
                       o->context, positions);
    s->max_context = o->context ? o->context : positions;
    s->stop = o->stop;
    SC_TRY(sc__vocabulary_check(s->model, s->tokenizer, dir ? dir : "session"));
    SC_TRY(find_eos(s, dir));
    SC_TRY(sc_encoder_open(&s->encoder, s->tokenizer));
    return sc_decoder_open(&s->decoder, s->tokenizer, SC_DECODE_SKIP_SPECIAL);
}

static sc_status finish(sc_session **out, sc_session *s, sc_status status) {
    if (status < 0)
        sc_session_close(s);
    else
        *out = s;
    return status;
}

static const sc_session_options none = {0};

sc_status sc_session_open(sc_session **out, const char *dir, const sc_session_options *o) {
    *out = NULL;
    sc_session *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "session");
    sc_status status = load(s, dir, o ? o->n_threads : 0);
    if (status >= 0) status = init(s, dir, o ? o : &none);
    return finish(out, s, status);
}

sc_status sc_session_over(sc_session **out, const sc_model *m, const sc_tokenizer *t,
                          sc_machine *machine, const sc_session_options *o) {
    *out = NULL;
    sc_session *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "session");
    s->model = m;
    s->tokenizer = t;
    s->machine = machine;
    return finish(out, s, init(s, NULL, o ? o : &none));
}

void sc_session_close(sc_session *s) {
    if (!s) return;
    sc_generator_close(s->generator);
    sc_encoder_close(s->encoder);
    sc_decoder_close(s->decoder);
    sc_ids_deinit(&s->prompt);
    sc_ids_deinit(&s->answer);
    sc__buffer_deinit(&s->text);
    sc_tokenizer_close(s->own_tokenizer);
    sc_model_close(s->own_model);
    sc_machine_close(s->own_machine);
    sc__free(s);
}

void sc_session_reset(sc_session *s) {
    if (s->generator) sc_generator_reset(s->generator);
}

const sc_model *sc_session_model(const sc_session *s) { return s->model; }
const sc_tokenizer *sc_session_tokenizer(const sc_session *s) { return s->tokenizer; }

/* ---- prompts --------------------------------------------------------------------------------- */

sc_status sc__session_encode(sc_session *s, const char *text, size_t n, unsigned flags) {
    const int64_t before = sc_encoder_replaced(s->encoder);
    SC_TRY(sc_encoder_run(s->encoder, &s->prompt, text, n, flags));
    const int64_t bad = sc_encoder_replaced(s->encoder) - before;
    if (bad) SC_WARN("prompt: %" PRId64 " invalid UTF-8 sequences were read as U+FFFD", bad);
    return SC_OK;
}

/* transformers begins an empty prompt with the bos token, and with eos where there is none. */
static sc_status begin(sc_session *s) {
    int32_t first = sc_tokenizer_bos(s->tokenizer);
    if (first < 0 && s->n_eos) first = s->eos[0];
    if (first < 0)
        return SC_FAIL(SC_USAGE,
                       "the prompt is empty, and the tokenizer has no token to begin with");
    return sc__ids_push(&s->prompt, first);
}

sc_status sc_session_run(sc_session *s, sc_answer *out, const char *prompt, size_t n,
                         const sc_answer_options *o) {
    s->prompt.n = 0;
    SC_TRY(sc__session_encode(s, prompt, n, 0));
    if (s->prompt.n == 0) SC_TRY(begin(s));
    return sc__session_answer(s, out, o);
}
