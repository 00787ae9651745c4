/* answer.h - documents that are an answer: rows that are made on any thread, taken in the order of
 * the corpus, and printed as a table or as lines of JSON. */
#ifndef SC_STAGE_CURATION_ASK_ANSWER_H
#define SC_STAGE_CURATION_ASK_ANSWER_H

#include "format/json_scan.h"
#include "socle/text.h"

/* The texts that are looked for, folded; valid UTF-8, none of them empty. */
typedef struct {
    const sc_slice *at;
    int n;
} sc_needles;

/* Appends a text with each run of white space as one space. */
void sc__fold(sc_buffer *out, sc_slice text);

/* How often a needle is in a folded text, side by side, and what stands around the first place. */
typedef struct {
    int64_t n;
    sc_slice around;
} sc_sight;
sc_sight sc__sight(sc_slice text, sc_slice needle);
/* Some text around bytes [start, end) of one, cut between characters. */
sc_slice sc__around(sc_slice text, size_t start, size_t end);

/* ---- rows ------------------------------------------------------------------------------------ */

/* What a row says. */
typedef struct {
    sc_slice id, path, url; /* url.p NULL: it has none */
    int64_t line, occurrences;
    sc_slice around;
    sc_slice query; /* p NULL: only one thing was asked */
    sc_slice where; /* members of a JSON object, without its braces; n 0: none */
} sc_found;

/* What rows are handed over as: this, then n_row bytes of JSON. */
typedef struct {
    uint64_t draw;                  /* of a sample: the smallest stay */
    int64_t documents, occurrences; /* that it counts for */
    uint32_t query, n_row;          /* which text; 0 bytes: it only counts */
} sc_found_head;

/* `found` may be NULL: no row. Errors are the buffer's. */
void sc__found_put(sc_buffer *out, sc_found_head head, const sc_found *found);

/* ---- the answer ------------------------------------------------------------------------------ */

typedef struct {
    int64_t limit;   /* rows for each text, or of the sample */
    bool is_sample;  /* those of the smallest draws stay, not the first */
    int64_t *n_rows; /* by query */
    int n_queries;   /* at least 1 */
    int64_t n_found; /* queries that were found */
    int64_t documents, occurrences;
    sc_buffer rows; /* the module's own */
} sc_answer;

SC_MUST_USE sc_status sc__answer_init(sc_answer *a, int n_queries, int64_t limit, bool is_sample);
void sc__answer_deinit(sc_answer *a); /* zeroed is fine */
/* Whether a further row for this text would not be shown. */
bool sc__answer_is_full(const sc_answer *a, int query);
/* What was put, in the order of the corpus. */
SC_MUST_USE sc_status sc__answer_take(sc_answer *a, const char *bytes, size_t n);
void sc__answer_print(sc_buffer *out, sc_answer *a, sc_text_form form);

#endif
