/* corpus.h - a fuzz target over the files of tests/corpus/NAME. Names that begin with "bad-" must
 * be refused and those with "ok-" accepted, says `accepts`. */
#ifndef SC_TEST_CORPUS_H
#define SC_TEST_CORPUS_H

#include "test.h"

#include "base/file.h"

static inline void test_corpus(const char *name, int (*fuzz)(const uint8_t *, size_t),
                               sc_status (*accepts)(const char *path)) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found;
    char dir[128];
    snprintf(dir, sizeof dir, "corpus/%s", name);
    CHECK_OK(sc__paths_find(&found, &a, test_data(dir)));
    for (int64_t i = 0; i < found.n; i++) {
        const char *path = found.paths[i], *file = sc__path_name(path);
        sc_buffer b = SC_BUFFER_INIT;
        CHECK_OK(sc__file_read(&b, path, 1 << 24));
        uint8_t *exact = malloc(b.len ? b.len : 1); /* so that ASan sees a read past the end */
        CHECK(exact);
        if (b.len) memcpy(exact, b.data, b.len);
        fuzz(exact, b.len);
        free(exact);
        sc__buffer_deinit(&b);
        const sc_status s = accepts(path);
        if ((s >= 0) != !strncmp(file, "ok-", 3))
            test_fail(__FILE__, __LINE__, "%s: %s: %s", path, sc_status_name(s), sc_error_text());
        if (s < 0 && !strstr(sc_error_text(), file))
            test_fail(__FILE__, __LINE__, "\"%s\" does not name %s", sc_error_text(), file);
    }
    sc__arena_deinit(&a);
}

#endif
