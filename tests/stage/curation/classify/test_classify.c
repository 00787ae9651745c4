/* test_classify.c - a classifier learns what can be learnt, and nothing from bad files. */
#include "test.h"

#include "stage/curation/tag/say.h"
#include "base/file.h"
#include "socle/tag.h"
#include "stage/curation/classify/classify.h"

/* Texts of 20 words, most of them the same in both kinds. */
static void write_kind(const char *path, bool good, int n) {
    static const char *const own[2][4] = {{"click", "cheap", "now", "winner"},
                                          {"theorem", "therefore", "proof", "lemma"}};
    sc_buffer b = SC_BUFFER_INIT;
    uint64_t x = good ? 17 : 99;
    for (int i = 0; i < n; i++) {
        sc__buffer_puts(&b, "{\"text\":\"");
        for (int k = 0; k < 20; k++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            const unsigned draw = (unsigned)(x >> 40);
            if (draw % 10 < 2)
                sc__buffer_printf(&b, "%s ", own[good][draw / 10 % 4]);
            else
                sc__buffer_printf(&b, "w%u ", draw / 10 % 50);
        }
        sc__buffer_puts(&b, "\"}\n");
    }
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
}

static sc_status make(sc_classifier_report *r, const char *out, sc_classifier_options o) {
    static char good[600], bad[600];
    static const char *const goods[] = {good}, *const bads[] = {bad};
    snprintf(good, sizeof good, "%s", test_path("good.jsonl"));
    snprintf(bad, sizeof bad, "%s", test_path("bad.jsonl"));
    o.good = goods;
    o.bad = bads;
    o.n_good = o.n_bad = 1;
    return sc_data_classifier(r, test_path(out), &o);
}

static void write_both(int good, int bad) {
    write_kind(test_path("good.jsonl"), true, good);
    write_kind(test_path("bad.jsonl"), false, bad);
}

TEST(classify_learns, "stage/curation/classify/learns") {
    sc_classifier_report r;
    char setting[600];
    sayer s;
    write_both(300, 900); /* three times as many bad ones move the odds nowhere */
    CHECK_OK(make(&r, "m", (sc_classifier_options){.bits = 16, .valid = 0.2}));
    CHECK_INT(r.good.documents, 300);
    CHECK_INT(r.bad.documents, 900);
    CHECK(r.held_out > 150 && r.held_out < 350);
    CHECK((double)r.right > 0.95 * (double)r.held_out);
    CHECK(r.loss < 0.3);
    CHECK(sc__path_exists(test_path("m.lineage.json")));
    snprintf(setting, sizeof setting, "classifier.model=%s", test_path("m"));
    sayer_open(&s, "classifier", setting);
    sayer_run(&s, "theorem w1 w2 lemma w3 proof", NULL);
    CHECK(sayer_value(&s, "classifier__good") > 0.8);
    sayer_run(&s, "click w1 w2 cheap w3 now", NULL);
    CHECK(sayer_value(&s, "classifier__good") < 0.2);
    sayer_run(&s, "...", NULL);
    CHECK_INT(s.worker->tags.n, 0);
    sayer_close(&s);
}

TEST(classify_words, "stage/curation/classify/words") {
    sc_classifier_report r;
    char setting[600];
    const char *name = "classifier", *list = setting;
    sc_tagging *g;
    sc_tag_worker *w;
    sc_record record = {.text = {"a b", 3}};
    write_both(20, 20);
    CHECK_OK(make(&r, "m", (sc_classifier_options){.bits = 8, .words = "whitespace"}));
    CHECK_INT(r.held_out, 0);
    snprintf(setting, sizeof setting, "classifier.model=%s", test_path("m"));
    const sc_tagging_options o = {
        .taggers = &name, .n_taggers = 1, .settings = &list, .n_settings = 1};
    CHECK_OK(sc__tagging_open(&g, &o));
    CHECK_OK(sc__tag_worker_open(&w, g));
    CHECK_STATUS(SC_USAGE, sc__tag_worker_run(w, &record));
    CHECK_ERROR("--words whitespace");
    sc__tag_worker_close(w);
    sc__tagging_close(g);
}

/* The threads change no byte. */
TEST(classify_threads, "stage/curation/classify/threads") {
    sc_classifier_report r;
    sc_map a, b;
    write_both(50, 70);
    CHECK_OK(make(&r, "a", (sc_classifier_options){.bits = 12, .common = {.threads = 1}}));
    CHECK_OK(make(&r, "b", (sc_classifier_options){.bits = 12, .common = {.threads = 3}}));
    CHECK_OK(sc__map_open(&a, test_path("a")));
    CHECK_OK(sc__map_open(&b, test_path("b")));
    CHECK(a.size == b.size && !memcmp(a.data, b.data, a.size));
    sc__map_close(&a);
    sc__map_close(&b);
}

TEST(classify_bad, "stage/curation/classify/bad") {
    sc_classifier_report r;
    sc_classifier *c;
    write_both(5, 5);
    const char *path = test_path("good.jsonl");
    const sc_classifier_options both = {.good = &path, .bad = &path, .n_good = 1, .n_bad = 1};
    CHECK_STATUS(SC_USAGE, sc_data_classifier(&r, "-", &both));
    CHECK_STATUS(SC_USAGE, make(&r, "m", (sc_classifier_options){.bits = 7}));
    CHECK_STATUS(SC_USAGE, make(&r, "m", (sc_classifier_options){.bits = 27}));
    CHECK_STATUS(SC_USAGE, make(&r, "m", (sc_classifier_options){.rate = -1}));
    CHECK_STATUS(SC_USAGE, make(&r, "m", (sc_classifier_options){.valid = 1}));
    CHECK_STATUS(SC_USAGE, make(&r, "m", (sc_classifier_options){.epochs = -1}));
    CHECK_STATUS(SC_NOMEM, make(&r, "m", (sc_classifier_options){.common = {.max_memory = 100}}));
    CHECK_OK(sc__file_write(test_path("bad.jsonl"), "{\"text\":\"...\"}\n", 15));
    CHECK_STATUS(SC_FORMAT, make(&r, "m", (sc_classifier_options){.bits = 8}));
    CHECK_ERROR("no bad examples");
    CHECK(!sc__path_exists(test_path("m")));
    CHECK_STATUS(SC_IO, sc__classifier_load(&c, test_path("none")));
    CHECK_OK(sc__classifier_open(&c, 8, SC_WORDS_UNICODE));
    c->weights[3] = (float)INFINITY;
    CHECK_OK(sc__classifier_save(c, test_path("inf")));
    sc__classifier_close(c);
    CHECK_STATUS(SC_FORMAT, sc__classifier_load(&c, test_path("inf")));
    CHECK_ERROR("not finite");
    CHECK_STATUS(SC_FORMAT,
                 sc__classifier_load(&c, test_data("golden/safetensors/native.safetensors")));
    CHECK(!c);
}

static sc_status fit_and_save(void *arg) {
    static const uint32_t features[] = {1, 2, 3, 4};
    static const sc_example examples[] = {{features, 2, true, false},
                                          {features + 2, 2, false, false}};
    const sc_fit_options o = {2, 1, 0};
    sc_fit_result r;
    sc_classifier *c = NULL, *again = NULL;
    (void)arg;
    sc_status s = sc__classifier_open(&c, 8, SC_WORDS_UNICODE);
    if (s >= 0) s = sc__classifier_fit(&r, c, examples, 2, &o);
    if (s >= 0) s = sc__classifier_save(c, test_path("oom"));
    if (s >= 0) s = sc__classifier_load(&again, test_path("oom"));
    if (s >= 0) CHECK(!memcmp(c->weights, again->weights, 256 * sizeof *c->weights));
    sc__classifier_close(c);
    sc__classifier_close(again);
    return s;
}

TEST(classify_oom, "stage/curation/classify/oom") { CHECK(test_oom(fit_and_save, NULL) > 5); }
