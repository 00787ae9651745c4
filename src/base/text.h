/* text.h - known words: the place of one, and the nearest to one ("did you mean ...?"); lines. */
#ifndef SC_BASE_TEXT_H
#define SC_BASE_TEXT_H

#include "base/buffer.h"
#include "socle/text.h"

/* As sc_text_nearest: NULL when nothing is near. `candidates` ends with NULL. Allocates nothing. */
const char *sc__nearest(const char *word, const char *const *candidates);

/* The place of a name in a table of them that ends with NULL. SC_USAGE, with the names that there
 * are: "no `what` is called ...". */
SC_MUST_USE sc_status sc__name_find(int *out, const char *what, const char *name,
                                    const char *const *names);

/* Takes the next line from the front of `rest`, without its newline; false: nothing is left. */
bool sc__take_line(sc_slice *line, sc_slice *rest);
/* The next entry of a list as people write one, a line each: white space around it goes; empty
 * lines and those that begin with # are passed over. */
bool sc__take_entry(sc_slice *entry, sc_slice *rest);

#endif
