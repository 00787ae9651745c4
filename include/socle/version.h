/* version.h - which socle this is, when compiling and when running.
 *
 *     if (sc_version_number() < SC_VERSION_NUMBER)
 *         fprintf(stderr, "libsocle %s is older than its headers\n", sc_version());
 *
 * Versions are MAJOR.MINOR.PATCH (semver.org). The shared library's SONAME is libsocle.so.MAJOR.
 * Within one MAJOR >= 1 a program built against an older header runs with a newer library: no
 * function is removed or changes its meaning, enumerators keep their values, options structs grow
 * only at their end and are set up by their _DEFAULT initialiser. While MAJOR is 0, MINOR may break
 * this and CHANGELOG.md says where. */
#ifndef SOCLE_VERSION_H
#define SOCLE_VERSION_H

#include "socle/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SC_VERSION_MAJOR  0
#define SC_VERSION_MINOR  1
#define SC_VERSION_PATCH  0
#define SC_VERSION_NUMBER (SC_VERSION_MAJOR * 10000 + SC_VERSION_MINOR * 100 + SC_VERSION_PATCH)

/* Of the library that runs: "0.1.0" and 100. */
SC_API const char *sc_version(void);
SC_API int sc_version_number(void);

#ifdef __cplusplus
}
#endif
#endif
