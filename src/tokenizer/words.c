/* words.c - a hash table from pieces to counts. When it is full, the rarest words are dropped, all
 * below a rising count, and said so: the merges of frequent pairs hardly change, and memory stays
 * bounded however large the corpus.
 *
 * Threads count parts of the text into tables of their own, which are added up in the order of the
 * text: the words come in the order in which one thread would have seen them. */
#include "tokenizer/words.h"

#include "base/log.h"
#include "base/pool.h"
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

static sc_status add_word(sc_words *w, const char *piece, size_t n, int64_t count, uint32_t hash,
                          size_t slot) {
    if (n >= UINT32_MAX)
        return SC_FAIL(SC_FORMAT, "a piece of %zu bytes is too long to learn from", n);
    if (w->n_words == w->cap_words) SC_TRY(grow_words(w));
    w->words[w->n_words++] = (sc_word){w->bytes.len, count, (uint32_t)n, hash};
    w->slots[slot].hash = hash;
    w->slots[slot].word = (uint32_t)w->n_words;
    sc__buffer_append(&w->bytes, piece, n);
    SC_TRY(w->bytes.status);
    return w->n_words > (w->mask + 1) / 2 ? resize(w, 2 * (w->mask + 1)) : SC_OK;
}

static inline sc_status count_word(sc_words *w, const char *piece, size_t n, int64_t count,
                                   uint32_t hash) {
    size_t i = hash & w->mask;
    for (; w->slots[i].word; i = (i + 1) & w->mask) {
        if (w->slots[i].hash != hash) continue;
        sc_word *s = &w->words[w->slots[i].word - 1];
        if (s->n == n && !memcmp(w->bytes.data + s->begin, piece, n))
            return s->count += count, SC_OK;
    }
    return add_word(w, piece, n, count, hash, i);
}

static sc_status count_piece(void *user, const char *piece, size_t n) {
    return count_word(user, piece, n, 1, (uint32_t)hash_word(piece, n));
}

/* All words of another table, in its order; it is empty then and keeps its memory. */
static sc_status take_words(sc_words *w, sc_words *from) {
    for (size_t i = 0; i < from->n_words; i++) {
        const sc_word *x = &from->words[i];
        SC_TRY(count_word(w, from->bytes.data + x->begin, x->n, x->count, x->hash));
    }
    memset(from->slots, 0, (from->mask + 1) * sizeof *from->slots);
    from->n_words = 0;
    sc__buffer_clear(&from->bytes);
    return SC_OK;
}

/* -- texts ----------------------------------------------------------------------------------- */

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

/* Texts are counted in parts: what stands in documents, or pieces of long ones, until there is so
 * much. Only between parts is memory looked at, so that it does not matter who counts them. */
enum { PART = 1 << 20 };

typedef struct {
    size_t begin, n;
    bool continued;
} slice;

typedef struct {
    counting c;
    sc_words words;
    sc_buffer text, slices;
} part;

typedef struct {
    sc_words *out;
    const sc_tokenizer_options *o;
    sc_pool *pool; /* NULL: one thread, which counts straight into `out` */
    part *parts;
    int n_parts, n_full; /* full: the next one is being filled */
    size_t n_counted;    /* of the part at hand, without a pool */
    bool can_cut;
} counter;

static sc_status count_slice(counting *c, const char *text, size_t n, bool continued) {
    c->split.continued = continued;
    return count_text(c, text, n);
}

static sc_status count_part(void *arg, int64_t task, int worker) {
    (void)worker;
    part *p = (part *)arg + task;
    const slice *x = (const slice *)(const void *)p->slices.data;
    for (size_t i = 0; i < p->slices.len / sizeof *x; i++)
        SC_TRY(count_slice(&p->c, p->text.data + x[i].begin, x[i].n, x[i].continued));
    return SC_OK;
}

static sc_status end_part(const counter *k) {
    return memory_of(k->out) > k->out->max_memory ? shrink(k->out) : SC_OK;
}

/* Counts the parts that are filled, and adds them up in their order. */
static sc_status count_parts(counter *k) {
    const int n = k->n_full + (k->n_full < k->n_parts && k->parts[k->n_full].slices.len);
    SC_TRY(sc__pool_try(k->pool, n, count_part, k->parts, NULL));
    for (int i = 0; i < n; i++) {
        part *p = &k->parts[i];
        SC_TRY(take_words(k->out, &p->words));
        sc__buffer_clear(&p->text);
        sc__buffer_clear(&p->slices);
        SC_TRY(end_part(k));
    }
    k->n_full = 0;
    return SC_OK;
}

static sc_status add_slice(counter *k, const char *text, size_t n, bool continued) {
    part *p = &k->parts[k->n_full];
    if (!n) return SC_OK;
    if (!k->pool) {
        SC_TRY(count_slice(&p->c, text, n, continued));
        k->n_counted += n;
        if (k->n_counted < PART) return SC_OK;
        k->n_counted = 0;
        return end_part(k);
    }
    const slice x = {p->text.len, n, continued};
    sc__buffer_append(&p->slices, &x, sizeof x);
    sc__buffer_append(&p->text, text, n);
    if (p->slices.status < 0 || p->text.status < 0)
        return SC_FAIL(SC_NOMEM, "no memory for a document of %zu bytes", n);
    k->n_full += p->text.len >= PART;
    return k->n_full == k->n_parts ? count_parts(k) : SC_OK;
}

/* A long document in slices where that changes no piece. */
static sc_status add_document(counter *k, const char *text, size_t n) {
    bool continued = false;
    while (k->can_cut && n > 2 * (size_t)PART) {
        const size_t cut = sc__find_cut(k->parts->c.split.t, text, PART);
        if (!cut) break;
        SC_TRY(add_slice(k, text, cut, continued));
        continued = true;
        text += cut;
        n -= cut;
    }
    return add_slice(k, text, n, continued);
}

static sc_status count_all(counter *k, sc_text_source *source, void *user) {
    const sc_tokenizer_options *o = k->o;
    for (;;) {
        const char *text = NULL;
        size_t n = 0;
        if (o->stop && *o->stop) return SC_FAIL(SC_INTERRUPTED, "interrupted while counting words");
        const sc_status s = source(user, &text, &n);
        SC_TRY(s);
        if (s == SC_DONE) break;
        SC_TRY(add_document(k, text, n));
    }
    SC_TRY(k->pool ? count_parts(k) : k->n_counted ? end_part(k) : SC_OK);
    int64_t n_replaced = 0;
    for (int i = 0; i < k->n_parts; i++) n_replaced += k->parts[i].c.n_replaced;
    if (n_replaced)
        SC_WARN("tokenizer: %" PRId64 " invalid UTF-8 sequences were read as U+FFFD", n_replaced);
    return SC_OK;
}

static sc_status counter_open(counter *k, const sc_tokenizer *t) {
    SC_TRY(resize(k->out, 1 << 12));
    SC_TRY(sc__pool_open(&k->pool, k->o->threads));
    const int n = sc__pool_threads(k->pool);
    if (n == 1) sc__pool_close(k->pool), k->pool = NULL;
    k->parts = sc__calloc((size_t)n, sizeof *k->parts);
    if (!k->parts) return SC_FAIL(SC_NOMEM, "no memory to count words");
    k->n_parts = n;
    k->can_cut = t->can_cut;
    for (int i = 0; i < n; i++) {
        part *p = &k->parts[i];
        SC_TRY(sc__split_open(&p->c.split, t, count_piece, k->pool ? &p->words : k->out));
        SC_TRY(sc__normal_open(&p->c.normal, t));
        if (k->pool) SC_TRY(resize(&p->words, 1 << 12));
    }
    return SC_OK;
}

static void counter_close(counter *k) {
    for (int i = 0; i < k->n_parts; i++) {
        part *p = &k->parts[i];
        sc__buffer_deinit(&p->c.repaired);
        sc__normal_close(&p->c.normal);
        sc__split_close(&p->c.split);
        sc__words_deinit(&p->words);
        sc__buffer_deinit(&p->text);
        sc__buffer_deinit(&p->slices);
    }
    sc__free(k->parts);
    sc__pool_close(k->pool);
}

sc_status sc__words_count(sc_words *w, const sc_tokenizer *t, const sc_tokenizer_options *o,
                          sc_text_source *source, void *user) {
    counter k = {.out = w, .o = o};
    memset(w, 0, sizeof *w);
    w->max_memory = o->max_memory ? o->max_memory : default_memory;
    sc_status s = counter_open(&k, t);
    if (s >= 0) s = count_all(&k, source, user);
    counter_close(&k);
    return s;
}
