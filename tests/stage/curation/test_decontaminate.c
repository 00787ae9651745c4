/* test_decontaminate.c - what shares thirteen words with an evaluation set goes, whatever its case
 * and punctuation; a plain search over word lists says the same. */
#include "test.h"

#include "base/file.h"
#include "base/random.h"
#include "format/documents.h"
#include "format/stream.h"
#include "socle/corpus.h"

static const char *put(const char *name, const char *text) {
    static char paths[8][600];
    static int next;
    char *path = paths[next++ % 8];
    setenv("SOCLE_HOME", test_path("home"), 1);
    snprintf(path, sizeof paths[0], "%s", test_path(name));
    CHECK_OK(sc__file_write(path, text, strlen(text)));
    return path;
}

static sc_decontaminate_report run(const char *input, const char *against, int64_t min_matches) {
    sc_decontaminate_report r;
    const sc_decontaminate_options o = {.inputs = &input,
                                        .n_inputs = 1,
                                        .against = &against,
                                        .n_against = 1,
                                        .out = test_path("out"),
                                        .min_matches = min_matches,
                                        .common = {.threads = 2}};
    CHECK_OK(sc__dir_remove(test_path("out")));
    CHECK_OK(sc_data_decontaminate(&r, &o));
    return r;
}

TEST(decontaminate_words, "stage/curation/decontaminate/words") {
    const char *against =
        put("eval.jsonl", "{\"q\":\"one two three four five six seven eight nine ten eleven twelve "
                          "thirteen fourteen\",\"choices\":[\"a b c d e f g h\",\"too short\"]}\n");
    const char *input =
        put("in.jsonl",
            "{\"text\":\"zero ONE, two; three four five six seven eight nine ten eleven twelve "
            "thirteen!\"}\n"
            "{\"text\":\"one two three four five six seven eight nine ten eleven twelve\"}\n"
            "{\"text\":\"x A B C D E F G H y\"}\n"
            "{\"text\":\"a b c d e f g\"}\n"
            "{\"text\":\"too short\"}\n");
    const sc_decontaminate_report r = run(input, against, 1);
    CHECK_INT(r.kept, 3);
    CHECK_INT(r.dropped, 2);
    CHECK_INT(r.ngrams, 3);
    CHECK_INT(r.sets[0].items, 3);
    CHECK_INT(r.sets[0].too_short, 1);
    CHECK_INT(r.sets[0].items_found, 2);
    CHECK_INT(r.sets[0].documents, 2);
    CHECK_INT(run(input, against, 2).dropped, 0);
}

enum { WORDS = 60, DOCUMENTS = 300 };

/* Words from a small vocabulary, so that runs of thirteen are shared now and then. */
static void make(int words[WORDS], uint64_t seed, int i) {
    for (int w = 0; w < WORDS; w++)
        words[w] = (int)sc__random_below(seed, 1, (uint64_t)(i * WORDS + w), 2);
}

static bool share(const int *a, const int *b) {
    for (int i = 0; i + 13 <= WORDS; i++)
        for (int j = 0; j + 13 <= WORDS; j++)
            if (!memcmp(a + i, b + j, 13 * sizeof *a)) return true;
    return false;
}

static void print(sc_buffer *b, const int words[WORDS]) {
    sc__buffer_puts(b, "{\"text\":\"");
    for (int w = 0; w < WORDS; w++) sc__buffer_puts(b, words[w] ? "Yes, " : "no ");
    sc__buffer_puts(b, "\"}\n");
}

TEST(decontaminate_brute, "stage/curation/decontaminate/brute_force") {
    sc_buffer b = SC_BUFFER_INIT, e = SC_BUFFER_INIT;
    int eval[WORDS], words[WORDS], want = 0;
    make(eval, test_seed() + 1, 0);
    print(&e, eval);
    for (int i = 0; i < DOCUMENTS; i++) {
        make(words, test_seed(), i);
        print(&b, words);
        want += share(words, eval);
    }
    const char *against = put("eval.jsonl", e.data);
    const sc_decontaminate_report r = run(put("in.jsonl", b.data), against, 1);
    CHECK_INT(r.dropped, want);
    CHECK(want > 0 && want < DOCUMENTS);
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&e);
}

/* Sets are tables too: CSV, Parquet as `data export` writes it; and the report can show the place.
 */
TEST(decontaminate_tables, "stage/curation/decontaminate/tables") {
    static const char question[] = "Who was the first to sail around the whole cape of good hope?";
    const char *input = put("in.jsonl", "{\"text\":\"\u00e9\u00e9 so: who was the first to sail "
                                        "around the whole cape of good hope, then\"}\n");
    char line[300];
    snprintf(line, sizeof line, "id,question\n1,\"%s\"\n2,short\n", question);
    CHECK_INT(run(input, put("eval.csv", line), 1).dropped, 1);
    snprintf(line, sizeof line, "{\"text\":\"x\",\"metadata\":{\"q\":\"%s\"}}\n", question);
    const char *rows = put("rows.jsonl", line), *table = test_path("eval.parquet");
    const sc_export_options o = {.inputs = &rows, .n_inputs = 1, .out = table};
    sc_export_report exported;
    CHECK_OK(sc_data_export(&exported, &o));
    CHECK_INT(run(input, table, 1).dropped, 1);
    sc_buffer b = SC_BUFFER_INIT;
    const char *dropped = test_path("out/dropped/in.jsonl.zst");
    CHECK_OK(sc__stream_read_all(&b, dropped, 1 << 20));
    sc__buffer_putc(&b, 0);
    CHECK(strstr(b.data, "\"span\":[7,67]"));
    sc__buffer_deinit(&b);
}

TEST(decontaminate_bad, "stage/curation/decontaminate/bad") {
    sc_decontaminate_report r;
    const char *input = put("in.jsonl", "{\"text\":\"x\"}\n"),
               *against = put("e.jsonl", "{\"a\":\n");
    sc_decontaminate_options o = {.inputs = &input,
                                  .n_inputs = 1,
                                  .against = &against,
                                  .n_against = 1,
                                  .out = test_path("out")};
    CHECK_STATUS(SC_FORMAT, sc_data_decontaminate(&r, &o));
    CHECK_ERROR("e.jsonl: line 1");
    against = put("short.jsonl", "{\"a\":\"few words\"}\n");
    CHECK_STATUS(SC_FORMAT, sc_data_decontaminate(&r, &o));
    CHECK_ERROR("no item of at least 8 words");
    o.ngram = 14;
    CHECK_STATUS(SC_USAGE, sc_data_decontaminate(&r, &o));
}
