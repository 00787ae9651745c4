/* log.c - one sink a process. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static sc_log_sink *current_sink;
static void *current_user;

void sc_log_set(sc_log_sink *sink, void *user) {
    current_sink = sink;
    current_user = user;
}

void sc__log(sc_log_level level, const char *fmt, ...) {
    if (!current_sink) return;
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    current_sink(current_user, level, line);
}
