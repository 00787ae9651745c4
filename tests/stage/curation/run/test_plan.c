/* test_plan.c - every key of a recipe arrives where a step reads it; what is wrong is told with its
 * line (stage/curation/run/bad has the list). */
#include "test.h"

#include "base/file.h"
#include "stage/curation/run/plan.h"

static const char full[] =
    "sources:\n"
    "  web: crawl\n"
    "  books: {paths: [a, b], licence: MIT, text_field: body, id_field: key}\n"
    "output: here\nkeep_steps: false\n"
    "ingest: {html: body, comments: true, pages: true, min_characters: 7, drop_duplicates: true, "
    "file_size: 2M}\n"
    "ngram: {texts: good.jsonl, order: 3, min_count: 2}\n"
    "classifier: {good: [g], bad: [b]}\n"
    "filter: {rules: [perplexity, classifier], settings: [perplexity.max=9, "
    "classifier.min_good=0.5], words: english}\n"
    "dedup: {methods: [minhash, line], keep: best, score: q, threshold: 0.7, ngram: 4, bands: 20, "
    "rows: 5, min_length: {line: 40}}\n"
    "decontaminate: {against: [e], ngram: 8, min_matches: 2}\n"
    "split: {valid: 0.1, test: 0.2, seed: 5}\n"
    "mix: {parts: {web: 0.5, books: 3x}, budget: 1G, temperature: 2, max_epochs: 6, tokenizer: t, "
    "seed: 9}\n"
    "tag: {taggers: [length], words: whitespace}\n";

static void write_recipe(const char *text) {
    CHECK_OK(sc__file_write(test_path("r.yaml"), text, strlen(text)));
}

TEST(plan_keys, "stage/curation/run/plan/keys") {
    sc_plan p;
    write_recipe(full);
    CHECK_OK(sc__plan_open(&p, test_path("r.yaml"), NULL, 0));
    CHECK_INT(p.n_sources, 2);
    CHECK_STR(p.sources[1].paths.texts[1], "b");
    CHECK_STR(p.sources[1].licence, "MIT");
    CHECK_STR(p.sources[1].text_field, "body");
    CHECK_STR(p.sources[1].id_field, "key");
    CHECK_NEAR(p.sources[0].part.weight, 0.5, 0);
    CHECK_NEAR(p.sources[1].part.epochs, 3, 0);
    CHECK(p.ingest.html == SC_INGEST_HTML_BODY && p.ingest.comments && p.ingest.pages);
    CHECK(p.ingest.drop_duplicates && p.ingest.file_bytes == 2 << 20);
    CHECK_INT(p.ingest.min_characters, 7);
    CHECK_INT(p.ngram_order, 3);
    CHECK_INT(p.ngram_min_count, 2);
    CHECK_INT(p.good.n + p.bad.n, 2);
    CHECK_INT(p.rules.n, 2);
    CHECK_STR(p.words, "english");
    CHECK(p.dedup.keep == SC_DEDUP_BEST && !strcmp(p.dedup.score, "q"));
    CHECK_NEAR(p.dedup.threshold, 0.7, 0);
    CHECK_INT(p.dedup.ngram * 10000 + p.dedup.bands * 100 + p.dedup.rows, 42005);
    CHECK_INT(p.min_length[0], 0);
    CHECK_INT(p.min_length[1], 40);
    CHECK_INT(p.ngram * 10 + p.min_matches, 82);
    CHECK_INT(p.seed, 5);
    CHECK(p.mixes && p.mix.budget == (int64_t)1 << 30 && p.mix.seed == 9);
    CHECK_NEAR(p.mix.temperature + p.mix.max_epochs, 8, 0);
    CHECK_STR(p.mix.tokenizer, "t");
    CHECK_STR(p.tag_words, "whitespace");
    CHECK(!p.keep_steps && !strcmp(p.output, "here"));
    sc__plan_close(&p);
}

/* A step that nothing asks for is not there. */
TEST(plan_least, "stage/curation/run/plan/least") {
    sc_plan p;
    write_recipe("sources: {a: x}\nmix: {max_epochs: 9, temperature: 1}\n");
    CHECK_OK(sc__plan_open(&p, test_path("r.yaml"), NULL, 0));
    CHECK(!p.mixes && !p.rules.n && !p.methods.n && !p.against.n && !p.taggers.n);
    CHECK(!p.good.n && !p.ngram_texts.n && p.keep_steps);
    CHECK_NEAR(p.sources[0].part.weight, 1, 0);
    sc__plan_close(&p);
}

static sc_status open_and_close(void *path) {
    sc_plan p;
    const sc_status s = sc__plan_open(&p, path, NULL, 0);
    sc__plan_close(&p);
    return s;
}

TEST(plan_oom, "stage/curation/run/plan/oom") {
    char path[600];
    write_recipe(full);
    snprintf(path, sizeof path, "%s", test_path("r.yaml"));
    CHECK(test_oom(open_and_close, path) > 5);
}
