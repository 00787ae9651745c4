/* samples.c - one function a kind of input; ops.def names it in its `sample` column. */
#include "samples.h"

#include "base/random.h"
#include "tensor/dtype.h"
#include "test.h"

/* Odd on purpose: vector tails, single rows, one long row. */
static const int64_t sizes[SAMPLE_VARIANTS][2] = {{3, 5},  {1, 1},  {7, 17},
                                                  {2, 64}, {33, 3}, {5, 131}};

static int64_t rows(const sample *s) { return sizes[s->variant][0]; }
static int64_t cols(const sample *s) { return sizes[s->variant][1]; }
static sc_shape matrix(int64_t r, int64_t c) { return (sc_shape){2, {r, c}}; }
static sc_shape vector(int64_t n) { return (sc_shape){1, {n}}; }

static sc_node *fill(sample *s, sc_node *n, double lo, double hi) {
    const uint64_t stream = s->n_filled++;
    if (sc_graph_status(s->g) < 0) return n;
    for (int64_t i = 0; i < sc_shape_elements(&n->shape); i++) {
        const float v =
            (float)(lo + (hi - lo) * (double)sc__random_uniform(11, stream, (uint64_t)i));
        uint64_t rounded; /* room for any type */
        float back;
        CHECK_OK(sc__convert(&rounded, s->rounded, &v, SC_F32, 1));
        CHECK_OK(sc__convert(&back, SC_F32, &rounded, s->rounded, 1));
        CHECK_OK(sc__convert((char *)n->data + (size_t)i * sc_dtype_size(n->dtype), n->dtype, &back,
                             SC_F32, 1));
    }
    return n;
}

sc_node *sample_input(sample *s, sc_shape shape, bool tokens) {
    sc_node *n =
        tokens ? sc_input_tokens(s->g, "x", s->real, shape) : sc_input(s->g, "x", s->real, shape);
    return fill(s, n, s->lo, s->hi);
}

static sc_node *exact_input(sample *s, sc_shape shape, bool tokens, double lo, double hi) {
    const sc_dtype t = s->real == SC_F64 ? SC_F64 : SC_F32;
    const sc_dtype kept = s->rounded;
    s->rounded = SC_F32;
    sc_node *n = tokens ? sc_input_tokens(s->g, "e", t, shape) : sc_input(s->g, "e", t, shape);
    fill(s, n, lo, hi);
    s->rounded = kept;
    return n;
}

static sc_node *ints(sample *s, int64_t n, bool tokens, int32_t below) {
    sc_node *x = tokens ? sc_input_tokens(s->g, "i", SC_I32, vector(n))
                        : sc_input(s->g, "i", SC_I32, vector(n));
    const uint64_t stream = s->n_filled++;
    if (sc_graph_status(s->g) < 0) return x;
    for (int64_t i = 0; i < n; i++)
        ((int32_t *)x->data)[i] =
            (int32_t)sc__random_below(5, stream, (uint64_t)i, (uint64_t)below);
    return x;
}

static sc_node *made(sample *s, sc_node proto, sc_op op) {
    proto.op = op;
    sc_node *n = sc__node_new(s->g, &proto);
    return n;
}

static sc_node *tokens(sample *s) { return sample_input(s, matrix(rows(s), cols(s)), true); }

#define SAMPLE(name) static sc_node *sample_##name(sample *s, sc_op op)

SAMPLE(NONE) { return (void)s, (void)op, NULL; }
SAMPLE(SAME) { return made(s, (sc_node){.in = {tokens(s), tokens(s)}}, op); }
SAMPLE(ROW) {
    return made(s, (sc_node){.in = {tokens(s), sample_input(s, vector(cols(s)), false)}}, op);
}
SAMPLE(SCALE) { return made(s, (sc_node){.in = {tokens(s)}, .attr = {.scale = 0.37f}}, op); }
SAMPLE(SCALE_BY) {
    return made(s, (sc_node){.in = {tokens(s), exact_input(s, (sc_shape){0}, false, -2, 2)}}, op);
}
SAMPLE(SUM) { return made(s, (sc_node){.in = {tokens(s)}}, op); }
SAMPLE(SUM_ROWS) { return made(s, (sc_node){.in = {tokens(s)}}, op); }
SAMPLE(ACCUMULATE) { return made(s, (sc_node){.in = {tokens(s)}}, op); }
SAMPLE(FILL) {
    return made(s, (sc_node){.in = {tokens(s), exact_input(s, (sc_shape){0}, false, -2, 2)}}, op);
}

SAMPLE(CAST) {
    const sc_dtype to[SAMPLE_VARIANTS] = {SC_F32, SC_BF16, SC_F16, SC_F32, SC_BF16, SC_F32};
    const sc_dtype t = s->real == SC_F64 ? SC_F64 : to[s->variant];
    return made(s, (sc_node){.in = {tokens(s)}, .attr = {.cast = t}}, op);
}

static sc_act kind(const sample *s) {
    static const sc_act acts[] = {SC_GELU_TANH, SC_GELU, SC_SILU, SC_RELU, SC_TANH};
    return acts[s->variant % SC_LEN(acts)];
}

SAMPLE(ACT) { return made(s, (sc_node){.in = {tokens(s)}, .attr = {.act = kind(s)}}, op); }
SAMPLE(ACT_BWD) {
    return made(s, (sc_node){.in = {tokens(s), tokens(s)}, .attr = {.act = kind(s)}}, op);
}
SAMPLE(GLU) {
    return made(s, (sc_node){.in = {tokens(s), tokens(s)}, .attr = {.act = kind(s)}}, op);
}
SAMPLE(DROPOUT) {
    return made(s, (sc_node){.in = {tokens(s)}, .attr = {.dropout = {0.3f, 2}}}, op);
}

SAMPLE(GLU_BWD) {
    sc_node *n =
        made(s, (sc_node){.in = {tokens(s), tokens(s), tokens(s)}, .attr = {.act = kind(s)}}, op);
    sc__node_output(s->g, n, 1);
    return n;
}

static sc_attr columns(const sample *s) {
    const int64_t width = cols(s), from = width / 3;
    return (sc_attr){.columns = {from, SC_MAX(width / 2, (int64_t)1), width}};
}

SAMPLE(COLUMNS) { return made(s, (sc_node){.in = {tokens(s)}, .attr = columns(s)}, op); }
SAMPLE(COLUMNS_BWD) {
    const sc_attr a = columns(s);
    sc_node *dy = sample_input(s, matrix(rows(s), a.columns.n), true);
    return made(s, (sc_node){.in = {dy}, .attr = a}, op);
}

SAMPLE(ROPE) {
    const int64_t d = s->variant % 2 ? 16 : 6, heads = 1 + s->variant % 3, n = rows(s);
    sc_node *in = sample_input(s, matrix(n, heads * d), true);
    sc_node *pos = ints(s, n, true, 500), *freq = exact_input(s, vector(d / 2), false, 0, 1);
    return made(
        s, (sc_node){.in = {in, pos, freq}, .attr = {.rope = {(int)heads, s->variant == 4}}}, op);
}

static sc_shape turned(int64_t r, int64_t c, bool turn) {
    return turn ? matrix(c, r) : matrix(r, c);
}

SAMPLE(MATMUL) { /* all four transpositions, with bias and activation */
    const int t = s->variant % 4;
    const int64_t m = rows(s), k = cols(s), n = 1 + (s->variant * 13) % 37;
    sc_node *a = sample_input(s, turned(m, k, t & SC_TA), true);
    sc_node *b = sample_input(s, turned(k, n, t & SC_TB), (t & SC_TA) && !(t & SC_TB));
    if ((t & SC_TA) && (t & SC_TB)) { /* a token axis cannot be summed against columns */
        a->tokens = false;
    }
    sc_node *bias = s->variant >= 3 && !(t & SC_TA) ? sample_input(s, vector(n), false) : NULL;
    const sc_act act = s->variant == 4 ? SC_GELU_TANH : s->variant == 5 ? SC_SILU : SC_ACT_NONE;
    sc_node *y = made(s, (sc_node){.in = {a, b, bias}, .attr = {.matmul = {t, act, s->real}}}, op);
    if (act) sc__node_output(s->g, y, 1);
    return y;
}

SAMPLE(NORM) {
    const bool layer = s->variant % 2 == 0, residual = s->variant >= 2;
    const sc_norm_kind k = layer ? SC_LAYER_NORM : SC_RMS_NORM;
    sc_node *w = exact_input(s, vector(cols(s)), false, 0.5, 1.5);
    sc_node *b = layer ? exact_input(s, vector(cols(s)), false, -1, 1) : NULL;
    sc_node *in = tokens(s), *r = residual ? tokens(s) : NULL;
    sc_node *n = made(s, (sc_node){.in = {in, w, b, r}, .attr = {.norm = {k, 1e-2f, s->real}}}, op);
    sc__node_output(s->g, n, 1);
    if (residual) sc__node_output(s->g, n, 2);
    return n;
}

SAMPLE(NORM_BWD) {
    const sc_norm_kind k = s->variant % 2 ? SC_RMS_NORM : SC_LAYER_NORM;
    sc_node *dy = tokens(s), *in = tokens(s), *w = exact_input(s, vector(cols(s)), false, 0.5, 1.5);
    sc_node *stat = exact_input(s, matrix(rows(s), 2), true, 0.5, 1),
            *ds = s->variant >= 3 ? tokens(s) : NULL;
    sc_node *n =
        made(s, (sc_node){.in = {dy, in, w, stat, ds}, .attr = {.norm = {k, 1e-2f, s->real}}}, op);
    sc__node_output(s->g, n, 1);
    if (k == SC_LAYER_NORM) sc__node_output(s->g, n, 2);
    return n;
}

SAMPLE(EMBED) {
    sc_node *table = sample_input(s, matrix(11, cols(s)), false);
    return made(s, (sc_node){.in = {table, ints(s, rows(s), true, 11)}}, op);
}

SAMPLE(EMBED_BWD) {
    return made(s, (sc_node){.in = {tokens(s), ints(s, rows(s), true, 11)}, .attr = {.rows = 11}},
                op);
}

SAMPLE(CACHE_WRITE) {
    sc_node *cache = sample_input(s, matrix(40, cols(s)), false), *in = tokens(s),
            *slots = ints(s, rows(s), true, 40);
    if (sc_graph_status(s->g) >= 0)
        for (int64_t i = 0; i < rows(s); i++)
            ((int32_t *)slots->data)[i] = (int32_t)((i * 7 + 3) % 40);
    return made(s, (sc_node){.in = {cache, in, slots}}, op);
}

/* ---- attention: ragged, grouped, packed or not, masked, biased, dropped ------------------------
 */

static sc_node *offsets(sample *s, int64_t n_tokens) {
    sc_node *o = sc_input(s->g, "offsets", SC_I32, vector(4));
    if (sc_graph_status(s->g) < 0) return o;
    int32_t *p = o->data;
    p[1] = (int32_t)(n_tokens / 3);
    p[2] = (int32_t)(n_tokens / 3); /* an empty sequence */
    p[3] = (int32_t)n_tokens;
    return o;
}

static sc_attention_attr attention_attr(const sample *s) {
    static const int heads[SAMPLE_VARIANTS][3] = {{2, 2, 4},  {1, 1, 8},  {4, 2, 5},
                                                  {6, 1, 16}, {3, 3, 64}, {2, 1, 20}};
    const int *h = heads[s->variant];
    sc_attention_attr a = {.n_head = h[0], .n_kv_head = h[1], .d_head = h[2], .scale = 0.4f};
    a.causal = s->variant != 1;
    a.packed = s->variant % 2 == 0;
    a.dropout = s->variant == 5 ? 0.25f : 0;
    a.k_at = a.packed ? (int64_t)h[0] * h[2] : 0;
    a.v_at = a.packed ? (int64_t)(h[0] + h[1]) * h[2] : 0;
    return a;
}

static int64_t attention_rows(const sample *s) {
    return (int64_t[]){9, 1, 21, 7, 90, 40}[s->variant];
}

static void attention_inputs(sample *s, const sc_attention_attr *a, sc_node *qkv[3]) {
    const int64_t n = attention_rows(s), q = (int64_t)a->n_head * a->d_head,
                  kv = (int64_t)a->n_kv_head * a->d_head;
    qkv[0] = sample_input(s, matrix(n, a->packed ? q + 2 * kv : q), true);
    qkv[1] = a->packed ? qkv[0] : sample_input(s, matrix(n, kv), true);
    qkv[2] = a->packed ? qkv[0] : sample_input(s, matrix(n, kv), true);
}

static sc_node *key_mask(sample *s) {
    const int64_t n = attention_rows(s);
    sc_node *mask = sc_input_tokens(s->g, "mask", SC_I8, vector(n));
    if (sc_graph_status(s->g) < 0) return mask;
    for (int64_t i = 0; i < n; i++) ((int8_t *)mask->data)[i] = i % 4 != 1;
    return mask;
}

static sc_node *bias(sample *s, const sc_attention_attr *a) {
    const int64_t n = attention_rows(s);
    return exact_input(s, (sc_shape){3, {a->n_head, n, n}}, false, -1, 1);
}

/* Keys and values in shuffled blocks of a cache longer than the queries. */
static sc_node *over_cache(sample *s, sc_op op) {
    enum { BLOCK = 4, BLOCKS = 5, SEQUENCES = 3 };
    sc_attention_attr a = {.n_head = 4,
                           .n_kv_head = 2,
                           .d_head = 8,
                           .scale = 0.4f,
                           .causal = true,
                           .block_size = BLOCK};
    sc_node *q = sample_input(s, matrix(9, 32), true),
            *k = sample_input(s, matrix(BLOCK * 16, 16), false);
    sc_node *v = sample_input(s, matrix(BLOCK * 16, 16), false), *at = offsets(s, 9);
    sc_node *len = sc_input(s->g, "kv_len", SC_I32, vector(SEQUENCES));
    sc_node *table = sc_input(s->g, "table", SC_I32, matrix(SEQUENCES, BLOCKS));
    if (sc_graph_status(s->g) >= 0) {
        for (int i = 0; i < SEQUENCES * BLOCKS; i++) ((int32_t *)table->data)[i] = (i * 7 + 2) % 16;
        const int32_t lengths[SEQUENCES] = {11, 0, 17};
        memcpy(len->data, lengths, sizeof lengths);
    }
    sc_node *n = made(s, (sc_node){.in = {q, k, v, at, len, table}, .attr = {.attn = a}}, op);
    sc__node_output(s->g, n, 1);
    return n;
}

SAMPLE(ATTENTION) {
    if (s->variant == 1 && s->real != SC_F64) return over_cache(s, op);
    sc_node *qkv[3];
    const sc_attention_attr a = attention_attr(s);
    attention_inputs(s, &a, qkv);
    sc_node *mask = s->variant == 2 ? key_mask(s) : NULL, *b = s->variant == 3 ? bias(s, &a) : NULL;
    sc_node *n = made(s,
                      (sc_node){.in = {qkv[0], qkv[1], qkv[2], offsets(s, attention_rows(s)), NULL,
                                       NULL, b, mask},
                                .attr = {.attn = a}},
                      op);
    sc__node_output(s->g, n, 1);
    return n;
}

/* y and lse must belong to q, k, v: they come from the forward operation. */
SAMPLE(ATTN_BWD) {
    sc_node *qkv[3];
    const sc_attention_attr a = attention_attr(s);
    attention_inputs(s, &a, qkv);
    sc_node *mask = s->variant == 2 ? key_mask(s) : NULL, *b = s->variant == 3 ? bias(s, &a) : NULL;
    sc_node *at = offsets(s, attention_rows(s));
    sc_node *y = made(
        s, (sc_node){.in = {qkv[0], qkv[1], qkv[2], at, NULL, NULL, b, mask}, .attr = {.attn = a}},
        SC_OP_ATTENTION);
    sc_node *lse = sc__node_output(s->g, y, 1);
    sc_node *dy = sample_input(s, matrix(attention_rows(s), (int64_t)a.n_head * a.d_head), true);
    sc_node *n = made(
        s, (sc_node){.in = {dy, qkv[0], qkv[1], qkv[2], y, lse, at, b, mask}, .attr = {.attn = a}},
        op);
    for (int k = 1; k < 3 && !a.packed; k++) sc__node_output(s->g, n, k);
    if (b) sc__node_output(s->g, n, 3);
    return n;
}

/* ---- losses ------------------------------------------------------------------------------------
 */

static sc_node *targets(sample *s, int32_t vocab) {
    sc_node *t = ints(s, rows(s), true, vocab);
    if (sc_graph_status(s->g) >= 0 && rows(s) > 2) ((int32_t *)t->data)[1] = -100;
    return t;
}

static float smoothing(const sample *s) { return s->variant % 2 ? 0.1f : 0; }
static sc_node *weights(sample *s) { return exact_input(s, vector(rows(s)), true, 0.1, 1); }

SAMPLE(XENT) {
    sc_node *z = tokens(s), *t = targets(s, (int32_t)cols(s)), *w = weights(s);
    sc_node *n = made(s, (sc_node){.in = {z, t, w}, .attr = {.xent = {smoothing(s)}}}, op);
    sc__node_output(s->g, n, 1);
    return n;
}

SAMPLE(XENT_BWD) {
    sc_node *dy = exact_input(s, (sc_shape){0}, false, 0.5, 2), *z = tokens(s),
            *t = targets(s, (int32_t)cols(s));
    sc_node *w = weights(s), *stat = exact_input(s, matrix(rows(s), 2), true, 3, 5);
    return made(s, (sc_node){.in = {dy, z, t, w, stat}, .attr = {.xent = {smoothing(s)}}}, op);
}

SAMPLE(HEAD_XENT) {
    const int32_t vocab = s->variant == 2 ? 300 : 13;
    sc_node *h = tokens(s), *table = sample_input(s, matrix(vocab, cols(s)), false);
    sc_node *t = targets(s, vocab), *w = weights(s);
    sc_node *n = made(s, (sc_node){.in = {h, table, t, w}, .attr = {.xent = {smoothing(s)}}}, op);
    for (int k = 1; k < 4; k++) sc__node_output(s->g, n, k);
    return n;
}

sc_node *sample_new(sample *s, sc_op op) {
    static sc_node *(*const makers[SC_OP_COUNT])(sample *, sc_op) = {
#define OP(id, name, in, out, flags, shape, grad, kind, lo, hi) [SC_OP_##id] = sample_##kind,
#include "graph/ops.def"
#undef OP
    };
    s->lo = sc__ops[op].lo;
    s->hi = sc__ops[op].hi;
    return makers[op](s, op);
}
