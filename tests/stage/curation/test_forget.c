/* test_forget.c - what was asked to go is gone, what was not stays byte for byte; texts are found
 * however their lines were broken. */
#include "test.h"

#include "base/file.h"
#include "base/json.h"
#include "socle/corpus.h"

static const char lines[] =
    "{\"id\":\"a\",\"text\":\"The quick\\n brown "
    "fox\",\"metadata\":{\"url\":\"http://www.Site.org/x\"}}\n"
    "{\"id\":\"b\",\"text\":\"quick brown quick  "
    "brown\",\"metadata\":{\"url\":\"http://mysite.org/y\"}}\n"
    "{\"id\":\"c\",\"text\":\"nothing\",\"metadata\":{\"licence\":\"CC-BY-4.0\"}}\n"
    "{\"id\":7,\"text\":\"seven\",\"metadata\":{\"url\":\"https://site.org:80/\"}}\n";

static const char *corpus(void) {
    static char path[600];
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("corpus/documents")));
    CHECK_OK(sc__file_write(test_path("corpus/documents/a.jsonl"), lines, strlen(lines)));
    snprintf(path, sizeof path, "%s", test_path("corpus"));
    return path;
}

static void check_left(const sc_forget_options *given, int64_t forgotten, const char *ids) {
    sc_forget_report r;
    sc_trace_report t;
    char out[600], *text;
    const char *in = out;
    sc_forget_options o = *given;
    snprintf(out, sizeof out, "%s", test_path("left"));
    CHECK_OK(sc__dir_remove(out));
    o.corpus = corpus();
    o.out = out;
    CHECK_OK(sc_data_forget(&r, &o));
    CHECK_INT(r.forgotten, forgotten);
    CHECK_INT(r.kept, 4 - forgotten);
    const sc_trace_options all = {.inputs = &in, .n_inputs = 1, .limit = 10, .whole = true};
    CHECK_OK(sc_data_trace(&text, &t, &all, SC_FORM_JSON));
    CHECK_INT(t.documents, 4 - forgotten);
    for (const char *id = ids; *id; id++) {
        char want[16];
        snprintf(want, sizeof want, "\"id\":\"%c\"", *id);
        if (!strstr(text, want)) test_fail(__FILE__, __LINE__, "%c is gone: %s", *id, text);
    }
    sc_text_free(text);
}

TEST(forget_by, "stage/curation/forget/by_id_domain_licence") {
    CHECK_OK(sc__file_write(test_path("ids.txt"), "b\r\n\"c\"\n\nno-such\n", 17));
    check_left(&(sc_forget_options){.ids = test_path("ids.txt")}, 2, "a7");
    check_left(&(sc_forget_options){.domain = "site.org"}, 2, "bc");
    check_left(&(sc_forget_options){.licence = "cc-by-4.0"}, 1, "ab7");
    check_left(&(sc_forget_options){.ids = test_path("ids.txt"), .domain = "site.org"}, 4, "");
}

TEST(forget_bad, "stage/curation/forget/bad") {
    sc_forget_report r;
    sc_forget_options o = {.corpus = corpus(), .out = test_path("out")};
    CHECK_STATUS(SC_USAGE, sc_data_forget(&r, &o));
    CHECK_ERROR("nothing to forget");
    CHECK_OK(sc__file_write(test_path("empty.txt"), "\n\n", 2));
    o.ids = test_path("empty.txt");
    CHECK_STATUS(SC_FORMAT, sc_data_forget(&r, &o));
    CHECK_ERROR("holds no id");
}
