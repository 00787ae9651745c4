/* test_ingest.c - what is kept, what is left out and why, and that a failure changes nothing. */
#include "test.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "format/source/pack.h"
#include "socle/data.h"
#include "stage/creation/ingest_part.h"

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
    setenv("SOURCE_DATE_EPOCH", "86400", 1);
    const char *path = test_path("in");
    const sc_ingest_options o = {.min_characters = 64, .drop_duplicates = true};
    CHECK_OK(sc_data_ingest(&r, &path, 1, test_path("out.jsonl"), &o));
    CHECK_INT(r.read.files, 8);
    CHECK_INT(r.documents, 5);
    CHECK_INT(r.plain, 1);
    CHECK_INT(r.html, 1);
    CHECK_INT(r.manual, 1);
    CHECK_INT(r.jsonl, 2);
    CHECK_INT(r.duplicates, 1);
    CHECK_INT(r.binary, 1);
    CHECK_INT(r.near_empty, 1);
    CHECK_INT(r.read.unreadable, 1);
    CHECK(strstr(r.read.first_unreadable, "g.gz"));
    CHECK_OK(sc__file_read(&b, test_path("out.jsonl"), 1 << 20));
    const char *p = b.data;
    json_t *row = read_line(&p);
    const json_t *metadata = json_object_get(row, "metadata");
    CHECK_STR(text_of(row, "text"), LONG "One.\n");
    CHECK(strstr(text_of(row, "source"), "in/a.txt"));
    CHECK_STR(text_of(row, "added"), "1970-01-02T00:00:00Z");
    CHECK_OK(sc__hash_bytes(&d, LONG "One.\n", strlen(LONG "One.\n")));
    CHECK_STR(text_of(metadata, "sha256"), d.hex);
    CHECK(!strncmp(text_of(row, "id"), d.hex, 32) && strlen(text_of(row, "id")) == 32);
    CHECK_STR(text_of(metadata, "file"), text_of(row, "source"));
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

static json_t *one_record(const char *path, const sc_ingest_options *o) {
    sc_ingest_report r;
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc_data_ingest(&r, &path, 1, test_path("one.jsonl"), o));
    CHECK_INT(r.documents, 1);
    CHECK_OK(sc__file_read(&b, test_path("one.jsonl"), 1 << 20));
    const char *p = b.data;
    json_t *row = read_line(&p);
    sc__buffer_deinit(&b);
    return row;
}

TEST(ingest_fields, "stage/creation/ingest/fields") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    put_text("a.jsonl",
             "{\"name\":7,\"body\":\"caf\\u0065\\u0301\",\"added\":\"2001-02-03\",\"source\":"
             "\"mine\",\"stars\":5,\"metadata\":{\"license\":\"MIT\",\"url\":\"u\"}}");
    const sc_ingest_options o = {.common = {.id_field = "name", .text_field = "body"}};
    json_t *row = one_record(test_path("a.jsonl"), &o);
    const json_t *m = json_object_get(row, "metadata");
    CHECK_STR(text_of(row, "id"), "7");
    CHECK_STR(text_of(row, "text"), "caf\xC3\xA9\n");
    CHECK_STR(text_of(row, "source"), "mine");
    CHECK_STR(text_of(row, "added"), "2001-02-03");
    CHECK_STR(text_of(m, "licence"), "MIT");
    CHECK_STR(text_of(m, "url"), "u");
    CHECK_INT(json_integer_value(json_object_get(m, "stars")), 5);
    CHECK_INT(json_integer_value(json_object_get(m, "line")), 1);
    CHECK(!json_object_get(row, "stars") && !json_object_get(row, "body"));
    json_decref(row);
    const char *first = test_path("one.jsonl"); /* and what ingest made, it takes as it is */
    row = one_record(first, NULL);
    CHECK_STR(text_of(row, "id"), "7");
    CHECK_STR(text_of(row, "source"), "mine");
    CHECK_STR(text_of(json_object_get(row, "metadata"), "url"), "u");
    json_decref(row);
    put_text("b.jsonl", "\n{\"text\":\"x\",\"row\":7,\"metadata\":{\"file\":\"f\"}}");
    row = one_record(test_path("b.jsonl"), NULL);
    m = json_object_get(row, "metadata");
    CHECK_STR(text_of(m, "file"), "f"); /* where it says it was found, not where it is now */
    CHECK(!json_object_get(m, "line"));
    CHECK_INT(json_integer_value(json_object_get(m, "row")), 7); /* the record's own */
    json_decref(row);
}

TEST(ingest_csv, "stage/creation/ingest/csv") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    put_text("a.csv", "id,review,stars\n9,\"two\nlines, \"\"quoted\"\"\",4\n");
    const sc_ingest_options o = {
        .common = {.text_field = "review"}, .source = "shop", .licence = "CC0-1.0"};
    json_t *row = one_record(test_path("a.csv"), &o);
    const json_t *m = json_object_get(row, "metadata");
    CHECK_STR(text_of(row, "id"), "9");
    CHECK_STR(text_of(row, "text"), "two\nlines, \"quoted\"\n");
    CHECK_STR(text_of(row, "source"), "shop");
    CHECK_STR(text_of(m, "licence"), "CC0-1.0");
    CHECK_STR(text_of(m, "stars"), "4");
    json_decref(row);
}

TEST(ingest_licences, "stage/creation/ingest/licences") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    put_text("a.txt", "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\nint a;\n");
    const sc_ingest_options o = {.licence = "CC0-1.0"}; /* for those that say none */
    json_t *row = one_record(test_path("a.txt"), &o);
    CHECK_STR(text_of(json_object_get(row, "metadata"), "licence"), "MIT OR Apache-2.0");
    json_decref(row);
    put_text("b.md", "---\ntitle: \"A title\"\nlicense: cc-by-4.0\n---\n# Head\n<!-- no -->text\n");
    row = one_record(test_path("b.md"), NULL);
    CHECK_STR(text_of(row, "text"), "# Head\ntext\n");
    CHECK_STR(text_of(json_object_get(row, "metadata"), "licence"), "CC-BY-4.0");
    CHECK_STR(text_of(json_object_get(row, "metadata"), "title"), "A title");
    json_decref(row);
}

TEST(ingest_charset, "stage/creation/ingest/charset") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    put_text("a.html",
             "<html><head><meta charset=latin1></head><body>caf\xE9 na\xEFve</body></html>");
    json_t *row = one_record(test_path("a.html"), NULL);
    CHECK_STR(text_of(row, "text"), "caf\xC3\xA9 na\xC3\xAFve\n");
    CHECK_STR(text_of(json_object_get(row, "metadata"), "charset"), "windows-1252");
    json_decref(row);
    put_text("b.txt", "caf\xC3\x83\xC2\xA9 na\xC3\x83\xC2\xAFve\n");
    row = one_record(test_path("b.txt"), NULL);
    CHECK_STR(text_of(row, "text"), "caf\xC3\xA9 na\xC3\xAFve\n");
    CHECK_INT(json_integer_value(json_object_get(json_object_get(row, "metadata"), "repaired")), 2);
    json_decref(row);
}

TEST(ingest_folder, "stage/creation/ingest/folder") {
    sc_ingest_report r, again;
    make_inputs();
    const char *path = test_path("in"), *corpus = test_path("corpus");
    const sc_ingest_options small = {.file_bytes = 200};
    CHECK_OK(sc_data_ingest(&r, &path, 1, corpus, &small));
    CHECK(sc__path_exists(test_path("corpus/documents/00000.jsonl.zst")));
    CHECK(sc__path_exists(test_path("corpus/lineage.json")));
    CHECK_OK(sc_data_ingest(&again, &corpus, 1, test_path("again"), NULL)); /* and is an input */
    CHECK_INT(again.documents, r.documents);
    CHECK_INT(again.read.unreadable, 0);
    put_text("corpus/documents/00099.jsonl.zst", "an earlier run's");
    CHECK_OK(sc_data_ingest(&again, &path, 1, corpus, NULL)); /* is replaced */
    CHECK(!sc__path_exists(test_path("corpus/documents/00099.jsonl.zst")));
    put_text("corpus/documents/letter.txt", "a person's");
    CHECK_STATUS(SC_FORMAT, sc_data_ingest(&again, &path, 1, corpus, NULL));
    CHECK_ERROR("letter.txt");
    CHECK(sc__path_exists(test_path("corpus/documents/letter.txt")));
    CHECK(!sc__path_exists(test_path("corpus/documents.tmp")));
}

/* Enough documents for many chunks, some of them twice. */
static void make_many(void) {
    sc_buffer b = SC_BUFFER_INIT;
    for (int i = 0; i < 3000; i++)
        sc__buffer_printf(&b, "{\"text\":\"%s number %d\",\"id\":\"%d\"}\n", LONG LONG LONG LONG,
                          i % 2000, i);
    CHECK_OK(b.status);
    CHECK_OK(sc__dir_make(test_path("many")));
    put("many/a.jsonl", b.data, b.len);
    put("many/b.jsonl", b.data, b.len);
    sc__buffer_deinit(&b);
}

TEST(ingest_threads, "stage/creation/ingest/thread-count-changes-nothing") {
    sc_digest first, second;
    sc_ingest_report r;
    setenv("SOCLE_HOME", test_path("home"), 1);
    make_many();
    const char *path = test_path("many");
    for (int i = 1; i <= 7; i += 3) {
        const sc_ingest_options o = {.common = {.threads = i}, .drop_duplicates = true};
        CHECK_OK(sc_data_ingest(&r, &path, 1, test_path("o.jsonl.zst"), &o));
        CHECK_INT(r.documents, 2000);
        CHECK_INT(r.duplicates, 4000);
        CHECK_OK(sc__hash_file(i == 1 ? &first : &second, test_path("o.jsonl.zst")));
        if (i > 1) CHECK_STR(second.hex, first.hex);
    }
}

TEST(ingest_shards, "stage/creation/ingest/several-processes") {
    sc_ingest_report r;
    int64_t documents = 0;
    setenv("SOCLE_HOME", test_path("home"), 1);
    make_many();
    const char *path = test_path("many");
    for (int i = 0; i < 2; i++) {
        const sc_ingest_options o = {.common = {.shard = i, .n_shards = 2}};
        CHECK_OK(sc_data_ingest(&r, &path, 1, test_path("corpus"), &o));
        CHECK_INT(r.read.files, 1);
        documents += r.documents;
    }
    CHECK_INT(documents, 6000);
    CHECK(sc__path_exists(test_path("corpus/documents/0-00000.jsonl.zst")));
    CHECK(sc__path_exists(test_path("corpus/documents/1-00000.jsonl.zst")));
}

TEST(ingest_bad, "stage/creation/ingest/bad-input") {
    static const int stop = 1;
    sc_ingest_report r;
    make_inputs();
    const char *path = test_path("none"), *out = test_path("out.jsonl");
    CHECK_STATUS(SC_IO, sc_data_ingest(&r, &path, 1, out, NULL));
    CHECK_ERROR("none");
    path = test_path("in/f.txt");
    const sc_ingest_options long_ones = {.min_characters = 64};
    CHECK_STATUS(SC_FORMAT, sc_data_ingest(&r, &path, 1, out, &long_ones));
    CHECK_ERROR("nothing of 1 files is left");
    CHECK_STATUS(SC_IO, sc_data_ingest(&r, &path, 1, test_path("no/such/out.jsonl"), NULL));
    path = test_path("in");
    const sc_ingest_options strict = {.common = {.strict = true}},
                            stopped = {.common = {.stop = &stop}};
    CHECK_STATUS(SC_FORMAT, sc_data_ingest(&r, &path, 1, out, &strict));
    CHECK_ERROR("g.gz");
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

TEST(ingest_no_trace, "stage/creation/ingest/failure-leaves-nothing") {
    sc_ingest_report r;
    make_inputs();
    const char *path = test_path("in/f.txt");
    const sc_ingest_options o = {.min_characters = 64};
    CHECK_STATUS(SC_FORMAT, sc_data_ingest(&r, &path, 1, test_path("new/corpus"), &o));
    CHECK_ERROR("nothing of 1 files is left");
    CHECK(!sc__path_exists(test_path("new")));
    CHECK_OK(sc__dir_make(test_path("new/corpus"))); /* a person's, though empty */
    CHECK_STATUS(SC_FORMAT, sc_data_ingest(&r, &path, 1, test_path("new/corpus"), &o));
    CHECK(sc__path_exists(test_path("new/corpus")));
    CHECK(!sc__path_exists(test_path("new/corpus/documents")));
}

static void add_response(sc_buffer *out, const char *word) {
    char page[2000];
    snprintf(page, sizeof page, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" LONG "%s",
             word);
    sc__buffer_printf(out,
                      "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %zu\r\n\r\n%s\r\n\r\n",
                      strlen(page), page);
}

/* Six records; the third's member is damaged, the fifth's length lies. */
static void put_archive(const char *name) {
    sc_buffer all = SC_BUFFER_INIT, one = SC_BUFFER_INIT;
    for (int i = 0; i < 6; i++) {
        char word[8];
        snprintf(word, sizeof word, "w%d", i);
        sc__buffer_clear(&one);
        add_response(&one, word);
        char *length = strstr(one.data, "Content-Length: ") + 16;
        if (i == 4) *length = '9';
        const size_t begin = all.len;
        add_gzip(&all, one.data, one.len);
        if (i == 2) all.data[begin + (all.len - begin) / 2] ^= 0x55;
    }
    put_buffer(name, &all);
    sc__buffer_deinit(&all);
    sc__buffer_deinit(&one);
}

static void put_deep_page(const char *name) {
    sc_buffer b = SC_BUFFER_INIT;
    sc__buffer_puts(&b, "<html><body>");
    for (int i = 0; i < 10000; i++) sc__buffer_puts(&b, "<div>");
    sc__buffer_puts(&b, "<p>" LONG LONG "deep</p>");
    put_buffer(name, &b);
    sc__buffer_deinit(&b);
}

static void put_packed_lines(const char *name) {
    sc_buffer b = SC_BUFFER_INIT;
    add_zstd(&b, "{\"text\":\"good\"}\nnot json\n{\"text\":1}\n", 36);
    add_zstd(&b, "{\"text\":\"in a frame that is cut\"}\n", 34);
    b.len -= 5;
    put_buffer(name, &b);
    sc__buffer_deinit(&b);
}

static void put_nested(const char *name) {
    sc_buffer inner = SC_BUFFER_INIT, outer = SC_BUFFER_INIT;
    packing p = pack_begin(&inner, "zip", "none");
    pack_member(&p, "../../../../tmp/escape.txt", "nested text", 11);
    pack_end(&p);
    p = pack_begin(&outer, "ustar", "none");
    pack_member(&p, "/etc/inner.zip", inner.data, inner.len);
    pack_end(&p);
    put_buffer(name, &outer);
    sc__buffer_deinit(&inner);
    sc__buffer_deinit(&outer);
}

TEST(ingest_no_text, "stage/creation/ingest/rows-without-a-text") {
    const char *path = test_data("corpus/parquet/ok-plain.parquet");
    sc_ingest_report report;
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_STATUS(SC_FORMAT, sc_data_ingest(&report, &path, 1, test_path("out.jsonl"), NULL));
    CHECK_INT(report.read.unreadable, 3);
    CHECK(strstr(report.read.first_unreadable, "ok-plain.parquet: row 1: text: missing"));
}

TEST(ingest_hostile, "stage/creation/ingest/hostile-files-cost-themselves") {
    sc_ingest_report r;
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("in")));
    put_archive("in/a.warc.gz");
    put_packed_lines("in/b.jsonl.zst");
    put_nested("in/c.tar");
    put_deep_page("in/d.html");
    put("in/e.txt", "zero\0byte", 9);
    put_text("in/f.csv", "text\n\"does not end\ngood row\n");
    put_text("in/g.parquet", "PAR1 is not enough");
    put_text("in/h.txt.xz", "nor is a name");
    put_text("in/i.xml", "<mediawiki><page><title>half");
    put_text("in/j.txt", "and after all that");
    const char *path = test_path("in");
    CHECK_OK(sc_data_ingest(&r, &path, 1, test_path("out.jsonl"), NULL));
    CHECK_INT(r.read.files, 10);
    CHECK_INT(r.web, 4);
    CHECK_INT(r.jsonl, 1);
    CHECK_INT(r.html, 1);
    CHECK_INT(r.csv, 1);
    CHECK_INT(r.plain, 2);
    CHECK_INT(r.binary, 1);
    CHECK_INT(r.read.unreadable, 2 + 3 + 1 + 3);
    CHECK(strstr(r.read.first_unreadable, "a.warc.gz: offset "));
    CHECK(!sc__path_exists("/tmp/escape.txt"));
}

static sc_status ingest_all(void *arg) {
    sc_ingest_report r;
    const char *path = arg;
    const sc_ingest_options o = {.common = {.threads = 1}, .drop_duplicates = true};
    sc_items *in;
    SC_TRY(sc__items_open(&in, &path, 1, NULL));
    r = (sc_ingest_report){0};
    const sc_status s = sc__ingest_run(&r, in, "-", &o);
    sc__items_close(in);
    return s;
}

TEST(ingest_oom, "stage/creation/ingest/oom") {
    setenv("SOCLE_HOME", test_path("home"), 1);
    CHECK_OK(sc__dir_make(test_path("in")));
    put_text("in/a.jsonl",
             "{\"text\":\"one \\u00e9\",\"id\":\"1\",\"metadata\":{\"url\":\"u\"}}\n");
    put_text("in/b.md", "---\ntitle: t\n---\ntext\n");
    put_text("in/c.txt", "caf\xE9");
    CHECK(freopen("/dev/null", "w", stdout)); /* where it writes */
    CHECK(test_oom(ingest_all, (void *)(uintptr_t)test_path("in")) > 20);
}

/* ---- a web archive and the text that others made of it -----------------------------------------
 */

static void read_text(sc_buffer *out, const char *path, sc_ingest_html_text html) {
    sc_ingest_report r;
    const sc_ingest_options o = {.html = html};
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc_data_ingest(&r, &path, 1, test_path("one.jsonl"), &o));
    CHECK_INT(r.web, 1);
    CHECK_INT(r.read.unreadable, 0);
    CHECK_OK(sc__file_read(&b, test_path("one.jsonl"), 1 << 20));
    const char *p = b.data;
    json_t *row = read_line(&p);
    sc__buffer_puts(out, text_of(row, "text"));
    json_decref(row);
    sc__buffer_deinit(&b);
    CHECK_OK(out->status);
}

/* Words of `these` that `those` hold, of all; words of more than three bytes. */
static double share(const char *these, const char *those) {
    double all = 0, found = 0;
    for (const char *p = these; *p;) {
        const size_t n = strcspn(p, " \n\t");
        char word[64];
        if (n > 3 && n < sizeof word) {
            memcpy(word, p, n);
            word[n] = 0;
            all++;
            found += strstr(those, word) != NULL;
        }
        p += n + (p[n] != 0);
    }
    return found / all;
}

TEST(ingest_wet, "stage/creation/ingest/common-crawl-and-its-text") {
    const char *shared = getenv("SOCLE_SHARED");
    char warc[400], wet[400];
    sc_buffer body = SC_BUFFER_INIT, text = SC_BUFFER_INIT, main_text = SC_BUFFER_INIT;
    setenv("SOCLE_HOME", test_path("home"), 1);
    snprintf(warc, sizeof warc, "%s/data/web/commoncrawl/whirlwind.warc.gz",
             shared ? shared : "../shared");
    snprintf(wet, sizeof wet, "%s/data/web/commoncrawl/whirlwind.warc.wet.gz",
             shared ? shared : "../shared");
    if (!sc__path_exists(warc)) test_skip("%s is not here", warc);
    read_text(&body, warc, SC_INGEST_HTML_BODY);
    read_text(&main_text, warc, SC_INGEST_HTML_MAIN);
    read_text(&text, wet, SC_INGEST_HTML_MAIN);
    if (share(main_text.data, text.data) < 0.95 || share(body.data, text.data) < 0.95)
        test_fail(__FILE__, __LINE__, "of our words the WET has %.3f (main text), %.3f (body)",
                  share(main_text.data, text.data), share(body.data, text.data));
    if (share(text.data, body.data) < 0.5)
        test_fail(__FILE__, __LINE__, "of the WET's words the body has %.3f",
                  share(text.data, body.data));
    sc__buffer_deinit(&body);
    sc__buffer_deinit(&text);
    sc__buffer_deinit(&main_text);
}
