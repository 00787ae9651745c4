/* report.h - a corpus described: report.html for people who look, README.md for those who read,
 * croissant.json for programs. All from one census. */
#ifndef SC_STAGE_CURATION_REPORT_H
#define SC_STAGE_CURATION_REPORT_H

#include "account/step.h"
#include "stage/curation/report/census.h"

typedef struct {
    const char *corpus;   /* the folder */
    const char *name;     /* its last part */
    const json_t *recipe; /* that made it; NULL: not known */
    const json_t *entry;  /* the newest of its lineage; NULL: none */
    const sc_census *census;
} sc_described;

/* The entry of a corpus's lineage that made it: the newest that is no report's; NULL: none. */
const json_t *sc__corpus_maker(const json_t *lineage);

/* Each writes its file into the corpus, atomically. */
SC_MUST_USE sc_status sc__corpus_page(const sc_described *d);      /* report.html */
SC_MUST_USE sc_status sc__corpus_card(const sc_described *d);      /* README.md */
SC_MUST_USE sc_status sc__corpus_croissant(const sc_described *d); /* croissant.json */

/* All three. `entry` is the lineage's that made the corpus; NULL: the newest that lies there. The
 * census is the caller's to deinit, whatever the status. */
SC_MUST_USE sc_status sc__corpus_describe(sc_census *census, const char *corpus,
                                          const json_t *entry, const sc_data_options *o);

#endif
