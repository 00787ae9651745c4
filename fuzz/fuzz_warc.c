/* fuzz_warc.c - any bytes as a web archive, and its blocks as HTTP: records or refusals, to the
 * end.
 */
#include "format/source/http.h"
#include "format/source/warc.h"
#include "memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const sc_warc_record *r) {
    sc_buffer room = SC_BUFFER_INIT;
    sc_http h;
    if (r->n && sc__http_parse(&h, &room, r->block, r->n, 1 << 16) >= 0 && h.n)
        sc_assert(h.body[0] == h.body[0] && h.body[h.n - 1] == h.body[h.n - 1]);
    sc__buffer_deinit(&room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory m = {data, size};
    sc_window w = {0};
    sc_warc *warc = NULL;
    sc_warc_record r;
    if (sc__stream_wrap(&w.stream, "fuzz", memory_read, &m) >= 0 &&
        sc__warc_open(&warc, &w, "fuzz", 1 << 12) >= 0) {
        size_t n = 0;
        for (sc_status s; (s = sc__warc_next(&r, warc)) != SC_DONE; n++) {
            sc_assert(n <= (size_t)1 << 20);
            if (s == SC_OK) use(&r);
            if (s < 0 && s != SC_FORMAT) break;
        }
    }
    sc__warc_close(warc);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    return 0;
}
