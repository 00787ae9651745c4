/* fuzz_csv.c - any bytes as a table: rows or refusals, to the end. */
#include "format/source/csv.h"
#include "memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory m = {data, size};
    sc_window w = {0};
    sc_csv *csv = NULL;
    sc_csv_row row;
    if (sc__stream_wrap(&w.stream, "fuzz.csv", memory_read, &m) >= 0 &&
        sc__csv_open(&csv, &w, "fuzz.csv", 0, 1 << 12) >= 0) {
        size_t n = 0, all = 0;
        for (sc_status s; (s = sc__csv_next(&row, csv)) != SC_DONE; n++) {
            sc_assert(n <= (size_t)1 << 20);
            if (s < 0 && s != SC_FORMAT) break;
            for (int i = 0; s == SC_OK && i < row.n; i++) all += row.fields[i].n;
            if (s < 0 && w.damaged) break;
        }
        (void)all;
    }
    sc__csv_close(csv);
    sc__stream_close(w.stream);
    sc__window_deinit(&w);
    return 0;
}
