/* rows.c - elementwise operations, sums, gathers and norms. */
#include "backend/ref/ref.h"

#include "graph/dropout.h"

#define EACH(i) for (int64_t i = 0, count_ = sc__count(x, n); i < count_; i++)

KERNEL(LEAF) { (void)x, (void)n; }
KERNEL(OUTPUT) { (void)x, (void)n; }

KERNEL(ADD) { EACH(i) store(n, i, load(n->in[0], i) + load(n->in[1], i)); }

KERNEL(ADD_ROW) { EACH(i) store(n, i, load(n->in[0], i) + load(n->in[1], i % sc__cols(n))); }

KERNEL(MUL) { EACH(i) store(n, i, load(n->in[0], i) * load(n->in[1], i)); }

KERNEL(SCALE) { EACH(i) store(n, i, load(n->in[0], i) * (real)n->attr.scale); }

KERNEL(SCALE_BY) { EACH(i) store(n, i, load(n->in[0], i) * load(n->in[1], 0)); }

KERNEL(CAST) { EACH(i) store(n, i, load(n->in[0], i)); }

KERNEL(ACCUMULATE) { EACH(i) put(x, n, i, load(n->in[0], i)); }

KERNEL(FILL) { EACH(i) store(n, i, load(n->in[1], 0)); }

/* ---- activations ------------------------------------------------------------------------------
 */

static real sigmoid(real v) { return 1 / (1 + (real)exp(-(double)v)); }

real REF(act)(sc_act kind, real v) {
    const double u = (double)v;
    switch (kind) {
    case SC_GELU_TANH: /* Hendrycks & Gimpel 2016, the approximation that GPT-2 uses */
        return (real)(0.5 * u * (1 + tanh(0.79788456080286535588 * (u + 0.044715 * u * u * u))));
    case SC_GELU:
        return (real)(0.5 * u * (1 + erf(u * 0.70710678118654752440)));
    case SC_SILU:
        return v * sigmoid(v);
    case SC_RELU:
        return v > 0 ? v : 0;
    case SC_TANH:
        return (real)tanh(u);
    default:
        return v;
    }
}

real REF(act_slope)(sc_act kind, real v) {
    const double u = (double)v;
    switch (kind) {
    case SC_GELU_TANH: {
        const double c = 0.79788456080286535588, t = tanh(c * (u + 0.044715 * u * u * u));
        return (real)(0.5 * (1 + t) + 0.5 * u * (1 - t * t) * c * (1 + 3 * 0.044715 * u * u));
    }
    case SC_GELU:
        return (real)(0.5 * (1 + erf(u * 0.70710678118654752440)) +
                      u * 0.39894228040143267794 * exp(-0.5 * u * u));
    case SC_SILU: {
        const real s = sigmoid(v);
        return s * (1 + v * (1 - s));
    }
    case SC_RELU:
        return v > 0 ? 1 : 0;
    case SC_TANH:
        return (real)(1 - tanh(u) * tanh(u));
    default:
        return 1;
    }
}

KERNEL(ACT) { EACH(i) store(n, i, REF(act)(n->attr.act, load(n->in[0], i))); }

KERNEL(ACT_BWD) {
    EACH(i) store(n, i, load(n->in[0], i) * REF(act_slope)(n->attr.act, load(n->in[1], i)));
}

KERNEL(GLU) { EACH(i) store(n, i, REF(act)(n->attr.act, load(n->in[0], i)) * load(n->in[1], i)); }

/* in: dy, gate, up; out: dgate, dup */
KERNEL(GLU_BWD) {
    EACH(i) {
        const real dy = load(n->in[0], i), gate = load(n->in[1], i), up = load(n->in[2], i);
        store(n, i, dy * up * REF(act_slope)(n->attr.act, gate));
        if (sc__has(n, 1)) store(n->out[1], i, dy * REF(act)(n->attr.act, gate));
    }
}

KERNEL(DROPOUT) {
    const int64_t cols = sc__cols(n);
    const uint32_t threshold = sc__dropout_threshold(n->attr.dropout.p);
    const real scale = 1 / (1 - (real)n->attr.dropout.p);
    EACH(i) {
        const uint32_t key =
            sc__dropout_row_key(x->seed, x->step, n->attr.dropout.stream, i / cols, 0);
        store(n, i, sc__dropout_keep(key, i % cols, threshold) ? load(n->in[0], i) * scale : 0);
    }
}

/* y_j = x_j cos(p f_j) - x_{j+h} sin(p f_j), y_{j+h} = x_{j+h} cos(p f_j) + x_j sin(p f_j), h =
 * d_head / 2 */
KERNEL(ROPE) {
    const int64_t cols = sc__cols(n), d = cols / n->attr.rope.n_head, half = d / 2;
    for (int64_t r = 0; r < sc__rows(x, n); r++)
        for (int64_t at = r * cols; at < (r + 1) * cols; at += d)
            for (int64_t j = 0; j < half; j++) {
                const double angle = (double)load_int(n->in[1], r) * (double)load(n->in[2], j);
                const real c = (real)cos(angle),
                           s = (real)(n->attr.rope.inverse ? -sin(angle) : sin(angle));
                const real a = load(n->in[0], at + j), b = load(n->in[0], at + half + j);
                store(n, at + j, a * c - b * s);
                store(n, at + half + j, b * c + a * s);
            }
}

KERNEL(COLUMNS) {
    const int64_t from = n->attr.columns.from, width = n->attr.columns.width, cols = sc__cols(n);
    EACH(i) store(n, i, load(n->in[0], i / cols * width + from + i % cols));
}

KERNEL(COLUMNS_BWD) {
    const int64_t from = n->attr.columns.from, cols = n->attr.columns.n, width = sc__cols(n);
    EACH(i) {
        const int64_t j = i % width - from;
        store(n, i, j >= 0 && j < cols ? load(n->in[0], i / width * cols + j) : 0);
    }
}

/* ---- sums and gathers -------------------------------------------------------------------------
 */

KERNEL(SUM) {
    double sum = 0;
    for (int64_t i = 0; i < sc__count(x, n->in[0]); i++) sum += (double)load(n->in[0], i);
    store(n, 0, (real)sum);
}

KERNEL(SUM_ROWS) {
    const int64_t cols = sc__cols(n);
    for (int64_t j = 0; j < cols; j++) {
        double sum = 0;
        for (int64_t r = 0; r < sc__rows(x, n->in[0]); r++)
            sum += (double)load(n->in[0], r * cols + j);
        put(x, n, j, (real)sum);
    }
}

KERNEL(EMBED) {
    const int64_t cols = sc__cols(n), rows = n->tokens ? x->n_tokens : sc__dim(n, 0);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < cols; j++)
            store(n, r * cols + j, load(n->in[0], load_int(n->in[1], r) * cols + j));
}

KERNEL(EMBED_BWD) {
    const sc_node *dy = n->in[0], *ids = n->in[1];
    const int64_t cols = sc__cols(n), rows = dy->tokens ? x->n_tokens : sc__dim(dy, 0);
    if (!sc__adds(x, n))
        for (int64_t i = 0; i < sc_shape_elements(&n->shape); i++) store(n, i, 0);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < cols; j++) {
            const int64_t at = load_int(ids, r) * cols + j;
            store(n, at, load(n, at) + load(dy, r * cols + j));
        }
}

KERNEL(CACHE_WRITE) {
    const sc_node *v = n->in[1];
    const int64_t cols = sc__cols(v);
    for (int64_t r = 0; r < sc__rows(x, v); r++)
        for (int64_t j = 0; j < cols; j++)
            store(n, load_int(n->in[2], r) * cols + j, load(v, r * cols + j));
}

/* ---- norms: y = (s - mean) * rstd * w + b, s = x + residual; RMS: without mean ------------------
 */

static void statistics(const sc_node *s, int64_t r, sc_norm_kind kind, float eps, real *mean,
                       real *rstd) {
    const int64_t cols = sc__cols(s);
    double sum = 0, squares = 0;
    for (int64_t j = 0; j < cols; j++) sum += (double)load(s, r * cols + j);
    const double m = kind == SC_LAYER_NORM ? sum / (double)cols : 0;
    for (int64_t j = 0; j < cols; j++) {
        const double d = (double)load(s, r * cols + j) - m;
        squares += d * d;
    }
    *mean = (real)m;
    *rstd = (real)(1 / sqrt(squares / (double)cols + (double)eps));
}

KERNEL(NORM) {
    const sc_node *s = n->in[0], *residual = n->in[3];
    const int64_t cols = sc__cols(n), rows = sc__rows(x, n);
    if (residual) {
        for (int64_t i = 0; i < rows * cols; i++)
            store(n->out[2], i, load(n->in[0], i) + load(residual, i));
        s = n->out[2];
    }
    for (int64_t r = 0; r < rows; r++) {
        real mean, rstd;
        statistics(s, r, n->attr.norm.kind, n->attr.norm.eps, &mean, &rstd);
        for (int64_t j = 0; j < cols; j++) {
            const real v = (load(s, r * cols + j) - mean) * rstd * load(n->in[1], j);
            store(n, r * cols + j, n->in[2] ? v + load(n->in[2], j) : v);
        }
        if (!sc__has(n, 1)) continue;
        store(n->out[1], 2 * r, mean);
        store(n->out[1], 2 * r + 1, rstd);
    }
}

/* With h = (s - mean) rstd and e = dy w: ds = rstd (e - mean(e) - h mean(e h)), RMS without
 * mean(e); dw = sum of dy h, db = sum of dy over rows. */
static void norm_bwd_row(const sc_node *n, int64_t r) {
    const sc_node *dy = n->in[0], *s = n->in[1], *w = n->in[2], *stat = n->in[3], *ds = n->in[4];
    const int64_t cols = sc__cols(n), at = r * cols;
    const real mean = load(stat, 2 * r), rstd = load(stat, 2 * r + 1);
    double e_mean = 0, eh_mean = 0;
    for (int64_t j = 0; j < cols; j++) {
        const double e = (double)(load(dy, at + j) * load(w, j));
        e_mean += e / (double)cols;
        eh_mean += e * (double)((load(s, at + j) - mean) * rstd) / (double)cols;
    }
    if (n->attr.norm.kind == SC_RMS_NORM) e_mean = 0;
    for (int64_t j = 0; j < cols; j++) {
        const real h = (load(s, at + j) - mean) * rstd, e = load(dy, at + j) * load(w, j);
        const real d = rstd * (e - (real)e_mean - h * (real)eh_mean);
        store(n, at + j, ds ? d + load(ds, at + j) : d);
    }
}

KERNEL(NORM_BWD) {
    const sc_node *dy = n->in[0], *s = n->in[1], *stat = n->in[3];
    const int64_t cols = sc__cols(n), rows = sc__rows(x, n);
    for (int64_t j = 0; j < cols; j++) { /* before dx, which may lie where ds does */
        double dw = 0, db = 0;
        for (int64_t r = 0; r < rows; r++) {
            const real h = (load(s, r * cols + j) - load(stat, 2 * r)) * load(stat, 2 * r + 1);
            dw += (double)(load(dy, r * cols + j) * h);
            db += (double)load(dy, r * cols + j);
        }
        if (sc__has(n, 1)) put(x, n->out[1], j, (real)dw);
        if (sc__has(n, 2)) put(x, n->out[2], j, (real)db);
    }
    for (int64_t r = 0; r < rows; r++) norm_bwd_row(n, r);
}
