/* test_filter.c - decisions and words as datatrove and spaCy have them (tests/golden/filters, made
 * by tests/parity/filters.py), and the step itself. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/tag.h"
#include "stage/curation/tag/rules.h"
#include "stage/curation/tag/tagger.h"

static const struct {
    const char *ours, *theirs;
} names[] = {
    {"gopher-quality.min_words", "gopher_short_doc"},
    {"gopher-quality.min_word_length", "gopher_below_avg_threshold"},
    {"gopher-quality.max_word_length", "gopher_above_avg_threshold"},
    {"gopher-quality.max_hashes", "gopher_too_many_hashes"},
    {"gopher-quality.max_ellipses", "gopher_too_many_ellipsis"},
    {"gopher-quality.max_bullet_lines", "gopher_too_many_bullets"},
    {"gopher-quality.max_ellipsis_lines", "gopher_too_many_end_ellipsis"},
    {"gopher-quality.min_letter_words", "gopher_below_alpha_threshold"},
    {"gopher-quality.min_stop_words", "gopher_enough_stop_words"},
    {"gopher-repetition.max_paragraphs", "dup_para_frac"},
    {"gopher-repetition.max_paragraph_chars", "dup_para_char_frac"},
    {"gopher-repetition.max_lines", "dup_line_frac"},
    {"gopher-repetition.max_line_chars", "dup_line_char_frac"},
    {"gopher-repetition.max_top_2_gram", "top_2_gram"},
    {"gopher-repetition.max_top_3_gram", "top_3_gram"},
    {"gopher-repetition.max_top_4_gram", "top_4_gram"},
    {"gopher-repetition.max_duplicate_5_grams", "duplicated_5_n_grams"},
    {"gopher-repetition.max_duplicate_6_grams", "duplicated_6_n_grams"},
    {"gopher-repetition.max_duplicate_7_grams", "duplicated_7_n_grams"},
    {"gopher-repetition.max_duplicate_8_grams", "duplicated_8_n_grams"},
    {"gopher-repetition.max_duplicate_9_grams", "duplicated_9_n_grams"},
    {"gopher-repetition.max_duplicate_10_grams", "duplicated_10_n_grams"},
    {"fineweb-quality.min_punctuated_lines", "line_punct_ratio"},
    {"fineweb-quality.max_short_lines", "short_line_ratio"},
    {"fineweb-quality.max_duplicate_line_chars", "char_dup_ratio"},
    {"fineweb-quality.max_newlines", "list_ratio"},
    {"c4.lorem_ipsum", "lorem_ipsum"},
    {"c4.curly_bracket", "curly_bracket"},
    {"c4.min_sentences", "too_few_sentences"},
};

/* Calls `each` for every row of a golden file. */
static int for_rows(const char *name, void (*each)(void *user, json_t *row), void *user) {
    sc_buffer file = SC_BUFFER_INIT;
    int n = 0;
    CHECK_OK(sc__file_read(&file, test_data(name), 1 << 24));
    for (const char *p = file.data, *end = p + file.len; p < end; n++) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        json_t *row;
        CHECK(stop);
        CHECK_OK(sc__json_parse(&row, p, (size_t)(stop - p), name));
        each(user, row);
        json_decref(row);
        p = stop + 1;
    }
    sc__buffer_deinit(&file);
    return n;
}

static sc_slice string_of(const json_t *row, const char *key) {
    const json_t *value = json_object_get(row, key);
    return (sc_slice){json_string_value(value), json_string_length(value)};
}

/* ---- units ----------------------------------------------------------------------------------- */

static void check_units(sc_slice text, sc_units u, const json_t *want) {
    for (int64_t i = 0; i < u.n; i++) {
        const char *w = json_string_value(json_array_get(want, (size_t)i));
        const size_t n = u.at[i].end - u.at[i].start;
        if (!w || strlen(w) != n || memcmp(w, text.p + u.at[i].start, n) != 0)
            test_fail(__FILE__, __LINE__, "%s: unit %d is \"%.*s\", want \"%s\"", text.p, (int)i,
                      (int)n, text.p + u.at[i].start, w ? w : "none");
    }
    if (u.n != (int64_t)json_array_size(want)) test_fail(__FILE__, __LINE__, "%s: too few", text.p);
}

static void check_english(void *user, json_t *row) {
    sc_doc *d = user;
    const sc_slice text = string_of(row, "text");
    sc_units u;
    CHECK_OK(sc__doc_set(d, text, NULL));
    CHECK_OK(sc__doc_words(&u, d));
    check_units(text, u, json_object_get(row, "words"));
    CHECK_OK(sc__doc_sentences(&u, d));
    if (u.n != json_integer_value(json_object_get(row, "sentences")))
        test_fail(__FILE__, __LINE__, "%s: %d sentences", text.p, (int)u.n);
}

TEST(filter_golden_english, "stage/curation/tag/filter/golden_english") {
    sc_doc *d;
    CHECK_OK(sc__doc_open(&d, SC_WORDS_ENGLISH));
    CHECK(for_rows("golden/filters/words.jsonl", check_english, d) > 200);
    sc__doc_close(d);
}

static void check_unicode(void *user, json_t *row) {
    sc_doc *d = user;
    const sc_slice text = string_of(row, "text");
    sc_units u;
    CHECK_OK(sc__doc_set(d, text, NULL));
    CHECK_OK(sc__doc_words(&u, d));
    check_units(text, u, json_object_get(row, "words"));
    CHECK_OK(sc__doc_sentences(&u, d));
    check_units(text, u, json_object_get(row, "sentences"));
}

/* As Perl cuts (tests/parity/units.pl). */
TEST(filter_golden_unicode, "stage/curation/tag/filter/golden_unicode") {
    sc_doc *d;
    CHECK_OK(sc__doc_open(&d, SC_WORDS_UNICODE));
    CHECK(for_rows("golden/units/cases.jsonl", check_unicode, d) == 400);
    sc__doc_close(d);
}

/* ---- decisions ------------------------------------------------------------------------------- */

typedef struct {
    const char *set;
    sc_rules *rules;
    sc_tagging *tagging;
    sc_tag_worker *worker;
    sc_judge *judge;
} one_set;

static void open_set(one_set *s, const char *name) {
    *s = (one_set){.set = name};
    const sc_rules_options o = {.sets = &s->set, .n_sets = 1};
    sc_tagging_options t = {.words = SC_WORDS_ENGLISH};
    CHECK_OK(sc__rules_open(&s->rules, &o));
    t.taggers = sc__rules_taggers(s->rules, &t.n_taggers);
    t.wanted = sc__rules_attributes(s->rules);
    CHECK_OK(sc__tagging_open(&s->tagging, &t));
    CHECK_OK(sc__tag_worker_open(&s->worker, s->tagging));
    CHECK_OK(sc__judge_open(&s->judge, s->rules, &s->worker->tags));
}

static void close_set(one_set *s) {
    sc__judge_close(s->judge);
    sc__tag_worker_close(s->worker);
    sc__tagging_close(s->tagging);
    sc__rules_close(s->rules);
}

static const char *reason(const one_set *s, const sc_verdict *v) {
    char own[96];
    if (!v->dropped) return "kept";
    snprintf(own, sizeof own, "%s.%s", s->set, sc__rules_get(s->rules, v->rule)->name);
    for (int i = 0; i < SC_LEN(names); i++)
        if (!strcmp(names[i].ours, own)) return names[i].theirs;
    return own[0] ? "another" : "";
}

/* What is written of a kept text, against what the peer's filter leaves; a line separator that is
 * no newline stays what it is here. */
static void check_left(const sc_verdict *v, sc_slice text, const char *want) {
    sc_buffer left = SC_BUFFER_INIT;
    CHECK_OK(sc__verdict_apply(&left, v, text));
    if (!memchr(text.p, '\r', text.n) && !memchr(text.p, '\xE2', text.n) &&
        !memchr(text.p, '\xC2', text.n))
        CHECK_STR(left.data, want);
    sc__buffer_deinit(&left);
}

static void check_decisions(void *user, json_t *row) {
    one_set *sets = user;
    const json_t *said = json_object_get(row, "said");
    const sc_record record = {.text = string_of(row, "text")};
    for (int i = 0; i < 4; i++) {
        const char *want = json_string_value(json_object_get(said, sets[i].set));
        sc_verdict v;
        CHECK_OK(sc__tag_worker_run(sets[i].worker, &record));
        CHECK_OK(sc__judge_run(&v, sets[i].judge));
        if (strcmp(reason(&sets[i], &v), want) != 0)
            test_fail(__FILE__, __LINE__, "%s: %s says %s, want %s", record.text.p, sets[i].set,
                      reason(&sets[i], &v), want);
        if (i == 3 && !v.dropped)
            check_left(&v, record.text, json_string_value(json_object_get(said, "text")));
    }
}

TEST(filter_golden_decisions, "stage/curation/tag/filter/golden_decisions") {
    one_set sets[4];
    open_set(&sets[0], "gopher-quality");
    open_set(&sets[1], "gopher-repetition");
    open_set(&sets[2], "fineweb-quality");
    open_set(&sets[3], "c4");
    CHECK(for_rows("golden/filters/cases.jsonl", check_decisions, sets) > 100);
    for (int i = 0; i < 4; i++) close_set(&sets[i]);
}

/* ---- the step -------------------------------------------------------------------------------- */

static void write_file(const char *name, const char *text) {
    CHECK_OK(sc__file_write(test_path(name), text, strlen(text)));
}

static sc_status filter(sc_filter_report *r, const char *in, const char *out,
                        const char *const *rules, const char *setting) {
    const sc_filter_job job = {.inputs = &in,
                               .n_inputs = 1,
                               .rules = rules,
                               .n_rules = rules[1] ? 2 : 1,
                               .settings = &setting,
                               .n_settings = setting != NULL};
    return sc_data_filter(r, &job, out, NULL);
}

static void in_own_registry(void) { setenv("SOCLE_HOME", test_path("home"), 1); }

/* A document from which everything was cut is dropped, and says by which rule. */
TEST(filter_all_cut, "stage/curation/tag/filter/all_cut") {
    static const char *const rules[] = {"c4", NULL};
    static sc_filter_report r;
    in_own_registry();
    write_file("in.jsonl", "{\"text\":\"no end here\\nnor here\"}\n{\"text\":\"\"}\n");
    CHECK_OK(
        filter(&r, test_path("in.jsonl"), test_path("out.jsonl"), rules, "c4.min_sentences=off"));
    CHECK_INT(r.kept, 1);
    CHECK_INT(r.dropped, 1);
    CHECK_STR(r.rules[1].name, "no_end");
    CHECK_INT(r.rules[1].dropped, 1);
}

TEST(filter_lists, "stage/curation/tag/filter/lists") {
    static const char *const rules[] = {"words", "url"};
    static sc_filter_report r;
    in_own_registry();
    write_file("words.txt", "bad\n");
    write_file("domains.txt", "evil.example\n# comment\n");
    write_file("in.jsonl",
               "{\"text\":\"a bad one\"}\n"
               "{\"text\":\"x\",\"metadata\":{\"url\":\"https://u@www.Evil.example.:80/a\"}}\n"
               "{\"text\":\"x\",\"metadata\":{\"url\":\"http://notevil.example/evil.example\"}}\n"
               "{\"text\":\"no url\"}\n");
    char words[300], domains[300];
    snprintf(words, sizeof words, "words.file=%s", test_path("words.txt"));
    snprintf(domains, sizeof domains, "url.domain_list=%s", test_path("domains.txt"));
    const char *in = test_path("in.jsonl"), *settings[] = {words, domains};
    const sc_filter_job job = {.inputs = &in,
                               .n_inputs = 1,
                               .rules = rules,
                               .n_rules = 2,
                               .settings = settings,
                               .n_settings = 2};
    CHECK_OK(sc_data_filter(&r, &job, test_path("out"), NULL));
    CHECK_INT(r.kept, 2);
    CHECK_INT(r.rules[0].dropped, 1);
    CHECK_STR(r.rules[1].name, "domains");
    CHECK_INT(r.rules[1].dropped, 1);
}

/* What the lists of one set leave of four documents, by the names of the rules that drop. */
static void check_list(const char *set, const char *setting, const char *list, const char *in,
                       const char *want) {
    static sc_filter_report r;
    const char *const rules[] = {set, NULL};
    char value[300], got[300] = "";
    in_own_registry();
    write_file("list.txt", list);
    write_file("in.jsonl", in);
    snprintf(value, sizeof value, "%s=%s", setting, test_path("list.txt"));
    const char *path = test_path("in.jsonl"), *out = test_path("out.jsonl");
    CHECK_OK(filter(&r, path, out, rules, value));
    for (int i = 0; i < r.n_rules; i++)
        for (int64_t k = 0; k < r.rules[i].dropped; k++) {
            strncat(got, r.rules[i].name, 20);
            strncat(got, " ", 2);
        }
    CHECK_STR(got, want);
}

TEST(filter_optout, "stage/curation/tag/filter/optout") {
    static const char in[] =
        "{\"id\":\"A-1\",\"text\":\"x\",\"metadata\":{\"url\":\"https://a.example/Page\"}}\n"
        "{\"id\":\"a-1\",\"text\":\"x\",\"metadata\":{\"url\":\"sub.b.example./x\"}}\n"
        "{\"id\":7,\"text\":\"no url\"}\n";
    check_list("optout", "optout.id_list", "A-1\n7\n", in, "ids ids ");
    check_list("optout", "optout.url_list", "https://A.example/page\n", in, "urls ");
    check_list("optout", "optout.domain_list", "b.example\n", in, "domains ");
    check_list("optout", "optout.domain_list", "example\n", in, "domains domains ");
    check_list("optout", "optout.domain_list", "ub.b.example\n", in, "");
}

static void check_licence(const char *expression, bool allowed) {
    char in[500];
    snprintf(in, sizeof in, "{\"text\":\"x\",\"metadata\":{\"%s\":\"%s\"}}\n",
             allowed ? "licence" : "license", expression);
    check_list("licence", "licence.allow_list",
               "MIT\ncc-by-4.0\nGPL-2.0-only WITH Classpath-exception-2.0\n", in,
               allowed ? "" : "not_allowed ");
}

TEST(filter_licence, "stage/curation/tag/filter/licence") {
    static const char *const yes[] = {"MIT",
                                      "mit",
                                      "CC-BY-4.0 OR X",
                                      "X OR (MIT AND CC-BY-4.0)",
                                      "X AND Y OR MIT",
                                      "(MIT)",
                                      "GPL-2.0-only WITH Classpath-exception-2.0",
                                      "MIT WITH Some-exception"};
    static const char *const no[] = {"X",
                                     "",
                                     "MIT AND X",
                                     "MIT OR",
                                     "(MIT",
                                     "MIT)",
                                     "MIT MIT",
                                     "OR MIT",
                                     "MIT AND (X OR Y)",
                                     "GPL-2.0-only",
                                     "GPL-2.0-only WITH Other",
                                     "WITH",
                                     "((((((((((((((((((((((((((((((((((MIT"};
    for (int i = 0; i < SC_LEN(yes); i++) check_licence(yes[i], true);
    for (int i = 0; i < SC_LEN(no); i++) check_licence(no[i], false);
}

/* A line that would take more memory than is allowed is passed over and counted. */
TEST(filter_memory, "stage/curation/tag/filter/memory") {
    static const char *const rules[] = {"length", NULL};
    static sc_filter_report r;
    const char *in = test_path("in.jsonl");
    sc_buffer lines = SC_BUFFER_INIT;
    in_own_registry();
    sc__buffer_printf(&lines, "{\"text\":\"%0*d\"}\n{\"text\":\"%0*d\"}\n", 12 << 20, 1, 900, 1);
    CHECK_OK(sc__file_write(in, lines.data, lines.len));
    const sc_filter_job job = {.inputs = &in, .n_inputs = 1, .rules = rules, .n_rules = 1};
    const sc_data_options o = {.max_memory = (size_t)48 * (8 << 20)};
    CHECK_OK(sc_data_filter(&r, &job, test_path("out.jsonl"), &o));
    CHECK_INT(r.kept, 1);
    CHECK_INT(r.reading.unreadable, 1);
    CHECK(strstr(r.reading.first_unreadable, "longer than 8388608 bytes"));
    sc__buffer_deinit(&lines);
}

TEST(filter_usage, "stage/curation/tag/filter/usage") {
    static const char *const rules[] = {"length", NULL}, *const lists[] = {"url", NULL};
    static sc_filter_report r;
    in_own_registry();
    write_file("in.jsonl", "{\"text\":\"x\"}\n");
    const char *in = test_path("in.jsonl"), *out = test_path("o.jsonl");
    CHECK_STATUS(SC_USAGE, filter(&r, in, out, rules, "length.min_char=3"));
    CHECK_STATUS(SC_USAGE, filter(&r, in, out, rules, "c4.no_end=off"));
    CHECK_STATUS(SC_USAGE, filter(&r, in, out, lists, NULL));
    CHECK_ERROR("url.domain_list");
    CHECK_STATUS(SC_IO, filter(&r, in, out, lists, "url.url_list=/none/there"));
    CHECK(!sc__path_exists(out));
}

typedef struct {
    const char *tagger, *setting;
} listed;

static sc_status with_list(void *arg) {
    const listed *l = arg;
    static const char line[] = "{\"id\":\"a\\u0041\",\"text\":\"a bad "
                               "one\",\"metadata\":{\"url\":\"http:\\/\\/b.example/\","
                               "\"licence\":\"MI\\u0054\"}}";
    const sc_tagging_options o = {
        .taggers = &l->tagger, .n_taggers = 1, .settings = &l->setting, .n_settings = 1};
    sc_tagging *g = NULL;
    sc_tag_worker *w = NULL;
    sc_record r;
    sc_buffer room = SC_BUFFER_INIT;
    int64_t n = 0;
    sc_status s = sc__record_parse(&r, &room, (sc_slice){line, sizeof line - 1}, NULL, &n);
    if (s >= 0) s = sc__tagging_open(&g, &o);
    if (s >= 0) s = sc__tag_worker_open(&w, g);
    if (s >= 0) s = sc__tag_worker_run(w, &r);
    sc__tag_worker_close(w);
    sc__tagging_close(g);
    sc__buffer_deinit(&room);
    return s;
}

TEST(filter_lists_oom, "stage/curation/tag/filter/lists_oom") {
    static const listed lists[] = {{"words", "words.file"},
                                   {"c4", "c4.bad_words_list"},
                                   {"url", "url.domain_list"},
                                   {"optout", "optout.id_list"},
                                   {"licence", "licence.allow_list"}};
    write_file("list.txt", "bad\nmit\n");
    for (int i = 0; i < SC_LEN(lists); i++) {
        char setting[300];
        snprintf(setting, sizeof setting, "%s=%s", lists[i].setting, test_path("list.txt"));
        listed l = {lists[i].tagger, setting};
        CHECK(test_oom(with_list, &l) > 5);
    }
}
