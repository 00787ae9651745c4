/* items.h - what may become a document, out of whatever a person points at: files, folders and
 * globs; packed (.gz .zst .xz .bz2), inside archives (.tar .zip, three deep), whole or as the
 * records of JSONL, JSON, CSV, TSV, WARC, WET, ARC, Parquet and MediaWiki dumps. What a file is is
 * told by its first bytes, then by its name.
 *
 * Items come raw: their character set, markup and cleaning are the caller's, who can then do that
 * on many threads. */
#ifndef SC_FORMAT_ITEMS_H
#define SC_FORMAT_ITEMS_H

#include "base/file.h"

enum { SC_ITEMS_DEPTH_MAX = 4 /* a file and archives inside of archives */ };

typedef enum {
    SC_ITEM_FILE, /* a whole file, as it lies there; of one with zero bytes in its head, the head */
    SC_ITEM_JSON, /* an object of JSONL or JSON */
    SC_ITEM_ROW,  /* of CSV or TSV: an object of its columns */
    SC_ITEM_PARQUET, /* likewise, of a row */
    SC_ITEM_WEB,     /* the body of a page that a web archive holds; text of WET */
    SC_ITEM_WIKI     /* <page>...</page> of a MediaWiki dump */
} sc_item_kind;

typedef struct {
    sc_item_kind kind;
    const char *bytes;
    size_t n;
    const char *path;    /* of the file */
    const char *member;  /* inside it, "a.zip/b.txt"; NULL: the file itself */
    uint64_t offset;     /* of a record in the (decompressed) file; in a packed WARC: in the file */
    int64_t line;        /* JSONL, CSV: from 1; Parquet: the row; 0 */
    int64_t mtime;       /* of the file or member, seconds since 1970; -1: not known */
    const char *type;    /* WEB: "text/html"; "" */
    const char *robots;  /* WEB: X-Robots-Tag; NULL */
    const char *charset; /* WEB: as HTTP has it; "" */
    const char *url;     /* WEB; WIKI: of the folder of all pages; NULL */
    const char *id, *created, *language; /* WEB, WIKI; NULL */
} sc_item;

typedef struct {
    size_t max_item;     /* bytes of one item; 0: 64 MiB. A longer one is refused */
    int shard, n_shards; /* only files i with i mod n_shards = shard; 0, 0: all */
} sc_items_options;

typedef struct {
    int64_t files;       /* that are done */
    int64_t passed_over; /* records that hold no document: requests, images, errors of servers */
    uint64_t bytes_read, bytes_total; /* of files */
} sc_items_counts;

typedef struct sc_items sc_items;

/* Files as sc__documents_find has them; "-" is standard input. o may be NULL. */
SC_MUST_USE sc_status sc__items_open(sc_items **out, const char *const *patterns, int n,
                                     const sc_items_options *o);
/* The next item, valid until the next call; SC_DONE after the last. SC_FORMAT and SC_IO name file
 * and place; who goes on all the same gets what follows. */
SC_MUST_USE sc_status sc__items_next(sc_item *out, sc_items *t);
sc_items_counts sc__items_counts(const sc_items *t);
const sc_paths *sc__items_paths(const sc_items *t);
void sc__items_close(sc_items *t); /* NULL is fine */

#endif
