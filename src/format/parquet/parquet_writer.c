/* parquet_writer.c - see parquet_writer.h. A row group is held in memory as its compressed pages,
 * column by column, until it is written; the footer grows by a few bytes a row group. */
#include "format/parquet/parquet_writer.h"

#include "format/parquet/metadata.h"
#include "socle/version.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { PAGE_BYTES = 1 << 20, GROUP_BYTES = 64 << 20, ZSTD_LEVEL = 3, CODEC_ZSTD = 6 };
enum { UTF8 = 0, JSON = 19, LOGICAL_STRING = 1, LOGICAL_JSON = 12 };

typedef struct {
    sc_buffer values; /* of the present page */
    sc_buffer levels; /* its definition levels: runs that have ended */
    int64_t n_page;
    int level; /* of the run that goes on */
    int64_t n_run;
    sc_buffer chunk; /* finished pages of the row group */
    int64_t n_chunk, uncompressed;
} column;

struct sc_parquet_writer {
    const sc_parquet_string *strings;
    int n;
    sc_writer file;
    ZSTD_CCtx *zstd;
    column columns[SC_PARQUET_COLUMNS_MAX];
    sc_buffer body, packed; /* a page before and after compression */
    sc_buffer groups;       /* RowGroup structures */
    int64_t n_groups, n_rows, group_rows;
    size_t group_bytes;
};

/* ---- Thrift's compact protocol --------------------------------------------------------------- */

static void varint(sc_buffer *b, uint64_t v) {
    for (; v > 127; v >>= 7) sc__buffer_putc(b, (char)(v | 128));
    sc__buffer_putc(b, (char)v);
}

/* The head of a field; ids of a structure come in order, `last` is that of the one before. */
static void field(sc_buffer *b, int *last, int id, sc_thrift_type type) {
    sc__buffer_putc(b, (char)((id - *last) << 4 | (int)type));
    *last = id;
}

static void zigzag(sc_buffer *b, int64_t v) { varint(b, (uint64_t)v << 1 ^ (uint64_t)(v >> 63)); }

static void int32(sc_buffer *b, int *last, int id, int64_t v) {
    field(b, last, id, SC_THRIFT_I32);
    zigzag(b, v);
}

static void int64(sc_buffer *b, int *last, int id, int64_t v) {
    field(b, last, id, SC_THRIFT_I64);
    zigzag(b, v);
}

static void bytes(sc_buffer *b, const char *s) {
    varint(b, strlen(s));
    sc__buffer_puts(b, s);
}

static void text(sc_buffer *b, int *last, int id, const char *s) {
    field(b, last, id, SC_THRIFT_BINARY);
    bytes(b, s);
}

static void list(sc_buffer *b, int *last, int id, sc_thrift_type type, int64_t n) {
    field(b, last, id, SC_THRIFT_LIST);
    sc__buffer_putc(b, (char)(0xF0 | (int)type));
    varint(b, (uint64_t)n);
}

static void stop(sc_buffer *b) { sc__buffer_putc(b, 0); }

/* ---- pages ----------------------------------------------------------------------------------- */

static void end_run(column *c) {
    if (!c->n_run) return;
    varint(&c->levels, (uint64_t)c->n_run << 1);
    sc__buffer_putc(&c->levels, (char)c->level);
    c->n_run = 0;
}

/* PageHeader. */
static void page_header(sc_buffer *b, const sc_buffer *body, const sc_buffer *packed, int64_t n) {
    int last = 0, inner = 0;
    const uint32_t crc = (uint32_t)crc32(0, (const Bytef *)packed->data, (uInt)packed->len);
    int32(b, &last, 1, SC_PARQUET_DATA_PAGE);
    int32(b, &last, 2, (int64_t)body->len);
    int32(b, &last, 3, (int64_t)packed->len);
    int32(b, &last, 4, (int32_t)crc);
    field(b, &last, 5, SC_THRIFT_STRUCT); /* DataPageHeader */
    int32(b, &inner, 1, n);
    int32(b, &inner, 2, SC_PARQUET_PLAIN);
    int32(b, &inner, 3, SC_PARQUET_RLE);
    int32(b, &inner, 4, SC_PARQUET_RLE);
    stop(b);
    stop(b);
}

static sc_status pack(sc_parquet_writer *w) {
    const size_t most = ZSTD_compressBound(w->body.len);
    sc__buffer_clear(&w->packed);
    void *to = sc__buffer_extend(&w->packed, most);
    if (!to) return w->packed.status;
    const size_t n = ZSTD_compressCCtx(w->zstd, to, most, w->body.data, w->body.len, ZSTD_LEVEL);
    if (ZSTD_isError(n))
        return SC_FAIL(SC_NOMEM, "%s: zstd: %s", w->file.path, ZSTD_getErrorName(n));
    w->packed.len = n;
    return SC_OK;
}

static sc_status flush_page(sc_parquet_writer *w, column *c) {
    if (!c->n_page) return SC_OK;
    end_run(c);
    SC_TRY(c->levels.status);
    SC_TRY(c->values.status);
    const uint32_t n_levels = (uint32_t)c->levels.len;
    sc__buffer_clear(&w->body);
    sc__buffer_append(&w->body, &n_levels, sizeof n_levels);
    sc__buffer_append(&w->body, c->levels.data, c->levels.len);
    sc__buffer_append(&w->body, c->values.data, c->values.len);
    SC_TRY(w->body.status);
    SC_TRY(pack(w));
    const size_t before = c->chunk.len;
    page_header(&c->chunk, &w->body, &w->packed, c->n_page);
    c->uncompressed += (int64_t)(c->chunk.len - before + w->body.len);
    sc__buffer_append(&c->chunk, w->packed.data, w->packed.len);
    c->n_chunk += c->n_page;
    c->n_page = 0;
    sc__buffer_clear(&c->levels);
    sc__buffer_clear(&c->values);
    return c->chunk.status;
}

/* ---- row groups ------------------------------------------------------------------------------ */

/* ColumnChunk with its ColumnMetaData. */
static void describe_chunk(sc_buffer *b, const column *c, const char *name, int64_t at) {
    int last = 0, inner = 0;
    int64(b, &last, 2, at);
    field(b, &last, 3, SC_THRIFT_STRUCT);
    int32(b, &inner, 1, SC_PARQUET_BYTE_ARRAY);
    list(b, &inner, 2, SC_THRIFT_I32, 2);
    zigzag(b, SC_PARQUET_PLAIN);
    zigzag(b, SC_PARQUET_RLE);
    list(b, &inner, 3, SC_THRIFT_BINARY, 1);
    bytes(b, name);
    int32(b, &inner, 4, CODEC_ZSTD);
    int64(b, &inner, 5, c->n_chunk);
    int64(b, &inner, 6, c->uncompressed);
    int64(b, &inner, 7, (int64_t)c->chunk.len);
    int64(b, &inner, 9, at);
    stop(b);
    stop(b);
}

static sc_status flush_group(sc_parquet_writer *w) {
    int last = 0;
    int64_t total = 0;
    if (!w->group_rows) return SC_OK;
    list(&w->groups, &last, 1, SC_THRIFT_STRUCT, w->n);
    for (int i = 0; i < w->n; i++) {
        column *c = &w->columns[i];
        SC_TRY(flush_page(w, c));
        describe_chunk(&w->groups, c, w->strings[i].name, (int64_t)w->file.written);
        sc__writer_append(&w->file, c->chunk.data, c->chunk.len);
        total += c->uncompressed;
        c->n_chunk = c->uncompressed = 0;
        sc__buffer_clear(&c->chunk);
    }
    int64(&w->groups, &last, 2, total);
    int64(&w->groups, &last, 3, w->group_rows);
    stop(&w->groups);
    w->n_groups++;
    w->n_rows += w->group_rows;
    w->group_rows = 0;
    w->group_bytes = 0;
    return w->groups.status < 0 ? w->groups.status : w->file.status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void append_value(column *c, sc_slice v) {
    const int level = v.p != NULL;
    const uint32_t n = (uint32_t)v.n;
    if (level != c->level) end_run(c);
    c->level = level;
    c->n_run++;
    c->n_page++;
    if (!v.p) return;
    sc__buffer_append(&c->values, &n, sizeof n);
    sc__buffer_append(&c->values, v.p, v.n);
}

sc_status sc__parquet_writer_append(sc_parquet_writer *w, const sc_slice *values) {
    for (int i = 0; i < w->n; i++)
        if (values[i].p && values[i].n > SC_PARQUET_VALUE_MAX)
            return SC_FAIL(SC_FORMAT, "%s: column %s: a value of %zu bytes, at most %d",
                           w->file.path, w->strings[i].name, values[i].n, SC_PARQUET_VALUE_MAX);
    for (int i = 0; i < w->n; i++) {
        column *c = &w->columns[i];
        append_value(c, values[i]);
        w->group_bytes += 1 + (values[i].p ? values[i].n : 0);
        if (c->values.len + c->levels.len + (size_t)c->n_run >= PAGE_BYTES)
            SC_TRY(flush_page(w, c));
        SC_TRY(c->values.status);
    }
    w->group_rows++;
    return w->group_bytes >= GROUP_BYTES ? flush_group(w) : SC_OK;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* SchemaElement of the root, then of each column. */
static void describe_schema(sc_buffer *b, const sc_parquet_writer *w) {
    int last = 0;
    text(b, &last, 4, "schema");
    int32(b, &last, 5, w->n);
    stop(b);
    for (int i = 0; i < w->n; i++) {
        const bool json = w->strings[i].is_json;
        int logical = 0;
        last = 0;
        int32(b, &last, 1, SC_PARQUET_BYTE_ARRAY);
        int32(b, &last, 3, SC_PARQUET_OPTIONAL);
        text(b, &last, 4, w->strings[i].name);
        int32(b, &last, 6, json ? JSON : UTF8);
        field(b, &last, 10, SC_THRIFT_STRUCT);
        field(b, &logical, json ? LOGICAL_JSON : LOGICAL_STRING, SC_THRIFT_STRUCT);
        stop(b);
        stop(b);
        stop(b);
    }
}

/* FileMetaData. */
static sc_status write_footer(sc_parquet_writer *w) {
    sc_buffer *b = &w->body;
    char maker[64];
    int last = 0;
    snprintf(maker, sizeof maker, "socle version %s", sc_version());
    sc__buffer_clear(b);
    int32(b, &last, 1, 2);
    list(b, &last, 2, SC_THRIFT_STRUCT, w->n + 1);
    describe_schema(b, w);
    int64(b, &last, 3, w->n_rows);
    list(b, &last, 4, SC_THRIFT_STRUCT, w->n_groups);
    sc__buffer_append(b, w->groups.data, w->groups.len);
    text(b, &last, 6, maker);
    stop(b);
    SC_TRY(b->status);
    if (b->len > UINT32_MAX) return SC_FAIL(SC_FORMAT, "%s: too many row groups", w->file.path);
    const uint32_t n = (uint32_t)b->len;
    sc__writer_append(&w->file, b->data, b->len);
    sc__writer_append(&w->file, &n, sizeof n);
    sc__writer_append(&w->file, "PAR1", 4);
    return w->file.status;
}

sc_status sc__parquet_writer_open(sc_parquet_writer **out, const char *path,
                                  const sc_parquet_string *columns, int n) {
    *out = NULL;
    sc_assert(n >= 1 && n <= SC_PARQUET_COLUMNS_MAX);
    sc_parquet_writer *w = sc__calloc(1, sizeof *w);
    if (!w) return SC_FAIL(SC_NOMEM, "%s", path);
    w->strings = columns;
    w->n = n;
    w->file.fd = -1;
    w->zstd = ZSTD_createCCtx();
    sc_status s = w->zstd ? sc__writer_open(&w->file, path) : SC_FAIL(SC_NOMEM, "%s: zstd", path);
    if (s < 0) {
        sc__parquet_writer_abandon(w);
        return s;
    }
    sc__writer_append(&w->file, "PAR1", 4);
    *out = w;
    return SC_OK;
}

sc_status sc__parquet_writer_commit(sc_parquet_writer *w) {
    sc_status s = flush_group(w);
    if (s >= 0) s = write_footer(w);
    if (s >= 0) s = sc__writer_commit(&w->file);
    sc__parquet_writer_abandon(w);
    return s;
}

void sc__parquet_writer_abandon(sc_parquet_writer *w) {
    if (!w) return;
    sc__writer_abandon(&w->file);
    for (int i = 0; i < w->n; i++) {
        sc__buffer_deinit(&w->columns[i].values);
        sc__buffer_deinit(&w->columns[i].levels);
        sc__buffer_deinit(&w->columns[i].chunk);
    }
    sc__buffer_deinit(&w->body);
    sc__buffer_deinit(&w->packed);
    sc__buffer_deinit(&w->groups);
    ZSTD_freeCCtx(w->zstd);
    sc__free(w);
}
