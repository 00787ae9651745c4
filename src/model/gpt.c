/* gpt.c - GPT (Radford et al. 2018: post-norm, no last norm) and GPT-2 (Radford et al. 2019:
 * pre-norm), whose shapes GPT-3's dense models share (Brown et al. 2020): learned positions, fused
 * query-key-value, tied head. */
#include "model/family.h"

#include <math.h>

typedef struct {
    sc_norm_block ln_1, ln_2;
    sc_attn attn;
    sc_mlp mlp;
} layer;

typedef struct {
    int64_t n_vocab, n_positions, d, n_head, n_layer, n_inner;
    double eps, std, embd_pdrop, attn_pdrop, resid_pdrop;
    sc_act act;
    bool tied, scale_attn, scale_by_layer;
    sc_param *wte, *wpe; /* (n_vocab, d), (n_positions, d) */
    layer *h;            /* n_layer of them */
    sc_norm_block ln_f;
} gpt;

#define SHARED_FIELDS                                                                              \
    SC_NEED(gpt, n_vocab, "vocab_size"), SC_NEED(gpt, n_positions, "n_positions|n_ctx"),           \
        SC_NEED(gpt, d, "n_embd"), SC_NEED(gpt, n_layer, "n_layer"),                               \
        SC_NEED(gpt, n_head, "n_head"), SC_REAL(gpt, eps, "layer_norm_epsilon", 1e-5),             \
        SC_REAL(gpt, std, "initializer_range", 0.02), SC_REAL(gpt, embd_pdrop, "embd_pdrop", 0),   \
        SC_REAL(gpt, attn_pdrop, "attn_pdrop", 0), SC_REAL(gpt, resid_pdrop, "resid_pdrop", 0),    \
        SC_BOOL(gpt, tied, "tie_word_embeddings", true)

static const sc_field gpt2_fields[] = {
    SHARED_FIELDS,
    SC_INT(gpt, n_inner, "n_inner", 0),
    SC_ACTIVATION(gpt, act, "activation_function", SC_GELU_TANH),
    SC_BOOL(gpt, scale_attn, "scale_attn_weights", true),
    SC_BOOL(gpt, scale_by_layer, "scale_attn_by_inverse_layer_idx", false),
    {0},
};

static const sc_field gpt1_fields[] = {SHARED_FIELDS, {0}};

#define BLOCK_NAMES                                                                                \
    {"blk.%d.attn_norm", "h.%d.ln_1"}, {"blk.%d.attn_qkv", "h.%d.attn.c_attn"},                    \
        {"blk.%d.attn_output", "h.%d.attn.c_proj"}, {"blk.%d.ffn_norm", "h.%d.ln_2"},              \
        {"blk.%d.ffn_up", "h.%d.mlp.c_fc"}, {                                                      \
        "blk.%d.ffn_down", "h.%d.mlp.c_proj"                                                       \
    }

static const sc_name gpt2_names[] = {
    {"token_embd", "wte"}, {"position_embd", "wpe"}, BLOCK_NAMES, {"output_norm", "ln_f"}, {0},
};

static const sc_name gpt1_names[] = {
    {"token_embd", "tokens_embed"},
    {"position_embd", "positions_embed"},
    BLOCK_NAMES,
    {0},
};

static sc_status check_shared(gpt *m, const char *path) {
    if (m->n_head <= 0 || m->d <= 0 || m->d % m->n_head)
        return SC_FAIL(SC_FORMAT, "%s: n_embd %lld is not a multiple of n_head %lld", path,
                       (long long)m->d, (long long)m->n_head);
    if (!m->n_inner) m->n_inner = 4 * m->d; /* HF: null means four times the width */
    return SC_OK;
}

static sc_status gpt2_check(void *model, const char *path) { return check_shared(model, path); }

static sc_status gpt1_check(void *model, const char *path) {
    gpt *m = model;
    m->act = SC_GELU_TANH; /* transformers: afn "gelu" of this family is the tanh form */
    m->scale_attn = true;
    return check_shared(m, path);
}

static sc_model_shape shape(const void *model) {
    const gpt *m = model;
    return (sc_model_shape){.n_vocab = m->n_vocab,
                            .n_positions = m->n_positions,
                            .n_layer = m->n_layer,
                            .d = m->d,
                            .n_kv_head = m->n_head,
                            .d_head = m->d / m->n_head};
}

static sc_attn_config attention_config(const gpt *m, int i) {
    const int64_t d_head = m->d / m->n_head;
    const float std = (float)m->std;
    float scale = m->scale_attn ? (float)(1 / sqrt((double)d_head)) : 1;
    if (m->scale_by_layer) scale /= (float)(i + 1);
    return (sc_attn_config){.d = m->d,
                            .n_head = (int)m->n_head,
                            .n_kv_head = (int)m->n_head,
                            .d_head = (int)d_head,
                            .flags = SC_BIAS | SC_TRANSPOSED,
                            .fused = true,
                            .out_bias = true,
                            .std = std,
                            .out_std =
                                std / sqrtf(2 * (float)m->n_layer), /* GPT-2 paper, section 2.3 */
                            .scale = scale,
                            .dropout = (float)m->attn_pdrop};
}

static void declare(void *model, sc_params *p) {
    gpt *m = model;
    const float std = (float)m->std, eps = (float)m->eps;
    const sc_mlp_config mlp = {.d = m->d,
                               .d_ff = m->n_inner,
                               .act = m->act,
                               .flags = SC_BIAS | SC_TRANSPOSED,
                               .std = std,
                               .out_std = std / sqrtf(2 * (float)m->n_layer)};
    m->wte = sc__param_new(p, "token_embd.weight", m->n_vocab, m->d, sc__init_normal(std));
    m->wpe = sc__param_new(p, "position_embd.weight", m->n_positions, m->d, sc__init_normal(std));
    m->h = sc__params_array(p, m->n_layer, sizeof *m->h);
    for (int i = 0; m->h && i < m->n_layer; i++) {
        layer *l = &m->h[i];
        sc__params_layer(p, i);
        sc__norm_init(&l->ln_1, p, "attn_norm", SC_LAYER_NORM, m->d, eps);
        sc__attn_init(&l->attn, p, i, attention_config(m, i));
        sc__norm_init(&l->ln_2, p, "ffn_norm", SC_LAYER_NORM, m->d, eps);
        sc__mlp_init(&l->mlp, p, mlp);
    }
    sc__params_layer(p, -1);
}

static void gpt2_declare(void *model, sc_params *p) {
    gpt *m = model;
    declare(m, p);
    sc__norm_init(&m->ln_f, p, "output_norm", SC_LAYER_NORM, m->d, (float)m->eps);
    if (!m->tied)
        sc__param_new(p, "output.weight", m->n_vocab, m->d, sc__init_normal((float)m->std));
}

static void gpt1_declare(void *model, sc_params *p) {
    gpt *m = model;
    declare(m, p);
    if (!m->tied)
        sc__param_new(p, "output.weight", m->n_vocab, m->d, sc__init_normal((float)m->std));
}

static sc_node *embed(const gpt *m, const sc_batch *b) {
    sc_node *x =
        sc_add(b->g, sc__embed_fwd(b, m->wte, b->tokens), sc__embed_fwd(b, m->wpe, b->positions));
    return b->training ? sc_dropout(b->g, x, (float)m->embd_pdrop) : x; /* (N, D) */
}

static sc_node *gpt2_forward(const void *model, const sc_batch *b, sc_node **layers) {
    const gpt *m = model;
    const float drop = (float)m->resid_pdrop;
    sc_node *x = embed(m, b);
    for (int i = 0; i < m->n_layer; i++) {
        const layer *l = &m->h[i];
        sc_mark(b->g);
        if (layers) layers[i] = x;
        x = sc__residual_fwd(b, x, sc__attn_fwd(b, &l->attn, sc__norm_fwd(b, &l->ln_1, x)), drop);
        x = sc__residual_fwd(b, x, sc__mlp_fwd(b, &l->mlp, sc__norm_fwd(b, &l->ln_2, x)), drop);
    }
    sc_mark(b->g);
    if (layers) layers[m->n_layer] = x;
    return sc__norm_fwd(b, &m->ln_f, x);
}

static sc_node *gpt1_forward(const void *model, const sc_batch *b, sc_node **layers) {
    const gpt *m = model;
    const float drop = (float)m->resid_pdrop;
    sc_node *x = embed(m, b);
    for (int i = 0; i < m->n_layer; i++) {
        const layer *l = &m->h[i];
        sc_mark(b->g);
        if (layers) layers[i] = x;
        x = sc__norm_residual_fwd(b, &l->ln_1,
                                  sc__residual_fwd(b, x, sc__attn_fwd(b, &l->attn, x), drop));
        x = sc__norm_residual_fwd(b, &l->ln_2,
                                  sc__residual_fwd(b, x, sc__mlp_fwd(b, &l->mlp, x), drop));
    }
    sc_mark(b->g);
    if (layers) layers[m->n_layer] = x;
    return sc_cast(b->g, x, b->dtype);
}

const sc_family sc__family_gpt2 = {
    .size = sizeof(gpt),
    .fields = gpt2_fields,
    .names = gpt2_names,
    .head = "lm_head",
    .check = gpt2_check,
    .shape = shape,
    .declare = gpt2_declare,
    .forward = gpt2_forward,
};

const sc_family sc__family_openai_gpt = {
    .size = sizeof(gpt),
    .fields = gpt1_fields,
    .names = gpt1_names,
    .head = "lm_head",
    .check = gpt1_check,
    .shape = shape,
    .declare = gpt1_declare,
    .forward = gpt1_forward,
};
