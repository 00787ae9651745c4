/* sieve.h - documents judged by rules, one after another: what `filter` and `mix` share. The
 * attributes come from taggers that look at each document now, or from files that `tag` left.
 *
 *     sc__sieve_open(&sieve, &options);                       // once a run
 *     sc__sieve_worker_open(&w, sieve);                       // once a thread
 *     sc__sieve_run(&left, w, item, item->tally);             // each record
 *     sc__sieve_file_done(sieve, path, &report, tally);       // each file of a flow, in order */
#ifndef SC_STAGE_CURATION_TAG_SIEVE_H
#define SC_STAGE_CURATION_TAG_SIEVE_H

#include "socle/tag.h"

#include "account/step.h"
#include "stage/curation/flow.h"

typedef struct sc_sieve sc_sieve;
typedef struct sc_sieve_worker sc_sieve_worker;

typedef struct {
    const char *step;         /* of metadata.dropped: "filter" */
    const char *const *rules; /* names of sets, in the order in which they judge */
    int n_rules;
    const char *const *settings;
    int n_settings;
    const char *words; /* NULL: unicode */
    bool beside;       /* attributes lie in files; no tagger is loaded */
} sc_sieve_options;

/* SC_USAGE: an unknown set, setting or kind of words; with `beside` also what only a tagger could
 * take notice of. */
SC_MUST_USE sc_status sc__sieve_open(sc_sieve **out, const sc_sieve_options *o);
void sc__sieve_close(sc_sieve *s); /* NULL is fine */
/* The folder of the attributes of the documents that come now; borrowed. Between flows. */
void sc__sieve_attributes(sc_sieve *s, const char *dir);

/* How many counters of a flow it needs; the rows of a report, all zero; a file is done: adds its
 * counters to the report and forgets its attributes. */
int sc__sieve_n_tally(const sc_sieve *s);
void sc__sieve_begin(sc_filter_report *report, const sc_sieve *s);
void sc__sieve_file_done(sc_sieve *s, const char *path, sc_filter_report *report,
                         const int64_t *tally);
/* What each rule did, in the order in which they judge: a list of {"rule", "threshold", "dropped",
 * "cut", "spans"}; the same as the note "rules". `a` may be NULL. */
SC_MUST_USE sc_status sc__sieve_rules(json_t **out, const sc_filter_report *report);
SC_MUST_USE sc_status sc__sieve_note(sc_account *a, const sc_filter_report *report);

SC_MUST_USE sc_status sc__sieve_worker_open(sc_sieve_worker **out, sc_sieve *s);
void sc__sieve_worker_close(sc_sieve_worker *w); /* NULL is fine */

typedef struct {
    bool dropped;
    bool changed;  /* parts were cut or redacted */
    sc_slice text; /* what is left; the worker's until its next run */
} sc_sieved;

/* Judges one record and counts it in `tally`. SC_MISMATCH: the attributes are not of it. */
SC_MUST_USE sc_status sc__sieve_run(sc_sieved *out, sc_sieve_worker *w, const sc_flow_item *item,
                                    int64_t *tally);
/* Appends the line of the record that was dropped last, with the reason in metadata.dropped:
 * {"step", "rule", "value", "threshold", "span"}. */
SC_MUST_USE sc_status sc__sieve_write_dropped(sc_buffer *out, sc_sieve_worker *w,
                                              const sc_record *record);

#endif
