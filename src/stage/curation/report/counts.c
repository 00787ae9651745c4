/* counts.c - a hash table of names. */
#include "stage/curation/report/counts.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static const char others[] = "(others)";

static int32_t *find_slot(const sc_counts *c, const char *name, size_t n) {
    for (uint64_t i = sc__hash64(name, n, 0) & c->mask;; i = (i + 1) & c->mask) {
        int32_t *slot = &c->slots[i];
        if (!*slot) return slot;
        const char *known = c->rows[*slot - 1].name;
        if (!strncmp(known, name, n) && !known[n]) return slot;
    }
}

static sc_status grow(sc_counts *c) {
    const int64_t capacity = SC_MAX(2 * c->capacity, (int64_t)64);
    sc_count *rows = sc__realloc(c->rows, (size_t)capacity * sizeof *rows);
    if (!rows) return SC_FAIL(SC_NOMEM, "counts");
    c->rows = rows;
    int32_t *slots = sc__calloc((size_t)capacity * 2, sizeof *slots);
    if (!slots) return SC_FAIL(SC_NOMEM, "counts");
    sc__free(c->slots);
    c->slots = slots;
    c->capacity = capacity;
    c->mask = (uint64_t)capacity * 2 - 1;
    for (int64_t i = 0; i < c->n; i++)
        *find_slot(c, c->rows[i].name, strlen(c->rows[i].name)) = (int32_t)i + 1;
    return SC_OK;
}

sc_status sc__counts_add(sc_counts *c, const char *name, size_t n_name, int64_t n, int64_t bytes) {
    if (c->n == c->capacity) SC_TRY(grow(c));
    int32_t *slot = find_slot(c, name, n_name);
    if (!*slot && c->n >= SC_COUNTS_MAX) {
        name = others;
        n_name = strlen(others);
        slot = find_slot(c, name, n_name);
    }
    if (!*slot) {
        char *copy = sc__arena_strndup(&c->arena, name, n_name);
        if (!copy) return SC_FAIL(SC_NOMEM, "counts");
        c->rows[c->n++] = (sc_count){copy, 0, 0};
        *slot = (int32_t)c->n;
    }
    c->rows[*slot - 1].n += n;
    c->rows[*slot - 1].bytes += bytes;
    return SC_OK;
}

sc_status sc__counts_merge(sc_counts *into, const sc_counts *from) {
    for (int64_t i = 0; i < from->n; i++) {
        const sc_count *r = &from->rows[i];
        SC_TRY(sc__counts_add(into, r->name, strlen(r->name), r->n, r->bytes));
    }
    return SC_OK;
}

static int by_count(const void *a, const void *b) {
    const sc_count *x = a, *y = b;
    if (x->n != y->n) return x->n < y->n ? 1 : -1;
    return strcmp(x->name, y->name);
}

void sc__counts_sort(sc_counts *c) {
    if (c->n) qsort(c->rows, (size_t)c->n, sizeof *c->rows, by_count);
}

void sc__counts_deinit(sc_counts *c) {
    sc__free(c->rows);
    sc__free(c->slots);
    sc__arena_deinit(&c->arena);
    *c = (sc_counts){0};
}
