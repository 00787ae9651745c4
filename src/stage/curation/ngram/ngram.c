/* ngram.c - words and n-grams in hash tables, and what a model says of the next word. */
#include "stage/curation/ngram/ngram.h"

#include "base/hash.h"

#include <math.h>
#include <string.h>

/* ---- tables ---------------------------------------------------------------------------------- */

static size_t place(uint64_t key) {
    key *= 0x9E3779B97F4A7C15u;
    return (size_t)(key ^ key >> 29);
}

static sc_status grow_slots(sc_ngram_table *t) {
    const size_t size = t->slots ? (t->mask + 1) * 2 : 64;
    uint32_t *slots = sc__calloc(size, sizeof *slots);
    if (!slots) return SC_FAIL(SC_NOMEM, "n-grams");
    for (uint32_t i = 0; i < t->n; i++) {
        size_t k = place(t->at[i].key) & (size - 1);
        while (slots[k]) k = (k + 1) & (size - 1);
        slots[k] = i + 1;
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
    t->at[t->n++] = (sc_ngram_entry){.key = key, .prob = NAN, .suffix = SC_NGRAM_NONE};
    return SC_OK;
}

uint32_t sc__ngram_find(const sc_ngram *m, int n, uint32_t prefix, uint32_t word) {
    const sc_ngram_table *t = &m->tables[n - 1];
    const uint64_t key = (uint64_t)prefix << 32 | word;
    if (n == 1) return word;
    if (!t->slots || prefix == SC_NGRAM_NONE) return SC_NGRAM_NONE;
    for (size_t k = place(key) & t->mask; t->slots[k]; k = (k + 1) & t->mask)
        if (t->at[t->slots[k] - 1].key == key) return t->slots[k] - 1;
    return SC_NGRAM_NONE;
}

sc_status sc__ngram_put(uint32_t *out, bool *is_new, sc_ngram *m, int n, uint32_t prefix,
                        uint32_t word) {
    sc_ngram_table *t = &m->tables[n - 1];
    *out = sc__ngram_find(m, n, prefix, word);
    *is_new = *out == SC_NGRAM_NONE;
    if (!*is_new) return SC_OK;
    if (!t->slots || (size_t)t->n * 3 > t->mask * 2) SC_TRY(grow_slots(t));
    const uint64_t key = (uint64_t)prefix << 32 | word;
    SC_TRY(push(t, key));
    size_t k = place(key) & t->mask;
    while (t->slots[k]) k = (k + 1) & t->mask;
    t->slots[k] = *out = t->n;
    --*out;
    return SC_OK;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* The slot of a word, or the free one where it belongs. */
static size_t word_slot(const sc_ngram *m, const char *p, size_t n) {
    size_t k = (size_t)sc__hash64(p, n, 0) & m->word_mask;
    for (; m->word_slots[k]; k = (k + 1) & m->word_mask) {
        const char *word = m->words[m->word_slots[k] - 1];
        if (strlen(word) == n && !memcmp(word, p, n)) break;
    }
    return k;
}

uint32_t sc__ngram_word(const sc_ngram *m, const char *p, size_t n) {
    const uint32_t slot = m->word_slots[word_slot(m, p, n)];
    return slot ? slot - 1 : SC_NGRAM_UNKNOWN;
}

bool sc__ngram_is_word(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] <= ' ') return false;
    return n && !(n == 3 && !memcmp(p, "<s>", 3)) && !(n == 4 && !memcmp(p, "</s>", 4));
}

static sc_status grow_words(sc_ngram *m) {
    const size_t size = m->word_slots ? (m->word_mask + 1) * 2 : 64;
    uint32_t *slots = sc__calloc(size, sizeof *slots);
    const char **words = sc__realloc(m->words, size / 2 * sizeof *words);
    if (words) m->words = words;
    if (!slots || !words) {
        sc__free(slots);
        return SC_FAIL(SC_NOMEM, "n-grams: words");
    }
    sc__free(m->word_slots);
    m->word_slots = slots;
    m->word_mask = size - 1;
    m->cap_words = (uint32_t)(size / 2);
    for (uint32_t i = 0; i < m->n_words; i++)
        slots[word_slot(m, words[i], strlen(words[i]))] = i + 1;
    return SC_OK;
}

sc_status sc__ngram_add_word(uint32_t *out, sc_ngram *m, const char *p, size_t n) {
    if (m->n_words == m->cap_words) SC_TRY(grow_words(m));
    const size_t k = word_slot(m, p, n);
    *out = m->word_slots[k] - 1;
    if (m->word_slots[k]) return SC_OK;
    const char *copy = sc__arena_strndup(&m->arena, p, n);
    if (!copy) return SC_FAIL(SC_NOMEM, "n-grams: words");
    SC_TRY(push(&m->tables[0], m->n_words));
    *out = m->n_words;
    m->words[m->n_words++] = copy;
    m->word_slots[k] = m->n_words;
    return SC_OK;
}

sc_status sc__ngram_open(sc_ngram **out, int order) {
    static const char *const own[] = {"<unk>", "<s>", "</s>"};
    uint32_t word;
    *out = NULL;
    sc_ngram *m = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "n-grams");
    m->order = order;
    sc_status s = SC_OK;
    for (int i = 0; i < SC_LEN(own) && s >= 0; i++)
        s = sc__ngram_add_word(&word, m, own[i], strlen(own[i]));
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
    sc__free(m->words);
    sc__free(m->word_slots);
    sc__arena_deinit(&m->arena);
    sc__free(m);
}

size_t sc__ngram_bytes(const sc_ngram *m) {
    size_t n = m->arena.total + m->cap_words * (sizeof *m->words + 2 * sizeof *m->word_slots);
    for (int i = 0; i < m->order; i++)
        n += m->tables[i].cap * sizeof *m->tables[i].at + m->tables[i].mask * sizeof(uint32_t);
    return n;
}

/* ---- asking ---------------------------------------------------------------------------------- */

void sc__ngram_begin(sc_ngram_state *s, const sc_ngram *m) {
    (void)m;
    for (int i = 0; i < SC_NGRAM_ORDER_MAX; i++) s->at[i] = SC_NGRAM_NONE;
    s->at[0] = SC_NGRAM_BEGIN;
}

/* Without an own probability: what KenLM gives words of which a model says nothing. */
enum { LOG_NOTHING = -100 };

double sc__ngram_next(sc_ngram_state *s, const sc_ngram *m, uint32_t word) {
    sc_ngram_state next;
    double p = LOG_NOTHING, backoff = 0;
    bool found = false;
    for (int i = 0; i < SC_NGRAM_ORDER_MAX; i++) next.at[i] = SC_NGRAM_NONE;
    for (int n = m->order; n >= 1; n--) {
        const uint32_t context = n > 1 ? s->at[n - 2] : 0;
        next.at[n - 1] = sc__ngram_find(m, n, context, word);
        const bool has =
            next.at[n - 1] != SC_NGRAM_NONE && !isnan(m->tables[n - 1].at[next.at[n - 1]].prob);
        if (found) continue;
        if (has) {
            p = (double)m->tables[n - 1].at[next.at[n - 1]].prob;
            found = true;
        } else if (n > 1 && context != SC_NGRAM_NONE) {
            backoff += (double)m->tables[n - 2].at[context].backoff;
        }
    }
    *s = next;
    return p + backoff;
}
