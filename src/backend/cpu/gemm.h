/* gemm.h - matrix products C = A B on panels packed for one instruction set.
 *
 * An engine multiplies one panel of A (lanes_a rows) by one panel of B (lanes_b columns); the
 * driver packs, blocks and shares the work out (Goto & van de Geijn 2008). Every element of C is
 * one sum over k in a fixed order, whatever the tiles and the threads are. */
#ifndef SC_BACKEND_CPU_GEMM_H
#define SC_BACKEND_CPU_GEMM_H

#include "backend/cpu/cpu.h"

/* A side of the product. Its lanes are the rows of A or the columns of B. `k_major`: stored (K,
 * lanes), rows of lanes; else (lanes, K). `stride`: elements from one stored row to the next. */
typedef struct {
    const void *data;
    sc_dtype dtype;
    int64_t stride, lanes;
    bool k_major;
} sc_gemm_side;

/* What becomes of a sum: pre = sum + bias; to = act(pre), or to += act(pre). */
typedef struct {
    void *to, *pre; /* pre may be NULL; both of `type` and `stride` */
    sc_dtype type, bias_type;
    int64_t stride;
    const void *bias; /* (n), may be NULL */
    sc_act act;
    bool add;
} sc_gemm_out;

typedef struct {
    sc_gemm_side a, b;
    int64_t k;
    sc_gemm_out out;
} sc_gemm;

/* What to pack: panels that follow each other from lane `lane` on, elements k0 .. k0 + k - 1. */
typedef struct {
    int64_t lane, k0, k;
    int panels;
} sc_gemm_part;

/* A word of a panel is one f32, two bf16 that follow each other in k, or two f32 as three bf16
 * each.
 */
typedef struct {
    const char *name;
    int lanes_a, lanes_b; /* of a panel */
    int per_word, word;   /* elements a word, its bytes */
    int align;            /* panels are as many words long as divide by it */
    int depth;            /* words that a pair of panels goes through at a time */
    /* Absent lanes and words become 0. */
    void (*pack_a)(void *to, const sc_gemm_side *s, const sc_gemm_part *p);
    void (*pack_b)(void *to, const sc_gemm_side *s, const sc_gemm_part *p);
    /* c (lanes_a, lanes_b) = or += a b over `words`; narrow: only the first third or half of b has
     * lanes in use. */
    void (*panel)(float *c, int64_t stride, const void *a, const void *b, int64_t words, int flags);
    void (*finish)(const sc_gemm_out *o, const float *c, int64_t stride, const int64_t box[4]);
    void (*begin)(void), (*end)(void); /* around the panels of one task; may be NULL */
    int narrow;                        /* lanes of b that a narrow call covers */
    /* Up to SC_GEMM_SKINNY rows of A, stored (M, K): without packing. */
    void (*skinny)(sc_pool *pool, void *scratch, const sc_gemm *g);
    size_t (*skinny_scratch)(int64_t k, int n_threads);
} sc_gemm_engine;
enum { SC_GEMM_ADD = 1, SC_GEMM_NARROW = 2 };
enum { SC_GEMM_SKINNY = 16 };

extern const sc_gemm_engine sc__gemm_avx2, sc__gemm_avx512, sc__gemm_avx512bf16, sc__gemm_amx,
    sc__gemm_f32_amx, sc__gemm_neon;

/* The engine of a set for sides of these types; NULL: none. */
const sc_gemm_engine *sc__gemm_engine(sc_isa isa, sc_dtype a, sc_dtype b);
/* Bytes of scratch for a product of at most m, n, k. */
size_t sc__gemm_scratch(const sc_gemm_engine *e, const int64_t size[3], int n_threads);
void sc__gemm_run(const sc_gemm_engine *e, sc_pool *pool, void *scratch, const sc_gemm *g);

#endif
