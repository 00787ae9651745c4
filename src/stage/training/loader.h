/* loader.h - sequences for training, in an order that depends on seed and position alone.
 *
 * An epoch cuts the tokens into windows of T + 1 (each lends its last token to the next as a
 * target), from an offset that is drawn anew, and takes them in shuffled order. The
 * i-th sequence of a run is therefore a function of (shard, T, seed, i): a run resumes at a
 * position without having read what came before, with any number of sequences a batch. */
#ifndef SC_STAGE_TRAINING_LOADER_H
#define SC_STAGE_TRAINING_LOADER_H

#include "stage/curation/shards.h"

/* Where a sequence came from. Tokens first_token .. first_token + T - 1 are its inputs, one further
 * each its targets. */
typedef struct {
    int64_t position, epoch;
    int64_t first_token;
    int64_t first_document, last_document; /* of inputs and targets */
} sc_window;

/* Sequences of one epoch; 0 when the shard has fewer than T + 1 tokens. */
int64_t sc__windows_per_epoch(const sc_shard *s, int64_t T);
/* There must be a window (a contract). */
sc_window sc__window_find(const sc_shard *s, int64_t T, uint64_t seed, int64_t position);

typedef struct {
    int64_t T;        /* sequence_length */
    int64_t ahead;    /* sequences to hold ready: a batch or two */
    int64_t position; /* the first sequence */
    uint64_t seed;
} sc_loader_options;

typedef struct sc_loader sc_loader;

/* Starts the thread that reads ahead. The shard is borrowed. SC_FORMAT: it is too short for T. */
SC_MUST_USE sc_status sc__loader_open(sc_loader **out, const sc_shard *s,
                                      const sc_loader_options *o);
/* The next n sequences (any n): tokens (n, T) and targets (n, T). On failure the position stays. */
SC_MUST_USE sc_status sc__loader_next(int32_t *tokens, int32_t *targets, sc_loader *l, int64_t n);
int64_t sc__loader_position(const sc_loader *l); /* of the sequence that comes next */
void sc__loader_close(sc_loader *l);             /* NULL is fine */

/* ---- held-out text: windows side by side from the first token, the last one shorter ------------
 */

int64_t sc__valid_windows(const sc_shard *s, int64_t T); /* 0 below two tokens */
/* Window i: *n (at most T) tokens and targets. */
SC_MUST_USE sc_status sc__valid_read(int32_t *tokens, int32_t *targets, int64_t *n,
                                     const sc_shard *s, int64_t T, int64_t i);

#endif
