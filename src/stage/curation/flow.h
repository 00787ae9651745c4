/* flow.h - records of JSONL files through a step and into files again, on all cores, in order, in
 * bounded memory. Every data verb that looks at one record after another is a step of a flow.
 *
 * The input is cut into chunks of whole lines at places that the bytes alone decide; workers take a
 * chunk each, run the step on its records, compress what it puts out, and write in the order of the
 * chunks. So the output is the same bytes whatever the number of threads.
 *
 * What cannot be read (a line that is not JSON, a truncated archive) is counted, the first one kept
 * as text, and the rest goes on; `strict` makes it an error. */
#ifndef SC_STAGE_CURATION_FLOW_H
#define SC_STAGE_CURATION_FLOW_H

#include "format/output.h"
#include "format/record.h"
#include "socle/data.h"

enum { SC_FLOW_KINDS_MAX = 24 };

typedef struct {
    const sc_record *record;
    const char *path; /* of the input file */
    int64_t file;     /* its number in the input, from 0 */
    int64_t line;     /* in the file, from 1 */
    sc_buffer *out;   /* one for each kind of output: append lines to out[kind] */
    int64_t *tally;   /* the step's counters */
    void *worker;     /* the step's own, one a thread */
} sc_flow_item;

/* What a step does. Only `record` must be there; all get the `user` of the run. */
typedef struct {
    /* Called from several threads for different records; writes through the item alone. */
    sc_status (*record)(void *user, const sc_flow_item *item);
    sc_status (*open_worker)(void **worker, void *user);
    void (*close_worker)(void *worker);
    /* In order, one call at a time: what a chunk put out of a kind that has no file (`kinds` names
     * it NULL). */
    sc_status (*collect)(void *user, int kind, const char *bytes, size_t n);
    /* In order: an input file and all it gave are done. `tally` is of this file. */
    sc_status (*file_done)(void *user, const char *path, const int64_t *tally);
    int n_tally;
} sc_flow_step;

/* A worker that needs no more than some room: for `open_worker`, `close_worker`. */
typedef struct {
    sc_buffer text, id, room;
} sc_flow_scratch;
sc_status sc__flow_scratch_open(void **worker, void *user);
void sc__flow_scratch_close(void *worker);

typedef sc_data_reading sc_flow_report;

typedef struct {
    const char *const *inputs; /* files, folders, globs of JSONL(.gz, .zst); "-" standard input */
    int n_inputs;
    /* A folder: OUT/KIND/NAME.jsonl.zst for every input NAME and kind. A name that ends in .jsonl,
     * .jsonl.gz or .jsonl.zst, or "-": one file of the first kind. NULL: nothing is written. */
    const char *out;
    const char *const *kinds; /* "documents", "dropped", "attributes/NAME" */
    int n_kinds;
    const char *prefix; /* of the names in OUT/KIND; NULL: none */
    bool resume;        /* an input whose outputs are all there is passed over */
    sc_record_names names;
    int threads;
    size_t max_line; /* bytes; 0: 64 MiB. A longer one is unreadable */
    bool strict;
    int shard, n_shards;      /* only input files i with i mod n_shards = shard; 0, 0: all */
    const volatile int *stop; /* SC_INTERRUPTED once it is not 0; may be NULL */
    void (*progress)(void *user,
                     const sc_flow_report *so_far); /* one call at a time; may be NULL */
    void *progress_user;
} sc_flow_options;

/* The fields that a person's options decide: names, threads, strict, shards, stop, progress. */
void sc__flow_take(sc_flow_options *o, const sc_data_options *d);

/* Says what sc__flow_run would say before it reads; for a job that reads before it writes. */
SC_MUST_USE sc_status sc__flow_check(const sc_flow_options *o);
/* On failure no output file is left half written; those of input files that were done are whole. */
SC_MUST_USE sc_status sc__flow_run(sc_flow_report *out, const sc_flow_step *step, void *user,
                                   const sc_flow_options *o);

/* Adds what another run read; the progress of files (bytes_read, bytes_total) too. */
void sc__flow_add_report(sc_flow_report *all, const sc_flow_report *one);

#endif
