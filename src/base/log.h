/* log.h - warnings and notes for the person at the program. The library never prints: it hands each
 * line to the sink that the program sets (none by default). */
#ifndef SC_BASE_LOG_H
#define SC_BASE_LOG_H

#include "socle/log.h"

void sc__log(sc_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define SC_NOTE(...) sc__log(SC_LOG_NOTE, __VA_ARGS__)
#define SC_WARN(...) sc__log(SC_LOG_WARNING, __VA_ARGS__)

#endif
