/* groups.c - parts of the buckets into groups, on all cores; then candidates are numbered. */
#include "stage/curation/dedup/groups.h"

#include "stage/curation/dedup/share.h"

#include <inttypes.h>
#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup: groups of documents"); }

/* What was found, in the order of the parts: for each group its size and its documents' numbers. */
typedef struct {
    sc_buffer *lists; /* one a part, or one a process */
    int n;
} found_groups;

static sc_status open_found(found_groups *f, int n) {
    *f = (found_groups){sc__calloc((size_t)n, sizeof *f->lists), n};
    return f->lists ? SC_OK : no_memory();
}

static void close_found(found_groups *f) {
    for (int i = 0; i < f->n && f->lists; i++) sc__buffer_deinit(&f->lists[i]);
    sc__free(f->lists);
}

static uint32_t number_of(const sc_dedup *d, uint64_t place) {
    const int64_t file = (int64_t)(place >> SC_PLACE_LINE_BITS);
    const int64_t line = (int64_t)(place & ((UINT64_C(1) << SC_PLACE_LINE_BITS) - 1));
    return (uint32_t)(d->base[file] + line - 1);
}

/* Runs come from files: what is in them is not to be believed. */
static bool is_place(const sc_dedup *d, uint64_t place) {
    const uint64_t file = place >> SC_PLACE_LINE_BITS;
    const int64_t line = (int64_t)(place & ((UINT64_C(1) << SC_PLACE_LINE_BITS) - 1));
    return file < (uint64_t)d->n_files && line >= 1 && line <= d->lines[file];
}

static void append_number(sc_buffer *out, uint32_t n) { sc__buffer_append(out, &n, sizeof n); }

/* Appends the group of items[0 .. n), which share a key, if there are two documents in it. */
static void append_group(sc_buffer *out, const sc_dedup *d, const sc_bucket_item *items,
                         int64_t n) {
    const size_t head = out->len;
    uint32_t count = 0;
    append_number(out, 0);
    for (int64_t i = 0; i < n; i++) {
        if (i && items[i].place == items[i - 1].place) continue;
        append_number(out, number_of(d, items[i].place));
        count++;
    }
    if (out->status < 0) return;
    if (count < 2)
        out->len = head;
    else
        memcpy(out->data + head, &count, sizeof count);
}

static sc_status find_groups(sc_dedup *d, int part, const sc_bucket_item *items, int64_t n) {
    found_groups *f = d->pass;
    sc_buffer *out = &f->lists[part];
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && items[end].key == items[i].key; end++)
            if (!is_place(d, items[end].place))
                return SC_FAIL(SC_FORMAT, "%s: a key of a line that is not in the input", d->work);
        if (end - i > 1) append_group(out, d, items + i, end - i);
    }
    return out->status;
}

/* ---- numbering ------------------------------------------------------------------------------- */

static uint32_t get(const sc_buffer *b, size_t at) {
    uint32_t n;
    memcpy(&n, b->data + at, sizeof n);
    return n;
}

static void mark(sc_groups *g, const sc_buffer *b) {
    for (size_t at = 0; at < b->len;) {
        const uint32_t n = get(b, at);
        at += sizeof n;
        for (uint32_t i = 0; i < n; i++, at += sizeof n) {
            const uint32_t number = get(b, at);
            g->marks[number >> 6] |= UINT64_C(1) << (number & 63);
        }
        g->n_groups++;
        g->n_members += n;
    }
}

static void rank(sc_groups *g) {
    for (int64_t w = 0; w <= g->n_documents >> 6; w++) {
        g->rank[w] = (uint32_t)g->n_candidates;
        g->n_candidates += __builtin_popcountll(g->marks[w]);
    }
}

static void fill(sc_groups *g, int64_t *at_group, int64_t *at_member, const sc_buffer *b) {
    for (size_t at = 0; at < b->len;) {
        const uint32_t n = get(b, at);
        at += sizeof n;
        g->start[(*at_group)++] = *at_member;
        for (uint32_t i = 0; i < n; i++, at += sizeof n) {
            const uint32_t number = get(b, at);
            g->members[(*at_member)++] = (uint32_t)sc__groups_rank(g, number);
        }
    }
    g->start[*at_group] = *at_member;
}

static sc_status number(sc_groups *g, found_groups *f) {
    const size_t words = (size_t)(g->n_documents >> 6) + 1;
    g->marks = sc__calloc(words, sizeof *g->marks);
    g->rank = sc__calloc(words, sizeof *g->rank);
    if (!g->marks || !g->rank) return no_memory();
    for (int i = 0; i < f->n; i++) mark(g, &f->lists[i]);
    rank(g);
    g->members = sc__alloc((size_t)g->n_members * sizeof *g->members);
    g->start = sc__calloc((size_t)g->n_groups + 1, sizeof *g->start);
    if (!g->members || !g->start) return no_memory();
    int64_t at_group = 0, at_member = 0;
    for (int i = 0; i < f->n; i++) {
        fill(g, &at_group, &at_member, &f->lists[i]);
        sc__buffer_deinit(&f->lists[i]);
    }
    return SC_OK;
}

static sc_status find_all(found_groups *f, sc_dedup *d) {
    sc_status s = open_found(f, SC_BUCKET_PARTS);
    d->pass = f;
    if (s >= 0) s = sc__dedup_each_part(d, find_groups);
    sc__buckets_deinit(&d->buckets);
    return s;
}

sc_status sc__groups_init(sc_groups *g, sc_dedup *d) {
    found_groups f;
    *g = (sc_groups){.n_documents = d->base[d->n_files]};
    sc_status s = find_all(&f, d);
    if (s >= 0) s = number(g, &f);
    close_found(&f);
    if (s < 0) sc__groups_deinit(g);
    return s;
}

/* ---- between processes ----------------------------------------------------------------------- */

sc_status sc__groups_leave(sc_dedup *d) {
    const char *path = sc__share_path(d, SC_DEDUP_GROUPS, d->o.common.shard);
    found_groups f;
    sc_writer w;
    sc_status s = find_all(&f, d);
    if (s >= 0) s = path ? sc__writer_open(&w, path) : no_memory();
    if (s >= 0) {
        for (int i = 0; i < f.n; i++) sc__writer_append(&w, f.lists[i].data, f.lists[i].len);
        s = sc__writer_commit(&w);
    }
    close_found(&f);
    return s;
}

/* Groups of two or more, their numbers ascending and of the input. */
static bool is_list(const sc_buffer *b, int64_t n_documents) {
    size_t at = 0;
    while (b->len - at >= 3 * sizeof(uint32_t)) {
        const uint32_t n = get(b, at);
        int64_t last = -1;
        at += sizeof n;
        if (n < 2 || n > (b->len - at) / sizeof n) return false;
        for (uint32_t i = 0; i < n; i++, at += sizeof n) {
            if ((int64_t)get(b, at) <= last || get(b, at) >= n_documents) return false;
            last = get(b, at);
        }
    }
    return at == b->len;
}

sc_status sc__groups_load(sc_groups *g, sc_dedup *d) {
    found_groups f;
    *g = (sc_groups){.n_documents = d->base[d->n_files]};
    sc_status s = open_found(&f, sc__dedup_shards(d));
    for (int i = 0; i < f.n && s >= 0; i++) {
        const char *path = sc__share_path(d, SC_DEDUP_GROUPS, i);
        s = path ? sc__file_read(&f.lists[i], path, SIZE_MAX) : no_memory();
        if (s >= 0 && !is_list(&f.lists[i], g->n_documents)) s = sc__share_damaged(path);
    }
    if (s >= 0) s = number(g, &f);
    close_found(&f);
    if (s < 0) sc__groups_deinit(g);
    return s;
}

void sc__groups_deinit(sc_groups *g) {
    sc__free(g->marks);
    sc__free(g->rank);
    sc__free(g->members);
    sc__free(g->start);
    *g = (sc_groups){0};
}
