/* tokenize.c - one encoder for all documents; the public verb and the training share it. */
#include "stage/curation/tokenize.h"

#include "account/step.h"
#include "socle/data.h"

#include <string.h>

typedef struct {
    sc_encoder *encoder;
    sc_ids ids;
} encoding;

static sc_status encode(void *user, sc_buffer *ids, const char *text, size_t n) {
    encoding *e = user;
    e->ids.n = 0;
    SC_TRY(sc_encoder_run(e->encoder, &e->ids, text, n, SC_ENCODE_NO_SPECIAL | SC_ENCODE_PLAIN));
    sc__buffer_append(ids, e->ids.ids, (size_t)e->ids.n * sizeof *e->ids.ids);
    return ids->status;
}

sc_status sc__tokenize(sc_packed *out, const char *dir, const sc_tokenizer *t,
                       const sc_pack_options *given) {
    encoding e = {NULL, SC_IDS_INIT};
    sc_pack_options o = *given;
    *out = (sc_packed){NULL, NULL, false};
    SC_TRY(sc_encoder_open(&e.encoder, t));
    o.encode = encode;
    o.user = &e;
    o.vocab_size = sc_tokenizer_vocab_size(t);
    o.eos = sc_tokenizer_eos(t);
    o.tokenizer = sc_tokenizer_digest(t);
    const sc_status s = sc__packed_open(out, dir, &o);
    sc_ids_deinit(&e.ids);
    sc_encoder_close(e.encoder);
    return s;
}

sc_status sc__tokens_open(sc_packed *out, const char *dir, const sc_tokenizer *t) {
    SC_TRY(sc__packed_reopen(out, dir));
    if (!strcmp(out->train->tokenizer.hex, sc_tokenizer_digest(t))) return SC_OK;
    sc__packed_close(out);
    return SC_FAIL(SC_MISMATCH, "%s: its tokens were made by another tokenizer", dir);
}

/* ---- socle data tokenize --------------------------------------------------------------------- */

typedef struct {
    const char *dir;
    const sc_tokenize_options *o;
    sc_tokenizer *tokenizer;
    sc_packed packed;
} job;

static sc_status tell(sc_account *a, const job *j) {
    const sc_tokenize_options *o = j->o;
    json_t *recipe = json_pack("{ss sf sb}", "tokenizer", o->tokenizer, "valid_fraction",
                               o->valid_fraction, "strict", (int)o->strict);
    sc_status s = recipe ? sc__account_recipe(a, recipe) : SC_FAIL(SC_NOMEM, "tokenize");
    json_decref(recipe);
    if (s >= 0) s = sc__account_input(a, "tokenizer", o->tokenizer);
    for (int i = 0; i < o->n_train && s >= 0; i++) s = sc__account_input(a, "data", o->train[i]);
    for (int i = 0; i < o->n_valid && s >= 0; i++)
        s = sc__account_input(a, "held-out data", o->valid[i]);
    return s;
}

static sc_status run(sc_account *a, void *arg) {
    job *j = arg;
    const sc_tokenize_options *o = j->o;
    const sc_pack_options pack = {.train = o->train,
                                  .n_train = o->n_train,
                                  .valid = o->valid,
                                  .n_valid = o->n_valid,
                                  .valid_fraction = o->valid_fraction,
                                  .strict = o->strict,
                                  .stop = o->stop};
    SC_TRY(tell(a, j));
    SC_TRY(sc__tokenize(&j->packed, j->dir, j->tokenizer, &pack));
    return sc_tokenizer_save(j->tokenizer, j->dir, 0);
}

sc_status sc_data_tokenize(sc_tokenize_report *out, const char *dir, const sc_tokenize_options *o) {
    static const sc_step step = {"data tokenize", "curation", "tokens", run};
    job j = {.dir = dir, .o = o};
    const sc_step_where where = {.artifact = dir};
    *out = (sc_tokenize_report){0};
    SC_TRY(sc_tokenizer_load(&j.tokenizer, o->tokenizer));
    const sc_status s = sc__step_run(&step, &j, &where);
    if (s >= 0) {
        out->train_tokens = j.packed.train->n_tokens;
        out->train_documents = j.packed.train->n_documents;
        out->train_bytes = j.packed.train->n_bytes;
        out->reused = j.packed.reused;
        if (j.packed.valid) {
            out->valid_tokens = j.packed.valid->n_tokens;
            out->valid_documents = j.packed.valid->n_documents;
        }
    }
    sc__packed_close(&j.packed);
    sc_tokenizer_close(j.tokenizer);
    return s;
}
