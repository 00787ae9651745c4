/* test_step.c - whatever a step does, the account of it is beside the artifact. */
#include "test.h"

#include "account/lineage.h"
#include "account/step.h"
#include "base/file.h"
#include "socle/version.h"

#include <unistd.h>

typedef struct {
    const char *input, *output, *text;
    sc_status end;
    const char *extra;
} plan;

static sc_status run(sc_account *a, void *options) {
    const plan *p = options;
    if (p->input) SC_TRY(sc__account_input(a, "data", p->input));
    json_t *recipe = json_pack("{s:{s:i}}", "train", "steps", 7);
    sc_status s = sc__account_recipe(a, recipe);
    if (s >= 0) s = sc__account_note(a, "data_order", recipe);
    json_decref(recipe);
    SC_TRY(s);
    if (p->output) SC_TRY(sc__file_write(p->output, p->text, strlen(p->text)));
    if (p->extra) SC_TRY(sc__account_output(a, p->extra));
    return p->end < 0 ? SC_FAIL(p->end, "it went wrong") : SC_OK;
}

static const sc_step step = {"train", "training", "model", run};

static sc_status go(plan *p, const char *artifact) {
    const sc_step_where where = {.artifact = artifact, .isa = "avx2", .threads = 2};
    return sc__step_run(&step, p, &where);
}

static const char *text(const json_t *o, const char *key) {
    return json_string_value(json_object_get(o, key));
}

static json_t *load(const char *path) {
    json_t *lineage;
    CHECK_OK(sc__lineage_load(&lineage, path));
    return lineage;
}

/* data.txt -> m/model.bin */
static void make_model(void) {
    CHECK_OK(sc__file_write(test_path("data.txt"), "abc", 3));
    CHECK_OK(sc__dir_make(test_path("m")));
    plan p = {
        .input = test_path("data.txt"), .output = test_path("m/model.bin"), .text = "weights"};
    CHECK_OK(go(&p, test_path("m")));
}

TEST(step_entry, "account/step/entry") {
    make_model();
    json_t *lineage = load(test_path("m/lineage.json"));
    const json_t *e = sc__lineage_newest(lineage);
    CHECK_STR(text(e, "step"), "train");
    CHECK_STR(text(e, "state"), "done");
    CHECK_STR(text(e, "socle"), sc_version());
    CHECK_INT(strlen(text(e, "started")), 20);
    const json_t *in = json_array_get(json_object_get(e, "inputs"), 0);
    CHECK_STR(text(in, "sha256"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_STR(text(in, "role"), "data");
    CHECK(text(in, "path")[0] == '/');
    const json_t *out = json_object_get(e, "outputs");
    CHECK_INT(json_array_size(out), 1);
    CHECK_STR(text(json_array_get(out, 0), "path"), "model.bin");
    CHECK_STR(text(json_array_get(out, 0), "sha256"), text(e, "artifact"));
    const json_t *energy = json_object_get(e, "energy"), *machine = json_object_get(e, "machine");
    CHECK(text(energy, "source") && text(energy, "how"));
    CHECK(json_number_value(json_object_get(energy, "joules")) >= 0);
    CHECK_STR(text(machine, "isa"), "avx2");
    CHECK_INT(json_integer_value(json_object_get(machine, "threads")), 2);
    CHECK(text(machine, "host") && text(machine, "processor"));
    const json_t *recipe = json_object_get(json_object_get(e, "recipe"), "train");
    CHECK_INT(json_integer_value(json_object_get(recipe, "steps")), 7);
    CHECK(json_object_get(json_object_get(e, "notes"), "data_order"));
    CHECK(json_array_size(json_object_get(e, "command")) > 0);
    CHECK(json_is_null(json_object_get(e, "previous")));
    json_decref(lineage);
}

TEST(step_parents, "account/step/parents") {
    make_model();
    CHECK_OK(sc__dir_make(test_path("child")));
    plan p = {.input = test_path("m"), .output = test_path("child/model.bin"), .text = "more"};
    CHECK_OK(go(&p, test_path("child/")));
    json_t *parent = load(test_path("m/lineage.json")),
           *child = load(test_path("child/lineage.json"));
    const json_t *e = sc__lineage_newest(child);
    CHECK_INT(json_array_size(json_object_get(e, "inputs")), 1); /* not the parent's lineage.json */
    const json_t *link = json_array_get(json_object_get(e, "parents"), 0);
    CHECK_STR(text(link, "entry"), text(sc__lineage_newest(parent), "entry_sha256"));
    json_decref(parent);
    json_decref(child);
    /* a file inside an artifact leads to the artifact's lineage too */
    plan q = {.input = test_path("m/model.bin"), .output = test_path("q.txt"), .text = "x"};
    CHECK_OK(go(&q, test_path("q.txt")));
    json_t *file = load(test_path("q.txt.lineage.json"));
    e = sc__lineage_newest(file);
    CHECK_INT(json_array_size(json_object_get(e, "parents")), 1);
    CHECK_STR(text(json_array_get(json_object_get(e, "outputs"), 0), "path"), "q.txt");
    json_decref(file);
}

TEST(step_collection, "account/step/folder-of-artifacts") {
    CHECK_OK(sc__dir_make(test_path("all/a")));
    CHECK_OK(sc__dir_make(test_path("all/b")));
    plan a = {.output = test_path("all/a/x.bin"), .text = "a"};
    plan b = {.output = test_path("all/b/x.bin"), .text = "b"};
    CHECK_OK(go(&a, test_path("all/a")));
    CHECK_OK(go(&b, test_path("all/b")));
    plan c = {.input = test_path("all"), .output = test_path("c.txt"), .text = "c"};
    CHECK_OK(go(&c, test_path("c.txt")));
    plan d = {.input = test_path("all/*/x.bin"), .output = test_path("d.txt"), .text = "d"};
    CHECK_OK(go(&d, test_path("d.txt")));
    const char *names[] = {"c.txt.lineage.json", "d.txt.lineage.json"};
    for (int i = 0; i < 2; i++) {
        json_t *lineage = load(test_path(names[i]));
        const json_t *e = sc__lineage_newest(lineage);
        CHECK_INT(json_array_size(json_object_get(e, "parents")), 2);
        CHECK_INT(json_array_size(json_object_get(e, "inputs")), 2);
        json_decref(lineage);
    }
}

TEST(step_chain, "account/step/chain") {
    make_model();
    plan p = {.output = test_path("m/model.bin"), .text = "better weights"};
    CHECK_OK(go(&p, test_path("m")));
    json_t *lineage = load(test_path("m/lineage.json"));
    const json_t *entries = json_object_get(lineage, "entries");
    CHECK_INT(json_array_size(entries), 2);
    CHECK_STR(text(json_array_get(entries, 1), "previous"),
              text(json_array_get(entries, 0), "entry_sha256"));
    json_decref(lineage);
    sc_verdict v;
    CHECK_OK(sc__lineage_verify(&v, test_path("m/lineage.json"), NULL, NULL));
    CHECK_INT(v.entries, 2);
    CHECK_INT(v.outputs, 1);
}

TEST(step_failure, "account/step/failure") {
    make_model();
    plan p = {.output = test_path("m/part.bin"), .text = "half", .end = SC_DIVERGED};
    CHECK_STATUS(SC_DIVERGED, go(&p, test_path("m")));
    CHECK_STR(sc_error_text(), "it went wrong");
    plan untouched = {.end = SC_IO};
    CHECK_STATUS(SC_IO, go(&untouched, test_path("m")));
    plan nothing = {.end = SC_IO};
    CHECK_STATUS(SC_IO, go(&nothing, test_path("none")));
    CHECK(!sc__path_exists(test_path("none.lineage.json")));
    plan stopped = {.output = test_path("m/part.bin"), .text = "more", .end = SC_INTERRUPTED};
    CHECK_STATUS(SC_INTERRUPTED, go(&stopped, test_path("m")));
    json_t *lineage = load(test_path("m/lineage.json"));
    const json_t *entries = json_object_get(lineage, "entries");
    CHECK_INT(json_array_size(entries), 3);
    CHECK_STR(text(json_array_get(entries, 1), "state"), "failed");
    CHECK_STR(text(json_array_get(entries, 1), "error"), "it went wrong");
    CHECK_INT(json_array_size(json_object_get(json_array_get(entries, 1), "outputs")), 2);
    CHECK_STR(text(json_array_get(entries, 2), "state"), "interrupted");
    json_decref(lineage);
}

static sc_status make_folders(sc_account *a, void *options) {
    const char *const *make = options;
    (void)a;
    for (; *make; make++) SC_TRY(sc__dir_make(*make));
    return SC_FAIL(SC_IO, "it went wrong");
}

/* What was not there before is not there after: but what was is, be it empty. */
TEST(step_no_trace, "account/step/failure-leaves-no-folder") {
    static const sc_step makes = {"train", "training", "model", make_folders};
    const char *make[] = {test_path("a/b/out/documents"), test_path("a/b/out/dropped/x"), NULL};
    const sc_step_where where = {.artifact = test_path("a/b/out")};
    CHECK_STATUS(SC_IO, sc__step_run(&makes, make, &where));
    CHECK(!sc__path_exists(test_path("a")));
    CHECK_OK(sc__dir_make(test_path("a/b")));
    CHECK_STATUS(SC_IO, sc__step_run(&makes, make, &where));
    CHECK(!sc__path_exists(test_path("a/b/out")));
    CHECK(sc__path_exists(test_path("a/b")));
    CHECK_OK(sc__dir_make(test_path("a/b/out/dropped")));
    CHECK_STATUS(SC_IO, sc__step_run(&makes, make, &where));
    CHECK(!sc__path_exists(test_path("a/b/out/documents")));
    CHECK(!sc__path_exists(test_path("a/b/out/dropped/x")));
    CHECK(sc__path_exists(test_path("a/b/out/dropped")));
}

static sc_status make_nothing(sc_account *a, void *arg) {
    (void)a;
    return sc__dir_make(arg);
}

/* Of several processes one may have nothing to do, before the others have made anything. */
TEST(step_idle, "account/step/nothing-to-do") {
    static const sc_step idle = {"filter", "curation", "corpus", make_nothing};
    const char *out = test_path("out");
    char folder[600];
    snprintf(folder, sizeof folder, "%s/documents", out);
    sc_step_where where = {.artifact = out, .shared = true};
    CHECK_OK(sc__step_run(&idle, folder, &where));
    CHECK(!sc__path_exists(test_path("out/lineage.json")));
    where.shared = false;
    CHECK_STATUS(SC_IO, sc__step_run(&idle, folder, &where));
    CHECK_ERROR("holds no file");
}

TEST(step_extra, "account/step/extra-output") {
    CHECK_OK(sc__dir_make(test_path("m")));
    CHECK_OK(sc__file_write(test_path("report.html"), "<p>", 3));
    plan p = {.output = test_path("m/a.bin"), .text = "a", .extra = test_path("report.html")};
    CHECK_OK(go(&p, test_path("m")));
    json_t *lineage = load(test_path("m/lineage.json"));
    const json_t *out = json_object_get(sc__lineage_newest(lineage), "outputs");
    CHECK_INT(json_array_size(out), 2);
    CHECK(text(json_array_get(out, 1), "path")[0] == '/');
    json_decref(lineage);
}

TEST(step_bad, "account/step/bad-input") {
    plan p = {.output = test_path("m/a.bin"), .text = "a"};
    plan none = {.text = ""};
    CHECK_STATUS(SC_IO, go(&none, test_path("never-made")));
    CHECK_ERROR("never-made");
    plan lost = {.input = test_path("no-such-data"), .text = ""};
    CHECK_STATUS(SC_IO, go(&lost, test_path("m")));
    CHECK_ERROR("no-such-data");
    CHECK_OK(sc__dir_make(test_path("m")));
    CHECK_OK(sc__file_write(test_path("m/lineage.json"), "{", 1));
    CHECK_STATUS(SC_FORMAT, go(&p, test_path("m"))); /* before any work */
    CHECK_ERROR("m/lineage.json");
    CHECK(!sc__path_exists(test_path("m/a.bin")));
}

TEST(step_disk_full, "account/step/disk-full") {
    make_model();
    sc_buffer before = SC_BUFFER_INIT, after = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&before, test_path("m/lineage.json"), 100000));
    int failures = 0;
    for (int k = 4;; k++) { /* the first four writes are the model's own */
        plan p = {.output = test_path("m/model.bin"), .text = "weights"};
        sc__file_fail_at(k);
        sc_status s = go(&p, test_path("m"));
        sc__file_fail_at(-1);
        if (s >= 0) break;
        CHECK_STATUS(SC_IO, s);
        failures++;
        sc__buffer_clear(&after);
        CHECK_OK(sc__file_read(&after, test_path("m/lineage.json"), 100000));
        if (k < 7) CHECK_STR(after.data, before.data); /* not yet renamed: as it was */
    }
    CHECK_INT(failures, 4); /* write, fsync, rename, fsync of the folder */
    sc__buffer_deinit(&before);
    sc__buffer_deinit(&after);
}

static sc_status once(void *arg) {
    (void)arg;
    sc_status s = sc__dir_remove(test_path("m"));
    if (s >= 0) s = sc__dir_make(test_path("m"));
    plan p = {
        .input = test_path("data.txt"), .output = test_path("m/model.bin"), .text = "weights"};
    return s < 0 ? s : go(&p, test_path("m"));
}

TEST(step_oom, "account/step/oom") {
    CHECK_OK(sc__file_write(test_path("data.txt"), "abc", 3));
    CHECK(test_oom(once, NULL) > 5);
}

static sc_status digest_twice(sc_account *a, void *options) {
    (void)options;
    sc_digest d, again;
    SC_TRY(sc__account_digest(a, &d, test_path("data.txt")));
    SC_TRY(sc__account_digest(a, &again, test_path("data.txt")));
    CHECK_STR(d.hex, again.hex);
    CHECK_OK(sc__file_write(test_path("data.txt"), "abd", 3)); /* same size, other bytes */
    SC_TRY(sc__account_digest(a, &again, test_path("data.txt")));
    CHECK(strcmp(d.hex, again.hex));
    return sc__file_write(test_path("o.txt"), "o", 1);
}

TEST(step_cache, "account/step/cache") {
    const sc_step s = {"x", "creation", "corpus", digest_twice};
    const sc_step_where where = {.artifact = test_path("o.txt")};
    CHECK_OK(sc__file_write(test_path("data.txt"), "abc", 3));
    CHECK_OK(sc__step_run(&s, NULL, &where));
}
