/* suffix.c - SA-IS (Nong, Zhang, Chan 2009, "Linear Suffix Array Construction by Almost Pure
 * Induced-Sorting").
 *
 * A suffix is of type S when it is smaller than the one that begins behind it, else of type L. An
 * LMS suffix is one of type S behind one of type L. Sorted LMS suffixes, put at the ends of the
 * buckets of their first symbols, give the order of all L suffixes in one pass to the right and of
 * all S suffixes in one to the left. The LMS suffixes themselves are sorted by the same two passes
 * over their substrings up to the next LMS: substrings become names, and the text of names, at most
 * half as long, is sorted in the same way.
 *
 * The end of the text counts as a suffix that is smaller than all others; it is never stored.
 *
 * The code is written once. Texts and arrays are read with their width in bytes as an argument,
 * which is a constant where a function is called: each pair of widths gets machine code of its own.
 *
 * In the arrays, a place whose symbol in front decides that it need not be looked at in this pass
 * is kept as ~place (negative) until the pass comes by it. */
#include "base/suffix.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { AHEAD = 24 }; /* entries by which memory is asked for before it is needed */

INLINE int64_t get(const void *a, int64_t i, int width) {
    if (width == 1) return ((const uint8_t *)a)[i];
    return width == 4 ? ((const int32_t *)a)[i] : ((const int64_t *)a)[i];
}

INLINE void set(void *a, int64_t i, int64_t value, int width) {
    if (width == 4)
        ((int32_t *)a)[i] = (int32_t)value;
    else
        ((int64_t *)a)[i] = value;
}

/* What one level sorts: widths are of a symbol of the text and of an entry of the arrays. */
typedef struct {
    const void *text;
    void *sa, *count, *bucket; /* count and bucket: one entry a symbol */
    int64_t n, alphabet;
    int tw, w;
} job;

INLINE int64_t symbol(const job *x, int64_t i) { return get(x->text, i, x->tw); }
INLINE int64_t entry(const job *x, int64_t i) { return get(x->sa, i, x->w); }
INLINE void put(const job *x, int64_t i, int64_t value) { set(x->sa, i, value, x->w); }

INLINE void fetch(const job *x, int64_t i) {
    const int64_t j = entry(x, i);
    __builtin_prefetch((const char *)x->text + (j > 0 ? (j - 1) * x->tw : 0));
}

INLINE void clear(const job *x, int64_t from, int64_t to) {
    memset((char *)x->sa + from * x->w, 0, (size_t)((to - from) * x->w));
}

/* -- buckets --------------------------------------------------------------------------------- */

INLINE void count_symbols(const job *x) {
    for (int64_t c = 0; c < x->alphabet; c++) set(x->count, c, 0, x->w);
    for (int64_t i = 0; i < x->n; i++) {
        const int64_t c = symbol(x, i);
        set(x->count, c, get(x->count, c, x->w) + 1, x->w);
    }
}

/* bucket[c] becomes where the suffixes that begin with c begin, or end. */
INLINE void buckets(const job *x, bool ends) {
    int64_t sum = 0;
    for (int64_t c = 0; c < x->alphabet; c++) {
        const int64_t n = get(x->count, c, x->w);
        sum += n;
        set(x->bucket, c, ends ? sum : sum - n, x->w);
    }
}

INLINE void push_front(const job *x, int64_t c, int64_t value) {
    const int64_t at = get(x->bucket, c, x->w);
    set(x->bucket, c, at + 1, x->w);
    put(x, at, value);
}

INLINE void push_back(const job *x, int64_t c, int64_t value) {
    const int64_t at = get(x->bucket, c, x->w) - 1;
    set(x->bucket, c, at, x->w);
    put(x, at, value);
}

/* -- induction ------------------------------------------------------------------------------- */

/* L suffix k: hidden when the next pass to its left is not one for L suffixes. */
INLINE void push_l(const job *x, int64_t k) {
    const int64_t c = symbol(x, k);
    push_front(x, c, k && symbol(x, k - 1) < c ? ~k : k);
}

INLINE void push_s(const job *x, int64_t k) {
    const int64_t c = symbol(x, k);
    push_back(x, c, !k || symbol(x, k - 1) > c ? ~k : k);
}

/* From LMS places at the ends of their buckets, in any order, to the same sorted by their
 * substrings: what was used is wiped, so that only ~LMS remain, the rest is 0. */
INLINE void sort_substrings(const job *x) {
    buckets(x, false);
    push_l(x, x->n - 1);
    for (int64_t i = 0; i < x->n; i++) {
        if (i + AHEAD < x->n) fetch(x, i + AHEAD);
        const int64_t j = entry(x, i);
        if (j > 0) {
            put(x, i, 0);
            push_l(x, j - 1);
        } else if (j < 0) {
            put(x, i, ~j);
        }
    }
    buckets(x, true);
    for (int64_t i = x->n - 1; i >= 0; i--) {
        if (i >= AHEAD) fetch(x, i - AHEAD);
        const int64_t j = entry(x, i);
        if (j <= 0) continue;
        put(x, i, 0);
        if (j > 1) push_s(x, j - 1); /* place 0 is no LMS and nothing is in front of it */
    }
}

/* From sorted LMS places at the ends of their buckets to all suffixes. */
INLINE void sort_suffixes(const job *x) {
    buckets(x, false);
    push_l(x, x->n - 1);
    for (int64_t i = 0; i < x->n; i++) {
        if (i + AHEAD < x->n) fetch(x, i + AHEAD);
        const int64_t j = entry(x, i);
        put(x, i, ~j);
        if (j > 0) push_l(x, j - 1);
    }
    buckets(x, true);
    for (int64_t i = x->n - 1; i >= 0; i--) {
        if (i >= AHEAD) fetch(x, i - AHEAD);
        const int64_t j = entry(x, i);
        if (j > 0)
            push_s(x, j - 1);
        else
            put(x, i, ~j);
    }
}

/* -- LMS substrings -------------------------------------------------------------------------- */

/* Calls `visit` for each LMS place from right to left with the place of the LMS behind it. */
typedef void visit_fn(const job *x, int64_t *state, int64_t place, int64_t next);

INLINE void each_lms(const job *x, int64_t *state, visit_fn *visit) {
    int64_t next = x->n, right = symbol(x, x->n - 1);
    bool is_s = false;
    for (int64_t i = x->n - 2; i >= 0; i--) {
        const int64_t c = symbol(x, i);
        const bool s = c < right || (c == right && is_s);
        if (is_s && !s) {
            visit(x, state, i + 1, next);
            next = i + 1;
        }
        is_s = s;
        right = c;
    }
}

INLINE void place_lms(const job *x, int64_t *n_lms, int64_t place, int64_t next) {
    (void)next;
    push_back(x, symbol(x, place), place);
    ++*n_lms;
}

/* Behind the m sorted places: how long the substring of each is, at half its place (two LMS are
 * never side by side). */
INLINE void note_length(const job *x, int64_t *m, int64_t place, int64_t next) {
    put(x, *m + place / 2, next - place + 1);
}

INLINE void list_lms(const job *x, int64_t *at, int64_t place, int64_t next) {
    (void)next;
    put(x, --*at, place);
}

INLINE bool same_substring(const job *x, int64_t a, int64_t b, int64_t n) {
    if (a + n > x->n || b + n > x->n) return false; /* one of them reaches the end */
    return !memcmp((const char *)x->text + a * x->tw, (const char *)x->text + b * x->tw,
                   (size_t)(n * x->tw));
}

/* The m sorted places in front: names 1, 2, ... by substring, at half their place. */
INLINE int64_t name_substrings(const job *x, int64_t m) {
    int64_t names = 0, before = 0, n_before = 0;
    clear(x, m, x->n);
    each_lms(x, &m, note_length);
    for (int64_t i = 0; i < m; i++) {
        const int64_t place = entry(x, i), n = entry(x, m + place / 2);
        if (n != n_before || !same_substring(x, before, place, n)) names++;
        before = place;
        n_before = n;
        put(x, m + place / 2, names);
    }
    return names;
}

/* The text of names, from 0, at the end of the array. */
INLINE void gather_names(const job *x, int64_t m) {
    for (int64_t i = m + (x->n - 1) / 2, to = x->n; i >= m; i--) {
        const int64_t name = entry(x, i);
        if (name) put(x, --to, name - 1);
    }
}

/* -- levels ---------------------------------------------------------------------------------- */

static sc_status sort_names_4(void *sa, int64_t m, int64_t n, int64_t names);
static sc_status sort_names_8(void *sa, int64_t m, int64_t n, int64_t names);

/* sa[0, m) becomes the m LMS places, sorted. */
INLINE sc_status sort_lms(const job *x, int64_t m) {
    const int64_t names = name_substrings(x, m);
    if (names == m) return SC_OK;
    gather_names(x, m);
    SC_TRY(x->w == 4 ? sort_names_4(x->sa, m, x->n, names) : sort_names_8(x->sa, m, x->n, names));
    int64_t at = x->n;
    each_lms(x, &at, list_lms);
    for (int64_t i = 0; i < m; i++) put(x, i, entry(x, x->n - m + entry(x, i)));
    return SC_OK;
}

/* Sorted LMS places from the front of the array to the ends of their buckets. */
INLINE void spread_lms(const job *x, int64_t m) {
    clear(x, m, x->n);
    buckets(x, true);
    for (int64_t i = m - 1; i >= 0; i--) {
        const int64_t place = entry(x, i);
        put(x, i, 0);
        push_back(x, symbol(x, place), place);
    }
}

INLINE sc_status sort_all(const job *x) {
    int64_t m = 0, at = 0;
    count_symbols(x);
    clear(x, 0, x->n);
    buckets(x, true);
    each_lms(x, &m, place_lms);
    if (m > 1) {
        sort_substrings(x);
        for (int64_t i = 0; i < x->n; i++)
            if (entry(x, i) < 0) put(x, at++, ~entry(x, i));
        SC_TRY(sort_lms(x, m));
        spread_lms(x, m);
    }
    sort_suffixes(x);
    return SC_OK;
}

/* n symbols below `alphabet`; `room`, of n_room entries, is used when the buckets fit. */
INLINE sc_status sort(job *x, void *room, int64_t n_room) {
    if (x->n < 2) {
        if (x->n) put(x, 0, 0);
        return SC_OK;
    }
    void *own = NULL;
    if (2 * x->alphabet > n_room) {
        room = own = sc__calloc((size_t)x->alphabet, (size_t)(2 * x->w));
        if (!own)
            return SC_FAIL(SC_NOMEM, "no memory to sort the suffixes of %" PRId64 " symbols", x->n);
    }
    x->count = room;
    x->bucket = (char *)room + x->alphabet * x->w;
    const sc_status s = sort_all(x);
    sc__free(own);
    return s;
}

/* The text of m names at the end of sa[0, n); between them and the m first entries there is room.
 */
static sc_status sort_names_4(void *sa, int64_t m, int64_t n, int64_t names) {
    int32_t *p = sa;
    job x = {p + (n - m), p, NULL, NULL, m, names, 4, 4};
    return sort(&x, p + m, n - 2 * m);
}

static sc_status sort_names_8(void *sa, int64_t m, int64_t n, int64_t names) {
    int64_t *p = sa;
    job x = {p + (n - m), p, NULL, NULL, m, names, 8, 8};
    return sort(&x, p + m, n - 2 * m);
}

static sc_status check_length(int64_t n) {
    return n <= SC_SUFFIX_MAX
               ? SC_OK
               : SC_FAIL(SC_FORMAT,
                         "%" PRId64 " symbols are too many for a suffix array of 32 bits", n);
}

sc_status sc__suffix_array(int32_t *sa, const uint8_t *text, int64_t n) {
    SC_TRY(check_length(n));
    job x = {text, sa, NULL, NULL, n, 256, 1, 4};
    return sort(&x, NULL, 0);
}

sc_status sc__suffix_array_ids(int32_t *sa, const int32_t *text, int64_t n, int64_t alphabet) {
    SC_TRY(check_length(n));
    job x = {text, sa, NULL, NULL, n, alphabet, 4, 4};
    return sort(&x, NULL, 0);
}

sc_status sc__suffix_array_long(int64_t *sa, const uint8_t *text, int64_t n) {
    job x = {text, sa, NULL, NULL, n, 256, 1, 8};
    return sort(&x, NULL, 0);
}

/* -- common prefixes ------------------------------------------------------------------------- */

/* Place p + 1 has at least one symbol less in common with its neighbour than place p. */
INLINE void common(void *lcp, const void *sa, const void *text, int64_t n, int tw, int w) {
    for (int64_t i = 0; i < n; i++) set(lcp, get(sa, i, w), i ? get(sa, i - 1, w) : -1, w);
    for (int64_t p = 0, length = 0; p<n; p++, length -= length> 0) {
        const int64_t q = get(lcp, p, w), most = n - (p > q ? p : q);
        if (q < 0) length = 0;
        while (q >= 0 && length < most && get(text, p + length, tw) == get(text, q + length, tw))
            length++;
        set(lcp, p, length, w);
    }
}

void sc__suffix_lcp(int32_t *lcp, const int32_t *sa, const uint8_t *text, int64_t n) {
    common(lcp, sa, text, n, 1, 4);
}

void sc__suffix_lcp_ids(int32_t *lcp, const int32_t *sa, const int32_t *text, int64_t n) {
    common(lcp, sa, text, n, 4, 4);
}

void sc__suffix_lcp_long(int64_t *lcp, const int64_t *sa, const uint8_t *text, int64_t n) {
    common(lcp, sa, text, n, 1, 8);
}
