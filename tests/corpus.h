/* corpus.h - the files of tests/corpus/NAME through a reader: those whose names begin with "ok-"
 * must be accepted, all others refused with a text that names the file. (tests/replay.c runs the
 * fuzz targets over the same files.) */
#ifndef SC_TEST_CORPUS_H
#define SC_TEST_CORPUS_H

#include "test.h"

#include "base/file.h"

static inline void test_corpus(const char *name, sc_status (*accepts)(const char *path)) {
    sc_arena a = SC_ARENA_INIT;
    sc_paths found;
    char dir[128];
    snprintf(dir, sizeof dir, "corpus/%s", name);
    CHECK_OK(sc__paths_find(&found, &a, test_data(dir)));
    for (int64_t i = 0; i < found.n; i++) {
        const char *path = found.paths[i], *file = sc__path_name(path);
        const sc_status s = accepts(path);
        if ((s >= 0) != !strncmp(file, "ok-", 3))
            test_fail(__FILE__, __LINE__, "%s: %s: %s", path, sc_status_name(s), sc_error_text());
        if (s < 0 && !strstr(sc_error_text(), file))
            test_fail(__FILE__, __LINE__, "\"%s\" does not name %s", sc_error_text(), file);
    }
    sc__arena_deinit(&a);
}

#endif
