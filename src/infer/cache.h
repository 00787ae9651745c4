/* cache.h - keys and values of earlier tokens in pages: blocks of rows that any sequence may own
 * (Kwon et al. 2023, "Efficient Memory Management for Large Language Model Serving"). A sequence is
 * a list of blocks; row r of block b holds one token in every layer. */
#ifndef SC_INFER_CACHE_H
#define SC_INFER_CACHE_H

#include "model/model.h"

enum { SC_PAGE_ROWS = 32 }; /* tokens a block */

typedef struct {
    sc_cache cache; /* what graphs see */
    sc_tensor *tensors;
    void *memory;
    int32_t *free; /* stack of the blocks that nobody owns */
    int64_t n_free, n_blocks;
} sc_pages;

/* Room for n_tokens in whole blocks, of type t. Ends with deinit, also after a failure. */
SC_MUST_USE sc_status sc__pages_init(sc_pages *p, const sc_model *m, sc_dtype t, int64_t n_tokens);
void sc__pages_deinit(sc_pages *p);

/* One text in the cache: the first n tokens of it are there. */
typedef struct {
    int32_t *blocks; /* max_blocks of room */
    int64_t n_blocks, max_blocks, n;
} sc_sequence;

SC_MUST_USE sc_status sc__sequence_init(sc_sequence *s, int64_t max_tokens);
void sc__sequence_deinit(sc_sequence *s, sc_pages *p); /* its blocks go back */
/* Blocks for `more` further tokens; n stays. SC_NOMEM when the cache is full: nothing changes. */
SC_MUST_USE sc_status sc__sequence_extend(sc_sequence *s, sc_pages *p, int64_t more);
/* Keeps the first n tokens. */
void sc__sequence_truncate(sc_sequence *s, sc_pages *p, int64_t n);
/* The row of the cache that belongs to a position. */
static inline int32_t sc__sequence_slot(const sc_sequence *s, int64_t position) {
    return s->blocks[position / SC_PAGE_ROWS] * SC_PAGE_ROWS + (int32_t)(position % SC_PAGE_ROWS);
}

#endif
