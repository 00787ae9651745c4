/* text_index_find.c - asking an index of texts.
 *
 * The suffixes that begin with a needle stand side by side in a block's array; two binary searches
 * find them. They only tell which documents to look at: what is shown is what is found there, by
 * the function that a scan uses, so that both give the same answer. */
#include "stage/curation/ask/text_index.h"

#include "base/pool.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* From one place in so many bytes of text on, all documents are looked at: it is faster. */
enum { FREQUENT = 1024 };

typedef struct {
    const sc_text_index *x;
    const sc_index_question *q;
    const sc_answer *so_far;
    int64_t first;  /* block of this round */
    sc_buffer *out; /* one a block of it */
} asking;

/* One needle in one block. */
typedef struct {
    const asking *k;
    const sc_index_block *b;
    int64_t number; /* of the block */
    int query;
    sc_slice needle;
    int64_t shown;
    sc_found_head counted; /* what is found beyond the rows that can be shown */
    sc_buffer *out;
} search;

static sc_status damaged(const search *s, const char *what) {
    return SC_FAIL(SC_FORMAT, "%s: block %" PRId64 ": %s", s->k->x->name, s->number, what);
}

/* ---- the suffix array ------------------------------------------------------------------------ */

/* The suffix at entry i against the needle: 0 when it begins with it. */
static sc_status compare(int *out, const search *s, uint64_t i) {
    const uint64_t at = s->b->suffixes[i];
    if (at >= s->b->n_text) return damaged(s, "a suffix lies outside of the text");
    const size_t left = (size_t)(s->b->n_text - at), n = SC_MIN(left, s->needle.n);
    *out = memcmp(s->b->text + at, s->needle.p, n);
    if (!*out && left < s->needle.n) *out = -1;
    return SC_OK;
}

/* The first entry in [low, high) that is above (or, not `above`, that is not below) the needle. */
static sc_status bound(uint64_t *out, const search *s, uint64_t low, bool above) {
    uint64_t high = s->b->n_suffixes;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        int order = 0;
        SC_TRY(compare(&order, s, middle));
        if (above ? order <= 0 : order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return SC_OK;
}

/* ---- documents ------------------------------------------------------------------------------- */

/* The document in which a place of the text lies. */
static uint32_t document_of(const sc_index_block *b, uint32_t place) {
    uint64_t low = 0, high = b->n_documents;
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        if (b->begins[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static sc_status head_of(sc_found *f, const search *s, uint32_t document) {
    const sc_index_block *b = s->b;
    const uint64_t from = b->heads[document], to = b->heads[document + 1];
    sc_index_head h;
    if (to > b->n_heads || from > to || to - from < sizeof h)
        return damaged(s, "a head lies outside of it");
    memcpy(&h, b->head_bytes + from, sizeof h);
    const char *id = (const char *)b->head_bytes + from + sizeof h;
    if ((uint64_t)h.n_id + h.n_url > to - from - sizeof h || h.file >= s->k->x->n_files)
        return damaged(s, "a head is longer than it can be");
    if (sc__utf8_valid_prefix(id, h.n_id) != h.n_id ||
        sc__utf8_valid_prefix(id + h.n_id, h.n_url) != h.n_url)
        return damaged(s, "a head is not UTF-8");
    const char *path = s->k->q->files->paths[h.file];
    f->id = (sc_slice){id, h.n_id};
    f->url = (sc_slice){h.has_url ? id + h.n_id : NULL, h.n_url};
    f->path = (sc_slice){path, strlen(path)};
    f->line = (int64_t)h.line;
    return SC_OK;
}

static sc_status show(search *s, uint32_t document, const sc_sight *sight) {
    sc_found f = {.occurrences = sight->n, .around = sight->around};
    const sc_found_head head = {
        .documents = 1, .occurrences = sight->n, .query = (uint32_t)s->query};
    SC_TRY(head_of(&f, s, document));
    if (sc__utf8_valid_prefix(f.around.p, f.around.n) != f.around.n)
        return damaged(s, "its text is not UTF-8");
    if (s->k->q->has_queries) f.query = s->needle;
    sc__found_put(s->out, head, &f);
    s->shown++;
    return s->out->status;
}

static sc_status look_at(search *s, uint32_t document) {
    const sc_index_block *b = s->b;
    const uint64_t from = b->begins[document], end = b->begins[document + 1];
    if (end > b->n_text || from >= end) return damaged(s, "a document lies outside of the text");
    const sc_sight sight =
        sc__sight((sc_slice){b->text + from, (size_t)(end - from - 1)}, s->needle);
    if (!sight.n) return SC_OK;
    if (s->k->so_far->n_rows[s->query] + s->shown < s->k->so_far->limit)
        return show(s, document, &sight);
    s->counted.documents++;
    s->counted.occurrences += sight.n;
    return SC_OK;
}

static int by_number(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The documents of entries [low, high), each once, in their order. */
static sc_status look_at_some(search *s, uint64_t low, uint64_t high) {
    const size_t n = (size_t)(high - low);
    uint32_t *documents = sc__alloc(n * sizeof *documents);
    if (!documents) return SC_FAIL(SC_NOMEM, "%s", s->k->x->name);
    for (size_t i = 0; i < n; i++) documents[i] = document_of(s->b, s->b->suffixes[low + i]);
    qsort(documents, n, sizeof *documents, by_number);
    sc_status status = SC_OK;
    for (size_t i = 0; i < n && status >= 0; i++)
        if (!i || documents[i] != documents[i - 1]) status = look_at(s, documents[i]);
    sc__free(documents);
    return status;
}

static sc_status find_one(search *s) {
    uint64_t low, high;
    if (!s->b->n_documents) return SC_OK;
    SC_TRY(bound(&low, s, 0, false));
    SC_TRY(bound(&high, s, low, true));
    if (high - low <= s->b->n_text / FREQUENT) {
        if (high > low) SC_TRY(look_at_some(s, low, high));
    } else {
        for (uint32_t d = 0; d < s->b->n_documents; d++) SC_TRY(look_at(s, d));
    }
    if (s->counted.documents) sc__found_put(s->out, s->counted, NULL);
    return s->out->status;
}

/* ---- all blocks ------------------------------------------------------------------------------ */

static sc_status find_all(void *arg, int64_t task, int worker) {
    const asking *k = arg;
    (void)worker;
    const sc_needles *needles = k->q->needles;
    for (int i = 0; i < needles->n; i++) {
        if (k->q->stop && *k->q->stop) return SC_FAIL(SC_INTERRUPTED, "interrupted");
        search s = {.k = k,
                    .b = &k->x->blocks[k->first + task],
                    .number = k->first + task,
                    .query = i,
                    .needle = needles->at[i],
                    .counted = {.query = (uint32_t)i},
                    .out = &k->out[task]};
        SC_TRY(find_one(&s));
    }
    return SC_OK;
}

/* Some blocks at a time, so that what is found in them need not be held for long. */
static sc_status run_rounds(sc_answer *out, asking *k, sc_pool *pool, int64_t round) {
    for (k->first = 0; k->first < k->x->n_blocks; k->first += round) {
        const int64_t n = SC_MIN(round, k->x->n_blocks - k->first);
        SC_TRY(sc__pool_try(pool, n, find_all, k, k->q->stop));
        for (int64_t i = 0; i < n; i++) {
            SC_TRY(sc__answer_take(out, k->out[i].data, k->out[i].len));
            sc__buffer_clear(&k->out[i]);
        }
    }
    return SC_OK;
}

sc_status sc__text_index_find(sc_answer *out, const sc_text_index *x, const sc_index_question *q) {
    sc_arena arena = SC_ARENA_INIT;
    sc_pool *pool;
    asking k = {.x = x, .q = q, .so_far = out};
    SC_TRY(sc__pool_open(&pool, q->threads));
    const int64_t round = 4 * (int64_t)sc__pool_threads(pool);
    k.out = sc__arena_array(&arena, (size_t)round, sizeof *k.out);
    const sc_status s = k.out ? run_rounds(out, &k, pool, round) : SC_FAIL(SC_NOMEM, "%s", x->name);
    for (int64_t i = 0; k.out && i < round; i++) sc__buffer_deinit(&k.out[i]);
    sc__pool_close(pool);
    sc__arena_deinit(&arena);
    return s;
}
