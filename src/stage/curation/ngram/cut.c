/* cut.c - a chunk is numbers of 32 bits: of a word, or END_OF_LINE. The first time a word comes its
 * number is followed by its length and its bytes, filled up to a multiple of 4. */
#include "stage/curation/ngram/cut.h"

#include "base/hash.h"
#include "stage/curation/ngram/words.h"

#include <string.h>

enum { SLOTS_MIN = 1 << 12 };
#define END_OF_LINE UINT32_MAX
#define NOT_A_WORD  (UINT32_MAX - 1)

typedef struct {
    uint64_t hash;
    uint32_t era, number;
    size_t at; /* of its bytes in the chunk */
} slot;

struct sc_cutter {
    sc_doc *doc;
    slot *slots;
    size_t mask;
    uint32_t era; /* of the present chunk: slots of another one are free */
    uint32_t n;   /* words of the chunk */
};

sc_status sc__cutter_open(sc_cutter **out, sc_words_mode words) {
    *out = NULL;
    sc_cutter *c = sc__calloc(1, sizeof *c);
    if (!c) return SC_FAIL(SC_NOMEM, "n-grams");
    sc_status s = sc__doc_open(&c->doc, words);
    c->mask = SLOTS_MIN - 1;
    c->slots = sc__calloc(SLOTS_MIN, sizeof *c->slots);
    if (s >= 0 && !c->slots) s = SC_FAIL(SC_NOMEM, "n-grams");
    if (s < 0)
        sc__cutter_close(c);
    else
        *out = c;
    return s;
}

void sc__cutter_close(sc_cutter *c) {
    if (!c) return;
    sc__doc_close(c->doc);
    sc__free(c->slots);
    sc__free(c);
}

/* ---- a chunk --------------------------------------------------------------------------------- */

static sc_status grow(sc_cutter *c) {
    const size_t size = 2 * (c->mask + 1);
    slot *slots = sc__calloc(size, sizeof *slots);
    if (!slots) return SC_FAIL(SC_NOMEM, "n-grams");
    for (size_t i = 0; i <= c->mask; i++) {
        if (c->slots[i].era != c->era) continue;
        size_t k = (size_t)c->slots[i].hash & (size - 1);
        while (slots[k].era == c->era) k = (k + 1) & (size - 1);
        slots[k] = c->slots[i];
    }
    sc__free(c->slots);
    c->slots = slots;
    c->mask = size - 1;
    return SC_OK;
}

/* An era is never 0, which is that of slots that were never used. */
static void begin_chunk(sc_cutter *c) {
    c->n = 0;
    if (++c->era) return;
    memset(c->slots, 0, (c->mask + 1) * sizeof *c->slots);
    c->era = 1;
}

static void append_number(sc_buffer *out, uint32_t number) {
    sc__buffer_append(out, &number, sizeof number);
}

static void append_new(sc_buffer *out, slot *s, const char *p, uint32_t n) {
    append_number(out, s->number);
    append_number(out, n);
    s->at = out->len;
    sc__buffer_append(out, p, n);
    sc__buffer_append(out, "\0\0\0", -n & 3);
}

static sc_status append_word(sc_buffer *out, sc_cutter *c, const char *p, sc_unit word) {
    const uint32_t n = word.end - word.start;
    if (!sc__ngram_is_word(p, n)) {
        append_number(out, NOT_A_WORD);
        return SC_OK;
    }
    if ((size_t)c->n * 2 > c->mask) SC_TRY(grow(c));
    size_t k = (size_t)word.hash & c->mask;
    for (; c->slots[k].era == c->era; k = (k + 1) & c->mask) {
        const char *known = out->data + c->slots[k].at;
        uint32_t length;
        if (c->slots[k].hash != word.hash) continue;
        memcpy(&length, known - sizeof length, sizeof length);
        if (length != n || memcmp(known, p, n)) continue;
        append_number(out, c->slots[k].number);
        return SC_OK;
    }
    c->slots[k] = (slot){.hash = word.hash, .era = c->era, .number = c->n++};
    append_new(out, &c->slots[k], p, n);
    return out->status;
}

sc_status sc__cutter_append(sc_buffer *out, sc_cutter *c, const sc_record *record) {
    sc_units lines, words;
    if (!out->len) begin_chunk(c);
    SC_TRY(sc__doc_set(c->doc, record->text, record));
    SC_TRY(sc__doc_lines(&lines, c->doc));
    SC_TRY(sc__doc_words(&words, c->doc));
    for (int64_t i = 0, at = 0; i < lines.n; i++) {
        const int64_t first = at;
        for (; at < words.n && words.at[at].start < lines.at[i].end; at++)
            SC_TRY(append_word(out, c, record->text.p + words.at[at].start, words.at[at]));
        if (at > first) append_number(out, END_OF_LINE);
    }
    return out->status;
}

/* ---- collecting ------------------------------------------------------------------------------ */

static uint32_t next_number(const char **p) {
    uint32_t number;
    memcpy(&number, *p, sizeof number);
    *p += sizeof number;
    return number;
}

static sc_status add_word(sc_buffer *known, sc_ngram_trainer *t, const char **p) {
    uint32_t word;
    const uint32_t n = next_number(p);
    SC_TRY(sc__ngram_trainer_word(&word, t, *p, n, sc__hash_word(*p, n)));
    *p += (n + 3) & ~3u;
    append_number(known, word);
    return known->status;
}

sc_status sc__cut_collect(sc_ngram_trainer *t, const char *chunk, size_t n, sc_cut_room *room) {
    sc_buffer *known = &room->known, *line = &room->line;
    sc__buffer_clear(known);
    sc__buffer_clear(line);
    for (const char *p = chunk, *end = chunk + n; n && p < end;) {
        const uint32_t number = next_number(&p);
        if (number == END_OF_LINE) {
            SC_TRY(line->status);
            const int64_t words = (int64_t)(line->len / sizeof number);
            SC_TRY(sc__ngram_trainer_append(t, (const uint32_t *)(const void *)line->data, words));
            sc__buffer_clear(line);
            continue;
        }
        uint32_t word = SC_NGRAM_UNKNOWN;
        if (number != NOT_A_WORD) {
            if (number == known->len / sizeof word) SC_TRY(add_word(known, t, &p));
            memcpy(&word, known->data + number * sizeof word, sizeof word);
        }
        append_number(line, word);
    }
    return line->status;
}
