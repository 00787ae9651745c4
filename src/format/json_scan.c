/* json_scan.c - a pushdown walk: the kinds of the open brackets are bits of a stack, strings are
 * passed over eight bytes at a time. */
#include "format/json_scan.h"

#include "base/utf8.h"

#include <string.h>

typedef struct {
    const char *start, *p, *end;
    const char *wrong; /* why, where it stopped; NULL: nothing is */
} walk;

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* Bytes of w that are zero have their high bit set (those above a found one may be wrong). */
static inline uint64_t zero_bytes(uint64_t w) { return (w - ONES) & ~w & HIGHS; }

/* The next quote, backslash or control character at or after p. */
static inline const char *plain_end(const char *p, const char *end) {
    for (uint64_t w; end - p >= 8; p += 8) {
        memcpy(&w, p, 8);
        const uint64_t found = zero_bytes(w ^ ONES * '"') | zero_bytes(w ^ ONES * '\\') |
                               ((w - ONES * 0x20) & ~w & HIGHS);
        if (found) break;
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) p++;
    return p;
}

static bool fail(walk *w, const char *why) {
    w->wrong = why;
    return false;
}

static void skip_space(walk *w) {
    while (w->p < w->end && (*w->p == ' ' || *w->p == '\t' || *w->p == '\n' || *w->p == '\r'))
        w->p++;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The number of the four digits at p, -1 when they are not four. */
static int hex4(const char *p, const char *end) {
    int value = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(p[i]);
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

static bool skip_escape(walk *w) {
    w->p++;
    if (w->p == w->end) return fail(w, "the string does not end");
    if (*w->p == 'u') {
        if (hex4(w->p + 1, w->end) < 0) return fail(w, "\\u needs four hexadecimal digits");
        w->p += 5;
        return true;
    }
    if (!*w->p || !strchr("\"\\/bfnrt", *w->p)) return fail(w, "not an escape");
    w->p++;
    return true;
}

/* At the opening quote; leaves p behind the closing one. */
static bool skip_string(walk *w) {
    w->p++;
    for (;;) {
        w->p = plain_end(w->p, w->end);
        if (w->p == w->end) return fail(w, "the string does not end");
        if (*w->p == '"') return w->p++, true;
        if (*w->p != '\\') return fail(w, "a control character in a string");
        if (!skip_escape(w)) return false;
    }
}

static bool skip_digits(walk *w) {
    const char *from = w->p;
    while (w->p < w->end && *w->p >= '0' && *w->p <= '9') w->p++;
    return w->p > from;
}

static bool skip_number(walk *w) {
    if (*w->p == '-') w->p++;
    const char *from = w->p;
    if (!skip_digits(w)) return fail(w, "not a value");
    if (*from == '0' && w->p - from > 1) return fail(w, "a number with a leading zero");
    if (w->p < w->end && *w->p == '.') {
        w->p++;
        if (!skip_digits(w)) return fail(w, "a number needs digits behind the point");
    }
    if (w->p < w->end && (*w->p | 0x20) == 'e') {
        w->p++;
        if (w->p < w->end && (*w->p == '+' || *w->p == '-')) w->p++;
        if (!skip_digits(w)) return fail(w, "a number needs an exponent behind e");
    }
    return true;
}

static bool skip_word(walk *w) {
    static const char *const words[] = {"true", "false", "null"};
    for (int i = 0; i < SC_LEN(words); i++) {
        const size_t n = strlen(words[i]);
        if ((size_t)(w->end - w->p) >= n && !memcmp(w->p, words[i], n)) return w->p += n, true;
    }
    return fail(w, "not a value");
}

static bool skip_scalar(walk *w) {
    if (*w->p == '"') return skip_string(w);
    return *w->p == '-' || (*w->p >= '0' && *w->p <= '9') ? skip_number(w) : skip_word(w);
}

/* A key and its colon. */
static bool skip_key(walk *w) {
    skip_space(w);
    if (w->p == w->end || *w->p != '"') return fail(w, "a key must be a string");
    if (!skip_string(w)) return false;
    skip_space(w);
    if (w->p == w->end || *w->p != ':') return fail(w, "a colon is missing");
    w->p++;
    return true;
}

/* The open brackets: one bit each, set for an object. */
typedef struct {
    uint64_t bits[SC_JSON_DEPTH_MAX / 64];
    int depth;
} brackets;

static bool is_object(const brackets *b) {
    return b->bits[(b->depth - 1) / 64] >> ((b->depth - 1) & 63) & 1;
}

static bool open_bracket(walk *w, brackets *b) {
    if (b->depth == SC_JSON_DEPTH_MAX) return fail(w, "nested too deeply");
    const uint64_t bit = (uint64_t)1 << (b->depth & 63);
    uint64_t *word = &b->bits[b->depth / 64];
    *word = *w->p++ == '{' ? *word | bit : *word & ~bit;
    b->depth++;
    return true;
}

/* Behind a value: closes what ends there; stops before the next value, or at depth 0. */
static bool after_value(walk *w, brackets *b) {
    while (b->depth) {
        skip_space(w);
        if (w->p == w->end) return fail(w, "a bracket is not closed");
        if (*w->p == ',') {
            w->p++;
            return is_object(b) ? skip_key(w) : true;
        }
        if (*w->p != (is_object(b) ? '}' : ']')) return fail(w, "a comma or bracket is missing");
        w->p++;
        b->depth--;
    }
    return true;
}

/* Behind an opening bracket: *empty when it closes at once, else stops before the first value. */
static bool first_value(walk *w, const brackets *b, bool *empty) {
    skip_space(w);
    *empty = w->p < w->end && *w->p == (is_object(b) ? '}' : ']');
    return *empty || !is_object(b) ? true : skip_key(w);
}

/* One value of any kind; p is at its first byte. */
static bool skip_value(walk *w) {
    brackets b = {.depth = 0};
    do {
        bool empty = false;
        skip_space(w);
        if (w->p == w->end) return fail(w, "a value is missing");
        if (*w->p != '{' && *w->p != '[') {
            if (!skip_scalar(w)) return false;
        } else {
            if (!open_bracket(w, &b) || !first_value(w, &b, &empty)) return false;
            if (!empty) continue;
        }
        if (!after_value(w, &b)) return false;
    } while (b.depth);
    return true;
}

/* ---- looking into objects -------------------------------------------------------------------- */

/* One member of the object: its key with quotes and its value; *ended at the closing brace. */
static bool next_member(walk *w, sc_slice *key, sc_slice *value, bool *ended) {
    skip_space(w);
    *ended = w->p < w->end && *w->p == '}';
    if (*ended) return w->p++, true;
    const char *from = w->p;
    if (!skip_key(w)) return false;
    key->p = from;
    for (from = w->p - 1; *from != '"'; from--) {}
    key->n = (size_t)(from + 1 - key->p);
    skip_space(w);
    value->p = w->p;
    if (!skip_value(w)) return false;
    value->n = (size_t)(w->p - value->p);
    skip_space(w);
    if (w->p < w->end && *w->p == ',') {
        w->p++;
        skip_space(w);
        if (w->p < w->end && *w->p == '}') return fail(w, "a key must be a string");
    } else if (w->p == w->end || *w->p != '}') {
        return fail(w, "a comma or bracket is missing");
    }
    return true;
}

static bool same_key(sc_slice quoted, const char *key) {
    const size_t n = strlen(key);
    return quoted.n == n + 2 && !memcmp(quoted.p + 1, key, n);
}

static sc_status told(const walk *w) {
    return SC_FAIL(SC_FORMAT, "not valid JSON: byte %zu: %s", (size_t)(w->p - w->start) + 1,
                   w->wrong);
}

static bool open_object(walk *w) {
    skip_space(w);
    if (w->p == w->end || *w->p != '{') return false;
    w->p++;
    return true;
}

static sc_status keep(sc_slice *values, const char *const *keys, int n_keys,
                      const sc_slice member[2]) {
    for (int i = 0; i < n_keys; i++) {
        if (!same_key(member[0], keys[i])) continue;
        if (values[i].p) return SC_FAIL(SC_FORMAT, "%s: given twice", keys[i]);
        values[i] = member[1];
    }
    return SC_OK;
}

sc_status sc__json_find(sc_slice *values, const char *const *keys, int n_keys, const char *text,
                        size_t n) {
    walk w = {text, text, text + n, NULL};
    sc_slice member[2];
    bool ended = false;
    for (int i = 0; i < n_keys; i++) values[i] = (sc_slice){NULL, 0};
    if (!open_object(&w)) return SC_FAIL(SC_FORMAT, "must be a JSON object");
    for (;;) {
        if (!next_member(&w, &member[0], &member[1], &ended)) return told(&w);
        if (ended) break;
        SC_TRY(keep(values, keys, n_keys, member));
    }
    skip_space(&w);
    if (w.p == w.end) return SC_OK;
    fail(&w, "something stands behind the object");
    return told(&w);
}

bool sc__json_member(sc_slice *key, sc_slice *value, sc_slice *rest) {
    walk w = {rest->p, rest->p, rest->p + rest->n, NULL};
    bool ended = false;
    skip_space(&w);
    if (w.p < w.end && *w.p == '{') w.p++; /* a key begins with a quote */
    if (!next_member(&w, key, value, &ended) || ended) return false;
    *rest = (sc_slice){w.p, (size_t)(w.end - w.p)};
    return true;
}

sc_slice sc__json_at(sc_slice json, const char *const *path, int n_path) {
    for (int i = 0; i < n_path && json.p; i++) {
        walk w = {json.p, json.p, json.p + json.n, NULL};
        sc_slice key, value;
        bool ended = !open_object(&w);
        json.p = NULL;
        while (!ended && !json.p && next_member(&w, &key, &value, &ended))
            if (!ended && same_key(key, path[i])) json = value;
    }
    return json;
}

/* ---- strings --------------------------------------------------------------------------------- */

static char plain_escape(char c) {
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *at = strchr(from, c);
    return at && c ? to[at - from] : c;
}

/* The code point of the \u at p, and how many bytes spell it; surrogates that have no partner are
 * U+FFFD. */
static uint32_t unicode_escape(const char *p, const char *end, int *n, int64_t *n_replaced) {
    const int code = hex4(p + 2, end);
    *n = 6;
    if (code < 0xD800 || code > 0xDFFF) return (uint32_t)code;
    const int low = end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, end) : -1;
    if (code < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF) {
        *n = 12;
        return 0x10000 + (((uint32_t)code & 0x3FF) << 10 | ((uint32_t)low & 0x3FF));
    }
    ++*n_replaced;
    return 0xFFFD;
}

static void append_utf8(sc_buffer *out, uint32_t c) {
    char bytes[4];
    sc__buffer_append(out, bytes, (size_t)sc__utf8_encode(bytes, c));
}

sc_status sc__json_unquote(sc_slice *out, sc_buffer *room, sc_slice value, int64_t *n_replaced) {
    const char *p = value.p + 1, *end = value.p + value.n - 1;
    const char *escape = memchr(p, '\\', (size_t)(end - p));
    if (!escape) return *out = (sc_slice){p, (size_t)(end - p)}, SC_OK;
    sc__buffer_clear(room);
    for (; escape; escape = memchr(p, '\\', (size_t)(end - p))) {
        sc__buffer_append(room, p, (size_t)(escape - p));
        int n = 2;
        if (escape[1] == 'u')
            append_utf8(room, unicode_escape(escape, end, &n, n_replaced));
        else
            sc__buffer_putc(room, plain_escape(escape[1]));
        p = escape + n;
    }
    sc__buffer_append(room, p, (size_t)(end - p));
    *out = (sc_slice){room->data, room->len};
    return room->status;
}

static void quote_one(sc_buffer *out, unsigned char c) {
    static const char names[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *at = memchr(names, c, sizeof names - 1);
    if (at) {
        const char two[2] = {'\\', letters[at - names]};
        sc__buffer_append(out, two, 2);
    } else {
        sc__buffer_printf(out, "\\u%04x", c);
    }
}

void sc__json_quote(sc_buffer *out, const char *text, size_t n) {
    const char *p = text, *end = text + n;
    sc__buffer_putc(out, '"');
    while (p < end) {
        const char *stop = plain_end(p, end);
        sc__buffer_append(out, p, (size_t)(stop - p));
        if (stop < end) quote_one(out, (unsigned char)*stop++);
        p = stop;
    }
    sc__buffer_putc(out, '"');
}
