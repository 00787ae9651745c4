/* test_mix.c - shares are what weights, sizes and temperature make of them, and documents fill
 * them. */
#include "test.h"

#include "base/file.h"
#include "format/stream.h"
#include "socle/corpus.h"
#include "socle/tag.h"

/* n documents of 100 bytes each. */
static const char *source(const char *name, int n) {
    static char paths[8][600];
    static int next;
    char *path = paths[next++ % 8];
    sc_buffer b = SC_BUFFER_INIT;
    setenv("SOCLE_HOME", test_path("home"), 1);
    for (int i = 0; i < n; i++)
        sc__buffer_printf(&b, "{\"id\":\"%s-%d\",\"text\":\"%s %0*d\"}\n", name, i, name,
                          99 - (int)strlen(name), i);
    snprintf(path, sizeof paths[0], "%s.jsonl", test_path(name));
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
    return path;
}

static sc_mix_report mix(sc_mix_options o, double weight_a, double weight_b) {
    sc_mix_report r;
    o.sources[0].path = source("a", 4000);
    o.sources[0].weight = weight_a;
    o.sources[1].path = source("b", 1000);
    o.sources[1].weight = weight_b;
    o.n_sources = 2;
    o.out = test_path("out");
    CHECK_OK(sc__dir_remove(o.out));
    CHECK_OK(sc_data_mix(&r, &o));
    return r;
}

TEST(mix_shares, "stage/curation/mix/shares") {
    sc_mix_report r = mix((sc_mix_options){0}, 1, 1); /* everything once */
    CHECK_INT(r.sources[0].written, 4000);
    CHECK_INT(r.sources[1].written, 1000);
    CHECK_INT(r.sources[1].size, 100000);
    r = mix((sc_mix_options){.budget = 250000}, 1, 1); /* half of everything */
    CHECK_NEAR(r.sources[0].epochs, 0.5, 1e-9);
    CHECK_NEAR((double)r.sources[0].written, 2000, 150);
    r = mix((sc_mix_options){.budget = 500000}, 1, 4); /* half each: b two and a half times */
    CHECK_NEAR(r.sources[1].share, 0.5, 1e-9);
    CHECK_NEAR(r.sources[1].epochs, 2.5, 1e-9);
    CHECK_NEAR((double)r.sources[1].written, 2500, 75);
    r = mix((sc_mix_options){.temperature = 2}, 1, 1); /* square roots: 2 to 1 */
    CHECK_NEAR(r.sources[0].share, 2.0 / 3, 1e-9);
    r = mix((sc_mix_options){.budget = 5000000}, 1, 1); /* no more than four epochs */
    CHECK_INT(r.sources[0].written, 16000);
}

TEST(mix_bad, "stage/curation/mix/bad") {
    sc_mix_report r;
    sc_mix_options o = {.out = test_path("out"), .n_sources = 1};
    o.sources[0].path = source("a", 3);
    o.sources[0].weight = -1;
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
    o.sources[0].weight = 0;
    CHECK_STATUS(SC_FORMAT, sc_data_mix(&r, &o));
    CHECK_ERROR("no text that has a weight");
    o.sources[0].weight = 1;
    o.out = "x.jsonl";
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
}

TEST(mix_amount, "stage/curation/mix/amount") {
    static const struct {
        const char *text;
        double weight, epochs;
        int64_t size;
    } rows[] = {{"2.5", 2.5, 0, 0},        {"0", 0, 0, 0},
                {"3x", 0, 3, 0},           {"0.5x", 0, 0.5, 0},
                {"500M", 0, 0, 500 << 20}, {"1.5k", 0, 0, 1536}};
    static const char *const bad[] = {"",   "x",  "-1", "3 x", "3xx", "5Q",
                                      "5 ", "0x", "0M", "inf", "nan"};
    sc_mix_part p;
    for (int i = 0; i < SC_LEN(rows); i++) {
        CHECK(sc_mix_amount(&p, rows[i].text));
        CHECK_NEAR(p.weight, rows[i].weight, 0);
        CHECK_NEAR(p.epochs, rows[i].epochs, 0);
        CHECK_INT(p.size, rows[i].size);
    }
    for (int i = 0; i < SC_LEN(bad); i++)
        if (sc_mix_amount(&p, bad[i])) test_fail(__FILE__, __LINE__, "%s is taken", bad[i]);
}

/* Two sources of 400,000 and 100,000 bytes, each with what it is to give. */
static sc_status mix_parts(sc_mix_report *r, const char *a, const char *b, int64_t budget) {
    sc_mix_options o = {.n_sources = 2, .out = test_path("out"), .budget = budget};
    CHECK(sc_mix_amount(&o.sources[0], a) && sc_mix_amount(&o.sources[1], b));
    o.sources[0].path = source("a", 4000);
    o.sources[1].path = source("b", 1000);
    CHECK_OK(sc__dir_remove(o.out));
    return sc_data_mix(r, &o);
}

TEST(mix_parts, "stage/curation/mix/parts") {
    sc_mix_report r;
    CHECK_OK(mix_parts(&r, "1", "3x", 500000)); /* the rest of the budget is for a */
    CHECK_INT(r.sources[1].written, 3000);
    CHECK_NEAR(r.sources[0].epochs, 0.5, 1e-9);
    CHECK_NEAR(r.sources[0].share, 0.4, 1e-9);
    CHECK_OK(mix_parts(&r, "1", "6x", 0)); /* what is asked for by name has no limit */
    CHECK_INT(r.sources[0].written, 4000);
    CHECK_INT(r.sources[1].written, 6000);
    CHECK_OK(mix_parts(&r, "100K", "50K", 0));
    CHECK_NEAR(r.sources[0].epochs, 0.256, 1e-9);
    CHECK_NEAR(r.sources[1].epochs, 0.512, 1e-9);
    CHECK_OK(mix_parts(&r, "1", "1M", 0)); /* ten times is too often */
    CHECK_INT(r.sources[1].written, 4000);
    CHECK_STATUS(SC_USAGE, mix_parts(&r, "1", "3x", 200000));
    CHECK_ERROR("the budget is 200000");
    CHECK_STATUS(SC_USAGE, mix_parts(&r, "1x", "1x", 600000));
    CHECK_ERROR("no source has a weight");
}

/* ---- rules ----------------------------------------------------------------------------------- */

/* A corpus of n documents of 20, 40, 60 ... characters, in lines of 20, with their attributes. */
static const char *tagged(const char *name, int n) {
    static const char *const taggers[] = {"length", "c4"};
    sc_buffer b = SC_BUFFER_INIT;
    const char *dir = test_path(name);
    char path[600];
    sc_data_reading reading;
    setenv("SOCLE_HOME", test_path("home"), 1);
    for (int i = 0; i < n; i++) {
        sc__buffer_printf(&b, "{\"id\":\"%s-%d\",\"text\":\"", name, i);
        for (int k = 0; k <= i; k++)
            sc__buffer_printf(&b, "%sThis line is no. %02d%s", k ? "\\n" : "", k,
                              k % 5 == 4 ? " javascript." : ".");
        sc__buffer_puts(&b, "\"}\n");
    }
    snprintf(path, sizeof path, "%s/documents", dir);
    CHECK_OK(sc__dir_make(path));
    snprintf(path, sizeof path, "%s/documents/00000.jsonl", dir);
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
    const sc_tag_job job = {.inputs = &dir, .n_inputs = 1, .taggers = taggers, .n_taggers = 2};
    CHECK_OK(sc_data_tag(&reading, &job, dir, NULL));
    return dir;
}

static sc_buffer read_packed(const char *path) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__stream_read_all(&b, test_path(path), SIZE_MAX));
    return b;
}

static sc_mix_options ruled(const char *const *settings, int n_settings) {
    static const char *const rules[] = {"length", "c4"};
    return (sc_mix_options){.rules = rules,
                            .n_rules = 2,
                            .settings = settings,
                            .n_settings = n_settings,
                            .out = test_path("out"),
                            .common = {.threads = 2}};
}

/* What mix keeps by attributes is what filter keeps as it tags: the same documents, cut alike. */
TEST(mix_rules, "stage/curation/mix/rules") {
    static const char *const settings[] = {"length.min_chars=50", "c4.min_sentences=3"};
    static const char *const sets[] = {"length", "c4"};
    static sc_filter_report filtered;
    static sc_mix_report r;
    sc_mix_options o = ruled(settings, 2);
    const char *dir = tagged("web", 40);
    o.sources[0] = (sc_mix_part){.path = dir, .weight = 1};
    o.n_sources = 1;
    CHECK_OK(sc_data_mix(&r, &o));
    const sc_filter_job job = {.inputs = &dir,
                               .n_inputs = 1,
                               .rules = sets,
                               .n_rules = 2,
                               .settings = settings,
                               .n_settings = 2};
    CHECK_OK(sc_data_filter(&filtered, &job, test_path("filtered"), NULL));
    CHECK(filtered.kept > 30 && filtered.dropped > 1);
    CHECK_INT(r.judged.kept, filtered.kept);
    CHECK_INT(r.judged.dropped, filtered.dropped);
    CHECK_INT(r.sources[0].documents, filtered.kept);
    CHECK_INT(r.sources[0].size, filtered.bytes_kept);
    CHECK_INT(r.sources[0].written, filtered.kept);
    for (int i = 0; i < filtered.n_rules; i++) {
        CHECK_INT(r.judged.rules[i].dropped, filtered.rules[i].dropped);
        CHECK_INT(r.judged.rules[i].spans, filtered.rules[i].spans);
    }
    sc_buffer a = read_packed("out/documents/01-web-00000.jsonl.zst"),
              b = read_packed("filtered/documents/00000.jsonl.zst"),
              d = read_packed("out/dropped/01-web-00000.jsonl.zst");
    CHECK(a.len == b.len && !memcmp(a.data, b.data, a.len));
    CHECK(
        strstr(d.data, "\"dropped\":{\"step\":\"mix\",\"rule\":\"length.min_chars\",\"value\":20"));
    sc__buffer_deinit(&a);
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&d);
}

/* Another threshold is another mixing; what rules drop counts in no size. */
TEST(mix_remix, "stage/curation/mix/another_threshold") {
    static const char *const settings[] = {"length.min_chars=201", "c4=drop"};
    static const char *const rules[] = {"length"};
    static sc_mix_report r;
    sc_mix_options o = ruled(settings, 1);
    o.rules = rules;
    o.n_rules = 1;
    o.sources[0] = (sc_mix_part){.path = tagged("web", 20), .weight = 1};
    o.sources[1] = (sc_mix_part){.path = tagged("docs", 40), .epochs = 2};
    o.n_sources = 2;
    CHECK_OK(sc_data_mix(&r, &o));
    CHECK_INT(r.judged.kept + r.judged.dropped, 60);
    CHECK(r.sources[0].documents > 5 && r.sources[0].documents < 12);
    CHECK_INT(r.sources[1].documents - r.sources[0].documents, 20);
    CHECK_INT(r.sources[1].written, 2 * r.sources[1].documents);
    o.n_settings = 0;
    CHECK_OK(sc_data_mix(&r, &o));
    CHECK_INT(r.sources[0].documents, 17); /* at least 64 characters */
}

TEST(mix_rules_bad, "stage/curation/mix/rules_bad") {
    static const char *const settings[] = {"c4.bad_words_list=x"};
    static sc_mix_report r;
    sc_mix_options o = ruled(settings, 1);
    o.sources[0] = (sc_mix_part){.path = tagged("web", 3), .weight = 1};
    o.n_sources = 1;
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o)); /* no tagger is there that would take it */
    CHECK_ERROR("socle data tag");
    o.n_settings = 0;
    CHECK_OK(sc__file_write(test_path("web/documents/00000.jsonl"), "{\"text\":\"new\"}\n", 15));
    CHECK_STATUS(SC_MISMATCH, sc_data_mix(&r, &o));
    CHECK_OK(sc__dir_remove(test_path("web/attributes")));
    CHECK_STATUS(SC_IO, sc_data_mix(&r, &o));
    CHECK_ERROR("socle data tag");
    o.n_rules = 0;
    o.attributes = "x";
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
    CHECK_ERROR("no rules");
}

static sc_status mix_web(void *path) {
    static sc_mix_report r;
    sc_mix_options o = ruled(NULL, 0);
    o.common.threads = 1;
    o.sources[0] = (sc_mix_part){.path = path, .weight = 1};
    o.n_sources = 1;
    SC_TRY(sc__dir_remove(o.out)); /* whole but without its account, it is nobody's */
    return sc_data_mix(&r, &o);
}

TEST(mix_oom, "stage/curation/mix/oom") {
    char path[600];
    snprintf(path, sizeof path, "%s", tagged("web", 5));
    CHECK(test_oom(mix_web, path) > 20);
}

/* A mixture of fewer sources holds nothing of the others; what is no mixture is not replaced. */
TEST(mix_again, "stage/curation/mix/into_the_same_folder") {
    static sc_mix_report r;
    sc_mix_options o = {.n_sources = 2, .out = test_path("out")};
    o.sources[0] = (sc_mix_part){.path = source("a", 30), .weight = 1};
    o.sources[1] = (sc_mix_part){.path = source("b", 30), .weight = 1};
    CHECK_OK(sc_data_mix(&r, &o));
    CHECK(sc__path_exists(test_path("out/documents/02-b-b.jsonl.zst")));
    o.n_sources = 1;
    CHECK_OK(sc_data_mix(&r, &o));
    CHECK(sc__path_exists(test_path("out/documents/01-a-a.jsonl.zst")));
    CHECK(!sc__path_exists(test_path("out/documents/02-b-b.jsonl.zst")));
    CHECK(!sc__path_exists(test_path("out/documents.tmp")));
    CHECK_OK(sc__dir_make(test_path("mine/documents")));
    CHECK_OK(sc__file_write(test_path("mine/documents/00000.jsonl.zst"), "x", 1));
    o.out = test_path("mine");
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
    CHECK_ERROR("is not of a mixture");
    CHECK_OK(sc__dir_remove(o.out)); /* files that are named by days are no mixture's */
    CHECK_OK(sc__dir_make(test_path("mine/documents")));
    CHECK_OK(sc__file_write(test_path("mine/documents/2024-06.jsonl.zst"), "x", 1));
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
    CHECK_ERROR("is not of a mixture");
}

/* A mixture is not made of itself: it would be gone. */
TEST(mix_own_input, "stage/curation/mix/own_input") {
    static sc_mix_report r;
    sc_mix_options o = {.n_sources = 1, .out = test_path("out")};
    o.sources[0] = (sc_mix_part){.path = source("a", 30), .weight = 1};
    CHECK_OK(sc_data_mix(&r, &o));
    o.sources[0].path = o.out;
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
    CHECK_ERROR("would be replaced");
    CHECK(sc__path_exists(test_path("out/documents/01-a-a.jsonl.zst")));
    o.sources[0].path = "-";
    o.out = test_path("other");
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
    CHECK_ERROR("read twice");
}
