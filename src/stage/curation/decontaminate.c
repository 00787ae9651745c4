/* decontaminate.c - documents that share a run of words with an evaluation set are left out.
 *
 * As in Brown et al. 2020, appendix C: n-grams of 13 words, words compared without case and
 * punctuation; an item of 8 to 12 words is one n-gram of all of them, a shorter one is not looked
 * for. Every string of an evaluation record is an item: question, choices and answer alike. Sets
 * are read as ingest reads sources, so that they may be tables, archives and packed files. */
#include "account/files.h"
#include "account/step.h"
#include "base/log.h"
#include "base/utf8.h"
#include "format/source/items.h"
#include "socle/corpus.h"
#include "stage/curation/dedup/shingle.h"
#include "stage/curation/flow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NGRAM = 13, SHORTEST = 8, KEPT = 0, DROPPED, BY_SET };

typedef struct {
    uint64_t hash; /* 0: free */
    int32_t item;
} slot;

/* The n-grams of all sets, by their hash. */
typedef struct {
    slot *slots;
    uint64_t mask;
    int64_t n;
    int lengths[NGRAM + 1]; /* how many n-grams there are of each length */
    int32_t *set_of;        /* by item */
    int64_t n_items, cap_items;
} gram_index;

typedef struct {
    const sc_decontaminate_options *o;
    sc_decontaminate_report *report;
    int ngram;
    sc_letters letters;
    sc_shingles grams; /* while the index is made */
    gram_index index;
    uint8_t *found; /* by item; written by all, always 1 */
} decontaminating;

static sc_status no_memory(void) { return SC_FAIL(SC_NOMEM, "decontaminate"); }

/* ---- the index ------------------------------------------------------------------------------- */

static slot *find_slot(const gram_index *x, uint64_t hash) {
    for (uint64_t i = hash & x->mask;; i = (i + 1) & x->mask)
        if (!x->slots[i].hash || x->slots[i].hash == hash) return &x->slots[i];
}

static sc_status grow(gram_index *x) {
    const uint64_t n = x->slots ? 2 * (x->mask + 1) : 1 << 12;
    gram_index larger = *x;
    larger.slots = sc__calloc(n, sizeof *larger.slots);
    if (!larger.slots) return no_memory();
    larger.mask = n - 1;
    for (uint64_t i = 0; x->slots && i <= x->mask; i++)
        if (x->slots[i].hash) *find_slot(&larger, x->slots[i].hash) = x->slots[i];
    sc__free(x->slots);
    *x = larger;
    return SC_OK;
}

/* The first item that has an n-gram keeps it. */
static sc_status add_gram(gram_index *x, uint64_t hash, int32_t item, int length) {
    if (2 * (uint64_t)x->n >= x->mask + (x->slots != NULL)) SC_TRY(grow(x));
    slot *s = find_slot(x, hash | 1);
    if (s->hash) return SC_OK;
    *s = (slot){hash | 1, item};
    x->n++;
    x->lengths[length]++;
    return SC_OK;
}

static sc_status new_item(int32_t *out, gram_index *x, int set) {
    if (x->n_items == x->cap_items) {
        const int64_t cap = SC_MAX(2 * x->cap_items, (int64_t)1024);
        if (cap > INT32_MAX) return no_memory();
        int32_t *set_of = sc__realloc(x->set_of, (size_t)cap * sizeof *set_of);
        if (!set_of) return no_memory();
        x->set_of = set_of;
        x->cap_items = cap;
    }
    x->set_of[x->n_items] = set;
    *out = (int32_t)x->n_items++;
    return SC_OK;
}

static sc_status add_item(decontaminating *d, int set, sc_slice text) {
    sc_contamination *row = &d->report->sets[set];
    int32_t item = 0;
    SC_TRY(sc__shingles_run(&d->grams, &d->letters, text, d->ngram));
    const int length = (int)SC_MIN((int64_t)d->ngram, d->grams.n_words);
    row->items++;
    if (length < SC_MIN(SHORTEST, d->ngram)) return row->too_short++, SC_OK;
    SC_TRY(new_item(&item, &d->index, set));
    for (int64_t i = 0; i < d->grams.n; i++)
        SC_TRY(add_gram(&d->index, d->grams.at[i], item, length));
    return SC_OK;
}

/* Every string below a value. */
static sc_status add_strings(decontaminating *d, int set, const json_t *value) {
    const char *key;
    size_t i;
    json_t *child;
    if (json_is_string(value))
        return add_item(d, set, (sc_slice){json_string_value(value), json_string_length(value)});
    json_array_foreach(value, i, child) SC_TRY(add_strings(d, set, child));
    json_object_foreach((json_t *)(uintptr_t)value, key, child) SC_TRY(add_strings(d, set, child));
    return SC_OK;
}

/* ---- reading the sets ------------------------------------------------------------------------ */

/* Evaluation records need no `text`: all their strings count. */
static sc_status add_record(decontaminating *d, int set, const sc_item *item, sc_slice text) {
    json_error_t e;
    json_t *record = json_loadb(text.p, text.n, JSON_ALLOW_NUL, &e);
    if (!record)
        return SC_FAIL(SC_FORMAT, "%s: %s %" PRId64 ": not valid JSON: %s", item->path,
                       item->kind == SC_ITEM_PARQUET ? "row" : "line", item->line, e.text);
    const sc_status s = add_strings(d, set, record);
    json_decref(record);
    return s;
}

static sc_status add_source(decontaminating *d, int set, const sc_item *item) {
    const bool is_record =
        item->kind == SC_ITEM_JSON || item->kind == SC_ITEM_ROW || item->kind == SC_ITEM_PARQUET;
    sc_buffer b = SC_BUFFER_INIT;
    sc_status s = sc__utf8_repair(&b, item->bytes, item->n, NULL);
    const sc_slice text = {b.data ? b.data : "", b.len};
    if (s >= 0) s = is_record ? add_record(d, set, item, text) : add_item(d, set, text);
    sc__buffer_deinit(&b);
    return s;
}

/* A set of which something cannot be read is no set to trust: the first fault ends it. */
static sc_status add_set(decontaminating *d, int set) {
    const sc_items_options options = {.max_item = (size_t)1 << 30};
    const int64_t before = d->index.n;
    sc_items *items;
    sc_item item;
    snprintf(d->report->sets[set].name, sizeof d->report->sets[set].name, "%s", d->o->against[set]);
    SC_TRY(sc__items_open(&items, &d->o->against[set], 1, &options));
    sc_status s;
    while ((s = sc__items_next(&item, items)) == SC_OK) {
        s = add_source(d, set, &item);
        if (s < 0) break;
    }
    d->report->sets[set].ngrams = d->index.n - before;
    sc__items_close(items);
    return s == SC_DONE ? SC_OK : s;
}

static sc_status make_index(decontaminating *d) {
    d->report->n_sets = d->o->n_against;
    for (int i = 0; i < d->o->n_against; i++) SC_TRY(add_set(d, i));
    d->report->ngrams = d->index.n;
    if (!d->index.n)
        return SC_FAIL(SC_FORMAT, "%s: holds no item of at least %d words to look for",
                       d->o->against[0], SC_MIN(SHORTEST, d->ngram));
    d->found = sc__calloc((size_t)d->index.n_items, sizeof *d->found);
    return d->found ? SC_OK : no_memory();
}

/* ---- the documents --------------------------------------------------------------------------- */

/* What of a document is in the index. */
typedef struct {
    int32_t item; /* of the first n-gram found */
    int64_t word; /* where that one begins */
    int length;   /* its words */
    int64_t n;    /* n-grams found; 0: the rest says nothing */
} overlap;

static sc_status look_up(overlap *out, const decontaminating *d, sc_shingles *grams,
                         sc_slice text) {
    *out = (overlap){0};
    for (int length = d->ngram; length >= 1; length--) {
        if (!d->index.lengths[length]) continue;
        SC_TRY(sc__shingles_run(grams, &d->letters, text, length));
        if (grams->n_words < length) continue;
        for (int64_t i = 0; i < grams->n; i++) {
            const slot *s = find_slot(&d->index, grams->at[i] | 1);
            if (!s->hash) continue;
            __atomic_store_n(&d->found[s->item], 1, __ATOMIC_RELAXED);
            if (!out->n++) *out = (overlap){s->item, i, length, 1};
        }
    }
    return SC_OK;
}

/* Where so many words from the given one on stand, in code points. */
static void find_words(int64_t span[2], const sc_letters *l, sc_slice text, const overlap *o) {
    const char *at = text.p, *end = text.p + text.n, *first = text.p;
    sc_slice word = {text.p, 0};
    for (int64_t i = 0; i < o->word + o->length; i++) {
        if (!sc__letters_word(&word, l, at, end)) break;
        at = word.p + word.n;
        if (i == o->word) first = word.p;
    }
    span[0] = sc__utf8_count(text.p, (size_t)(first - text.p));
    span[1] = span[0] + sc__utf8_count(first, (size_t)(at - first));
}

static sc_status drop(const decontaminating *d, const sc_flow_item *item, const overlap *o) {
    const int set = d->index.set_of[o->item];
    int64_t span[2];
    find_words(span, &d->letters, item->record->text, o);
    json_t *why = json_pack("{s{ss so sI s[II]}}", "dropped", "step", "decontaminate", "rule",
                            sc__json_text(d->report->sets[set].name), "ngrams", (json_int_t)o->n,
                            "span", (json_int_t)span[0], (json_int_t)span[1]);
    const sc_status s =
        why ? sc__record_change(&item->out[DROPPED], item->record, NULL, why) : no_memory();
    json_decref(why);
    item->tally[DROPPED]++;
    item->tally[BY_SET + set]++;
    return s;
}

static sc_status judge(void *user, const sc_flow_item *item) {
    const decontaminating *d = user;
    overlap found;
    SC_TRY(look_up(&found, d, item->worker, item->record->text));
    if (found.n && found.n >= d->o->min_matches) return drop(d, item, &found);
    item->tally[KEPT]++;
    return sc__record_change(&item->out[KEPT], item->record, NULL, NULL);
}

static sc_status file_done(void *user, const char *path, const int64_t *tally) {
    sc_decontaminate_report *r = ((decontaminating *)user)->report;
    (void)path;
    r->kept += tally[KEPT];
    r->dropped += tally[DROPPED];
    for (int i = 0; i < r->n_sets; i++) r->sets[i].documents += tally[BY_SET + i];
    return SC_OK;
}

static sc_status open_worker(void **worker, void *user) {
    (void)user;
    *worker = sc__calloc(1, sizeof(sc_shingles));
    return *worker ? SC_OK : no_memory();
}

static void close_worker(void *worker) {
    sc__shingles_deinit(worker);
    sc__free(worker);
}

static void count_found(decontaminating *d) {
    sc_decontaminate_report *r = d->report;
    for (int64_t i = 0; i < d->index.n_items; i++)
        if (d->found[i]) r->sets[d->index.set_of[i]].items_found++;
    for (int i = 0; i < r->n_sets; i++)
        if (!r->sets[i].documents)
            SC_WARN("%s: nothing of its %" PRId64 " items (%" PRId64 " n-grams in the index) was "
                    "found",
                    r->sets[i].name, r->sets[i].items, r->sets[i].ngrams);
}

/* ---- the step -------------------------------------------------------------------------------- */

static sc_status tell(sc_account *a, const decontaminating *d) {
    const sc_decontaminate_options *o = d->o;
    json_t *recipe = json_pack("{si sI}", "ngram", d->ngram, "min_matches",
                               (json_int_t)SC_MAX(o->min_matches, (int64_t)1));
    sc_status s = recipe ? sc__account_recipe(a, recipe) : no_memory();
    json_decref(recipe);
    for (int i = 0; i < o->n_inputs && s >= 0; i++) s = sc__account_input(a, "data", o->inputs[i]);
    for (int i = 0; i < o->n_against && s >= 0; i++)
        s = sc__account_input(a, "evaluation set", o->against[i]);
    return s;
}

static sc_status run_flow(decontaminating *d) {
    static const char *const kinds[] = {"documents", "dropped"};
    const sc_flow_step step = {.record = judge,
                               .open_worker = open_worker,
                               .close_worker = close_worker,
                               .file_done = file_done,
                               .n_tally = BY_SET + d->o->n_against};
    sc_flow_options f = {.inputs = d->o->inputs,
                         .n_inputs = d->o->n_inputs,
                         .out = d->o->out,
                         .kinds = kinds,
                         .n_kinds = SC_LEN(kinds)};
    sc__flow_take(&f, &d->o->common);
    SC_TRY(make_index(d));
    SC_TRY(sc__flow_run(&d->report->reading, &step, d, &f));
    count_found(d);
    return SC_OK;
}

static sc_status run(sc_account *a, void *arg) {
    decontaminating *d = arg;
    if (a) SC_TRY(tell(a, d));
    return run_flow(d);
}

sc_status sc_data_decontaminate(sc_decontaminate_report *out, const sc_decontaminate_options *o) {
    static const sc_step step = {"data decontaminate", "curation", "corpus", run};
    decontaminating d = {.o = o, .report = out, .ngram = o->ngram ? o->ngram : NGRAM};
    *out = (sc_decontaminate_report){0};
    if (o->n_against < 1 || o->n_against > SC_CONTAMINATION_SETS_MAX)
        return SC_FAIL(SC_USAGE, "decontaminate: between 1 and %d evaluation sets",
                       SC_CONTAMINATION_SETS_MAX);
    if (d.ngram < 1 || d.ngram > NGRAM)
        return SC_FAIL(SC_USAGE, "decontaminate: n-grams of %d words: between 1 and %d", d.ngram,
                       NGRAM);
    sc_status s = sc__letters_init(&d.letters);
    if (s >= 0) s = sc__step_run_data(&step, &d, o->out, &o->common);
    sc__letters_deinit(&d.letters);
    sc__shingles_deinit(&d.grams);
    sc__free(d.index.slots);
    sc__free(d.index.set_of);
    sc__free(d.found);
    return s;
}
