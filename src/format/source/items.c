/* items.c - the walk through files and the archives in them, a stack of levels. The readers of each
 * kind are rows of sc__item_sources (items_sources.c). */
#define _GNU_SOURCE
#include "format/source/items.h"

#include "format/documents.h"
#include "format/source/items_part.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { HEAD = 4096, MAX_ITEM = 64 << 20 };

struct sc_items {
    sc_arena arena;
    sc_paths paths;
    sc_items_options o;
    sc_items_counts counts;
    int64_t at;                      /* the next file */
    uint64_t done_bytes, file_bytes; /* of files that are done, of the open one */
    sc_item_level levels[SC_ITEMS_DEPTH_MAX];
    int depth; /* levels that are open */
};

size_t sc__items_max(const sc_items *t) { return t->o.max_item ? t->o.max_item : MAX_ITEM; }
void sc__items_pass_over(sc_items *t) { t->counts.passed_over++; }
const sc_paths *sc__items_paths(const sc_items *t) { return &t->paths; }

sc_items_counts sc__items_counts(const sc_items *t) {
    sc_items_counts c = t->counts;
    c.bytes_read = t->done_bytes;
    if (t->depth) c.bytes_read += SC_MIN(sc__stream_consumed(t->levels[0].stream), t->file_bytes);
    return c;
}

sc_item sc__item_of(const sc_item_level *l, sc_item_kind kind, const char *bytes, size_t n) {
    return (sc_item){.kind = kind,
                     .bytes = bytes,
                     .n = n,
                     .path = l->path,
                     .member = l->member,
                     .mtime = l->mtime,
                     .type = "",
                     .charset = ""};
}

/* ---- levels ---------------------------------------------------------------------------------- */

static void close_level(sc_item_level *l) {
    if (l->source && l->reader) l->source->close(l->reader);
    sc__window_deinit(&l->window);
    sc__stream_close(l->stream);
    sc__free(l->name);
    *l = (sc_item_level){0};
}

/* What it is, once its first bytes are there. */
static sc_status tell(sc_items *t, sc_item_level *l) {
    const sc_status read = sc__window_need(&l->window, HEAD);
    if (read < 0 && !(read == SC_FORMAT && sc__window_left(&l->window))) return read;
    l->window.damaged = false; /* what came before the damage may be of use; it will be met again */
    const char *bytes = sc__window_at(&l->window) ? sc__window_at(&l->window) : "";
    const size_t n = SC_MIN(sc__window_left(&l->window), (size_t)HEAD);
    int i = 0;
    while (i + 1 < sc__n_item_sources && !sc__item_sources[i]->detect(l, bytes, n)) i++;
    l->source = sc__item_sources[i];
    return l->source->open ? l->source->open(l, sc__items_max(t)) : SC_OK;
}

sc_status sc__items_push(sc_items *t, const char *member, int64_t mtime, sc_read_fn *read,
                         void *user) {
    const sc_item_level *above = &t->levels[t->depth - 1];
    if (t->depth == SC_ITEMS_DEPTH_MAX)
        return SC_FAIL(SC_FORMAT, "%s: archives nested more than %d deep are not opened",
                       above->name, SC_ITEMS_DEPTH_MAX - 1);
    sc_item_level *l = &t->levels[t->depth];
    const size_t n = strlen(above->name) + strlen(member) + 2;
    *l = (sc_item_level){.path = above->path, .mtime = mtime, .name = sc__alloc(n)};
    if (!l->name) return SC_FAIL(SC_NOMEM, "%s", above->name);
    snprintf(l->name, n, "%s/%s", above->name, member);
    l->member = l->name + strlen(l->path) + 1;
    const sc_status s = sc__stream_wrap(&l->stream, l->name, read, user);
    l->window.stream = l->stream;
    if (s < 0)
        close_level(l);
    else
        t->depth++;
    return s;
}

static void pop(sc_items *t) {
    sc_item_level *l = &t->levels[--t->depth];
    if (!t->depth) {
        const bool known = t->file_bytes != UINT64_MAX; /* a mapped file is not read as a stream */
        t->done_bytes += known ? t->file_bytes : sc__stream_consumed(l->stream);
        t->counts.files++;
    }
    close_level(l);
}

/* ---- files ----------------------------------------------------------------------------------- */

static sc_status open_file(sc_items *t, const char *path) {
    sc_item_level *l = &t->levels[0];
    struct stat st;
    const bool known = strcmp(path, "-") && !stat(path, &st);
    t->file_bytes = known ? (uint64_t)st.st_size : UINT64_MAX;
    *l = (sc_item_level){
        .path = path, .mtime = known ? (int64_t)st.st_mtime : -1, .name = sc__strdup(path)};
    if (!l->name) return SC_FAIL(SC_NOMEM, "%s", path);
    const sc_status s = sc__stream_open(&l->stream, l->path);
    l->window.stream = l->stream;
    if (s < 0)
        close_level(l);
    else
        t->depth = 1;
    return s;
}

static bool is_mine(const sc_items *t, int64_t file) {
    return t->o.n_shards <= 1 || file % t->o.n_shards == t->o.shard;
}

static sc_status find(sc_items *t, const char *const *patterns, int n) {
    if (n == 1 && !strcmp(patterns[0], "-")) {
        t->paths.paths = sc__arena_array(&t->arena, 1, sizeof *t->paths.paths);
        char *name = sc__arena_strdup(&t->arena, "-");
        if (!t->paths.paths || !name) return SC_FAIL(SC_NOMEM, "items");
        t->paths.paths[0] = name;
        t->paths.n = 1;
        return SC_OK;
    }
    SC_TRY(sc__documents_find(&t->paths, &t->arena, patterns, n));
    for (int64_t i = 0; i < t->paths.n; i++) {
        struct stat st;
        if (is_mine(t, i) && !stat(t->paths.paths[i], &st))
            t->counts.bytes_total += (uint64_t)st.st_size;
    }
    return SC_OK;
}

sc_status sc__items_open(sc_items **out, const char *const *patterns, int n,
                         const sc_items_options *o) {
    *out = NULL;
    sc_items *t = sc__calloc(1, sizeof *t);
    if (!t) return SC_FAIL(SC_NOMEM, "items");
    if (o) t->o = *o;
    const sc_status s = find(t, patterns, n);
    if (s < 0)
        sc__items_close(t);
    else
        *out = t;
    return s;
}

/* A web archive whose first member is damaged is known by its name, and read from the next on. */
static bool recovers(sc_item_level *l) {
    static const char *const names[] = {".warc", ".wet", ".arc"};
    for (int i = 0; i < SC_LEN(names); i++) {
        if (!sc__stream_has_suffix(l->name, names[i])) continue;
        sc__window_take(&l->window, sc__window_left(&l->window));
        char text[400];
        snprintf(text, sizeof text, "%s", sc_error_text());
        const bool found = sc__stream_recover(l->stream) == SC_OK;
        sc__error_adopt(text);
        return found;
    }
    return false;
}

/* Lines can be read on behind damage that the stream gets over; but for the one it is in. */
static bool goes_on(sc_item_level *l) {
    char text[400];
    if (l->source != &sc__source_json) return false;
    snprintf(text, sizeof text, "%s", sc_error_text());
    const bool found = sc__stream_recover(l->stream) == SC_OK;
    sc__error_adopt(text);
    sc__window_take(&l->window, sc__window_left(&l->window));
    l->window.damaged = false;
    return found;
}

/* A failure of the level's own reader costs what the reader has lost; one before there is a reader
 * costs the level. */
sc_status sc__items_next(sc_item *out, sc_items *t) {
    for (;;) {
        while (!t->depth) {
            if (t->at == t->paths.n) return SC_DONE;
            const int64_t file = t->at++;
            if (is_mine(t, file)) SC_TRY(open_file(t, t->paths.paths[file]));
        }
        sc_item_level *l = &t->levels[t->depth - 1];
        sc_status s = SC_OK;
        if (!l->source) s = tell(t, l);
        if (s < 0 && !(s == SC_FORMAT && !l->source && recovers(l))) pop(t);
        if (s < 0) return s;
        const int depth = t->depth;
        s = l->source->next(out, t, l);
        if (t->depth > depth) continue;
        if (s == SC_DONE || (s < 0 && l->window.damaged && !goes_on(l))) pop(t);
        if (s != SC_DONE) return s;
    }
}

void sc__items_close(sc_items *t) {
    if (!t) return;
    while (t->depth) close_level(&t->levels[--t->depth]);
    sc__arena_deinit(&t->arena);
    sc__free(t);
}
