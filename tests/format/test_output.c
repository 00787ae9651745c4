/* test_output.c - what is written is read again, and what is not committed was never there. */
#include "test.h"

#include "format/output.h"
#include "format/stream.h"

TEST(output_names, "format/output/names") {
    CHECK(sc__output_is_file("-"));
    CHECK(sc__output_is_file("a.jsonl"));
    CHECK(sc__output_is_file("a/b.jsonl.gz"));
    CHECK(!sc__output_is_file("corpus"));
    CHECK(!sc__output_is_file("corpus.zst"));
    CHECK_STR(sc__output_packing("-"), "plain");
    CHECK_STR(sc__output_packing("a.jsonl.gz"), "a.jsonl.gz");
    CHECK_STR(sc__output_packing("corpus"), ".jsonl.zst");
}

static void pack(sc_buffer *out, const char *name, const char *text) {
    sc_packer *p;
    CHECK_OK(sc__packer_open(&p, sc__output_packing(name)));
    CHECK_OK(sc__packer_run(p, out, text, strlen(text)));
    sc__packer_close(p);
}

static void check_reads(const char *path, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__stream_read_all(&b, path, 1000));
    CHECK_STR(b.data ? b.data : "", want);
    sc__buffer_deinit(&b);
}

TEST(output_writes, "format/output/writes") {
    static const char *const names[] = {"a.jsonl", "b.jsonl.gz", "c.jsonl.zst"};
    for (int i = 0; i < 3; i++) {
        const char *path = test_path(names[i]);
        sc_output o;
        sc_buffer b = SC_BUFFER_INIT;
        CHECK_OK(sc__output_open(&o, path));
        for (int k = 0; k < 2; k++) {
            sc__buffer_clear(&b);
            pack(&b, path, k ? "two\n" : "one\n");
            CHECK_OK(sc__output_append(&o, b.data, b.len));
        }
        CHECK(!sc__path_exists(path));
        CHECK_OK(sc__output_commit(&o));
        check_reads(path, "one\ntwo\n");
        CHECK_OK(sc__output_open(&o, path));
        CHECK_OK(sc__output_append(&o, "half", 4));
        sc__output_close(&o);
        check_reads(path, "one\ntwo\n"); /* as it was */
        sc__buffer_deinit(&b);
    }
    sc_arena a = SC_ARENA_INIT;
    sc_paths found;
    CHECK_OK(sc__paths_find(&found, &a, test_dir()));
    CHECK_INT(found.n, 3); /* nothing temporary */
    sc__arena_deinit(&a);
}

TEST(output_empty, "format/output/an-empty-archive-is-one") {
    static const char *const names[] = {"a.jsonl", "b.jsonl.gz", "c.jsonl.zst"};
    for (int i = 0; i < 3; i++) {
        sc_output o;
        uint64_t size;
        CHECK_OK(sc__output_open(&o, test_path(names[i])));
        CHECK_OK(sc__output_commit(&o));
        check_reads(test_path(names[i]), "");
        CHECK_OK(sc__path_size(test_path(names[i]), &size));
        CHECK((size > 0) == (i > 0));
    }
}

TEST(output_fails, "format/output/full-disk") {
    sc_output o;
    CHECK_STATUS(SC_IO, sc__output_open(&o, test_path("no/such.jsonl")));
    CHECK(!o.open);
    for (int k = 0; k < 3; k++) { /* write, fsync, rename */
        CHECK_OK(sc__output_open(&o, test_path("a.jsonl")));
        CHECK_OK(sc__output_append(&o, "x\n", 2));
        sc__file_fail_at(k);
        CHECK_STATUS(SC_IO, sc__output_commit(&o));
        sc__file_fail_at(-1);
        CHECK(!o.open);
        CHECK(!sc__path_exists(test_path("a.jsonl")));
    }
}

TEST(output_refuses, "format/output/cannot-pack-so") {
    sc_packer *p;
    CHECK_STATUS(SC_USAGE, sc__packer_open(&p, "a.jsonl.xz"));
    CHECK_ERROR(".xz is read but not written");
    CHECK(!p);
}
