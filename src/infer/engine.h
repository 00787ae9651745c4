/* engine.h - runs a model over a ragged batch of sequences that live in a paged cache: some tokens
 * of each, prompts and single steps mixed as they come. */
#ifndef SC_INFER_ENGINE_H
#define SC_INFER_ENGINE_H

#include "infer/cache.h"

/* The graph for up to so many tokens and sequences; a run uses fewer. */
typedef struct {
    int64_t n_tokens, n_sequences;
    sc_graph *g;
    sc_node *tokens, *positions, *slots; /* (N) */
    sc_node *offsets, *kv_len, *table;   /* (S + 1), (S), (S, max_blocks) */
    sc_node *last;                       /* (S): row of each sequence's last token */
    sc_node *logits;                     /* (S, V) f32 */
} sc_engine_plan;

enum { SC_ENGINE_PLANS = 64, SC_ENGINE_CHUNK = 256 };

typedef struct {
    const sc_model *model;
    sc_machine *machine;
    sc_dtype dtype;     /* of products and cache */
    int64_t max_tokens; /* of one run */
    int64_t max_length; /* of one sequence */
    int64_t max_sequences;
    sc_pages pages;
    sc_engine_plan plans[SC_ENGINE_PLANS];
    int n_plans;
    const sc_engine_plan *latest; /* of the last run: its logits are read */
} sc_engine;

typedef struct {
    int64_t max_tokens;    /* of one run; 0: 256 */
    int64_t max_length;    /* of one sequence; 0: the model's positions */
    int64_t max_sequences; /* at a time; 0: 1 */
    int64_t cache_tokens;  /* of all sequences together; 0: max_length times max_sequences */
} sc_engine_options;

/* Model and machine are borrowed. SC_USAGE: longer than the model's positions. Ends with deinit,
 * also after a failure. */
SC_MUST_USE sc_status sc__engine_init(sc_engine *e, const sc_model *m, sc_machine *machine,
                                      const sc_engine_options *o);
void sc__engine_deinit(sc_engine *e); /* after its sequences */

/* n > 0 further tokens of a sequence. */
typedef struct {
    sc_sequence *sequence;
    const int32_t *ids;
    int64_t n;
} sc_feed;

/* Takes in all feeds, max_tokens and max_sequences at most, each sequence once. The first run of a
 * size builds its graph; later ones allocate nothing. SC_USAGE: an id outside the vocabulary, a
 * sequence past max_length. SC_NOMEM: the cache is full. On failure the sequences are as before. */
SC_MUST_USE sc_status sc__engine_run(sc_engine *e, const sc_feed *feeds, int64_t n_feeds);
/* (V) f32: what the model says after the last token of feed i; until the next run. */
const float *sc__engine_logits(const sc_engine *e, int64_t i);

/* bf16 when every matrix of the model is, else f32. */
sc_dtype sc__engine_dtype(const sc_model *m);
/* f32 logits (N, V) of rows of hidden in the batch's type. */
sc_node *sc__engine_head(const sc_model *m, const sc_batch *b, sc_node *hidden);

#endif
