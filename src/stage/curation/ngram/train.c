/* train.c - the step that makes a model of a corpus: texts are cut into words on all cores, counted
 * in order on one. Words that are too rare are found by a pass of their own. */
#include "socle/tag.h"

#include "stage/curation/flow.h"
#include "stage/curation/ngram/ngram.h"
#include "stage/curation/tag/job.h"

#include <string.h>

typedef struct {
    sc_tag_job job;
    sc_ngram_options o;
    const char *out;
    sc_words_mode words;
    sc_ngram_report *report;
    sc_ngram *model;
    bool choosing; /* this pass finds the words */
    sc_buffer ids; /* of a sentence */
} training;

/* ---- texts as lines of words ----------------------------------------------------------------- */

static sc_status open_worker(void **out, void *user) {
    sc_doc *d;
    SC_TRY(sc__doc_open(&d, ((const training *)user)->words));
    *out = d;
    return SC_OK;
}

static void close_worker(void *worker) { sc__doc_close(worker); }

static sc_status cut_record(void *user, const sc_flow_item *item) {
    sc_doc *d = item->worker;
    sc_units lines, words;
    (void)user;
    SC_TRY(sc__doc_set(d, item->record->text, item->record));
    SC_TRY(sc__doc_lines(&lines, d));
    SC_TRY(sc__doc_words(&words, d));
    const char *text = item->record->text.p;
    for (int64_t i = 0, at = 0; i < lines.n; i++) {
        const int64_t first = at;
        for (; at < words.n && words.at[at].start < lines.at[i].end; at++) {
            const char *p = text + words.at[at].start;
            const size_t n = words.at[at].end - words.at[at].start;
            const bool good = sc__ngram_is_word(p, n);
            sc__buffer_append(item->out, good ? p : "<unk>", good ? n : 5);
            sc__buffer_putc(item->out, ' ');
        }
        if (at > first) sc__buffer_putc(item->out, '\n');
    }
    return item->out->status;
}

/* ---- counting -------------------------------------------------------------------------------- */

static sc_status check_memory(const training *t) {
    const size_t most = t->o.common.max_memory ? t->o.common.max_memory : (size_t)2 << 30;
    if (sc__ngram_bytes(t->model) <= most) return SC_OK;
    return SC_FAIL(SC_NOMEM,
                   "ngram: more n-grams than %zu MB hold; a smaller order, a greater min-count or "
                   "more memory is needed",
                   most >> 20);
}

static sc_status add_word(training *t, const char *p, size_t n) {
    uint32_t word;
    if (t->choosing || t->o.min_count <= 1)
        SC_TRY(sc__ngram_add_word(&word, t->model, p, n));
    else
        word = sc__ngram_word(t->model, p, n);
    if (t->choosing) {
        t->model->tables[0].at[word].count += t->model->tables[0].at[word].count < UINT32_MAX;
        return SC_OK;
    }
    sc__buffer_append(&t->ids, &word, sizeof word);
    return t->ids.status;
}

static sc_status add_line(training *t, const char *p, const char *end) {
    sc__buffer_clear(&t->ids);
    while (p < end) {
        const char *space = memchr(p, ' ', (size_t)(end - p));
        SC_TRY(add_word(t, p, (size_t)(space - p)));
        p = space + 1;
    }
    if (t->choosing) return SC_OK;
    const int64_t n = (int64_t)(t->ids.len / sizeof(uint32_t));
    t->report->words += n;
    t->report->lines++;
    return sc__ngram_count(t->model, (const uint32_t *)(const void *)t->ids.data, n);
}

static sc_status collect(void *user, int kind, const char *bytes, size_t n) {
    training *t = user;
    (void)kind;
    for (const char *p = bytes, *end = bytes + n; n && p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        SC_TRY(add_line(t, p, newline));
        p = newline + 1;
    }
    return check_memory(t);
}

static sc_status pass(training *t) {
    static const char *const kinds[] = {NULL};
    const sc_flow_step step = {.record = cut_record,
                               .open_worker = open_worker,
                               .close_worker = close_worker,
                               .collect = collect};
    sc_flow_options f = {
        .inputs = t->job.inputs, .n_inputs = t->job.n_inputs, .kinds = kinds, .n_kinds = 1};
    sc__flow_take(&f, &t->o.common);
    return sc__flow_run(&t->report->reading, &step, t, &f);
}

/* The words that come often enough, as the vocabulary of a new model. */
static sc_status choose_words(training *t) {
    sc_ngram *chosen;
    uint32_t word;
    t->choosing = true;
    SC_TRY(pass(t));
    t->choosing = false;
    SC_TRY(sc__ngram_open(&chosen, t->o.order));
    sc_status s = SC_OK;
    const sc_ngram *all = t->model;
    for (uint32_t i = SC_NGRAM_END + 1; i < all->n_words && s >= 0; i++)
        if (all->tables[0].at[i].count >= t->o.min_count)
            s = sc__ngram_add_word(&word, chosen, all->words[i], strlen(all->words[i]));
    sc__ngram_close(t->model);
    t->model = chosen;
    return s;
}

/* ---- the step -------------------------------------------------------------------------------- */

static sc_status tell(sc_account *a, const training *t) {
    json_t *recipe = json_pack("{s:i, s:I, s:b}", "order", t->o.order, "min_count",
                               (json_int_t)t->o.min_count, "one_discount", (int)t->o.one_discount);
    sc_status s = recipe ? sc__job_recipe(recipe, &t->job) : SC_FAIL(SC_NOMEM, "ngram");
    if (s >= 0) s = sc__account_recipe(a, recipe);
    if (s >= 0) s = sc__job_inputs(a, &t->job);
    json_decref(recipe);
    return s;
}

static sc_status note(sc_account *a, const training *t) {
    const sc_ngram_report *r = t->report;
    json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:i}", "words", (json_int_t)r->words, "lines",
                          (json_int_t)r->lines, "vocabulary", (json_int_t)r->vocabulary, "ngrams",
                          (json_int_t)r->ngrams, "fallback_orders", r->fallback);
    sc_status s = o ? sc__account_note(a, "model", o) : SC_FAIL(SC_NOMEM, "ngram");
    if (s >= 0) s = sc__job_note(a, &r->reading);
    json_decref(o);
    return s;
}

static sc_status run(sc_account *a, void *arg) {
    training *t = arg;
    const sc_ngram_estimate_options e = {t->o.one_discount};
    SC_TRY(tell(a, t));
    SC_TRY(sc__ngram_open(&t->model, t->o.order));
    if (t->o.min_count > 1) SC_TRY(choose_words(t));
    SC_TRY(pass(t));
    SC_TRY(sc__ngram_estimate(t->model, &e, &t->report->fallback));
    t->report->vocabulary = t->model->n_words;
    for (int i = 0; i < t->o.order; i++) t->report->ngrams += t->model->tables[i].n;
    SC_TRY(note(a, t));
    return sc__ngram_save(t->model, t->out);
}

sc_status sc_data_ngram(sc_ngram_report *report, const char *const *inputs, int n_inputs,
                        const char *out, const sc_ngram_options *o) {
    static const sc_step step = {"data ngram", "curation", "model", run};
    training t = {.job = {.inputs = inputs, .n_inputs = n_inputs, .words = o ? o->words : NULL},
                  .out = out,
                  .report = report};
    if (o) t.o = *o;
    if (!t.o.order) t.o.order = 5;
    if (!t.o.min_count) t.o.min_count = 1;
    *report = (sc_ngram_report){0};
    if (t.o.order < 1 || t.o.order > SC_NGRAM_ORDER_MAX || t.o.min_count < 1)
        return SC_FAIL(SC_USAGE, "ngram: order must be 1 to %d, min-count 1 or more",
                       SC_NGRAM_ORDER_MAX);
    for (int i = 0; i < n_inputs; i++)
        if (!strcmp(inputs[i], "-") && t.o.min_count > 1)
            return SC_FAIL(SC_USAGE, "ngram: min-count reads its input twice: not from a pipe");
    SC_TRY(sc__job_words(&t.words, t.o.words));
    const sc_status s = sc__job_run(&step, &t, out, &t.o.common);
    sc__ngram_close(t.model);
    sc__buffer_deinit(&t.ids);
    return s;
}
