/* keys.c - under which keys a document goes: one for its URL or its text, one for each band of
 * MinHash.
 *
 * Source: Broder 1997; bands of rows, Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets",
 * section 3.4: documents of similarity s share one of b bands of r rows with probability
 * 1 - (1 - s^r)^b. */
#include "base/hash.h"
#include "base/random.h"
#include "stage/curation/dedup/dedup.h"

#include <stdlib.h>
#include <string.h>

static sc_status append(const sc_flow_item *item, uint64_t key) {
    const sc_bucket_item b = {key, sc__place(item->file, item->line)};
    sc__buffer_append(item->out, &b, sizeof b);
    return item->out->status;
}

/* ---- digests: the URL, the text -------------------------------------------------------------- */

static sc_status digest(uint64_t words[4], const void *bytes, size_t n) {
    sc_digest d;
    SC_TRY(sc__hash_bytes(&d, bytes, n));
    for (int i = 0; i < 4; i++) {
        char part[17] = "";
        memcpy(part, d.hex + 16 * i, 16);
        words[i] = strtoull(part, NULL, 16);
    }
    return SC_OK;
}

/* The digest as a set of four hashes: two are the same or share nothing. */
static sc_status digest_evidence(sc_dedup_worker *w, const void *bytes, size_t n) {
    uint64_t words[4];
    SC_TRY(digest(words, bytes, n));
    w->shingles.n = 0;
    SC_TRY(sc__shingles_append(&w->shingles, words, 4));
    sc__shingles_make_set(&w->shingles);
    return SC_OK;
}

/* The URL as it is compared, in w->text; empty where there is none. */
static sc_status find_url(sc_dedup_worker *w, const sc_record *r) {
    sc_slice url;
    sc__buffer_clear(&w->text);
    SC_TRY(sc__record_string(&url, &w->room, r, "url"));
    if (url.p) sc__url_normalize(&w->text, url);
    return w->text.status;
}

sc_status sc__dedup_url_keys(sc_dedup_worker *w, const sc_flow_item *item) {
    SC_TRY(find_url(w, item->record));
    return w->text.len ? append(item, sc__hash64(w->text.data, w->text.len, 0)) : SC_OK;
}

sc_status sc__dedup_url_evidence(sc_dedup_worker *w, const sc_record *r) {
    SC_TRY(find_url(w, r));
    return digest_evidence(w, w->text.data, w->text.len);
}

sc_status sc__dedup_exact_keys(sc_dedup_worker *w, const sc_flow_item *item) {
    uint64_t words[4];
    (void)w;
    SC_TRY(digest(words, item->record->text.p, item->record->text.n));
    return append(item, words[0]);
}

sc_status sc__dedup_exact_evidence(sc_dedup_worker *w, const sc_record *r) {
    return digest_evidence(w, r->text.p, r->text.n);
}

/* ---- MinHash --------------------------------------------------------------------------------- */

sc_status sc__dedup_minhash_init(sc_dedup *d) {
    enum { KEY = 20200417 }; /* any: the same for everybody, so that shards agree */
    const int64_t n = (int64_t)d->o.bands * d->o.rows;
    const int64_t lanes = (n + SC_MINHASH_LANES - 1) / SC_MINHASH_LANES * SC_MINHASH_LANES;
    SC_TRY(sc__minhash_choose(&d->minhash));
    uint32_t *ab = sc__arena_array(&d->arena, 2 * (size_t)lanes, sizeof *ab);
    if (!ab) return SC_FAIL(SC_NOMEM, "dedup: permutations");
    for (int64_t i = 0; i < n; i++) {
        uint32_t random[4];
        sc__philox(KEY, (uint64_t)i, 0, random);
        ab[i] = random[0] | 1;
        ab[lanes + i] = random[1];
    }
    d->family = (sc_minhash_family){ab, ab + lanes, lanes};
    return sc__letters_init(&d->letters);
}

static uint64_t band_key(const uint32_t *least, int rows, int band) {
    uint64_t h = 0x9E3779B97F4A7C15u * (uint64_t)(band + 1);
    for (int r = 0; r < rows; r++) {
        h = (h ^ least[r]) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
    }
    h *= 0xC4CEB9FE1A85EC53u;
    return h ^ h >> 29;
}

/* Some more n-grams of a text: the least of each permutation so far. */
static sc_status take_grams(void *user, const uint64_t *grams, int64_t n) {
    sc_dedup_worker *w = user;
    const sc_minhash_family *f = &w->d->family;
    uint32_t *next = w->has_grams ? w->least + f->n_lanes : w->least;
    w->d->minhash(next, f, grams, n);
    for (int64_t i = 0; w->has_grams && i < f->n_lanes; i++)
        w->least[i] = SC_MIN(w->least[i], next[i]);
    w->has_grams = true;
    return SC_OK;
}

sc_status sc__dedup_minhash_keys(sc_dedup_worker *w, const sc_flow_item *item) {
    const sc_dedup *d = w->d;
    const int rows = d->o.rows;
    int64_t n_words;
    w->has_grams = false;
    SC_TRY(sc__shingles_each(&n_words, &d->letters, item->record->text, d->o.ngram, take_grams, w));
    if (!w->has_grams) return SC_OK; /* no word: like nothing */
    for (int b = 0; b < d->o.bands; b++)
        SC_TRY(append(item, band_key(w->least + (int64_t)b * rows, rows, b)));
    return SC_OK;
}

sc_status sc__dedup_minhash_evidence(sc_dedup_worker *w, const sc_record *r) {
    return sc__shingles_run_set(&w->shingles, &w->d->letters, r->text, w->d->o.ngram);
}
