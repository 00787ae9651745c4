/* beside.c - lines of attributes in memory, by the hash of the id they are of. */
#include "stage/curation/tag/beside.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/documents.h"
#include "format/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path;
    sc_buffer lines;
    sc_slice *slots; /* open addressing: a line each, p NULL is free */
    uint64_t mask;
} one_file;

struct sc_beside {
    sc_arena arena;
    one_file *files;
    int n_files;
};

static sc_status no_memory(const char *path) { return SC_FAIL(SC_NOMEM, "%s", path); }

/* What a line says besides its attributes; the id as it is compared. */
typedef struct {
    sc_slice id;
    int64_t line; /* of the document; 0: it does not say */
    sc_slice attributes;
} head;

static sc_status read_head(head *out, sc_buffer *room, sc_slice line, const char *path) {
    static const char *const keys[] = {"id", "line", "attributes"};
    int64_t replaced = 0;
    sc_slice value[3];
    SC_TRY(sc__json_find(value, keys, 3, line.p, line.n));
    if (!value[0].p || *value[0].p != '"')
        return SC_FAIL(SC_FORMAT, "%s: a line without an id", path);
    out->line = value[1].p ? strtoll(value[1].p, NULL, 10) : 0;
    out->attributes = value[2];
    return sc__json_unquote(&out->id, room, value[0], &replaced);
}

static uint64_t begin(const one_file *f, sc_slice id) {
    return sc__hash64(id.p, id.n, 0) & f->mask;
}

static sc_status add_line(one_file *f, sc_slice line, sc_buffer *room) {
    head h;
    SC_TRY(read_head(&h, room, line, f->path));
    uint64_t i = begin(f, h.id);
    while (f->slots[i].p) i = (i + 1) & f->mask;
    f->slots[i] = line;
    return SC_OK;
}

static sc_status index_lines(one_file *f) {
    uint64_t n = 16;
    sc_buffer room = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    for (size_t i = 0; i < f->lines.len; i++) n += 2 * (f->lines.data[i] == '\n');
    while (n & (n - 1)) n += n & -n;
    f->mask = n - 1;
    f->slots = sc__calloc(n, sizeof *f->slots);
    if (!f->slots) return no_memory(f->path);
    sc_slice line, rest = {f->lines.data, f->lines.len};
    while (s >= 0 && sc__take_line(&line, &rest))
        if (line.n) s = add_line(f, line, &room);
    sc__buffer_deinit(&room);
    return s;
}

/* DIR/TAGGER/NAME.jsonl.zst, as `tag` names it. */
static sc_status open_one(one_file *f, sc_arena *a, const char *dir, const char *documents,
                          const char *tagger) {
    const sc_slice stem = sc__documents_stem(documents);
    f->path = sc__arena_printf(a, "%s/%s/%.*s.jsonl.zst", dir, tagger, (int)stem.n, stem.p);
    if (!f->path) return no_memory(dir);
    SC_TRY(sc__stream_read_all(&f->lines, f->path, SIZE_MAX));
    return index_lines(f);
}

sc_status sc__beside_open(sc_beside **out, const char *dir, const char *documents,
                          const char *const *taggers, int n_taggers) {
    sc_beside *b = sc__calloc(1, sizeof *b);
    *out = NULL;
    if (!b) return no_memory(dir);
    b->files = sc__arena_array(&b->arena, (size_t)n_taggers + 1, sizeof *b->files);
    sc_status s = b->files ? SC_OK : no_memory(dir);
    for (int i = 0; i < n_taggers && s >= 0; i++) {
        b->n_files = i + 1;
        s = open_one(&b->files[i], &b->arena, dir, documents, taggers[i]);
    }
    if (s < 0)
        sc__beside_close(b);
    else
        *out = b;
    return s;
}

void sc__beside_close(sc_beside *b) {
    if (!b) return;
    for (int i = 0; i < b->n_files; i++) {
        sc__buffer_deinit(&b->files[i].lines);
        sc__free(b->files[i].slots);
    }
    sc__arena_deinit(&b->arena);
    sc__free(b);
}

static bool same(sc_slice a, sc_slice b) { return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n)); }

/* The line of a document. Of several with its id (ids need not be unique) the one that names its
 * line; where none does, they must say the same, as of documents whose id is made of their text. */
static sc_status find(sc_slice *out, const one_file *f, sc_slice id, int64_t line) {
    sc_buffer room = SC_BUFFER_INIT;
    sc_slice said = {NULL, 0};
    sc_status s = SC_OK;
    bool exact = false, differ = false;
    *out = (sc_slice){NULL, 0};
    for (uint64_t i = begin(f, id); f->slots[i].p && !exact && s >= 0; i = (i + 1) & f->mask) {
        head h;
        s = read_head(&h, &room, f->slots[i], f->path);
        if (s < 0 || !same(h.id, id)) continue;
        exact = h.line && h.line == line;
        differ |= out->p && !same(h.attributes, said);
        if (!exact && out->p) continue;
        *out = f->slots[i];
        said = h.attributes;
    }
    sc__buffer_deinit(&room);
    if (s >= 0 && differ && !exact)
        s = SC_FAIL(SC_MISMATCH, "%s: several documents have the id %.*s, none is of line %" PRId64,
                    f->path, (int)SC_MIN(id.n, (size_t)64), id.p, line);
    return s;
}

sc_status sc__beside_read(sc_tags *tags, const sc_beside *b, sc_slice id, int64_t line_number,
                          sc_doc *d) {
    for (int i = 0; i < b->n_files; i++) {
        sc_slice line;
        SC_TRY(find(&line, &b->files[i], id, line_number));
        if (!line.p)
            return SC_FAIL(SC_MISMATCH, "%s: says nothing of document %.*s", b->files[i].path,
                           (int)SC_MIN(id.n, (size_t)64), id.p);
        const sc_status s = sc__tags_read(tags, line, d);
        if (s < 0) return sc__fail_context(s, "%s", b->files[i].path);
    }
    return SC_OK;
}
