/* test_parts.c - paragraphs and lines against the naive way, and what stays of a text. */
#include "job.h"

#include "base/random.h"

static const char *text_of(const json_t *rows, size_t i) {
    return json_string_value(json_object_get(json_array_get(rows, i), "text"));
}

/* Runs texts and compares what is kept. */
static void check(const char *method, const char *const *texts, const char *const *want) {
    const char *lines[16];
    int n = 0, n_kept = 0;
    sc_dedup_report r;
    for (; texts[n]; n++) lines[n] = job_line(n, texts[n]);
    job_put(lines, n, 1);
    const sc_dedup_options o = {.method = method, .min_length = 3};
    json_t *kept = job_read(job_run(&r, "out", &o), "documents");
    for (; want[n_kept]; n_kept++) CHECK_STR(text_of(kept, (size_t)n_kept), want[n_kept]);
    CHECK_INT(json_array_size(kept), n_kept);
    CHECK_INT(r.dropped, n - n_kept);
    json_decref(kept);
}
#define TEXTS(...)                                                                                 \
    (const char *const[]) { __VA_ARGS__, NULL }

TEST(parts_lines, "stage/curation/dedup/parts/lines") {
    check("line", TEXTS("one\ntwo\n", "zero\n  one \nthree", "two\none\n"),
          TEXTS("one\ntwo\n", "zero\nthree"));
    check("line", TEXTS("one\none\none"), TEXTS("one"));
    check("line", TEXTS("one\nx\none\nx\n"), TEXTS("one\nx\nx\n")); /* too short to be cut */
    check("line", TEXTS("a  b\tc\n", "a b c\nlast"), TEXTS("a  b\tc\n", "last"));
    check("line", TEXTS("one", "first\n\none"), TEXTS("one", "first\n"));
    check("line", TEXTS("", "\n\n", "\n\n"), TEXTS("", "\n\n", "\n\n"));
    check("line", TEXTS("\xEC\x95\x88\xEB\x85\x95\n", "\xEC\x95\x88\xEB\x85\x95\n"), /* 2 letters */
          TEXTS("\xEC\x95\x88\xEB\x85\x95\n", "\xEC\x95\x88\xEB\x85\x95\n"));
}

TEST(parts_paragraphs, "stage/curation/dedup/parts/paragraphs") {
    check("paragraph", TEXTS("one\ntwo\n\nthree", "\n\none\ntwo\n \n\nfour\n"),
          TEXTS("one\ntwo\n\nthree", "four\n"));
    check("paragraph", TEXTS("one\n\ntwo\n", "zero\n\none"), TEXTS("one\n\ntwo\n", "zero"));
    check("paragraph", TEXTS("one\n\ntwo", "one\n\ntwo"), TEXTS("one\n\ntwo"));
    check("paragraph", TEXTS("one\ntwo", "one\n\ntwo\n\none\ntwo\n\n"),
          TEXTS("one\ntwo", "one\n\ntwo\n\n"));
}

TEST(parts_record, "stage/curation/dedup/parts/hash_and_reason_of_the_record") {
    sc_dedup_report r;
    const char *lines[] = {
        "{\"id\":\"a\",\"text\":\"one\\ntwo\"}",
        "{\"id\":\"b\",\"x\":1,\"text\":\"one\\nthree\",\"metadata\":{\"sha256\":\"0\"}}",
        "{\"id\":\"c\",\"text\":\"two\\none\"}"};
    job_put(lines, 3, 1);
    const sc_dedup_options o = {.method = "line", .min_length = 3};
    const char *dir = job_run(&r, "out", &o);
    json_t *kept = job_read(dir, "documents"), *dropped = job_read(dir, "dropped");
    CHECK_INT(r.cut, 3);
    CHECK_INT(r.changed, 1);
    CHECK_INT(r.cut_bytes, 4 + 7);
    CHECK(!json_object_get(json_array_get(kept, 0), "metadata"));
    const json_t *b = json_array_get(kept, 1), *c = json_array_get(dropped, 0);
    CHECK_STR(json_string_value(json_object_get(json_object_get(b, "metadata"), "sha256")),
              "8b5b9db0c13db24256c829aa364aa90c6d2eba318b9232a4ab9313b954d3555f");
    const json_t *why = json_object_get(json_object_get(c, "metadata"), "dropped");
    CHECK_INT(json_integer_value(json_object_get(why, "cut")), 2);
    CHECK_STR(json_string_value(json_object_get(why, "method")), "line");
    json_decref(kept);
    json_decref(dropped);
}

/* Random texts of few lines against a list of all lines seen. */
TEST(parts_brute_force, "stage/curation/dedup/parts/brute_force") {
    enum { DOCS = 200, LINES = 6 };
    static char text[DOCS][512];
    const char *lines[DOCS];
    char want[DOCS][512] = {""};
    bool seen[60] = {false}, changed[DOCS] = {false};
    uint64_t k = 0;
    for (int i = 0; i < DOCS; i++) {
        char *p = text[i], *q = want[i];
        const int n = 1 + (int)sc__random_below(test_seed(), 3, k++, LINES);
        for (int l = 0; l < n; l++) {
            const int line = (int)sc__random_below(test_seed(), 3, k++, 60);
            p += sprintf(p, "line %02d\n", line);
            if (!seen[line]) q += sprintf(q, "line %02d\n", line);
            changed[i] |= seen[line];
            seen[line] = true;
        }
        lines[i] = job_line(i, text[i]);
    }
    job_put(lines, DOCS, 3);
    sc_dedup_report r;
    const sc_dedup_options o = {.method = "line", .min_length = 3};
    json_t *kept = job_read(job_run(&r, "out", &o), "documents");
    size_t at = 0;
    for (int i = 0; i < DOCS; i++)
        if (*want[i]) CHECK_STR(text_of(kept, at++), want[i]);
    CHECK_INT(json_array_size(kept), at);
    CHECK_INT(r.dropped, DOCS - (int64_t)at);
    json_decref(kept);
}
