/* alphabet.c - counts characters in a table over all code points. */
#include "tokenizer/alphabet.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t all, inner;
} tally;

/* Returns the greatest code point. */
static uint32_t count_letters(tally *t, const sc_words *words) {
    uint32_t greatest = 0;
    for (size_t i = 0; i < words->n_words; i++) {
        const sc_word *w = &words->words[i];
        const char *p = words->bytes.data + w->begin, *begin = p;
        for (int n; p < begin + w->n; p += n) {
            const uint32_t c = sc__utf8_decode(p, &n);
            tally *x = &t[c];
            greatest = SC_MAX(greatest, c);
            x->all += w->count;
            if (p > begin) x->inner += w->count;
        }
    }
    return greatest;
}

static int by_count(const void *a, const void *b) {
    const sc_letter *p = a, *q = b;
    if (p->count != q->count) return p->count > q->count ? -1 : 1;
    return p->code < q->code ? -1 : 1;
}

static int by_code(const void *a, const void *b) {
    return ((const sc_letter *)a)->code < ((const sc_letter *)b)->code ? -1 : 1;
}

static void list_letters(sc_buffer *out, const tally *t, uint32_t greatest, double *total) {
    for (uint32_t c = 1; c <= greatest; c++) {
        if (!t[c].all) continue;
        const sc_letter x = {c, t[c].inner > 0, t[c].all};
        sc__buffer_append(out, &x, sizeof x);
        *total += (double)x.count;
    }
}

static size_t covering(const sc_letter *x, size_t n, double enough) {
    double sum = 0;
    size_t kept = 0;
    while (kept < n && sum < enough) sum += (double)x[kept++].count;
    return kept;
}

sc_status sc__alphabet(sc_buffer *out, const sc_words *words, double coverage) {
    tally *t = sc__calloc(SC_CODE_POINTS, sizeof *t);
    if (!t) return SC_FAIL(SC_NOMEM, "no memory to count characters");
    double total = 0;
    list_letters(out, t, count_letters(t, words), &total);
    sc__free(t);
    SC_TRY(out->status);
    sc_letter *x = (sc_letter *)(void *)out->data;
    size_t n = out->len / sizeof *x;
    if (coverage > 0 && coverage < 1 && n) {
        qsort(x, n, sizeof *x, by_count);
        n = covering(x, n, coverage * total);
        qsort(x, n, sizeof *x, by_code);
        out->len = n * sizeof *x;
    }
    return SC_OK;
}

/* -- as the first tokens of a vocabulary ----------------------------------------------------- */

static sc_status add_letter(sc_vocab *v, const char *prefix, uint32_t code, uint32_t *id) {
    char text[64] = {0};
    const size_t n_prefix = strlen(prefix);
    memcpy(text, prefix, n_prefix);
    const size_t n = n_prefix + (size_t)sc__utf8_encode(text + n_prefix, code);
    const int32_t known = sc__vocab_find(v, text, n); /* a special token may be a character */
    *id = 1 + (known < 0 ? (uint32_t)v->n : (uint32_t)known);
    return known < 0 ? sc__vocab_add(v, text, n, v->n, "the alphabet") : SC_OK;
}

static sc_status add_letters(sc_alphabet *out, sc_vocab *v, const sc_buffer *alphabet) {
    const sc_letter *x = (const sc_letter *)(const void *)alphabet->data;
    const size_t n = alphabet->len / sizeof *x;
    uint32_t *first = out->tables, *inner = first + SC_CODE_POINTS;
    for (size_t i = 0; i < n; i++) SC_TRY(add_letter(v, "", x[i].code, &first[x[i].code]));
    for (size_t i = 0; i < n && *out->symbols.prefix; i++)
        if (x[i].inner) SC_TRY(add_letter(v, out->symbols.prefix, x[i].code, &inner[x[i].code]));
    return SC_OK;
}

sc_status sc__alphabet_init(sc_alphabet *out, sc_vocab *v, const sc_words *words,
                            const char *prefix, double coverage) {
    sc_buffer alphabet = SC_BUFFER_INIT;
    out->tables = sc__calloc((*prefix ? 2 : 1) * (size_t)SC_CODE_POINTS, sizeof(uint32_t));
    if (!out->tables) return SC_FAIL(SC_NOMEM, "no memory for an alphabet");
    out->symbols =
        (sc_symbols){out->tables, out->tables + (*prefix ? SC_CODE_POINTS : 0), true, prefix};
    sc_status s = sc__alphabet(&alphabet, words, coverage);
    if (s >= 0) s = add_letters(out, v, &alphabet);
    sc__buffer_deinit(&alphabet);
    return s;
}

void sc__alphabet_deinit(sc_alphabet *l) { sc__free(l->tables); }
