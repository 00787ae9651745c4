/* text_index.c - opening an index of texts, and whether it is up to date. */
#define _GNU_SOURCE
#include "stage/curation/ask/text_index.h"

#include "account/files.h"
#include "base/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- where it lies --------------------------------------------------------------------------- */

static bool is_dots(const char *name) { return !strcmp(name, ".") || !strcmp(name, ".."); }

sc_status sc__text_index_path(char **out, sc_arena *a, const char *corpus) {
    const char *within = sc__path_join(a, corpus, "documents");
    size_t n = strlen(corpus);
    *out = NULL;
    if (!within) return SC_FAIL(SC_NOMEM, "%s", corpus);
    while (n > 1 && corpus[n - 1] == '/') n--;
    char *bare = sc__arena_strndup(a, corpus, n);
    if (bare && sc__path_is_dir(within)) {
        *out = sc__path_join(a, bare, "text.index");
    } else if (bare && is_dots(sc__path_name(bare))) {
        char *real = realpath(bare, NULL);
        if (!real) return SC_FAIL(SC_IO, "%s: %s", corpus, strerror(errno));
        *out = sc__arena_printf(a, "%s.index", real);
        free(real);
    } else if (bare) {
        *out = sc__arena_printf(a, "%s.index", bare);
    }
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "%s", corpus);
}

const char *sc__text_index_name(const char *root, const char *path) {
    const size_t n = strlen(root);
    if (strncmp(path, root, n) != 0 || !path[n]) return sc__path_name(path);
    for (path += n; *path == '/'; path++) {}
    return path;
}

/* ---- opening --------------------------------------------------------------------------------- */

typedef struct {
    sc_text_index *x;
    const unsigned char *bytes;
    uint64_t n;
} reader;

static sc_status damaged(const sc_text_index *x, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s: %s; is it an index of socle data index?", x->name, what);
}

/* Little-endian, as the machines that we run on are: the arrays are used where they lie. */
static uint64_t word(const unsigned char *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static bool holds(const reader *r, uint64_t at, uint64_t n) { return at <= r->n && n <= r->n - at; }

/* The next `count` items of `size` bytes; *at moves on to a multiple of 8. */
static const void *part(const reader *r, uint64_t *at, uint64_t count, uint64_t size) {
    const uint64_t start = *at;
    if (count > (r->n - start) / size) return NULL;
    const uint64_t end = start + count * size, next = (end + 7) & ~UINT64_C(7);
    if (next > r->n) return NULL;
    *at = next;
    return r->bytes + start;
}

static sc_status read_block(sc_index_block *b, const reader *r, const unsigned char *row) {
    *b = (sc_index_block){word(row), word(row + 8), word(row + 16), word(row + 24), word(row + 32),
                          NULL,      NULL,          NULL,           NULL,           NULL};
    uint64_t at = b->at;
    if (at % 8 || at > r->n || b->n_text > INT32_MAX || b->n_suffixes > b->n_text ||
        b->n_documents > b->n_text)
        return damaged(r->x, "the table of its blocks is not right");
    b->text = part(r, &at, b->n_text, 1);
    if (b->text) b->suffixes = part(r, &at, b->n_suffixes, 4);
    if (b->suffixes) b->begins = part(r, &at, b->n_documents + 1, 4);
    if (b->begins) b->heads = part(r, &at, b->n_documents + 1, 8);
    if (b->heads) b->head_bytes = part(r, &at, b->n_heads, 1);
    if (!b->head_bytes) return damaged(r->x, "it ends within a block");
    r->x->n_documents += (int64_t)b->n_documents;
    r->x->text_bytes += (int64_t)(b->n_text - b->n_documents);
    return SC_OK;
}

static sc_status read_about(const reader *r, uint64_t at, uint64_t n) {
    sc_text_index *x = r->x;
    const json_t *file;
    size_t i;
    SC_TRY(sc__json_parse(&x->about, (const char *)r->bytes + at, n, x->name));
    const json_t *files = json_object_get(x->about, "files");
    if (!json_is_array(files)) return damaged(x, "it does not name its files");
    x->n_files = (int64_t)json_array_size(files);
    json_array_foreach(files, i, file) {
        const json_t *name = json_object_get(file, "name");
        if (!json_is_string(name) || !json_is_integer(json_object_get(file, "bytes")) ||
            !json_is_integer(json_object_get(file, "modified")) ||
            !json_is_string(json_object_get(file, "sha256")))
            return damaged(x, "it does not name its files");
    }
    return SC_OK;
}

static sc_status read_all(const reader *r) {
    sc_text_index *x = r->x;
    if (r->n < SC_TEXT_INDEX_HEAD || memcmp(r->bytes, SC_TEXT_INDEX_MAGIC, 8) != 0)
        return damaged(x, "it does not begin as one");
    if (word(r->bytes + 8) != SC_TEXT_INDEX_VERSION)
        return SC_FAIL(SC_FORMAT, "%s: version %" PRIu64 " of the format, this socle reads %d",
                       x->name, word(r->bytes + 8), SC_TEXT_INDEX_VERSION);
    const uint64_t n = word(r->bytes + 16), table = word(r->bytes + 24),
                   about = word(r->bytes + 32), n_about = word(r->bytes + 40);
    if (n > r->n / SC_TEXT_INDEX_ROW || table % 8 || !holds(r, table, n * SC_TEXT_INDEX_ROW) ||
        !holds(r, about, n_about))
        return damaged(x, "its tables are not in it");
    x->n_blocks = (int64_t)n;
    x->blocks = sc__arena_array(&x->arena, n + 1, sizeof *x->blocks);
    if (!x->blocks) return SC_FAIL(SC_NOMEM, "%s", x->name);
    for (uint64_t i = 0; i < n; i++)
        SC_TRY(read_block(&x->blocks[i], r, r->bytes + table + i * SC_TEXT_INDEX_ROW));
    return read_about(r, about, n_about);
}

sc_status sc__text_index_parse(sc_text_index *out, const void *bytes, size_t n, const char *name) {
    *out = (sc_text_index){.name = name};
    const reader r = {out, bytes, n};
    const sc_status s = read_all(&r);
    if (s < 0) sc__text_index_close(out);
    return s;
}

sc_status sc__text_index_open(sc_text_index *out, const char *path) {
    sc_map map;
    *out = (sc_text_index){0};
    SC_TRY(sc__map_open(&map, path));
    const sc_status s =
        sc__text_index_parse(out, map.data ? map.data : (const void *)"", map.size, path);
    if (s < 0)
        sc__map_close(&map);
    else
        out->map = map;
    return s;
}

void sc__text_index_close(sc_text_index *x) {
    json_decref(x->about);
    sc__arena_deinit(&x->arena);
    if (x->map.data) sc__map_close(&x->map);
    *x = (sc_text_index){0};
}

/* ---- up to date ------------------------------------------------------------------------------ */

static bool same_name(const json_t *known, const char *name) {
    json_t *text = sc__json_text(name);
    const bool same = text && json_equal(json_object_get(known, "name"), text);
    json_decref(text);
    return same;
}

static sc_status check_file(char why[256], const json_t *known, const char *path) {
    struct stat st;
    sc_digest digest;
    if (stat(path, &st)) return SC_FAIL(SC_IO, "%s: %s", path, strerror(errno));
    const int64_t modified = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    const bool same_size = st.st_size == json_integer_value(json_object_get(known, "bytes"));
    if (same_size && modified == json_integer_value(json_object_get(known, "modified")))
        return SC_OK;
    if (same_size) {
        SC_TRY(sc__hash_file(&digest, path));
        if (!strcmp(digest.hex, json_string_value(json_object_get(known, "sha256")))) return SC_OK;
    }
    snprintf(why, 256, "%.200s has changed since", path);
    return SC_OK;
}

static bool same_field(const json_t *about, const char *key, const char *name, const char *dflt) {
    const char *known = json_string_value(json_object_get(about, key));
    return known && !strcmp(known, name ? name : dflt);
}

sc_status sc__text_index_check(char why[256], const sc_text_index *x, const char *root,
                               const sc_paths *files, const sc_record_names *names) {
    const json_t *list = json_object_get(x->about, "files"), *known;
    size_t i;
    *why = 0;
    if (!same_field(x->about, "id_field", names->id, "id") ||
        !same_field(x->about, "text_field", names->text, "text"))
        snprintf(why, 256, "it was made with other fields for id and text");
    else if (x->n_files != files->n)
        snprintf(why, 256, "there are %" PRId64 " files, it was made of %" PRId64, files->n,
                 x->n_files);
    json_array_foreach(list, i, known) {
        if (*why) break;
        if (!same_name(known, sc__text_index_name(root, files->paths[i])))
            snprintf(why, 256, "%.200s is not what it was made of", files->paths[i]);
        else
            SC_TRY(check_file(why, known, files->paths[i]));
    }
    return SC_OK;
}
