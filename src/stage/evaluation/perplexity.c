/* perplexity.c - loss, perplexity and bits per byte of a text in strided windows. Windows of all
 * documents are packed into one ragged batch after the other, so that a batch is full whatever the
 * documents' lengths; the head never holds all logits. */
#include "socle/eval.h"

#include "base/clock.h"
#include "base/hash.h"
#include "format/documents.h"
#include "graph/graph.h"
#include "infer/engine.h"
#include "infer/session.h"
#include "objective/causal_lm.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { BATCH_TOKENS = 2048, DEFAULT_CONTEXT = 2048 };

typedef struct {
    sc_session *session;
    sc_eval_options o;
    sc_eval_result *out;
    sc_graph *g;
    sc_batch b;
    sc_node *targets, *weights, *scores; /* scores: (N, 2) of the cross-entropy */
    int64_t n_tokens, n_windows;         /* in the batch so far */
    int64_t max_tokens, max_windows;
    double sum; /* nats */
} scorer;

/* ---- the graph ------------------------------------------------------------------------------- */

static void add_inputs(sc_batch *b, int64_t n_tokens, int64_t n_windows) {
    const sc_shape tokens = {1, {n_tokens}};
    b->tokens = sc_input_tokens(b->g, "tokens", SC_I32, tokens);
    b->positions = sc_input_tokens(b->g, "positions", SC_I32, tokens);
    b->offsets = sc_input(b->g, "offsets", SC_I32, (sc_shape){1, {n_windows + 1}});
}

static sc_status build(scorer *e) {
    const sc_model *m = e->session->model;
    const sc_shape tokens = {1, {e->max_tokens}};
    SC_TRY(sc_graph_open(&e->g, e->session->machine));
    e->b = (sc_batch){.g = e->g, .dtype = sc__engine_dtype(m)};
    add_inputs(&e->b, e->max_tokens, e->max_windows);
    e->targets = sc_input_tokens(e->g, "targets", SC_I32, tokens);
    e->weights = sc_input_tokens(e->g, "weights", SC_F32, tokens);
    const sc_model_out out = sc__model_forward(m, &e->b, NULL);
    const sc_causal_lm lm = {e->targets, e->weights, 0};
    sc_node *loss = sc__causal_lm_loss(m, &e->b, out.hidden, &lm);
    e->scores = sc__node_output(e->g, loss, 1);
    sc_keep(e->g, loss);
    sc_keep(e->g, e->scores);
    return sc_graph_status(e->g);
}

/* ---- batches --------------------------------------------------------------------------------- */

static sc_status run_batch(scorer *e) {
    if (!e->n_windows) return SC_OK;
    if (e->session->stop && *e->session->stop) return SC_FAIL(SC_INTERRUPTED, "interrupted");
    const sc_run_options o = {.n_tokens = e->n_tokens, .n_sequences = e->n_windows};
    SC_TRY(sc_graph_run(e->g, &o));
    const int32_t *targets = sc_node_data(e->targets);
    const float *scores = sc_node_data(e->scores);
    for (int64_t i = 0; i < e->n_tokens; i++) {
        if (targets[i] < 0) continue;
        e->sum += (double)scores[2 * i + 1];
        e->out->tokens++;
    }
    e->n_tokens = e->n_windows = 0;
    if (e->o.progress)
        e->o.progress(e->o.user, e->out->tokens, e->sum / (double)SC_MAX(1, e->out->tokens));
    return SC_OK;
}

/* n tokens, of which the last n_scored count. */
static sc_status add_window(scorer *e, const int32_t *ids, int64_t n, int64_t n_scored) {
    if (e->n_windows == e->max_windows || e->n_tokens + n > e->max_tokens) SC_TRY(run_batch(e));
    int32_t *tokens = sc_node_data(e->b.tokens), *positions = sc_node_data(e->b.positions);
    int32_t *targets = sc_node_data(e->targets), *offsets = sc_node_data(e->b.offsets);
    float *weights = sc_node_data(e->weights);
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = e->n_tokens + i;
        tokens[at] = ids[i];
        positions[at] = (int32_t)i;
        targets[at] = i + 1 < n && i + 1 >= n - n_scored ? ids[i + 1] : -1;
        weights[at] = 1;
    }
    offsets[e->n_windows++] = (int32_t)e->n_tokens;
    e->n_tokens += n;
    for (int64_t w = e->n_windows; w <= e->max_windows; w++) offsets[w] = (int32_t)e->n_tokens;
    return SC_OK;
}

static sc_status add_ids(scorer *e, const sc_ids *ids) {
    const int64_t context = e->out->context;
    int64_t seen = 0;
    for (int64_t from = 0; seen < ids->n; from += e->out->stride) {
        const int64_t end = SC_MIN(from + context, ids->n);
        if (end - from > 1) SC_TRY(add_window(e, ids->ids + from, end - from, end - seen));
        seen = end;
    }
    return SC_OK;
}

/* ---- the hash -------------------------------------------------------------------------------- */

static sc_status hash_rows(scorer *e, const sc_node *logits) {
    sc_digest d;
    const size_t n = (size_t)sc_shape_elements(&logits->shape);
    SC_TRY(sc__hash_bytes(&d, sc_node_data(logits), n * sizeof(float)));
    memcpy(e->out->logits_hash, d.hex, sizeof d.hex);
    return SC_OK;
}

static sc_status run_for_hash(scorer *e, sc_graph *g, const int32_t *ids, int64_t n) {
    const sc_model *m = e->session->model;
    sc_batch b = {.g = g, .dtype = sc__engine_dtype(m)};
    add_inputs(&b, n, 1);
    SC_TRY(sc_graph_status(g));
    memcpy(sc_node_data(b.tokens), ids, (size_t)n * sizeof *ids);
    for (int64_t i = 0; i < n; i++) ((int32_t *)sc_node_data(b.positions))[i] = (int32_t)i;
    ((int32_t *)sc_node_data(b.offsets))[1] = (int32_t)n;
    sc_node *logits = sc__engine_head(m, &b, sc__model_forward(m, &b, NULL).hidden);
    sc_keep(g, logits);
    SC_TRY(sc_graph_run(g, NULL));
    return hash_rows(e, logits);
}

static sc_status hash_logits(scorer *e, const sc_ids *ids) {
    sc_graph *g;
    const int64_t positions = e->session->model->shape.n_positions;
    const int64_t n = SC_MIN(SC_MIN(ids->n, (int64_t)SC_EVAL_HASHED), positions);
    SC_TRY(sc_graph_open(&g, e->session->machine));
    const sc_status s = run_for_hash(e, g, ids->ids, n);
    sc_graph_close(g);
    return s;
}

/* ---- documents ------------------------------------------------------------------------------- */

static sc_status add_document(scorer *e, const sc_document *d) {
    sc_ids *ids = &e->session->prompt;
    ids->n = 0;
    SC_TRY(sc_encoder_run(e->session->encoder, ids, d->text, d->n, 0));
    e->out->bytes += (int64_t)d->n;
    e->out->documents++;
    if (ids->n && !e->out->logits_hash[0]) SC_TRY(hash_logits(e, ids));
    return add_ids(e, ids);
}

static sc_status add_documents(scorer *e, sc_documents *documents) {
    sc_document d;
    for (;;) {
        const sc_status s = sc__documents_next(&d, documents);
        if (s != SC_OK) return s < 0 ? s : run_batch(e);
        SC_TRY(add_document(e, &d));
    }
}

static sc_status finish(scorer *e, const char *name) {
    sc_eval_result *r = e->out;
    if (!r->tokens)
        return SC_FAIL(SC_FORMAT, "%s: there is no token to score: a text needs two", name);
    r->loss = e->sum / (double)r->tokens;
    r->perplexity = exp(r->loss);
    r->bits_per_byte = e->sum / 0.69314718055994530942 / (double)SC_MAX(1, r->bytes);
    if (!isfinite(r->perplexity))
        return SC_FAIL(SC_FORMAT,
                       "%s: the loss %g is out of range: the model's weights cannot be "
                       "right",
                       name, r->loss);
    return SC_OK;
}

static sc_status choose_windows(scorer *e) {
    const int64_t positions = e->session->model->shape.n_positions;
    sc_eval_result *r = e->out;
    r->context = e->o.context ? e->o.context : SC_MIN(positions, (int64_t)DEFAULT_CONTEXT);
    if (r->context < 2 || r->context > positions)
        return SC_FAIL(SC_USAGE,
                       "context %" PRId64 " is not between 2 and the model's %" PRId64 " positions",
                       r->context, positions);
    r->stride = e->o.stride ? e->o.stride : r->context / 2;
    if (r->stride < 1 || r->stride > r->context)
        return SC_FAIL(SC_USAGE, "stride %" PRId64 " is not between 1 and the context of %" PRId64,
                       r->stride, r->context);
    e->max_tokens = SC_MAX((int64_t)BATCH_TOKENS, r->context);
    e->max_windows = e->max_tokens / 2; /* a window has two tokens at least */
    return SC_OK;
}

sc_status sc_eval_text(sc_eval_result *out, sc_session *s, const char *const *paths, int n_paths,
                       const sc_eval_options *o) {
    scorer e = {.session = s, .out = out};
    sc_documents *documents;
    const double start = sc__clock_now();
    if (o) e.o = *o;
    *out = (sc_eval_result){.isa = sc_machine_isa(s->machine)};
    SC_TRY(choose_windows(&e));
    SC_TRY(sc__documents_open(&documents, paths, n_paths, NULL));
    sc_status status = build(&e);
    if (status >= 0) status = add_documents(&e, documents);
    if (status >= 0) status = finish(&e, paths[0]);
    sc__documents_close(documents);
    sc_graph_close(e.g);
    out->seconds = sc__clock_now() - start;
    return status;
}
