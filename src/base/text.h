/* text.h - known words: the place of one, and the nearest to one ("did you mean ...?"). */
#ifndef SC_BASE_TEXT_H
#define SC_BASE_TEXT_H

#include "base/status.h"
#include "socle/text.h"

/* As sc_text_nearest: NULL when nothing is near. `candidates` ends with NULL. Allocates nothing. */
const char *sc__nearest(const char *word, const char *const *candidates);

/* The place of a name in a table of them that ends with NULL. SC_USAGE, with the names that there
 * are: "no `what` is called ...". */
SC_MUST_USE sc_status sc__name_find(int *out, const char *what, const char *name,
                                    const char *const *names);

#endif
