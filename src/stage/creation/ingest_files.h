/* ingest_files.h - where ingest writes: one file, standard output, or the numbered files of a
 * folder, which take the place of those of an earlier run only when all are written. */
#ifndef SC_STAGE_CREATION_INGEST_FILES_H
#define SC_STAGE_CREATION_INGEST_FILES_H

#include "format/output.h"
#include "socle/data.h"

typedef struct {
    sc_arena arena;
    const char *out;
    const char *folder;  /* OUT/documents; NULL: one file */
    const char *writing; /* the folder that is being written: a temporary one, or itself */
    const char *prefix;  /* of the names: "", "web-", and "3-", the number of this process */
    size_t file_bytes;
    sc_output file; /* the present one */
    int number;     /* of the next */
    size_t n;       /* bytes of JSON in the present one */
} sc_ingest_files;

SC_MUST_USE sc_status sc__ingest_files_open(sc_ingest_files *f, const char *out,
                                            const sc_ingest_options *o);
/* Compressed lines that are n_json bytes of JSON. */
SC_MUST_USE sc_status sc__ingest_files_append(sc_ingest_files *f, const void *packed, size_t n,
                                              size_t n_json);
/* In place, all of it. */
SC_MUST_USE sc_status sc__ingest_files_commit(sc_ingest_files *f);
void sc__ingest_files_close(sc_ingest_files *f); /* leaves no trace of what was not committed */

#endif
