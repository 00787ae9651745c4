/* template.h - chat templates: the part of Jinja that they are written in, as transformers runs it
 * (trim_blocks, lstrip_blocks, tojson, raise_exception). A template is foreign: it reads the values
 * it is given and makes text, with bounds on depth, steps and output, and nothing else.
 *
 * There are: if elif else, for (with else, a condition, loop.*), set, namespace, comments,
 * whitespace control; literals, lists, dictionaries, indexing, slices, arithmetic, comparisons, in,
 * is, ~, and or not, x if c else y; the filters, tests, methods and functions of evaluate.c's
 * tables. All else is refused by name. */
#ifndef SC_INFER_TEMPLATE_H
#define SC_INFER_TEMPLATE_H

#include "base/buffer.h"
#include "base/json.h"

typedef struct sc_template sc_template;

/* SC_FORMAT: not Jinja; SC_UNSUPPORTED: Jinja that we do not have. Both name line and construct. */
SC_MUST_USE sc_status sc__template_open(sc_template **out, const char *source);
void sc__template_close(sc_template *t); /* NULL is fine */

/* Appends the text that an object of variables gives. SC_USAGE: the template's raise_exception;
 * SC_FORMAT: it does what cannot be done with these values; SC_UNSUPPORTED as above. */
SC_MUST_USE sc_status sc__template_render(sc_buffer *out, const sc_template *t,
                                          const json_t *variables);

#endif
