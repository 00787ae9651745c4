/* substring.c - runs of at least L words that came before, anywhere in the corpus, cut out of the
 * texts.
 *
 * Source: Lee et al. 2022, "Deduplicating Training Data Makes Language Models Better", section 4.1.
 * They find repeats with a suffix array of the whole corpus; here every window of L words goes into
 * a bucket by its hash, so that memory does not grow with the text but for one bit a word. A window
 * is the bytes from its first word to the end of its last one, what lies between words too. Two
 * count as the same when 61 bits of one hash and 28 of another agree.
 *
 * The words of documents that have at least L are numbered through the corpus in its order. Of
 * equal windows the first one stays; each later one that does not overlap it is marked, by a bit at
 * its first word. What lies in a marked window is cut. */
#include "base/hash.h"
#include "base/utf8.h"
#include "stage/curation/dedup/share.h"

#include <inttypes.h>
#include <string.h>
#include <utf8proc.h>

/* Where a window is: bits of its second hash above, the number of its first word below. */
enum { NUMBER_BITS = 36 };
#define NUMBER_MASK ((UINT64_C(1) << NUMBER_BITS) - 1)

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup: windows of words"); }

/* ---- hashes ---------------------------------------------------------------------------------- */

/* `a` of words and windows is modulo 2^61 - 1, `b` modulo 2^64: what makes one collide leaves the
 * other alone. */
#define PRIME  ((UINT64_C(1) << 61) - 1)
#define BASE_A UINT64_C(0x0AF37C1B5D92E683)
#define BASE_B UINT64_C(0xD1342543DE82EF95)

typedef struct {
    uint64_t a, b;
} pair;

static inline uint64_t mul_prime(uint64_t x, uint64_t y) {
    const unsigned __int128 p = (unsigned __int128)x * y;
    const uint64_t r = (uint64_t)(p & PRIME) + (uint64_t)(p >> 61);
    return r >= PRIME ? r - PRIME : r;
}

static inline uint64_t add_prime(uint64_t x, uint64_t y) {
    return x + y >= PRIME ? x + y - PRIME : x + y;
}

static const pair no_bytes = {0xCBF29CE484222325u, 0x9E3779B97F4A7C15u};

static inline pair hash_bytes(pair h, const char *p, const char *end) {
    for (; p < end; p++) {
        h.a = (h.a ^ (unsigned char)*p) * 0x100000001B3u;
        h.b = (h.b << 5 | h.b >> 59) * 0xD6E8FEB86659FD93u + (unsigned char)*p;
    }
    return h;
}

static inline pair finish(pair h) { return (pair){sc__mix64(h.a) % PRIME, sc__mix64(h.b)}; }

/* The last L - 1 words, each with what follows it. */
typedef struct {
    pair *ring, hash, leaving; /* leaving: what a word counts when it has gone through all */
    int64_t n_ring, at;
} roller;

static sc_status open_roller(roller *r, sc_dedup_worker *w) {
    *r = (roller){.n_ring = w->d->o.min_length - 1, .leaving = {1, 1}};
    for (int64_t i = 0; i < r->n_ring; i++) {
        r->leaving.a = mul_prime(r->leaving.a, BASE_A);
        r->leaving.b *= BASE_B;
    }
    sc__buffer_clear(&w->room);
    r->ring = sc__buffer_extend(&w->room, (size_t)SC_MAX(r->n_ring, 1) * sizeof *r->ring);
    if (!r->ring) return w->room.status;
    memset(r->ring, 0, (size_t)SC_MAX(r->n_ring, 1) * sizeof *r->ring);
    return SC_OK;
}

static inline void roll(roller *r, pair word) {
    if (!r->n_ring) return;
    pair *slot = &r->ring[r->at];
    const uint64_t gone = mul_prime(slot->a, r->leaving.a);
    r->hash.a = add_prime(mul_prime(r->hash.a, BASE_A), add_prime(word.a, PRIME - gone));
    r->hash.b = r->hash.b * BASE_B + word.b - slot->b * r->leaving.b;
    *slot = word;
    if (++r->at == r->n_ring) r->at = 0;
}

/* With the last word, without what follows it. `place` is the second hash only. */
static inline sc_bucket_item window_key(const roller *r, pair last) {
    const uint64_t a = add_prime(mul_prime(r->hash.a, BASE_A), last.a);
    return (sc_bucket_item){sc__mix64(a), sc__mix64(r->hash.b * BASE_B + last.b) >> NUMBER_BITS};
}

/* ---- the keys of a document ------------------------------------------------------------------ */

/* One item that says how many words there are and which document it is, then one a window. Nothing
 * for a document of fewer than L words. */
sc_status sc__dedup_window_keys(sc_dedup_worker *w, const sc_flow_item *item) {
    const sc_slice text = item->record->text;
    const char *end = text.p + text.n;
    const size_t before = item->out->len;
    sc_bucket_item head = {0, sc__place(item->file, item->line)};
    roller r;
    sc_slice word;
    pair hash = no_bytes;
    SC_TRY(open_roller(&r, w));
    sc__buffer_append(item->out, &head, sizeof head);
    for (const char *at = text.p; sc__letters_word(&word, &w->d->letters, at, end);
         at = word.p + word.n) {
        if (head.key) roll(&r, finish(hash_bytes(hash, at, word.p)));
        hash = hash_bytes(no_bytes, word.p, word.p + word.n);
        if ((int64_t)++head.key <= r.n_ring) continue;
        const sc_bucket_item key = window_key(&r, finish(hash));
        sc__buffer_append(item->out, &key, sizeof key);
    }
    SC_TRY(item->out->status);
    if ((int64_t)head.key <= r.n_ring)
        item->out->len = before;
    else
        memcpy(item->out->data + before, &head, sizeof head);
    return SC_OK;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* A document and the number of its first word, in the order of the input. */
typedef struct {
    uint64_t place;
    int64_t start;
} numbered;

static sc_status append_windows(sc_dedup *d, const sc_bucket_item *windows, int64_t n) {
    enum { BLOCK = 1024 };
    sc_bucket_item block[BLOCK];
    for (int64_t i = 0; i < n; i += BLOCK) {
        const int64_t take = SC_MIN(n - i, BLOCK);
        for (int64_t k = 0; k < take; k++) {
            const uint64_t number = (uint64_t)(d->n_numbered + i + k);
            block[k].key = windows[i + k].key;
            block[k].place = windows[i + k].place << NUMBER_BITS | number;
        }
        SC_TRY(sc__buckets_append(&d->buckets, block, take));
    }
    return SC_OK;
}

/* What is held in memory whatever the windows say: a bit a word, 16 bytes a document. */
static sc_status check_room(const sc_dedup *d, int64_t n_words) {
    const size_t bytes = (size_t)n_words / 8 + d->starts.len;
    if ((uint64_t)n_words > NUMBER_MASK)
        return SC_FAIL(SC_USAGE, "dedup: more than %" PRIu64 " words at a time", NUMBER_MASK);
    if (bytes <= SC_MAX(d->o.common.max_memory / 2, (size_t)1 << 20)) return SC_OK;
    return SC_FAIL(SC_USAGE,
                   "dedup: a bit for each of %" PRId64 " words takes %zu MiB; raise "
                   "--max-memory to twice that",
                   n_words, (bytes >> 20) + 1);
}

sc_status sc__dedup_number_windows(void *user, int kind, const char *bytes, size_t n) {
    sc_dedup *d = user;
    const sc_bucket_item *at = (const sc_bucket_item *)(const void *)bytes;
    const sc_bucket_item *end = at + n / sizeof *at;
    (void)kind;
    while (at < end) {
        const int64_t n_words = (int64_t)at->key, n_windows = n_words - d->o.min_length + 1;
        const numbered document = {at->place, d->n_numbered};
        sc__buffer_append(&d->starts, &document, sizeof document);
        SC_TRY(d->starts.status);
        SC_TRY(append_windows(d, at + 1, n_windows));
        d->n_numbered += n_words;
        d->words[at->place >> SC_PLACE_LINE_BITS] += n_words;
        SC_TRY(check_room(d, d->n_numbered));
        at += 1 + n_windows;
    }
    return SC_OK;
}

/* ---- marks ----------------------------------------------------------------------------------- */

static bool is_marked(const uint64_t *marks, int64_t number) {
    return marks[number / 64] >> (number & 63) & 1;
}

/* Items of one key and one check lie together, in the order of their numbers: the check is above
 * the number. Windows of two documents are at least L apart, for a document's last window has the
 * number of its first word. */
static sc_status mark_repeats(sc_dedup *d, int part, const sc_bucket_item *items, int64_t n) {
    uint64_t *marks = d->pass;
    (void)part;
    for (int64_t i = 0, first = 0; i < n; i++) {
        if (items[i].key != items[first].key ||
            items[i].place >> NUMBER_BITS != items[first].place >> NUMBER_BITS)
            first = i;
        const uint64_t number = items[i].place & NUMBER_MASK;
        if (number - (items[first].place & NUMBER_MASK) < (uint64_t)d->o.min_length) continue;
        __atomic_fetch_or(&marks[number / 64], UINT64_C(1) << (number & 63), __ATOMIC_RELAXED);
    }
    return SC_OK;
}

/* The words of a document: [*start, *end); none where it has no window. */
static void find_numbers(int64_t *start, int64_t *end, const sc_dedup *d, uint64_t place) {
    const numbered *all = (const numbered *)(const void *)d->starts.data;
    const size_t n = d->starts.len / sizeof *all;
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (all[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    *start = *end = 0;
    if (low == n || all[low].place != place) return;
    const int64_t shift = d->shift[place >> SC_PLACE_LINE_BITS];
    *start = all[low].start + shift;
    *end = (low + 1 < n ? all[low + 1].start : d->n_numbered) + shift;
}

static bool has_marks(const uint64_t *marks, int64_t start, int64_t end) {
    while (start < end) {
        if (start % 64 == 0 && start + 64 <= end && !marks[start / 64])
            start += 64;
        else if (is_marked(marks, start++))
            return true;
    }
    return false;
}

/* ---- cutting --------------------------------------------------------------------------------- */

/* A text that is cut from left to right. */
typedef struct {
    sc_slice text;
    sc_buffer *left;
    size_t kept, start, end; /* up to where it is written; the present cut */
    bool is_open;
    int64_t n_cuts;
} cutter;

/* Whether no character as a reader sees it (Unicode Standard Annex 29) lies on both sides. */
static bool is_between(sc_slice text, size_t at) {
    int n;
    size_t before = at;
    if (!at || at == text.n) return true;
    while ((text.p[--before] & 0xC0) == 0x80) {}
    const uint32_t last = sc__utf8_decode(text.p + before, &n);
    const uint32_t next = sc__utf8_decode(text.p + at, &n);
    if (last == 0x200D) return false; /* joins what follows */
    return utf8proc_grapheme_break((utf8proc_int32_t)last, (utf8proc_int32_t)next);
}

static void close_cut(cutter *c) {
    int n;
    size_t start = c->start, end = c->end;
    if (!c->is_open) return;
    c->is_open = false;
    for (; start < end && !is_between(c->text, start); start += (size_t)n)
        sc__utf8_decode(c->text.p + start, &n);
    while (end > start && !is_between(c->text, end))
        while ((c->text.p[--end] & 0xC0) == 0x80) {}
    if (start >= end) return;
    sc__buffer_append(c->left, c->text.p + c->kept, start - c->kept);
    c->kept = end;
    c->n_cuts++;
}

/* A word that is cut. `joins`: what lies between it and the one before goes too. */
static void cut_word(cutter *c, sc_slice word, bool joins) {
    const size_t start = (size_t)(word.p - c->text.p);
    if (!joins && c->end != start) close_cut(c);
    if (!c->is_open) c->start = start;
    c->is_open = true;
    c->end = start + word.n;
}

/* Cuts the marked windows; *n_left words stay. */
static sc_status cut_windows(cutter *c, int64_t *n_left, const sc_dedup *d, int64_t first,
                             int64_t end) {
    const uint64_t *marks = d->pass;
    const char *stop = c->text.p + c->text.n;
    int64_t number = first, to_cut = 0; /* words of the window at hand */
    sc_slice word;
    *n_left = 0;
    for (const char *at = c->text.p; sc__letters_word(&word, &d->letters, at, stop);
         at = word.p + word.n, number++) {
        const bool joins = to_cut > 0;
        if (number < end && is_marked(marks, number)) to_cut = d->o.min_length;
        if (to_cut)
            cut_word(c, word, joins);
        else
            close_cut(c), ++*n_left;
        to_cut -= to_cut > 0;
    }
    close_cut(c);
    if (number != end) return SC_FAIL(SC_FORMAT, "dedup: the input changed while it was read");
    sc__buffer_append(c->left, c->text.p + c->kept, c->text.n - c->kept);
    return c->left->status;
}

static sc_status cut(void *user, const sc_flow_item *item) {
    sc_dedup *d = user;
    sc_dedup_worker *w = item->worker;
    cutter c = {.text = item->record->text, .left = &w->text};
    int64_t start, end, n_left;
    find_numbers(&start, &end, d, sc__place(item->file, item->line));
    if (!has_marks(d->pass, start, end)) return sc__dedup_write_cut(w, item, &c.text, 0);
    sc__buffer_clear(&w->text);
    SC_TRY(cut_windows(&c, &n_left, d, start, end));
    const sc_slice left = {w->text.data ? w->text.data : "", w->text.len};
    return sc__dedup_write_cut(w, item, n_left ? &left : NULL, c.n_cuts);
}

/* Every key is in one part: a window that is there without end fills it. */
static sc_status check_parts(const sc_dedup *d) {
    const size_t bytes = 2 * sizeof(sc_bucket_item) * (size_t)d->buckets.n_part_max;
    if (bytes <= SC_MAX(d->o.common.max_memory / 2, (size_t)1 << 20)) return SC_OK;
    return SC_FAIL(SC_USAGE,
                   "dedup: the windows of one bucket alone take %zu MiB; raise "
                   "--max-memory to twice that",
                   (bytes >> 20) + 1);
}

/* Marks the windows of the buckets, in `marks`. */
static sc_status mark_all(sc_dedup *d, uint64_t *marks) {
    d->pass = marks;
    SC_TRY(check_parts(d));
    const sc_status s = sc__dedup_each_part(d, mark_repeats);
    sc__buckets_deinit(&d->buckets);
    return s;
}

typedef sc_status marks_fn(sc_dedup *d, uint64_t *marks, int64_t n_words);

static sc_status with_marks(sc_dedup *d, int64_t n_words, marks_fn *fn) {
    uint64_t *marks = sc__calloc((size_t)n_words / 64 + 1, sizeof *marks);
    if (!marks) return no_memory();
    const sc_status s = fn(d, marks, n_words);
    sc__free(marks);
    return s;
}

static sc_status run_all(sc_dedup *d, uint64_t *marks, int64_t n_words) {
    (void)n_words;
    SC_TRY(mark_all(d, marks));
    return sc__dedup_cut_all(d, cut);
}

sc_status sc__dedup_substring(sc_dedup *d) { return with_marks(d, d->n_numbered, run_all); }

/* ---- one phase ------------------------------------------------------------------------------- */

/* Each process numbers the words of its own files from 0. Once the words of all files are known,
 * numbers become the corpus's: in the keys when they are read, in `starts` by `shift`. */

static const char *starts_path(sc_dedup *d) {
    const char *keys = sc__share_path(d, SC_DEDUP_KEYS, d->o.common.shard);
    return keys ? sc__arena_printf(&d->arena, "%s.starts", keys) : NULL;
}

static sc_status leave_starts(sc_dedup *d) {
    const char *path = starts_path(d);
    if (!path) return no_memory();
    return sc__file_write(path, d->starts.data ? d->starts.data : "", d->starts.len);
}

/* How many words there are; `local` and `shift` of every file. */
static int64_t find_shifts(sc_dedup *d) {
    const int64_t n_shards = sc__dedup_shards(d);
    int64_t n_words = 0;
    for (int64_t f = 0; f < d->n_files; f++) {
        const int64_t before = f - n_shards;
        d->local[f] = before < 0 ? 0 : d->local[before] + d->words[before];
        d->shift[f] = n_words - d->local[f];
        n_words += d->words[f];
    }
    return n_words;
}

/* A run's numbers rise, so that the file of one is that of the one before or a later one. */
static sc_status adopt(const void *user, int shard, void *read, int64_t n) {
    const sc_dedup *d = user;
    sc_bucket_item *items = read;
    int64_t f = shard;
    for (int64_t i = 0; i < n; i++) {
        const int64_t number = (int64_t)(items[i].place & NUMBER_MASK);
        if (f < d->n_files && number < d->local[f]) f = shard;
        while (f < d->n_files && number >= d->local[f] + d->words[f]) f += sc__dedup_shards(d);
        if (f >= d->n_files)
            return SC_FAIL(SC_FORMAT, "%s: a key of a word that is not in the input", d->work);
        items[i].place += (uint64_t)d->shift[f];
    }
    return SC_OK;
}

static sc_status leave_marks(sc_dedup *d, uint64_t *marks, int64_t n_words) {
    const char *path = sc__share_path(d, SC_DEDUP_GROUPS, d->o.common.shard);
    d->buckets.adopt = adopt;
    d->buckets.adopt_user = d;
    SC_TRY(mark_all(d, marks));
    if (!path) return no_memory();
    return sc__file_write(path, marks, ((size_t)n_words / 64 + 1) * sizeof *marks);
}

static sc_status add_marks(sc_dedup *d, uint64_t *marks, int64_t n_words, int shard) {
    const char *path = sc__share_path(d, SC_DEDUP_GROUPS, shard);
    const size_t n = (size_t)n_words / 64 + 1;
    sc_map m;
    if (!path) return no_memory();
    SC_TRY(sc__map_open(&m, path));
    sc_status s = m.size == n * sizeof *marks ? SC_OK : sc__share_damaged(path);
    const uint64_t *more = (const uint64_t *)(const void *)m.data;
    for (size_t i = 0; i < n && s >= 0; i++) marks[i] |= more[i];
    sc__map_close(&m);
    return s;
}

static bool is_own(const sc_dedup *d, const numbered *document, const numbered *before) {
    const int64_t f = (int64_t)(document->place >> SC_PLACE_LINE_BITS);
    if (f >= d->n_files || f % sc__dedup_shards(d) != d->o.common.shard) return false;
    if (before && (before->place >= document->place || before->start >= document->start))
        return false;
    return document->start >= d->local[f] && document->start < d->local[f] + d->words[f];
}

static sc_status take_starts(sc_dedup *d) {
    const char *path = starts_path(d);
    const numbered *all;
    if (!path) return no_memory();
    sc__buffer_clear(&d->starts);
    SC_TRY(sc__file_read(&d->starts, path, SIZE_MAX));
    all = (const numbered *)(const void *)d->starts.data;
    const size_t n = d->starts.len / sizeof *all;
    bool good = d->starts.len == n * sizeof *all;
    for (size_t i = 0; i < n && good; i++) good = is_own(d, &all[i], i ? &all[i - 1] : NULL);
    d->n_numbered = 0;
    for (int64_t f = d->o.common.shard; f < d->n_files; f += sc__dedup_shards(d))
        d->n_numbered += d->words[f];
    return good ? SC_OK : sc__share_damaged(path);
}

static sc_status write_share(sc_dedup *d, uint64_t *marks, int64_t n_words) {
    SC_TRY(take_starts(d));
    for (int i = 0; i < sc__dedup_shards(d); i++) SC_TRY(add_marks(d, marks, n_words, i));
    d->pass = marks;
    return sc__dedup_cut_all(d, cut);
}

sc_status sc__dedup_share_substring(sc_dedup *d, sc_dedup_phase phase) {
    if (phase == SC_DEDUP_KEYS) return leave_starts(d);
    const int64_t n_words = find_shifts(d);
    SC_TRY(check_room(d, n_words));
    return with_marks(d, n_words, phase == SC_DEDUP_GROUPS ? leave_marks : write_share);
}
