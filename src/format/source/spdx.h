/* spdx.h - what records say of their licence, as SPDX writes it. */
#ifndef SC_FORMAT_SOURCE_SPDX_H
#define SC_FORMAT_SOURCE_SPDX_H

#include "format/extract/licence.h"

/* Writes the SPDX identifier that the text is in other letters ("cc-by-4.0"), or whose address it
 * is. False, and "", for what is neither: an expression, or words. */
bool sc__spdx_find(char out[SC_LICENCE_MAX], const char *text);

#endif
