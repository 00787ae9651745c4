/* fuzz_archive.c - any bytes as a packed file, and as a tar or zip: members or refusals, to the
 * end.
 */
#include "base/utf8.h"
#include "format/source/archive.h"
#include "memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sc_status read_member(sc_archive *a) {
    char bytes[4096];
    size_t got = 1, all = 0;
    sc_status s = SC_OK;
    while (s == SC_OK && got && all < (size_t)1 << 20) {
        s = sc__archive_read(&got, a, bytes, sizeof bytes);
        all += got;
    }
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory m = {data, size};
    sc_window w = {0};
    sc_archive *a = NULL;
    sc_archive_member member;
    if (sc__stream_wrap(&w.stream, "fuzz", memory_read, &m) >= 0 &&
        sc__archive_open(&a, &w, "fuzz") >= 0) {
        int n = 0;
        for (sc_status s; n < 1000 && (s = sc__archive_next(&member, a)) != SC_DONE; n++) {
            if (s < 0) continue;
            sc_assert(sc__utf8_valid_prefix(member.name, strlen(member.name)) ==
                      strlen(member.name));
            if (read_member(a) == SC_NOMEM) break;
        }
    }
    sc__archive_close(a);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    return 0;
}
