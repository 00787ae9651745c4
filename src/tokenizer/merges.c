/* merges.c - byte-pair encoding learned with incremental counts (Sennrich et al. 2016,
 * section 3.2).
 *
 * Each word is a row of symbols, and beside each stands the pair that begins there; each
 * pair has its count, and each entry of a heap a pair with the words it occurs in. One merge visits
 * those words only and corrects the counts of the neighbouring pairs. A heap entry whose count is
 * out of date is put back with the right one when it comes up.
 *
 * The order is that of Hugging Face's BpeTrainer: highest count, then the smaller left id, then the
 * smaller right id. Two of its habits matter for identical merges: the count of a merged pair is
 * not taken back, and a merge that spells a token which exists reuses its id (so that a pair may be
 * merged again later; the last time then gives its rank). */
#include "tokenizer/merges.h"

#include "base/utf8.h"

#include <string.h>

#define NO_PAIR   UINT32_MAX
#define NO_SYMBOL UINT32_MAX

typedef struct {
    uint64_t key; /* left id << 32 | right id */
    int64_t count;
    uint32_t last_word; /* + 1; the word that was last noted for it in this merge */
    uint32_t n_new;     /* words noted in this merge */
    uint32_t merge;     /* + 1: its number in the list of merges; 0: not merged yet */
} pair;

typedef struct {
    int64_t count;
    uint64_t key;
    uint32_t pair, n_words;
    uint64_t words; /* where in `places` */
} heap_entry;

typedef struct {
    uint32_t pair, word;
} note;

typedef struct {
    uint32_t symbol, pair; /* the pair that begins here */
} cell;

/* A word is two cells of header, its weight and its length, and then its symbols: one place in
 * memory, because most of the time goes into fetching words. It is named by its first cell. */
enum { HEADER = 2 };

typedef struct {
    sc_learned *out;
    const sc_symbols *symbols;
    cell *cells; /* of all words, one after the other */
    uint32_t n_cells;
    /* pairs */
    pair *pairs;
    uint32_t n_pairs, cap_pairs;
    uint32_t *slots; /* open addressing over key: pair + 1 */
    uint32_t mask;
    /* of the merge under way: the pair (x, made) and (made, x) by x, valid when stamped */
    uint32_t *pair_left, *pair_right, *stamp_left, *stamp_right, stamp;
    /* which words: heap entries point into `places`, `notes` collects for the next entries */
    sc_buffer places, notes, heap, touched;
} learner;

/* -- pairs ----------------------------------------------------------------------------------- */

static inline uint32_t hash_key(uint64_t key) {
    return (uint32_t)((key * 0x9E3779B97F4A7C15u) >> 32);
}

static sc_status grow_slots(learner *l) {
    const size_t n = l->slots ? 2 * ((size_t)l->mask + 1) : 1 << 16;
    uint32_t *slots = n <= UINT32_MAX ? sc__calloc(n, sizeof *slots) : NULL;
    if (!slots) return SC_FAIL(SC_NOMEM, "no memory for %zu pairs", n);
    sc__free(l->slots);
    l->slots = slots;
    l->mask = (uint32_t)n - 1;
    for (uint32_t p = 0; p < l->n_pairs; p++) {
        uint32_t i = hash_key(l->pairs[p].key) & l->mask;
        while (slots[i]) i = (i + 1) & l->mask;
        slots[i] = p + 1;
    }
    return SC_OK;
}

static sc_status grow_pairs(learner *l) {
    const size_t cap = SC_MAX(1 << 12, 2 * (size_t)l->cap_pairs);
    pair *pairs = cap < UINT32_MAX ? sc__realloc(l->pairs, cap * sizeof *pairs) : NULL;
    if (!pairs) return SC_FAIL(SC_NOMEM, "no memory for %zu pairs", cap);
    l->pairs = pairs;
    l->cap_pairs = (uint32_t)cap;
    return SC_OK;
}

static sc_status pair_of(uint32_t *out, learner *l, uint32_t left, uint32_t right) {
    const uint64_t key = (uint64_t)left << 32 | right;
    uint32_t i = hash_key(key) & l->mask;
    for (; l->slots[i]; i = (i + 1) & l->mask)
        if (l->pairs[l->slots[i] - 1].key == key) return *out = l->slots[i] - 1, SC_OK;
    if (l->n_pairs == l->cap_pairs) SC_TRY(grow_pairs(l));
    *out = l->n_pairs++;
    l->pairs[*out] = (pair){key, 0, 0, 0, 0};
    l->slots[i] = *out + 1;
    return l->n_pairs > l->mask / 2 ? grow_slots(l) : SC_OK;
}

/* -- the heap -------------------------------------------------------------------------------- */

static inline bool before(const heap_entry *a, const heap_entry *b) {
    return a->count > b->count || (a->count == b->count && a->key < b->key);
}

static sc_status heap_push(learner *l, heap_entry x) {
    if (!sc__buffer_extend(&l->heap, sizeof x)) return l->heap.status;
    heap_entry *h = (heap_entry *)(void *)l->heap.data;
    size_t i = l->heap.len / sizeof x - 1;
    for (; i && before(&x, &h[(i - 1) / 2]); i = (i - 1) / 2) h[i] = h[(i - 1) / 2];
    h[i] = x;
    return SC_OK;
}

static void sift_down(heap_entry *h, size_t n, heap_entry x) {
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(&h[child + 1], &h[child])) child++;
        if (!before(&h[child], &x)) break;
        h[i] = h[child];
    }
    h[i] = x;
}

/* The entry with the highest true count; false when there is none. */
static bool heap_pop(heap_entry *top, learner *l) {
    heap_entry *h = (heap_entry *)(void *)l->heap.data;
    for (size_t n; (n = l->heap.len / sizeof *h) > 0;) {
        const int64_t count = l->pairs[h[0].pair].count;
        if (h[0].count != count) {
            heap_entry x = h[0];
            x.count = count;
            sift_down(h, n, x);
            continue;
        }
        *top = h[0];
        l->heap.len -= sizeof *h;
        if (n > 1) sift_down(h, n - 1, h[n - 1]);
        return true;
    }
    return false;
}

/* -- notes: which words have which pair ------------------------------------------------------ */

static inline sc_status note_word(learner *l, uint32_t p, uint32_t word) {
    pair *q = &l->pairs[p];
    if (q->last_word == word + 1) return SC_OK;
    if (!q->n_new++) {
        sc__buffer_append(&l->touched, &p, sizeof p);
        SC_TRY(l->touched.status);
    }
    q->last_word = word + 1;
    note *n = l->notes.len + sizeof *n < l->notes.cap /* the common case, without a call */
                  ? (note *)(void *)(l->notes.data + l->notes.len)
                  : NULL;
    if (n)
        l->notes.len += sizeof *n;
    else
        n = sc__buffer_extend(&l->notes, sizeof *n);
    if (!n) return l->notes.status;
    *n = (note){p, word};
    return SC_OK;
}

/* Sorts the notes by pair into places, and pushes an entry for each pair that occurs. */
static sc_status notes_to_heap(learner *l) {
    const note *notes = (const note *)(const void *)l->notes.data;
    const size_t n_notes = l->notes.len / sizeof *notes;
    const uint32_t *touched = (const uint32_t *)(const void *)l->touched.data;
    const size_t n_touched = l->touched.len / sizeof *touched;
    const uint64_t first = l->places.len / sizeof(uint32_t);
    if (!n_notes) return SC_OK;
    if (!sc__buffer_extend(&l->places, n_notes * sizeof(uint32_t))) return l->places.status;
    uint64_t at = first;
    for (size_t i = 0; i < n_touched; i++) {
        pair *p = &l->pairs[touched[i]];
        const uint32_t n = p->n_new;
        if (p->count > 0) SC_TRY(heap_push(l, (heap_entry){p->count, p->key, touched[i], n, at}));
        p->last_word = 0;
        p->n_new = (uint32_t)(at - first); /* now where its next place is */
        at += n;
    }
    uint32_t *places = (uint32_t *)(void *)l->places.data + first;
    for (size_t i = 0; i < n_notes; i++) places[l->pairs[notes[i].pair].n_new++] = notes[i].word;
    for (size_t i = 0; i < n_touched; i++) l->pairs[touched[i]].n_new = 0;
    sc__buffer_clear(&l->notes);
    sc__buffer_clear(&l->touched);
    return SC_OK;
}

/* -- merging --------------------------------------------------------------------------------- */

/* The pairs (left, made) and (made, right) of the merge under way. */
static sc_status pair_before(uint32_t *out, learner *l, uint32_t left, uint32_t made) {
    if (l->stamp_left[left] != l->stamp) {
        SC_TRY(pair_of(&l->pair_left[left], l, left, made));
        l->stamp_left[left] = l->stamp;
    }
    *out = l->pair_left[left];
    return SC_OK;
}

static sc_status pair_behind(uint32_t *out, learner *l, uint32_t made, uint32_t right) {
    if (l->stamp_right[right] != l->stamp) {
        SC_TRY(pair_of(&l->pair_right[right], l, made, right));
        l->stamp_right[right] = l->stamp;
    }
    *out = l->pair_right[right];
    return SC_OK;
}

/* Merges pair p into `made` in one word. Its cells are packed as they are read: reading at r,
 * writing at w <= r; cells[w - 1].pair is always the pair of the last written symbol and the one at
 * r. */
static sc_status merge_word(learner *l, uint32_t word, uint32_t p, uint32_t made) {
    cell *head = l->cells + word, *cells = head + HEADER;
    const uint32_t n = head[1].symbol;
    int64_t weight;
    uint32_t w = 0, q;
    memcpy(&weight, &head[0], sizeof weight);
    for (uint32_t r = 0; r < n; w++) {
        if (cells[r].pair != p) {
            cells[w] = cells[r++];
            continue;
        }
        if (w) {
            l->pairs[cells[w - 1].pair].count -= weight;
            SC_TRY(pair_before(&q, l, cells[w - 1].symbol, made));
            l->pairs[q].count += weight;
            SC_TRY(note_word(l, q, word));
            cells[w - 1].pair = q;
        }
        q = NO_PAIR;
        if (r + 2 < n) {
            l->pairs[cells[r + 1].pair].count -= weight;
            SC_TRY(pair_behind(&q, l, made, cells[r + 2].symbol));
            l->pairs[q].count += weight;
            SC_TRY(note_word(l, q, word));
        }
        cells[w] = (cell){made, q};
        r += 2;
    }
    head[1].symbol = w;
    return SC_OK;
}

/* The id of left and right joined: of a new token, or of one that is spelled the same. */
static sc_status make_token(uint32_t *made, learner *l, uint32_t left, uint32_t right) {
    sc_vocab *v = &l->out->vocab;
    const sc_token a = v->tokens[left], b = v->tokens[right];
    const size_t n_prefix = strlen(l->symbols->prefix);
    const size_t skip = n_prefix && !strncmp(b.text, l->symbols->prefix, n_prefix) ? n_prefix : 0;
    sc_buffer text = SC_BUFFER_INIT;
    sc__buffer_append(&text, a.text, a.n_text);
    sc__buffer_append(&text, b.text + skip, b.n_text - skip);
    sc_status s = text.status;
    int32_t id = s < 0 ? -1 : sc__vocab_find(v, text.data, text.len);
    if (s >= 0 && id < 0) {
        id = (int32_t)v->n;
        s = sc__vocab_add(v, text.data, text.len, id, "the tokenizer");
    }
    sc__buffer_deinit(&text);
    *made = (uint32_t)id;
    return s;
}

static sc_status push_merge(sc_learned *out, sc_merge m) {
    if (out->n_merges == out->cap_merges) {
        const int64_t cap = SC_MAX(1024, 2 * out->cap_merges);
        sc_merge *merges = sc__realloc(out->merges, (size_t)cap * sizeof *merges);
        if (!merges) return SC_FAIL(SC_NOMEM, "no memory for merges");
        out->merges = merges;
        out->cap_merges = cap;
    }
    out->merges[out->n_merges++] = m;
    return SC_OK;
}

static sc_status merge_entry(learner *l, const heap_entry *e) {
    const uint32_t left = (uint32_t)(e->key >> 32), right = (uint32_t)e->key;
    uint32_t made;
    pair *p = &l->pairs[e->pair];
    SC_TRY(make_token(&made, l, left, right));
    SC_TRY(push_merge(l->out, (sc_merge){left, right, made}));
    if (p->merge) l->out->merges[p->merge - 1].made = SC_MERGE_AGAIN;
    p->merge = (uint32_t)l->out->n_merges;
    l->stamp++;
    const uint32_t *places = (const uint32_t *)(const void *)l->places.data + e->words;
    for (uint32_t i = 0; i < e->n_words; i++) {
        if (i + 12 < e->n_words) {
            __builtin_prefetch(l->cells + places[i + 12], 1);
            __builtin_prefetch(l->cells + places[i + 12] + 8, 1);
        }
        SC_TRY(merge_word(l, places[i], e->pair, made));
    }
    return notes_to_heap(l);
}

/* -- from words ------------------------------------------------------------------------------ */

/* The symbol at p, and how many bytes it takes. */
static inline uint32_t symbol_at(const sc_symbols *s, const char *p, bool first, int *n) {
    const uint32_t *table = first ? s->first : s->inner;
    if (!s->utf8) return *n = 1, table[(uint8_t)*p] - 1;
    return table[sc__utf8_decode(p, n)] - 1;
}

/* Cells for all words: a word is cut where it has no symbol, and each part has a header. */
static size_t count_cells(const sc_words *words, const sc_symbols *s) {
    size_t cells = 0;
    for (size_t i = 0; i < words->n_words; i++) {
        const char *p = words->bytes.data + words->words[i].begin, *begin = p;
        bool open = false;
        for (int n; p < begin + words->words[i].n; p += n) {
            const bool known = symbol_at(s, p, p == begin, &n) != NO_SYMBOL;
            cells += (known ? 1 : 0) + (size_t)(known && !open ? HEADER : 0);
            open = known;
        }
    }
    return cells;
}

static sc_status reserve_words(learner *l, const sc_words *words, size_t vocab_size) {
    const size_t n = count_cells(words, l->symbols) + 1, v = vocab_size + 1;
    if (n >= UINT32_MAX)
        return SC_FAIL(SC_FORMAT, "%zu distinct words of %zu bytes are too many", words->n_words,
                       words->bytes.len);
    l->cells = sc__alloc(n * sizeof *l->cells);
    l->pair_left = sc__alloc(v * sizeof *l->pair_left);
    l->pair_right = sc__alloc(v * sizeof *l->pair_right);
    l->stamp_left = sc__calloc(v, sizeof *l->stamp_left);
    l->stamp_right = sc__calloc(v, sizeof *l->stamp_right);
    if (!l->cells || !l->pair_left || !l->pair_right || !l->stamp_left || !l->stamp_right)
        return SC_FAIL(SC_NOMEM, "no memory to merge %zu words", words->n_words);
    return grow_slots(l);
}

/* The pairs of two small ids that occurred so far: most of an alphabet of bytes. */
enum { KNOWN = 512 };
typedef struct {
    uint32_t pair[KNOWN][KNOWN]; /* NO_PAIR: not yet */
} known_pairs;

static sc_status first_pair(uint32_t *out, learner *l, known_pairs *k, const cell *at) {
    const uint32_t left = at[0].symbol, right = at[1].symbol;
    if (left >= KNOWN || right >= KNOWN) return pair_of(out, l, left, right);
    uint32_t *known = &k->pair[left][right];
    if (*known == NO_PAIR) SC_TRY(pair_of(known, l, left, right));
    *out = *known;
    return SC_OK;
}

/* Ends the word whose header is at `at`. */
static sc_status close_word(learner *l, known_pairs *k, uint32_t at, int64_t count) {
    cell *head = l->cells + at, *cells = head + HEADER;
    const uint32_t n = l->n_cells - at - HEADER;
    memcpy(&head[0], &count, sizeof count);
    head[1].symbol = n;
    for (uint32_t i = 0; i + 1 < n; i++) {
        SC_TRY(first_pair(&cells[i].pair, l, k, &cells[i]));
        l->pairs[cells[i].pair].count += count;
        SC_TRY(note_word(l, cells[i].pair, at));
    }
    return SC_OK;
}

static sc_status add_word(learner *l, known_pairs *k, const char *bytes, const sc_word *word) {
    uint32_t at = 0;
    bool open = false;
    int len;
    for (uint32_t i = 0; i < word->n; i += (uint32_t)len) {
        const uint32_t symbol = symbol_at(l->symbols, bytes + i, !i, &len);
        if (symbol == NO_SYMBOL) {
            if (open) SC_TRY(close_word(l, k, at, word->count));
            open = false;
            continue;
        }
        if (!open) {
            at = l->n_cells;
            l->n_cells += HEADER;
            open = true;
        }
        l->cells[l->n_cells++] = (cell){symbol, NO_PAIR};
    }
    return open ? close_word(l, k, at, word->count) : SC_OK;
}

static sc_status add_words(learner *l, const sc_words *words) {
    known_pairs *k = sc__alloc(sizeof *k);
    if (!k) return SC_FAIL(SC_NOMEM, "no memory for an alphabet");
    memset(k, 0xFF, sizeof *k);
    sc_status s = SC_OK;
    for (size_t i = 0; i < words->n_words && s >= 0; i++)
        s = add_word(l, k, words->bytes.data + words->words[i].begin, &words->words[i]);
    sc__free(k);
    return s < 0 ? s : notes_to_heap(l);
}

static sc_status learn(learner *l, const sc_words *words, const sc_tokenizer_options *o,
                       int64_t vocab_size) {
    SC_TRY(reserve_words(l, words, (size_t)SC_MAX(vocab_size, l->out->vocab.n)));
    SC_TRY(add_words(l, words));
    heap_entry top;
    while (l->out->vocab.n < vocab_size && heap_pop(&top, l)) {
        if (o->stop && *o->stop) return SC_FAIL(SC_INTERRUPTED, "interrupted while merging");
        if (top.count < SC_MAX(1, o->min_frequency)) break;
        SC_TRY(merge_entry(l, &top));
    }
    return SC_OK;
}

static void learner_deinit(learner *l) {
    void *owned[] = {l->cells,      l->pairs,      l->slots,      l->pair_left,
                     l->pair_right, l->stamp_left, l->stamp_right};
    for (int i = 0; i < SC_LEN(owned); i++) sc__free(owned[i]);
    sc__buffer_deinit(&l->places);
    sc__buffer_deinit(&l->notes);
    sc__buffer_deinit(&l->heap);
    sc__buffer_deinit(&l->touched);
}

sc_status sc__learn_merges(sc_learned *out, const sc_words *words, const sc_symbols *symbols,
                           const sc_tokenizer_options *o) {
    learner l = {.out = out, .symbols = symbols};
    const sc_status s = learn(&l, words, o, o->vocab_size ? o->vocab_size : 32000);
    learner_deinit(&l);
    return s;
}

void sc__learned_deinit(sc_learned *l) {
    sc__free(l->merges);
    sc__vocab_deinit(&l->vocab);
}
