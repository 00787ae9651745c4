/* make_tokenizer.c - a tokenizer learned from files and saved with the account of it. */
#include "account/step.h"
#include "socle/tokenizer.h"

typedef struct {
    sc_tokenizer **out;
    const sc_tokenizer_options *o;
    const char *const *paths;
    int n_paths;
    const char *dir;
} making;

static sc_status tell_options(sc_account *a, const sc_tokenizer_options *o) {
    json_t *special = json_array();
    for (int i = 0; special && i < o->n_special; i++)
        json_array_append_new(special, json_string(o->special_tokens[i]));
    json_t *recipe = json_pack("{s:s, s:I, s:I, s:o, s:s?, s:f, s:b, s:I}", "type", o->type,
                               "vocab_size", (json_int_t)o->vocab_size, "min_frequency",
                               (json_int_t)o->min_frequency, "special_tokens", special, "pattern",
                               o->pattern, "character_coverage", o->character_coverage, "lowercase",
                               o->lowercase, "max_memory", (json_int_t)o->max_memory);
    const sc_status s =
        recipe ? sc__account_recipe(a, recipe) : SC_FAIL(SC_NOMEM, "account of a tokenizer");
    json_decref(recipe);
    return s;
}

static sc_status run(sc_account *a, void *arg) {
    const making *m = arg;
    SC_TRY(tell_options(a, m->o));
    for (int i = 0; i < m->n_paths; i++) SC_TRY(sc__account_input(a, "data", m->paths[i]));
    SC_TRY(sc_tokenizer_train_files(m->out, m->o, m->paths, m->n_paths));
    SC_TRY(sc_tokenizer_save(*m->out, m->dir, 0));
    json_t *n = json_integer(sc_tokenizer_vocab_size(*m->out));
    const sc_status s =
        n ? sc__account_note(a, "vocab_size", n) : SC_FAIL(SC_NOMEM, "account of a tokenizer");
    json_decref(n);
    return s;
}

sc_status sc_tokenizer_make(sc_tokenizer **out, const sc_tokenizer_options *o,
                            const char *const *paths, int n_paths, const char *dir) {
    static const sc_step step = {"tokenizer train", "creation", "tokenizer", run};
    making m = {out, o, paths, n_paths, dir};
    const sc_step_where where = {.artifact = dir};
    *out = NULL;
    const sc_status s = sc__step_run(&step, &m, &where);
    if (s >= 0) return s;
    sc_tokenizer_close(*out);
    *out = NULL;
    return s;
}
