/* test_warc.c - records come out whole; lengths that lie, cut files and damaged members cost what
 * is damaged and no more. */
#include "test.h"

#include "format/source/pack.h"
#include "format/source/warc.h"

/* A record whose Content-Length is `length`; -1: the block's. */
static void add_record(sc_buffer *out, const char *type, const char *block, long length) {
    if (length < 0) length = (long)strlen(block);
    sc__buffer_printf(out,
                      "WARC/1.0\r\nWARC-Type: %s\r\nwarc-target-uri: <http://x/%s>\r\n"
                      "WARC-Date: 2020-01-02T03:04:05Z\r\nWARC-Record-ID: <urn:uuid:%s>\r\n"
                      "Content-Type: text/plain;\r\n  charset=utf-8\r\nContent-Length: %ld\r\n\r\n"
                      "%s\r\n\r\n",
                      type, block, block, length, block);
}

/* "type:block|" of every record, "!|" for each failure. */
static void read_warc(sc_buffer *out, const char *path, size_t max) {
    sc_window w = {0};
    sc_warc *warc;
    sc_warc_record r;
    sc_status s = SC_OK;
    CHECK_OK(sc__stream_open(&w.stream, path));
    CHECK_OK(sc__warc_open(&warc, &w, path, max));
    sc__buffer_clear(out);
    for (int i = 0; s != SC_DONE; i++) {
        CHECK(i < 10000);
        s = sc__warc_next(&r, warc);
        if (s == SC_OK) sc__buffer_printf(out, "%s:%.*s|", r.type, (int)r.n, r.block);
        if (s < 0) {
            CHECK_INT(s, SC_FORMAT);
            CHECK_ERROR(sc__path_name(path));
            CHECK_ERROR("offset");
            sc__buffer_puts(out, "!|");
        }
    }
    sc__warc_close(warc);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
}

static void check_warc(const char *name, const sc_buffer *bytes, size_t max, const char *want) {
    sc_buffer got = SC_BUFFER_INIT;
    char path[256];
    snprintf(path, sizeof path, "%s", put_buffer(name, bytes));
    read_warc(&got, path, max);
    CHECK_STR(got.data ? got.data : "", want);
    sc__buffer_deinit(&got);
}

TEST(warc_records, "format/source/warc/records") {
    sc_buffer b = SC_BUFFER_INIT;
    sc_window w = {0};
    sc_warc *warc;
    sc_warc_record r;
    add_record(&b, "warcinfo", "", -1);
    const size_t second = b.len;
    add_record(&b, "response", "body", -1);
    check_warc("a.warc", &b, 1000, "warcinfo:|response:body|");
    CHECK_OK(sc__stream_open(&w.stream, test_path("a.warc")));
    CHECK_OK(sc__warc_open(&warc, &w, "a.warc", 1000));
    CHECK_OK(sc__warc_next(&r, warc));
    CHECK_OK(sc__warc_next(&r, warc));
    CHECK_STR(r.url, "http://x/body");
    CHECK_STR(r.id, "urn:uuid:body");
    CHECK_STR(r.date, "2020-01-02T03:04:05Z");
    CHECK(strstr(r.content_type, "charset=utf-8"));
    CHECK_INT(r.offset, second);
    sc__warc_close(warc);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    sc__buffer_clear(&b);
    check_warc("empty.warc", &b, 1000, "");
    sc__buffer_deinit(&b);
}

static const char *const blocks[] = {"one", "two", "three", "four"};

TEST(warc_lying_length, "format/source/warc/length-that-lies") {
    static const struct {
        long length;
        const char *want;
    } rows[] = {{2, "r:one|!|r:three|r:four|"},
                {8, "r:one|!|r:three|r:four|"},
                {900, "r:one|!|r:three|r:four|"},
                {100000, "r:one|!|r:three|r:four|"},
                {2147483647L, "r:one|!|r:three|r:four|"}};
    for (int packed = 0; packed < 3; packed++) {
        for (int k = 0; k < SC_LEN(rows); k++) {
            sc_buffer all = SC_BUFFER_INIT;
            for (int i = 0; i < 4; i++) {
                sc_buffer one = SC_BUFFER_INIT;
                add_record(&one, "r", blocks[i], i == 1 ? rows[k].length : -1);
                if (packed == 0) sc__buffer_append(&all, one.data, one.len);
                if (packed == 1) add_gzip(&all, one.data, one.len);
                if (packed == 2) add_zstd(&all, one.data, one.len);
                sc__buffer_deinit(&one);
            }
            check_warc(packed == 0   ? "a.warc"
                       : packed == 1 ? "a.warc.gz"
                                     : "a.warc.zst",
                       &all, rows[k].length == 100000 ? 1000 : 1 << 20, rows[k].want);
            sc__buffer_deinit(&all);
        }
    }
}

TEST(warc_length_words, "format/source/warc/length-that-is-none") {
    static const char *const lengths[] = {"", "-1", "abc", "99999999999999999999999", "4 "};
    for (int i = 0; i < SC_LEN(lengths); i++) {
        sc_buffer b = SC_BUFFER_INIT;
        add_record(&b, "r", "one", -1);
        sc__buffer_printf(&b, "WARC/1.0\r\nWARC-Type: r\r\nContent-Length: %s\r\n\r\nfour\r\n\r\n",
                          lengths[i]);
        add_record(&b, "r", "three", -1);
        check_warc("a.warc", &b, 1000, i < 4 ? "r:one|!|r:three|" : "r:one|r:four|r:three|");
        sc__buffer_deinit(&b);
    }
}

TEST(warc_damaged_member, "format/source/warc/damaged-member") {
    sc_buffer all = SC_BUFFER_INIT, b = SC_BUFFER_INIT;
    size_t begin = 0, end = 0;
    for (int i = 0; i < 4; i++) {
        if (i == 1) begin = all.len;
        sc__buffer_clear(&b);
        add_record(&b, "r", blocks[i], -1);
        add_gzip(&all, b.data, b.len);
        if (i == 1) end = all.len;
    }
    check_warc("a.warc.gz", &all, 1000, "r:one|r:two|r:three|r:four|");
    for (size_t at = begin + 20; at < end; at += 5) {
        all.data[at] ^= 0x55;
        check_warc("a.warc.gz", &all, 1000, "r:one|!|r:three|r:four|");
        all.data[at] ^= 0x55;
    }
    /* the middle of a member is missing */
    memmove(all.data + begin + 60, all.data + end - 20, all.len - end + 20);
    all.len -= end - begin - 80;
    check_warc("a.warc.gz", &all, 1000, "r:one|!|r:three|r:four|");
    sc__buffer_deinit(&all);
    sc__buffer_deinit(&b);
}

TEST(warc_cut, "format/source/warc/cut-anywhere") {
    sc_buffer all = SC_BUFFER_INIT, got = SC_BUFFER_INIT;
    add_record(&all, "r", "one", -1);
    const size_t first = all.len;
    add_record(&all, "r", "two", -1);
    const size_t n = all.len;
    for (all.len = first; all.len < n; all.len += 3) {
        char path[256];
        snprintf(path, sizeof path, "%s", put_buffer("a.warc", &all));
        read_warc(&got, path, 1000);
        const bool whole = all.len >= n - 4, none = all.len == first;
        CHECK_STR(got.data, none ? "r:one|" : whole ? "r:one|r:two|" : "r:one|!|");
    }
    sc__buffer_deinit(&all);
    sc__buffer_deinit(&got);
}

TEST(warc_arc, "format/source/warc/arc") {
    sc_buffer b = SC_BUFFER_INIT;
    sc__buffer_puts(&b,
                    "filedesc://a.arc 0.0.0.0 20140216050221 text/plain 14\n1 0 Somebody\n\n\n"
                    "http://x/a b 1.2.3.4 20140216050221 text/html 20\nHTTP/1.1 200 OK\n\nhi\n\n"
                    "http://x/c 1.2.3.4 20140216050221 text/plain 5\nhello\n");
    check_warc("a.arc", &b, 1000,
               "warcinfo:1 0 Somebody\n\n|response:HTTP/1.1 200 OK\n\nhi\n|resource:hello|");
    sc__buffer_clear(&b);
    sc__buffer_puts(&b, "filedesc://a.arc 0.0.0.0 20140216050221 text/plain -1\n1 0 Somebody\n\n"
                        "http://x/c 1.2.3.4 20140216050221 text/plain abc\nhello\n"
                        "http://x/c 1.2.3.4 20140216050221 text/plain 5\nhello\n");
    check_warc("a.arc", &b, 1000, "!|resource:hello|");
    sc__buffer_deinit(&b);
}

typedef struct {
    const char *path;
} reading;

static sc_status read_all(void *arg) {
    const reading *r = arg;
    sc_window w = {0};
    sc_warc *warc = NULL;
    sc_warc_record record;
    SC_TRY(sc__stream_open(&w.stream, r->path));
    sc_status s = sc__warc_open(&warc, &w, r->path, 1000);
    while (s == SC_OK) s = sc__warc_next(&record, warc);
    sc__warc_close(warc);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    return s;
}

TEST(warc_oom, "format/source/warc/oom") {
    sc_buffer b = SC_BUFFER_INIT;
    char path[256];
    add_record(&b, "r", "one", -1);
    snprintf(path, sizeof path, "%s", put_buffer("a.warc", &b));
    sc__buffer_deinit(&b);
    reading r = {path};
    CHECK(test_oom(read_all, &r) >= 4);
}

/* Records of each file of other people's tests, as they say themselves. */
TEST(warc_shared, "format/source/warc/other-peoples-files") {
    static const struct {
        const char *file;
        int records, failures;
    } rows[] = {{"warcio/example.warc", 6, 0},
                {"warcio/example.warc.gz", 6, 0},
                {"warcio/example-bad-non-chunked.warc.gz", 6, 0},
                {"warcio/example-digest.warc", 4, 0},
                {"warcio/example-iana.org-chunked.warc", 3, 0},
                {"warcio/example-resource.warc.gz", 3, 0},
                {"warcio/example-space-in-target-uri.warc.gz", 2, 0},
                {"warcio/example-wget-bad-target-uri.warc.gz", 6, 0},
                {"warcio/example-wrong-chunks.warc.gz", 2, 0},
                {"warcio/post-test.warc.gz", 6, 0},
                {"warcio/example.arc", 2, 0},
                {"warcio/example.arc.gz", 2, 0},
                {"resiliparse/warcfile.warc.gz", 50, 0},
                {"dolma/sample-0000.warc.gz", 48, 0},
                {"dolma/sample-0001.warc.gz", 34, 0},
                {"commoncrawl/whirlwind.warc.gz", 4, 0},
                {"commoncrawl/whirlwind.warc.wet.gz", 2, 0},
                {"commoncrawl/whirlwind.warc.wat.gz", 2, 0}};
    const char *shared = getenv("SOCLE_SHARED");
    for (int i = 0; i < SC_LEN(rows); i++) {
        char path[400];
        sc_buffer got = SC_BUFFER_INIT;
        snprintf(path, sizeof path, "%s/data/web/%s", shared ? shared : "../shared", rows[i].file);
        if (!sc__path_exists(path)) test_skip("%s is not here", path);
        sc_window w = {0};
        sc_warc *warc;
        sc_warc_record r;
        sc_status s = SC_OK;
        int records = 0, failures = 0;
        CHECK_OK(sc__stream_open(&w.stream, path));
        CHECK_OK(sc__warc_open(&warc, &w, path, 1 << 24));
        while ((s = sc__warc_next(&r, warc)) != SC_DONE) records += s == SC_OK, failures += s < 0;
        if (records != rows[i].records || failures != rows[i].failures)
            test_fail(__FILE__, __LINE__, "%s: %d records, %d failures (%s)", path, records,
                      failures, sc_error_text());
        sc__warc_close(warc);
        sc__stream_close(w.stream);
        sc__window_deinit(&w);
        sc__buffer_deinit(&got);
    }
}
