/* worth.h - what `--keep best` goes by: a number of a document's metadata, or an attribute that a
 * tagger said of it, which lies beside the documents. */
#ifndef SC_STAGE_CURATION_DEDUP_WORTH_H
#define SC_STAGE_CURATION_DEDUP_WORTH_H

#include "stage/curation/dedup/dedup.h"

/* `files` are the inputs, borrowed as the options are. SC_USAGE: with attributes, a score that is
 * not TAGGER__ATTRIBUTE. */
SC_MUST_USE sc_status sc__worth_open(sc_worth **out, const sc_dedup_options *o,
                                     const sc_paths *files);
void sc__worth_close(sc_worth *s); /* NULL is fine */

/* The number, least of all where there is none; any number of threads. `id` is the record's.
 * SC_MISMATCH: there are attributes, but not of this document. */
SC_MUST_USE sc_status sc__worth_find(double *out, sc_dedup_worker *w, const sc_flow_item *item,
                                     sc_slice id);
/* No document of this file or one before it will be asked for: gives its attributes back. */
void sc__worth_pass(sc_worth *s, const char *path);
void sc__worth_close_room(struct sc_worth_room *r); /* of a worker; NULL is fine */

#endif
