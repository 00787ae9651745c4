/* namelist.h - a list of names (domains, URLs, ids, words), one a line, and whether one is in it.
 * Blank lines and those that begin with "#" are passed over. Names are kept as 64-bit hashes, so
 * that a million cost 32 MB at most; the odds that a name which is not listed is taken for one that
 * is are one in ten million million there. */
#ifndef SC_STAGE_CURATION_TAG_NAMELIST_H
#define SC_STAGE_CURATION_TAG_NAMELIST_H

#include "stage/curation/tag/tags.h"

typedef struct {
    uint64_t *slots; /* 0: free; NULL: no list was given */
    size_t mask;
    int64_t n;
} sc_namelist;

/* `small`: capitals of ASCII are made small, as they must be in what is then asked for. */
SC_MUST_USE sc_status sc__namelist_load(sc_namelist *l, const char *path, bool small);
void sc__namelist_deinit(sc_namelist *l);
bool sc__namelist_has(const sc_namelist *l, const char *p, size_t n); /* false without a list */
/* Whether the host of the URL or a domain above it is listed: of a.b.c also b.c and c. A URL may
 * lack its scheme. */
bool sc__namelist_has_host(const sc_namelist *l, const sc_buffer *url);

/* ---- a tagger of several lists: its parts are those of sc_tagger ---- */

enum { SC_NAMELISTS_MAX = 4 };
typedef struct {
    const char *tagger;
    const char *const *metrics; /* an attribute for each list */
    int n;
    int exact; /* the list whose names keep their capitals; -1: none */
} sc_namelists;
/* `load`: the lists whose paths are given. SC_USAGE: none is. `unload`. */
SC_MUST_USE sc_status sc__namelists_load(void **shared, const char *const *values,
                                         const sc_namelists *l);
void sc__namelists_unload(void *shared);

/* `self` */
typedef struct {
    const sc_namelist *lists; /* by number, as their attributes `at` are */
    int at[SC_NAMELISTS_MAX];
    sc_buffer room, url, id;
} sc_namelists_worker;
SC_MUST_USE sc_status sc__namelists_open(void **self, sc_tags *tags, const void *shared,
                                         const sc_namelists *l);
void sc__namelists_close(void *self);

/* Appends the document's URL (metadata.url, or url) in small letters; false when it has none. */
SC_MUST_USE sc_status sc__url_of(bool *out, sc_buffer *url, sc_buffer *room, sc_doc *doc);

#endif
