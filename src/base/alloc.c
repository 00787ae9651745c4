/* alloc.c - counted allocation and arenas. */
#define _DEFAULT_SOURCE
#include "base/alloc.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static _Atomic int64_t countdown = -1; /* requests until the one that fails, -1: none will */
static _Atomic int64_t requests, live;

static bool must_fail(void) {
    atomic_fetch_add_explicit(&requests, 1, memory_order_relaxed);
    if (atomic_load_explicit(&countdown, memory_order_relaxed) < 0) return false;
    return atomic_fetch_sub(&countdown, 1) == 0;
}

static void *counted(void *p) {
    if (p) atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return p;
}

/* Large blocks lie on large pages where the system has them: matrix products walk through more
 * small ones than the processor remembers (5 to 10 % of their time). */
enum { LARGE_PAGE = 2 << 20, LARGE = 4 * LARGE_PAGE };

void *sc__alloc(size_t n) {
    const size_t align = n >= LARGE ? LARGE_PAGE : SC_ALIGN;
    size_t rounded;
    if (must_fail() || !sc__add_size(n ? n : 1, align - 1, &rounded)) return NULL;
    rounded &= ~(align - 1);
    void *p = aligned_alloc(align, rounded);
#ifdef MADV_HUGEPAGE
    if (p && align == LARGE_PAGE) (void)madvise(p, rounded, MADV_HUGEPAGE);
#endif
    return counted(p);
}

void *sc__calloc(size_t count, size_t size) {
    size_t n;
    if (!sc__mul_size(count, size, &n)) return NULL;
    void *p = sc__alloc(n);
    if (p) memset(p, 0, n);
    return p;
}

void *sc__realloc(void *p, size_t n) {
    if (must_fail()) return NULL;
    void *q = realloc(p, n ? n : 1);
    return p ? q : counted(q);
}

void sc__free(void *p) {
    if (!p) return;
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    free(p);
}

char *sc__strdup(const char *s) {
    size_t n = strlen(s) + 1;
    char *p = sc__alloc(n);
    return p ? memcpy(p, s, n) : NULL;
}

void sc__alloc_fail_at(int64_t k) { atomic_store(&countdown, k); }
int64_t sc__alloc_count(void) { return atomic_load(&requests); }
int64_t sc__alloc_live(void) { return atomic_load(&live); }

/* ---- arenas -------------------------------------------------------------------------------- */

struct sc_arena_block {
    sc_arena_block *next;
    char pad[SC_ALIGN - sizeof(sc_arena_block *)];
    char bytes[];
};

enum { BLOCK_BYTES = 64 * 1024 };

void sc__arena_deinit(sc_arena *a) {
    for (sc_arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        sc__free(b);
    }
    *a = (sc_arena)SC_ARENA_INIT;
}

static bool grow(sc_arena *a, size_t n) {
    size_t size = SC_MAX(n, (size_t)BLOCK_BYTES), bytes;
    if (!sc__add_size(size, sizeof(sc_arena_block), &bytes)) return false;
    sc_arena_block *b = sc__alloc(bytes);
    if (!b) return false;
    b->next = a->blocks;
    a->blocks = b;
    a->used = 0;
    a->size = size;
    a->total += bytes;
    return true;
}

void *sc__arena_alloc(sc_arena *a, size_t n) {
    const size_t align = n >= SC_ALIGN ? SC_ALIGN : 16;
    if (n > SIZE_MAX / 2) return NULL;
    size_t at = (a->used + align - 1) & ~(align - 1);
    if (!a->blocks || at > a->size || a->size - at < n) {
        if (!grow(a, n)) return NULL;
        at = 0;
    }
    a->used = at + n;
    return memset(a->blocks->bytes + at, 0, n);
}

void *sc__arena_array(sc_arena *a, size_t count, size_t size) {
    size_t n;
    return sc__mul_size(count, size, &n) ? sc__arena_alloc(a, n) : NULL;
}

char *sc__arena_strndup(sc_arena *a, const char *s, size_t n) {
    char *p = n < SIZE_MAX ? sc__arena_alloc(a, n + 1) : NULL;
    return p ? memcpy(p, s, n) : NULL;
}

char *sc__arena_strdup(sc_arena *a, const char *s) { return sc__arena_strndup(a, s, strlen(s)); }

char *sc__arena_printf(sc_arena *a, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : sc__arena_alloc(a, (size_t)n + 1);
    if (p) vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}
