/* parquet.c - opening a file: "PAR1", column chunks, footer, the footer's length in four bytes,
 * "PAR1". */
#include "format/parquet/parquet.h"

#include "format/parquet/metadata.h"

#include <string.h>

enum { MAGIC = 4, TAIL = 8, LEAST = MAGIC + TAIL };

bool sc__parquet_is(const void *bytes, size_t n) {
    return n >= MAGIC && (!memcmp(bytes, "PAR1", MAGIC) || !memcmp(bytes, "PARE", MAGIC));
}

static sc_status find_footer(sc_parquet *f) {
    uint32_t n;
    if (f->size < LEAST || !sc__parquet_is(f->data, f->size))
        return SC_FAIL(SC_FORMAT, "%s: not a Parquet file", f->path);
    const unsigned char *tail = f->data + f->size - TAIL;
    if (!memcmp(tail + 4, "PARE", MAGIC) || !memcmp(f->data, "PARE", MAGIC))
        return SC_FAIL(SC_FORMAT, "%s: the footer is encrypted, which is not supported", f->path);
    if (memcmp(tail + 4, "PAR1", MAGIC))
        return SC_FAIL(SC_FORMAT, "%s: does not end as a Parquet file: cut short?", f->path);
    memcpy(&n, tail, sizeof n);
    if (n > f->size - LEAST)
        return SC_FAIL(SC_FORMAT, "%s: byte %zu: footer of %u bytes in a file of %zu", f->path,
                       f->size - TAIL, n, f->size);
    f->footer_at = f->size - TAIL - n;
    return SC_OK;
}

static sc_status read(sc_parquet *f, const char *path) {
    f->path = sc__arena_strdup(&f->arena, path);
    if (!f->path) return SC_FAIL(SC_NOMEM, "%s", path);
    SC_TRY(find_footer(f));
    return sc__parquet_read_footer(f, f->data + f->size - TAIL);
}

static sc_status finish(sc_parquet **out, sc_parquet *f, sc_status s) {
    if (s < 0)
        sc__parquet_close(f);
    else
        *out = f;
    return s;
}

sc_status sc__parquet_parse(sc_parquet **out, const void *bytes, size_t n, const char *name) {
    *out = NULL;
    sc_parquet *f = sc__calloc(1, sizeof *f);
    if (!f) return SC_FAIL(SC_NOMEM, "%s", name);
    f->data = bytes;
    f->size = n;
    return finish(out, f, read(f, name));
}

sc_status sc__parquet_open(sc_parquet **out, const char *path) {
    *out = NULL;
    sc_parquet *f = sc__calloc(1, sizeof *f);
    if (!f) return SC_FAIL(SC_NOMEM, "%s", path);
    sc_status s = sc__map_open(&f->map, path);
    f->data = f->map.data;
    f->size = f->map.size;
    if (s >= 0) s = read(f, path);
    return finish(out, f, s);
}

void sc__parquet_close(sc_parquet *f) {
    if (!f) return;
    sc__map_close(&f->map);
    sc__arena_deinit(&f->arena);
    sc__free(f);
}
