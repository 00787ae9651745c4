/* test_trace.c - a sample is the same whoever drew it. */
#include "test.h"

#include "base/file.h"
#include "socle/corpus.h"

static char *draw(const char *in, int threads, uint64_t seed) {
    char *text;
    sc_trace_report r;
    const sc_trace_options o = {
        .inputs = &in, .n_inputs = 1, .limit = 7, .seed = seed, .common = {.threads = threads}};
    CHECK_OK(sc_data_trace(&text, &r, &o, SC_FORM_JSON));
    CHECK_INT(r.documents, 30000);
    return text;
}

TEST(trace_sample, "stage/curation/trace/sample") {
    sc_buffer b = SC_BUFFER_INIT;
    const char *in = test_path("in.jsonl");
    for (int i = 0; i < 30000; i++)
        sc__buffer_printf(&b, "{\"id\":\"%d\",\"text\":\"%0*d\"}\n", i, 100 + i % 100, i);
    CHECK_OK(sc__file_write(in, b.data, b.len));
    sc__buffer_deinit(&b);
    char *one = draw(in, 1, 0), *many = draw(in, 3, 0), *other = draw(in, 2, 1);
    CHECK_STR(one, many);
    CHECK(strcmp(one, other) != 0);
    int rows = 0;
    for (const char *p = one; *p; p++) rows += *p == '\n';
    CHECK_INT(rows, 7);
    sc_text_free(one);
    sc_text_free(many);
    sc_text_free(other);
}
