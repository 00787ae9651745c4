/* trainer.c - see trainer.h. The graph is made for one micro-batch and run as often as the batch
 * needs, the last time with fewer tokens where it does not divide; gradients add up in the
 * parameters' own storage. */
#include "stage/training/trainer.h"

#include "objective/causal_lm.h"

#include <math.h>
#include <string.h>

/* A forward graph with its inputs. */
typedef struct {
    sc_graph *g;
    sc_node *tokens, *targets, *weights, *offsets, *loss;
} pass;

struct sc_trainer {
    sc_model *model;
    sc_machine *machine;
    sc_trainer_options o;
    sc_optimizer *optimizer;
    pass train, valid;
    double running_norm;
};

static sc_node *input(sc_graph *g, const char *name, sc_dtype t, int64_t n) {
    return sc_input_tokens(g, name, t, (sc_shape){1, {n}});
}

static void fill_places(const sc_batch *b, int64_t n, int64_t T) {
    int32_t *positions = sc_node_data(b->positions), *offsets = sc_node_data(b->offsets);
    for (int64_t i = 0; i < n * T; i++) positions[i] = (int32_t)(i % T);
    for (int64_t s = 0; s <= n; s++) offsets[s] = (int32_t)(s * T);
}

static sc_status pass_open(pass *p, const sc_trainer *t, bool training) {
    const int64_t n = t->o.micro_batch, N = n * t->o.T;
    SC_TRY(sc_graph_open(&p->g, t->machine));
    sc_graph_set_recompute(p->g, training && t->o.recompute);
    sc_graph_set_fusion(p->g, !t->o.no_fusion);
    sc_graph_set_sharing(p->g, !t->o.no_sharing);
    sc_batch b = {.g = p->g,
                  .dtype = t->o.dtype,
                  .training = training,
                  .tokens = input(p->g, "tokens", SC_I32, N),
                  .positions = input(p->g, "positions", SC_I32, N),
                  .offsets = sc_input(p->g, "offsets", SC_I32, (sc_shape){1, {n + 1}})};
    p->tokens = b.tokens;
    p->offsets = b.offsets;
    p->targets = input(p->g, "targets", SC_I32, N);
    p->weights = input(p->g, "weights", SC_F32, N);
    SC_TRY(sc_graph_status(p->g));
    fill_places(&b, n, t->o.T);
    const sc_model_out out = sc__model_forward(t->model, &b, NULL);
    const sc_causal_lm lm = {p->targets, p->weights, training ? t->o.label_smoothing : 0};
    p->loss = sc__causal_lm_loss(t->model, &b, out.hidden, &lm);
    sc_keep(p->g, p->loss);
    if (training) sc_graph_backward(p->g, p->loss);
    return sc_graph_status(p->g);
}

sc_status sc__trainer_open(sc_trainer **out, sc_model *m, sc_machine *machine,
                           const sc_trainer_options *o) {
    *out = NULL;
    if (o->T > m->shape.n_positions)
        return SC_FAIL(SC_USAGE, "sequence_length %lld is longer than the model's %lld positions",
                       (long long)o->T, (long long)m->shape.n_positions);
    sc_trainer *t = sc__calloc(1, sizeof *t);
    if (!t) return SC_FAIL(SC_NOMEM, "trainer");
    t->model = m;
    t->machine = machine;
    t->o = *o;
    sc_status s = sc__optimizer_open(&t->optimizer, &m->params, machine, &o->optimizer);
    if (s >= 0) s = pass_open(&t->train, t, true);
    if (s >= 0) s = pass_open(&t->valid, t, false);
    if (s < 0)
        sc__trainer_close(t);
    else
        *out = t;
    return s;
}

void sc__trainer_close(sc_trainer *t) {
    if (!t) return;
    sc_graph_close(t->train.g);
    sc_graph_close(t->valid.g);
    sc__optimizer_close(t->optimizer);
    sc__free(t);
}

/* Copies n sequences in; ids outside the vocabulary are refused here, so that no kernel has to. */
static sc_status feed(const pass *p, const sc_trainer *t, const int32_t *tokens,
                      const int32_t *targets, int64_t n) {
    const int64_t N = n * t->o.T, V = t->model->shape.n_vocab;
    for (int64_t i = 0; i < N; i++)
        if (tokens[i] < 0 || tokens[i] >= V || targets[i] >= V)
            return SC_FAIL(SC_FORMAT, "token %lld: id %d is not in the vocabulary of %lld",
                           (long long)i, tokens[i] < 0 || tokens[i] >= V ? tokens[i] : targets[i],
                           (long long)V);
    memcpy(sc_node_data(p->tokens), tokens, (size_t)N * sizeof *tokens);
    memcpy(sc_node_data(p->targets), targets, (size_t)N * sizeof *targets);
    return SC_OK;
}

static int64_t count_targets(const int32_t *targets, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += targets[i] >= 0;
    return count;
}

static sc_status run_pass(const pass *p, const sc_trainer *t, int64_t n, float weight,
                          sc_run_options o) {
    float *w = sc_node_data(p->weights);
    for (int64_t i = 0; i < n * t->o.T; i++) w[i] = weight;
    o.n_tokens = n * t->o.T;
    o.n_sequences = n;
    return sc_graph_run(p->g, &o);
}

/* Loss and gradients of the whole batch. */
static sc_status differentiate(double *loss, sc_trainer *t, const int32_t *tokens,
                               const int32_t *targets, int64_t step) {
    const int64_t count = count_targets(targets, t->o.batch_size * t->o.T);
    *loss = 0;
    for (int64_t done = 0; done < t->o.batch_size; done += t->o.micro_batch) {
        const int64_t n = SC_MIN(t->o.micro_batch, t->o.batch_size - done), at = done * t->o.T;
        const sc_run_options o = {.accumulate = done > 0,
                                  .seed = t->o.seed,
                                  .step = (uint64_t)(step * t->o.batch_size + done)};
        SC_TRY(feed(&t->train, t, tokens + at, targets + at, n));
        SC_TRY(run_pass(&t->train, t, n, count ? 1 / (float)count : 0, o));
        *loss += (double)*(const float *)sc_node_data(t->train.loss);
    }
    return SC_OK;
}

/* The mean follows over about fifty steps; an outlier does not enter it. */
static bool is_outlier(sc_trainer *t, double norm) {
    const bool outlier = t->o.skip_outliers > 0 && t->running_norm > 0 &&
                         norm > t->o.skip_outliers * t->running_norm;
    if (!outlier)
        t->running_norm = t->running_norm > 0 ? 0.98 * t->running_norm + 0.02 * norm : norm;
    return outlier;
}

sc_status sc__trainer_step(sc_step_result *out, sc_trainer *t, const int32_t *tokens,
                           const int32_t *targets, int64_t step, double rate) {
    *out = (sc_step_result){0};
    SC_TRY(differentiate(&out->loss, t, tokens, targets, step));
    out->grad_norm = sc__optimizer_grad_norm(t->optimizer);
    if (!isfinite(out->loss) || !isfinite(out->grad_norm))
        return SC_FAIL(SC_DIVERGED, "step %lld: the loss is %g and the gradient's norm %g",
                       (long long)step, out->loss, out->grad_norm);
    out->skipped = is_outlier(t, out->grad_norm);
    return out->skipped ? SC_OK : sc__optimizer_step(t->optimizer, rate, out->grad_norm);
}

sc_status sc__trainer_evaluate(double *loss, int64_t *n_tokens, sc_trainer *t,
                               const int32_t *tokens, const int32_t *targets, int64_t n) {
    const sc_run_options o = {0};
    SC_TRY(feed(&t->valid, t, tokens, targets, n));
    SC_TRY(run_pass(&t->valid, t, n, 1, o));
    *loss = (double)*(const float *)sc_node_data(t->valid.loss);
    *n_tokens = count_targets(targets, n * t->o.T);
    return SC_OK;
}

sc_optimizer *sc__trainer_optimizer(sc_trainer *t) { return t->optimizer; }
double *sc__trainer_running_norm(sc_trainer *t) { return &t->running_norm; }
sc_graph *sc__trainer_graph(sc_trainer *t) { return t->train.g; }
sc_status sc__trainer_plan(sc_trainer *t, sc_plan_report *out) {
    return sc_graph_plan(t->train.g, out);
}

double sc__train_flop_per_token(const sc_model *m, int64_t T) {
    double products = 0;
    const sc_param *head = sc__model_head(m);
    for (int i = 0; i < m->params.n; i++) {
        const sc_param *p = m->params.list[i];
        const bool is_table = strstr(p->t.name, "_embd") != NULL;
        if (p->t.shape.n_dims == 2 && (!is_table || p == head))
            products += (double)sc_shape_elements(&p->t.shape);
    }
    return 6 * products + 6 * (double)(m->shape.n_layer * T * m->shape.d);
}
