/* ingest_part.h - what the parts of ingest share: one item into a record, many items in order. */
#ifndef SC_STAGE_CREATION_INGEST_PART_H
#define SC_STAGE_CREATION_INGEST_PART_H

#include "base/hash.h"
#include "format/extract/main_text.h"
#include "format/source/items.h"
#include "format/source/mediawiki.h"
#include "socle/data.h"

typedef enum {
    SC_INGEST_PLAIN,
    SC_INGEST_MARKDOWN,
    SC_INGEST_HTML,
    SC_INGEST_MANUAL,
    SC_INGEST_JSONL,
    SC_INGEST_CSV,
    SC_INGEST_PARQUET,
    SC_INGEST_WEB,
    SC_INGEST_WIKI,
    SC_INGEST_KEPT, /* kinds before it are of documents that are kept */
    SC_INGEST_BINARY = SC_INGEST_KEPT,
    SC_INGEST_NEAR_EMPTY,
    SC_INGEST_PASSED_OVER,
    SC_INGEST_DUPLICATE,
    SC_INGEST_N_OUTCOMES
} sc_ingest_outcome;

/* One a thread: what making records needs again and again. */
typedef struct {
    const sc_ingest_options *o;
    int64_t epoch; /* SOURCE_DATE_EPOCH; -1: none */
    sc_buffer bytes, decoded, repaired, composed, plain, tidy, names;
    sc_wiki_page page;
    sc_extractor *extractor;
    sc_page_facts facts;
} sc_record_maker;

typedef struct {
    sc_ingest_outcome outcome;
    int64_t bytes; /* of the text */
    int64_t replaced, converted, repaired;
    sc_digest digest; /* of the text, when kept and duplicates are to be dropped */
} sc_made_record;

SC_MUST_USE sc_status sc__record_maker_init(sc_record_maker *m, const sc_ingest_options *o);
void sc__record_maker_deinit(sc_record_maker *m);
/* Appends the record's line to `out` when the outcome is a kind that is kept. SC_FORMAT names the
 * item's place: it cannot be read. */
SC_MUST_USE sc_status sc__record_make(sc_made_record *made, sc_buffer *out, sc_record_maker *m,
                                      const sc_item *item);

/* All items of `in`, by many threads, into files in the order of the items; `out` as in
 * sc_data_ingest. */
SC_MUST_USE sc_status sc__ingest_run(sc_ingest_report *report, sc_items *in, const char *out,
                                     const sc_ingest_options *o);

#endif
