/* spdx.c - identifiers in the SPDX list's own letters. */
#include "format/source/spdx.h"

#include <stdio.h>
#include <strings.h>

static const char *const identifiers[] = {
#define SPDX(id) id,
#include "format/source/spdx.def"
#undef SPDX
};

bool sc__spdx_find(char out[SC_LICENCE_MAX], const char *text) {
    for (int i = 0; i < SC_LEN(identifiers); i++)
        if (!strcasecmp(text, identifiers[i]))
            return snprintf(out, SC_LICENCE_MAX, "%s", identifiers[i]);
    return sc__licence_find(out, text);
}
