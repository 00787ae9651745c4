/* sample.c - what the model writes at this step: the training parameters themselves, drawn at
 * temperature 0.8 with the run's seed, so that samples of different steps differ by the model
 * alone. Where the model's positions are all taken, the later half of the text is kept. */
#include "stage/training/pretrain.h"

#include <string.h>

enum { PROMPT_TOKENS = 32 };

typedef struct {
    sc_pretrain *p;
    sc_generator *g;
    sc_decoder *decoder;
    sc_ids prompt;
    int32_t *window; /* room for a whole context */
    sc_buffer text;
    sc_sampling how;
} writer;

/* The recipe's prompt, else the beginning of the held-out (or, without one, training) text. */
static sc_status prompt_ids(writer *w, const int32_t **ids, int64_t *n) {
    sc_pretrain *p = w->p;
    const char *given = p->s.sample_prompt;
    if (given && *given) {
        SC_TRY(sc_encoder_run(p->encoder, &w->prompt, given, strlen(given),
                              SC_ENCODE_NO_SPECIAL | SC_ENCODE_PLAIN));
        *ids = w->prompt.ids;
        *n = w->prompt.n;
        return SC_OK;
    }
    const sc_shard *shard = p->data.valid ? p->data.valid : p->data.train;
    SC_TRY(sc__valid_read(p->tokens, p->targets, n, shard, p->s.trainer.T, 0));
    *ids = p->tokens;
    *n = SC_MIN(*n, SC_MIN(SC_MAX(p->s.trainer.T / 2, 1), (int64_t)PROMPT_TOKENS));
    return SC_OK;
}

static sc_status show(writer *w, const int32_t *ids, int64_t n) {
    const char *text;
    size_t len;
    SC_TRY(sc_decoder_push(w->decoder, &text, &len, ids, n));
    sc__buffer_append(&w->text, text, len);
    return w->text.status;
}

static sc_status begin(writer *w, const int32_t *ids, int64_t n) {
    const int64_t context = sc_generator_context(w->g);
    const int64_t kept = n < context ? n : SC_MAX(context / 2, 1);
    return sc_generator_prompt(w->g, ids + n - kept, kept);
}

static sc_status push(writer *w, int32_t id) {
    int64_t n;
    const sc_status s = sc_generator_push(w->g, id);
    if (s != SC_DONE) return s;
    const int32_t *ids = sc_generator_ids(w->g, &n);
    memcpy(w->window, ids + 1, (size_t)(n - 1) * sizeof *ids);
    w->window[n - 1] = id;
    w->how.seed++;
    return begin(w, w->window, n);
}

static sc_status write_text(writer *w, int64_t n_tokens, int32_t eos) {
    const volatile int *stop = w->p->o->stop;
    for (int64_t i = 0; i < n_tokens && !(stop && *stop); i++) {
        int32_t id;
        SC_TRY(sc_generator_sample(w->g, &id, &w->how));
        if (id == eos) break;
        SC_TRY(show(w, &id, 1));
        SC_TRY(push(w, id));
    }
    const char *rest;
    size_t n;
    SC_TRY(sc_decoder_finish(w->decoder, &rest, &n));
    sc__buffer_append(&w->text, rest, n);
    return w->text.status;
}

static sc_status run(writer *w) {
    sc_pretrain *p = w->p;
    const int32_t *ids;
    int64_t n;
    SC_TRY(sc_generator_open(&w->g, p->model, p->machine, NULL));
    SC_TRY(sc_decoder_open(&w->decoder, p->tokenizer, 0));
    w->window = sc__calloc((size_t)sc_generator_context(w->g), sizeof *w->window);
    if (!w->window) return SC_FAIL(SC_NOMEM, "a sample");
    SC_TRY(prompt_ids(w, &ids, &n));
    SC_TRY(show(w, ids, n));
    const int64_t n_prompt = (int64_t)w->text.len;
    SC_TRY(begin(w, ids, n));
    SC_TRY(write_text(w, p->s.sample_tokens, sc_tokenizer_eos(p->tokenizer)));
    sc_train_event e = {
        .kind = SC_TRAIN_SAMPLE, .text = w->text.data ? w->text.data : "", .n_prompt = n_prompt};
    return sc__pretrain_event(p, &e);
}

sc_status sc__pretrain_sample(sc_pretrain *p) {
    writer w = {.p = p, .how = SC_SAMPLING_INIT};
    w.how.temperature = 0.8;
    w.how.seed = p->s.trainer.seed;
    const sc_status s = run(&w);
    sc_decoder_close(w.decoder);
    sc_generator_close(w.g);
    sc_ids_deinit(&w.prompt);
    sc__buffer_deinit(&w.text);
    sc__free(w.window);
    return s;
}
