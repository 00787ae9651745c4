/* alloc.h - the one door to memory: every byte of ours is asked for here, so that tests can count
 * the requests and make any of them fail. Arenas hold what dies together. */
#ifndef SC_BASE_ALLOC_H
#define SC_BASE_ALLOC_H

#include "base/status.h"

#define SC_ALIGN 64 /* bytes: one cache line, one AVX-512 register */

/* n bytes aligned to SC_ALIGN, NULL when there are none. n = 0 gives a pointer that may be freed.
 */
void *sc__alloc(size_t n);
void *sc__calloc(size_t count, size_t size); /* zeroed; NULL also when count * size overflows */
void *sc__realloc(void *p, size_t n); /* alignment as malloc's; p may be NULL or from this call */
void sc__free(void *p);               /* anything of the three; NULL is fine */
char *sc__strdup(const char *s);

/* Tests only: the k-th request from now fails once, -1 for never; how many were made; how many
 * live. */
void sc__alloc_fail_at(int64_t k);
int64_t sc__alloc_count(void);
int64_t sc__alloc_live(void);

/* Memory that is freed together. Grows by blocks; pointers stay valid until deinit. */
typedef struct sc_arena_block sc_arena_block;
typedef struct {
    sc_arena_block *blocks;
    size_t used, size; /* of the newest block */
    size_t total;      /* bytes asked of the system */
} sc_arena;

#define SC_ARENA_INIT                                                                              \
    { 0 }
void sc__arena_deinit(sc_arena *a);
/* Zeroed, aligned to 16 (64 from 64 bytes up). NULL when there is no memory. */
void *sc__arena_alloc(sc_arena *a, size_t n);
void *sc__arena_array(sc_arena *a, size_t count, size_t size); /* NULL also on overflow */
char *sc__arena_strdup(sc_arena *a, const char *s);
char *sc__arena_strndup(sc_arena *a, const char *s, size_t n);
char *sc__arena_printf(sc_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
