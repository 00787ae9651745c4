/* unigram.c - the unigram language model (Kudo 2018): of all ways to cut a piece into tokens the
 * one of the highest sum of log-probabilities, found from left to right (Viterbi). A character that
 * begins no token of its length may be unknown, for 10 less than the rarest token. */
#include "base/utf8.h"
#include "tokenizer/unigram.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double unk_penalty = 10.0; /* sentencepiece's */

typedef sc_unigram_model unigram;

/* The best way to reach a place: from where, by which token. */
typedef struct {
    double score;
    uint32_t from, to; /* to: where the token that begins here ends, once the path is chosen */
    int32_t id;        /* UNREACHED: none yet */
} place;
enum { UNREACHED = -2 };

static void unigram_close(void *self) {
    unigram *m = self;
    if (!m) return;
    sc__trie_deinit(&m->trie);
    sc__free(m->scores);
    sc__free(m);
}

/* The reference reads "-3.2118000984191895" as 32118000984191895 / 1e16, each rounded, which may be
 * one bit off; and of two ways to cut of the same tokens that bit decides. */
static double as_reference_reads(double x) {
    char text[40];
    uint64_t digits = 0;
    int exponent = 0, precision = 15;
    if (x == 0 || x != x || fabs(x) < 1e-20 || fabs(x) > 1e15) return x;
    do snprintf(text, sizeof text, "%.*e", precision - 1, x);
    while (strtod(text, NULL) != x && ++precision <= 17);
    const char *p = text + (*text == '-');
    for (; *p && *p != 'e'; p++)
        if (*p != '.') digits = digits * 10 + (uint64_t)(*p - '0'), exponent--;
    exponent += 1 + atoi(p + 1);
    for (; digits % 10 == 0; digits /= 10) exponent++;
    const double y =
        exponent < 0 ? (double)digits / pow(10, -exponent) : (double)digits * pow(10, exponent);
    return x < 0 ? -y : y;
}

static sc_status add_token(unigram *m, sc_tokenizer *t, const json_t *pair, int64_t id,
                           const char *name) {
    const json_t *text = json_array_get(pair, 0), *score = json_array_get(pair, 1);
    if (!json_is_string(text) || !json_is_number(score))
        return SC_FAIL(SC_FORMAT,
                       "%s: model.vocab: number %" PRId64 " is not a token and its score", name,
                       id);
    const size_t n = json_string_length(text);
    m->scores[id] = as_reference_reads(json_number_value(score));
    if (m->scores[id] < m->unk_score) m->unk_score = m->scores[id];
    SC_TRY(sc__vocab_add(&t->vocab, json_string_value(text), n, id, name));
    return n ? sc__trie_add(&m->trie, 0, json_string_value(text), n, (int32_t)id) : SC_OK;
}

static sc_status load_vocab(unigram *m, sc_tokenizer *t, const json_t *list, const char *name) {
    const size_t n = json_array_size(list);
    if (!json_is_array(list)) return SC_FAIL(SC_FORMAT, "%s: model.vocab: must be an array", name);
    if (n > SC_VOCAB_MAX)
        return SC_FAIL(SC_FORMAT, "%s: model.vocab: more than %d tokens", name, SC_VOCAB_MAX);
    m->scores = sc__alloc((n + 1) * sizeof *m->scores);
    if (!m->scores) return SC_FAIL(SC_NOMEM, "%s: no memory for a model", name);
    m->unk_score = n ? HUGE_VAL : 0;
    for (size_t i = 0; i < n; i++) {
        SC_TRY(add_token(m, t, json_array_get(list, i), (int64_t)i, name));
    }
    m->unk_score -= unk_penalty;
    return SC_OK;
}

static sc_status unigram_open(void **self, sc_tokenizer *t, const json_t *model, const char *name) {
    unigram *m = *self = sc__calloc(1, sizeof *m);
    int64_t unk;
    if (!m) return SC_FAIL(SC_NOMEM, "%s: no memory for a model", name);
    SC_TRY(sc__trie_init(&m->trie, 1));
    SC_TRY(load_vocab(m, t, json_object_get(model, "vocab"), name));
    SC_TRY(sc__json_get_bool(&m->fallback, model, "byte_fallback", false, name));
    SC_TRY(sc__json_get_int(&unk, model, "unk_id", -1, name));
    if (unk >= t->vocab.n || unk < -1)
        return SC_FAIL(SC_FORMAT, "%s: model.unk_id: %" PRId64 " is not in the vocabulary", name,
                       unk);
    m->unk = (int32_t)unk;
    m->vocab = &t->vocab;
    for (unsigned b = 0; b < 256; b++) m->bytes[b] = sc__vocab_find_byte(&t->vocab, (uint8_t)b);
    return SC_OK;
}

/* -- encoding -------------------------------------------------------------------------------- */

static inline void offer(place *to, double score, size_t from, int32_t id) {
    if (to->id == UNREACHED || score > to->score) *to = (place){score, (uint32_t)from, 0, id};
}

/* All tokens that begin at `at`; whether one is exactly its character. */
static bool extend(const unigram *m, place *places, const char *piece, size_t n, size_t at,
                   size_t len) {
    bool single = false;
    uint32_t node = 0;
    for (size_t i = at; i < n && sc__trie_step(&m->trie, &node, (unsigned char)piece[i]); i++) {
        const int32_t id = m->trie.values[node];
        if (id < 0) continue;
        offer(&places[i + 1], m->scores[id] + places[at].score, at, id);
        if (i + 1 - at == len) single = true;
    }
    return single;
}

static sc_status best_path(const unigram *m, place *places, const char *piece, size_t n) {
    for (size_t i = 0; i <= n; i++) places[i].id = UNREACHED;
    places[0].score = 0;
    for (size_t at = 0; at < n;) {
        int len;
        sc__utf8_decode(piece + at, &len);
        if (!extend(m, places, piece, n, at, (size_t)len)) {
            if (m->unk < 0)
                return SC_FAIL(SC_FORMAT, "a character is not in the vocabulary, and there is no "
                                          "model.unk_id");
            offer(&places[at + (size_t)len], m->unk_score + places[at].score, at, m->unk);
        }
        at += (size_t)len;
    }
    return SC_OK;
}

static void put(sc_tokens *out, int32_t id, size_t n) {
    if (out->lengths) out->lengths[out->n] = (uint32_t)n;
    out->ids[out->n++] = id;
}

/* A run of unknown text: one token, or its bytes where all of them are tokens. */
static void put_unknown(const unigram *m, const char *text, size_t n, sc_tokens *out) {
    int32_t spelled = sc__vocab_find_model(m->vocab, text, n); /* "<unk>" itself */
    if (spelled >= 0 && m->vocab->tokens[spelled].special) spelled = -1;
    bool all = m->fallback && spelled < 0;
    for (size_t i = 0; i < n && all; i++) all = m->bytes[(uint8_t)text[i]] >= 0;
    if (!all) put(out, spelled < 0 ? m->unk : spelled, n);
    for (size_t i = 0; i < n && all; i++) put(out, m->bytes[(uint8_t)text[i]], i ? 0 : n);
}

void sc__unigram_write(const sc_unigram_model *m, const char *piece, const sc_unigram_step *steps,
                       size_t n_steps, sc_tokens *out) {
    size_t at = 0, unknown = 0;
    for (size_t i = 0; i < n_steps; i++) {
        const size_t to = steps[i].to;
        if (steps[i].id != m->unk) {
            put(out, steps[i].id, to - at);
        } else {
            unknown += to - at;
            if (i + 1 == n_steps || steps[i + 1].id != m->unk) {
                put_unknown(m, piece + to - unknown, unknown, out);
                unknown = 0;
            }
        }
        at = to;
    }
}

static sc_status unigram_encode(const void *self, sc_buffer *scratch, const char *piece, size_t n,
                                sc_tokens *out) {
    const unigram *m = self;
    if (n >= UINT32_MAX) return SC_FAIL(SC_FORMAT, "a piece of %zu bytes is too long", n);
    sc__buffer_clear(scratch);
    place *places = sc__buffer_extend(scratch, (n + 1) * sizeof *places);
    if (!places) return scratch->status;
    SC_TRY(best_path(m, places, piece, n));
    for (size_t at = n; at; at = places[at].from) places[places[at].from].to = (uint32_t)at;
    for (size_t at = 0, to, unknown = 0; at < n; at = to) {
        to = places[at].to;
        if (places[to].id == m->unk) unknown += to - at;
        const bool last = to == n || places[places[to].to].id != m->unk;
        if (places[to].id != m->unk) {
            put(out, places[to].id, to - at);
        } else if (last) {
            put_unknown(m, piece + to - unknown, unknown, out);
            unknown = 0;
        }
    }
    return SC_OK;
}

/* "<s>" spelled in a text is text, wherever it was not found as a special token. */
static void unigram_seal(void *self) {
    unigram *m = self;
    for (int64_t id = 0; id < m->vocab->n; id++) {
        const sc_token *k = &m->vocab->tokens[id];
        uint32_t node = 0, i = 0;
        if (!k->text || !k->special) continue;
        while (i < k->n_text && sc__trie_step(&m->trie, &node, (unsigned char)k->text[i])) i++;
        if (i == k->n_text) m->trie.values[node] = SC_TRIE_NONE;
    }
}

const sc_model_ops sc__model_unigram = {"Unigram", unigram_open, unigram_close, unigram_encode,
                                        NULL,      NULL,         unigram_seal};
