/* charsmap.c - the Precompiled normalizer. It looks at extended grapheme clusters (Unicode Standard
 * Annex 29): one of less than six bytes that a rule begins is replaced whole, else its characters
 * one by one. So does the reference; sentencepiece itself takes the longest rule at each place.
 *
 * A unit of the double array: bits 0-7 and 31 the label, bit 8 that a value follows, bits 10-30 the
 * offset to the children, bit 9 that the offset counts in 256s. */
#include "tokenizer/charsmap.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <utf8proc.h>

struct sc_charsmap {
    uint32_t *units;
    uint32_t n_units;
    char *strings; /* each ends with a zero; so does the block */
    size_t n_strings;
};

void sc__charsmap_close(sc_charsmap *m) {
    if (!m) return;
    sc__free(m->units);
    sc__free(m->strings);
    sc__free(m);
}

static sc_status load(sc_charsmap *m, const unsigned char *bytes, size_t n, const char *name) {
    uint32_t size = 0;
    for (int i = 0; i < 4 && n >= 4; i++) size |= (uint32_t)bytes[i] << 8 * i;
    if (n < 4 || size > n - 4 || size % 4 || !size)
        return SC_FAIL(SC_FORMAT, "%s: precompiled_charsmap: %u bytes of rules in %zu", name, size,
                       n);
    m->n_units = size / 4;
    m->n_strings = n - 4 - size;
    m->units = sc__alloc(size);
    m->strings = sc__calloc(m->n_strings + 1, 1);
    if (!m->units || !m->strings) return SC_FAIL(SC_NOMEM, "%s: no memory for a charsmap", name);
    for (uint32_t i = 0; i < m->n_units; i++, bytes += 4)
        m->units[i] = bytes[4] | (uint32_t)bytes[5] << 8 | (uint32_t)bytes[6] << 16 |
                      (uint32_t)bytes[7] << 24;
    memcpy(m->strings, bytes + 4, m->n_strings);
    if (sc__utf8_valid_prefix(m->strings, m->n_strings) < m->n_strings)
        return SC_FAIL(SC_FORMAT, "%s: precompiled_charsmap: its strings are not UTF-8", name);
    return SC_OK;
}

sc_status sc__charsmap_open(sc_charsmap **out, const void *bytes, size_t n, const char *name) {
    sc_charsmap *m = *out = sc__calloc(1, sizeof *m);
    if (!m) return SC_FAIL(SC_NOMEM, "%s: no memory for a charsmap", name);
    const sc_status s = load(m, bytes, n, name);
    if (s < 0) {
        sc__charsmap_close(m);
        *out = NULL;
    }
    return s;
}

static uint32_t offset_of(uint32_t unit) { return unit >> 10 << ((unit & (1u << 9)) >> 6); }

const char *sc__charsmap_find(const sc_charsmap *m, const char *text, size_t n, size_t *n_to) {
    uint32_t at = offset_of(m->units[0]);
    for (size_t i = 0; i < n && text[i]; i++) {
        const uint32_t label = (uint8_t)text[i];
        at ^= label;
        if (at >= m->n_units || (m->units[at] & (1u << 31 | 0xFF)) != label) return NULL;
        const uint32_t unit = m->units[at];
        at ^= offset_of(unit);
        if (!(unit >> 8 & 1)) continue;
        if (at >= m->n_units) return NULL;
        const uint32_t value = m->units[at] & 0x7FFFFFFF;
        if (value >= m->n_strings || (m->strings[value] & 0xC0) == 0x80) return NULL;
        *n_to = strlen(m->strings + value);
        return m->strings + value;
    }
    return NULL;
}

/* -- the normalizer -------------------------------------------------------------------------- */

/* A character that no rule begins with and that never joins with one like it: two of them in a row
 * are two clusters that stay as they are. */
static bool is_plain(const sc_charsmap *map, uint32_t c) {
    char bytes[4];
    size_t n;
    const int len = sc__utf8_encode(bytes, c);
    const int class = utf8proc_get_property((utf8proc_int32_t)c)->boundclass;
    return (class == UTF8PROC_BOUNDCLASS_OTHER || class == UTF8PROC_BOUNDCLASS_LV ||
            class == UTF8PROC_BOUNDCLASS_LVT) &&
           !sc__charsmap_find(map, bytes, (size_t)len, &n);
}

static bool plain(const sc_normalizer *m, uint32_t c) {
    return c < SC_TOUCHED ? !(m->touched[c >> 3] >> (c & 7) & 1) : is_plain(m->map, c);
}

/* Where the cluster that begins at `from` ends. */
static size_t cluster_end(const char *text, size_t from, size_t n) {
    utf8proc_int32_t state = 0;
    int len;
    uint32_t c = sc__utf8_decode(text + from, &len);
    for (size_t at = from + (size_t)len; at < n; at += (size_t)len) {
        const uint32_t next = sc__utf8_decode(text + at, &len);
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)c, (utf8proc_int32_t)next, &state))
            return at;
        c = next;
    }
    return n;
}

static int count_chars(const char *text, size_t n) { return (int)sc__utf8_count(text, n); }

/* Characters that a rule takes away leave their change to the last one written, which is therefore
 * held until the next is known. */
typedef struct {
    sc_rewrite *w;
    char bytes[4];
    int n, change;
} held;

static void hold(held *h, const char *c, int n, int change) {
    if (h->n) sc__put(h->w, h->bytes, (size_t)h->n, h->change);
    if (n) memcpy(h->bytes, c, (size_t)n);
    h->n = n;
    h->change = change;
}

static void replace(held *h, const char *old, size_t n_old, const char *to, size_t n_to) {
    const int before = count_chars(old, n_old), after = count_chars(to, n_to);
    int i = 0;
    for (size_t at = 0; at < n_to; i++) {
        int len;
        sc__utf8_decode(to + at, &len);
        hold(h, to + at, len, i >= before);
        at += (size_t)len;
    }
    if (after < before) h->change -= before - after;
}

static void one_cluster(const sc_normalizer *m, held *h, const char *text, size_t n) {
    size_t n_to;
    const char *to = n < 6 ? sc__charsmap_find(m->map, text, n, &n_to) : NULL;
    if (to) {
        replace(h, text, n, to, n_to);
        return;
    }
    for (size_t i = 0; i < n;) {
        int len;
        sc__utf8_decode(text + i, &len);
        to = sc__charsmap_find(m->map, text + i, (size_t)len, &n_to);
        if (to)
            replace(h, text + i, (size_t)len, to, n_to);
        else
            hold(h, text + i, len, 0);
        i += (size_t)len;
    }
}

/* The end of a run of plain characters whose last one is not joined by what follows. */
static size_t plain_run(const sc_normalizer *m, const char *text, size_t from, size_t n) {
    size_t last = from, at = from;
    for (int len; at < n && plain(m, sc__utf8_decode(text + at, &len)); at += (size_t)len)
        last = at;
    return at == n ? n : last;
}

static void plain_chars(held *h, const char *text, size_t n) {
    if (!h->w->in.spans) {
        hold(h, NULL, 0, 0);
        if (!h->w->out->len) h->w->starts = h->w->in.starts;
        sc__append(h->w->out, text, n);
        return;
    }
    for (size_t i = 0; i < n;) {
        int len;
        sc__utf8_decode(text + i, &len);
        hold(h, text + i, len, 0);
        i += (size_t)len;
    }
}

static sc_status precompiled_run(const sc_normalizer *m, sc_rewrite *w) {
    held h = {w, {0}, 0, 0};
    for (size_t i = 0; i < w->in.n;) {
        size_t end = plain_run(m, w->in.text, i, w->in.n);
        if (end > i) {
            plain_chars(&h, w->in.text + i, end - i);
        } else {
            end = cluster_end(w->in.text, i, w->in.n);
            one_cluster(m, &h, w->in.text + i, end - i);
        }
        i = end;
    }
    hold(&h, NULL, 0, 0);
    return SC_OK;
}

static bool precompiled_idle(const sc_normalizer *m, const char *text, size_t n) {
    return plain_run(m, text, 0, n) == n;
}

sc_status sc__normalizer_precompiled(sc_tokenizer *t, const json_t *part, const char *name) {
    const json_t *map = json_object_get(part, "precompiled_charsmap");
    sc_normalizer *m;
    sc_buffer bytes = SC_BUFFER_INIT;
    if (!json_is_string(map))
        return SC_FAIL(SC_FORMAT, "%s: normalizer.precompiled_charsmap: must be a string", name);
    SC_TRY(sc__normalizer_push(&m, t, name));
    m->run = precompiled_run;
    m->idle = precompiled_idle;
    m->may_cut = true;
    m->touched = sc__arena_alloc(&t->arena, SC_TOUCHED / 8);
    if (!m->touched) return SC_FAIL(SC_NOMEM, "%s: no memory for a normalizer", name);
    sc_status s = sc__base64_decode(&bytes, json_string_value(map), json_string_length(map));
    if (s == SC_FORMAT)
        s = SC_FAIL(SC_FORMAT, "%s: normalizer.precompiled_charsmap: not base64", name);
    if (s >= 0) s = sc__charsmap_open(&m->map, bytes.data ? bytes.data : "", bytes.len, name);
    sc__buffer_deinit(&bytes);
    SC_TRY(s);
    for (uint32_t c = 0; c < SC_TOUCHED; c++)
        if (!is_plain(m->map, c)) m->touched[c >> 3] |= (uint8_t)(1u << (c & 7));
    return SC_OK;
}
