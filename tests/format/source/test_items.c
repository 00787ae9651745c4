/* test_items.c - files of all kinds, packed, in archives and archives in archives, as one stream.
 */
#include "test.h"

#include "format/parquet/parquet_writer.h"
#include "format/source/items.h"
#include "format/source/pack.h"

static const char *const kinds[] = {"file", "json", "row", "parquet", "web", "wiki"};

/* "kind member:line:bytes|" of every item, "!|" for each failure. */
static sc_status list(sc_buffer *out, const char *path, const sc_items_options *o) {
    sc_items *t;
    sc_item item;
    sc_status s;
    SC_TRY(sc__items_open(&t, &path, 1, o));
    for (int i = 0; (s = sc__items_next(&item, t)) != SC_DONE && s != SC_NOMEM; i++) {
        CHECK(i < 1000);
        if (s < 0)
            sc__buffer_puts(out, "!|");
        else
            sc__buffer_printf(out, "%s %s:%d:%.*s|", kinds[item.kind],
                              item.member ? item.member : "", (int)item.line, (int)item.n,
                              item.bytes);
    }
    sc__items_close(t);
    return s < 0 ? s : out->status;
}

static void check(const char *path, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(list(&b, path, NULL));
    CHECK_STR(b.data ? b.data : "", want);
    sc__buffer_deinit(&b);
}

static void put_text(const char *name, const char *text) {
    CHECK_OK(sc__file_write(test_path(name), text, strlen(text)));
}

TEST(items_files, "format/source/items/files") {
    put_text("a.txt", "text");
    check(test_path("a.txt"), "file :0:text|");
    put_text("b.jsonl", "\xEF\xBB\xBF{\"a\":1}\n\nnot json\n{\"b\":2}");
    check(test_path("b.jsonl"), "json :1:{\"a\":1}|json :3:not json|json :4:{\"b\":2}|");
    put_text("c.csv", "a,b\n1,\"x\"\"y\"\n1,2,3\n4,\n");
    check(test_path("c.csv"),
          "row :2:{\"a\":\"1\",\"b\":\"x\\\"y\"}|!|row :4:{\"a\":\"4\",\"b\":\"\"}|");
    put_text("d.tsv", "a\tb\n1\t\"x\n");
    check(test_path("d.tsv"), "row :2:{\"a\":\"1\",\"b\":\"\\\"x\"}|");
    put_text("empty.txt", "");
    check(test_path("empty.txt"), "file :0:|");
    put_text("empty.csv", "");
    check(test_path("empty.csv"), "");
}

TEST(items_json, "format/source/items/json") {
    put_text("a.json", "[\n {\"a\": \"x]}\\\"\"},\n {\"b\":[{}]}\n]\n");
    check(test_path("a.json"), "json :2:{\"a\": \"x]}\\\"\"}|json :3:{\"b\":[{}]}|");
    put_text("a.json", "{\n\"a\": 1\n}\n");
    check(test_path("a.json"), "json :1:{\n\"a\": 1\n}|");
    put_text("a.json", "{\"a\":1}\n{\"b\":2}\n");
    check(test_path("a.json"), "json :1:{\"a\":1}|json :2:{\"b\":2}|");
    put_text("a.json", "{\"a\":1}\n{\"b\":");
    check(test_path("a.json"), "json :1:{\"a\":1}|!|");
    put_text("a.json", "\"just a string\"");
    check(test_path("a.json"), "!|");
}

/* An object that is broken costs itself: the next is the one that begins a line. */
TEST(items_json_broken, "format/source/items/json-broken") {
    put_text("a.json", "{\"a\":\"cut\n{\"b\":2}\n");
    check(test_path("a.json"), "!|json :2:{\"b\":2}|");
    put_text("a.json",
             "{\"a\":[1,{\"b\":2},\"c\",\n{\"d\":\n{\"b\":2}}]\n{\"c\":3}\n{\"d\":4,\n{\"e\":5}");
    check(test_path("a.json"), "!|json :4:{\"c\":3}|!|json :6:{\"e\":5}|");
    put_text("a.json", "[1,\n2,\n3,\n  {\"a\":1}, nonsense {\"b\":2}\n\t[{\"c\":3}]");
    check(test_path("a.json"), "!|json :4:{\"a\":1}|!|json :5:{\"c\":3}|");
    put_text("a.json", "{\"a\":1}\n{\"b\":\n");
    check(test_path("a.json"), "json :1:{\"a\":1}|!|");
}

#define WARC                                                                                       \
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x/\r\nContent-Length: 64\r\n\r\n"  \
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=x-y\r\n\r\n<p>hi\r\n"                     \
    "\r\n\r\nWARC/1.0\r\nWARC-Type: request\r\nContent-Length: 0\r\n\r\n\r\n\r\n"                  \
    "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 26\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n"  \
    "\r\n\r\nWARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 3"   \
    "\r\n\r\nwet\r\n\r\n"

TEST(items_web, "format/source/items/web") {
    sc_items *t;
    sc_item item;
    put_text("a.warc", WARC);
    check(test_path("a.warc"), "web :0:<p>hi\r\n|web :0:wet|");
    const char *path = test_path("a.warc");
    CHECK_OK(sc__items_open(&t, &path, 1, NULL));
    CHECK_OK(sc__items_next(&item, t));
    CHECK_STR(item.type, "text/html");
    CHECK_STR(item.charset, "x-y");
    CHECK_STR(item.url, "http://x/");
    CHECK_OK(sc__items_next(&item, t));
    CHECK_STR(item.type, "text/plain");
    CHECK_STATUS(SC_DONE, sc__items_next(&item, t));
    CHECK_INT(sc__items_counts(t).passed_over, 2);
    CHECK_INT(sc__items_counts(t).files, 1);
    CHECK_INT(sc__items_counts(t).bytes_read, sizeof WARC - 1);
    sc__items_close(t);
}

/* An archive in an archive, holding a packed file, one that is hidden, and a table. */
static void make_nested(const char *name) {
    sc_buffer inner = SC_BUFFER_INIT, outer = SC_BUFFER_INIT, gz = SC_BUFFER_INIT;
    add_gzip(&gz, "packed", 6);
    packing p = pack_begin(&inner, "zip", "none");
    pack_member(&p, "t.txt.gz", gz.data, gz.len);
    pack_member(&p, ".hidden/x.txt", "hidden", 6);
    pack_member(&p, "../t.csv", "text\nrow\n", 9);
    pack_end(&p);
    p = pack_begin(&outer, "ustar", "none");
    pack_member(&p, "first.txt", "first", 5);
    pack_member(&p, "in/inner.zip", inner.data, inner.len);
    pack_member(&p, "last.txt", "last", 4);
    pack_end(&p);
    add_zstd(&gz, "", 0);
    gz.len = 0;
    add_zstd(&gz, outer.data, outer.len);
    put_buffer(name, &gz);
    sc__buffer_deinit(&inner);
    sc__buffer_deinit(&outer);
    sc__buffer_deinit(&gz);
}

TEST(items_archives, "format/source/items/archives") {
    make_nested("a.tar.zst");
    check(test_path("a.tar.zst"), "file first.txt:0:first|file in/inner.zip/t.txt.gz:0:packed|"
                                  "row in/inner.zip/../t.csv:2:{\"text\":\"row\"}|"
                                  "file last.txt:0:last|");
}

TEST(items_depth, "format/source/items/archives-too-deep") {
    sc_buffer b = SC_BUFFER_INIT, outer = SC_BUFFER_INIT;
    sc__buffer_puts(&b, "text");
    char name[16] = "a.txt";
    for (int i = 0; i < SC_ITEMS_DEPTH_MAX; i++) {
        const packing p = pack_begin(&outer, "ustar", "none");
        pack_member(&p, name, b.data, b.len);
        if (i == SC_ITEMS_DEPTH_MAX - 1) pack_member(&p, "z.txt", "after", 5);
        pack_end(&p);
        sc__buffer_clear(&b);
        sc__buffer_append(&b, outer.data, outer.len);
        snprintf(name, sizeof name, "%d.tar", i);
    }
    put_buffer("deep.tar", &b);
    check(test_path("deep.tar"), "!|file z.txt:0:after|");
    CHECK_ERROR("nested more than 3 deep");
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&outer);
}

TEST(items_damage, "format/source/items/damage-costs-what-is-damaged") {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__dir_make(test_path("in")));
    add_zstd(&b, "{\"a\":1}\n", 8);
    const size_t n = b.len;
    add_zstd(&b, "{\"b\":2}\n", 8);
    b.len -= 4;
    put_buffer("in/a.jsonl.zst", &b); /* cut in its second frame */
    b.data[n - 5] ^= 0x55;
    put_buffer("in/b.txt.zst", &b);
    put_text("in/c.txt.gz", "not packed");
    put_text("in/d.txt", "after");
    check(test_path("in"), "json :1:{\"a\":1}|!|!|!|file :0:after|");
    sc__buffer_deinit(&b);
}

/* What is too long costs itself: neither is what it holds an item, nor is what follows it lost. */
TEST(items_json_long, "format/source/items/json-long") {
    sc_buffer text = SC_BUFFER_INIT, got = SC_BUFFER_INIT;
    const sc_items_options small = {.max_item = 10};
    sc__buffer_puts(&text, "[{\"a\":\"123456789\"},{\"b\":2},{\"c\":[");
    for (int i = 0; i < 60000; i++) sc__buffer_puts(&text, "\n{\"x\":1},");
    sc__buffer_puts(&text, "0]},{\"d\":3}]");
    put_buffer("a.json", &text);
    CHECK_OK(list(&got, test_path("a.json"), &small));
    CHECK_STR(got.data, "!|json :1:{\"b\":2}|!|json :60001:{\"d\":3}|");
    sc__buffer_deinit(&got);
    sc__buffer_deinit(&text);
}

TEST(items_limits, "format/source/items/limits") {
    sc_buffer b = SC_BUFFER_INIT;
    const sc_items_options small = {.max_item = 10}, second = {.shard = 1, .n_shards = 2};
    CHECK_OK(sc__dir_make(test_path("in")));
    put_text("in/a.txt", "longer than ten");
    put_text("in/b.jsonl", "{\"a\":1}\n{\"a\":\"123456789\"}\n{\"b\":2}\n");
    put_text("in/c.txt", "short");
    CHECK_OK(list(&b, test_path("in"), &small));
    CHECK_STR(b.data, "!|json :1:{\"a\":1}|!|json :3:{\"b\":2}|file :0:short|");
    sc__buffer_clear(&b);
    put_text("in/b.jsonl", "{}");
    CHECK_OK(list(&b, test_path("in"), &second));
    CHECK_STR(b.data, "json :1:{}|");
    sc__buffer_deinit(&b);
    const char *path = test_path("none");
    CHECK_STATUS(SC_IO, list(&b, path, NULL));
}

TEST(items_parquet, "format/source/items/parquet") {
    static const char rows[] = "parquet :1:{\"a\":1}|parquet :2:{\"a\":2}|parquet :3:{\"a\":3}|";
    sc_buffer b = SC_BUFFER_INIT, packed = SC_BUFFER_INIT;
    check(test_data("corpus/parquet/ok-plain.parquet"), rows);
    CHECK_OK(sc__file_read(&b, test_data("corpus/parquet/ok-plain.parquet"), 1 << 20));
    add_gzip(&packed, b.data, b.len);
    put_buffer("a.parquet.gz", &packed); /* cannot be mapped */
    check(test_path("a.parquet.gz"), rows);
    b.len -= 6;
    put_buffer("cut.parquet", &b);
    check(test_path("cut.parquet"), "!|");
    check(test_data("corpus/parquet/bad-bytes-gzip.parquet"), "!|");
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&packed);
}

/* Rows that a few bytes repeat: reading ends at the ratio, not at the last row. */
TEST(items_parquet_bomb, "format/source/items/parquet-bomb") {
    enum { ROWS = 80, BYTES = 1 << 20 };
    const sc_parquet_string column = {"text", false};
    sc_parquet_writer *w;
    sc_items *t;
    sc_item item;
    sc_buffer text = SC_BUFFER_INIT;
    const char *path = test_path("bomb.parquet");
    char *at = sc__buffer_extend(&text, BYTES);
    CHECK(at != NULL);
    memset(at, 'a', BYTES);
    CHECK_OK(sc__parquet_writer_open(&w, path, &column, 1));
    for (int i = 0; i < ROWS; i++)
        CHECK_OK(sc__parquet_writer_append(w, &(sc_slice){text.data, BYTES}));
    CHECK_OK(sc__parquet_writer_commit(w));
    CHECK_OK(sc__items_open(&t, &path, 1, NULL));
    int n = 0;
    while (sc__items_next(&item, t) == SC_OK) n++;
    CHECK(n >= 64 && n < ROWS);
    CHECK_ERROR("more than 512 times as large");
    CHECK_STATUS(SC_DONE, sc__items_next(&item, t));
    sc__items_close(t);
    sc__buffer_deinit(&text);
}

static sc_status list_all(void *arg) {
    sc_buffer b = SC_BUFFER_INIT;
    const sc_status s = list(&b, arg, NULL);
    sc__buffer_deinit(&b);
    return s;
}

TEST(items_oom, "format/source/items/oom") {
    char path[256];
    CHECK_OK(sc__dir_make(test_path("in")));
    put_text("in/a.csv", "a,b\n1,2\n");
    put_text("in/b.jsonl", "{}\n");
    put_text("in/c.txt", "text");
    put_text("in/d.warc", WARC);
    put_text("in/e.xml", "<mediawiki><page></page></mediawiki>");
    make_nested("in/f.tar.zst");
    snprintf(path, sizeof path, "%s", test_path("in"));
    CHECK(test_oom(list_all, path) > 30);
}
