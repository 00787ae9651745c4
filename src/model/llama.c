/* llama.c - LLaMA 1, 2 and 3 (Touvron et al. 2023; Llama Team 2024): RMSNorm before each block,
 * rotary positions, grouped keys and values, gated SiLU, tied or untied head. */
#include "model/family.h"

#include <math.h>
#include <string.h>

typedef struct {
    sc_norm_block norm_1, norm_2;
    sc_attn attn;
    sc_mlp mlp;
} layer;

typedef struct {
    int64_t n_vocab, n_positions, d, d_ff, n_head, n_kv_head, d_head, n_layer;
    double eps, std, attention_dropout;
    sc_act act;
    bool tied, attention_bias, mlp_bias;
    sc_rope_config rope;
    const char *rope_type;
    sc_param *embed;
    layer *h;
    sc_norm_block norm_f;
} llama;

static const sc_field fields[] = {
    SC_NEED(llama, n_vocab, "vocab_size"),
    SC_NEED(llama, d, "hidden_size"),
    SC_NEED(llama, d_ff, "intermediate_size"),
    SC_NEED(llama, n_layer, "num_hidden_layers"),
    SC_NEED(llama, n_head, "num_attention_heads"),
    SC_INT(llama, n_kv_head, "num_key_value_heads", 0),
    SC_INT(llama, d_head, "head_dim", 0),
    SC_INT(llama, n_positions, "max_position_embeddings", 2048),
    SC_REAL(llama, eps, "rms_norm_eps", 1e-6),
    SC_REAL(llama, std, "initializer_range", 0.02),
    SC_REAL(llama, attention_dropout, "attention_dropout", 0),
    SC_ACTIVATION(llama, act, "hidden_act", SC_SILU),
    SC_BOOL(llama, tied, "tie_word_embeddings", false),
    SC_BOOL(llama, attention_bias, "attention_bias", false),
    SC_BOOL(llama, mlp_bias, "mlp_bias", false),
    SC_REAL(llama, rope.theta, "rope_theta|rope_parameters.rope_theta", 10000),
    SC_TEXT(llama, rope_type, "rope_scaling.rope_type|rope_scaling.type|rope_parameters.rope_type"),
    SC_REAL(llama, rope.factor, "rope_scaling.factor|rope_parameters.factor", 1),
    SC_REAL(llama, rope.low_freq_factor,
            "rope_scaling.low_freq_factor|rope_parameters.low_freq_factor", 1),
    SC_REAL(llama, rope.high_freq_factor,
            "rope_scaling.high_freq_factor|rope_parameters.high_freq_factor", 4),
    SC_INT(llama, rope.original_positions,
           "rope_scaling.original_max_position_embeddings|rope_parameters.original_max_position_"
           "embeddings",
           0),
    {0},
};

static const sc_name names[] = {
    {"token_embd", "model.embed_tokens"},
    {"blk.%d.attn_norm", "model.layers.%d.input_layernorm"},
    {"blk.%d.attn_q", "model.layers.%d.self_attn.q_proj"},
    {"blk.%d.attn_k", "model.layers.%d.self_attn.k_proj"},
    {"blk.%d.attn_v", "model.layers.%d.self_attn.v_proj"},
    {"blk.%d.attn_output", "model.layers.%d.self_attn.o_proj"},
    {"blk.%d.ffn_norm", "model.layers.%d.post_attention_layernorm"},
    {"blk.%d.ffn_gate", "model.layers.%d.mlp.gate_proj"},
    {"blk.%d.ffn_up", "model.layers.%d.mlp.up_proj"},
    {"blk.%d.ffn_down", "model.layers.%d.mlp.down_proj"},
    {"output_norm", "model.norm"},
    {0},
};

static sc_status check_rope(llama *m, const char *path) {
    static const struct {
        const char *name;
        sc_rope_kind kind;
    } kinds[] = {
        {"default", SC_ROPE_DEFAULT}, {"linear", SC_ROPE_LINEAR}, {"llama3", SC_ROPE_LLAMA3}};
    sc_rope_config *r = &m->rope;
    int i = 0;
    while (i < SC_LEN(kinds) && m->rope_type && strcmp(m->rope_type, kinds[i].name)) i++;
    if (i == SC_LEN(kinds))
        return SC_FAIL(SC_UNSUPPORTED, "%s: rope_type \"%s\": there are default, linear and llama3",
                       path, m->rope_type);
    r->kind = kinds[i].kind;
    r->d_head = m->d_head;
    if (!r->original_positions) r->original_positions = m->n_positions;
    if (r->theta <= 0 || r->factor <= 0 || r->low_freq_factor <= 0 ||
        r->high_freq_factor <= r->low_freq_factor)
        return SC_FAIL(SC_FORMAT, "%s: the rotary parameters contradict themselves", path);
    return SC_OK;
}

static sc_status check(void *model, const char *path) {
    llama *m = model;
    if (!m->n_kv_head) m->n_kv_head = m->n_head;
    if (m->n_head <= 0 || m->n_kv_head < 0 || m->d <= 0 || m->d_ff <= 0)
        return SC_FAIL(SC_FORMAT, "%s: a size is not positive", path);
    if (!m->d_head && m->d % m->n_head)
        return SC_FAIL(SC_FORMAT,
                       "%s: hidden_size %lld is not a multiple of num_attention_heads %lld", path,
                       (long long)m->d, (long long)m->n_head);
    if (!m->d_head) m->d_head = m->d / m->n_head;
    if (m->n_head % m->n_kv_head)
        return SC_FAIL(SC_FORMAT,
                       "%s: num_attention_heads %lld is not a multiple of num_key_value_heads %lld",
                       path, (long long)m->n_head, (long long)m->n_kv_head);
    if (m->d_head < 0 || m->d_head % 2)
        return SC_FAIL(SC_FORMAT, "%s: head_dim %lld is not even", path, (long long)m->d_head);
    return check_rope(m, path);
}

static sc_model_shape shape(const void *model) {
    const llama *m = model;
    return (sc_model_shape){.n_vocab = m->n_vocab,
                            .n_positions = m->n_positions,
                            .n_layer = m->n_layer,
                            .d = m->d,
                            .n_kv_head = m->n_kv_head,
                            .d_head = m->d_head};
}

static void declare(void *model, sc_params *p) {
    llama *m = model;
    const float std = (float)m->std, eps = (float)m->eps;
    const sc_attn_config attn = {
        .d = m->d,
        .n_head = (int)m->n_head,
        .n_kv_head = (int)m->n_kv_head,
        .d_head = (int)m->d_head,
        .flags = m->attention_bias ? SC_BIAS : 0,
        .out_bias = m->attention_bias,
        .std = std,
        .out_std = std,
        .scale = (float)(1 / sqrt((double)m->d_head)),
        .dropout = (float)m->attention_dropout,
    };
    const sc_mlp_config mlp = {.d = m->d,
                               .d_ff = m->d_ff,
                               .act = m->act,
                               .gated = true,
                               .flags = m->mlp_bias ? SC_BIAS : 0,
                               .std = std,
                               .out_std = std};
    sc_tensor *rope = sc__rope_new(p, m->rope);
    m->embed = sc__param_new(p, "token_embd.weight", m->n_vocab, m->d, sc__init_normal(std));
    m->h = sc__params_array(p, m->n_layer, sizeof *m->h);
    for (int i = 0; m->h && i < m->n_layer; i++) {
        layer *l = &m->h[i];
        sc__params_layer(p, i);
        sc__norm_init(&l->norm_1, p, "attn_norm", SC_RMS_NORM, m->d, eps);
        sc__attn_init(&l->attn, p, i, attn);
        l->attn.rope = rope;
        sc__norm_init(&l->norm_2, p, "ffn_norm", SC_RMS_NORM, m->d, eps);
        sc__mlp_init(&l->mlp, p, mlp);
    }
    sc__params_layer(p, -1);
    sc__norm_init(&m->norm_f, p, "output_norm", SC_RMS_NORM, m->d, eps);
    if (!m->tied) sc__param_new(p, "output.weight", m->n_vocab, m->d, sc__init_normal(std));
}

static sc_node *forward(const void *model, const sc_batch *b, sc_node **layers) {
    const llama *m = model;
    sc_node *x = sc__embed_fwd(b, m->embed, b->tokens); /* (N, D) */
    for (int i = 0; i < m->n_layer; i++) {
        const layer *l = &m->h[i];
        sc_mark(b->g);
        if (layers) layers[i] = x;
        x = sc__residual_fwd(b, x, sc__attn_fwd(b, &l->attn, sc__norm_fwd(b, &l->norm_1, x)), 0);
        x = sc__residual_fwd(b, x, sc__mlp_fwd(b, &l->mlp, sc__norm_fwd(b, &l->norm_2, x)), 0);
    }
    sc_mark(b->g);
    if (layers) layers[m->n_layer] = x;
    return sc__norm_fwd(b, &m->norm_f, x);
}

const sc_family sc__family_llama = {
    .size = sizeof(llama),
    .fields = fields,
    .names = names,
    .head = "lm_head",
    .check = check,
    .shape = shape,
    .declare = declare,
    .forward = forward,
};
