/* ngram.c - n-grams in hash tables, and what a model says of the next word. */
#include "stage/curation/ngram/ngram.h"

#include <math.h>

/* ---- tables ---------------------------------------------------------------------------------- */

static inline uint64_t hash_of(uint64_t key) {
    key *= 0x9E3779B97F4A7C15u;
    return key ^ key >> 29;
}

static sc_status grow_slots(sc_ngram_table *t) {
    const size_t size = t->slots ? (t->mask + 1) * 2 : 64;
    uint64_t *slots = sc__calloc(size, sizeof *slots);
    if (!slots) return SC_FAIL(SC_NOMEM, "n-grams");
    for (uint32_t i = 0; i < t->n; i++) {
        const uint64_t hash = hash_of(t->at[i].key);
        size_t k = (size_t)hash & (size - 1);
        while (slots[k]) k = (k + 1) & (size - 1);
        slots[k] = hash >> 32 << 32 | (i + 1);
    }
    sc__free(t->slots);
    t->slots = slots;
    t->mask = size - 1;
    return SC_OK;
}

static sc_status push(sc_ngram_table *t, uint64_t key) {
    if (t->n == t->cap) {
        if (t->n > UINT32_MAX / 2) return SC_FAIL(SC_NOMEM, "n-grams: more than 2^31 of one order");
        const uint32_t cap = t->cap * 2 + 64;
        sc_ngram_entry *at = sc__realloc(t->at, (size_t)cap * sizeof *at);
        if (!at) return SC_FAIL(SC_NOMEM, "n-grams");
        t->at = at;
        t->cap = cap;
    }
    t->at[t->n++] = (sc_ngram_entry){.key = key, .prob = NAN};
    return SC_OK;
}

/* The slot of an n-gram, or the free one where it belongs. Half of the hash is in the slot: what is
 * not there costs one look at memory. */
static inline size_t find_slot(const sc_ngram_table *t, uint64_t key) {
    const uint64_t hash = hash_of(key);
    size_t k = (size_t)hash & t->mask;
    for (; t->slots[k]; k = (k + 1) & t->mask)
        if (t->slots[k] >> 32 == hash >> 32 && t->at[(uint32_t)t->slots[k] - 1].key == key) break;
    return k;
}

static inline void prefetch(const sc_ngram_table *t, uint64_t key) {
    if (t->slots) __builtin_prefetch(&t->slots[(size_t)hash_of(key) & t->mask]);
}

void sc__ngram_prefetch(const sc_ngram *m, int n, uint32_t prefix, uint32_t word) {
    prefetch(&m->tables[n - 1], (uint64_t)prefix << 32 | word);
}

sc_status sc__ngram_put(uint32_t *out, sc_ngram *m, int n, uint32_t prefix, uint32_t word) {
    sc_ngram_table *t = &m->tables[n - 1];
    const uint64_t key = (uint64_t)prefix << 32 | word;
    *out = word;
    if (n == 1) return SC_OK;
    if (!t->slots || (size_t)t->n * 3 > t->mask * 2) SC_TRY(grow_slots(t));
    const size_t k = find_slot(t, key);
    if (!t->slots[k]) {
        SC_TRY(push(t, key));
        t->slots[k] = hash_of(key) >> 32 << 32 | t->n;
    }
    *out = (uint32_t)t->slots[k] - 1;
    return SC_OK;
}

sc_status sc__ngram_add_word(uint32_t *out, sc_ngram *m, const char *p, size_t n) {
    SC_TRY(sc__ngram_words_add(out, &m->words, p, n, sc__hash_word(p, n)));
    return *out == m->tables[0].n ? push(&m->tables[0], *out) : SC_OK;
}

sc_status sc__ngram_open(sc_ngram **out, int order) {
    *out = NULL;
    sc_ngram *m = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "n-grams");
    m->order = order;
    sc_status s = sc__ngram_words_init(&m->words);
    for (uint32_t i = 0; i < SC_NGRAM_OWN_WORDS && s >= 0; i++) s = push(&m->tables[0], i);
    if (s < 0)
        sc__ngram_close(m);
    else
        *out = m;
    return s;
}

void sc__ngram_close(sc_ngram *m) {
    if (!m) return;
    for (int i = 0; i < SC_NGRAM_ORDER_MAX; i++) {
        sc__free(m->tables[i].at);
        sc__free(m->tables[i].slots);
    }
    sc__ngram_words_deinit(&m->words);
    sc__free(m);
}

/* ---- asking ---------------------------------------------------------------------------------- */

void sc__ngram_begin(sc_ngram_state *s) {
    for (int i = 0; i < SC_NGRAM_ORDER_MAX; i++) s->at[i] = SC_NGRAM_NONE;
    s->at[0] = SC_NGRAM_BEGIN;
}

/* Without an own probability: what KenLM gives words of which a model says nothing. */
enum { LOG_NOTHING = -100 };

/* The n-grams that end at the word, one of each length where there is one. All their slots are
 * asked of memory before the first is looked at. */
static void find_all(sc_ngram_state *out, const sc_ngram_state *s, const sc_ngram *m,
                     uint32_t word) {
    for (int n = 2; n <= m->order && s->at[n - 2] != SC_NGRAM_NONE; n++)
        prefetch(&m->tables[n - 1], (uint64_t)s->at[n - 2] << 32 | word);
    for (int i = 0; i < SC_NGRAM_ORDER_MAX; i++) out->at[i] = SC_NGRAM_NONE;
    out->at[0] = word;
    for (int n = 2; n <= m->order; n++) {
        const sc_ngram_table *t = &m->tables[n - 1];
        if (s->at[n - 2] == SC_NGRAM_NONE || !t->slots) continue;
        out->at[n - 1] = (uint32_t)t->slots[find_slot(t, (uint64_t)s->at[n - 2] << 32 | word)] - 1;
    }
}

double sc__ngram_next(sc_ngram_state *s, const sc_ngram *m, uint32_t word) {
    sc_ngram_state next;
    double p = LOG_NOTHING, backoff = 0;
    find_all(&next, s, m, word);
    for (int n = m->order; n >= 1; n--) {
        const uint32_t at = next.at[n - 1];
        if (at != SC_NGRAM_NONE && !isnan(m->tables[n - 1].at[at].prob)) {
            p = (double)m->tables[n - 1].at[at].prob;
            break;
        }
        if (n > 1 && s->at[n - 2] != SC_NGRAM_NONE)
            backoff += (double)m->tables[n - 2].at[s->at[n - 2]].backoff;
    }
    *s = next;
    return p + backoff;
}
