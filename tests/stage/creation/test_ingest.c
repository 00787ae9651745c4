/* test_ingest.c - what is kept, what is left out and why, and that a failure changes nothing. */
#include "test.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "socle/data.h"

#define LONG "A sentence that is long enough to be kept, because it has many letters. "

static void put(const char *name, const char *text, size_t n) {
    CHECK_OK(sc__file_write(test_path(name), text, n));
}
static void put_text(const char *name, const char *text) { put(name, text, strlen(text)); }

static void make_inputs(void) {
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("in/sub")));
    put_text("in/a.txt", LONG "One.\r\n");
    put_text("in/b.txt", LONG "One.\n\n\n"); /* the same when tidied */
    put_text("in/c.html", "<html><body><p>" LONG "Two.</p></body></html>");
    put_text("in/d.1", ".TH D 1\n.SH NAME\nd \\- " LONG "Three.\n");
    put("in/e.png", "\x89PNG\0\1\2\3", 8);
    put_text("in/f.txt", "short\n");
    put_text("in/g.gz", "not an archive");
    put_text("in/sub/h.jsonl", "{\"text\":\"" LONG "Four.\"}\n{\"text\":\"" LONG "Five.\"}\n");
}

static json_t *read_line(const char **p) {
    json_error_t e;
    const char *end = strchr(*p, '\n');
    CHECK(end);
    json_t *row = json_loadb(*p, (size_t)(end - *p), 0, &e);
    CHECK(row);
    *p = end + 1;
    return row;
}

static const char *text_of(const json_t *row, const char *key) {
    return json_string_value(json_object_get(row, key));
}

TEST(ingest_report, "stage/creation/ingest/report") {
    sc_ingest_report r;
    sc_buffer b = SC_BUFFER_INIT;
    sc_digest d;
    make_inputs();
    const char *path = test_path("in");
    CHECK_OK(sc_data_ingest(&r, &path, 1, test_path("out.jsonl"), NULL));
    CHECK_INT(r.files, 8);
    CHECK_INT(r.documents, 5);
    CHECK_INT(r.plain, 1);
    CHECK_INT(r.html, 1);
    CHECK_INT(r.manual, 1);
    CHECK_INT(r.jsonl, 2);
    CHECK_INT(r.duplicates, 1);
    CHECK_INT(r.binary, 1);
    CHECK_INT(r.near_empty, 1);
    CHECK_INT(r.unreadable, 1);
    CHECK(strstr(r.first_unreadable, "g.gz"));
    CHECK_OK(sc__file_read(&b, test_path("out.jsonl"), 1 << 20));
    const char *p = b.data;
    json_t *row = read_line(&p);
    CHECK_STR(text_of(row, "text"), LONG "One.\n");
    CHECK(strstr(text_of(row, "source"), "in/a.txt"));
    CHECK_OK(sc__hash_bytes(&d, LONG "One.\n", strlen(LONG "One.\n")));
    CHECK_STR(text_of(row, "sha256"), d.hex);
    json_decref(row);
    row = read_line(&p);
    CHECK(strstr(text_of(row, "text"), "Two.\n"));
    json_decref(row);
    row = read_line(&p);
    CHECK(!strncmp(text_of(row, "text"), "NAME\n  d - A sentence", 21));
    json_decref(row);
    CHECK(sc__path_exists(test_path("out.jsonl.lineage.json")));
    sc__buffer_deinit(&b);
}

TEST(ingest_folder, "stage/creation/ingest/folder") {
    sc_ingest_report r, again;
    make_inputs();
    const char *path = test_path("in"), *corpus = test_path("corpus");
    CHECK_OK(sc_data_ingest(&r, &path, 1, corpus, NULL));
    CHECK(sc__path_exists(test_path("corpus/documents.jsonl")));
    CHECK(sc__path_exists(test_path("corpus/lineage.json")));
    CHECK_OK(sc_data_ingest(&again, &corpus, 1, test_path("again"), NULL)); /* and is an input */
    CHECK_INT(again.documents, r.documents);
    CHECK_INT(again.unreadable, 0);
}

TEST(ingest_bad, "stage/creation/ingest/bad-input") {
    static const int stop = 1;
    sc_ingest_report r;
    make_inputs();
    const char *path = test_path("none"), *out = test_path("out.jsonl");
    CHECK_STATUS(SC_IO, sc_data_ingest(&r, &path, 1, out, NULL));
    CHECK_ERROR("none");
    path = test_path("in/f.txt");
    CHECK_STATUS(SC_FORMAT, sc_data_ingest(&r, &path, 1, out, NULL));
    CHECK_ERROR("nothing of 1 files is left");
    CHECK_STATUS(SC_IO, sc_data_ingest(&r, &path, 1, test_path("no/such/out.jsonl"), NULL));
    path = test_path("in");
    const sc_ingest_options strict = {.strict = true}, stopped = {.stop = &stop};
    CHECK_STATUS(SC_FORMAT, sc_data_ingest(&r, &path, 1, out, &strict));
    CHECK_ERROR("e.png");
    CHECK_STATUS(SC_INTERRUPTED, sc_data_ingest(&r, &path, 1, out, &stopped));
    CHECK(!sc__path_exists(out));
    put_text("out.jsonl", "what was there before");
    for (int k = 0; k < 3; k++) { /* write, fsync, rename */
        sc__file_fail_at(k);
        CHECK_STATUS(SC_IO, sc_data_ingest(&r, &path, 1, out, NULL));
        sc__file_fail_at(-1);
        sc_buffer b = SC_BUFFER_INIT;
        CHECK_OK(sc__file_read(&b, out, 1 << 20));
        CHECK_STR(b.data, "what was there before");
        sc__buffer_deinit(&b);
    }
}
