/* test_report.c - what is said of a corpus is what lies in it, whoever counted. */
#include "test.h"
#include "socle/corpus.h"

#include "base/file.h"
#include "base/json.h"
#include "stage/curation/report/report.h"

enum { KEPT = 600, DROPPED = 90 };

static const char *corpus(void) {
    sc_buffer b = SC_BUFFER_INIT, d = SC_BUFFER_INIT;
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("corpus/documents")));
    CHECK_OK(sc__dir_make(test_path("corpus/dropped/2-filter")));
    for (int i = 0; i < KEPT; i++) {
        sc__buffer_printf(&b,
                          "{\"id\":\"k%d\",\"text\":\"%0*d<&\",\"metadata\":{\"language\":\"%s\","
                          "\"url\":\"https://u@site%d.org:80/p?q\"}}\n",
                          i, 1 + i % 40, i, i % 3 ? "en" : "ko", i % 5);
    }
    for (int i = 0; i < DROPPED; i++)
        sc__buffer_printf(&d,
                          "{\"id\":\"d%d\",\"text\":\"before \xEA\xB0\x80 bad word after\","
                          "\"metadata\":{\"dropped\":{\"step\":\"filter\",\"rule\":\"%s\","
                          "\"span\":[9,17]}}}\n",
                          i, i % 3 ? "words" : "lines");
    CHECK_OK(sc__file_write(test_path("corpus/documents/a.jsonl"), b.data, b.len));
    CHECK_OK(sc__file_write(test_path("corpus/dropped/2-filter/a.jsonl"), d.data, d.len));
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&d);
    return test_path("corpus");
}

TEST(census_counts, "stage/curation/report/census") {
    sc_census c;
    const char *dir = corpus();
    const sc_data_options o = {.threads = 2};
    CHECK_OK(sc__census_take(&c, dir, &o));
    CHECK_INT(c.n_groups, 3);
    CHECK_INT(c.groups[0].n, KEPT);
    CHECK_STR(c.groups[1].rule, "words");
    CHECK_INT(c.groups[1].n, DROPPED - DROPPED / 3);
    CHECK_STR(c.groups[2].rule, "lines");
    CHECK_INT(c.groups[2].n, DROPPED / 3);
    CHECK_INT(c.groups[0].n_samples, SC_CENSUS_SAMPLES);
    CHECK_STR(c.languages.rows[0].name, "en");
    CHECK_INT(c.languages.rows[0].n, 400);
    CHECK_INT(c.domains.n, 5);
    CHECK_STR(c.domains.rows[0].name, "site0.org");
    CHECK_STR(c.licences.rows[0].name, "(not known)");
    int64_t in_lengths = 0;
    for (int i = 0; i < SC_CENSUS_LENGTHS; i++) in_lengths += c.lengths[i];
    CHECK_INT(in_lengths, KEPT);
    const sc_sample *s = &c.groups[1].samples[0]; /* the span, in bytes of the snippet */
    CHECK_INT(s->mark_from, 11);
    CHECK_INT(s->mark_to, 19);
    CHECK(!strncmp(s->text + s->mark_from, "bad word", 8));
    sc__census_deinit(&c);
}

static void read_all(sc_buffer *out, const char *name) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s", test_path("corpus"), name);
    CHECK_OK(sc__file_read(out, path, 1 << 24));
}

TEST(report_same, "stage/curation/report/thread_count_changes_nothing") {
    static const char *const files[] = {"report.html", "README.md", "croissant.json"};
    sc_buffer first[3] = {SC_BUFFER_INIT, SC_BUFFER_INIT, SC_BUFFER_INIT};
    corpus();
    for (int threads = 1; threads <= 7; threads += 3) {
        sc_corpus_report r;
        const sc_data_options o = {.threads = threads};
        CHECK_OK(sc_data_report(&r, test_path("corpus"), &o));
        CHECK_INT(r.documents, KEPT);
        CHECK_INT(r.dropped, DROPPED);
        for (int i = 0; i < 3; i++) {
            sc_buffer b = SC_BUFFER_INIT;
            read_all(&b, files[i]);
            if (threads == 1)
                first[i] = b;
            else
                CHECK(b.len == first[i].len && !memcmp(b.data, first[i].data, b.len));
            if (threads > 1) sc__buffer_deinit(&b);
        }
    }
    CHECK(strstr(first[0].data, "&lt;&amp;") && !strstr(first[0].data, "<&<"));
    CHECK(strstr(first[0].data, "<mark>bad word</mark>"));
    CHECK(strstr(first[1].data, "| filter | words | 60 |"));
    for (int i = 0; i < 3; i++) sc__buffer_deinit(&first[i]);
}

TEST(report_croissant, "stage/curation/report/croissant") {
    sc_corpus_report r;
    json_t *o;
    char path[600];
    CHECK_OK(sc_data_report(&r, corpus(), NULL));
    snprintf(path, sizeof path, "%s/croissant.json", test_path("corpus"));
    CHECK_OK(sc__json_load(&o, path));
    CHECK_STR(json_string_value(json_object_get(o, "conformsTo")),
              "http://mlcommons.org/croissant/1.1");
    const json_t *files = json_object_get(o, "distribution");
    CHECK_INT((int64_t)json_array_size(files), 2);
    CHECK_INT((int64_t)json_string_length(json_object_get(json_array_get(files, 0), "sha256")), 64);
    json_decref(o);
}

static sc_status describe(void *arg) {
    sc_corpus_report r;
    const sc_data_options o = {.threads = 1};
    return sc_data_report(&r, arg, &o);
}

TEST(report_oom, "stage/curation/report/oom") {
    char dir[600];
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("small/documents")));
    CHECK_OK(sc__file_write(test_path("small/documents/a.jsonl"), "{\"text\":\"a\"}\n", 13));
    snprintf(dir, sizeof dir, "%s", test_path("small"));
    CHECK(test_oom(describe, dir) > 10);
}
