/* test_archive.c - members of tar and zip; names that lead nowhere; damage. */
#include "test.h"

#include "format/source/archive.h"
#include "format/source/pack.h"

/* "name=bytes|" of every member, "!|" for each failure. */
static void list(sc_buffer *out, const char *path) {
    sc_window w = {0};
    sc_archive *a;
    sc_archive_member m;
    sc_status s;
    sc__buffer_clear(out);
    CHECK_OK(sc__stream_open(&w.stream, path));
    CHECK_OK(sc__archive_open(&a, &w, path));
    for (int i = 0; (s = sc__archive_next(&m, a)) != SC_DONE; i++) {
        char bytes[4096];
        size_t got = 1;
        CHECK(i < 100);
        if (s == SC_OK) sc__buffer_printf(out, "%s=", m.name);
        while (s == SC_OK && got) {
            s = sc__archive_read(&got, a, bytes, sizeof bytes);
            if (s == SC_OK) sc__buffer_append(out, bytes, got);
        }
        if (s < 0) {
            CHECK_INT(s, SC_FORMAT);
            CHECK_ERROR(sc__path_name(path));
        }
        sc__buffer_puts(out, s < 0 ? "!|" : "|");
    }
    sc__archive_close(a);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
}

static void check_members(const char *format, const char *filter, const char *name) {
    sc_buffer b = SC_BUFFER_INIT, got = SC_BUFFER_INIT;
    char path[256];
    const packing p = pack_begin(&b, format, filter);
    pack_member(&p, "a.txt", "one", 3);
    pack_member(&p, "../../etc/passwd", "two", 3);
    pack_member(&p, "caf\xC3\xA9/empty", "", 0);
    pack_end(&p);
    if (!strcmp(filter, "none")) CHECK(sc__archive_detect(b.data, b.len));
    snprintf(path, sizeof path, "%s", put_buffer(name, &b));
    list(&got, path);
    CHECK_STR(got.data, "a.txt=one|../../etc/passwd=two|caf\xC3\xA9/empty=|");
    sc__buffer_deinit(&b);
    sc__buffer_deinit(&got);
}

TEST(archive_members, "format/source/archive/members") {
    check_members("ustar", "none", "a.tar");
    check_members("ustar", "gzip", "a.tar.gz");
    check_members("zip", "none", "a.zip");
    CHECK(!sc__archive_detect("plain text", 10));
}

TEST(archive_damage, "format/source/archive/damage") {
    static const char *const formats[] = {"ustar", "zip"};
    for (int f = 0; f < 2; f++) {
        sc_buffer b = SC_BUFFER_INIT, got = SC_BUFFER_INIT;
        char words[3000], path[256];
        for (int i = 0; i < 3000; i++) words[i] = (char)('a' + i * i % 23);
        const packing p = pack_begin(&b, formats[f], "none");
        pack_member(&p, "a", words, sizeof words);
        pack_member(&p, "b", words, sizeof words);
        pack_end(&p);
        const size_t n = b.len;
        for (b.len = 600; b.len < n / 2; b.len += 333) {
            snprintf(path, sizeof path, "%s", put_buffer("cut", &b));
            list(&got, path);
            CHECK(strstr(got.data, "!|"));
        }
        sc__buffer_deinit(&b);
        sc__buffer_deinit(&got);
    }
}

/* 100 MB of zeros in a zip of 100 KB. */
TEST(archive_bomb, "format/source/archive/bomb") {
    sc_buffer b = SC_BUFFER_INIT;
    sc_window w = {0};
    sc_archive *a;
    sc_archive_member m;
    size_t got = 1, all = 0;
    sc_status s = SC_OK;
    char *zeros = calloc(1, 100 << 20), bytes[65536];
    CHECK(zeros);
    const packing p = pack_begin(&b, "zip", "none");
    pack_member(&p, "a", zeros, 100 << 20);
    pack_end(&p);
    free(zeros);
    CHECK_OK(sc__stream_open(&w.stream, put_buffer("bomb.zip", &b)));
    CHECK_OK(sc__archive_open(&a, &w, "bomb.zip"));
    CHECK_OK(sc__archive_next(&m, a));
    while (s == SC_OK && got) {
        s = sc__archive_read(&got, a, bytes, sizeof bytes);
        all += got;
    }
    /* the ratio is counted from 64 MB on, and 256 KB of input are not counted */
    CHECK(s == SC_OK ? all == 100 << 20 : all < 100 << 20);
    sc__archive_close(a);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    sc__buffer_deinit(&b);
}
