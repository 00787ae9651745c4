/* parts.c - paragraphs and lines that came before, anywhere in the corpus, cut out of the texts.
 *
 * A line ends at a newline, a paragraph at a blank line. Two are the same when they are so with
 * white space at their ends taken off and each run of it within made one space. The first one of
 * the input stays. */
#include "stage/curation/dedup/dedup.h"

#include "base/json.h"
#include "stage/curation/dedup/share.h"

#include <string.h>

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "dedup: parts of documents"); }

/* ---- a text in parts ------------------------------------------------------------------------- */

typedef struct {
    size_t start, stop, end; /* what it says: [start, stop); with what follows it: [start, end) */
    uint64_t key;            /* of the parts that are long enough */
    bool is_long, is_blank, is_cut;
} text_part;

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool is_blank(const char *p, size_t n) {
    while (n && is_space(*p)) p++, n--;
    return n == 0;
}

/* The end of the line that begins at `at`: *stop before its newline, the result after it. */
static size_t pass_line(size_t *stop, sc_slice text, size_t at) {
    const char *newline = memchr(text.p + at, '\n', text.n - at);
    *stop = newline ? (size_t)(newline - text.p) : text.n;
    return newline ? *stop + 1 : text.n;
}

/* A run of lines that are not blank, and the blank ones after it. */
static size_t pass_paragraph(size_t *stop, sc_slice text, size_t at) {
    size_t line_stop, end = at;
    *stop = at;
    while (at < text.n) { /* blank lines before the first paragraph belong to it */
        end = pass_line(&line_stop, text, at);
        if (!is_blank(text.p + at, line_stop - at)) break;
        at = end;
    }
    bool ended = false;
    while (at < text.n) {
        end = pass_line(&line_stop, text, at);
        const bool blank = is_blank(text.p + at, line_stop - at);
        if (!blank && ended) return at;
        if (!blank) *stop = line_stop;
        ended |= blank;
        at = end;
    }
    return end;
}

/* FNV-1a over the part as it is compared; how many characters it has. */
static void hash_part(text_part *part, const char *p, int64_t min_length) {
    const char *end = p + part->stop;
    uint64_t h = 0xCBF29CE484222325u;
    int64_t n = 0;
    for (p += part->start; p < end && is_space(*p);) p++;
    while (end > p && is_space(end[-1])) end--;
    while (p < end) {
        unsigned char c = (unsigned char)*p++;
        if (is_space((char)c)) {
            c = ' ';
            while (is_space(*p)) p++; /* the last is none */
        }
        n += (c & 0xC0) != 0x80;
        h = (h ^ c) * 0x100000001B3u;
    }
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    part->key = h ^ h >> 32;
    part->is_blank = n == 0;
    part->is_long = n >= min_length;
}

/* The parts of a text in w->room; *n of them. */
static sc_status split(text_part **out, int64_t *n, sc_dedup_worker *w, sc_slice text) {
    const sc_dedup *d = w->d;
    sc__buffer_clear(&w->room);
    *n = 0;
    for (size_t at = 0; at < text.n;) {
        text_part part = {.start = at};
        part.end = d->method->by_paragraph ? pass_paragraph(&part.stop, text, at)
                                           : pass_line(&part.stop, text, at);
        hash_part(&part, text.p, d->o.min_length);
        at = part.end;
        sc__buffer_append(&w->room, &part, sizeof part);
        (*n)++;
    }
    *out = (text_part *)(void *)w->room.data;
    return w->room.status;
}

sc_status sc__dedup_part_keys(sc_dedup_worker *w, const sc_flow_item *item) {
    text_part *parts;
    int64_t n;
    SC_TRY(split(&parts, &n, w, item->record->text));
    for (int64_t i = 0; i < n; i++) {
        const sc_bucket_item b = {parts[i].key, sc__place(item->file, item->line)};
        if (parts[i].is_long) sc__buffer_append(item->out, &b, sizeof b);
    }
    return item->out->status;
}

/* ---- what is repeated ------------------------------------------------------------------------ */

/* Keys that come twice and where each came first, sorted, by part of the buckets. */
typedef struct {
    sc_buffer repeated[SC_BUCKET_PARTS]; /* of sc_bucket_item */
} repeats;

static sc_status find_repeats(sc_dedup *d, int part, const sc_bucket_item *items, int64_t n) {
    repeats *r = d->pass;
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && items[end].key == items[i].key;) end++;
        if (end - i > 1) sc__buffer_append(&r->repeated[part], &items[i], sizeof *items);
    }
    return r->repeated[part].status;
}

static const sc_bucket_item *find_repeat(const repeats *r, uint64_t key) {
    const sc_buffer *b = &r->repeated[sc__bucket_part(key)];
    const sc_bucket_item *items = (const sc_bucket_item *)(const void *)b->data;
    size_t low = 0, high = b->len / sizeof *items;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (items[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < b->len / sizeof *items && items[low].key == key ? &items[low] : NULL;
}

/* ---- cutting --------------------------------------------------------------------------------- */

/* The keys of one document that came first in it: a set made anew for each document. */
static sc_status clear_seen(sc_dedup_worker *w, int64_t n) {
    size_t want = 16;
    while (want < 2 * (size_t)n) want *= 2;
    if (w->n_seen < want) {
        sc__free(w->seen);
        w->seen = sc__alloc(want * sizeof *w->seen);
        w->n_seen = w->seen ? want : 0;
        if (!w->seen) return no_memory();
    }
    memset(w->seen, 0, w->n_seen * sizeof *w->seen);
    return SC_OK;
}

/* Whether it was there before. The key 0 is taken for 1. */
static bool add_seen(sc_dedup_worker *w, uint64_t key) {
    key += key == 0;
    for (size_t i = key;; i++) {
        uint64_t *slot = &w->seen[i & (w->n_seen - 1)];
        if (*slot == key) return true;
        if (!*slot) return *slot = key, false;
    }
}

/* How many are cut. */
static sc_status mark_cuts(int64_t *n_cut, sc_dedup_worker *w, const sc_flow_item *item,
                           text_part *parts, int64_t n) {
    const repeats *r = w->d->pass;
    const uint64_t here = sc__place(item->file, item->line);
    bool is_clear = false;
    *n_cut = 0;
    for (int64_t i = 0; i < n; i++) {
        const sc_bucket_item *first = parts[i].is_long ? find_repeat(r, parts[i].key) : NULL;
        if (!first) continue;
        if (first->place == here && !is_clear) {
            SC_TRY(clear_seen(w, n));
            is_clear = true;
        }
        parts[i].is_cut = first->place != here || add_seen(w, parts[i].key);
        *n_cut += parts[i].is_cut;
    }
    return SC_OK;
}

/* What is left, in w->text. Where the last part went, the text ends as it did before. */
static sc_status join_parts(sc_dedup_worker *w, sc_slice text, const text_part *parts, int64_t n) {
    const text_part *last = &parts[n - 1], *kept = NULL;
    sc__buffer_clear(&w->text);
    for (int64_t i = 0; i < n; i++) {
        if (parts[i].is_cut) continue;
        kept = &parts[i];
        sc__buffer_append(&w->text, text.p + kept->start, kept->end - kept->start);
    }
    if (kept && kept != last && w->text.status >= 0) {
        w->text.len -= kept->end - kept->stop;
        sc__buffer_append(&w->text, text.p + last->stop, last->end - last->stop);
    }
    return w->text.status;
}

static bool is_empty(const text_part *parts, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (!parts[i].is_cut && !parts[i].is_blank) return false;
    return true;
}

/* ---- what both kinds of cuts end with -------------------------------------------------------- */

enum { KEPT, DROPPED, CHANGED, CUT, CUT_BYTES, N_TALLY };

static sc_status drop(sc_dedup_worker *w, const sc_flow_item *item, int64_t n_cut) {
    json_t *reason = json_pack("{s:{s:s, s:s, s:I}}", "dropped", "step", "dedup", "method",
                               w->d->method->name, "cut", (json_int_t)n_cut);
    if (!reason) return no_memory();
    item->tally[DROPPED]++;
    const sc_status s = sc__record_change(&item->out[DROPPED], item->record, NULL, reason);
    json_decref(reason);
    return s;
}

sc_status sc__dedup_write_cut(sc_dedup_worker *w, const sc_flow_item *item, const sc_slice *left,
                              int64_t n_cut) {
    const size_t n = item->record->text.n;
    item->tally[CUT] += n_cut;
    item->tally[CUT_BYTES] += (int64_t)(n - (left ? left->n : 0));
    if (!left) return drop(w, item, n_cut);
    item->tally[KEPT]++;
    item->tally[CHANGED] += n_cut > 0;
    return sc__record_change(&item->out[KEPT], item->record, n_cut ? left : NULL, NULL);
}

static sc_status add_tally(void *user, const char *path, const int64_t *tally) {
    sc_dedup_report *r = ((sc_dedup *)user)->report;
    (void)path;
    r->kept += tally[KEPT];
    r->dropped += tally[DROPPED];
    r->changed += tally[CHANGED];
    r->cut += tally[CUT];
    r->cut_bytes += tally[CUT_BYTES];
    return SC_OK;
}

sc_status sc__dedup_cut_all(sc_dedup *d, sc_status (*record)(void *user, const sc_flow_item *)) {
    static const char *const kinds[] = {"documents", "dropped"};
    const sc_flow_step step = {.record = record, .file_done = add_tally, .n_tally = N_TALLY};
    return sc__dedup_flow(d, step, (sc_flow_options){.out = d->out, .kinds = kinds, .n_kinds = 2});
}

/* ---- the job --------------------------------------------------------------------------------- */

static sc_status cut(void *user, const sc_flow_item *item) {
    (void)user;
    sc_dedup_worker *w = item->worker;
    const sc_slice text = item->record->text;
    text_part *parts;
    int64_t n, n_cut;
    SC_TRY(split(&parts, &n, w, text));
    SC_TRY(mark_cuts(&n_cut, w, item, parts, n));
    if (!n_cut) return sc__dedup_write_cut(w, item, &text, 0);
    if (is_empty(parts, n)) return sc__dedup_write_cut(w, item, NULL, n_cut);
    SC_TRY(join_parts(w, text, parts, n));
    const sc_slice left = {w->text.data ? w->text.data : "", w->text.len};
    return sc__dedup_write_cut(w, item, &left, n_cut);
}

static sc_status check_room(const sc_dedup *d, const repeats *r) {
    size_t total = 0;
    for (int p = 0; p < SC_BUCKET_PARTS; p++) total += r->repeated[p].cap;
    if (total <= d->o.common.max_memory) return SC_OK;
    return SC_FAIL(SC_USAGE, "dedup: the repeated %ss alone take %zu MiB; raise --max-memory",
                   d->method->name, (total >> 20) + 1);
}

static sc_status find_all(sc_dedup *d, repeats *r) {
    d->pass = r;
    const sc_status s = sc__dedup_each_part(d, find_repeats);
    sc__buckets_deinit(&d->buckets);
    return s < 0 ? s : check_room(d, r);
}

static sc_status with_repeats(sc_dedup *d, sc_status (*fn)(sc_dedup *d, repeats *r)) {
    repeats *r = sc__calloc(1, sizeof *r);
    if (!r) return no_memory();
    const sc_status s = fn(d, r);
    for (int p = 0; p < SC_BUCKET_PARTS; p++) sc__buffer_deinit(&r->repeated[p]);
    sc__free(r);
    return s;
}

static sc_status run_all(sc_dedup *d, repeats *r) {
    SC_TRY(find_all(d, r));
    return sc__dedup_cut_all(d, cut);
}

sc_status sc__dedup_parts(sc_dedup *d) { return with_repeats(d, run_all); }

/* ---- one phase ------------------------------------------------------------------------------- */

static sc_status leave_repeats(sc_dedup *d, repeats *r) {
    const char *path = sc__share_path(d, SC_DEDUP_GROUPS, d->o.common.shard);
    sc_writer w;
    SC_TRY(find_all(d, r));
    if (!path) return no_memory();
    SC_TRY(sc__writer_open(&w, path));
    for (int p = 0; p < SC_BUCKET_PARTS; p++)
        sc__writer_append(&w, r->repeated[p].data, r->repeated[p].len);
    return sc__writer_commit(&w);
}

/* Keys ascend through the shares, as the parts do. */
static sc_status load_repeats(repeats *r, sc_dedup *d, int shard, uint64_t *last) {
    const char *path = sc__share_path(d, SC_DEDUP_GROUPS, shard);
    sc_buffer b = SC_BUFFER_INIT;
    sc_bucket_item item;
    sc_status s = path ? sc__file_read(&b, path, SIZE_MAX) : no_memory();
    if (s >= 0 && b.len % sizeof item) s = sc__share_damaged(path);
    for (size_t at = 0; s >= 0 && at < b.len; at += sizeof item) {
        memcpy(&item, b.data + at, sizeof item);
        sc_buffer *to = &r->repeated[sc__bucket_part(item.key)];
        if (item.key < *last) s = sc__share_damaged(path);
        sc__buffer_append(to, &item, sizeof item);
        if (s >= 0) s = to->status;
        *last = item.key;
    }
    sc__buffer_deinit(&b);
    return s;
}

static sc_status write_share(sc_dedup *d, repeats *r) {
    uint64_t last = 0;
    for (int i = 0; i < sc__dedup_shards(d); i++) SC_TRY(load_repeats(r, d, i, &last));
    SC_TRY(check_room(d, r));
    d->pass = r;
    return sc__dedup_cut_all(d, cut);
}

sc_status sc__dedup_share_parts(sc_dedup *d, sc_dedup_phase phase) {
    if (phase == SC_DEDUP_KEYS) return SC_OK;
    return with_repeats(d, phase == SC_DEDUP_GROUPS ? leave_repeats : write_share);
}
