/* optimizer.c - AdamW, SGD and Muon over chunks of a fixed grid. The arithmetic is that of
 * torch.optim (tests/parity), written out in tests/parity/README.md. */
#include "stage/training/optimizer.h"

#include "base/text.h"
#include "graph/backend.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 1 << 15, UPDATE_SPAN = 1 << 13 };

/* Newton-Schulz for matrices of one shape: a graph that is built once. */
typedef struct orthogonalizer {
    struct orthogonalizer *next;
    int64_t rows, cols; /* rows <= cols */
    sc_graph *g;
    sc_node *x, *y;
} orthogonalizer;

struct sc_optimizer {
    sc_optimizer_config c;
    sc_params *params;
    sc_machine *machine;
    const sc_vector *v;
    int64_t n, updates;
    float *grads, *states[2]; /* each as long as all parameters together */
    int64_t *at;              /* first number of each parameter */
    double *partial;          /* one a chunk */
    orthogonalizer *shapes;
    float *buffer; /* of the largest matrix, for muon */
};

/* One step: the factor of gradients, and AdamW's numbers. */
typedef struct {
    sc_optimizer *o;
    double rate;
    float scale;
    sc_adamw a; /* without weight_decay, which is the tensor's */
} update;

/* A tensor's part of it. */
typedef struct {
    const update *u;
    float decay;
    float *w, *g, *m, *v;
    int64_t n;
} tensor_update;

typedef void each_fn(const tensor_update *t, int64_t from, int64_t end);
typedef sc_status matrix_fn(const update *u, int i);
static each_fn adamw, sgd;
static matrix_fn muon;

static const struct {
    int n_states;
    each_fn *each;       /* element by element */
    matrix_fn *matrices; /* those of layers; NULL: as the rest */
} rows[] = {
#define OPTIMIZER(name, states, each, matrices, text) {states, each, matrices},
#include "stage/training/optimizers.def"
#undef OPTIMIZER
};

static const char *const names[] = {
#define OPTIMIZER(name, states, each, matrices, text) name,
#include "stage/training/optimizers.def"
#undef OPTIMIZER
    NULL,
};

sc_status sc__optimizer_find(int *kind, const char *name) {
    return sc__name_find(kind, "optimizer", name, names);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static bool allocate(sc_optimizer *o) {
    int64_t largest = 0;
    o->at = sc__calloc((size_t)o->params->n + 1, sizeof *o->at);
    for (int i = 0; o->at && i < o->params->n; i++) {
        const int64_t n = sc_shape_elements(&o->params->list[i]->t.shape);
        o->at[i + 1] = o->at[i] + n;
        largest = SC_MAX(largest, n);
    }
    if (!o->at) return false;
    o->n = o->at[o->params->n];
    o->grads = sc__calloc((size_t)o->n, sizeof(float));
    o->partial = sc__calloc((size_t)(o->n / CHUNK + 1), sizeof(double));
    bool ok = o->grads && o->partial;
    for (int k = 0; ok && k < rows[o->c.kind].n_states; k++)
        ok = (o->states[k] = sc__calloc((size_t)o->n, sizeof(float)));
    if (ok && rows[o->c.kind].matrices)
        ok = (o->buffer = sc__calloc((size_t)largest, sizeof(float)));
    return ok;
}

sc_status sc__optimizer_open(sc_optimizer **out, sc_params *p, sc_machine *machine,
                             const sc_optimizer_config *c) {
    *out = NULL;
    sc_optimizer *o = sc__calloc(1, sizeof *o);
    if (!o) return SC_FAIL(SC_NOMEM, "optimizer");
    o->c = *c;
    o->params = p;
    o->machine = machine;
    o->v = machine->backend->vector();
    if (!allocate(o)) {
        sc__optimizer_close(o);
        return SC_FAIL(SC_NOMEM, "optimizer states and gradients of %lld parameters",
                       (long long)sc__params_count(p));
    }
    for (int i = 0; i < p->n; i++) p->list[i]->t.grad = o->grads + o->at[i];
    *out = o;
    return SC_OK;
}

void sc__optimizer_close(sc_optimizer *o) {
    if (!o) return;
    for (int i = 0; i < o->params->n; i++) o->params->list[i]->t.grad = NULL;
    for (orthogonalizer *s = o->shapes, *next; s; s = next) {
        next = s->next;
        sc_graph_close(s->g);
        sc__free(s);
    }
    sc__free(o->grads);
    sc__free(o->partial);
    sc__free(o->buffer);
    sc__free(o->at);
    for (int k = 0; k < SC_LEN(o->states); k++) sc__free(o->states[k]);
    sc__free(o);
}

int64_t sc__optimizer_updates(const sc_optimizer *o) { return o->updates; }
void sc__optimizer_set_updates(sc_optimizer *o, int64_t n) { o->updates = n; }
int sc__optimizer_n_states(const sc_optimizer *o) { return rows[o->c.kind].n_states; }

/* ---- the norm: chunks of a fixed size, combined in a fixed tree --------------------------------
 */

typedef struct {
    const sc_optimizer *o;
    const float *x;
    int64_t n;
} sum_job;

static void sum_chunk(void *arg, int64_t task, int worker) {
    const sum_job *j = arg;
    const int64_t from = task * CHUNK;
    (void)worker;
    j->o->partial[task] = j->o->v->sum_squares(j->x + from, SC_MIN((int64_t)CHUNK, j->n - from));
}

static double tree_sum(double *x, int64_t n) {
    if (n == 0) return 0;
    for (; n > 1; n = (n + 1) / 2)
        for (int64_t i = 0; i < n / 2; i++) x[i] = x[2 * i] + x[2 * i + 1];
    return x[0];
}

static double norm(sc_optimizer *o, const float *x, int64_t n) {
    sum_job j = {o, x, n};
    const int64_t chunks = (n + CHUNK - 1) / CHUNK;
    sc__pool_run(o->machine->pool, chunks, sum_chunk, &j);
    return sqrt(tree_sum(o->partial, chunks));
}

double sc__optimizer_grad_norm(sc_optimizer *o) { return norm(o, o->grads, o->n); }

/* ---- AdamW and SGD -----------------------------------------------------------------------------
 */

static tensor_update part(const update *u, int i) {
    const sc_optimizer *o = u->o;
    const sc_param *p = o->params->list[i];
    return (tensor_update){.u = u,
                           .decay = sc__param_decays(p) ? (float)o->c.weight_decay : 0,
                           .w = p->t.data,
                           .g = p->t.grad,
                           .m = o->states[0] ? o->states[0] + o->at[i] : NULL,
                           .v = o->states[1] ? o->states[1] + o->at[i] : NULL,
                           .n = o->at[i + 1] - o->at[i]};
}

static void adamw(const tensor_update *t, int64_t from, int64_t end) {
    sc_adamw a = t->u->a;
    a.weight_decay = t->decay;
    t->u->o->v->adamw(t->w + from, t->m + from, t->v + from, t->g + from, end - from, &a);
}

/* torch: g += wd w; m = g at first, else mu m + g; w -= lr (g + mu m with nesterov, else m). */
static void sgd(const tensor_update *t, int64_t from, int64_t end) {
    const sc_optimizer *o = t->u->o;
    const float mu = (float)o->c.momentum, rate = (float)t->u->rate;
    for (int64_t i = from; i < end; i++) {
        const float g = t->g[i] * t->u->scale + t->decay * t->w[i];
        t->m[i] = o->updates == 1 ? g : mu * t->m[i] + g;
        t->w[i] -= rate * (o->c.nesterov ? g + mu * t->m[i] : t->m[i]);
    }
}

static bool is_layer_matrix(const sc_param *p) {
    return p->t.shape.n_dims == 2 && !strncmp(p->t.name, "blk.", 4);
}

static bool is_apart(const sc_optimizer *o, int i) {
    return rows[o->c.kind].matrices && is_layer_matrix(o->params->list[i]);
}

/* The tensor that holds the number at this place. */
static int tensor_at(const sc_optimizer *o, int64_t place) {
    int low = 0, high = o->params->n;
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (o->at[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Some of all numbers, of whatever tensors they are. */
static void update_span(void *arg, int64_t task, int worker) {
    const update *u = arg;
    const sc_optimizer *o = u->o;
    const int64_t end = SC_MIN((task + 1) * UPDATE_SPAN, o->n);
    (void)worker;
    for (int64_t at = task * UPDATE_SPAN, i = tensor_at(o, at); at < end; i++) {
        const int64_t stop = SC_MIN(o->at[i + 1], end);
        const tensor_update t = part(u, (int)i);
        if (!is_apart(o, (int)i)) rows[o->c.kind].each(&t, at - o->at[i], stop - o->at[i]);
        at = stop;
    }
}

/* ---- Muon --------------------------------------------------------------------------------------
 */

static sc_node *mixed(sc_graph *g, sc_node *x, float a, sc_node *y, float b) {
    return sc_add(g, sc_scale(g, x, a), sc_scale(g, y, b));
}

/* Five steps of X <- a X + (b A + c A A) X, A = X X'. */
static sc_status orthogonalizer_open(orthogonalizer **out, sc_machine *machine, int64_t rows_,
                                     int64_t cols) {
    const float a = 3.4445f, b = -4.775f, c = 2.0315f;
    orthogonalizer *s = sc__calloc(1, sizeof *s);
    if (!s) return SC_FAIL(SC_NOMEM, "muon");
    s->rows = rows_;
    s->cols = cols;
    sc_status status = sc_graph_open(&s->g, machine);
    if (status < 0) {
        sc__free(s);
        return status;
    }
    sc_node *x = s->x = sc_input(s->g, "update", SC_F32, (sc_shape){2, {rows_, cols}});
    for (int i = 0; i < 5; i++) {
        sc_node *square = sc_matmul(s->g, x, x, SC_TB);
        sc_node *poly = mixed(s->g, square, b, sc_matmul(s->g, square, square, 0), c);
        x = sc_add(s->g, sc_scale(s->g, x, a), sc_matmul(s->g, poly, x, 0));
    }
    s->y = x;
    sc_keep(s->g, x);
    *out = s;
    return SC_OK;
}

static sc_status find_shape(orthogonalizer **out, sc_optimizer *o, int64_t rows_, int64_t cols) {
    for (*out = o->shapes; *out; *out = (*out)->next)
        if ((*out)->rows == rows_ && (*out)->cols == cols) return SC_OK;
    SC_TRY(orthogonalizer_open(out, o->machine, rows_, cols));
    (*out)->next = o->shapes;
    o->shapes = *out;
    return SC_OK;
}

/* to[c][r] = from[r][c] * scale, or to[r][c] without turning */
static void copy_scaled(float *to, const float *from, int64_t rows_, int64_t cols, bool turn,
                        float scale) {
    for (int64_t r = 0; r < rows_; r++)
        for (int64_t c = 0; c < cols; c++)
            to[turn ? c * rows_ + r : r * cols + c] = scale * from[r * cols + c];
}

static void momentum_chunk(void *arg, int64_t task, int worker) {
    const tensor_update *t = arg;
    const sc_optimizer *o = t->u->o;
    const float mu = (float)o->c.momentum;
    const int64_t from = task * CHUNK, end = SC_MIN(t->n, from + CHUNK);
    (void)worker;
    for (int64_t i = from; i < end; i++) {
        const float g = t->g[i] * t->u->scale;
        t->m[i] = mu * t->m[i] + (1 - mu) * g;
        o->buffer[i] = o->c.nesterov ? (1 - mu) * g + mu * t->m[i] : t->m[i];
    }
}

static sc_status muon(const update *u, int i) {
    sc_optimizer *o = u->o;
    const sc_shape *shape = &o->params->list[i]->t.shape;
    tensor_update t = part(u, i);
    const int64_t R = shape->dim[0], C = shape->dim[1];
    const bool turn = R > C;
    orthogonalizer *s;
    SC_TRY(find_shape(&s, o, turn ? C : R, turn ? R : C));
    sc__pool_run(o->machine->pool, (t.n + CHUNK - 1) / CHUNK, momentum_chunk, &t);
    const double size = fmax(norm(o, o->buffer, t.n), 1e-7);
    copy_scaled(sc_node_data(s->x), o->buffer, R, C, turn, (float)(1 / size));
    SC_TRY(sc_graph_run(s->g, NULL));
    copy_scaled(o->buffer, sc_node_data(s->y), turn ? C : R, turn ? R : C, turn, 1);
    const double ratio = (double)R / (double)C;
    const double factor = o->c.match_rms ? 0.2 * sqrt((double)SC_MAX(R, C)) : sqrt(fmax(1, ratio));
    for (int64_t k = 0; k < t.n; k++) {
        t.w[k] *= 1 - (float)u->rate * t.decay;
        t.w[k] -= (float)(u->rate * factor) * o->buffer[k];
    }
    return SC_OK;
}

/* ---- a step ------------------------------------------------------------------------------------
 */

static sc_adamw adamw_of(const sc_optimizer *o, double rate, float scale) {
    const double t = (double)o->updates;
    return (sc_adamw){.lr = (float)rate,
                      .beta1 = (float)o->c.beta1,
                      .beta2 = (float)o->c.beta2,
                      .eps = (float)o->c.eps,
                      .bias1 = (float)(1 - pow(o->c.beta1, t)),
                      .bias2 = (float)(1 - pow(o->c.beta2, t)),
                      .grad_scale = scale};
}

sc_status sc__optimizer_step(sc_optimizer *o, double rate, double grad_norm) {
    update u = {.o = o, .rate = rate, .scale = 1};
    if (o->c.grad_clip > 0) u.scale = (float)fmin(1, o->c.grad_clip / (grad_norm + 1e-6));
    o->updates++;
    u.a = adamw_of(o, rate, u.scale);
    sc__pool_run(o->machine->pool, (o->n + UPDATE_SPAN - 1) / UPDATE_SPAN, update_span, &u);
    for (int i = 0; i < o->params->n; i++)
        if (is_apart(o, i)) SC_TRY(rows[o->c.kind].matrices(&u, i));
    return SC_OK;
}

float *sc__optimizer_state(sc_optimizer *o, int k, int i) {
    if (!o->states[k]) return NULL;
    if (k == 1 && is_apart(o, i)) return NULL;
    return o->states[k] + o->at[i];
}
