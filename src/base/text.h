/* text.h - the nearest known word, for error texts ("did you mean ...?"). */
#ifndef SC_BASE_TEXT_H
#define SC_BASE_TEXT_H

#include "socle/text.h"

/* As sc_text_nearest: NULL when nothing is near. `candidates` ends with NULL. Allocates nothing. */
const char *sc__nearest(const char *word, const char *const *candidates);

#endif
