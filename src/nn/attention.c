/* attention.c - the attention block: grouped queries (Ainslie et al. 2023), rotary positions (Su et
 * al. 2021), and the paged cache of keys and values (Kwon et al. 2023), all by the same few lines.
 */
#include "nn/blocks.h"

#include <math.h>

static void init_projections(sc_attn *a, sc_params *p) {
    const sc_attn_config *c = &a->c;
    const int64_t q = (int64_t)c->n_head * c->d_head, kv = (int64_t)c->n_kv_head * c->d_head;
    if (c->fused) {
        sc__linear_init(&a->qkv, p, "attn_qkv",
                        (sc_linear_config){c->d, q + 2 * kv, c->flags, c->std});
        return;
    }
    sc__linear_init(&a->q, p, "attn_q", (sc_linear_config){c->d, q, c->flags, c->std});
    sc__linear_init(&a->k, p, "attn_k", (sc_linear_config){c->d, kv, c->flags, c->std});
    sc__linear_init(&a->v, p, "attn_v", (sc_linear_config){c->d, kv, c->flags, c->std});
}

void sc__attn_init(sc_attn *a, sc_params *p, int layer, sc_attn_config c) {
    *a = (sc_attn){.c = c, .layer = layer};
    init_projections(a, p);
    const int flags = (c.flags & SC_TRANSPOSED) | (c.out_bias ? SC_BIAS : 0);
    sc__linear_init(&a->out, p, "attn_output",
                    (sc_linear_config){(int64_t)c.n_head * c.d_head, c.d, flags, c.out_std});
}

static sc_attention_options options(const sc_batch *b, const sc_attn *a) {
    return (sc_attention_options){.n_head = a->c.n_head,
                                  .n_kv_head = a->c.n_kv_head,
                                  .d_head = a->c.d_head,
                                  .scale = a->c.scale,
                                  .causal = true,
                                  .dropout = b->training ? a->c.dropout : 0,
                                  .offsets = b->offsets};
}

/* Writes the new keys and values into the cache and attends over all that it holds of each
 * sequence. */
static sc_node *over_cache(const sc_batch *b, const sc_attn *a, sc_node *q, sc_node *k,
                           sc_node *v) {
    sc_attention_options o = options(b, a);
    o.kv_len = b->kv_len;
    o.table = b->table;
    o.block_size = b->cache->block_size;
    k = sc_cache_write(b->g, sc_tensor_node(b->g, &b->cache->k[a->layer]), k, b->slots);
    v = sc_cache_write(b->g, sc_tensor_node(b->g, &b->cache->v[a->layer]), v, b->slots);
    return sc_attention(b->g, q, k, v, &o);
}

static sc_node *split_columns(const sc_batch *b, const sc_attn *a, sc_node *qkv, int part) {
    const int64_t q = (int64_t)a->c.n_head * a->c.d_head,
                  kv = (int64_t)a->c.n_kv_head * a->c.d_head;
    return sc_columns(b->g, qkv, part == 0 ? 0 : q + (part - 1) * kv, part == 0 ? q : kv);
}

static sc_node *rotate(const sc_batch *b, const sc_attn *a, sc_node *x, int n_head) {
    return a->rope ? sc_rope(b->g, x, b->positions, sc_tensor_node(b->g, a->rope), n_head) : x;
}

sc_node *sc__attn_fwd(const sc_batch *b, const sc_attn *a, sc_node *x) {
    sc_node *q, *k, *v;
    if (a->c.fused) {
        sc_node *qkv = sc__linear_fwd(b, &a->qkv, x); /* (N, (H + 2 Hkv) d_head) */
        if (!b->cache && !a->rope) {
            const sc_attention_options o = options(b, a);
            return sc__linear_fwd(b, &a->out, sc_attention_packed(b->g, qkv, &o));
        }
        q = split_columns(b, a, qkv, 0);
        k = split_columns(b, a, qkv, 1);
        v = split_columns(b, a, qkv, 2);
    } else {
        q = sc__linear_fwd(b, &a->q, x); /* (N, H d_head) */
        k = sc__linear_fwd(b, &a->k, x); /* (N, Hkv d_head) */
        v = sc__linear_fwd(b, &a->v, x);
    }
    q = rotate(b, a, q, a->c.n_head);
    k = rotate(b, a, k, a->c.n_kv_head);
    const sc_attention_options o = options(b, a);
    sc_node *y = b->cache ? over_cache(b, a, q, k, v) : sc_attention(b->g, q, k, v, &o);
    return sc__linear_fwd(b, &a->out, y); /* (N, D) */
}

/* ---- rotary frequencies ------------------------------------------------------------------------
 */

/* Llama 3.1's rule (transformers, modeling_rope_utils): long wavelengths are slowed by `factor`,
 * short ones kept, those between mixed. */
static double slowed(const sc_rope_config *c, double f) {
    const double wavelength = 6.283185307179586476925 / f, context = (double)c->original_positions;
    if (wavelength > context / c->low_freq_factor) return f / c->factor;
    if (wavelength < context / c->high_freq_factor) return f;
    const double mix =
        (context / wavelength - c->low_freq_factor) / (c->high_freq_factor - c->low_freq_factor);
    return (1 - mix) * f / c->factor + mix * f;
}

sc_tensor *sc__rope_new(sc_params *p, sc_rope_config c) {
    sc_tensor *t = sc__params_array(p, 1, sizeof *t);
    float *f = sc__params_array(p, c.d_head / 2, sizeof *f);
    if (!t || !f) return NULL;
    *t =
        (sc_tensor){.name = "rope_freqs", .dtype = SC_F32, .shape = {1, {c.d_head / 2}}, .data = f};
    for (int64_t i = 0; i < c.d_head / 2; i++) {
        const double plain = pow(c.theta, -2.0 * (double)i / (double)c.d_head);
        f[i] = (float)(c.kind == SC_ROPE_LLAMA3   ? slowed(&c, plain)
                       : c.kind == SC_ROPE_LINEAR ? plain / c.factor
                                                  : plain);
    }
    return t;
}
