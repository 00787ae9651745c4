/* test_files.c - many files, each read once. */
#include "test.h"

#include "account/files.h"

#include <unistd.h>

static sc_paths make(sc_arena *a, int n) {
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "d/%03d", i);
        CHECK_OK(sc__file_write(test_path(name), name, strlen(name)));
    }
    sc_paths p;
    CHECK_OK(sc__paths_find(&p, a, test_path("d")));
    CHECK_INT(p.n, n);
    return p;
}

TEST(files_many, "account/files/many") {
    enum { N = 40 };
    sc_arena a = SC_ARENA_INIT;
    sc_file_hashes *h;
    sc_file_hash *first, *again;
    CHECK_OK(sc__dir_make(test_path("d")));
    const sc_paths p = make(&a, N);
    CHECK_OK(sc__file_hashes_open(&h, 3));
    CHECK_OK(sc__file_hashes_get(&first, h, &a, &p));
    for (int i = 0; i < N; i++) {
        sc_digest d;
        CHECK_OK(sc__hash_file(&d, p.paths[i]));
        CHECK_STR(first[i].digest.hex, d.hex);
        CHECK_INT(first[i].bytes, 5);
    }
    CHECK_OK(sc__file_write(p.paths[7], "other", 5));
    CHECK_OK(sc__file_hashes_get(&again, h, &a, &p));
    for (int i = 0; i < N; i++)
        CHECK_INT(strcmp(first[i].digest.hex, again[i].digest.hex) != 0, i == 7);
    sc__file_hashes_close(h);
    sc__arena_deinit(&a);
}

TEST(files_bad, "account/files/bad") {
    sc_arena a = SC_ARENA_INIT;
    sc_file_hashes *h;
    sc_file_hash *out;
    char *paths[] = {(char *)(uintptr_t)test_path("none")};
    const sc_paths p = {paths, 1};
    CHECK_OK(sc__file_hashes_open(&h, 1));
    CHECK_STATUS(SC_IO, sc__file_hashes_get(&out, h, &a, &p));
    CHECK_ERROR("none");
    paths[0] = (char *)(uintptr_t)test_dir();
    CHECK_STATUS(SC_IO, sc__file_hashes_get(&out, h, &a, &p));
    CHECK_ERROR("not a regular file");
    sc__file_hashes_close(h);
    sc__arena_deinit(&a);
}

TEST(files_text, "account/files/text") {
    json_t *v = sc__json_text("a\xFF\xC3\xBC");
    CHECK_STR(json_string_value(v), "a\xEF\xBF\xBD\xC3\xBC");
    json_decref(v);
}
