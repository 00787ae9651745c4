/* test_extract.c - the public extractor: one page after another, whatever their bytes. */
#include "test.h"

#include "socle/extract.h"

TEST(extract_run, "stage/creation/extract/run") {
    const char page[] = "<title>A page</title><p>It says caf\xE9, and no more than that.";
    sc_extractor *x;
    sc_page_facts facts;
    const char *text;
    CHECK_OK(sc_extractor_open(&x, NULL));
    CHECK_OK(sc_extractor_run(&text, &facts, x, page, sizeof page - 1));
    CHECK_STR(text, "It says caf\xEF\xBF\xBD, and no more than that.\n");
    CHECK_STR(facts.title, "A page");
    CHECK_OK(sc_extractor_run(&text, NULL, x, "", 0));
    CHECK_STR(text, "");
    CHECK_OK(sc_extractor_run(&text, &facts, x, "\0<p>a\0b, c.", 11));
    CHECK_STR(text, "a b, c.\n");
    CHECK_STR(facts.title, "");
    sc_extractor_close(x);
    sc_extractor_close(NULL);
}

static sc_status run_once(void *arg) {
    sc_extractor *x;
    const char *text;
    sc_status s = sc_extractor_open(&x, arg);
    if (s >= 0) s = sc_extractor_run(&text, NULL, x, "<p>caf\xE9", 7);
    sc_extractor_close(x);
    return s;
}

TEST(extract_oom, "stage/creation/extract/oom") {
    sc_extract_options o = {.comments = true};
    CHECK(test_oom(run_once, &o) > 5);
}
