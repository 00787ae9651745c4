/* groups.c - parts of the buckets into groups, on all cores; then candidates are numbered. */
#include "stage/curation/dedup/groups.h"

#include <inttypes.h>
#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup: groups of documents"); }

/* What the parts gave, each by itself: for each group its size and its documents' numbers. */
typedef struct {
    sc_buffer found[SC_BUCKET_PARTS];
} found_groups;

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
    sc_buffer *out = &f->found[part];
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
            const uint64_t before = g->marks[number >> 6] & ((UINT64_C(1) << (number & 63)) - 1);
            g->members[(*at_member)++] =
                g->rank[number >> 6] + (uint32_t)__builtin_popcountll(before);
        }
    }
    g->start[*at_group] = *at_member;
}

static sc_status number(sc_groups *g, found_groups *f) {
    const size_t words = (size_t)(g->n_documents >> 6) + 1;
    g->marks = sc__calloc(words, sizeof *g->marks);
    g->rank = sc__calloc(words, sizeof *g->rank);
    if (!g->marks || !g->rank) return no_memory();
    for (int p = 0; p < SC_BUCKET_PARTS; p++) mark(g, &f->found[p]);
    rank(g);
    g->members = sc__alloc((size_t)g->n_members * sizeof *g->members);
    g->start = sc__calloc((size_t)g->n_groups + 1, sizeof *g->start);
    if (!g->members || !g->start) return no_memory();
    int64_t at_group = 0, at_member = 0;
    for (int p = 0; p < SC_BUCKET_PARTS; p++) {
        fill(g, &at_group, &at_member, &f->found[p]);
        sc__buffer_deinit(&f->found[p]);
    }
    return SC_OK;
}

sc_status sc__groups_init(sc_groups *g, sc_dedup *d) {
    *g = (sc_groups){.n_documents = d->base[d->n_files]};
    found_groups *f = sc__calloc(1, sizeof *f);
    if (!f) return no_memory();
    d->pass = f;
    sc_status s = sc__dedup_each_part(d, find_groups);
    sc__buckets_deinit(&d->buckets);
    if (s >= 0) s = number(g, f);
    for (int p = 0; p < SC_BUCKET_PARTS; p++) sc__buffer_deinit(&f->found[p]);
    sc__free(f);
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
