/* url.h - the parts of a URL (RFC 3986, section 3 and appendix B), as people write them: without a
 * scheme ("example.org/a"), with user and port. Nothing is decoded or made small. */
#ifndef SC_FORMAT_URL_H
#define SC_FORMAT_URL_H

#include "format/json_scan.h"

/* p NULL: it is not there. `path` is never NULL; it begins with its slash. */
typedef struct {
    sc_slice scheme; /* without its colon */
    sc_slice user;
    sc_slice host; /* without the dot at its end; an address of IPv6 with its brackets */
    sc_slice port;
    sc_slice path, query, fragment; /* the last two without ? and # */
} sc_url;

/* Any bytes are a URL; white space around it is not part of it. The parts are borrowed. */
void sc__url_parse(sc_url *out, sc_slice url);
sc_slice sc__url_host(sc_slice url); /* p NULL: it has none */

#endif
