/* beside.h - attributes that lie in files beside documents: DIR/TAGGER/NAME speaks of the documents
 * of NAME, a line each, found by the id and, where several have the same, by the line. */
#ifndef SC_STAGE_CURATION_TAG_BESIDE_H
#define SC_STAGE_CURATION_TAG_BESIDE_H

#include "stage/curation/tag/tags.h"

typedef struct sc_beside sc_beside; /* read by any number of threads */

/* What the taggers said of the documents of one file. SC_IO: a tagger has no file for it. Takes as
 * much memory as the attributes. */
SC_MUST_USE sc_status sc__beside_open(sc_beside **out, const char *dir, const char *documents,
                                      const char *const *taggers, int n_taggers);
void sc__beside_close(sc_beside *b); /* NULL is fine */

/* Adds what is known of the document with this id, in this line of its file, to `tags`, whose
 * document is d's. SC_MISMATCH: a tagger says nothing of it, or of several with that id. */
SC_MUST_USE sc_status sc__beside_read(sc_tags *tags, const sc_beside *b, sc_slice id, int64_t line,
                                      sc_doc *d);

#endif
