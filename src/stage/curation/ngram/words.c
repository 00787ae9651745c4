/* words.c - words by hash; a slot has half of the hash, so that a word that is not there costs one
 * look at memory. */
#include "stage/curation/ngram/words.h"

#include "base/hash.h"

#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "n-grams: words"); }

bool sc__ngram_is_word(const char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] <= ' ') return false;
    return n && !(n == 3 && !memcmp(p, "<s>", 3)) && !(n == 4 && !memcmp(p, "</s>", 4));
}

/* The slot of a word, or the free one where it belongs. */
static size_t find_slot(const sc_ngram_words *w, const char *p, size_t n, uint64_t hash) {
    size_t k = (size_t)hash & w->mask;
    for (; w->slots[k]; k = (k + 1) & w->mask) {
        if (w->slots[k] >> 32 != hash >> 32) continue;
        const char *word = w->at[(uint32_t)w->slots[k] - 1];
        if (strlen(word) == n && !memcmp(word, p, n)) break;
    }
    return k;
}

uint32_t sc__ngram_words_find(const sc_ngram_words *w, const char *p, size_t n, uint64_t hash) {
    const uint32_t slot = (uint32_t)w->slots[find_slot(w, p, n, hash)];
    return slot ? slot - 1 : SC_NGRAM_UNKNOWN;
}

static sc_status grow(sc_ngram_words *w) {
    const size_t size = w->slots ? (w->mask + 1) * 2 : 64;
    if (size / 2 > UINT32_MAX / 2) return SC_FAIL(SC_NOMEM, "n-grams: more than 2^31 words");
    uint64_t *slots = sc__calloc(size, sizeof *slots);
    const char **at = sc__realloc(w->at, size / 2 * sizeof *at);
    if (at) w->at = at;
    if (!slots || !at) {
        sc__free(slots);
        return no_memory();
    }
    for (size_t i = 0; w->slots && i <= w->mask; i++) {
        if (!w->slots[i]) continue;
        const char *word = at[(uint32_t)w->slots[i] - 1];
        size_t k = (size_t)sc__hash_word(word, strlen(word)) & (size - 1);
        while (slots[k]) k = (k + 1) & (size - 1);
        slots[k] = w->slots[i];
    }
    sc__free(w->slots);
    w->slots = slots;
    w->mask = size - 1;
    w->cap = (uint32_t)(size / 2);
    return SC_OK;
}

sc_status sc__ngram_words_add(uint32_t *out, sc_ngram_words *w, const char *p, size_t n,
                              uint64_t hash) {
    if (w->n == w->cap) SC_TRY(grow(w));
    const size_t k = find_slot(w, p, n, hash);
    *out = (uint32_t)w->slots[k] - 1;
    if (w->slots[k]) return SC_OK;
    const char *copy = sc__arena_strndup(&w->arena, p, n);
    if (!copy) return no_memory();
    *out = w->n;
    w->at[w->n++] = copy;
    w->slots[k] = (hash >> 32) << 32 | w->n;
    return SC_OK;
}

sc_status sc__ngram_words_init(sc_ngram_words *w) {
    static const char *const own[] = {"<unk>", "<s>", "</s>"};
    uint32_t word;
    *w = (sc_ngram_words){.at = NULL};
    for (int i = 0; i < SC_LEN(own); i++) {
        const size_t n = strlen(own[i]);
        SC_TRY(sc__ngram_words_add(&word, w, own[i], n, sc__hash_word(own[i], n)));
    }
    return SC_OK;
}

void sc__ngram_words_deinit(sc_ngram_words *w) {
    sc__free(w->at);
    sc__free(w->slots);
    sc__arena_deinit(&w->arena);
    *w = (sc_ngram_words){.at = NULL};
}

size_t sc__ngram_words_bytes(const sc_ngram_words *w) {
    return w->arena.total + w->cap * (sizeof *w->at + 2 * sizeof *w->slots);
}
