/* test_where.c - documents by what was said of them. */
#include "test.h"

#include "base/file.h"
#include "socle/corpus.h"
#include "socle/tag.h"

static const char lines[] =
    "{\"id\":\"a\",\"text\":\"one two\",\"source\":\"web\",\"score\":2,\"metadata\":{\"language\":"
    "\"ko\",\"dropped\":{\"step\":\"filter\",\"rule\":\"c4.bad\"}}}\n"
    "{\"id\":\"b\",\"text\":\"한국어, and a@example.org wrote it\",\"source\":\"web\",\"score\":10,"
    "\"metadata\":{\"language\":\"en\",\"ok\":true,\"none\":null}}\n"
    "{\"id\":\"c\",\"text\":\"three\",\"created\":\"2024-05-06T07:08:09Z\"}\n";

static const char *put(void) {
    CHECK_OK(sc__dir_make(test_path("c/documents")));
    CHECK_OK(sc__file_write(test_path("c/documents/x.jsonl"), lines, sizeof lines - 1));
    return test_path("c");
}

static char *inspect(const char *in, const char *const *where, int n) {
    char *text;
    sc_trace_report r;
    const sc_trace_options o = {
        .inputs = &in, .n_inputs = 1, .where = where, .n_where = n, .limit = 10};
    CHECK_OK(sc_data_trace(&text, &r, &o, SC_FORM_JSON));
    return text;
}

/* Exactly the documents with these ids, each one letter. */
static void check(const char *in, const char *where, const char *ids) {
    char *text = inspect(in, &where, 1);
    for (const char *id = "abc"; *id; id++) {
        char row[16];
        snprintf(row, sizeof row, "\"id\":\"%c\"", *id);
        if ((strstr(text, row) != NULL) != (strchr(ids, *id) != NULL))
            test_fail(__FILE__, __LINE__, "%s: document %c: %s", where, *id, text);
    }
    sc_text_free(text);
}

TEST(where_fields, "stage/curation/ask/where/fields") {
    const char *in = put();
    check(in, "language=ko", "a");
    check(in, "metadata.language=en", "b");
    check(in, "language!=ko", "b"); /* c has none */
    check(in, "source=web", "ab");
    check(in, "score>2", "b");
    check(in, "score>=2", "ab");
    check(in, "score<10", "a"); /* as numbers: "2" is above "10" as text */
    check(in, "score<=10", "ab");
    check(in, "score=2.0", "a");
    check(in, "ok=true", "b");
    check(in, "ok", "b");
    check(in, "none", "");
    check(in, "dropped.rule=c4.bad", "a");
    check(in, "created>2024-05", "c");
    check(in, "created<2024-05", "");
    check(in, "id>=b", "bc");
    const char *two[] = {"source=web", "score>2"};
    char *text = inspect(in, two, 2);
    CHECK(strstr(text, "\"where\":{\"source\":\"web\",\"score\":10}"));
    CHECK(!strstr(text, "\"id\":\"a\""));
    sc_text_free(text);
}

static void tag(const char *in) {
    static const char *const taggers[] = {"length", "pii"};
    const sc_tag_job job = {.inputs = &in, .n_inputs = 1, .taggers = taggers, .n_taggers = 2};
    sc_data_reading r;
    CHECK_OK(sc_data_tag(&r, &job, in, NULL));
}

TEST(where_attributes, "stage/curation/ask/where/attributes") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    const char *in = put();
    tag(in);
    check(in, "length__chars>6", "ab");
    check(in, "length__chars<7", "c");
    check(in, "length__chars=7", "a");
    check(in, "length__no_such", "");
    check(test_path("c/documents/x.jsonl"), "length__words>=5", "b");
    const char *two[] = {"pii__email", "language=en"};
    char *text = inspect(in, two, 2);
    if (!strstr(text, "\"where\":{\"pii__email\":[9,22,1],\"language\":\"en\"}"))
        test_fail(__FILE__, __LINE__, "%s", text);
    sc_text_free(text);
}

static void refuse(sc_status want, const char *where, const char *says) {
    char *text;
    sc_trace_report r;
    const char *in = put();
    const sc_trace_options o = {
        .inputs = &in, .n_inputs = 1, .where = &where, .n_where = 1, .limit = 10};
    CHECK_STATUS(want, sc_data_trace(&text, &r, &o, SC_FORM_JSON));
    CHECK_ERROR(says);
}

TEST(where_bad, "stage/curation/ask/where/bad") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    refuse(SC_USAGE, "", "is not a condition");
    refuse(SC_USAGE, "=ko", "is not a condition");
    refuse(SC_USAGE, "score>", "is not a condition");
    refuse(SC_USAGE, "a b=c", "is not a condition");
    refuse(SC_USAGE, "a.b.c.d.e.f.g.h.i", "more than 8 keys");
    refuse(SC_USAGE, "length__chars=many", "compared with a number");
    refuse(SC_IO, "length__chars>1", "socle data tag");
    tag(put());
    refuse(SC_IO, "c4__no_such>1", "c4");
}

/* Ids need not be unique: what was said of one document is not taken for another's. */
TEST(where_same_ids, "stage/curation/ask/where/same_ids") {
    static const char same[] = "{\"id\":\"a\",\"text\":\"four\"}\n"
                               "{\"id\":\"b\",\"text\":\"1\"}\n"
                               "\n"
                               "{\"id\":\"a\",\"text\":\"seventy\"}\n"
                               "{\"id\":\"a\",\"text\":\"four\"}\n",
                      moved[] = "{\"id\":\"b\",\"text\":\"1\"}\n{\"id\":\"a\",\"text\":\"four\"}\n";
    static const char *const where[] = {"length__chars>6", "length__chars=4"};
    const char *file = test_path("c/documents/x.jsonl"), *in;
    sc_trace_report r;
    char *text;
    setenv("SOCLE_HOME", test_path("home"), 1);
    in = put();
    CHECK_OK(sc__file_write(file, same, sizeof same - 1));
    tag(in);
    for (int i = 0; i < 2; i++) {
        const sc_trace_options o = {
            .inputs = &in, .n_inputs = 1, .where = &where[i], .n_where = 1, .limit = 10};
        CHECK_OK(sc_data_trace(&text, &r, &o, SC_FORM_JSON));
        CHECK_INT(r.documents, i + 1);
        sc_text_free(text);
    }
    CHECK_OK(sc__file_write(file, moved, sizeof moved - 1));
    const sc_trace_options o = {
        .inputs = &in, .n_inputs = 1, .where = where, .n_where = 1, .limit = 10};
    CHECK_STATUS(SC_MISMATCH, sc_data_trace(&text, &r, &o, SC_FORM_JSON));
    CHECK_ERROR("several documents have the id a");
}
