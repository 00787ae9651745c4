/* column.c - see column.h. */
#include "format/parquet/column.h"

#include "base/alloc.h"
#include "format/parquet/metadata.h"

#include <stdio.h>
#include <string.h>

void sc__parquet_column_init(sc_parquet_column *c, const sc_parquet *f, int64_t node,
                             sc_parquet_shared *shared) {
    char path[SC_PARQUET_PATH_BYTES];
    *c = (sc_parquet_column){.f = f, .leaf = &f->nodes[node], .shared = shared};
    snprintf(c->where, sizeof c->where, "column %s", sc__parquet_path(f, node, path));
}

void sc__parquet_column_deinit(sc_parquet_column *c) {
    sc__parquet_values_deinit(&c->values);
    sc__free(c->dictionary.starts);
    sc__free(c->page.data);
    sc__free(c->dictionary_page.data);
}

sc_status sc__parquet_column_context(const sc_parquet_column *c, sc_status s) {
    return sc__fail_context(s, "%s: %s: page at byte %zu", c->f->path, c->where, c->page_at);
}

sc_status sc__parquet_column_start(sc_parquet_column *c, const sc_parquet_group *g) {
    const sc_parquet_chunk *k = c->chunk = &g->chunks[c->leaf->column];
    const bool dictionary_first = k->dictionary_at > 0 && k->dictionary_at < k->data_at;
    const int64_t start = dictionary_first ? k->dictionary_at : k->data_at;
    const int64_t limit = (int64_t)c->f->footer_at;
    c->left = k->n_values;
    c->page_left = 0;
    c->ready = c->ended = c->has_dictionary = false;
    c->p = c->end = c->f->data;
    c->page_at = 0;
    if (!k->n_values) return SC_OK;
    if (start > limit || k->compressed > limit - start)
        return SC_FAIL(
            SC_FORMAT, "%s: %s: a chunk of %lld bytes at byte %lld, but the footer is at byte %lld",
            c->f->path, c->where, (long long)k->compressed, (long long)start, (long long)limit);
    c->p += start;
    c->end = c->p + k->compressed;
    return SC_OK;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static sc_status reserve(sc_parquet_memory *m, sc_parquet_shared *s, size_t n) {
    if (m->data && n <= m->cap) return SC_OK;
    s->used -= m->cap;
    sc__free(m->data);
    *m = (sc_parquet_memory){0};
    if (n > s->max - SC_MIN(s->used, s->max))
        return SC_FAIL(SC_FORMAT, "%zu bytes exceed the memory for pages: %zu of %zu are taken", n,
                       s->used, s->max);
    m->data = sc__alloc(n);
    if (!m->data) return SC_FAIL(SC_NOMEM, "%zu bytes", n);
    m->cap = n;
    s->used += n;
    return SC_OK;
}

/* n bytes of a page as they are written, as the n_out bytes they stand for. */
static sc_status expand(const unsigned char **out, sc_parquet_column *c, sc_parquet_memory *m,
                        const unsigned char *p, const size_t sizes[2]) {
    *out = p;
    SC_TRY(sc__parquet_codec_check(c->chunk->codec, sizes[0], sizes[1]));
    if (c->chunk->codec == SC_PARQUET_UNCOMPRESSED) {
        if (sizes[0] == sizes[1]) return SC_OK;
        return SC_FAIL(SC_FORMAT, "%zu bytes, not compressed, are to be %zu", sizes[0], sizes[1]);
    }
    SC_TRY(reserve(m, c->shared, sizes[1]));
    *out = m->data;
    return sc__parquet_decompress(&c->shared->codec, c->chunk->codec, p, sizes[0], m->data,
                                  sizes[1]);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static int bits_of(int max) { return max ? 32 - __builtin_clz((unsigned)max) : 0; }

static sc_status too_few(void) { return SC_FAIL(SC_FORMAT, "the levels exceed the page"); }

/* The levels of a page of version 1 at *p, which is moved behind them. */
static sc_status begin_levels(sc_hybrid *h, const unsigned char **p, const unsigned char *end,
                              const int64_t n_values, const int encoding_max[2]) {
    const size_t left = (size_t)(end - *p);
    const int width = bits_of(encoding_max[1]);
    uint32_t n;
    if (!width) {
        sc__hybrid_init(h, *p, 0, 0);
    } else if (encoding_max[0] == SC_PARQUET_RLE) {
        if (left < sizeof n) return too_few();
        memcpy(&n, *p, sizeof n);
        if (n > left - sizeof n) return too_few();
        sc__hybrid_init(h, *p + sizeof n, n, width);
        *p += sizeof n + n;
    } else if (encoding_max[0] == SC_PARQUET_BIT_PACKED) {
        const uint64_t bytes = ((uint64_t)n_values * (unsigned)width + 7) / 8;
        if (bytes > left) return too_few();
        sc__hybrid_init_big_endian(h, *p, (size_t)bytes, width);
        *p += bytes;
    } else {
        return SC_FAIL(SC_FORMAT, "levels in encoding %s (%d)",
                       sc__parquet_encoding_name(encoding_max[0]), encoding_max[0]);
    }
    return SC_OK;
}

static sc_status begin_values(sc_parquet_column *c, const sc_parquet_page *h,
                              const unsigned char *p, size_t n) {
    c->values.dictionary = c->has_dictionary ? &c->dictionary : NULL;
    c->page_left = h->n_values;
    return sc__parquet_values_begin(&c->values, c->leaf, h->encoding, p, n);
}

static sc_status read_v1(sc_parquet_column *c, const sc_parquet_page *h, const unsigned char *p) {
    const size_t sizes[2] = {(size_t)h->compressed, (size_t)h->uncompressed};
    const int reps[2] = {h->rep_encoding, c->leaf->max_rep};
    const int defs[2] = {h->def_encoding, c->leaf->max_def};
    SC_TRY(expand(&p, c, &c->page, p, sizes));
    const unsigned char *end = p + sizes[1];
    SC_TRY(begin_levels(&c->reps, &p, end, h->n_values, reps));
    SC_TRY(begin_levels(&c->defs, &p, end, h->n_values, defs));
    return begin_values(c, h, p, (size_t)(end - p));
}

/* Levels lie before the compressed part, their lengths in the header. */
static sc_status read_v2(sc_parquet_column *c, const sc_parquet_page *h, const unsigned char *p) {
    const int64_t levels = h->rep_bytes + h->def_bytes;
    if (levels > h->compressed || levels > h->uncompressed) return too_few();
    const size_t sizes[2] = {(size_t)(h->compressed - levels), (size_t)(h->uncompressed - levels)};
    sc__hybrid_init(&c->reps, p, (size_t)h->rep_bytes, bits_of(c->leaf->max_rep));
    p += h->rep_bytes;
    sc__hybrid_init(&c->defs, p, (size_t)h->def_bytes, bits_of(c->leaf->max_def));
    p += h->def_bytes;
    if (!h->is_compressed) return begin_values(c, h, p, sizes[0]);
    SC_TRY(expand(&p, c, &c->page, p, sizes));
    return begin_values(c, h, p, sizes[1]);
}

static sc_status read_dictionary(sc_parquet_column *c, const sc_parquet_page *h,
                                 const unsigned char *p) {
    const size_t sizes[2] = {(size_t)h->compressed, (size_t)h->uncompressed};
    if (c->has_dictionary) return SC_FAIL(SC_FORMAT, "a second dictionary");
    if (h->encoding != SC_PARQUET_PLAIN && h->encoding != SC_PARQUET_PLAIN_DICTIONARY)
        return SC_FAIL(SC_FORMAT, "a dictionary in encoding %s (%d)",
                       sc__parquet_encoding_name(h->encoding), h->encoding);
    SC_TRY(expand(&p, c, &c->dictionary_page, p, sizes));
    c->has_dictionary = true;
    return sc__parquet_dictionary_read(&c->dictionary, c->leaf, p, sizes[1], h->n_values);
}

static sc_status check_page(const sc_parquet_column *c, const sc_parquet_page *h,
                            const unsigned char *p) {
    if (h->has_crc && crc32(0, p, (uInt)h->compressed) != h->crc)
        return SC_FAIL(SC_FORMAT, "its bytes have not the checksum that its header tells");
    const bool data = h->type == SC_PARQUET_DATA_PAGE || h->type == SC_PARQUET_DATA_PAGE_V2;
    if (data && h->n_values > c->left)
        return SC_FAIL(SC_FORMAT, "%lld values where the chunk has %lld left",
                       (long long)h->n_values, (long long)c->left);
    return SC_OK;
}

static sc_status read_body(sc_parquet_column *c, const sc_parquet_page *h, const unsigned char *p) {
    SC_TRY(check_page(c, h, p));
    if (h->type == SC_PARQUET_DATA_PAGE) return read_v1(c, h, p);
    if (h->type == SC_PARQUET_DATA_PAGE_V2) return read_v2(c, h, p);
    if (h->type == SC_PARQUET_DICTIONARY_PAGE) return read_dictionary(c, h, p);
    return SC_OK; /* an index, or what is newer than this reader and may be passed over */
}

static sc_status read_page(sc_parquet_column *c) {
    sc_parquet_page h;
    sc_thrift t = {c->f->path, c->f->data, c->p, c->end, c->where, SC_OK};
    c->page_at = (size_t)(c->p - c->f->data);
    if (c->p == c->end)
        return SC_FAIL(SC_FORMAT, "%s: %s: byte %zu: the chunk ends %lld values early", c->f->path,
                       c->where, c->page_at, (long long)c->left);
    SC_TRY(sc__parquet_read_page(&h, &t));
    if (h.compressed > c->end - t.p)
        return SC_FAIL(SC_FORMAT,
                       "%s: %s: page at byte %zu: %lld bytes where the chunk has %td left",
                       c->f->path, c->where, c->page_at, (long long)h.compressed, c->end - t.p);
    c->p = t.p + h.compressed;
    const sc_status s = read_body(c, &h, t.p);
    return s < 0 ? sc__parquet_column_context(c, s) : SC_OK;
}

sc_status sc__parquet_column_read(sc_parquet_column *c) {
    uint32_t rep, def;
    while (!c->page_left && c->left) SC_TRY(read_page(c));
    c->ready = true;
    c->rep = 0;
    c->def = -1;
    c->ended = !c->left;
    if (c->ended) return SC_OK;
    if (!sc__hybrid_next(&rep, &c->reps) || !sc__hybrid_next(&def, &c->defs))
        return sc__parquet_column_context(
            c, SC_FAIL(SC_FORMAT, "the levels end early or make no sense"));
    if ((int64_t)rep > c->leaf->max_rep || (int64_t)def > c->leaf->max_def)
        return sc__parquet_column_context(c, SC_FAIL(SC_FORMAT, "levels %u, %u beyond %d, %d", rep,
                                                     def, c->leaf->max_rep, c->leaf->max_def));
    c->rep = (int)rep;
    c->def = (int)def;
    c->left--;
    c->page_left--;
    return SC_OK;
}
