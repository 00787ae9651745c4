/* seen.h - what a model was trained on, computed again from the order that its lineage records:
 * step s of a run took the sequences (s - 1) * batch_size and on of the order in loader.h. */
#ifndef SC_STAGE_TRAINING_SEEN_H
#define SC_STAGE_TRAINING_SEEN_H

#include "base/json.h"
#include "stage/curation/shards.h"
#include "stage/curation/sources.h"

/* One run or its continuation: steps first_step .. last_step took the sequences from
 * first_position on. */
typedef struct {
    int64_t first_step, last_step; /* from 1 */
    int64_t first_position, batch_size, T;
    uint64_t seed;
} sc_seen_part;

typedef struct {
    sc_arena arena;
    json_t *lineage;
    const char *model;
    sc_shard *shard;
    sc_sources *sources;
    sc_seen_part *parts;
    int64_t n_parts, n_steps;
    const char *entry; /* the newest entry of the lineage that trained */
} sc_seen;

/* `model` is a model directory that socle trained. SC_IO: no lineage, or its shards are gone;
 * SC_MISMATCH: the shards are others; SC_FORMAT: it was not trained here. */
SC_MUST_USE sc_status sc__seen_open(sc_seen *out, const char *model);
void sc__seen_close(sc_seen *s);

/* How many tokens of each document a step trained on: calls fn for each, in the order of the
 * documents. first .. last lie in 1 .. n_steps. */
typedef sc_status sc_seen_fn(void *user, int64_t step, int64_t document, int64_t n_tokens);
SC_MUST_USE sc_status sc__seen_run(const sc_seen *s, int64_t first, int64_t last, sc_seen_fn *fn,
                                   void *user);

#endif
