/* sources.c - reading what pack.c wrote about where documents came from. */
#include "stage/curation/sources.h"

#include "base/json.h"

#include <inttypes.h>
#include <string.h>

typedef struct {
    const char *path, *sha256;
    int64_t first, document, characters; /* of the split; of the file; before the first */
} source_file;

struct sc_sources {
    sc_arena arena;
    const char *name; /* of shards.json */
    json_t *sidecar;
    source_file *files;
    int64_t n_files, n;
    sc_map ids;
    const char **lines; /* n + 1: where each id begins */
};

static sc_status no_memory(const sc_sources *s) { return SC_FAIL(SC_NOMEM, "%s", s->name); }

/* ---- shards.json ----------------------------------------------------------------------------- */

static const char *digest_of(const sc_sources *s, const char *path) {
    static const char *const lists[] = {"train", "valid"};
    const json_t *key = json_object_get(s->sidecar, "made_of");
    for (int k = 0; k < 2; k++) {
        size_t i;
        const json_t *row;
        json_array_foreach(json_object_get(key, lists[k]), i, row) {
            const char *p = json_string_value(json_object_get(row, "path"));
            if (p && !strcmp(p, path)) return json_string_value(json_object_get(row, "sha256"));
        }
    }
    return NULL;
}

static sc_status read_file_row(source_file *out, const sc_sources *s, const json_t *row) {
    *out = (source_file){.path = json_string_value(json_object_get(row, "path"))};
    if (!out->path) return SC_FAIL(SC_FORMAT, "%s: sources: path: missing", s->name);
    SC_TRY(sc__json_get_int(&out->first, row, "first_document", -1, s->name));
    SC_TRY(sc__json_get_int(&out->document, row, "from_document", -1, s->name));
    SC_TRY(sc__json_get_int(&out->characters, row, "from_character", 0, s->name));
    if (out->first < 0 || out->document < 0 || out->characters < 0)
        return SC_FAIL(SC_FORMAT, "%s: sources: %s: its numbers cannot be", s->name, out->path);
    out->sha256 = digest_of(s, out->path);
    return SC_OK;
}

static sc_status read_files(sc_sources *s, const char *split) {
    const json_t *part = json_object_get(s->sidecar, split),
                 *rows = json_object_get(part, "sources");
    if (!json_is_object(part)) return SC_FAIL(SC_FORMAT, "%s: %s: missing", s->name, split);
    SC_TRY(sc__json_get_int(&s->n, part, "documents", -1, s->name));
    s->n_files = (int64_t)json_array_size(rows);
    s->files = sc__arena_array(&s->arena, (size_t)s->n_files + 1, sizeof *s->files);
    if (!s->files) return no_memory(s);
    for (int64_t i = 0; i < s->n_files; i++) {
        SC_TRY(read_file_row(&s->files[i], s, json_array_get(rows, (size_t)i)));
        const int64_t least = i ? s->files[i - 1].first : 0;
        if (s->files[i].first < least || (i == 0 && s->files[0].first))
            return SC_FAIL(SC_FORMAT, "%s: %s: sources are not in order", s->name, split);
    }
    return SC_OK;
}

/* ---- the ids --------------------------------------------------------------------------------- */

static sc_status read_ids(sc_sources *s, const char *path) {
    SC_TRY(sc__map_open(&s->ids, path));
    const char *p = (const char *)s->ids.data, *end = p + s->ids.size;
    if (s->n < 0 || (uint64_t)s->n > s->ids.size)
        return SC_FAIL(SC_FORMAT, "%s: holds no %" PRId64 " ids", path, s->n);
    s->lines = sc__arena_array(&s->arena, (size_t)s->n + 1, sizeof *s->lines);
    if (!s->lines) return no_memory(s);
    for (int64_t i = 0; i < s->n; i++) {
        const char *newline = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
        if (!newline || newline - p < 2 || *p != '"' || newline[-1] != '"')
            return SC_FAIL(SC_FORMAT, "%s: line %" PRId64 ": not an id", path, i + 1);
        s->lines[i] = p;
        p = newline + 1;
    }
    s->lines[s->n] = p;
    return p == end ? SC_OK : SC_FAIL(SC_FORMAT, "%s: holds more than %" PRId64 " ids", path, s->n);
}

sc_status sc__sources_open(sc_sources **out, const char *dir, const char *split) {
    *out = NULL;
    sc_sources *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "%s", dir);
    s->name = sc__path_join(&s->arena, dir, "shards.json");
    const char *ids = sc__arena_printf(&s->arena, "%s/%s.ids", dir, split);
    sc_status st = s->name && ids ? sc__json_load(&s->sidecar, s->name) : no_memory(s);
    if (st >= 0) st = read_files(s, split);
    if (st >= 0) st = read_ids(s, ids);
    if (st < 0)
        sc__sources_close(s);
    else
        *out = s;
    return st;
}

void sc__sources_close(sc_sources *s) {
    if (!s) return;
    json_decref(s->sidecar);
    sc__map_close(&s->ids);
    sc__arena_deinit(&s->arena);
    sc__free(s);
}

/* ---- asking ---------------------------------------------------------------------------------- */

int64_t sc__sources_count(const sc_sources *s) { return s->n; }

sc_status sc__sources_get(sc_source *out, const sc_sources *s, int64_t document) {
    int64_t low = 0, high = s->n_files; /* the last file that begins at or before it */
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (s->files[middle].first <= document)
            low = middle;
        else
            high = middle;
    }
    if (!s->n_files || document < 0 || document >= s->n)
        return SC_FAIL(SC_FORMAT, "%s: does not tell of document %" PRId64, s->name, document);
    const source_file *f = &s->files[low];
    const char *line = s->lines[document];
    const int64_t after = document - f->first;
    *out = (sc_source){.id = {line, (size_t)(s->lines[document + 1] - 1 - line)},
                       .path = f->path,
                       .sha256 = f->sha256,
                       .document = f->document + after,
                       .characters = after ? 0 : f->characters};
    return SC_OK;
}

int64_t sc__sources_find(const sc_sources *s, const char *id, int64_t from) {
    sc_buffer quoted = SC_BUFFER_INIT;
    int64_t found = -1;
    sc__json_quote(&quoted, id, strlen(id));
    for (int64_t i = from; i < s->n && quoted.status >= 0 && found < 0; i++) {
        const size_t n = (size_t)(s->lines[i + 1] - 1 - s->lines[i]);
        if (n == quoted.len && !memcmp(s->lines[i], quoted.data, n)) found = i;
    }
    sc__buffer_deinit(&quoted);
    return found;
}
