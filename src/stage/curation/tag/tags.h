/* tags.h - what taggers say of one document: attributes as Dolma's toolkit has them (Soldaini et
 * al. 2024), each a list of spans with a number. A number of the whole document is one span over
 * all of its text.
 *
 *     {"id": "...", "attributes": {"length__chars": [[0, 120, 120]], "c4__curly_bracket": [[7, 8,
 * 1]]}}
 *
 * Inside, spans are bytes; in a file they are code points, as Dolma's are. Errors are sticky: say
 * freely, ask for the status at the end. */
#ifndef SC_STAGE_CURATION_TAG_TAGS_H
#define SC_STAGE_CURATION_TAG_TAGS_H

#include "base/alloc.h"
#include "stage/curation/tag/doc.h"

typedef struct {
    uint32_t attribute; /* its number in these tags */
    uint32_t start, end;
    double value; /* finite */
} sc_tag;

typedef struct {
    sc_arena arena; /* of the names */
    const char **names;
    bool *unwanted; /* by attribute */
    int n_names, cap_names;
    const char *const *wanted; /* NULL: all are; else NULL-terminated */
    const char *prefix;        /* of sc__tags_attribute: "gopher_quality" */
    sc_tag *at;
    int64_t n, cap;
    uint32_t text_end; /* bytes of the present text */
    sc_status status;
} sc_tags;

/* `wanted`: the only attributes that anybody will look at, borrowed; NULL: all. */
void sc__tags_init(sc_tags *t, const char *const *wanted);
void sc__tags_deinit(sc_tags *t);
void sc__tags_clear(sc_tags *t, sc_slice text); /* a new document; names are kept */

/* The number of the attribute of that full name ("length__chars"), made when it is new. */
int sc__tags_find(sc_tags *t, const char *name);
/* The same for a tagger: its prefix and "__" are put before. */
int sc__tags_attribute(sc_tags *t, const char *metric);
/* Whether anybody will look at it: what is costly may be left out when not. */
static inline bool sc__tags_wants(const sc_tags *t, int attribute) {
    return attribute >= 0 && !t->unwanted[attribute];
}

/* Says it of bytes [start, end) of the text; of all of it. Passed over when nobody wants it. */
void sc__tags_add(sc_tags *t, int attribute, size_t start, size_t end, double value);
void sc__tags_whole(sc_tags *t, int attribute, double value);

/* Appends a line with the tags [from, to): {"id", "line", "attributes"}. Attributes stand in the
 * order in which they were first said; what was not said is not there. `line` is that of the
 * document in its file, by which those with the same id are told apart; 0: not said. `d` is the
 * document they are of. */
SC_MUST_USE sc_status sc__tags_write(sc_buffer *out, const sc_tags *t, const int64_t range[2],
                                     int64_t line, sc_doc *d);
/* A value as such a line has it: whole numbers without a point. */
void sc__tag_print_value(sc_buffer *out, double value);
/* Adds the tags of such a line to `t`, whose document is d's. SC_FORMAT: not such a line, or spans
 * that are not in the text. */
SC_MUST_USE sc_status sc__tags_read(sc_tags *t, sc_slice line, sc_doc *d);

#endif
