/* encode.c - text to ids. Text repeats itself, so an encoder remembers the ids of short pieces in a
 * table with one place a hash: a newcomer replaces what was there. */
#include "base/utf8.h"
#include "tokenizer/unigram.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { KEY_BYTES = 24, KEY_IDS = 9, CACHE_SLOTS = 1 << 15, CHUNK = 1 << 20 };

/* One cache line. A piece of up to 24 bytes is its three words and its length. */
typedef struct {
    uint64_t word[3];
    uint8_t n, n_ids; /* n 0: free */
    int32_t ids[KEY_IDS];
} cache_slot;
_Static_assert(sizeof(cache_slot) == 64, "a cache line");

struct sc_encoder {
    const sc_tokenizer *t;
    sc_split split;
    sc_normal normal;
    cache_slot *cache;
    sc_ids *out;
    sc_spanned *spanned; /* NULL: nobody asks for spans */
    sc_nbest *best;      /* NULL: nobody asks for several segmentations */
    sc_draw draw;        /* where segmentations are drawn */
    bool drawn;
    int32_t word; /* pieces so far, where spans are asked for */
    sc_buffer repaired, scratch, pending, source, lengths;
    bool begun; /* between the first push and finish */
    int64_t replaced;
    uint64_t offset; /* of pending in the text */
    size_t enough;   /* so much pending is worth looking for a cut in */
};

void sc_ids_deinit(sc_ids *ids) {
    sc__free(ids->ids);
    *ids = (sc_ids)SC_IDS_INIT;
}

static sc_status grow(sc_ids *ids, size_t n) {
    const size_t need = (size_t)ids->n + n;
    const size_t capacity = SC_MAX(need + 64, (size_t)ids->capacity + (size_t)ids->capacity / 2);
    size_t bytes;
    int32_t *p = sc__mul_size(capacity, sizeof *p, &bytes) ? sc__realloc(ids->ids, bytes) : NULL;
    if (!p) return SC_FAIL(SC_NOMEM, "no memory for %zu ids", need);
    ids->ids = p;
    ids->capacity = (int64_t)capacity;
    return SC_OK;
}

static inline sc_status reserve(sc_ids *ids, size_t n) {
    return (size_t)(ids->capacity - ids->n) >= n ? SC_OK : grow(ids, n);
}

/* -- the table of pieces --------------------------------------------------------------------- */

static inline uint64_t load8(const char *p) {
    uint64_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static inline uint64_t load4(const char *p) {
    uint32_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

/* Together with n these words determine the 1 to 24 bytes; loads overlap instead of running over.
 */
static inline void key_of(uint64_t w[3], const char *p, size_t n) {
    w[0] = w[1] = w[2] = 0;
    if (n >= 8) {
        w[0] = load8(p);
        w[1] = load8(p + n - 8);
        if (n > 16) w[2] = load8(p + 8);
    } else if (n >= 4) {
        w[0] = load4(p) | load4(p + n - 4) << 32;
    } else {
        w[0] = (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << 8 |
               (uint64_t)(uint8_t)p[n - 1] << 16;
    }
}

static inline cache_slot *slot_of(const sc_encoder *e, const uint64_t w[3], size_t n) {
    uint64_t h = (w[0] ^ n) * 0x9E3779B97F4A7C15u;
    h = (h ^ h >> 32 ^ w[1]) * 0xD6E8FEB86659FD93u;
    h = (h ^ h >> 32 ^ w[2]) * 0x9E3779B97F4A7C15u;
    return &e->cache[h >> 49]; /* the upper 15 bits: CACHE_SLOTS */
}
_Static_assert(CACHE_SLOTS == 1 << 15, "slot_of takes 15 bits");

static sc_status tokens_of(sc_encoder *e, const char *piece, size_t n, sc_tokens *out) {
    if (e->drawn) return sc__unigram_draw(e->t->model, &e->draw, piece, n, out);
    return e->t->ops->encode(e->t->model, &e->scratch, piece, n, out);
}

static sc_status encode_piece(sc_encoder *e, const char *piece, size_t n, int64_t *n_ids) {
    sc_ids *out = e->out;
    SC_TRY(reserve(out, n));
    sc_tokens tokens = {out->ids + out->n, NULL, 0};
    SC_TRY(tokens_of(e, piece, n, &tokens));
    *n_ids = tokens.n;
    out->n += tokens.n;
    return SC_OK;
}

static sc_status on_piece(void *user, const char *piece, size_t n) {
    sc_encoder *e = user;
    int64_t n_ids;
    if (n > KEY_BYTES || e->drawn) return encode_piece(e, piece, n, &n_ids);
    uint64_t w[3];
    key_of(w, piece, n);
    cache_slot *s = slot_of(e, w, n);
    if (s->n == n && s->word[0] == w[0] && s->word[1] == w[1] && s->word[2] == w[2]) {
        SC_TRY(reserve(e->out, KEY_IDS));
        memcpy(e->out->ids + e->out->n, s->ids, sizeof s->ids);
        e->out->n += s->n_ids;
        return SC_OK;
    }
    SC_TRY(encode_piece(e, piece, n, &n_ids));
    if (n_ids > KEY_IDS) return SC_OK;
    memcpy(s->word, w, sizeof w);
    s->n = (uint8_t)n;
    s->n_ids = (uint8_t)n_ids;
    if (n_ids) memcpy(s->ids, e->out->ids + e->out->n - n_ids, (size_t)n_ids * sizeof *s->ids);
    return SC_OK;
}

/* -- spans ----------------------------------------------------------------------------------- */

static sc_status push_span(sc_encoder *e, sc_span span, int32_t word) {
    sc_spanned *s = e->spanned;
    if (!s) return SC_OK;
    sc__buffer_append(&s->spans, &span, sizeof span);
    sc__buffer_append(&s->words, &word, sizeof word);
    SC_TRY(s->spans.status);
    return s->words.status;
}

/* The bytes of the source that text[from, to) comes from: from the first's to the last's. */
static sc_span span_of(const sc_text *t, size_t from, size_t to) {
    if (!t->spans || from == to) return (sc_span){0, 0};
    return (sc_span){t->spans[from].from, t->spans[to - 1].to};
}

static sc_status on_spanned_piece(void *user, const char *piece, size_t n) {
    sc_encoder *e = user;
    const sc_text *now = &e->split.now;
    sc__buffer_clear(&e->lengths);
    uint32_t *lengths = sc__buffer_extend(&e->lengths, n * sizeof *lengths);
    if (!lengths) return e->lengths.status;
    SC_TRY(reserve(e->out, n));
    sc_tokens tokens = {e->out->ids + e->out->n, lengths, 0};
    SC_TRY(tokens_of(e, piece, n, &tokens));
    size_t from = (size_t)(piece - now->text), to = from;
    const size_t end = from + n;
    for (int64_t i = 0; i < tokens.n; i++) {
        if (lengths[i]) from = to;
        to = SC_MIN(to + lengths[i], end);
        SC_TRY(push_span(e, span_of(now, from, to), e->word));
    }
    e->out->n += tokens.n;
    e->word++;
    return SC_OK;
}

/* Each byte of valid text belongs to its whole character. */
static void identity(sc_buffer *spans, const char *text, size_t n, size_t offset) {
    sc_span *to = sc__buffer_extend(spans, n * sizeof *to);
    for (size_t i = 0; to && i < n;) {
        int len;
        sc__utf8_decode(text + i, &len);
        for (int k = 0; k < len; k++)
            to[i + (size_t)k] =
                (sc_span){(uint32_t)(offset + i), (uint32_t)(offset + i + (size_t)len)};
        i += (size_t)len;
    }
}

/* -- the way of a text ----------------------------------------------------------------------- */

sc_status sc_encoder_open(sc_encoder **out, const sc_tokenizer *t) {
    sc_encoder *e = *out = sc__calloc(1, sizeof *e);
    if (!e) return SC_FAIL(SC_NOMEM, "no memory for an encoder");
    e->t = t;
    e->cache = sc__calloc(CACHE_SLOTS, sizeof *e->cache);
    sc_status s = sc__split_open(&e->split, t, on_piece, e);
    if (s >= 0) s = sc__normal_open(&e->normal, t);
    if (s >= 0 && !e->cache) s = SC_FAIL(SC_NOMEM, "no memory for an encoder");
    if (s < 0) {
        sc_encoder_close(e);
        *out = NULL;
    }
    return s;
}

void sc_encoder_close(sc_encoder *e) {
    if (!e) return;
    sc__split_close(&e->split);
    sc__normal_close(&e->normal);
    sc__free(e->cache);
    sc__draw_deinit(&e->draw);
    sc__buffer_deinit(&e->repaired);
    sc__buffer_deinit(&e->scratch);
    sc__buffer_deinit(&e->pending);
    sc__buffer_deinit(&e->source);
    sc__buffer_deinit(&e->lengths);
    sc__free(e);
}

const sc_tokenizer *sc__encoder_tokenizer(const sc_encoder *e) { return e->t; }
int64_t sc_encoder_replaced(const sc_encoder *e) { return e->replaced; }

static sc_status push_id(sc_encoder *e, int32_t id) {
    SC_TRY(reserve(e->out, 1));
    e->out->ids[e->out->n++] = id;
    return SC_OK;
}

typedef sc_status text_fn(sc_encoder *e, const sc_text *text, unsigned flags);

static sc_text part_of(const sc_text *t, size_t from, size_t to) {
    return (sc_text){t->text + from, to - from, t->spans ? t->spans + from : NULL,
                     t->starts && !from};
}

/* Text between the tokens of one of the two sets goes to `rest`. */
static sc_status around_added(sc_encoder *e, const sc_added *a, const sc_text *text, text_fn *rest,
                              unsigned flags) {
    sc_added_scan scan = {.a = a, .text = text->text, .n = text->n};
    size_t done = 0, from, to;
    int32_t id;
    sc_text part;
    scan.plain = flags & SC_ENCODE_PLAIN;
    const bool continued = e->split.continued;
    while (sc__added_next(&scan, &id, &from, &to)) {
        e->split.continued = continued && !done;
        part = part_of(text, done, from);
        if (from > done) SC_TRY(rest(e, &part, flags));
        SC_TRY(push_id(e, id));
        SC_TRY(push_span(e, span_of(text, from, to), ~e->word));
        e->word++;
        done = to;
    }
    e->split.continued = continued && !done;
    part = part_of(text, done, text->n);
    return part.n ? rest(e, &part, flags) : SC_OK;
}

static sc_status split_text(sc_encoder *e, const sc_text *text, unsigned flags) {
    (void)flags;
    return sc__split_run(&e->split, text);
}

static sc_status normal_text(sc_encoder *e, const sc_text *text, unsigned flags) {
    sc_text normal = *text;
    SC_TRY(sc__normal_run(&e->normal, &normal));
    return around_added(e, e->t->added_normal, &normal, split_text, flags);
}

/* The text as valid UTF-8 and, where they are asked for, the spans of its bytes. */
static sc_status repair(sc_encoder *e, sc_text *io, bool spans) {
    const char *text = io->text;
    const size_t n = io->n;
    sc__buffer_clear(&e->repaired);
    sc__buffer_clear(&e->source);
    for (size_t at = 0, bad; at < n; at += bad) {
        const size_t good = sc__utf8_valid_prefix(text + at, n - at);
        if (spans) identity(&e->source, text + at, good, at);
        sc__buffer_append(&e->repaired, text + at, good);
        at += good;
        bad = at < n ? sc__utf8_invalid_length(text + at, n - at) : 0;
        if (!bad) continue;
        e->replaced++;
        sc__buffer_append(&e->repaired, "\xEF\xBF\xBD", 3);
        const sc_span span = {(uint32_t)at, (uint32_t)(at + bad)};
        for (int i = 0; spans && i < 3; i++) sc__buffer_append(&e->source, &span, sizeof span);
    }
    SC_TRY(e->source.status);
    io->text = e->repaired.data;
    io->n = e->repaired.len;
    return e->repaired.status;
}

/* One stretch of text whose ends are good places to cut. */
static sc_status stretch(sc_encoder *e, const char *text, size_t n, unsigned flags) {
    if (!n) return SC_OK;
    sc_text t = {text, n, NULL, !e->split.continued};
    const size_t valid = sc__utf8_valid_prefix(text, n);
    if (valid < n && (flags & SC_ENCODE_STRICT))
        return SC_FAIL(SC_FORMAT, "invalid UTF-8 at byte %" PRIu64, e->offset + valid);
    const bool spans = e->spanned || e->t->needs_spans;
    if (valid < n || spans) SC_TRY(repair(e, &t, spans));
    if (spans) t.spans = (const sc_span *)(const void *)e->source.data;
    return around_added(e, e->t->added, &t, normal_text, flags);
}

/* What the post-processor puts before the text, or behind it. */
static sc_status push_around(sc_encoder *e, bool behind, unsigned flags) {
    const sc_template *single = &e->t->post.single;
    bool met = false;
    if (flags & SC_ENCODE_NO_SPECIAL) return SC_OK;
    for (int i = 0; i < single->n; i++) {
        const sc_item *item = &single->items[i];
        if (item->kind == SC_ITEM_FIRST)
            met = true;
        else if (met == behind)
            SC_TRY(push_id(e, item->id));
    }
    return SC_OK;
}

static sc_status begin(sc_encoder *e, unsigned flags) {
    e->begun = true;
    e->offset = 0;
    e->enough = CHUNK;
    e->split.continued = false;
    sc__buffer_clear(&e->pending);
    return push_around(e, false, flags);
}

/* A failed call leaves no ids of its own and no half text. */
static sc_status leave(sc_encoder *e, sc_ids *ids, int64_t n_before, sc_status s) {
    if (s < 0) {
        ids->n = n_before;
        e->begun = false;
    }
    return s;
}

static sc_status run(sc_encoder *e, const char *text, size_t n, unsigned flags) {
    SC_TRY(begin(e, flags));
    e->begun = false;
    SC_TRY(stretch(e, text, n, flags));
    return push_around(e, true, flags);
}

sc_status sc_encoder_run(sc_encoder *e, sc_ids *ids, const char *text, size_t n, unsigned flags) {
    const int64_t before = ids->n;
    e->out = ids;
    return leave(e, ids, before, run(e, text, n, flags));
}

static sc_status take(sc_encoder *e, size_t n, unsigned flags) {
    SC_TRY(stretch(e, e->pending.data, n, flags));
    e->split.continued = true;
    e->offset += n;
    memmove(e->pending.data, e->pending.data + n, e->pending.len - n);
    e->pending.len -= n;
    return SC_OK;
}

static sc_status push(sc_encoder *e, const char *text, size_t n, unsigned flags) {
    if (!e->begun) SC_TRY(begin(e, flags));
    sc__buffer_append(&e->pending, text, n);
    SC_TRY(e->pending.status);
    if (e->pending.len < e->enough || !e->t->can_cut) return SC_OK;
    const size_t cut = sc__find_cut(e->t, e->pending.data, e->pending.len);
    e->enough = cut ? CHUNK : 2 * e->pending.len; /* or a text without a cut is searched for ever */
    return cut ? take(e, cut, flags) : SC_OK;
}

sc_status sc_encoder_push(sc_encoder *e, sc_ids *ids, const char *text, size_t n, unsigned flags) {
    const int64_t before = ids->n;
    e->out = ids;
    return leave(e, ids, before, push(e, text, n, flags));
}

static sc_status finish(sc_encoder *e, unsigned flags) {
    if (!e->begun) SC_TRY(begin(e, flags));
    SC_TRY(stretch(e, e->pending.data ? e->pending.data : "", e->pending.len, flags));
    e->begun = false;
    return push_around(e, true, flags);
}

sc_status sc_encoder_finish(sc_encoder *e, sc_ids *ids, unsigned flags) {
    const int64_t before = ids->n;
    e->out = ids;
    return leave(e, ids, before, finish(e, flags));
}

sc_status sc__encode_spanned(sc_encoder *e, sc_spanned *out, const char *text, size_t n,
                             unsigned flags) {
    if (n >= UINT32_MAX) return SC_FAIL(SC_FORMAT, "a text of %zu bytes is too long", n);
    e->out = &out->ids;
    e->spanned = out;
    e->word = 0;
    e->offset = 0;
    e->begun = e->split.continued = false;
    e->split.piece = on_spanned_piece;
    const sc_status s = stretch(e, text, n, flags);
    e->split.piece = on_piece;
    e->spanned = NULL;
    return s;
}

/* -- other segmentations than the best ------------------------------------------------------- */

static sc_status check_unigram(const sc_encoder *e) {
    if (e->t->ops == &sc__model_unigram) return SC_OK;
    return SC_FAIL(SC_USAGE, "only Unigram models have other segmentations, not %s",
                   e->t->ops->type);
}

sc_status sc_encoder_sample(sc_encoder *e, double alpha, uint64_t seed) {
    SC_TRY(check_unigram(e));
    if (!(alpha >= 0) || isinf(alpha))
        return SC_FAIL(SC_USAGE, "alpha: %g is not 0 or more", alpha);
    e->drawn = true;
    e->draw.alpha = alpha;
    e->draw.seed = seed;
    e->draw.n_drawn = 0;
    return SC_OK;
}

/* What was written since the last piece is the same in all segmentations. */
static sc_status fix_ids(sc_encoder *e) {
    SC_TRY(sc__nbest_fixed(e->best, e->out->ids, e->out->n));
    e->out->n = 0;
    return SC_OK;
}

static sc_status on_ambiguous_piece(void *user, const char *piece, size_t n) {
    sc_encoder *e = user;
    SC_TRY(fix_ids(e));
    return sc__nbest_piece(e->best, piece, n);
}

sc_status sc_encoder_nbest(sc_encoder *e, sc_segmentations *list, int64_t most, const char *text,
                           size_t n, unsigned flags) {
    enum { MOST = 1024 };
    SC_TRY(check_unigram(e));
    if (most < 1 || most > MOST)
        return SC_FAIL(SC_USAGE, "%" PRId64 " segmentations: not in 1 .. %d", most, MOST);
    sc_ids ids = SC_IDS_INIT;
    sc_nbest best;
    sc__nbest_init(&best, e->t->model, (size_t)most);
    e->out = &ids;
    e->best = &best;
    e->split.piece = on_ambiguous_piece;
    sc_status s = run(e, text, n, flags);
    e->split.piece = on_piece;
    const int64_t before = list->n;
    if (s >= 0) s = fix_ids(e);
    if (s >= 0) s = sc__nbest_finish(&best, list);
    for (; s < 0 && list->n > before; list->n--) sc_ids_deinit(&list->items[list->n - 1].ids);
    sc__nbest_deinit(&best);
    sc_ids_deinit(&ids);
    return s;
}
