/* job.h - what the steps `tag` and `filter` share: their inputs, their kind of words, their
 * account. */
#ifndef SC_STAGE_CURATION_TAG_JOB_H
#define SC_STAGE_CURATION_TAG_JOB_H

#include "socle/tag.h"

#include "account/step.h"
#include "stage/curation/tag/doc.h"

/* NULL: unicode. SC_USAGE: not the name of a kind of words. */
SC_MUST_USE sc_status sc__job_words(sc_words_mode *out, const char *name);
/* Into a recipe: a list of names; the settings and kind of words of a job. */
SC_MUST_USE sc_status sc__job_list(json_t *recipe, const char *key, const char *const *names,
                                   int n);
SC_MUST_USE sc_status sc__job_recipe(json_t *recipe, const sc_tag_job *job);
SC_MUST_USE sc_status sc__job_inputs(sc_account *a, const sc_tag_job *job);
/* What was read, as a note. */
SC_MUST_USE sc_status sc__job_note(sc_account *a, const sc_data_reading *r);

/* The longest line that is read under --max-memory: a text of words of one letter, the worst there
 * is, takes 44 bytes of memory for each of its own while its units are counted. */
size_t sc__job_max_line(const sc_data_options *o);

#endif
