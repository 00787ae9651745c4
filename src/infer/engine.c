/* engine.c - graphs are made for capacities 1, 2, 4 ... of tokens and sequences when first needed
 * and kept; a run fills in the true counts. Only the last row of each sequence goes through the
 * head. */
#include "infer/engine.h"

#include "graph/graph.h"

#include <inttypes.h>
#include <string.h>

/* ---- graphs ---------------------------------------------------------------------------------- */

sc_node *sc__engine_head(const sc_model *m, const sc_batch *b, sc_node *hidden) {
    sc_node *w = sc_cast(b->g, sc_tensor_node(b->g, &sc__model_head(m)->t), b->dtype);
    const sc_node proto = {.op = SC_OP_MATMUL,
                           .in = {sc_cast(b->g, hidden, b->dtype), w},
                           .attr = {.matmul = {SC_TB, SC_ACT_NONE, SC_F32}}};
    return sc__node_new(b->g, &proto);
}

static void build(sc_engine *e, sc_engine_plan *p) {
    const sc_shape tokens = {1, {p->n_tokens}}, sequences = {1, {p->n_sequences}};
    const int64_t blocks = (e->max_length + SC_PAGE_ROWS - 1) / SC_PAGE_ROWS;
    p->tokens = sc_input_tokens(p->g, "tokens", SC_I32, tokens);
    p->positions = sc_input_tokens(p->g, "positions", SC_I32, tokens);
    p->slots = sc_input_tokens(p->g, "slots", SC_I32, tokens);
    p->offsets = sc_input(p->g, "offsets", SC_I32, (sc_shape){1, {p->n_sequences + 1}});
    p->kv_len = sc_input(p->g, "kv_len", SC_I32, sequences);
    p->table = sc_input(p->g, "table", SC_I32, (sc_shape){2, {p->n_sequences, blocks}});
    p->last = sc_input(p->g, "last", SC_I32, sequences);
    const sc_batch b = {.g = p->g,
                        .dtype = e->dtype,
                        .tokens = p->tokens,
                        .positions = p->positions,
                        .offsets = p->offsets,
                        .cache = &e->pages.cache,
                        .slots = p->slots,
                        .kv_len = p->kv_len,
                        .table = p->table};
    const sc_model_out out = sc__model_forward(e->model, &b, NULL);
    p->logits = sc__engine_head(e->model, &b, sc_embed(p->g, out.hidden, p->last));
    sc_keep(p->g, p->logits);
}

static int64_t power_for(int64_t n, int64_t limit) {
    int64_t c = 1;
    while (c < n) c *= 2;
    return SC_MIN(c, limit);
}

static sc_status find_plan(sc_engine *e, int64_t n_tokens, int64_t n_sequences,
                           sc_engine_plan **out) {
    const int64_t tokens = power_for(n_tokens, e->max_tokens);
    const int64_t sequences = power_for(n_sequences, e->max_sequences);
    for (int i = 0; i < e->n_plans; i++) {
        *out = &e->plans[i];
        if ((*out)->n_tokens == tokens && (*out)->n_sequences == sequences) return SC_OK;
    }
    sc_assert(e->n_plans < SC_ENGINE_PLANS);
    sc_engine_plan *p = &e->plans[e->n_plans];
    *p = (sc_engine_plan){.n_tokens = tokens, .n_sequences = sequences};
    SC_TRY(sc_graph_open(&p->g, e->machine));
    build(e, p);
    sc_plan_report report;
    const sc_status s = sc_graph_plan(p->g, &report);
    if (s < 0) {
        sc_graph_close(p->g);
        return s;
    }
    e->n_plans++;
    *out = p;
    return SC_OK;
}

/* ---- the engine ------------------------------------------------------------------------------ */

sc_dtype sc__engine_dtype(const sc_model *m) {
    for (int i = 0; i < m->params.n; i++) {
        const sc_tensor *t = &m->params.list[i]->t;
        if (t->shape.n_dims == 2 && t->dtype != SC_BF16) return SC_F32;
    }
    return SC_BF16;
}

static sc_status check_options(const sc_engine *e) {
    if (e->max_tokens < 1 || e->max_length < 1 || e->max_sequences < 1 || e->max_tokens > 1 << 16 ||
        e->max_sequences > 1 << 10)
        return SC_FAIL(SC_USAGE, "generator: a capacity is out of range");
    if (e->max_length > e->model->shape.n_positions)
        return SC_FAIL(SC_USAGE,
                       "a context of %" PRId64 " tokens; the model has %" PRId64 " positions",
                       e->max_length, e->model->shape.n_positions);
    return SC_OK;
}

sc_status sc__engine_init(sc_engine *e, const sc_model *m, sc_machine *machine,
                          const sc_engine_options *o) {
    *e = (sc_engine){.model = m,
                     .machine = machine,
                     .dtype = sc__engine_dtype(m),
                     .max_tokens = o->max_tokens ? o->max_tokens : SC_ENGINE_CHUNK,
                     .max_length = o->max_length ? o->max_length : m->shape.n_positions,
                     .max_sequences = o->max_sequences ? o->max_sequences : 1};
    SC_TRY(check_options(e));
    e->max_tokens = SC_MIN(e->max_tokens, e->max_length * e->max_sequences);
    e->max_sequences = SC_MIN(e->max_sequences, e->max_tokens);
    const int64_t all = e->max_length * e->max_sequences;
    return sc__pages_init(&e->pages, m, e->dtype, o->cache_tokens ? o->cache_tokens : all);
}

void sc__engine_deinit(sc_engine *e) {
    for (int i = 0; i < e->n_plans; i++) sc_graph_close(e->plans[i].g);
    sc__pages_deinit(&e->pages);
    *e = (sc_engine){0};
}

/* ---- a run ----------------------------------------------------------------------------------- */

static sc_status check_feed(const sc_engine *e, const sc_feed *f) {
    sc_assert(f->n > 0);
    if (f->sequence->n + f->n > e->max_length)
        return SC_FAIL(SC_USAGE, "%" PRId64 " tokens are more than the context of %" PRId64,
                       f->sequence->n + f->n, e->max_length);
    for (int64_t i = 0; i < f->n; i++)
        if (f->ids[i] < 0 || f->ids[i] >= e->model->shape.n_vocab)
            return SC_FAIL(SC_USAGE, "token id %d is not in the model's vocabulary of %" PRId64,
                           f->ids[i], e->model->shape.n_vocab);
    return SC_OK;
}

static sc_status reserve(sc_engine *e, const sc_feed *feeds, int64_t n_feeds) {
    for (int64_t i = 0; i < n_feeds; i++) {
        sc_status s = check_feed(e, &feeds[i]);
        if (s >= 0) s = sc__sequence_extend(feeds[i].sequence, &e->pages, feeds[i].n);
        if (s >= 0) continue;
        for (; i >= 0; i--)
            sc__sequence_truncate(feeds[i].sequence, &e->pages, feeds[i].sequence->n);
        return s;
    }
    return SC_OK;
}

/* Row s of the sequences' inputs and rows from `at` on of the tokens'. */
static void fill(const sc_engine_plan *p, const sc_feed *f, int64_t s, int64_t at) {
    int32_t *tokens = sc_node_data(p->tokens), *positions = sc_node_data(p->positions);
    int32_t *slots = sc_node_data(p->slots), *table = sc_node_data(p->table);
    const sc_sequence *q = f->sequence;
    for (int64_t i = 0; i < f->n; i++) {
        tokens[at + i] = f->ids[i];
        positions[at + i] = (int32_t)(q->n + i);
        slots[at + i] = sc__sequence_slot(q, q->n + i);
    }
    memcpy(table + s * sc_node_shape(p->table).dim[1], q->blocks,
           (size_t)q->n_blocks * sizeof *table);
    ((int32_t *)sc_node_data(p->kv_len))[s] = (int32_t)(q->n + f->n);
    ((int32_t *)sc_node_data(p->offsets))[s] = (int32_t)at;
    ((int32_t *)sc_node_data(p->last))[s] = (int32_t)(at + f->n - 1);
}

sc_status sc__engine_run(sc_engine *e, const sc_feed *feeds, int64_t n_feeds) {
    sc_engine_plan *p;
    int64_t n = 0;
    for (int64_t i = 0; i < n_feeds; i++) n += feeds[i].n;
    sc_assert(n_feeds > 0 && n <= e->max_tokens && n_feeds <= e->max_sequences);
    SC_TRY(find_plan(e, n, n_feeds, &p));
    SC_TRY(reserve(e, feeds, n_feeds));
    for (int64_t i = 0, at = 0; i < n_feeds; at += feeds[i++].n) fill(p, &feeds[i], i, at);
    for (int64_t i = n_feeds; i <= p->n_sequences; i++) {
        ((int32_t *)sc_node_data(p->offsets))[i] = (int32_t)n;
        if (i < p->n_sequences) ((int32_t *)sc_node_data(p->last))[i] = 0;
    }
    const sc_run_options o = {.n_tokens = n, .n_sequences = n_feeds};
    const sc_status s = sc_graph_run(p->g, &o);
    for (int64_t i = 0; i < n_feeds; i++) {
        if (s >= 0) feeds[i].sequence->n += feeds[i].n;
        sc__sequence_truncate(feeds[i].sequence, &e->pages, feeds[i].sequence->n);
    }
    e->latest = p;
    return s;
}

const float *sc__engine_logits(const sc_engine *e, int64_t i) {
    return (const float *)sc_node_data(e->latest->logits) + i * e->model->shape.n_vocab;
}
