/* where.h - conditions on documents that a person types: NAME, NAME=VALUE, also != < > <= >=.
 *
 * A name with "__" is an attribute that a tagger left beside the documents ("length__chars"); it
 * holds when one of its spans does. Any other is a field, keys joined by dots, of the record or of
 * its metadata ("source", "metadata.dropped.rule", "language"). A document that has no such
 * attribute or field is never meant. */
#ifndef SC_STAGE_CURATION_ASK_WHERE_H
#define SC_STAGE_CURATION_ASK_WHERE_H

#include "stage/curation/tag/tags.h"

typedef struct sc_wheres sc_wheres; /* read by any number of threads */

/* SC_USAGE: not such a condition; an attribute is compared with what is no number. */
SC_MUST_USE sc_status sc__wheres_open(sc_wheres **out, const char *const *texts, int n);
void sc__wheres_close(sc_wheres *w); /* NULL is fine */
/* Whose attributes they look at, and which; the second ends with NULL. */
const char *const *sc__wheres_taggers(const sc_wheres *w, int *n);
const char *const *sc__wheres_attributes(const sc_wheres *w);

/* What a thread needs for it. */
typedef struct {
    sc_tags tags;
    sc_doc *doc; /* of the record, where attributes are looked at */
    sc_buffer room;
    sc_buffer shown;   /* of a document that is meant: {name: value} without the braces */
    size_t start, end; /* bytes that the first attribute speaks of; equal: none does */
} sc_where_worker;
SC_MUST_USE sc_status sc__where_worker_init(sc_where_worker *k, const sc_wheres *w);
void sc__where_worker_deinit(sc_where_worker *k);

/* Whether all hold for the record; its attributes are in k->tags. An attribute is shown as [start,
 * end, value] in code points. */
SC_MUST_USE sc_status sc__wheres_hold(bool *out, sc_where_worker *k, const sc_wheres *w,
                                      const sc_record *r);

#endif
