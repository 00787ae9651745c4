/* version.c - the version of the library that runs. */
#include "socle/version.h"

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

const char *sc_version(void) {
    return TEXT(SC_VERSION_MAJOR) "." TEXT(SC_VERSION_MINOR) "." TEXT(SC_VERSION_PATCH);
}

int sc_version_number(void) { return SC_VERSION_NUMBER; }
