/* cut.h - texts as lines of words, and these as numbers: a thread cuts the texts of a chunk and
 * numbers the words as they come in it; who collects the chunks in order looks up each word once a
 * chunk, so that the numbers do not depend on the threads. */
#ifndef SC_STAGE_CURATION_NGRAM_CUT_H
#define SC_STAGE_CURATION_NGRAM_CUT_H

#include "stage/curation/ngram/trainer.h"
#include "stage/curation/tag/doc.h"

typedef struct sc_cutter sc_cutter;

SC_MUST_USE sc_status sc__cutter_open(sc_cutter **out, sc_words_mode words);
void sc__cutter_close(sc_cutter *c); /* NULL is fine */
/* Appends the lines of a text to those of its chunk; an empty `out` begins a chunk. */
SC_MUST_USE sc_status sc__cutter_append(sc_buffer *out, sc_cutter *c, const sc_record *record);

/* Gives the lines of a chunk to a training. `room` is empty at first; the caller ends its buffers.
 */
typedef struct {
    sc_buffer known; /* numbers of the chunk's words: uint32_t each */
    sc_buffer line;
} sc_cut_room;
SC_MUST_USE sc_status sc__cut_collect(sc_ngram_trainer *t, const char *chunk, size_t n,
                                      sc_cut_room *room);

#endif
