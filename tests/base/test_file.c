/* test_file.c - what is written is there wholly or not at all. */
#include "test.h"

#include "base/file.h"
#include "base/hash.h"

static void check_content(const char *path, const char *want) {
    sc_buffer b = SC_BUFFER_INIT;
    CHECK_OK(sc__file_read(&b, path, 1000));
    CHECK_STR(b.data, want);
    sc__buffer_deinit(&b);
}

TEST(write_is_atomic, "base/file/atomic") {
    const char *path = test_path("a.txt");
    CHECK_OK(sc__file_write(path, "old", 3));
    for (int k = 0; k < 3; k++) { /* write, fsync, rename */
        sc__file_fail_at(k);
        CHECK_STATUS(SC_IO, sc__file_write(path, "newer", 5));
        CHECK_ERROR("a.txt");
        sc__file_fail_at(-1);
        check_content(path, "old");
    }
    CHECK_OK(sc__file_write(path, "newer", 5));
    check_content(path, "newer");
    sc_arena a = SC_ARENA_INIT;
    sc_paths found;
    CHECK_OK(sc__paths_find(&found, &a, test_dir()));
    CHECK_INT(found.n, 1); /* no temporary file left */
    sc__arena_deinit(&a);
}

TEST(patch, "base/file/patch") {
    sc_writer w;
    CHECK_OK(sc__writer_open(&w, test_path("a.txt")));
    sc__writer_append(&w, "????body", 8);
    sc__writer_patch(&w, 0, "head", 4);
    sc__writer_append(&w, "tail", 4);
    CHECK_OK(sc__writer_commit(&w));
    check_content(test_path("a.txt"), "headbodytail");
    CHECK_OK(sc__writer_open(&w, test_path("a.txt")));
    sc__writer_append(&w, "x", 1);
    sc__file_fail_at(1); /* the write of the patch; the flush comes first */
    sc__writer_patch(&w, 0, "y", 1);
    sc__file_fail_at(-1);
    CHECK_STATUS(SC_IO, sc__writer_commit(&w));
    check_content(test_path("a.txt"), "headbodytail");
}

TEST(scratch, "base/file/scratch") {
    sc_scratch s = {.fd = -1};
    uint64_t first, second;
    char got[8] = "";
    CHECK_STATUS(SC_IO, sc__scratch_open(&s, test_path("none")));
    sc__scratch_close(&s);
    CHECK_OK(sc__dir_make(test_path("there")));
    CHECK_OK(sc__scratch_open(&s, test_path("there")));
    CHECK_OK(sc__dir_remove(test_path("there"))); /* nothing of it has a name */
    CHECK_OK(sc__scratch_append(&s, &first, "one", 3));
    CHECK_OK(sc__scratch_append(&s, &second, "second", 6));
    CHECK_OK(sc__scratch_read(&s, got, 6, second));
    CHECK_STR(got, "second");
    CHECK_OK(sc__scratch_read(&s, got, 3, first));
    CHECK(!memcmp(got, "one", 3));
    CHECK_STATUS(SC_IO, sc__scratch_read(&s, got, 7, second));
    CHECK_ERROR("shorter");
    sc__file_fail_at(0);
    CHECK_STATUS(SC_IO, sc__scratch_append(&s, &first, "x", 1));
    sc__file_fail_at(-1);
    sc__scratch_close(&s);
}

TEST(paths, "base/file/paths") {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found;
    CHECK_OK(sc__dir_make(test_path("x/y/z")));
    CHECK_OK(sc__file_write(test_path("x/b.txt"), "b", 1));
    CHECK_OK(sc__file_write(test_path("x/y/a.txt"), "a", 1));
    CHECK_OK(sc__file_write(test_path("x/.hidden"), "h", 1));
    CHECK_OK(sc__paths_find(&found, &a, test_path("x")));
    CHECK_INT(found.n, 2);
    CHECK_STR(sc__path_name(found.paths[0]), "b.txt");
    CHECK_OK(sc__paths_find(&found, &a, test_path("x/*.txt")));
    CHECK_INT(found.n, 1);
    CHECK_STATUS(SC_IO, sc__paths_find(&found, &a, test_path("none")));
    CHECK_STATUS(SC_IO, sc__paths_find(&found, &a, test_path("x/y/z")));
    CHECK_OK(sc__dir_remove(test_path("x")));
    CHECK(!sc__path_exists(test_path("x")));
    sc__arena_deinit(&a);
}

TEST(folders, "base/file/folders-are-as-they-were") {
    sc_arena a = SC_ARENA_INIT;
    sc_folders before;
    CHECK_OK(sc__dir_make(test_path("a/kept")));
    CHECK_OK(sc__folders_note(&before, &a, test_path("a/b/c/")));
    CHECK_OK(sc__dir_make(test_path("a/b/c/d/e")));
    CHECK_OK(sc__dir_make(test_path("a/b/f")));
    sc__folders_restore(&before);
    CHECK(!sc__path_exists(test_path("a/b/c")));
    CHECK(sc__path_exists(test_path("a/b/f"))); /* somebody else's */
    CHECK(sc__path_exists(test_path("a/kept")));

    CHECK_OK(sc__folders_note(&before, &a, test_path("a")));
    CHECK_OK(sc__dir_make(test_path("a/b/f/g")));
    CHECK_OK(sc__dir_make(test_path("a/h")));
    CHECK_OK(sc__file_write(test_path("a/h/file"), "x", 1));
    sc__folders_restore(&before);
    CHECK(!sc__path_exists(test_path("a/b/f/g")));
    CHECK(sc__path_exists(test_path("a/b/f")));
    CHECK(sc__path_exists(test_path("a/h/file")));

    const char *file = test_path("x.jsonl"); /* of which a step makes no folder */
    CHECK_OK(sc__folders_note(&before, &a, file));
    CHECK_OK(sc__file_write(file, "x", 1));
    sc__folders_restore(&before);
    CHECK(sc__path_exists(file));
    sc__arena_deinit(&a);
}

TEST(sha256, "base/hash/sha256") { /* FIPS 180-2, appendix B.1 */
    sc_digest d;
    CHECK_OK(sc__hash_bytes(&d, "abc", 3));
    CHECK_STR(d.hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_OK(sc__file_write(test_path("abc"), "abc", 3));
    CHECK_OK(sc__hash_file(&d, test_path("abc")));
    CHECK_STR(d.hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_STATUS(SC_IO, sc__hash_file(&d, test_path("none")));
}
