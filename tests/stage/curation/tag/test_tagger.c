/* test_tagger.c - every tagger of the table, whatever it is: it opens, looks at odd texts, says the
 * same twice, and survives a lack of memory. */
#include "test.h"

#include "stage/curation/tag/tagger.h"

static sc_record record_of(sc_buffer *room, const char *line) {
    sc_record r;
    int64_t n = 0;
    CHECK_OK(sc__record_parse(&r, room, (sc_slice){line, strlen(line)}, NULL, &n));
    return r;
}

static const char *const odd[] = {
    "{\"text\":\"\"}",
    "{\"text\":\"\\u0000\"}",
    "{\"text\":\"\\n\\n\\n\"}",
    "{\"text\":\" \"}",
    "{\"text\":\"a\",\"metadata\":{\"url\":\"http://x.example/\"}}",
    "{\"text\":\"\\u0301\\u200d\"}",
    "{\"text\":\"한국어 문장입니다. 今日は。\\r\\nThe end - of it... {x} \\u2028 "
    "https://a.example/?q=1\"}",
    "{\"text\":\"\\ud83d\\ude00\\ud83d\\ude00 \\ufffd\\u3000x\"}",
};

/* Those that run with no setting given. */
static bool runs_alone(const sc_tagger_row *row) {
    sc_tagging *g;
    const sc_tagging_options o = {.taggers = &row->name, .n_taggers = 1};
    const sc_status s = sc__tagging_open(&g, &o);
    sc__tagging_close(g);
    CHECK(s >= 0 || s == SC_USAGE);
    return s >= 0;
}

static void run_odd(const char *name, sc_words_mode words) {
    sc_tagging *g;
    sc_tag_worker *w, *other;
    const sc_tagging_options o = {.taggers = &name, .n_taggers = 1, .words = words};
    CHECK_OK(sc__tagging_open(&g, &o));
    CHECK_OK(sc__tag_worker_open(&w, g));
    for (int i = 0; i < SC_LEN(odd); i++) {
        sc_buffer room = SC_BUFFER_INIT, a = SC_BUFFER_INIT, b = SC_BUFFER_INIT;
        const sc_record r = record_of(&room, odd[i]);
        CHECK_OK(sc__tag_worker_open(&other, g)); /* one that has seen nothing before */
        CHECK_OK(sc__tag_worker_run(w, &r));
        CHECK_OK(sc__tag_worker_run(other, &r));
        CHECK_OK(sc__tags_write(&a, &w->tags, w->marks, w->doc));
        CHECK_OK(sc__tags_write(&b, &other->tags, other->marks, other->doc));
        CHECK_STR(a.data, b.data);
        sc__buffer_deinit(&a);
        sc__buffer_deinit(&b);
        sc__buffer_deinit(&room);
        sc__tag_worker_close(other);
    }
    sc__tag_worker_close(w);
    sc__tagging_close(g);
}

TEST(tagger_odd_texts, "stage/curation/tag/tagger/odd_texts") {
    for (int i = 0; i < sc__n_taggers; i++)
        for (int words = 0; sc_words_names[words] && runs_alone(&sc__taggers[i]); words++)
            run_odd(sc__taggers[i].name, (sc_words_mode)words);
}

TEST(tagger_table, "stage/curation/tag/tagger/table") {
    for (int i = 0; i < sc__n_taggers; i++) {
        const sc_tagger_row *row = &sc__taggers[i];
        int n = 0;
        CHECK(sc__tagger_find(row->name) == row);
        for (const sc_tagger_setting *s = row->tagger->settings; s && s->key; s++) n++;
        CHECK(n <= SC_TAGGER_SETTINGS_MAX && strlen(row->prefix) < 64);
        CHECK(!n || row->tagger->load);
    }
}

static sc_status open_with(const char *tagger, const char *setting) {
    sc_tagging *g;
    const sc_tagging_options o = {
        .taggers = &tagger, .n_taggers = 1, .settings = &setting, .n_settings = setting != NULL};
    const sc_status s = sc__tagging_open(&g, &o);
    sc__tagging_close(g);
    return s;
}

TEST(tagger_usage, "stage/curation/tag/tagger/usage") {
    CHECK_STATUS(SC_USAGE, open_with("lenght", NULL));
    CHECK_ERROR("did you mean \"length\"");
    CHECK_STATUS(SC_USAGE, open_with("length", "length.x=1"));
    CHECK_STATUS(SC_USAGE, open_with("length", "other.x=1"));
    CHECK_STATUS(SC_USAGE, open_with("length", "length"));
    const char *twice[] = {"length", "length"};
    sc_tagging *g;
    const sc_tagging_options o = {.taggers = twice, .n_taggers = 2};
    CHECK_STATUS(SC_USAGE, sc__tagging_open(&g, &o));
}

static sc_status one_document(void *arg) {
    const sc_tagger_row *row = *(const sc_tagger_row **)arg;
    sc_tagging *g = NULL;
    sc_tag_worker *w = NULL;
    sc_record r;
    sc_buffer room = SC_BUFFER_INIT;
    int64_t n = 0;
    const sc_tagging_options o = {.taggers = &row->name, .n_taggers = 1};
    sc_status s = sc__record_parse(&r, &room, (sc_slice){odd[6], strlen(odd[6])}, NULL, &n);
    if (s >= 0) s = sc__tagging_open(&g, &o);
    if (s >= 0) s = sc__tag_worker_open(&w, g);
    if (s >= 0) s = sc__tag_worker_run(w, &r);
    sc__tag_worker_close(w);
    sc__tagging_close(g);
    sc__buffer_deinit(&room);
    return s;
}

TEST(tagger_oom, "stage/curation/tag/tagger/oom") {
    for (int i = 0; i < sc__n_taggers; i++) {
        const sc_tagger_row *row = &sc__taggers[i];
        if (runs_alone(row)) CHECK(test_oom(one_document, &row) > 3);
    }
}
