/* fuzz_tagger.c - any text through the taggers and rules, in each kind of words: units lie in the
 * text, attributes are read back as they were written, from files the verdict is the same. And any
 * bytes as a line of attributes. */
#include "base/utf8.h"
#include "stage/curation/tag/rules.h"
#include "stage/curation/tag/tagger.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const sets[] = {
    "gopher-quality", "gopher-repetition", "fineweb-quality", "c4", "length", "lines"};
/* Thresholds that let most texts through to the last rule. */
static const char *const settings[] = {"gopher-quality.min_words=off",
                                       "gopher-quality.min_stop_words=off", "length.min_chars=off",
                                       "gopher-repetition.max_top_2_gram=off"};

typedef struct {
    sc_rules *rules;
    sc_tagging *tagging;
    sc_tag_worker *worker;
    sc_judge *judge;
} run;

static void open_run(run *r, sc_words_mode words) {
    const sc_rules_options o = {
        .sets = sets, .n_sets = SC_LEN(sets), .settings = settings, .n_settings = SC_LEN(settings)};
    sc_tagging_options t = {.words = words};
    sc_assert(sc__rules_open(&r->rules, &o) >= 0);
    t.taggers = sc__rules_taggers(r->rules, &t.n_taggers);
    sc_assert(sc__tagging_open(&r->tagging, &t) >= 0);
    sc_assert(sc__tag_worker_open(&r->worker, r->tagging) >= 0);
    sc_assert(sc__judge_open(&r->judge, r->rules, &r->worker->tags) >= 0);
}

static void check_units(sc_units u, size_t n, bool apart) {
    for (int64_t i = 0; i < u.n; i++) {
        sc_assert(u.at[i].start <= u.at[i].end && u.at[i].end <= n);
        sc_assert(!i || !apart || u.at[i].start >= u.at[i - 1].end);
    }
}

static void check_text(sc_doc *d) {
    const size_t n = sc__doc_text(d).n;
    sc_units u;
    sc_assert(sc__doc_words(&u, d) >= 0);
    check_units(u, n, true);
    sc_assert(sc__doc_sentences(&u, d) >= 0);
    check_units(u, n, true);
    sc_assert(sc__doc_lines(&u, d) >= 0);
    check_units(u, n, true);
    sc_assert(sc__doc_paragraphs(&u, d) >= 0);
    check_units(u, n, true);
}

/* What is written is read back as it was, and judged the same. */
static void check_again(run *r, const sc_verdict *v) {
    sc_buffer first = SC_BUFFER_INIT, second = SC_BUFFER_INIT;
    sc_tags *t = &r->worker->tags;
    const int64_t all[2] = {0, t->n};
    sc_verdict again;
    const bool dropped = v->dropped;
    const int rule = v->rule;
    const int64_t n_cuts = v->n_cuts;
    sc_assert(sc__tags_write(&first, t, all, 1, r->worker->doc) >= 0);
    sc__tags_clear(t, sc__doc_text(r->worker->doc));
    sc_assert(sc__tags_read(t, (sc_slice){first.data, first.len - 1}, r->worker->doc) >= 0);
    sc_assert(t->n == all[1]);
    sc_assert(sc__tags_write(&second, t, all, 1, r->worker->doc) >= 0);
    sc_assert(first.len == second.len && !memcmp(first.data, second.data, first.len));
    sc_assert(sc__judge_run(&again, r->judge) >= 0);
    sc_assert(again.dropped == dropped && again.rule == rule && again.n_cuts == n_cuts);
    sc__buffer_deinit(&first);
    sc__buffer_deinit(&second);
}

static void run_text(run *r, sc_slice text) {
    sc_buffer left = SC_BUFFER_INIT;
    const sc_record record = {.text = text, .value = {{"\"x\"", 3}}};
    sc_verdict v;
    sc_assert(sc__tag_worker_run(r->worker, &record) >= 0);
    check_text(r->worker->doc);
    sc_assert(sc__judge_run(&v, r->judge) >= 0);
    for (int64_t i = 1; i < v.n_cuts; i++) sc_assert(v.cuts[i - 1].end <= v.cuts[i].start);
    sc_assert(sc__verdict_apply(&left, &v, text) >= 0);
    sc_assert(left.len <= text.n && sc__utf8_valid_prefix(left.data, left.len) == left.len);
    sc__buffer_deinit(&left);
    check_again(r, &v);
}

static void read_attributes(run *r, const uint8_t *data, size_t size) {
    sc_tags t;
    sc__tags_init(&t, NULL);
    sc__tags_clear(&t, sc__doc_text(r->worker->doc));
    if (sc__tags_read(&t, (sc_slice){(const char *)data, size}, r->worker->doc) < 0)
        sc_assert(*sc_error_text());
    sc__tags_deinit(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static run runs[3]; /* used again: what one document leaves may not show in the next */
    sc_buffer text = SC_BUFFER_INIT;
    if (!size) return 0;
    run *r = &runs[data[0] % 3];
    if (!r->rules) open_run(r, (sc_words_mode)(data[0] % 3));
    sc_assert(sc__utf8_repair(&text, (const char *)data + 1, size - 1, NULL) >= 0);
    run_text(r, (sc_slice){text.data ? text.data : "", text.len});
    if (data[0] == '{') read_attributes(r, data, size);
    sc__buffer_deinit(&text);
    return 0;
}
