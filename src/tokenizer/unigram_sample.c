/* unigram_sample.c - other segmentations than the best: drawn at random (subword regularization,
 * Kudo 2018), or the n best.
 *
 * Both walk over the edges of a piece's lattice, which lie in the order of where they begin.
 * Drawing sums forward and chooses backward. The n best keep n ways to each place; those of a text
 * are put together piece by piece: of n ways so far and n of the next piece, way i and alternative
 * j can be among the n best only when (i + 1) (j + 1) <= n. */
#include "base/random.h"
#include "base/utf8.h"
#include "tokenizer/unigram.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t from, to;
    int32_t id;
    uint32_t before; /* + 1: another edge that ends at the same place; 0: none */
    double score;
} edge;

static sc_status push_edge(sc_buffer *edges, size_t from, size_t to, int32_t id, double score) {
    const edge x = {(uint32_t)from, (uint32_t)to, id, 0, score};
    sc__buffer_append(edges, &x, sizeof x);
    return edges->status;
}

/* All tokens that stand in the piece; the unknown where none is a character by itself. */
static sc_status list_edges(sc_buffer *edges, const sc_unigram_model *m, const char *piece,
                            size_t n) {
    sc__buffer_clear(edges);
    if (n >= UINT32_MAX) return SC_FAIL(SC_FORMAT, "a piece of %zu bytes is too long", n);
    for (size_t at = 0; at < n;) {
        int len;
        uint32_t node = 0;
        bool single = false;
        sc__utf8_decode(piece + at, &len);
        for (size_t i = at; i < n && sc__trie_step(&m->trie, &node, (unsigned char)piece[i]); i++) {
            const int32_t id = m->trie.values[node];
            if (id < 0) continue;
            SC_TRY(push_edge(edges, at, i + 1, id, m->scores[id]));
            single |= i + 1 - at == (size_t)len;
        }
        if (!single && m->unk < 0)
            return SC_FAIL(SC_FORMAT, "a character is not in the vocabulary, and there is no "
                                      "model.unk_id");
        if (!single) SC_TRY(push_edge(edges, at, at + (size_t)len, m->unk, m->unk_score));
        at += (size_t)len;
    }
    return SC_OK;
}

/* -- drawing --------------------------------------------------------------------------------- */

typedef struct {
    double sum;    /* log of the sum over all ways to this place */
    uint32_t last; /* + 1: an edge that ends here */
    sc_unigram_step step;
} draw_place;

void sc__draw_deinit(sc_draw *d) {
    sc__buffer_deinit(&d->edges);
    sc__buffer_deinit(&d->places);
}

static double log_add(double a, double b) {
    if (a < b) {
        const double c = a;
        a = b, b = c;
    }
    return isinf(b) ? a : a + log1p(exp(b - a));
}

static void sum_forward(draw_place *p, edge *edges, size_t n_edges, size_t n, double alpha) {
    for (size_t i = 0; i <= n; i++) p[i] = (draw_place){i ? -(double)INFINITY : 0, 0, {0, 0}};
    for (size_t i = 0; i < n_edges; i++) {
        edge *x = &edges[i];
        x->before = p[x->to].last;
        p[x->to].last = (uint32_t)i + 1;
        p[x->to].sum = log_add(p[x->to].sum, p[x->from].sum + alpha * x->score);
    }
}

/* One of the edges that end at a place, in proportion to the ways that go through it. */
static const edge *choose(const draw_place *p, const edge *edges, uint32_t at, double u,
                          double alpha) {
    const edge *x = NULL;
    for (uint32_t i = p[at].last; i; i = x->before) {
        x = &edges[i - 1];
        u -= exp(p[x->from].sum + alpha * x->score - p[at].sum);
        if (u < 0) break;
    }
    return x;
}

sc_status sc__unigram_draw(const sc_unigram_model *m, sc_draw *d, const char *piece, size_t n,
                           sc_tokens *out) {
    SC_TRY(list_edges(&d->edges, m, piece, n));
    sc__buffer_clear(&d->places);
    draw_place *p = sc__buffer_extend(&d->places, (n + 1) * sizeof *p);
    if (!p) return d->places.status;
    edge *edges = (edge *)(void *)d->edges.data;
    sum_forward(p, edges, d->edges.len / sizeof *edges, n, d->alpha);
    const uint64_t piece_number = d->n_drawn++;
    size_t first = n + 1; /* steps lie at the end of the places, written from back to front */
    for (uint32_t at = (uint32_t)n, k = 0; at; k++) {
        const double u = (double)sc__random_uniform(d->seed, piece_number, k);
        const edge *x = choose(p, edges, at, u, d->alpha);
        p[--first].step = (sc_unigram_step){at, x->id};
        at = x->from;
    }
    sc_unigram_step *steps = (sc_unigram_step *)(void *)p; /* moved together over what was summed */
    size_t n_steps = 0;
    for (size_t i = first; i <= n; i++) {
        const sc_unigram_step step = p[i].step;
        steps[n_steps++] = step;
    }
    sc__unigram_write(m, piece, steps, n_steps, out);
    return SC_OK;
}

/* -- the n best ------------------------------------------------------------------------------ */

typedef struct {
    double score;
    uint32_t edge, rank; /* the way goes over this edge from the rank-th way to where it begins */
} way;

/* Ids of one piece, or a whole segmentation up to here: what came before, and further ids. */
typedef struct {
    double score;
    uint64_t ids;
    uint32_t n_ids, before; /* before: + 1, in the pool; 0: the beginning */
} part;

typedef struct {
    double score;
    uint32_t front, alternative;
} choice;

void sc__nbest_init(sc_nbest *b, const sc_unigram_model *m, size_t most) {
    *b = (sc_nbest){.m = m, .most = most};
}

void sc__nbest_deinit(sc_nbest *b) {
    sc_buffer *all[] = {&b->edges, &b->places, &b->steps, &b->alternatives,
                        &b->ids,   &b->pool,   &b->front, &b->next};
    for (int i = 0; i < SC_LEN(all); i++) sc__buffer_deinit(all[i]);
}

/* Into a list of at most `most` ways, best first; of equal ones those that came first. */
static void offer(way *list, uint32_t *n, size_t most, way x) {
    if (*n == most && x.score <= list[*n - 1].score) return;
    uint32_t at = *n < most ? (*n)++ : *n - 1;
    for (; at && x.score > list[at - 1].score; at--) list[at] = list[at - 1];
    list[at] = x;
}

static void find_ways(way *ways, uint32_t *counts, const edge *edges, size_t n_edges, size_t most) {
    ways[0] = (way){0, 0, 0};
    counts[0] = 1;
    for (size_t i = 0; i < n_edges; i++) {
        const edge *x = &edges[i];
        for (uint32_t r = 0; r < counts[x->from]; r++)
            offer(&ways[x->to * most], &counts[x->to], most,
                  (way){ways[x->from * most + r].score + x->score, (uint32_t)i, r});
    }
}

/* The ids of the rank-th way to the end, appended; the part that says where they are. */
static sc_status spell_way(sc_nbest *b, part *out, const way *ways, const char *piece, size_t n,
                           uint32_t rank) {
    const edge *edges = (const edge *)(const void *)b->edges.data;
    size_t n_steps = 0;
    sc__buffer_clear(&b->steps);
    sc_unigram_step *steps = sc__buffer_extend(&b->steps, (n + 1) * sizeof *steps);
    if (!steps) return b->steps.status;
    *out = (part){ways[n * b->most + rank].score, b->ids.len / sizeof(int32_t), 0, 0};
    for (size_t at = n; at;) {
        const way *w = &ways[at * b->most + rank];
        steps[n - n_steps++] = (sc_unigram_step){(uint32_t)at, edges[w->edge].id};
        rank = w->rank;
        at = edges[w->edge].from;
    }
    int32_t *ids = sc__buffer_extend(&b->ids, n * sizeof *ids);
    if (!ids) return b->ids.status;
    sc_tokens tokens = {ids, NULL, 0};
    sc__unigram_write(b->m, piece, steps + n + 1 - n_steps, n_steps, &tokens);
    out->n_ids = (uint32_t)tokens.n;
    b->ids.len -= (n - (size_t)tokens.n) * sizeof *ids;
    return SC_OK;
}

static sc_status find_alternatives(sc_nbest *b, const char *piece, size_t n) {
    const size_t most_bytes = (size_t)1 << 30, cells = (n + 1) * b->most;
    SC_TRY(list_edges(&b->edges, b->m, piece, n));
    sc__buffer_clear(&b->places);
    sc__buffer_clear(&b->alternatives);
    if (cells > most_bytes / sizeof(way))
        return SC_FAIL(SC_FORMAT, "a piece of %zu bytes is too long for %zu segmentations", n,
                       b->most);
    way *ways = sc__buffer_extend(&b->places, cells * sizeof *ways + (n + 1) * sizeof(uint32_t));
    if (!ways) return b->places.status;
    uint32_t *counts = (uint32_t *)(void *)(ways + cells);
    memset(counts, 0, (n + 1) * sizeof *counts);
    find_ways(ways, counts, (const edge *)(const void *)b->edges.data, b->edges.len / sizeof(edge),
              b->most);
    for (uint32_t r = 0; r < counts[n]; r++) {
        part x = {0};
        SC_TRY(spell_way(b, &x, ways, piece, n, r));
        sc__buffer_append(&b->alternatives, &x, sizeof x);
    }
    return b->alternatives.status;
}

static int by_score(const void *a, const void *b) {
    const choice *p = a, *q = b;
    if (p->score != q->score) return p->score > q->score ? -1 : 1;
    if (p->front != q->front) return p->front < q->front ? -1 : 1;
    return p->alternative < q->alternative ? -1 : 1;
}

static sc_status list_choices(sc_nbest *b) {
    const part *x = (const part *)(const void *)b->alternatives.data;
    const uint32_t *front = (const uint32_t *)(const void *)b->front.data;
    const size_t n = b->alternatives.len / sizeof *x, n_front = b->front.len / sizeof *front;
    sc__buffer_clear(&b->next);
    for (size_t i = 0; i < SC_MAX(n_front, 1); i++)
        for (size_t j = 0; j < n && (i + 1) * (j + 1) <= b->most; j++) {
            const part *pool = (const part *)(const void *)b->pool.data;
            const double so_far = n_front ? pool[front[i]].score : 0;
            const choice c = {so_far + x[j].score, (uint32_t)i, (uint32_t)j};
            sc__buffer_append(&b->next, &c, sizeof c);
        }
    return b->next.status;
}

/* Every way so far goes on with every alternative, and the best are kept. */
static sc_status go_on(sc_nbest *b) {
    SC_TRY(list_choices(b));
    choice *c = (choice *)(void *)b->next.data;
    const part *x = (const part *)(const void *)b->alternatives.data;
    const size_t n = SC_MIN(b->most, b->next.len / sizeof *c);
    const bool begun = b->front.len > 0;
    qsort(c, b->next.len / sizeof *c, sizeof *c, by_score);
    if (b->pool.len / sizeof(part) + n >= UINT32_MAX)
        return SC_FAIL(SC_FORMAT, "a text is too long for %zu segmentations", b->most);
    for (size_t i = 0; i < n; i++) {
        const uint32_t *front = (const uint32_t *)(const void *)b->front.data;
        part y = x[c[i].alternative];
        y.score = c[i].score;
        y.before = begun ? front[c[i].front] + 1 : 0;
        sc__buffer_append(&b->pool, &y, sizeof y);
    }
    sc__buffer_clear(&b->front);
    const uint32_t first = (uint32_t)(b->pool.len / sizeof(part) - n);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t at = first + i;
        sc__buffer_append(&b->front, &at, sizeof at);
    }
    return b->pool.status < 0 ? b->pool.status : b->front.status;
}

sc_status sc__nbest_fixed(sc_nbest *b, const int32_t *ids, int64_t n) {
    if (!n) return SC_OK;
    const part x = {0, b->ids.len / sizeof *ids, (uint32_t)n, 0};
    sc__buffer_append(&b->ids, ids, (size_t)n * sizeof *ids);
    SC_TRY(b->ids.status);
    sc__buffer_clear(&b->alternatives);
    sc__buffer_append(&b->alternatives, &x, sizeof x);
    SC_TRY(b->alternatives.status);
    return go_on(b);
}

sc_status sc__nbest_piece(sc_nbest *b, const char *piece, size_t n) {
    SC_TRY(find_alternatives(b, piece, n));
    return go_on(b);
}

static sc_status read_back(const sc_nbest *b, sc_segmentation *out, uint32_t at) {
    const part *pool = (const part *)(const void *)b->pool.data;
    const int32_t *ids = (const int32_t *)(const void *)b->ids.data;
    int64_t n = 0;
    for (uint32_t i = at + 1; i; i = pool[i - 1].before) n += pool[i - 1].n_ids;
    out->score = pool[at].score;
    out->ids = (sc_ids){sc__alloc((size_t)n * sizeof *ids), n, n};
    if (!out->ids.ids) return SC_FAIL(SC_NOMEM, "no memory for %" PRId64 " ids", n);
    for (uint32_t i = at + 1; i; i = pool[i - 1].before) {
        n -= pool[i - 1].n_ids;
        memcpy(out->ids.ids + n, ids + pool[i - 1].ids, pool[i - 1].n_ids * sizeof *ids);
    }
    return SC_OK;
}

static sc_status reserve(sc_segmentations *out, int64_t n) {
    const int64_t capacity = out->n + n;
    if (capacity <= out->capacity) return SC_OK;
    sc_segmentation *items = sc__realloc(out->items, (size_t)capacity * sizeof *items);
    if (!items) return SC_FAIL(SC_NOMEM, "no memory for %" PRId64 " segmentations", capacity);
    out->items = items;
    out->capacity = capacity;
    return SC_OK;
}

sc_status sc__nbest_finish(sc_nbest *b, sc_segmentations *out) {
    const uint32_t *front = (const uint32_t *)(const void *)b->front.data;
    const int64_t n = (int64_t)(b->front.len / sizeof *front);
    SC_TRY(reserve(out, SC_MAX(n, 1)));
    if (!n)
        out->items[out->n++] = (sc_segmentation){SC_IDS_INIT, 0}; /* of no text, the empty one */
    for (int64_t i = 0; i < n; i++) {
        SC_TRY(read_back(b, &out->items[out->n], front[i]));
        out->n++;
    }
    return SC_OK;
}

void sc_segmentations_deinit(sc_segmentations *list) {
    for (int64_t i = 0; i < list->n; i++) sc_ids_deinit(&list->items[i].ids);
    sc__free(list->items);
    *list = (sc_segmentations)SC_SEGMENTATIONS_INIT;
}
