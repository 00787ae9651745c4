/* gemm.c - the driver: C is cut into a part a worker, a part into blocks that fit the scratch,
 * whose panels are packed, then into tiles whose sums live in a cache until the whole k is done. */
#include "backend/cpu/gemm.h"

#include "backend/cpu/onednn.h"

/* Lanes and elements of k packed at once, at most. */
enum { MOST_M = 1024, MOST_N = 3072, MOST_K = 3072 };
/* Bytes of packed panels that stay in a core's own cache beside what else runs through it. */
enum { NEAR_A = 400000, NEAR_B = 1000000 };
/* Of a tile of C, at most. */
enum { TILE_M = 256, TILE_N = 256 };
/* Below so many multiplications waking the threads costs more than they bring. */
enum { WORTH_THREADS = 100000 };

const sc_gemm_engine *sc__gemm_engine(sc_isa isa, sc_dtype a, sc_dtype b) {
    const bool bf16 = a == SC_BF16 && b == SC_BF16;
    const bool real = (a == SC_F32 || a == SC_BF16 || a == SC_F16) &&
                      (b == SC_F32 || b == SC_BF16 || b == SC_F16);
    if (!real) return NULL;
#if defined(__x86_64__)
    if (isa == SC_ISA_AMX && bf16) return &sc__gemm_amx;
    if (isa == SC_ISA_AMX && a == SC_F32 && b == SC_F32) return &sc__gemm_f32_amx;
    if (isa >= SC_ISA_AVX512BF16 && bf16) return &sc__gemm_avx512bf16;
    if (isa >= SC_ISA_AVX512) return &sc__gemm_avx512;
    return isa == SC_ISA_AVX2 ? &sc__gemm_avx2 : NULL;
#elif defined(__aarch64__)
    return isa == SC_ISA_NEON && (real || bf16) ? &sc__gemm_neon : NULL;
#else
    (void)isa, (void)bf16;
    return NULL;
#endif
}

static int64_t round_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

static int64_t words_of(const sc_gemm_engine *e, int64_t k) {
    return round_up((k + e->per_word - 1) / e->per_word, e->align);
}

/* `all` cut into equal parts of at most `most`, each but the last a multiple of `unit`. */
static int64_t part_of(int64_t all, int64_t most, int64_t unit) {
    const int64_t parts = SC_MAX((all + most - 1) / most, 1);
    return SC_MAX(round_up((all + parts - 1) / parts, unit), unit);
}

/* One block of the product: what is packed, and the tiles of C that come of it. */
typedef struct {
    const sc_gemm_engine *e;
    const sc_gemm *g;
    char *a, *b;         /* packed panels */
    float *tile, *sums;  /* of sums; C's block between blocks of k */
    int64_t m0, n0, k0;  /* where the block begins */
    int64_t m, n, k;     /* its size */
    int64_t words, step; /* of k, and so many at a time */
    int64_t sums_stride;
    bool first, last; /* of the blocks of k */
} block;

enum { TILE_STRIDE = TILE_N + 32 }; /* rows of a tile not a power of two apart */

static size_t bytes_a(const sc_gemm_engine *e, int64_t m, int64_t k) {
    const int64_t mb = SC_MIN(m, (int64_t)MOST_M), kb = SC_MIN(k, (int64_t)MOST_K);
    return (size_t)round_up(round_up(mb, e->lanes_a) * words_of(e, kb) * e->word, SC_ALIGN);
}
static size_t bytes_b(const sc_gemm_engine *e, int64_t n, int64_t k) {
    const int64_t nb = SC_MIN(n, (int64_t)MOST_N), kb = SC_MIN(k, (int64_t)MOST_K);
    return (size_t)round_up(round_up(nb, e->lanes_b) * words_of(e, kb) * e->word, SC_ALIGN);
}
static size_t bytes_sums(const sc_gemm_engine *e, int64_t m, int64_t n) {
    const int64_t mb = SC_MIN(m, (int64_t)MOST_M), nb = SC_MIN(n, (int64_t)MOST_N);
    return (size_t)(round_up(mb, e->lanes_a) * round_up(nb, e->lanes_b) * 4);
}

enum { TILE_BYTES = (TILE_M + 32) * TILE_STRIDE * 4 };

/* The block's lanes of one side, all of its k. */
static void pack(const block *w, bool is_a, int64_t lanes) {
    const sc_gemm_engine *e = w->e;
    const int width = is_a ? e->lanes_a : e->lanes_b;
    const sc_gemm_part p = {is_a ? w->m0 : w->n0, w->k0, w->k, (int)((lanes + width - 1) / width)};
    if (is_a)
        e->pack_a(w->a, &w->g->a, &p);
    else
        e->pack_b(w->b, &w->g->b, &p);
}

/* Rows of a tile that one panel of A makes: where their sums lie, and what they are in C. */
typedef struct {
    float *c;
    int64_t stride, row, column, rows, columns;
} strip;

/* The pair of panels at column j of a strip, over the words from `at` on. */
static void multiply_pair(const block *w, const strip *s, int64_t j, int64_t at) {
    const sc_gemm_engine *e = w->e;
    const int flags =
        (at || !w->first ? SC_GEMM_ADD : 0) | (s->columns - j <= e->narrow ? SC_GEMM_NARROW : 0);
    e->panel(s->c + j, s->stride, w->a + (s->row * w->words + at * e->lanes_a) * e->word,
             w->b + ((s->column + j) * w->words + at * e->lanes_b) * e->word,
             SC_MIN(w->step, w->words - at), flags);
}

/* Rows from .. to - 1 of a strip whose sums are done. */
static void finish_rows(const block *w, const strip *s, int64_t from, int64_t to) {
    const int64_t box[4] = {w->m0 + s->row + from, w->n0 + s->column, SC_MIN(to, s->rows) - from,
                            s->columns};
    if (box[2] > 0) w->e->finish(&w->g->out, s->c + from * s->stride, s->stride, box);
}

/* Strip by strip. Rows of C are written whole, for their memory is far, and while the next strip is
 * being multiplied, so that the writes hide behind it. */
static void multiply_tile(const block *w, float *tile, const int64_t box[4]) {
    const int64_t la = w->e->lanes_a, lb = w->e->lanes_b, pairs = (box[3] + lb - 1) / lb;
    const bool kept = !(w->first && w->last), one_go = !kept && w->step >= w->words;
    const int64_t stride = kept ? w->sums_stride : TILE_STRIDE;
    float *c = kept ? w->sums + box[0] * stride + box[1] : tile;
    strip before = {0};
    for (int64_t at = 0; at < w->words; at += w->step)
        for (int64_t i = 0; i < box[2]; i += la) {
            const strip s = {c + (one_go ? i / la % 2 * la : i) * stride,
                             stride,
                             box[0] + i,
                             box[1],
                             SC_MIN(box[2] - i, la),
                             box[3]};
            for (int64_t p = 0; p < pairs; p++) {
                multiply_pair(w, &s, p * lb, at);
                finish_rows(w, &before, p * la / pairs, (p + 1) * la / pairs);
            }
            if (w->last && at + w->step >= w->words) before = s;
        }
    finish_rows(w, &before, 0, la);
}

static void run_block(const block *w, bool pack_a, bool pack_b) {
    const int64_t most_m = TILE_M / w->e->lanes_a * w->e->lanes_a;
    const int64_t most_n = TILE_N / w->e->lanes_b * w->e->lanes_b;
    const int64_t tile_m = part_of(w->m, most_m, w->e->lanes_a);
    const int64_t tile_n = part_of(w->n, most_n, w->e->lanes_b);
    if (pack_a) pack(w, true, w->m);
    if (pack_b) pack(w, false, w->n);
    if (w->e->begin) w->e->begin();
    for (int64_t i = 0; i < w->m; i += tile_m)
        for (int64_t j = 0; j < w->n; j += tile_n)
            multiply_tile(w, w->tile,
                          (int64_t[4]){i, j, SC_MIN(tile_m, w->m - i), SC_MIN(tile_n, w->n - j)});
    if (w->e->end) w->e->end();
}

/* The blocks of k of one block of C. */
static void run_sums(block *w, int64_t step, bool new_a, bool new_b) {
    const int64_t k = w->g->k;
    for (w->k0 = 0; w->k0 < k || !w->k0; w->k0 += step) {
        w->k = SC_MIN(step, k - w->k0);
        w->words = words_of(w->e, w->k);
        w->step = part_of(w->words, w->e->depth, w->e->align);
        w->first = !w->k0;
        w->last = w->k0 + step >= k;
        const bool whole = w->first && w->last;
        run_block(w, new_a || !whole, new_b || !whole);
    }
}

/* Small enough for what is packed to be still in a cache when it is used, large enough not to pack
 * it often. Where C is wide, or a sum long, the rows of A stay in one block. The cut of k depends
 * on k alone, for the bits depend on it. */
static void cut_blocks(int64_t step[3], const sc_gemm_engine *e, const int64_t size[3]) {
    const bool wide = size[1] > MOST_N, deep = size[2] > 2 * MOST_K;
    const int64_t most_m = wide || deep ? MOST_M : MOST_M / 2;
    step[0] = part_of(size[0], most_m, e->lanes_a);
    step[1] = part_of(size[1], size[0] <= most_m ? MOST_N / 4 : MOST_N, e->lanes_b);
    step[2] = part_of(size[2], deep ? MOST_K / 3 : MOST_K, 32);
    /* all of B stays near: so may what is packed of A */
    const int64_t column = words_of(e, step[2]) * e->word;
    if (step[2] >= size[2] && size[1] * column <= NEAR_B)
        step[0] = part_of(size[0], SC_MIN(SC_MAX(NEAR_A / column, 64), most_m), e->lanes_a);
}

/* The whole product on one worker. */
static void run_part(const sc_gemm_engine *e, void *scratch, const sc_gemm *g) {
    const int64_t m = g->a.lanes, n = g->b.lanes;
    int64_t step[3];
    cut_blocks(step, e, (int64_t[3]){m, n, g->k});
    block w = {.e = e, .g = g, .a = scratch, .sums_stride = step[1]};
    w.b = w.a + bytes_a(e, step[0], g->k);
    w.tile = (float *)(void *)(w.b + bytes_b(e, step[1], g->k));
    w.sums = w.tile + TILE_BYTES / 4;
    for (w.n0 = 0; w.n0 < n; w.n0 += step[1])
        for (w.m0 = 0; w.m0 < m; w.m0 += step[0]) {
            w.n = SC_MIN(step[1], n - w.n0);
            w.m = SC_MIN(step[0], m - w.m0);
            run_sums(&w, step[2], step[0] < m || !w.n0, !w.m0);
        }
}

/* ---- parts of C, one a worker: each packs what it needs for itself, for panels that another core
 * has packed are far away. No bit depends on the cut. ---- */

typedef struct {
    const sc_gemm_engine *e;
    const sc_gemm *g;
    char *scratch;
    size_t scratch_bytes; /* of a worker */
    int64_t part_m, part_n, across;
} parts;

static const char *at(const void *p, int64_t elements, sc_dtype t) {
    return (const char *)p + (size_t)elements * sc_dtype_size(t);
}

static sc_gemm_side side_from(sc_gemm_side s, int64_t lane, int64_t lanes) {
    s.data = at(s.data, s.k_major ? lane : lane * s.stride, s.dtype);
    s.lanes = lanes;
    return s;
}

static void part_task(void *arg, int64_t task, int worker) {
    const parts *p = arg;
    const int64_t m0 = task / p->across * p->part_m, n0 = task % p->across * p->part_n;
    sc_gemm g = *p->g;
    sc_gemm_out *o = &g.out;
    g.a = side_from(g.a, m0, SC_MIN(p->part_m, g.a.lanes - m0));
    g.b = side_from(g.b, n0, SC_MIN(p->part_n, g.b.lanes - n0));
    o->to = (void *)(uintptr_t)at(o->to, m0 * o->stride + n0, o->type);
    if (o->pre) o->pre = (void *)(uintptr_t)at(o->pre, m0 * o->stride + n0, o->type);
    if (o->bias) o->bias = at(o->bias, n0, o->bias_type);
    run_part(p->e, p->scratch + (size_t)worker * p->scratch_bytes, &g);
}

/* A grid of as many parts as threads, of the shape that packs least twice. */
static void cut_parts(parts *p, int n_threads) {
    const int64_t m = p->g->a.lanes, n = p->g->b.lanes;
    int64_t best = INT64_MAX;
    for (int down = 1; down <= n_threads; down++) {
        if (n_threads % down) continue;
        const int across = n_threads / down;
        const int64_t part_m = part_of(m, (m + down - 1) / down, p->e->lanes_a);
        const int64_t part_n = part_of(n, (n + across - 1) / across, p->e->lanes_b);
        const int64_t uneven = part_m * part_n * n_threads - m * n; /* idle while others work */
        const int64_t packed = down * n + across * m + uneven / 16;
        if (packed >= best) continue;
        best = packed;
        p->part_m = part_m;
        p->part_n = part_n;
        p->across = (n + part_n - 1) / part_n;
    }
}

static size_t part_scratch(const sc_gemm_engine *e, int64_t m, int64_t n, int64_t k) {
    const size_t packed = bytes_a(e, m, k) + bytes_b(e, n, k) + TILE_BYTES;
    return packed + (k > MOST_K ? (size_t)round_up((int64_t)bytes_sums(e, m, n), SC_ALIGN) : 0);
}

size_t sc__gemm_scratch(const sc_gemm_engine *e, const int64_t size[3], int n_threads) {
    const size_t skinny = e->skinny_scratch(size[2], n_threads);
    const size_t packed = (size_t)n_threads * part_scratch(e, size[0], size[1], size[2]);
    return SC_MAX(SC_MAX(packed, skinny), sc__onednn_scratch(n_threads));
}

void sc__gemm_run(const sc_gemm_engine *e, sc_pool *pool, void *scratch, const sc_gemm *g) {
    const int64_t m = g->a.lanes, n = g->b.lanes;
    if (m <= SC_GEMM_SKINNY && !g->a.k_major) {
        e->skinny(pool, scratch, g);
        return;
    }
    if (sc__onednn_takes(e, g)) {
        sc__onednn_run(e, pool, scratch, g);
        return;
    }
    const int n_threads = m * n * g->k < WORTH_THREADS ? 1 : sc__pool_threads(pool);
    parts p = {.e = e, .g = g, .scratch = scratch, .scratch_bytes = part_scratch(e, m, n, g->k)};
    cut_parts(&p, n_threads);
    const int64_t down = (m + p.part_m - 1) / p.part_m;
    sc__pool_run(n_threads > 1 ? pool : NULL, down * p.across, part_task, &p);
}
