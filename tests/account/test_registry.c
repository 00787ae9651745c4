/* test_registry.c - what comes from what, asked of the database; and that losing it loses nothing.
 */
#include "test.h"

#include "account/lineage.h"
#include "account/registry.h"
#include "account/step.h"
#include "base/file.h"
#include "socle/account.h"
#include "socle/log.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    const char *input, *output;
} plan;

static sc_status run(sc_account *a, void *options) {
    const plan *p = options;
    if (p->input) SC_TRY(sc__account_input(a, "data", p->input));
    return sc__file_write(p->output, p->output, strlen(p->output));
}

static sc_status make(const char *name, const char *kind, const char *input, const char *artifact) {
    const sc_step step = {name, "training", kind, run};
    const sc_step_where where = {.artifact = artifact};
    SC_TRY(sc__dir_make(artifact));
    char output[600];
    snprintf(output, sizeof output, "%s/out.bin", artifact);
    plan p = {input, output};
    return sc__step_run(&step, &p, &where);
}

/* text.txt -> corpus -> base -> tuned, and corpus -> other */
static void make_family(void) {
    CHECK_OK(sc__file_write(test_path("text.txt"), "text", 4));
    CHECK_OK(make("ingest", "corpus", test_path("text.txt"), test_path("corpus")));
    CHECK_OK(make("train", "model", test_path("corpus"), test_path("base")));
    CHECK_OK(make("finetune", "model", test_path("base"), test_path("tuned")));
    CHECK_OK(make("train", "model", test_path("corpus/out.bin"), test_path("other")));
}

static json_t *json_of(char *text) {
    json_t *v;
    CHECK(text);
    CHECK_OK(sc__json_parse(&v, text, strlen(text), "answer"));
    sc_text_free(text);
    return v;
}

/* Is there a row with this end of its path, at this depth? */
static bool has(const json_t *rows, const char *end, int depth) {
    size_t i;
    const json_t *row;
    json_array_foreach(rows, i, row) {
        const char *path = json_string_value(json_object_get(row, "path"));
        const size_t n = strlen(path), k = strlen(end);
        if (n > k && !strcmp(path + n - k, end) &&
            json_integer_value(json_object_get(row, "depth")) == depth)
            return true;
    }
    return false;
}

static json_t *descendants(const char *what) {
    char *text;
    CHECK_OK(sc_lineage_descendants(&text, what, SC_FORM_JSON));
    return json_of(text);
}

static json_t *ancestors(const char *what) {
    char *text;
    CHECK_OK(sc_lineage_ancestors(&text, what, SC_FORM_JSON));
    return json_of(text);
}

static void check_family(void) {
    json_t *rows = descendants(test_path("text.txt")); /* which models inherit this data? */
    CHECK_INT(json_array_size(rows), 4);
    CHECK(has(rows, "/corpus", 0) && has(rows, "/base", 1) && has(rows, "/tuned", 2) &&
          has(rows, "/other", 1));
    json_decref(rows);
    rows = descendants("982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1");
    CHECK_INT(json_array_size(rows), 4); /* sha256 of "text" */
    json_decref(rows);
    rows = descendants("982d9e3e");
    CHECK_INT(json_array_size(rows), 4);
    json_decref(rows);
    rows = ancestors(test_path("tuned"));
    CHECK_INT(json_array_size(rows), 3);
    CHECK(has(rows, "/tuned", 0) && has(rows, "/base", 1) && has(rows, "/corpus", 2));
    const json_t *leaves = json_object_get(json_array_get(rows, 2), "inputs");
    CHECK_INT(json_array_size(leaves), 1);
    CHECK(
        strstr(json_string_value(json_object_get(json_array_get(leaves, 0), "path")), "text.txt"));
    CHECK_INT(json_array_size(json_object_get(json_array_get(rows, 0), "inputs")), 0);
    json_decref(rows);
    rows = ancestors(test_path("base/out.bin")); /* a file of an artifact */
    CHECK_INT(json_array_size(rows), 2);
    json_decref(rows);
}

TEST(registry_family, "account/registry/family") {
    make_family();
    check_family();
    char *text;
    CHECK_OK(sc_registry_list(&text, "model", SC_FORM_JSON));
    json_t *rows = json_of(text);
    CHECK_INT(json_array_size(rows), 3);
    json_decref(rows);
    CHECK_OK(sc_registry_list(&text, NULL, SC_FORM_TABLE));
    CHECK(strstr(text, "ingest") && strstr(text, "finetune") && strstr(text, "/other"));
    CHECK(!strstr(text, "not there"));
    sc_text_free(text);
    CHECK_OK(sc__dir_remove(test_path("other")));
    CHECK_OK(sc_registry_list(&text, NULL, SC_FORM_TABLE));
    CHECK(strstr(text, "/other (not there)"));
    sc_text_free(text);
    CHECK_OK(sc_lineage_ancestors(&text, test_path("tuned"), SC_FORM_TABLE));
    CHECK(strstr(text, "text.txt") && strstr(text, "input"));
    sc_text_free(text);
    CHECK_STATUS(SC_IO, sc_lineage_ancestors(&text, "no-such-thing", SC_FORM_TABLE));
    CHECK(!text);
    CHECK_ERROR("no-such-thing: nothing is known of it");
    CHECK_STATUS(SC_IO, sc_lineage_descendants(&text, "' OR 1=1 --", SC_FORM_TABLE));
    CHECK_STATUS(SC_IO, sc_lineage_descendants(&text, "00000000", SC_FORM_TABLE));
}

TEST(registry_rebuild, "account/registry/rebuild") {
    make_family();
    int64_t lineages, entries;
    CHECK_OK(sc__file_write(test_path("broken.lineage.json"), "{", 1));
    CHECK_OK(sc_registry_rebuild(test_dir(), &lineages, &entries));
    CHECK_INT(lineages, 4);
    CHECK_INT(entries, 0); /* all known */
    CHECK_OK(sc__dir_remove(test_path(".home")));
    CHECK_OK(sc_registry_rebuild(test_dir(), &lineages, &entries));
    CHECK_INT(entries, 4);
    check_family();
    CHECK_OK(sc__dir_remove(test_path(".home")));
    json_t *rows = ancestors(test_path("tuned")); /* learns by itself from the files */
    CHECK_INT(json_array_size(rows), 3);
    json_decref(rows);
}

TEST(registry_again, "account/registry/same-folder-again") {
    make_family();
    CHECK_OK(make("adapt", "model", NULL, test_path("base")));
    json_t *rows = descendants(test_path("corpus"));
    CHECK(has(rows, "/base", 1) && has(rows, "/base", 2) && has(rows, "/tuned", 2));
    json_decref(rows);
    char *text;
    CHECK_OK(sc_registry_list(&text, NULL, SC_FORM_JSON));
    rows = json_of(text);
    CHECK_INT(json_array_size(rows), 4); /* the newest entry of each */
    json_decref(rows);
}

TEST(registry_missing, "account/registry/parent-not-known") {
    make_family();
    CHECK_OK(sc__dir_remove(test_path(".home")));
    CHECK_OK(sc__dir_remove(test_path("corpus")));
    json_t *rows = ancestors(test_path("base"));
    CHECK_INT(json_array_size(rows), 2);
    CHECK(json_is_null(json_object_get(json_array_get(rows, 1), "artifact")));
    CHECK(has(rows, "corpus/lineage.json", 1));
    json_decref(rows);
    char *text;
    CHECK_OK(sc_lineage_ancestors(&text, test_path("base"), SC_FORM_TABLE));
    CHECK(strstr(text, "not in the registry"));
    sc_text_free(text);
}

static int warnings;
static char last_warning[600];
static void hear(void *user, sc_log_level level, const char *line) {
    (void)user;
    warnings += level == SC_LOG_WARNING;
    snprintf(last_warning, sizeof last_warning, "%s", line);
}

/* A registry that cannot be used costs a warning; the lineage is written all the same. */
static void check_warned(void) {
    warnings = 0;
    CHECK_OK(sc__dir_remove(test_path("m")));
    CHECK_OK(make("train", "model", NULL, test_path("m")));
    CHECK_INT(warnings, 1);
    CHECK(strstr(last_warning, "registry"));
    sc_verdict v;
    CHECK_OK(sc__lineage_verify(&v, test_path("m/lineage.json"), NULL, NULL));
    CHECK_INT(v.entries, 1);
}

TEST(registry_unusable, "account/registry/unusable") {
    sc_log_set(hear, NULL);
    setenv("SOCLE_HOME", "/proc/none", 1); /* read-only, also for root */
    check_warned();
    CHECK_OK(sc__file_write(test_path("file"), "x", 1));
    setenv("SOCLE_HOME", test_path("file/below"), 1);
    check_warned();
    CHECK_OK(sc__dir_make(test_path("bad")));
    setenv("SOCLE_HOME", test_path("bad"), 1);
    CHECK_OK(
        sc__file_write(test_path("bad/registry.db"), "this is no database, and long enough", 36));
    check_warned();
    CHECK(strstr(last_warning, "not a database"));
    unsetenv("SOCLE_HOME");
    unsetenv("HOME");
    check_warned();
    CHECK(strstr(last_warning, "neither SOCLE_HOME nor HOME"));
}

TEST(registry_newer, "account/registry/newer-version") {
    sc_registry *r;
    CHECK_OK(sc__registry_open(&r));
    sc__registry_close(r);
    sqlite3 *db;
    CHECK(!sqlite3_open(test_path(".home/registry.db"), &db));
    CHECK(!sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL));
    sqlite3_close(db);
    CHECK_STATUS(SC_FORMAT, sc__registry_open(&r));
    CHECK(!r);
    CHECK_ERROR("version 99");
}

TEST(registry_concurrent, "account/registry/concurrent-writers") {
    enum { PROCESSES = 6, RUNS = 8 };
    for (int i = 0; i < PROCESSES; i++) {
        if (fork()) continue;
        for (int k = 0; k < RUNS; k++) { /* all into one folder's lineage and one registry */
            const sc_step step = {"train", "training", "model", run};
            const sc_step_where where = {.artifact = test_path("m")};
            char name[32];
            snprintf(name, sizeof name, "m/part-%d-%d", i, k);
            plan p = {NULL, test_path(name)};
            if (sc__dir_make(test_path("m")) < 0 || sc__step_run(&step, &p, &where) < 0) {
                fprintf(stderr, "%s\n", sc_error_text());
                _exit(1);
            }
        }
        _exit(0);
    }
    int failed = 0, status;
    for (int i = 0; i < PROCESSES; i++) failed += wait(&status) < 0 || status != 0;
    CHECK_INT(failed, 0);
    sc_verdict v;
    sc_status s = sc__lineage_verify(&v, test_path("m/lineage.json"), NULL, NULL);
    CHECK(s >= 0 || s == SC_MISMATCH); /* the newest entry may have seen a file of another run */
    CHECK_INT(v.entries, PROCESSES * RUNS);
    sqlite3 *db;
    sqlite3_stmt *q;
    CHECK(!sqlite3_open(test_path(".home/registry.db"), &db));
    CHECK(!sqlite3_prepare_v2(db, "SELECT count(*) FROM runs", -1, &q, NULL));
    CHECK(sqlite3_step(q) == SQLITE_ROW);
    CHECK_INT(sqlite3_column_int(q, 0), PROCESSES * RUNS);
    sqlite3_finalize(q);
    sqlite3_close(db);
}
