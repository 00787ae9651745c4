/* dedup.h - what the files of this folder share: one job of `socle data dedup`.
 *
 * A job reads its input two or three times through a flow. First every document says under which
 * keys it goes (its URL, its digest, its bands of MinHash, its lines). What shares a key is
 * gathered. Then, for methods that speak of documents, those that share one are looked at again and
 * compared; and at last the input is written out by what was decided. Several processes can share a
 * job: share.h. */
#ifndef SC_STAGE_CURATION_DEDUP_DEDUP_H
#define SC_STAGE_CURATION_DEDUP_DEDUP_H

#include "account/step.h"
#include "backend/cpu/minhash.h"
#include "base/buckets.h"
#include "base/pool.h"
#include "socle/data.h"
#include "stage/curation/dedup/shingle.h"
#include "stage/curation/flow.h"

/* What is gathered by key. */
typedef struct {
    uint64_t key;   /* evenly spread */
    uint64_t place; /* sc__place: where in the input */
} sc_bucket_item;

/* File and line (from 1) in one number that grows in the order of the input. */
enum { SC_PLACE_LINE_BITS = 40 };
#define SC_PLACE_FILES_MAX (INT64_C(1) << (64 - SC_PLACE_LINE_BITS))
static inline uint64_t sc__place(int64_t file, int64_t line) {
    return (uint64_t)file << SC_PLACE_LINE_BITS | (uint64_t)line;
}

/* Words of a substring at least that a person may ask for. */
enum { SC_SUBSTRING_WORDS_MAX = 1 << 20 };

/* What processes that share a job do one after another; see share.h. */
typedef enum {
    SC_DEDUP_KEYS,   /* of the documents, by file */
    SC_DEDUP_GROUPS, /* what shares a key, by bucket */
    SC_DEDUP_SETS,   /* what candidates are compared by, by file */
    SC_DEDUP_PAIRS,  /* candidates compared, by bucket */
    SC_DEDUP_WRITE,  /* the corpus, by file */
    SC_DEDUP_PHASES
} sc_dedup_phase;

typedef struct sc_dedup sc_dedup;
typedef struct sc_worth sc_worth;
typedef struct sc_dedup_method sc_dedup_method;
typedef sc_status sc_dedup_part_fn(sc_dedup *d, int part, const sc_bucket_item *items, int64_t n);
typedef sc_status sc_dedup_task_fn(sc_dedup *d, int64_t task, int worker);

/* What one thread needs to look at documents. */
typedef struct {
    const sc_dedup *d;
    sc_shingles shingles; /* scratch, and the evidence that `evidence` leaves */
    sc_buffer room, text;
    uint32_t *least; /* (2 * n_lanes) of MinHash: of the text so far, of what comes next */
    bool has_grams;
    uint64_t *seen; /* lines of the document at hand: parts.c */
    size_t n_seen;
    struct sc_worth_room *worth; /* worth.c */
} sc_dedup_worker;

struct sc_dedup_method {
    const char *name;
    /* What is done once the keys are gathered; all of the job where there are none. */
    sc_status (*run)(sc_dedup *d);
    /* This process's share of a phase; of the first one what is left to do once its keys lie in the
     * work folder. */
    sc_status (*share)(sc_dedup *d, sc_dedup_phase phase);
    /* Appends the keys of a document, sc_bucket_item each, to item->out[0]. May be NULL. */
    sc_status (*keys)(sc_dedup_worker *w, const sc_flow_item *item);
    /* Leaves in w->shingles the sorted set by which two documents that share a key are compared.
     * NULL: the method speaks of parts of documents. */
    sc_status (*evidence)(sc_dedup_worker *w, const sc_record *r);
    bool by_paragraph;  /* of parts: blank lines part them, and not every newline */
    int64_t min_length; /* of parts, in characters, where the person says nothing */
    /* Takes what `keys` appended where that is not items by document, in the order of the input; as
     * sc_flow_step.collect. May be NULL. */
    sc_status (*collect)(void *d, int kind, const char *bytes, size_t n);
};

struct sc_dedup {
    sc_dedup_options o; /* nothing left to default */
    const sc_dedup_method *method;
    const char *const *inputs;
    int n_inputs;
    const char *out, *work; /* as given; the folder of what is spilled */
    sc_dedup_report *report;
    sc_arena arena;
    sc_pool *pool;
    sc_letters letters;
    sc_minhash_fn *minhash;
    sc_minhash_family family;
    uint32_t *permutations; /* what family points to */
    sc_buckets buckets;
    sc_paths files;
    int64_t n_files;
    int64_t *lines;     /* (n_files) the last line that has a key */
    int64_t *base;      /* (n_files + 1) numbers of documents: base[file] + line - 1 */
    sc_buffer starts;   /* substring.c: documents and the numbers of their first words */
    int64_t n_numbered; /* words that have a number */
    int64_t *words;     /* (n_files) of them in each file */
    int64_t *local;     /* (n_files) of a shared job: of them before it in its process's files */
    int64_t *shift;     /* (n_files) what those numbers lack to the corpus's */
    sc_worth *worth;    /* NULL: no score is asked for */
    void *pass;         /* what the present pass decides by */
    sc_dedup_part_fn *part_fn;
};

static inline bool sc__dedup_is_shared(const sc_dedup *d) {
    return d->o.common.n_shards > 1 || d->o.phase;
}
static inline int sc__dedup_shards(const sc_dedup *d) { return SC_MAX(d->o.common.n_shards, 1); }

/* As sc_data_dedup; the account may be left out (dedup.c). */
SC_MUST_USE sc_status sc__dedup_run(sc_dedup_report *out, const char *const *inputs, int n_inputs,
                                    const char *output, const sc_dedup_options *o,
                                    bool with_account);

/* o.attributes as JSON, which says no bytes that are no UTF-8; NULL where there are none. */
json_t *sc__dedup_attributes(const sc_dedup *d);

/* d's options are checked and its keys can be made (estimate.c). */
SC_MUST_USE sc_status sc__dedup_estimate(sc_dedup_plan *out, sc_dedup *d);

/* ---- methods (keys.c, parts.c, substring.c) ---- */
sc_status sc__dedup_url_keys(sc_dedup_worker *w, const sc_flow_item *item);
sc_status sc__dedup_url_evidence(sc_dedup_worker *w, const sc_record *r);
sc_status sc__dedup_exact_keys(sc_dedup_worker *w, const sc_flow_item *item);
sc_status sc__dedup_exact_evidence(sc_dedup_worker *w, const sc_record *r);
sc_status sc__dedup_minhash_keys(sc_dedup_worker *w, const sc_flow_item *item);
sc_status sc__dedup_minhash_evidence(sc_dedup_worker *w, const sc_record *r);
sc_status sc__dedup_part_keys(sc_dedup_worker *w, const sc_flow_item *item);
sc_status sc__dedup_window_keys(sc_dedup_worker *w, const sc_flow_item *item);
sc_status sc__dedup_number_windows(void *d, int kind, const char *bytes, size_t n);
/* Permutations and letters. */
SC_MUST_USE sc_status sc__dedup_minhash_init(sc_dedup *d);

sc_status sc__dedup_documents(sc_dedup *d); /* documents.c */
sc_status sc__dedup_parts(sc_dedup *d);     /* parts.c */
sc_status sc__dedup_substring(sc_dedup *d); /* substring.c */
sc_status sc__dedup_share_documents(sc_dedup *d, sc_dedup_phase phase);
sc_status sc__dedup_share_parts(sc_dedup *d, sc_dedup_phase phase);
sc_status sc__dedup_share_substring(sc_dedup *d, sc_dedup_phase phase);

/* ---- cutting (parts.c) ---- */

/* A document of which n_cut pieces were cut; left NULL: nothing worth keeping is left. */
SC_MUST_USE sc_status sc__dedup_write_cut(sc_dedup_worker *w, const sc_flow_item *item,
                                          const sc_slice *left, int64_t n_cut);
/* The last pass; `record` ends in sc__dedup_write_cut. */
SC_MUST_USE sc_status sc__dedup_cut_all(sc_dedup *d,
                                        sc_status (*record)(void *d, const sc_flow_item *item));

/* A URL as it is compared, appended: see docs/curation.md (same_url.c). */
void sc__url_normalize(sc_buffer *out, sc_slice url);

/* ---- passes (passes.c) ---- */

/* Finds the input files and makes room for what is known of each. */
SC_MUST_USE sc_status sc__dedup_begin(sc_dedup *d);
/* The keys of all documents (of this shard's files) into d->buckets, by the method. */
SC_MUST_USE sc_status sc__dedup_collect_keys(sc_dedup *d);
/* All lines are known: base is set, the buckets are gathered. */
SC_MUST_USE sc_status sc__dedup_number(sc_dedup *d);
SC_MUST_USE sc_status sc__dedup_gather(sc_dedup *d);

/* A sc_dedup_worker of this job; it is closed even when opening it failed, unless it is NULL. */
sc_status sc__dedup_open_worker(void **worker, void *d);
void sc__dedup_close_worker(void *worker);
/* A flow over all input (of this shard's files) whose `user` is d and whose workers are
 * sc_dedup_worker. `out` and `kinds` are of the options, the rest is d's. */
SC_MUST_USE sc_status sc__dedup_flow(sc_dedup *d, sc_flow_step step, sc_flow_options o);

/* Calls fn(d, part, items, n) for every part of the buckets (that is this shard's), its items in
 * order of key and place, on all cores. */
SC_MUST_USE sc_status sc__dedup_each_part(sc_dedup *d, sc_dedup_part_fn *fn);
/* Calls fn(d, task, worker) for every task on all cores; a failure stops the rest. */
SC_MUST_USE sc_status sc__dedup_tasks(sc_dedup *d, int64_t n, sc_dedup_task_fn *fn);

#endif
