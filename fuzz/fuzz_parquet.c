/* fuzz_parquet.c - any bytes as a Parquet file: refused with a text, or rows that are JSON, within
 * the memory that was allowed. */
#include "base/alloc.h"
#include "format/json_scan.h"
#include "format/parquet/parquet.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_rows(const sc_parquet *f) {
    const sc_parquet_options o = {.max_memory = 1 << 24, .max_row = 1 << 16};
    sc_parquet_rows *r;
    sc_buffer row = SC_BUFFER_INIT;
    sc_status s = sc__parquet_rows_open(&r, f, &o);
    sc_assert(s >= 0 || strstr(sc_error_text(), "fuzz"));
    for (int i = 0; i < 300 && r && s != SC_DONE; i++) {
        sc__buffer_clear(&row);
        s = sc__parquet_rows_next(&row, r);
        sc_assert(s >= 0 || strstr(sc_error_text(), "fuzz"));
        if (s == SC_OK) sc_assert(sc__json_find(NULL, NULL, 0, row.data, row.len) >= 0);
    }
    sc__buffer_deinit(&row);
    sc__parquet_rows_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sc_parquet *f;
    sc_buffer schema = SC_BUFFER_INIT;
    if (sc__parquet_parse(&f, data, size, "fuzz") < 0) {
        sc_assert(!f && strstr(sc_error_text(), "fuzz"));
        return 0;
    }
    sc__parquet_print_schema(&schema, f);
    sc__buffer_deinit(&schema);
    read_rows(f);
    sc__parquet_close(f);
    return 0;
}
