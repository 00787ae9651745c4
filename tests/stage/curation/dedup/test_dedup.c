/* test_dedup.c - whole jobs: the plain methods, the same bytes whoever does the work, bad input, no
 * memory, a full disk. */
#include "job.h"

#include "stage/curation/dedup/dedup.h"

#include <unistd.h>

static const char *const methods[] = {"minhash", "exact", "url", "paragraph", "line", "substring"};
enum { N_METHODS = 6 };

TEST(dedup_threads, "stage/curation/dedup/dedup/threads_and_memory_change_nothing") {
    static const int threads[] = {1, 2, 7, 2};
    job_put_random(1200, 5);
    for (int m = 0; m < N_METHODS; m++) {
        const char *first = NULL;
        for (int t = 0; t < SC_LEN(threads); t++) {
            char name[64];
            sc_dedup_report r;
            const sc_dedup_options o = {.method = methods[m],
                                        .min_length = strcmp(methods[m], "substring") ? 6 : 3,
                                        .common.threads = threads[t],
                                        .common.max_memory = t == 3 ? 100000 : 0};
            snprintf(name, sizeof name, "%s-%d", methods[m], t);
            const char *dir = job_run(&r, name, &o);
            CHECK_INT(r.kept + r.dropped, 1200);
            CHECK(r.dropped > 20);
            if (!first) first = dir;
            CHECK(job_same_all(first, dir));
        }
    }
}

/* The first of every text is kept, all others are dropped for it. */
TEST(dedup_exact, "stage/curation/dedup/dedup/exact_against_brute_force") {
    sc_dedup_report r;
    job_put_random(400, 3);
    const sc_dedup_options o = {.method = "exact"};
    const char *dir = job_run(&r, "out", &o);
    json_t *all = json_array(), *dropped = job_read(dir, "dropped"), *row;
    for (int i = 0; i < 400; i++) {
        json_t *one;
        CHECK_OK(sc__json_parse(&one, job_random_line(i), strlen(job_random_line(i)), "line"));
        json_array_append_new(all, one);
    }
    size_t i, at = 0;
    json_array_foreach(all, i, row) {
        size_t first = 0;
        while (!json_equal(json_object_get(json_array_get(all, first), "text"),
                           json_object_get(row, "text")))
            first++;
        if (first == i) continue;
        const json_t *got = json_array_get(dropped, at++);
        const json_t *why = json_object_get(json_object_get(got, "metadata"), "dropped");
        CHECK(json_equal(json_object_get(got, "id"), json_object_get(row, "id")));
        CHECK_INT(atoi(json_string_value(json_object_get(why, "duplicate_of"))), first);
    }
    CHECK_INT(json_array_size(dropped), at);
    CHECK_INT(r.dropped, at);
    json_decref(all);
    json_decref(dropped);
}

TEST(dedup_url, "stage/curation/dedup/dedup/url") {
    sc_dedup_report r;
    const char *lines[] = {
        "{\"id\":\"a\",\"text\":\"x\",\"metadata\":{\"url\":\"http://www.x.org/1/\"}}",
        "{\"id\":\"b\",\"text\":\"y\",\"metadata\":{\"url\":\"https://x.org/1?utm_id=7#q\"}}",
        "{\"id\":\"c\",\"text\":\"y\"}",
        "{\"id\":\"d\",\"text\":\"y\",\"url\":\"x.org/1\"}",
        "{\"id\":\"e\",\"text\":\"y\",\"metadata\":{\"url\":\"http://x.org/2\"}}",
        "{\"id\":\"f\",\"text\":\"y\"}"};
    job_put(lines, 6, 2);
    const sc_dedup_options o = {.method = "url"};
    json_t *dropped = job_read(job_run(&r, "out", &o), "dropped");
    CHECK_INT(json_array_size(dropped), 2);
    CHECK_INT(r.clusters, 1);
    json_decref(dropped);
}

TEST(dedup_damaged, "stage/curation/dedup/dedup/damaged_lines_and_empty_corpora") {
    sc_dedup_report r;
    const char *in = job_path("in"), *out = job_path("out");
    const char *lines[] = {"{\"text\":\"one two three four five six\"}",
                           "{\"text\":7}",
                           "",
                           "{\"text\":\"one two three four five six\"",
                           "[]",
                           "{\"text\":\"one two three four five six\"}",
                           "\xFF\xFE"};
    for (int m = 0; m < N_METHODS; m++) {
        sc_dedup_options o = {.method = methods[m], .min_length = 5};
        job_put(lines, 7, 2);
        CHECK_OK(sc_data_dedup(&r, &in, 1, out, &o));
        CHECK_INT(r.reading.unreadable, 4);
        CHECK_INT(r.kept + r.dropped, 2);
        CHECK_INT(r.dropped, strcmp(methods[m], "url") != 0);
        o.common.strict = true;
        CHECK_STATUS(SC_FORMAT, sc_data_dedup(&r, &in, 1, out, &o));
        o.common.strict = false;
        job_put(lines, 0, 2);
        CHECK_OK(sc_data_dedup(&r, &in, 1, out, &o));
        CHECK_INT(r.kept + r.dropped + r.clusters, 0);
    }
}

TEST(dedup_options, "stage/curation/dedup/dedup/options_out_of_range") {
    static const sc_dedup_options bad[] = {
        {.method = "minihash"}, {.threshold = 1.5}, {.threshold = -1},      {.bands = 5000},
        {.rows = -1},           {.ngram = 65},      {.keep = SC_DEDUP_BEST}};
    sc_dedup_report r;
    job_put_random(3, 1);
    const char *in = job_path("in");
    for (int i = 0; i < SC_LEN(bad); i++)
        CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, test_path("out"), &bad[i]));
    const sc_dedup_options typo = {.method = "minihash"};
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, test_path("out"), &typo));
    CHECK_ERROR("did you mean \"minhash\"");
}

TEST(dedup_estimate, "stage/curation/dedup/dedup/estimate") {
    sc_dedup_plan p;
    job_put_random(900, 5);
    const char *in = job_path("in"), *pipe = "-";
    CHECK_OK(sc_data_dedup_estimate(&p, &in, 1, NULL));
    CHECK_INT(p.files, 5);
    CHECK_INT(p.documents, 900);
    CHECK(p.keys > 10 * 600 && p.keys <= 14 * 900); /* some documents have no word */
    CHECK(p.memory > 0 && p.memory < 1 << 30 && p.disk > 0);
    CHECK(!sc__path_exists(test_path("in/.dedup")));
    CHECK_STATUS(SC_USAGE, sc_data_dedup_estimate(&p, &pipe, 1, NULL));
    CHECK_STATUS(SC_IO, sc_data_dedup_estimate(&p, (const char *const[]){"none"}, 1, NULL));
}

static const char *oom_method;
static sc_status run_small(void *arg) {
    sc_dedup_report r;
    const char *in = arg;
    const sc_dedup_options o = {.method = oom_method,
                                .bands = 2,
                                .rows = 2,
                                .min_length = 5,
                                .common.threads = 1,
                                .common.max_memory = strcmp(oom_method, "minhash") ? 0 : 1};
    return sc__dedup_run(&r, &in, 1, test_path("oom.jsonl"), &o, false);
}

TEST(dedup_oom, "stage/curation/dedup/dedup/oom") {
    job_put_random(30, 2);
    static const char *const all[] = {"minhash", "paragraph", "substring"};
    for (int m = 0; m < SC_LEN(all); m++) {
        oom_method = all[m];
        CHECK(test_oom(run_small, (void *)(uintptr_t)job_path("in")) > 50);
    }
}

TEST(dedup_full_disk, "stage/curation/dedup/dedup/full_disk") {
    job_put_random(40, 2);
    const char *in = job_path("in");
    oom_method = "minhash";
    for (int k = 0; k < 200; k++) {
        sc__file_fail_at(k);
        const sc_status s = run_small((void *)(uintptr_t)in);
        sc__file_fail_at(-1);
        if (s >= 0) {
            CHECK(k > 3);
            return;
        }
        CHECK_INT(s, SC_IO);
        CHECK(!sc__path_exists(test_path("oom.jsonl.dedup")));
    }
    test_fail(__FILE__, __LINE__, "never succeeded");
}

TEST(dedup_interrupted, "stage/curation/dedup/dedup/interrupted") {
    static const volatile int stop = 1;
    sc_dedup_report r;
    job_put_random(40, 2);
    const char *in = job_path("in");
    const sc_dedup_options o = {.common.stop = &stop};
    CHECK_STATUS(SC_INTERRUPTED, sc_data_dedup(&r, &in, 1, test_path("out"), &o));
    CHECK(!sc__path_exists(test_path("out/.dedup")));
}

/* Removes the first file when the first pass has seen the last of them. */
static void remove_first(void *user, const sc_data_reading *so_far) {
    if (so_far->files == 3) unlink(user);
}

TEST(dedup_vanished, "stage/curation/dedup/dedup/a_file_vanishes_between_passes") {
    sc_dedup_report r;
    for (int m = 0; m < N_METHODS; m++) {
        job_put_random(60, 3);
        const char *in = job_path("in"), *out = job_path(methods[m]);
        const sc_dedup_options o = {.method = methods[m],
                                    .min_length = 3,
                                    .common.threads = 1,
                                    .common.progress = remove_first,
                                    .common.user = (void *)(uintptr_t)job_path("in/000.jsonl")};
        CHECK_STATUS(SC_IO, sc_data_dedup(&r, &in, 1, out, &o));
        CHECK_ERROR("000.jsonl");
    }
}

/* What a process that was killed was writing is not left to be taken for a document. */
TEST(dedup_swept, "stage/curation/dedup/dedup/left_overs_are_swept") {
    sc_dedup_report r;
    job_put_random(20, 2);
    const char *left = job_path("out/documents/000.jsonl.zst.tmp-aBcD12");
    CHECK_OK(sc__dir_make(job_path("out/documents")));
    CHECK_OK(sc__file_write(left, "{", 1));
    const sc_dedup_options o = {.method = "exact"};
    job_run(&r, "out", &o);
    CHECK(!sc__path_exists(left));
}

/* Of thousands of copies the first stays; of those that are like some of them, in a chain, all that
 * are like no keeper. */
TEST(dedup_copies, "stage/curation/dedup/dedup/thousands_of_copies") {
    enum { N = 3000 };
    static const char *lines[N];
    sc_dedup_report r;
    char text[512];
    for (int i = 0; i < N; i++) {
        char *p = text;
        for (int w = 0; w < 30; w++)
            p += sprintf(p, "w%d ", w < 28 ? w : (i % 50 ? 100 + i % 3 : 200 + i) + w);
        lines[i] = job_line(i, text);
    }
    job_put(lines, N, 2);
    const sc_dedup_options o = {.threshold = 0.5, .common.threads = 2};
    json_t *kept = job_read(job_run(&r, "out", &o), "documents");
    CHECK_INT(r.kept, 1);
    CHECK_INT(r.clusters, 1);
    CHECK_STR(json_string_value(json_object_get(json_array_get(kept, 0), "id")), "0");
    json_decref(kept);
}
