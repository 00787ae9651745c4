/* test_substring.c - repeated runs of words against the naive way, and what stays of a text. */
#include "job.h"

#include "base/random.h"
#include "base/utf8.h"

static const char *text_of(const json_t *rows, size_t i) {
    return json_string_value(json_object_get(json_array_get(rows, i), "text"));
}

static void check(int64_t min_length, const char *const *texts, const char *const *want) {
    const char *lines[16];
    int n = 0, n_kept = 0;
    sc_dedup_report r;
    for (; texts[n]; n++) lines[n] = job_line(n, texts[n]);
    job_put(lines, n, 1);
    const sc_dedup_options o = {.method = "substring", .min_length = min_length};
    json_t *kept = job_read(job_run(&r, "out", &o), "documents");
    for (; want[n_kept]; n_kept++) CHECK_STR(text_of(kept, (size_t)n_kept), want[n_kept]);
    CHECK_INT(json_array_size(kept), n_kept);
    CHECK_INT(r.dropped, n - n_kept);
    json_decref(kept);
}
#define TEXTS(...)                                                                                 \
    (const char *const[]) { __VA_ARGS__, NULL }

TEST(substring_cuts, "stage/curation/dedup/substring/cuts") {
    check(3, TEXTS("one two three four", "zero two three four five"),
          TEXTS("one two three four", "zero  five"));
    check(3, TEXTS("one two three", "two three four", "x two three."),
          TEXTS("one two three", "two three four", "x two three.")); /* two words */
    check(3, TEXTS("one, two three", "one two three", "One, two three"),
          TEXTS("one, two three", "one two three", "One, two three"));
    check(3, TEXTS("one two three", "(one two three)!", "x\none two three\n"),
          TEXTS("one two three", "x\n\n"));                                 /* no word left */
    check(2, TEXTS("a b", "c d", "a b c d x"), TEXTS("a b", "c d", "  x")); /* a cut beside a cut */
    check(1, TEXTS("a b a", "c b"), TEXTS("a b ", "c "));
    check(2, TEXTS("", "!!", "!!", "a", "a"), TEXTS("", "!!", "!!", "a", "a"));
}

/* A window that overlaps the first one is a part of it. */
TEST(substring_overlap, "stage/curation/dedup/substring/overlap") {
    check(3, TEXTS("ha ha ha ha ha"), TEXTS("ha ha ha ha ha"));
    check(3, TEXTS("ha ha ha ha ha ha ha!"), TEXTS("ha ha ha !"));
    check(3, TEXTS("x a b a b a b a b a b"), TEXTS("x a b a b "));
    check(3, TEXTS("a b c", "a b c"), TEXTS("a b c"));
}

TEST(substring_scripts, "stage/curation/dedup/substring/scripts") {
    check(3, TEXTS("\u6F22\u5B57\u4EEE\u540D", "\u3042\u5B57\u4EEE\u540D\u3044"),
          TEXTS("\u6F22\u5B57\u4EEE\u540D", "\u3042\u3044"));
    check(3,
          TEXTS("\uC548\uB155 \uD558\uC138 \uC694",
                "\uC790 \uC548\uB155 \uD558\uC138 \uC694 \U0001F600"),
          TEXTS("\uC548\uB155 \uD558\uC138 \uC694", "\uC790  \U0001F600"));
    check(2, TEXTS("a \U0001F600 b", "a \U0001F601 b", "c a \U0001F600 b"),
          TEXTS("a \U0001F600 b", "a \U0001F601 b", "c "));
}

/* The mark of U+304B U+3099 is a word of its own; the sign after U+2764 too. */
TEST(substring_characters, "stage/curation/dedup/substring/characters_stay_whole") {
    check(2, TEXTS("\u3042\u304B", "x\u3042\u304B\u3099y"),
          TEXTS("\u3042\u304B", "x\u304B\u3099y"));
    check(2, TEXTS("\u3099\u3042\u3044", "x\u304B\u3099\u3042\u3046"),
          TEXTS("\u3099\u3042\u3044", "x\u304B\u3099\u3046"));
    check(2, TEXTS("\uFE0F ok", "\u2764\uFE0F ok then"), TEXTS("\uFE0F ok", "\u2764\uFE0F then"));
}

TEST(substring_record, "stage/curation/dedup/substring/hash_and_reason_of_the_record") {
    sc_dedup_report r;
    const char *lines[] = {
        "{\"id\":\"a\",\"text\":\"one two three\"}",
        "{\"id\":\"b\",\"x\":1,\"text\":\"four one two three\",\"metadata\":{\"sha256\":\"0\"}}",
        "{\"id\":\"c\",\"text\":\"one two three.\"}"};
    job_put(lines, 3, 1);
    const sc_dedup_options o = {.method = "substring", .min_length = 3};
    const char *dir = job_run(&r, "out", &o);
    json_t *kept = job_read(dir, "documents"), *dropped = job_read(dir, "dropped");
    CHECK_INT(r.cut, 2);
    CHECK_INT(r.changed, 1);
    CHECK_INT(r.dropped, 1);
    CHECK_INT(r.cut_bytes, 13 + 14);
    CHECK_STR(text_of(kept, 1), "four ");
    CHECK_STR(text_of(dropped, 0), "one two three.");
    const json_t *b = json_array_get(kept, 1), *c = json_array_get(dropped, 0);
    CHECK_STR(json_string_value(json_object_get(json_object_get(b, "metadata"), "sha256")),
              "e98f59f6e5a531730fbde1bdce3d5e97d3061f7c5f6216b1f04b4546b6f48e30");
    const json_t *why = json_object_get(json_object_get(c, "metadata"), "dropped");
    CHECK_STR(json_string_value(json_object_get(why, "method")), "substring");
    json_decref(kept);
    json_decref(dropped);
}

/* ---- brute force ----------------------------------------------------------------------------- */

enum { DOCS = 150, WORDS = 60, BYTES = 2048 };

/* Made word by word, so that nobody need find them again. */
typedef struct {
    char text[BYTES];
    int start[WORDS], end[WORDS], n;
    bool cut[BYTES];
} made;

static made docs[DOCS];

static int below(uint64_t *k, int n) {
    return (int)sc__random_below(test_seed(), 8, (*k)++, (uint64_t)n);
}

static void make(made *m, uint64_t *k, int n_words) {
    static const char *const words[] = {"a",     "B2", "\uD55C\uAD6D", "\u6F22", "\u00E9t\u00E9",
                                        "\u4EEE"};
    static const char *const gaps[] = {" ", " ", " ", " \U0001F600 ", ", ", "\n"};
    bool was_han = false;
    memset(m, 0, sizeof *m);
    m->n = below(k, WORDS);
    for (int i = 0, at = 0; i < m->n; i++) {
        const int word = below(k, n_words);
        const bool is_han = word == 3 || word == 5;
        if (i && !((was_han || is_han) && below(k, 2)))
            at += sprintf(m->text + at, "%s", gaps[n_words > 1 ? below(k, SC_LEN(gaps)) : 0]);
        m->start[i] = at;
        at += sprintf(m->text + at, "%s", words[word]);
        m->end[i] = at;
        was_han = is_han;
    }
}

/* Whether an equal window comes before this one and does not overlap it, the first of them. */
static bool is_repeat(int doc, int at, int length) {
    const made *m = &docs[doc];
    const int bytes = m->end[at + length - 1] - m->start[at];
    for (int d = 0; d <= doc; d++)
        for (int i = 0; i + length <= docs[d].n; i++) {
            if (d == doc && i >= at) return false;
            if (docs[d].end[i + length - 1] - docs[d].start[i] == bytes &&
                !memcmp(docs[d].text + docs[d].start[i], m->text + m->start[at], (size_t)bytes))
                return d < doc || i + length <= at;
        }
    return false;
}

/* What stays of it; false: no word does. */
static bool naive(char *want, int doc, int length) {
    made *m = &docs[doc];
    bool has_word = m->n == 0, is_changed = false;
    for (int i = 0; i + length <= m->n; i++)
        if (is_repeat(doc, i, length)) {
            memset(m->cut + m->start[i], 1, (size_t)(m->end[i + length - 1] - m->start[i]));
            is_changed = true;
        }
    for (int i = 0; i < m->n; i++) has_word |= !m->cut[m->start[i]];
    for (int i = 0; m->text[i]; i++)
        if (!m->cut[i]) *want++ = m->text[i];
    *want = 0;
    return has_word || !is_changed;
}

static void compare(int length, int n_words, uint64_t *k) {
    const char *lines[DOCS];
    char want[BYTES], name[32];
    sc_dedup_report r;
    for (int i = 0; i < DOCS; i++) {
        make(&docs[i], k, n_words);
        lines[i] = job_line(i, docs[i].text);
    }
    job_put(lines, DOCS, 3);
    snprintf(name, sizeof name, "out-%d-%d", length, n_words);
    const sc_dedup_options o = {
        .method = "substring", .min_length = length, .common.max_memory = 1 << 20};
    json_t *kept = job_read(job_run(&r, name, &o), "documents");
    size_t at = 0;
    for (int i = 0; i < DOCS; i++) {
        if (!naive(want, i, length)) continue;
        CHECK_STR(text_of(kept, at), want);
        CHECK(sc__utf8_valid_prefix(want, strlen(want)) == strlen(want));
        at++;
    }
    CHECK_INT(json_array_size(kept), at);
    CHECK_INT(r.dropped, DOCS - (int64_t)at);
    CHECK(r.changed + r.dropped > 10);
    json_decref(kept);
}

TEST(substring_brute_force, "stage/curation/dedup/substring/brute_force") {
    uint64_t k = 0;
    compare(1, 6, &k);
    compare(2, 6, &k);
    compare(3, 4, &k);
    compare(4, 2, &k);
    compare(5, 3, &k);
    compare(7, 1, &k); /* one word again and again: windows overlap */
    compare(20, 1, &k);
}

/* ---- the job --------------------------------------------------------------------------------- */

/* Keys go through files; the output does not change. */
TEST(substring_spilled, "stage/curation/dedup/substring/files_change_nothing") {
    static char text[200][8000];
    const char *lines[200];
    uint64_t k = 0;
    for (int i = 0; i < 200; i++) {
        char *p = text[i];
        for (int w = 0; w < 1000; w++)
            p += sprintf(p, "%c%d ", 'a' + below(&k, 2), i % 90 * w % 70);
        lines[i] = job_line(i, text[i]);
    }
    job_put(lines, 200, 4);
    sc_dedup_report r;
    sc_dedup_options o = {.method = "substring", .min_length = 8, .common.threads = 2};
    const char *whole = job_run(&r, "whole", &o);
    CHECK_INT(r.spilled, 0);
    CHECK(r.cut > 100);
    o.common.max_memory = 100000;
    o.common.threads = 1;
    const char *spilled = job_run(&r, "spilled", &o);
    CHECK(r.spilled > 200 * 990 * 16);
    CHECK(job_same(whole, spilled, "documents"));
    CHECK(job_same(whole, spilled, "dropped"));
}

/* Repeats that are documents or their ends leave no seam, and nothing is found again. */
TEST(substring_again, "stage/curation/dedup/substring/again") {
    sc_dedup_report r;
    const char *lines[] = {job_line(0, "one two three four"), job_line(1, "five two three four"),
                           job_line(2, "one two three four"), job_line(3, "six seven")};
    job_put(lines, 4, 2);
    const sc_dedup_options o = {.method = "substring", .min_length = 3};
    const char *first = job_run(&r, "first", &o);
    CHECK_INT(r.cut, 2);
    sc_arena a = SC_ARENA_INIT;
    const char *in = sc__path_join(&a, first, "documents");
    CHECK_OK(sc_data_dedup(&r, &in, 1, job_path("second"), &o));
    CHECK_INT(r.cut + r.dropped, 0);
    CHECK_INT(r.kept, 3);
    sc__arena_deinit(&a);
}

TEST(substring_refused, "stage/curation/dedup/substring/refused") {
    sc_dedup_report r;
    const char *lines[] = {job_line(0, "one two")}, *in = job_path("in"), *out = job_path("out");
    job_put(lines, 1, 1);
    const sc_dedup_options large = {.method = "substring", .min_length = INT64_C(1) << 40};
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, out, &large));
    CHECK_ERROR("--min-length");
}

/* A bucket that is larger than the memory: one word all along. */
TEST(substring_memory, "stage/curation/dedup/substring/one_window_without_end") {
    enum { N = 100000 };
    static char text[2 * N + 1];
    sc_dedup_report r;
    const char *in = job_path("in");
    for (int i = 0; i < N; i++) memcpy(text + 2 * i, "a ", 2);
    const char *lines[] = {job_line(0, text)};
    job_put(lines, 1, 1);
    sc_dedup_options o = {.method = "substring", .common.max_memory = 1 << 20};
    CHECK_STATUS(SC_USAGE, sc_data_dedup(&r, &in, 1, job_path("out"), &o));
    CHECK_ERROR("--max-memory");
    o.common.max_memory = 0;
    json_t *kept = job_read(job_run(&r, "out", &o), "documents");
    CHECK_INT(strlen(text_of(kept, 0)), 2 * 50 + 1);
    json_decref(kept);
}

TEST(substring_plan, "stage/curation/dedup/substring/dry_run") {
    sc_dedup_plan p;
    const char *lines[] = {job_line(0, "one two three four"), job_line(1, "one")};
    const char *in = job_path("in");
    job_put(lines, 2, 1);
    const sc_dedup_options o = {.method = "substring", .min_length = 2};
    CHECK_OK(sc_data_dedup_estimate(&p, &in, 1, &o));
    CHECK_INT(p.documents, 2);
    CHECK_INT(p.keys, 4); /* three windows, and a document that has some */
}
