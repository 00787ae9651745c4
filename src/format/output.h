/* output.h - a file of JSONL that is being written: what sc_packer makes, one piece after another,
 * to a path or to standard output. A file is in place whole or not at all. */
#ifndef SC_FORMAT_OUTPUT_H
#define SC_FORMAT_OUTPUT_H

#include "base/file.h"

typedef struct {
    sc_writer writer; /* of a path */
    bool open, to_stdout;
} sc_output;

/* Is `out` one file ("-", or a name that ends in .jsonl, .jsonl.gz or .jsonl.zst) and no folder? */
bool sc__output_is_file(const char *out);
/* A name for sc__packer_open: what goes to `out`, or into the files of that folder, is packed so.
 */
const char *sc__output_packing(const char *out);

/* "-" is standard output. */
SC_MUST_USE sc_status sc__output_open(sc_output *o, const char *path);
SC_MUST_USE sc_status sc__output_append(sc_output *o, const void *packed, size_t n);
/* Durable and in place. A file to which nothing was appended is an empty archive, not an empty
 * file. Ends the output, also on failure. */
SC_MUST_USE sc_status sc__output_commit(sc_output *o);
void sc__output_close(sc_output *o); /* leaves no trace of what was not committed */

#endif
