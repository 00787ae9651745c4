/* test_stream.c - names choose the reader (archives are tested in test_documents.c). */
#include "test.h"

#include "base/file.h"
#include "format/source/pack.h"
#include "format/stream.h"

TEST(stream_plain, "format/stream/plain") {
    sc_stream *s;
    char bytes[8];
    size_t got;
    CHECK_OK(sc__file_write(test_path("a"), "hello", 5));
    CHECK_OK(sc__stream_open(&s, test_path("a")));
    CHECK_OK(sc__stream_read(&got, s, bytes, 3));
    CHECK(got == 3 && !memcmp(bytes, "hel", 3));
    CHECK_OK(sc__stream_read(&got, s, bytes, 8));
    CHECK(got == 2 && !memcmp(bytes, "lo", 2));
    CHECK_OK(sc__stream_read(&got, s, bytes, 8));
    CHECK_INT(got, 0);
    sc__stream_close(s);
}

TEST(stream_names, "format/stream/names") {
    CHECK_INT(sc__stream_bare_length("a.txt.gz"), 5);
    CHECK_INT(sc__stream_bare_length("a.txt.zst"), 5);
    CHECK_INT(sc__stream_bare_length("a.txt"), 5);
    CHECK_INT(sc__stream_bare_length(".gz"), 3);
    CHECK_INT(sc__stream_bare_length("a.xml.bz2"), 5);
    CHECK_INT(sc__stream_bare_length("a.xz"), 1);
    CHECK(sc__stream_has_suffix("a.HTML.gz", ".html"));
    CHECK(!sc__stream_has_suffix("html", ".html"));
}

TEST(stream_missing, "format/stream/missing") {
    sc_stream *s;
    CHECK_STATUS(SC_IO, sc__stream_open(&s, test_path("none.gz")));
    CHECK_ERROR("none.gz");
    CHECK_STATUS(SC_IO, sc__stream_open(&s, test_dir()));
    CHECK_ERROR("is a folder");
    CHECK(!s);
}

static sc_status open_all(void *arg) {
    const char *const *paths = arg;
    for (int i = 0; paths[i]; i++) {
        sc_stream *s;
        SC_TRY(sc__stream_open(&s, paths[i]));
        sc__stream_close(s);
    }
    return SC_OK;
}

TEST(stream_oom, "format/stream/oom") {
    const char *paths[] = {test_path("a"), test_path("b.gz"), test_path("c.zst"), NULL};
    for (int i = 0; paths[i]; i++) CHECK_OK(sc__file_write(paths[i], "x", 1));
    CHECK_INT(test_oom(open_all, paths), 6);
}

/* All of a file; the last failure's status. */
static sc_status read_file(sc_buffer *out, const char *path) {
    sc_stream *s;
    size_t got = 1;
    SC_TRY(sc__stream_open(&s, path));
    sc_status status = SC_OK;
    while (got && status >= 0) {
        char bytes[1000];
        status = sc__stream_read(&got, s, bytes, sizeof bytes);
        if (status >= 0) sc__buffer_append(out, bytes, got);
    }
    sc__stream_close(s);
    return status;
}

TEST(stream_xz_bzip2, "format/stream/xz-and-bzip2") {
    static const char *const filters[][2] = {{"xz", ".xz"}, {"bzip2", ".bz2"}};
    for (int i = 0; i < SC_LEN(filters); i++) {
        sc_buffer packed = SC_BUFFER_INIT, text = SC_BUFFER_INIT, all = SC_BUFFER_INIT;
        char name[16], path[256];
        for (int k = 0; k < 3000; k++) sc__buffer_printf(&all, "line %d\n", k);
        pack_raw(&packed, filters[i][0], all.data, all.len);
        snprintf(name, sizeof name, "a%s", filters[i][1]);
        snprintf(path, sizeof path, "%s", put_buffer(name, &packed));
        CHECK_OK(read_file(&text, path));
        CHECK(text.len == all.len && !memcmp(text.data, all.data, all.len));
        sc__buffer_clear(&text);
        CHECK_OK(read_file(&text, put_buffer("known-by-its-bytes", &packed)));
        CHECK_INT(text.len, all.len);
        packed.len /= 2;
        CHECK_STATUS(SC_FORMAT, read_file(&text, put_buffer(name, &packed)));
        CHECK_ERROR(name);
        sc__buffer_clear(&packed);
        sc__buffer_puts(&packed, "not an archive");
        CHECK_STATUS(SC_FORMAT, read_file(&text, put_buffer(name, &packed)));
        sc__buffer_deinit(&packed);
        sc__buffer_deinit(&text);
        sc__buffer_deinit(&all);
    }
}

/* Members "one ...", "two ...", "three ..."; what is read over the damage in the second. */
static void check_recovers(void (*add)(sc_buffer *, const char *, size_t), const char *name) {
    sc_buffer packed = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    char words[3][600];
    size_t begin = 0, end = 0;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 600; k++) words[i][k] = (char)('a' + (k * k * (i + 3) + k / 7) % 26);
        if (i == 1) begin = packed.len;
        add(&packed, words[i], 600);
        if (i == 1) end = packed.len;
    }
    for (size_t at = begin + 12; at < end - 8; at += 7) {
        sc_stream *s;
        size_t got = 1;
        char bytes[4096];
        packed.data[at] ^= 0x55;
        CHECK_OK(sc__stream_open(&s, put_buffer(name, &packed)));
        packed.data[at] ^= 0x55;
        sc__buffer_clear(&text);
        int failures = 0;
        while (got) {
            const sc_status status = sc__stream_read(&got, s, bytes, sizeof bytes);
            if (status < 0) {
                CHECK_INT(status, SC_FORMAT);
                failures++;
                CHECK(failures < 3);
                if (sc__stream_recover(s) == SC_DONE) break;
                got = 1;
                sc__buffer_clear(&text); /* what came of the damaged one */
            } else {
                sc__buffer_append(&text, bytes, got);
            }
        }
        if (failures) /* a bit of the header may not matter */
            CHECK(text.len == 600 && !memcmp(text.data, words[2], 600));
        sc__stream_close(s);
    }
    sc__buffer_deinit(&packed);
    sc__buffer_deinit(&text);
}

TEST(stream_recovers, "format/stream/recovers") {
    check_recovers(add_gzip, "a.gz");
    check_recovers(add_zstd, "a.zst");
}

TEST(stream_bomb, "format/stream/bomb") {
    sc_buffer packed = SC_BUFFER_INIT, text = SC_BUFFER_INIT;
    const size_t n = 80 << 20;
    char *zeros = calloc(1, n);
    CHECK(zeros);
    add_zstd(&packed, zeros, n);
    free(zeros);
    CHECK_STATUS(SC_FORMAT, read_file(&text, put_buffer("a.zst", &packed)));
    CHECK_ERROR("more than 512 times");
    CHECK(text.len < (SC_STREAM_RATIO_FLOOR + (1 << 20)));
    sc__buffer_deinit(&packed);
    sc__buffer_deinit(&text);
}
