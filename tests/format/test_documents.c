/* test_documents.c - documents come out whole and in order, archives that lie are refused by name.
 */
#include "test.h"

#include "base/file.h"
#include "base/log.h"
#include "corpus.h"
#include "format/documents.h"

#include <zlib.h>
#include <zstd.h>

static const char *put(const char *name, const char *bytes, size_t n) {
    const char *path = test_path(name);
    CHECK_OK(sc__file_write(path, bytes, n));
    return path;
}

static const char *put_text(const char *name, const char *text) {
    return put(name, text, strlen(text));
}

static size_t gzip(unsigned char *out, size_t max, const char *text, size_t n) {
    z_stream z = {0};
    CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = (uInt)max;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

/* All documents of a path, one after another with '|' between them. */
static sc_status read_all(sc_buffer *out, const char *path, const sc_documents_options *o) {
    sc_documents *t;
    sc_document d;
    sc_status s;
    SC_TRY(sc__documents_open(&t, &path, 1, o));
    while ((s = sc__documents_next(&d, t)) == SC_OK) {
        sc__buffer_append(out, d.text, d.n);
        sc__buffer_putc(out, '|');
    }
    sc__documents_close(t);
    if (s >= 0) s = out->status;
    return s < 0 ? s : SC_OK;
}

static void check_documents(const char *path, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(read_all(&b, path, NULL));
    CHECK_STR(b.data, want);
    sc__buffer_deinit(&b);
}

static void check_fails(sc_status want, const char *path, const sc_documents_options *o) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_STATUS(want, read_all(&b, path, o));
    CHECK_ERROR(sc__path_name(path));
    sc__buffer_deinit(&b);
}

TEST(documents_plain, "format/documents/plain") {
    check_documents(put_text("a.txt", "one\ntwo\n"), "one\ntwo\n|");
    check_documents(put_text("empty.txt", ""), "|");
    check_documents(put_text("bom.txt", "\xEF\xBB\xBFx"), "x|");
    check_fails(SC_IO, test_path("none.txt"), NULL);
    const sc_documents_options small = {.max_document = 5};
    check_fails(SC_FORMAT, test_path("a.txt"), &small);
    CHECK_ERROR("longer than 5 bytes");
}

TEST(documents_jsonl, "format/documents/jsonl") {
    check_documents(put_text("a.jsonl", "{\"text\":\"one\",\"id\":1}\r\n\n{\"text\":\"t\\u00e9\"}"),
                    "one|t\xC3\xA9|");
    check_documents(put_text("b.json", "{\"text\":\"\"}\n"), "|");
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(read_all(&b, put_text("none.jsonl", "\n"), NULL));
    CHECK_INT(b.len, 0);
}

TEST(documents_folder, "format/documents/folder") {
    sc_documents *t;
    sc_document d;
    CHECK_OK(sc__dir_make(test_path("in")));
    put_text("in/a.jsonl", "{\"text\":\"one\"}\n{\"txt\":1}\n{\"text\":\"two\"}\n");
    put_text("in/a.jsonl.lineage.json", "{\"entries\": []}");
    put_text("in/b.txt", "three");
    put_text("in/lineage.json", "{\"entries\": []}");
    const char *dir = test_path("in");
    CHECK_OK(sc__documents_open(&t, &dir, 1, NULL));
    CHECK_INT(sc__documents_paths(t)->n, 2);
    CHECK_OK(sc__documents_next(&d, t));
    CHECK_STATUS(SC_FORMAT, sc__documents_next(&d, t));
    CHECK_ERROR("a.jsonl: line 2");
    CHECK_OK(sc__documents_next(&d, t)); /* goes on behind the bad file */
    CHECK_STR(d.text, "three");
    CHECK_INT(d.index, 1);
    CHECK_STATUS(SC_DONE, sc__documents_next(&d, t));
    sc__documents_close(t);
}

TEST(documents_jsonl_bad, "format/documents/jsonl-bad") {
    static const char *const rows[][2] = {
        {"{\"text\":\"a\"}\n{\"test\":\"b\"}\n", "line 2: text: missing"},
        {"\n\n{\"text\":1}\n", "line 3: text: must be a string"},
        {"{\"text\":\"a\"}\n{\"text\":\"b", "line 2: not valid JSON"},
        {"[\"text\"]\n", "line 1: must be a JSON object"},
        {"{\"text\":\"a\",\"text\":\"b\"}\n", "line 1: text: given twice"},
        {"{\"text\":\"a\"} {\"text\":\"b\"}\n", "line 1: not valid JSON"},
    };
    for (int i = 0; i < SC_LEN(rows); i++) {
        check_fails(SC_FORMAT, put_text("bad.jsonl", rows[i][0]), NULL);
        CHECK_ERROR(rows[i][1]);
    }
    const sc_documents_options small = {.max_document = 20};
    check_documents(put_text("long.jsonl", "{\"text\":\"aaaaaaa\"}\n"), "aaaaaaa|");
    check_fails(SC_FORMAT, put_text("long.jsonl", "{}\n{\"text\":\"aaaaaaaaaaaaaaaa\"}\n"), &small);
}

/* ---- UTF-8 ------------------------------------------------------------------------------------
 */

static int warnings;
static char warning[512];

static void note_warning(void *user, sc_log_level level, const char *line) {
    (void)user;
    warnings += level == SC_LOG_WARNING;
    snprintf(warning, sizeof warning, "%s", line);
}

TEST(documents_utf8, "format/documents/utf8") {
    const sc_documents_options strict = {.strict = true};
    sc_log_set(note_warning, NULL);
    CHECK_OK(sc__dir_make(test_path("in")));
    put_text("in/a.txt", "caf\xE9 \xFF!");
    put_text(
        "in/b.jsonl",
        "{\"text\":\"ok\"}\n{\"text\":\"\xE9\"}\n{\"text\":\"\\ud800 \\uD83D\\uDE00 \\\\ud800\"}");
    check_documents(test_path("in"), "caf\xEF\xBF\xBD \xEF\xBF\xBD!|ok|\xEF\xBF\xBD|"
                                     "\xEF\xBF\xBD \xF0\x9F\x98\x80 \\ud800|");
    CHECK_INT(warnings, 1);
    CHECK(strstr(warning, "4 invalid UTF-8 sequences") && strstr(warning, "a.txt"));
    check_fails(SC_FORMAT, test_path("in/a.txt"), &strict);
    CHECK_ERROR("byte 4: not valid UTF-8");
    check_fails(SC_FORMAT, test_path("in/b.jsonl"), &strict);
    CHECK_ERROR("line 2");
    sc_log_set(NULL, NULL);
}

/* ---- archives ---------------------------------------------------------------------------------
 */

TEST(documents_gzip, "format/documents/gzip") {
    unsigned char z[1024];
    const size_t one = gzip(z, 512, "first ", 6), all = one + gzip(z + one, 512, "second", 6);
    check_documents(put("a.txt.gz", (char *)z, all), "first second|");
    memset(z + all, 0, 64);
    check_documents(put("padded.txt.gz", (char *)z, all + 64), "first second|");
    for (size_t n = 0; n < all; n++) { /* between the members lies the one good cut */
        if (n == one) continue;
        check_fails(SC_FORMAT, put("cut.gz", (char *)z, n), NULL);
    }
    z[all] = 'x';
    check_fails(SC_FORMAT, put("garbage.gz", (char *)z, all + 1), NULL);
    z[all - 6] ^= 1; /* the checksum */
    check_fails(SC_FORMAT, put("crc.gz", (char *)z, all), NULL);
    CHECK_ERROR("damaged gzip archive");
    check_fails(SC_FORMAT, put_text("plain.gz", "plain text"), NULL);
    const size_t lines = gzip(z, 512, "{\"text\":\"x\"}\n", 13);
    check_documents(put("l.jsonl.gz", (char *)z, lines), "x|");
}

TEST(documents_zstd, "format/documents/zstd") {
    char z[1024];
    const size_t one = ZSTD_compress(z, 512, "first ", 6, 3),
                 all = one + ZSTD_compress(z + one, 512, "second", 6, 3);
    check_documents(put("a.txt.zst", z, all), "first second|");
    for (size_t n = 0; n < all; n++)
        if (n != one) check_fails(SC_FORMAT, put("cut.zst", z, n), NULL);
    check_fails(SC_FORMAT, put_text("plain.zst", "plain text"), NULL);
    CHECK_ERROR("damaged zstd archive");
    const size_t lines = ZSTD_compress(z, 512, "{\"text\":\"x\"}\n", 13, 3);
    check_documents(put("l.json.zst", z, lines), "x|");
}

TEST(documents_large, "format/documents/longer-than-a-piece") {
    const size_t n = 3000000;
    char *big = malloc(n + 1);
    unsigned char *z = malloc(n);
    CHECK(big && z);
    for (size_t i = 0; i < n; i++) big[i] = (char)('a' + (i * 7 + i / 251) % 26);
    big[n] = 0;
    const char *path = put("big.txt.gz", (char *)z, gzip(z, n, big, n));
    sc_documents *t;
    sc_document d;
    CHECK_OK(sc__documents_open(&t, &path, 1, NULL));
    CHECK_OK(sc__documents_next(&d, t));
    CHECK_INT(d.n, n);
    CHECK(!memcmp(d.text, big, n));
    CHECK_STATUS(SC_DONE, sc__documents_next(&d, t));
    sc__documents_close(t);
    const size_t zn = ZSTD_compress(z, n, big, n, 1);
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(read_all(&b, put("big.zst", (char *)z, zn), NULL));
    CHECK_INT(b.len, n + 1);
    CHECK(!memcmp(b.data, big, n));
    sc__buffer_clear(&b);
    for (int i = 0; i < 20000; i++) sc__buffer_printf(&b, "{\"text\":\"line %d of many\"}\n", i);
    path = put("many.jsonl", b.data, b.len);
    CHECK_OK(sc__documents_open(&t, &path, 1, NULL));
    for (int i = 0; i < 20000; i++) {
        char want[32];
        snprintf(want, sizeof want, "line %d of many", i);
        CHECK_OK(sc__documents_next(&d, t));
        CHECK(d.n == strlen(want) && !memcmp(d.text, want, d.n) && d.index == i && d.line == i + 1);
    }
    CHECK_STATUS(SC_DONE, sc__documents_next(&d, t));
    sc__documents_close(t);
    sc__buffer_deinit(&b);
    free(big);
    free(z);
}

/* ---- the rest ---------------------------------------------------------------------------------
 */

static sc_status accepts(const char *path) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = read_all(&b, path, NULL);
    sc__buffer_deinit(&b);
    return s;
}

TEST(documents_corpus, "format/documents/corpus") { test_corpus("jsonl", accepts); }

static sc_status read_folder(void *arg) { return accepts(arg); }

TEST(documents_oom, "format/documents/oom") {
    unsigned char z[256];
    char dir[256];
    CHECK_OK(sc__dir_make(test_path("in")));
    put_text("in/a.jsonl", "{\"text\":\"\xE9\"}\n");
    put("in/b.gz", (char *)z, gzip(z, sizeof z, "zip", 3));
    snprintf(dir, sizeof dir, "%s", test_path("in"));
    CHECK(test_oom(read_folder, dir) > 5);
}

static void check_stem(const char *path, const char *want) {
    const sc_slice s = sc__documents_stem(path);
    CHECK(s.n == strlen(want) && !memcmp(s.p, want, s.n));
}

TEST(documents_stem, "format/documents/stem") {
    check_stem("a/b.jsonl.zst", "b");
    check_stem("b.json", "b");
    check_stem("a.b/c.d.JSONL.gz", "c.d");
    check_stem("a/b.txt.gz", "b.txt");
    check_stem("a/.jsonl", ".jsonl");
}
