/* vocab.c - the two directions of a vocabulary, and the alphabet in which byte-level ones are
 * spelled (Radford et al. 2019): printable Latin-1 bytes spell themselves, the other 68 are U+0100
 * onwards in order. */
#include "tokenizer/vocab.h"

#include "base/hash.h"

#include <inttypes.h>
#include <string.h>

/* The 68 in order: 0 .. 32, 127 .. 160, 173. */
enum { FIRST = 0x100, N_LOW = 33, N_MIDDLE = 34 };

uint32_t sc__byte_to_char(uint8_t b) {
    if (b < N_LOW) return FIRST + b;
    if (b >= 127 && b <= 160) return FIRST + N_LOW + (b - 127u);
    return b == 173 ? FIRST + N_LOW + N_MIDDLE : b;
}

int sc__char_to_byte(uint32_t c) {
    if (c < FIRST) return sc__byte_to_char((uint8_t)c) == c ? (int)c : -1;
    const uint32_t i = c - FIRST;
    if (i < N_LOW) return (int)i;
    if (i < N_LOW + N_MIDDLE) return (int)(127 + i - N_LOW);
    return i == N_LOW + N_MIDDLE ? 173 : -1;
}

void sc__vocab_deinit(sc_vocab *v) {
    sc__arena_deinit(&v->arena);
    sc__free(v->tokens);
    sc__free(v->slots);
    memset(v, 0, sizeof *v);
}

static uint32_t hash(const char *text, size_t n) { return (uint32_t)sc__hash64(text, n, 0); }

int32_t sc__vocab_find(const sc_vocab *v, const char *text, size_t n) {
    if (!v->slots) return -1;
    for (uint32_t i = hash(text, n) & v->mask; v->slots[i]; i = (i + 1) & v->mask) {
        const sc_token *t = &v->tokens[v->slots[i] - 1];
        if (t->n_text == n && !memcmp(t->text, text, n)) return v->slots[i] - 1;
    }
    return -1;
}

int32_t sc__vocab_find_model(const sc_vocab *v, const char *text, size_t n) {
    const int32_t id = sc__vocab_find(v, text, n);
    return id >= 0 && !v->tokens[id].added_only ? id : -1;
}

int32_t sc__vocab_find_byte(const sc_vocab *v, uint8_t byte) {
    static const char digits[] = "0123456789ABCDEF";
    const char text[] = {'<', '0', 'x', digits[byte >> 4], digits[byte & 15], '>'};
    return sc__vocab_find_model(v, text, sizeof text);
}

static void place(sc_vocab *v, int32_t id) {
    uint32_t i = hash(v->tokens[id].text, v->tokens[id].n_text) & v->mask;
    while (v->slots[i]) i = (i + 1) & v->mask;
    v->slots[i] = id + 1;
}

static sc_status grow_slots(sc_vocab *v) {
    if (v->slots && v->n_named < (v->mask + 1) / 2) return SC_OK;
    const uint32_t n = v->slots ? 2 * (v->mask + 1) : 1024;
    int32_t *slots = sc__calloc(n, sizeof *slots);
    if (!slots) return SC_FAIL(SC_NOMEM, "no memory for a vocabulary");
    sc__free(v->slots);
    v->slots = slots;
    v->mask = n - 1;
    for (int64_t id = 0; id < v->n; id++)
        if (v->tokens[id].text) place(v, (int32_t)id);
    return SC_OK;
}

static sc_status grow_tokens(sc_vocab *v, int64_t id) {
    if (id < v->capacity) return SC_OK;
    const int64_t capacity = SC_MAX(2 * v->capacity, id + 256);
    sc_token *tokens = sc__realloc(v->tokens, (size_t)capacity * sizeof *tokens);
    if (!tokens) return SC_FAIL(SC_NOMEM, "no memory for a vocabulary");
    memset(tokens + v->capacity, 0, (size_t)(capacity - v->capacity) * sizeof *tokens);
    v->tokens = tokens;
    v->capacity = capacity;
    return SC_OK;
}

sc_status sc__vocab_add(sc_vocab *v, const char *text, size_t n, int64_t id, const char *name) {
    if (id < 0 || id >= SC_VOCAB_MAX)
        return SC_FAIL(SC_FORMAT, "%s: token \"%s\": id %" PRId64 " is not in 0 .. %d", name, text,
                       id, SC_VOCAB_MAX - 1);
    if (n >= UINT32_MAX) return SC_FAIL(SC_FORMAT, "%s: a token is too long", name);
    if (sc__vocab_find(v, text, n) >= 0)
        return SC_FAIL(SC_FORMAT, "%s: token \"%s\" is there twice", name, text);
    SC_TRY(grow_tokens(v, id));
    SC_TRY(grow_slots(v));
    sc_token *t = &v->tokens[id];
    if (t->text)
        return SC_FAIL(SC_FORMAT, "%s: tokens \"%s\" and \"%s\" have the same id %" PRId64, name,
                       t->text, text, id);
    t->text = sc__arena_strndup(&v->arena, text, n);
    if (!t->text) return SC_FAIL(SC_NOMEM, "%s: no memory for a vocabulary", name);
    t->n_text = (uint32_t)n;
    v->n = SC_MAX(v->n, id + 1);
    v->n_named++;
    place(v, (int32_t)id);
    return SC_OK;
}

sc_status sc__vocab_add_object(sc_vocab *v, json_t *object, const char *name) {
    const char *text;
    json_t *id;
    /* holes are allowed, a lone huge id would ask for all memory */
    const int64_t limit = 4 * (int64_t)json_object_size(object) + 65536;
    json_object_foreach(object, text, id) {
        if (!json_is_integer(id))
            return SC_FAIL(SC_FORMAT, "%s: model.vocab: the id of \"%s\" must be a whole number",
                           name, text);
        if (json_integer_value(id) > limit)
            return SC_FAIL(SC_FORMAT, "%s: model.vocab: the id of \"%s\" is too large", name, text);
        SC_TRY(sc__vocab_add(v, text, strlen(text), json_integer_value(id), name));
    }
    return SC_OK;
}
