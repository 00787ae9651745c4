/* flow_part.h - what flow.c and its reading and writing sides share. */
#ifndef SC_STAGE_CURATION_FLOW_PART_H
#define SC_STAGE_CURATION_FLOW_PART_H

#include "format/output.h"
#include "format/stream.h"
#include "stage/curation/flow.h"

/* Bytes of lines in a chunk; a longer line is a chunk of its own. */
enum { SC_CHUNK_BYTES = 2 << 20 };

/* A run of whole lines of one file; the last one of a file may be empty. */
typedef struct {
    int64_t file;
    int64_t first_line, unreadable, documents, replaced;
    bool last;           /* of its file */
    uint64_t bytes_read; /* of the input, when it was cut */
    sc_buffer text;
    sc_buffer out[SC_FLOW_KINDS_MAX], packed[SC_FLOW_KINDS_MAX];
    int64_t *tally;
    char first_unreadable[400];
} sc_chunk;

/* The reading side: in turn. */
typedef struct {
    const sc_flow_options *o;
    sc_paths paths;
    const bool *passed; /* input files that need not be read */
    int64_t at, line;
    sc_stream *stream;
    sc_buffer carry;     /* the begin of a line whose end is still to come */
    uint64_t bytes_read; /* of files that are done */
} sc_chunk_reader;
/* SC_DONE when there are no more. Damage of the input is told in the chunk. */
SC_MUST_USE sc_status sc__chunk_next(sc_chunk *out, sc_chunk_reader *r);
void sc__chunk_reader_close(sc_chunk_reader *r);
/* Counts something unreadable; `s` is its status with the error text. SC_OK, or `s` where it must
 * not be passed over. */
SC_MUST_USE sc_status sc__chunk_unreadable(sc_chunk *c, const sc_flow_options *o, sc_status s);

/* A name of an output that was given, and the last number behind it that was. */
typedef struct {
    const char *name;
    int64_t last;
} sc_flow_name;

/* The writing side: in the order of the chunks. */
typedef struct {
    const sc_flow_options *o;
    sc_arena arena;
    const char **names;  /* of the outputs, by input file; NULL where all is one file */
    sc_flow_name *given; /* (mask + 1) the same by their hash */
    uint64_t mask;
    sc_output outputs[SC_FLOW_KINDS_MAX];
} sc_flow_writer;
SC_MUST_USE sc_status sc__flow_writer_open(sc_flow_writer *w, const sc_flow_options *o,
                                           const sc_paths *inputs);
bool sc__flow_writer_has(const sc_flow_writer *w, int64_t file); /* all its outputs are there */
/* Where nothing is read: the one file, with nothing in it. */
SC_MUST_USE sc_status sc__flow_writer_finish(sc_flow_writer *w);
/* The packed parts of a chunk; the files are complete when it was the last of its file, and the one
 * file when `end`. */
SC_MUST_USE sc_status sc__flow_writer_append(sc_flow_writer *w, const sc_chunk *c, bool end);
void sc__flow_writer_close(sc_flow_writer *w); /* abandons what is not complete */

#endif
