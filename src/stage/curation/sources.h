/* sources.h - from the tokens of a split back to the documents they were made of: what pack.h left
 * in FOLDER/shards.json and FOLDER/SPLIT.ids. */
#ifndef SC_STAGE_CURATION_SOURCES_H
#define SC_STAGE_CURATION_SOURCES_H

#include "base/file.h"
#include "format/json_scan.h"

typedef struct sc_sources sc_sources;

/* The documents of a split, "train" or "valid". SC_FORMAT: the files contradict each other. */
SC_MUST_USE sc_status sc__sources_open(sc_sources **out, const char *dir, const char *split);
void sc__sources_close(sc_sources *s); /* NULL is fine */

typedef struct {
    sc_slice id;        /* as JSON, with its quotes */
    const char *path;   /* of the file it lies in */
    const char *sha256; /* of that file when it was read; NULL: not recorded */
    int64_t document;   /* its number in that file, from 0 */
    int64_t characters; /* of it that lie in the other split, before these */
} sc_source;

int64_t sc__sources_count(const sc_sources *s);
/* Of a document of the split, from 0; borrowed. SC_FORMAT: shards.json does not tell of it. */
SC_MUST_USE sc_status sc__sources_get(sc_source *out, const sc_sources *s, int64_t document);
/* The first document from `from` on with this id (plain text), -1: there is none. */
int64_t sc__sources_find(const sc_sources *s, const char *id, int64_t from);

#endif
