/* test_recipe.c - recipes through a table of keys: values, defaults, overrides, and errors that
 * name file, line and the nearest key. */
#include "test.h"

#include "base/file.h"
#include "base/recipe.h"
#include "base/recipe_tree.h"
#include "socle/log.h"

static const sc_recipe_key keys[] = {
    {"model", SC_RECIPE_MAP, NULL, "{model_type: gpt2, n_layer: 4}", "as in config.json"},
    {"model.path", SC_RECIPE_TEXT, NULL, NULL, "continue from this model directory"},
    {"data.train", SC_RECIPE_LIST, NULL, "input.txt", "files, folders, globs"},
    {"data.valid_fraction", SC_RECIPE_REAL, "0.1", NULL, "share held out"},
    {"train.steps", SC_RECIPE_INT, "1000", NULL, "optimizer steps"},
    {"train.tokens", SC_RECIPE_INT, NULL, NULL, "instead of steps"},
    {"train.learning_rate", SC_RECIPE_REAL, "1.0e-3", NULL, "peak"},
    {"train.resume", SC_RECIPE_BOOL, "false", NULL, "go on from the newest checkpoint"},
    {"train.betas", SC_RECIPE_LIST, "[a, b]", NULL, "two"},
    {"output", SC_RECIPE_TEXT, NULL, "runs/demo", "the model directory made"},
    {0}};

static sc_status parse(sc_recipe **r, const char *text) {
    return sc__recipe_parse(r, keys, text, strlen(text), "r.yaml");
}

static sc_recipe *good(const char *text) {
    sc_recipe *r;
    CHECK_OK(parse(&r, text));
    return r;
}

static const char example[] = "# a comment\n"
                              "model: {model_type: gpt2, n_layer: 4, eps: 1e-5, tie: true}\n"
                              "data:\n"
                              "  train: [a.txt, 'b c.txt']\n"
                              "train:\n"
                              "  steps: 20\n"
                              "  learning_rate: 3\n"
                              "output: 2024\n";

TEST(recipe_values, "base/recipe/values") {
    sc_recipe *r = good(example);
    int64_t n;
    double d;
    bool b;
    const char *t, *const *list;
    CHECK_OK(sc__recipe_int(&n, r, "train.steps"));
    CHECK_INT(n, 20);
    CHECK_OK(sc__recipe_int(&n, r, "train.tokens"));
    CHECK_INT(n, 0);
    CHECK(!sc__recipe_has(r, "train.tokens"));
    CHECK(sc__recipe_has(r, "train.steps"));
    CHECK(sc__recipe_has(r, "model.n_layer"));
    CHECK_OK(sc__recipe_real(&d, r, "train.learning_rate"));
    CHECK_NEAR(d, 3, 0);
    CHECK_OK(sc__recipe_real(&d, r, "data.valid_fraction"));
    CHECK_NEAR(d, 0.1, 0);
    CHECK_OK(sc__recipe_bool(&b, r, "train.resume"));
    CHECK(!b);
    CHECK_OK(sc__recipe_text(&t, r, "output"));
    CHECK_STR(t, "2024");
    CHECK_OK(sc__recipe_text(&t, r, "model.path"));
    CHECK(!t);
    CHECK_OK(sc__recipe_list(&list, &n, r, "data.train"));
    CHECK_INT(n, 2);
    CHECK_STR(list[1], "b c.txt");
    CHECK_OK(sc__recipe_list(&list, &n, r, "train.betas"));
    CHECK_INT(n, 2);
    CHECK_STR(list[0], "a");
    sc__recipe_close(r);
    r = good("data: {train: one.txt}");
    CHECK_OK(sc__recipe_list(&list, &n, r, "data.train"));
    CHECK_INT(n, 1);
    CHECK_STR(list[0], "one.txt");
    sc__recipe_close(r);
}

TEST(recipe_map, "base/recipe/map") {
    sc_recipe *r = good("model:\n  path: x\n  n: 1\n  e: 1e-5\n  b: true\n  s: \"1\"\n  z: ~\n"
                        "  deep: {list: [1, a, 2.5]}\n");
    json_t *m;
    CHECK_OK(sc__recipe_map(&m, r, "model"));
    sc_buffer b = SC_BUFFER_INIT;
    sc__json_print(&b, m);
    CHECK_STR(b.data, "{\"n\":1,\"e\":1e-05,\"b\":true,\"s\":\"1\",\"z\":null,"
                      "\"deep\":{\"list\":[1,\"a\",2.5]}}");
    sc__buffer_deinit(&b);
    json_decref(m);
    sc__recipe_close(r);
    r = good("");
    CHECK_OK(sc__recipe_map(&m, r, "model"));
    CHECK(!m);
    sc__recipe_close(r);
}

static const struct {
    const char *text, *says;
} bad[] = {
    {"train:\n  steps: ten\n", "r.yaml:2: train.steps: must be a whole number, is \"ten\""},
    {"train:\n  steps: \"10\"\n", "r.yaml:2: train.steps: must be a whole number"},
    {"train:\n  steps: 1.5\n", "whole number"},
    {"train:\n  steps: 99999999999999999999\n", "whole number"},
    {"train:\n  steps: [1]\n", "must be a whole number, is a list"},
    {"train:\n  learning_rate: .inf\n", "must be a number"},
    {"train:\n  learning_rate: 1e999\n", "must be a number"},
    {"train:\n  resume: yes\n", "must be true or false, is \"yes\""},
    {"data:\n  train: {a: b}\n", "r.yaml:2: data.train: must be a text or a list"},
    {"data: 5\n", "r.yaml:1: data: must be a mapping"},
    {"model: gpt2\n", "model: must be a mapping"},
    {"output: [a]\n", "output: must be a text, is a list"},
    {"\ntrain:\n  lerning_rate: 1\n",
     "r.yaml:3: unknown key train.lerning_rate; did you mean learning_rate?"},
    {"learning_rate: 1\n", "unknown key learning_rate; did you mean train.learning_rate?"},
    {"trian: {steps: 1}\n", "unknown key trian; did you mean train?"},
    {"qqqqq: 1\n", "unknown key qqqqq"},
    {"output: a\noutput: b\n", "r.yaml:2: key output is given twice (first in line 1)"},
    {"output: &x a\n", "anchors"},
    {"data: {train: *x}\n", "r.yaml:1"},
    {"output: *x\n", "aliases"},
    {"output: !!str a\n", "tags"},
    {"? [a]\n: b\n", "a key must be a text"},
    {"output: a\n---\noutput: b\n", "second document"},
    {"output: 'a\n", "not valid YAML"},
    {"\toutput: a\n", "r.yaml:1: not valid YAML"},
    {"- a\n", "must be a mapping"},
    {"hello\n", "must be a mapping"},
    {"output: \"a\\0b\"\n", "zero byte"},
    {"output: \xFF\n", "not valid YAML"},
    {"model: {a: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}\n", "nested too deeply"},
};

TEST(recipe_bad, "base/recipe/bad") {
    sc_recipe *r;
    for (int i = 0; i < SC_LEN(bad); i++) {
        CHECK_STATUS(SC_FORMAT, parse(&r, bad[i].text));
        CHECK(!r);
        CHECK_ERROR(bad[i].says);
    }
    CHECK_STATUS(SC_IO, sc__recipe_load(&r, keys, test_path("none.yaml")));
    CHECK_ERROR("none.yaml");
    char *big = calloc(1, SC_YAML_MAX_BYTES + 2);
    CHECK(big);
    memset(big, '#', SC_YAML_MAX_BYTES + 1);
    CHECK_STATUS(SC_FORMAT, parse(&r, big));
    CHECK_ERROR("larger than");
    free(big);
}

TEST(recipe_set, "base/recipe/set") {
    sc_recipe *r = good("train: {steps: 20}\nmodel: ~\n");
    int64_t n;
    const char *t, *const *list;
    json_t *m;
    CHECK_OK(sc__recipe_set(r, "train.steps=7"));
    CHECK_OK(sc__recipe_set(r, "train.steps=8"));
    CHECK_OK(sc__recipe_int(&n, r, "train.steps"));
    CHECK_INT(n, 8);
    CHECK_OK(sc__recipe_set(r, "data.train=*.txt"));
    CHECK_OK(sc__recipe_list(&list, &n, r, "data.train"));
    CHECK_STR(list[0], "*.txt");
    CHECK_OK(sc__recipe_set(r, "data.train=[a, b]"));
    CHECK_OK(sc__recipe_list(&list, &n, r, "data.train"));
    CHECK_INT(n, 2);
    CHECK_OK(sc__recipe_set(r, "output=a=b: #c"));
    CHECK_OK(sc__recipe_text(&t, r, "output"));
    CHECK_STR(t, "a=b: #c");
    CHECK_OK(sc__recipe_set(r, "model.n_layer=6"));
    CHECK_OK(sc__recipe_set(r, "model.sub.x=[1,2]"));
    CHECK_OK(sc__recipe_map(&m, r, "model"));
    sc_buffer b = SC_BUFFER_INIT;
    sc__json_print(&b, m);
    CHECK_STR(b.data, "{\"n_layer\":6,\"sub\":{\"x\":[1,2]}}");
    sc__buffer_deinit(&b);
    json_decref(m);
    CHECK_STATUS(SC_USAGE, sc__recipe_set(r, "train.steps=ten"));
    CHECK_ERROR("--set train.steps=ten: train.steps: must be a whole number");
    CHECK_STATUS(SC_USAGE, sc__recipe_set(r, "train.stepz=1"));
    CHECK_ERROR("--set: unknown key train.stepz; did you mean steps?");
    CHECK_STATUS(SC_USAGE, sc__recipe_set(r, "train=1"));
    CHECK_STATUS(SC_USAGE, sc__recipe_set(r, "steps"));
    CHECK_ERROR("KEY=VALUE");
    CHECK_STATUS(SC_USAGE, sc__recipe_set(r, "=1"));
    CHECK_STATUS(SC_USAGE, sc__recipe_set(r, "model.=1"));
    CHECK_STATUS(SC_USAGE, sc__recipe_set(r, "model={a"));
    CHECK_ERROR("--set model={a");
    CHECK_OK(sc__recipe_set(r, "train.steps="));
    CHECK_OK(sc__recipe_int(&n, r, "train.steps"));
    CHECK_INT(n, 1000); /* nothing given: the default */
    sc__recipe_close(r);
}

static void hear(void *user, sc_log_level level, const char *line) {
    (void)level;
    snprintf(user, 256, "%s", line);
}

TEST(recipe_unread, "base/recipe/unread") {
    char line[256] = "";
    sc_recipe *r = good("train:\n  steps: 1\n  tokens: 5\n");
    int64_t n;
    CHECK_OK(sc__recipe_int(&n, r, "train.steps"));
    sc_log_set(hear, line);
    sc__recipe_finish(r);
    CHECK_STR(line, "r.yaml:3: train.tokens has no effect with the other settings");
    sc_log_set(NULL, NULL);
    CHECK_STATUS(SC_FORMAT, sc__recipe_fail(r, "train.tokens", "must be below %d", 5));
    CHECK_STR(sc_error_text(), "r.yaml:3: train.tokens: must be below 5");
    CHECK_STATUS(SC_FORMAT, sc__recipe_fail(r, "output", "must be given"));
    CHECK_STR(sc_error_text(), "r.yaml: output: must be given");
    sc__recipe_close(r);
}

TEST(recipe_resolved, "base/recipe/resolved") {
    sc_recipe *r = good(example);
    sc_buffer yaml = SC_BUFFER_INIT, again = SC_BUFFER_INIT;
    CHECK_OK(sc__recipe_yaml(&yaml, r));
    CHECK_STR(yaml.data, "model:\n  model_type: gpt2\n  n_layer: 4\n  eps: 1e-05\n  tie: true\n"
                         "data:\n  train: [a.txt, \"b c.txt\"]\n  valid_fraction: 0.1\n"
                         "train:\n  steps: 20\n  learning_rate: 3.0\n  resume: false\n"
                         "  betas: [a, b]\noutput: \"2024\"\n");
    sc__recipe_close(r);
    r = good(yaml.data);
    CHECK_OK(sc__recipe_yaml(&again, r));
    CHECK_STR(again.data, yaml.data);
    sc__buffer_deinit(&yaml);
    sc__buffer_deinit(&again);
    sc__recipe_close(r);
}

TEST(recipe_template, "base/recipe/template") {
    sc_buffer b = SC_BUFFER_INIT;
    sc__recipe_template(&b, keys, "A recipe.\nEdit it.");
    CHECK_OK(b.status);
    CHECK(strstr(b.data, "# A recipe.\n# Edit it.\n"));
    for (const sc_recipe_key *k = keys; k->name; k++) CHECK(strstr(b.data, k->help));
    sc_recipe *r = good(b.data);
    CHECK(sc__recipe_has(r, "model.n_layer"));
    CHECK(sc__recipe_has(r, "output"));
    CHECK(sc__recipe_has(r, "train.learning_rate"));
    CHECK(!sc__recipe_has(r, "train.tokens"));
    CHECK(!sc__recipe_has(r, "model.path"));
    sc__recipe_close(r);
    sc__buffer_deinit(&b);
}

static sc_status whole(void *arg) {
    (void)arg;
    sc_recipe *r;
    SC_TRY(parse(&r, example));
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = sc__recipe_set(r, "train.steps=3");
    if (s >= 0) s = sc__recipe_yaml(&b, r);
    sc__buffer_deinit(&b);
    sc__recipe_close(r);
    return s;
}

TEST(recipe_oom, "base/recipe/oom") { CHECK(test_oom(whole, NULL) > 3); }

/* Each file of the fuzzer's corpus: read or refused, never a crash. */
TEST(recipe_corpus, "base/recipe/corpus") {
    sc_arena a = SC_ARENA_INIT;
    sc_paths files;
    CHECK_OK(sc__paths_find(&files, &a, test_data("corpus/recipe")));
    for (int64_t i = 0; i < files.n; i++) {
        sc_recipe *r;
        sc_status s = sc__recipe_load(&r, keys, files.paths[i]);
        CHECK_INT(s >= 0, strstr(files.paths[i], "good") != NULL);
        sc__recipe_close(r);
    }
    sc__arena_deinit(&a);
}
