/* plan.c - decides before the first run everything a run needs: which nodes live, where each output
 * lies, which kernel makes it. A run then allocates nothing.
 *
 * Memory is one block. Nodes are walked in program order; an output takes the best-fitting hole and
 * gives it back after its last use. Invariant: two outputs whose lives overlap never overlap in
 * memory, except an element-by-element operation that takes over the memory of an input dying
 * there. */
#include "graph/graph.h"
#include "base/log.h"
#include "tensor/dtype.h"

#include <inttypes.h>

/* ---- which nodes run ------------------------------------------------------------------------- */

static bool is_root(const sc_node *n) {
    return n->kept || (sc__ops[n->op].flags & SC_FLAG_KEEP) || (n->tensor && n->op != SC_OP_LEAF);
}

static bool makes_root(const sc_node *n) {
    bool root = is_root(n);
    for (int k = 1; k < n->n_out; k++) root |= n->out[k] && is_root(n->out[k]);
    return root;
}

/* The node whose memory this one's value lies in. */
static sc_node *storage(sc_node *n) { return n->op == SC_OP_CACHE_WRITE ? storage(n->in[0]) : n; }

/* Nodes in an order in which each comes after its inputs: that of making, with marking from the
 * roots. */
static void mark(sc_node *n) {
    if (n->live) return;
    n->live = true;
    for (int i = 0; i < SC_MAX_IN; i++)
        if (n->in[i]) mark(n->in[i]);
}

static void mark_live(sc_graph *g) {
    for (sc_node *n = g->first; n; n = n->next)
        if (n->op != SC_OP_LEAF && n->op != SC_OP_OUTPUT && makes_root(n)) mark(n);
}

static bool runs(const sc_node *n) {
    return n->live && n->op != SC_OP_LEAF && n->op != SC_OP_OUTPUT;
}

static void count_lives(sc_graph *g) {
    int index = 0;
    for (sc_node *n = g->first; n; n = n->next) {
        n->index = index++;
        n->last_use = n->index;
    }
    for (sc_node *n = g->first; n; n = n->next) {
        if (!runs(n)) continue;
        for (int k = 1; k < n->n_out; k++)
            if (n->out[k] && n->out[k]->last_use < n->index) n->out[k]->last_use = n->index;
        for (int i = 0; i < SC_MAX_IN; i++) {
            sc_node *s = n->in[i] ? storage(n->in[i]) : NULL;
            if (s && s->last_use < n->index) s->last_use = n->index;
        }
    }
}

/* The first store into a tensor's gradient replaces it, unless the run accumulates; later ones add.
 */
static void order_stores(sc_graph *g) {
    for (sc_node *n = g->first; n; n = n->next) n->store = SC_STORE_WRITE;
    for (sc_node *n = g->first; n; n = n->next) {
        if (!runs(n)) continue;
        for (int k = 0; k < n->n_out; k++) {
            sc_node *o = n->out[k], *earlier = NULL;
            if (!o || !o->tensor) continue;
            for (sc_node *m = g->first; m != n && !earlier; m = m->next)
                for (int j = 0; runs(m) && j < m->n_out; j++)
                    if (m->out[j] && m->out[j]->tensor == o->tensor) earlier = m;
            o->store = earlier ? SC_STORE_ADD : SC_STORE_ADD_IF_ACCUMULATING;
        }
    }
}

/* ---- where outputs lie ----------------------------------------------------------------------- */

typedef struct {
    size_t at, size;
} hole;

typedef struct {
    hole *holes; /* sorted by address, never touching */
    int n_holes;
    size_t end; /* bytes in use or once used */
} heap;

static void remove_hole(heap *h, int i) {
    for (h->n_holes--; i < h->n_holes; i++) h->holes[i] = h->holes[i + 1];
}

static size_t take(heap *h, size_t size) {
    int best = -1;
    for (int i = 0; i < h->n_holes; i++)
        if (h->holes[i].size >= size && (best < 0 || h->holes[i].size < h->holes[best].size))
            best = i;
    if (best < 0) { /* grow, from the last hole when it touches the end */
        size_t at = h->end;
        if (h->n_holes && h->holes[h->n_holes - 1].at + h->holes[h->n_holes - 1].size == h->end)
            at = h->holes[--h->n_holes].at;
        h->end = at + size;
        return at;
    }
    const size_t at = h->holes[best].at;
    h->holes[best].at += size;
    h->holes[best].size -= size;
    if (!h->holes[best].size) remove_hole(h, best);
    return at;
}

static void give(heap *h, size_t at, size_t size) {
    int i = 0;
    while (i < h->n_holes && h->holes[i].at < at) i++;
    const bool joins_left = i > 0 && h->holes[i - 1].at + h->holes[i - 1].size == at;
    const bool joins_right = i < h->n_holes && at + size == h->holes[i].at;
    if (joins_left) {
        h->holes[i - 1].size += size + (joins_right ? h->holes[i].size : 0);
        if (joins_right) remove_hole(h, i);
    } else if (joins_right) {
        h->holes[i].at = at;
        h->holes[i].size += size;
    } else {
        for (int j = h->n_holes++; j > i; j--) h->holes[j] = h->holes[j - 1];
        h->holes[i] = (hole){at, size};
    }
}

typedef struct {
    sc_graph *g;
    heap heap;
    size_t *at, *size; /* of each node's output, by index; size 0: not in the block */
} layout;

static size_t bytes_of(const sc_node *n) {
    const size_t bytes = (size_t)sc_shape_elements(&n->shape) * sc_dtype_size(n->dtype);
    return (SC_MAX(bytes, (size_t)1) + SC_ALIGN - 1) & ~(size_t)(SC_ALIGN - 1);
}

static bool lies_elsewhere(const sc_node *o) { return o->tensor || o->op == SC_OP_CACHE_WRITE; }

/* May n's first output take over the memory of its first input? */
static bool takes_over(const layout *l, const sc_node *n) {
    const sc_node *x = n->in[0];
    if (!l->g->sharing || !(sc__ops[n->op].flags & SC_FLAG_SAME) || !l->size[x->index])
        return false;
    for (int i = 1; i < SC_MAX_IN; i++)
        if (n->in[i] == x) return false;
    return x->last_use == n->index && !x->kept && bytes_of(x) == bytes_of(n) && n->n_out == 1;
}

static void place(layout *l, sc_node *n) {
    const bool over = takes_over(l, n);
    for (int k = 0; k < n->n_out; k++) {
        sc_node *o = n->out[k];
        if (!o || lies_elsewhere(o)) continue;
        const size_t bytes = bytes_of(o);
        l->g->unshared_bytes += bytes;
        l->size[o->index] = bytes;
        l->at[o->index] = over ? l->at[n->in[0]->index] : take(&l->heap, bytes);
    }
    if (over) l->size[n->in[0]->index] = 0;
}

static void release(layout *l, sc_node *o, int now) {
    if (!l->g->sharing || !l->size[o->index] || o->kept || o->last_use > now) return;
    give(&l->heap, l->at[o->index], l->size[o->index]);
    l->size[o->index] = 0;
}

static void place_all(layout *l) {
    for (sc_node *n = l->g->first; n; n = n->next) {
        if (!runs(n)) continue;
        place(l, n);
        for (int i = 0; i < SC_MAX_IN; i++)
            if (n->in[i]) release(l, n->in[i], n->index);
        for (int k = 0; k < n->n_out; k++)
            if (n->out[k]) release(l, n->out[k], n->index);
    }
}

static void bind(const layout *l, sc_node *o, const bool *placed) {
    if (o->op == SC_OP_LEAF) return;
    if (o->tensor)
        o->data = o->tensor->grad;
    else if (o->op == SC_OP_CACHE_WRITE)
        o->data = NULL; /* as its leaf: bound at each run */
    else if (placed[o->index])
        o->data = (char *)l->g->memory + l->at[o->index];
}

static sc_status lay_out(sc_graph *g, sc_arena *a) {
    const size_t n = (size_t)g->n_nodes + 1;
    layout l = {.g = g,
                .heap = {.holes = sc__arena_array(a, n, sizeof(hole))},
                .at = sc__arena_array(a, n, sizeof(size_t)),
                .size = sc__arena_array(a, n, sizeof(size_t))};
    bool *placed = sc__arena_array(a, n, sizeof *placed);
    if (!l.heap.holes || !l.at || !l.size || !placed) return SC_FAIL(SC_NOMEM, "memory plan");
    g->unshared_bytes = 0;
    for (sc_node *m = g->first; m; m = m->next)
        for (int k = 0; runs(m) && k < m->n_out; k++)
            if (m->out[k]) placed[m->out[k]->index] = !lies_elsewhere(m->out[k]);
    place_all(&l);
    g->memory_bytes = l.heap.end;
    g->memory = sc__alloc(g->memory_bytes);
    if (!g->memory) return SC_FAIL(SC_NOMEM, "activations: %zu bytes", g->memory_bytes);
    for (sc_node *m = g->first; m; m = m->next) bind(&l, m, placed);
    return SC_OK;
}

/* ---- which kernels --------------------------------------------------------------------------- */

static sc_status choose_kernel(sc_graph *g, sc_node *n) {
    const sc_backend *b = g->machine->backend;
    n->kernel = b->find(n);
    if (!n->kernel && b != &sc__backend_ref) {
        n->kernel = sc__backend_ref.find(n);
        if (n->kernel)
            SC_NOTE("%s of %s runs on the slow reference kernel: %s has none for it",
                    sc__ops[n->op].name, sc_dtype_name(n->dtype), b->name);
    }
    if (!n->kernel)
        return SC_FAIL(SC_UNSUPPORTED, "%s of %s: no kernel on %s", sc__ops[n->op].name,
                       sc_dtype_name(n->dtype), b->name);
    const int threads = sc__pool_threads(g->machine->pool);
    if (n->kernel->prepare) SC_TRY(n->kernel->prepare(n, threads));
    if (n->kernel->scratch)
        g->scratch_bytes = SC_MAX(g->scratch_bytes, n->kernel->scratch(n, threads));
    return SC_OK;
}

static sc_status plan(sc_graph *g, sc_arena *a) {
    if (g->fusion && !g->differentiated) SC_TRY(sc__graph_fuse(g));
    mark_live(g);
    count_lives(g);
    order_stores(g);
    SC_TRY(lay_out(g, a));
    for (sc_node *n = g->first; n; n = n->next)
        if (runs(n)) SC_TRY(choose_kernel(g, n));
    g->scratch = sc__alloc(g->scratch_bytes);
    return g->scratch ? SC_OK : SC_FAIL(SC_NOMEM, "scratch: %zu bytes", g->scratch_bytes);
}

sc_status sc__graph_plan(sc_graph *g) {
    SC_TRY(sc_graph_status(g));
    if (g->planned) return SC_OK;
    sc_arena a = SC_ARENA_INIT;
    sc_status s = plan(g, &a);
    sc__arena_deinit(&a);
    if (s < 0) sc__graph_fail(g, s);
    g->planned = s >= 0;
    return s;
}

sc_status sc_graph_plan(sc_graph *g, sc_plan_report *out) {
    SC_TRY(sc__graph_plan(g));
    *out = (sc_plan_report){.planned = g->memory_bytes,
                            .unshared = g->unshared_bytes,
                            .scratch = g->scratch_bytes,
                            .n_fused = g->n_fused};
    for (const sc_node *n = g->first; n; n = n->next) out->n_nodes += runs(n);
    return SC_OK;
}
