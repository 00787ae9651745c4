/* job.c - what the steps `tag` and `filter` share. */
#include "stage/curation/tag/job.h"

#include "base/text.h"

#include <string.h>

sc_status sc__job_words(sc_words_mode *out, const char *name) {
    int place = SC_WORDS_UNICODE;
    if (name) SC_TRY(sc__name_find(&place, "kind of words", name, sc_words_names));
    *out = (sc_words_mode)place;
    return SC_OK;
}

sc_status sc__job_list(json_t *recipe, const char *key, const char *const *names, int n) {
    json_t *list = json_array();
    int failed = !list || json_object_set_new(recipe, key, list) < 0;
    for (int i = 0; i < n && !failed; i++)
        failed = json_array_append_new(list, json_string(names[i])) < 0;
    return failed ? SC_FAIL(SC_NOMEM, "recipe") : SC_OK;
}

sc_status sc__job_recipe(json_t *recipe, const sc_tag_job *job) {
    const char *words = job->words ? job->words : sc_words_names[SC_WORDS_UNICODE];
    if (json_object_set_new(recipe, "words", json_string(words)) < 0)
        return SC_FAIL(SC_NOMEM, "recipe");
    return sc__job_list(recipe, "set", job->settings, job->n_settings);
}

sc_status sc__job_inputs(sc_account *a, const sc_tag_job *job) {
    for (int i = 0; a && i < job->n_inputs; i++)
        if (strcmp(job->inputs[i], "-")) SC_TRY(sc__account_input(a, "data", job->inputs[i]));
    return SC_OK;
}

sc_status sc__job_note(sc_account *a, const sc_data_reading *r) {
    if (!a) return SC_OK;
    json_t *o = json_pack("{s:I, s:I, s:I, s:I}", "files", (json_int_t)r->files, "documents",
                          (json_int_t)r->documents, "unreadable", (json_int_t)r->unreadable,
                          "replaced", (json_int_t)r->replaced);
    const sc_status s = o ? sc__account_note(a, "reading", o) : SC_FAIL(SC_NOMEM, "account");
    json_decref(o);
    return s;
}

enum { BYTES_OF_A_BYTE = 48, LINE_MAX_BYTES = 1 << 26 };

size_t sc__job_max_line(const sc_data_options *o) {
    const size_t memory = o && o->max_memory ? o->max_memory : (size_t)2 << 30;
    return SC_MAX(SC_MIN(memory / BYTES_OF_A_BYTE, (size_t)LINE_MAX_BYTES), (size_t)1);
}
