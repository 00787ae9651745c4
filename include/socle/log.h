/* log.h - where warnings and notes go. The library prints nothing by itself. */
#ifndef SOCLE_LOG_H
#define SOCLE_LOG_H

#include "socle/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { SC_LOG_NOTE, SC_LOG_WARNING } sc_log_level;

/* `line` has no newline and lives until the call returns. May be called from any thread. */
typedef void sc_log_sink(void *user, sc_log_level level, const char *line);

/* Sets the sink of the process; NULL for silence, the default. Not while socle runs on another
 * thread. */
SC_API void sc_log_set(sc_log_sink *sink, void *user);

#ifdef __cplusplus
}
#endif
#endif
