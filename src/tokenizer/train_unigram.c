/* train_unigram.c - a Unigram model (Kudo 2018) out of counted words: seeds, learning, and the
 * vocabulary that is made of what was learned. All characters are in it, whatever they are worth.
 */
#include "base/utf8.h"
#include "tokenizer/alphabet.h"
#include "tokenizer/train.h"
#include "tokenizer/unigram_learn.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN "<unk>"

typedef struct {
    double score;
    uint32_t piece, place;
} entry;

static int by_score(const void *a, const void *b) {
    const entry *p = a, *q = b;
    if (p->score != q->score) return p->score > q->score ? -1 : 1;
    return p->place < q->place ? -1 : 1;
}

/* The text of a piece, terminated; returns its length. */
static size_t spell(char *to, const sc_unigram *u, const sc_unigram_piece *p) {
    size_t n = 0;
    if (p->n == 1) n = (size_t)sc__utf8_encode(to, p->begin);
    for (uint32_t i = 0; p->n > 1 && i < p->n; i++)
        n += (size_t)sc__utf8_encode(to + n, u->code[u->text[p->begin + i]]);
    to[n] = 0;
    return n;
}

static bool is_special(const sc_tokenizer_options *o, const char *text) {
    for (int i = 0; i < o->n_special; i++)
        if (!strcmp(o->special_tokens[i], text)) return true;
    return false;
}

/* Characters that learning gave up get a score a little above the least. */
static void add_characters(entry *list, uint32_t *n, const sc_unigram *u, double least) {
    double more = 0;
    for (uint32_t i = 0; i + 1 < u->n_symbols; i++) {
        const sc_unigram_piece *p = &u->pieces[i];
        list[*n] = (entry){p->alive ? p->score : least + more, i, *n};
        if (!p->alive) more += 0.0001;
        ++*n;
    }
}

/* With so few digits every reader of JSON gets the same number: the reference's own reader may be
 * wrong in the last of 17, and then chooses otherwise between segmentations that are worth the
 * same.
 */
static double round_score(double score) { return nearbyint(score * 1e10) / 1e10; }

static json_t *vocabulary(const sc_unigram *u, const entry *list, uint32_t n,
                          const sc_tokenizer_options *o) {
    json_t *vocab = json_array();
    char text[4 * SC_PIECE_CHARS + 1];
    for (int i = 0; i < o->n_special; i++)
        json_array_append_new(vocab, json_pack("[s, f]", o->special_tokens[i], 0.0));
    for (uint32_t i = 0; i < n; i++) {
        spell(text, u, &u->pieces[list[i].piece]);
        json_array_append_new(vocab, json_pack("[s, f]", text, round_score(list[i].score)));
    }
    return vocab;
}

static sc_status make_vocabulary(json_t **out, const sc_unigram *u, const uint32_t *order,
                                 uint32_t n_order, const sc_tokenizer_options *o) {
    const uint32_t room = (uint32_t)(sc__train_size(o) - o->n_special);
    entry *list = sc__alloc(((size_t)u->n_pieces + 1) * sizeof *list);
    if (!list) return SC_FAIL(SC_NOMEM, "no memory for a vocabulary");
    char text[4 * SC_PIECE_CHARS + 1];
    double least = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_order; i++) least = SC_MIN(least, u->pieces[order[i]].score);
    add_characters(list, &n, u, least);
    for (uint32_t i = 0; i < n_order && n < room; i++) {
        const sc_unigram_piece *p = &u->pieces[order[i]];
        if (p->n == 1 || (spell(text, u, p), is_special(o, text))) continue;
        list[n] = (entry){p->score, order[i], n};
        n++;
    }
    qsort(list, n, sizeof *list, by_score);
    *out = vocabulary(u, list, n, o);
    sc__free(list);
    return *out ? SC_OK : SC_FAIL(SC_NOMEM, "no memory for a vocabulary");
}

sc_status sc__learn_unigram(json_t **vocab, const sc_words *words, const sc_tokenizer_options *o) {
    sc_unigram u;
    uint32_t *order = NULL, n_order = 0;
    sc_pool *pool = NULL;
    sc_status s = sc__unigram_seed(&u, words, o->character_coverage);
    if (s >= 0)
        s = sc__train_room(o, o->n_special + u.n_symbols - 1, "special tokens and characters");
    if (s >= 0) s = sc__pool_open(&pool, o->threads);
    const sc_unigram_options how = {sc__train_size(o), pool, o->stop};
    if (s >= 0) s = sc__unigram_learn(&order, &n_order, &u, &how);
    if (s >= 0) s = make_vocabulary(vocab, &u, order, n_order, o);
    sc__pool_close(pool);
    sc__free(order);
    sc__unigram_deinit(&u);
    return s;
}

/* -------------------------------------------------------------------------------------------- */

static json_t *model_of(json_t *vocab, const sc_tokenizer_options *o) {
    int unknown = 0;
    while (strcmp(o->special_tokens[unknown], UNKNOWN)) unknown++;
    return json_pack("{s:s, s:i, s:b, s:o}", "type", "Unigram", "unk_id", unknown, "byte_fallback",
                     0, "vocab", vocab);
}

static sc_parts parts(json_t *model) {
    return (sc_parts){json_null(), sc__train_spaces(), json_null(), sc__train_metaspace(), model};
}

sc_status sc__train_unigram(json_t **out, const sc_tokenizer_options *o, sc_text_source *source,
                            void *user) {
    sc_words words;
    json_t *vocab = NULL;
    sc_status s = sc__train_words(&words, o, parts(NULL), source, user);
    if (s >= 0) s = sc__learn_unigram(&vocab, &words, o);
    if (s >= 0) s = sc__train_document(out, o, parts(model_of(vocab, o)));
    sc__words_deinit(&words);
    return s;
}
