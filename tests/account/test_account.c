/* test_account.c - the public questions, answered for people and for programs. */
#include "test.h"

#include "account/lineage.h"
#include "account/step.h"
#include "base/file.h"
#include "socle/account.h"

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

TEST(show_verify, "account/account/show-verify") {
    make_family();
    char *text;
    CHECK_OK(sc_lineage_show(&text, test_path("base"), SC_FORM_TABLE));
    CHECK(strstr(text, "1. train -> model: done") && strstr(text, "data: ") &&
          strstr(text, "out.bin"));
    sc_text_free(text);
    CHECK_OK(sc_lineage_show(&text, test_path("base/lineage.json"), SC_FORM_JSON));
    json_t *v = json_of(text);
    char digest[65];
    snprintf(digest, sizeof digest, "%s",
             json_string_value(json_object_get(sc__lineage_newest(v), "artifact")));
    json_decref(v);
    CHECK_OK(sc_lineage_verify(&text, digest, SC_FORM_TABLE)); /* found through the registry */
    CHECK(strstr(text, "base/lineage.json: verified: 1 entries"));
    sc_text_free(text);
    CHECK_OK(sc__file_write(test_path("base/out.bin"), "x", 1));
    CHECK_STATUS(SC_MISMATCH, sc_lineage_verify(&text, test_path("base"), SC_FORM_TABLE));
    CHECK(strstr(text, "base/out.bin: bytes is 1, recorded"));
    CHECK(strstr(text, "NOT as recorded"));
    sc_text_free(text);
    CHECK_STATUS(SC_MISMATCH, sc_lineage_verify(&text, test_path("base"), SC_FORM_JSON));
    v = json_of(text);
    CHECK(json_is_false(json_object_get(v, "verified")));
    CHECK_INT(json_array_size(json_object_get(v, "findings")), 1);
    json_decref(v);
    CHECK_STATUS(SC_IO, sc_lineage_show(&text, test_path("none"), SC_FORM_TABLE));
    CHECK(!text);
}
