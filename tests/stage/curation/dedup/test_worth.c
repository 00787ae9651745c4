/* test_worth.c - of those alike the one stays that a tagger's attribute or the metadata likes best.
 */
#include "job.h"

#include "socle/tag.h"
#include "stage/curation/dedup/dedup.h"

static const char *const texts[] = {
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen!!",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen?",
    "something else that is said here once and never again in all of this very small corpus"};

static const char *put(int n_files) {
    const char *lines[SC_LEN(texts)];
    for (int i = 0; i < SC_LEN(texts); i++) lines[i] = job_line(i, texts[i]);
    job_put(lines, SC_LEN(texts), n_files);
    return job_path("in");
}

static void tag(const char *in) {
    static const char *const taggers[] = {"length"};
    sc_data_reading r;
    const sc_tag_job job = {.inputs = &in, .n_inputs = 1, .taggers = taggers, .n_taggers = 1};
    CHECK_OK(sc_data_tag(&r, &job, job_path("tagged"), NULL));
}

static sc_dedup_options best(void) {
    return (sc_dedup_options){.keep = SC_DEDUP_BEST,
                              .score = "length__chars",
                              .attributes = job_path("tagged/attributes"),
                              .common.threads = 2};
}

TEST(worth_attributes, "stage/curation/dedup/worth/attributes") {
    for (int n_files = 1; n_files <= 4; n_files += 3) {
        sc_dedup_report r;
        char name[32];
        tag(put(n_files));
        const sc_dedup_options o = best();
        snprintf(name, sizeof name, "out-%d", n_files);
        json_t *kept = job_read(job_run(&r, name, &o), "documents");
        CHECK_INT(json_array_size(kept), 2);
        CHECK_STR(json_string_value(json_object_get(json_array_get(kept, 0), "text")), texts[1]);
        json_decref(kept);
    }
}

TEST(worth_shards, "stage/curation/dedup/worth/shards_change_nothing") {
    static const char *const phases[] = {"keys", "groups", "sets", "pairs", "write"};
    sc_dedup_report r;
    tag(put(3));
    sc_dedup_options o = best();
    const char *whole = job_run(&r, "whole", &o), *dir = NULL;
    o.common.n_shards = 2;
    for (int p = 0; p < SC_LEN(phases); p++)
        for (o.common.shard = 0; o.common.shard < 2; o.common.shard++) {
            o.phase = phases[p];
            dir = job_run(&r, "parted", &o);
        }
    CHECK(job_same_all(whole, dir));
}

TEST(worth_refused, "stage/curation/dedup/worth/refused") {
    sc_dedup_report r;
    const char *in = put(1), *out = job_path("out");
    sc_dedup_options o = best();
    CHECK_STATUS(SC_IO, sc_data_dedup(&r, &in, 1, out, &o)); /* never tagged */
    tag(in);
    o.score = "length";
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, out, &o));
    CHECK_ERROR("not an attribute");
    o.score = "other__chars";
    CHECK_STATUS(SC_IO, sc_data_dedup(&r, &in, 1, out, &o));
    o.score = "length__chars";
    o.keep = SC_DEDUP_FIRST;
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, out, &o));
    const char *lines[] = {job_line(7, texts[0]), job_line(8, texts[1])};
    job_put(lines, 2, 1);
    o.keep = SC_DEDUP_BEST;
    CHECK_STATUS(SC_MISMATCH, sc_data_dedup(&r, &in, 1, out, &o));
    CHECK_ERROR("says nothing of document");
}

static sc_status run_small(void *arg) {
    sc_dedup_report r;
    const char *in = arg;
    sc_dedup_options o = best();
    o.common.threads = 1;
    o.bands = 2;
    o.rows = 2;
    return sc__dedup_run(&r, &in, 1, test_path("oom.jsonl"), &o, false);
}

TEST(worth_oom, "stage/curation/dedup/worth/oom") {
    const char *in = put(1);
    tag(in);
    CHECK(test_oom(run_small, (void *)(uintptr_t)in) > 50);
}
