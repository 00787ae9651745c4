/* test_trace.c - documents that hold a text; a sample is the same whoever drew it. */
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

TEST(trace_sample, "stage/curation/ask/trace/sample") {
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

/* As many as there are, however many are asked for. */
TEST(trace_all, "stage/curation/ask/trace/sample_of_all") {
    sc_buffer b = SC_BUFFER_INIT;
    const char *in = test_path("in.jsonl");
    char *text;
    sc_trace_report r;
    for (int i = 0; i < 200; i++) sc__buffer_printf(&b, "{\"text\":\"no. %d\"}\n", i);
    CHECK_OK(sc__file_write(in, b.data, b.len));
    sc__buffer_deinit(&b);
    const sc_trace_options o = {.inputs = &in, .n_inputs = 1, .limit = INT64_MAX};
    CHECK_OK(sc_data_trace(&text, &r, &o, SC_FORM_JSON));
    int rows = 0;
    for (const char *p = text; *p; p++) rows += *p == '\n';
    CHECK_INT(rows, 200);
    sc_text_free(text);
}

static const char *put_file(const char *name, const char *lines) {
    const char *path = test_path(name);
    CHECK_OK(sc__file_write(path, lines, strlen(lines)));
    return path;
}

static sc_trace_report ask(char **text, const char *in, sc_trace_options o) {
    sc_trace_report r;
    o.inputs = &in;
    o.n_inputs = 1;
    if (!o.limit) o.limit = 10;
    CHECK_OK(sc_data_trace(text, &r, &o, SC_FORM_JSON));
    return r;
}

TEST(trace_finds, "stage/curation/ask/trace/finds") {
    char *text;
    const char *in = put_file(
        "in.jsonl", "{\"id\":\"a\",\"text\":\"The quick\\n  brown fox, a quick brown dog\"}\n"
                    "{\"id\":\"b\",\"text\":\"quick brown\"}\n"
                    "{\"id\":\"c\",\"text\":\"quickbrown\"}\n");
    const char *what = "quick \t brown";
    sc_trace_report r = ask(&text, in, (sc_trace_options){.texts = &what, .n_texts = 1});
    CHECK_INT(r.documents, 2);
    CHECK_INT(r.occurrences, 3);
    CHECK(strstr(text, "\"id\":\"a\"") < strstr(text, "\"id\":\"b\""));
    CHECK(strstr(text, "\"occurrences\":2") && strstr(text, "The quick brown fox"));
    CHECK(!strstr(text, "\"query\""));
    sc_text_free(text);
    r = ask(&text, in, (sc_trace_options){.texts = &what, .n_texts = 1, .limit = 1});
    CHECK_INT(r.documents, 2);
    CHECK(!strstr(text, "\"id\":\"b\""));
    sc_text_free(text);
    what = "not there";
    ask(&text, in, (sc_trace_options){.texts = &what, .n_texts = 1});
    CHECK_STR(text, "");
    sc_text_free(text);
    const sc_trace_options o = {
        .inputs = &in, .n_inputs = 1, .texts = &what, .n_texts = 1, .limit = 1};
    what = "";
    CHECK_STATUS(SC_USAGE, sc_data_trace(&text, &r, &o, SC_FORM_JSON));
    what = "\xFF";
    CHECK_STATUS(SC_USAGE, sc_data_trace(&text, &r, &o, SC_FORM_JSON));
}

TEST(trace_from, "stage/curation/ask/trace/from") {
    char *text;
    const char *in = put_file("in.jsonl", "{\"id\":\"a\",\"text\":\"one two\"}\n"
                                          "{\"id\":\"b\",\"text\":\"two three\"}\n");
    const char *from = put_file("from.txt", "two\r\n\nnine\n three ");
    const sc_trace_report r = ask(&text, in, (sc_trace_options){.from = from});
    CHECK_INT(r.texts, 3);
    CHECK_INT(r.found, 2);
    CHECK_INT(r.documents, 3);
    CHECK(strstr(text, "{\"query\":\"two\",\"id\":\"a\"") == text);
    CHECK(strstr(text, "{\"query\":\" three\",\"id\":\"b\""));
    sc_text_free(text);
    sc_trace_report none;
    const sc_trace_options o = {
        .inputs = &in, .n_inputs = 1, .from = put_file("empty.txt", "\n \n"), .limit = 1};
    CHECK_STATUS(SC_FORMAT, sc_data_trace(&text, &none, &o, SC_FORM_JSON));
}
