/* normal_forms.c - NFC, NFD, NFKC, NFKD (Unicode Standard Annex 15) over utf8proc's tables.
 *
 * Text is cut into stretches: a character that the form leaves alone wherever it stands ("stable")
 * begins a new one. Stable runs are copied; the rest is decomposed, put in canonical order and
 * composed here, since utf8proc does not tell which characters of its input a result comes from. */
#include "base/utf8.h"
#include "tokenizer/tokenizer.h"

#include <stdlib.h>
#include <utf8proc.h>

enum { COMPAT = UTF8PROC_COMPAT, COMPOSES = UTF8PROC_COMPOSE, ONE_MAX = 32 };

/* One character of a stretch. `change` as in sc__put. */
typedef struct {
    uint32_t c;
    int32_t change;
    uint32_t order; /* its place before sorting */
    int32_t class;
} mark;

static int class_of(uint32_t c) {
    return utf8proc_get_property((utf8proc_int32_t)c)->combining_class;
}

static int decompose_one(uint32_t c, int form, utf8proc_int32_t *to) {
    int last = 0;
    to[0] = (utf8proc_int32_t)c;
    if (sc__char_is(c, SC_CHAR_NEWER)) return 1; /* not in the reference's tables */
    const utf8proc_ssize_t n =
        utf8proc_decompose_char((utf8proc_int32_t)c, to, ONE_MAX, (utf8proc_option_t)form, &last);
    return n < 1 || n > ONE_MAX ? (to[0] = (utf8proc_int32_t)c, 1) : (int)n;
}

static bool is_stable(uint32_t c, int form) {
    utf8proc_int32_t to[ONE_MAX];
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)c);
    if (c < 0x80) return true;
    if (p->category >= UTF8PROC_CATEGORY_MN && p->category <= UTF8PROC_CATEGORY_ME) return false;
    if (p->combining_class || (c >= 0x1160 && c <= 0x11FF)) return false;
    if (c >= 0xAC00 && c <= 0xD7A3) return form & COMPOSES;
    if (p->decomp_seqindex == UINT16_MAX) return true;
    const int n = decompose_one(c, form, to);
    if (!(form & COMPOSES)) return n == 1 && to[0] == (utf8proc_int32_t)c;
    return utf8proc_normalize_utf32(to, n, (utf8proc_option_t)form) == 1 &&
           to[0] == (utf8proc_int32_t)c;
}

static bool stable(const sc_normalizer *m, uint32_t c) {
    return c < SC_TOUCHED ? !(m->touched[c >> 3] >> (c & 7) & 1) : is_stable(c, m->form);
}

/* -- one stretch ----------------------------------------------------------------------------- */

static void decompose(sc_rewrite *w, int form, size_t from, size_t to) {
    uint32_t order = 0;
    for (size_t i = from; i < to;) {
        utf8proc_int32_t parts[ONE_MAX];
        int len;
        const uint32_t c = sc__utf8_decode(w->in.text + i, &len);
        const int n = decompose_one(c, form, parts);
        for (int k = 0; k < n; k++) {
            const uint32_t part = (uint32_t)parts[k];
            const mark one = {part, k > 0, order++, class_of(part)};
            sc__buffer_append(w->scratch, &one, sizeof one);
        }
        i += (size_t)len;
    }
}

static int by_class(const void *a, const void *b) {
    const mark *x = a, *y = b;
    if (x->class != y->class) return x->class < y->class ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Runs of characters that are not starters are sorted by class, in place of equals. */
static void sort(mark *marks, size_t n) {
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        bool sorted = true;
        if (marks[i].class)
            for (; end < n && marks[end].class; end++)
                if (marks[end].class < marks[end - 1].class) sorted = false;
        if (!sorted) qsort(marks + i, end - i, sizeof *marks, by_class);
        i = end;
    }
}

/* The composition of two characters, 0: none. */
static uint32_t compose_pair(uint32_t a, uint32_t b, int form) {
    utf8proc_int32_t pair[2] = {(utf8proc_int32_t)a, (utf8proc_int32_t)b};
    if (b < 0x300) return 0;
    return utf8proc_normalize_utf32(pair, 2, (utf8proc_option_t)form) == 1 ? (uint32_t)pair[0] : 0;
}

static size_t compose(mark *marks, size_t n, int form) {
    size_t out = 0, starter = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const bool adjacent = out == starter + 1;
        uint32_t made = 0;
        if (starter != SIZE_MAX && (adjacent || marks[out - 1].class < marks[i].class))
            made = compose_pair(marks[starter].c, marks[i].c, form);
        if (made) {
            marks[starter].c = made;
            marks[starter].change += marks[i].change - 1;
            continue;
        }
        if (!marks[i].class) starter = out;
        marks[out++] = marks[i];
    }
    return out;
}

static sc_status stretch(const sc_normalizer *m, sc_rewrite *w, size_t from, size_t to) {
    sc__buffer_clear(w->scratch);
    decompose(w, m->form, from, to);
    SC_TRY(w->scratch->status);
    mark *marks = (mark *)(void *)w->scratch->data;
    size_t n = w->scratch->len / sizeof *marks;
    sort(marks, n);
    if (m->form & COMPOSES) n = compose(marks, n, m->form);
    for (size_t i = 0; i < n; i++) {
        char bytes[4];
        sc__put(w, bytes, (size_t)sc__utf8_encode(bytes, marks[i].c), marks[i].change);
    }
    w->at = to;
    return SC_OK;
}

/* -- a text ---------------------------------------------------------------------------------- */

static bool form_idle(const sc_normalizer *m, const char *text, size_t n) {
    for (size_t i = 0; i < n;) {
        int len;
        if (!stable(m, sc__utf8_decode(text + i, &len))) return false;
        i += (size_t)len;
    }
    return true;
}

static sc_status form_run(const sc_normalizer *m, sc_rewrite *w) {
    const char *text = w->in.text;
    size_t done = 0, last = 0; /* copied so far; where the last stable character begins */
    for (size_t i = 0; i < w->in.n;) {
        int len;
        if (stable(m, sc__utf8_decode(text + i, &len))) {
            last = i;
            i += (size_t)len;
            continue;
        }
        const size_t from = SC_MAX(last, done);
        while (i < w->in.n && !stable(m, sc__utf8_decode(text + i, &len))) i += (size_t)len;
        if (from > done) sc__copy(w, done, from - done);
        SC_TRY(stretch(m, w, from, i));
        done = i;
    }
    if (w->in.n > done) sc__copy(w, done, w->in.n - done);
    return SC_OK;
}

sc_status sc__normalizer_push_form(sc_tokenizer *t, int form, const char *name) {
    sc_normalizer *m;
    SC_TRY(sc__normalizer_push(&m, t, name));
    m->touched = sc__arena_alloc(&t->arena, SC_TOUCHED / 8);
    if (!m->touched) return SC_FAIL(SC_NOMEM, "%s: no memory for a normalizer", name);
    m->run = form_run;
    m->idle = form_idle;
    m->may_cut = true;
    m->form = form;
    for (uint32_t c = 0; c < SC_TOUCHED; c++)
        if (!is_stable(c, form)) m->touched[c >> 3] |= (uint8_t)(1u << (c & 7));
    return SC_OK;
}

sc_status sc__normalizer_nfc(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return sc__normalizer_push_form(t, UTF8PROC_STABLE | COMPOSES, name);
}

sc_status sc__normalizer_nfd(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return sc__normalizer_push_form(t, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, name);
}

sc_status sc__normalizer_nfkc(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return sc__normalizer_push_form(t, UTF8PROC_STABLE | COMPOSES | COMPAT, name);
}

sc_status sc__normalizer_nfkd(sc_tokenizer *t, const json_t *part, const char *name) {
    (void)part;
    return sc__normalizer_push_form(t, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | COMPAT, name);
}
