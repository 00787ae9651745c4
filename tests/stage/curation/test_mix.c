/* test_mix.c - shares are what weights, sizes and temperature make of them, and documents fill
 * them. */
#include "test.h"

#include "base/file.h"
#include "socle/corpus.h"

/* n documents of 100 bytes each. */
static const char *source(const char *name, int n) {
    static char paths[8][600];
    static int next;
    char *path = paths[next++ % 8];
    sc_buffer b = SC_BUFFER_INIT;
    setenv("SOCLE_HOME", test_path("home"), 1);
    for (int i = 0; i < n; i++)
        sc__buffer_printf(&b, "{\"id\":\"%s-%d\",\"text\":\"%s %0*d\"}\n", name, i, name,
                          99 - (int)strlen(name), i);
    snprintf(path, sizeof paths[0], "%s.jsonl", test_path(name));
    CHECK_OK(sc__file_write(path, b.data, b.len));
    sc__buffer_deinit(&b);
    return path;
}

static sc_mix_report mix(sc_mix_options o, double weight_a, double weight_b) {
    sc_mix_report r;
    o.sources[0].path = source("a", 4000);
    o.sources[0].weight = weight_a;
    o.sources[1].path = source("b", 1000);
    o.sources[1].weight = weight_b;
    o.n_sources = 2;
    o.out = test_path("out");
    CHECK_OK(sc__dir_remove(o.out));
    CHECK_OK(sc_data_mix(&r, &o));
    return r;
}

TEST(mix_shares, "stage/curation/mix/shares") {
    sc_mix_report r = mix((sc_mix_options){0}, 1, 1); /* everything once */
    CHECK_INT(r.sources[0].written, 4000);
    CHECK_INT(r.sources[1].written, 1000);
    CHECK_INT(r.sources[1].size, 100000);
    r = mix((sc_mix_options){.budget = 250000}, 1, 1); /* half of everything */
    CHECK_NEAR(r.sources[0].epochs, 0.5, 1e-9);
    CHECK_NEAR((double)r.sources[0].written, 2000, 150);
    r = mix((sc_mix_options){.budget = 500000}, 1, 4); /* half each: b two and a half times */
    CHECK_NEAR(r.sources[1].share, 0.5, 1e-9);
    CHECK_NEAR(r.sources[1].epochs, 2.5, 1e-9);
    CHECK_NEAR((double)r.sources[1].written, 2500, 75);
    r = mix((sc_mix_options){.temperature = 2}, 1, 1); /* square roots: 2 to 1 */
    CHECK_NEAR(r.sources[0].share, 2.0 / 3, 1e-9);
    r = mix((sc_mix_options){.budget = 5000000}, 1, 1); /* no more than four epochs */
    CHECK_INT(r.sources[0].written, 16000);
}

TEST(mix_bad, "stage/curation/mix/bad") {
    sc_mix_report r;
    sc_mix_options o = {.out = test_path("out"), .n_sources = 1};
    o.sources[0].path = source("a", 3);
    o.sources[0].weight = -1;
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
    o.sources[0].weight = 0;
    CHECK_STATUS(SC_FORMAT, sc_data_mix(&r, &o));
    CHECK_ERROR("no text that has a weight");
    o.sources[0].weight = 1;
    o.out = "x.jsonl";
    CHECK_STATUS(SC_USAGE, sc_data_mix(&r, &o));
}
