/* licence.h - the address of a licence as an SPDX expression. */
#ifndef SC_FORMAT_EXTRACT_LICENCE_H
#define SC_FORMAT_EXTRACT_LICENCE_H

#include "base/status.h"

enum { SC_LICENCE_MAX = 64 };

/* Writes the SPDX licence expression (SPDX specification 2.3, annex D) that the address stands for:
 * Creative Commons licences with their version and, where there is one, country; CC0 and the public
 * domain mark; licences of documents, data and software by the addresses of their owners. Creative
 * Commons licences that the SPDX list lacks are LicenseRef-... False, and "", for any other. */
bool sc__licence_find(char out[SC_LICENCE_MAX], const char *url);

#endif
