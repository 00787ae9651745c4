/* test_tagger_language.c - languages of texts written for it. */
#include "say.h"

#define ENGLISH  "The committee met on Tuesday and talked about the new bridge over the river."
#define KOREAN   "위원회는 화요일에 모여 강을 건너는 새 다리에 대하여 이야기하였습니다."
#define GERMAN   "Der Ausschuss traf sich am Dienstag und sprach über die neue Brücke über den Fluss."
#define JAPANESE "委員会は火曜日に集まり、川に架かる新しい橋について話し合いました。"

TEST(language_document, "stage/curation/tag/tagger_language/document") {
    sayer s;
    sayer_open(&s, "language", NULL);
    sayer_run(&s, ENGLISH, NULL);
    CHECK(sayer_value(&s, "language__en") > 0.9);
    CHECK(sayer_value(&s, "language__reliable") == 1);
    CHECK(sayer_value(&s, "language__kept") == -1);
    sayer_run(&s, KOREAN, NULL);
    CHECK(sayer_value(&s, "language__ko") > 0.9);
    CHECK(sayer_value(&s, "language__en") == -1);
    sayer_run(&s, JAPANESE, NULL);
    CHECK(sayer_value(&s, "language__ja") > 0.9);
    sayer_run(&s, "x", NULL);
    CHECK_INT(s.worker->tags.n, 1); /* too short for any; not reliable */
    CHECK(sayer_value(&s, "language__reliable") == 0);
    sayer_close(&s);
}

/* Languages of its full tables alone. */
TEST(language_full, "stage/curation/tag/tagger_language/full_tables") {
    static const char *const texts[][2] = {
        {"language__zu", "Ikomidi ihlangene ngoLwesibili yaxoxa ngebhuloho elisha elizokwakhiwa "
                         "phezu komfula omkhulu edolobheni lethu."},
        {"language__am", "ኮሚቴው ማክሰኞ ዕለት ተሰብስቦ በወንዙ ላይ ስለሚሠራው አዲስ ድልድይ ተወያየ።"}};
    sayer s;
    sayer_open(&s, "language", NULL);
    for (int i = 0; i < SC_LEN(texts); i++) {
        sayer_run(&s, texts[i][1], NULL);
        CHECK(sayer_value(&s, texts[i][0]) > 0.9);
    }
    sayer_close(&s);
}

/* Code points that CLD2 refuses do not make a text unknown. */
TEST(language_controls, "stage/curation/tag/tagger_language/controls") {
    sayer s;
    sayer_open(&s, "language", NULL);
    sayer_run(&s, "\x01\x7F\xC2\x85\xEF\xBF\xBE " ENGLISH " \xF0\x9F\xBF\xBF", NULL);
    CHECK(sayer_value(&s, "language__en") > 0.9);
    sayer_close(&s);
}

TEST(language_paragraphs, "stage/curation/tag/tagger_language/paragraphs") {
    sayer s;
    sayer_open(&s, "language", "language.keep=ko,de");
    sayer_run(&s, ENGLISH "\n\n" KOREAN "\n\nx\n\n" GERMAN, NULL);
    const sc_tag *de = sayer_tag(&s, "language__paragraph_de", 0);
    CHECK(de && de->value > 0.9 && de->end == s.record.text.n);
    CHECK(sayer_tag(&s, "language__paragraph_en", 0)->start == 0);
    CHECK_INT(sayer_count(&s, "language__kept_paragraph"), 3); /* nothing of "x" */
    CHECK(sayer_tag(&s, "language__kept_paragraph", 0)->value == 0);
    CHECK(sayer_tag(&s, "language__kept_paragraph", 1)->value > 0.9);
    const double kept = sayer_value(&s, "language__kept");
    CHECK(kept > 0.4 && kept < 0.9);
    sayer_close(&s);
}

TEST(language_usage, "stage/curation/tag/tagger_language/usage") {
    static const char *const bad[] = {"language.keep=", "language.keep=en,",
                                      "language.keep=a-code-that-is-far-too-long"};
    const char *name = "language";
    sc_tagging *g;
    for (int i = 0; i < SC_LEN(bad); i++) {
        const sc_tagging_options o = {
            .taggers = &name, .n_taggers = 1, .settings = &bad[i], .n_settings = 1};
        CHECK_STATUS(SC_USAGE, sc__tagging_open(&g, &o));
    }
    /* A rule looks at it, and nobody said which languages. */
    const char *wanted[] = {"language__kept", NULL};
    const sc_tagging_options o = {.taggers = &name, .n_taggers = 1, .wanted = wanted};
    sc_tag_worker *w;
    CHECK_OK(sc__tagging_open(&g, &o));
    CHECK_STATUS(SC_USAGE, sc__tag_worker_open(&w, g));
    CHECK_ERROR("language.keep=en");
    sc__tagging_close(g);
}
