/* test_run.c - a corpus from a recipe: what it holds, that steps are done once, and that a run
 * killed at any moment ends in the same bytes. */
#include "test.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/lock.h"
#include "format/documents.h"
#include "socle/corpus.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char html[] =
    "<html><body><nav><a href=/>home</a></nav><article><p>A page about the garden behind the "
    "house, "
    "where tomatoes and beans grow in long rows all summer.</p><p>The soil is dark and it holds "
    "the "
    "rain well, so that little water is needed even in a dry month.</p></article></body></html>";

static void write_text(const char *name, const char *text) {
    CHECK_OK(sc__file_write(test_path(name), text, strlen(text)));
}

/* A folder of plain text and HTML, JSONL with near-duplicates, and the recipe, which goes on with
 * `more`. */
static const char *recipe(int n, const char *more) {
    sc_buffer b = SC_BUFFER_INIT, r = SC_BUFFER_INIT;
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("files")));
    write_text("files/a.txt",
               "A plain text that is long enough to be kept by every rule of length.");
    write_text("files/b.html", html);
    for (int i = 0; i < n; i++) {
        sc__buffer_printf(&b, "{\"id\":\"doc-%d\",\"text\":\"", i);
        for (int w = 0; w < 60; w++) sc__buffer_printf(&b, "word%d ", i / 3 * 100 + w);
        sc__buffer_printf(&b, "%s\"}\n", i % 3 == 1 ? "more" : "");
    }
    sc__buffer_puts(&b, "{\"id\":\"short\",\"text\":\"too short\"}\nnot json\n");
    CHECK_OK(sc__file_write(test_path("docs.jsonl"), b.data, b.len));
    sc__buffer_printf(&r,
                      "sources:\n  files: %s\n  docs: {paths: [%s], licence: CC0-1.0}\n"
                      "filter: {rules: [length], settings: [length.min_chars=20]}\n"
                      "dedup: {methods: [exact, minhash], threshold: 0.7}\n"
                      "split: {valid: 0.2}\noutput: %s\n%s",
                      test_path("files"), test_path("docs.jsonl"), test_path("corpus"), more);
    CHECK_OK(sc__file_write(test_path("r.yaml"), r.data, r.len));
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&r);
    return test_path("r.yaml");
}

static sc_status run(sc_data_run_report *r, const char *set) {
    const sc_data_run_options o = {.recipe = test_path("r.yaml"),
                                   .overrides = &set,
                                   .n_overrides = set != NULL,
                                   .common = {.threads = 2}};
    return sc_data_run(r, &o);
}

/* Every file of the corpus but for those that tell of this very run. */
static sc_digest digest_of(const char *corpus) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found;
    sc_buffer all = SC_BUFFER_INIT;
    sc_digest d;
    CHECK_OK(sc__paths_find(&found, &a, corpus));
    for (int64_t i = 0; i < found.n; i++) {
        if (!strcmp(sc__path_name(found.paths[i]), "lineage.json")) continue;
        CHECK_OK(sc__hash_file(&d, found.paths[i]));
        sc__buffer_printf(&all, "%s %s\n", d.hex, found.paths[i] + strlen(corpus));
    }
    CHECK_OK(sc__hash_bytes(&d, all.data, all.len));
    sc__buffer_deinit(&all);
    sc__arena_deinit(&a);
    return d;
}

static const sc_data_run_step *step(const sc_data_run_report *r, const char *name) {
    for (int i = 0; i < r->n_steps; i++)
        if (!strcmp(r->steps[i].name, name)) return &r->steps[i];
    test_fail(__FILE__, __LINE__, "no step %s", name);
}

TEST(run_corpus, "stage/curation/run/corpus") {
    static const char *const files[] = {"documents",   "valid",          "dropped/2-filter",
                                        "report.html", "croissant.json", "lineage.json",
                                        "README.md"};
    sc_data_run_report r;
    recipe(90, "");
    CHECK_OK(run(&r, NULL));
    CHECK_INT(r.n_steps, 5);
    CHECK_INT(step(&r, "ingest")->kept, 93);
    CHECK_INT(step(&r, "ingest")->unreadable, 1);
    CHECK(strstr(step(&r, "ingest")->first_unreadable, "docs.jsonl"));
    CHECK_INT(step(&r, "filter")->dropped, 1);
    CHECK_INT(step(&r, "dedup-exact")->dropped, 30);
    CHECK_INT(step(&r, "dedup-minhash")->dropped, 30);
    CHECK_INT(step(&r, "split")->seen, 32);
    CHECK_INT(r.documents, step(&r, "split")->kept);
    for (int i = 0; i < SC_LEN(files); i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", test_path("corpus"), files[i]);
        if (!sc__path_exists(path)) test_fail(__FILE__, __LINE__, "no %s", files[i]);
    }
}

/* Each file is of one source, and says of which. */
TEST(run_names, "stage/curation/run/files_are_named_by_their_source") {
    static const char *const files[] = {"documents/files-00000.jsonl.zst",
                                        "documents/docs-00000.jsonl.zst",
                                        "valid/docs-00000.jsonl.zst",
                                        "dropped/2-filter/docs-00000.jsonl.zst",
                                        "attributes/length/files-00000.jsonl.zst",
                                        "attributes/length/docs-00000.jsonl.zst"};
    sc_data_run_report r;
    recipe(30, "tag: {taggers: [length]}\n");
    CHECK_OK(run(&r, NULL));
    for (int i = 0; i < SC_LEN(files); i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", test_path("corpus"), files[i]);
        if (!sc__path_exists(path)) test_fail(__FILE__, __LINE__, "no %s", files[i]);
    }
    sc_arena a = SC_ARENA_INIT;
    sc_paths found;
    CHECK_OK(sc__paths_find(&found, &a, test_path("corpus/documents")));
    CHECK_INT(found.n, 2);
    sc__arena_deinit(&a);
}

/* The corpus with its attributes can be judged again; parts are of what split left. */
TEST(run_mix, "stage/curation/run/mix_and_tag") {
    static const char *const rules[] = {"length"};
    static const char *const settings[] = {"length.min_chars=200"};
    static sc_mix_report mixed;
    sc_data_run_report r;
    recipe(90, "mix: {parts: {docs: 3x, files: 0}}\ntag: {taggers: [length]}\n");
    CHECK_OK(run(&r, NULL));
    CHECK_INT(r.n_steps, 7);
    CHECK_INT(step(&r, "mix")->seen, step(&r, "split")->kept);
    CHECK_INT(step(&r, "mix")->kept % 3, 0);
    CHECK(step(&r, "mix")->kept > step(&r, "mix")->seen);
    CHECK_INT(step(&r, "tag")->seen, step(&r, "mix")->kept);
    CHECK_INT(r.documents, step(&r, "mix")->kept);
    sc_mix_options o = {.rules = rules, .n_rules = 1, .settings = settings, .n_settings = 1};
    o.sources[0] = (sc_mix_part){.path = test_path("corpus"), .weight = 1};
    o.n_sources = 1;
    o.out = test_path("mild");
    CHECK_OK(sc_data_mix(&mixed, &o));
    CHECK_INT(mixed.judged.kept + mixed.judged.dropped, r.documents);
    CHECK_OK(run(&r, "mix.parts.docs=2x"));
    CHECK(step(&r, "split")->reused && !step(&r, "mix")->reused && !step(&r, "tag")->reused);
    CHECK_OK(run(&r, "tag.taggers=[length, lines]"));
    CHECK(!step(&r, "tag")->reused);
}

/* Models that the run trains are used by its own filter, and belong to the corpus. */
TEST(run_models, "stage/curation/run/models") {
    static const char more[] = "ngram: {texts: %s, order: 2}\n"
                               "classifier: {good: %s, bad: %s}\n";
    sc_data_run_report r;
    char text[2400];
    sc_buffer good = SC_BUFFER_INIT, bad = SC_BUFFER_INIT;
    for (int i = 0; i < 40; i++) {
        sc__buffer_printf(&good, "{\"text\":\"the garden in summer %d has tomatoes\"}\n", i);
        sc__buffer_printf(&bad, "{\"text\":\"word%d word%d word%d\"}\n", i, i + 1, i + 2);
    }
    CHECK_OK(sc__file_write(test_path("good.jsonl"), good.data, good.len));
    CHECK_OK(sc__file_write(test_path("bad.jsonl"), bad.data, bad.len));
    sc__buffer_deinit(&good);
    sc__buffer_deinit(&bad);
    char good_path[600];
    snprintf(good_path, sizeof good_path, "%s", test_path("good.jsonl"));
    snprintf(text, sizeof text, more, good_path, good_path, test_path("bad.jsonl"));
    recipe(30, text);
    const char *const sets[] = {
        "filter.rules=[perplexity, classifier]",
        "filter.settings=[perplexity.max=1000000, classifier.min_good=0.5]"};
    const sc_data_run_options o = {
        .recipe = test_path("r.yaml"), .overrides = sets, .n_overrides = 2};
    CHECK_OK(sc_data_run(&r, &o));
    CHECK_INT(step(&r, "ngram")->seen, 40);
    CHECK_INT(step(&r, "classifier")->seen, 80);
    CHECK(step(&r, "filter")->dropped > 10 && step(&r, "filter")->kept > 0);
    CHECK(sc__path_exists(test_path("corpus/models/ngram.arpa")));
    CHECK(sc__path_exists(test_path("corpus/models/classifier.safetensors")));
    write_text("good.jsonl", "{\"text\":\"other examples\"}\n");
    CHECK_OK(sc_data_run(&r, &o));
    CHECK(step(&r, "ingest")->reused && !step(&r, "ngram")->reused && !step(&r, "filter")->reused);
}

/* A list that a setting names is something the step depends on. */
TEST(run_list, "stage/curation/run/a_list_that_changed") {
    sc_data_run_report r;
    char text[700];
    write_text("words.txt", "word100\n");
    snprintf(text, sizeof text, "tag: {taggers: [words], settings: ['words.file=%s']}\n",
             test_path("words.txt"));
    recipe(9, text);
    CHECK_OK(run(&r, NULL));
    CHECK_OK(run(&r, NULL));
    CHECK(step(&r, "tag")->reused);
    write_text("words.txt", "word200\nword100\n");
    CHECK_OK(run(&r, NULL));
    CHECK(step(&r, "split")->reused && !step(&r, "tag")->reused);
}

TEST(run_again, "stage/curation/run/only_what_changed") {
    sc_data_run_report r;
    recipe(30, "");
    CHECK_OK(run(&r, NULL));
    const sc_digest first = digest_of(test_path("corpus"));
    CHECK_OK(run(&r, NULL));
    for (int i = 0; i < r.n_steps; i++) CHECK(r.steps[i].reused);
    CHECK_STR(digest_of(test_path("corpus")).hex, first.hex);
    write_text("corpus/report.html.tmp-aB3dE9", "of a run that was killed as it wrote");
    CHECK_OK(run(&r, NULL));
    CHECK_STR(digest_of(test_path("corpus")).hex, first.hex);
    CHECK_OK(run(&r, "split.valid=0.5"));
    CHECK(step(&r, "dedup-minhash")->reused && !step(&r, "split")->reused);
    CHECK_OK(run(&r, "filter.settings=[length.min_chars=5]"));
    CHECK(step(&r, "ingest")->reused && !step(&r, "filter")->reused);
    CHECK_INT(step(&r, "filter")->dropped, 0);
    write_text("files/a.txt", "Another plain text, and so all is done again.");
    CHECK_OK(run(&r, NULL));
    CHECK(!step(&r, "ingest")->reused);
}

/* A file whose name is no UTF-8 is told of as well as can be, and stops nothing. */
TEST(run_bytes, "stage/curation/run/names_of_any_bytes") {
    sc_data_run_report r;
    recipe(9, "");
    write_text("files/caf\xE9.jsonl",
               "not json\n{\"text\":\"a text of a file with an old name\"}\n");
    CHECK_OK(run(&r, NULL));
    CHECK_INT(step(&r, "ingest")->unreadable, 2);
    CHECK_OK(run(&r, NULL));
    CHECK(step(&r, "ingest")->reused);
    CHECK(strstr(step(&r, "ingest")->first_unreadable, "caf\xEF\xBF\xBD.jsonl"));
}

/* Says what a run would do, and makes nothing. */
TEST(run_dry, "stage/curation/run/dry") {
    sc_data_run_report r;
    const char *set = "split.valid=0.5";
    recipe(9, "");
    sc_data_run_options o = {.recipe = test_path("r.yaml"), .dry_run = true};
    CHECK_OK(sc_data_run(&r, &o));
    CHECK_INT(r.n_steps, 5);
    for (int i = 0; i < r.n_steps; i++) CHECK(!r.steps[i].reused);
    CHECK(!sc__path_exists(test_path("corpus")));
    CHECK_OK(run(&r, NULL));
    o.overrides = &set;
    o.n_overrides = 1;
    CHECK_OK(sc_data_run(&r, &o));
    CHECK(step(&r, "dedup-minhash")->reused && !step(&r, "split")->reused);
}

static void kill_after(int ms) {
    const pid_t child = fork();
    if (!child) {
        sc_data_run_report r;
        _exit(run(&r, NULL) < 0);
    }
    const struct timespec t = {0, ms * 1000000L};
    nanosleep(&t, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

TEST(run_killed, "stage/curation/run/killed") {
    sc_data_run_report r;
    recipe(600, "mix: {parts: {docs: 2x}}\ntag: {taggers: [length]}\n");
    CHECK_OK(run(&r, NULL));
    const sc_digest want = digest_of(test_path("corpus"));
    for (int ms = 3; ms < 80; ms += 11) {
        CHECK_OK(sc__dir_remove(test_path("corpus")));
        kill_after(ms);
        kill_after(ms / 2);
        CHECK_OK(run(&r, NULL));
        CHECK_STR(digest_of(test_path("corpus")).hex, want.hex);
    }
}

/* Two that work in one folder would take half of what the other makes for the whole. */
TEST(run_twice, "stage/curation/run/one_at_a_time") {
    sc_data_run_report r;
    int lock;
    recipe(9, "");
    CHECK_OK(sc__dir_make(test_path("corpus/.steps")));
    CHECK_OK(sc__lock_take(&lock, test_path("corpus/.steps"), false));
    CHECK_STATUS(SC_IO, run(&r, NULL));
    CHECK_ERROR("another process is at work");
    sc__lock_give(lock);
    CHECK_OK(run(&r, NULL));
}

/* A document that is too long for a step is told of, and not lost without a word. */
TEST(run_long, "stage/curation/run/what_a_step_passes_over_is_told") {
    enum { N = 5 << 19, MEMORY = 96 << 20 }; /* ingest takes a 32nd of it, filter a 48th */
    sc_data_run_report r;
    sc_buffer b = SC_BUFFER_INIT;
    recipe(9, "");
    while (b.len < N) sc__buffer_puts(&b, "a word and another ");
    CHECK_OK(sc__file_write(test_path("files/long.txt"), b.data, b.len));
    sc__buffer_deinit(&b);
    const sc_data_run_options o = {.recipe = test_path("r.yaml"),
                                   .common = {.threads = 2, .max_memory = MEMORY}};
    CHECK_OK(sc_data_run(&r, &o));
    CHECK_INT(step(&r, "ingest")->kept - step(&r, "filter")->seen, 1);
    CHECK_INT(step(&r, "filter")->unreadable, 1);
    CHECK(strstr(step(&r, "filter")->first_unreadable, "longer than 2097152"));
}

/* What a person keeps in the output folder is never taken for an earlier corpus. */
TEST(run_keeps, "stage/curation/run/keeps_what_is_not_its_own") {
    static const char mine[] = "{\"text\":\"not to be lost\"}\n";
    sc_data_run_report r;
    sc_buffer b = SC_BUFFER_INIT;
    recipe(9, "");
    CHECK_OK(sc__dir_make(test_path("corpus/documents")));
    write_text("corpus/documents/mine.jsonl", mine);
    CHECK_STATUS(SC_FORMAT, run(&r, NULL));
    CHECK_ERROR("was not made by data run");
    CHECK_OK(sc__file_read(&b, test_path("corpus/documents/mine.jsonl"), 100));
    CHECK_STR(b.data, mine);
    sc__buffer_deinit(&b);
    CHECK_OK(sc__dir_remove(test_path("corpus")));
    CHECK_OK(run(&r, "keep_steps=false")); /* without .steps the lineage tells whose it is */
    CHECK_OK(run(&r, "keep_steps=false"));
    sc_corpus_report told;
    CHECK_OK(sc_data_report(&told, test_path("corpus"), NULL)); /* also after a report of it */
    CHECK_OK(run(&r, NULL));
    char set[700];
    snprintf(set, sizeof set, "output=%s", test_path("files"));
    CHECK_STATUS(SC_USAGE, run(&r, set));
    CHECK_ERROR("lies in it");
}

TEST(run_bad, "stage/curation/run/bad") {
    static const char *const rows[][2] = {
        {"output: x\n", "sources: is missing"},
        {"sources: {a/b: x}\n", "cannot name a folder"},
        {"sources: {a: x}\noutput: \"\"\n", "names no folder"},
        {"sources: {a: {path: x}}\n", "unknown key path"},
        {"sources: {a: {licence: MIT}}\n", "paths: missing"},
        {"sources: {a: x}\ndedup: {methods: [exact], keep: last}\n", "there are first, longest"},
        {"sources: {a: x}\ndedup: {methods: [exact], keep: best}\n", "dedup.score"},
        {"sources: {a: x}\ndedup: {methods: [exakt]}\n", "did you mean \"exact\""},
        {"sources: {a: x}\ndedup: {methods: [exact], min_length: {line: 5}}\n", "not among"},
        {"sources: {a: x}\ningest: {html: text}\n", "there are main, body, source"},
        {"sources: {a: x}\ningest: {file_size: big}\n", "not a size"},
        {"sources: {a: x}\nmix: {parts: {b: 1}}\n", "b is not among the sources"},
        {"sources: {a: x}\nmix: {parts: {a: often}}\n", "how often (3x)"},
        {"sources: {a: x}\ntag: {taggers: [lenght]}\n", "there is no \"lenght\""},
        {"sources: {a: x}\nngram: {texts: [x.jsonl]}\n", "does not name perplexity"},
        {"sources: {a: x}\nfilter: {rules: [length], settings: [lenght.min_chars=3]}\n",
         "no rule or tagger that runs is set by that"},
        {"sources: {a: x}\ntag: {taggers: [length], settings: [words.file=x]}\n",
         "no rule or tagger that runs is set by that"},
        {"sources: {a: x}\nclassifier: {good: [x]}\n", "learns from both"},
        {"sources: {a: x}\nsplit: {valid: 1}\n", "shares below 1"},
        {"sources: {a: x}\nfilter: {settings: [a.b=1]}\n", "no filter.rules"},
        {"sources: {a: x}\nfiltr: {rules: [c4]}\n", "filter"},
        {"sources: {a: nothing-here}\n", "nothing-here"},
        {"sources: {a: r.yaml}\ndecontaminate: {against: no-set}\n", "no-set"},
        {"sources: {a: r.yaml}\ntag: {taggers: [words], settings: [words.file=no-list]}\n",
         "no such file"},
        {"sources: {a: r.yaml}\nfilter: {rules: [no-such]}\n", "no-such"}};
    sc_data_run_report r;
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK(chdir(test_dir()) == 0);
    for (int i = 0; i < SC_LEN(rows); i++) {
        write_text("r.yaml", rows[i][0]);
        const sc_status s = run(&r, NULL);
        CHECK(s == SC_FORMAT || s == SC_USAGE || s == SC_IO);
        CHECK_ERROR(rows[i][1]);
    }
}

/* The recipe of --init is one that runs once its sources are named. */
TEST(run_template, "stage/curation/run/template") {
    sc_data_run_report r;
    char sources[700], output[700];
    recipe(9, "");
    CHECK_OK(sc_data_template(test_path("init.yaml")));
    snprintf(sources, sizeof sources, "sources={mine: %s}", test_path("docs.jsonl"));
    snprintf(output, sizeof output, "output=%s", test_path("corpus"));
    const char *const sets[] = {
        sources, output,
        "filter.settings=[gopher-quality.min_words=1, gopher-quality.min_stop_words=off]",
        "filter.rules=[gopher-quality]"};
    const sc_data_run_options o = {
        .recipe = test_path("init.yaml"), .overrides = sets, .n_overrides = 4};
    CHECK_OK(sc_data_run(&r, &o));
    CHECK(r.documents > 0);
    CHECK_INT(step(&r, "tag")->seen, r.documents);
}
