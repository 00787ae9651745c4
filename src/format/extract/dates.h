/* dates.h - dates as pages write them. */
#ifndef SC_FORMAT_EXTRACT_DATES_H
#define SC_FORMAT_EXTRACT_DATES_H

#include "base/status.h"

enum { SC_DATE_MAX = 32 };

/* Writes the date that the text begins with as ISO 8601, "2019-11-20" or "2019-11-20T08:30:00Z" (no
 * zone where the text has none). Understood: ISO 8601 in its usual forms, 2019/11/20, 20191120, and
 * the English "20 Nov 2019", "Wed, 20 Nov 2019 08:30:00 GMT" (RFC 5322) and "November 20, 2019".
 * False, and "", for what has no year, month and day. */
bool sc__date_find(char out[SC_DATE_MAX], const char *text);

#endif
