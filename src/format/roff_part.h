/* roff_part.h - what the parts of the roff reader share: roff.c (lines, man(7)), roff_mdoc.c,
 * roff_escape.c. */
#ifndef SC_FORMAT_ROFF_PART_H
#define SC_FORMAT_ROFF_PART_H

#include "base/alloc.h"
#include "format/page.h"

enum { ROFF_MAX_ARGS = 64, ROFF_MAX_NEST = 16, ROFF_BODY = 2 /* indent of text */ };

typedef struct {
    const char *p; /* raw: escapes are still in it */
    size_t n;
    bool quoted;
} sc_roff_arg;

typedef struct sc_roff_string {
    struct sc_roff_string *next;
    const char *name, *value;
} sc_roff_string;

typedef struct {
    sc_page page;
    sc_arena arena;
    sc_buffer text; /* a line with its escapes expanded */
    sc_roff_arg args[ROFF_MAX_ARGS];
    int n_args;
    sc_roff_string *strings; /* by .ds */
    int strings_depth;
    const char *until;                    /* lines are dropped up to .UNTIL; NULL: none are */
    int dropped_blocks;                   /* > 0: inside \{ of a condition that is false */
    bool condition;                       /* of the last .ie */
    bool tag_next;                        /* the next text is a tag (.TP) */
    bool no_space;                        /* the next text joins the last (\c, .Ns) */
    bool table, table_format, table_cell; /* in .TS, before its rows end in '.', in T{ */
    char table_tab;
    int margin; /* indent of paragraphs: .RS moves it */
    int margins[ROFF_MAX_NEST], n_margins;
    sc_buffer link; /* of .UR, .MT */
    bool mdoc, synopsis;
    const char *name; /* of .Nm */
    int n_arguments;  /* > 0: within .Fo, how many came */
    struct {
        char kind; /* as roff_mdoc.c says */
        int count, indent;
    } lists[ROFF_MAX_NEST];
    int n_lists;
    int displays[ROFF_MAX_NEST], n_displays; /* indent before each .Bd, negative: was verbatim */
} sc_roff;

/* Appends the text with escapes expanded; comments end it. */
void sc__roff_expand(sc_roff *r, sc_buffer *out, const char *p, size_t n);
/* An argument, in which "" stands for a quote when it was quoted. */
void sc__roff_expand_arg(sc_roff *r, sc_buffer *out, const sc_roff_arg *a);
void sc__roff_define(sc_roff *r, const char *name, size_t n_name, const char *value, size_t n);

/* Empties a buffer; its failure, which that would forget, becomes the page's. */
void sc__roff_clear(sc_roff *r, sc_buffer *b);
void sc__roff_no_memory(sc_roff *r);

/* Text into the page: as the tag when one is expected. */
void sc__roff_put(sc_roff *r, const char *text, size_t n);
void sc__roff_paragraph(sc_roff *r); /* a blank line, back to the margin */
void sc__roff_heading(sc_roff *r, const char *text, size_t n, bool sub);

/* The macro args[0] with the arguments after it, when it is one of mdoc(7). */
bool sc__roff_mdoc(sc_roff *r);

#endif
