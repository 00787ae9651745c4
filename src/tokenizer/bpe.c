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
static const char mark[] = "\xE2\x96\x81"; /* U+2581, sentencepiece's space */

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
    int32_t *wide;       /* of a character below 0x10000; NULL at byte level and with affixes */
    int32_t fallback[256];
    int32_t unk;
    char *prefix, *suffix; /* of a symbol that is not the first, that is the last of its piece */
    size_t n_prefix, n_suffix;
    bool byte_level, fuse_unk, ignore_merges, every_byte, byte_fallback, breaks;
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
    sc__buffer_append(joined, half[0], n[0]);
    if (n[1] > m->n_prefix) sc__buffer_append(joined, half[1] + m->n_prefix, n[1] - m->n_prefix);
    SC_TRY(joined->status);
    const int32_t left = sc__vocab_find_model(m->vocab, half[0], n[0]);
    const int32_t right = sc__vocab_find_model(m->vocab, half[1], n[1]);
    const int32_t both = sc__vocab_find_model(m->vocab, joined->data, joined->len);
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
    if (!strncmp(half[1], mark, 3) && (n[0] < 3 || memcmp(half[0] + n[0] - 3, mark, 3)))
        m->breaks = false;
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
    m->every_byte = m->byte_level && !m->n_prefix && !m->n_suffix;
    for (unsigned b = 0; b < 256; b++) {
        char text[4];
        const int n = sc__utf8_encode(text, m->byte_level ? sc__byte_to_char((uint8_t)b) : b);
        m->symbol[b] =
            m->byte_level || b < 128 ? sc__vocab_find_model(m->vocab, text, (size_t)n) : NONE;
        m->fallback[b] = sc__vocab_find_byte(m->vocab, (uint8_t)b);
        if (m->symbol[b] < 0) m->every_byte = false;
    }
}

static sc_status load_wide(bpe *m, const char *name) {
    if (m->byte_level || m->n_prefix || m->n_suffix) return SC_OK;
    m->wide = sc__alloc(0x10000 * sizeof *m->wide);
    if (!m->wide) return SC_FAIL(SC_NOMEM, "%s: no memory for a model", name);
    for (uint32_t c = 0; c < 0x10000; c++) m->wide[c] = NONE;
    for (int64_t id = 0; id < m->vocab->n; id++) {
        const sc_token *k = &m->vocab->tokens[id];
        int len;
        if (!k->text || k->added_only || !k->n_text || k->n_text > 3) continue;
        const uint32_t c = sc__utf8_decode(k->text, &len);
        if ((uint32_t)len == k->n_text && c < 0x10000) m->wide[c] = (int32_t)id;
    }
    return SC_OK;
}

static sc_status load_byte_ranks(bpe *m, const char *name) {
    if (!m->every_byte) return SC_OK;
    m->byte_ranks = sc__alloc(256 * 256 * sizeof *m->byte_ranks);
    if (!m->byte_ranks) return SC_FAIL(SC_NOMEM, "%s: no memory for merges", name);
    for (unsigned i = 0; i < 256 * 256; i++)
        m->byte_ranks[i] = pair_rank(m, (uint32_t)m->symbol[i >> 8], (uint32_t)m->symbol[i & 255]);
    return SC_OK;
}

/* Dropout is for training: with it the same text gives other ids each time. */
static sc_status refuse_dropout(const json_t *model, const char *name) {
    const json_t *v = json_object_get(model, "dropout");
    if (!v || json_is_null(v) || (json_is_number(v) && json_number_value(v) == 0)) return SC_OK;
    return SC_FAIL(SC_FORMAT, "%s: model.dropout: is not supported, set it to null", name);
}

static sc_status load_affix(char **out, size_t *n, const json_t *model, const char *key,
                            const char *name) {
    const char *text;
    SC_TRY(sc__json_get_string(&text, model, key, "", name));
    *n = strlen(text);
    *out = sc__strdup(text);
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "%s: no memory for a model", name);
}

static sc_status load(bpe *m, sc_tokenizer *t, const json_t *model, const char *name) {
    SC_TRY(sc__vocab_parse(t, model, name));
    SC_TRY(refuse_dropout(model, name));
    SC_TRY(sc__json_get_bool(&m->fuse_unk, model, "fuse_unk", false, name));
    SC_TRY(sc__json_get_bool(&m->ignore_merges, model, "ignore_merges", false, name));
    SC_TRY(sc__json_get_bool(&m->byte_fallback, model, "byte_fallback", false, name));
    SC_TRY(load_affix(&m->prefix, &m->n_prefix, model, "continuing_subword_prefix", name));
    SC_TRY(load_affix(&m->suffix, &m->n_suffix, model, "end_of_word_suffix", name));
    SC_TRY(sc__json_get_token(&m->unk, t, model, "unk_token", name));
    if (m->byte_fallback && (m->n_prefix || m->n_suffix))
        return SC_FAIL(SC_FORMAT, "%s: model.byte_fallback: not with a prefix or suffix", name);
    m->breaks = true;
    SC_TRY(load_merges(m, json_object_get(model, "merges"), name));
    load_symbols(m);
    SC_TRY(load_wide(m, name));
    return load_byte_ranks(m, name);
}

static void bpe_close(void *self) {
    bpe *m = self;
    if (!m) return;
    sc__free(m->slots);
    sc__free(m->merged);
    sc__free(m->byte_ranks);
    sc__free(m->wide);
    sc__free(m->prefix);
    sc__free(m->suffix);
    sc__free(m);
}

static sc_status bpe_open(void **self, sc_tokenizer *t, const json_t *model, const char *name) {
    bpe *m = *self = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "%s: no memory for a model", name);
    m->vocab = &t->vocab;
    m->byte_level = t->byte_level;
    return load(m, t, model, name);
}

static bool bpe_is_flat(const void *self) {
    const bpe *m = self;
    return !m->n_merges && !m->fuse_unk && !m->ignore_merges && !m->n_prefix && !m->n_suffix;
}

/* No merge joins U+2581 to another character before it, and a run of unknown ones ends there.
 * (Where unknown ones leave no token, the reference's offsets behind them are those of a shorter
 * piece.) */
static bool bpe_breaks(const void *self) {
    const bpe *m = self;
    return m->breaks && m->wide && m->wide[0x2581] >= 0 && m->n_merges && !m->ignore_merges &&
           m->unk >= 0;
}

/* -- encoding -------------------------------------------------------------------------------- */

/* The first symbols of a piece, with their lengths where somebody asks. */
typedef struct {
    const bpe *m;
    sc_buffer *scratch;
    sc_tokens *out;
    size_t unknown; /* bytes of unknown text whose token is not written yet */
} spelling;

static void put(sc_tokens *out, int32_t id, size_t n) {
    if (out->lengths) out->lengths[out->n] = (uint32_t)n;
    out->ids[out->n++] = id;
}

static void put_unknown(spelling *s) {
    if (s->unknown) put(s->out, s->m->unk, s->unknown);
    s->unknown = 0;
}

static void put_symbol(spelling *s, int32_t id, size_t n) {
    put_unknown(s);
    put(s->out, id, n);
}

/* A symbol that the vocabulary lacks becomes its bytes, else unk_token, one for a run of them with
 * fuse_unk, or nothing where there is none. */
static void put_missing(spelling *s, const char *text, size_t n_text, size_t n) {
    const bpe *m = s->m;
    bool bytes = m->byte_fallback;
    for (size_t i = 0; i < n_text && bytes; i++) bytes = m->fallback[(uint8_t)text[i]] >= 0;
    if (bytes) {
        for (size_t i = 0; i < n_text; i++) put(s->out, m->fallback[(uint8_t)text[i]], 1);
    } else if (m->unk >= 0) {
        if (!m->fuse_unk) put_unknown(s);
        s->unknown += n;
    }
}

static int32_t find_char(const bpe *m, const char *text, size_t n) {
    if (n == 1) return m->symbol[(uint8_t)*text];
    int len;
    const uint32_t c = sc__utf8_decode(text, &len);
    return c < 0x10000 && m->wide ? m->wide[c] : sc__vocab_find_model(m->vocab, text, n);
}

/* Symbols as the vocabulary spells them at the beginning and at the end of a piece. */
static sc_status spell_affixed(spelling *s, const char *text, size_t n, bool first, bool last) {
    const bpe *m = s->m;
    sc__buffer_clear(s->scratch);
    if (!first) sc__buffer_append(s->scratch, m->prefix, m->n_prefix);
    if (m->byte_level) {
        char c[4];
        const int len = sc__utf8_encode(c, sc__byte_to_char((uint8_t)*text));
        sc__buffer_append(s->scratch, c, (size_t)len);
    } else {
        sc__buffer_append(s->scratch, text, n);
    }
    if (last) sc__buffer_append(s->scratch, m->suffix, m->n_suffix);
    SC_TRY(s->scratch->status);
    const int32_t id = sc__vocab_find_model(m->vocab, s->scratch->data, s->scratch->len);
    if (id >= 0)
        put_symbol(s, id, n);
    else
        put_missing(s, s->scratch->data, s->scratch->len, n);
    return SC_OK;
}

static sc_status spell(const bpe *m, sc_buffer *scratch, const char *piece, size_t n,
                       sc_tokens *out) {
    spelling s = {m, scratch, out, 0};
    const bool affixed = m->n_prefix || m->n_suffix;
    for (size_t i = 0; i < n;) {
        int len = 1;
        if (!m->byte_level) sc__utf8_decode(piece + i, &len);
        const size_t k = (size_t)len;
        const int32_t id = affixed ? NONE : find_char(m, piece + i, k);
        if (affixed)
            SC_TRY(spell_affixed(&s, piece + i, k, !i, i + k == n));
        else if (id >= 0)
            put_symbol(&s, id, k);
        else
            put_missing(&s, piece + i, k, k);
        i += k;
    }
    put_unknown(&s);
    return SC_OK;
}

static void spell_bytes(const bpe *m, const char *piece, size_t n, sc_tokens *out) {
    for (size_t i = 0; i < n; i++) out->ids[i] = m->symbol[(uint8_t)piece[i]];
    for (size_t i = 0; out->lengths && i < n; i++) out->lengths[i] = 1;
    out->n = (int64_t)n;
}

/* `ranks` of the adjacent pairs are given; merges in place. */
static void merge_short(const bpe *m, sc_tokens *out, uint32_t *ranks) {
    int32_t *ids = out->ids;
    int64_t n = out->n;
    while (n > 1) {
        int64_t at = 0;
        uint32_t best = ranks[0];
        for (int64_t i = 1; i < n - 1; i++)
            if (ranks[i] < best) best = ranks[i], at = i;
        if (best == NO_RANK) break;
        ids[at] = (int32_t)m->merged[best];
        n--;
        if (out->lengths) {
            uint32_t *lengths = out->lengths + at;
            lengths[0] += lengths[1];
            memmove(lengths + 1, lengths + 2, (size_t)(n - at - 1) * sizeof *lengths);
        }
        memmove(ids + at + 1, ids + at + 2, (size_t)(n - at - 1) * sizeof *ids);
        memmove(ranks + at, ranks + at + 1, (size_t)(n - at - 1) * sizeof *ranks);
        if (at > 0) ranks[at - 1] = pair_rank(m, (uint32_t)ids[at - 1], (uint32_t)ids[at]);
        if (at < n - 1) ranks[at] = pair_rank(m, (uint32_t)ids[at], (uint32_t)ids[at + 1]);
    }
    out->n = n;
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
    uint32_t *lengths;                /* NULL: nobody asks */
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
        if (c->lengths) c->lengths[top.at] += c->lengths[gone];
        c->next[top.at] = c->next[gone];
        if (c->next[gone] < c->n) c->prev[c->next[gone]] = top.at;
        c->ranks[gone] = NO_RANK;
        if (c->prev[top.at] < c->n) chain_rank(c, c->prev[top.at]);
        chain_rank(c, top.at);
    }
    int64_t n = 0;
    for (uint32_t i = 0; i < c->n; i = c->next[i]) {
        if (c->lengths) c->lengths[n] = c->lengths[i];
        c->ids[n++] = c->ids[i];
    }
    return n;
}

static sc_status merge_long(const bpe *m, sc_buffer *scratch, sc_tokens *out) {
    const size_t n = (size_t)out->n;
    if (n >= UINT32_MAX / 4) return SC_FAIL(SC_FORMAT, "a piece of %zu symbols is too long", n);
    sc__buffer_clear(scratch); /* every merge pushes at most two: 3 n heap items are enough */
    char *memory = sc__buffer_extend(scratch, n * (3 * sizeof(uint32_t) + 3 * sizeof(heap_item)));
    if (!memory) return scratch->status;
    heap_item *heap = (heap_item *)(void *)memory;
    uint32_t *next = (uint32_t *)(void *)(heap + 3 * n);
    chain c = {m, out->ids, out->lengths, next, next + n, next + 2 * n, (uint32_t)n, heap, 0};
    out->n = chain_run(&c);
    return SC_OK;
}

/* The piece as the vocabulary spells it. */
static int32_t find_whole(const bpe *m, sc_buffer *scratch, const char *piece, size_t n) {
    if (!m->byte_level) return sc__vocab_find_model(m->vocab, piece, n);
    sc__buffer_clear(scratch);
    for (size_t i = 0; i < n; i++) {
        char c[4];
        const int len = sc__utf8_encode(c, sc__byte_to_char((uint8_t)piece[i]));
        sc__buffer_append(scratch, c, (size_t)len);
    }
    return scratch->status < 0 ? NONE : sc__vocab_find_model(m->vocab, scratch->data, scratch->len);
}

static sc_status bpe_encode(const void *self, sc_buffer *scratch, const char *piece, size_t n,
                            sc_tokens *out) {
    const bpe *m = self;
    if (m->ignore_merges) {
        const int32_t id = find_whole(m, scratch, piece, n);
        if (scratch->status < 0) return scratch->status;
        if (id >= 0) return put(out, id, n), SC_OK;
    }
    if (m->every_byte)
        spell_bytes(m, piece, n, out);
    else
        SC_TRY(spell(m, scratch, piece, n, out));
    if (!m->n_merges || out->n < 2) return SC_OK;
    if (out->n > SHORT_PIECE) return merge_long(m, scratch, out);
    uint32_t ranks[SHORT_PIECE];
    for (int64_t i = 0; i + 1 < out->n; i++)
        ranks[i] = m->byte_ranks
                       ? m->byte_ranks[(size_t)(uint8_t)piece[i] << 8 | (uint8_t)piece[i + 1]]
                       : pair_rank(m, (uint32_t)out->ids[i], (uint32_t)out->ids[i + 1]);
    merge_short(m, out, ranks);
    return SC_OK;
}

const sc_model_ops sc__model_bpe = {"BPE",       bpe_open,   bpe_close, bpe_encode,
                                    bpe_is_flat, bpe_breaks, NULL};
