/* test_pretrain.c - whole runs from a recipe: what they leave, what they refuse, and that ways of
 * computing the same give the same. */
#include "tiny.h"

#include "base/json.h"
#include "stage/training/settings.h"

#include <sys/stat.h>
#include <unistd.h>

static bool is_there(const char *output, const char *name) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s", test_path(output), name);
    return sc__path_exists(path);
}

static sc_buffer read_text(const char *path) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&b, path, 1 << 24));
    CHECK(b.data);
    return b;
}

TEST(pretrain_files, "stage/training/pretrain/files") {
    static const char *const names[] = {"config.json",
                                        "model.safetensors",
                                        "tokenizer.json",
                                        "tokenizer_config.json",
                                        "generation_config.json",
                                        "README.md",
                                        "lineage.json",
                                        "metrics.jsonl",
                                        "samples.jsonl",
                                        "report.html",
                                        "tensorboard",
                                        "checkpoints/best",
                                        "checkpoints/step-12",
                                        "checkpoints/step-12/optimizer.safetensors",
                                        "checkpoints/step-12/state.json"};
    tiny t = {0};
    CHECK_OK(tiny_train(&t));
    for (int i = 0; i < SC_LEN(names); i++)
        if (!is_there("run", names[i])) test_fail(__FILE__, __LINE__, "no %s", names[i]);
    CHECK(!is_there("run", "checkpoints/step-4")); /* two newest and the best stay */
    CHECK_INT(t.result.steps, TINY_STEPS);
    CHECK_INT(t.result.tokens, TINY_STEPS * 4 * 16);
    CHECK(t.result.val_loss > 0 && t.result.val_loss < 3.2);
    CHECK_NEAR(t.result.loss, t.losses[TINY_STEPS - 1], 0);
}

static bool has_keys(const json_t *line, const char *const *keys, size_t n) {
    if (json_object_size(line) != n) return false;
    for (size_t i = 0; i < n; i++)
        if (!json_is_number(json_object_get(line, keys[i]))) return false;
    return true;
}

TEST(pretrain_metrics, "stage/training/pretrain/metrics") {
    static const char *const step[] = {"step",      "tokens",
                                       "loss",      "learning_rate",
                                       "grad_norm", "tokens_per_second",
                                       "mfu"},
                             *const valid[] = {"step", "val_loss", "val_bits_per_byte"};
    int steps = 0, valids = 0;
    tiny t = {0};
    CHECK_OK(tiny_train(&t));
    sc_buffer b = read_text(test_path("run/metrics.jsonl"));
    for (char *line = b.data, *end; (end = strchr(line, '\n')); line = end + 1) {
        json_t *j = json_loadb(line, (size_t)(end - line), 0, NULL);
        const bool is_step = has_keys(j, step, 7), is_valid = has_keys(j, valid, 3);
        CHECK(is_step != is_valid);
        steps += is_step;
        valids += is_valid;
        if (is_step) {
            CHECK_INT(json_integer_value(json_object_get(j, "step")), steps);
            CHECK_NEAR(json_real_value(json_object_get(j, "loss")), t.losses[steps - 1], 0);
        }
        json_decref(j);
    }
    CHECK_INT(steps, TINY_STEPS);
    CHECK_INT(valids, 3); /* at 5, 10 and the end */
    sc__buffer_deinit(&b);
}

/* ---- the same by another way ----------------------------------------------------------------- */

TEST(pretrain_recompute, "stage/training/pretrain/recompute") {
    tiny a = {0}, b = {.set = {tiny_output("b"), "train.recompute=true"}, .threads = 1};
    CHECK_OK(tiny_train(&a));
    CHECK_OK(tiny_train(&b));
    CHECK_STR(tiny_weights("b").hex, tiny_weights("run").hex);
}

TEST(pretrain_micro_batch, "stage/training/pretrain/micro_batch") {
    tiny whole = {.set = {"model.resid_pdrop=0", "model.embd_pdrop=0", "model.attn_pdrop=0"}};
    CHECK_OK(tiny_train(&whole));
    for (int micro = 1; micro <= 3; micro += 2) {
        char set[64];
        snprintf(set, sizeof set, "train.micro_batch_size=%d", micro);
        tiny t = {.set = {"model.resid_pdrop=0", "model.embd_pdrop=0", "model.attn_pdrop=0", set,
                          tiny_output("micro")}};
        CHECK_OK(tiny_train(&t));
        for (int i = 0; i < TINY_STEPS; i++)
            CHECK_NEAR(t.losses[i], whole.losses[i], 1e-5 * whole.losses[i]);
    }
}

TEST(pretrain_bf16, "stage/training/pretrain/bf16") {
    tiny a = {0}, b = {.set = {tiny_output("b"), "train.dtype=bf16"}};
    CHECK_OK(tiny_train(&a));
    CHECK_OK(tiny_train(&b));
    CHECK(b.result.loss != a.result.loss);
    CHECK_NEAR(b.result.loss, a.result.loss, 0.02 * a.result.loss);
    CHECK_NEAR(b.result.val_loss, a.result.val_loss, 0.02 * a.result.val_loss);
}

/* ---- length ---------------------------------------------------------------------------------- */

TEST(pretrain_length, "stage/training/pretrain/length") {
    tiny tokens = {.set = {"train.steps=null", "train.tokens=320"}},
         epochs = {.set = {"train.steps=null", "train.epochs=0.1", tiny_output("e")}},
         minutes = {.set = {"train.steps=null", "train.minutes=0.005", tiny_output("m")}};
    CHECK_OK(tiny_train(&tokens));
    CHECK_INT(tokens.result.steps, 5);
    CHECK_OK(tiny_train(&epochs));
    CHECK(epochs.result.steps >= 4 && epochs.result.steps <= 9);
    CHECK_OK(tiny_train(&minutes));
    CHECK(minutes.result.seconds >= 0.3 && minutes.result.seconds < 30);
}

/* ---- what goes wrong while it runs ----------------------------------------------------------- */

TEST(pretrain_diverges, "stage/training/pretrain/diverges") {
    tiny t = {.set = {"train.learning_rate=1e6", "train.grad_clip=0", "train.steps=50",
                      "train.checkpoint_interval=1", "train.schedule=constant"}};
    CHECK_STATUS(SC_DIVERGED, tiny_train(&t));
    CHECK_ERROR("run/checkpoints/step-");
    const char *path = strstr(sc_error_text(), "checkpoint is ");
    CHECK(path && sc__path_is_dir(path + strlen("checkpoint is ")));
    sc_buffer report = read_text(test_path("run/report.html"));
    CHECK(strstr(report.data, "failed") && strstr(report.data, "last good checkpoint"));
    sc__buffer_deinit(&report);
}

TEST(pretrain_outliers, "stage/training/pretrain/outliers") {
    tiny calm = {.set = {"train.skip_outliers=1e6"}},
         nervous = {.set = {"train.skip_outliers=1.0001", tiny_output("b")}},
         none = {.set = {tiny_output("c")}};
    CHECK_OK(tiny_train(&none));
    CHECK_OK(tiny_train(&calm));
    CHECK_OK(tiny_train(&nervous));
    CHECK_STR(tiny_weights("run").hex, tiny_weights("c").hex);
    CHECK(!strstr(calm.notes, "outlier"));
    CHECK(strstr(nervous.notes, "is an outlier, no update"));
    CHECK(strcmp(tiny_weights("run").hex, tiny_weights("b").hex) != 0);
}

TEST(pretrain_read_only, "stage/training/pretrain/read_only") {
    tiny t = {.set = {tiny_output("closed/run")}};
    tiny_recipe();
    CHECK_OK(sc__dir_make(test_path("closed")));
    CHECK(!chmod(test_dir(), 0777) && !chmod(test_path("closed"), 0555));
    const bool root = geteuid() == 0;
    CHECK(!root || !seteuid(65534)); /* root may write everywhere */
    const sc_status s = tiny_train(&t);
    CHECK(!root || !seteuid(0));
    CHECK_STATUS(SC_IO, s);
    CHECK_ERROR("closed/run");
}

/* ---- an earlier run -------------------------------------------------------------------------- */

TEST(pretrain_aside, "stage/training/pretrain/aside") {
    tiny a = {.set = {"train.steps=2"}}, b = {.set = {"train.steps=3"}},
         c = {.set = {"train.steps=4"}};
    CHECK_OK(tiny_train(&a));
    const sc_digest first = tiny_weights("run");
    CHECK_OK(tiny_train(&b));
    CHECK(strstr(b.notes, "moved to"));
    const sc_digest second = tiny_weights("run");
    CHECK_OK(tiny_train(&c));
    CHECK_STR(tiny_weights("run.1").hex, first.hex);
    CHECK_STR(tiny_weights("run.2").hex, second.hex);
    CHECK(is_there("run.1", "checkpoints/step-2") && is_there("run", "checkpoints/step-4"));
}

/* ---- recipes and data that are refused ------------------------------------------------------- */

static void refused(sc_status want, const char *set, const char *part) {
    tiny t = {.set = {set}};
    const sc_status s = tiny_train(&t);
    if (s != want || !strstr(sc_error_text(), part))
        test_fail(__FILE__, __LINE__, "%s: %s: \"%s\" does not mention \"%s\"", set,
                  sc_status_name(s), sc_error_text(), part);
    CHECK(!is_there("run", "model.safetensors"));
}

TEST(pretrain_refusals, "stage/training/pretrain/refusals") {
    char set[600];
    tiny_recipe();
    refused(SC_USAGE, "train.step=3", "did you mean steps");
    refused(SC_USAGE, "train.steps=many", "train.steps");
    refused(SC_USAGE, "train.batch_size=0", "at least 1");
    refused(SC_USAGE, "train.tokens=5", "train.tokens");
    refused(SC_USAGE, "train.optimizer=adamm", "adamw");
    refused(SC_USAGE, "train.sequence_length=17", "16 positions");
    refused(SC_FORMAT, "model.model_type=gpt5", "gpt5");
    refused(SC_MISMATCH, "model.vocab_size=5", "vocab_size is 5");
    refused(SC_IO, "data.train=nowhere.txt", "nowhere.txt");
    CHECK_OK(sc__file_write(test_path("empty.txt"), "", 0));
    snprintf(set, sizeof set, "data.train=%s", test_path("empty.txt"));
    refused(SC_FORMAT, set, "empty.txt");
    CHECK_OK(sc__file_write(test_path("short.txt"), "abcdefgh", 8));
    snprintf(set, sizeof set, "data.train=%s", test_path("short.txt"));
    refused(SC_FORMAT, set, "fewer than one sequence");
}

static void refused_text(const char *recipe, const char *part) {
    sc_train_result r;
    const sc_train_options o = {.recipe = test_path("bad.yaml")};
    CHECK_OK(sc__file_write(o.recipe, recipe, strlen(recipe)));
    CHECK_STATUS(SC_FORMAT, sc_train_run(&r, &o));
    CHECK_ERROR(part);
    CHECK_ERROR("bad.yaml");
}

TEST(pretrain_lines, "stage/training/pretrain/lines") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    refused_text("model: {model_type: gpt2}\ntrain:\n  steps: 3\n  batchsize: 2\n", "bad.yaml:4: ");
    CHECK_ERROR("batch_size");
    refused_text("model: {model_type: gpt2}\ntrain:\n  steps: [1, 2]\n", "bad.yaml:3: ");
    refused_text("model: {model_type: gpt2}\ndata: {train: a.txt}\noutput: x\n", "train.steps");
    refused_text("model: {model_type: gpt2}\ntrain: {steps: 1}\n", "data.train");
}

/* ---- before a run ---------------------------------------------------------------------------- */

TEST(pretrain_dry_run, "stage/training/pretrain/dry_run") {
    sc_train_plan plan;
    const sc_train_options o = {.recipe = tiny_recipe(), .threads = 2};
    CHECK_OK(sc_train_estimate(&plan, &o));
    CHECK(!sc__path_exists(test_path("run")));
    CHECK(!sc__path_exists(test_path("home")));
    CHECK_INT(plan.steps, TINY_STEPS);
    CHECK(plan.n_params > 3000 && plan.n_params < 5000);
    CHECK(plan.bytes_disk > 0 && plan.bytes_activations > 0 && plan.seconds > 0 && plan.flop > 0);
}

TEST(pretrain_template, "stage/training/pretrain/template") {
    char data[600];
    const char *path = test_path("init.yaml");
    tiny_recipe(); /* for its text */
    CHECK_OK(sc_train_template(path));
    CHECK_STATUS(SC_IO, sc_train_template(path));
    snprintf(data, sizeof data, "data.train=%s", test_path("text.txt"));
    const char *set[] = {data,
                         tiny_output("run"),
                         "train.steps=2",
                         "model.n_layer=1",
                         "model.n_embd=16",
                         "model.n_positions=16"};
    const sc_train_options o = {
        .recipe = path, .overrides = set, .n_overrides = SC_LEN(set), .threads = 2};
    sc_train_result r;
    CHECK_OK(sc_train_run(&r, &o));
    CHECK_INT(r.steps, 2);
}

TEST(pretrain_docs, "stage/training/pretrain/docs") {
    sc_buffer b = read_text(test_data("../docs/train.md"));
    for (const sc_recipe_key *k = sc__train_keys; k->name; k++) {
        char row[300];
        snprintf(row, sizeof row, "| `%s` | %s%s%s| %s |", k->name, k->dflt ? "`" : "",
                 k->dflt ? k->dflt : "", k->dflt ? "` " : "", k->help);
        if (!strstr(b.data, row)) test_fail(__FILE__, __LINE__, "docs/train.md lacks %s", row);
    }
    sc__buffer_deinit(&b);
}
