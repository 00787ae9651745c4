/* clusters.c - clusters chosen, and their documents found again by their ids. */
#include "stage/curation/report/clusters.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/utf8.h"
#include "format/stream.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 64 << 20, PIECE = 1 << 16 };

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "clusters"); }

static char *copy(const char *p, size_t n) {
    char *to = sc__alloc(n + 1);
    if (!to) return NULL;
    if (n) memcpy(to, p, n);
    to[n] = 0;
    return to;
}

static void free_look(sc_look *k) {
    for (int i = 0; i < k->n_members; i++) {
        sc__free(k->members[i].id);
        sc__free(k->members[i].text);
        sc__free(k->members[i].why);
    }
    *k = (sc_look){0};
}

/* ---- choosing -------------------------------------------------------------------------------- */

static bool has_member(const sc_look *k, const char *id) {
    for (int i = 0; i < k->n_members; i++)
        if (!strcmp(k->members[i].id, id)) return true;
    return false;
}

static sc_status add_members(sc_look *k, const json_t *ids, bool kept, int most) {
    size_t i;
    const json_t *id;
    json_array_foreach(ids, i, id) {
        const char *name = json_string_value(id);
        if (!name || k->n_members >= most || has_member(k, name)) continue;
        sc_member *m = &k->members[k->n_members];
        *m = (sc_member){.kept = kept, .hash = sc__hash64(name, strlen(name), 0)};
        m->id = copy(name, strlen(name));
        if (!m->id) return no_memory();
        k->n_members++;
    }
    return SC_OK;
}

static sc_status fill(sc_look *k, sc_slice line) {
    json_t *o = json_loadb(line.p, line.n, 0, NULL);
    sc_status s = add_members(k, json_object_get(o, "kept"), true, SC_LOOK_MEMBERS / 2);
    if (s >= 0) s = add_members(k, json_object_get(o, "ids"), false, SC_LOOK_MEMBERS);
    json_decref(o);
    return s;
}

static bool is_before(const sc_look *a, const sc_look *b, bool largest) {
    if (largest && a->size != b->size) return a->size > b->size;
    return a->draw < b->draw;
}

/* Among the first `most` of those so far, its members are read and it takes its place. */
static sc_status offer(sc_look *list, int *n, int most, const sc_look *one, sc_slice line) {
    const bool largest = most == SC_LOOK_LARGEST;
    int at = *n;
    sc_look filled = *one;
    while (at && is_before(one, &list[at - 1], largest)) at--;
    if (at == most) return SC_OK;
    const sc_status s = fill(&filled, line);
    if (s < 0) return free_look(&filled), s;
    if (*n == most) free_look(&list[--*n]);
    memmove(&list[at + 1], &list[at], (size_t)(*n - at) * sizeof *list);
    list[at] = filled;
    ++*n;
    return SC_OK;
}

/* A line that is not as deduplication writes them is passed over. */
static sc_status take_line(sc_looks *l, const char *step, sc_slice line) {
    static const char *const keys[] = {"cluster", "size"};
    sc_slice values[2];
    if (sc__json_find(values, keys, 2, line.p, line.n) < 0 || !values[0].p || !values[1].p)
        return SC_OK;
    const sc_look one = {.step = step,
                         .number = strtoll(values[0].p, NULL, 10),
                         .size = strtoll(values[1].p, NULL, 10),
                         .draw = sc__hash64(line.p, line.n, 1)};
    if (one.size < 2) return SC_OK;
    SC_TRY(offer(l->looks, &l->n_largest, SC_LOOK_LARGEST, &one, line));
    return offer(l->looks + SC_LOOK_LARGEST, &l->n_random, SC_LOOK_RANDOM, &one, line);
}

/* Whole lines of the buffer; the rest moves to its begin. A line that is too long is passed over.
 */
static sc_status take_lines(sc_looks *l, const char *step, sc_buffer *b, bool *skipping) {
    size_t at = 0;
    sc_status s = SC_OK;
    for (const char *newline; s >= 0 && b->len > at; at = (size_t)(newline - b->data) + 1) {
        newline = memchr(b->data + at, '\n', b->len - at);
        if (!newline) break;
        const sc_slice line = {b->data + at, (size_t)(newline - b->data) - at};
        if (!*skipping) s = take_line(l, step, line);
        *skipping = false;
    }
    if (b->len) memmove(b->data, b->data + at, b->len - at);
    b->len -= at;
    if (b->len > LINE_MAX_BYTES) *skipping = true, b->len = 0;
    return s;
}

static sc_status take_file(sc_looks *l, const char *step, const char *path) {
    sc_buffer b = SC_BUFFER_INIT;
    sc_stream *in;
    bool skipping = false;
    size_t got = 1;
    SC_TRY(sc__stream_open(&in, path));
    sc_status s = SC_OK;
    while (s >= 0 && got) {
        char *to = sc__buffer_extend(&b, PIECE);
        s = to ? sc__stream_read(&got, in, to, PIECE) : b.status;
        if (s >= 0) b.len -= PIECE - got;
        if (s >= 0) s = take_lines(l, step, &b, &skipping);
    }
    sc__stream_close(in);
    sc__buffer_deinit(&b);
    return s;
}

/* The folder's name where steps have folders, else none. */
static const char *step_of(sc_arena *a, const char *path, const char *dir) {
    const char *within = path + strlen(dir) + 1, *slash = strchr(within, '/');
    return slash ? sc__arena_strndup(a, within, (size_t)(slash - within)) : "dedup";
}

sc_status sc__looks_choose(sc_looks *out, const char *corpus) {
    sc_paths found = {0};
    *out = (sc_looks){0};
    const char *dir = sc__path_join(&out->arena, corpus, "clusters");
    if (!dir) return no_memory();
    if (!sc__path_is_dir(dir)) return SC_OK;
    SC_TRY(sc__paths_find(&found, &out->arena, dir));
    for (int64_t i = 0; i < found.n; i++) {
        const char *step = step_of(&out->arena, found.paths[i], dir);
        if (!step) return no_memory();
        SC_TRY(take_file(out, step, found.paths[i]));
    }
    return SC_OK;
}

void sc__looks_deinit(sc_looks *l) {
    for (int i = 0; i < SC_LEN(l->looks); i++) free_look(&l->looks[i]);
    sc__arena_deinit(&l->arena);
    *l = (sc_looks){0};
}

/* ---- finding again --------------------------------------------------------------------------- */

static sc_member *next_member(const sc_looks *l, int *look, int *member) {
    for (; *look < SC_LEN(l->looks); ++*look, *member = 0)
        if (*member < l->looks[*look].n_members)
            return (sc_member *)(uintptr_t)&l->looks[*look].members[(*member)++];
    return NULL;
}

static bool is_id(const sc_member *m, uint64_t hash, sc_slice id) {
    return m->hash == hash && strlen(m->id) == id.n && !memcmp(m->id, id.p, id.n);
}

bool sc__looks_want(const sc_looks *l, sc_slice id) {
    const uint64_t hash = sc__hash64(id.p, id.n, 0);
    int look = 0, member = 0;
    for (const sc_member *m; (m = next_member(l, &look, &member));)
        if (is_id(m, hash, id)) return true;
    return false;
}

/* Of several records with this id the same one counts, whoever comes first. */
static sc_status remember(sc_member *m, const sc_record *r) {
    static const char *const key[] = {"dropped"};
    const sc_slice why = sc__json_at(r->value[SC_RECORD_METADATA], key, 1);
    const uint64_t draw =
        sc__hash64(r->text.p, r->text.n, 2) ^ (why.p ? sc__hash64(why.p, why.n, 3) : 0);
    if (m->text && m->draw <= draw) return SC_OK;
    const size_t n =
        r->text.n > SC_LOOK_BYTES ? sc__utf8_start(r->text.p, SC_LOOK_BYTES) : r->text.n;
    sc__free(m->text);
    sc__free(m->why);
    m->draw = draw;
    m->text = copy(r->text.p, n);
    m->why = copy(why.p ? why.p : "", why.p ? why.n : 0);
    return m->text && m->why ? SC_OK : no_memory();
}

sc_status sc__looks_take(sc_looks *l, sc_slice id, const sc_record *r) {
    const uint64_t hash = sc__hash64(id.p, id.n, 0);
    int look = 0, member = 0;
    for (sc_member *m; (m = next_member(l, &look, &member));)
        if (is_id(m, hash, id)) SC_TRY(remember(m, r));
    return SC_OK;
}
