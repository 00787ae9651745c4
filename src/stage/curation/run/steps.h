/* steps.h - what a run can do, one step a row. A step reads the documents that the one before left,
 * and says what it depends on. */
#ifndef SC_STAGE_CURATION_RUN_STEPS_H
#define SC_STAGE_CURATION_RUN_STEPS_H

#include "base/buffer.h"
#include "base/json.h"
#include "stage/curation/run/plan.h"

typedef enum {
    SC_RUN_INGEST,
    SC_RUN_NGRAM,
    SC_RUN_CLASSIFIER,
    SC_RUN_FILTER,
    SC_RUN_DEDUP,
    SC_RUN_DECONTAMINATE,
    SC_RUN_SPLIT,
    SC_RUN_MIX,
    SC_RUN_TAG,
    SC_RUN_N_STEPS
} sc_run_which;

typedef struct {
    const sc_plan *plan;
    const sc_data_options *common;
    sc_arena *arena;
    const char *const *inputs; /* folders of the documents so far */
    int n_inputs;
    const char *dirs[SC_RUN_N_STEPS]; /* of the steps that are done, the last of each; NULL: none */
} sc_run_state;

typedef struct {
    const char *name;
    bool hands_on; /* what it made are the documents of the next step */
    /* Whether the recipe asks for it; for dedup, how often. */
    int (*times)(const sc_plan *p);
    /* Everything but its input that the result depends on; `i` counts its times. */
    sc_status (*key)(sc_buffer *key, const sc_plan *p, int i);
    /* Into the folder `out`. Fills in the row's counts; `details` is an object for the account. */
    sc_status (*run)(sc_data_run_step *row, json_t *details, const sc_run_state *r, const char *out,
                     int i);
} sc_run_step;

extern const sc_run_step sc__run_steps[SC_RUN_N_STEPS]; /* in the order in which they run */

#endif
