/* bpe.c - byte-pair encoding of one piece: of all adjacent pairs the one of the lowest rank is
 * merged, leftmost first, until none has a rank (Sennrich et al. 2016, algorithm 1).
 *
 * Short pieces scan an array for the lowest rank; long ones keep a heap, so that a text without a
 * space costs n log n and not n squared. */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <string.h>

enum { NONE = -1, SHORT_PIECE = 128 };
#define NO_RANK UINT32_MAX

typedef struct {
    uint32_t left, right, rank, used;
} slot;

typedef struct {
    const sc_vocab *vocab;
    slot *slots;
    uint32_t mask;
    uint32_t *merged;     /* by rank: the id it makes */
    uint32_t *byte_ranks; /* byte level: ranks of pairs of bytes, 256 x 256 */
    uint32_t n_merges;
    int32_t symbol[256]; /* of a byte (byte level), else of an ASCII character; -1: none */
    int32_t unk;
    bool byte_level, fuse_unk, ignore_merges, every_byte;
} bpe;

static inline uint32_t pair_hash(uint32_t left, uint32_t right) {
    const uint64_t h = ((uint64_t)left << 32 | right) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(h >> 32);
}

static slot *pair_slot(const bpe *m, uint32_t left, uint32_t right) {
    uint32_t i = pair_hash(left, right) & m->mask;
    while (m->slots[i].used && (m->slots[i].left != left || m->slots[i].right != right))
        i = (i + 1) & m->mask;
    return &m->slots[i];
}

static inline uint32_t pair_rank(const bpe *m, uint32_t left, uint32_t right) {
    const slot *s = pair_slot(m, left, right);
    return s->used ? s->rank : NO_RANK;
}

/* -- loading --------------------------------------------------------------------------------- */

static int32_t model_find(const sc_vocab *v, const char *text, size_t n) {
    const int32_t id = sc__vocab_find(v, text, n);
    return id >= 0 && !v->tokens[id].added_only ? id : NONE;
}

/* "a b" or ["a", "b"]: the two halves, borrowed. */
static bool merge_halves(const json_t *merge, const char *half[2], size_t n[2]) {
    if (json_is_string(merge)) {
        const char *text = json_string_value(merge), *space = strchr(text, ' ');
        if (!space || strchr(space + 1, ' ')) return false;
        half[0] = text, n[0] = (size_t)(space - text);
        half[1] = space + 1, n[1] = strlen(space + 1);
        return true;
    }
    if (!json_is_array(merge) || json_array_size(merge) != 2) return false;
    for (int i = 0; i < 2; i++) {
        const json_t *h = json_array_get(merge, (size_t)i);
        if (!json_is_string(h)) return false;
        half[i] = json_string_value(h), n[i] = json_string_length(h);
    }
    return true;
}

static sc_status add_merge(bpe *m, sc_buffer *joined, const json_t *merge, uint32_t rank,
                           const char *name) {
    const char *half[2];
    size_t n[2];
    if (!merge_halves(merge, half, n))
        return SC_FAIL(SC_FORMAT, "%s: model.merges: number %u is not a pair of tokens", name,
                       rank);
    sc__buffer_clear(joined);
    for (int i = 0; i < 2; i++) sc__buffer_append(joined, half[i], n[i]);
    SC_TRY(joined->status);
    const int32_t left = model_find(m->vocab, half[0], n[0]);
    const int32_t right = model_find(m->vocab, half[1], n[1]);
    const int32_t both = model_find(m->vocab, joined->data, joined->len);
    if (left < 0 || right < 0 || both < 0)
        return SC_FAIL(SC_FORMAT, "%s: model.merges: number %u: \"%s\" is not in model.vocab", name,
                       rank,
                       left < 0    ? half[0]
                       : right < 0 ? half[1]
                                   : joined->data);
    /* of equal pairs the later counts, as in the reference */
    *pair_slot(m, (uint32_t)left, (uint32_t)right) =
        (slot){(uint32_t)left, (uint32_t)right, rank, 1};
    m->merged[rank] = (uint32_t)both;
    return SC_OK;
}

static sc_status load_merges(bpe *m, const json_t *merges, const char *name) {
    const size_t n = json_array_size(merges);
    if (!json_is_array(merges))
        return SC_FAIL(SC_FORMAT, "%s: model.merges: must be an array", name);
    if (n > 2 * (size_t)SC_VOCAB_MAX)
        return SC_FAIL(SC_FORMAT, "%s: model.merges: more than %d", name, 2 * SC_VOCAB_MAX);
    size_t n_slots = 64;
    while (n_slots < 2 * n) n_slots *= 2;
    m->slots = sc__calloc(n_slots, sizeof *m->slots);
    m->merged = sc__calloc(n + 1, sizeof *m->merged);
    if (!m->slots || !m->merged) return SC_FAIL(SC_NOMEM, "%s: no memory for merges", name);
    m->mask = (uint32_t)n_slots - 1;
    m->n_merges = (uint32_t)n;
    sc_buffer joined = SC_BUFFER_INIT;
    sc_status s = SC_OK;
    for (size_t i = 0; i < n && s >= 0; i++)
        s = add_merge(m, &joined, json_array_get(merges, i), (uint32_t)i, name);
    sc__buffer_deinit(&joined);
    return s;
}

static void load_symbols(bpe *m) {
    m->every_byte = m->byte_level;
    for (unsigned b = 0; b < 256; b++) {
        char text[4];
        const int n = sc__utf8_encode(text, m->byte_level ? sc__byte_to_char((uint8_t)b) : b);
        m->symbol[b] = m->byte_level || b < 128 ? model_find(m->vocab, text, (size_t)n) : NONE;
        if (m->symbol[b] < 0) m->every_byte = false;
    }
}

static sc_status load_byte_ranks(bpe *m, const char *name) {
    if (!m->every_byte) return SC_OK;
    m->byte_ranks = sc__alloc(256 * 256 * sizeof *m->byte_ranks);
    if (!m->byte_ranks) return SC_FAIL(SC_NOMEM, "%s: no memory for merges", name);
    for (unsigned i = 0; i < 256 * 256; i++)
        m->byte_ranks[i] = pair_rank(m, (uint32_t)m->symbol[i >> 8], (uint32_t)m->symbol[i & 255]);
    return SC_OK;
}

/* Fields whose meaning we do not run must be absent, null, false or empty. */
static sc_status refuse(const json_t *model, const char *key, const char *name) {
    const json_t *v = json_object_get(model, key);
    if (!v || json_is_null(v) || json_is_false(v)) return SC_OK;
    if (json_is_string(v) && !*json_string_value(v)) return SC_OK;
    if (json_is_number(v) && json_number_value(v) == 0) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: model.%s: is not supported", name, key);
}

static sc_status load_unk(bpe *m, const json_t *model, const char *name) {
    const char *unk;
    SC_TRY(sc__json_get_string(&unk, model, "unk_token", NULL, name));
    m->unk = unk ? model_find(m->vocab, unk, strlen(unk)) : NONE;
    if (unk && m->unk < 0)
        return SC_FAIL(SC_FORMAT, "%s: model.unk_token: \"%s\" is not in model.vocab", name, unk);
    return SC_OK;
}

static sc_status load(bpe *m, const json_t *model, const char *name) {
    static const char *const unsupported[] = {"dropout", "continuing_subword_prefix",
                                              "end_of_word_suffix", "byte_fallback"};
    for (int i = 0; i < SC_LEN(unsupported); i++) SC_TRY(refuse(model, unsupported[i], name));
    SC_TRY(sc__json_get_bool(&m->fuse_unk, model, "fuse_unk", false, name));
    SC_TRY(sc__json_get_bool(&m->ignore_merges, model, "ignore_merges", false, name));
    SC_TRY(load_unk(m, model, name));
    SC_TRY(load_merges(m, json_object_get(model, "merges"), name));
    load_symbols(m);
    return load_byte_ranks(m, name);
}

static void bpe_close(void *self) {
    bpe *m = self;
    if (!m) return;
    sc__free(m->slots);
    sc__free(m->merged);
    sc__free(m->byte_ranks);
    sc__free(m);
}

static sc_status bpe_open(void **self, sc_tokenizer *t, const json_t *model, const char *name) {
    bpe *m = *self = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "%s: no memory for a model", name);
    m->vocab = &t->vocab;
    m->byte_level = t->byte_level;
    return load(m, model, name);
}

static bool bpe_is_flat(const void *self) {
    const bpe *m = self;
    return !m->n_merges && !m->fuse_unk && !m->ignore_merges;
}

/* -- encoding -------------------------------------------------------------------------------- */

/* The first symbols of a piece. A character (byte) that the vocabulary lacks becomes unk_token, one
 * for a run of them with fuse_unk, or nothing where there is none. */
static int64_t symbols(const bpe *m, const char *piece, size_t n, int32_t *ids) {
    int64_t n_ids = 0;
    if (m->every_byte) {
        for (size_t i = 0; i < n; i++) ids[i] = m->symbol[(uint8_t)piece[i]];
        return (int64_t)n;
    }
    bool after_unk = false;
    for (size_t i = 0; i < n;) {
        int len = 1;
        const uint8_t b = (uint8_t)piece[i];
        if (!m->byte_level) sc__utf8_decode(piece + i, &len);
        int32_t id = m->symbol[b];
        if (len > 1) id = model_find(m->vocab, piece + i, (size_t)len);
        i += (size_t)len;
        const bool unknown = id < 0;
        if (unknown) id = m->unk;
        if (id >= 0 && !(unknown && after_unk && m->fuse_unk)) ids[n_ids++] = id;
        after_unk = unknown && id >= 0;
    }
    return n_ids;
}

/* `ranks` of the adjacent pairs are given; merges in place and returns how many symbols are left.
 */
static int64_t merge_short(const bpe *m, int32_t *ids, uint32_t *ranks, int64_t n) {
    while (n > 1) {
        int64_t at = 0;
        uint32_t best = ranks[0];
        for (int64_t i = 1; i < n - 1; i++)
            if (ranks[i] < best) best = ranks[i], at = i;
        if (best == NO_RANK) break;
        ids[at] = (int32_t)m->merged[best];
        n--;
        memmove(ids + at + 1, ids + at + 2, (size_t)(n - at - 1) * sizeof *ids);
        memmove(ranks + at, ranks + at + 1, (size_t)(n - at - 1) * sizeof *ranks);
        if (at > 0) ranks[at - 1] = pair_rank(m, (uint32_t)ids[at - 1], (uint32_t)ids[at]);
        if (at < n - 1) ranks[at] = pair_rank(m, (uint32_t)ids[at], (uint32_t)ids[at + 1]);
    }
    return n;
}

/* A heap of (rank, position); entries whose pair is gone are passed over when they come up. */
typedef struct {
    uint32_t rank, at;
} heap_item;

static bool before(heap_item a, heap_item b) {
    return a.rank < b.rank || (a.rank == b.rank && a.at < b.at);
}

static void heap_push(heap_item *heap, size_t *n, heap_item x) {
    size_t i = (*n)++;
    for (; i && before(x, heap[(i - 1) / 2]); i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
    heap[i] = x;
}

static heap_item heap_pop(heap_item *heap, size_t *n) {
    const heap_item top = heap[0], x = heap[--*n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < *n; i = child) {
        if (child + 1 < *n && before(heap[child + 1], heap[child])) child++;
        if (!before(heap[child], x)) break;
        heap[i] = heap[child];
    }
    heap[i] = x;
    return top;
}

/* A piece as a doubly linked list: position 0 .. n-1, n is the end on either side. */
typedef struct {
    const bpe *m;
    int32_t *ids;
    uint32_t *next, *prev, *ranks, n; /* ranks[i]: of the pair that begins at i, if it is alive */
    heap_item *heap;
    size_t n_heap;
} chain;

static void chain_rank(chain *c, uint32_t at) {
    const uint32_t right = c->next[at];
    c->ranks[at] =
        right < c->n ? pair_rank(c->m, (uint32_t)c->ids[at], (uint32_t)c->ids[right]) : NO_RANK;
    if (c->ranks[at] != NO_RANK) heap_push(c->heap, &c->n_heap, (heap_item){c->ranks[at], at});
}

static int64_t chain_run(chain *c) {
    for (uint32_t i = 0; i < c->n; i++) c->next[i] = i + 1, c->prev[i] = i ? i - 1 : c->n;
    for (uint32_t i = 0; i < c->n; i++) chain_rank(c, i);
    while (c->n_heap) {
        const heap_item top = heap_pop(c->heap, &c->n_heap);
        if (c->ranks[top.at] != top.rank) continue;
        const uint32_t gone = c->next[top.at];
        c->ids[top.at] = (int32_t)c->m->merged[top.rank];
        c->next[top.at] = c->next[gone];
        if (c->next[gone] < c->n) c->prev[c->next[gone]] = top.at;
        c->ranks[gone] = NO_RANK;
        if (c->prev[top.at] < c->n) chain_rank(c, c->prev[top.at]);
        chain_rank(c, top.at);
    }
    int64_t n = 0;
    for (uint32_t i = 0; i < c->n; i = c->next[i]) c->ids[n++] = c->ids[i];
    return n;
}

static sc_status merge_long(const bpe *m, sc_buffer *scratch, int32_t *ids, int64_t *n_ids) {
    const size_t n = (size_t)*n_ids;
    if (n >= UINT32_MAX / 4) return SC_FAIL(SC_FORMAT, "a piece of %zu symbols is too long", n);
    sc__buffer_clear(scratch); /* every merge pushes at most two: 3 n heap items are enough */
    char *memory = sc__buffer_extend(scratch, n * (3 * sizeof(uint32_t) + 3 * sizeof(heap_item)));
    if (!memory) return scratch->status;
    heap_item *heap = (heap_item *)(void *)memory;
    uint32_t *next = (uint32_t *)(void *)(heap + 3 * n);
    chain c = {m, ids, next, next + n, next + 2 * n, (uint32_t)n, heap, 0};
    *n_ids = chain_run(&c);
    return SC_OK;
}

/* The piece as the vocabulary spells it. */
static int32_t find_whole(const bpe *m, sc_buffer *scratch, const char *piece, size_t n) {
    if (!m->byte_level) return model_find(m->vocab, piece, n);
    sc__buffer_clear(scratch);
    for (size_t i = 0; i < n; i++) {
        char c[4];
        const int len = sc__utf8_encode(c, sc__byte_to_char((uint8_t)piece[i]));
        sc__buffer_append(scratch, c, (size_t)len);
    }
    return scratch->status < 0 ? NONE : model_find(m->vocab, scratch->data, scratch->len);
}

static sc_status bpe_encode(const void *self, sc_buffer *scratch, const char *piece, size_t n,
                            int32_t *ids, int64_t *n_ids) {
    const bpe *m = self;
    if (m->ignore_merges) {
        const int32_t id = find_whole(m, scratch, piece, n);
        if (scratch->status < 0) return scratch->status;
        if (id >= 0) return ids[0] = id, *n_ids = 1, SC_OK;
    }
    *n_ids = symbols(m, piece, n, ids);
    if (!m->n_merges || *n_ids < 2) return SC_OK;
    if (*n_ids > SHORT_PIECE) return merge_long(m, scratch, ids, n_ids);
    uint32_t ranks[SHORT_PIECE];
    for (int64_t i = 0; i + 1 < *n_ids; i++)
        ranks[i] = m->byte_ranks
                       ? m->byte_ranks[(size_t)(uint8_t)piece[i] << 8 | (uint8_t)piece[i + 1]]
                       : pair_rank(m, (uint32_t)ids[i], (uint32_t)ids[i + 1]);
    *n_ids = merge_short(m, ids, ranks, *n_ids);
    return SC_OK;
}

const sc_model_ops sc__model_bpe = {"BPE", bpe_open, bpe_close, bpe_encode, bpe_is_flat};
