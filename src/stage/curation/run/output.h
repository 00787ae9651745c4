/* output.h - the folder of the corpus: what of it may be replaced, and how it comes to hold what
 * the steps made. */
#ifndef SC_STAGE_CURATION_RUN_OUTPUT_H
#define SC_STAGE_CURATION_RUN_OUTPUT_H

#include "stage/curation/run/steps.h"

/* OUTPUT/.steps: each step's folder, kept for the next run. */
const char *sc__output_steps(sc_arena *a, const sc_plan *p); /* NULL: no memory */

/* SC_FORMAT, SC_USAGE: the output holds documents that are not an earlier run's, or a source lies
 * in it. */
SC_MUST_USE sc_status sc__output_check(const sc_plan *p);

/* Links what the steps left into the corpus: documents/ and what lies beside them, each in place of
 * an older one in one move. `dirs` are the folders of all steps, "OUTPUT/.steps/2-filter". */
SC_MUST_USE sc_status sc__output_publish(const sc_run_state *r, const char *const *dirs,
                                         int n_dirs);

#endif
