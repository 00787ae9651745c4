/* documents.h - documents out of files: a file, a folder or a glob of plain text (one file, one
 * document) and JSONL (.jsonl, .json: one line, one document, its `text` field), each also .gz or
 * .zst. What comes out is valid UTF-8. */
#ifndef SC_FORMAT_DOCUMENTS_H
#define SC_FORMAT_DOCUMENTS_H

#include "base/file.h"
#include "format/record.h"

typedef struct {
    const char *text; /* n bytes of UTF-8, borrowed until the next call; may hold zeros */
    size_t n;
    const char *path;
    int64_t line;            /* of a JSONL file, from 1; 0 in plain text */
    int64_t index;           /* of the document in the stream, from 0 */
    const sc_record *record; /* the line it came from; NULL in plain text */
} sc_document;

typedef struct {
    bool strict;         /* invalid UTF-8 is an error and not a counted U+FFFD */
    bool quiet;          /* no warning at the end: the caller looks at _replaced */
    size_t max_document; /* bytes of a plain file or of a line; 0: 2 GiB and 256 MiB */
} sc_documents_options;

typedef struct sc_documents sc_documents;

/* Files in the order of the patterns, each pattern's in byte order; lineage.json and its like,
 * which socle leaves beside what it makes, are passed over in folders. o may be NULL. SC_IO where a
 * pattern matches nothing. */
SC_MUST_USE sc_status sc__documents_open(sc_documents **out, const char *const *patterns, int n,
                                         const sc_documents_options *o);
/* SC_DONE after the last. SC_FORMAT names file and line; who goes on all the same gets what follows
 * that file. Invalid sequences of all files are warned
 * of once, at the end, with their number. */
SC_MUST_USE sc_status sc__documents_next(sc_document *out, sc_documents *t);
const sc_paths *sc__documents_paths(const sc_documents *t); /* the files, in order */
int64_t sc__documents_replaced(const sc_documents *t);      /* invalid sequences so far */
void sc__documents_close(sc_documents *t);                  /* NULL is fine */

/* Of a corpus, a folder that holds documents/, only those are meant, and not what was dropped from
 * them or said of them: PATH/documents, or the path itself. */
SC_MUST_USE sc_status sc__documents_root(const char **out, sc_arena *a, const char *path);
/* The files of the patterns in that order, in the arena. */
SC_MUST_USE sc_status sc__documents_find(sc_paths *out, sc_arena *a, const char *const *patterns,
                                         int n);
/* One of those files that lies in this folder or below it, in the arena; NULL: none does. */
SC_MUST_USE sc_status sc__documents_find_below(const char **out, sc_arena *a,
                                               const char *const *patterns, int n,
                                               const char *folder);
bool sc__documents_is_jsonl(const char *path); /* .jsonl, .json, also .gz and .zst */
/* The name without its folder and endings, as what is made of the file is named too. Borrowed. */
sc_slice sc__documents_stem(const char *path);

/* Appends its id: its record's, else the one that sc__record_id makes of the text. */
SC_MUST_USE sc_status sc__document_id(sc_buffer *out, const sc_document *d);

#endif
