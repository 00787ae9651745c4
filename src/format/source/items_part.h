/* items_part.h - what items.c, which walks files and archives, and its readers of kinds share. */
#ifndef SC_FORMAT_ITEMS_PART_H
#define SC_FORMAT_ITEMS_PART_H

#include "format/source/items.h"
#include "format/window.h"

typedef struct sc_item_source sc_item_source;

/* A file, or a member of the archive that the level above it holds. */
typedef struct {
    sc_stream *stream;
    sc_window window;
    const sc_item_source *source; /* NULL: not yet told apart */
    void *reader;                 /* the source's own */
    char *name;                   /* "path" or "path/member" */
    const char *path, *member;
    int64_t mtime;
} sc_item_level;

/* A kind of file, as a row. */
struct sc_item_source {
    bool (*detect)(const sc_item_level *l, const char *bytes, size_t n);
    sc_status (*open)(sc_item_level *l, size_t max_item);
    /* SC_DONE after the last; an archive opens the next level instead. */
    sc_status (*next)(sc_item *out, sc_items *t, sc_item_level *l);
    void (*close)(void *reader);
};

/* In the order in which they are asked; the last takes everything. */
extern const sc_item_source *const sc__item_sources[];
extern const int sc__n_item_sources;

size_t sc__items_max(const sc_items *t);
void sc__items_pass_over(sc_items *t);
/* Opens a member of this level's archive as the next one. */
SC_MUST_USE sc_status sc__items_push(sc_items *t, const char *member, int64_t mtime,
                                     sc_read_fn *read, void *user);
/* An item of this level, its place and names filled in. */
sc_item sc__item_of(const sc_item_level *l, sc_item_kind kind, const char *bytes, size_t n);

/* The rows of the table that do not lie beside it. */
extern const sc_item_source sc__source_web;
extern const sc_item_source sc__source_csv;
extern const sc_item_source sc__source_json;
extern const sc_item_source sc__source_parquet;

#endif
