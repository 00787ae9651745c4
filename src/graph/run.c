/* run.c - a run walks the planned nodes and calls their kernels; nothing is allocated. Also what
 * opens and closes machines. */
#include "graph/graph.h"
#include "base/clock.h"
#include "base/pool.h"

#include <inttypes.h>
#include <string.h>

/* ---- machines -------------------------------------------------------------------------------- */

static const sc_backend *const backends[] = {&sc__backend_cpu, &sc__backend_ref,
                                             &sc__backend_ref_f64};

sc_status sc_machine_open(sc_machine **out, const char *backend, int n_threads) {
    *out = NULL;
    const sc_backend *b = NULL;
    for (int i = 0; i < SC_LEN(backends); i++)
        if (!strcmp(backends[i]->name, backend ? backend : "cpu")) b = backends[i];
    if (!b) return SC_FAIL(SC_USAGE, "no backend is called \"%s\": there are cpu and ref", backend);
    sc_machine *m = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "machine");
    m->backend = b;
    sc_status s = b->open(&m->isa);
    if (s >= 0) s = sc__pool_open(&m->pool, n_threads);
    if (s < 0) {
        sc__free(m);
        return s;
    }
    *out = m;
    return SC_OK;
}

void sc_machine_close(sc_machine *m) {
    if (!m) return;
    sc__pool_close(m->pool);
    sc__free(m);
}

int sc_machine_threads(const sc_machine *m) { return sc__pool_threads(m->pool); }
const char *sc_machine_isa(const sc_machine *m) { return m->isa; }

/* ---- runs ------------------------------------------------------------------------------------ */

static int64_t token_capacity(const sc_graph *g) {
    for (const sc_node *n = g->first; n; n = n->next)
        if (n->tokens) return n->shape.dim[0];
    return 0;
}

static int64_t sequence_capacity(const sc_graph *g) {
    for (const sc_node *n = g->first; n; n = n->next)
        if (n->op == SC_OP_ATTENTION) return n->in[SC_AT_OFFSETS]->shape.dim[0] - 1;
    return 0;
}

static sc_status begin(const sc_graph *g, const sc_run_options *o, sc_exec *x) {
    const int64_t tokens = token_capacity(g), sequences = sequence_capacity(g);
    if (o->n_tokens < 0 || o->n_tokens > tokens)
        return SC_FAIL(SC_SHAPE, "%" PRId64 " tokens in a graph for %" PRId64, o->n_tokens, tokens);
    if (o->n_sequences < 0 || o->n_sequences > sequences)
        return SC_FAIL(SC_SHAPE, "%" PRId64 " sequences in a graph for %" PRId64, o->n_sequences,
                       sequences);
    *x = (sc_exec){.pool = g->machine->pool,
                   .scratch = g->scratch,
                   .n_tokens = o->n_tokens ? o->n_tokens : tokens,
                   .n_sequences = o->n_sequences ? o->n_sequences : sequences,
                   .accumulate = o->accumulate,
                   .seed = o->seed,
                   .step = o->step};
    return SC_OK;
}

/* Leaves of the caller's storage may have moved since the last run. */
static void bind_storage(sc_node *n) {
    if (n->op == SC_OP_LEAF && n->tensor)
        n->data = n->tensor->data;
    else if (n->op == SC_OP_CACHE_WRITE)
        n->data = n->in[0]->data;
    else if (n->tensor)
        n->data = n->tensor->grad;
}

sc_status sc_graph_run(sc_graph *g, const sc_run_options *o) {
    const sc_run_options none = {0};
    sc_exec x;
    SC_TRY(sc__graph_plan(g));
    SC_TRY(begin(g, o ? o : &none, &x));
    for (sc_node *n = g->first; n; n = n->next) bind_storage(n);
    for (sc_node *n = g->first; n; n = n->next) {
        if (!n->kernel) continue;
        const double start = g->profile ? sc__clock_now() : 0;
        n->kernel->run(&x, n);
        if (g->profile) {
            n->seconds += sc__clock_now() - start;
            n->calls++;
        }
    }
    return SC_OK;
}

void sc_graph_set_profile(sc_graph *g, bool on) { g->profile = on; }

int sc_graph_profile(const sc_graph *g, sc_profile_row *rows, int n) {
    sc_profile_row all[SC_OP_COUNT] = {{0}};
    for (const sc_node *m = g->first; m; m = m->next) {
        if (!m->calls) continue;
        all[m->op].op = sc__ops[m->op].name;
        all[m->op].kernel = m->kernel->name;
        all[m->op].seconds += m->seconds;
        all[m->op].calls += m->calls;
    }
    int count = 0;
    while (count < n) {
        sc_profile_row *best = NULL;
        for (int i = 0; i < SC_OP_COUNT; i++)
            if (all[i].calls && (!best || all[i].seconds > best->seconds)) best = &all[i];
        if (!best) break;
        rows[count++] = *best;
        best->calls = 0;
    }
    return count;
}
