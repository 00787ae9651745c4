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
                          i, 1 + i % 40, i,
                          i % 6 == 1 ? "en-US"
                          : i % 3    ? "en"
                                     : "ko",
                          i % 5);
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
    CHECK_INT(c.groups[0].n_kept, 0); /* beside each rule stand others that were kept */
    CHECK_INT(c.groups[1].n_kept, SC_CENSUS_SAMPLES);
    CHECK_INT(c.groups[2].n_kept, SC_CENSUS_SAMPLES);
    CHECK(strcmp(c.groups[1].kept[0].id, c.groups[2].kept[0].id) != 0);
    CHECK(*c.groups[1].kept[0].id == 'k');
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

/* A corpus of very many files names them once, in its lineage. */
TEST(report_provenance, "stage/curation/report/provenance") {
    char path[600];
    sc_group kept = {.n = 1};
    const sc_census census = {.groups = &kept, .n_groups = 1};
    for (int n = 1000; n <= 1001; n++) {
        json_t *inputs = json_array(), *entry = json_pack("{so}", "inputs", inputs), *o;
        for (int i = 0; i < n; i++)
            json_array_append_new(inputs, json_pack("{ss ss}", "path", "a/b.txt", "sha256", "00"));
        CHECK_OK(sc__corpus_croissant(
            &(sc_described){.corpus = corpus(), .name = "c", .entry = entry, .census = &census}));
        snprintf(path, sizeof path, "%s/croissant.json", test_path("corpus"));
        CHECK_OK(sc__json_load(&o, path));
        const json_t *from = json_object_get(o, "prov:wasDerivedFrom");
        CHECK_INT((int64_t)json_array_size(from), n > 1000 ? 1 : n);
        json_decref(o);
        json_decref(entry);
    }
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

/* ---- the funnel and clusters ----------------------------------------------------------------- */

static void write_line(const char *name, const char *line) {
    CHECK_OK(sc__file_write(test_path(name), line, strlen(line)));
}

/* What the account tells of the rules is told, also of those that took nothing or only cut. */
TEST(report_funnel, "stage/curation/report/funnel") {
    static const char told[] =
        "{\"notes\":{\"funnel\":[{\"step\":\"ingest\",\"seen\":1000,\"kept\":900,\"dropped\":100},"
        "{\"step\":\"filter\",\"seen\":900,\"kept\":810,\"dropped\":90,\"rules\":["
        "{\"rule\":\"a.first\",\"threshold\":3.0,\"dropped\":60,\"cut\":0,\"spans\":0},"
        "{\"rule\":\"a.idle\",\"threshold\":3.0,\"dropped\":0,\"cut\":0,\"spans\":0},"
        "{\"rule\":\"a.cuts\",\"threshold\":3.0,\"dropped\":0,\"cut\":7,\"spans\":9}]},"
        "{\"step\":\"mix\",\"seen\":810,\"kept\":1620,\"dropped\":0,"
        "\"parts\":{\"web\":{\"share\":1.0,\"epochs\":2.0,\"written\":1620}}}]}}";
    json_t *entry;
    sc_census c;
    sc_buffer b = SC_BUFFER_INIT;
    const sc_data_options o = {0};
    CHECK_OK(sc__json_parse(&entry, told, sizeof told - 1, "entry"));
    CHECK_OK(sc__corpus_describe(&c, corpus(), entry, &o));
    read_all(&b, "report.html");
    CHECK(strstr(b.data, "of 1000 seen") && strstr(b.data, "190 dropped"));
    CHECK(strstr(b.data, "a.first (3)") && strstr(b.data, "<td class=\"n\">840</td>"));
    CHECK(strstr(b.data, "Took nothing: a.idle<"));
    CHECK(strstr(b.data, "cut or redacted 9 parts of 7 documents"));
    CHECK(strstr(b.data, "100.00 % of the mixture, 2 times"));
    sc__buffer_deinit(&b);
    sc__census_deinit(&c);
    json_decref(entry);
}

/* Rules that only cut leave nothing in dropped/, and are told of all the same. */
TEST(report_cuts, "stage/curation/report/funnel_of_cuts") {
    static const char told[] =
        "{\"step\":\"filter\",\"notes\":{\"rules\":[{\"rule\":\"a.cuts\",\"threshold\":3.0,"
        "\"dropped\":0,\"cut\":7,\"spans\":9}]}}";
    json_t *entry;
    sc_census c;
    sc_buffer b = SC_BUFFER_INIT;
    const sc_data_options o = {0};
    corpus();
    CHECK_OK(sc__dir_remove(test_path("corpus/dropped")));
    CHECK_OK(sc__json_parse(&entry, told, sizeof told - 1, "entry"));
    CHECK_OK(sc__corpus_describe(&c, test_path("corpus"), entry, &o));
    read_all(&b, "report.html");
    CHECK(strstr(b.data, "<b>filter</b>") && strstr(b.data, "cut or redacted 9 parts"));
    sc__buffer_deinit(&b);
    sc__census_deinit(&c);
    json_decref(entry);
}

TEST(report_clusters, "stage/curation/report/clusters") {
    static const char lines[] =
        "{\"cluster\":1,\"size\":2,\"kept\":[\"k1\"],\"ids\":[\"k1\",\"twin\"]}\n"
        "{\"cluster\":2,\"size\":9,\"kept\":[\"k7\"],\"ids\":[\"k7\",\"gone\"]}\nnot json\n";
    sc_census c;
    sc_buffer b = SC_BUFFER_INIT;
    const sc_data_options o = {.threads = 2};
    const char *dir = corpus();
    CHECK_OK(sc__dir_make(test_path("corpus/clusters/3-dedup-minhash")));
    CHECK_OK(sc__dir_make(test_path("corpus/dropped/3-dedup-minhash")));
    write_line("corpus/clusters/3-dedup-minhash/clusters.jsonl", lines);
    write_line(
        "corpus/dropped/3-dedup-minhash/a.jsonl",
        "{\"id\":\"twin\",\"text\":\"the twin\",\"metadata\":{\"dropped\":{\"step\":\"dedup\","
        "\"method\":\"minhash\",\"cluster\":1,\"duplicate_of\":\"k1\",\"similarity\":0.9}}}\n");
    CHECK_OK(sc__corpus_describe(&c, dir, NULL, &o));
    CHECK_INT(c.looks.n_largest, 2);
    CHECK_INT(c.looks.n_random, 2);
    CHECK_INT(c.looks.looks[0].size, 9); /* the largest first */
    CHECK_STR(c.looks.looks[1].members[0].id, "k1");
    CHECK(c.looks.looks[1].members[0].kept && c.looks.looks[1].members[0].text);
    CHECK_STR(c.looks.looks[1].members[1].text, "the twin");
    CHECK(!c.looks.looks[0].members[1].text);
    read_all(&b, "report.html");
    CHECK(strstr(b.data, "twin &middot; duplicate_of k1 &middot; similarity 0.9"));
    CHECK(strstr(b.data, "3-dedup-minhash: cluster 2, 9 documents"));
    sc__buffer_deinit(&b);
    sc__census_deinit(&c);
}

/* What is held out is part of the corpus for those who load it. */
TEST(report_parts, "stage/curation/report/parts") {
    sc_corpus_report r;
    sc_buffer b = SC_BUFFER_INIT;
    corpus();
    CHECK_OK(sc__dir_make(test_path("corpus/valid")));
    write_line("corpus/valid/a.jsonl", "{\"text\":\"held out\"}\n");
    CHECK_OK(sc_data_report(&r, test_path("corpus"), NULL));
    CHECK_INT(r.documents, KEPT);
    read_all(&b, "README.md");
    CHECK(strstr(b.data, "  - split: validation\n    path: valid/*.jsonl*\n"));
    CHECK(!strstr(b.data, "split: test"));
    sc__buffer_clear(&b);
    read_all(&b, "croissant.json");
    CHECK(strstr(b.data, "valid/a.jsonl") && strstr(b.data, "valid/*.jsonl*"));
    sc__buffer_deinit(&b);
}
