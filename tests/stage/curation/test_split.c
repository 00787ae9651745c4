/* test_split.c - parts are what was asked for, stable when the corpus grows, and leak nothing. */
#include "test.h"

#include "base/file.h"
#include "format/documents.h"
#include "socle/data.h"

/* Documents first .. last - 1, every third text equal to that of its neighbour. */
static const char *corpus(const char *name, int first, int last) {
    static char paths[4][600];
    static int next;
    char *path = paths[next++ % 4];
    sc_buffer b = SC_BUFFER_INIT;
    setenv("SOCLE_HOME", test_path("home"), 1);
    snprintf(path, sizeof paths[0], "%s", test_path(name));
    for (int i = first; i < last; i++)
        sc__buffer_printf(&b, "{\"id\":\"%d\",\"text\":\"text %d\"}\n", i, i % 3 ? i : i + 1);
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
    return path;
}

/* The part of each document: 0 train, 1 valid, 2 test. */
static void read_parts(int *part, int n, const char *dir) {
    static const char *const names[] = {"documents", "valid", "test"};
    for (int i = 0; i < n; i++) part[i] = -1;
    for (int k = 0; k < 3; k++) {
        char path[700];
        const char *paths[] = {path};
        sc_documents *t;
        sc_document d;
        snprintf(path, sizeof path, "%s/%s", dir, names[k]);
        CHECK_OK(sc__documents_open(&t, paths, 1, NULL));
        while (sc__documents_next(&d, t) == SC_OK) {
            sc_buffer id = SC_BUFFER_INIT;
            CHECK_OK(sc__document_id(&id, &d));
            const int i = atoi(id.data);
            CHECK(i < n && part[i] == -1);
            part[i] = k;
            sc__buffer_deinit(&id);
        }
        sc__documents_close(t);
    }
}

static void split(int *part, int n, const char *input, const char *out) {
    sc_split_report r;
    const sc_split_options o = {
        .inputs = &input, .n_inputs = 1, .out = test_path(out), .valid = 0.2, .test = 0.1};
    CHECK_OK(sc_data_split(&r, &o));
    CHECK_INT(r.train + r.valid + r.test, n);
    CHECK_NEAR((double)r.valid / n, 0.2, 0.05);
    CHECK_NEAR((double)r.test / n, 0.1, 0.04);
    read_parts(part, n, test_path(out));
}

TEST(split_stable, "stage/curation/split/stable") {
    static int small[1000], large[3000];
    split(small, 1000, corpus("small.jsonl", 0, 1000), "a");
    split(large, 3000, corpus("large.jsonl", 0, 3000), "b");
    for (int i = 0; i < 1000; i++) CHECK(small[i] >= 0 && small[i] == large[i]);
    for (int i = 0; i + 1 < 3000; i += 3) CHECK_INT(large[i], large[i + 1]); /* equal texts */
}

TEST(split_bad, "stage/curation/split/bad") {
    sc_split_report r;
    const char *input = corpus("a.jsonl", 0, 3);
    sc_split_options o = {.inputs = &input, .n_inputs = 1, .out = test_path("out"), .valid = 1};
    CHECK_STATUS(SC_USAGE, sc_data_split(&r, &o));
    CHECK_ERROR("shares below 1");
    o.valid = 0.1;
    o.out = "x.jsonl";
    CHECK_STATUS(SC_USAGE, sc_data_split(&r, &o));
    CHECK_ERROR("must be a folder");
}
