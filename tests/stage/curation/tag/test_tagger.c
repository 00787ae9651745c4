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
    ("{\"text\":\"한국어 문장입니다. 今日は。\\r\\nThe end - of it... {x} \\u2028 "
     "https://a.example/?q=1\"}"),
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
        CHECK_OK(sc__tags_write(&a, &w->tags, w->marks, 0, w->doc));
        CHECK_OK(sc__tags_write(&b, &other->tags, other->marks, 0, other->doc));
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

/* What each says of a small text, reckoned by hand; places are code points. */
static const struct {
    const char *tagger, *record, *says;
} said[] = {
    {"length", "{\"text\":\"한국어 글.\\nTwo words\"}",
     "\"attributes\":{\"length__chars\":[[0,16,16]],\"length__bytes\":[[0,16,24]],"
     "\"length__words\":[[0,16,4]],\"length__lines\":[[0,16,2]],\"length__paragra"
     "phs\":[[0,16,1]],\"length__longest_line\":[[0,16,9]]}}"},
    {"lines", "{\"text\":\"한국\\n\\nab!?\"}",
     "\"attributes\":{\"lines__mean_chars\":[[0,8,2]],\"lines__max_chars\":[[0,8,4"
     "]],\"lines__blank\":[[0,8,0.3333333333333333]],\"lines__alphanumeric\":[[0"
     ",8,0.5]]}}"},
    {"c4",
     "{\"text\":\"  Menu \\nA line that ends well, with enough words to be told "
     "apart.[12] See it's here.\\nWe use cookies and JavaScript {x}.\\nLorem i"
     "psum dolor sit amet is here, and so on and on and on.\\n今日は。明日。\"}",
     "\"attributes\":{\"c4__margin\":[[0,2,1],[6,7,1]],\"c4__no_end\":[[0,7,1],[18"
     "2,189,1]],\"c4__line_words\":[[0,7,1],[86,120,6],[182,189,1]],\"c4__sente"
     "nces\":[[0,7,1],[8,85,2],[86,120,1],[121,181,1],[182,189,2]],\"c4__citat"
     "ion\":[[66,70,1]],\"c4__curly_bracket\":[[86,120,1]],\"c4__javascript\":[[8"
     "6,120,1]],\"c4__policy\":[[86,120,1]],\"c4__lorem_ipsum\":[[121,181,1]]}}"},
    {"gopher-quality", "{\"text\":\"- the one\\n• of them...\\n# two… to 12\"}",
     "\"attributes\":{\"gopher_quality__words\":[[0,35,7]],\"gopher_quality__word"
     "_length\":[[0,35,2.7142857142857144]],\"gopher_quality__letter_words\":[["
     "0,35,0.8571428571428571]],\"gopher_quality__stop_words\":[[0,35,3]],\"gop"
     "her_quality__hashes\":[[0,35,0.14285714285714285]],\"gopher_quality__ell"
     "ipses\":[[0,35,0.2857142857142857]],\"gopher_quality__bullet_lines\":[[0,"
     "35,0.6666666666666666]],\"gopher_quality__ellipsis_lines\":[[0,35,0.3333"
     "333333333333]]}}"},
    {"gopher-quality", "{\"text\":\"나는 학교에 갔다.\"}",
     "\"attributes\":{\"gopher_quality__words\":[[0,10,3]],\"gopher_quality__word"
     "_length\":[[0,10,2.3333333333333335]],\"gopher_quality__letter_words\":[["
     "0,10,1]],\"gopher_quality__stop_words\":[[0,10,0]],\"gopher_quality__hash"
     "es\":[[0,10,0]],\"gopher_quality__ellipses\":[[0,10,0]],\"gopher_quality__"
     "bullet_lines\":[[0,10,0]],\"gopher_quality__ellipsis_lines\":[[0,10,0]]}}"},
    {"gopher-repetition", "{\"text\":\"a b\\n\\na b\\n\\n\\na b\"}",
     "\"attributes\":{\"gopher_repetition__paragraphs\":[[0,14,0.666666666666666"
     "6]],\"gopher_repetition__paragraph_chars\":[[0,14,0.42857142857142855]],"
     "\"gopher_repetition__lines\":[[0,14,0.6666666666666666]],\"gopher_repetit"
     "ion__line_chars\":[[0,14,0.42857142857142855]],\"gopher_repetition__top_"
     "2_gram\":[[0,14,0.6428571428571429]],\"gopher_repetition__top_3_gram\":[["
     "0,14,0.8571428571428571]],\"gopher_repetition__top_4_gram\":[[0,14,1.142"
     "8571428571428]],\"gopher_repetition__duplicate_5_grams\":[[0,14,0]],\"gop"
     "her_repetition__duplicate_6_grams\":[[0,14,0]],\"gopher_repetition__dupl"
     "icate_7_grams\":[[0,14,0]],\"gopher_repetition__duplicate_8_grams\":[[0,1"
     "4,0]],\"gopher_repetition__duplicate_9_grams\":[[0,14,0]],\"gopher_repeti"
     "tion__duplicate_10_grams\":[[0,14,0]]}}"},
    {"gopher-repetition", "{\"text\":\"我爱我爱我爱我爱我爱\"}",
     "\"attributes\":{\"gopher_repetition__paragraphs\":[[0,10,0]],\"gopher_repet"
     "ition__paragraph_chars\":[[0,10,0]],\"gopher_repetition__lines\":[[0,10,0"
     "]],\"gopher_repetition__line_chars\":[[0,10,0]],\"gopher_repetition__top_"
     "2_gram\":[[0,10,1]],\"gopher_repetition__top_3_gram\":[[0,10,1.2]],\"gophe"
     "r_repetition__top_4_gram\":[[0,10,1.6]],\"gopher_repetition__duplicate_5"
     "_grams\":[[0,10,0.5]],\"gopher_repetition__duplicate_6_grams\":[[0,10,0.6"
     "]],\"gopher_repetition__duplicate_7_grams\":[[0,10,0.7]],\"gopher_repetit"
     "ion__duplicate_8_grams\":[[0,10,0.8]],\"gopher_repetition__duplicate_9_g"
     "rams\":[[0,10,0]],\"gopher_repetition__duplicate_10_grams\":[[0,10,0]]}}"},
    {"fineweb-quality",
     "{\"text\":\"One.\\nOne.\\n한국어。\\nno end here that is longer than thirty char"
     "acters\"}",
     "\"attributes\":{\"fineweb_quality__punctuated_lines\":[[0,64,0.75]],\"finew"
     "eb_quality__short_lines\":[[0,64,0.75]],\"fineweb_quality__duplicate_lin"
     "e_chars\":[[0,64,0.06557377049180328]],\"fineweb_quality__newlines\":[[0,"
     "64,0.25]]}}"},
};

TEST(tagger_says, "stage/curation/tag/tagger/says") {
    for (int i = 0; i < SC_LEN(said); i++) {
        sc_tagging *g;
        sc_tag_worker *w;
        sc_buffer room = SC_BUFFER_INIT, out = SC_BUFFER_INIT;
        const sc_record r = record_of(&room, said[i].record);
        const sc_tagging_options o = {.taggers = &said[i].tagger, .n_taggers = 1};
        CHECK_OK(sc__tagging_open(&g, &o));
        CHECK_OK(sc__tag_worker_open(&w, g));
        CHECK_OK(sc__tag_worker_run(w, &r));
        CHECK_OK(sc__tags_write(&out, &w->tags, w->marks, 0, w->doc));
        out.data[out.len - 1] = 0; /* the newline */
        CHECK_STR(strstr(out.data, "\"attributes\""), said[i].says);
        sc__buffer_deinit(&out);
        sc__buffer_deinit(&room);
        sc__tag_worker_close(w);
        sc__tagging_close(g);
    }
}
