/* words.c - a hash table from pieces to counts. When it is full, the rarest words are dropped, all
 * below a rising count, and said so: the merges of frequent pairs hardly change, and memory stays
 * bounded however large the corpus. */
#include "tokenizer/words.h"

#include "base/log.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

/* What merging will need for each byte of a distinct word: symbols, pairs, places (merges.c). */
enum { MERGE_BYTES = 32 };
static const size_t default_memory = (size_t)2 << 30;

void sc__words_deinit(sc_words *w) {
    sc__free(w->slots);
    sc__free(w->words);
    sc__buffer_deinit(&w->bytes);
    memset(w, 0, sizeof *w);
}

static inline uint64_t hash_word(const char *p, size_t n) {
    uint64_t h = n * 0x9E3779B97F4A7C15u, k;
    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&k, p, 8);
        h = (h ^ k) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
    }
    k = 0;
    for (size_t i = 0; i < n; i++) k = k << 8 | (uint8_t)p[i];
    h = (h ^ k) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

/* Empties the table and puts every word in. */
static sc_status resize(sc_words *w, size_t n_slots) {
    void *slots = sc__calloc(n_slots, sizeof *w->slots);
    if (!slots) return SC_FAIL(SC_NOMEM, "no memory for %zu words", n_slots);
    sc__free(w->slots);
    w->slots = slots;
    w->mask = n_slots - 1;
    for (size_t i = 0; i < w->n_words; i++) {
        size_t k = w->words[i].hash & w->mask;
        while (w->slots[k].word) k = (k + 1) & w->mask;
        w->slots[k].hash = w->words[i].hash;
        w->slots[k].word = (uint32_t)i + 1;
    }
    return SC_OK;
}

static size_t memory_of(const sc_words *w) {
    return (w->mask + 1) * sizeof *w->slots + w->cap_words * sizeof *w->words +
           w->bytes.len * (1 + MERGE_BYTES);
}

/* Keeps only words that occur more often than `count`, and packs them. */
static void keep_above(sc_words *w, int64_t count) {
    size_t n = 0, n_bytes = 0;
    for (size_t i = 0; i < w->n_words; i++) {
        sc_word word = w->words[i];
        if (word.count <= count) continue;
        memmove(w->bytes.data + n_bytes, w->bytes.data + word.begin, word.n);
        word.begin = n_bytes;
        n_bytes += word.n;
        w->words[n++] = word;
    }
    w->n_words = n;
    w->bytes.len = n_bytes;
}

static sc_status shrink(sc_words *w) {
    const size_t before = w->n_words;
    for (int64_t count = 1; w->bytes.len * MERGE_BYTES > w->max_memory / 2 && w->n_words > 1024;
         count *= 2)
        keep_above(w, count);
    if (w->n_words == before)
        return SC_FAIL(SC_NOMEM, "max_memory: %zu bytes are too few to learn from this text",
                       w->max_memory);
    SC_WARN("tokenizer: memory for words is full (%zu MiB): %zu of the %zu distinct words so far, "
            "the rarest, are no longer counted",
            w->max_memory >> 20, before - w->n_words, before);
    return resize(w, w->mask + 1);
}

static sc_status grow_words(sc_words *w) {
    const size_t cap = SC_MAX(1 << 12, 2 * w->cap_words);
    sc_word *words = cap < UINT32_MAX ? sc__realloc(w->words, cap * sizeof *words) : NULL;
    if (!words) return SC_FAIL(SC_NOMEM, "no memory for %zu words", cap);
    w->words = words;
    w->cap_words = cap;
    return SC_OK;
}

static sc_status add_word(sc_words *w, const char *piece, size_t n, uint32_t hash, size_t slot) {
    if (n >= UINT32_MAX)
        return SC_FAIL(SC_FORMAT, "a piece of %zu bytes is too long to learn from", n);
    if (w->n_words == w->cap_words) SC_TRY(grow_words(w));
    w->words[w->n_words++] = (sc_word){w->bytes.len, 1, (uint32_t)n, hash};
    w->slots[slot].hash = hash;
    w->slots[slot].word = (uint32_t)w->n_words;
    sc__buffer_append(&w->bytes, piece, n);
    SC_TRY(w->bytes.status);
    if (w->n_words > (w->mask + 1) / 2) SC_TRY(resize(w, 2 * (w->mask + 1)));
    return memory_of(w) > w->max_memory ? shrink(w) : SC_OK;
}

static sc_status count_piece(void *user, const char *piece, size_t n) {
    sc_words *w = user;
    const uint32_t hash = (uint32_t)hash_word(piece, n);
    size_t i = hash & w->mask;
    for (; w->slots[i].word; i = (i + 1) & w->mask) {
        if (w->slots[i].hash != hash) continue;
        sc_word *s = &w->words[w->slots[i].word - 1];
        if (s->n == n && !memcmp(w->bytes.data + s->begin, piece, n)) return s->count++, SC_OK;
    }
    return add_word(w, piece, n, hash, i);
}

/* What counting needs besides the table. */
typedef struct {
    sc_split split;
    sc_normal normal;
    sc_buffer repaired;
    int64_t n_replaced;
} counting;

static sc_status count_text(counting *c, const char *text, size_t n) {
    sc_text t = {text, n, NULL, !c->split.continued};
    if (sc__utf8_valid_prefix(text, n) < n) {
        sc__buffer_clear(&c->repaired);
        SC_TRY(sc__utf8_repair(&c->repaired, text, n, &c->n_replaced));
        t.text = c->repaired.data;
        t.n = c->repaired.len;
    }
    SC_TRY(sc__normal_run(&c->normal, &t));
    return sc__split_run(&c->split, &t);
}

/* A long document in parts where that changes no piece: a copy is made of a damaged one. */
static sc_status count_document(counting *c, const char *text, size_t n) {
    enum { PART = 8 << 20 };
    while (c->split.t->can_cut && n > 2 * (size_t)PART) {
        const size_t cut = sc__find_cut(c->split.t, text, PART);
        if (!cut) break;
        SC_TRY(count_text(c, text, cut));
        c->split.continued = true;
        text += cut;
        n -= cut;
    }
    const sc_status s = count_text(c, text, n);
    c->split.continued = false;
    return s;
}

static sc_status count_all(counting *c, const sc_tokenizer_options *o, sc_text_source *source,
                           void *user) {
    for (;;) {
        const char *text = NULL;
        size_t n = 0;
        if (o->stop && *o->stop) return SC_FAIL(SC_INTERRUPTED, "interrupted while counting words");
        const sc_status s = source(user, &text, &n);
        SC_TRY(s);
        if (s == SC_DONE) break;
        SC_TRY(count_document(c, text, n));
    }
    if (c->n_replaced)
        SC_WARN("tokenizer: %" PRId64 " invalid UTF-8 sequences were read as U+FFFD",
                c->n_replaced);
    return SC_OK;
}

sc_status sc__words_count(sc_words *w, const sc_tokenizer *t, const sc_tokenizer_options *o,
                          sc_text_source *source, void *user) {
    counting c = {0};
    memset(w, 0, sizeof *w);
    w->max_memory = o->max_memory ? o->max_memory : default_memory;
    sc_status s = sc__split_open(&c.split, t, count_piece, w);
    if (s >= 0) s = sc__normal_open(&c.normal, t);
    if (s >= 0) s = resize(w, 1 << 12);
    if (s >= 0) s = count_all(&c, o, source, user);
    sc__buffer_deinit(&c.repaired);
    sc__normal_close(&c.normal);
    sc__split_close(&c.split);
    return s;
}
