/* tagger.h - what a tagger is: one file tagger_NAME.c, one row of taggers.def. It looks at a
 * document and says attributes of it; it never changes or drops one: rules.h does, later, from what
 * was said. docs/adding-a-tagger.md walks through one.
 *
 * A tagger says the same of the same text, whatever came before and on whichever thread. */
#ifndef SC_STAGE_CURATION_TAG_TAGGER_H
#define SC_STAGE_CURATION_TAG_TAGGER_H

#include "stage/curation/tag/tags.h"

/* A setting of a tagger: --set NAME.KEY=VALUE. */
typedef struct {
    const char *key;
    const char *dflt; /* NULL: none */
    const char *help; /* one line */
} sc_tagger_setting;

enum { SC_TAGGER_SETTINGS_MAX = 8 };

/* Any may be NULL but `run`. */
typedef struct {
    const sc_tagger_setting *settings; /* ends with {0} */
    /* Once a run, before any open: reads the lists and models that all threads look at. `values`
     * stand in the order of the settings, NULL where neither given nor defaulted. */
    sc_status (*load)(void **shared, const char *const *values);
    void (*unload)(void *shared);
    /* The names of its attributes, ends with NULL: `self` is a const int *, the number of each. For
     * a tagger that needs nothing else: no `open`, no `close`. */
    const char *const *metrics;
    /* Once a thread: asks `tags` for the numbers of its attributes (sc__tags_attribute) and makes
     * what it needs to work. */
    sc_status (*open)(void **self, sc_tags *tags, const void *shared);
    void (*close)(void *self);
    /* Says what it has to say of `doc`. */
    sc_status (*run)(void *self, sc_tags *out, sc_doc *doc);
} sc_tagger;

/* A row of taggers.def. */
typedef struct {
    const char *name; /* "gopher-quality"; its attributes begin with "gopher_quality__" */
    const char *prefix;
    const char *help, *source;
    const sc_tagger *tagger;
} sc_tagger_row;

extern const sc_tagger_row sc__taggers[];
extern const int sc__n_taggers;

/* ---- a run of several taggers ---------------------------------------------------------------- */

typedef struct sc_tagging sc_tagging;

typedef struct {
    const char *const *taggers; /* names */
    int n_taggers;
    const char *const *settings; /* "c4.bad_words=FILE" */
    int n_settings;
    sc_words_mode words;
    const char *const
        *wanted; /* the only attributes anybody looks at, NULL-terminated; NULL: all */
} sc_tagging_options;

/* Loads the taggers; what the options point to is borrowed. SC_USAGE: an unknown tagger or setting,
 * with the nearest known one. */
SC_MUST_USE sc_status sc__tagging_open(sc_tagging **out, const sc_tagging_options *o);
void sc__tagging_close(sc_tagging *g); /* NULL is fine */

/* One a thread. */
typedef struct {
    const sc_tagging *tagging;
    sc_doc *doc;
    sc_tags tags;
    void **selves;  /* by tagger */
    int64_t *marks; /* tagger i said the tags [marks[i], marks[i + 1]) */
} sc_tag_worker;
SC_MUST_USE sc_status sc__tag_worker_open(sc_tag_worker **out, const sc_tagging *g);
void sc__tag_worker_close(sc_tag_worker *w); /* NULL is fine */
/* What all taggers say of the record is in w->tags, until the next one. */
SC_MUST_USE sc_status sc__tag_worker_run(sc_tag_worker *w, const sc_record *record);

/* NULL: there is none of that name. */
const sc_tagger_row *sc__tagger_find(const char *name);
/* The one whose attribute this is ("gopher_quality__words"); NULL: none of ours. */
const sc_tagger_row *sc__tagger_of(const char *attribute);
/* The index of a key among a tagger's settings; -1: none. */
int sc__tagger_setting_find(const sc_tagger *t, const char *key, size_t n);

#endif
