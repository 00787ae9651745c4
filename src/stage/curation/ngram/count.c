/* count.c - the longest n-gram that ends at each word, with how often it came. A thread holds back
 * those it saw last, so that what comes again and again is one item. */
#include "stage/curation/ngram/grams.h"

enum { BLOCK = 1 << 18, HELD = 1 << 14 };

typedef struct {
    sc_gram_batch out;
    uint32_t *block; /* BLOCK tokens, and those before the first that its n-gram needs */
    char *held;      /* HELD items by hash; of count 0: free */
    uint32_t window[SC_NGRAM_ORDER_MAX + 1]; /* the last words, backwards */
    char *item;                              /* the present one */
} counter;

static sc_status open(void *worker, sc_ngram_trainer *t) {
    counter *c = worker;
    const size_t size = t->counted.size;
    SC_TRY(sc__gram_batch_open(&c->out, t->out, &t->lock));
    c->block = sc__alloc((BLOCK + SC_NGRAM_ORDER_MAX) * sizeof *c->block);
    c->held = sc__calloc(HELD + 1, size);
    if (!c->block || !c->held) return SC_FAIL(SC_NOMEM, "n-grams");
    c->item = c->held + HELD * size;
    return SC_OK;
}

static void close(void *worker) {
    counter *c = worker;
    sc__gram_batch_close(&c->out);
    sc__free(c->block);
    sc__free(c->held);
}

static uint32_t *count_of(char *item, const sc_gram_layout *l) {
    return (uint32_t *)(void *)(item + l->payload);
}

static sc_status release(counter *c, char *held, const sc_gram_layout *l) {
    void *to;
    if (!*count_of(held, l)) return SC_OK;
    SC_TRY(sc__gram_batch_next(&to, &c->out));
    memcpy(to, held, l->size);
    *count_of(held, l) = 0;
    return SC_OK;
}

static sc_status add(counter *c, const sc_gram_layout *l) {
    sc__gram_put(c->item, l, c->window, l->n_words);
    char *held = c->held + (sc__hash_word(c->item, l->payload) & (HELD - 1)) * l->size;
    uint32_t *count = count_of(held, l);
    if (*count && *count < UINT32_MAX && !memcmp(held, c->item, l->payload)) {
        ++*count;
        return SC_OK;
    }
    SC_TRY(release(c, held, l));
    memcpy(held, c->item, l->payload);
    *count = 1;
    return SC_OK;
}

static void begin_sentence(counter *c) {
    for (int i = 0; i <= SC_NGRAM_ORDER_MAX; i++) c->window[i] = SC_NGRAM_NONE;
    c->window[0] = SC_NGRAM_BEGIN;
}

static sc_status count_block(void *worker, sc_ngram_trainer *t, int64_t task) {
    counter *c = worker;
    const int64_t first = task * BLOCK, n = SC_MIN(t->n_tokens - first, (int64_t)BLOCK);
    const int64_t before = SC_MIN(first, (int64_t)t->o.order - 1);
    SC_TRY(sc__scratch_read(&t->tokens, c->block, (size_t)(before + n) * sizeof *c->block,
                            (uint64_t)(first - before) * sizeof *c->block));
    begin_sentence(c);
    for (int64_t i = 0; i < before + n; i++) {
        memmove(c->window + 1, c->window, SC_NGRAM_ORDER_MAX * sizeof *c->window);
        c->window[0] = t->number[c->block[i]];
        if (i >= before) SC_TRY(add(c, &t->counted));
        if (c->window[0] == SC_NGRAM_END) begin_sentence(c);
    }
    return SC_OK;
}

static sc_status flush(void *worker, sc_ngram_trainer *t) {
    counter *c = worker;
    for (size_t i = 0; i < HELD; i++)
        SC_TRY(release(c, c->held + i * t->counted.size, &t->counted));
    return sc__gram_batch_flush(&c->out);
}

sc_status sc__ngram_count(sc_ngram_trainer *t) {
    static const sc_gram_step step = {sizeof(counter), open, count_block, flush, close};
    return sc__gram_step_run(t, &step, (t->n_tokens + BLOCK - 1) / BLOCK, t->o.threads);
}
