/* test_verify.c - change any recorded byte and verify names it. */
#include "test.h"

#include "account/lineage.h"
#include "account/step.h"
#include "base/file.h"

static sc_status run(sc_account *a, void *options) {
    const char *text = options;
    SC_TRY(sc__account_input(a, "data", test_path("data.txt")));
    SC_TRY(sc__file_write(test_path("m/a.bin"), text, strlen(text)));
    return sc__file_write(test_path("m/b.bin"), "same", 4);
}

static void make(void) {
    const sc_step step = {"train", "training", "model", run};
    const sc_step_where where = {.artifact = test_path("m")};
    CHECK_OK(sc__file_write(test_path("data.txt"), "abc", 3));
    CHECK_OK(sc__dir_make(test_path("m")));
    static char first[] = "first", second[] = "second";
    CHECK_OK(sc__step_run(&step, first, &where));
    CHECK_OK(sc__step_run(&step, second, &where));
}

typedef struct {
    int n;
    char last[256], what[32];
} heard;

static void hear(void *user, const sc_finding *f) {
    heard *h = user;
    h->n++;
    snprintf(h->last, sizeof h->last, "%s", f->subject);
    snprintf(h->what, sizeof h->what, "%s", f->what);
}

static heard verify(sc_status want) {
    heard h = {0};
    sc_verdict v;
    CHECK_STATUS(want, sc__lineage_verify(&v, test_path("m/lineage.json"), hear, &h));
    CHECK_INT(v.findings, h.n);
    return h;
}

TEST(verify_good, "account/verify/good") {
    make();
    sc_verdict v;
    CHECK_OK(sc__lineage_verify(&v, test_path("m/lineage.json"), NULL, NULL));
    CHECK_INT(v.entries, 2);
    CHECK_INT(v.outputs, 2);
    CHECK_INT(v.inputs, 1);
}

TEST(verify_files, "account/verify/files") {
    make();
    CHECK_OK(sc__file_write(test_path("m/a.bin"), "secone", 6));
    heard h = verify(SC_MISMATCH);
    CHECK_INT(h.n, 1);
    CHECK(strstr(h.last, "m/a.bin"));
    CHECK_STR(h.what, "sha256");
    CHECK_OK(sc__file_write(test_path("m/a.bin"), "second", 6));
    CHECK_OK(sc__dir_remove(test_path("m/b.bin")));
    h = verify(SC_MISMATCH);
    CHECK_STR(h.what, "missing");
    CHECK(strstr(h.last, "m/b.bin"));
    CHECK_OK(sc__file_write(test_path("m/b.bin"), "same", 4));
    CHECK_OK(sc__file_write(test_path("data.txt"), "abcd", 4));
    h = verify(SC_MISMATCH);
    CHECK_STR(h.what, "bytes");
    CHECK(strstr(h.last, "data.txt"));
    CHECK_OK(sc__dir_remove(test_path("data.txt")));
    sc_verdict v;
    CHECK_OK(sc__lineage_verify(&v, test_path("m/lineage.json"), NULL, NULL));
    CHECK_INT(v.inputs_absent, 1);
}

/* Every byte of lineage.json: what is still a lineage must be found out, white space too. */
TEST(verify_bytes, "account/verify/every-byte") {
    make();
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&b, test_path("m/lineage.json"), 100000));
    int found = 0, refused = 0;
    for (size_t i = test_seed() % 7; i < b.len; i += 7) { /* another seventh each time */
        const char was = b.data[i];
        b.data[i] = was == ' ' ? '\t' : was == '\n' ? ' ' : was == 'a' ? 'b' : (char)(was ^ 1);
        json_t *v;
        if (sc__json_parse(&v, b.data, b.len, "x") >= 0) {
            json_decref(v);
            FILE *f = fopen(test_path("m/lineage.json"), "w"); /* quicker than a durable write */
            CHECK(f && fwrite(b.data, 1, b.len, f) == b.len && fclose(f) == 0);
            sc_verdict verdict;
            sc_status s = sc__lineage_verify(&verdict, test_path("m/lineage.json"), NULL, NULL);
            if (s != SC_MISMATCH && s != SC_FORMAT)
                test_fail(__FILE__, __LINE__, "byte %zu (%c) changed unnoticed", i, was);
            found += s == SC_MISMATCH;
            refused += s == SC_FORMAT;
        }
        b.data[i] = was;
    }
    CHECK(found > 100);
    CHECK(refused > 10);
    sc__buffer_deinit(&b);
}

TEST(verify_chain, "account/verify/chain") {
    make();
    json_t *lineage;
    CHECK_OK(sc__lineage_load(&lineage, test_path("m/lineage.json")));
    json_t *entries = json_object_get(lineage, "entries");
    CHECK(!json_array_remove(entries, 0)); /* history shortened */
    CHECK_OK(sc__json_save(lineage, test_path("m/lineage.json")));
    heard h = verify(SC_MISMATCH);
    CHECK_STR(h.last, "entry 0");
    CHECK_STR(h.what, "previous");
    json_t *entry = json_array_get(entries, 0); /* hidden by sealing it anew: the hash is another */
    const char *old = json_string_value(json_object_get(entry, "entry_sha256"));
    sc_digest d;
    json_object_set_new(entry, "previous", json_null());
    CHECK_OK(sc__lineage_entry_hash(&d, entry));
    CHECK(strcmp(d.hex, old));
    json_decref(lineage);
}
