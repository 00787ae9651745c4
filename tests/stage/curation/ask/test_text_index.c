/* test_text_index.c - an index answers what reading all documents answers, or is not used. */
#include "test.h"

#include "base/random.h"
#include "socle/corpus.h"
#include "stage/curation/ask/text_index.h"

#include <sys/stat.h>
#include <sys/time.h>

static const char *const words[] = {
    "a", "ab", "the", "한국어", "한",      "漢字", "漢", "👩‍👩‍👧",
    "😀", "é",  "zz",  "\\n",    "\\u0000", "\\t"};

static uint64_t draw(uint64_t *i, uint64_t n) {
    return sc__random_below(test_seed(), 7, (*i)++, n);
}

static void put_words(sc_buffer *b, uint64_t *i, uint64_t n) {
    for (uint64_t k = 0; k < n; k++) {
        sc__buffer_puts(b, words[draw(i, SC_LEN(words))]);
        if (draw(i, 3)) sc__buffer_puts(b, draw(i, 4) ? " " : " \\n\\t ");
    }
}

/* Two files of some thousand short documents and a few that are longer than a block. */
static void put_corpus(const char *dir, uint64_t *i) {
    CHECK_OK(sc__dir_make(dir));
    for (int file = 0; file < 2; file++) {
        sc_buffer b = SC_BUFFER_INIT;
        sc_arena a = SC_ARENA_INIT;
        for (int k = 0; k < 400; k++) {
            if (k % 4)
                sc__buffer_printf(&b, "{\"id\":\"%d/%d\",", file, k);
            else
                sc__buffer_puts(&b, "{");
            if (k % 3 == 0)
                sc__buffer_printf(&b, "\"metadata\":{\"url\":\"https://e.org/%d\"},", k);
            sc__buffer_puts(&b, "\"text\":\"");
            put_words(&b, i, k == 200 ? 30000 : draw(i, 40));
            sc__buffer_puts(&b, "\"}\n");
        }
        sc__buffer_puts(&b, "not a record\n");
        CHECK_OK(b.status);
        CHECK_OK(sc__file_write(sc__arena_printf(&a, "%s/%d.jsonl", dir, file), b.data, b.len));
        sc__buffer_deinit(&b);
        sc__arena_deinit(&a);
    }
}

static sc_trace_report trace(char **out, const sc_trace_options *o) {
    sc_trace_report r;
    CHECK_OK(sc_data_trace(out, &r, o, SC_FORM_JSON));
    return r;
}

static void compare(sc_trace_options o) {
    char *asked, *read;
    const sc_trace_report x = trace(&asked, &o);
    o.no_index = true;
    const sc_trace_report y = trace(&read, &o);
    CHECK(x.indexed && !y.indexed);
    CHECK_INT(x.documents, y.documents);
    CHECK_INT(x.occurrences, y.occurrences);
    CHECK_INT(x.found, y.found);
    CHECK_INT(x.reading.documents, y.reading.documents);
    CHECK_INT(x.reading.unreadable, y.reading.unreadable);
    CHECK_STR(x.reading.first_unreadable, y.reading.first_unreadable);
    CHECK_STR(asked, read);
    sc_text_free(asked);
    sc_text_free(read);
}

/* A question of some words, and one that nothing holds. */
static void compare_random(const char *dir, uint64_t *i) {
    sc_buffer q = SC_BUFFER_INIT;
    static const char *const plain[] = {"a",  "ab", "the", "한국어", "漢",  "😀",    "é",
                                        "zz", "국", " ",   "  \n",   "b a", "한 漢"};
    for (uint64_t n = 1 + draw(i, 4); n; n--) {
        sc__buffer_puts(&q, plain[draw(i, SC_LEN(plain))]);
        if (draw(i, 2)) sc__buffer_puts(&q, draw(i, 2) ? " " : "\t\n");
    }
    const char *text = q.data;
    compare((sc_trace_options){.inputs = &dir,
                               .n_inputs = 1,
                               .texts = &text,
                               .n_texts = 1,
                               .limit = 1 + (int64_t)draw(i, 100),
                               .common = {.threads = 1 + (int)draw(i, 3)}});
    sc__buffer_deinit(&q);
}

static sc_index_report make(const char *corpus, int threads) {
    sc_index_report r;
    const sc_index_options o = {.corpus = corpus,
                                .common = {.threads = threads, .max_memory = 1 << 20}};
    CHECK_OK(sc_data_index(&r, &o));
    return r;
}

TEST(index_answers, "stage/curation/ask/text_index/answers_as_a_scan") {
    uint64_t i = 0;
    setenv("SOCLE_HOME", test_path("home"), 1);
    const char *dir = test_path("c");
    put_corpus(dir, &i);
    const sc_index_report r = make(dir, 2);
    CHECK_INT(r.documents, 800);
    CHECK_INT(r.reading.unreadable, 2);
    CHECK(!r.reused);
    sc_text_index x;
    CHECK_OK(sc__text_index_open(&x, r.path));
    CHECK(x.n_blocks > 2); /* so that there are borders, and documents longer than a block */
    sc__text_index_close(&x);
    for (int k = 0; k < 25; k++) compare_random(dir, &i);
    const char *many[] = {"the 한국어", "nothing holds this", "a", "漢字 漢"};
    compare((sc_trace_options){
        .inputs = &dir, .n_inputs = 1, .texts = many, .n_texts = SC_LEN(many), .limit = 3});
}

TEST(index_same_bytes, "stage/curation/ask/text_index/same_bytes_on_any_threads") {
    uint64_t i = 1000000;
    sc_buffer one = SC_BUFFER_INIT, two = SC_BUFFER_INIT;
    setenv("SOCLE_HOME", test_path("home"), 1);
    const char *dir = test_path("c");
    put_corpus(dir, &i);
    const sc_index_report r = make(dir, 1);
    CHECK_OK(sc__file_read(&one, r.path, SIZE_MAX));
    CHECK(make(dir, 3).reused);
    CHECK(!remove(r.path));
    CHECK(!make(dir, 3).reused);
    CHECK_OK(sc__file_read(&two, r.path, SIZE_MAX));
    CHECK_INT(one.len, two.len);
    CHECK(!memcmp(one.data, two.data, one.len));
    sc__buffer_deinit(&one);
    sc__buffer_deinit(&two);
}

static int64_t count(const char *corpus, const char *text, bool indexed) {
    char *rows;
    const sc_trace_options o = {
        .inputs = &corpus, .n_inputs = 1, .texts = &text, .n_texts = 1, .limit = 5};
    const sc_trace_report r = trace(&rows, &o);
    CHECK(r.indexed == indexed);
    sc_text_free(rows);
    return r.documents;
}

TEST(index_stale, "stage/curation/ask/text_index/is_not_used_when_files_changed") {
    static const char first[] = "{\"text\":\"one two\"}\n", other[] = "{\"text\":\"six two\"}\n";
    setenv("SOCLE_HOME", test_path("home"), 1);
    const char *file = test_path("c.jsonl");
    CHECK_OK(sc__file_write(file, first, sizeof first - 1));
    CHECK_STR(sc__path_name(make(file, 1).path), "c.jsonl.index");
    CHECK_INT(count(file, "one", true), 1);
    /* another time, the same bytes: still good */
    const struct timeval times[2] = {{1000000000, 0}, {1000000000, 0}};
    CHECK(!utimes(file, times));
    CHECK_INT(count(file, "one", true), 1);
    /* the same size, other bytes */
    CHECK_OK(sc__file_write(file, other, sizeof other - 1));
    CHECK_INT(count(file, "one", false), 0);
    CHECK_INT(count(file, "six", false), 1);
    CHECK(!make(file, 1).reused);
    CHECK_INT(count(file, "six", true), 1);
    /* other fields are another corpus */
    char *rows;
    const char *text = "six";
    sc_trace_report r;
    const sc_trace_options o = {.inputs = &file,
                                .n_inputs = 1,
                                .texts = &text,
                                .n_texts = 1,
                                .limit = 5,
                                .common = {.id_field = "text"}};
    CHECK_OK(sc_data_trace(&rows, &r, &o, SC_FORM_JSON));
    CHECK(!r.indexed);
    CHECK_INT(r.documents, 1);
    sc_text_free(rows);
}

TEST(index_corpus, "stage/curation/ask/text_index/lies_in_a_corpus_and_moves_with_it") {
    static const char line[] = "{\"text\":\"one\\n\\ntwo\"}\n";
    setenv("SOCLE_HOME", test_path("home"), 1);
    const char *c = test_path("c"), *moved = test_path("moved");
    CHECK_OK(sc__dir_make(test_path("c/documents")));
    CHECK_OK(sc__file_write(test_path("c/documents/a.jsonl"), line, sizeof line - 1));
    CHECK_STR(sc__path_name(make(c, 1).path), "text.index");
    CHECK_INT(count(c, "one two", true), 1);
    CHECK(!rename(c, moved));
    CHECK_INT(count(moved, "one two", true), 1);
    CHECK_OK(sc__file_write(test_path("moved/documents/b.jsonl"), line, sizeof line - 1));
    CHECK_INT(count(moved, "one two", false), 2);
    CHECK(!make(moved, 1).reused);
    CHECK_INT(count(moved, "one two", true), 2);
    CHECK_OK(sc__file_write(test_path("moved/text.index"), "SOCLEIDX", 8));
    char *rows;
    sc_trace_report r;
    const char *text = "one";
    const sc_trace_options o = {
        .inputs = &moved, .n_inputs = 1, .texts = &text, .n_texts = 1, .limit = 5};
    CHECK_STATUS(SC_FORMAT, sc_data_trace(&rows, &r, &o, SC_FORM_JSON));
    CHECK(strstr(sc_error_text(), "text.index"));
    CHECK(!make(moved, 1).reused); /* one that cannot be read is made again */
    CHECK_INT(count(moved, "one two", true), 2);
}

TEST(index_empty, "stage/curation/ask/text_index/of_nothing") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    const char *file = test_path("c.jsonl");
    CHECK_OK(sc__file_write(file, "{\"text\":\"\"}\n\n", 13));
    CHECK_INT(make(file, 2).documents, 1);
    CHECK_INT(count(file, "one", true), 0);
    CHECK_OK(sc__file_write(file, "", 0));
    CHECK_INT(make(file, 2).documents, 0);
    CHECK_INT(count(file, "one", true), 0);
    sc_index_report r;
    const sc_index_options o = {.corpus = test_path("*.jsonl")};
    CHECK_STATUS(SC_IO, sc_data_index(&r, &o));
}

static const char *oom_file;

static sc_status index_and_ask(void *arg) {
    sc_index_report r;
    sc_trace_report t;
    char *rows;
    const char *text = "one";
    (void)arg;
    (void)remove(oom_file);
    sc_arena a = SC_ARENA_INIT;
    char *path;
    SC_TRY(sc__text_index_path(&path, &a, oom_file));
    (void)remove(path);
    sc__arena_deinit(&a);
    FILE *f = fopen(oom_file, "w");
    CHECK(f && fputs("{\"text\":\"one two\"}\n", f) > 0 && !fclose(f));
    const sc_index_options o = {.corpus = oom_file, .common = {.threads = 1, .max_memory = 1}};
    SC_TRY(sc_data_index(&r, &o));
    const sc_trace_options q = {.inputs = &oom_file,
                                .n_inputs = 1,
                                .texts = &text,
                                .n_texts = 1,
                                .limit = 5,
                                .common = {.threads = 1}};
    SC_TRY(sc_data_trace(&rows, &t, &q, SC_FORM_TABLE));
    CHECK(t.indexed);
    CHECK_INT(t.documents, 1);
    sc_text_free(rows);
    return SC_OK;
}

TEST(index_oom, "stage/curation/ask/text_index/oom") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    oom_file = test_path("c.jsonl");
    int64_t failed = 0;
    const int64_t before = sc__alloc_count();
    CHECK_OK(index_and_ask(NULL));
    const int64_t n = sc__alloc_count() - before;
    /* not test_oom: the account hashes a file again where it could not the first time; the later
     * ones not one by one, since each time files are made durable */
    for (int64_t k = 0; k < n; k += 1 + k / 16) {
        const int64_t live = sc__alloc_live();
        sc__alloc_fail_at(k);
        const sc_status s = index_and_ask(NULL);
        sc__alloc_fail_at(-1);
        CHECK_INT(sc__alloc_live(), live);
        if (s != SC_NOMEM) CHECK_OK(s);
        failed += s == SC_NOMEM;
    }
    CHECK(failed > 30);
}
