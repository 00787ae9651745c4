/* test_tagger_perplexity.c - a model that the step trains, and what it says of documents. */
#include "say.h"

#include "base/file.h"
#include "socle/tag.h"

static void write_corpus(const char *path) {
    sc_buffer b = SC_BUFFER_INIT;
    for (int i = 0; i < 40; i++)
        sc__buffer_printf(&b, "{\"text\":\"the cat sat on the mat\\nthe %s saw %s <s> dog%d\"}\n",
                          i % 3 ? "cat" : "dog", i % 2 ? "the" : "a", i);
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
}

static sc_status make(sc_ngram_report *r, const char *in, const char *out, sc_ngram_options o) {
    return sc_data_ngram(r, &in, 1, out, &o);
}

TEST(perplexity_document, "stage/curation/tag/tagger_perplexity/document") {
    const char *in = test_path("in.jsonl"), *out = test_path("a.arpa");
    sc_ngram_report r;
    char setting[600];
    write_corpus(in);
    CHECK_OK(make(&r, in, out, (sc_ngram_options){.order = 3, .words = "whitespace"}));
    CHECK_INT(r.lines, 80);
    CHECK_INT(r.words, 40 * 12);
    CHECK(sc__path_exists(test_path("a.arpa.lineage.json")));
    sayer s;
    snprintf(setting, sizeof setting, "perplexity.model=%s", out);
    sayer_open(&s, "perplexity", setting);
    sayer_run(&s, "the cat sat on the mat", NULL);
    const double known = sayer_value(&s, "perplexity__perplexity");
    CHECK(known > 1 && known < 3);
    CHECK(sayer_value(&s, "perplexity__unknown") == 0);
    CHECK(sayer_value(&s, "perplexity__bucket") == -1);
    sayer_run(&s, "mat the on sat cat xyz", NULL);
    CHECK(sayer_value(&s, "perplexity__perplexity") > 5 * known);
    CHECK_NEAR(sayer_value(&s, "perplexity__unknown"), 1.0 / 6, 1e-9);
    sayer_run(&s, "\n \n", NULL);
    CHECK_INT(s.worker->tags.n, 0);
    sayer_run(&s, "<s>", NULL); /* a word that no text may have */
    CHECK(sayer_value(&s, "perplexity__unknown") == 1);
    sayer_close(&s);
}

TEST(perplexity_bucket, "stage/curation/tag/tagger_perplexity/bucket") {
    const char *in = test_path("in.jsonl"), *out = test_path("a.arpa"), *name = "perplexity";
    sc_ngram_report r;
    char model[600];
    write_corpus(in);
    CHECK_OK(make(&r, in, out, (sc_ngram_options){.order = 2, .min_count = 2}));
    CHECK_INT(r.vocabulary, 3 + 9); /* the cat sat on mat saw s dog a; without dog0 ... */
    snprintf(model, sizeof model, "perplexity.model=%s", out);
    const char *settings[] = {model, "perplexity.head=4", "perplexity.middle=30"};
    const sc_tagging_options o = {
        .taggers = &name, .n_taggers = 1, .settings = settings, .n_settings = 3};
    sayer s = {0};
    CHECK_OK(sc__tagging_open(&s.tagging, &o));
    CHECK_OK(sc__tag_worker_open(&s.worker, s.tagging));
    sayer_run(&s, "the cat sat on the mat", NULL);
    CHECK(sayer_value(&s, "perplexity__bucket") == 0);
    sayer_run(&s, "on on on on on mat mat sat sat", NULL);
    CHECK(sayer_value(&s, "perplexity__bucket") == 2);
    sayer_close(&s);
}

TEST(perplexity_usage, "stage/curation/tag/tagger_perplexity/usage") {
    static const char *const bad[][2] = {{"perplexity.head=3", "perplexity.middle=4"},
                                         {"perplexity.model=x", "perplexity.head=3"},
                                         {"perplexity.model=x", "perplexity.head=x"},
                                         {"perplexity.model=x", "perplexity.middle=0"}};
    const char *name = "perplexity", *in = test_path("in.jsonl");
    sc_tagging *g;
    sc_ngram_report r;
    for (int i = 0; i < SC_LEN(bad); i++) {
        const sc_tagging_options o = {
            .taggers = &name, .n_taggers = 1, .settings = bad[i], .n_settings = 2};
        CHECK_STATUS(SC_USAGE, sc__tagging_open(&g, &o));
    }
    write_corpus(in);
    CHECK_STATUS(SC_USAGE, make(&r, in, "-", (sc_ngram_options){0}));
    CHECK_STATUS(SC_USAGE, make(&r, in, test_path("x"), (sc_ngram_options){.order = 9}));
    CHECK_STATUS(SC_USAGE, make(&r, in, test_path("x"), (sc_ngram_options){.min_count = -1}));
    CHECK_STATUS(SC_NOMEM,
                 make(&r, in, test_path("x"), (sc_ngram_options){.common = {.max_memory = 1000}}));
    CHECK_ERROR("more memory");
    CHECK_OK(sc__file_write(test_path("none.jsonl"), "{\"text\":\"...\"}\n", 15));
    CHECK_STATUS(SC_FORMAT,
                 make(&r, test_path("none.jsonl"), test_path("x"), (sc_ngram_options){0}));
    CHECK(!sc__path_exists(test_path("x")));
}

/* The threads change no byte. */
TEST(perplexity_threads, "stage/curation/tag/tagger_perplexity/threads") {
    const char *in = test_path("in.jsonl");
    sc_ngram_report r;
    sc_map a, b;
    write_corpus(in);
    CHECK_OK(make(&r, in, test_path("a.arpa"), (sc_ngram_options){.common = {.threads = 1}}));
    CHECK_OK(make(&r, in, test_path("b.arpa"), (sc_ngram_options){.common = {.threads = 3}}));
    CHECK_OK(sc__map_open(&a, test_path("a.arpa")));
    CHECK_OK(sc__map_open(&b, test_path("b.arpa")));
    CHECK(a.size == b.size && !memcmp(a.data, b.data, a.size));
    sc__map_close(&a);
    sc__map_close(&b);
}
