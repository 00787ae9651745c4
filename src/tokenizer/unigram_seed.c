/* unigram_seed.c - the pieces that learning begins with, and where they stand: beside all
 * characters every substring that occurs twice or more and not always before the same character (an
 * inner node of the suffix tree), the most frequent and longest of them.
 *
 * The suffix array is of the distinct words; each suffix weighs as much as its word occurs, which
 * is as if all words of the text were in it, every one with an end unlike the others. A node is an
 * interval of the suffix array; the same interval says later at which places the piece matches. */
#include "tokenizer/unigram_learn.h"

#include "base/log.h"
#include "base/suffix.h"
#include "base/utf8.h"
#include "tokenizer/alphabet.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t score;
    uint32_t left, freq, n; /* the interval and the length */
} seed;

typedef struct {
    sc_unigram *u;
    size_t max_memory, most; /* most: seeds to keep */
    int64_t *counts;         /* of symbols, weighted by word */
    int32_t *sa, *lcp;
    uint32_t *word_of;
    sc_buffer seeds;
    int64_t bar; /* lower scores need not be kept */
} seeding;

void sc__unigram_deinit(sc_unigram *u) {
    void *owned[] = {u->code, u->text, u->words, u->matches, u->inner, u->pieces};
    for (int i = 0; i < SC_LEN(owned); i++) sc__free(owned[i]);
    memset(u, 0, sizeof *u);
}

static sc_status no_memory(const sc_unigram *u) {
    return SC_FAIL(SC_NOMEM, "no memory to learn from %" PRId64 " characters of distinct words",
                   u->n_text);
}

/* -- text ------------------------------------------------------------------------------------ */

static sc_status take_alphabet(seeding *s, int32_t **symbol_of, const sc_buffer *alphabet) {
    sc_unigram *u = s->u;
    const sc_letter *letters = (const sc_letter *)(const void *)alphabet->data;
    u->n_symbols = (int64_t)(alphabet->len / sizeof *letters) + 1;
    u->code = sc__calloc((size_t)u->n_symbols, sizeof *u->code);
    s->counts = sc__calloc((size_t)u->n_symbols, sizeof *s->counts);
    *symbol_of = sc__calloc(SC_CODE_POINTS, sizeof **symbol_of);
    if (!u->code || !s->counts || !*symbol_of) return no_memory(u);
    for (int64_t i = 1; i < u->n_symbols; i++) {
        u->code[i] = letters[i - 1].code;
        (*symbol_of)[letters[i - 1].code] = (int32_t)i;
        s->counts[i] = letters[i - 1].count;
    }
    return SC_OK;
}

static sc_status reserve_text(sc_unigram *u, const sc_words *words) {
    size_t n = 0, n_words = 0; /* at most: each character that cuts makes one word more */
    for (size_t i = 0; i < words->n_words; i++) {
        const char *p = words->bytes.data + words->words[i].begin;
        n += (size_t)sc__utf8_count(p, words->words[i].n) + 1;
    }
    if (n > SC_SUFFIX_MAX)
        return SC_FAIL(SC_FORMAT, "%zu distinct words of %zu characters are too many",
                       words->n_words, n);
    n_words = n / 2 + 1;
    u->text = sc__alloc(n * sizeof *u->text);
    u->words = sc__alloc(SC_MIN(n_words, n) * sizeof *u->words);
    return u->text && u->words ? SC_OK : no_memory(u);
}

static void end_word(sc_unigram *u, int64_t *begin, int64_t count) {
    if (u->n_text == *begin) return;
    const uint32_t n = (uint32_t)(u->n_text - *begin);
    u->words[u->n_words++] = (sc_unigram_word){count, n};
    u->longest = SC_MAX(u->longest, n);
    u->text[u->n_text++] = 0;
    *begin = u->n_text;
}

static void write_text(sc_unigram *u, const sc_words *words, const int32_t *symbol_of) {
    for (size_t i = 0; i < words->n_words; i++) {
        const sc_word *w = &words->words[i];
        const char *p = words->bytes.data + w->begin, *end = p + w->n;
        int64_t begin = u->n_text;
        for (int n; p < end; p += n) {
            const int32_t symbol = symbol_of[sc__utf8_decode(p, &n)];
            if (symbol)
                u->text[u->n_text++] = symbol;
            else
                end_word(u, &begin, w->count);
        }
        end_word(u, &begin, w->count);
    }
}

static sc_status make_text(seeding *s, const sc_words *words, double coverage) {
    sc_buffer alphabet = SC_BUFFER_INIT;
    int32_t *symbol_of = NULL;
    sc_status st = sc__alphabet(&alphabet, words, coverage);
    if (st >= 0) st = take_alphabet(s, &symbol_of, &alphabet);
    if (st >= 0) st = reserve_text(s->u, words);
    if (st >= 0) write_text(s->u, words, symbol_of);
    sc__free(symbol_of);
    sc__buffer_deinit(&alphabet);
    return st;
}

/* -- substrings ------------------------------------------------------------------------------ */

/* Common prefixes end where a word does, and beyond a piece's length they are all the same. */
static void trim_prefixes(seeding *s) {
    int32_t left = 0; /* characters up to the end of the word */
    for (int64_t p = s->u->n_text - 1; p >= 0; p--) {
        left = s->u->text[p] ? left + 1 : 0;
        s->lcp[p] = SC_MIN(SC_MIN(s->lcp[p], left), SC_PIECE_CHARS + 1);
    }
}

static sc_status sort_suffixes(seeding *s) {
    sc_unigram *u = s->u;
    const size_t bytes = (size_t)u->n_text * sizeof *s->sa;
    s->sa = sc__alloc(bytes);
    if (!s->sa) return no_memory(u);
    SC_TRY(sc__suffix_array_ids(s->sa, u->text, u->n_text, u->n_symbols));
    s->lcp = sc__alloc(bytes);
    if (!s->lcp) return no_memory(u);
    sc__suffix_lcp_ids(s->lcp, s->sa, u->text, u->n_text);
    trim_prefixes(s);
    return SC_OK;
}

/* Highest score first; of equal ones the text that is greater, as the reference sorts. */
static int by_score(const void *a, const void *b) {
    const seed *p = a, *q = b;
    if (p->score != q->score) return p->score > q->score ? -1 : 1;
    if (p->left != q->left) return p->left > q->left ? -1 : 1;
    return p->n > q->n ? -1 : 1;
}

static void keep_best(seeding *s) {
    seed *x = (seed *)(void *)s->seeds.data;
    const size_t n = s->seeds.len / sizeof *x;
    if (!n) return;
    qsort(x, n, sizeof *x, by_score);
    if (n < s->most) return;
    s->seeds.len = s->most * sizeof *x;
    s->bar = x[s->most - 1].score;
}

static sc_status add_seed(seeding *s, int64_t left, int64_t right, int32_t n, int64_t weight) {
    if (n < 2 || n > SC_PIECE_CHARS) return SC_OK;
    const seed x = {weight * n, (uint32_t)left, (uint32_t)(right - left), (uint32_t)n};
    if (x.score < s->bar) return SC_OK;
    if (s->seeds.len == 2 * s->most * sizeof x) keep_best(s);
    sc__buffer_append(&s->seeds, &x, sizeof x);
    return s->seeds.status;
}

/* The word that each place belongs to, and how many characters are left of it. */
static sc_status note_words(seeding *s) {
    const sc_unigram *u = s->u;
    s->word_of = sc__alloc((size_t)(u->n_text + 1) * sizeof *s->word_of);
    if (!s->word_of) return no_memory(u);
    uint32_t word = 0;
    for (int64_t p = 0; p < u->n_text; p++) {
        s->word_of[p] = word;
        word += !u->text[p];
    }
    return SC_OK;
}

/* A suffix that is in one word only, which occurs more than once: the rest of that word. */
static sc_status add_rest(seeding *s, int64_t i, int32_t common, int64_t weight) {
    int32_t n = 0;
    while (n <= SC_PIECE_CHARS && s->u->text[s->sa[i] + n]) n++;
    return weight > 1 && n > common ? add_seed(s, i, i + 1, n, weight) : SC_OK;
}

/* All intervals of suffixes with a common prefix, from the inside out. */
static sc_status list_substrings(seeding *s) {
    struct {
        int64_t left, weight; /* weight: of the suffixes so far, by how often their words occur */
        int32_t n;
    } open[SC_PIECE_CHARS + 2]; /* each longer than the one below it */
    int n_open = 0;
    int32_t before = 0;
    for (int64_t i = 1; i <= s->u->n_text; i++) {
        const int32_t n = i < s->u->n_text ? s->lcp[s->sa[i]] : 0;
        int64_t left = i - 1, weight = s->u->words[s->word_of[s->sa[left]]].count;
        SC_TRY(add_rest(s, left, SC_MAX(before, n), weight));
        for (; n_open && open[n_open - 1].n > n; n_open--) {
            left = open[n_open - 1].left;
            weight += open[n_open - 1].weight;
            SC_TRY(add_seed(s, left, i, open[n_open - 1].n, weight));
        }
        if (n_open && open[n_open - 1].n == n) {
            open[n_open - 1].weight += weight;
        } else if (n) {
            open[n_open].left = left;
            open[n_open].weight = weight;
            open[n_open++].n = n;
        }
        before = n;
    }
    keep_best(s);
    return SC_OK;
}

/* -- matches --------------------------------------------------------------------------------- */

/* As many seeds, from the best on, as there is memory for their matches. */
static size_t affordable(const seeding *s, const seed *x, size_t n) {
    const size_t most =
        SC_MIN(s->max_memory / 4 / sizeof(uint32_t), (size_t)UINT32_MAX - (size_t)s->u->n_text);
    size_t kept = 0;
    for (size_t matches = (size_t)s->u->n_text; kept < n; kept++) {
        matches += x[kept].freq + x[kept].n * (x[kept].n + 1) / 2;
        if (matches > most) break;
    }
    if (kept < n)
        SC_WARN("tokenizer: memory for pieces is full (%zu MiB): %zu of the %zu that learning "
                "begins with are left out",
                s->max_memory >> 20, n - kept, n);
    return kept;
}

static int by_rank(const void *a, const void *b) {
    const sc_unigram_piece *p = a, *q = b;
    if (p->score != q->score) return p->score > q->score ? -1 : 1;
    return p->begin > q->begin ? -1 : 1;
}

/* The characters, most frequent first. For the moment `begin` is the symbol. */
static void list_characters(seeding *s) {
    sc_unigram *u = s->u;
    for (int64_t c = 1; c < u->n_symbols; c++)
        u->pieces[c - 1] = (sc_unigram_piece){(uint32_t)c, 1, true, (double)s->counts[c], 0};
    qsort(u->pieces, (size_t)u->n_symbols - 1, sizeof *u->pieces, by_rank);
}

static sc_status list_pieces(seeding *s) {
    sc_unigram *u = s->u;
    const seed *x = (const seed *)(const void *)s->seeds.data;
    const size_t n = affordable(s, x, s->seeds.len / sizeof *x);
    const size_t n_chars = (size_t)u->n_symbols - 1;
    u->pieces = sc__alloc((n_chars + n) * sizeof *u->pieces);
    if (!u->pieces) return no_memory(u);
    list_characters(s);
    for (size_t i = 0; i < n; i++)
        u->pieces[n_chars + i] =
            (sc_unigram_piece){(uint32_t)s->sa[x[i].left], x[i].n, true, (double)x[i].score, 0};
    u->n_pieces = (uint32_t)(n_chars + n);
    double sum = 0;
    for (uint32_t i = 0; i < u->n_pieces; i++) sum += u->pieces[i].score;
    for (uint32_t i = 0; i < u->n_pieces; i++) u->pieces[i].score = log(u->pieces[i].score / sum);
    return SC_OK;
}

/* at[p] becomes where the matches of place p end. */
static sc_status count_matches(const seeding *s, uint32_t *at) {
    const sc_unigram *u = s->u;
    const seed *x = (const seed *)(const void *)s->seeds.data;
    const uint32_t n_chars = (uint32_t)u->n_symbols - 1;
    for (int64_t p = 0; p < u->n_text; p++) at[p] = u->text[p] != 0;
    for (uint32_t i = n_chars; i < u->n_pieces; i++)
        for (uint32_t k = 0; k < x[i - n_chars].freq; k++) at[s->sa[x[i - n_chars].left + k]]++;
    uint32_t sum = 0;
    for (int64_t p = 0; p < u->n_text; p++) at[p] = sum += at[p];
    return SC_OK;
}

/* Longest first, from the end of each place's matches to their beginning. */
static sc_status write_matches(seeding *s, uint32_t *at) {
    sc_unigram *u = s->u;
    const seed *x = (const seed *)(const void *)s->seeds.data;
    const uint32_t n_chars = (uint32_t)u->n_symbols - 1;
    u->n_matches = u->n_text ? at[u->n_text - 1] : 0;
    u->matches = sc__alloc((u->n_matches + 1) * sizeof *u->matches);
    uint32_t *piece_of = sc__alloc((size_t)u->n_symbols * sizeof *piece_of);
    if (!u->matches || !piece_of) return sc__free(piece_of), no_memory(u);
    for (uint32_t n = SC_PIECE_CHARS; n > 1; n--)
        for (uint32_t i = n_chars; i < u->n_pieces; i++)
            for (uint32_t k = 0; x[i - n_chars].n == n && k < x[i - n_chars].freq; k++)
                u->matches[--at[s->sa[x[i - n_chars].left + k]]] = i | n << SC_MATCH_ID_BITS;
    for (uint32_t i = 0; i < n_chars; i++) piece_of[u->pieces[i].begin] = i;
    for (int64_t p = 0; p < u->n_text; p++)
        if (u->text[p]) u->matches[--at[p]] = piece_of[u->text[p]] | 1u << SC_MATCH_ID_BITS;
    u->matches[u->n_matches] = 1u << SC_MATCH_ID_BITS; /* the end of the last place */
    sc__free(piece_of);
    return SC_OK;
}

/* The matches within a piece, copied from the place in the text where it was found. */
static sc_status write_inner(sc_unigram *u, const uint32_t *at) {
    const uint32_t n_chars = (uint32_t)u->n_symbols - 1;
    for (int pass = 0; pass < 2; pass++) {
        size_t w = 0;
        for (uint32_t i = n_chars; i < u->n_pieces; i++) {
            sc_unigram_piece *p = &u->pieces[i];
            p->matches = w;
            for (uint32_t k = 0; k < p->n; k++) {
                const uint32_t *m = u->matches + at[p->begin + k];
                do {
                    if (sc__match_length(*m) > p->n - k) break;
                    if (u->inner) u->inner[w] = *m;
                    w++;
                } while (sc__match_length(*++m) > 1);
            }
        }
        if (u->inner) return u->inner[w] = 1u << SC_MATCH_ID_BITS, SC_OK;
        u->n_inner = w;
        u->inner = sc__alloc((w + 1) * sizeof *u->inner);
        if (!u->inner) return no_memory(u);
    }
    return SC_OK;
}

static sc_status make_matches(seeding *s) {
    sc_unigram *u = s->u;
    uint32_t *at = sc__alloc((size_t)(u->n_text + 1) * sizeof *at);
    if (!at) return no_memory(u);
    sc_status st = count_matches(s, at);
    if (st >= 0) st = write_matches(s, at);
    if (st >= 0) st = write_inner(u, at);
    sc__free(at);
    return st;
}

/* Characters are named by where they stand, as all pieces are. */
static void place_characters(sc_unigram *u) {
    const uint32_t n_chars = (uint32_t)u->n_symbols - 1;
    for (uint32_t i = 0; i < n_chars; i++) u->pieces[i].begin = u->code[u->pieces[i].begin];
}

/* Lanes of about equal length in matches. */
static void cut_lanes(sc_unigram *u) {
    size_t word = 0, match = 0;
    for (int k = 0; k < SC_LANES; k++) {
        sc_lane *l = &u->lanes[k];
        l->word = word;
        l->match = match;
        while (word < u->n_words &&
               (k == SC_LANES - 1 || match < u->n_matches / SC_LANES * (size_t)(k + 1))) {
            for (uint32_t i = 0; i < u->words[word].n; i++)
                while (sc__match_length(u->matches[++match]) > 1) continue;
            word++;
        }
        l->word_end = word;
        l->match_end = match;
    }
}

sc_status sc__unigram_seed(sc_unigram *u, const sc_words *words, double coverage) {
    seeding s = {.u = u, .max_memory = words->max_memory};
    s.most = SC_MAX(1024, SC_MIN(SC_PIECE_SEEDS, words->max_memory / SC_SEED_MEMORY));
    memset(u, 0, sizeof *u);
    sc_status st = make_text(&s, words, coverage);
    if (st >= 0) st = sort_suffixes(&s);
    if (st >= 0) st = note_words(&s);
    if (st >= 0) st = list_substrings(&s);
    sc__free(s.lcp);
    sc__free(s.word_of);
    if (st >= 0) st = list_pieces(&s);
    if (st >= 0) st = make_matches(&s);
    if (st >= 0) place_characters(u);
    if (st >= 0) cut_lanes(u);
    sc__free(s.counts);
    sc__free(s.sa);
    sc__buffer_deinit(&s.seeds);
    return st;
}
