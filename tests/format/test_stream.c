/* test_stream.c - names choose the reader (archives are tested in test_documents.c). */
#include "test.h"

#include "base/file.h"
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
    CHECK_INT(test_oom(open_all, paths), 5);
}
