/* items_parquet.c - rows of a Parquet file. Its directory is at its end: a file is mapped, and one
 * that is packed or in an archive is read into memory first. */
#include "base/alloc.h"
#include "format/source/items_part.h"
#include "format/parquet/parquet.h"

#include <string.h>

enum {
    PACKED_ITEMS = 8, /* a file that is not mapped may have so many times the limit of an item */
    FAILED_SHARE = 8  /* what a row that cannot be read counts for, of that limit */
};

typedef struct {
    sc_parquet *file;
    sc_parquet_rows *rows;
    sc_buffer row;
    uint64_t given; /* bytes of rows, more or less */
    bool ended;
} parquet;

static bool detect(const sc_item_level *l, const char *bytes, size_t n) {
    (void)l;
    return sc__parquet_is(bytes, n);
}

static void close_parquet(void *reader) {
    parquet *p = reader;
    sc__parquet_rows_close(p->rows);
    sc__parquet_close(p->file);
    sc__buffer_deinit(&p->row);
    sc__free(p);
}

static sc_status open_file(parquet *p, sc_item_level *l, size_t max_item) {
    if (!l->member && !sc__stream_is_packed(l->stream) && strcmp(l->path, "-") != 0)
        return sc__parquet_open(&p->file, l->path);
    const size_t max = PACKED_ITEMS * max_item;
    SC_TRY(sc__window_need(&l->window, max + 1));
    const size_t n = sc__window_left(&l->window);
    if (n > max)
        return SC_FAIL(SC_FORMAT, "%s: longer than %zu bytes, and not a file that can be mapped",
                       l->name, max);
    return sc__parquet_parse(&p->file, sc__window_at(&l->window), n, l->name);
}

static sc_status open_parquet(sc_item_level *l, size_t max_item) {
    parquet *p = l->reader = sc__calloc(1, sizeof *p);
    if (!p) return SC_FAIL(SC_NOMEM, "%s", l->name);
    SC_TRY(open_file(p, l, max_item));
    const sc_parquet_options o = {.max_memory = PACKED_ITEMS * max_item, .max_row = max_item};
    return sc__parquet_rows_open(&p->rows, p->file, &o);
}

/* A few bytes may say that a value is repeated two thousand million times. */
static sc_status check_ratio(parquet *p, const sc_item_level *l) {
    p->ended = p->given > SC_STREAM_RATIO_FLOOR && p->given / SC_STREAM_MAX_RATIO > p->file->size;
    if (!p->ended) return SC_OK;
    return SC_FAIL(SC_FORMAT,
                   "%s: row %lld: the rows become more than %d times as large as the file: not "
                   "read further",
                   l->name, (long long)sc__parquet_rows_number(p->rows), SC_STREAM_MAX_RATIO);
}

/* After a row that is too long or rows that are damaged, the next call gives what follows. */
static sc_status next_row(sc_item *out, sc_items *t, sc_item_level *l) {
    parquet *p = l->reader;
    if (p->ended) return SC_DONE;
    SC_TRY(check_ratio(p, l));
    sc__buffer_clear(&p->row);
    const sc_status s = sc__parquet_rows_next(&p->row, p->rows);
    p->given += s == SC_OK ? p->row.len : sc__items_max(t) / FAILED_SHARE;
    if (s != SC_OK) return s;
    *out = sc__item_of(l, SC_ITEM_PARQUET, p->row.data, p->row.len);
    out->line = sc__parquet_rows_number(p->rows);
    return SC_OK;
}

const sc_item_source sc__source_parquet = {detect, open_parquet, next_row, close_parquet};
