/* replay.c - every fuzz target runs over its seeds, tests/corpus/NAME, as test "fuzz/NAME". The
 * Makefile compiles fuzz/fuzz_NAME.c with its function named replay_NAME and lists the names in
 * fuzz_table.def, so that no target can be forgotten. */
#include "test.h"

#include "base/file.h"

static void replay(const char *name, int (*fuzz)(const uint8_t *, size_t)) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found;
    char dir[128];
    snprintf(dir, sizeof dir, "corpus/%s", name);
    CHECK_OK(sc__paths_find(&found, &a, test_data(dir)));
    for (int64_t i = 0; i < found.n; i++) {
        sc_buffer b = SC_BUFFER_INIT;
        CHECK_OK(sc__file_read(&b, found.paths[i], (size_t)1 << 24));
        for (size_t n = b.len, step = n / 64 + 1;; n -= step) { /* and cut short */
            uint8_t *exact = malloc(n + !n); /* so that a sanitizer sees one byte too many */
            CHECK(exact);
            if (n) memcpy(exact, b.data, n);
            fuzz(exact, n);
            free(exact);
            if (n < step) break;
        }
        sc__buffer_deinit(&b);
    }
    sc__arena_deinit(&a);
}

#define FUZZ(name)                                                                                 \
    int replay_##name(const uint8_t *data, size_t size);                                           \
    TEST(replay_##name, "fuzz/" #name) { replay(#name, replay_##name); }
#include "fuzz_table.def"
